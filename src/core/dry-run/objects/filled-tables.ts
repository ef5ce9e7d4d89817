/** Tracks which tables that pending migrations create certainly have no rows yet. */
import type { DataStep } from '../../history/operation.ts'
import { type SimulatedSchema, findRelation } from '../simulated-schema.ts'
import { doubtEmptiness } from '../unknown-changes.ts'

/** Records the tables that may have rows after the statement. */
export function noteRows(world: SimulatedSchema, step: DataStep): void {
  const possible = step.possible?.operation
  const { writes, readOnly, columns } = possible?.kind === 'data' ? possible : step
  // If the columns are unknown, the statement may call a function that inserts rows.
  if (columns !== undefined && readOnly) return
  const table = writes ? findRelation(world, writes.table).value?.table : null
  // A trigger of a table that existed before the upgrade may insert rows into any other table.
  if (columns === undefined || !writes || !table || table.origin !== null || !world.triggersSure)
    doubtEmptiness(world)
  else if (writes.statement === 'insert') table.empty = false
}
