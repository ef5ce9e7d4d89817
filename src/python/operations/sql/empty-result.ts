/** Determines which queries return no rows because a table is empty. */
import type { ObjectName } from '../../../core/history/operation.ts'
import {
  type Cursor,
  type SqlToken,
  accept,
  atEnd,
  bracketed,
  commaParts,
  cursorOf,
  identifier,
  peek,
  readObjectName,
} from './tokens.ts'

/** A query's result if one of its tables is empty. */
export type EmptyResult =
  /** No rows. */
  | 'none'
  /** A single row, which contains 0 (from `count`) or NULL. */
  | 'zero'
  | 'null'

/** Whether a relation definitely has no rows. */
type IsEmpty = (name: ObjectName) => boolean

/** Functions that return one value per row. Others may be aggregates, which return a row even without input. */
const perRow =
  /^(?:coalesce|nullif|greatest|least|lower|upper|length|trim|ltrim|rtrim|btrim|substring|substr|replace|concat|concat_ws|now|md5|round|abs|ceil|floor|date_trunc|extract|to_char|to_timestamp|to_date|date_part|cast|split_part|position|regexp_replace|to_json|to_jsonb|jsonb_set|jsonb_typeof|json_typeof|jsonb_array_length|json_array_length|jsonb_build_object|json_build_object|gen_random_uuid|uuid_generate_v4|encode|decode|left|right|strpos|char_length|timezone|case|in|varchar|char|numeric|decimal|hex|random|and|or|not|when|then|else)$/

/** Whether the function returns one value per row. */
export function isPerRow(name: string): boolean {
  return perRow.test(name)
}

/** Returns the result of an aggregate function over no rows; null if unsupported. */
export function resultWithoutRows(name: string): EmptyResult | null {
  if (name === 'count') return 'zero'
  return /^(?:max|min|sum|avg)$/.test(name) ? 'null' : null
}

const endsFrom = /^(?:where|group|having|order|limit|offset|fetch|for|window)$/
const combines = /^(?:union|intersect|except)$/

/** Returns the query's result if it follows from the tables that are known to be empty; null otherwise. */
export function emptyResult(statement: readonly SqlToken[], isEmpty: IsEmpty): EmptyResult | null {
  const cursor = cursorOf(statement, '')
  const known = accept(cursor, 'with') ? withExpressions(cursor, isEmpty) : isEmpty
  return known && selectResult(cursor, known)
}

/**
 * Moves past the CTEs. Returns a version of `isEmpty` that includes them, because a CTE hides any table with the same
 * name. Null for unsupported syntax.
 */
function withExpressions(cursor: Cursor, isEmpty: IsEmpty): IsEmpty | null {
  const recursive = accept(cursor, 'recursive')
  const results = new Map<string, boolean>()
  const known: IsEmpty = (name) =>
    (name.schema === null ? results.get(name.name) : undefined) ?? isEmpty(name)
  do {
    const name = identifier(cursor)
    bracketed(cursor)
    if (name === null || !accept(cursor, 'as')) return null
    accept(cursor, 'not')
    accept(cursor, 'materialized')
    const inner = bracketed(cursor)
    if (inner === null) return null
    if (recursive) results.set(name, false)
    results.set(name, emptyResult(inner, known) === 'none')
  } while (accept(cursor, ','))
  return known
}

function selectResult(cursor: Cursor, isEmpty: IsEmpty): EmptyResult | null {
  if (!accept(cursor, 'select')) return null
  const parts = clauses(cursor.tokens.slice(cursor.at))
  if (parts === null || !readsNothing(parts.from, isEmpty)) return null
  if (parts.grouped) return parts.rest.some(({ word }) => word === '(') ? null : 'none'
  if (parts.rest.some(({ word }) => word === 'having')) return null
  const calls = callsIn(parts.columns)
  if (calls === null) return null
  if (calls.every(isPerRow)) return 'none'
  return aggregateAlone(parts.columns)
}

