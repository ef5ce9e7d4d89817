/** Tests how a database's write counters are read. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { WriteCounters } from '../../src/core/schema/schema-snapshot.ts'
import { findPostgres } from '../support/postgres.ts'
import { openDatabase } from '../../src/adapters/open-database.ts'

const server = await findPostgres()

test('a PostgreSQL server is available', () => {
  if (!server) console.warn('SKIPPED: no PostgreSQL server')
  expect(server !== null || !process.env['CI']).toBe(true)
})

async function countersOf(url: string): Promise<WriteCounters | null> {
  const database = await openDatabase(url, { env: {}, cwd: '/' })
  try {
    const state = await database.readState({ versionTable: 'alembic_version', versionTableSchema: null })
    return (await database.look({ countersOf: state.versionTable })).counters
  } finally {
    await database.close()
  }
}

const stampTable = 'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)'

describe.skipIf(server === null)('on PostgreSQL', () => {
  async function made(...statements: string[]) {
    if (!server) throw new Error('no server')
    const database = await server.createDatabase()
    onTestFinished(() => database.drop())
    for (const statement of statements) await database.execute(statement)
    return database
  }
  const steps = [
    stampTable,
    `INSERT INTO alembic_version VALUES ('a')`,
    `UPDATE alembic_version SET version_num = 'b'; CREATE TABLE b (id int)`,
    `UPDATE alembic_version SET version_num = 'c'`,
  ]

  test('each row write counts, in one transaction or several', async () => {
    const many = await made(...steps)
    const one = await made(`BEGIN; ${steps.join('; ')}; COMMIT`)
    for (const { url } of [many, one])
      expect(await countersOf(url)).toEqual({
        kind: 'stampWrites',
        versionTable: 'alembic_version',
        count: 3,
        older: [],
      })
  })

  test('a write that was rolled back also counts, so the count matches no position', async () => {
    const { url } = await made(
      ...steps,
      `BEGIN; UPDATE alembic_version SET version_num = 'd'; ROLLBACK`,
      `UPDATE alembic_version SET version_num = 'd'`,
    )
    expect(await countersOf(url)).toMatchObject({ count: 5 })
  })

  test("after VACUUM the statistics count; nothing counts if they don't go back far enough", async () => {
    const { url, execute } = await made(
      ...steps,
      'VACUUM alembic_version',
      `UPDATE alembic_version SET version_num = 'd'`,
    )
    for (let look = 0; look < 100 && (await countersOf(url))?.count !== 4; look += 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await countersOf(url)).toMatchObject({ count: 4 })
    await execute('SELECT pg_stat_reset()')
    await execute(`UPDATE alembic_version SET version_num = 'e'`)
    expect(await countersOf(url)).toBeNull()
  })

  test("a table that was emptied and refilled manually doesn't count from one", async () => {
    const { url } = await made(
      ...steps,
      `TRUNCATE alembic_version`,
      `INSERT INTO alembic_version VALUES ('c')`,
    )
    for (let look = 0; look < 100 && (await countersOf(url))?.count !== 4; look += 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await countersOf(url)).toMatchObject({ count: 4 })
  })

  test('tables older than the version table are reported', async () => {
    const { url } = await made('CREATE TABLE a (id int)', ...steps)
    expect(await countersOf(url)).toMatchObject({ older: [{ schema: 'public', name: 'a' }] })
  })
})

describe('on SQLite', () => {
  function tallyAfter(...statements: string[]): Promise<WriteCounters | null> {
    const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-tally-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = new Sqlite(join(folder, 'app.db'))
    for (const statement of statements) file.exec(statement)
    file.close()
    return countersOf(`sqlite:///${folder}/app.db`)
  }

  test('each statement that changes the schema counts, and none that changes rows', async () => {
    expect(
      await tallyAfter(
        stampTable,
        `INSERT INTO alembic_version VALUES ('a')`,
        'CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER, UNIQUE (b))',
        'CREATE INDEX ix ON a (b)',
        'ALTER TABLE a ADD COLUMN c INTEGER',
        'DROP INDEX ix',
        'BEGIN; CREATE TABLE x (id); DROP TABLE x; ROLLBACK',
        'CREATE TABLE b (id INTEGER); DROP TABLE b',
      ),
    ).toEqual({ kind: 'schemaChanges', versionTable: 'alembic_version', count: 7, older: [] })
  })

  test('tables older than the version table are reported', async () => {
    const tally = await tallyAfter('CREATE TABLE a (id)', stampTable, 'CREATE TABLE b (id)')
    expect(tally?.older).toEqual([{ schema: null, name: 'a' }])
  })
})
