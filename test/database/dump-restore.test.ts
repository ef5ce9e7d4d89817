/**
 * Dumps and restores a database after a migration is lost. A restored catalog doesn't show which transaction
 * created an object.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import { placeholder } from '../../src/commands/placeholder.ts'
import { quietContext } from '../support/context.ts'
import { findBinaries } from '../support/postgres-local.ts'
import { type TestDatabase, findPostgres, missing } from '../support/postgres.ts'

const server = await findPostgres()
const binaries = findBinaries()
const tools = ['pg_dump', 'psql'].every((name) => binaries !== null && existsSync(join(binaries, name)))
if (server !== null && !tools) missing('pg_dump', 'no pg_dump and psql beside initdb')

let folder: string
let live: TestDatabase
const restored: TestDatabase[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'alembic-guard-dump-'))
  mkdirSync(join(folder, 'versions'))
  writeFileSync(join(folder, 'env.py'), '')
  writeFileSync(join(folder, 'alembic.ini'), '[alembic]\nscript_location = .\n')
  for (const [id, parent, step] of [
    ['aaaa', 'None', `op.create_table('users', sa.Column('id', sa.Integer()))`],
    ['bbbb', `'aaaa'`, `op.add_column('users', sa.Column('email', sa.Text()))`],
    ['cccc', `'bbbb'`, `op.add_column('users', sa.Column('phone', sa.Text()))`],
  ] as const) {
    writeFileSync(
      join(folder, 'versions', `${id}.py`),
      `from alembic import op\nimport sqlalchemy as sa\nrevision = '${id}'\ndown_revision = ${parent}\n\n\ndef upgrade():\n    ${step}\n`,
    )
  }
  if (!server) return
  live = await server.createDatabase()
  const runs = [
    'CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)); CREATE TABLE users (id integer)',
    'ALTER TABLE users ADD email text',
    `CREATE TABLE lockout (id integer); INSERT INTO alembic_version VALUES ('lost1')`,
  ]
  for (const sql of runs) await live.execute(`BEGIN; ${sql}; COMMIT`)
})

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  for (const one of [live, ...restored]) await one?.drop()
})

async function say(database: TestDatabase): Promise<string> {
  const context = quietContext(folder, database.url)
  const [found, planned] = [await execute(check, {}, context), await execute(placeholder, {}, context)]
  return `${found.stdout}${planned.stdout}`.replaceAll(/\s+/g, ' ')
}

async function restore(...how: string[]): Promise<TestDatabase | null> {
  if (!server || !binaries) return null
  const copy = await server.createDatabase()
  restored.push(copy)
  const dump = execFileSync(join(binaries, 'pg_dump'), ['--no-owner', live.url])
  execFileSync(join(binaries, 'psql'), ['-q', '-X', ...how, copy.url], {
    input: dump,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  return copy
}

describe.skipIf(server === null || !tools)('the objects that the lost migration created', () => {
  test('are known on the original database, and the columns prove the position', async () => {
    const said = await say(live)
    expect(said).toContain('created or changed 1 object: table lockout')
    expect(said).toContain('after bbbb (proven position)')
  })

  test.each([['in many transactions'], ['in one transaction', '-1']])(
    "are unavailable after a dump and restore %s, which isn't reported as never applied",
    async (_, ...how) => {
      const copy = await restore(...how)
      if (!copy) return
      const said = await say(copy)
      expect(said).toContain("There's no way to tell which objects the lost migration created:")
      // The placeholder is shown as a diff: its lines begin with "+".
      expect(said.replaceAll(/\s+\+?/g, ' ')).toMatch(
        /dump and restore|all tables were created in one transaction/,
      )
      expect(said).not.toMatch(/created no catalog object|stamped manually|never ran|created or changed/)
      // A restored catalog doesn't show whether columns were dropped.
      expect(said).toContain('after bbbb (likely position)')
    },
  )

  test('a column that the lost migration dropped contradicts the position', async () => {
    await live.execute('ALTER TABLE users ADD phone text; ALTER TABLE users DROP phone')
    const said = await say(live)
    expect(said).toContain(
      'columns are missing from its table, although no migration in this release drops them',
    )
    expect(said).toContain('depending on whether cccc ran')
  })
})
