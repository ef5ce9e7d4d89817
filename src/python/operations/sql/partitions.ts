/** Reads the partitioning and inheritance clauses of CREATE TABLE. */
import type { HashBound, ObjectName, Partitioning } from '../../../core/history/operation.ts'
import {
  type Cursor,
  accept,
  bracketed,
  commaParts,
  cursorOf,
  identifier,
  readObjectName,
  tokensOfSql,
} from './tokens.ts'

/**
 * Reads `PARTITION OF parent FOR VALUES …` or `INHERITS (parent, …)`. Returns an empty list if there is no such
 * clause; null for unsupported syntax.
 */
export function readParents(
  cursor: Cursor,
): { readonly parents: readonly ObjectName[]; readonly bound?: HashBound } | null {
  if (accept(cursor, 'partition', 'of')) {
    const parent = readObjectName(cursor)
    const bound = readHashBound(cursor)
    return parent && { parents: [parent], ...(bound && { bound }) }
  }
  if (!accept(cursor, 'inherits')) return { parents: [] }
  const names = commaParts(bracketed(cursor) ?? []).map((part) => readObjectName(cursorOf(part, cursor.text)))
  const parents = names.filter((name) => name !== null)
  return parents.length === names.length ? { parents } : null
}

/** Reads `FOR VALUES WITH (MODULUS m, REMAINDER r)`; null for other bounds. */
function readHashBound(cursor: Cursor): HashBound | null {
  if (!accept(cursor, 'for', 'values', 'with')) return null
  const parts = bracketed(cursor) ?? []
  const [, modulus, remainder] =
    /^modulus (\d+) , remainder (\d+)$/.exec(parts.map(({ word }) => word).join(' ')) ?? []
  if (modulus === undefined || remainder === undefined || cursor.at < cursor.tokens.length) return null
  return { modulus: Number(modulus), remainder: Number(remainder) }
}

/** Reads `PARTITION BY strategy (column, …)`; null if there is none. */
export function readPartitioning(cursor: Cursor): Partitioning | null {
  return accept(cursor, 'partition', 'by') ? readStrategy(cursor) : null
}

/** Reads SQLAlchemy's `postgresql_partition_by`. */
export function partitioningOf(text: string): Partitioning {
  return readStrategy(cursorOf(tokensOfSql(text) ?? [], text))
}

function readStrategy(cursor: Cursor): Partitioning {
  const by = identifier(cursor) ?? ''
  const columns = commaParts(bracketed(cursor) ?? []).map((part) => {
    const inner = cursorOf(part, cursor.text)
    const column = identifier(inner)
    return inner.at === part.length ? column : null
  })
  const known = columns.filter((column) => column !== null)
  const isKnown = known.length === columns.length && cursor.at === cursor.tokens.length
  return { by, columns: isKnown ? known : null }
}
