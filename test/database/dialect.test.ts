/** Checks the core's assumptions about each dialect against real databases. */
import Sqlite from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import type { Dialect } from '../../src/core/dialect/dialect.ts'
import { postgresql } from '../../src/core/dialect/postgresql.ts'
import { sqlite } from '../../src/core/dialect/sqlite.ts'
import { startOwnPostgres } from '../support/postgres.ts'

const server = await startOwnPostgres({})
afterAll(() => server?.stop())

/** Returns whether the database accepts all the statements. Rolls them back afterward. */
type Try = (...statements: readonly string[]) => Promise<boolean>

async function expectCapabilities(dialect: Dialect, takes: Try): Promise<void> {
  const long = 'x'.repeat(64)
  expect({
    keepsLongNames: await takes(`CREATE TABLE ${long}1 (id int)`, `CREATE TABLE ${long}2 (id int)`),
    foldsQuotedNames: !(await takes('CREATE TABLE "Users" (id int)', 'CREATE TABLE "users" (id int)')),
    schemas: await takes('CREATE SCHEMA app'),
    namedEnums: await takes(`CREATE TYPE mood AS ENUM ('sad')`),
    systemColumns: await takes('CREATE TABLE t (id int)', 'SELECT xmin FROM t'),
    enforcesWidth: !(await takes('CREATE TABLE t (c varchar(1))', `INSERT INTO t VALUES ('ab')`)),
    verifiesConstraints: !(await takes('CREATE TABLE t (id int REFERENCES missing (id))')),
    altersInPlace: await takes('CREATE TABLE t (id int)', 'ALTER TABLE t ADD CONSTRAINT c UNIQUE (id)'),
    createsIndexForUnique: !(await takes(
      'CREATE TABLE t (id int, CONSTRAINT c UNIQUE (id))',
      'CREATE INDEX c ON t (id)',
    )),
  }).toEqual({
    keepsLongNames: dialect.maxIdentifierBytes === null,
    foldsQuotedNames: dialect.foldName('Users') === dialect.foldName('users'),
    schemas: dialect.schemas !== null,
    namedEnums: dialect.namedEnums,
    systemColumns: dialect.systemColumns.has('xmin'),
    enforcesWidth: dialect.enforcesWidth,
    verifiesConstraints: dialect.verifiesConstraints,
    altersInPlace: dialect.altersInPlace,
    createsIndexForUnique: dialect.createsIndexForUnique,
  })
}

test('capabilities on SQLite', async () => {
  await expectCapabilities(sqlite, (...statements) => {
    const database = new Sqlite(':memory:')
    try {
      for (const statement of statements) database.exec(statement)
      return Promise.resolve(true)
    } catch {
      return Promise.resolve(false)
    } finally {
      database.close()
    }
  })
})

const types =
  `smallint integer bigint numeric(8,2) real double_precision text character_varying(9) character(9) name "char"
  date timestamp_without_time_zone timestamp(3)_with_time_zone time_without_time_zone time(3)_with_time_zone interval
  inet cidr uuid boolean bytea macaddr integer[] bigint[] text[] character_varying(9)[] uuid[] inet[] cidr[]`
    .split(/\s+/)
    .map((type) => type.replaceAll('_', ' '))

describe.skipIf(server === null)('on PostgreSQL', () => {
  test('capabilities, and foreign keys between different type families are always rejected', async () => {
    if (!server) return
    const database = await server.createDatabase()
    const client = await database.connect()
    const takes: Try = async (...statements) => {
      await client.query('BEGIN')
      try {
        for (const statement of statements) await client.query(statement)
        return true
      } catch {
        return false
      } finally {
        await client.query('ROLLBACK')
      }
    }
    await expectCapabilities(postgresql, takes)
    const taken: string[] = []
    let compared = 0
    for (const type of types) {
      expect(postgresql.familyOfType(type), type).not.toBeNull()
      const key = `CREATE TABLE a (k ${type} PRIMARY KEY)`
      expect(await takes(key, `CREATE TABLE b (k ${type} REFERENCES a (k))`), type).toBe(true)
      for (const other of types) {
        if (postgresql.familyOfType(type) === postgresql.familyOfType(other)) continue
        compared += 1
        if (await takes(key, `CREATE TABLE b (k ${other} REFERENCES a (k))`))
          taken.push(`${other} -> ${type}`)
      }
    }
    expect(taken).toEqual([])
    expect(compared).toBeGreaterThan(700)
    await client.end()
    await database.drop()
  })
})
