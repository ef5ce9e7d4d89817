import { postgresql } from '../../core/dialect/postgresql.ts'
import { sqlite } from '../../core/dialect/sqlite.ts'
import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { isMadeHere, upgradeSteps } from '../../core/lint/lock-facts.ts'
import type { Operation } from '../../core/history/operation.ts'
import { counted, shown } from '../../core/text/display.ts'

/** Reports new NOT NULL columns that have no value for existing rows. */
const rule: MigrationRule = {
  code: 'AG421',
  name: 'required-column-without-default',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 75, read: 30, right: 29 },
  summary: 'A NOT NULL column without a server default is added to an existing table.',
  explanation: `Existing rows have no value for the new column, so the statement fails if the table has any rows:
\`column "x" of relation "users" contains null values\`. It succeeds on empty test tables. \`default=\`
doesn't help: SQLAlchemy applies it in Python, and the database never sees it. SQLite also rejects such a column
if the table has rows.`,
  cure: 'Add a `server_default` (on PostgreSQL 11 and newer, a constant costs nothing). Or add the column as nullable, fill it in batches, and set NOT NULL in a later migration.',
  examples: {
    bad: {
      files: afterTables(
        ["op.add_column('users', sa.Column('plan', sa.Text(), nullable=False))"],
        ["op.drop_column('users', 'plan')"],
      ),
      underlined: "op.add_column('users', sa.Column('plan', sa.Text(), nullable=False))",
    },
    good: {
      files: afterTables(
        ["op.add_column('users', sa.Column('plan', sa.Text(), nullable=False, server_default='free'))"],
        ["op.drop_column('users', 'plan')"],
      ),
    },
  },
  inspect(facts) {
    // MySQL fills existing rows with an implicit default.
    const postgres = mayRunOn(facts.project, postgresql)
    if (!postgres && !mayRunOn(facts.project, sqlite)) return []
    const steps = upgradeSteps(facts)
    return steps.flatMap((step, at) => {
      if (step.kind !== 'addColumn' || step.column.nullable !== false) return []
      const { name, serverDefault, type, identity, generated } = step.column
      // The database generates the column's value.
      if (identity !== undefined || generated !== undefined) return []
      if (serverDefault.kind !== 'none' || isMadeHere(steps, step.table, at)) return []
      // An unknown type may be a domain with its own default.
      if (type.postgres === null && type.enum === null) return []
      if (isEmptied(facts, step)) return []
      const live = facts.live?.sizeOf(step.table) ?? null
      if (facts.live !== null && (live === null || live.empty)) return []
      const table = shown(step.table.name)
      return [
        lintFinding(facts, step.span, {
          severity: 'error',
          message: `${table}.${shown(name)} is NOT NULL without a server default, so existing rows have no value for it.`,
          why: postgres
            ? `Unless the table is empty, the upgrade fails with NotNullViolation: column "${shown(name)}" of relation "${table}" contains null values`
            : 'If the table has rows, SQLite rejects the column, and a batch operation fails when it copies the rows: NOT NULL constraint failed',
          evidence:
            live !== null && live.rows > 0 ? [[`${table} holds`, `about ${counted(live.rows, 'row')}`]] : [],
          remedies: [
            edit('If one value suits all rows, set it as the server_default.', 'likely'),
            edit(
              'Otherwise, add the column with nullable=True, fill it, and set NOT NULL in a later migration.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

/** Whether the migration seems to delete all rows from the table, directly or through a model. */
function isEmptied({ migration }: LintFacts, { table, span }: AddColumn): boolean {
  const name = table.name.replace(/[^\w]/g, '\\$&')
  const inSql = new RegExp(
    `(?:truncate(?:\\s+table)?|delete\\s+from)\\s+(?:only\\s+)?(?:["\\w]+\\.)?["\\\\]*${name}\\b(?!\\s+where)`,
    'i',
  )
  const { lines, text, functions } = migration.source
  const before = lines.slice(0, span.line - 1).join('\n')
  // Helpers and constants may come after `upgrade`, so search everything except `downgrade`.
  const { start, end } = functions.find((one) => one.name === 'downgrade')?.range ?? { start: 0, end: 0 }
  return /\.query\([^()]*\)\s*\.delete\(/.test(before) || inSql.test(text.slice(0, start) + text.slice(end))
}

type AddColumn = Extract<Operation, { kind: 'addColumn' }>

export default rule
