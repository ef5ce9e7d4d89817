/** `lint`: finds common mistakes in migrations. Runs no project code. */
import { diskTree } from '../adapters/files/disk-tree.ts'
import type { FileTree } from '../adapters/files/file-tree.ts'
import { rememberingTree } from '../adapters/files/remembering-tree.ts'
import { findSourceRoot } from '../adapters/files/source-root.ts'
import { type Diagnosis, diagnose } from '../core/diagnosis/diagnose.ts'
import type { Finding } from '../core/findings/finding.ts'
import type { RevisionGraph } from '../core/history/revision-graph.ts'
import type { LiveFacts } from '../core/lint/lint-facts.ts'
import type { LintRule } from '../core/lint/lint-rule.ts'
import { counted, shown } from '../core/text/display.ts'
import { exitCodes } from '../errors.ts'
import { markGraph } from '../drawing/marks.ts'
import { silence } from '../rules/phrases/schema-evidence.ts'
import { placedEdits } from '../report/model/fix.ts'
import { reporters } from '../report/index.ts'
import { lintHuman } from '../report/text/lint-source.ts'
import { buildReport } from '../report/model/build-report.ts'
import type { Report } from '../report/model/report.ts'
import type { ReportContext } from '../report/model/context.ts'
import { fallbackRule, rules as releaseRules } from '../rules/index.ts'
import type { Command, Context } from './shell/command.ts'
import { tellingText } from './delivery/deliver.ts'
import { gatherForLint } from './gather/gather-for-lint.ts'
import type { History } from './gather/history.ts'
import { rollBackInterruptedWrite } from './write-files/guarded-edits.ts'
import { type AppliedFixes, applyFixes } from './lint-run/lint-fixes.ts'
import { lintMigrations, lintTable } from './lint-run/lint-migrations.ts'
import { type LintScope, lintScope } from './lint-run/lint-scope.ts'
import type { LintTable } from './lint-run/lint-settings.ts'
import { databaseOptions, projectOptions, verdictReportOptions } from './shell/options.ts'
import type { DatabaseSettings, ReleaseSettings, VerdictSettings } from './shell/release-settings.ts'
import type { FormatSettings } from './shell/report-settings.ts'
import type { LintSettings, PositionalSettings } from './shell/verb-settings.ts'

type LintVerbSettings = ReleaseSettings & LintSettings & PositionalSettings

export const lint: Command = {
  name: 'lint',
  options: [
    'pending',
    'since',
    'last',
    'all',
    'rule',
    'fix',
    'strict',
    'ignore',
    ...projectOptions,
    ...databaseOptions,
    'target',
    ...verdictReportOptions,
  ],
  formats: Object.keys(reporters),
  examples: [
    ['$0 lint', 'new migrations on this branch'],
    ['$0 lint --pending', "migrations that the database hasn't run yet"],
    ['$0 lint --all --rule AG403', 'one rule for the whole history'],
    ['$0 lint --fix', 'apply safe fixes'],
  ],
  async run(context, settings: LintVerbSettings & FormatSettings) {
    const { report, fixed, words, graph, findings } = await lintProject(context, settings)
    const telling = { report, scene: sceneOf(context, graph, findings) }
    const stdout =
      settings.format === 'human'
        ? lintHuman(report, words, fixed?.diff ?? [], context.width)
        : await tellingText(telling, context, settings)
    return { stdout, exitCode: report.exitCode, telling }
  },
}

interface Linted {
  readonly report: Report
  readonly fixed: AppliedFixes | null
  /** Describes which migrations were linted. */
  readonly words: string
  readonly graph: RevisionGraph
  readonly findings: readonly Finding[]
}

/** Returns what report formats need: the graph, and the fixes with their positions in the files. */
function sceneOf(context: Context, graph: RevisionGraph, findings: readonly Finding[]): ReportContext {
  const tree = diskTree(context.cwd)
  return {
    picture: () => markGraph({ graph, database: null }, findings, silence),
    root: findSourceRoot(context.cwd),
    fixOf(index) {
      const { fix = [], validates } = findings[index] ?? {}
      // The edit alone would leave existing rows unvalidated, because validating them takes another migration.
      return placedEdits(validates ? [] : fix, (path) => sourceText(tree, path))
    },
  }
}

/**
 * Decodes a file into the text that the fixes' offsets refer to, without a byte order mark and with LF line endings.
 * Null if the file isn't UTF-8.
 */
function sourceText(tree: FileTree, path: string): string | null {
  try {
    const bytes = tree.readFile(path)
    return bytes && new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n')
  } catch {
    return null
  }
}

