/**
 * Returns a copy of a piece of a file's text. The JavaScript engine stores a long piece as a reference into the
 * original text, so keeping it would keep the whole file in memory.
 */
export function ownText(piece: string): string {
  return ` ${piece}`.slice(1)
}
