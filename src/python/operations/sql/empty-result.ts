/** Determines which queries return no rows because they read an empty table. */
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

/** The result of a query if a table that it reads is empty. */
export type EmptyResult =
  /** No rows. */
  | 'none'
  /** One row that consists of the count 0, or of NULL. */
  | 'zero'
  | 'null'

/** Returns whether a relation definitely has no rows. */
type IsEmpty = (name: ObjectName) => boolean

/**
 * Functions that return one value per input row. Any other function could be an aggregate, which returns a row even
 * without input rows.
 */
const perRow =
  /^(?:coalesce|nullif|greatest|least|lower|upper|length|trim|ltrim|rtrim|btrim|substring|substr|replace|concat|concat_ws|now|md5|round|abs|ceil|floor|date_trunc|extract|to_char|to_timestamp|to_date|date_part|cast|split_part|position|regexp_replace|to_json|to_jsonb|jsonb_set|jsonb_typeof|json_typeof|jsonb_array_length|json_array_length|jsonb_build_object|json_build_object|gen_random_uuid|uuid_generate_v4|encode|decode|left|right|strpos|char_length|timezone|case|in|varchar|char|numeric|decimal|hex|random|and|or|not|when|then|else)$/

/** Returns whether the function returns one value for each input row. */
export function isPerRow(name: string): boolean {
  return perRow.test(name)
}

/** Returns the result of an aggregate function without input rows, or null if the function isn't supported. */
export function resultWithoutRows(name: string): EmptyResult | null {
  if (name === 'count') return 'zero'
  return /^(?:max|min|sum|avg)$/.test(name) ? 'null' : null
}

const endsFrom = /^(?:where|group|having|order|limit|offset|fetch|for|window)$/
const combines = /^(?:union|intersect|except)$/

/** Returns the query's result if empty tables alone determine it, or null. */
export function emptyResult(statement: readonly SqlToken[], isEmpty: IsEmpty): EmptyResult | null {
  const cursor = cursorOf(statement, '')
  const known = accept(cursor, 'with') ? withExpressions(cursor, isEmpty) : isEmpty
  return known && selectResult(cursor, known)
}

/**
 * Moves past the CTEs. Returns a version of `isEmpty` that includes the CTEs, because a CTE hides any table with the
 * same name. Returns null if a CTE's syntax isn't supported.
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

/** The clauses of `SELECT columns FROM from rest`. `grouped` is true if the query contains GROUP BY. */
interface Clauses {
  readonly columns: readonly SqlToken[]
  readonly from: readonly SqlToken[]
  readonly rest: readonly SqlToken[]
  readonly grouped: boolean
}

/** Splits a query into its clauses. Returns null for set operations such as UNION, and for queries without FROM. */
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

/** Returns whether the FROM clause definitely yields no rows. */
function readsNothing(from: readonly SqlToken[], isEmpty: IsEmpty): boolean {
  return commaParts(from).some((part) => joinIsEmpty(cursorOf(part, ''), isEmpty))
}

/** Returns whether a join such as `a JOIN b ON … LEFT JOIN c ON …` definitely yields no rows. */
function joinIsEmpty(cursor: Cursor, isEmpty: IsEmpty): boolean {
  let empty = sourceIsEmpty(cursor, isEmpty)
  // In `a LEFT JOIN b JOIN c ON … ON …`, the inner join is the right side of the outer join.
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

/** Returns whether a join needs an ON or USING condition. `before` contains the tokens before the word JOIN. */
function needsCondition(before: readonly SqlToken[]): boolean {
  const words = before.slice(-3).map(({ word }) => word)
  return !words.includes('cross') && !words.includes('natural')
}

/** Moves past a relation or subquery. Returns whether it definitely yields no rows. */
function sourceIsEmpty(cursor: Cursor, isEmpty: IsEmpty): boolean {
  if (peek(cursor, 'lateral')) return false
  const inner = bracketed(cursor)
  if (inner !== null) return emptyResult(inner, isEmpty) === 'none'
  accept(cursor, 'only')
  const name = readObjectName(cursor)
  return name !== null && !peek(cursor, '(') && isEmpty(name)
}

/** Returns the functions called in the select list, or null if part of the list is unknown. */
function callsIn(columns: readonly SqlToken[]): readonly string[] | null {
  if (columns.some(({ kind }) => kind === 'hole')) return null
  return columns.flatMap(({ kind, word }, index) =>
    columns[index + 1]?.word === '(' && (kind === 'word' || kind === 'quoted') ? [word] : [],
  )
}

/**
 * For a select list with a single aggregate, such as `count(…)` or `max(…)`, returns the aggregate's result without
 * input rows. Returns null for any other select list.
 */
function aggregateAlone(columns: readonly SqlToken[]): EmptyResult | null {
  const cursor = cursorOf(columns, '')
  const name = identifier(cursor)
  if (name === null || bracketed(cursor) === null) return null
  if (accept(cursor, 'as')) identifier(cursor)
  return atEnd(cursor) ? resultWithoutRows(name) : null
}
