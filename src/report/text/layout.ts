/** Lays out lines: width, indentation and shell quoting. */
import { dialectOf } from '../../core/dialect/index.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { Remedy } from '../../core/findings/finding.ts'
import { shellCommand } from '../../core/text/shell-quoting.ts'
import { printable, shown } from '../../core/text/display.ts'
import { clippedText, textWidth } from '../../core/text/text-width.ts'

/** Line width for release logs and files. */
export const logWidth = 80

/** A fixed line, or text to wrap once the width is known. */
export type Line = string | { readonly linesAt: (width: number) => readonly string[] }

/** Renders lines at the given width. Fixed lines aren't wrapped. */
export function linesAt(lines: readonly Line[], width: number): string[] {
  return lines.flatMap((line) => (typeof line === 'string' ? line : line.linesAt(width)))
}

/** Wraps and joins lines. Escapes control characters, and ends each line with a newline. */
export function filled(lines: readonly Line[], width: number): string {
  const safe = linesAt(lines, width).map((line) => inert(printable(line)))
  return `${safe.join('\n')}\n`
}

/** Wraps text at `width` columns. Long words aren't split, so they can be copied. */
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

/** Wraps and indents text. `first` replaces the first line's indentation and must have the same width. */
export function paragraph(text: string, indent: string, first = indent): Line[] {
  const linesOf = (width: number): readonly string[] =>
    wrap(text, width - indent.length).map((line, index) => (index === 0 ? first : indent) + line)
  return [{ linesAt: linesOf }]
}

/** Formats a location so that terminals can turn it into a link: `versions/b2_phone.py:31:5`. */
export function placeText({ path, line, column }: PlaceInFile): string {
  return `${printable(path)}:${line}${column === undefined ? '' : `:${column}`}`
}

/** Lines and columns start at 1. */
interface PlaceInFile {
  readonly path: string
  readonly line: number
  readonly column?: number
}

/** Aligns labels and values in two columns. Long values wrap. */
export function aligned(rows: readonly (readonly [string, string])[], indent: string): Line[] {
  const column = Math.max(0, ...rows.map(([label]) => textWidth(label))) + 3
  return rows.flatMap(([label, value]) =>
    paragraph(value, indent + ' '.repeat(column), indent + label + ' '.repeat(column - textWidth(label))),
  )
}

/** Describes a database, such as `orders on db.example.com (PostgreSQL 15.4)`. */
export function databaseName(database: Pick<DatabaseState, 'dialect' | 'host' | 'name' | 'server'>): string {
  const place = database.host === null ? '' : ` on ${shown(database.host)}`
  return `${shown(database.name)}${place} (${dialectOf(database).product} ${shown(database.server)})`
}

/** A remedy's command, if any, quoted for a POSIX shell. */
export function remedyCommand({ argv, assignment }: Pick<Remedy, 'argv' | 'assignment'>): string | null {
  if (argv === null) return null
  return assignment ? `${assignment} ${shellCommand(argv)}` : shellCommand(argv)
}

/** Lines that show a remedy's command, if any. */
export function commandLines(remedy: Remedy, indent: string): readonly string[] {
  const command = remedyCommand(remedy)
  return command === null ? [] : [indent + command]
}

/** Truncates a long name so that the text after it remains visible. */
export function clipped(text: string, width: number): string {
  return clippedText(text, width, '...')
}

/**
 * Makes a line safe for CI logs. GitHub's runner executes `::command::` and `##[command]` (`ActionCommand.cs` in
 * actions/runner).
 */
export function inert(line: string): string {
  return line.replace(/^(\s*):(?=:)/, String.raw`$1\x3a`).replaceAll('##[', String.raw`#\x23[`)
}
