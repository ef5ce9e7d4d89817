/** Tracks which columns have a value in every row, and which have none. */
import { extensionOfType } from '../../dialect/extension-contents.ts'
import type { Column, ColumnType, DataStep, ObjectName, RowsWritten } from '../../history/operation.ts'
import type { RowStatement, SqlExpression } from '../../sql/row-statement.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  folded,
} from '../simulated-schema.ts'

/** Matches built-in types. Other types may be domains with their own defaults. */
const plainTypes =
  /^(?:integer|bigint|smallint|numeric|real|double precision|text|boolean|date|json|jsonb|uuid|bytea|inet|cidr|macaddr8?|money|oid|bit|tsvector|(?:int[48]|num|date|ts|tstz)range|interval|character varying|character|timestamp|time)\b/

/** Whether the type is built into PostgreSQL. Other types may be domains with a default. */
export function isPlainType(type: string | null): boolean {
  return type !== null && plainTypes.test(type)
}

/** Whether the type is a base type or an enum. A domain may have its own default. */
export function isBaseType({ enum: named, postgres, needs }: ColumnType): boolean {
  if (named !== null) return true
  if (needs !== undefined) return extensionOfType(needs.name) !== null
  return isPlainType(postgres)
}

/** Whether the column requires a value that existing rows don't get. */
export function lacksValue({ nullable, serverDefault, identity, type }: Column): boolean {
  return nullable === false && serverDefault.kind === 'none' && identity === undefined && isBaseType(type)
}

/** Returns what is known about a new column's values in existing rows. */
export function initialValues(column: Column): Pick<SimulatedColumn, 'empty' | 'filled'> {
  const { serverDefault, identity } = column
  if (lacksValue({ ...column, nullable: false })) return { empty: true }
  const isGiven = serverDefault.kind === 'present' && serverDefault.text !== null
  return identity !== undefined || isGiven ? { filled: true } : {}
}

/** Records which columns a statement fills in all rows, and which are no longer known to be filled or empty. */
export function noteValues(world: SimulatedSchema, step: DataStep): void {
  const { writes, fills, changes = [], readOnly, mayCall, tree, setsAll = [] } = step
  if (readOnly) return
  if (!writes || !fills || mayCall || step.changesAny || reachesOthers(world, [...fills, ...changes], writes))
    return forgetAllValues(world)
  const others = [...fills, ...changes].filter(
    (name) => tableNamed(world, name) !== tableNamed(world, writes.table),
  )
  for (const name of others) forgetValues(tableNamed(world, name), null)
  const table = tableNamed(world, writes.table)
  const filled = table && tree?.kind === 'update' ? filledBy(tree, table) : setsAll
  // A DELETE changes no values.
  if (writes.statement !== 'delete') forgetValues(table, writes)
  for (const name of filled) {
    const column = table?.columns.get(folded(world, name))
    if (!table || !column) continue
    table.columns.set(folded(world, name), { ...column, filled: true })
    world.withKnownValues.add(table)
  }
}

function tableNamed(world: SimulatedSchema, name: ObjectName): SimulatedTable | null {
  return findRelation(world, name).value?.table ?? null
}

/** Whether the statement may run triggers or rules, or a foreign key may change rows that refer to deleted ones. */
function reachesOthers(
  world: SimulatedSchema,
  others: readonly ObjectName[],
  { statement, table: name }: RowsWritten,
): boolean {
  if (!world.triggersSure) return true
  return [name, ...others].some((one) => {
    const table = tableNamed(world, one)
    if (!table) return true
    const isReferred =
      table.referrers !== undefined || table.dependents.some(({ kind }) => kind === 'foreign key')
    return table.runsCode || world.triggered.has(table) || (statement !== 'insert' && isReferred)
  })
}

/** Records that any column may have any value. */
export function forgetAllValues(world: SimulatedSchema): void {
  for (const table of world.withKnownValues) forgetValues(table, null)
  world.withKnownValues.clear()
}

/** `writes` is null if the statement may write to any column. */
function forgetValues(table: SimulatedTable | null, writes: RowsWritten | null): void {
  for (const [key, { filled, empty, ...column }] of table?.columns ?? []) {
    const isListed = writes === null || writes.columns.length === 0 || writes.columns.includes(column.name)
    const staysFilled = filled && !isListed && writes?.statement === 'update'
    const staysEmpty = empty && !isListed
    if ((filled && !staysFilled) || (empty && !staysEmpty))
      table?.columns.set(key, { ...column, ...(staysFilled && { filled }), ...(staysEmpty && { empty }) })
  }
}

/** Returns the columns that the UPDATE fills in all rows, or in all rows in which they're NULL. */
function filledBy(
  { set, from, where, with: queries }: Extract<RowStatement, { kind: 'update' }>,
  table: SimulatedTable,
): readonly string[] {
  if (from.length > 0 || queries.length > 0) return []
  return set.flatMap(({ columns, values }) => {
    const [column] = columns
    const [value] = Array.isArray(values) ? (values as readonly SqlExpression[]) : []
    if (column === undefined || columns.length > 1 || value === undefined || !isNeverNull(value, table))
      return []
    const tested = where === null ? [] : nullTests(where)
    const isEmpty = (other: string): boolean =>
      [...table.columns.values()].some(({ name, empty }) => name === other && empty)
    return tested?.every((other) => other === column || isEmpty(other)) ? [column] : []
  })
}

/** Returns the columns in a condition such as `a IS NULL AND b IS NULL`; null for other conditions. */
function nullTests(where: SqlExpression): readonly string[] | null {
  if (where.kind === 'operator' && where.operator === 'and') {
    const parts = where.operands.map(nullTests)
    return parts.every((part) => part !== null) ? parts.flat() : null
  }
  if (where.kind !== 'is' || where.boolean || where.negated || where.of.kind !== 'column') return null
  return [where.of.name]
}

/** Whether the value isn't NULL in any row. */
function isNeverNull(value: SqlExpression, table: SimulatedTable): boolean {
  const isSure = (one: SqlExpression): boolean => isNeverNull(one, table)
  switch (value.kind) {
    case 'text':
    case 'number':
    case 'boolean':
    case 'is':
    case 'exists':
      return true
    case 'column': {
      const column = [...table.columns.values()].find(({ name }) => name === value.name)
      return value.qualifier === null && (column?.nullable === false || column?.filled === true)
    }
    case 'cast':
      return isSure(value.of)
    case 'operator':
      return strict.test(value.operator) && value.operands.every(isSure)
    case 'case':
      return (
        value.otherwise !== null &&
        isSure(value.otherwise) &&
        value.branches.every(({ result }) => isSure(result))
      )
    case 'call':
      if (/^(?:now|gen_random_uuid|uuid_generate_v4|current_(?:timestamp|date))$/.test(value.name))
        return true
      if (value.args === 'star') return false
      if (value.name === 'coalesce') return value.args.some(isSure)
      return (
        /^(?:lower|upper|trim|concat|length|md5|abs|round|greatest|least)$/.test(value.name) &&
        value.args.every(isSure)
      )
    default:
      return false
  }
}

/** Operators that return NULL only if an operand is NULL. */
const strict = /^(?:\+|-|\*|\/|%|\|\||=|<>|!=|<|>|<=|>=|and|or|not)$/
