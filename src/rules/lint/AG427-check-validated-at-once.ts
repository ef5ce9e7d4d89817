import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { notValidFix } from '../../core/lint/not-valid-fix.ts'
import { lockedTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { shown } from '../../core/text/display.ts'

/** A CHECK or EXCLUDE whose old rows are read while nobody else can. */
const rule: MigrationRule = {
  code: 'AG427',
  name: 'check-validated-at-once',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 165, read: 37, right: 37 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock', said: 'DEBUG:  verifying table "users"' },
  summary:
    'A CHECK or EXCLUDE constraint is added to a table that was there before, and all its rows are checked at once.',
  explanation: `\`ADD CONSTRAINT … CHECK\` takes an ACCESS EXCLUSIVE lock and reads the whole table: every read and every
write waits. With NOT VALID old rows are not read, so the lock is short; \`VALIDATE CONSTRAINT\` reads them later while
everybody works. An EXCLUDE constraint builds an index under the same lock, and PostgreSQL has no NOT VALID for it.`,
  cure: `Add the CHECK with \`postgresql_not_valid=True\`, and in the next migration (another transaction)
\`op.execute("ALTER TABLE … VALIDATE CONSTRAINT …")\`. An EXCLUDE constraint needs a quiet hour and a \`lock_timeout\`.`,
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
    // Several in one text are one place to look at.
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
            ? `The CHECK reads every row of ${table} under an ACCESS EXCLUSIVE lock.`
            : `The EXCLUDE constraint builds its index on ${table} under an ACCESS EXCLUSIVE lock.`,
          why: `Every read and every write of ${table} waits until the migration's transaction ends.`,
          evidence: sizeRows(locked),
          remedies: [
            edit(
              isCheck
                ? 'Add it with postgresql_not_valid=True, and VALIDATE CONSTRAINT in the next migration.'
                : 'Run it in a quiet hour with SET lock_timeout; EXCLUDE has no NOT VALID.',
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