/** Clauses of a query. `grouped` means that there is a GROUP BY. */
interface Clauses {
  readonly columns: readonly SqlToken[]
  readonly from: readonly SqlToken[]
  readonly rest: readonly SqlToken[]
  readonly grouped: boolean
}

/** Splits a query into clauses. Null for set operations such as UNION, and for queries without a FROM clause. */
function clauses(tokens: readonly SqlToken[]): Clauses | null {
  let depth = 0
  let from = -1
  let end = -1
  let grouped = false
  for (const [index, { kind, word }] of tokens.entries()) {
    if (kind === 'mark') depth += word === '(' ? 1 : word === ')' ? -1 : 0
    if (kind !== 'word' || depth > 0) continue
    if (combines.test(word)) return null
    const compares = tokens[index - 1]?.word === 'distinct'
    if (word === 'from' && from < 0 && !compares) from = index
    if (from >= 0 && end < 0 && endsFrom.test(word)) end = index
    if (word === 'group') grouped = true
  }
  if (from < 0) return null
  const last = end < 0 ? tokens.length : end
  return {
    columns: tokens.slice(0, from),
    from: tokens.slice(from + 1, last),
    rest: tokens.slice(last),
    grouped,
  }
}

/** Whether the FROM clause definitely yields no rows. */
function readsNothing(from: readonly SqlToken[], isEmpty: IsEmpty): boolean {
  return commaParts(from).some((part) => joinIsEmpty(cursorOf(part, ''), isEmpty))
}

function joinIsEmpty(cursor: Cursor, isEmpty: IsEmpty): boolean {
  let empty = sourceIsEmpty(cursor, isEmpty)
  // In `a LEFT JOIN b JOIN c ON … ON …`, the inner join belongs to the right side.
  let isOpen = false
  let isLeft = false
  while (!atEnd(cursor)) {
    if (bracketed(cursor) !== null) continue
    const word = cursor.tokens[cursor.at]?.word ?? ''
    cursor.at += 1
    const joins = peek(cursor, 'join') || peek(cursor, 'outer')
    if (/^(?:right|full)$/.test(word) && joins) return false
    if (word === 'left' && joins) isLeft = true
    if (/^(?:on|using)$/.test(word)) isOpen = false
    if (word !== 'join') continue
    if (isOpen) return false
    isOpen = needsCondition(cursor.tokens.slice(0, cursor.at - 1))
    if (sourceIsEmpty(cursor, isEmpty) && !isLeft) empty = true
    isLeft = false
  }
  return empty
}

/** Whether a join needs ON or USING. `before` contains the tokens before JOIN. */
function needsCondition(before: readonly SqlToken[]): boolean {
  const words = before.slice(-3).map(({ word }) => word)
  return !words.includes('cross') && !words.includes('natural')
}

/** Moves past a relation or subquery. Returns whether it's definitely empty. */
function sourceIsEmpty(cursor: Cursor, isEmpty: IsEmpty): boolean {
  if (peek(cursor, 'lateral')) return false
  const inner = bracketed(cursor)
  if (inner !== null) return emptyResult(inner, isEmpty) === 'none'
  accept(cursor, 'only')
  const name = readObjectName(cursor)
  return name !== null && !peek(cursor, '(') && isEmpty(name)
}

/** Returns the functions in the select list; null if any part is unknown. */
function callsIn(columns: readonly SqlToken[]): readonly string[] | null {
  if (columns.some(({ kind }) => kind === 'hole')) return null
  return columns.flatMap(({ kind, word }, index) =>
    columns[index + 1]?.word === '(' && (kind === 'word' || kind === 'quoted') ? [word] : [],
  )
}

/**
 * Evaluates a select list that is a single aggregate, for a query that finds no rows. Null for other select lists.
 */
function aggregateAlone(columns: readonly SqlToken[]): EmptyResult | null {
  const cursor = cursorOf(columns, '')
  const name = identifier(cursor)
  if (name === null || bracketed(cursor) === null) return null
  if (accept(cursor, 'as')) identifier(cursor)
  return atEnd(cursor) ? resultWithoutRows(name) : null
}
