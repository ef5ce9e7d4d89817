/** Findings as people read them: what follows from another one stands under it, errors come before the rest. */
import { shown } from '../../core/text/display.ts'
import type { FindingReport } from './report.ts'

const rank = { error: 0, warning: 1, note: 2 } as const

/** Each finding that stands by itself, with a sentence for each one that follows from it. */
export function foldedFindings(findings: readonly FindingReport[]): readonly FindingReport[] {
  const roots: FindingReport[] = []
  for (const finding of findings) {
    const at = roots.findLastIndex(({ code }) => code === finding.follows)
    const root = roots[at]
    if (!root || finding.ignored) roots.push(finding)
    else roots[at] = { ...root, details: [...root.details, consequence(finding)] }
  }
  return roots.toSorted(
    (a, b) => Number(a.ignored !== null) - Number(b.ignored !== null) || rank[a.severity] - rank[b.severity],
  )
}

function consequence({ code, message, location }: FindingReport): string {
  const place = location === null ? '' : ` (${shown(location.path)}, line ${location.line})`
  return `Follows from it [${code}]: ${message}${place}`
}
