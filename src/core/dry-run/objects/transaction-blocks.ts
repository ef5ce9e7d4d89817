/**
 * Tracks whether statements run in a transaction block. PostgreSQL refuses SAVEPOINT and LOCK TABLE outside one
 * (`RequireTransactionBlock` in xact.c).
 */
import type { Operation, Unrelated } from '../../history/operation.ts'
import { type StatementOutcome, failStatement } from '../database-error.ts'
import type { SimulatedSchema } from '../simulated-schema.ts'

/** Records the beginning or end of a transaction. */
export function noteTransaction(world: SimulatedSchema, step: Operation): void {
  if (step.kind === 'opaque') {
    world.transactionSure = false
    world.mayBeInside = true
    // A step with known effects doesn't end the transaction.
    if (step.touches === null && !step.possible && !step.distant) world.mayBeOutside = true
    return
  }
  const isControl = step.kind === 'unrelated' && step.what === 'transaction'
  if (isControl) world.transactionSure = false
  // An `autocommit_block()` first commits, and its own BEGIN and COMMIT don't affect later transactions.
  if (!step.autocommit) world.mayBeInside = false
  else if (isControl) world.mayBeInside = true
  if (isControl && !step.autocommit) world.mayBeOutside = step.begins !== true
}

/** Fails if the statement needs a transaction block but definitely runs outside one, in an `autocommit_block()`. */
export function tryInBlock(
  { dialect, mayBeInside }: SimulatedSchema,
  { autocommit, blockOnly }: Unrelated,
): StatementOutcome {
  if (!autocommit || mayBeInside || blockOnly === undefined) return null
  const seen = { kind: 'outsideTransaction', statement: blockOnly } as const
  const error = dialect.errors.outsideTransaction?.(blockOnly)
  return error ? failStatement('unfit', { kind: 'database' }, seen, error) : null
}

/** Whether the statement needs a transaction block but may run outside one. */
export function mayLackBlock({ mayBeOutside, dialect }: SimulatedSchema, step: Operation): boolean {
  if (step.kind !== 'unrelated' || !/^(?:savepoint|lock)$/.test(step.what)) return false
  return dialect.errors.outsideTransaction !== undefined && (step.autocommit === true || mayBeOutside)
}
