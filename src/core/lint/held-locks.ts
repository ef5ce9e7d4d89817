/** ACCESS EXCLUSIVE locks that a migration's steps take on existing tables, and how long they are held. Pure. */
import type { ObjectName, Operation } from '../history/operation.ts'
import type { LintFacts } from './lint-rule.ts'
import { type LintLockedTable, lockedTable, upgradeSteps } from './lock-facts.ts'

/** An ACCESS EXCLUSIVE lock on an existing table. */
export interface HeldLock {
  readonly locked: LintLockedTable
  readonly table: ObjectName
  /** Index of the step that takes the lock. */
  readonly at: number
}

/** Returns the table on which the step takes ACCESS EXCLUSIVE; null if the step takes only a weaker lock, or none. */
function exclusiveOn(step: Operation): ObjectName | null {
  switch (step.kind) {
    case 'addColumn':
    case 'dropColumn':
    case 'alterColumn':
    case 'dropTable':
    case 'renameTable':
    case 'dropConstraint':
    case 'renameConstraint':
      return step.table
    case 'addConstraint':
      return step.constraint.kind === 'foreignKey' ? null : step.table
    default:
      return null
  }
}

/**
 * Returns the locks in the order in which they are taken, except locks taken in an `autocommit_block()`, which end with
 * their statement.
 */
export function exclusiveLocks(facts: LintFacts): readonly HeldLock[] {
  return upgradeSteps(facts).flatMap((step, at) => {
    const table = step.autocommit === true ? null : exclusiveOn(step)
    const locked = table === null ? null : lockedTable(facts, table, at)
    return table === null || locked === null ? [] : [{ locked, table, at }]
  })
}

/**
 * Returns whether the transaction ends between the two steps. An `autocommit_block()` commits the preceding
 * statements.
 */
export function commitsBetween(steps: readonly Operation[], from: number, to: number): boolean {
  return steps
    .slice(from, to)
    .some((step) => step.autocommit === true || (step.kind === 'unrelated' && step.what === 'transaction'))
}
