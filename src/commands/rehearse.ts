/**
 * `rehearse -- COMMAND`: runs the real upgrade on a scratch copy of the database's schema and stamp. Reads production
 * as `check` does; whatever it makes is taken away again by a guardian, also when it is killed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseDatabaseUrl } from '../adapters/database/database-url.ts'
import { diskTree } from '../adapters/files/disk-tree.ts'
import { planConnection } from '../adapters/libpq/libpq.ts'
import { locateProject } from '../adapters/project/locate-project.ts'
import { readReleaseFacts } from '../adapters/release/release-files.ts'
import { type Watchdog, startWatchdog } from '../adapters/scratch/watchdog.ts'
import { type DatabaseState, emptyDatabase } from '../core/history/database-state.ts'
import { listed, shown } from '../core/text/display.ts'
import { type WrappedCommand, parseWrappedCommand } from '../core/release/wrapped-command.ts'
import { wrappedProblem } from '../report/phrases/wrapped-command.ts'
import { GuardError, exitCodes } from '../errors.ts'
import type { RehearsalReport, Report } from '../report/model/report.ts'
import { check } from './check.ts'
import type { Command, Context, Outcome } from './shell/command.ts'
import { tellingText } from './delivery/deliver.ts'
import type { Gathered } from './gather/gather-release.ts'
import { gatherHistory } from './gather/history.ts'
import { type Stage, makeStage } from './rehearsal/stage.ts'
import { type Production, environmentWords, safeCommand } from './rehearsal/environment.ts'
import { watchdogArgument } from './shell/watchdog-entry.ts'
import { enclose } from './rehearsal/isolation.ts'
import { type Script, runPhases } from './rehearsal/phases.ts'
import type { DatabaseSettings, ReleaseSettings } from './shell/release-settings.ts'
import type { FormatSettings, ReportSettings } from './shell/report-settings.ts'
import type { RehearseSettings } from './shell/verb-settings.ts'
import { type Rehearsed, judgeProduction, watchProduction } from './rehearsal/production.ts'
import { upgradeWords } from './forms/own-command.ts'
import { settleWrapped } from './shell/wrapped-settings.ts'
import { openDatabase } from '../adapters/open-database.ts'
import { type CheckedRelease, checkRelease, judgeRelease } from './checks/judge-release.ts'

/** The command. */
export const rehearse: Command = {
  name: 'rehearse',
  wraps: true,
  options: [
    ...check.options,
    'scratch-url',
    'scratch-server',
    'scratch-image',
    'pg-dump',
    'exclude-schema',
    'allow-network',
    'pass-env',
    'with-data',
    'cycle',
    'from-base',
    'check-models',
  ],
  formats: check.formats,
  examples: [
    ['$0 rehearse -- alembic upgrade head', 'on a copy of the schema of $DATABASE_URL'],
    ['$0 rehearse --cycle --scratch-server postgresql://me@localhost', 'and back, and again'],
    ['$0 rehearse --from-base --check-models', 'from nothing, then compare with the models'],
  ],
  async run(outside, given: ReleaseSettings & RehearseSettings & ReportSettings) {
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
      const why = { 0: 'there is no database.', 1: 'the check already says how it ends.' }[checked.exitCode]
      const end = why && settings.format === 'human' ? `hint: not rehearsed: ${why}\n` : ''
      return { stdout: text + end, exitCode: checked.exitCode, telling: checked.telling }
    }
    refuseOtherUrl(context, settings, checked)
    const watch = await watchProduction(checked.gathered, context, settings)
    const rehearsed = withGuardian(context, (guardian, signal) =>
      rehearseChecked({
        wrapped,
        context,
        folder: outside.cwd,
        settings,
        checked,
        state: facts.state,
        guardian,
        signal,
      }),
    )
    const rehearsal = await judgeProduction(rehearsed, watch)
    return outcomeOf(checked, rehearsal, warnings, context, settings)
  },
}

/** What the project's own people would type. */
async function ownWords({ cwd }: Context, { project, target }: ReleaseSettings): Promise<readonly string[]> {
  const tree = diskTree(cwd)
  return upgradeWords(tree, await locateProject(tree, project), target)
}

