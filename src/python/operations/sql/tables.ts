/** Parses the columns and constraints of CREATE TABLE and ADD. Returns null for unsupported syntax. */
import { hole } from '../../interpreter/values.ts'
import { keyOptionsOf } from '../../../core/history/merged-keys.ts'
import type {
  Column,
  ColumnType,
  Constraint,
  ObjectName,
  ServerDefault,
} from '../../../core/history/operation.ts'
import { shortened } from '../../source/excerpt.ts'
import {
  accept,
  atEnd,
  bracketed,
  commaParts,
  cursorOf,
  identifier,
  readObjectName,
  peek,
  textOfTokens,
  type Cursor,
  type SqlToken,
} from './tokens.ts'

/** A column and its column constraints. */
export interface ColumnClause {
  readonly column: Column
  readonly constraints: readonly Constraint[]
}

/** Maps alternative type names to the usual ones, such as `int4` to `integer`. */
const sameTypes: Readonly<Record<string, string>> = {
  int: 'integer',
  int4: 'integer',
  integer: 'integer',
  serial: 'integer',
  serial4: 'integer',
  int8: 'bigint',
  bigint: 'bigint',
  bigserial: 'bigint',
  serial8: 'bigint',
  int2: 'smallint',
  smallint: 'smallint',
  smallserial: 'smallint',
  varchar: 'character varying',
  'character varying': 'character varying',
  char: 'character',
  character: 'character',
  bpchar: 'character',
  text: 'text',
  bool: 'boolean',
  boolean: 'boolean',
  float: 'double precision',
  float8: 'double precision',
  'double precision': 'double precision',
  float4: 'real',
  real: 'real',
  decimal: 'numeric',
  numeric: 'numeric',
  timestamptz: 'timestamp with time zone',
  timetz: 'time with time zone',
}

const behindType = new Set([
  'not', 'null', 'default', 'primary', 'unique', 'references', 'check', 'constraint', 'collate', 'generated',
  'using', 'as', 'autoincrement', 'deferrable', 'initially', 'on',
]) // prettier-ignore

/** Reads the type at the cursor; null if there is none. */
export function sqlType(cursor: Cursor): ColumnType | null {
  const start = cursor.at
  const words: string[] = []
  let plain = true
  while (!atEnd(cursor)) {
    const token = cursor.tokens[cursor.at]
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'quoted')) break
    if (token.kind === 'word' && behindType.has(token.word)) break
    const zone = words.length > 0 && ['with', 'without'].includes(token.word)
    const more = `${words.join(' ')} ${token.word}` in sameTypes || words.length === 0 || zone
    if (!more) break
    if (zone) break
    if (token.kind === 'quoted') plain = false
    words.push(token.word)
    cursor.at++
    if (accept(cursor, '.')) {
      const inner = identifier(cursor)
      if (inner === null) return null
      words.splice(0, words.length, `${token.word}.${inner}`)
      break
    }
  }
  if (words.length === 0) return null
  const sized = bracketed(cursor)
  const zone = accept(cursor, 'with', 'time', 'zone')
    ? ' with time zone'
    : accept(cursor, 'without', 'time', 'zone')
      ? ' without time zone'
      : ''
  const written = textOfTokens(cursor.tokens.slice(start, cursor.at), cursor.text)
  let dimensions = accept(cursor, 'array')
  while (accept(cursor, '[')) {
    if (!peek(cursor, ']')) cursor.at++
    if (!accept(cursor, ']')) return null
    dimensions = true
  }
  const name = words.join(' ')
  if (dimensions && name.endsWith('serial')) return null
  const base = postgresType(name, sized, zone, plain)
  return {
    source: shortened(textOfTokens(cursor.tokens.slice(start, cursor.at), cursor.text)),
    postgres: base === null ? null : dimensions ? `${base}[]` : base,
    sqlite: dimensions ? null : written,
    enum: null,
    ...(builtIn.test(name) ? {} : { needs: typeNamed(words) }),
  }
}

