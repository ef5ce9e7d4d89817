import { advice, discovery, edit } from '../core/findings/finding.ts'
import { positionRemedies } from './remedies/position-remedies.ts'
import { failureFinding, predictedFailure } from './statement-remedies.ts'
import { type Facts, type Rule, judgeFactsOf } from '../core/diagnosis/rule.ts'
import type { PredictedFailure } from '../core/dry-run/dry-run.ts'
import { pendingNames } from '../core/dry-run/referenced-names.ts'
import { ancestorsOf } from '../core/history/revision-graph.ts'
import { objectName } from './phrases/statement-failure.ts'
import { shown } from '../core/text/display.ts'

const migration = `import sqlalchemy as sa
from alembic import op
revision = 'a1'
down_revision = None
def upgrade():
    op.drop_column('tables', 'seats')
`

const column = { type: 'integer', nullable: true, serverDefault: null }
const table = { schema: 'public', name: 'tables', visible: true, indexes: [], constraints: [] }

/** A pending migration needs what is not there. */
const rule: Rule = {
  code: 'AG302',
  name: 'object-missing',
  severity: 'error',
  summary: "A pending migration, or the version table, needs an object that doesn't exist.",
  explanation: `A column was dropped by hand, a table lives in another schema than the one that is searched, a migration
was stamped and never ran, an index has another name in this database than in the one that the migration was written
for; or \`version_table_schema\` names a schema that nobody created. The guard walks through the pending migrations in Alembic's order over what the database really holds; the first
statement that can't succeed is named with file, line and the error.`,
  cure: `Put back what was removed by hand, or take the statement out of the migration. If an earlier migration should
have made it, that one was stamped and never ran: run what it does before going on.`,
  examples: {
    bad: {
      files: { 'a1.py': migration },
      versions: [],
      schema: { tables: [{ ...table, columns: [{ name: 'id', ...column }] }] },
    },
    good: {
      files: { 'a1.py': migration },
      versions: [],
      schema: { tables: [{ ...table, columns: [{ name: 'seats', ...column }] }] },
    },
  },
  explains: ['refused-statement', 'version-schema'],
  follows: { AG303: 'same table' },
  inspect(facts) {
    const prediction = facts.database?.prediction
    if (prediction?.outcome === 'fails' && prediction.cause.kind === 'version-schema') {
      const schema = shown(prediction.cause.schema)
      return [
        discovery({
          severity: 'error',
          message: `Schema ${schema}, where Alembic keeps its version table, does not exist.`,
          why: 'Alembic would fail before the first migration, when it creates the version table.',
          evidence: [['Error', prediction.error.message]],
          remedies: [
            advice(`If the name is right: create the schema before the release, CREATE SCHEMA ${schema}.`),
            advice('If it is a typo: correct version_table_schema in env.py.'),
          ],
        }),
      ]
    }
    const refusal = predictedFailure(facts, 'missing')
    if (!refusal) return []
    const object = shown(objectName(refusal.object))
    const judge = judgeFactsOf(facts)
    const position = positionRemedies(judge, refusal.revision)
    return [
      failureFinding(
        refusal,
        `A pending migration needs ${object}, which does not exist.`,
        [
          ...position.remedies,
          advice(`If ${object} was removed by hand: restore it.`),
          ...(position.remedies.length > 0 || !namedBefore(facts, refusal)
            ? []
            : [
                advice(
                  'If an earlier migration creates it: that one was stamped but never ran; do what it does first.',
                ),
              ]),
          edit(
            "If it isn't coming back: remove the statement, or make it conditional (if_exists).",
            'likely',
          ),
        ],
        facts,
        { otherwise: position.otherwise },
      ),
    ]
  },
}

/** Does a migration before this one speak of the table or type? Where that isn't known, one may. */
function namedBefore({ graph, database }: Facts, { revision, object }: PredictedFailure): boolean {
  const operations = (database?.live ?? database?.untrusted)?.operations
  const name = 'table' in object ? object.table : 'name' in object ? object.name : null
  const before = [...ancestorsOf(graph, [revision])].filter((id) => id !== revision)
  if (!operations || name === null) return before.length > 0
  return pendingNames(before, operations).names.includes(name)
}

export default rule
