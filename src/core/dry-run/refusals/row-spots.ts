/** Finds constraints that rows may violate although the guard can't query these rows. */
import type {
  AddColumn,
  AlterColumn,
  Constraint,
  Index,
  ObjectName,
  Operation,
} from '../../history/operation.ts'
import { requireTable } from '../preconditions.ts'
import { answersFromRows } from '../row-questions.ts'
import { lacksValue } from '../rows/column-values.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  folded,
} from '../simulated-schema.ts'

/**
 * Whether rows may violate the operation's constraint, and the guard can't query them because a pending migration
 * changes them. Must be called before the operation is simulated.
 */
export function dependsOnRows(world: SimulatedSchema, step: Operation | undefined): boolean {
  if (step?.kind === 'addColumn') return needsEmptyTable(world, step)
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

/** Whether only rows that the guard can't query would make the database reject a NOT NULL column without a default. */
function needsEmptyTable(world: SimulatedSchema, { table: name, column }: AddColumn): boolean {
  const table = lacksValue(column) ? tableOf(world, name) : null
  return table !== null && !(world.rowsSure && table.origin !== null) && mayHaveRows(world, table)
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
