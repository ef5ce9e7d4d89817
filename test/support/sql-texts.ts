/** Extracts SQL, and the names used in it, from the source code. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vitest/node'
import { type SqlToken, tokensOfSql } from '../../src/python/operations/sql/tokens.ts'
import { hole } from '../../src/python/interpreter/values.ts'

/** A string or a template. */
export interface SqlText {
  /** File and line, such as `src/adapters/postgres/query-state.ts:120`. */
  readonly where: string
  /** The text, with a placeholder for each interpolated part. */
  readonly text: string
}

const root = fileURLToPath(new URL('../../src', import.meta.url))

/** Files containing SQL for PostgreSQL servers. */
const senders =
  /^adapters\/(?:isolation\/production-mark|(?:postgres|scratch)\/.*)\.ts$|^core\/restamp\/version-sql\.ts$/

/** This file contains SQL for SQLite. */
const notPostgres = /^adapters\/scratch\/sqlite\.ts$/

/**
 * Returns all strings that look like SQL because they contain uppercase keywords, `pg_catalog`, a cast or a
 * qualified column.
 */
export function sqlTexts(): readonly SqlText[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => senders.test(name) && !notPostgres.test(name))
  return files.flatMap((file) =>
    textsOf(file, readFileSync(join(root, file), 'utf8')).filter(({ text }) => looksLikeSql(text)),
  )
}

/** Returns a module's strings and templates, with placeholders for interpolated parts. */
export function textsOf(file: string, source: string): readonly SqlText[] {
  const found: SqlText[] = []
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit)
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    const text = textOf(node)
    if (text !== null) {
      const start = 'start' in node ? Number(node.start) : 0
      found.push({ where: `src/${file}:${source.slice(0, start).split('\n').length}`, text })
    }
    Object.values(node).forEach(visit)
  }
  visit(parseAst(source, { lang: 'ts' }))
  return found
}

function textOf(node: object): string | null {
  const kind: unknown = Reflect.get(node, 'type')
  if (kind === 'Literal') {
    const value: unknown = Reflect.get(node, 'value')
    return typeof value === 'string' ? value : null
  }
  if (kind !== 'TemplateLiteral') return null
  const parts: readonly { readonly value: { readonly cooked: string } }[] = Reflect.get(node, 'quasis')
  return parts.map(({ value }) => value.cooked).join(hole)
}

function looksLikeSql(text: string): boolean {
  return (
    /\bpg_catalog\b|::|\b[a-z]\.[a-z]+\b *(?:[=<>~!]|IN\b|IS\b)/.test(text) ||
    /\b(?:SELECT|FROM|WHERE|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|DECLARE|FETCH|SHOW|SET|RESET|LOCK|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|EXISTS|UNION)\b/.test(
      text,
    )
  )
}

/** A reference to a function, operator or type. */
export interface SqlName {
  readonly kind: 'function' | 'operator' | 'type'
  readonly name: string
  /** Null if the search path determines the schema. */
  readonly schema: string | null
}

/** Operators and types that the SQL may use. A test verifies that pg_catalog contains them. */
export const systemOperators = ['=', '<>', '<', '<=', '>', '>=', '~', '!~', '||', '+', '-']
export const systemTypes = 'bigint int json name point regclass regnamespace regprocedure text'.split(' ')

/** Keywords that may precede a parenthesis. */
const grammar = new Set(
  `and or not in any all some exists values from join on as using lateral by filter over distinct case when then else end
  select where having union with array row coalesce nullif greatest least is like set recursive materialized if`.split(
    /\s+/,
  ),
)

const operatorMarks = new Set('+-*/<>=~!@#%^&|?`')

/**
 * Returns function calls, operators, and types in casts. Skips names that contain a placeholder.
 *
 * @throws RangeError if a string or a comment in the text is unterminated
 */
export function namesIn(text: string): readonly SqlName[] {
  const tokens = tokensOfSql(text)
  if (tokens === null) throw new RangeError(`a quote or a comment never ends: ${text}`)
  return tokens.flatMap((token, index): readonly SqlName[] => {
    if (token.kind === 'mark' && token.word === '::') return [typeAt(tokens, index + 1)]
    if (token.kind === 'mark') return operatorAt(tokens, index)
    // Also search the body of a PL/pgSQL block.
    if (token.kind === 'string' && text.startsWith('$', token.start)) return namesIn(token.word)
    return functionAt(tokens, index)
  })
}

function functionAt(tokens: readonly SqlToken[], index: number): readonly SqlName[] {
  const token = tokens[index]
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'quoted')) return []
  if (tokens[index + 1]?.word !== '(' || (token.kind === 'word' && grammar.has(token.word))) return []
  // Allow `OPERATOR(pg_catalog.=)`. With another schema, report it like an unknown function.
  const qualified = token.word === 'operator' && tokens[index + 2]?.word === 'pg_catalog'
  if (qualified && tokens[index + 3]?.word === '.') return []
  // A list of column names, as in `INSERT INTO x (y)`, isn't a function call.
  if (tokens[index - 1]?.word === 'into' || isAlias(tokens, index)) return []
  const dotted = tokens[index - 1]?.word === '.'
  return [{ kind: 'function', name: token.word, schema: dotted ? (tokens[index - 2]?.word ?? null) : null }]
}

/**
 * Returns whether a name is an alias with a column list, as in `unnest(…) WITH ORDINALITY k(number, place)`.
 */
function isAlias(tokens: readonly SqlToken[], index: number): boolean {
  const before = tokens[index - 1]
  return before !== undefined && (before.word === ')' || before.word === 'ordinality')
}

/** Returns the operator at this position. The `*` in `SELECT *` isn't an operator. */
function operatorAt(tokens: readonly SqlToken[], index: number): readonly SqlName[] {
  const isPart = (at: number): boolean => {
    const token = tokens[at]
    return token?.kind === 'mark' && operatorMarks.has(token.word)
  }
  const touches = (at: number): boolean => isPart(at) && tokens[at - 1]?.end === tokens[at]?.start
  if (!isPart(index) || (isPart(index - 1) && touches(index))) return []
  let name = ''
  for (let at = index; at === index || touches(at); at++) name += tokens[at]?.word ?? ''
  const before = tokens[index - 1]?.word ?? ''
  if (name === '*' && ['(', '.', 'select', ','].includes(before)) return []
  return [{ kind: 'operator', name, schema: null }]
}

function typeAt(tokens: readonly SqlToken[], index: number): SqlName {
  const first = tokens[index]?.word ?? ''
  return tokens[index + 1]?.word === '.'
    ? { kind: 'type', name: tokens[index + 2]?.word ?? '', schema: first }
    : { kind: 'type', name: first, schema: null }
}
