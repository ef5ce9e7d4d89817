/**
 * Parses comments such as `# alembic-guard: ignore AG409 because …`. A comment in the first column applies to the
 * whole file, an indented comment to the next line of code, and a comment at the end of a line to that line.
 */
import type { Discovery } from '../findings/finding.ts'
import type { Range, SourceFacts } from '../history/python-source.ts'

/** A comment that suppresses findings. */
export interface LintComment {
  readonly range: Range
  readonly codes: readonly string[]
  /** Reason for the suppression; null if missing, in which case nothing is suppressed. */
  readonly reason: string | null
  /** Lines that the comment applies to; null for the whole file. */
  readonly lines: { readonly first: number; readonly last: number } | null
}

const known = new WeakMap<SourceFacts, readonly LintComment[]>()

/** The suppression comments in a file. */
export function lintComments(source: SourceFacts): readonly LintComment[] {
  const kept = known.get(source)
  if (kept) return kept
  const comments = source.comments.flatMap(({ range, text, alone }): LintComment[] => {
    const found = /^#+\s*alembic-guard\s*:\s*ignore\b\s*(?<codes>(?:\s*,?\s*AG\d{3}\b)*)(?<rest>.*)$/i.exec(
      text,
    )
    if (!found) return []
    const codes = (found.groups?.['codes'] ?? '').toUpperCase().match(/AG\d{3}/g) ?? []
    const rest = (found.groups?.['rest'] ?? '').trim()
    const reason = /^(?:because\b|:|-{1,2}|,)?\s*(?<reason>.*\w.*)$/i.exec(rest)?.groups?.['reason'] ?? null
    const whole = alone && range.column === 1
    const below = alone ? nextLine(source, range.line) : range.line
    return [{ range, codes, reason, lines: whole ? null : { first: range.line, last: below } }]
  })
  known.set(source, comments)
  return comments
}

/** The next line that is neither blank nor a comment. */
function nextLine(source: SourceFacts, line: number): number {
  for (let at = line; at < source.lines.length; at++) {
    if (!/^\s*(?:#.*)?$/.test(source.lines[at] ?? '')) return at + 1
  }
  return line
}

/** Returns the comment that suppresses this finding, if any. */
export function silencing(
  source: SourceFacts,
  code: string,
  { location, end }: Discovery,
): LintComment | null {
  if (location === null) return null
  const last = end?.line ?? location.line
  return (
    lintComments(source).find(
      ({ codes, reason, lines }) =>
        reason !== null &&
        codes.includes(code) &&
        (lines === null || (lines.last >= location.line && lines.first <= last)),
    ) ?? null
  )
}
