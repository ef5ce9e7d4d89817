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

/** Reports pending statements that conflict with the live tables or their rows. */
const rule: Rule = {
  code: 'AG306',
  name: 'statement-unfit',
  severity: 'error',
  summary: 'A statement in a pending migration conflicts with the live tables or their data.',
  explanation: `Examples: a NOT NULL column without a server default is added to a table with rows. A unique index
is created on duplicate values. A column is set to NOT NULL although some rows contain NULL. A foreign key joins
columns whose types PostgreSQL can't compare, or existing values have no match in the referenced table. A column
type changes without USING although PostgreSQL has no such cast, or its default can't be cast. A value doesn't fit its
column's type, or a comparison mixes types that PostgreSQL can't compare. An INSERT leaves out a NOT NULL column without a
default. An enum value is used in the transaction that
adds it. A table, column, key or type is dropped although a view, foreign key, policy or
column still depends on it, or although it belongs to an extension. CREATE INDEX CONCURRENTLY runs in a transaction.
A statement needs an ALTER TABLE that SQLite lacks, so it works only in batch mode. Most of these succeed on an empty test
database.

Row checks are cheap: they read the first 50,000 rows (10,000 for a foreign key) and time out within half a second.
A violation is proof; a timeout proves nothing. \`--no-data-checks\` disables row checks.`,
  cure: 'Give the column a `server_default`, or add it as nullable, fill it, and then set NOT NULL. Remove duplicate values before you create the index. Use the same type on both sides of a foreign key. Drop dependent objects first. On SQLite, use `op.batch_alter_table`.',
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
        messageOf(refusal),
        [
          edit(wayOut(refusal), 'likely'),
          ...(aboutRows.has(refusal.obstacle.kind) ? [advice('Or fix the data before the release.')] : []),
        ],
        facts,
      ),
    ]
  },
}

function messageOf({ object, obstacle }: PredictedFailure): string {
  if (object.kind === 'database') return 'The database would reject a statement in a pending migration.'
  return aboutNewRows.has(obstacle.kind)
    ? `A row that a pending migration inserts conflicts with ${shown(objectName(object))}.`
    : `The database would reject a pending migration's change to ${shown(objectName(object))}.`
}

const aboutNewRows: ReadonlySet<string> = new Set([
  'insertsNull',
  'violatedCheck',
  'unknownLabel',
  'textTooLong',
])

const aboutRows: ReadonlySet<string> = new Set([
  'rowsWithNull',
  'equalRows',
  'orphanedRows',
  'rowsViolate',
  'rowsTooLarge',
])

/** Suggests how to change the migration or the data. */
function wayOut({ object, obstacle }: PredictedFailure): string {
  switch (obstacle.kind) {
    case 'rowsWithoutValue':
      return 'Give the column a server_default. Or add it as nullable, fill it, then set NOT NULL.'
    case 'rowsWithNull':
      return 'Replace the NULLs with an op.execute("UPDATE ...") before this statement.'
    case 'equalRows':
      return 'Remove the duplicates before this statement.'
    case 'orphanedRows':
      return 'Delete or fix the orphaned rows before this statement.'
    case 'types':
      return object.kind === 'reference'
        ? 'Give both columns of the foreign key the same type.'
        : 'Use matching types, or convert the value explicitly: CAST(value AS type).'
    case 'noCast':
      return `Specify how to convert the values: postgresql_using='${object.kind === 'column' ? shown(object.name) : 'column'}::${shown(obstacle.to)}' in op.alter_column.`
    case 'newLabel':
      return 'Put the ALTER TYPE ... ADD VALUE inside "with op.get_context().autocommit_block():".'
    case 'noDefaultCast':
      return `Drop the default before the type change with op.alter_column(..., server_default=None), and set the new default after the type change.`
    case 'dependent':
      if (obstacle.dependent.kind === 'policy')
        return 'Drop the policy before this statement with op.execute("DROP POLICY ..."), and create it again afterwards if it is still needed.'
      return 'Drop the dependent object before this statement, in the same migration.'
    case 'extensionMember':
      return `Remove the statement. To exclude the tables of extension ${shown(obstacle.extension)} from autogenerate with include_name in env.py.`
    case 'inPrimaryKey':
      return 'Leave the column NOT NULL, or drop the primary key before this statement.'
    case 'otherSyntax':
      return "Use PostgreSQL's syntax (UPDATE ... SET ... FROM ... WHERE, or INSERT ... ON CONFLICT), or run the statement only if op.get_bind().dialect.name is 'mysql'."
    case 'inTransaction':
      return 'Put the statement inside "with op.get_context().autocommit_block():".'
    case 'outsideTransaction':
      return 'Move the statement out of the autocommit_block().'
    case 'missingTarget':
      return `Before this statement, rebuild table ${shown(obstacle.owner)} with SQL so that its foreign key references an existing table.`
    case 'insertsNull':
      return 'Insert a value for this column, or give the column a default before this statement.'
    case 'violatedCheck':
      return 'Insert values that the constraint allows, or replace the constraint before this statement.'
    case 'rowsViolate':
      return 'Fix the rows with an op.execute("UPDATE ...") before this statement, or add the constraint with postgresql_not_valid=True.'
    case 'rowsTooLarge':
      return 'Shorten or replace these values before this statement, or choose a larger type.'
    case 'unknownLabel':
      return 'Insert a label that the enum type already has, or add the label in an earlier release.'
    case 'textTooLong':
      return 'Shorten the text, or widen the column before this statement.'
    case 'viewColumnDropped':
    case 'viewColumnRenamed':
      return 'Drop the view before this statement: op.execute("DROP VIEW ...").'
    case 'absent':
      return "Install this extension's package on the database server, or choose a service that offers it."
    case 'sqliteLimit':
      return 'Use op.batch_alter_table, which copies the table. For a new table, put the constraint in op.create_table.'
    default:
      return 'Change the migration to fit the existing tables and data.'
  }
}

export default rule
