/** Parses constants, column names, function calls and bracketed expressions. */
import type { FunctionCall, SqlExpression } from '../../../../core/sql/row-statement.ts'
import { hole } from '../../../interpreter/values.ts'
import { type Cursor, type SqlToken, accept, bracketed, cursorOf, identifier, peek } from '../tokens.ts'
import { castType } from './cast-types.ts'
import { expressionList, parseExpression, wholeExpression } from './expressions.ts'
import { orderList, parseQuery, startsQuery } from './queries.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))

/** Keywords that can't be column names unless quoted. */
const reserved = words(
  `all analyse analyze and any array as asc asymmetric authorization between binary both case cast check collate collation
   column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
   current_timestamp current_user default deferrable desc distinct do else end except exists false fetch for foreign freeze
   from full grant group having ilike in initially inner intersect interval into is isnull join lateral leading left like
   limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
   references returning right row select session_user similar some symmetric system_user table tablesample then to trailing
   true union unique user using values variadic verbose when where window with`,
)
/** Functions called without parentheses, such as `current_date`. */
const bare = words(
  `current_date current_time current_timestamp localtime localtimestamp current_user session_user user current_role
   current_catalog current_schema`,
)
/** Types that can precede a constant, as in `DATE '2020-01-01'`. */
const prefixes = words(
  'date timestamp timestamptz time interval jsonb json uuid text boolean bool integer numeric',
)

/** Whether the keyword must be quoted when used as a name. */
export function isReserved(word: string): boolean {
  return reserved.has(word)
}

/** Parses an expression without operators. */
export function primary(cursor: Cursor): SqlExpression | null {
  const token = cursor.tokens[cursor.at]
  if (token === undefined) return null
  const next = cursor.tokens[cursor.at + 1]
  switch (token.kind) {
    case 'string':
      cursor.at += 1
      return textOf(token)
    case 'number':
      cursor.at += 1
      return /^\d+(?:\.\d*)?(?:e\d+)?$/i.test(token.word) ? { kind: 'number', text: token.word } : null
    case 'hole':
      cursor.at += 1
      return { kind: 'parameter' }
    case 'mark':
      return inBrackets(cursor) ?? parameter(cursor)
    case 'quoted':
      return named(cursor)
    default:
  }
  if (
    prefixes.has(token.word) &&
    (next?.kind === 'string' || (token.word === 'timestamp' && next?.word === 'with'))
  )
    return prefixed(cursor)
  return keyword(cursor, token.word) ?? (reserved.has(token.word) ? null : named(cursor))
}

/** SQLAlchemy's `text()` turns `\:` into a colon, even in strings. */
function textOf({ word }: SqlToken): SqlExpression {
  return { kind: 'text', text: word.includes(hole) ? null : word.replaceAll(String.raw`\:`, ':') }
}

/** `:name`, `%(name)s`, `%s` and `$1` */
function parameter(cursor: Cursor): SqlExpression | null {
  const found: SqlExpression = { kind: 'parameter' }
  if (accept(cursor, ':')) return identifier(cursor) === null ? null : found
  if (accept(cursor, '%', 's')) return found
  if (accept(cursor, '%') && bracketed(cursor) !== null && accept(cursor, 's')) return found
  return null
}

function inBrackets(cursor: Cursor): SqlExpression | null {
  if (!peek(cursor, '(')) return null
  const inner = bracketed(cursor)
  if (inner === null) return null
  if (startsQuery(inner)) {
    const query = parseQuery(cursorOf(inner, cursor.text))
    return query && { kind: 'query', query }
  }
  const parts = expressionList(cursor, inner)
  const [only] = parts ?? []
  if (!parts || !only) return null
  return parts.length === 1 ? only : { kind: 'row', of: parts }
}

/** `DATE '2020-01-01'`, `INTERVAL '1' DAY` */
function prefixed(cursor: Cursor): SqlExpression | null {
  const to = castType(cursor)
  const of = cursor.tokens[cursor.at]
  if (!to || of?.kind !== 'string') return null
  cursor.at += 1
  if (to.name === 'interval') for (const unit of units) accept(cursor, unit)
  return { kind: 'cast', of: textOf(of), to }
}

const units = ['year', 'month', 'day', 'hour', 'minute', 'second']

function keyword(cursor: Cursor, word: string): SqlExpression | null {
  const start = cursor.at
  cursor.at += 1
  const parsed = afterKeyword(cursor, word)
  if (!parsed) cursor.at = start
  return parsed
}

function afterKeyword(cursor: Cursor, word: string): SqlExpression | null {
  const inner = (): readonly SqlToken[] => bracketed({ ...cursor }) ?? []
  switch (word) {
    case 'null':
      return { kind: 'null' }
    case 'true':
    case 'false':
      return { kind: 'boolean', value: word === 'true' }
    case 'default':
      return { kind: 'default' }
    case 'case':
      return caseOf(cursor)
    case 'exists': {
      const query = startsQuery(inner()) ? parseQuery(cursorOf(bracketed(cursor) ?? [], cursor.text)) : null
      return query && { kind: 'exists', query }
    }
    case 'array':
      return arrayOf(cursor)
    case 'cast': {
      const within = cursorOf(bracketed(cursor) ?? [], cursor.text)
      const of = parseExpression(within)
      const to = of && accept(within, 'as') ? castType(within) : null
      return of && to && within.at === within.tokens.length ? { kind: 'cast', of, to } : null
    }
    case 'row': {
      const of = peek(cursor, '(') ? expressionList(cursor, bracketed(cursor) ?? []) : null
      return of && { kind: 'row', of }
    }
    default:
      if (!bare.has(word)) return null
      // CURRENT_TIMESTAMP(3)
      if (peek(cursor, '(')) bracketed(cursor)
      return { kind: 'call', name: word, args: [], more: [] }
  }
}

