/** Tracks which tables that pending migrations create certainly have no rows yet. */
import type { DataStep } from '../../history/operation.ts'
import { type SimulatedSchema, findRelation } from '../simulated-schema.ts'
import { doubtEmptiness } from '../unknown-changes.ts'

/** Records the tables that may have rows after the statement. */
export function noteRows(world: SimulatedSchema, step: DataStep): void {
  const possible = step.possible?.operation
  const { writes, mentions, readOnly, columns } = possible?.kind === 'data' ? possible : step
  // If the columns are unknown, the statement may call a function that inserts rows.
  if (columns !== undefined && readOnly) return
  const filled = writes ? [writes.table] : (mentions ?? [])
  const tables = filled.map((name) => findRelation(world, name).value?.table)
  // A trigger of a table that existed before the upgrade may insert rows into any other table.
  const isKnown = tables.length > 0 && tables.every((table) => table && table.origin === null)
  if (columns === undefined || !isKnown || !world.triggersSure) doubtEmptiness(world)
  else if (!writes || writes.statement === 'insert')
    for (const table of tables) if (table) table.empty = false
}
