/** Simulates VALIDATE CONSTRAINT. */
import type { Unrelated } from '../../history/operation.ts'
import { requireTable } from '../preconditions.ts'
import {
  type SimulatedConstraint,
  type SimulatedSchema,
  type SimulatedTable,
  folded,
} from '../simulated-schema.ts'

type Validation = NonNullable<Unrelated['validates']>

/**
 * Returns the constraint if PostgreSQL certainly validates it: the table has no rows, or the constraint is already
 * valid. Otherwise, returns null.
 */
export function findValidated(
  world: SimulatedSchema,
  { table: name, constraint }: Validation,
): { readonly table: SimulatedTable; readonly constraint: SimulatedConstraint } | null {
  const needed = requireTable(world, name, 'alter')
  const table = needed.ok ? needed.value.table : null
  const found = table?.constraints.get(folded(world, constraint))
  if (!table || !found?.sure || found.likely || !/^(?:check|foreignKey)$/.test(found.kind)) return null
  if (found.kind === 'foreignKey' && !world.foreignKeysSure) return null
  return table.rows === 'none' || found.valid ? { table, constraint: found } : null
}

/** Records that the constraint is valid. */
export function noteValidated(world: SimulatedSchema, step: Validation): void {
  const found = findValidated(world, step)
  found?.table.constraints.set(folded(world, step.constraint), { ...found.constraint, valid: true })
}
