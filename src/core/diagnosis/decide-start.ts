/** Whether `run` starts its command after a check, in one place. Knows the outcome of the check, not how it came. */

/** What the check came to. */
export interface CheckOutcome {
  /** The check ended with 0. */
  readonly passed: boolean
  /** What Alembic would do; null when no database was seen. */
  readonly outcome: 'succeeds' | 'fails' | 'unknown' | null
  readonly onAhead: 'block' | 'skip'
}

/**
 * `start` only where the database was seen and the upgrade is known to succeed. A check that passes although the
 * upgrade would fail means a database that is ahead of this release, which `--on-ahead skip` lets pass: the upgrade
 * is left out then (`ahead`). One that passes without a database is `--allow-missing-url` (`no-database`).
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
