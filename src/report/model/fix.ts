/** Changes of files by line and column, as formats for editors publish them. Knows no disk. */
import type { TextEdit } from '../../core/text/text-edits.ts'

/** What stands from one place up to another becomes `text`. Lines and columns count from 1, columns code points. */
export interface PlacedEdit {
  readonly path: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly text: string
}

/** The edits by line and column; none at all where the text of one of the files is not known. */
export function placedEdits(
  edits: readonly TextEdit[],
  textOf: (path: string) => string | null,
): readonly PlacedEdit[] {
  const placed = edits.flatMap(({ path, start, end, text }): PlacedEdit[] => {
    const whole = textOf(path)
    if (whole === null) return []
    const from = positionIn(whole, start)
    const to = positionIn(whole, end)
    return [{ path, ...from, endLine: to.line, endColumn: to.column, text }]
  })
  return placed.length === edits.length ? placed : []
}

function positionIn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: [...(before.at(-1) ?? '')].length + 1 }
}
