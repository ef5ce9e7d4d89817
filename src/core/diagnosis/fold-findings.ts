/** Sorts findings by severity and nests consequences under their causes. */
import { type Finding, type Remedy, compareFindings } from '../findings/finding.ts'
import type { Rule } from './rule.ts'

/** Sorts findings by severity, and nests them as specified by the rules' `follows`. */
export function foldFindings(findings: readonly Finding[], rules: readonly Rule[]): readonly Finding[] {
  const follows = new Map(rules.map(({ code, follows: causes }) => [code as string, causes ?? {}]))
  const causeOf = (finding: Finding): Finding | undefined =>
    findings.find(
      (cause) =>
        !cause.ignored &&
        cause !== finding &&
        isCause(follows.get(finding.code)?.[cause.code], cause, finding),
    )
  const roots = new Map<Finding, Finding>()
  for (const finding of findings) {
    const seen = new Set([finding])
    let root = finding
    for (let cause = causeOf(root); cause && !seen.has(cause); cause = causeOf(cause)) {
      seen.add(cause)
      root = cause
    }
    if (root !== finding) roots.set(finding, root)
  }
  const ordered = findings
    .filter((finding) => !roots.has(finding))
    .map((root) => {
      const folded = findings.filter((one) => roots.get(one) === root).toSorted(compareFindings)
      // If a nested finding is an error and isn't ignored, report its cause as an error too.
      const severity = folded.some((one) => one.severity === 'error' && !one.ignored)
        ? 'error'
        : root.severity
      return { root: { ...root, severity }, folded }
    })
    .toSorted((a, b) => compareFindings(a.root, b.root))
  return withoutSecondAdvice(
    ordered.flatMap(({ root, folded }) => [
      root,
      ...folded.map((one) => ({ ...one, follows: root.code, remedies: [], notAdvised: null })),
    ]),
  )
}

function isCause(relation: FollowsRelation | undefined, cause: Finding, finding: Finding): boolean {
  switch (relation) {
    case 'error':
      return cause.severity === 'error'
    case 'same revision':
      return finding.revisions.some((id) => cause.revisions.includes(id))
    case 'same table':
      return (finding.objects ?? []).some((name) => cause.objects?.includes(name) === true)
    case undefined:
      return false
    default:
      return relation satisfies never
  }
}

type FollowsRelation = NonNullable<Rule['follows']>[string]

/** Keeps only the first remedy for each version row. */
function withoutSecondAdvice(findings: readonly Finding[]): readonly Finding[] {
  const decided = new Set<string>()
  return findings.map((finding) => {
    const remedies = finding.remedies.filter((remedy) => !rowsOf(remedy).some((row) => decided.has(row)))
    for (const remedy of remedies) for (const row of rowsOf(remedy)) decided.add(row)
    return remedies.length === finding.remedies.length ? finding : { ...finding, remedies }
  })
}

/**
 * Returns the version rows that a remedy fixes, either by changing the row or by creating the missing
 * migration file.
 */
export function rowsOf({ action }: Remedy): readonly string[] {
  switch (action?.kind) {
    case 'restamp':
      return [...action.change.removed, ...action.change.changed.map(({ from }) => from)]
    case 'placeholder':
      return action.revisions
    case 'restore':
      return action.plan.files.slice(-1).map(({ revision }) => revision)
    default:
      return []
  }
}
