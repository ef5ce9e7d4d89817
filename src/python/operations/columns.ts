/**
 * Converts `sa.Column(…)` and constraints to core's types. Each function returns null if an essential part is unknown.
 */
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import { quoteIdentifier, quoteText } from '../../core/text/sql-quoting.ts'
import { keyOptionsOf } from '../../core/history/merged-keys.ts'
import type { Column, Constraint, Index, ObjectName, ServerDefault } from '../../core/history/operation.ts'
import { typeFacts, type EnumType } from './column-types.ts'
import { indexedColumn, isNullDefault } from './sql/tables.ts'
import { tokensOfSql } from './sql/tokens.ts'
import { flagOf, itemsOfTerm, stringOf, stringsOf, type Made, type Term } from '../interpreter/values.ts'

/** A column and everything created with it. */
export interface ColumnFacts {
  readonly column: Column
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly enum: EnumType | null
  /** True if SQLAlchemy may make the column SERIAL on PostgreSQL. */
  readonly counts: boolean
  /** Whether a package adds a spatial index on the column. */
  readonly spatialIndex: boolean
}

/** Returns a name given as a string or as `op.f('…')`; null if unknown. `exact` is true for `op.f`. */
export function givenName(term: Term | undefined): { name: string | null; exact: boolean } | null {
  if (term === undefined || term.kind === 'none') return { name: null, exact: false }
  if (term.kind === 'str') return { name: term.value, exact: false }
  if (term.kind === 'made' && term.path === 'alembic.op.f') {
    const name = stringOf(term.args[0] ?? term.keywords.get('name'))
    return name === null ? null : { name, exact: true }
  }
  return null
}

/** The SQLAlchemy class that created the term, such as `Column`; null for other terms. */
export function classOf(term: Term): string | null {
  if (term.kind !== 'made' || !/^(?:sqlalchemy|sqlmodel)\./.test(term.path)) return null
  return term.path.slice(term.path.lastIndexOf('.') + 1)
}

/** Converts each shared term only once. */
function onceIfShared<T>(convert: (made: Made) => T | null): (made: Made) => T | null {
  const converted = new WeakMap<Made, { readonly result: T | null }>()
  return (made) => {
    if (!made.shared) return convert(made)
    const known = converted.get(made)
    if (known) return known.result
    const result = convert(made)
    converted.set(made, { result })
    return result
  }
}

/** Converts a column; null if its name or an index name is unknown. */
export const columnOf = onceIfShared(readColumn)

function readColumn(made: Made): ColumnFacts | null {
  const positional = [...made.args]
  const named = positional[0]?.kind === 'str' ? positional.shift() : made.keywords.get('name')
  const name = stringOf(named)
  if (name === null) return null
  const first = positional[0]
  const isType = first !== undefined && !columnParts.has(classOf(first) ?? '')
  const typeTerm = isType ? positional.shift() : (made.keywords.get('type_') ?? made.keywords.get('type'))
  const facts =
    typeTerm === undefined ? null : typeFacts(typeTerm, typeTerm.kind === 'made' ? typeTerm.source : '')
  const constraints: Constraint[] = []
  let serverDefault = defaultOf(made.keywords.get('server_default'))
  let identity: Column['identity']
  let generated: Column['generated']
  let expression: string | null = null
  for (const part of positional) {
    const kind = classOf(part)
    if (part.kind !== 'made' || kind === null) return null
    if (kind === 'ForeignKey') {
      const key = foreignKeyOf(part, name)
      if (key === null) return null
      constraints.push(key)
    } else if (kind === 'Identity' || kind === 'Computed') {
      // The catalog lists computed expressions as defaults, but not identities.
      if (kind === 'Computed') {
        serverDefault = { kind: 'present', text: null }
        expression = conditionOf(part.args[0] ?? part.keywords.get('sqltext'))
        const persisted = part.keywords.get('persisted') ?? part.args[1]
        const isStored = persisted?.kind === 'bool' ? persisted.value : null
        generated = isStored === null ? 'unknown' : isStored ? 'stored' : 'virtual'
      }
      if (kind === 'Identity') {
        const always = flagOf(part.keywords.get('always') ?? part.args[0], false)
        identity = always === false ? 'by default' : 'always'
      }
    } else if (kind === 'FetchedValue' || kind === 'DefaultClause') {
      serverDefault = { kind: 'present', text: null }
    } else if (kind === 'CheckConstraint') {
      const check = constraintOf(part)
      if (check === null) return null
      constraints.push(check)
    } else if (!['Sequence', 'ColumnDefault'].includes(kind)) return null
  }
  const primaryKey = flagOf(made.keywords.get('primary_key'), false)
  const unique = flagOf(made.keywords.get('unique'), false)
  const indexed = flagOf(made.keywords.get('index'), false)
  if (primaryKey === null || unique === null || indexed === null) return null
  const unnamed = { name: null, exact: false }
  if (primaryKey) constraints.push({ kind: 'primaryKey', columns: [name], ...unnamed })
  if (unique && !indexed) constraints.push({ kind: 'unique', columns: [name], ...unnamed })
  const given = made.keywords.get('nullable')
  // With `sqlite_on_conflict_not_null`, SQLite may skip rows or use another value instead of raising an error.
  const isLenient = made.keywords.has('sqlite_on_conflict_not_null') || (identity && given === undefined)
  const nullable = isLenient ? null : primaryKey || facts?.required ? false : flagOf(given, true)
  const type = facts?.type ?? { source: '', postgres: null, sqlite: null, enum: null }
  return {
    column: {
      name,
      type,
      nullable,
      serverDefault,
      primaryKey,
      ...(identity && { identity }),
      ...(generated && { generated }),
      ...(expression !== null && { expression }),
    },
    constraints,
    indexes: indexed ? [{ columns: [name], unique, concurrently: false, ...unnamed }] : [],
    enum: facts?.enum ?? null,
    spatialIndex: facts?.spatialIndex === true,
    counts: serverDefault.kind === 'none' && !identity && mayCount(made, type.postgres),
  }
}

