/**
 * Checks AG404 on several PostgreSQL versions. TEST_POSTGRES_BINS lists folders with initdb, pg_ctl and
 * postgres, separated by colons.
 */
import { execFileSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exampleMigration } from '../../src/rules/examples/example-migrations.ts'
import rule from '../../src/rules/lint/AG404-enum-value-unsafe.ts'
import { lintOf } from '../support/lint-example.ts'
import { type LocalCluster, findBinaries, serversFolder, startCluster } from '../support/postgres-local.ts'

const given = process.env['TEST_POSTGRES_BINS']?.split(delimiter) ?? []
const folders = given.length > 0 ? given : [findBinaries()].filter((one) => one !== null)

const create = "CREATE TYPE state AS ENUM ('open')"
const add = "ALTER TYPE state ADD VALUE IF NOT EXISTS 'paid'"
const table = 'CREATE TABLE orders (id integer PRIMARY KEY, state state)'
const use = "UPDATE orders SET state = 'paid'"

/** `before` is committed; `migration` runs in a single transaction. */
const cases: readonly (readonly [title: string, before: readonly string[], migration: readonly string[]])[] =
  [
    ['a value is added', [create, table], [add]],
    ['a value is added and used', [create, table], [add, use]],
    ['a value is added to a new type', [], [create, table, add]],
    ['a value is added to a new type and used', [], [create, table, add, use]],
  ]

test('several versions are asked', () => {
  if (given.length === 0) console.warn('SKIPPED: other versions of PostgreSQL (TEST_POSTGRES_BINS)')
  expect(folders.length).toBeGreaterThanOrEqual(Math.min(1, given.length))
})

describe.each(folders)('%s', (folder) => {
  let cluster: LocalCluster
  let client: Client
  const major = Number(
    /(\d+)/.exec(execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' }))?.[1],
  )

  beforeAll(async () => {
    const data = join(serversFolder(), `alembic-guard-enum-${major}-${process.pid}`)
    cluster = await startCluster(folder, data, null)
    client = new Client({ connectionString: `postgresql://postgres@127.0.0.1:${cluster.port}/postgres` })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    cluster.stop()
  })

  test.each(cases)('%s', async (_, before, migration) => {
    await client.query('DROP TABLE IF EXISTS orders; DROP TYPE IF EXISTS state')
    for (const text of before) await client.query(text)
    await client.query('BEGIN')
    const failure = await migration
      .reduce(async (done, text) => done.then(() => client.query(text)), Promise.resolve<unknown>(null))
      .then(
        () => '',
        (error: unknown) => String(error),
      )
    await client.query('ROLLBACK')
    const lines = (texts: readonly string[]): string[] => texts.map((text) => `op.execute("${text}")`)
    const { findings } = await lintOf(
      {
        files: {
          'a1.py': exampleMigration('a1', null, before.length === 0 ? ['pass'] : lines(before), ['pass']),
          'b2.py': exampleMigration('b2', 'a1', lines(migration), ['raise NotImplementedError()']),
        },
        project: { 'pyproject.toml': `[tool.alembic-guard.lint]\npostgres = ${major}\n` },
      },
      [rule],
    )
    const errors = findings.filter(({ severity }) => severity === 'error')
    expect({ major, fails: errors.length > 0 }).toEqual({ major, fails: failure !== '' })
    const [sentence] = /unsafe use of new value|cannot run inside a transaction block/.exec(failure) ?? []
    if (sentence !== undefined) expect(errors[0]?.why).toContain(sentence)
  })
})
