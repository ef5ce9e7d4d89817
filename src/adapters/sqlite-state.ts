/** Asks an SQLite file what `check` wants to know. Knows SQLite's pragmas and Alembic's way to find the table. */
import { constants, accessSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { DatabaseState, VersionRow, VersionTable } from '../core/database-state.ts'
import { GuardError } from '../errors.ts'
import type { Database, OpenOptions, VersionTableQuestion } from './database.ts'
import type { SqliteUrl } from './database-url.ts'
import { type Deadline, defaultTimeoutMs, startDeadline } from './deadline.ts'
import { sqliteVersionRow } from './driver-values.ts'
import { askSqliteRows, readSqliteSchema, readSqliteTally } from './sqlite-schema.ts'
import {
  type SqliteConnection,
  type SqliteDriver,
  type SqliteRow,
  type SqliteSource,
  loadSqliteDrivers,
  sourceWithoutTraces,
  unopenedSource,
} from './sqlite.ts'

/** More rows than this are no version table. */
const rowLimit = 10_000

/** Between two tries to get past a lock, in milliseconds. */
const lockPauseMs = 100

/**
 * Opens an SQLite file for reading. A file that isn't there is an empty database, as it is for Alembic, which
 * would create it; here nothing is created.
 * @throws GuardError (unavailable)
 */
export async function openSqliteDatabase(url: SqliteUrl, options: OpenOptions): Promise<Database> {
  const deadline = startDeadline(options.timeoutMs ?? defaultTimeoutMs, options.signal)
  const { shown, path } = sqliteFileOf(url, options.cwd)
  const kind = kindOf(path)
  requireFile(shown, path, kind, url.mode)
  const drivers = await loadSqliteDrivers()
  const connection = await patiently(shown, deadline, () => openAndBegin(path, kind, drivers))
  return {
    readState: (question) =>
      patiently(shown, deadline, () =>
        readSqliteState(connection, question, shown, readOnlyReason(path, kind, url)),
      ),
    readStates: async () => {
      throw new GuardError('usage', 'An SQLite file has no schemas.', 'Leave --schemas out.')
    },
    readSchema: () => patiently(shown, deadline, () => readSqliteSchema(connection)),
    readTableSizes: async () => null,
    readObjects: ({ names }) => patiently(shown, deadline, () => readSqliteSchema(connection, names)),
    askRows: async (questions) => askSqliteRows(connection, questions),
    readTransactionEvidence: async () => ({
      kind: 'unavailable',
      reason: 'SQLite does not keep which transaction made what',
    }),
    readTally: ({ name }) => patiently(shown, deadline, () => readSqliteTally(connection, name)),
    close: async () => connection.close(),
  }
}

/** The file that a URL names, as it was given and in full. */
export function sqliteFileOf(url: SqliteUrl, cwd: string): { readonly shown: string; readonly path: string } {
  const given = url.path === url.decodedPath || kindOf(resolve(cwd, url.path)) ? url.path : url.decodedPath
  const shown = kindOf(resolve(cwd, given)) ? given : url.path
  return { shown, path: resolve(cwd, shown) }
}

type Kind = 'file' | 'other' | null

function kindOf(path: string): Kind {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) return null
    return stat.isFile() ? 'file' : 'other'
  } catch {
    // A folder on the way that may not be entered, or that is a file.
    return null
  }
}

function requireFile(shown: string, path: string, kind: Kind, mode: SqliteUrl['mode']): void {
  if (kind === 'other')
    throw unavailable(`The SQLite path ${shown} is not a file.`, 'Name the database file itself.')
  if (kind === 'file') {
    if (mayAccess(path, constants.R_OK)) return
    throw unavailable(`The SQLite file ${shown} may not be read by this user.`, null)
  }
  if (mode === 'ro' || mode === 'rw')
    throw unavailable(`The SQLite file ${shown} does not exist, and mode=${mode} does not create it.`, null)
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory())
    throw unavailable(
      `The folder of the SQLite file ${shown} does not exist.`,
      'A relative path starts in the working directory; an absolute one needs four slashes: sqlite:////path.',
    )
}

/** Opens the file and starts the transaction; falls back to an image where the folder can't be written. */
function openAndBegin(path: string, kind: Kind, drivers: readonly SqliteDriver[]): SqliteConnection {
  const source = kind === null ? ({ kind: 'nothing' } as const) : sourceWithoutTraces(path, drivers)
  try {
    return begun(source, drivers)
  } catch (error) {
    const refused = source.kind === 'file' && /^SQLITE_(?:CANTOPEN|READONLY)/.test(codeOf(error))
    if (!refused || kindOf(`${path}-wal`) === null) throw error
    return begun(unopenedSource(path, drivers), drivers)
  }
}

