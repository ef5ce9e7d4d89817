/**
 * Parses common PostgreSQL and SQLite catalog queries: a SELECT from one catalog that compares columns to strings.
 */
import { type KeyJoin, readSource } from './catalog-joins.ts'
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
  statementsOf,
  tokensOfSql,
} from '../tokens.ts'

/** A string, `current_schema()`, a relation or type such as `'x'::regclass`, or an unknown value. */
export type QueryValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'currentSchema' }
  /** `lenient` is set for `to_regclass`, which returns NULL if the relation is missing. */
  | { readonly kind: 'named'; readonly name: string; readonly lenient?: true }
  | { readonly kind: 'unknown' }

/** Requires `column` to equal one of the values. `column` is null if the condition isn't understood. */
export interface QueryCondition {
  readonly column: string | null
  readonly values: readonly QueryValue[]
}

/** An output column of the query. */
export type QueryItem =
  | { readonly kind: 'column'; readonly column: string; readonly label: string }
  | { readonly kind: 'number'; readonly value: number; readonly label: string | null }
  | { readonly kind: 'unknown'; readonly label: string | null }

/** A SELECT from one catalog, such as `information_schema.columns`. */
export interface CatalogQuery {
  readonly from: string
  /** Key columns joined to `pg_constraint`. */
  readonly keys: readonly KeyJoin[]
  readonly where: readonly QueryCondition[]
  /** Selected columns, or `*` for all. */
  readonly items: readonly QueryItem[] | '*'
  /** Kind of result: rows, `SELECT EXISTS (…)` or `SELECT count(*)`. */
  readonly gives: 'rows' | 'exists' | 'count'
  readonly label: string | null
  /** True if the query has LIMIT or ORDER BY. */
  readonly limited: boolean
}

/** `SELECT to_regclass('x')`, optionally with `IS NULL` or `IS NOT NULL`. */
export interface RelationQuery {
  readonly from: 'to_regclass'
  readonly name: string
  readonly gives: 'name' | 'present' | 'absent'
  readonly label: string | null
}

/** `SELECT current_schema()` */
export interface SchemaQuery {
  readonly gives: 'schema'
  readonly label: string | null
}

/** Query parameters, keyed by name. Null for values other than strings and lists of strings. */
export type QueryParameters = ReadonlyMap<string, string | readonly string[] | null>

/** Parses a catalog query; null for any other text, or if the query is unsupported. */
export function readCatalogQuery(
  sql: string,
  parameters: QueryParameters,
): CatalogQuery | RelationQuery | SchemaQuery | null {
  const tokens = tokensOfSql(sql)
  const [statement, ...more] = tokens === null ? [] : statementsOf(tokens)
  if (statement === undefined || more.length > 0) return null
  const cursor = cursorOf(statement, sql)
  if (accept(cursor, 'pragma')) return pragma(cursor)
  const read = query(cursor, parameters)
  return read !== null && atEnd(cursor) ? read : null
}

function pragma(cursor: Cursor): CatalogQuery | null {
  if (!accept(cursor, 'table_info', '(')) return null
  const token = cursor.tokens[cursor.at]
  if (token === undefined || !['word', 'quoted', 'string'].includes(token.kind)) return null
  cursor.at++
  if (!accept(cursor, ')') || !atEnd(cursor)) return null
  const name = token.kind === 'word' ? cursor.text.slice(token.start, token.end) : token.word
  const where = [{ column: 'table_name', values: [{ kind: 'text' as const, text: name }] }]
  return {
    from: 'pragma_table_info',
    keys: [],
    where,
    items: '*',
    gives: 'rows',
    label: null,
    limited: false,
  }
}

function query(
  cursor: Cursor,
  parameters: QueryParameters,
): CatalogQuery | RelationQuery | SchemaQuery | null {
  if (!accept(cursor, 'select')) return null
  if (accept(cursor, 'current_schema', '(', ')') || accept(cursor, 'current_schema'))
    return { gives: 'schema', label: label(cursor) }
  if (accept(cursor, 'exists')) {
    const inside = bracketed(cursor)
    const inner = inside && select(cursorOf(inside, cursor.text), parameters)
    return inner && { ...inner, gives: 'exists', label: label(cursor) ?? 'exists' }
  }
  if (peek(cursor, 'to_regclass')) return relationQuery(cursor, parameters)
  cursor.at--
  return select(cursor, parameters)
}

