/**
 * Whether what failed on a copy without rows fails in production too. It does where the schema alone decides: the
 * statement is refused for what it names, and nothing before it could go another way with production's rows.
 */
import type { LoggedStatement } from './statement-log.ts'

/**
 * Statements that look at rows: Alembic's own look at the version table, which is copied with its rows, does not
 * count. CREATE VIEW and the like lock what they name and read no row.
 */
const readers =
  /^\s*(?:SELECT|WITH|TABLE|VALUES|INSERT|UPDATE|DELETE|MERGE|DO|CALL|EXECUTE|COPY|FETCH|CREATE\s+(?:TEMP\w*\s+|UNLOGGED\s+)?TABLE\b[^;]*\bAS\b)/i

/** Locks that a statement takes on the tables whose rows it reads or writes. */
const rowLocks: ReadonlySet<string> = new Set(['AccessShareLock', 'RowShareLock', 'RowExclusiveLock'])

/** The first table of production whose rows a statement asked for; null: none did. */
export function firstRowsRead(statements: readonly LoggedStatement[], versionTable: string): string | null {
  const before = new Set<string>()
  for (const { text, locks, inTransaction, error } of statements) {
    const rows = locks.filter(({ table, mode }) => rowLocks.has(mode) && bareName(table) !== versionTable)
    // A lock stays until the transaction ends; what it was taken for is seen once.
    const taken = rows.filter(({ table, mode }) => !before.has(`${mode} ${table}`))
    if (!inTransaction) before.clear()
    for (const { table, mode } of rows) before.add(`${mode} ${table}`)
    if (error !== null || !readers.test(text)) continue
    const [first] = taken
    if (first) return first.table
    // Outside of a transaction no lock is seen.
    if (!inTransaction && !text.includes('pg_catalog.version()')) return 'a table'
  }
  return null
}

function bareName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1)
}

/**
 * Classes of SQLSTATE that speak of names and forms, never of values: undefined and duplicate objects, invalid
 * definitions and syntax (42), dependent objects (2B), schemas (3F), statements in the wrong kind of transaction (25001),
 * and enum values that are too new (55P04).
 */
const schemaErrors = /^(?:42...|2B...|3F...|25001|55P04)$/

/** Whether a refusal is certain to come in production as well. `sameVersion`: of the same major version. */
export function isCertainRefusal(
  refused: LoggedStatement | null,
  rowsRead: string | null,
  sameVersion: boolean,
): boolean {
  const code = refused?.error?.code ?? ''
  if (refused === null || rowsRead !== null || !schemaErrors.test(code)) return false
  // What one version calls a mistake of syntax or forbids, another may take.
  if (!sameVersion && /^(?:42601|42501|42P17|42939)$/.test(code)) return false
  // Code that runs in the server looks at rows without anybody seeing it.
  return !/^\s*(?:DO|CALL|SELECT|WITH|EXECUTE)\b/i.test(refused.text) || code === '42601'
}
