/** Tests how the schemas of live databases are read, and how the transaction that wrote a version row is found. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SchemaSnapshot, TransactionEvidence } from '../../src/core/schema/schema-snapshot.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import { openDatabase } from '../../src/adapters/open-database.ts'

const server = await findPostgres()

async function look(url: string): Promise<{ schema: SchemaSnapshot; transactions: TransactionEvidence }> {
  const database = await openDatabase(url, { env: {}, cwd: '/' })
  try {
    const state = await database.readState({ versionTable: 'alembic_version', versionTableSchema: null })
    const seen = await database.look({ objects: 'all', transactionsOf: state.versionTable, last: true })
    if (!seen.schema || !seen.transactions) throw new TypeError('nothing was seen')
    return { schema: seen.schema, transactions: seen.transactions }
  } finally {
    await database.close()
  }
}

describe.skipIf(server === null)('on PostgreSQL', () => {
  let database: TestDatabase

  beforeEach(async () => {
    if (server) database = await server.createDatabase()
  })

  afterEach(() => database.drop())

  const stampTable =
    'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))'
  const first = `${stampTable}; CREATE TABLE users (id serial PRIMARY KEY, email text); INSERT INTO alembic_version VALUES ('base')`
  const lost = `CREATE TYPE kind AS ENUM ('a', 'b'); CREATE TABLE lockout (id serial PRIMARY KEY, kind kind);
    ALTER TABLE users ADD COLUMN locked boolean; CREATE INDEX ix_email ON users (email);
    UPDATE alembic_version SET version_num = 'lost'`

  test('tables, columns, indexes, constraints and enum types are read from all schemas except system schemas', async () => {
    await database.execute(`${first}; ${lost}; CREATE SCHEMA other; CREATE TABLE other."T x" (n numeric(5,2) NOT NULL DEFAULT 1,
      CONSTRAINT positive CHECK (n > 0)); CREATE VIEW v AS SELECT 1`)
    const { schema } = await look(database.url)
    expect(schema.defaultSchema).toBe('public')
    expect(schema.schemas.toSorted()).toEqual(['other', 'public'])
    expect(schema.tables.map(({ name }) => name).toSorted()).toEqual([
      'T x',
      'alembic_version',
      'lockout',
      'users',
    ])
    expect(schema.tables.find(({ name }) => name === 'T x')).toEqual({
      schema: 'other',
      name: 'T x',
      droppedColumns: 0,
      visible: false,
      columns: [{ name: 'n', type: 'numeric(5,2)', nullable: false, serverDefault: '1' }],
      indexes: [],
      constraints: [{ name: 'positive', kind: 'check', definition: 'CHECK ((n > (0)::numeric))' }],
    })
    const users = schema.tables.find(({ name }) => name === 'users')
    expect(users?.columns.map(({ name }) => name)).toEqual(['id', 'email', 'locked'])
    expect(users?.indexes.map(({ name, unique }) => [name, unique])).toEqual(
      expect.arrayContaining([
        ['users_pkey', true],
        ['ix_email', false],
      ]),
    )
    expect(schema.enums).toEqual([{ schema: 'public', name: 'kind', visible: true, values: ['a', 'b'] }])
  })

  test('the transaction that wrote the row created these objects', async () => {
    await database.execute(first)
    await database.execute(lost)
    const { transactions } = await look(database.url)
    if (transactions.kind !== 'available') throw new Error(transactions.reason)
    const [row] = transactions.rows
    expect(row?.version).toBe('lost')
    expect(row?.made.map(({ kind, name, table }) => `${kind} ${table ?? ''}.${name}`).toSorted()).toEqual([
      'column users.locked',
      'enum .kind',
      'index users.ix_email',
      'sequence .lockout_id_seq',
      'table .lockout',
    ])
  })

  test('a manual stamp created nothing', async () => {
    await database.execute(first)
    await database.execute(`UPDATE alembic_version SET version_num = 'lost'`)
    expect((await look(database.url)).transactions).toEqual({
      kind: 'available',
      rows: [{ version: 'lost', made: [] }],
    })
  })

  test('a vacuum that freezes rows removes nothing', async () => {
    await database.execute(first)
    await database.execute(lost)
    await database.execute('VACUUM (FREEZE, ANALYZE)')
    const { transactions } = await look(database.url)
    expect(transactions.kind === 'available' && transactions.rows[0]?.made.length).toBe(5)
  })

  test('after a dump and restore, the evidence is lost, and that is reported', async () => {
    // Restores a database in pg_dump's order, with separate transactions for tables, rows and constraints.
    for (const statement of [
      'CREATE TABLE alembic_version (version_num character varying(32) NOT NULL)',
      'CREATE TABLE users (id integer NOT NULL, email text)',
      `INSERT INTO alembic_version VALUES ('lost')`,
      'ALTER TABLE ONLY alembic_version ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)',
      'ALTER TABLE ONLY users ADD CONSTRAINT users_pkey PRIMARY KEY (id)',
    ]) {
      await database.execute(statement)
    }
    const { transactions } = await look(database.url)
    expect(transactions).toEqual({
      kind: 'unavailable',
      reason: expect.stringContaining('dump and restore') as string,
    })
  })

  test('a single transaction for everything proves nothing', async () => {
    await database.execute(`BEGIN; ${first}; ${lost}; COMMIT`)
    const { transactions } = await look(database.url)
    expect(transactions).toEqual({
      kind: 'unavailable',
      reason: expect.stringContaining('one transaction') as string,
    })
  })

  test("a table that the role can't read is still described", async () => {
    await database.execute(`${first}; REVOKE ALL ON users FROM PUBLIC`)
    const { schema } = await look(database.url)
    expect(schema.tables.find(({ name }) => name === 'users')?.columns).toHaveLength(2)
  })
})

describe('on SQLite', () => {
  let folder: string

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'alembic-guard-schema-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('generated columns are read, and columns that a CHECK or a generated column may use are marked', async () => {
    const file = new Sqlite(join(folder, 'generated.db'))
    file.exec(`CREATE TABLE docs (id INTEGER PRIMARY KEY, size int, twice int AS (size * 2), half int AS (size / 2) STORED);
      CREATE TABLE checked (size int, CHECK (size > 0)); CREATE TABLE plain (size int)`)
    file.close()
    const { schema } = await look(`sqlite:///${join(folder, 'generated.db')}`)
    const found = schema.tables.map(({ name, columns }) => [
      name,
      columns.map((one) => [one.name, one.generated, one.blockedBy]),
    ])
    expect(Object.fromEntries(found)).toEqual({
      docs: [
        ['id', undefined, 'PRIMARY KEY'],
        ['size', undefined, 'unsure'],
        ['twice', true, 'unsure'],
        ['half', true, 'unsure'],
      ],
      checked: [['size', undefined, 'unsure']],
      plain: [['size', undefined, undefined]],
    })
  })

  test('tables, columns, indexes and constraint names are read', async () => {
    const file = new Sqlite(join(folder, 'a.db'))
    file.exec(`CREATE TABLE "User s" (id INTEGER NOT NULL, name VARCHAR(40) DEFAULT 'x CONSTRAINT y UNIQUE', PRIMARY KEY (id),
      CONSTRAINT uq_name UNIQUE (name), CONSTRAINT "fk x" FOREIGN KEY(id) REFERENCES other (id));
      CREATE UNIQUE INDEX ix_name ON "User s" (name); CREATE VIEW v AS SELECT 1; CREATE VIRTUAL TABLE words USING fts5(t)`)
    file.close()
    const { schema, transactions } = await look(`sqlite:///${join(folder, 'a.db')}`)
    expect(schema.tables.find(({ name }) => name === 'User s')).toEqual({
      schema: null,
      name: 'User s',
      visible: true,
      columns: [
        { name: 'id', type: 'INTEGER', nullable: false, serverDefault: null, blockedBy: 'PRIMARY KEY' },
        {
          name: 'name',
          type: 'VARCHAR(40)',
          nullable: true,
          serverDefault: `'x CONSTRAINT y UNIQUE'`,
          blockedBy: 'table',
        },
      ],
      indexes: [
        {
          name: 'ix_name',
          unique: true,
          definition: expect.stringContaining('CREATE UNIQUE') as string,
          columns: ['name'],
        },
      ],
      constraints: [
        { name: 'uq_name', kind: 'unique', definition: null },
        { name: 'fk x', kind: 'foreignKey', definition: null },
      ],
      targets: ['other'],
      missingTargets: [{ owner: 'User s', target: 'other' }],
    })
    expect(transactions.kind).toBe('unavailable')
  })
})