function relationQuery(cursor: Cursor, parameters: QueryParameters): RelationQuery | null {
  cursor.at++
  const inside = bracketed(cursor)
  const value = inside && valueOf(inside, parameters)
  if (value?.kind !== 'text') return null
  const gives = accept(cursor, 'is', 'not', 'null')
    ? 'present'
    : accept(cursor, 'is', 'null')
      ? 'absent'
      : 'name'
  if (gives === 'name' && accept(cursor, ':') && identifier(cursor) === null) return null
  if (accept(cursor, '::')) identifier(cursor)
  return { from: 'to_regclass', name: value.text, gives, label: label(cursor) }
}

function label(cursor: Cursor): string | null {
  accept(cursor, 'as')
  return identifier(cursor)
}

function select(cursor: Cursor, parameters: QueryParameters): CatalogQuery | null {
  if (!accept(cursor, 'select')) return null
  accept(cursor, 'distinct')
  const start = cursor.at
  while (!atEnd(cursor) && !peek(cursor, 'from')) if (bracketed(cursor) === null) cursor.at++
  const listed = cursor.tokens.slice(start, cursor.at)
  if (!accept(cursor, 'from')) return null
  const source = readSource(cursor)
  if (source === null) return null
  const { name: from, keys } = source
  const where = accept(cursor, 'where') ? conditions(cursor, parameters, keys) : []
  if (where === null) return null
  const limited = peek(cursor, 'order') || peek(cursor, 'limit') || peek(cursor, 'fetch')
  if (limited) cursor.at = cursor.tokens.length
  if (!atEnd(cursor)) return null
  const isCount = listed
    .map(({ word }) => word)
    .join(' ')
    .match(/^count \( (?:\*|1) \)(?: as)?(?: (\w+))?$/)
  if (isCount) return { from, keys, where, items: '*', gives: 'count', label: isCount[1] ?? 'count', limited }
  const all = listed.length === 1 && listed[0]?.word === '*'
  const items = all ? '*' : commaParts(listed).map((part) => itemOf(part, cursor.text, keys))
  return { from, keys, where, items, gives: 'rows', label: null, limited }
}

/** Splits conditions at AND. Null if there are other operators. */
function conditions(
  cursor: Cursor,
  parameters: QueryParameters,
  keys: readonly KeyJoin[],
): readonly QueryCondition[] | null {
  const parts: SqlToken[][] = [[]]
  while (!atEnd(cursor) && !['order', 'limit', 'fetch', 'group'].some((word) => peek(cursor, word))) {
    const start = cursor.at
    if (accept(cursor, 'or')) return null
    if (accept(cursor, 'and')) parts.push([])
    else {
      if (bracketed(cursor) === null) cursor.at = start + 1
      parts.at(-1)?.push(...cursor.tokens.slice(start, cursor.at))
    }
  }
  if (peek(cursor, 'group')) return null
  return parts.map((part) => condition(part, cursor.text, parameters, keys))
}

function condition(
  part: readonly SqlToken[],
  text: string,
  parameters: QueryParameters,
  keys: readonly KeyJoin[],
): QueryCondition {
  const cursor = cursorOf(part, text)
  const size = sizeOfKey(part)
  if (size !== null) return { column: 'cardinality', values: [{ kind: 'text', text: size }] }
  const column = columnOf(cursor, keys)
  const unclear = { column: null, values: [] }
  if (column === null) return unclear
  if (accept(cursor, '=')) {
    if (/^(?:con|rel|typ)namespace$/.test(column)) {
      const schema = namespaceIn(part.slice(cursor.at))
      return schema === null ? unclear : { column: 'nspname', values: [{ kind: 'text', text: schema }] }
    }
    if (accept(cursor, 'any')) {
      const value = listOf(bracketed(cursor) ?? [], parameters)
      return value !== null && atEnd(cursor) ? { column, values: value } : unclear
    }
    return { column, values: [valueOf(part.slice(cursor.at), parameters)] }
  }
  if (!accept(cursor, 'in')) return unclear
  const whole = peek(cursor, '(') ? null : listOf(part.slice(cursor.at), parameters)
  if (whole !== null) return { column, values: whole }
  const inside = bracketed(cursor)
  if (inside === null || !atEnd(cursor)) return unclear
  return { column, values: commaParts(inside).map((one) => valueOf(one, parameters)) }
}

