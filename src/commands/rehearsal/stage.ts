/**
 * Prepares a scratch database with production's schema and version rows, and observes the commands that use it. On
 * PostgreSQL, commands connect through the proxy.
 */
import { type SqliteUrl, parseDatabaseUrl } from '../../adapters/database/database-url.ts'
import { type DumpEntry, dumpSchema } from '../../adapters/postgres/pg-dump.ts'
import { planConnection } from '../../adapters/libpq/libpq.ts'
import {
  type ServerNames,
  readPostgresCatalog,
  readServerNames,
} from '../../adapters/isolation/production-mark.ts'
import type { EmbeddedServer } from '../../adapters/embedded/start-embedded.ts'
import { startProxy } from '../../adapters/scratch/postgres-proxy.ts'
import { parseCatalog, postgresCatalogQuestion } from '../../adapters/scratch/catalog.ts'
import type { Watchdog } from '../../adapters/scratch/watchdog.ts'
import {
  type LeftOut,
  type PostgresScratch,
  type RejectedEntry,
  applySchema,
  makeRoles,
  makePostgresScratch,
  makesServer,
  readCatalog,
  readVersionRows,
  setSearchPath,
  writeVersionRows,
} from '../../adapters/scratch/postgres.ts'
import {
  makeSqliteScratch,
  readSqliteCatalog,
  readSqliteVersions,
  takeLog,
  watchVersions,
} from '../../adapters/scratch/sqlite.ts'
import type { CatalogAfterPhase, CatalogObject } from '../../core/schema/catalog-diff.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import {
  type RevisionStatements,
  type RehearsedMigration,
  aboutVersions,
  splitByRevision,
} from '../../core/rehearsal/statement-log.ts'
import type { SchemaSnapshot } from '../../core/schema/schema-snapshot.ts'
import {
  type CopiedNames,
  type StatementReader,
  type UncertainRead,
  firstUncertainRead,
} from '../../core/rehearsal/certain-failure.ts'
import { answerSource, namesGiven } from '../../python/operations/sql/answer-source.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import { embeddedWord } from '../shell/watchdog-entry.ts'
import { proxyUrl, type ScratchAddress } from './environment.ts'
import { bothOrNeither } from './both-or-neither.ts'
import { compareCopy } from './compare-copy.ts'
import type { DatabaseSettings } from '../shell/release-settings.ts'
import type { RehearseSettings } from '../shell/verb-settings.ts'
import { snapshotStatements } from './schema-ddl.ts'
import { stricterVersion } from './version-notes.ts'

/** What was observed while one command ran. */
export interface RehearsalObservation extends RevisionStatements {
  /** The catalog after each migration. Empty if it wasn't requested. */
  readonly catalogs: readonly CatalogAfterPhase[]
  /** Whether the command connected to the scratch database. */
  readonly reached: boolean
  /** The command's first read whose result might differ in production; null if there is none. */
  readonly uncertainRead: UncertainRead | null
  /** Whether the command requested TLS, which the proxy doesn't offer. */
  readonly wantedTls: boolean
}

