/** Gathers what commands decide on: the repository, and the database at the same time. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { interruptedWrite } from '../../adapters/edits/interrupted-write.ts'
import { type Database } from '../../adapters/database/database.ts'
import { type ProjectLocation, locateProject } from '../../adapters/project/locate-project.ts'
import { readRepository } from '../../adapters/project/read-repository.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { LiveEvidence } from '../../core/evidence/applied-revisions.ts'
import { type RevisionGraph, buildGraph } from '../../core/history/revision-graph.ts'
import { nearMisses, resolveIdentifier } from '../../core/history/identifier.ts'
import type { LiveFacts } from '../../core/lint/lint-facts.ts'
import type { PendingFacts } from '../../core/dry-run/pending-facts.ts'
import type { Repository } from '../../core/history/repository.ts'
import { shown } from '../../core/text/display.ts'
import type { ObjectCheck } from '../../core/evidence/expected-objects.ts'
import { predictUpgrade } from '../../core/upgrade/predict-upgrade.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import { gatherSchema } from './gather-schema.ts'
import type { Settings } from '../shell/settings.ts'
import { openDatabase } from '../../adapters/open-database.ts'
import type { History } from './history.ts'

/** What was gathered; `problem` says why the database could not be looked at. */
export type Gathered = History & {
  /** Gathered only when a row is unknown. */
  readonly live: LiveEvidence | null
  /** Gathered only when asked for, and when migrations are pending. */
  readonly pending: PendingFacts | null
  /** As above; null when nothing is to be learned from the rows. */
  readonly traces: ObjectCheck | null
} & (
    | { readonly state: DatabaseState; readonly problem: null }
    | { readonly state: null; readonly problem: GuardError }
  )

/** Finds and reads the project alone. */
export async function gatherHistory(context: Context, settings: Settings): Promise<History> {
  const tree = diskTree(context.cwd)
  const location = await locateProject(tree, settings.project)
  return readHistory(context, location)
}

/** What a command wants gathered besides. */
export interface GatherOptions {
  /** Rows that the schema is to speak about; default: those that nothing defines. */
  readonly lostOf?: (graph: RevisionGraph, state: DatabaseState) => readonly string[]
  readonly trust?: 'known rows' | 'the schema alone'
  /** A history that was read before. */
  readonly known?: History | null
  /** Pending migrations are tried on what the schema holds. */
  readonly triesPending?: boolean
}

/**
 * Reads repository and database; the connection is made while the files are read. A database that can't be looked
 * at is no exception here, so that what the history alone tells is still told. Where no stamp is to be trusted the
 * schema is read in any case, and judged by itself. A `known` history
 * is not read again.
 */
export async function gather(
  context: Context,
  settings: Settings,
  { lostOf = lostRows, trust = 'known rows', known = null, triesPending = false }: GatherOptions = {},
): Promise<Gathered> {
  const opening = openFor(context, settings)
  try {
    const history = known ?? (await gatherHistory(context, settings))
    const question = locateVersionTable(history.repository, settings)
    const nothing = { ...history, live: null, pending: null, traces: null, state: null }
    if (question instanceof GuardError) return { ...nothing, problem: question }
    const cutOff = interruptedWrite(diskTree(context.cwd), history.repository.versionLocations)
    // A history that is half another one says nothing about the release.
    if (cutOff !== null) return { ...nothing, problem: new GuardError('unavailable', cutOff, cutOffHint) }
    context.progress.show(0, null, 'waiting for the database')
    const database = await opening
    if (database instanceof GuardError) return { ...nothing, problem: database }
    context.logger.debug(`connected; looking at ${shown(question.versionTable)}`)
    try {
      const state = await database.readState(question)
      const lost = lostOf(history.graph, state)
      const live =
        lost.length === 0 && trust === 'known rows'
          ? null
          : await (
              await import('./gather-evidence.ts')
            ).gatherEvidence(context, database, history, state, { lost, trust })
      if (!triesPending) return { ...nothing, live, state, problem: null }
      const { pending, traces } = await gatherSchema(context, database, history, state, settings)
      return { ...history, live, pending, traces, state, problem: null }
    } catch (error) {
      if (error instanceof GuardError) return { ...nothing, problem: error }
      throw error
    }
  } finally {
    const database = await opening.catch(() => null)
    if (database && !(database instanceof GuardError)) await database.close()
  }
}

/** Rows that no file of the release answers to, and that are no slip of the pen. */
export function lostRows(graph: RevisionGraph, state: DatabaseState): readonly string[] {
  return state.versions.flatMap((row) => {
    if (row.kind !== 'text' || row.value === '' || graph.map.byId.has(row.value)) return []
    const { kind } = resolveIdentifier(graph, row.value)
    if (kind !== 'unknown' && kind !== 'ambiguous') return []
    const near = nearMisses(graph, row.value)
    return near.some(({ how }) => how === 'case' || how === 'blanks') ? [] : [row.value]
  })
}

async function readHistory(context: Context, location: ProjectLocation): Promise<History> {
  const tree = diskTree(context.cwd)
  const read = await readRepository(tree, location, (done, total) =>
    context.progress.show(done, total, 'reading migrations'),
  )
  const cutOff = interruptedWrite(tree, read.versionLocations)
  const repository = cutOff === null ? read : { ...read, remarks: [...read.remarks, cutOff] }
  context.logger.debug(`read ${repository.modules.length} files of ${repository.versionLocations.join(', ')}`)
  return { repository, graph: buildGraph(repository) }
}

