/**
 * Tests `PRAGMA foreign_keys=ON`. SQLite then deletes a table's rows before dropping it, which may fail.
 * Batch operations also drop tables.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { folderWith, guard } from '../support/guard.ts'
import { alembic } from '../support/release.ts'

const env = (pragma: string): string => `import os
from alembic import context
from sqlalchemy import create_engine, event, pool

engine = create_engine(os.environ['DATABASE_URL'], poolclass=pool.NullPool)
${pragma}
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`

const enforced = `
@event.listens_for(engine, 'connect')
def connected(connection, record):
    connection.execute('PRAGMA foreign_keys=ON')
`

const head = (id: string, parent: string | null): string =>
  `import sqlalchemy as sa\nfrom alembic import op\n\nrevision = '${id}'\ndown_revision = ${parent === null ? 'None' : `'${parent}'`}\n\n\n`

const tables = `${head('a1', null)}def upgrade():
    op.create_table('halls', sa.Column('id', sa.Integer, primary_key=True))
    op.create_table('seats', sa.Column('hall', sa.Integer, sa.ForeignKey('halls.id')))
`

const batch = `${head('b2', 'a1')}def upgrade():
    with op.batch_alter_table('halls') as batch:
        batch.alter_column('id', type_=sa.BigInteger())
`

const drop = `${head('b2', 'a1')}def upgrade():
    op.drop_table('halls')
`

describe.skipIf(!alembic)('rows that refer to a table', () => {
  test.each([
    ['a batch', batch, enforced, 1, '0 of 1 operation'],
    ['a batch without the setting', batch, '', 0, '1 of 1 operation'],
    ['a drop', drop, enforced, 1, '0 of 1 operation'],
    ['a drop without the setting', drop, '', 0, '1 of 1 operation'],
  ])('%s', (_name, pending, pragma, status, counted) => {
    const folder = folderWith({
      'alembic.ini': '[alembic]\nscript_location = migrations\n',
      'migrations/env.py': env(pragma),
      'migrations/versions/a1.py': tables,
      'migrations/versions/b2.py': pending,
    })
    const settings = { DATABASE_URL: `sqlite:///${join(folder, 'app.db')}` }
    const upgrade = (target: string): number | null =>
      spawnSync('alembic', ['upgrade', target], {
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '', ...settings },
      }).status
    expect(upgrade('a1')).toBe(0)
    const database = new Database(join(folder, 'app.db'))
    database.exec('INSERT INTO halls VALUES (1); INSERT INTO seats VALUES (1)')
    database.close()
    const checked = guard(folder, ['check'], settings)
    expect(checked.status).toBe(0)
    expect(checked.stdout).toContain(counted)
    expect(upgrade('b2')).toBe(status)
  })
})
