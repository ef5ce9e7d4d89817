import { advice, edit } from '../core/findings/finding.ts'
import { failureFinding, predictedFailure } from './statement-remedies.ts'
import type { PredictedFailure } from '../core/dry-run/dry-run.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { objectName } from './phrases/statement-failure.ts'
import { shown } from '../core/text/display.ts'
import type { TableSnapshot } from '../core/schema/schema-snapshot.ts'

const users: TableSnapshot = {
  schema: 'public',
  name: 'users',
  visible: true,
  columns: [{ name: 'id', type: 'uuid', nullable: false, serverDefault: null }],
  indexes: [{ name: 'users_pkey', unique: true, definition: null, columns: ['id'] }],
  constraints: [{ name: 'users_pkey', kind: 'primaryKey', definition: null, columns: ['id'] }],
}

const migration = (type: string): string => `import sqlalchemy as sa
from alembic import op
revision = 'a1'
down_revision = None
def upgrade():
    op.create_table('tables', sa.Column('owner', ${type}, sa.ForeignKey('users.id', name='tables_owner')))
`

/** The live tables, or their rows, do not allow a pending statement. */
const rule: Rule = {
  code: 'AG306',
  name: 'statement-unfit',
  severity: 'error',
  summary: "The live tables or their rows don't allow a pending migration's statement.",
  explanation: `A column that is NOT NULL and has no server default is added to a table that has rows. A unique index is
made over values that occur twice. A column becomes NOT NULL while rows have NULL there. A foreign key joins columns
whose types PostgreSQL does not compare, a column is given a type that its own isn't cast to without USING or that its default isn't cast to, a value that the same transaction adds to an enum is used, or rows have values in it that the other table lacks. A table, a column, a key or
a type goes while a view, a foreign key or a column of others needs it. SQLite is asked for what its ALTER TABLE can't do,
outside of a batch. Most of these pass on an empty test database.

Rows are looked at as cheaply as possible: the first 50,000 (10,000 of a foreign key), for less than half a second. A yes is proof; no answer in
time means nothing. \`--no-data-checks\` leaves rows alone.`,
  cure: `Give the column a \`server_default\`, or add it nullable, fill it, and forbid NULL afterwards. Clean up equal values
in a statement before the index is made. Give both sides of a foreign key the same type. Drop what needs the table first.
On SQLite use \`op.batch_alter_table\`.`,
  examples: {
    bad: { files: { 'a1.py': migration('sa.Integer') }, versions: [], schema: { tables: [users] } },
    good: { files: { 'a1.py': migration('sa.UUID') }, versions: [], schema: { tables: [users] } },
  },
  explains: ['refused-statement'],
  inspect(facts) {
    const refusal = predictedFailure(facts, 'unfit')
    if (!refusal) return []
    return [
      failureFinding(
        refusal,
        `The database doesn't allow what a pending migration does to ${shown(objectName(refusal.object))}.`,
        [
          edit(wayOut(refusal), 'likely'),
          ...(aboutRows.has(refusal.obstacle.kind) ? [advice('Or fix the rows before the release.')] : []),
        ],
        facts,
      ),
    ]
  },
}

const aboutRows: ReadonlySet<string> = new Set(['rowsWithNull', 'equalRows', 'orphanedRows'])

/** The change to the migration that lets it through. */
function wayOut({ object, obstacle }: PredictedFailure): string {
  switch (obstacle.kind) {
    case 'rowsWithoutValue':
      return 'Give the column a server_default; or add it nullable, fill it, and set NOT NULL afterwards.'
    case 'rowsWithNull':
      return 'Fill the NULLs with an op.execute("UPDATE ...") in front of the statement.'
    case 'equalRows':
      return 'Remove the duplicates with a statement in front of it.'
    case 'orphanedRows':
      return 'Delete or correct the orphaned rows with a statement in front of it.'
    case 'types':
      return 'Give both columns of the foreign key the same type.'
    case 'noCast':
      return `Say how the values are cast: postgresql_using='${object.kind === 'column' ? shown(object.name) : 'column'}::${shown(obstacle.to)}' in op.alter_column.`
    case 'newLabel':
      return 'Put the ALTER TYPE ... ADD VALUE into "with op.get_context().autocommit_block():".'
    case 'noDefaultCast':
      return `Drop the default before the type changes, and set the new one after it: op.alter_column(..., server_default=None) in front of the statement.`
    case 'dependent':
      return 'Drop what needs it in the same migration, before this statement.'
    case 'sqliteLimit':
      return 'Use op.batch_alter_table, which copies the table; a constraint of a new table belongs into op.create_table.'
    default:
      return 'Change the migration to fit the existing tables and rows.'
  }
}

export default rule