/** Nothing speaks against the upgrade, and what Alembic does can't be told by looking: that is what rehearsing tells. */
function isOpen({ exitCode, facts, diagnosis }: CheckedRelease): boolean {
  const clean =
    diagnosis.crashes.length === 0 && diagnosis.findings.every(({ severity }) => severity !== 'error')
  return exitCode === exitCodes.unavailable && clean && facts?.prediction.outcome === 'unknown'
}

/** @throws GuardError (usage) */
function refuseUnfit({ upgrade, problem }: WrappedCommand, { rehearse: wish }: RehearseSettings): void {
  if (upgrade?.offline) {
    throw new GuardError(
      'usage',
      '--sql only prints statements, so there is nothing to rehearse',
      'Leave --sql out.',
    )
  }
  if (upgrade === null && (wish.cycle || wish.checkModels)) {
    throw new GuardError(
      'usage',
      `--cycle and --check-models need a command whose words are known, and ${problem ? wrappedProblem(problem) : 'this one is not'}`,
    )
  }
  if (wish.withData && wish.fromBase) {
    throw new GuardError('usage', '--with-data copies rows and --from-base begins without any')
  }
}

/** An empty database in the place of production; what production says is not asked. */
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

/**
 * A URL that stands in a file would lead the command to production, whatever its environment says.
 * @throws GuardError (unavailable)
 */
function refuseOtherUrl(
  context: Context,
  settings: RehearseSettings & DatabaseSettings,
  { gathered }: CheckedRelease,
): void {
  const tree = diskTree(context.cwd)
  const { envUrl, iniUrl, iniPath, envPath } = readReleaseFacts(tree, gathered.repository, null)
  const refuse = (file: string): never => {
    throw new GuardError(
      'unavailable',
      `${shown(file)} holds a database URL of its own, so the rehearsed command could upgrade that database instead of the copy.`,
      'Let env.py take the URL from the environment: config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%")).',
    )
  }
  if (envUrl.kind === 'ini' && iniUrl === 'other') refuse(iniPath ?? 'alembic.ini')
  const { value } = settings.databaseUrl
  const parsed = value === null ? null : parseDatabaseUrl(value)
  if (parsed?.kind !== 'server' || value === null) return
  const hosts = parsed.hosts.flatMap(({ host }) =>
    host?.includes('.') && !host.startsWith('127.') ? [host] : [],
  )
  const marks = [
    value.slice(value.indexOf('://') + 3),
    ...hosts,
    ...(parsed.password === null ? [] : [`:${parsed.password}@`]),
  ]
  for (const path of [iniPath, envPath]) {
    const bytes = path === null ? null : tree.readFile(path)
    const text = bytes ? new TextDecoder().decode(bytes) : ''
    if (path !== null && marks.some((mark) => text.includes(mark))) refuse(path)
  }
}

