/** Decides whether dropping a trigger or policy definitely succeeds. */
import type { Operation } from '../../history/operation.ts'
import { type SimulatedSchema, findRelation, folded } from '../simulated-schema.ts'

/**
 * Whether PostgreSQL definitely accepts DROP TRIGGER or DROP POLICY.
 *
 * A trigger on an older table may come from a partitioned table. PostgreSQL refuses to drop such a trigger.
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