async function lintProject(context: Context, settings: LintVerbSettings): Promise<Linted> {
  const { table, rules } = await lintTable(context, settings)
  if (settings.lint.fix) await rollBackInterruptedWrite(context, settings)
  const tree = rememberingTree(diskTree(context.cwd))
  const first = await gatherForLint(context, settings, asksDatabase(settings), tree)
  const scope = await lintScope(context, settings, first.history, first.pending)
  let history = first.history
  let diagnosis = inspect(context, tree, settings, table, history, scope, rules, first.live)
  let fixed: AppliedFixes | null = null
  if (settings.lint.fix) {
    const wanted = diagnosis.findings.filter((finding) => isFixWanted(finding, settings))
    const done = await applyFixes(context, tree, history, wanted)
    fixed = done
    if (done.files.length > 0) {
      const fresh = rememberingTree(diskTree(context.cwd))
      history = (await gatherForLint(context, settings, false, fresh)).history
      const ids = [...scope.ids, ...(done.created === null ? [] : [done.created])]
      diagnosis = inspect(context, fresh, settings, table, history, { ...scope, ids }, rules, first.live)
    }
  }
  const told = toldAs(context, settings, history, scope, diagnosis, fixed)
  return { ...told, fixed, graph: history.graph, findings: diagnosis.findings }
}

/** A review can't be automated, so a comment that asks for one (AG414) is deleted only on request. */
function isFixWanted({ code, name }: Finding, { lint: { rules } }: LintSettings): boolean {
  return code !== 'AG414' || rules.some((one) => one.toUpperCase() === code || one.toLowerCase() === name)
}

/** Whether to read the database. Off by default, because a developer's database says nothing about production. */
function asksDatabase({ lint: { pending }, databaseUrl }: LintSettings & DatabaseSettings): boolean {
  return pending || (databaseUrl.value !== null && databaseUrl.source !== '$DATABASE_URL')
}

function inspect(
  context: Context,
  tree: FileTree,
  settings: VerdictSettings,
  table: LintTable,
  history: History,
  scope: LintScope,
  rules: readonly LintRule[],
  live: LiveFacts | null,
): Diagnosis {
  const diagnosis = lintMigrations(context, tree, settings, table, history, scope.ids, rules, live)
  const { findings, verdict, reason } = wholeHistory(history, settings)
  if (findings.length === 0) return diagnosis
  const all = { ...diagnosis, findings: [...findings, ...diagnosis.findings] }
  if (verdict === 'blocked') return { ...all, verdict }
  const hidden = verdict === 'undetermined' && findings.some(({ ignored }) => !ignored)
  return hidden && diagnosis.verdict === 'pass' ? { ...all, verdict, reason } : all
}

/** Rules that check the whole history, because a broken history stops every upgrade. */
const historyRules = releaseRules.filter(({ code }) => code.startsWith('AG1'))

/** Returns `check`'s findings about the history, such as multiple heads. */
function wholeHistory(
  { repository, graph }: History,
  { strict, ignore, target }: VerdictSettings,
): Diagnosis {
  return diagnose({ repository, graph, target, database: null }, historyRules, fallbackRule, {
    strict,
    ignore,
  })
}

function toldAs(
  context: Context,
  settings: VerdictSettings,
  { repository, graph }: History,
  scope: LintScope,
  diagnosis: Diagnosis,
  fixed: AppliedFixes | null,
): { readonly report: Report; readonly words: string } {
  const { blocked, pass, unavailable } = exitCodes
  const exitCode = { pass, blocked, undetermined: unavailable }[diagnosis.verdict]
  const remarks = [
    ...(scope.remark === null ? [] : [scope.remark]),
    ...(fixed === null
      ? []
      : [
          fixed.files.length === 0
            ? 'None of the findings could be fixed safely.'
            : `Fixed ${counted(fixed.findings, 'finding')} in ${counted(fixed.files.length, 'file')}.`,
          ...(fixed.created === null
            ? []
            : [`Wrote migration ${shown(fixed.created)}, which validates the constraints.`]),
        ]),
  ]
  const report = buildReport({
    tool: context.tool,
    command: 'lint',
    target: settings.target,
    exitCode,
    diagnosis,
    repository,
    graph,
    database: null,
    error: null,
    remarks,
    strict: settings.strict,
    coverage: {
      checked: [scope.words],
      notChecked: [
        ...(scope.ids.length < graph.revisions.length ? ['the other migrations'] : []),
        'the effect of the migrations on a database',
      ],
    },
  })
  return { report, words: scope.words }
}
