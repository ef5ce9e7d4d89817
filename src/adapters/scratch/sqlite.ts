/** Copies a SQLite file to a scratch folder, with or without its rows. Never modifies the original. */
import { quoteIdentifier, quoteText } from '../../core/text/sql-quoting.ts'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CatalogObject } from '../../core/schema/catalog-diff.ts'
import { GuardError } from '../../errors.ts'
import type { SqliteUrl } from '../database/database-url.ts'
import { makeScratchFolder, noRoom } from './folder.ts'
import { tokensOfSql } from '../../python/operations/sql/tokens.ts'
import type { Watchdog } from './watchdog.ts'
import { explainSqliteError, sqliteCodeOf } from '../sqlite/errors.ts'
import { kindOf, requireFile, sqliteFileOf } from '../sqlite/locate-file.ts'
import { sourceWithoutTraces } from '../sqlite/choose-source.ts'
import { type SqliteConnection, type SqliteDriver, loadSqliteDrivers } from '../sqlite/connect.ts'

/** A scratch copy of a SQLite file, open for writing. */
export interface SqliteScratch {
  readonly path: string
  /** SQLite version, such as `3.45.1`. */
  readonly server: string
  readonly connection: SqliteConnection
}

/**
 * Copies a SQLite file, or creates an empty database if there is none.
 * @throws GuardError (unavailable)
 */
export async function makeSqliteScratch(
  source: SqliteUrl | null,
  { cwd, guardian, withData, versionTable }: CopyOptions,
): Promise<SqliteScratch> {
  const from = source && fileOf(source, cwd)
  const drivers = await loadSqliteDrivers()
  const folder = makeScratchFolder()
  await guardian.watch({ kind: 'folder', folder, binaries: null, account: null })
  const path = join(folder, 'scratch.db')
  if (from !== null) await copy(from, path, drivers)
  const connection = openScratch(path, drivers)
  try {
    if (from !== null && !withData) leaveRowsOut(connection, versionTable)
  } catch (error) {
    connection.close()
    throw new GuardError('unavailable', `can't remove the rows from the copy: ${wordsOf(error)}`, null, {
      cause: error,
    })
  }
  const [row] = connection.all('SELECT sqlite_version() AS version')
  return { path, server: String(row?.['version']), connection }
}

/** Options for copying the database. */
export interface CopyOptions {
  readonly cwd: string
  readonly guardian: Watchdog
  readonly withData: boolean
  readonly versionTable: string
}

type NamedFile = ReturnType<typeof sqliteFileOf>

/** Returns the file that a URL refers to; null if it doesn't exist yet. */
function fileOf(url: SqliteUrl, cwd: string): NamedFile | null {
  const file = sqliteFileOf(url, cwd)
  const kind = kindOf(file.path)
  requireFile(file.shown, file.path, kind, url.mode)
  return kind && file
}

async function copy({ path, shown }: NamedFile, to: string, drivers: readonly SqliteDriver[]): Promise<void> {
  const source = sourceWithoutTraces(path, shown, drivers)
  for (const driver of drivers) {
    const connection = driver.open(source)
    if (!connection) continue
    try {
      return await connection.copyTo(to)
    } catch (error) {
      if (/^SQLITE_(?:FULL|IOERR(?!_READ|_SHORT_READ))/.test(sqliteCodeOf(error)))
        throw noRoom(`There isn't enough space in ${tmpdir()} for a copy of the SQLite file ${shown}.`)
      throw explainSqliteError(shown, error, 0)
    } finally {
      connection.close()
    }
  }
}

function openScratch(path: string, drivers: readonly SqliteDriver[]): SqliteConnection {
  for (const driver of drivers) {
    const connection = driver.open({ kind: 'scratch', path })
    if (connection) return connection
  }
  throw new TypeError('no SQLite driver can open it for writing')
}

/**
 * Deletes all rows except the version rows. Removes triggers for the duration of the deletion, because they would
 * run for every row.
 */
function leaveRowsOut(connection: SqliteConnection, versionTable: string): void {
  const objects = connection.all(
    `SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'trigger') AND name NOT LIKE 'sqlite!_%' ESCAPE '!'`,
  )
  const triggers = objects.filter(({ type }) => type === 'trigger')
  connection.exec('PRAGMA foreign_keys = OFF; BEGIN')
  for (const { name } of triggers) connection.exec(`DROP TRIGGER ${quoteIdentifier(String(name))}`)
  for (const { type, name } of objects) {
    if (type !== 'table' || String(name).toLowerCase() === versionTable.toLowerCase()) continue
    connection.exec(`DELETE FROM ${quoteIdentifier(String(name))}`)
  }
  for (const { sql } of triggers) connection.exec(String(sql))
  connection.exec('COMMIT; VACUUM')
}

