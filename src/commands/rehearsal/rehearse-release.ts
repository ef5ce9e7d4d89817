/**
 * One rehearsal of a release that was checked: on a copy of production's schema, away from production, and with a
 * look at production afterwards. What it makes is taken away by a watchdog, also when the guard is killed.
 */
import { dialectOf } from '../../core/dialect/index.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { parseDatabaseUrl } from '../../adapters/database/database-url.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { planConnection } from '../../adapters/libpq/libpq.ts'
import { openDatabase } from '../../adapters/open-database.ts'
import { readReleaseFacts } from '../../adapters/release/release-files.ts'
import { type Watchdog, startWatchdog } from '../../adapters/scratch/watchdog.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { WrappedCommand } from '../../core/release/wrapped-command.ts'
import { listed, shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { LockReport, RehearsalReport } from '../../report/model/report.ts'
import type { CheckedRelease } from '../checks/judge-release.ts'
import { readLive } from '../gather/gather-for-lint.ts'
import type { Context } from '../shell/command.ts'
import type { DatabaseSettings, ReleaseSettings } from '../shell/release-settings.ts'
import type { ReportSettings } from '../shell/report-settings.ts'
import type { RehearseSettings } from '../shell/verb-settings.ts'
import { watchdogArgument } from '../shell/watchdog-entry.ts'
import { type Production, environmentWords, safeCommand } from './environment.ts'
import { enclose } from './isolation.ts'
import { type Script, runPhases } from './phases.ts'
import type { RehearsedStatements } from './rehearsed-operations.ts'
import { type Rehearsed, judgeProduction, watchProduction } from './production.ts'
import { type Stage, makeStage } from './stage.ts'

/** What is rehearsed, and how. */
export interface RehearsalWish {
  readonly wrapped: WrappedCommand
  readonly context: Context
  /** The folder in which the command is started. */
  readonly folder: string
  readonly settings: ReleaseSettings & RehearseSettings & ReportSettings
  readonly checked: CheckedRelease
  readonly state: DatabaseState
  /** A release waits for it: no container, a whole copy, and the command cut off from the network. */
  readonly strict: boolean
  /** Gets what production will get as well, where that's certain. */
  readonly onStatements?: (statements: RehearsedStatements) => void
}

/**
 * Rehearses.
 * @throws GuardError where nothing can be said of the release.
 */
export async function rehearseRelease(wish: RehearsalWish): Promise<RehearsalReport> {
  const { context, settings, checked } = wish
  refuseOtherUrl(context, settings, checked)
  const watch = await watchProduction(checked.gathered, context, settings)
  const rehearsed = withGuardian(context, (guardian, signal) =>
    rehearseChecked({ ...wish, guardian, signal }),
  )
  return withSizes(await judgeProduction(rehearsed, watch), wish)
}

/** Says how large the locked tables are in production. */
async function withSizes(
  rehearsal: RehearsalReport,
  { context, settings, state }: RehearsalWish,
): Promise<RehearsalReport> {
  const locks = rehearsal.phases.flatMap(({ migrations }) => migrations.flatMap((one) => one.locks))
  if (dialectOf(state).isFile || locks.length === 0 || settings.databaseUrl.value === null) return rehearsal
  const tables = (await readLive(context, settings, state))?.tables ?? null
  if (tables === null) return rehearsal
  const sized = (lock: LockReport): LockReport => {
    const at = lock.table.indexOf('.')
    const name = { schema: at < 0 ? 'public' : lock.table.slice(0, at), name: lock.table.slice(at + 1) }
    const bytes = tables.sizeOf(name)?.bytes
    return bytes === undefined ? lock : { ...lock, bytes }
  }
  const phases = rehearsal.phases.map((phase) => ({
    ...phase,
    migrations: phase.migrations.map((one) => ({ ...one, locks: one.locks.map(sized) })),
  }))
  return { ...rehearsal, phases }
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
      `${shown(file)} contains a database URL, so the rehearsed command could upgrade that database instead of the copy.`,
      'Let env.py read the URL from the environment: config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%")).',
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
    if (left !== null) context.logger.error(`the rehearsal left something behind: ${left}`)
  }
}

interface Rehearsing extends RehearsalWish {
  readonly guardian: Watchdog
  readonly signal: AbortSignal
}

async function rehearseChecked(rehearsing: Rehearsing): Promise<Rehearsed> {
  const { wrapped, context, folder, settings, checked, state, strict, guardian, signal } = rehearsing
  const wish = settings.rehearse
  const versions = state.versions.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
  // A release is not kept back for what it can't be asked.
  const cycle = wish.cycle && !(strict && (versions.length > 1 || wrapped.upgrade === null))
  if (cycle && versions.length > 1) {
    throw new GuardError(
      'usage',
      `--cycle can go back to one revision only, and the database is at ${listed(versions)}`,
    )
  }
  const say = (line: string): void => context.tell('stderr', `${line}\n`, settings.presentation)
  const { repository } = checked.gathered
  const enclosure = await enclose({ context, settings, repository, wrapped, strict, guardian, signal })
  const stage = await makeStage({
    context,
    settings,
    guardian,
    signal,
    state,
    say,
    empty: wish.fromBase,
    extensions: wordsOfPending(context, checked),
    containers: !strict,
    socket: enclosure.socket,
    readSchema: () => readProductionSchema(context, settings),
  })
  try {
    if (strict) refuseHalfCopy(stage)
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
      cycle,
      checkModels: wish.checkModels,
    }
    const { statements, ...acts } = await runPhases(stage, script)
    if (statements) rehearsing.onStatements?.(statements)
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

/** Words of the pending migrations, among which are the names of extensions that they create. */
function wordsOfPending(context: Context, { facts, gathered }: CheckedRelease): readonly string[] {
  const tree = diskTree(context.cwd)
  const pending = new Set(
    facts?.prediction.outcome === 'succeeds' ? facts.prediction.steps.map(({ revision }) => revision) : [],
  )
  const words = gathered.repository.modules.flatMap(({ path, revision }) => {
    const id = revision.kind === 'value' && revision.value.kind === 'str' ? revision.value.value : null
    const bytes = id === null || !pending.has(id) ? null : tree.readFile(path)
    return bytes === null ? [] : (new TextDecoder().decode(bytes).match(/[\w-]+/g) ?? [])
  })
  return [...new Set(words)]
}

/** @throws GuardError (unavailable) where the copy lacks something, so that a failure would prove nothing. */
function refuseHalfCopy({ schema, leftOut, notes }: Stage): void {
  const [first] = leftOut
  if (first) {
    throw new GuardError(
      'unavailable',
      `The scratch server does not take all of production's schema: ${shown(first.what)}: ${shown(first.reason)}.`,
    )
  }
  if (schema === 'catalog')
    throw new GuardError('unavailable', `No whole copy: ${notes[0] ?? 'there is no pg_dump'}.`)
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
