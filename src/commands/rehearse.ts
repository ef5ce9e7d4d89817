/**
 * `rehearse -- COMMAND`: runs the real upgrade on a scratch copy of the database's schema and version rows. A
 * watchdog removes the copy, even if the guard is killed.
 */
import { parseDatabaseUrl } from '../adapters/database/database-url.ts'
import { diskTree } from '../adapters/files/disk-tree.ts'
import { locateProject } from '../adapters/project/locate-project.ts'
import { emptyDatabase } from '../core/history/database-state.ts'
import { type WrappedCommand, parseWrappedCommand } from '../core/release/wrapped-command.ts'
import { wrappedProblem } from '../report/phrases/wrapped-command.ts'
import { GuardError, exitCodes } from '../errors.ts'
import type { RehearsalReport, Report } from '../report/model/report.ts'
import { check } from './check.ts'
import { singleCheckOptions, verdictReportOptions } from './shell/options.ts'
import type { Command, Context, Outcome } from './shell/command.ts'
import { tellingText } from './delivery/deliver.ts'
import type { Gathered } from './gather/gather-release.ts'
import { gatherHistory } from './gather/history.ts'
import { type FleetSettings, type ReleaseSettings, requireSingle } from './shell/release-settings.ts'
import type { FormatSettings, ReportSettings } from './shell/report-settings.ts'
import type { RehearseSettings } from './shell/verb-settings.ts'
import { withFindings } from './checks/with-findings.ts'
import { rehearseRelease } from './rehearsal/rehearse-release.ts'
import { upgradeWords } from './forms/own-command.ts'
import { settleWrapped } from './shell/wrapped-settings.ts'
import { type CheckedRelease, checkRelease, judgeRelease } from './checks/judge-release.ts'

export const rehearse: Command = {
  name: 'rehearse',
  wraps: true,
  options: [
    ...singleCheckOptions,
    ...verdictReportOptions,
    'scratch-url',
    'scratch-server',
    'scratch-image',
    'pg-dump',
    'exclude-schema',
    'allow-network',
    'pass-env',
    'max-lock',
    'with-data',
    'cycle',
    'from-base',
    'check-models',
  ],
  formats: check.formats,
  examples: [
    ['$0 rehearse -- alembic upgrade head', "on a copy of the database's schema"],
    [
      '$0 rehearse --cycle --scratch-server postgresql://me@localhost',
      'upgrade, downgrade and upgrade again',
    ],
    ['$0 rehearse --from-base --check-models', 'from an empty database, then compare with the models'],
  ],
  async run(outside, given: ReleaseSettings & FleetSettings & RehearseSettings & ReportSettings) {
    requireSingle('rehearse', given)
    const words = outside.wrapped.length > 0 ? outside.wrapped : await ownWords(outside, given)
    const wrapped = parseWrappedCommand(words)
    const { context, settings, warnings } = settleWrapped(wrapped, outside, given)
    refuseUnfit(wrapped, settings)
    const checked = settings.rehearse.fromBase
      ? await checkFromBase(context, settings)
      : await checkRelease('rehearse', context, settings)
    const { facts } = checked
    if (!facts || (checked.exitCode !== exitCodes.pass && !isOpen(checked))) {
      const text = await tellingText(checked.telling, context, settings)
      const why = { 0: 'there is no database.', 1: 'the check already predicts the outcome.' }[
        checked.exitCode
      ]
      const end = why && settings.format === 'human' ? `hint: not rehearsed: ${why}\n` : ''
      return { stdout: text + end, exitCode: checked.exitCode, telling: checked.telling }
    }
    const { rehearsal, findings } = await rehearseRelease({
      wrapped,
      context,
      folder: outside.cwd,
      settings,
      checked,
      state: facts.state,
      strict: false,
    })
    return outcomeOf(withFindings(checked, findings, settings), rehearsal, warnings, context, settings)
  },
}

/** Returns the upgrade command as the project's developers would type it. */
async function ownWords({ cwd }: Context, { project, target }: ReleaseSettings): Promise<readonly string[]> {
  const tree = diskTree(cwd)
  return upgradeWords(tree, await locateProject(tree, project), target)
}

/** True if nothing blocks the upgrade and its outcome is unknown, so that a rehearsal would help. */
function isOpen({ exitCode, facts, diagnosis }: CheckedRelease): boolean {
  const clean =
    diagnosis.crashes.length === 0 && diagnosis.findings.every(({ severity }) => severity !== 'error')
  return exitCode === exitCodes.unavailable && clean && facts?.prediction.outcome === 'unknown'
}

/**
 * Throws if an option can't be used with the command.
 * @throws GuardError (usage)
 */
function refuseUnfit({ upgrade, problem }: WrappedCommand, { rehearse: wish }: RehearseSettings): void {
  if (upgrade?.offline) {
    throw new GuardError(
      'usage',
      '--sql only prints statements, so there is nothing to rehearse',
      'Remove --sql.',
    )
  }
  if (upgrade === null && (wish.cycle || wish.checkModels)) {
    throw new GuardError(
      'usage',
      `--cycle and --check-models need a command that the guard understands: ${problem ? wrappedProblem(problem) : 'unrecognized command'}`,
    )
  }
  if (wish.withData && wish.fromBase) {
    throw new GuardError(
      'usage',
      '--with-data and --from-base are mutually exclusive: --from-base starts from an empty database',
    )
  }
}

/** Checks the release against an empty database. Doesn't query production. */
async function checkFromBase(context: Context, settings: ReleaseSettings): Promise<CheckedRelease> {
  const history = await gatherHistory(context, settings)
  const { value } = settings.databaseUrl
  const dialect = value === null ? 'postgresql' : parseDatabaseUrl(value).dialect
  const { env } = history.repository
  const empty = emptyDatabase(dialect)
  const versionTable = {
    ...empty.versionTable,
    name: settings.versionTable ?? env.versionTable ?? empty.versionTable.name,
    schema: settings.versionTableSchema ?? env.versionTableSchema ?? empty.versionTable.schema,
  }
  const state = { ...empty, versionTable }
  const gathered: Gathered = {
    ...history,
    live: null,
    pending: null,
    untrusted: null,
    traces: null,
    state,
    problem: null,
  }
  const judged = await judgeRelease('rehearse', context, settings, gathered, null)
  const { report, scene } = judged.telling
  return { ...judged, telling: { report: { ...report, database: null, standing: null }, scene } }
}

async function outcomeOf(
  { telling: { report, scene }, exitCode: found }: CheckedRelease,
  rehearsal: RehearsalReport,
  warnings: readonly string[],
  context: Context,
  settings: FormatSettings,
): Promise<Outcome> {
  const passes = rehearsal.outcome === 'succeeds' && found !== exitCodes.blocked
  const exitCode = passes ? exitCodes.pass : exitCodes.blocked
  const whole: Report = {
    ...report,
    verdict: passes ? 'pass' : 'blocked',
    exitCode,
    rehearsal: { ...rehearsal, notes: [...warnings, ...rehearsal.notes] },
  }
  const telling = { report: whole, scene }
  return { stdout: await tellingText(telling, context, settings), exitCode, telling }
}
