import { type Remedy, advice, edit } from '../core/findings/finding.ts'
import type { PredictedFailure } from '../core/dry-run/dry-run.ts'
import { partlyApplied, positionRemedies } from './remedies/position-remedies.ts'
import { createdTwice, failureFinding, predictedFailure } from './statement-remedies.ts'
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

/** Reports a pending migration that creates an existing object. */
const rule: Rule = {
  code: 'AG301',
  name: 'object-already-exists',
  severity: 'error',
  summary: 'A pending migration creates an object that already exists.',
  explanation: `Even with a perfect revision graph, the upgrade can fail at a statement. Possible causes: the
table was created manually or by \`create_all()\`, an earlier upgrade failed on a database without transactional DDL, or
a row of the version table was lost. The guard simulates the pending migrations in Alembic's order against the live
schema and reports the first statement that can't succeed, with its file, line and error. It takes \`IF NOT EXISTS\`,
earlier pending statements, schemas and the search path into account. It never reports a failure that it can't prove
without running the code.`,
  cure: "Find out where the object comes from. If it is left over, drop or rename it. If it is intentional, have the migration check whether it exists. If all of the migration's objects already exist, the migration probably ran, but its version row is missing: run the `restamp` command from the report, which compares the schema with the migration first. If only some of them exist, don't stamp the migration.",
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
    const twice = createdTwice(refusal, 'Or run the second statement only if the object is missing.', facts)
    if (twice !== null) return [twice]
    if (refusal.object.kind === 'extension') {
      const message = `A pending migration installs ${object}, which is already installed.`
      const lenient = edit('Write CREATE EXTENSION IF NOT EXISTS in the migration.', 'likely')
      return [failureFinding(refusal, message, [lenient], facts)]
    }
    const judge = judgeFactsOf(facts)
    const position = positionRemedies(judge, refusal.revision)
    const partly = partlyApplied(judge, refusal.revision)
    return [
      failureFinding(
        refusal,
        `A pending migration creates ${object}, which already exists.`,
        [
          ...invalidIndex(refusal),
          ...position.remedies,
          advice(
            partly === null
              ? `If ${object} is left over from an aborted run or was created manually, drop or rename it.`
              : `If a run of ${shown(refusal.revision)} was aborted, revert its partial changes, then upgrade again.`,
          ),
          edit(
            `If the object is supposed to exist, have the migration create it only if it is missing.`,
            'likely',
          ),
        ],
        facts,
        {
          notAdvised:
            position.remedies.length > 0
              ? null
              : `stamping ${shown(refusal.revision)} would mark it as applied, so Alembic would never create the objects that are still missing.`,
          otherwise: position.otherwise,
          details: partly === null ? [] : [partly],
        },
      ),
    ]
  },
}

/** Proposes dropping the INVALID index left behind by a failed `CREATE INDEX CONCURRENTLY`. */
function invalidIndex({ obstacle, object }: PredictedFailure): readonly Remedy[] {
  if (obstacle.kind !== 'nameTaken' || !obstacle.invalid || !('name' in object)) return []
  const drop = `DROP INDEX CONCURRENTLY ${shown(object.name ?? '')}`
  return [
    advice(
      `An earlier CREATE INDEX CONCURRENTLY failed and left the index INVALID. Run ${drop}, then release again.`,
    ),
  ]
}

export default rule
