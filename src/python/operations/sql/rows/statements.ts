/** Parses INSERT, UPDATE, DELETE and queries. Returns null for unsupported syntax. */
import type {
  Assignment,
  Conflict,
  NamedQuery,
  RowStatement,
  SelectItem,
  SqlExpression,
} from '../../../../core/sql/row-statement.ts'
import {
  type Cursor,
  type SqlToken,
  accept,
  bracketed,
  cursorOf,
  identifier,
  peek,
  readObjectName,
} from '../tokens.ts'
import { expressionList, parseExpression } from './expressions.ts'
import { withOperators } from './operators.ts'
import { bareAlias, nameList, parseQuery, selectItems, sourceList, startsQuery } from './queries.ts'

/** Returns a row statement's syntax tree. */
export function rowStatementIn(statement: readonly SqlToken[], text: string): RowStatement | null {
  return parseStatement(cursorOf(withOperators(statement), text))
}

interface NamedQueries {
  readonly queries: readonly NamedQuery[]
  readonly recursive: boolean
}

/** Parses `WITH a AS (…), b (c) AS MATERIALIZED (…)`, if present. */
export function namedQueries(cursor: Cursor): NamedQueries | null {
  const queries: NamedQuery[] = []
  if (!accept(cursor, 'with')) return { queries, recursive: false }
  const recursive = accept(cursor, 'recursive')
  do {
    const name = identifier(cursor)
    const columns = peek(cursor, '(') ? nameList(bracketed(cursor) ?? []) : []
    if (name === null || columns === null || !accept(cursor, 'as')) return null
    accept(cursor, 'not')
    accept(cursor, 'materialized')
    const inner = bracketed(cursor)
    const body = inner && parseStatement(cursorOf(inner, cursor.text))
    if (!body) return null
    queries.push({ name, columns, body })
  } while (accept(cursor, ','))
  return { queries, recursive }
}

function parseStatement(cursor: Cursor): RowStatement | null {
  const start = cursor.at
  const named = namedQueries(cursor)
  if (named === null) return null
  const given = { with: named.queries, recursive: named.recursive }
  if (accept(cursor, 'insert', 'into')) return insert(cursor, given)
  if (accept(cursor, 'update')) return update(cursor, given)
  if (accept(cursor, 'delete', 'from')) return remove(cursor, given)
  cursor.at = start
  return startsQuery(cursor.tokens.slice(start)) ? parseQuery(cursor) : null
}

type Given = Pick<RowStatement, 'with' | 'recursive'>

function insert(cursor: Cursor, given: Given): RowStatement | null {
  const table = readObjectName(cursor)
  if (table === null) return null
  const alias = accept(cursor, 'as') ? identifier(cursor) : null
  const listed = peek(cursor, '(') ? bracketed({ ...cursor }) : null
  const columns = listed && !startsQuery(listed) ? nameList(listed) : null
  if (listed && !startsQuery(listed)) {
    if (columns === null) return null
    bracketed(cursor)
  }
  const end = endOfSource(cursor)
  const isDefault = accept(cursor, 'default', 'values')
  const source = isDefault
    ? null
    : parseQuery(cursorOf(withoutBrackets(cursor.tokens.slice(cursor.at, end)), cursor.text))
  if (!isDefault && source === null) return null
  cursor.at = end
  const conflict = accept(cursor, 'on', 'conflict') ? conflictOf(cursor) : undefined
  const returning = conflict === null ? null : returningOf(cursor)
  if (conflict === null || returning === null) return null
  return { kind: 'insert', ...given, table, alias, columns, source, conflict: conflict ?? null, returning }
}

/** Removes the brackets in `INSERT INTO t (SELECT …)`. */
function withoutBrackets(tokens: readonly SqlToken[]): readonly SqlToken[] {
  const within = cursorOf(tokens, '')
  const inner = bracketed(within)
  return inner !== null && within.at === tokens.length ? inner : tokens
}