/** Everything that is made meanwhile is gone afterwards, whatever happens. */
async function withGuardian<T>(
  context: Context,
  work: (guardian: Watchdog, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  // Listened to until all is gone, so that no signal ends this process before.
  const unsubscribe = context.onSignal(() => stop.abort())
  const guardian = await startWatchdog([...context.self, watchdogArgument], context.env)
  let left: string | null
  try {
    return await work(guardian, AbortSignal.any([stop.signal, context.signal]))
  } catch (error) {
    if (!stop.signal.aborted) throw error
    throw new GuardError('unavailable', 'The rehearsal was interrupted.', 'The scratch database is gone.', {
      cause: error,
    })
  } finally {
    left = await guardian.release()
    unsubscribe()
    if (left !== null) context.logger.error(`something of the rehearsal is left: ${left}`)
  }
}

interface Rehearsing {
  readonly wrapped: WrappedCommand
  readonly context: Context
  /** The folder in which the command is started. */
  readonly folder: string
  readonly settings: ReleaseSettings & RehearseSettings & ReportSettings
  readonly checked: CheckedRelease
  readonly state: DatabaseState
  readonly guardian: Watchdog
  readonly signal: AbortSignal
}

async function rehearseChecked(rehearsing: Rehearsing): Promise<Rehearsed> {
  const { wrapped, context, folder, settings, checked, state, guardian, signal } = rehearsing
  const wish = settings.rehearse
  const versions = state.versions.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
  if (wish.cycle && versions.length > 1) {
    throw new GuardError(
      'usage',
      `--cycle leads back to one revision, and the database is at ${listed(versions)}`,
    )
  }
  const say = (line: string): void => context.tell('stderr', `${line}\n`, settings.presentation)
  const { repository } = checked.gathered
  const enclosure = await enclose({ context, settings, repository, wrapped, guardian, signal })
  const stage = await makeStage({
    context,
    settings,
    guardian,
    signal,
    state,
    say,
    empty: wish.fromBase,
    extensions: [],
    containers: true,
    socket: enclosure.socket,
    readSchema: () => readProductionSchema(context, settings),
  })
  try {
    const production = productionOf(context, settings, checked)
    const argv = wrapped.argv
    const env = { ...context.env, ...Object.fromEntries(wrapped.assignments) }
    const command = safeCommand(argv, env, production, stage.address, {
      reads: enclosure.project.reads,
      pass: wish.passEnv,
      home: enclosure.home,
      offline: enclosure.closed,
    })
    const prediction = checked.facts?.prediction
    if (!prediction) throw new TypeError('a rehearsal without a prediction')
    const script: Script = {
      context,
      folder,
      guardian,
      signal,
      command,
      start: enclosure.start,
      prediction,
      versions,
      upgrade: wrapped.upgrade,
      repository,
      withData: wish.withData,
      cycle: wish.cycle,
      checkModels: wish.checkModels,
    }
    const acts = await runPhases(stage, script)
    const words = environmentWords(command)
    const said = [words, enclosure.note].filter((note) => note !== null)
    const notes = [...stage.notes, ...said, ...acts.notes]
    return { ...acts, scratch: scratchOf(stage, wish.withData), notes, closed: enclosure.closed }
  } finally {
    // The guardian drops what somebody is still connected to as well.
    await Promise.race([stage.close(), pause(2000, undefined, { ref: false })])
  }
}

function scratchOf(
  { dialect, server, where, schema, leftOut }: Stage,
  withData: boolean,
): RehearsalReport['scratch'] {
  return { dialect, server, where, schema, rows: withData && schema === 'backup', leftOut }
}

async function readProductionSchema(context: Context, settings: DatabaseSettings) {
  const database = await openDatabase(settings.databaseUrl.value ?? '', {
    env: context.env,
    cwd: context.cwd,
    signal: context.signal,
    timeoutMs: settings.timeoutMs,
  })
  try {
    return await database.readSchema()
  } finally {
    await database.close()
  }
}

/** Everything by which the command could know production. */
function productionOf(
  context: Context,
  { databaseUrl }: DatabaseSettings,
  { gathered }: CheckedRelease,
): Production {
  const { envUrl } = readReleaseFacts(diskTree(context.cwd), gathered.repository, null)
  const named = /^\$([A-Z_][A-Z0-9_]*)$/i.exec(databaseUrl.source)?.[1]
  const variables = [
    'DATABASE_URL',
    ...(named ? [named] : []),
    ...(envUrl.kind === 'variable' ? [envUrl.name] : []),
  ]
  const parsed = databaseUrl.value === null ? null : parseDatabaseUrl(databaseUrl.value)
  const passwords =
    parsed?.kind === 'server'
      ? planConnection(parsed, context.env, context.cwd).targets.flatMap(({ password }) => password ?? [])
      : []
  return { url: databaseUrl.value, variables: [...new Set(variables)], passwords }
}

async function outcomeOf(
  { telling: { report, scene } }: CheckedRelease,
  rehearsal: RehearsalReport,
  warnings: readonly string[],
  context: Context,
  settings: FormatSettings,
): Promise<Outcome> {
  const exitCode = rehearsal.outcome === 'succeeds' ? exitCodes.pass : exitCodes.blocked
  const whole: Report = {
    ...report,
    verdict: rehearsal.outcome === 'succeeds' ? 'pass' : 'blocked',
    exitCode,
    rehearsal: { ...rehearsal, notes: [...warnings, ...rehearsal.notes] },
  }
  const telling = { report: whole, scene }
  return { stdout: await tellingText(telling, context, settings), exitCode, telling }
}
