/** Decides whether a statement that drops a trigger or policy certainly succeeds. */
import type { Operation } from '../../history/operation.ts'
import { type SimulatedSchema, findRelation } from '../simulated-schema.ts'

/**
 * Returns whether PostgreSQL certainly accepts `DROP TRIGGER IF EXISTS` or `DROP POLICY IF EXISTS`: the table doesn't
 * exist, or a pending migration created it. On a table that already existed, the trigger may come from a partitioned
 * table, in which case PostgreSQL refuses to drop it.
 */
export function isCertainDrop(world: SimulatedSchema, step: Operation | undefined): boolean {
  if (step?.kind !== 'unrelated' || !step.drops?.ifExists || step.what === 'rule') return false
  const { presence, value } = findRelation(world, step.drops.table)
  if (presence === 'absent') return world.dialect.verifiesConstraints
  const own = presence === 'present' && value?.kind === 'table' && value.pending ? value.table : null
  return own?.columnsSure === true
}