/** Returns the index of ON CONFLICT or RETURNING, or the number of tokens if neither occurs. */
function endOfSource(cursor: Cursor): number {
  const ahead = { ...cursor }
  while (ahead.at < ahead.tokens.length) {
    const isConflict = peek(ahead, 'on') && ahead.tokens[ahead.at + 1]?.word === 'conflict'
    if (isConflict || peek(ahead, 'returning')) return ahead.at
    if (!peek(ahead, '(')) ahead.at += 1
    else if (bracketed(ahead) === null) return ahead.tokens.length
  }
  return ahead.at
}

function conflictOf(cursor: Cursor): Conflict | null {
  const constraint = accept(cursor, 'on', 'constraint') ? identifier(cursor) : null
  const listed = constraint === null && peek(cursor, '(') ? nameList(bracketed(cursor) ?? []) : undefined
  // WHERE isn't supported, because it might not imply a partial index's condition.
  if (listed === null || peek(cursor, 'where') || !accept(cursor, 'do')) return null
  const target = { constraint, columns: listed ?? null }
  if (accept(cursor, 'nothing')) return { ...target, set: [], where: null }
  if (!accept(cursor, 'update', 'set')) return null
  const set = assignments(cursor)
  const where = accept(cursor, 'where') ? parseExpression(cursor) : undefined
  return set && where !== null ? { ...target, set, where: where ?? null } : null
}

function returningOf(cursor: Cursor): readonly SelectItem[] | null {
  const items = accept(cursor, 'returning') ? selectItems(cursor) : []
  return cursor.at === cursor.tokens.length ? items : null
}

function update(cursor: Cursor, given: Given): RowStatement | null {
  accept(cursor, 'only')
  const table = readObjectName(cursor)
  const alias = accept(cursor, 'as') ? identifier(cursor) : bareAlias(cursor)
  const set = table && accept(cursor, 'set') ? assignments(cursor) : null
  const from = set && (accept(cursor, 'from') ? sourceList(cursor) : [])
  if (!table || !set || !from) return null
  const rest = conditionAndReturning(cursor)
  return rest && { kind: 'update', ...given, table, alias, set, from, ...rest }
}

function remove(cursor: Cursor, given: Given): RowStatement | null {
  accept(cursor, 'only')
  const table = readObjectName(cursor)
  const alias = accept(cursor, 'as') ? identifier(cursor) : bareAlias(cursor)
  const from = table && (accept(cursor, 'using') ? sourceList(cursor) : [])
  const rest = from && conditionAndReturning(cursor)
  return table && rest && { kind: 'delete', ...given, table, alias, from, ...rest }
}

interface Rest {
  readonly where: SqlExpression | null
  readonly returning: readonly SelectItem[]
}

function conditionAndReturning(cursor: Cursor): Rest | null {
  const where = accept(cursor, 'where') ? parseExpression(cursor) : undefined
  const returning = where === null ? null : returningOf(cursor)
  return returning && { where: where ?? null, returning }
}

/** `a = 1, (b, c) = (SELECT …)` */
function assignments(cursor: Cursor): readonly Assignment[] | null {
  const found: Assignment[] = []
  do {
    const one = assignment(cursor)
    if (!one) return null
    found.push(one)
  } while (accept(cursor, ','))
  return found
}

function assignment(cursor: Cursor): Assignment | null {
  if (!peek(cursor, '(')) {
    const column = identifier(cursor)
    const value = column !== null && accept(cursor, '=') ? parseExpression(cursor) : null
    return column !== null && value ? { columns: [column], values: [value] } : null
  }
  const columns = nameList(bracketed(cursor) ?? [])
  if (columns === null || !accept(cursor, '=')) return null
  accept(cursor, 'row')
  const inner = bracketed(cursor)
  if (inner === null) return null
  const values = startsQuery(inner) ? parseQuery(cursorOf(inner, cursor.text)) : expressionList(cursor, inner)
  return values && { columns, values }
}
