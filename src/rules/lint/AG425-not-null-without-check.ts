import { edit } from '../../core/findings/finding.ts'
import { afterTables, exampleMigration } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { lockedTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { schemaAfter, tableOf } from '../../core/schema/migrated-schema.ts'
import type { MigratedTable } from '../../core/schema/migrated-schema.ts'
import { shown } from '../../core/text/display.ts'

/**
 * Reports SET NOT NULL on a column without a validated CHECK constraint, because PostgreSQL then reads the whole
 * table.
 */
const rule: MigrationRule = {
  code: 'AG425',
  name: 'not-null-without-check',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 688, read: 30, right: 30 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock', said: 'DEBUG:  verifying table "users"' },
  summary: 'A column is set to NOT NULL without a validated CHECK constraint that rules out NULLs.',
  explanation:
    '`ALTER COLUMN … SET NOT NULL` takes an ACCESS EXCLUSIVE lock and scans the whole table, which blocks all reads and writes. Since PostgreSQL 12, a valid `CHECK (x IS NOT NULL)` constraint avoids the scan. Such a constraint can be added as NOT VALID and then validated without blocking reads or writes.',
  cure: 'Run `ADD CONSTRAINT … CHECK (x IS NOT NULL) NOT VALID` in one migration, `VALIDATE CONSTRAINT` in the next, then `alter_column(…, nullable=False)`, and finally drop the CHECK.',
  examples: {
    bad: {
      files: afterTables(
        ["op.alter_column('users', 'name', nullable=False)"],
        ["op.alter_column('users', 'name', nullable=True)"],
      ),
      underlined: "op.alter_column('users', 'name', nullable=False)",
    },
    good: {
      files: {
        ...afterTables(
          [
            "op.create_check_constraint('name_given', 'users', 'name IS NOT NULL', postgresql_not_valid=True)",
          ],
          ["op.drop_constraint('name_given', 'users', type_='check')"],
        ),
        'c3.py': exampleMigration(
          'c3',
          'b2',
          ["op.execute('ALTER TABLE users VALIDATE CONSTRAINT name_given')"],
          ['pass'],
        ),
        'd4.py': exampleMigration(
          'd4',
          'c3',
          ["op.alter_column('users', 'name', nullable=False)"],
          ["op.alter_column('users', 'name', nullable=True)"],
        ),
      },
    },
  },
  inspect(facts) {
    const steps = upgradeSteps(facts)
    const { id } = facts.migration.revision
    return steps.flatMap((step, at) => {
      if (step.kind !== 'alterColumn' || step.nullable !== false) return []
      const locked = lockedTable(facts, step.table, at)
      if (locked === null) return []
      const before = facts.history.schemaBefore(id)
      const now = schemaAfter(before, { kind: 'operations', operations: steps.slice(0, at) }, id)
      const table = tableOf(now, step.table)
      const required = table?.columns.get(step.column)?.nullable === false
      if (required || (table !== null && isChecked(table, step.column))) return []
      const column = `${shown(locked.name)}.${shown(step.column)}`
      return [
        lintFinding(facts, step.span, {
          severity: locked.severity,
          message: `SET NOT NULL on ${column} reads the whole table under an ACCESS EXCLUSIVE lock.`,
          why: `All reads and writes on ${shown(locked.name)} wait until the migration's transaction ends.`,
          evidence: sizeRows(locked),
          remedies: [
            edit(
              'First add CHECK (... IS NOT NULL) NOT VALID, run VALIDATE CONSTRAINT in the next migration, then SET NOT NULL.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

/** Whether the table has a CHECK constraint with IS NOT NULL on the column. */
function isChecked({ constraints }: MigratedTable, column: string): boolean {
  const name = column.replace(/[^\w]/g, '\\$&')
  const says = new RegExp(`(?<!\\w)["(]*${name}[")]*\\s+is\\s+not\\s+null\\b(?!.*\\bor\\b)`, 'is')
  return constraints.some((each) => each.kind === 'check' && each.text !== null && says.test(each.text))
}

export default rule
