/**
 * Rehearses a checked release on an isolated copy of production's schema, then checks that production is unchanged. A
 * watchdog removes the copy, even if the guard is killed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseDatabaseUrl } from '../../adapters/database/database-url.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { planConnection } from '../../adapters/libpq/libpq.ts'
import { openDatabase } from '../../adapters/open-database.ts'
import { readReleaseFacts } from '../../adapters/release/release-files.ts'
import { type Watchdog, startWatchdog } from '../../adapters/scratch/watchdog.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { WrappedCommand } from '../../core/release/wrapped-command.ts'
import { listed, shown, shownSentence } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { RehearsalReport } from '../../report/model/report.ts'
import type { CheckedRelease } from '../checks/judge-release.ts'
import type { Context } from '../shell/command.ts'
import type { DatabaseSettings, ReleaseSettings } from '../shell/release-settings.ts'
import type { ReportSettings } from '../shell/report-settings.ts'
import type { RehearseSettings } from '../shell/verb-settings.ts'
import { watchdogArgument } from '../shell/watchdog-entry.ts'
import { type Production, environmentWords, safeCommand } from './environment.ts'
import { bothOrNeither } from './both-or-neither.ts'
import { enclose } from './isolation.ts'
import { type LimitedRehearsal, applyLockLimits } from './lock-limits.ts'
import { runPhases } from './phases.ts'
import type { Script } from './script.ts'
import type { RehearsedStatements } from './rehearsed-operations.ts'
import { type Rehearsed, judgeProduction, watchProduction } from './production.ts'
import { type Stage, makeStage } from './stage.ts'

/** Input for a rehearsal. */
export interface RehearsalWish {
  readonly wrapped: WrappedCommand
  readonly context: Context
  /** The folder in which the command starts. */
  readonly folder: string
  readonly settings: ReleaseSettings & RehearseSettings & ReportSettings
  readonly checked: CheckedRelease
  readonly state: DatabaseState
  /**
   * Whether a release is waiting for the result. If so, the rehearsal doesn't use containers, and requires a complete
   * copy and network isolation.
   */
  readonly strict: boolean
  /** Called with the rehearsal's statements, if production would run the same ones. */
  readonly onStatements?: (statements: RehearsedStatements) => void
}

/**
 * Rehearses a release.
 * @throws GuardError if the rehearsal is inconclusive.
 */
export async function rehearseRelease(wish: RehearsalWish): Promise<LimitedRehearsal> {
  const { context, settings, checked, state } = wish
  refuseOtherUrl(context, settings, checked)
  const watching = watchProduction(checked.gathered, context, settings)
  // Nothing awaits this promise if something else fails first.
  watching.catch(() => undefined)
  const rehearsed = withGuardian(context, (guardian, signal) =>
    rehearseChecked({ ...wish, guardian, signal, watching }),
  )
  const { repository } = checked.gathered
  return applyLockLimits(await judgeProduction(rehearsed, watching), { context, settings, state, repository })
}

/**
 * Throws if a project file contains a database URL, because the command could use it.
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
      'Make env.py read the URL from the environment: config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%")).',
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

/** Runs `work` under a watchdog that cleans up. */
async function withGuardian<T>(
  context: Context,
  work: (guardian: Watchdog, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  // Until the cleanup is complete, no signal may end this process.
  const unsubscribe = context.onSignal(() => stop.abort())
  const guardian = await startWatchdog([...context.self, watchdogArgument], context.env)
  let left: string | null
  try {
    return await work(guardian, AbortSignal.any([stop.signal, context.signal]))
  } catch (error) {
    if (!stop.signal.aborted) throw error
    throw new GuardError(
      'unavailable',
      'The rehearsal was interrupted.',
      'The scratch database was removed.',
      {
        cause: error,
      },
    )
  } finally {
    left = await guardian.release()
    unsubscribe()
    if (left !== null) context.logger.error(`the rehearsal couldn't clean up: ${left}`)
  }
}

interface Rehearsing extends RehearsalWish {
  readonly guardian: Watchdog
  readonly signal: AbortSignal
  /** Resolves once the state of production has been recorded. The command must not start earlier. */
  readonly watching: Promise<unknown>
}

async function rehearseChecked(rehearsing: Rehearsing): Promise<Rehearsed> {
  const { wrapped, context, folder, settings, checked, state, strict, guardian, signal } = rehearsing
  const wish = settings.rehearse
  const versions = state.versions.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
  // A release must not fail just because `--cycle` isn't possible.
  const cycle = wish.cycle && !(strict && (versions.length > 1 || wrapped.upgrade === null))
  if (cycle && versions.length > 1) {
    throw new GuardError(
      'usage',
      `--cycle can downgrade only to a single revision, but the database is at ${listed(versions)}`,
    )
  }
  const say = (line: string): void => context.tell('stderr', `${line}\n`, settings.presentation)
  const { repository } = checked.gathered
  const stop = new AbortController()
  const making = { context, settings, guardian, signal: AbortSignal.any([signal, stop.signal]) }
  const enclosing = enclose({ ...making, repository, wrapped, strict })
  const staging = makeStage({
    ...making,
    state,
    say,
    empty: wish.fromBase,
    extensions: wordsOfPending(context, checked),
    containers: !strict,
    socket: async () => (await enclosing).socket,
    readSchema: () => readProductionSchema(context, settings),
  })
  const [enclosure, stage] = await bothOrNeither(enclosing, staging, stop)
  try {
    if (strict) refuseHalfCopy(stage)
    await rehearsing.watching
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
    // If the connection doesn't close in time, the watchdog can still drop the database.
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

/** Returns all words in the pending migrations, because any of them may be the name of an extension. */
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

/**
 * Throws if the copy is incomplete, because a failure would then prove nothing.
 * @throws GuardError (unavailable)
 */
function refuseHalfCopy({ schema, leftOut, notes }: Stage): void {
  const [first] = leftOut
  if (first) {
    throw new GuardError(
      'unavailable',
      `The scratch server rejects part of production's schema (${shown(first.what)}): ${shownSentence(first.reason)}.`,
    )
  }
  if (schema === 'catalog')
    throw new GuardError('unavailable', `The copy is incomplete: ${notes[0] ?? 'there is no pg_dump'}.`)
}

/** Collects the connection details that could lead to production. */
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
