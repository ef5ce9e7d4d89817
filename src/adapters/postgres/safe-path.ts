/**
 * Keeps code of the database's users from running with our role (CVE-2018-1058): whoever may create a function or an
 * operator in a schema of the search path can have it called by a query that doesn't say which one it means. Knows
 * statements and settings; sends nothing.
 */
import { quoteIdentifier, quotePostgresText } from '../../core/text/sql-quoting.ts'

/**
 * Names are looked up in pg_catalog alone. Left out, pg_temp would come before it, with the types of temporary tables.
 */
const safePath = 'pg_catalog, pg_temp'

/** Where the transaction remembers the path it began with; gone at its end. */
const keptPath = 'alembic_guard.search_path'

/** Statement that makes the path safe until the transaction ends. */
export const setSafePath = `SET LOCAL search_path TO ${safePath}`

/**
 * Statements for the beginning of a transaction. They run under a path that isn't ours: no operator, no cast, and every
 * function qualified.
 */
export const keepPath: readonly string[] = [
  `SELECT pg_catalog.set_config('${keptPath}', pg_catalog.current_setting('search_path'), true)`,
  setSafePath,
]

/** Statement for the beginning of a transaction, after `keepPath`: own-path queries find this path instead of the user's. */
export function keepOtherPath(schemas: readonly string[]): string {
  const path = schemas.map(quoteIdentifier).join(', ')
  return `SELECT pg_catalog.set_config('${keptPath}', ${quotePostgresText(path)}, true)`
}

/**
 * A query whose answer depends on the path that Alembic's connection has: what is visible, which schema comes first, how a
 * type or a default is spelled.
 */
export interface OwnPathQuery {
  readonly ownPath: string
}

/** A statement of a session; a text runs under the safe path from its beginning to its end. */
export type SessionStatement = string | OwnPathQuery

/** What is sent for a statement, and which part of it has the answer. */
export interface SentStatement {
  readonly texts: readonly string[]
  readonly answer: number
}

/**
 * Declaring the cursor looks up each name and plans the query, under the safe path; fetching from it runs nothing but the
 * plan, under the path that the transaction began with.
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

/** A query inside a transaction that somebody else has open, which finds its own search path again. */
export function insideMessage(query: string): string {
  const name = 'alembic_guard'
  const back = [`ROLLBACK TO SAVEPOINT ${name}`, `RELEASE SAVEPOINT ${name}`]
  return [`SAVEPOINT ${name}`, setSafePath, query, ...back].join(';\n')
}

/** One query as a message of its own: a read-only transaction that ends with it. */
export function readOnlyMessage(query: string): string {
  return ['BEGIN READ ONLY', setSafePath, query, 'COMMIT'].join(';\n')
}
