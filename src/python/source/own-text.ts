/**
 * Returns a copy of a piece of a file's text. The engine stores a longer piece as a reference to the text that it was
 * cut from, so that keeping the piece would keep the whole file in memory.
 */
export function ownText(piece: string): string {
  return ` ${piece}`.slice(1)
}
