/**
 * Returns a copy of a piece of a file's text. The JavaScript engine stores a long piece as a reference to the text that
 * it was cut from, so keeping the piece would keep the whole file in memory.
 */
export function ownText(piece: string): string {
  return ` ${piece}`.slice(1)
}
