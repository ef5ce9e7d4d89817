/** Simulates `ALTER TABLE … ADD CONSTRAINT … UNIQUE USING INDEX`, which also gives the index the constraint's name. */
import type { Key, Opaque } from '../../history/operation.ts'
import { addConstraints, nameUsed } from '../constraints.ts'
import { type TableInHand, nameTaken, requireTable } from '../preconditions.ts'
import {
  type SimulatedRelation,
  type SimulatedSchema,
  folded,
  occupant,
  removeRelation,
} from '../simulated-schema.ts'

/** The index to promote, its table, and the new constraint. */
interface Promotion {
  readonly inHand: TableInHand
  readonly index: SimulatedRelation
  readonly key: Key
}

/** Returns whether PostgreSQL definitely accepts the step. Must be called before the step is simulated. */
export function mayPromote(world: SimulatedSchema, step: Opaque): boolean {
  return promotionOf(world, step) !== null
}

/** Adds the constraint if PostgreSQL definitely accepts the step. Returns whether it does. */
export function promotesIndex(world: SimulatedSchema, step: Opaque): boolean {
  const found = promotionOf(world, step)
  if (!found) return false
  removeRelation(world, found.index)
  addConstraints(world, found.inHand, [found.key])
  return true
}

function promotionOf(world: SimulatedSchema, { promotes }: Opaque): Promotion | null {
  if (!promotes || !world.dialect.verifiesConstraints) return null
  const { name, deferrable } = promotes
  const needed = requireTable(world, promotes.table, 'alter')
  if (!needed.ok) return null
  const { table, found } = needed.value
  const { schema } = found.name
  const index = occupant(world, { schema, name: promotes.index })
  // A naming convention may have changed the name given to the index in the migration.
  const isFit =
    index?.kind === 'index' &&
    index.table === table &&
    index.promotable &&
    (!index.written || world.namesFinal)
  const columns = index?.columns?.filter((column) => column !== null) ?? []
  if (!isFit || index.likely || table.partitioned || columns.length === 0) return null
  const isRenamed = folded(world, name) !== folded(world, index.name)
  const taken =
    nameUsed(world, needed.value, name) ?? (isRenamed ? nameTaken(world, { schema, name }, 'index') : null)
  if (taken !== null) return null
  const options = deferrable ? { options: 'DEFERRABLE' } : {}
  return { inHand: needed.value, index, key: { kind: 'unique', columns, name, exact: true, ...options } }
}
