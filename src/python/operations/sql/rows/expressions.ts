/** Parses SQL expressions with PostgreSQL's operator precedence. Each function returns null for unsupported syntax. */
import type { SqlExpression } from '../../../../core/sql/row-statement.ts'
import { type Cursor, accept, bracketed, commaParts, cursorOf, peek } from '../tokens.ts'
import { castType } from './cast-types.ts'
import { primary } from './primaries.ts'
import { parseQuery, startsQuery } from './queries.ts'

/** Parses an expression at the cursor. */
export function parseExpression(cursor: Cursor): SqlExpression | null {
  return chain(cursor, 'or', (inner) => chain(inner, 'and', negation))
}

/** Parses tokens as a single expression. */
export function wholeExpression({ text }: Cursor, tokens: Cursor['tokens']): SqlExpression | null {
  const cursor = cursorOf(tokens, text)
  const parsed = parseExpression(cursor)
  return cursor.at === tokens.length ? parsed : null
}

/** Parses tokens as a list of expressions. */
export function expressionList(cursor: Cursor, tokens: Cursor['tokens']): readonly SqlExpression[] | null {
  const parsed = commaParts(tokens).map((part) => wholeExpression(cursor, part))
  return parsed.every((one) => one !== null) ? parsed : null
}

type Level = (cursor: Cursor) => SqlExpression | null

function chain(cursor: Cursor, operator: 'or' | 'and', operand: Level): SqlExpression | null {
  let left = operand(cursor)
  while (left && accept(cursor, operator)) left = binary(operator, left, operand(cursor))
  return left
}

function binary(operator: string, left: SqlExpression, right: SqlExpression | null): SqlExpression | null {
  return right && { kind: 'operator', operator, operands: [left, right] }
}

function negation(cursor: Cursor): SqlExpression | null {
  if (!accept(cursor, 'not')) return tested(cursor)
  const of = negation(cursor)
  return of && { kind: 'operator', operator: 'not', operands: [of] }
}

/** `a IS NULL`, `a IS NOT TRUE`, `a IS DISTINCT FROM b` */
function tested(cursor: Cursor): SqlExpression | null {
  let left = comparison(cursor)
  while (left) {
    if (accept(cursor, 'isnull')) left = { kind: 'is', of: left, boolean: false, negated: false }
    else if (accept(cursor, 'notnull')) left = { kind: 'is', of: left, boolean: false, negated: true }
    else if (accept(cursor, 'is')) {
      const negated = accept(cursor, 'not')
      if (accept(cursor, 'distinct', 'from')) left = binary('=', left, comparison(cursor))
      else if (accept(cursor, 'null')) left = { kind: 'is', of: left, boolean: false, negated }
      else if (['true', 'false', 'unknown'].some((word) => accept(cursor, word)))
        left = { kind: 'is', of: left, boolean: true, negated }
      else return null
    } else return left
  }
  return left
}

const compares = /^(?:=|<>|!=|<|>|<=|>=)$/

function comparison(cursor: Cursor): SqlExpression | null {
  const left = matched(cursor)
  const operator = markAt(cursor)
  if (!left || !operator || !compares.test(operator)) return left
  cursor.at += 1
  return (
    quantified(cursor, operator, left) ?? binary(operator === '!=' ? '<>' : operator, left, matched(cursor))
  )
}

/** Parses `a = ANY (array)`; null if there is no such operand. */
function quantified(cursor: Cursor, operator: string, of: SqlExpression): SqlExpression | null {
  const start = cursor.at
  if (!accept(cursor, 'any') && !accept(cursor, 'all') && !accept(cursor, 'some')) return null
  const inner = bracketed(cursor)
  if (inner !== null && startsQuery(inner)) {
    const query = parseQuery(cursorOf(inner, cursor.text))
    if (query) return { kind: 'in', of, values: query }
  } else if (inner !== null) {
    const array = wholeExpression(cursor, inner)
    if (array) return { kind: 'quantified', operator, of, array }
  }
  cursor.at = start
  return null
}

