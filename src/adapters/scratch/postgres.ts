/**
 * Creates or opens a scratch database on PostgreSQL and fills it with production's schema and version rows. Writes only
 * to databases that the guard created or found empty.
 */
import { quoteIdentifier, quotePostgresText } from '../../core/text/sql-quoting.ts'
import { randomBytes } from 'node:crypto'
import type { CatalogObject } from '../../core/schema/catalog-diff.ts'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import { type PostgresUrl, parseDatabaseUrl } from '../database/database-url.ts'
import { startDeadline } from '../files/deadline.ts'
import type { EmbeddedServer } from '../embedded/start-embedded.ts'
import { type PostgresPlan, planConnection } from '../libpq/libpq.ts'
import { codeOf } from '../postgres/errors.ts'
import { type WritingConnection, writePostgres } from '../postgres/connect.ts'
import type { DumpEntry } from '../postgres/pg-dump.ts'
import { parseCatalog, postgresCatalogQuestion, withoutJit } from './catalog.ts'
import { type ServerOptions, makeEmbeddedServer, makeScratchServer } from './server.ts'

/** An open scratch database. */
export interface PostgresScratch {
  readonly plan: PostgresPlan
  /** Server version, such as `15.4`. */
  readonly server: string
  readonly major: number
  /** The database's location, as described to the user. */
  readonly where: string
  readonly connection: WritingConnection
  /** Whether the guard started the server, in which case it may create roles. */
  readonly ownServer: boolean
  /** The embedded server; null for other servers. */
  readonly embedded: EmbeddedServer | null
}

/** Options for creating a scratch database. */
export interface ScratchOptions extends ServerOptions {
  readonly scratchUrl: string | null
  readonly scratchServer: string | null
  /** Connection plan for production, if any. */
  readonly production: PostgresPlan | null
}

/** Value of `--scratch-server` for the embedded server. */
const embeddedName = 'embedded'

/** Whether the guard starts the server itself. If it doesn't, it must not create roles. */
export function makesServer({
  scratchUrl,
  scratchServer,
}: Pick<ScratchOptions, 'scratchUrl' | 'scratchServer'>): boolean {
  return scratchUrl === null && (scratchServer === null || scratchServer === embeddedName)
}

const connectMs = 15_000

/**
 * Creates a scratch database, or opens the one specified by the user. @throws GuardError
 */
export async function makePostgresScratch(wish: ScratchOptions): Promise<PostgresScratch> {
  if (wish.scratchUrl !== null) return givenDatabase(wish, wish.scratchUrl)
  if (wish.scratchServer !== null && wish.scratchServer !== embeddedName) {
    const plan = planOf(wish.scratchServer, '--scratch-server', wish)
    return createDatabase(wish, plan, `the server ${shown(plan.targets[0]?.host ?? '')}`)
  }
  const make = wish.scratchServer === embeddedName ? makeEmbeddedServer : makeScratchServer
  const server = await make(wish)
  const plan = planConnection(postgresUrl(server.url, ''), {}, wish.cwd)
  const { embedded, where } = server
  // The embedded server has only one database, which nobody else uses.
  const scratch = await (embedded ? open(wish, plan, where) : createDatabase(wish, plan, where))
  return { ...scratch, ownServer: true, embedded }
}

function postgresUrl(url: string, option: string): PostgresUrl {
  const parsed = parseDatabaseUrl(url)
  if (parsed.kind === 'server') return parsed
  throw new GuardError('usage', `${option} must be a PostgreSQL URL, because the rehearsal uses PostgreSQL.`)
}

function planOf(url: string, option: string, { env, cwd }: ServerOptions): PostgresPlan {
  const parsed = postgresUrl(url, option)
  return planConnection({ ...parsed, database: parsed.database ?? 'postgres' }, env, cwd)
}

