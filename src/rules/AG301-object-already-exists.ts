import { type Remedy, advice, edit } from '../core/findings/finding.ts'
import type { PredictedFailure } from '../core/dry-run/dry-run.ts'
import { partlyApplied, positionRemedies } from './remedies/position-remedies.ts'
import { failureFinding, predictedFailure } from './statement-remedies.ts'
import { type Rule, judgeFactsOf } from '../core/diagnosis/rule.ts'
import { objectName } from './phrases/statement-failure.ts'
import { shown } from '../core/text/display.ts'

const migration = `import sqlalchemy as sa
from alembic import op
revision = 'a1'
down_revision = 'a0'
def upgrade():
    op.create_table('tables', sa.Column('id', sa.Integer, primary_key=True))
`

const base = `revision = 'a0'\ndown_revision = None\ndef upgrade(): pass\n`

/** A pending migration makes what is there. */
const rule: Rule = {
  code: 'AG301',
  name: 'object-already-exists',
  severity: 'error',
  summary: 'A pending migration creates an object that already exists.',
  explanation: `The graph may be perfect and the upgrade still ends at one statement: the table was made by hand or by
\`create_all()\`, an upgrade broke off on a database without transactional DDL, a row of the version table was lost.
The guard walks through the pending migrations in Alembic's order over what the database really holds; the first
statement that can't succeed is named with file, line and the error. \`IF NOT EXISTS\`, earlier pending statements,
schemas and the search path are taken into account. What depends on something that only running would tell is never
called a failure.`,
  cure: `Find out where the object comes from. A leftover is dropped or renamed; what is wanted as it is gets a migration
that looks first. If everything that the migration does is there already, it ran without leaving its row: compare, then
stamp that very revision.`,
  examples: {
    bad: {
      files: { 'a0.py': base, 'a1.py': migration },
      versions: ['a0'],
      schema: {
        tables: [
          { schema: 'public', name: 'tables', visible: true, columns: [], indexes: [], constraints: [] },
        ],
      },
    },
    good: { files: { 'a0.py': base, 'a1.py': migration }, versions: ['a0'], schema: { tables: [] } },
  },
  explains: ['refused-statement'],
  follows: { AG206: 'same table', AG209: 'error' },
  inspect(facts) {
    const refusal = predictedFailure(facts, 'exists')
    if (!refusal) return []
    const object = shown(objectName(refusal.object))
    const judge = judgeFactsOf(facts)
    const position = positionRemedies(judge, refusal.revision)
    const partly = partlyApplied(judge, refusal.revision)
    return [
      failureFinding(
        refusal,
        `A pending migration creates ${object}, which exists.`,
        [
          ...invalidIndex(refusal),
          ...position.remedies,
          advice(
            partly === null
              ? `If ${object} is a leftover (of an aborted run, or made by hand): drop or rename it.`
              : `If a run of ${shown(refusal.revision)} was aborted: undo what it left, then upgrade again.`,
          ),
          edit(`If it is wanted: let the migration create it only where it is missing.`, 'likely'),
        ],
        facts,
        {
          notAdvised:
            position.remedies.length > 0
              ? null
              : `stamping ${shown(refusal.revision)} would skip the rest of that migration, unless all of it is there.`,
          otherwise: position.otherwise,
          details: partly === null ? [] : [partly],
        },
      ),
    ]
  },
}

/** An index that a broken `CREATE INDEX CONCURRENTLY` left is of no use to anybody. */
function invalidIndex({ obstacle, object }: PredictedFailure): readonly Remedy[] {
  if (obstacle.kind !== 'nameTaken' || !obstacle.invalid || !('name' in object)) return []
  const drop = `DROP INDEX CONCURRENTLY ${shown(object.name ?? '')}`
  return [advice(`An earlier CREATE INDEX CONCURRENTLY failed and left it INVALID: ${drop}, then release.`)]
}

export default rule
