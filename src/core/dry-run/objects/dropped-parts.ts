/** Decides whether dropping a trigger or policy is known to succeed. */
import type { Operation } from '../../history/operation.ts'
import { type SimulatedSchema, findRelation, folded } from '../simulated-schema.ts'

/**
 * Returns whether PostgreSQL definitely accepts DROP TRIGGER or DROP POLICY.
 *
 * With IF EXISTS, the table must be missing or created by a pending migration. Without IF EXISTS, pending migrations
 * must have created both the table and the object. On an older table, the trigger may come from a partitioned table, in
 * which case PostgreSQL refuses to drop it.
 */
export function isCertainDrop(world: SimulatedSchema, step: Operation | undefined): boolean {
  if (step?.kind !== 'unrelated' || !step.drops || step.what === 'rule') return false
  const { name, table, ifExists } = step.drops
  const { presence, value } = findRelation(world, table)
  if (presence === 'absent') return ifExists && world.dialect.verifiesConstraints
  const own = presence === 'present' && value?.kind === 'table' && value.pending ? value.table : null
  if (own?.columnsSure !== true || ifExists) return own?.columnsSure === true
  const known = (step.what === 'trigger' ? world.newTriggers : world.newPolicies).get(own)
  return name !== null && known?.includes(folded(world, name)) === true
}
