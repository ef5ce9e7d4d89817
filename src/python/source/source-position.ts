/** Converts offsets in a text with `\n` line endings to lines and columns, which start at 1. */

/** A line number, starting at 1, and the line's start offset. */
export interface Line {
  readonly number: number
  readonly start: number
}

/** Line 1, which starts at offset 0 in any text. */
export const firstLine: Line = { number: 1, start: 0 }

/** The line that contains an offset. Searches forward from `known`. */
export function lineAt(text: string, offset: number, known: Line): Line {
  let { number: line, start } = known
  for (let next = text.indexOf('\n', start); next !== -1 && next < offset; next = text.indexOf('\n', start)) {
    line++
    start = next + 1
  }
  return { number: line, start }
}

/** An offset's column in characters, starting at 1. */
export function columnAt(text: string, offset: number, line: Line): number {
  let column = 1
  for (let at = line.start; at < offset; at++) {
    const code = text.charCodeAt(at)
    if (code < 0xdc00 || code > 0xdfff) column++
  }
  return column
}

/** Line and column of an offset, both starting at 1. Columns count characters. */
export function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const line = lineAt(text, offset, firstLine)
  return { line: line.number, column: columnAt(text, offset, line) }
}