/** Types that exist in every PostgreSQL database. */
const builtIn =
  /^(?:pg_catalog\..*|information_schema\..*|(?:big|small)?serial\d?|(?:big|small)?int(?:eger)?|int[248]|float[48]?|double precision|real|decimal|numeric|money|bool(?:ean)?|char(?:acter)?(?: varying)?|varchar|bpchar|text|name|national.*|n?char|bytea|bit(?: varying)?|varbit|date|time(?:stamp)?(?:tz)?|interval|uuid|xml|jsonb?|jsonpath|inet|cidr|macaddr8?|point|line|lseg|box|path|polygon|circle|ts(?:vector|query)|(?:int[48]|num|date|ts|tstz)(?:multi)?range|oid|oidvector|int2vector|x?id8?|[ct]id|reg\w+|pg_lsn|pg_snapshot|txid_snapshot|refcursor|any\w*|record|void)$/

/** Joins the words of a type's name, and splits off its schema. */
function typeNamed(words: readonly string[]): ObjectName {
  const name = words.join(' ')
  const dot = name.indexOf('.')
  return dot < 0 ? { schema: null, name } : { schema: name.slice(0, dot), name: name.slice(dot + 1) }
}

function postgresType(
  name: string,
  sized: readonly SqlToken[] | null,
  zone: string,
  plain: boolean,
): string | null {
  const size = sized?.map((token) => token.word).join('') ?? ''
  if (sized !== null && !/^\d+(?:,-?\d+)?$/.test(size)) return null
  if (name === 'timestamp' || name === 'time') {
    return `${name}${size === '' ? '' : `(${size})`}${zone === '' ? ' without time zone' : zone}`
  }
  // Quoted type names differ from keywords: `"char"` isn't `char`.
  const known = plain ? sameTypes[name] : undefined
  if (!plain && name in sameTypes) return null
  if (known === undefined) return sized === null && (plain || /^[a-z_]\w*$/.test(name)) ? name : null
  if (name === 'float' && size !== '') return Number(size) < 25 ? 'real' : known
  if (known === 'character' && size === '') return 'character(1)'
  if (known.endsWith('zone')) return size === '' ? known : known.replace(' ', `(${size}) `)
  if (known === 'numeric' && size !== '' && !size.includes(',')) return `numeric(${size},0)`
  return size === '' ? known : `${known}(${size})`
}

/** PostgreSQL and SQLite treat DEFAULT NULL like no default. */
export function isNullDefault(text: string): boolean {
  return /^\s*null\s*$/i.test(text)
}

