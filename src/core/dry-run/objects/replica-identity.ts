/** Simulates `ALTER TABLE … REPLICA IDENTITY USING INDEX`. */
import type { AlterColumn, Unrelated } from '../../history/operation.ts'
import { requireTable } from '../preconditions.ts'
import {
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  folded,
  keyOf,
} from '../simulated-schema.ts'

/**
 * Returns the columns of the chosen index. Returns null unless PostgreSQL definitely accepts it: it must be a valid,
 * unique and immediate index of the table, without a condition, an expression or a nullable column.
 */
export function identityOf(world: SimulatedSchema, { identifies }: Unrelated): readonly string[] | null {
  if (!identifies) return null
  const needed = requireTable(world, identifies.table, 'alter')
  if (!needed.ok) return null
  const { table, found } = needed.value
  const constraint = table.constraints.get(folded(world, identifies.index))
  if (constraint?.kind === 'primaryKey' || constraint?.kind === 'unique') {
    const { sure, likely, deferrable, columns, kind } = constraint
    if (!sure || likely || deferrable !== undefined || columns === null) return null
    return kind === 'primaryKey' || isFilled(world, table, columns) ? columns : null
  }
  const key = keyOf(world, { schema: found.name.schema, name: identifies.index })
  const index = table.indexes.has(key) && !world.doubtful.has(key) ? world.relations.get(key) : undefined
  // The snapshot doesn't tell whether an older index is valid.
  if (!index?.pending || !index.whole || index.likely || (index.written && !world.namesFinal)) return null
  const columns = index.columns?.filter((column) => column !== null) ?? []
  return columns.length === index.columns?.length && isFilled(world, table, columns) ? columns : null
}

function isFilled(world: SimulatedSchema, { columns }: SimulatedTable, names: readonly string[]): boolean {
  return names.every((name) => {
    const column = columns.get(folded(world, name))
    return column?.nullable === false && !column.perhaps
  })
}

/** Records the columns of the table's replica identity, which must stay NOT NULL. */
export function noteIdentity(world: SimulatedSchema, step: Unrelated): void {
  const columns = identityOf(world, step)
  const table = columns && step.identifies && findRelation(world, step.identifies.table).value?.table
  if (!table) return
  table.identity = new Set([...(table.identity ?? []), ...columns.map((name) => folded(world, name))])
}

/** Returns whether a replica identity of a pending migration may use the column. */
export function isInIdentity(world: SimulatedSchema, { table, column }: AlterColumn): boolean {
  return findRelation(world, table).value?.table?.identity?.has(folded(world, column)) === true
}
