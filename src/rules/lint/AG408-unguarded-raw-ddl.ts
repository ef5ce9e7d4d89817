import { edit } from '../../core/findings/finding.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import type { CallFact } from '../../core/history/python-source.ts'
import { outlineOf, unguarded } from '../../core/schema/sql-outline.ts'
import { shown } from '../../core/text/display.ts'

/** Raw DDL that fails when its work is done already. */
const rule: MigrationRule = {
  code: 'AG408',
  name: 'unguarded-raw-ddl',
  severity: 'note',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 442, read: 12, right: 4 },
  summary: 'Raw CREATE, DROP or ALTER without a possible IF [NOT] EXISTS.',
  explanation: `A migration that was stopped half-way outside of a transaction (a concurrent index, an
\`autocommit_block\`, SQLite, a hand that helped) meets its own traces when it is run again. Where SQL is written by
hand the guard costs two words. Constraints, types and triggers have no such guard when they are created; they are left
alone, and so are temporary tables and \`downgrade\`. Inside of a transaction on PostgreSQL a failure leaves no traces,
and most raw DDL stands there; therefore the rule is off.`,
  cure: 'Write `IF NOT EXISTS` or `IF EXISTS`, where finding the object (or not finding it) is as good.',
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
      // A condition around it may be the guard.
      if (sql === null || call.within.some(({ kind }) => kind === 'if' || kind === 'try')) return []
      const [first] = outlineOf(sql).flatMap((statement) => unguarded(statement) ?? [])
      if (first === undefined) return []
      return [
        lintFinding(facts, call.range, {
          severity: 'note',
          message: `This ${first.what} has no ${first.guard}.`,
          why: 'If it is run again after failing half-way, it stops at its own leftovers.',
          remedies: [edit(`Write ${shown(first.guard)} if an existing object is just as good.`, 'unsure')],
        }),
      ]
    })
  },
}

/** The SQL that a call executes, where its text is written here. */
function executed({ callee, args }: CallFact): string | null {
  if (!/^(?:alembic\.op|batch|bind)\.(?:execute|exec_driver_sql)$/.test(callee)) return null
  const [statement] = args
  return statement?.text ?? statement?.call?.args[0]?.text ?? null
}

export default rule