async function createDatabase(
  wish: ScratchOptions,
  server: PostgresPlan,
  where: string,
  name = `alembic_guard_scratch_${randomBytes(6).toString('hex')}`,
): Promise<PostgresScratch> {
  const admin = await writePostgres(server, startDeadline(connectMs, wish.signal))
  try {
    await wish.guardian.watch({ kind: 'database', plan: server, name })
    await admin.ask(`CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0`)
  } catch (error) {
    throw new GuardError(
      'unavailable',
      `Can't create the scratch database on ${where} (${codeOf(error) || 'no code'}).`,
      codeOf(error) === '42501'
        ? 'Give the role CREATEDB, or pass --scratch-url with the URL of an empty database.'
        : null,
      { cause: error },
    )
  } finally {
    await admin.close()
  }
  const scratch = await open(wish, { ...server, database: name }, where)
  // The copy doesn't need to survive a crash, so don't wait for commits to reach the disk.
  await scratch.connection.ask(`ALTER DATABASE ${quoteIdentifier(name)} SET synchronous_commit = off`)
  return scratch
}

async function open(wish: ScratchOptions, plan: PostgresPlan, where: string): Promise<PostgresScratch> {
  const connection = await writePostgres(plan, startDeadline(connectMs, wish.signal))
  const [[number, text] = []] = await connection.read(
    `SELECT pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('server_version')`,
  )
  const server = text?.split(' ', 1)[0] ?? ''
  await connection.ask(withoutJit('session'))
  return {
    plan,
    where,
    connection,
    server,
    ownServer: false,
    embedded: null,
    major: Math.floor(Number(number) / 10_000),
  }
}

/** Opens the database at `--scratch-url`, which must be empty. Creates it if it doesn't exist. */
async function givenDatabase(wish: ScratchOptions, url: string): Promise<PostgresScratch> {
  const plan = planOf(url, '--scratch-url', wish)
  const where = `the database ${shown(plan.database)} from --scratch-url`
  if (wish.production && sameDatabase(plan, wish.production)) {
    throw new GuardError('usage', '--scratch-url points at the database that the release would upgrade.')
  }
  let scratch: PostgresScratch
  try {
    scratch = await open(wish, plan, where)
  } catch (error) {
    if (!(error instanceof GuardError) || !error.message.startsWith('There is no database')) throw error
    return createDatabase(wish, { ...plan, database: 'postgres' }, where, plan.database)
  }
  const content = await readCatalog(scratch, '')
  if (content.length > 0) {
    await scratch.connection.close()
    const first = content.find(({ kind }) => kind === 'table') ?? content[0]
    throw new GuardError(
      'usage',
      `${where.replace('the', 'The')} isn't empty: it contains the ${first?.kind ?? 'object'} ${shown(first?.name ?? '')}.`,
      'Nothing was changed. Use an empty database for --scratch-url: the rehearsal deletes everything in it at the end.',
    )
  }
  await wish.guardian.watch({ kind: 'content', plan })
  return scratch
}

function sameDatabase(a: PostgresPlan, b: PostgresPlan): boolean {
  const places = ({ targets, database }: PostgresPlan): readonly string[] =>
    targets.map(
      ({ host, port }) =>
        `${/^(localhost|127\.0\.0\.1|::1|\/.*)$/.test(host) ? 'local' : host}:${port}/${database}`,
    )
  return places(a).some((place) => places(b).includes(place))
}

/** An object that couldn't be copied to the scratch database. */
export interface LeftOut {
  /** Kind and name of the object, such as `extension postgis`. */
  readonly what: string
  readonly reason: string
}

/** A dump entry that the scratch server rejected. */
export interface RejectedEntry extends LeftOut {
  readonly sql: string
  readonly code: string
}

/** Number of entries per round trip. With a single entry, the round trip would take longer than the statement. */
const batchSize = 200

/**
 * Applies the entries in batches, and one at a time after an error. Leaves out entries that the server rejects, for
 * example because an extension is missing, and entries that depend on them.
 */
