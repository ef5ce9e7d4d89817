import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { lockedTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { changesAllRows } from '../../core/lint/row-changes.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { shown } from '../../core/text/display.ts'

const update = "op.execute('UPDATE users SET name = lower(name)')"

/** Reports UPDATE or DELETE statements without a WHERE clause. */
const rule: MigrationRule = {
  code: 'AG430',
  name: 'every-row-at-once',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 273, read: 45, right: 45 },
  riskTag: 'locks',
  summary: 'Every row of an existing table is updated or deleted in one statement.',
  explanation:
    'Without WHERE, the statement locks each row until the transaction ends, so requests that write to those rows wait. It leaves a dead version of every row, writes WAL for every row, and loses all its work if interrupted. DELETE without WHERE also removes rows that were inserted after the migration was written.',
  cure: 'Change rows in batches of a few thousand, each in a separate transaction: use a script, or a loop in `with op.get_context().autocommit_block():`. Limit the statement to the rows that need the change: `WHERE name <> lower(name)`.',
  examples: {
    bad: { files: afterTables([update], ['pass']), underlined: update },
    good: {
      files: afterTables(
        ['op.execute("UPDATE users SET name = lower(name) WHERE id BETWEEN 1 AND 1000")'],
        ['pass'],
      ),
    },
  },
  inspect(facts) {
    return upgradeSteps(facts).flatMap((step, at) => {
      if (step.kind !== 'data' || step.writes === undefined || !changesAllRows(facts, step)) return []
      const locked = lockedTable(facts, step.writes.table, at)
      if (locked === null) return []
      const { statement } = step.writes
      const table = shown(locked.name)
      return [
        lintFinding(facts, step.span, {
          severity: locked.severity,
          message: `${statement.toUpperCase()} without WHERE ${statement === 'delete' ? 'deletes' : 'rewrites'} every row of ${table} in one statement.`,
          why: `Each row of ${table} stays locked against writes until the migration's transaction ends.`,
          evidence: sizeRows(locked),
          remedies: [
            edit(
              'Work in batches, or add a WHERE that selects only the rows that need the change.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

export default rule
