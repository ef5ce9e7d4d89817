/** Two migrations that each create a table, and the corresponding live tables. */

const first = `import sqlalchemy as sa
from alembic import op
revision = 'a1'
down_revision = None
def upgrade():
    op.create_table('tables', sa.Column('id', sa.Integer, primary_key=True))
`

const second = `import sqlalchemy as sa
from alembic import op
revision = 'b2'
down_revision = 'a1'
def upgrade():
    op.create_table('guests', sa.Column('id', sa.Integer, primary_key=True))
`

/** The first migration creates `tables`; the second creates `guests`. */
export const twoMigrations = { 'a1.py': first, 'b2.py': second }

/** Live tables with the columns from the example migrations. */
export function liveTables(...names: readonly string[]) {
  const id = { name: 'id', type: 'integer', nullable: false, serverDefault: null }
  const tables = names.map((name) => ({
    schema: 'public',
    name,
    visible: true,
    columns: [id],
    indexes: [],
    constraints: [],
  }))
  return { tables }
}
