/** Finds parts of operations that can't be checked, even if all names are known. */
import type { Operation } from '../../history/operation.ts'
import { batchFrom } from '../batch.ts'
import { quotedAsWritten } from '../database-error.ts'
import { blindSpotOf } from '../objects/blind-spots.ts'
import { onlyRowsDecide } from '../objects/rows-against-checks.ts'
import { dependsOnRows } from '../refusals/row-spots.ts'
import { requireTable } from '../preconditions.ts'
import type { SimulatedSchema } from '../simulated-schema.ts'

/** Part of an operation that can't be checked. */
export type UncheckedPart =
  /** A new CHECK constraint that may fail because of rows that the guard doesn't query. */
  | { readonly kind: 'check'; readonly table: string; readonly condition: string | null }
  | { readonly kind: 'unmodelled'; readonly what: string }

/**
 * Like {@link uncheckedPart}, for the operation at index `at` or, on SQLite, any operation in the batch that starts
 * there.
 */
export function uncheckedFrom(
  world: SimulatedSchema,
  operations: readonly Operation[],
  at: number,
): UncheckedPart | null {
  const batch = world.dialect.altersInPlace ? [] : batchFrom(operations, at)
  for (const step of batch.length > 0 ? batch : [operations[at]]) {
    const unchecked = uncheckedPart(world, step)
    if (unchecked !== null) return unchecked
  }
  return null
}

/**
 * Returns why part of the operation can't be checked; null if all of it can be checked. Must be called before the
 * operation is simulated.
 */
export function uncheckedPart(world: SimulatedSchema, step: Operation | undefined): UncheckedPart | null {
  const condition = uncheckedCondition(world, step)
  if (condition !== null) return condition
  const what =
    checkOfType(step) ?? blindSpotOf(world, step) ?? (dependsOnRows(world, step) ? 'existing rows' : null)
  return what === null ? null : { kind: 'unmodelled', what }
}

/** Returns the operation's new CHECK constraint if only existing rows can violate it; null otherwise. */
function uncheckedCondition(world: SimulatedSchema, step: Operation | undefined): UncheckedPart | null {
  if (step?.kind !== 'addConstraint' || step.constraint.kind !== 'check') return null
  const needed = requireTable(world, step.table, 'alter')
  if (!needed.ok || !onlyRowsDecide(world, needed.value, step.constraint)) return null
  return { kind: 'check', table: quotedAsWritten(step.table), condition: step.constraint.text }
}

/**
 * A type change also replaces the type's CHECK constraint. The old constraint might not exist, and rows may violate
 * the new one.
 */
function checkOfType(step: Operation | undefined): string | null {
  if (step?.kind !== 'alterColumn' || step.type === null) return null
  return step.type.check || step.existingType?.check ? "type's CHECK" : null
}
