/** Returns source text on one line, truncated to fit in a message. */
export function shortened(source: string): string {
  const line = source.replace(/\s+/g, ' ').trim()
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
