/** Lines for release logs and terminals: width, indentation, shell quoting. Knows nothing of findings. */

import type { Remedy } from '../../core/findings/finding.ts'
import { shellCommand } from '../../core/text/shell-quoting.ts'
import { clippedText, textWidth } from '../../core/text/text-width.ts'

/** What fits beside a time stamp in `heroku logs` and in a `git push`. */
export const lineWidth = 72

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
export function paragraph(text: string, indent: string, first = indent): string[] {
  return wrap(text, lineWidth - indent.length).map((line, index) => (index === 0 ? first : indent) + line)
}

/** Labels in one column, values in the next; a value that does not fit goes on below. */
export function aligned(rows: readonly (readonly [string, string])[], indent: string): string[] {
  const column = Math.max(0, ...rows.map(([label]) => textWidth(label))) + 3
  return rows.flatMap(([label, value]) =>
    wrap(value, lineWidth - indent.length - column).map(
      (line, index) =>
        indent +
        (index === 0 ? label : '') +
        ' '.repeat(column - (index === 0 ? textWidth(label) : 0)) +
        line,
    ),
  )
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
