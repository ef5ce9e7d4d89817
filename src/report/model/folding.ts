/** Sorts findings by severity, and moves each consequence into the finding that caused it. */
import { shown } from '../../core/text/display.ts'
import type { FindingReport } from './report.ts'

const rank = { error: 0, warning: 1, note: 2 } as const

/** Turns each consequence into a detail of its cause. Ignored consequences remain separate. */
export function foldedFindings(findings: readonly FindingReport[]): readonly FindingReport[] {
  return foldedWithIndex(findings).map(({ finding }) => finding)
}

/** Like `foldedFindings`, but includes each finding's index in the full list. */
export function foldedWithIndex(
  findings: readonly FindingReport[],
): readonly { readonly finding: FindingReport; readonly index: number }[] {
  const roots: { finding: FindingReport; index: number }[] = []
  findings.forEach((finding, index) => {
    const root = roots.findLast((one) => one.finding.code === finding.follows)
    if (!root || finding.ignored) roots.push({ finding, index })
    else root.finding = { ...root.finding, details: [...root.finding.details, consequence(finding)] }
  })
  return roots.toSorted(
    ({ finding: a }, { finding: b }) =>
      Number(a.ignored !== null) - Number(b.ignored !== null) || rank[a.severity] - rank[b.severity],
  )
}

function consequence({ code, message, location }: FindingReport): string {
  const place = location === null ? '' : ` (${shown(location.path)}, line ${location.line})`
  return `Consequence [${code}]: ${message}${place}`
}