/** Whether SQLAlchemy may make the column SERIAL (`_autoincrement_column`). */
function mayCount({ args, keywords }: Made, type: string | null): boolean {
  const asked = keywords.get('autoincrement')
  const isAsked = asked === undefined || stringOf(asked) === 'auto' || flagOf(asked, true) === true
  const isPlain =
    !keywords.has('default') &&
    !keywords.has('**') &&
    !args.some((part) => /^(?:Sequence|ColumnDefault|ForeignKey)$/.test(classOf(part) ?? ''))
  return isAsked && isPlain && /^(?:smallint|integer|bigint)$/.test(type ?? '')
}

const columnParts = new Set(['ForeignKey', 'Identity', 'Computed', 'FetchedValue', 'DefaultClause', 'CheckConstraint', 'Sequence', 'ColumnDefault']) // prettier-ignore

/** Converts `server_default=`. Strings become literals; `sa.text` is used as SQL. */
export function defaultOf(term: Term | undefined): ServerDefault {
  if (term === undefined || term.kind === 'none') return { kind: 'none' }
  if (term.kind === 'str') return { kind: 'present', text: quoteText(term.value) }
  if (term.kind === 'made' && classOf(term) === 'text') {
    const text = stringOf(term.args[0] ?? term.keywords.get('text'))
    return text !== null && isNullDefault(text) ? { kind: 'none' } : { kind: 'present', text }
  }
  if (term.kind === 'made') return { kind: 'present', text: constructText(term) }
  if (term.kind === 'template') return { kind: 'present', text: null }
  // The argument may be `False` (no default) or known only at run time.
  return { kind: 'unknown' }
}

/** Returns the SQL of expressions such as `sa.func.now()`; null for other expressions. */
function constructText(made: Made): string | null {
  const name = classOf(made)
  if (name === null || made.args.length > 0) return null
  if (/\.func\.\w+$/.test(made.path)) return bareFunctions.test(name) ? name : `${name}()`
  return name === 'true' || name === 'false' ? name : null
}

/** Functions that SQLAlchemy renders without parentheses (AnsiFunction). */
const bareFunctions =
  /^(?:current_(?:date|time|timestamp|user)|localtime|localtimestamp|session_user|user|sysdate)$/i

/** Converts a single-column foreign key such as `sa.ForeignKey('users.id')`. */
function foreignKeyOf(made: Made, column: string): Constraint | null {
  const target = targetOf(made.args[0] ?? made.keywords.get('column'))
  const named = givenName(made.keywords.get('name'))
  if (target === null || named === null || isLeftOut(made)) return null
  return {
    kind: 'foreignKey',
    columns: [column],
    target: target.table,
    targetColumns: target.column === null ? [] : [target.column],
    ...named,
  }
}

/** CREATE TABLE omits foreign keys with `use_alter`, and Alembic never adds them later. */
function isLeftOut(made: Made): boolean {
  return flagOf(made.keywords.get('use_alter'), false) !== false
}

function targetOf(term: Term | undefined): { table: ObjectName; column: string | null } | null {
  const parts = stringOf(term)?.split('.')
  if (parts === undefined || parts.length > 3) return null
  if (parts.length === 1) return { table: { schema: null, name: parts[0] ?? '' }, column: null }
  const column = parts.at(-1) ?? ''
  return { table: { schema: parts.length === 3 ? (parts[0] ?? '') : null, name: parts.at(-2) ?? '' }, column }
}

/**
 * Whether CREATE TABLE omits the foreign key; null if unknown. SQLAlchemy omits `use_alter` keys if the database allows
 * adding them later.
 */
export function isOmitted(made: Made, dialect: DialectName | null): boolean | null {
  if (classOf(made) !== 'ForeignKeyConstraint' || !made.keywords.has('use_alter')) return false
  const asked = flagOf(made.keywords.get('use_alter'), false)
  return asked === false ? false : asked === null || dialect === null ? null : dialect === 'postgresql'
}

