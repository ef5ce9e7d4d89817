/** Models statements such as `sa.table('t', …).update().values(a=1)`. */
import type { Span } from '../../core/history/migration-module.ts'
import type { DataStep, ObjectName, PlainValue, RowsWritten } from '../../core/history/operation.ts'
import { type Made, type Term, stringOf } from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import { type ConstructNames, namesOfConstruct } from './construct-names.ts'
import { declaredTable, isReflected, isTable, tableName } from './models.ts'
import { sourcesOf } from './queries/select-sources.ts'

const statements = new Set<string>(['insert', 'update', 'delete'])

/** Evaluates a method call on a table or statement; null for other calls. */
export function rowConstruct(
  owner: Made,
  name: string,
  args: readonly Term[],
  keywords: Made['keywords'],
): Made | null {
  const kind = classOf(owner)
  if (isTable(owner) && statements.has(name)) {
    return { ...owner, path: `sqlalchemy.${name}`, args: [owner, ...args], keywords }
  }
  if (kind === null || !statements.has(kind)) return null
  // The table must come first, followed by the values.
  if (name === 'values') return { ...owner, args: [...owner.args, ...args], keywords }
  const method: Made = { ...owner, path: 'sqlalchemy.construct', method: name, args, keywords }
  return { ...owner, more: [...(owner.more ?? []), method] }
}

/** Returns the step for an executed statement. */
export function rowsOfConstruct(statement: Made, span: Span): DataStep {
  const writes = rowsWritten(statement)
  const names = namesOfConstruct(statement)
  const sources = names.writes === 0 ? sourcesOf(statement) : null
  const values = writes?.statement === 'update' ? untypedValues(statement) : []
  const { tables, calls } = names
  const needs = sources?.named ?? []
  const fills = sources ? [] : filledBy(statement, writes, names)
  const setsAll = writes?.statement === 'update' && !statement.more ? constantsOf(statement, writes) : []
  return {
    kind: 'data',
    ...(writes && { writes }),
    ...(values.length > 0 && { values }),
    ...(needs.length > 0 && { needs }),
    ...(tables && tables.length > 0 && { mentions: tables }),
    ...(tables && consumes(statement) && { columns: [] }),
    ...(sources && !sources.models && !calls && { readOnly: true as const }),
    ...(fills && { fills }),
    ...(setsAll.length > 0 && { setsAll }),
    ...(calls && { mayCall: true as const }),
    span,
  }
}

/** Returns the tables that may get new rows; null if unknown. Not meant for a SELECT. */
function filledBy(
  statement: Made,
  writes: RowsWritten | null,
  names: ConstructNames,
): readonly ObjectName[] | null {
  // If the statement has several INSERT, UPDATE or DELETE parts, any of them may be an INSERT.
  if (names.writes !== 1) return null
  if (writes) return writes.statement === 'insert' ? [writes.table] : []
  const kind = classOf(statement) ?? ''
  return kind === 'insert' ? names.tables : /^(?:update|delete)$/.test(kind) ? [] : null
}

/** Returns the numbers and booleans assigned to untyped columns. SQLAlchemy sends such values unchanged. */
function untypedValues({ args: [table, ...values], keywords }: Made): readonly PlainValue[] {
  const parts = table?.kind === 'made' && classOf(table) === 'table' ? table.args.slice(1) : []
  const untyped = parts.flatMap((part) =>
    part.kind === 'made' && part.args.length === 1 && part.keywords.size === 0
      ? (stringOf(part.args[0]) ?? [])
      : [],
  )
  return valuesGiven(values, keywords).flatMap(({ name, value }) =>
    untyped.includes(name) && (value.kind === 'int' || value.kind === 'bool')
      ? [{ column: name, use: 'assigned', value: value.kind === 'int' ? 'number' : 'boolean' }]
      : [],
  )
}

function valuesGiven(
  values: readonly Term[],
  keywords: Made['keywords'],
): readonly { readonly name: string; readonly value: Term }[] {
  const entries = values.flatMap((value) => (value.kind === 'dict' ? [...value.entries.values()] : []))
  return [
    ...[...keywords].map(([name, value]) => ({ name, value })),
    ...entries.map(({ key, value }) => ({ name: stringOf(key) ?? '', value })),
  ]
}

/** Returns the columns that the statement sets to constants other than None. */
function constantsOf({ args: [, ...values], keywords }: Made, { columns }: RowsWritten): readonly string[] {
  const constants = valuesGiven(values, keywords).filter(({ value }) => /^(?:int|bool|str)$/.test(value.kind))
  return constants.map(({ name }) => name).filter((name) => columns.includes(name))
}

function rowsWritten(made: Made): RowsWritten | null {
  const kind = classOf(made)
  const [table, ...values] = made.args
  if (made.method === 'update' || made.method === 'delete') return writtenByQuery(made, made.method)
  if (kind !== 'insert' && kind !== 'update' && kind !== 'delete') return null
  if (table?.kind !== 'made' || !isTable(table)) return null
  const named = tableName(table)
  // Give up: a table in an unknown schema may exist, and a missing reflected table raises a different error.
  if (named === null || isReflected(table)) return null
  // In `sa.Table`, a column's key may differ from its name.
  const keys = [...made.keywords.keys()].filter((keyword) => keyword !== '**')
  const columns = classOf(table) === 'table' ? [...namesIn(values), ...keys] : []
  return { statement: kind, table: named, columns: kind === 'delete' ? [] : columns }
}

/** Returns the table that `session.query(Model).filter(…).delete()` writes to; null if other tables may be used. */
function writtenByQuery({ args: [query] }: Made, statement: 'update' | 'delete'): RowsWritten | null {
  const [table, ...others] = (query?.kind === 'made' && sourcesOf(query)?.named) || []
  return table && others.length === 0 ? { statement, table, columns: [] } : null
}

/** False if a value may be for a column that the table doesn't declare, which SQLAlchemy rejects. */
function consumes({ args: [table, ...values], keywords }: Made): boolean {
  const declared = table && isTable(table) ? declaredTable(table) : null
  if (table?.kind !== 'made' || !declared) return true
  const keys = table.args.flatMap((part) =>
    part.kind === 'made' ? (stringOf(part.keywords.get('key')) ?? []) : [],
  )
  const names = [...namesIn(values), ...keywords.keys()]
  return names.every((name) => declared.columns.includes(name) || keys.includes(name) || name === '**')
}

/** Returns the column names in dictionaries of values. */
function namesIn(values: readonly Term[]): readonly string[] {
  return values.flatMap((value) =>
    value.kind === 'dict' && !value.spoiled
      ? [...value.entries.keys()].flatMap((key) => (key.startsWith('str:') ? [key.slice('str:'.length)] : []))
      : [],
  )
}
