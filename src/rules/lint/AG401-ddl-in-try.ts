import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { isNotForPostgres, mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import type { CallFact, Enclosure, SourceFacts } from '../../core/history/python-source.ts'
import { isDdl } from '../../core/schema/sql-outline.ts'
import { shown } from '../../core/text/display.ts'

/** An exception of the database is swallowed although it has ended the transaction. */
const rule: MigrationRule = {
  code: 'AG401',
  name: 'ddl-in-try',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 133, read: 30, right: 30 },
  summary: 'A change of the schema stands in a `try` whose `except` goes on.',
  explanation: `On PostgreSQL a statement that fails ends the transaction. \`except\` catches the exception, not that:
everything after it, and Alembic's own write of the version row, fails with *current transaction is aborted, commands
ignored until end of transaction block*. The release dies with an error about a statement that is fine.`,
  cure: `Ask first: \`sa.inspect(op.get_bind()).has_table("…")\`, \`if_exists=True\`, \`IF NOT EXISTS\`. Where only
trying tells, put the statement into a savepoint: \`with op.get_bind().begin_nested():\` inside of the \`try\`.`,
  examples: {
    bad: {
      files: {
        'a1.py': `"""Add notes"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))
    try:
        op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))
    except Exception:
        pass


def downgrade():
    op.drop_table('notes')
`,
      },
      underlined: `op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))`,
    },
    good: {
      files: {
        'a1.py': `"""Add notes"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    if not sa.inspect(op.get_bind()).has_table('notes'):
        op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table('notes')
`,
      },
    },
  },
  inspect(facts) {
    const { source } = facts.migration
    if (!mayRunOn(facts.project, postgresql)) return []
    const seen = new Set<number>()
    return source.calls.flatMap((call) => {
      const guard = swallowingTry(call)
      if (guard === null || seen.has(guard.range.start) || !changesSchema(call)) return []
      if (isNotForPostgres(call) || inSavepoint(source, call, guard)) return []
      seen.add(guard.range.start)
      return [
        lintFinding(facts, call.range, {
          severity: 'error',
          message: `${shown(call.written)} stands in a try, on line ${guard.range.line}, whose except goes on.`,
          why: 'When it fails PostgreSQL has ended the transaction: every later statement stops with InFailedSqlTransaction, and so does the version row.',
          remedies: [
            edit('Ask first whether the object is there, then act without try.', 'likely'),
            edit(
              'Or put it into a savepoint: with op.get_bind().begin_nested() inside of the try.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

type Try = Extract<Enclosure, { kind: 'try' }>

/** The innermost `try` in whose body the call stands and whose handlers go on. */
function swallowingTry({ within }: CallFact): Try | null {
  const tries = within.filter((each): each is Try => each.kind === 'try' && each.part === 'body')
  return tries.findLast(({ swallows }) => swallows) ?? null
}

const harmless = /^(?:get_bind|get_context|f|inline_literal|batch_alter_table|execute|invoke|run_async|register_operation|implementation_for)$/ // prettier-ignore

function changesSchema(call: CallFact): boolean {
  const directive = /^(?:alembic\.op|batch)\.(?<name>\w+)$/.exec(call.callee)?.groups?.['name']
  if (directive !== undefined && !harmless.test(directive)) return true
  const executes = directive === 'execute' || /^bind\.(?:execute|exec_driver_sql)$/.test(call.callee)
  const [statement] = call.args
  if (!executes || statement === undefined) return false
  const text = statement.text ?? statement.call?.args[0]?.text ?? null
  return text !== null && isDdl(text)
}

/** A savepoint, or an autocommit block: then a failure ends no more than the statement itself. */
function inSavepoint(source: SourceFacts, { within, range }: CallFact, guard: Try): boolean {
  const inside = within.some(
    (each) =>
      each.kind === 'with' &&
      (/begin_nested|autocommit/.test(each.source) ||
        // A connection or a transaction of its own.
        (each.range.start > guard.range.start && /\bbegin\(|\bconnect\(|savepoint/i.test(each.source))),
  )
  const text = source.text.slice(guard.range.start, guard.range.end)
  const before = source.text.slice(0, range.start)
  return (
    inside ||
    /savepoint|begin_nested|\brollback\b/i.test(text) ||
    /isolation_level\s*=\s*["']AUTOCOMMIT/.test(before)
  )
}

export default rule
