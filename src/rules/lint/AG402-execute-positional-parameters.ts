import { edit } from '../../core/findings/finding.ts'
import { atLeast } from '../../core/history/alembic-version.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import type { ArgumentFact, CallFact } from '../../core/history/python-source.ts'
import { shown } from '../../core/text/display.ts'
import type { TextEdit } from '../../core/text/text-edits.ts'

/** Reports `op.execute(text, parameters)`, which takes only one positional argument. */
const rule: MigrationRule = {
  code: 'AG402',
  name: 'execute-positional-parameters',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 6, read: 6, right: 6 },
  summary: '`op.execute` is called with parameters as its second argument.',
  explanation: `A connection's \`execute\` accepts parameters as its second argument, but \`op.execute\` doesn't. From
Alembic 1.11 on, \`op.execute\` raises a TypeError: *execute() takes 2 positional arguments but 3 were given*. Older
releases treat the parameters as \`execution_options\`, so the statement lacks its values: *A value is required for bind
parameter*. The file loads and the graph is fine, so the error only appears when the migration runs.`,
  cure: `Bind the values to the statement, \`op.execute(sa.text("… :name").bindparams(name=value))\`, or use the
connection: \`op.get_bind().execute(sa.text("… :name"), {"name": value})\`.`,
  examples: {
    bad: {
      files: {
        'a1.py': `"""Rename the first plan"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.execute(sa.text("SELECT set_config('app.plan', :name, true)"), {'name': 'basic'})


def downgrade():
    op.execute(sa.text("SELECT set_config('app.plan', '', true)"))
`,
      },
      underlined: `op.execute(sa.text("SELECT set_config('app.plan', :name, true)"), {'name': 'basic'})`,
    },
    good: {
      files: {
        'a1.py': `"""Rename the first plan"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.execute(sa.text("SELECT set_config('app.plan', :name, true)").bindparams(name='basic'))


def downgrade():
    op.execute(sa.text("SELECT set_config('app.plan', '', true)"))
`,
      },
    },
  },
  inspect(facts) {
    return facts.migration.source.calls.flatMap((call) => {
      if (!/^(?:alembic\.op|batch)\.execute$/.test(call.callee)) return []
      const positional = call.args.filter(({ keyword }) => keyword === null)
      const [statement, parameters] = positional
      const unpacked = call.args.some(({ keyword }) => keyword === '*')
      if (unpacked || statement === undefined || parameters === undefined) return []
      const keywordOnly = atLeast(facts.repository.alembic.version, '1.11.0')
      // Before Alembic 1.11, the second argument is `execution_options` and may be intentional.
      const sql = statement.text ?? statement.call?.args[0]?.text ?? ''
      if (!keywordOnly && !/(?<![:\w]):\w/.test(sql)) return []
      const fix = positional.length === 2 ? bound(statement, parameters, call) : null
      return [
        lintFinding(facts, call.range, {
          severity: 'error',
          message: `${shown(call.written)} takes one positional argument, the statement, but got ${positional.length}.`,
          why: keywordOnly
            ? 'The upgrade fails with TypeError: execute() takes 2 positional arguments but 3 were given'
            : 'Alembic passes the values as execution_options, and the upgrade fails with StatementError: A value is required for bind parameter',
          remedies: [
            edit(
              'Bind the values to the statement: sa.text("... :name").bindparams(name=value).',
              fix === null ? 'likely' : 'proven',
            ),
          ],
          ...(fix === null ? {} : { fix }),
        }),
      ]
    })
  },
}

/** Rewrites the call to use `text(…).bindparams(…)`; null if the arguments have an unexpected form. */
function bound(
  statement: ArgumentFact,
  parameters: ArgumentFact,
  call: CallFact,
): readonly TextEdit[] | null {
  const named = parameters.items.every(({ keyword }) => /^[A-Za-z_]\w*$/.test(keyword ?? ''))
  if (parameters.kind !== 'dict' || !named || parameters.items.length === 0) return null
  if (statement.kind !== 'call' || statement.call?.callee !== 'sqlalchemy.text') return null
  const { path } = call.range
  const values = parameters.items.map(({ keyword, source }) => `${keyword}=${source}`).join(', ')
  return [{ path, start: statement.range.end, end: parameters.range.end, text: `.bindparams(${values})` }]
}

export default rule