/** Parses a column definition from `CREATE TABLE` or `ADD COLUMN`; null for unsupported clauses. */
export function columnClause(tokens: readonly SqlToken[], text: string): ColumnClause | null {
  const cursor = cursorOf(tokens, text)
  const name = identifier(cursor)
  if (name === null) return null
  let type: ColumnType = sqlType(cursor) ?? { source: '', postgres: null, sqlite: '', enum: null }
  const serial = /^(?:small|big)?serial\d?$/i.test(type.source)
  let nullable = !serial
  let serverDefault: ServerDefault = serial ? { kind: 'present', text: null } : { kind: 'none' }
  let primaryKey = false
  let states = false
  let identity: Column['identity']
  let generated: Column['generated']
  let expression: string | null = null
  const constraints: Constraint[] = []
  while (!atEnd(cursor)) {
    const given = accept(cursor, 'constraint') ? identifier(cursor) : null
    const named = { name: given, exact: given !== null }
    const before = nullable
    const isNull = accept(cursor, 'null')
    if (isNull || accept(cursor, 'not', 'null')) {
      nullable = isNull
      // PostgreSQL rejects contradictory clauses.
      if (states && before !== nullable) return null
      states = true
    } else if (accept(cursor, 'default')) {
      const value = defaultText(cursor)
      if (value === null || !isNullDefault(value)) serverDefault = { kind: 'present', text: value }
    } else if (accept(cursor, 'primary', 'key')) {
      primaryKey = true
      if (!accept(cursor, 'asc')) accept(cursor, 'desc')
      accept(cursor, 'autoincrement')
      constraints.push({ kind: 'primaryKey', columns: [name], ...named })
    } else if (accept(cursor, 'unique')) constraints.push({ kind: 'unique', columns: [name], ...named })
    else if (accept(cursor, 'check')) {
      const condition = bracketed(cursor)
      if (condition === null) return null
      constraints.push({ kind: 'check', text: textOfTokens(condition, text), ...named })
    } else if (peek(cursor, 'references')) {
      const key = reference(cursor, [name], named.name)
      if (key === null) return null
      constraints.push(key)
    } else if (accept(cursor, 'collate')) {
      const collation = readObjectName(cursor)
      if (collation === null) return null
      type = { ...type, collation: collation.name }
    } else if (accept(cursor, 'generated')) {
      const always = accept(cursor, 'always')
      if (!always) accept(cursor, 'by', 'default')
      if (!accept(cursor, 'as') || serverDefault.kind !== 'none') return null
      if (accept(cursor, 'identity')) {
        nullable = false
        identity = always ? 'always' : 'by default'
      } else serverDefault = { kind: 'present', text: null }
      const computed = bracketed(cursor)
      if (!identity) {
        if (computed !== null) expression = textOfTokens(computed, text)
        generated = accept(cursor, 'stored') ? 'stored' : accept(cursor, 'virtual') ? 'virtual' : 'unknown'
      }
    } else return null
  }
  if (primaryKey) nullable = false
  const column = {
    name,
    type,
    nullable,
    serverDefault,
    primaryKey,
    ...(identity && { identity }),
    ...(generated && { generated }),
    ...(expression !== null && { expression }),
    ...(serial && { serial: true as const }),
  }
  return { column, constraints }
}

const endsExpression = new Set(['not', 'null', 'primary', 'unique', 'references', 'check', 'constraint', 'generated', 'collate']) // prettier-ignore

/** Reads a default expression as written, up to the next clause. */
function defaultText(cursor: Cursor): string {
  const start = cursor.at
  while (!atEnd(cursor)) {
    const token = cursor.tokens[cursor.at]
    const first = cursor.at === start
    if (!first && token?.kind === 'word' && endsExpression.has(token.word)) break
    if (bracketed(cursor) === null) cursor.at++
  }
  return textOfTokens(cursor.tokens.slice(start, cursor.at), cursor.text)
}

function reference(cursor: Cursor, columns: readonly string[], name: string | null): Constraint | null {
  if (!accept(cursor, 'references')) return null
  const target: ObjectName | null = readObjectName(cursor)
  if (target === null) return null
  const listed = bracketed(cursor)
  const targetColumns = listed === null ? [] : names(listed)
  if (targetColumns === null) return null
  let anyAction = false
  for (let more = true; more;) {
    more =
      ['match', 'initially'].some((word) => accept(cursor, word) && identifier(cursor) !== null) ||
      accept(cursor, 'deferrable') ||
      accept(cursor, 'not', 'deferrable')
    if (accept(cursor, 'on', 'delete') || accept(cursor, 'on', 'update')) {
      const action = [['no', 'action'], ['set', 'null'], ['set', 'default'], ['cascade'], ['restrict']]
      if (isUnknown(cursor.tokens[cursor.at])) {
        anyAction = true
        cursor.at++
      } else if (!action.some((words) => accept(cursor, ...words))) return null
      more = true
    }
  }
  const key: Constraint = { kind: 'foreignKey', name, exact: name !== null, columns, target, targetColumns }
  return anyAction ? { ...key, anyAction } : key
}

function isUnknown(token: SqlToken | undefined): boolean {
  return token?.kind === 'hole' && token.word === hole
}

