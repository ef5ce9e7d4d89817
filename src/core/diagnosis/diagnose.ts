/** Runs rules on facts and determines the verdict. Imports no rules; the caller passes them in. */
import { type Discovery, type Finding, isBlocking } from '../findings/finding.ts'
import type { UnknownReason } from '../upgrade/prediction.ts'
import { judgedRemedies } from '../judge/judge-remedy.ts'
import { foldFindings } from './fold-findings.ts'
import { type Facts, type FailedCheck, type Rule, judgeFactsOf } from './rule.ts'
import type { Verdict } from './verdict.ts'
import { withVersionTable } from './version-table.ts'

/** An `--ignore` value, such as `AG111` or `AG201=guest_lockout_001`. */
export interface IgnoreEntry {
  readonly code: string
  /** The revision whose findings are ignored; null for all revisions. */
  readonly revision: string | null
  /** The reason given in the configuration, if any. */
  readonly reason: string | null
}

/** Settings that affect the verdict. */
export interface Policy {
  /** Whether warnings also block the release. */
  readonly strict: boolean
  readonly ignore: readonly IgnoreEntry[]
}

/** Why there is no verdict: Alembic's behavior can't be predicted, or a rule or check crashed. */
export type Undetermined =
  | { readonly kind: 'prediction'; readonly reason: UnknownReason }
  | {
      readonly kind: 'crash'
      readonly codes: readonly string[]
      /** Checks of the live schema that threw an error; undefined for lint. */
      readonly checks?: readonly FailedCheck[]
    }

/** A run's findings and verdict. */
export interface Diagnosis {
  readonly verdict: Verdict
  readonly findings: readonly Finding[]
  /** Why the verdict is `undetermined`; null for other verdicts. */
  readonly reason: Undetermined | null
  /** Rules that threw an error because of a bug in the guard. Any entry prevents a pass. */
  readonly crashes: readonly { readonly code: string; readonly error: string }[]
}

/**
 * Runs all rules and determines the verdict.
 *
 * `fallback` (AG100) reports rollbacks of the entire upgrade, and failures that no rule explains. Ignoring a finding
 * never turns a predicted failure into a pass.
 */
export function diagnose(facts: Facts, rules: readonly Rule[], fallback: Rule, policy: Policy): Diagnosis {
  const crashes: { code: string; error: string }[] = []
  const found: Finding[] = []
  const judge = judgeFactsOf(facts)
  const run = (rule: Rule): void => {
    try {
      for (const one of rule.inspect(facts)) {
        const { remedies, undecided } = judgedRemedies(judge, one.remedies)
        const { otherwise = [], ...rest } = one
        const judged = { ...rest, remedies: undecided ? [...remedies, ...otherwise] : remedies }
        const finding = named(rule, judged, policy.ignore)
        found.push(facts.database ? withVersionTable(finding, facts.database.state) : finding)
      }
    } catch (error) {
      crashes.push({ code: rule.code, error: error instanceof Error ? error.message : String(error) })
    }
  }
  for (const rule of rules) run(rule)
  const prediction = facts.database?.prediction ?? null
  if (prediction?.outcome === 'fails') {
    const kind = prediction.cause.kind
    const explained = rules.some(
      (rule) =>
        rule.explains.includes(kind) &&
        found.some(
          (finding) =>
            finding.code === rule.code &&
            (finding.severity === 'error' || finding.skipsUpgrade) &&
            !finding.ignored,
        ),
    )
    if (!explained) run(fallback)
  } else if (prediction?.outcome === 'succeeds') run(fallback)
  const findings = foldFindings(found, [...rules, fallback])
  const blocking = findings.some((finding) => isBlocking(finding, policy.strict))
  const unknown = unknownOf(facts)
  const checks = facts.database?.failures ?? []
  const undetermined = crashes.length > 0 || checks.length > 0 || unknown !== null
  const verdict: Verdict = blocking ? 'blocked' : undetermined ? 'undetermined' : 'pass'
  const reason: Undetermined = unknown
    ? { kind: 'prediction', reason: unknown }
    : { kind: 'crash', codes: crashes.map(({ code }) => code), checks }
  return { verdict, findings, reason: verdict === 'undetermined' ? reason : null, crashes }
}

function named(rule: Rule, found: Discovery, ignore: readonly IgnoreEntry[]): Finding {
  const entry = ignore.find(
    ({ code, revision }) =>
      code.toUpperCase() === rule.code && (revision === null || found.revisions.includes(revision)),
  )
  return { code: rule.code, name: rule.name, ...found, ignored: entry ? { reason: entry.reason } : null }
}

/**
 * Why the outcome is unknown; null if it's known. Without a database, any unreadable file makes the outcome unknown.
 */
function unknownOf({ graph, database }: Facts): UnknownReason | null {
  if (database) return database.prediction.outcome === 'unknown' ? database.prediction.reason : null
  const { problem } = graph
  return problem?.kind === 'unreadable' ? { kind: 'file', path: problem.path, reason: problem.reason } : null
}
