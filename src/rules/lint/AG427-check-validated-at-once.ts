import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { notValidFix } from '../../core/lint/not-valid-fix.ts'
import { lockedTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { shown } from '../../core/text/display.ts'

/** Reports CHECK and EXCLUDE constraints whose validation on creation blocks other sessions. */
const rule: MigrationRule = {
  code: 'AG427',
  name: 'check-validated-at-once',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 165, read: 37, right: 37 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock', said: 'DEBUG:  verifying table "users"' },
  summary: 'A new CHECK or EXCLUDE constraint on an existing table immediately validates all rows.',
  explanation:
    "`ADD CONSTRAINT … CHECK` takes an ACCESS EXCLUSIVE lock and scans the whole table, which blocks all reads and writes. With NOT VALID, existing rows aren't checked, so the lock is brief. `VALIDATE CONSTRAINT` checks them later without blocking reads or writes. An EXCLUDE constraint builds an index under the same lock, and PostgreSQL doesn't support NOT VALID for it.",
  cure: 'Add the CHECK with `postgresql_not_valid=True`. In the next migration (a separate transaction), run `op.execute("ALTER TABLE … VALIDATE CONSTRAINT …")`. Add an EXCLUDE constraint when traffic is low, and set a `lock_timeout`.',
  examples: {
    bad: {
      files: afterTables(
        ['op.create_check_constraint("named", "users", "name <> \'\'")'],
        ["op.drop_constraint('named', 'users')"],
      ),
      underlined: 'op.create_check_constraint(',
    },
    good: {
      files: afterTables(
        ['op.create_check_constraint("named", "users", "name <> \'\'", postgresql_not_valid=True)'],
        ["op.drop_constraint('named', 'users')"],
      ),
    },
  },
  inspect(facts) {
    // One finding per statement, even if it adds several constraints.
    const spoken = new Set<string>()
    return upgradeSteps(facts).flatMap((step, at) => {
      if (step.kind !== 'addConstraint') return []
      const { path, line, column } = step.span
      const place = `${path}:${line}:${column} ${step.table.name}`
      const { constraint } = step
      const isCheck = constraint.kind === 'check' && constraint.notValid !== true
      const locked = isCheck || constraint.kind === 'exclude' ? lockedTable(facts, step.table, at) : null
      if (locked === null || spoken.has(place)) return []
      spoken.add(place)
      const table = shown(locked.name)
      return [
        lintFinding(facts, step.span, {
          severity: locked.severity,
          message: isCheck
            ? `Adding the CHECK constraint checks every row of ${table} under an ACCESS EXCLUSIVE lock.`
            : `Adding the EXCLUDE constraint builds its index on ${table} under an ACCESS EXCLUSIVE lock.`,
          why: `All reads and writes on ${table} wait until the migration's transaction ends.`,
          evidence: sizeRows(locked),
          remedies: [
            edit(
              isCheck
                ? 'Add the CHECK with postgresql_not_valid=True, and run VALIDATE CONSTRAINT in the next migration.'
                : "Add the constraint when traffic is low, and set a lock_timeout; EXCLUDE constraints don't support NOT VALID.",
              'likely',
            ),
          ],
          ...(isCheck && notValidFix(facts, step, at)),
        }),
      ]
    })
  },
}

export default rule
