/**
 * Decides whether a failure on a copy without rows is certain in production. It is if it depends on the schema alone:
 * the statement is rejected for the names it uses, and production's rows couldn't have changed any earlier step.
 */
import type { LoggedStatement } from './statement-log.ts'

/** Tells from the text of a statement what its answer depends on (`python/operations/sql/answer-source.ts`). */
export interface StatementReader {
  readonly answerSource: (
    text: string,
    isUserName: (name: string) => boolean,
  ) => 'catalog' | 'rows' | 'server'
  /** Names of what the statement creates or renames. */
  readonly namesGiven: (text: string) => readonly string[]
}

/** What the copy holds. */
export interface CopiedNames {
  /** Bare names of tables, views, sequences and functions. */
  readonly names: ReadonlySet<string>
  readonly versionTable: string
  /** Their server is a real one of production's major version. */
  readonly alike: boolean
}

/**
 * Returns the first thing that the command read and production might answer differently, as a noun phrase (`rows of
 * guests`); null if it read nothing but the schema.
 */
export function firstRowsRead(
  statements: readonly LoggedStatement[],
  { names, versionTable, alike }: CopiedNames,
  { answerSource, namesGiven }: StatementReader,
): string | null {
  const given = new Set<string>()
  const isUserName = (name: string): boolean => name !== versionTable && (names.has(name) || given.has(name))
  const last = statements.findLast(isRefused)
  for (const one of statements) {
    if (one.error !== null) {
      if (!isRefused(one) || one === last) continue
      // It was caught, and without it the command had gone another way.
      const source = answerSource(one.text, isUserName)
      if (!isCertainRefusal(one, { alike, source })) return 'something that failed'
      continue
    }
    const source = answerSource(one.text, isUserName)
    for (const name of namesGiven(one.text)) given.add(name)
    if (source === 'server') return 'the server'
    if (source === 'catalog') continue
    // A table that this run created has the rows that production's will have.
    const table = one.locks.find((lock) => bareName(lock.table) !== versionTable)?.table
    if (table !== undefined) return `rows of ${table}`
    if (!one.inTransaction || one.locksUnknown) return 'rows'
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
 * definitions and syntax (42), dependent objects (2B), schemas (3F), statements that need or forbid a transaction
 * (25001), and new enum values (55P04). Privileges, databases, prepared statements and cursors depend on the server and
 * the session.
 */
const schemaErrors = /^(?:42(?!501|P03|P04|P05)...|2BP01|3F000|25001|55P04)$/

/** Codes that every version and build of PostgreSQL reports in the same cases. */
const commonErrors =
  /^(?:42701|42703|42704|42710|42723|42804|42830|42P01|42P06|42P07|2BP01|3F000|25001|55P04)$/

/** Returns whether an error is certain to occur in production too, provided that nothing before it depended on rows. */
export function isCertainRefusal(
  refused: LoggedStatement,
  conditions: {
    /** The copy's server is a real one of production's major version. */
    readonly alike: boolean
    /** What the refused statement's answer would have depended on. */
    readonly source: ReturnType<StatementReader['answerSource']>
  },
): boolean {
  const { alike, source } = conditions
  const { error, text } = refused
  // Functions and triggers may read rows.
  if (error === null || error.inFunction) return false
  const { code, message } = error
  if (!schemaErrors.test(code)) return false
  // A statement that reads rows is certain to be refused only before it reads any.
  if (source !== 'catalog' && !error.atParse) return false
  // Collations, tablespaces, languages, parameters and roles belong to a server.
  if (code === '42704' && !/^(?:index|constraint|type|trigger|policy|rule|operator class) /.test(message))
    return false
  if (code === '42710' && /^(?:role|tablespace|language|collation) /.test(message)) return false
  if (alike) return true
  // From version 18 NOT NULL is a constraint with a name.
  if (code === '42710' && /_not_null/.test(message)) return false
  // Catalogs have other columns in other versions.
  if (/^(?:42703|42P01)$/.test(code) && /\b(?:pg_\w+|information_schema)\b/i.test(text)) return false
  if (code === '42704' && message.startsWith('operator class')) return false
  return commonErrors.test(code)
}
