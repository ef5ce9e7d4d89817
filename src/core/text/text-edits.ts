/** Carries out edits of one text. Knows no files. */
import type { TextEdit } from '../history/python-source.ts'

/** The text after the edits; one that overlaps an earlier one is left out, so that a second round can apply it. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = []
  let at = 0
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) continue
    parts.push(text.slice(at, edit.start), edit.text)
    at = edit.end
  }
  return parts.join('') + text.slice(at)
}
