/**
 * What a database does not leave behind: a table, a column, a type or a key goes only when no view, foreign key or column
 * of others needs it. Knows those that were there before the upgrade; what pending migrations make is not followed.
 */
import type { FailedObject } from './failure-reason.ts'
import type { TableInHand } from './preconditions.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import type { Dependent } from '../schema/schema-snapshot.ts'
import {
  type SimulatedDependent,
  type SimulatedSchema,
  type SimulatedTable,
  keyOf,
} from './simulated-schema.ts'

/** One that certainly is still there; null: none is. */
export function neededBy(
  world: SimulatedSchema,
  dependents: readonly SimulatedDependent[],
): SimulatedDependent | null {
  return dependents.find((one) => isThere(world, one)) ?? null
}

function isThere(world: SimulatedSchema, { kind, schema, table, name, owner }: SimulatedDependent): boolean {
  if (!world.dependentsSure) return false
  if (kind === 'view' && world.goneViews.has(keyOf(world, { schema, name: table }))) return false
  if (owner === null) return true
  if (owner.dropped) return false
  if (kind === 'view') return true
  if (kind === 'column') return owner.columnsSure && owner.columns.get(name)?.stored === name
  const constraint = owner.constraints.get(name)
  return owner.namesSure && constraint?.kind === 'foreignKey' && constraint.sure
}

/** A foreign key of another table, made by a pending migration, that certainly refers to this one; null: none does. */
export function referredBy(
  world: SimulatedSchema,
  table: SimulatedTable,
): Pick<Dependent, 'kind' | 'name' | 'table'> | null {
  if (!world.foreignKeysSure || !world.dialect.verifiesConstraints) return null
  for (const other of world.relations.values()) {
    if (other.kind !== 'table' || !other.table || other.table === table) continue
    for (const [name, { sure, target }] of other.table.constraints) {
      if (sure && target === table) return { kind: 'foreign key', name, table: other.name }
    }
  }
  return null
}

/** Has the table the name under which the server described it? */
export function isAtOrigin({ table, found }: TableInHand): boolean {
  const { origin, described } = table
  return described !== null && origin?.name === found.name.name && origin.schema === found.name.schema
}

/** How the database refuses to drop what it calls `described`. */
export function refusedDependents(
  { dialect }: SimulatedSchema,
  described: string,
  object: FailedObject,
  one: Pick<Dependent, 'kind' | 'name' | 'table'>,
): StatementOutcome {
  const error = dialect.errors.stillNeeded?.(described)
  return failStatement('unfit', object, { kind: 'dependent', dependent: one }, error)
}
