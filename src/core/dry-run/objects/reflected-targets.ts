/**
 * Simulates the reflection at the start of a SQLite batch. It fails if a table referenced by foreign keys is missing
 * (`_reflect_fk` in sqlalchemy/engine/reflection.py).
 */
import { type StatementOutcome, failStatement } from '../database-error.ts'
import { type SimulatedSchema, type SimulatedTable, findRelation, folded } from '../simulated-schema.ts'

/** Fails if a live foreign key references a table that doesn't exist at this point in the upgrade. */
export function tryReflectTargets(
  world: SimulatedSchema,
  name: string,
  table: SimulatedTable,
): StatementOutcome {
  const { missingTargets = [] } = table
  if (mayLackTarget(table, new Set())) return 'unsure'
  if (missingTargets.some(({ owner }) => mayHaveChanged(world, owner))) return null
  const [missing] = missingTargets.filter(
    ({ target }) => findRelation(world, { schema: null, name: target }).presence === 'absent',
  )
  if (!missing) return null
  const object = { kind: 'table', name } as const
  const seen = { kind: 'missingTarget', ...missing } as const
  const error = { type: 'NoSuchTableError', message: missing.target }
  return failStatement('unfit', object, seen, error, missingTargets.length > 1)
}

/** Whether the upgrade may have dropped a referenced table. SQLAlchemy follows foreign keys from table to table. */
function mayLackTarget(table: SimulatedTable, seen: Set<SimulatedTable>): boolean {
  if (seen.has(table)) return false
  seen.add(table)
  if (table.dropped || table.mayMissTarget) return true
  return [...(table.targets ?? [])].some((target) => mayLackTarget(target, seen))
}

function mayHaveChanged(world: SimulatedSchema, table: string): boolean {
  const found = findRelation(world, { schema: null, name: table })
  return (
    world.rebuilt.has(folded(world, table)) || (found.value !== null && found.value.table?.origin == null)
  )
}
