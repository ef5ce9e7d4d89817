/**
 * Decides whether `run` starts its command after a check. Knows only the outcome of the check, not how it was
 * reached.
 */

/** Outcome of the check. */
export interface CheckOutcome {
  /** True if the check exited with 0. */
  readonly passed: boolean
  /** Predicted outcome of the upgrade; null if no database was checked. */
  readonly outcome: 'succeeds' | 'fails' | 'unknown' | null
  readonly onAhead: 'block' | 'skip'
}

/**
 * Returns `start` only if a database was checked and the upgrade is predicted to succeed. If the upgrade would fail,
 * the check passes only if the database is ahead of this release and `--on-ahead skip` is set; the upgrade is then
 * skipped (`ahead`). A pass without a database is due to `--allow-missing-url` (`no-database`).
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
