/** Reads the table and columns of an INSERT, UPDATE or DELETE. */
import type { NeededRelation, ObjectName, RowsWritten } from '../../../core/history/operation.ts'
import { namedRelations } from './named-relations.ts'
import {
  type Cursor,
  type SqlToken,
  accept,
  bracketed,
  commaParts,
  cursorOf,
  identifier,
  readObjectName,
  peek,
} from './tokens.ts'

/** Moves past `WITH a AS (…), b AS (…)`. Returns false if the end of the CTEs isn't found. */
export function skipExpressions(cursor: Cursor): boolean {
  if (!accept(cursor, 'with')) return true
  accept(cursor, 'recursive')
  do {
    if (identifier(cursor) === null) return false
    bracketed(cursor)
    if (!accept(cursor, 'as')) return false
    accept(cursor, 'not')
    accept(cursor, 'materialized')
    if (bracketed(cursor) === null) return false
  } while (accept(cursor, ','))
  return true
}

/** Parses an INSERT, UPDATE or DELETE at the cursor; null for other statements or unsupported syntax. */
export function rowsWritten(cursor: Cursor): RowsWritten | null {
  if (accept(cursor, 'delete', 'from')) {
    accept(cursor, 'only')
    const table = readObjectName(cursor)
    return table && { statement: 'delete', table, columns: [] }
  }
  if (accept(cursor, 'insert', 'into')) {
    const table = readObjectName(cursor)
    if (table === null) return null
    if (accept(cursor, 'as')) identifier(cursor)
    return { statement: 'insert', table, columns: listedColumns(bracketed(cursor) ?? []) }
  }
  if (!accept(cursor, 'update')) return null
  accept(cursor, 'only')
  const table = readObjectName(cursor)
  if (table === null) return null
  if (!peek(cursor, 'set')) {
    accept(cursor, 'as')
    identifier(cursor)
  }
  if (!accept(cursor, 'set')) return null
  const columns = commaParts(cursor.tokens.slice(cursor.at)).flatMap((part) => assignedColumns(part, cursor))
  return { statement: 'update', table, columns }
}

/** Returns the columns in `(a, b)`; empty for a query in parentheses. */
export function listedColumns(inside: readonly SqlToken[]): readonly string[] {
  const [first] = inside
  if (first?.kind === 'word' && ['select', 'with', 'values', 'table'].includes(first.word)) return []
  return commaParts(inside).flatMap((part) => (part.length === 1 ? nameOf(part[0]) : []))
}

/** Returns the columns assigned by `a = …` or `(a, b) = …`. */
function assignedColumns(part: readonly SqlToken[], { text }: Cursor): readonly string[] {
  const cursor = cursorOf(part, text)
  const listed = bracketed(cursor)
  if (listed !== null) return peek(cursor, '=') ? listedColumns(listed) : []
  return part[1]?.kind === 'mark' && part[1].word === '=' ? nameOf(part[0]) : []
}

function nameOf(token: SqlToken | undefined): readonly string[] {
  return token?.kind === 'word' || token?.kind === 'quoted' ? [token.word] : []
}

/** Returns the relations named in the TRUNCATE, COPY or MERGE at the cursor. */
export function relationsOf(cursor: Cursor): readonly NeededRelation[] {
  if (accept(cursor, 'merge', 'into')) {
    accept(cursor, 'only')
    const table = readObjectName(cursor)
    return [...(table ? [table] : []), ...namedRelations(cursor.tokens)]
  }
  if (accept(cursor, 'copy')) {
    const table = readObjectName(cursor)
    if (table === null) return namedRelations(cursor.tokens)
    const listed = bracketed(cursor)
    return [listed === null ? table : { ...table, columns: listedColumns(listed) }]
  }
  if (!accept(cursor, 'truncate')) return []
  accept(cursor, 'table')
  const tables: NeededRelation[] = []
  do {
    accept(cursor, 'only')
    const table = readObjectName(cursor)
    if (table === null) return []
    accept(cursor, '*')
    tables.push(table)
  } while (accept(cursor, ','))
  return tables
}

/** Returns the relations that may get new rows; null if unknown. */
export function filledBy(statement: readonly SqlToken[]): readonly ObjectName[] | null {
  const filled: ObjectName[] = []
  const writing = statement.filter(
    ({ kind, word }) => kind === 'word' && /^(?:insert|update|delete|merge)$/.test(word),
  )
  if (statement[0]?.word === 'with' && writing.length > 1) return null
  for (const [index, { kind, word }] of statement.entries()) {
    if (kind !== 'word' || !/^(?:insert|replace|merge|copy)$/.test(word)) continue
    const next = statement[index + 1]
    // These words can have other meanings: `replace` may be a function, and `copy` a column.
    const names = word === 'copy' ? index === 0 : next?.kind === 'word' && next.word === 'into'
    if (word === 'insert' && !names && next?.word === 'or') return null
    if (!names) continue
    const cursor = { tokens: statement, text: '', at: index + (word === 'copy' ? 1 : 2) }
    if (word === 'merge') accept(cursor, 'only')
    const name = readObjectName(cursor)
    if (name === null) return null
    filled.push(name)
  }
  return filled
}