/** Reads the number in `array_length(c.conkey, 1) = 1` or `cardinality(c.conkey) = 1`. */
function sizeOfKey(part: readonly SqlToken[]): string | null {
  const words = part.map(({ word }) => word).join(' ')
  const form = /^(?:array_length \( (?:\w+ \. )?conkey , 1 \)|cardinality \( (?:\w+ \. )?conkey \)) = (\d+)$/
  return form.exec(words)?.[1] ?? null
}

/** Reads the schema in `'app'::regnamespace` or in a subquery on `pg_namespace`; null for anything else. */
function namespaceIn(tokens: readonly SqlToken[]): string | null {
  const shape = tokens.map(({ kind, word }) => (kind === 'string' ? "'" : word)).join(' ')
  const text = tokens.find(({ kind }) => kind === 'string')?.word ?? null
  const subquery = /^\( select oid from (?:pg_catalog \. )?pg_namespace where nspname = ' \)$/
  return subquery.test(shape) || (shape === "' :: regnamespace" && /^[a-z_][a-z0-9_]*$/.test(text ?? ''))
    ? text
    : null
}

/** Reads `column` or `alias.column`. Keeps the aliases of joined keys, because their columns have the same names. */
function columnOf(cursor: Cursor, keys: readonly KeyJoin[]): string | null {
  const first = identifier(cursor)
  if (first === null) return null
  if (accept(cursor, '.')) {
    const column = identifier(cursor)
    return keys.some(({ alias }) => alias === first) && column !== null ? `${first}.${column}` : column
  }
  const [only, ...others] = keys
  return first === 'attname' && only && others.length === 0 ? `${only.alias}.attname` : first
}

/** Reads a list parameter such as `:names`. */
function listOf(tokens: readonly SqlToken[], parameters: QueryParameters): readonly QueryValue[] | null {
  const [mark, name, ...rest] = tokens
  const given = mark?.word === ':' && name && rest.length === 0 ? parameters.get(name.word) : undefined
  return Array.isArray(given) ? given.map((text: string) => ({ kind: 'text', text })) : null
}

function valueOf(tokens: readonly SqlToken[], parameters: QueryParameters): QueryValue {
  const [first, second] = tokens
  const words = tokens.map(({ word }) => word)
  const unclear = { kind: 'unknown' } as const
  if (first?.kind === 'string' || (first?.word === ':' && second !== undefined)) {
    const isText = first.kind === 'string'
    const given = isText ? first.word : parameters.get(second?.word ?? '')
    const rest = words.slice(isText ? 1 : 2).join(' ')
    if (typeof given !== 'string') return unclear
    if (rest === '' || /^:: (?:text|name|varchar)$/.test(rest)) return { kind: 'text', text: given }
    return /^:: reg(?:class|type)$/.test(rest) ? { kind: 'named', name: given } : unclear
  }
  if (words.join(' ').startsWith('to_regclass (') && words.at(-1) === ')') {
    const inner = valueOf(tokens.slice(2, -1), parameters)
    return inner.kind === 'text' ? { kind: 'named', name: inner.text, lenient: true } : unclear
  }
  if (/^current_schema(?: \( \))?$/.test(words.join(' '))) return { kind: 'currentSchema' }
  if (words.join(' ').startsWith('( select oid from') && words.at(-1) === ')') {
    const inner = select(cursorOf(tokens.slice(1, -1), ''), parameters)
    const [only, ...more] = inner?.where ?? []
    const value = only?.values.length === 1 ? only.values[0] : undefined
    const isType = inner?.from === 'pg_type' && only?.column === 'typname' && more.length === 0
    return isType && value?.kind === 'text'
      ? { kind: 'named', name: `"${value.text.replaceAll('"', '""')}"` }
      : unclear
  }
  return unclear
}

function itemOf(part: readonly SqlToken[], text: string, keys: readonly KeyJoin[]): QueryItem {
  const cursor = cursorOf(part, text)
  const [first] = part
  if (first?.kind === 'number') {
    cursor.at++
    return { kind: 'number', value: Number(first.word), label: label(cursor) }
  }
  const column = columnOf(cursor, keys)
  const isName = accept(cursor, '::', 'regclass')
  accept(cursor, '::', 'text')
  const named = label(cursor)
  if (column !== null && atEnd(cursor)) {
    const own = named ?? column.replace(/^.*\./, '')
    return { kind: 'column', column: isName ? `${column}::regclass` : column, label: own }
  }
  const last = part.at(-1)
  return { kind: 'unknown', label: last?.kind === 'word' ? last.word : null }
}
