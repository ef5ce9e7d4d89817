/**
 * Finds the parts of operations that the dry run doesn't check. Such a part can make an operation fail even if all
 * required names exist.
 */
import type {
  AlterColumn,
  Column,
  ColumnType,
  Constraint,
  DataStep,
  Index,
  ObjectName,
  Operation,
  ServerDefault,
} from '../../history/operation.ts'
import { columnsOf } from '../../schema/check-condition.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  findType,
  folded,
} from '../simulated-schema.ts'
import { isFinalName } from './default-names.ts'
import { isPlainDefault } from './plain-defaults.ts'
import { conditionOf } from './rows-against-checks.ts'

/**
 * Returns the name of the part of the operation that the guard can't fully check, or null if there is no such part.
 * PostgreSQL may still reject that part. Must be called before the operation is simulated. Always returns null for
 * SQLite.
 */
export function blindSpotOf(world: SimulatedSchema, step: Operation | undefined): string | null {
  if (!world.dialect.verifiesConstraints) return null
  switch (step?.kind) {
    case 'createTable':
      return (
        inConstraints(step.constraints) ??
        (step.columns &&
          inChecks(
            world,
            step.constraints,
            step.columns.map(({ name }) => name),
            null,
          )) ??
        inIndexes(step.indexes) ??
        (step.columns && inColumns(world, step.columns))
      )
    case 'addColumn':
      return inColumns(world, [step.column]) ?? inConstraints(step.constraints) ?? inIndexes(step.indexes)
    case 'addConstraint':
      return inConstraints([step.constraint]) ?? inNewCheck(world, step.table, step.constraint)
    case 'createIndex':
      return inIndexes([step.index])
    case 'alterColumn':
      if (step.type === null) return inDefault(typeOfColumn(world, step), step.serverDefault)
      // The required cast may not exist, and USING doesn't convert the column's default.
      return (
        inType(world, step.type) ??
        (step.using ? 'USING conversion' : inGenerated(world, step.table)) ??
        inNarrowing(world, step) ??
        inDefault(step.type.enum ? null : world.dialect.typeOf(step.type), step.serverDefault)
      )
    case 'dropColumn':
      return step.cascade ? null : inGenerated(world, step.table)
    case 'data':
      return inInsert(world, step)
    default:
      return null
  }
}

/** An EXCLUDE constraint's operators may require an extension that isn't installed. */
function inConstraints(constraints: readonly Constraint[]): string | null {
  return constraints.some(({ kind }) => kind === 'exclude') ? 'EXCLUDE constraint' : null
}

/**
 * The index's access method may have no operator class for a column's type. An expression or the condition of a partial
 * index may use columns and functions that don't exist.
 */
function inIndexes(indexes: readonly Index[]): string | null {
  if (indexes.some(({ special }) => special)) return 'operator class'
  if (indexes.some(({ columns }) => columns.includes(null))) return 'index expression'
  return indexes.some(({ partial }) => partial) ? 'index condition' : null
}

/**
 * Checks a CHECK constraint that is added to an existing table. Even if the constraint's name seems to be taken, a
 * naming convention may prevent the collision.
 */
function inNewCheck(world: SimulatedSchema, name: ObjectName, constraint: Constraint): string | null {
  const table = findRelation(world, name).value?.table
  if (constraint.kind !== 'check' || !table?.columnsSure) return null
  const columns = [...table.columns.values()].map((column) => column.name)
  return inChecks(world, [constraint], columns, table)
}

function inChecks(
  world: SimulatedSchema,
  constraints: readonly Constraint[],
  columns: readonly string[],
  table: SimulatedTable | null,
): string | null {
  for (const constraint of constraints) {
    if (constraint.kind !== 'check') continue
    const { name, text } = constraint
    if (!isFinalName(world, constraint) && name !== null && table?.constraints.has(folded(world, name)))
      return 'CHECK name'
    const condition = conditionOf(text)
    const isKnown = condition !== null && columnsOf(condition).every((one) => columns.includes(one))
    if (text !== null && !isKnown) return 'CHECK condition'
  }
  return null
}

/** A generated column can't be fully checked. Its expression might not be immutable, or might use a missing column. */
function inColumns(world: SimulatedSchema, columns: readonly Column[]): string | null {
  if (columns.some(({ generated }) => generated)) return 'generated column'
  const parts = columns.map(
    ({ type, serverDefault }) =>
      inType(world, type) ?? inDefault(type.enum ? null : world.dialect.typeOf(type), serverDefault),
  )
  return parts.find((what) => what !== null) ?? null
}

/** The default may call a function that doesn't exist, or may have a different type from the column. */
function inDefault(type: string | null, given: ServerDefault | null): string | null {
  if (type === null || given?.kind !== 'present' || given.text === null) return null
  return isPlainDefault(type, given.text) === false ? 'default' : null
}

function columnOf(world: SimulatedSchema, { table, column }: AlterColumn): SimulatedColumn | undefined {
  return findRelation(world, table).value?.table?.columns.get(folded(world, column))
}

function typeOfColumn(world: SimulatedSchema, step: AlterColumn): string | null {
  const column = columnOf(world, step)
  return column === undefined || column.userType || column.isEnum || column.enum ? null : column.type
}

/** Rows may hold text that is too long for the new type. */
function inNarrowing(world: SimulatedSchema, step: AlterColumn): string | null {
  const width = widthOf(step.type && world.dialect.typeOf(step.type))
  const column = columnOf(world, step)
  if (width === null || column?.stored == null || column.type === null) return null
  const before = /^(?:text|character)\b/.test(column.type) ? (widthOf(column.type) ?? Infinity) : 0
  return before > width ? 'shorter type' : null
}

/** Returns the maximum length of a text type, or null if the type has no maximum length. */
function widthOf(type: string | null): number | null {
  const width = /^character(?: varying)?\((\d+)\)$/.exec(type ?? '')?.[1]
  return width === undefined ? null : Number(width)
}

/**
 * If an INSERT omits a NOT NULL column, the INSERT fails unless a trigger supplies the value or the column is an
 * identity column.
 */
function inInsert(world: SimulatedSchema, { writes, rows = [] }: DataStep): string | null {
  if (writes?.statement !== 'insert' || writes.columns.length === 0 || rows.length === 0) return null
  const table = findRelation(world, writes.table).value?.table
  if (!table?.columnsSure) return null
  const given = new Set(writes.columns.map((name) => folded(world, name)))
  const lacks = [...table.columns].some(
    ([key, { nullable, serverDefault, generated, userType }]) =>
      !given.has(key) && nullable === false && serverDefault === null && !generated && !userType,
  )
  return lacks ? 'required column' : null
}

/** Snapshots list the row types of tables, views and composite types as relations. */
function inType(world: SimulatedSchema, { needs }: ColumnType): string | null {
  if (needs === undefined || findType(world, needs).presence === 'present') return null
  return findRelation(world, needs).presence === 'present' ? null : `type ${needs.name}`
}

/** It's unknown which columns a generated column uses. */
function inGenerated(world: SimulatedSchema, table: ObjectName): string | null {
  const columns = findRelation(world, table).value?.table?.columns.values() ?? []
  return [...columns].some(({ generated }) => generated) ? 'generated columns' : null
}