/** Converts a table constraint. Null for anything else, or if the constraint's definition is unknown. */
export const constraintOf = onceIfShared(readConstraint)

function readConstraint(made: Made): Constraint | null {
  const named = givenName(made.keywords.get('name'))
  if (named === null) return null
  switch (classOf(made)) {
    case 'PrimaryKeyConstraint':
    case 'UniqueConstraint': {
      const columns = columnNames(made.args)
      const kind = classOf(made) === 'UniqueConstraint' ? 'unique' : 'primaryKey'
      return columns === null ? null : { kind, columns, ...keyOptions(made.keywords), ...named }
    }
    case 'ForeignKeyConstraint': {
      const columns = stringsOf(made.args[0] ?? made.keywords.get('columns'))
      const targets = stringsOf(made.args[1] ?? made.keywords.get('refcolumns'))
      const third = made.args[2] === undefined ? named : givenName(made.args[2])
      const parsed = targets?.map((target) => targetOf({ kind: 'str', value: target })) ?? []
      const [first] = parsed
      if (columns === null || first === undefined || first === null || third === null) return null
      const targetColumns = parsed.flatMap((target) => target?.column ?? [])
      return { kind: 'foreignKey', columns, target: first.table, targetColumns, ...third }
    }
    case 'CheckConstraint': {
      const second = made.args[1] === undefined ? named : givenName(made.args[1])
      return second === null ? null : { kind: 'check', text: conditionOf(made.args[0]), ...second }
    }
    case 'ExcludeConstraint':
      return { kind: 'exclude', ...named }
    default:
      return null
  }
}

/** Returns the options that make a PostgreSQL key differ from other keys on the same columns. */
export function keyOptions(keywords: ReadonlyMap<string, Term>): { readonly options?: string | null } {
  const nullsNotDistinct = flagOf(keywords.get('postgresql_nulls_not_distinct'), false)
  const deferrable = flagOf(keywords.get('deferrable'), false)
  const initially = keywords.get('initially')
  const included = keywords.get('postgresql_include')
  const listed = included === undefined || included.kind === 'none' ? [] : stringsOf(included)
  const first = initially === undefined || initially.kind === 'none' ? '' : stringOf(initially)
  const isUnknown = nullsNotDistinct === null || deferrable === null || listed === null || first === null
  if (isUnknown || keywords.has('**')) return { options: null }
  const deferred = /^deferred$/i.test(first)
  return keyOptionsOf({ nullsNotDistinct, included: listed, deferrable: deferrable || deferred, deferred })
}

/** Returns a check constraint's SQL, given as a string or `sa.text`. */
export function conditionOf(term: Term | undefined): string | null {
  if (term?.kind === 'made' && classOf(term) === 'text') return stringOf(term.args[0])
  return stringOf(term)
}

/** Returns column names passed separately or in lists. */
function columnNames(args: readonly Term[]): readonly string[] | null {
  const flat = args.flatMap((arg) => (arg.kind === 'items' ? (itemsOfTerm(arg) ?? [arg]) : [arg]))
  const found = flat.flatMap((arg) => stringOf(arg) ?? [])
  return found.length === flat.length ? found : null
}

/** An index element. `column` is null for an expression; `text` is null if the SQL is unknown. */
export interface IndexPart {
  readonly column: string | null
  readonly text: string | null
}

/** Returns an index's elements; null if unknown. */
export function indexParts(term: Term | undefined): readonly IndexPart[] | null {
  if (term === undefined) return null
  const items = term.kind === 'str' ? [term] : itemsOfTerm(term)
  const parts = items?.map(indexPart) ?? null
  return parts === null || parts.includes(null) ? null : parts.flatMap((part) => part ?? [])
}

function indexPart(item: Term): IndexPart | null {
  if (item.kind !== 'made') {
    const column = stringOf(item)
    return column === null ? null : { column, text: quoteIdentifier(column) }
  }
  const kind = classOf(item) ?? ''
  const [given] = item.args
  if (/^(?:asc|desc)$/.test(kind) && given) {
    const sorted = given.kind === 'str' ? { column: given.value, text: given.value } : indexPart(given)
    return sorted?.text == null ? { column: null, text: null } : { ...sorted, text: `${sorted.text} ${kind}` }
  }
  const text = /^(?:text|literal_column|column)$/.test(kind) ? stringOf(given) : null
  if (text === null) return { column: null, text: null }
  if (kind === 'column') return { column: text, text: quoteIdentifier(text) }
  const tokens = tokensOfSql(text)
  return { column: tokens && indexedColumn(tokens), text }
}

/** Returns an index's columns, with null for expressions. Null if the whole list is unknown. */
export function indexColumns(term: Term | undefined): readonly (string | null)[] | null {
  return indexParts(term)?.map(({ column }) => column) ?? null
}
