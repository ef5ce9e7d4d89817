/** Runs lint rules, and sorts and suppresses their findings. */
import type { Diagnosis, IgnoreEntry } from '../diagnosis/diagnose.ts'
import { type Discovery, type Finding, compareFindings } from '../findings/finding.ts'
import { lintComments, silencing } from './suppressions.ts'
import type { CommentRule, LintRule, LintedMigration, ProjectFacts } from './lint-rule.ts'
import { isPlaceholder } from '../lost/placeholder-marker.ts'
import type { RuleWords } from '../diagnosis/rule.ts'

/** Options for a `lint` run. */
export interface LintPolicy {
  /** True if warnings also block the release. */
  readonly strict: boolean
  readonly ignore: readonly IgnoreEntry[]
}

/** Returns the rules in `only`. If `only` is empty, returns the default rules and those in `on`. */
export function chosenRules(
  rules: readonly LintRule[],
  only: readonly string[],
  on: readonly string[],
): readonly LintRule[] {
  const asked = (rule: LintRule, names: readonly string[]): boolean =>
    names.some((name) => name.toUpperCase() === rule.code || name.toLowerCase() === rule.name)
  if (only.length > 0) return rules.filter((rule) => asked(rule, only))
  return rules.flatMap((rule): readonly LintRule[] => {
    if (asked(rule, on)) return [rule]
    if (!rule.onByDefault) return []
    if (rule.scope === 'project' || rule.inspectByDefault === undefined) return [rule]
    return [{ ...rule, inspect: rule.inspectByDefault }]
  })
}

/** Runs the rules on one migration at a time, to save memory. */
export function runLint(
  facts: ProjectFacts,
  linted: Iterable<LintedMigration>,
  rules: readonly LintRule[],
  silence: CommentRule,
  policy: LintPolicy,
): Diagnosis {
  const crashes: { code: string; error: string }[] = []
  const findings: Finding[] = []
  const run = <Facts>(
    rule: RuleWords & { inspect(facts: Facts): readonly Discovery[] },
    about: Facts,
    source: LintedMigration['source'] | null,
  ): void => {
    try {
      for (const one of rule.inspect(about)) findings.push(finding(rule, one, source, policy))
    } catch (error) {
      crashes.push({ code: rule.code, error: error instanceof Error ? error.message : String(error) })
    }
  }
  for (const rule of rules) {
    if (rule.scope === 'project') run(rule, facts, facts.project.env)
  }
  for (const migration of linted) {
    if (standsIn(migration)) continue
    const about = { ...facts, migration }
    for (const rule of rules) {
      if (rule.scope === 'migration') run(rule, about, migration.source)
    }
    for (const comment of lintComments(migration.source)) {
      const problem = silence.inspect(comment, migration)
      if (problem) findings.push(finding(silence, problem, migration.source, policy))
    }
  }
  findings.sort(byPlace)
  const blocking = findings.some(
    ({ ignored, severity }) =>
      !ignored && (severity === 'error' || (policy.strict && severity === 'warning')),
  )
  const verdict = blocking ? 'blocked' : crashes.length === 0 ? 'pass' : 'undetermined'
  const codes = crashes.map(({ code }) => code)
  return { verdict, findings, reason: verdict === 'undetermined' ? { kind: 'crash', codes } : null, crashes }
}

/** Sorts findings by path, then by location. */
function byPlace(a: Finding, b: Finding): number {
  const [left, right] = [a.location, b.location]
  if (left === null || right === null || left.path === right.path) {
    return (
      (left?.line ?? 0) - (right?.line ?? 0) ||
      (left?.column ?? 0) - (right?.column ?? 0) ||
      compareFindings(a, b)
    )
  }
  return left.path < right.path ? -1 : 1
}

function finding(
  rule: RuleWords,
  one: Discovery,
  source: LintedMigration['source'] | null,
  { ignore }: LintPolicy,
): Finding {
  const entry = ignore.find(
    ({ code, revision }) =>
      (code.toUpperCase() === rule.code || code.toLowerCase() === rule.name) &&
      (revision === null || one.revisions.includes(revision)),
  )
  const own = source !== null && one.location?.path === source.path
  const comment = own ? silencing(source, rule.code, one) : null
  const line = own ? source.lines[(one.location?.line ?? 0) - 1] : undefined
  const ignored = comment === null ? (entry ? { reason: entry.reason } : null) : { reason: comment.reason }
  return {
    code: rule.code,
    name: rule.name,
    ...one,
    ...(line === undefined ? {} : { sourceLine: line }),
    ignored,
  }
}

/**
 * Whether the migration is a placeholder. Handwritten placeholders have empty functions and mention `(*args,
 * **kwargs)` or `placeholder`.
 */
function standsIn({ source, revision }: LintedMigration): boolean {
  if (isPlaceholder(revision)) return true
  const functions = source.functions.filter(({ name }) => name === 'upgrade' || name === 'downgrade')
  return (
    functions.length === 2 &&
    functions.every(({ body }) => body === 'empty') &&
    (/\(\*args, \*\*kwargs\)/.test(source.text) || /\bplaceholder\b/i.test(revision.message))
  )
}
