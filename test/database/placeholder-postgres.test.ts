/**
 * Tests `placeholder --after` on PostgreSQL. The command requires `--force` if the live schema contradicts
 * the position.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { execute } from '../../src/commands/delivery/execute.ts'
import { placeholder } from '../../src/commands/placeholder.ts'
import type { OptionInputs } from '../../src/commands/shell/settings.ts'
import { quietContext } from '../support/context.ts'
import { folderWith, scaffold } from '../support/guard.ts'
import { findPostgres } from '../support/postgres.ts'
import { alembic } from '../support/release.ts'

const server = await findPostgres()
const ids = ['aaaa', 'bbbb', 'cccc', 'dddd']

/** Four migrations, each of which creates a table named after its revision. */
const versions = Object.fromEntries(
  ids.map((id, index) => [
    `migrations/versions/${id}.py`,
    `import sqlalchemy as sa
from alembic import op

revision = '${id}'
down_revision = ${index === 0 ? 'None' : `'${ids[index - 1]}'`}


def upgrade():
    op.create_table('${id}', sa.Column('id', sa.Integer()))
`,
  ]),
)

/** Creates a project with a database to which two migrations and a lost revision were applied. */
async function project() {
  if (!server) throw new Error('no PostgreSQL server')
  const database = await server.createDatabase(
    `CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
     INSERT INTO alembic_version VALUES ('lost1'); CREATE TABLE aaaa (id INTEGER); CREATE TABLE bbbb (id INTEGER)`,
  )
  onTestFinished(() => database.drop())
  const folder = folderWith({ ...scaffold, ...versions })
  return {
    run: async (given: OptionInputs) => {
      const { stdout, exitCode } = await execute(placeholder, given, quietContext(folder, database.url))
      return { exitCode, text: stdout.replaceAll(/\s+/g, ' ') }
    },
    written: () => readdirSync(join(folder, 'migrations', 'versions')).filter((name) => /lost1/.test(name)),
    upgrade: () =>
      spawnSync('alembic', ['upgrade', 'head'], {
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url },
        encoding: 'utf8',
      }),
    tables: async () => {
      const rows = await database.execute(
        `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1`,
      )
      return rows.map((row) => row['tablename'])
    },
  }
}

describe.skipIf(!server || !alembic)('placeholder --after', () => {
  test('refuses a position that is too early; with --force, the upgrade repeats a migration', async () => {
    const { run, written, upgrade } = await project()
    const refused = await run({ after: 'aaaa', write: true })
    expect([refused.exitCode, refused.text]).toEqual([
      1,
      expect.stringContaining('too early: bbbb would run a second time'),
    ])
    expect(written()).toEqual([])
    expect((await run({ after: 'aaaa', write: true, force: true })).exitCode).toBe(0)
    expect(written()).toHaveLength(1)
    const { status, stderr } = upgrade()
    expect([status === 0, stderr]).toEqual([false, expect.stringContaining('relation "bbbb" already exists')])
  })

  test('refuses a position that is too late; with --force, the upgrade skips a migration', async () => {
    const { run, written, upgrade, tables } = await project()
    const refused = await run({ after: 'cccc', write: true })
    expect([refused.exitCode, refused.text]).toEqual([
      1,
      expect.stringContaining('too late: cccc would be skipped'),
    ])
    expect(written()).toEqual([])
    expect((await run({ after: 'cccc', write: true, force: true })).exitCode).toBe(0)
    expect([upgrade().status, await tables()]).toEqual([0, ['aaaa', 'bbbb', 'dddd']])
  })

  test('accepts the position that the schema shows', async () => {
    const { run, upgrade, tables } = await project()
    expect((await run({ after: 'bbbb', write: true })).exitCode).toBe(0)
    expect([upgrade().status, await tables()]).toEqual([0, ids])
  })
})
