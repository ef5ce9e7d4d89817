/** Takes fingerprints of production before and after a rehearsal. Read-only. */
import { randomBytes } from 'node:crypto'
import { GuardError } from '../../errors.ts'
import type { SqliteUrl } from '../database/database-url.ts'
import type { CatalogObject } from '../../core/schema/catalog-diff.ts'
import { startDeadline } from '../files/deadline.ts'
import { digestRegularFile } from '../files/regular-file.ts'
import { connectPostgres } from '../postgres/connect.ts'
import type { PostgresPlan, TlsOptions } from '../libpq/libpq.ts'
import { parseCatalog, postgresCatalogQuestion, withoutJit } from '../scratch/catalog.ts'
import { sqliteFileOf } from '../sqlite/locate-file.ts'

/** Names of roles, publications and extensions. A dump made without owners omits roles and publications. */
export interface ServerNames {
  readonly roles: readonly string[]
  readonly publications: readonly string[]
  readonly extensions: readonly string[]
}

/** Reads the server's roles and the database's publications and extensions. */
export async function readServerNames(
  plan: PostgresPlan,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ServerNames> {
  const session = await connectPostgres(plan, startDeadline(timeoutMs, signal))
  try {
    const [roles = [], publications = [], extensions = []] = await session.query(
      'SELECT r.rolname FROM pg_catalog.pg_roles r ORDER BY 1',
      'SELECT p.pubname FROM pg_catalog.pg_publication p ORDER BY 1',
      'SELECT x.extname FROM pg_catalog.pg_extension x ORDER BY 1',
    )
    const names = (rows: typeof roles): readonly string[] => rows.map(([name]) => name ?? '')
    return { roles: names(roles), publications: names(publications), extensions: names(extensions) }
  } finally {
    await session.close()
  }
}

/** Fingerprint of the production database. */
export interface ProductionMark {
  /** Digests by kind of object, such as `table`. SQLite has only `file`. */
  readonly digests: ReadonlyMap<string, string>
  /** Number of row changes per table (PostgreSQL only). */
  readonly writes: ReadonlyMap<string, string>
}

/**
 * Reads digests of the catalog and counts of row changes (`pg_stat_user_tables`). A session's changes are counted
 * once it has ended.
 * @throws GuardError (unavailable)
 */
export async function markPostgres(
  plan: PostgresPlan,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProductionMark> {
  const session = await connectPostgres(plan, startDeadline(timeoutMs, signal))
  try {
    const [, rows = [], tables = []] = await session.query(
      withoutJit('transaction'),
      `SELECT o.kind, pg_catalog.md5(pg_catalog.string_agg(
           pg_catalog.concat_ws(pg_catalog.chr(31), o.name, o.owner, o.definition), pg_catalog.chr(30) ORDER BY o.name, o.definition))
         FROM (${postgresCatalogQuestion('')}) o (kind, name, owner, definition) GROUP BY o.kind`,
      `SELECT pg_catalog.concat_ws('.', s.schemaname, s.relname), pg_catalog.concat_ws(' ', s.n_tup_ins, s.n_tup_upd, s.n_tup_del)
         FROM pg_catalog.pg_stat_user_tables s`,
    )
    const pairs = (answer: typeof rows): ReadonlyMap<string, string> =>
      new Map(answer.map(([name, value]) => [name ?? '', value ?? '']))
    return { digests: pairs(rows), writes: pairs(tables) }
  } catch (error) {
    if (error instanceof GuardError) throw error
    const words = error instanceof Error ? error.message : String(error)
    throw new GuardError(
      'unavailable',
      `can't read the database catalog, so changes to the database would go unnoticed: ${words}`,
      'Try a longer --timeout.',
      { cause: error },
    )
  } finally {
    await session.close()
  }
}

/**
 * Reads the whole catalog, except for the version table.
 * @throws GuardError (unavailable)
 */
export async function readPostgresCatalog(
  plan: PostgresPlan,
  versionTable: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<readonly CatalogObject[]> {
  const session = await connectPostgres(plan, startDeadline(timeoutMs, signal))
  try {
    const [, rows = []] = await session.query(
      withoutJit('transaction'),
      postgresCatalogQuestion(versionTable),
    )
    return parseCatalog(rows)
  } finally {
    await session.close()
  }
}

/** Returns a digest of a SQLite file, its rollback journal and its write-ahead log. */
export function markSqlite(url: SqliteUrl, cwd: string): ProductionMark {
  const digests = new Map<string, string>()
  for (const path of sqliteFiles(url, cwd)) {
    const digest = digestOf(path)
    // SQLite treats an empty write-ahead log like a missing one. Empty files have no digest.
    if (digest !== null) digests.set('file', `${digests.get('file') ?? ''}${path} ${digest}\n`)
  }
  return { digests, writes: new Map() }
}

/** Returns the paths of a SQLite file, its rollback journal and its write-ahead log. */
export function sqliteFiles(url: SqliteUrl, cwd: string): readonly string[] {
  const { path } = sqliteFileOf(url, cwd)
  return [path, `${path}-wal`, `${path}-journal`]
}

function digestOf(path: string): string | null {
  try {
    return digestRegularFile(path)
  } catch {
    return null
  }
}

/** Returns the kinds of objects that changed and the tables whose rows changed. */
export function changesBetween(
  before: ProductionMark,
  after: ProductionMark,
): { readonly kinds: readonly string[]; readonly written: readonly string[] } {
  const { digests, writes } = before
  return { kinds: differences(digests, after.digests), written: differences(writes, after.writes) }
}

function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name)).sort()
}

/** Whether the server accepts any login. Tries a random password for the rehearsed user and for a made-up user. */
export async function letsAnybodyIn(
  plan: PostgresPlan,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const password = randomBytes(18).toString('hex')
  const targets = plan.targets.map((target) => ({
    ...target,
    password,
    tls: target.tls.map((one) => (one === false ? one : withoutCertificate(one))),
  }))
  for (const user of [plan.user, `alembic_guard_${randomBytes(4).toString('hex')}`]) {
    try {
      const session = await connectPostgres({ ...plan, user, targets }, startDeadline(timeoutMs, signal))
      await session.close()
      return true
    } catch (error) {
      if (!(error instanceof GuardError)) throw error
    }
  }
  return false
}

function withoutCertificate({ cert: _cert, key: _key, ...rest }: TlsOptions): TlsOptions {
  return rest
}
