/** When "the database is ahead of this release" is all that stands against it. Knows findings, not how they came. */
import type { Finding } from './finding.ts'

/** The rule that says so: AG202, `database-ahead`. */
const databaseAhead = 'AG202'

/**
 * The database is ahead, and nothing else blocks: then `--on-ahead skip` may leave the upgrade out. Beside any other
 * error the release is wrong in a way that leaving out does not mend.
 */
export function onlyAhead(findings: readonly Pick<Finding, 'code' | 'severity' | 'ignored'>[]): boolean {
  const said = findings.filter(({ ignored }) => !ignored)
  return (
    said.some(({ code }) => code === databaseAhead) &&
    said.every(({ code, severity }) => code === databaseAhead || severity !== 'error')
  )
}