/** The scratch database, prepared for the rehearsal. */
export interface Stage {
  readonly dialect: DatabaseState['dialect']
  readonly server: string
  readonly where: string
  readonly schema: 'pg_dump' | 'catalog' | 'backup' | 'empty'
  readonly leftOut: readonly LeftOut[]
  /** Names of the objects in the copy; null if it may be incomplete. */
  readonly copied: CopiedNames | null
  /** Objects in production; null if the copy may be incomplete. */
  readonly objects: readonly CatalogObject[] | null
  /** Production's major version, if the copy's is newer; null otherwise. */
  readonly olderMajor: number | null
  /** The embedded server, if the scratch database runs on it; null otherwise. */
  readonly embedded: EmbeddedServer | null
  /**
   * Roles and publications that exist in production but might be missing from the scratch server. Empty if the guard
   * started the server.
   */
  readonly missing: ServerNames
  /** Additional remarks about the copy, one sentence each. */
  readonly notes: readonly string[]
  readonly address: ScratchAddress
  /**
   * Observes one command. `direction` is null if the command doesn't migrate. Such a command must not see the guard's
   * own objects.
   */
  watch(
    direction: RehearsedMigration['direction'] | null,
    run: () => Promise<void>,
  ): Promise<RehearsalObservation>
  catalog(): Promise<readonly CatalogObject[]>
  versions(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Options for preparing the scratch database. */
export interface StageOptions {
  readonly context: Context
  readonly settings: RehearseSettings & DatabaseSettings
  readonly guardian: Watchdog
  readonly signal: AbortSignal
  /** State of the production database, or of an empty database if `--from-base` is given. */
  readonly state: DatabaseState
  /** Whether the copy starts empty (`--from-base`). */
  readonly empty: boolean
  /** Extensions that the pending migrations may create. */
  readonly extensions: readonly string[]
  /** Whether the guard may start a container. */
  readonly containers: boolean
  /**
   * Waits until the command's network namespace is set up. Returns the proxy's socket in it; null to use a local port
   * instead.
   */
  socket(): Promise<string | null>
  readSchema(): Promise<SchemaSnapshot>
  say(line: string): void
}

const stages = { postgresql: postgresStage, sqlite: sqliteStage } as const
const noNames: ServerNames = { roles: [], publications: [], extensions: [] }

/** PostgreSQL's default port, which is always free in the command's network namespace. */
export const standardPort = 5432

/** Prepares the scratch database. */
export async function makeStage(wish: StageOptions): Promise<Stage> {
  return stages[wish.state.dialect](wish)
}

async function postgresStage(wish: StageOptions): Promise<Stage> {
  const { context, settings, state, signal } = wish
  const { env, cwd } = context
  const url = settings.databaseUrl.value
  const parsed = url === null ? null : parseDatabaseUrl(url)
  const production = parsed?.kind === 'server' ? planConnection(parsed, env, cwd) : null
  const wanted = state.server === '' ? null : Number.parseInt(state.server, 10)
  const { scratchUrl, scratchServer, scratchImage, pgDump, excludeSchemas, cycle } = settings.rehearse
  const names = production ? await readServerNames(production, settings.timeoutMs, signal) : null
  const extensions = [...(names?.extensions ?? []), ...wish.extensions]
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const making = {
    ...wish,
    env,
    cwd,
    signal: either,
    major: wanted,
    image: scratchImage,
    scratchUrl,
    scratchServer,
    production,
    embeddedSelf: [...context.self, embeddedWord],
    extensions,
    containers: wish.containers,
  }
  // Dumping the schema and starting the server take about a second each, so they run in parallel.
  const dumping =
    wish.empty || parsed?.kind !== 'server' || production === null
      ? Promise.resolve(null)
      : dumpSchema({
          url: parsed,
          plan: production,
          host: state.host ?? '',
          major: wanted ?? 0,
          program: pgDump,
          excludeSchemas,
          withOwners: makesServer(making),
          env,
          cwd,
          signal: either,
        })
  const [scratch, dump] = await bothOrNeither(makePostgresScratch(making), dumping, stop)
  const { connection, plan } = scratch
  const notes: string[] = []
  let schema: Stage['schema'] = 'empty'
  let leftOut: readonly LeftOut[] = []
  let copied: CopiedNames | null = null
  let objects: Stage['objects'] = null
  if (scratch.ownServer) await makeRoles(scratch, names?.roles ?? [])
  if (dump !== null && production !== null) {
    schema = dump.kind === 'dump' ? 'pg_dump' : 'catalog'
    let entries: readonly DumpEntry[]
    if (dump.kind === 'dump') entries = dump.entries
    else {
      entries = snapshotStatements(withoutSchemas(await wish.readSchema(), excludeSchemas))
      notes.push(
        `${dump.reason}; instead, the schema is copied from the catalog, with tables, columns, constraints, indexes and enums, but no views, functions, triggers, domains, identity or generated columns, partitions, policies or extensions`,
      )
    }
    const catalog = readPostgresCatalog(production, state.versionTable.name, settings.timeoutMs, signal)
    // If filling the copy fails, nothing ever awaits this promise, so handle its rejection here.
    catalog.catch(() => undefined)
    const rejected = await applySchema(scratch, entries, signal)
    refuseGaps(rejected, schema, scratch, state)
    leftOut = rejected.map(({ what, reason }) => ({ what, reason }))
    await setSearchPath(scratch, state.searchPath)
    if (schema === 'pg_dump' && leftOut.length === 0) {
      const compared = await compareCopy({
        scratch,
        production: await catalog,
        versionTable: state.versionTable.name,
        excludeSchemas,
        sameVersion: wanted === scratch.major,
      })
      notes.push(...compared.notes)
      objects = compared.objects
      if (compared.notes.length === 0 && excludeSchemas.length === 0)
        copied = {
          names: bareNames(compared.objects),
          versionTable: state.versionTable.name,
          alike: wanted === scratch.major && scratch.embedded === null,
        }
    }
    await writeVersionRows(scratch, state.versionTable, textRows(state))
  }
  if (wanted !== null && wanted !== scratch.major) {
    notes.push(`the scratch server runs PostgreSQL ${scratch.major}, but production runs ${wanted}`)
  }
  const olderMajor = wanted !== null && wanted < scratch.major ? wanted : null
  const isNewError: StatementReader['isNewError'] = (text, error) =>
    olderMajor !== null && stricterVersion(text, error, olderMajor) !== null
  let catalogs: CatalogAfterPhase[] = []
  let direction: RehearsedMigration['direction'] = 'upgrade'
  const table = state.versionTable.name
  const written = (text: string): string | null => {
    const about = aboutVersions(text, table)
    if (about?.kind !== 'write') return null
    return direction === 'upgrade' ? about.to : about.from
  }
  const socket = await wish.socket()
  const proxy = await startProxy(
    plan,
    cycle
      ? {
          after: (text) => written(text) !== null,
          sql: postgresCatalogQuestion(table),
          tell: (text, rows) => catalogs.push({ revision: written(text) ?? '', catalog: parseCatalog(rows) }),
        }
      : null,
    socket,
  )
  const parts = {
    host: '127.0.0.1',
    port: String(socket === null ? proxy.port : standardPort),
    user: plan.user,
    password: proxy.password,
    database: plan.database,
  }
  return {
    dialect: 'postgresql',
    server: scratch.server,
    where: scratch.where,
    schema,
    leftOut,
    copied,
    objects,
    olderMajor,
    embedded: scratch.embedded,
    missing: scratch.ownServer || !names ? noNames : names,
    notes,
    address: { parts, urlFor: (scheme) => proxyUrl(url, scheme, parts) },
    watch: async (way, run) => {
      direction = way ?? 'upgrade'
      catalogs = []
      proxy.take()
      const before = proxy.connections()
      await run()
      const reached = proxy.connections() > before
      const statements = proxy.take()
      return {
        ...splitByRevision(statements, table, direction),
        uncertainRead:
          copied && firstUncertainRead(statements, copied, { answerSource, namesGiven, isNewError }),
        catalogs,
        reached,
        wantedTls: proxy.wantedTls(),
      }
    },
    catalog: () => readCatalog(scratch, table),
    versions: () => readVersionRows(scratch, state.versionTable),
    close: async () => {
      await proxy.close()
      await connection.close()
    },
  }
}

/** Returns the unqualified names of relations and functions. */
function bareNames(objects: readonly CatalogObject[]): ReadonlySet<string> {
  const kinds = new Set(['table', 'view', 'materialized view', 'sequence', 'function'])
  return new Set(
    objects
      .filter(({ kind }) => kinds.has(kind))
      .map(({ name }) => name.replace(/\(.*$/s, '').replace(/^.*\./s, '')),
  )
}

/** Throws if a copy made with pg_dump lacks objects, unless a missing extension or role may be the reason. */
function refuseGaps(
  leftOut: readonly RejectedEntry[],
  schema: Stage['schema'],
  scratch: PostgresScratch,
  { server }: DatabaseState,
): void {
  const [first] = leftOut
  const excused = leftOut.some(
    ({ what, reason }) => what.startsWith('extension ') || reason.startsWith('role "'),
  )
  if (first === undefined || excused || schema !== 'pg_dump') return
  const major = Number.parseInt(server, 10)
  const { what, reason, sql, code } = first
  const why = major < scratch.major ? stricterVersion(sql, { code, message: reason }, major) : null
  throw new GuardError(
    'unavailable',
    `The schema can't be copied: the scratch server (PostgreSQL ${scratch.server}) rejects the ${what}: ${reason}${why === null ? '' : ` (${why})`}`,
    major !== scratch.major
      ? `Production runs PostgreSQL ${server}: use a --scratch-server with the same major version.`
      : 'The object may belong to another role, or depend on an object that the dump omits.',
  )
}

function withoutSchemas(snapshot: SchemaSnapshot, names: readonly string[]): SchemaSnapshot {
  const kept = (schema: string | null): boolean => !names.includes(schema ?? 'public')
  return {
    ...snapshot,
    schemas: snapshot.schemas.filter(kept),
    enums: snapshot.enums.filter(({ schema }) => kept(schema)),
    tables: snapshot.tables.filter(({ schema }) => kept(schema)),
  }
}

function textRows({ versions }: DatabaseState): readonly string[] {
  return versions.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
}

async function sqliteStage(wish: StageOptions): Promise<Stage> {
  const { context, settings, guardian, state } = wish
  // If the command can't be isolated, this throws before the file is copied.
  await wish.socket()
  const { withData, scratchUrl, scratchServer } = settings.rehearse
  if (scratchUrl !== null || scratchServer !== null) {
    throw new GuardError(
      'usage',
      '--scratch-url and --scratch-server are for PostgreSQL; a SQLite file is copied to a temporary folder.',
    )
  }
  const url = settings.databaseUrl.value
  const source = wish.empty || url === null ? null : (parseDatabaseUrl(url) as SqliteUrl)
  const table = state.versionTable.name
  const scratch = await makeSqliteScratch(source, {
    cwd: context.cwd,
    guardian,
    withData,
    versionTable: table,
  })
  const existed = readSqliteVersions(scratch, table)
  return {
    dialect: 'sqlite',
    server: scratch.server,
    where: 'a copy of the file',
    schema: wish.empty ? 'empty' : 'backup',
    leftOut: [],
    copied: null,
    objects: null,
    olderMajor: null,
    embedded: null,
    missing: noNames,
    notes: [],
    address: { parts: null, urlFor: (scheme) => `${scheme ?? 'sqlite'}:///${scratch.path}` },
    watch: async (direction, run) => {
      if (direction === null) {
        await run()
        return { done: [], rest: [], catalogs: [], reached: true, uncertainRead: null, wantedTls: false }
      }
      const before = (await Promise.resolve(readSqliteVersions(scratch, table))).join()
      watchVersions(scratch, table)
      await run()
      const log = takeLog(scratch, table)
      const done: RehearsedMigration[] = []
      const catalogs: CatalogAfterPhase[] = []
      let last: number | null = null
      for (const { from, to, at, catalog } of log) {
        const revision = direction === 'upgrade' ? to : from
        if (revision === null) continue
        const ms = last === null ? null : Math.max(0, at - last)
        done.push({
          revision,
          direction,
          ms,
          statements: null,
          locks: [],
          outside: false,
          unmeasured: [],
          texts: [],
        })
        catalogs.push({ revision, catalog })
        last = at
      }
      const reached = log.length > 0 || before === existed.join()
      return {
        done,
        rest: [],
        catalogs,
        reached,
        uncertainRead: { kind: 'rows', table: null },
        wantedTls: false,
      }
    },
    catalog: async () => readSqliteCatalog(scratch, table),
    versions: async () => readSqliteVersions(scratch, table),
    close: async () => scratch.connection.close(),
  }
}
