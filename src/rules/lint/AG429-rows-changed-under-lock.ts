import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { commitsBetween, exclusiveLocks } from '../../core/lint/held-locks.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { upgradeSteps } from '../../core/lint/lock-facts.ts'
import { changesManyRows } from '../../core/lint/row-changes.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { shown } from '../../core/text/display.ts'

const backfill = 'op.execute("UPDATE users SET plan = \'free\' WHERE plan IS NULL")'
const add = "op.add_column('users', sa.Column('plan', sa.Text(), nullable=True))"

/** Reports row changes made while a schema change locks the table. */
const rule: MigrationRule = {
  code: 'AG429',
  name: 'rows-changed-under-lock',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 177, read: 42, right: 41 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock' },
  summary: 'Many rows are changed in the same transaction as a schema change that locks a table.',
  explanation:
    "ADD COLUMN itself is instant, but its ACCESS EXCLUSIVE lock is held until the transaction ends. While a later UPDATE or DELETE in that transaction changes rows, all reads and writes on the table wait. Statements whose WHERE clause compares a column with a constant aren't reported.",
  cure: 'Change the schema in one migration and the rows in another, in batches: use a script, or a loop in `with op.get_context().autocommit_block():`. Set NOT NULL in a third migration.',
  examples: {
    bad: { files: afterTables([add, backfill], ["op.drop_column('users', 'plan')"]), underlined: backfill },
    good: {
      files: afterTables(['op.execute("UPDATE users SET name = \'none\' WHERE name IS NULL")'], ['pass']),
    },
  },
  inspect(facts) {
    const steps = upgradeSteps(facts)
    if (!steps.some(({ kind }) => kind === 'data')) return []
    const locks = exclusiveLocks(facts)
    for (const [at, step] of steps.entries()) {
      if (step.kind !== 'data' || step.autocommit === true || !changesManyRows(facts, step)) continue
      const held = locks.find((lock) => lock.at < at && !commitsBetween(steps, lock.at, at))
      if (held === undefined) continue
      const [table, line] = [shown(held.locked.name), steps[held.at]?.span.line ?? 1]
      const written = step.writes === undefined ? 'rows' : `rows of ${shown(step.writes.table.name)}`
      return [
        lintFinding(facts, step.span, {
          severity: held.locked.severity,
          message: `This migration changes ${written} while it holds an ACCESS EXCLUSIVE lock on ${table} (line ${line}).`,
          why: `All reads and writes on ${table} wait until all of the rows are changed and the transaction ends.`,
          evidence: sizeRows(held.locked),
          remedies: [edit('Change the rows in a separate migration, in batches.', 'likely')],
        }),
      ]
    }
    return []
  },
}

export default rule
