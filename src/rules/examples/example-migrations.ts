/** Short migrations that lint rules use as examples. */

/** A migration. `upgrade` and `downgrade` are the lines of the function bodies, unindented. */
export function exampleMigration(
  id: string,
  parent: string | null,
  upgrade: readonly string[],
  downgrade: readonly string[],
): string {
  const body = (lines: readonly string[]): string => lines.map((line) => `    ${line}\n`).join('')
  return `"""${upgrade[0]?.startsWith('op.create_table') === true ? 'Create' : 'Change'} tables"""
import sqlalchemy as sa
from alembic import op

revision = '${id}'
down_revision = ${parent === null ? 'None' : `'${parent}'`}


def upgrade():
${body(upgrade)}

def downgrade():
${body(downgrade)}`
}

/** First migration in most examples. Creates organizations and users. */
export const firstTables = exampleMigration(
  'a1',
  null,
  [
    "op.create_table('orgs', sa.Column('id', sa.Integer(), primary_key=True))",
    'op.create_table(',
    "    'users',",
    "    sa.Column('id', sa.Integer(), primary_key=True),",
    "    sa.Column('org_id', sa.Integer(), nullable=True),",
    "    sa.Column('name', sa.String(50), nullable=True),",
    ')',
  ],
  ["op.drop_table('users')", "op.drop_table('orgs')"],
)

/** Files for an example: `firstTables`, followed by a migration with these statements. */
export function afterTables(
  upgrade: readonly string[],
  downgrade: readonly string[],
): Readonly<Record<string, string>> {
  return { 'a1.py': firstTables, 'b2.py': exampleMigration('b2', 'a1', upgrade, downgrade) }
}
