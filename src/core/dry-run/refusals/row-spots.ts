/** Finds constraints that rows may violate although the guard can't query these rows. */
import type {
  AlterColumn,
  Constraint,
  DataStep,
  Index,
  ObjectName,
  Operation,
  RowsWritten,
} from '../../history/operation.ts'
import type { RowStatement, SqlExpression } from '../../sql/row-statement.ts'
import { requireTable } from '../preconditions.ts'
import { answersFromRows } from '../row-questions.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  folded,
} from '../simulated-schema.ts'

/**
 * Whether rows may violate the operation's constraint, and the guard can't query them because a pending migration
 * changes them. Must be called before the operation is simulated.
 */
export function dependsOnRows(world: SimulatedSchema, step: Operation | undefined): boolean {
  if (!world.dialect.verifiesConstraints || !step) return false
  switch (step.kind) {
    case 'alterColumn':
      return step.nullable === false && mayHaveNulls(world, step)
    case 'addConstraint':
      return mayViolate(world, step.table, step.constraint)
    case 'createIndex':
      return step.index.unique && mayHaveDuplicates(world, step.table, step.index.columns, step.index)
    default:
      return false
  }
}

function mayHaveNulls(world: SimulatedSchema, { table: name, column }: AlterColumn): boolean {
  const table = tableOf(world, name)
  const known = table?.columns.get(folded(world, column))
  if (!table || !known || known.nullable === false || known.filled) return false
  const isQueried = world.rowsSure && table.origin !== null && (known.stored !== null || known.empty === true)
  return !isQueried && mayHaveRows(world, table)
}

function mayViolate(world: SimulatedSchema, name: ObjectName, constraint: Constraint): boolean {
  if (constraint.kind === 'unique' || constraint.kind === 'primaryKey')
    return mayHaveDuplicates(world, name, constraint.columns)
  if (constraint.kind !== 'foreignKey' || constraint.notValid) return false
  const [table, target] = [tableOf(world, name), tableOf(world, constraint.target)]
  if (!table || !target || isNull(world, table, constraint.columns)) return false
  const areAsked =
    isAsked(world, table, constraint.columns, comparable) &&
    isAsked(world, target, constraint.targetColumns, comparable)
  return !areAsked && mayHaveRows(world, table)
}

function comparable({ type, userType }: SimulatedColumn, world: SimulatedSchema): boolean {
  return !userType && type !== null && world.dialect.comparesLikeKeys(type)
}

function mayHaveDuplicates(
  world: SimulatedSchema,
  name: ObjectName,
  columns: readonly (string | null)[],
  { partial }: Pick<Index, 'partial'> = {},
): boolean {
  const table = tableOf(world, name)
  const named = columns.filter((column) => column !== null)
  // Expressions and conditions are checked along with the index.
  if (!table || partial || named.length < columns.length || isNull(world, table, named)) return false
  if (isAsked(world, table, named, ({ userType }) => userType !== 'equality')) return false
  return mayHaveRows(world, table)
}

/** Whether one of the columns is NULL in all rows, so that none of them violates the constraint. */
function isNull(world: SimulatedSchema, table: SimulatedTable, columns: readonly string[]): boolean {
  return columns.some((column) => table.columns.get(folded(world, column))?.empty)
}

/** Whether the guard queries these columns of the live table. */
function isAsked(
  world: SimulatedSchema,
  { origin, columns: all }: SimulatedTable,
  columns: readonly string[],
  fits: (column: SimulatedColumn, world: SimulatedSchema) => boolean,
): boolean {
  if (!world.rowsSure || origin === null) return false
  return columns.every((name) => {
    const column = all.get(folded(world, name))
    return column?.stored != null && fits(column, world)
  })
}

function mayHaveRows(world: SimulatedSchema, table: SimulatedTable): boolean {
  if (table.rows === 'none') return false
  return table.origin === null || !world.rowsSure || answersFromRows(world, table, 'rows')
}

function tableOf(world: SimulatedSchema, name: ObjectName): SimulatedTable | null {
  const needed = requireTable(world, name, 'alter')
  return needed.ok && needed.value.table.columnsSure ? needed.value.table : null
}

/** Records which columns a statement fills in all rows, and which are no longer known to be filled or empty. */
export function noteFilled(world: SimulatedSchema, step: DataStep): void {
  const { writes, fills, changes = [], readOnly, mayCall, tree, setsAll = [] } = step
  if (readOnly) return
  if (!writes || !fills || mayCall || step.changesAny) {
    for (const table of world.valued) forgetValues(table, null)
    world.valued.clear()
    return
  }
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
    world.valued.add(table)
  }
}

function tableNamed(world: SimulatedSchema, name: ObjectName): SimulatedTable | null {
  return findRelation(world, name).value?.table ?? null
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
