/**
 * Finds the parts of operations that the dry run doesn't check. They can make an operation fail even if all required
 * names exist.
 */
import type { Column, ColumnType, Constraint, Index, ObjectName, Operation } from '../../history/operation.ts'
import { type SimulatedSchema, findRelation, findType } from '../simulated-schema.ts'

/**
 * Names the part of the operation that the guard can't fully check; null if there is none. PostgreSQL may still reject
 * that part. Must be called before the operation is simulated. Always returns null for SQLite.
 */
export function blindSpotOf(world: SimulatedSchema, step: Operation | undefined): string | null {
  if (!world.dialect.verifiesConstraints) return null
  switch (step?.kind) {
    case 'createTable':
      return (
        inConstraints(step.constraints) ??
        inIndexes(step.indexes) ??
        (step.columns && inColumns(world, step.columns))
      )
    case 'addColumn':
      return inColumns(world, [step.column]) ?? inConstraints(step.constraints) ?? inIndexes(step.indexes)
    case 'addConstraint':
      return inConstraints([step.constraint])
    case 'createIndex':
      return inIndexes([step.index])
    case 'alterColumn':
      if (step.type === null) return null
      // The required cast may not exist, and USING doesn't convert the column's default.
      return inType(world, step.type) ?? (step.using ? 'USING conversion' : inGenerated(world, step.table))
    case 'dropColumn':
      return step.cascade ? null : inGenerated(world, step.table)
    default:
      return null
  }
}

/** An EXCLUDE constraint's operators may require an extension that isn't installed. */
function inConstraints(constraints: readonly Constraint[]): string | null {
  return constraints.some(({ kind }) => kind === 'exclude') ? 'EXCLUDE constraint' : null
}

/** The index's access method may have no operator class for a column's type. */
function inIndexes(indexes: readonly Index[]): string | null {
  return indexes.some(({ special }) => special) ? 'operator class' : null
}

/** A generated column can't be fully checked. Its expression might not be immutable, or might use a missing column. */
function inColumns(world: SimulatedSchema, columns: readonly Column[]): string | null {
  if (columns.some(({ generated }) => generated)) return 'generated column'
  return columns.map(({ type }) => inType(world, type)).find((what) => what !== null) ?? null
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