export async function applySchema(
  { connection }: PostgresScratch,
  entries: readonly DumpEntry[],
  signal: AbortSignal,
): Promise<readonly RejectedEntry[]> {
  const rejected: RejectedEntry[] = []
  // The scratch database doesn't need to survive a crash.
  await connection.ask('SET synchronous_commit = off')
  for (const { sql } of entries.filter(({ type }) => type === '')) {
    // A newer pg_dump writes settings that an older server rejects.
    for (const one of sql.split(/;\s*\n/)) {
      if (/^\s*(--[^\n]*\n\s*)*(SET|SELECT)\b/.test(one)) await connection.ask(one).catch(() => undefined)
    }
  }
  const objects = entries.filter(({ type, name }) => type !== '' && !(type === 'SCHEMA' && name === 'public'))
  let rest = objects
  for (let from = 0; from < objects.length; from += batchSize) {
    signal.throwIfAborted()
    const batch = objects.slice(from, from + batchSize)
    // All statements in a message form one transaction.
    const whole = await connection.ask(batch.map(({ sql }) => sql).join('\n')).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === '') throw error
        return false
      },
    )
    if (!whole) break
    rest = objects.slice(from + batch.length)
  }
  for (const { type, name, sql } of rest) {
    signal.throwIfAborted()
    try {
      await connection.ask(sql)
    } catch (error) {
      if (codeOf(error) === '') throw error
      const words = error instanceof Error ? error.message : String(error)
      const reason = words.replace(/\s+/g, ' ')
      rejected.push({ what: `${type.toLowerCase()} ${name}`, reason, sql, code: codeOf(error) })
    }
  }
  // Undoes pg_dump's settings, which clear the search path.
  await connection.ask('RESET ALL')
  return rejected
}

/** Creates missing roles that owners, grants and policies refer to. These roles can't log in. */
export async function makeRoles({ connection }: PostgresScratch, names: readonly string[]): Promise<void> {
  const there = new Set(
    (await connection.ask('SELECT rolname FROM pg_catalog.pg_roles')).map(([name]) => name),
  )
  for (const name of names) {
    // PostgreSQL reserves names that start with `pg_`.
    if (!there.has(name) && !name.startsWith('pg_'))
      await connection.ask(`CREATE ROLE ${quoteIdentifier(name)}`)
  }
}

/** Sets production's search path for this session and for future ones. */
export async function setSearchPath(
  { connection, plan }: PostgresScratch,
  schemas: readonly string[],
): Promise<void> {
  if (schemas.length === 0 || (schemas.length === 1 && schemas[0] === 'public')) return
  const path = schemas.map(quoteIdentifier).join(', ')
  await connection.ask(`ALTER DATABASE ${quoteIdentifier(plan.database)} SET search_path = ${path}`)
  await connection.ask(`SELECT pg_catalog.set_config('search_path', ${quotePostgresText(path)}, false)`)
}

/** Copies production's version rows. */
export async function writeVersionRows(
  { connection }: PostgresScratch,
  table: { readonly schema: string | null; readonly name: string },
  rows: readonly string[],
): Promise<void> {
  if (rows.length === 0) return
  const name = `${table.schema === null ? '' : `${quoteIdentifier(table.schema)}.`}${quoteIdentifier(table.name)}`
  const values = rows.map((row) => `(${quotePostgresText(row)})`).join(', ')
  await connection.ask(`INSERT INTO ${name} (version_num) VALUES ${values}`)
}

/** Reads the version rows. Returns none if there is no version table. */
export async function readVersionRows(
  { connection }: PostgresScratch,
  table: { readonly schema: string | null; readonly name: string },
): Promise<readonly string[]> {
  const name = `${table.schema === null ? '' : `${quoteIdentifier(table.schema)}.`}${quoteIdentifier(table.name)}`
  const rows = await connection
    .ask(`SELECT pg_catalog.format('%s', version_num) FROM ${name} ORDER BY 1`)
    .catch((error: unknown) => {
      if (codeOf(error) === '42P01' || codeOf(error) === '3F000') return []
      throw error
    })
  return rows.map(([row]) => row ?? '')
}

/** Reads all objects except the version table. */
export async function readCatalog(
  { connection }: PostgresScratch,
  versionTable: string,
): Promise<readonly CatalogObject[]> {
  return parseCatalog(await connection.read(postgresCatalogQuestion(versionTable)))
}
