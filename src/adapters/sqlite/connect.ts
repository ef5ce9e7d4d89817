/**
 * Opens a SQLite file, read-only by default. Only this file imports `better-sqlite3`; the fallback is Node's built-in
 * SQLite.
 */
import { quoteText } from '../../core/text/sql-quoting.ts'
import { createRequire, isBuiltin } from 'node:module'
import { pathToFileURL } from 'node:url'
import { GuardError } from '../../errors.ts'

/** A row, keyed by column name. No query returns blobs or numbers beyond 2^53. */
export type SqliteRow = Readonly<Record<string, string | number | null>>

/** An open database. Methods throw Errors whose `code` is a SQLite result code, such as `SQLITE_BUSY`. */
export interface SqliteConnection {
  all(sql: string): readonly SqliteRow[]
  exec(sql: string): void
  copyTo(path: string): Promise<void>
  close(): void
}

/** What to open: a file, an in-memory image, or an empty database. */
export type SqliteSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'writable'; readonly path: string }
  | { readonly kind: 'immutable'; readonly path: string }
  | { readonly kind: 'image'; readonly image: Buffer }
  | { readonly kind: 'nothing' }
  /** A file that belongs to the guard and is opened for writing. */
  | { readonly kind: 'scratch'; readonly path: string }

/** A SQLite library. */
export interface SqliteDriver {
  readonly name: 'better-sqlite3' | 'node:sqlite'
  /** Opens a database. Returns null if the driver doesn't support the source. */
  open(source: SqliteSource): SqliteConnection | null
}

/**
 * Time in milliseconds that SQLite itself waits for a lock. The caller handles longer waits, which must be
 * interruptible.
 */
const busyTimeoutMs = 50

interface BetterSqlite {
  readonly default: typeof import('better-sqlite3')
}

/**
 * Returns the drivers that work on this machine, in order of preference.
 * @throws GuardError (unavailable) if none works.
 */
export async function loadSqliteDrivers(
  betterSqlite: () => Promise<BetterSqlite> = requireBetterSqlite,
  nodeSqlite: (() => NodeSqlite) | null = isBuiltin('node:sqlite') ? requireNodeSqlite : null,
): Promise<readonly SqliteDriver[]> {
  const drivers: SqliteDriver[] = []
  let problem: unknown = null
  try {
    const driver = betterDriver(await betterSqlite())
    // A broken native module fails only when it opens a database.
    driver.open({ kind: 'nothing' })?.close()
    drivers.push(driver)
  } catch (error) {
    problem = error
  }
  if (nodeSqlite) drivers.push(nodeDriver(nodeSqlite))
  if (drivers.length > 0) return drivers
  throw noDriver(problem)
}

function noDriver(problem: unknown): GuardError {
  const code = problem instanceof Error && 'code' in problem ? problem.code : ''
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
    return new GuardError(
      'unavailable',
      "The package better-sqlite3, which reads SQLite files, isn't installed.",
      'Run npm install better-sqlite3@12, or use a Node version with built-in SQLite (22.13 or later).',
    )
  return new GuardError(
    'unavailable',
    `The native module of better-sqlite3 was ${code === 'ERR_DLOPEN_FAILED' ? 'built for a different Node version' : 'not built'}.`,
    'Run npm install better-sqlite3 (or npm rebuild better-sqlite3) with the Node version that runs alembic-guard.',
  )
}

function betterDriver({ default: Sqlite }: BetterSqlite): SqliteDriver {
  return {
    name: 'better-sqlite3',
    open(source) {
      if (source.kind === 'immutable') return null
      const options = {
        readonly: source.kind !== 'writable',
        fileMustExist: true,
        timeout: busyTimeoutMs,
      }
      const database =
        source.kind === 'nothing'
          ? new Sqlite(':memory:')
          : source.kind === 'image'
            ? new Sqlite(source.image, { readonly: true })
            : new Sqlite(source.path, source.kind === 'scratch' ? {} : options)
      return {
        all: (sql) => database.prepare<[], SqliteRow>(sql).all(),
        exec: (sql) => void database.exec(sql),
        copyTo: async (path) => void (await database.backup(path)),
        close: () => void database.close(),
      }
    },
  }
}

/** Loads the package with `require`, because an import would scan it for exports first. */
async function requireBetterSqlite(): Promise<BetterSqlite> {
  return { default: createRequire(import.meta.url)('better-sqlite3') }
}

/** The part of `node:sqlite` used here. Node 20's type definitions don't include the module. */
interface NodeSqlite {
  readonly DatabaseSync: new (
    path: string | URL,
    options: { readonly readOnly?: boolean; readonly timeout?: number },
  ) => {
    prepare(sql: string): { all(): readonly SqliteRow[] }
    exec(sql: string): void
    close(): void
  }
}

function requireNodeSqlite(): NodeSqlite {
  // Not written as a literal, because neither bundlers nor Node 20's type definitions recognize this module name.
  return createRequire(import.meta.url)(['node', 'sqlite'].join(':'))
}

/**
 * Returns a driver for Node's built-in SQLite. Loads the module only when needed, because Node 22 prints a warning.
 */
function nodeDriver(load: () => NodeSqlite): SqliteDriver {
  return {
    name: 'node:sqlite',
    open(source) {
      if (source.kind === 'image') return null
      const { DatabaseSync } = load()
      const path =
        source.kind === 'nothing'
          ? ':memory:'
          : source.kind === 'immutable'
            ? new URL(`${pathToFileURL(source.path).href}?immutable=1`)
            : source.path
      try {
        const database = new DatabaseSync(path, {
          readOnly: source.kind === 'file' || source.kind === 'immutable',
          timeout: busyTimeoutMs,
        })
        return {
          all: (sql) => named(() => database.prepare(sql).all()),
          exec: (sql) => named(() => database.exec(sql)),
          // Only the newest versions of Node have a backup function.
          copyTo: async (to) => named(() => database.exec(`VACUUM INTO ${quoteText(to)}`)),
          close: () => database.close(),
        }
      } catch (error) {
        throw withCode(error)
      }
    },
  }
}

function named<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw withCode(error)
  }
}

/** The primary SQLite result codes that matter here. */
const resultCodes: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  14: 'SQLITE_CANTOPEN',
  26: 'SQLITE_NOTADB',
}

/** Adds the result code's name to an error from `node:sqlite`. Errors from better-sqlite3 already include it. */
function withCode(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error
  return Object.assign(new Error(error.message), {
    code: resultCodes[error.errcode & 0xff] ?? 'SQLITE_ERROR',
  })
}
