/** Reads the state of a SQLite file for `check`. Finds the version table the way Alembic does. */
import { quoteIdentifier, quoteText } from '../../core/text/sql-quoting.ts'
import type { DatabaseState, VersionRow, VersionTable } from '../../core/history/database-state.ts'
import type { PendingNames } from '../../core/dry-run/referenced-names.ts'
import type { SchemaSnapshot } from '../../core/schema/schema-snapshot.ts'
import { shown as inSentence } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { Database, OpenOptions, VersionTableQuestion } from '../database/database.ts'
import type { SqliteUrl } from '../database/database-url.ts'
import { type Deadline, defaultTimeoutMs, startDeadline } from '../files/deadline.ts'
import { sqliteVersionRow } from '../database/driver-values.ts'
import { damaged, explainSqliteError, isLocked, sqliteCodeOf } from './errors.ts'
import {
  type SqliteFileKind,
  kindOf,
  databasesBeside,
  missingFile,
  readOnlyReason,
  requireFile,
  sqliteFileOf,
} from './locate-file.ts'
import { askSqliteRows, readSqliteSchema, readSqliteWriteCounters } from './query-schema.ts'
import { bytesOf, sourceWithoutTraces, unopenedSource } from './choose-source.ts'
import { isWalMode } from './wal.ts'
import {
  type SqliteConnection,
  type SqliteDriver,
  type SqliteRow,
  type SqliteSource,
  loadSqliteDrivers,
} from './connect.ts'

/** Maximum number of version rows. A table with more rows can't be a version table. */
const rowLimit = 10_000

/** Maximum length of a CREATE VIEW statement to parse, in characters. */
const maxViewLength = 2000

/** Time in milliseconds between attempts while the file is locked. */
const lockPauseMs = 100

/**
 * Opens a SQLite file for reading. A missing file counts as an empty database, because Alembic would create it.
 * @throws GuardError (unavailable)
 */
export async function openSqliteDatabase(url: SqliteUrl, options: OpenOptions): Promise<Database> {
  const deadline = startDeadline(options.timeoutMs ?? defaultTimeoutMs, options.signal)
  const { shown, path } = sqliteFileOf(url, options.cwd)
  const kind = kindOf(path)
  requireFile(shown, path, kind, url.mode)
  if (kind === null && options.mustExist === true) throw missingFile(shown, path)
  const drivers = await loadSqliteDrivers()
  const connection = await patiently(shown, deadline, () => openAndBegin(path, shown, kind, drivers))
  return {
    readState: (question) =>
      patiently(shown, deadline, () => ({
        ...readSqliteState(connection, question, shown, readOnlyReason(path, kind, url.mode)),
        ...(kind === null && { insteadOfMissing: databasesBeside(path) }),
      })),
    readStates: async () => {
      throw new GuardError('usage', 'SQLite has no schemas.', 'Remove --schemas.')
    },
    readSchema: () => patiently(shown, deadline, () => readSqliteSchema(connection)),
    readTableSizes: async () => null,
    look: ({ objects, whole, transactionsOf, countersOf, rows }) =>
      patiently(shown, deadline, () => ({
        schema: objects ? readObjects(connection, objects) : null,
        transactions: transactionsOf
          ? { kind: 'unavailable', reason: "SQLite doesn't record which transaction created an object" }
          : null,
        whole: whole === true ? readSqliteSchema(connection) : null,
        counters: countersOf ? readSqliteWriteCounters(connection, countersOf.name) : null,
        rows: askSqliteRows(connection, rows ?? []),
      })),
    close: async () => connection.close(),
  }
}

/**
 * Opens the file and starts the transaction. If SQLite can't open a WAL-mode database directly, for example in a
 * read-only folder, reads an in-memory image instead, or opens the file as immutable.
 */
