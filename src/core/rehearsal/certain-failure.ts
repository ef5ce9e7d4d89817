/**
 * Decides whether a failure on a copy without rows would also happen in production. It would if the server rejected the
 * statement because of its names or syntax, and no earlier step may depend on production's rows.
 */
import type { LoggedStatement, ServerError } from './statement-log.ts'

/**
 * Analyzes statements by their text alone. `answerSource` finds out what a statement's result depends on
 * (`python/operations/sql/answer-source.ts`).
 */
export interface StatementReader {
  readonly answerSource: (
    text: string,
    isUserName: (name: string) => boolean,
  ) => 'catalog' | 'rows' | 'server'
  /** Returns the names of objects that the statement creates or renames. */
  readonly namesGiven: (text: string) => readonly string[]
  /** Returns whether production's older version might accept a statement that the copy rejected with this error. */
  readonly isNewError: (text: string, error: ServerError) => boolean
}

/** Facts about the copy, including the names of its objects. */
export interface CopiedNames {
  /** Unqualified names of tables, views, sequences and functions. */
  readonly names: ReadonlySet<string>
  readonly versionTable: string
  /** True if the copy is on a standard server with the same major version as production. */
  readonly alike: boolean
}

/** A query result that might be different in production. */
export type UncertainRead =
  /** The result contains rows from `table`. `table` is null if locks weren't recorded. */
  | { readonly kind: 'rows'; readonly table: string | null }
  /** The result depends on settings, roles, sizes, sequences or unknown functions. */
  | { readonly kind: 'server' }
  /** The result was an error, which the command caught. */
  | { readonly kind: 'failure' }

/**
 * Returns the first result that may be different in production; null if there is none. A result is the same if it
 * depends only on the schema, the version table or tables created by this run.
 */
export function firstUncertainRead(
  statements: readonly LoggedStatement[],
  { names, versionTable, alike }: CopiedNames,
  { answerSource, namesGiven, isNewError }: StatementReader,
): UncertainRead | null {
  const given = new Set<string>()
  const isUserName = (name: string): boolean => name !== versionTable && (names.has(name) || given.has(name))
  const last = statements.findLast(isRefused)
  for (const one of statements) {
    if (one.error !== null) {
      if (!isRefused(one) || one === last) continue
      // The command handled this error. If the error doesn't occur in production, the command may behave differently
      // there.
      const source = answerSource(one.text, isUserName)
      if (isNewError(one.text, one.error) || !isCertainRefusal(one, { alike, source }))
        return { kind: 'failure' }
      continue
    }
    const source = answerSource(one.text, isUserName)
    for (const name of namesGiven(one.text)) given.add(name)
    if (source === 'server') return { kind: 'server' }
    if (source === 'catalog') continue
    // Ignores reads of tables that this run created, because their rows will be the same in production.
    const table = one.locks.find((lock) => bareName(lock.table) !== versionTable)?.table
    if (table !== undefined) return { kind: 'rows', table }
    if (!one.inTransaction || one.locksUnknown) return { kind: 'rows', table: null }
  }
  return null
}

function isRefused({ error }: LoggedStatement): boolean {
  return error !== null && error.code !== '25P02'
}

function bareName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1)
}

/**
 * SQLSTATE classes of errors that depend on names and syntax but never on values: undefined and duplicate objects,
 * invalid definitions and syntax (42), dependent objects (2B), schemas (3F), statements that require or forbid a
 * transaction (25001), and new enum values (55P04). Excludes errors about privileges, databases, prepared statements
 * and cursors, because they depend on the server and the session.
 */
const schemaErrors = /^(?:42(?!501|P03|P04|P05)...|2BP01|3F000|25001|55P04)$/

/** SQLSTATE codes that every version and build of PostgreSQL reports in the same situations. */
const commonErrors =
  /^(?:42701|42703|42704|42710|42723|42804|42830|42P01|42P06|42P07|2BP01|3F000|25001|55P04)$/

/** Returns whether an error would also occur in production, provided that no earlier result depended on rows. */
export function isCertainRefusal(
  refused: LoggedStatement,
  conditions: {
    /** True if the copy is on a standard server with the same major version as production. */
    readonly alike: boolean
    /** What the rejected statement's result depends on: the catalog, rows or the server. */
    readonly source: ReturnType<StatementReader['answerSource']>
  },
): boolean {
  const { alike, source } = conditions
  const { error, text } = refused
  // An error inside a function or trigger might not recur in production, because the code may have read rows.
  if (error === null || error.inFunction) return false
  const { code, message } = error
  if (!schemaErrors.test(code)) return false
  // If a statement reads rows, its error may depend on them, unless it was raised before the first row was read.
  if (source !== 'catalog' && !error.atParse) return false
  // Collations, tablespaces, languages, parameters and roles may differ between servers, so an error about one of them
  // doesn't prove that production would fail.
  if (code === '42704' && !/^(?:index|constraint|type|trigger|policy|rule|operator class) /.test(message))
    return false
  if (code === '42710' && /^(?:role|tablespace|language|collation) /.test(message)) return false
  if (alike) return true
  // Since PostgreSQL 18, NOT NULL is a named constraint.
  if (code === '42710' && /_not_null/.test(message)) return false
  // The columns of the system catalogs differ between PostgreSQL versions.
  if (/^(?:42703|42P01)$/.test(code) && /\b(?:pg_\w+|information_schema)\b/i.test(text)) return false
  if (code === '42704' && message.startsWith('operator class')) return false
  return commonErrors.test(code)
}
