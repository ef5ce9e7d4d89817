/** Lints the selected migrations, for `lint` and `preflight`. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { FileTree } from '../../adapters/files/file-tree.ts'
import { readLintHistory } from '../../adapters/lint/migration-sources.ts'
import { readLintProject } from '../../adapters/lint/project-facts.ts'
import type { Diagnosis, IgnoreEntry } from '../../core/diagnosis/diagnose.ts'
import type { LiveFacts } from '../../core/lint/lint-facts.ts'
import type { Operations } from '../../core/history/operation.ts'
import type { LintHistory, LintRule, LintedMigration } from '../../core/lint/lint-rule.ts'
import { chosenRules, runLint } from '../../core/lint/run-lint.ts'
import { counted, shown } from '../../core/text/display.ts'
import { GuardError, exitCodes } from '../../errors.ts'
import { markGraph } from '../../drawing/marks.ts'
import { silence } from '../../rules/phrases/schema-evidence.ts'
import { findingReport } from '../../report/model/build-report.ts'
import { lintRules, silenceRule } from '../../rules/lint/index.ts'
import type { Context } from '../shell/command.ts'
import { readLive } from '../gather/gather-for-lint.ts'
import { type LintTable, readLintOptions } from './lint-settings.ts'
import type { History } from '../gather/history.ts'
import type { CheckedRelease } from '../checks/judge-release.ts'
import type { DatabaseSettings, VerdictSettings } from '../shell/release-settings.ts'
import type { LintSettings } from '../shell/verb-settings.ts'

/** Reads the project's lint options and selects the rules. Reports all mistakes at once. */
export async function lintTable(
  context: Context,
  settings: { readonly lint: Pick<LintSettings['lint'], 'rules'> },
): Promise<{ readonly table: LintTable; readonly rules: readonly LintRule[] }> {
  const mistakes: string[] = []
  const table = await readLintOptions(diskTree(context.cwd), mistakes)
  const { rules: only } = settings.lint
  const known = (name: string): boolean =>
    lintRules.some(({ code, name: long }) => code === name.toUpperCase() || long === name.toLowerCase())
  for (const name of [...only, ...table.enable]) {
    if (!known(name)) mistakes.push(`there is no lint rule ${shown(name)}`)
  }
  if (mistakes.length > 0) throw new GuardError('usage', mistakes.join('; '))
  return { table, rules: chosenRules(lintRules, only, table.enable) }
}

/** Runs the lint rules on migrations from `tree`. */
export function lintMigrations(
  context: Context,
  tree: FileTree,
  { strict, ignore }: Pick<VerdictSettings, 'strict' | 'ignore'>,
  table: LintTable,
  { repository, graph }: History,
  ids: readonly string[],
  rules: readonly LintRule[],
  live: LiveFacts | null,
): Diagnosis {
  const history = readLintHistory(tree, repository, graph, 'postgresql')
  const chosen = new Set(ids)
  const ordered = history.order.filter((id) => chosen.has(id))
  const upgrades = (): readonly Operations[] => ordered.flatMap((id) => history.upgradeOf(id) ?? [])
  const project = readLintProject(tree, repository, table.lint, upgrades, live?.major ?? null)
  const ignored: readonly IgnoreEntry[] = [...ignore, ...table.ignore]
  const facts = { repository, graph, history, project, live: live?.tables ?? null }
  const linted = readEach(context, history, ordered)
  const diagnosis = runLint(facts, linted, rules, silenceRule, { strict, ignore: ignored })
  context.logger.debug(`linted ${counted(ordered.length, 'migration')} with ${counted(rules.length, 'rule')}`)
  for (const { code, error } of diagnosis.crashes) context.logger.error(`rule ${code} failed: ${error}`)
  return diagnosis
}

/** Yields the migrations in order, reading each one on demand. */
function* readEach(
  { progress }: Context,
  history: LintHistory,
  ids: readonly string[],
): Iterable<LintedMigration> {
  for (const [index, id] of ids.entries()) {
    progress.show(index + 1, ids.length, 'analyzing the migrations')
    const migration = history.of(id)
    if (migration !== null) yield migration
  }
}

/** Lints the pending migrations of a checked release. Lint errors block it. */
export async function withPendingLinted(
  context: Context,
  settings: LintSettings & DatabaseSettings & VerdictSettings,
  checked: CheckedRelease,
): Promise<CheckedRelease> {
  const { gathered, facts, telling } = checked
  const ids = facts?.prediction.steps.map(({ revision }) => revision) ?? []
  if (facts === null || gathered.graph.problem) return checked
  const { table, rules: all } = await lintTable(context, settings)
  const asked = [...settings.lint.rules, ...table.enable].map((name) => name.toLowerCase())
  const rules = all.filter(
    ({ quietInRelease, code, name }) =>
      quietInRelease !== true || asked.includes(code.toLowerCase()) || asked.includes(name),
  )
  const live = ids.length === 0 ? null : await readLive(context, settings, facts.state)
  const { findings, verdict } = lintMigrations(
    context,
    diskTree(context.cwd),
    settings,
    table,
    gathered,
    ids,
    rules,
    live,
  )
  const { report, scene } = telling
  const blocked = verdict === 'blocked' && report.verdict === 'pass'
  const undetermined = verdict === 'undetermined' && report.verdict === 'pass'
  const exitCode = blocked ? exitCodes.blocked : undetermined ? exitCodes.unavailable : checked.exitCode
  const told = [...checked.diagnosis.findings, ...findings]
  return {
    ...checked,
    exitCode,
    diagnosis: { ...checked.diagnosis, findings: told },
    telling: {
      report: {
        ...report,
        verdict: report.verdict === 'pass' ? verdict : report.verdict,
        exitCode,
        findings: [...report.findings, ...findings.map((finding) => findingReport(finding, settings.strict))],
        coverage: {
          checked: [...(report.coverage?.checked ?? []), 'the source code of the pending migrations (lint)'],
          notChecked: report.coverage?.notChecked ?? [],
        },
      },
      scene: {
        ...scene,
        picture: () => markGraph({ graph: gathered.graph, database: facts }, told, silence),
      },
    },
  }
}
