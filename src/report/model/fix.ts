import type { TextEdit } from '../../core/text/text-edits.ts'

/** An edit that replaces a range with `text`. Positions start at 1; columns count code points. */
export interface PlacedEdit {
  readonly path: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly text: string
}

/** Converts edits to line and column ranges for editors; empty if any file's text is unknown. */
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
