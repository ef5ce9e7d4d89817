import { edit } from '../../core/findings/finding.ts'
import { afterTables, exampleMigration } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { lockedTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { schemaAfter, tableOf } from '../../core/schema/migrated-schema.ts'
import type { MigratedTable } from '../../core/schema/migrated-schema.ts'
import { shown } from '../../core/text/display.ts'

/** SET NOT NULL has to read the whole table, unless a CHECK has proved it already. */
const rule: MigrationRule = {
  code: 'AG425',
  name: 'not-null-without-check',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 688, read: 30, right: 30 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock', said: 'DEBUG:  verifying table "users"' },
  summary: 'A column becomes NOT NULL, and no validated CHECK proves that it can.',
  explanation: `\`ALTER COLUMN … SET NOT NULL\` takes an ACCESS EXCLUSIVE lock and reads the whole table to make sure:
every read and every write waits. Since PostgreSQL 12 it believes a valid \`CHECK (x IS NOT NULL)\` and reads nothing, and
such a CHECK can be added NOT VALID and validated while everybody works.`,
  cure: `\`ADD CONSTRAINT … CHECK (x IS NOT NULL) NOT VALID\` in one migration, \`VALIDATE CONSTRAINT\` in the next, then
\`alter_column(…, nullable=False)\`, then drop the CHECK.`,
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
          why: `Every read and every write of ${shown(locked.name)} waits until the migration's transaction ends.`,
          evidence: sizeRows(locked),
          remedies: [
            edit(
              'Add CHECK (... IS NOT NULL) NOT VALID first, VALIDATE CONSTRAINT in the next migration, then SET NOT NULL.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

/** Some CHECK of the table says that the column IS NOT NULL, maybe among other things. */
function isChecked({ constraints }: MigratedTable, column: string): boolean {
  const name = column.replace(/[^\w]/g, '\\$&')
  const says = new RegExp(`(?<!\\w)["(]*${name}[")]*\\s+is\\s+not\\s+null\\b(?!.*\\bor\\b)`, 'is')
  return constraints.some((each) => each.kind === 'check' && each.text !== null && says.test(each.text))
}

export default rule