/** Table that logs each change to the version rows, along with the contents of `sqlite_master`. */
const logTable = 'alembic_guard_course'

/** A logged change to a version row. */
export interface LoggedWrite {
  readonly from: string | null
  readonly to: string | null
  /** Time of the change, in milliseconds since the Unix epoch. */
  readonly at: number
  readonly catalog: readonly CatalogObject[]
}

/**
 * Creates triggers that log each change to the version rows, along with its time and the schema. Creates the version
 * table if it's missing, as Alembic does.
 */
export function watchVersions({ connection }: SqliteScratch, versionTable: string): void {
  const table = quoteIdentifier(versionTable)
  const listed = `(SELECT group_concat(type || char(31) || name || char(31) || tbl_name || char(31) || coalesce(sql, ''), char(30)) FROM sqlite_master)`
  const now = `(julianday('now') - 2440587.5) * 86400000`
  const trigger = (event: string, from: string, to: string): string =>
    `CREATE TRIGGER ${logTable}_${event} AFTER ${event} ON ${table} BEGIN
       INSERT INTO ${logTable} (source, target, at, catalog) VALUES (${from}, ${to}, ${now}, ${listed}); END`
  connection.exec(
    [
      `CREATE TABLE IF NOT EXISTS ${table} (version_num VARCHAR(32) NOT NULL, CONSTRAINT ${quoteIdentifier(`${versionTable}_pkc`)} PRIMARY KEY (version_num))`,
      `CREATE TABLE ${logTable} (id INTEGER PRIMARY KEY, source TEXT, target TEXT, at REAL, catalog TEXT)`,
      trigger('insert', 'NULL', 'new.version_num'),
      trigger('update', 'old.version_num', 'new.version_num'),
      trigger('delete', 'old.version_num', 'NULL'),
    ].join(';\n'),
  )
}

/** Reads the log, then removes the log table and its triggers. */
export function takeLog({ connection }: SqliteScratch, versionTable: string): readonly LoggedWrite[] {
  const rows = connection.all(`SELECT source, target, at, catalog FROM ${logTable} ORDER BY id`)
  for (const event of ['insert', 'update', 'delete']) connection.exec(`DROP TRIGGER ${logTable}_${event}`)
  connection.exec(`DROP TABLE ${logTable}`)
  return rows.map(({ source, target, at, catalog }) => ({
    from: source === null || source === undefined ? null : String(source),
    to: target === null || target === undefined ? null : String(target),
    at: Number(at),
    catalog: parseMaster(String(catalog ?? ''), versionTable),
  }))
}

function parseMaster(text: string, versionTable: string): readonly CatalogObject[] {
  const rows = text === '' ? [] : text.split('\u001e').map((row) => row.split('\u001f'))
  return catalogOf(
    rows.map(([type = '', name = '', table = '', sql = '']) => ({ type, name, table, sql })),
    versionTable,
  )
}

/** Reads all objects except the version table and SQLite's internal objects. */
export function readSqliteCatalog(
  { connection }: SqliteScratch,
  versionTable: string,
): readonly CatalogObject[] {
  const rows = connection.all(`SELECT type, name, tbl_name, coalesce(sql, '') AS sql FROM sqlite_master`)
  return catalogOf(
    rows.map(({ type, name, tbl_name, sql }) => ({
      type: String(type),
      name: String(name),
      table: String(tbl_name),
      sql: String(sql),
    })),
    versionTable,
  )
}

function catalogOf(
  rows: readonly { type: string; name: string; table: string; sql: string }[],
  versionTable: string,
): readonly CatalogObject[] {
  return rows
    .filter(
      ({ table, name }) =>
        !name.startsWith('sqlite_') && !table.startsWith(logTable) && table !== versionTable,
    )
    .map(({ type, name, table, sql }) => ({
      kind: type,
      name,
      owner: type === 'table' || type === 'view' ? null : table,
      definition: normalized(sql),
    }))
}

/** Normalizes quotes, case and whitespace, because Alembic's batch mode adds quotes. */
function normalized(sql: string): string {
  const tokens = tokensOfSql(sql)
  if (tokens === null) return sql.replace(/\s+/g, ' ').trim()
  return tokens
    .filter(({ kind, word }) => kind !== 'mark' || !/^[`[\]]$/.test(word))
    .map(({ kind, word }) => (kind === 'string' ? quoteText(word) : word.toLowerCase()))
    .join(' ')
}

/** Reads the version rows. */
export function readSqliteVersions({ connection }: SqliteScratch, versionTable: string): readonly string[] {
  const [found] = connection.all(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name = ${quoteText(versionTable)} COLLATE NOCASE`,
  )
  if (!found) return []
  return connection
    .all(`SELECT CAST(version_num AS TEXT) AS row FROM ${quoteIdentifier(String(found['name']))} ORDER BY 1`)
    .map(({ row }) => String(row))
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
