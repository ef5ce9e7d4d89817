/** Lines for release logs and terminals: width, indentation, shell quoting. Knows nothing of findings. */
import { dialectOf } from '../../core/dialect/index.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { Remedy } from '../../core/findings/finding.ts'
import { shellCommand } from '../../core/text/shell-quoting.ts'
import { printable, shown } from '../../core/text/display.ts'
import { clippedText, textWidth } from '../../core/text/text-width.ts'

/** Columns of a release log, and of a file. */
export const logWidth = 80

/** A line as it stands, or what becomes lines once the width is known. */
export type Line = string | { readonly linesAt: (width: number) => readonly string[] }

/** The lines for that width: at most so many columns where they can be broken. */
export function linesAt(lines: readonly Line[], width: number): string[] {
  return lines.flatMap((line) => (typeof line === 'string' ? line : line.linesAt(width)))
}

/** The lines as they are printed: for that width, without control characters, each with its newline. */
export function filled(lines: readonly Line[], width: number): string {
  const safe = linesAt(lines, width).map((line) => inert(printable(line)))
  return `${safe.join('\n')}\n`
}

/** Breaks a text into lines of at most `width` columns; a longer word stays whole, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const word of text.split(' ')) {
    const room = textWidth(word)
    if (line !== '' && used + 1 + room <= width) {
      line += ` ${word}`
      used += 1 + room
    } else {
      if (line !== '') lines.push(line)
      line = word
      used = room
    }
  }
  lines.push(line)
  return lines
}

/** Wraps and indents; `first` is the first line's indentation, of the same length as the others'. */
export function paragraph(text: string, indent: string, first = indent): Line[] {
  const linesOf = (width: number): readonly string[] =>
    wrap(text, width - indent.length).map((line, index) => (index === 0 ? first : indent) + line)
  return [{ linesAt: linesOf }]
}

/** `versions/b2_phone.py:31:5`: unbroken, so that a terminal makes a link of it. */
export function placeText({ path, line, column }: PlaceInFile): string {
  return `${printable(path)}:${line}${column === undefined ? '' : `:${column}`}`
}

/** A line of a file, counted from 1. */
interface PlaceInFile {
  readonly path: string
  readonly line: number
  readonly column?: number
}

/** Labels in one column, values in the next; a value that does not fit goes on below. */
export function aligned(rows: readonly (readonly [string, string])[], indent: string): Line[] {
  const column = Math.max(0, ...rows.map(([label]) => textWidth(label))) + 3
  return rows.flatMap(([label, value]) =>
    paragraph(value, indent + ' '.repeat(column), indent + label + ' '.repeat(column - textWidth(label))),
  )
}

/** `orders on db.example.com (PostgreSQL 15.4)` */
export function databaseName(database: Pick<DatabaseState, 'dialect' | 'host' | 'name' | 'server'>): string {
  const place = database.host === null ? '' : ` on ${shown(database.host)}`
  return `${shown(database.name)}${place} (${dialectOf(database).product} ${shown(database.server)})`
}

/** The command of a remedy as a POSIX shell takes it; null where it has none. */
export function remedyCommand({ argv, assignment }: Pick<Remedy, 'argv' | 'assignment'>): string | null {
  if (argv === null) return null
  return assignment ? `${assignment} ${shellCommand(argv)}` : shellCommand(argv)
}

/** The line with the command of a remedy, if it has one. */
export function commandLines(remedy: Remedy, indent: string): readonly string[] {
  const command = remedyCommand(remedy)
  return command === null ? [] : [indent + command]
}

/** Keeps a name from pushing the rest off the line: the end is cut. */
export function clipped(text: string, width: number): string {
  return clippedText(text, width, '...')
}

/**
 * A line that CI takes for text. GitHub's runner obeys `::command::` after blanks at the start of a line, and `##[command]`
 * anywhere (`ActionCommand.cs` of actions/runner).
 */
export function inert(line: string): string {
  return line.replace(/^(\s*):(?=:)/, String.raw`$1\x3a`).replaceAll('##[', String.raw`#\x23[`)
}
