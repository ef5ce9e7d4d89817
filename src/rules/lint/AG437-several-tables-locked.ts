import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { commitsBetween, exclusiveLocks } from '../../core/lint/held-locks.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { sameTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { shown } from '../../core/text/display.ts'

const onUsers = "op.add_column('users', sa.Column('plan', sa.Text(), nullable=True))"
const onOrgs = "op.add_column('orgs', sa.Column('plan', sa.Text(), nullable=True))"

/** Reports a table that stays locked while the migration waits for another lock. */
const rule: MigrationRule = {
  code: 'AG437',
  name: 'several-tables-locked',
  severity: 'note',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 626, read: 22, right: 22 },
  riskTag: 'locks',
  lock: { table: 'orgs', mode: 'AccessExclusiveLock' },
  summary: 'One transaction takes ACCESS EXCLUSIVE locks on several tables.',
  explanation:
    'The lock on the first table is held while the migration waits for the second, so one long transaction on the second table blocks both tables. A request that uses the two tables in the opposite order can cause a deadlock, and PostgreSQL aborts one side, possibly the migration.',
  cure: 'Use one migration per table, with `transaction_per_migration=True` in env.py and a `lock_timeout`.',
  examples: {
    bad: {
      files: afterTables(
        [onUsers, onOrgs],
        ["op.drop_column('orgs', 'plan')", "op.drop_column('users', 'plan')"],
      ),
      underlined: onOrgs,
    },
    good: { files: afterTables([onUsers], ["op.drop_column('users', 'plan')"]) },
  },
  inspect(facts) {
    const steps = upgradeSteps(facts)
    const [first, ...others] = exclusiveLocks(facts)
    const second = others.find((lock) => first !== undefined && !sameTable(lock.table, first.table))
    const step = second === undefined ? undefined : steps[second.at]
    if (first === undefined || second === undefined || step === undefined) return []
    if (commitsBetween(steps, first.at, second.at)) return []
    const [a, b] = [shown(first.locked.name), shown(second.locked.name)]
    return [
      lintFinding(facts, step.span, {
        severity: 'note',
        message: `The migration waits for an ACCESS EXCLUSIVE lock on ${b} while it holds one on ${a}.`,
        why: `A long transaction on ${b} blocks ${a} as well, and a request that locks them in the opposite order can deadlock with this migration.`,
        evidence: sizeRows(second.locked),
        remedies: [
          edit('Change each table in a separate migration, with transaction_per_migration=True.', 'likely'),
        ],
      }),
    ]
  },
}

export default rule
