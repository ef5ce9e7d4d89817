import type { Obstacle } from '../core/dry-run/failure-reason.ts'
import { type Remedy, advice, discovery, edit } from '../core/findings/finding.ts'
import { positionRemedies } from './remedies/position-remedies.ts'
import { failureFinding, predictedFailure } from './statement-remedies.ts'
import { type Facts, type Rule, judgeFactsOf } from '../core/diagnosis/rule.ts'
import type { PredictedFailure } from '../core/dry-run/dry-run.ts'
import { pendingNames } from '../core/dry-run/referenced-names.ts'
import { ancestorsOf } from '../core/history/revision-graph.ts'
import { objectName } from './phrases/statement-failure.ts'
import { shown } from '../core/text/display.ts'
import { quoteIdentifier } from '../core/text/sql-quoting.ts'

const migration = `import sqlalchemy as sa
from alembic import op
revision = 'a1'
down_revision = None
def upgrade():
    op.drop_column('tables', 'seats')
`

const column = { type: 'integer', nullable: true, serverDefault: null }
const table = { schema: 'public', name: 'tables', visible: true, indexes: [], constraints: [] }

/** Reports a missing object that a pending migration or the version table needs. */
const rule: Rule = {
  code: 'AG302',
  name: 'object-missing',
  severity: 'error',
  summary: "A pending migration, or the version table, needs an object that doesn't exist.",
  explanation: `Possible causes: a column was dropped manually, a table is in a schema that isn't in the search
path, an extension such as pgvector or PostGIS isn't installed, a migration was stamped but never ran, an index has a different
name in this database, or \`version_table_schema\` is set to a schema that was never created. The guard simulates the pending
migrations in Alembic's order against the live schema and reports the first statement that can't succeed, with its
file, line and error.`,
  cure: 'Restore what was removed manually, or remove the statement from the migration. If an earlier migration should have created the object, that migration was stamped but never ran: apply its changes first.',
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
          message: `Schema ${schema} for Alembic's version table doesn't exist.`,
          why: 'Alembic would fail before the first migration, when it creates the version table.',
          evidence: [['Error', prediction.error.message]],
          remedies: [
            advice(`If the name is correct, create the schema before the release: CREATE SCHEMA ${schema}.`),
            advice('If the name is a typo, correct version_table_schema in env.py.'),
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
        `A pending migration needs ${object}, which doesn't exist.`,
        [
          ...position.remedies,
          refusal.obstacle.kind === 'absentExtensionType'
            ? extensionRemedy(refusal.obstacle)
            : advice(`If ${object} was removed manually, restore it.`),
          ...(position.remedies.length > 0 || !namedBefore(facts, refusal)
            ? []
            : [
                advice(
                  'If an earlier migration creates the object, that migration was stamped but never ran; apply its changes first.',
                ),
              ]),
          ...lastResort(refusal),
        ],
        facts,
        { otherwise: position.otherwise },
      ),
    ]
  },
}

function lastResort({ object, obstacle }: PredictedFailure): readonly Remedy[] {
  if (obstacle.kind === 'absentExtensionType') return []
  if (object.kind === 'function') return [advice(installs(object.name))]
  const text =
    'If the object was removed on purpose, remove the statement or make it conditional (if_exists).'
  return [edit(text, 'likely')]
}

function extensionRemedy({ extension, state }: Extract<Obstacle, { kind: 'absentExtensionType' }>): Remedy {
  switch (state) {
    case 'installed':
      return advice("Add the extension's schema to the search path of the role or of env.py's connection.")
    case 'unavailable':
      return advice(
        "Install this extension's package on the database server, or choose a service that offers it.",
      )
    case 'superuserOnly':
      return advice(`Run this once as a superuser: CREATE EXTENSION ${quoteIdentifier(extension)};`)
    default:
      return advice(
        `Install the extension in an earlier migration or at the start of this one: op.execute('CREATE EXTENSION IF NOT EXISTS ${extension}').`,
      )
  }
}

function installs(name: string): string {
  if (!name.startsWith('uuid_')) return 'If an extension provides the function, install the extension first.'
  const sql = 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"'
  return `If the function is from the extension uuid-ossp, install the extension in an earlier migration or at the start of this one: op.execute('${sql}').`
}

/**
 * Returns whether an earlier migration mentions the table or type. If the migrations' contents are unknown, returns
 * whether there is any earlier migration.
 */
function namedBefore({ graph, database }: Facts, { revision, object }: PredictedFailure): boolean {
  const operations = (database?.live ?? database?.untrusted)?.operations
  const name = 'table' in object ? object.table : 'name' in object ? object.name : null
  const before = [...ancestorsOf(graph, [revision])].filter((id) => id !== revision)
  if (!operations || name === null) return before.length > 0
  return pendingNames(before, operations).names.includes(name)
}

export default rule
