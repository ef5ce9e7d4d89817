/** Rules and facts in, diagnosis and verdict out. It is handed the rules and imports none. */
import { type Discovery, type Finding, isBlocking } from '../findings/finding.ts'
import type { UnknownReason } from '../upgrade/prediction.ts'
import { judgedRemedies } from '../judge/judge-remedy.ts'
import { foldFindings } from './fold-findings.ts'
import { type Facts, type Rule, judgeFactsOf } from './rule.ts'
import { withVersionTable } from './version-table.ts'

/** What the guard says of the release. */
export type Verdict = 'pass' | 'blocked' | 'undetermined'

/** `--ignore AG111` or `--ignore AG201=guest_lockout_001`, and where it was said. */
export interface IgnoreEntry {
  readonly code: string
  /** Only findings about this revision; null: all of the code. */
  readonly revision: string | null
  /** Why, if the place that says it gives a reason. */
  readonly reason: string | null
}

/** How findings become a verdict. */
export interface Policy {
  /** Warnings block as well. */
  readonly strict: boolean
  readonly ignore: readonly IgnoreEntry[]
}

/** Why there is no verdict: what Alembic would do is unknown, or rules of ours failed. */
export type Undetermined =
  | { readonly kind: 'prediction'; readonly reason: UnknownReason }
  | { readonly kind: 'crash'; readonly codes: readonly string[] }

/** What was found, and what it means for the release. */
export interface Diagnosis {
  readonly verdict: Verdict
  readonly findings: readonly Finding[]
  /** Why nothing certain can be said; null unless the verdict is `undetermined`. */
  readonly reason: Undetermined | null
  /** Rules that threw, with the error's text: a bug of ours, never a pass. */
  readonly crashes: readonly { readonly code: string; readonly error: string }[]
}

/**
 * Runs every rule and decides. `fallback` (AG100) speaks when Alembic would fail and no rule gave the reason; a
 * finding that was ignored gives none, so ignoring never turns a predicted failure into a pass.
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
  }
  const findings = foldFindings(found, [...rules, fallback])
  const blocking = findings.some((finding) => isBlocking(finding, policy.strict))
  const unknown = unknownOf(facts)
  const undetermined = crashes.length > 0 || unknown !== null
  const verdict: Verdict = blocking ? 'blocked' : undetermined ? 'undetermined' : 'pass'
  const reason: Undetermined = unknown
    ? { kind: 'prediction', reason: unknown }
    : { kind: 'crash', codes: crashes.map(({ code }) => code) }
  return { verdict, findings, reason: verdict === 'undetermined' ? reason : null, crashes }
}

function named(rule: Rule, found: Discovery, ignore: readonly IgnoreEntry[]): Finding {
  const entry = ignore.find(
    ({ code, revision }) =>
      code.toUpperCase() === rule.code && (revision === null || found.revisions.includes(revision)),
  )
  return { code: rule.code, name: rule.name, ...found, ignored: entry ? { reason: entry.reason } : null }
}

/** Why the outcome is unknown; null: it isn't. Without a database a file that can't be read is reason enough. */
function unknownOf({ graph, database }: Facts): UnknownReason | null {
  if (database) return database.prediction.outcome === 'unknown' ? database.prediction.reason : null
  const { problem } = graph
  return problem?.kind === 'unreadable' ? { kind: 'file', path: problem.path, reason: problem.reason } : null
}
