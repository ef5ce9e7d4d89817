/** Resolves the tables and columns used in data statements. */
import type { SqlName } from '../../sql/row-statement.ts'
import { type StatementFailure } from '../database-error.ts'
import { missingColumnFailure } from '../preconditions.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  findType,
  isPlainName,
  keyOf,
} from '../simulated-schema.ts'
import { type Value, familyOf, typed, unknownValue, withoutLength } from './value-types.ts'

/** A table, subquery or function in a FROM clause. */
export interface SourceInScope {
  /** The alias or the table's name; null if the source has neither. */
  readonly name: string | null
  readonly columns: ReadonlyMap<string, Value>
  /** True if the source may have more columns. */
  readonly open: boolean
  /** Columns that the table may lack; undefined if there are none. */
  readonly perhaps?: ReadonlySet<string>
  /** The source's table; null if unknown, or if the source isn't a table. */
  readonly table: SimulatedTable | null
  /** The table's schema; undefined if the source has an alias. */
  readonly schema?: string
  /** Type of a function's only result column; undefined for other sources. */
  readonly single?: Value
}

/** Names that an expression can use. */
export interface Scope {
  readonly sources: SourceInScope[]
  /** Columns in JOIN … USING, which aren't ambiguous. */
  readonly merged: Set<string>
  /** The scope of the enclosing query; null if there is none. */
  readonly outer: Scope | null
  /** CTEs by name. A CTE hides tables with the same name. */
  readonly named: ReadonlyMap<string, SourceInScope>
}

/** Results of checking one statement. */
export interface Findings {
  readonly world: SimulatedSchema
  /** True if PostgreSQL may reject the statement for reasons unrelated to rows. */
  unsure: boolean
  /** Why PostgreSQL definitely rejects the statement; null if no reason is known. */
  failure: StatementFailure | null
}

export function newScope(outer: Scope | null, named: Scope['named']): Scope {
  return { sources: [], merged: new Set(), outer, named }
}

/** Records that part of the statement can't be checked. */
export function doubt(findings: Findings): Value {
  findings.unsure = true
  return unknownValue
}

/** Returns the source for a table, view or CTE. */
export function sourceOfTable(
  findings: Findings,
  name: SqlName,
  alias: string | null,
  named: Scope['named'],
): SourceInScope {
  const query = name.schema === null ? named.get(name.name) : undefined
  if (query) return { ...query, name: alias ?? name.name }
  const { world } = findings
  const { value, name: full } = findRelation(world, name)
  const table = value?.kind === 'table' ? value.table : null
  const isKnown = table?.columnsSure === true
  if (!isKnown) doubt(findings)
  const columns = new Map<string, Value>()
  const schema = alias === null && full.schema !== null ? { schema: full.schema } : {}
  const perhaps = new Set<string>()
  for (const [key, column] of table?.columns ?? []) {
    columns.set(key, typeOfColumn(world, column))
    if (column.perhaps) perhaps.add(key)
  }
  const doubtful = perhaps.size > 0 && { perhaps }
  return { name: alias ?? name.name, columns, open: !isKnown, table, ...schema, ...doubtful }
}

/** Returns the type of a column. */
export function typeOfColumn(world: SimulatedSchema, column: SimulatedColumn): Value {
  if (column.enum) return typed(`enum:${keyOf(world, findType(world, column.enum).name)}`)
  if (column.type === null || column.userType) {
    if (!column.isEnum) return unknownValue
  }
  const builtIn = column.isEnum ? null : withoutLength(column.type ?? '')
  if (builtIn !== null && familyOf(builtIn) !== null) return typed(builtIn)
  const name = /^(?:([a-z_]\w*)\.)?"?([A-Za-z_]\w*)"?$/.exec(column.type ?? '')
  if (!name) return unknownValue
  return enumNamed(world, { schema: name[1] ?? null, name: name[2] ?? '' }) ?? unknownValue
}

/** Returns an enum's type; null unless the enum definitely exists with known labels. */
export function enumNamed(world: SimulatedSchema, name: SqlName): Value | null {
  const { presence, value, name: full } = findType(world, name)
  return presence === 'present' && value?.values ? typed(`enum:${keyOf(world, full)}`) : null
}

/** Returns a type's labels; null if unknown, or if the type isn't an enum. */
export function labelsIn(world: SimulatedSchema, type: string): ReadonlySet<string> | null {
  return world.types.get(type.slice('enum:'.length))?.values ?? null
}

/** Returns the type of a column, or records a failure if it doesn't exist. */
export function resolveColumn(
  findings: Findings,
  scope: Scope,
  qualifier: SqlName | null,
  name: string,
): Value {
  if (!isPlainName(findings.world, name)) return doubt(findings)
  for (let inner: Scope | null = scope; inner; inner = inner.outer) {
    const found =
      qualifier === null ? unqualified(findings, inner, name) : qualified(findings, inner, qualifier, name)
    if (found) return found
  }
  if (qualifier !== null) return doubt(findings)
  return missing(findings, scope, name)
}

function unqualified(findings: Findings, { sources, merged }: Scope, name: string): Value | null {
  const having = sources.filter(({ columns }) => columns.has(name))
  const [first] = having
  if (having.some(({ perhaps }) => perhaps?.has(name))) return doubt(findings)
  if (sources.some(({ open }) => open) || (having.length > 1 && !merged.has(name))) return doubt(findings)
  if (first) return first.columns.get(name) ?? unknownValue
  const [only, ...more] = sources
  if (findings.world.dialect.systemColumns.has(name))
    return more.length > 0 ? unknownValue : systemColumn(only, name)
  // A source's name can stand for a whole row.
  const whole = sources.find((one) => one.name === name)
  return whole ? (whole.single ?? unknownValue) : null
}

/** Views and subqueries have no system columns. */
function systemColumn(source: SourceInScope | undefined, name: string): Value {
  return name === 'ctid' && source?.table ? typed('tid') : unknownValue
}

function qualified(findings: Findings, scope: Scope, qualifier: SqlName, name: string): Value | null {
  const named = scope.sources.filter(
    (one) => one.name === qualifier.name && (qualifier.schema === null || one.schema === qualifier.schema),
  )
  const [source] = named
  if (!source) return null
  if (named.length > 1) return doubt(findings)
  const column = source.columns.get(name)
  if (column) return source.perhaps?.has(name) ? doubt(findings) : column
  if (findings.world.dialect.systemColumns.has(name)) return systemColumn(source, name)
  // `table.function` calls a function on a whole row.
  return source.open || source.single ? doubt(findings) : missing(findings, scope, name)
}

function missing(findings: Findings, scope: Scope, name: string): Value {
  let table: SourceInScope | undefined
  for (let inner: Scope | null = scope; inner && !table; inner = inner.outer) {
    if (inner.sources.some(({ open }) => open)) return doubt(findings)
    table = inner.sources.find((one) => one.table)
  }
  if (!table) return doubt(findings)
  const failure = missingColumnFailure(findings.world, table.name ?? '', name, 'alter')
  if (failure === null || failure === 'unsure') return doubt(findings)
  findings.failure ??= { ...failure, messageUncertain: true }
  return doubt(findings)
}
