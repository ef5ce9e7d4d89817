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
  Unrelated,
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
import { isEmptyArray, isPlainDefault } from './plain-defaults.ts'
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
      if (step.type === null) return inChangedDefault(world, step)
      // The required cast may not exist, and USING doesn't convert the column's default.
      return (
        inType(world, step.type) ??
        (step.using ? 'USING conversion' : inGenerated(world, step.table)) ??
        inNarrowing(world, step) ??
        inDefault(world, step.type, step.serverDefault)
      )
    case 'dropColumn':
      return step.cascade ? null : inGenerated(world, step.table)
    case 'data':
      return inInsert(world, step)
    case 'unrelated':
      return inDrop(world, step)
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
 * index may use columns and functions that don't exist, and its storage options may be invalid.
 */
function inIndexes(indexes: readonly Index[]): string | null {
  if (indexes.some(({ special }) => special)) return 'operator class'
  if (indexes.some(({ columns }) => columns.includes(null))) return 'index expression'
  if (indexes.some(({ storage }) => storage)) return 'index storage'
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
    const { name, exact, text } = constraint
    if (!exact && name !== null && table?.constraints.has(folded(world, name))) return 'CHECK name'
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
    ({ type, serverDefault }) => inType(world, type) ?? inDefault(world, type, serverDefault),
  )
  return parts.find((what) => what !== null) ?? null
}

/**
 * The default may call a function that doesn't exist, may have a different type from the column, or may not be a label
 * of the column's enum.
 */
function inDefault(world: SimulatedSchema, type: ColumnType, given: ServerDefault | null): string | null {
  const text = given?.kind === 'present' ? given.text : null
  if (text === null) return null
  if (type.enum) return isLabel(world, type.enum, text) ? null : 'default'
  const spelled = world.dialect.typeOf(type)
  // Without a spelling, a type that needs another type is an array of that type.
  if (spelled === null) return type.needs === undefined || isEmptyArray(text) ? null : 'default'
  if (isPlainDefault(spelled, text)) return null
  return type.needs && isLabel(world, type.needs, text) ? null : 'default'
}

/** Checks a new default of an existing column whose type stays the same. */
function inChangedDefault(world: SimulatedSchema, step: AlterColumn): string | null {
  const text = step.serverDefault?.kind === 'present' ? step.serverDefault.text : null
  const column = columnOf(world, step)
  if (column === undefined || text === null) return null
  const named = column.enum ?? (column.isEnum ? nameOfType(column.type) : null)
  if (named) return isLabel(world, named, text) ? null : 'default'
  if (column.userType || column.isEnum || column.type === null) return null
  return isPlainDefault(column.type, text) ? null : 'default'
}

/** Returns whether the default is a string that is a known label of the enum. */
function isLabel(world: SimulatedSchema, name: ObjectName, text: string): boolean {
  const label = /^'((?:[^']|'')*)'(?:::[\w ."]+)?$/.exec(text)?.[1]?.replaceAll("''", "'")
  return label !== undefined && findType(world, name).value?.values?.has(label) === true
}

/** Parses the name of an enum as the catalog prints it; null if the name contains unusual characters. */
function nameOfType(printed: string | null): ObjectName | null {
  const [, schema, name] = /^(?:"?(\w+)"?\.)?"?(\w+)"?$/.exec(printed ?? '') ?? []
  return name === undefined ? null : { schema: schema ?? null, name }
}

function columnOf(world: SimulatedSchema, { table, column }: AlterColumn): SimulatedColumn | undefined {
  return findRelation(world, table).value?.table?.columns.get(folded(world, column))
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

/** Columns and other objects may depend on the object. Snapshots only list what depends on tables and enums. */
function inDrop(world: SimulatedSchema, { changes }: Unrelated): string | null {
  if (changes?.change !== 'drop' || changes.cascade || changes.object === 'temporary table') return null
  const present = (name: ObjectName): boolean =>
    changes.object === 'type'
      ? findType(world, name).presence === 'present'
      : findRelation(world, name).presence === 'present'
  return changes.names.some(present) ? `${changes.object} in use` : null
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