function caseOf(cursor: Cursor): SqlExpression | null {
  const of = peek(cursor, 'when') ? null : parseExpression(cursor)
  const branches: { when: SqlExpression; result: SqlExpression }[] = []
  while (accept(cursor, 'when')) {
    const when = parseExpression(cursor)
    const result = accept(cursor, 'then') ? parseExpression(cursor) : null
    if (!when || !result) return null
    branches.push({ when, result })
  }
  const otherwise = accept(cursor, 'else') ? parseExpression(cursor) : null
  return accept(cursor, 'end') && branches.length > 0 ? { kind: 'case', of, branches, otherwise } : null
}

function arrayOf(cursor: Cursor): SqlExpression | null {
  if (peek(cursor, '(')) {
    const query = parseQuery(cursorOf(bracketed(cursor) ?? [], cursor.text))
    return query && { kind: 'array', of: query }
  }
  if (!accept(cursor, '[')) return null
  const of: SqlExpression[] = []
  while (!accept(cursor, ']')) {
    const item = parseExpression(cursor)
    if (!item) return null
    of.push(item)
    if (!accept(cursor, ',') && !peek(cursor, ']')) return null
  }
  return { kind: 'array', of }
}

/** Parses a column or function call. */
function named(cursor: Cursor): SqlExpression | null {
  const parts: string[] = []
  do {
    const part = identifier(cursor)
    if (part === null) return null
    parts.push(part)
  } while (accept(cursor, '.'))
  const name = parts.at(-1) ?? ''
  if (peek(cursor, '(')) {
    const [schema, ...deeper] = parts.slice(0, -1)
    return deeper.length > 0 || (schema !== undefined && schema !== 'pg_catalog')
      ? null
      : callOf(cursor, name)
  }
  const [table, schema, ...rest] = parts.slice(0, -1).toReversed()
  if (rest.length > 0) return null
  return {
    kind: 'column',
    qualifier: table === undefined ? null : { schema: schema ?? null, name: table },
    name,
  }
}

/** Parses a function call's arguments and the clauses that follow them. */
export function callOf(cursor: Cursor, name: string): FunctionCall | null {
  const inner = bracketed(cursor)
  const parsed = inner && argumentsOf(cursor, name, inner)
  if (!parsed) return null
  const more = [...parsed.more]
  if (accept(cursor, 'filter')) {
    const within = cursorOf(bracketed(cursor) ?? [], cursor.text)
    const condition = accept(within, 'where') ? parseExpression(within) : null
    if (!condition || within.at < within.tokens.length) return null
    more.push(condition)
  }
  if (!accept(cursor, 'over')) return { kind: 'call', name, ...parsed, more }
  const over = windowOf(cursor)
  return over && { kind: 'call', name, ...parsed, more, over }
}

interface Arguments {
  readonly args: FunctionCall['args']
  readonly more: readonly SqlExpression[]
  readonly distinct?: true
}

function argumentsOf(cursor: Cursor, name: string, inner: readonly SqlToken[]): Arguments | null {
  const within = cursorOf(inner, cursor.text)
  if (inner.length === 1 && peek(within, '*')) return { args: 'star', more: [] }
  // In `EXTRACT(field FROM value)`, the field isn't a column.
  if (name === 'extract') {
    within.at += 1
    const of = accept(within, 'from') ? wholeExpression(cursor, inner.slice(within.at)) : null
    return of && { args: [of], more: [] }
  }
  const isDistinct = accept(within, 'distinct')
  const args: SqlExpression[] = []
  while (within.at < inner.length && !peek(within, 'order')) {
    if (name === 'trim') for (const side of ['both', 'leading', 'trailing', 'from']) accept(within, side)
    const item = parseExpression(within)
    if (!item) return null
    args.push(item)
    const separators = [',', ...(/^(?:substring|trim|overlay)$/.test(name) ? ['from', 'for', 'placing'] : [])]
    if (
      !separators.some((word) => accept(within, word)) &&
      within.at < inner.length &&
      !peek(within, 'order')
    )
      return null
  }
  const more = peek(within, 'order') ? orderList(within) : []
  return more && within.at === inner.length
    ? { args, more, ...(isDistinct && { distinct: true as const }) }
    : null
}

/** `OVER (PARTITION BY a ORDER BY b)` */
function windowOf(cursor: Cursor): readonly SqlExpression[] | null {
  const inner = bracketed(cursor)
  if (inner === null) return null
  const within = cursorOf(inner, cursor.text)
  const found: SqlExpression[] = []
  if (accept(within, 'partition', 'by')) {
    do {
      const part = parseExpression(within)
      if (!part) return null
      found.push(part)
    } while (accept(within, ','))
  }
  const order = peek(within, 'order') ? orderList(within) : []
  return order && within.at === inner.length ? [...found, ...order] : null
}