function begun(source: SqliteSource, drivers: readonly SqliteDriver[]): SqliteConnection {
  for (const driver of drivers) {
    const connection = driver.open(source)
    if (!connection) continue
    try {
      // Reading something is what opens the file and fixes the moment that all questions see.
      connection.exec('BEGIN')
      connection.all('SELECT count(*) FROM main.sqlite_master')
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }
  throw new TypeError(`no driver opens a source of kind ${source.kind}`)
}

/** Repeats what meets a lock until the time is up; everything else becomes a sentence. */
async function patiently<T>(shown: string, deadline: Deadline, work: () => T): Promise<T> {
  for (;;) {
    try {
      return work()
    } catch (error) {
      const locked = /^SQLITE_(?:BUSY|LOCKED)/.test(codeOf(error))
      if (!locked || deadline.signal.aborted) throw explained(shown, error, deadline)
    }
    await deadline.pause(lockPauseMs)
  }
}

function explained(shown: string, error: unknown, deadline: Deadline): GuardError {
  if (error instanceof GuardError) return error
  const code = codeOf(error)
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(code))
    return unavailable(
      `The SQLite file ${shown} is locked by another process (waited ${Math.round(deadline.timeoutMs / 100) / 10} s).`,
      'Wait until the other process has finished writing; alembic upgrade would meet the same lock.',
    )
  if (code.startsWith('SQLITE_NOTADB'))
    return unavailable(`The file ${shown} is not an SQLite database, or it is encrypted.`, null)
  if (code.startsWith('SQLITE_CORRUPT'))
    return unavailable(`The SQLite file ${shown} is damaged.`, 'Look at it with PRAGMA integrity_check.')
  if (/^SQLITE_(?:READONLY|CANTOPEN)/.test(code))
    return unavailable(
      `The SQLite file ${shown} can't be read without writing beside it (${code}).`,
      'A -journal file next to it means an unfinished write: open it once with the sqlite3 command.',
    )
  const words = error instanceof Error ? error.message : String(error)
  return unavailable(`Reading the SQLite file ${shown} failed: ${words}`, null)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function readOnlyReason(path: string, kind: Kind, url: SqliteUrl): string | null {
  if (url.mode === 'ro') return 'the URL opens it with mode=ro'
  if (kind === 'file' && !mayAccess(path, constants.W_OK)) return 'the file is write-protected'
  // The journal is written there.
  return mayAccess(dirname(path), constants.W_OK) ? null : 'its folder is write-protected'
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

function readSqliteState(
  connection: SqliteConnection,
  { versionTable, versionTableSchema }: VersionTableQuestion,
  shown: string,
  readOnly: string | null,
): DatabaseState {
  if (versionTableSchema !== null && versionTableSchema.toLowerCase() !== 'main')
    throw unavailable(
      `The version table lies in the schema ${JSON.stringify(versionTableSchema)}, which this SQLite file does not have.`,
      'A file that env.py attaches can not be seen here.',
    )
  const table = readVersionTable(connection, versionTable)
  return {
    dialect: 'sqlite',
    server: String(connection.all('SELECT sqlite_version() AS version')[0]?.['version']),
    host: null,
    name: shown,
    readOnly,
    searchPath: [],
    versionTable: table,
    versions: readRows(connection, table),
    otherVersionTables: [],
    locks: [],
    transactionalDdl: false,
  }
}

/** SQLite compares names without case, in `PRAGMA table_info` as well, which is how SQLAlchemy looks. */
function readVersionTable(connection: SqliteConnection, name: string): VersionTable {
  const [found] = connection.all(
    `SELECT name, type, sql FROM main.sqlite_master WHERE type IN ('table', 'view') AND name = ${text(name)} COLLATE NOCASE`,
  )
  if (!found)
    return { schema: null, name, exists: false, relation: null, width: null, columns: [], unique: false }
  const actual = String(found['name'])
  const virtual = /^\s*create\s+virtual/i.test(String(found['sql'] ?? ''))
  const info = connection.all(`PRAGMA main.table_info(${text(actual)})`)
  return {
    schema: null,
    name: actual,
    exists: true,
    relation: found['type'] === 'view' ? 'view' : virtual ? 'other' : 'table',
    // SQLite takes `VARCHAR(32)` for a remark.
    width: null,
    columns: info.map((column) => ({
      name: String(column['name']),
      type: String(column['type']),
      nullable: column['notnull'] === 0,
      hasDefault: column['dflt_value'] !== null,
    })),
    unique: isUnique(connection, actual, info),
  }
}

function isUnique(connection: SqliteConnection, table: string, info: readonly SqliteRow[]): boolean {
  const key = info.filter((column) => Number(column['pk']) > 0)
  if (key.length === 1 && isVersionColumn(key[0]?.['name'])) return true
  return connection
    .all(`PRAGMA main.index_list(${text(table)})`)
    .filter((index) => index['unique'] === 1 && index['partial'] === 0)
    .some((index) => {
      const parts = connection.all(`PRAGMA main.index_info(${text(String(index['name']))})`)
      return parts.length === 1 && isVersionColumn(parts[0]?.['name'])
    })
}

function isVersionColumn(name: unknown): boolean {
  return typeof name === 'string' && name.toLowerCase() === 'version_num'
}

/** In the order of Alembic's own question, which has no ORDER BY. */
function readRows(connection: SqliteConnection, table: VersionTable): VersionRow[] {
  if (!table.columns.some(({ name }) => isVersionColumn(name))) return []
  const rows = connection.all(
    `SELECT typeof(version_num) AS storage, CASE typeof(version_num) WHEN 'real' THEN version_num
       WHEN 'blob' THEN hex(version_num) ELSE CAST(version_num AS TEXT) END AS value
     FROM main.${identifier(table.name)} LIMIT ${rowLimit + 1}`,
  )
  if (rows.length > rowLimit)
    throw unavailable(
      `The table ${table.name} has more than ${rowLimit} rows and can't be a version table.`,
      'Look at version_table in env.py.',
    )
  return rows.map(({ storage, value }) =>
    sqliteVersionRow(String(storage), value === null || value === undefined ? null : String(value)),
  )
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function unavailable(message: string, hint: string | null): GuardError {
  return new GuardError('unavailable', message, hint)
}
