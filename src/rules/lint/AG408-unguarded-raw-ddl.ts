import { edit } from '../../core/findings/finding.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import type { CallFact } from '../../core/history/python-source.ts'
import { outlineOf, unguarded } from '../../core/schema/sql-outline.ts'
import { shown } from '../../core/text/display.ts'

/** Reports raw DDL that fails if its object already exists or is missing. */
const rule: MigrationRule = {
  code: 'AG408',
  name: 'unguarded-raw-ddl',
  severity: 'note',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 442, read: 12, right: 4 },
  summary: 'A raw CREATE, DROP or ALTER lacks an IF [NOT] EXISTS clause that PostgreSQL supports.',
  explanation: `If a migration is interrupted outside a transaction (a concurrent index, an \`autocommit_block\`,
SQLite, manual changes), a rerun runs into the partial changes that the first run left behind. In raw SQL, \`IF [NOT] EXISTS\` makes a rerun safe.
CREATE for constraints, types and triggers has no such clause and isn't reported; neither are temporary tables or
statements in \`downgrade\`. Most raw DDL runs inside a PostgreSQL transaction, where a failure leaves nothing behind,
so this rule is off by default.`,
  cure: 'Add `IF NOT EXISTS` or `IF EXISTS` if it is safe to skip the statement.',
  examples: {
    bad: {
      files: {
        'a1.py': `"""Index names"""
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.execute("CREATE TABLE IF NOT EXISTS users (id integer PRIMARY KEY, name text)")
    op.execute("CREATE INDEX users_name ON users (name)")


def downgrade():
    op.execute("DROP TABLE IF EXISTS users")
`,
      },
      underlined: 'op.execute("CREATE INDEX users_name ON users (name)")',
    },
    good: {
      files: {
        'a1.py': `"""Index names"""
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.execute("CREATE TABLE IF NOT EXISTS users (id integer PRIMARY KEY, name text)")
    op.execute("CREATE INDEX IF NOT EXISTS users_name ON users (name)")


def downgrade():
    op.execute("DROP TABLE IF EXISTS users")
`,
      },
    },
  },
  inspect(facts) {
    const { source } = facts.migration
    return source.calls.flatMap((call) => {
      const sql = call.function === 'downgrade' ? null : executed(call)
      // A surrounding `if` or `try` may handle a rerun.
      if (sql === null || call.within.some(({ kind }) => kind === 'if' || kind === 'try')) return []
      const [first] = outlineOf(sql).flatMap((statement) => unguarded(statement) ?? [])
      if (first === undefined) return []
      return [
        lintFinding(facts, call.range, {
          severity: 'note',
          message: `This ${first.what} has no ${first.guard}.`,
          why: 'A rerun after a partial failure would fail on the objects that the first run changed.',
          remedies: [edit(`Add ${shown(first.guard)} if it is safe to skip the statement.`, 'unsure')],
        }),
      ]
    })
  },
}

/** The SQL executed by the call; null if it isn't a literal. */
function executed({ callee, args }: CallFact): string | null {
  if (!/^(?:alembic\.op|batch|bind)\.(?:execute|exec_driver_sql)$/.test(callee)) return null
  const [statement] = args
  return statement?.text ?? statement?.call?.args[0]?.text ?? null
}

export default rule
