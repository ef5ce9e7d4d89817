import { advice, edit } from '../core/findings/finding.ts'
import { createdTwice, failureFinding, predictedFailure } from './statement-remedies.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { objectName } from './phrases/statement-failure.ts'
import { listed, shown } from '../core/text/display.ts'

const migration = `import sqlalchemy as sa
from alembic import op
revision = 'a1'
down_revision = None
def upgrade():
    op.create_table('tables', sa.Column('state', sa.Enum('free', 'taken', name='state')))
`

/** Reports a pending migration that creates an enum type that already exists. */
const rule: Rule = {
  code: 'AG305',
  name: 'leftover-enum-type',
  severity: 'error',
  summary: 'A pending migration creates an ENUM type that already exists.',
  explanation:
    "On PostgreSQL, `op.create_table` with an `sa.Enum` column first creates the type without checking whether it exists, and `op.drop_table` leaves the type behind. So a table that was dropped by a downgrade can't be created again, and two migrations that use the same enum can't both create it.",
  cure: "If nothing uses the type anymore, drop it. Otherwise, have the migration reuse it: `postgresql.ENUM(..., name='state', create_type=False)`, preceded by `.create(op.get_bind(), checkfirst=True)` if it may be missing. Make the downgrade drop the type along with its table.",
  examples: {
    bad: {
      files: { 'a1.py': migration },
      versions: [],
      schema: { enums: [{ schema: 'public', name: 'state', visible: true, values: ['free', 'taken'] }] },
    },
    good: {
      files: { 'a1.py': migration.replace("'))", "', native_enum=False))") },
      versions: [],
      schema: { enums: [{ schema: 'public', name: 'state', visible: true, values: ['free', 'taken'] }] },
    },
  },
  explains: ['refused-statement'],
  follows: { AG206: 'error', AG209: 'error' },
  inspect(facts) {
    const refusal = predictedFailure(facts, 'leftover-enum')
    if (!refusal) return []
    const type = shown(objectName(refusal.object))
    const name = refusal.object.kind === 'type' ? refusal.object.name : ''
    const reuse = `postgresql.ENUM(..., name='${name}', create_type=False)`
    const twice = createdTwice(refusal, `Or use the type that the first statement creates: ${reuse}.`, facts)
    if (twice !== null) return [twice]
    const { pending } = facts.database ?? {}
    const users =
      pending?.kind === 'tried'
        ? pending.schema.enums
            .filter((one) => one.name === name)
            .flatMap(({ dependents }) => dependents ?? [])
        : []
    const inUse = users.map(({ table, name: column }) => `${table}.${column}`)
    return [
      failureFinding(
        refusal,
        `A pending migration creates enum ${type}, which already exists.`,
        [
          ...(inUse.length > 0
            ? []
            : [
                advice(
                  `If nothing uses ${type} anymore (for example, because a downgrade left it behind), drop it.`,
                ),
              ]),
          edit(`${inUse.length > 0 ? 'Use' : 'Otherwise, use'} the existing type: ${reuse}.`, 'likely'),
        ],
        facts,
        {
          notAdvised:
            inUse.length > 0
              ? `dropping ${type}: ${listed(inUse, 3)} ${inUse.length === 1 ? 'uses' : 'use'} it.`
              : null,
        },
      ),
    ]
  },
}

export default rule
