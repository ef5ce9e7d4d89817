/** Decides whether `run` starts its command after a check. */

/** The parts of a check's outcome that affect the decision. */
export interface CheckOutcome {
  /** Whether the check exited with code 0. */
  readonly passed: boolean
  /** Predicted outcome of the upgrade; null if no database was checked. */
  readonly outcome: 'succeeds' | 'fails' | 'unknown' | null
  readonly onAhead: 'block' | 'skip'
}

/**
 * Returns `start` only if the upgrade is predicted to succeed.
 *
 * `ahead`: the database is ahead of this release and `--on-ahead skip` is set. `no-database`: there is no
 * database, and `--allow-missing-url` is set.
 */
export function decideStart({
  passed,
  outcome,
  onAhead,
}: CheckOutcome): 'start' | 'blocked' | 'ahead' | 'no-database' {
  if (!passed) return 'blocked'
  if (outcome === null) return 'no-database'
  if (outcome === 'succeeds') return 'start'
  return outcome === 'fails' && onAhead === 'skip' ? 'ahead' : 'blocked'
}
