/** Statements that drop a trigger or policy of a table. */
import type { Operation } from '../../history/operation.ts'
import { type SimulatedSchema, findRelation } from '../simulated-schema.ts'

/**
 * Returns whether PostgreSQL certainly accepts `DROP TRIGGER IF EXISTS` or `DROP POLICY IF EXISTS`: there is no such
 * table, or a pending migration created it. In a table that existed before, the trigger may belong to a partitioned
 * table.
 */
export function isCertainDrop(world: SimulatedSchema, step: Operation | undefined): boolean {
  if (step?.kind !== 'unrelated' || !step.drops?.ifExists || step.what === 'rule') return false
  const { presence, value } = findRelation(world, step.drops.table)
  if (presence === 'absent') return world.dialect.verifiesConstraints
  const own = presence === 'present' && value?.kind === 'table' && value.pending ? value.table : null
  return own?.columnsSure === true
}
