/**
 * Keeps other users' code from running with our privileges (CVE-2018-1058). With unqualified names, a query could call
 * a function or operator that another user created in a schema on the search path. Generates statements and settings,
 * but sends nothing.
 */
import { quoteIdentifier, quotePostgresText } from '../../core/text/sql-quoting.ts'

/**
 * Search path for finding names only in pg_catalog. Lists pg_temp last. If it weren't listed, PostgreSQL would search
 * it first for tables and types.
 */
const safePath = 'pg_catalog, pg_temp'

/** Name of the setting that stores the original search path for the rest of the transaction. */
const keptPath = 'alembic_guard.search_path'

/** Statement that sets the safe search path until the transaction ends. */
export const setSafePath = `SET LOCAL search_path TO ${safePath}`

/**
 * First statements of a transaction. They run with the user's search path, so they use no operators or casts, and
 * qualify all function names.
 */
export const keepPath: readonly string[] = [
  `SELECT pg_catalog.set_config('${keptPath}', pg_catalog.current_setting('search_path'), true)`,
  setSafePath,
]

/**
 * Returns a statement to run after `keepPath`, so that {@link OwnPathQuery}s use this search path instead of the
 * user's.
 */
export function keepOtherPath(schemas: readonly string[]): string {
  const path = schemas.map(quoteIdentifier).join(', ')
  return `SELECT pg_catalog.set_config('${keptPath}', ${quotePostgresText(path)}, true)`
}

/**
 * A query about visibility, the default schema, or the spelling of types and defaults. Its result depends on the search
 * path of Alembic's connection.
 */
export interface OwnPathQuery {
  readonly ownPath: string
}

/** A statement to run in a session. A plain string runs entirely with the safe search path. */
export type SessionStatement = string | OwnPathQuery

/** The SQL strings to send for a statement, and the index of the string that returns the statement's result. */
export interface SentStatement {
  readonly texts: readonly string[]
  readonly answer: number
}

/**
 * Returns the SQL strings for a statement. An {@link OwnPathQuery} uses a cursor. DECLARE resolves all names and plans
 * the query with the safe search path. FETCH then only executes the plan, with the transaction's original search path.
 */
export function sentAs(statement: SessionStatement): SentStatement {
  if (typeof statement === 'string') return { texts: [statement], answer: 0 }
  const texts = [
    `DECLARE alembic_guard NO SCROLL CURSOR FOR ${statement.ownPath}`,
    `SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('${keptPath}'), true)`,
    'FETCH ALL FROM alembic_guard',
    setSafePath,
    'CLOSE alembic_guard',
  ]
  return { texts, answer: 2 }
}

/**
 * Wraps a query so that it can run inside another client's open transaction. Restores that client's search path
 * afterwards.
 */
export function insideMessage(query: string): string {
  const name = 'alembic_guard'
  const back = [`ROLLBACK TO SAVEPOINT ${name}`, `RELEASE SAVEPOINT ${name}`]
  return [`SAVEPOINT ${name}`, setSafePath, query, ...back].join(';\n')
}

/** Wraps a query in its own message, as one complete read-only transaction. */
export function readOnlyMessage(query: string): string {
  return ['BEGIN READ ONLY', setSafePath, query, 'COMMIT'].join(';\n')
}
