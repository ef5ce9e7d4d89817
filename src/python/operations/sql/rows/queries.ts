/** Parses SELECT, VALUES and their combinations. Each function returns null for unsupported syntax. */
import type {
  QueryBody,
  RowQuery,
  RowSource,
  SelectItem,
  SqlExpression,
  SqlName,
} from '../../../../core/sql/row-statement.ts'
import {
  type Cursor,
  type SqlToken,
  accept,
  bracketed,
  commaParts,
  cursorOf,
  identifier,
  peek,
  readObjectName,
} from '../tokens.ts'
import { expressionList, parseExpression } from './expressions.ts'
import { callOf, isReserved } from './primaries.ts'
import { namedQueries } from './statements.ts'

/** Whether the tokens begin like a query. */
export function startsQuery([first, second]: readonly SqlToken[]): boolean {
  if (first?.word === '(' && first.kind === 'mark')
    return second?.kind === 'word' && /^(?:select|with|values)$/.test(second.word)
  return first?.kind === 'word' && /^(?:select|with|values)$/.test(first.word)
}

/** Parses a query. Returns null unless the query ends at the last token. */
export function parseQuery(cursor: Cursor): RowQuery | null {
  const named = namedQueries(cursor)
  const body = named && combination(cursor)
  if (!body) return null
  const orderBy = peek(cursor, 'order') ? orderList(cursor) : []
  const last = orderBy && limitsOf(cursor)
  if (!orderBy || !last || cursor.at < cursor.tokens.length) return null
  return { kind: 'select', with: named.queries, recursive: named.recursive, body, orderBy, ...last }
}

/** Parses `a UNION b EXCEPT c`. INTERSECT's precedence doesn't matter, because all parts have the same types. */
function combination(cursor: Cursor): QueryBody | null {
  let left = member(cursor)
  while (left && ['union', 'intersect', 'except'].some((word) => accept(cursor, word))) {
    if (!accept(cursor, 'all')) accept(cursor, 'distinct')
    const right = member(cursor)
    left = right && { kind: 'combined', left: asQuery(left), right: asQuery(right) }
  }
  return left
}

function asQuery(body: QueryBody): RowQuery {
  return { kind: 'select', with: [], recursive: false, body, orderBy: [], limits: [] }
}

function member(cursor: Cursor): QueryBody | null {
  if (accept(cursor, 'select')) return select(cursor)
  if (accept(cursor, 'values')) return valueRows(cursor)
  const inner = bracketed(cursor)
  const query = inner && startsQuery(inner) ? parseQuery(cursorOf(inner, cursor.text)) : null
  return query && query.with.length + query.orderBy.length + query.limits.length === 0 ? query.body : null
}

function valueRows(cursor: Cursor): QueryBody | null {
  const rows: (readonly SqlExpression[])[] = []
  do {
    const inner = bracketed(cursor)
    const row = inner && expressionList(cursor, inner)
    if (!row) return null
    rows.push(row)
  } while (accept(cursor, ','))
  return { kind: 'values', rows }
}

function select(cursor: Cursor): QueryBody | null {
  const distinct = !accept(cursor, 'all') && accept(cursor, 'distinct')
  const distinctOn = distinct && accept(cursor, 'on') ? expressionList(cursor, bracketed(cursor) ?? []) : []
  // `SELECT FROM t` is valid, for example in EXISTS.
  const items = distinctOn && (!distinct && peek(cursor, 'from') ? [] : selectItems(cursor))
  const from = items && (accept(cursor, 'from') ? sourceList(cursor) : [])
  if (!distinctOn || !items || !from) return null
  const where = accept(cursor, 'where') ? parseExpression(cursor) : undefined
  const groupBy = accept(cursor, 'group', 'by') ? plainList(cursor) : []
  const having = accept(cursor, 'having') ? parseExpression(cursor) : undefined
  if (where === null || groupBy === null || having === null) return null
  const conditions = { where: where ?? null, having: having ?? null }
  return { kind: 'select', distinct, distinctOn, items, from, ...conditions, groupBy }
}

function plainList(cursor: Cursor): readonly SqlExpression[] | null {
  const found: SqlExpression[] = []
  do {
    const item = parseExpression(cursor)
    if (!item) return null
    found.push(item)
  } while (accept(cursor, ','))
  return found
}

/** Parses the items in SELECT or RETURNING. */
export function selectItems(cursor: Cursor): readonly SelectItem[] | null {
  const items: SelectItem[] = []
  do {
    const item = star(cursor) ?? valueItem(cursor)
    if (!item) return null
    items.push(item)
  } while (accept(cursor, ','))
  return items
}

function star(cursor: Cursor): SelectItem | null {
  if (accept(cursor, '*')) return { kind: 'star', qualifier: null }
  const ahead = { ...cursor }
  const name = identifier(ahead)
  if (name === null || !accept(ahead, '.') || !accept(ahead, '*')) return null
  cursor.at = ahead.at
  return { kind: 'star', qualifier: { schema: null, name } }
}

function valueItem(cursor: Cursor): SelectItem | null {
  const value = parseExpression(cursor)
  if (!value) return null
  const alias = accept(cursor, 'as') ? identifier(cursor) : bareAlias(cursor)
  return { kind: 'value', value, alias }
}