function openAndBegin(
  path: string,
  shown: string,
  kind: SqliteFileKind,
  drivers: readonly SqliteDriver[],
): SqliteConnection {
  const source = kind === null ? ({ kind: 'nothing' } as const) : sourceWithoutTraces(path, shown, drivers)
  try {
    return begun(source, drivers)
  } catch (error) {
    const refused = source.kind === 'file' && /^SQLITE_(?:CANTOPEN|READONLY)/.test(sqliteCodeOf(error))
    if (!refused || !isWalMode(bytesOf(path, 20))) throw error
    return begun(unopenedSource(path, shown, drivers), drivers)
  }
}

function begun(source: SqliteSource, drivers: readonly SqliteDriver[]): SqliteConnection {
  for (const driver of drivers) {
    const connection = driver.open(source)
    if (!connection) continue
    try {
      // SQLite doesn't open the file until the first read, which also takes the snapshot.
      connection.exec('BEGIN')
      connection.all('SELECT count(*) FROM main.sqlite_master')
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }
  throw new TypeError(`no driver supports ${source.kind} sources`)
}

function readObjects(connection: SqliteConnection, objects: PendingNames | 'all'): SchemaSnapshot {
  return objects === 'all'
    ? readSqliteSchema(connection)
    : readSqliteSchema(connection, objects.names, objects.lists === true)
}

/** Retries while the file is locked, until the deadline. Explains any other error. */
async function patiently<T>(shown: string, deadline: Deadline, work: () => T): Promise<T> {
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isLocked(error) || deadline.signal.aborted)
        throw explainSqliteError(shown, error, deadline.timeoutMs)
    }
    await deadline.pause(lockPauseMs)
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
      `The version table is in the schema ${JSON.stringify(versionTableSchema)}, which this SQLite database doesn't have.`,
      "The guard can't see databases that env.py attaches.",
    )
  const table = readVersionTable(connection, versionTable, shown)
  return {
    dialect: 'sqlite',
    server: String(connection.all('SELECT sqlite_version() AS version')[0]?.['version']),
    host: null,
    name: shown,
    readOnly,
    searchPath: [],
    versionTable: table,
    versions: readRows(connection, table, shown),
    otherVersionTables: [],
    locks: [],
    transactionalDdl: false,
  }
}

/** Describes the version table. Names are case-insensitive in SQLite, even in `PRAGMA table_info`. */
function readVersionTable(connection: SqliteConnection, name: string, shown: string): VersionTable {
  const [found] = connection.all(
    `SELECT name, type, sql FROM main.sqlite_master WHERE type IN ('table', 'view') AND name = ${quoteText(name)} COLLATE NOCASE`,
  )
  if (!found)
    return { schema: null, name, exists: false, relation: null, width: null, columns: [], unique: false }
  const actual = String(found['name'])
  const view = found['type'] === 'view'
  // The view's SELECT might never end, and a query running on this thread can't be interrupted.
  if (view && !readsOneTable(connection, String(found['sql'] ?? '')))
    throw unavailable(
      `${inSentence(actual)} in the SQLite file ${shown} is a view that does more than select columns from one table, so the guard doesn't read it.`,
      "Alembic can't write to this view: set version_table in env.py to the underlying table.",
    )
  const virtual = /^\s*create\s+virtual/i.test(String(found['sql'] ?? ''))
  const info = connection.all(`PRAGMA main.table_info(${quoteText(actual)})`)
  return {
    schema: null,
    name: actual,
    exists: true,
    relation: view ? 'view' : virtual ? 'other' : 'table',
    ...(view && hasTriggers(connection, actual) && { hasTriggers: true }),
    // SQLite doesn't enforce the length in `VARCHAR(32)`.
    width: null,
    columns: info.map((column) => ({
      name: String(column['name']),
      type: String(column['type']),
      nullable: column['notnull'] === 0,
      hasDefault: column['dflt_value'] !== null,
    })),
    unique: !view && isUnique(connection, actual, info),
  }
}

/**
 * Matches `CREATE VIEW a AS SELECT b, c AS d FROM e`. Allows a simple condition, but no calls, subqueries or comments.
 */
