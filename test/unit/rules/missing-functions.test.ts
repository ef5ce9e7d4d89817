/** Tests what AG302 proposes if a pending migration calls a function that doesn't exist. */
import { expect, test } from 'vitest'
import { diagnosisOf } from '../../support/example.ts'

const migration = (call: string): string => `import sqlalchemy as sa
from alembic import op
revision = 'a1'
down_revision = None
def upgrade():
    op.create_table('guests', sa.Column('key', sa.Text(), server_default=sa.text("${call}")))
`

test.each([
  ['uuid_generate_v4', 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"'],
  ['made_up', 'If an extension provides the function, install the extension first.'],
])('%s', async (name, remedy) => {
  const { findings } = await diagnosisOf({
    files: { 'a1.py': migration(`${name}()`) },
    versions: [],
    schema: { tables: [], functions: [[name, []]] },
  })
  const finding = findings.find(({ code }) => code === 'AG302')
  expect(finding?.message).toContain(name)
  expect(finding?.remedies.map(({ title }) => title).join(' ')).toContain(remedy)
})