const cutOffHint =
  'If a write goes on at this moment, look again when it has ended. Where it was killed with all its processes, that command, or git, brings the files back.'

/** The two releases of Heroku that have no URL, and what else there is to do. */
const missingUrlHint =
  'While Heroku promotes a database (pg:promote), one release runs with DATABASE_URL detached: that one may fail, it is safe to ignore, and the next one has the new URL. A review app has a database only if "addons" in app.json names one, such as heroku-postgresql. Elsewhere: set DATABASE_URL, or give --database-url-env NAME. --allow-missing-url passes such releases.'

/**
 * The version rows once more, after something may have changed them.
 * @throws GuardError (unavailable)
 */
export async function readStateAgain(
  { repository }: History,
  context: Context,
  settings: Settings,
): Promise<DatabaseState> {
  const question = locateVersionTable(repository, settings)
  const database = question instanceof GuardError ? question : await openFor(context, settings)
  if (question instanceof GuardError) throw question
  if (database instanceof GuardError) throw database
  try {
    return await database.readState(question)
  } finally {
    await database.close()
  }
}

/** The open database, or the reason why there is none. */
export async function openFor(context: Context, settings: Settings): Promise<Database | GuardError> {
  const { value, source } = settings.databaseUrl
  if (value === null) {
    return new GuardError(
      'unavailable',
      `${source} is not set or empty, so there is no database to look at`,
      missingUrlHint,
    )
  }
  try {
    return await openDatabase(value, {
      timeoutMs: settings.timeoutMs,
      signal: context.signal,
      env: context.env,
      cwd: context.cwd,
    })
  } catch (error) {
    if (error instanceof GuardError) return error
    throw error
  }
}

/** Which table Alembic would use: options first, then what env.py says in so many words. */
export function locateVersionTable(
  { env }: Pick<Repository, 'env'>,
  settings: Settings,
): { versionTable: string; versionTableSchema: string | null } | GuardError {
  const given = { version_table: settings.versionTable, version_table_schema: settings.versionTableSchema }
  const unknown = env.computed.find(
    ({ option }) =>
      (option === 'version_table' && given.version_table === null) ||
      (option === 'version_table_schema' && given.version_table_schema === null),
  )
  if (unknown) {
    return new GuardError(
      'unavailable',
      `${shown(unknown.span.path)}, line ${unknown.span.line}, computes ${unknown.option} (${shown(unknown.expression)}), so the guard can't tell which table Alembic uses`,
      `give --${unknown.option.replaceAll('_', '-')}`,
    )
  }
  return {
    versionTable: settings.versionTable ?? env.versionTable ?? 'alembic_version',
    versionTableSchema: settings.versionTableSchema ?? env.versionTableSchema,
  }
}

/** What lint needs: the history, and from a database, where one is asked, what is pending and how large tables are. */
export interface GatheredForLint {
  readonly history: History
  /** Null: not asked for. */
  readonly pending: readonly string[] | null
  readonly live: LiveFacts | null
}

/**
 * Gathers it.
 * @throws GuardError where the database was asked for and can't be looked at, or what is pending can't be told.
 */
export async function gatherForLint(
  context: Context,
  settings: Settings,
  asksDatabase: boolean,
): Promise<GatheredForLint> {
  const history = await gatherHistory(context, settings)
  if (!asksDatabase) return { history, pending: null, live: null }
  const question = locateVersionTable(history.repository, settings)
  if (question instanceof GuardError) throw question
  const database = await openFor(context, settings)
  if (database instanceof GuardError) throw database
  try {
    const state = await database.readState(question)
    const live = { tables: await database.readTableSizes(), major: majorOf(state) }
    if (!settings.lint.pending) return { history, pending: null, live }
    const prediction = predictUpgrade(history.repository, history.graph, state, settings.target)
    const stuck = prediction.outcome === 'fails' && prediction.steps.length === 0
    if (prediction.outcome === 'unknown' || stuck) {
      throw new GuardError(
        'unavailable',
        'what is pending can not be told, because "alembic upgrade" would not get that far',
        'alembic-guard check says why',
      )
    }
    return { history, pending: prediction.steps.map(({ revision }) => revision), live }
  } finally {
    await database.close()
  }
}

/** The sizes of the tables of a database that was looked at already; null: it can't be asked again. */
export async function readLive(
  context: Context,
  settings: Settings,
  state: DatabaseState,
): Promise<LiveFacts | null> {
  const database = await openFor(context, settings)
  if (database instanceof GuardError) return null
  try {
    return { tables: await database.readTableSizes(), major: majorOf(state) }
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    context.logger.warn(`the sizes of the tables can't be read: ${error.message}`)
    return null
  } finally {
    await database.close()
  }
}

/** `16` of `16.4`; null on SQLite. */
function majorOf({ dialect, server }: DatabaseState): number | null {
  const major = dialect === 'postgresql' ? Number.parseInt(server, 10) : Number.NaN
  return Number.isNaN(major) ? null : major
}