/** Reads an alias without AS; null if there is none. */
export function bareAlias(cursor: Cursor): string | null {
  const token = cursor.tokens[cursor.at]
  const isName = token?.kind === 'quoted' || (token?.kind === 'word' && !isReserved(token.word))
  if (!isName || (token.kind === 'word' && endsSource.test(token.word))) return null
  cursor.at += 1
  return token.word
}

/** Keywords that may follow a source or item but aren't its alias. */
const endsSource = /^(?:set|returning|on|values|over|filter|within|by)$/

/** Parses `ORDER BY a DESC, b` at the cursor. */
export function orderList(cursor: Cursor): readonly SqlExpression[] | null {
  if (!accept(cursor, 'order', 'by')) return null
  const found: SqlExpression[] = []
  do {
    const item = parseExpression(cursor)
    if (!item) return null
    found.push(item)
    if (!accept(cursor, 'asc')) accept(cursor, 'desc')
    if (accept(cursor, 'nulls') && !accept(cursor, 'first')) accept(cursor, 'last')
  } while (accept(cursor, ','))
  return found
}

/** LIMIT, OFFSET and FOR UPDATE */
function limitsOf(cursor: Cursor): Pick<RowQuery, 'limits' | 'locks'> | null {
  const limits: SqlExpression[] = []
  let locks = false
  for (;;) {
    if (accept(cursor, 'limit', 'all')) continue
    if (accept(cursor, 'limit') || accept(cursor, 'offset')) {
      const value = parseExpression(cursor)
      if (!value) return null
      limits.push(value)
      if (!accept(cursor, 'rows')) accept(cursor, 'row')
    } else if (accept(cursor, 'for', 'update') || accept(cursor, 'for', 'share')) {
      if (accept(cursor, 'of') && identifier(cursor) === null) return null
      if (!accept(cursor, 'nowait')) accept(cursor, 'skip', 'locked')
      locks = true
    } else return { limits, ...(locks && { locks }) }
  }
}

/** Parses the list after FROM or USING. */
export function sourceList(cursor: Cursor): readonly RowSource[] | null {
  const found: RowSource[] = []
  do {
    const source = joined(cursor)
    if (!source) return null
    found.push(source)
  } while (accept(cursor, ','))
  return found
}

const joins = [
  ['join'],
  ['inner', 'join'],
  ['cross', 'join'],
  ...['left', 'right', 'full'].flatMap((side) => [
    [side, 'join'],
    [side, 'outer', 'join'],
  ]),
]

function joined(cursor: Cursor): RowSource | null {
  let left = sourceAt(cursor)
  for (;;) {
    const isCross = peek(cursor, 'cross')
    const full = peek(cursor, 'full')
    if (!left || !joins.some((form) => accept(cursor, ...form))) return left
    const right = sourceAt(cursor)
    if (!right) return null
    const on = accept(cursor, 'on') ? parseExpression(cursor) : undefined
    const using = accept(cursor, 'using') ? nameList(bracketed(cursor) ?? []) : []
    if (on === null || using === null || (!isCross && on === undefined && using.length === 0)) return null
    left = { kind: 'join', left, right, on: on ?? null, using, ...(full && { full }) }
  }
}

function sourceAt(cursor: Cursor): RowSource | null {
  const lateral = accept(cursor, 'lateral')
  const inner = bracketed(cursor)
  if (inner !== null && !startsQuery(inner)) {
    const within = cursorOf(inner, cursor.text)
    const nested = joined(within)
    return within.at === inner.length && !peek(cursor, 'as') ? nested : null
  }
  if (inner !== null) {
    const query = parseQuery(cursorOf(inner, cursor.text))
    const named = query && aliasOf(cursor)
    return query && named && { kind: 'query', query, ...named, lateral }
  }
  accept(cursor, 'only')
  const name = tableNameAt(cursor)
  if (name === null) return null
  if (peek(cursor, '(')) return callSource(cursor, name)
  accept(cursor, '*')
  const named = aliasOf(cursor)
  return named && { kind: 'table', name, ...named }
}

function tableNameAt(cursor: Cursor): SqlName | null {
  const first = cursor.tokens[cursor.at]
  if (first?.kind === 'word' && isReserved(first.word)) return null
  return readObjectName(cursor)
}

function callSource(cursor: Cursor, { schema, name }: SqlName): RowSource | null {
  const call = schema === null || schema === 'pg_catalog' ? callOf(cursor, name) : null
  const ordinality = accept(cursor, 'with', 'ordinality')
  const named = call && aliasOf(cursor)
  return call && named && { kind: 'call', call, ...named, ordinality }
}

interface Alias {
  readonly alias: string | null
  readonly columns: readonly string[]
}

/** `AS t (a, b)` */
function aliasOf(cursor: Cursor): Alias | null {
  const alias = accept(cursor, 'as') ? identifier(cursor) : bareAlias(cursor)
  if (alias === null || !peek(cursor, '(')) return { alias, columns: [] }
  const columns = nameList(bracketed(cursor) ?? [])
  return columns && { alias, columns }
}

/** Returns a list's names; null if it contains anything else. */
export function nameList(tokens: readonly SqlToken[]): readonly string[] | null {
  const names = commaParts(tokens).map(([only, ...more]) =>
    more.length === 0 && (only?.kind === 'word' || only?.kind === 'quoted') ? only.word : null,
  )
  return names.length > 0 && names.every((name) => name !== null) ? names : null
}
