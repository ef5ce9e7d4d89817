/**
 * Keeps other users' code from running with our privileges (CVE-2018-1058). An unqualified name could refer to another
 * user's function or operator on the search path.
 */
import { quoteIdentifier, quotePostgresText } from '../../core/text/sql-quoting.ts'

/** Resolves names only in pg_catalog. If pg_temp weren't listed, tables and types would be looked up there first. */
const safePath = 'pg_catalog, pg_temp'

/** Setting that keeps the original search path during the transaction. */
const keptPath = 'alembic_guard.search_path'

/** Sets the safe search path until the transaction ends. */
export const setSafePath = `SET LOCAL search_path TO ${safePath}`

/**
 * First statements of a transaction. They run with the user's search path, so they qualify all functions and use no
 * operators or casts.
 */
export const keepPath: readonly string[] = [
  `SELECT pg_catalog.set_config('${keptPath}', pg_catalog.current_setting('search_path'), true)`,
  setSafePath,
]

/** Returns a statement to run after `keepPath`. It makes every {@link OwnPathQuery} use these schemas. */
export function keepOtherPath(schemas: readonly string[]): string {
  const path = schemas.map(quoteIdentifier).join(', ')
  return `SELECT pg_catalog.set_config('${keptPath}', ${quotePostgresText(path)}, true)`
}

/**
 * A query whose result depends on the search path of Alembic's connection, such as whether a table is visible or how
 * a type is spelled.
 */
export interface OwnPathQuery {
  readonly ownPath: string
}

/** A statement to run in a session. A plain string is run with the safe search path. */
export type SessionStatement = string | OwnPathQuery

/** The SQL to send for a statement, and the index of the SQL text that returns the result. */
export interface SentStatement {
  readonly texts: readonly string[]
  readonly answer: number
}

/**
 * Returns the SQL for a statement. For an {@link OwnPathQuery}, DECLARE resolves all names with the safe search
 * path. FETCH then runs with the original path.
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
 * Wraps a query so that it can run in another client's open transaction. Restores the client's search path
 * afterward.
 */
export function insideMessage(query: string): string {
  const name = 'alembic_guard'
  const back = [`ROLLBACK TO SAVEPOINT ${name}`, `RELEASE SAVEPOINT ${name}`]
  return [`SAVEPOINT ${name}`, setSafePath, query, ...back].join(';\n')
}

/** Wraps a query in its own read-only transaction. */
export function readOnlyMessage(query: string): string {
  return ['BEGIN READ ONLY', setSafePath, query, 'COMMIT'].join(';\n')
}
