/**
 * Decides whether a failure on a copy without rows is certain in production. It is if it depends on the schema alone:
 * the statement is rejected for the names it uses, and production's rows couldn't have changed any earlier step.
 */
import type { LoggedStatement } from './statement-log.ts'

/**
 * Statements that read rows. Alembic's own reads of the version table don't count, since its rows are copied. CREATE
 * VIEW and similar statements lock the tables they use but read no rows.
 */
const readers =
  /^\s*(?:SELECT|WITH|TABLE|VALUES|INSERT|UPDATE|DELETE|MERGE|DO|CALL|EXECUTE|COPY|FETCH|CREATE\s+(?:TEMP\w*\s+|UNLOGGED\s+)?TABLE\b[^;]*\bAS\b)/i

/** Locks of statements that read or write rows. */
const rowLocks: ReadonlySet<string> = new Set(['AccessShareLock', 'RowShareLock', 'RowExclusiveLock'])

/** Returns the first production table whose rows a statement read; null if none. */
export function firstRowsRead(statements: readonly LoggedStatement[], versionTable: string): string | null {
  const before = new Set<string>()
  for (const { text, locks, inTransaction, error } of statements) {
    const rows = locks.filter(({ table, mode }) => rowLocks.has(mode) && bareName(table) !== versionTable)
    // A lock is held until the transaction ends; only the statement that takes it counts.
    const taken = rows.filter(({ table, mode }) => !before.has(`${mode} ${table}`))
    if (!inTransaction) before.clear()
    for (const { table, mode } of rows) before.add(`${mode} ${table}`)
    if (error !== null || !readers.test(text)) continue
    const [first] = taken
    if (first) return first.table
    // Locks are only visible inside a transaction.
    if (!inTransaction && !text.includes('pg_catalog.version()')) return 'a table'
  }
  return null
}

function bareName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1)
}

/**
 * SQLSTATE classes that depend on names and syntax, never on values: undefined and duplicate objects, invalid
 * definitions and syntax (42), dependent objects (2B), schemas (3F), statements that need or forbid a transaction
 * (25001), and new enum values (55P04).
 */
const schemaErrors = /^(?:42...|2B...|3F...|25001|55P04)$/

/** Returns whether an error is certain to occur in production too. `sameVersion`: same major version. */
export function isCertainRefusal(
  refused: LoggedStatement | null,
  rowsRead: string | null,
  sameVersion: boolean,
): boolean {
  const code = refused?.error?.code ?? ''
  if (refused === null || rowsRead !== null || !schemaErrors.test(code)) return false
  // Syntax and restrictions differ between versions.
  if (!sameVersion && /^(?:42601|42501|42P17|42939)$/.test(code)) return false
  // Server-side code may read rows without being logged.
  return !/^\s*(?:DO|CALL|SELECT|WITH|EXECUTE)\b/i.test(refused.text) || code === '42601'
}
