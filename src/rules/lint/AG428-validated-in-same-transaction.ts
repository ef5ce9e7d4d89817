import { edit } from '../../core/findings/finding.ts'
import { afterTables, exampleMigration } from '../examples/example-migrations.ts'
import { commitsBetween } from '../../core/lint/held-locks.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { lockedTable, sameTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { type SqlStatement, hasWords, includesWords, nameAt } from '../../core/lint/sql-statement.ts'
import type { ObjectName } from '../../core/history/operation.ts'
import { shown } from '../../core/text/display.ts'

const notValid = "op.create_check_constraint('named', 'users', \"name <> ''\", postgresql_not_valid=True)"
const validate = "op.execute('ALTER TABLE users VALIDATE CONSTRAINT named')"
const drop = ["op.drop_constraint('named', 'users')"]

/** Reports VALIDATE CONSTRAINT in the same transaction as ADD … NOT VALID, whose lock is still held. */
const rule: MigrationRule = {
  code: 'AG428',
  name: 'validated-in-same-transaction',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 3, read: 3, right: 3 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock' },
  summary: 'A constraint is added NOT VALID and validated in the same transaction.',
  explanation:
    'The point of NOT VALID is to release the strong lock before the rows are checked. But a lock is held until the transaction ends. Within one migration, VALIDATE CONSTRAINT checks the rows while the lock taken by ADD CONSTRAINT is still held, so nothing is gained. Alembic runs all migrations of an upgrade in one transaction unless env.py sets `transaction_per_migration=True`.',
  cure: `Move VALIDATE CONSTRAINT to the next migration and set \`transaction_per_migration=True\`, or put it inside
\`with op.get_context().autocommit_block():\`.`,
  examples: {
    bad: { files: afterTables([notValid, validate], drop), underlined: validate },
    good: {
      files: {
        ...afterTables([notValid], drop),
        'c3.py': exampleMigration('c3', 'b2', [validate], ['pass']),
      },
    },
  },
  inspect(facts) {
    const steps = upgradeSteps(facts)
    return facts.migration.sql.upgrade.flatMap((statement) => {
      const table = validatedTable(statement)
      if (table === null || statement.autocommit) return []
      const at = steps.findLastIndex(
        (step, index) =>
          // Another statement in the same op.execute call may add the constraint.
          (index < statement.at || step.span === statement.span) &&
          step.kind === 'addConstraint' &&
          'notValid' in step.constraint &&
          sameTable(step.table, table),
      )
      const added = steps[at]
      const locked = added === undefined ? null : lockedTable(facts, table, at)
      if (added === undefined || locked === null || commitsBetween(steps, at, Math.max(at, statement.at)))
        return []
      const mode =
        added.kind === 'addConstraint' && added.constraint.kind === 'foreignKey'
          ? 'a SHARE ROW EXCLUSIVE'
          : 'an ACCESS EXCLUSIVE'
      return [
        lintFinding(facts, statement.span, {
          severity: locked.severity,
          message: `VALIDATE CONSTRAINT scans ${shown(locked.name)} while the transaction still holds ${mode} lock from line ${added.span.line}.`,
          why: `Both are in one transaction, so ${mode.startsWith('an') ? 'reads and writes' : 'INSERT, UPDATE and DELETE'} on ${shown(locked.name)} wait for the whole scan.`,
          evidence: sizeRows(locked),
          remedies: [
            edit(
              'Move VALIDATE CONSTRAINT to the next migration, with transaction_per_migration=True in env.py.',
              'likely',
            ),
            edit('Or put VALIDATE CONSTRAINT inside "with op.get_context().autocommit_block():".', 'likely'),
          ],
        }),
      ]
    })
  },
}

function validatedTable(statement: SqlStatement): ObjectName | null {
  if (!hasWords(statement, 0, 'alter', 'table') || !includesWords(statement, 'validate', 'constraint'))
    return null
  const behind = hasWords(statement, 2, 'if', 'exists') ? 4 : 2
  return nameAt(statement, hasWords(statement, behind, 'only') ? behind + 1 : behind)
}

export default rule
