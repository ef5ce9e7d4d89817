/** Applies edits to text. Skips edits that overlap an earlier one. */
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

/** An edit that replaces a range. Offsets are into `SourceFacts.text`. */
export interface TextEdit {
  readonly path: string
  readonly start: number
  readonly end: number
  readonly text: string
}