const plainView = (() => {
  const name = String.raw`(?:\w+|"[^"]+")`
  const column = String.raw`(?:${name}\.)?(?:${name}|\*)(?:\s+(?:as\s+)?${name})?`
  const columns = String.raw`${column}(?:\s*,\s*${column})*`
  const head = String.raw`create\s+view\s+${name}(?:\s*\(\s*${name}(?:\s*,\s*${name})*\s*\))?\s+as`
  const from = String.raw`from\s+(?:main\.)?(?:(?<bare>\w+)|"(?<quoted>[^"]+)")(?:\s+(?:as\s+)?${name})?`
  const where = String.raw`(?:\s+where\s(?!.*\b(?:select|like|glob|match|regexp)\b)[^()/\[\]\`-]*)?`
  return new RegExp(
    String.raw`^${head}\s+select\s+(?:distinct\s+)?${columns}\s+${from}${where}\s*;?\s*$`,
    'is',
  )
})()

/** Whether the view reads a single ordinary table, so that querying it is fast. */
function readsOneTable(connection: SqliteConnection, sql: string): boolean {
  const groups = sql.length > maxViewLength ? undefined : plainView.exec(sql)?.groups
  const table = groups?.['bare'] ?? groups?.['quoted']
  if (table === undefined) return false
  const [found] = connection.all(
    `SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = ${quoteText(table)} COLLATE NOCASE`,
  )
  return found !== undefined && !/^\s*create\s+virtual/i.test(String(found['sql'] ?? ''))
}

function hasTriggers(connection: SqliteConnection, name: string): boolean {
  const found = connection.all(
    `SELECT 1 FROM main.sqlite_master WHERE type = 'trigger' AND tbl_name = ${quoteText(name)} COLLATE NOCASE LIMIT 1`,
  )
  return found.length > 0
}

function isUnique(connection: SqliteConnection, table: string, info: readonly SqliteRow[]): boolean {
  const key = info.filter((column) => Number(column['pk']) > 0)
  if (key.length === 1 && isVersionColumn(key[0]?.['name'])) return true
  return connection
    .all(`PRAGMA main.index_list(${quoteText(table)})`)
    .filter((index) => index['unique'] === 1 && index['partial'] === 0)
    .some((index) => {
      const parts = connection.all(`PRAGMA main.index_info(${quoteText(String(index['name']))})`)
      return parts.length === 1 && isVersionColumn(parts[0]?.['name'])
    })
}

function isVersionColumn(name: unknown): boolean {
  return typeof name === 'string' && name.toLowerCase() === 'version_num'
}

/** Reads the rows without ORDER BY, as Alembic does, so that they come in the same order. */
function readRows(connection: SqliteConnection, table: VersionTable, shown: string): VersionRow[] {
  if (!table.columns.some(({ name }) => isVersionColumn(name))) return []
  const rows = connection.all(
    `SELECT typeof(version_num) AS storage, CASE typeof(version_num) WHEN 'real' THEN version_num
       WHEN 'blob' THEN hex(version_num) ELSE CAST(version_num AS TEXT) END AS value
     FROM main.${quoteIdentifier(table.name)} LIMIT ${rowLimit + 1}`,
  )
  if (rows.length > rowLimit)
    throw unavailable(
      `The table ${table.name} has more than ${rowLimit} rows, so it can't be a version table.`,
      'Check version_table in env.py.',
    )
  if (table.relation === 'view') return rows.map(versionRowOf)
  // Alembic's UPDATE finds rows by value, and a corrupt index may not contain all of them.
  const lost = connection.all(
    `SELECT count(*) AS rows FROM main.${quoteIdentifier(table.name)} a NOT INDEXED WHERE a.version_num IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM main.${quoteIdentifier(table.name)} b WHERE b.version_num = a.version_num)`,
  )
  if (lost[0]?.['rows'] !== 0) throw damaged(shown, '')
  return rows.map(versionRowOf)
}

function versionRowOf({ storage, value }: SqliteRow): VersionRow {
  return sqliteVersionRow(String(storage), value === null || value === undefined ? null : String(value))
}

function unavailable(message: string, hint: string | null): GuardError {
  return new GuardError('unavailable', message, hint)
}
