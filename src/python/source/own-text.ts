/** Copies a piece of a file's text. A JavaScript substring would keep the whole file in memory. */
export function ownText(piece: string): string {
  return ` ${piece}`.slice(1)
}