/** BETWEEN, IN and LIKE */
function matched(cursor: Cursor): SqlExpression | null {
  const left = other(cursor)
  if (!left) return null
  const start = cursor.at
  accept(cursor, 'not')
  if (accept(cursor, 'between')) {
    accept(cursor, 'symmetric')
    const low = other(cursor)
    const high = accept(cursor, 'and') ? other(cursor) : null
    const [from, to] = [binary('>=', left, low), binary('<=', left, high)]
    return from && to && { kind: 'operator', operator: 'and', operands: [from, to] }
  }
  if (accept(cursor, 'in')) return membership(cursor, left)
  if (accept(cursor, 'like') || accept(cursor, 'ilike') || accept(cursor, 'similar', 'to')) {
    const parsed = quantified(cursor, 'like', left) ?? binary('like', left, other(cursor))
    if (accept(cursor, 'escape') && other(cursor)?.kind !== 'text') return null
    return parsed
  }
  cursor.at = start
  return left
}

function membership(cursor: Cursor, of: SqlExpression): SqlExpression | null {
  if (peek(cursor, ':') || cursor.tokens[cursor.at]?.kind === 'hole') {
    // SQLAlchemy expands `IN :values` into a list.
    return primary(cursor) && { kind: 'in', of, values: [{ kind: 'parameter' }] }
  }
  const inner = bracketed(cursor)
  if (inner === null) return null
  const values = startsQuery(inner) ? parseQuery(cursorOf(inner, cursor.text)) : expressionList(cursor, inner)
  return values && { kind: 'in', of, values }
}

const arithmetic = /^[-+*/%^]$/

/** Other operators, such as `||` and `->>`, which share one precedence level. */
function other(cursor: Cursor): SqlExpression | null {
  let left = sum(cursor)
  for (;;) {
    const operator = markAt(cursor)
    if (!left || !operator || compares.test(operator) || arithmetic.test(operator)) return left
    cursor.at += 1
    left = quantified(cursor, operator, left) ?? binary(operator, left, sum(cursor))
  }
}

function sum(cursor: Cursor): SqlExpression | null {
  return leftward(cursor, /^[-+]$/, (one) =>
    leftward(one, /^[*/%]$/, (inner) => leftward(inner, /^\^$/, zoned)),
  )
}

function leftward(cursor: Cursor, operators: RegExp, operand: Level): SqlExpression | null {
  let left = operand(cursor)
  for (;;) {
    const operator = markAt(cursor)
    if (!left || !operator || !operators.test(operator)) return left
    cursor.at += 1
    left = binary(operator, left, operand(cursor))
  }
}

/** Returns the operator at the cursor; null if there is none. */
function markAt({ tokens, at }: Cursor): string | null {
  const token = tokens[at]
  return token?.kind === 'mark' && /^[-+*/<>=~!@#%^&|`?]+$/.test(token.word) ? token.word : null
}

function zoned(cursor: Cursor): SqlExpression | null {
  let left = signed(cursor)
  while (left && accept(cursor, 'at', 'time', 'zone')) left = binary('at time zone', left, signed(cursor))
  return left
}

function signed(cursor: Cursor): SqlExpression | null {
  const sign = accept(cursor, '-') ? '-' : accept(cursor, '+') ? '+' : null
  if (sign === null) return postfixed(cursor)
  const of = signed(cursor)
  return of && { kind: 'operator', operator: sign, operands: [of] }
}

/** Parses `a::type` and `a[1]`. COLLATE isn't supported. */
function postfixed(cursor: Cursor): SqlExpression | null {
  let left = primary(cursor)
  while (left) {
    if (accept(cursor, '::')) {
      const to = castType(cursor)
      left = to && { kind: 'cast', of: left, to }
    } else if (accept(cursor, '[')) {
      const index = parseExpression(cursor)
      left =
        index && accept(cursor, ']') ? { kind: 'operator', operator: '[]', operands: [left, index] } : null
    } else if (peek(cursor, 'collate')) return null
    else return left
  }
  return left
}
