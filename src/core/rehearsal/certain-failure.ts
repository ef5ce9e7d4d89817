/** Decides whether a failure on a copy without rows would recur in production. */
import type { LoggedStatement, ServerError } from './statement-log.ts'

/**
 * Analyzes statements based on their text. `answerSource` returns what a statement's result depends on
 * (`python/operations/sql/answer-source.ts`).
 */
export interface StatementReader {
  readonly answerSource: (
    text: string,
    isUserName: (name: string) => boolean,
  ) => 'catalog' | 'rows' | 'server'
  /** Names of objects that the statement creates or renames. */
  readonly namesGiven: (text: string) => readonly string[]
  /** Whether production's older version might accept a statement that failed with this error. */
  readonly isNewError: (text: string, error: ServerError) => boolean
}

/** Object names on the scratch server, and whether the server is like production's. */
export interface CopiedNames {
  /** Unqualified names of tables, views, sequences and functions. */
  readonly names: ReadonlySet<string>
  readonly versionTable: string
  /** True if the copy is a standard server with the same major version as production. */
  readonly alike: boolean
}

/** A query result that may differ in production. */
export type UncertainRead =
  /** `table` is null if locks weren't recorded. */
  | { readonly kind: 'rows'; readonly table: string | null }
  /** The result depends on settings, roles, sizes, sequences or unknown functions. */
  | { readonly kind: 'server' }
  /** An error that the command caught and handled. */
  | { readonly kind: 'failure' }

/** Returns the first result that may differ in production, if any. */
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
      // The command handled this error, and might behave differently if it didn't occur.
      const source = answerSource(one.text, isUserName)
      if (isNewError(one.text, one.error) || !isCertainRefusal(one, { alike, source }))
        return { kind: 'failure' }
      continue
    }
    const source = answerSource(one.text, isUserName)
    for (const name of namesGiven(one.text)) given.add(name)
    if (source === 'server') return { kind: 'server' }
    if (source === 'catalog') continue
    // Tables that this run created would have the same rows in production.
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
 * SQLSTATE classes that depend on names and syntax, never on values: undefined and duplicate objects, invalid
 * definitions and syntax (42), dependent objects (2B), schemas (3F), required or forbidden transactions (25001), and
 * new enum values (55P04). Privileges, databases, prepared statements and cursors are excluded.
 */
const schemaErrors = /^(?:42(?!501|P03|P04|P05)...|2BP01|3F000|25001|55P04)$/

/** SQLSTATE codes that all PostgreSQL versions report in the same situations. */
const commonErrors =
  /^(?:42701|42703|42704|42710|42723|42804|42830|42P01|42P06|42P07|2BP01|3F000|25001|55P04)$/

/** Whether an error would recur in production, assuming that no earlier result depended on rows. */
export function isCertainRefusal(
  refused: LoggedStatement,
  conditions: {
    /** True if the copy is a standard server with the same major version as production. */
    readonly alike: boolean
    /** What the rejected statement's result depends on. */
    readonly source: ReturnType<StatementReader['answerSource']>
  },
): boolean {
  const { alike, source } = conditions
  const { error, text } = refused
  // Code in a function or trigger may have read rows.
  if (error === null || error.inFunction) return false
  const { code, message } = error
  if (!schemaErrors.test(code)) return false
  // The error may depend on rows, unless none have been read yet.
  if (source !== 'catalog' && !error.atParse) return false
  // Collations, tablespaces, languages, parameters and roles differ between servers.
  if (code === '42704' && !/^(?:index|constraint|type|trigger|policy|rule|operator class) /.test(message))
    return false
  if (code === '42710' && /^(?:role|tablespace|language|collation) /.test(message)) return false
  if (alike) return true
  // Since PostgreSQL 18, NOT NULL is a named constraint.
  if (code === '42710' && /_not_null/.test(message)) return false
  // System catalogs differ between PostgreSQL versions.
  if (/^(?:42703|42P01)$/.test(code) && /\b(?:pg_\w+|information_schema)\b/i.test(text)) return false
  if (code === '42704' && message.startsWith('operator class')) return false
  return commonErrors.test(code)
}