/** Returns the plain names in a list; null if it contains anything else. */
function names(tokens: readonly SqlToken[]): readonly string[] | null {
  const found: string[] = []
  for (const [token, ...more] of commaParts(tokens)) {
    if (token === undefined || more.length > 0) return null
    if (token.kind !== 'word' && token.kind !== 'quoted') return null
    found.push(token.word)
  }
  return found
}

/** Parses a table constraint such as `CONSTRAINT name PRIMARY KEY (…)`; null for anything else. */
export function tableConstraint(tokens: readonly SqlToken[], text: string): Constraint | null {
  const cursor = cursorOf(tokens, text)
  const given = accept(cursor, 'constraint') ? identifier(cursor) : null
  const named = { name: given, exact: given !== null }
  if (accept(cursor, 'check')) {
    const condition = bracketed(cursor)
    if (condition === null) return null
    return { kind: 'check', text: textOfTokens(condition, text), ...unchecked(tokens), ...named }
  }
  if (accept(cursor, 'exclude')) return { kind: 'exclude', ...named }
  const foreign = accept(cursor, 'foreign', 'key')
  const kind = accept(cursor, 'primary', 'key') ? 'primaryKey' : accept(cursor, 'unique') ? 'unique' : null
  const nullsEqual = kind === 'unique' && accept(cursor, 'nulls', 'not', 'distinct')
  if (kind === 'unique') accept(cursor, 'nulls', 'distinct')
  if (!foreign && kind === null) return null
  const listed = bracketed(cursor)
  const columns = listed === null ? null : names(listed)
  if (columns === null) return null
  if (kind !== null) return { kind, columns, ...keyOptions(cursor, nullsEqual), ...named }
  const key = reference(cursor, columns, given)
  return key === null ? null : { ...key, ...unchecked(tokens) }
}

/** Reads the options after a key's columns, such as INCLUDE and DEFERRABLE. */
function keyOptions(cursor: Cursor, nullsNotDistinct: boolean): { readonly options?: string | null } {
  const included = accept(cursor, 'include') ? names(bracketed(cursor) ?? []) : []
  if (included === null) return { options: null }
  const rest = cursor.tokens.slice(cursor.at).map((token) => token.word)
  const deferred = rest.join(' ').includes('initially deferred')
  const deferrable =
    deferred || rest.some((word, index) => word === 'deferrable' && rest[index - 1] !== 'not')
  return keyOptionsOf({ nullsNotDistinct, included, deferrable, deferred })
}

/** Returns `{ notValid: true }` if the tokens end with `NOT VALID`; an empty object if they don't. */
function unchecked(tokens: readonly SqlToken[]): { readonly notValid?: true } {
  const [before, last] = tokens.slice(-2)
  return before?.word === 'not' && last?.word === 'valid' ? { notValid: true } : {}
}

/** Whether this part of `CREATE TABLE (…)` begins like a table constraint. */
export function isTableConstraint(tokens: readonly SqlToken[]): boolean {
  const [first] = tokens
  return (
    first?.kind === 'word' &&
    ['constraint', 'primary', 'unique', 'check', 'foreign', 'exclude'].includes(first.word)
  )
}

/** Returns an index element's column, as in `a DESC`; null for an expression. */
export function indexedColumn([first, second, third]: readonly SqlToken[]): string | null {
  if (first === undefined || (first.kind !== 'word' && first.kind !== 'quoted')) return null
  if (second === undefined) return first.word
  if (second.kind !== 'word' && second.kind !== 'quoted') return null
  // Operators, as in `a || b`, make the element an expression. So do words such as IS and IN.
  return third === undefined || !['is', 'in', 'and', 'or', 'not', 'between'].includes(second.word)
    ? first.word
    : null
}

/** Whether an index element names an operator class. */
export function namesClass(tokens: readonly SqlToken[]): boolean {
  if (indexedColumn(tokens) === null) return false
  const next = tokens[tokens[1]?.word === 'collate' ? 3 : 1]
  return next !== undefined && (next.kind === 'quoted' || !/^(?:asc|desc|nulls|\.)$/.test(next.word))
}
