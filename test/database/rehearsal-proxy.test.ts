/** Tests the proxy used by rehearsals, with a real client and a real server. */
import { createConnection } from 'node:net'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../src/adapters/database/database-url.ts'
import { type PostgresPlan, planConnection } from '../../src/adapters/libpq/libpq.ts'
import { parseDump } from '../../src/adapters/postgres/pg-dump.ts'
import { chooseProgram } from '../../src/adapters/postgres/binaries.ts'
import { writePostgres } from '../../src/adapters/postgres/connect.ts'
import {
  type InnerQuestion,
  type RehearsalProxy,
  startProxy,
} from '../../src/adapters/scratch/postgres-proxy.ts'
import { applySchema } from '../../src/adapters/scratch/postgres.ts'
import { startDeadline } from '../../src/adapters/files/deadline.ts'
import { type PostgresServer, type TestDatabase, findPostgres } from '../support/postgres.ts'

const server = await findPostgres()

describe.skipIf(server === null)('the proxy', () => {
  const { createDatabase } = server as PostgresServer
  let database: TestDatabase
  let plan: PostgresPlan
  let proxy: RehearsalProxy
  const told: string[] = []
  const inner: InnerQuestion = {
    after: (text) => text.includes('mark'),
    sql: `SELECT count(*) FROM pg_class WHERE relname = 'made_inside'`,
    tell: (text, rows) => told.push(`${text}: ${rows[0]?.[0]}`),
  }

  beforeAll(async () => {
    database = await createDatabase('CREATE TABLE guests (id int PRIMARY KEY, name text)')
    const url = parseDatabaseUrl(database.url)
    if (url.dialect !== 'postgresql') throw new TypeError('not PostgreSQL')
    plan = planConnection(url, {}, '/')
    proxy = await startProxy(plan, inner)
  })
  afterAll(async () => {
    await proxy.close()
    await database.drop()
  })
  beforeEach(() => {
    proxy.take()
    told.length = 0
  })

  async function connected<T>(work: (client: Client) => Promise<T>, config: object = {}): Promise<T> {
    const { port, password } = proxy
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: 'anybody',
      password,
      database: 'anything',
      ...config,
    })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }

  test('rejects clients without the password', async () => {
    await expect(connected(async () => null, { password: 'wrong' })).rejects.toThrow(
      'reserved for the rehearsed command',
    )
    const answer = await new Promise<string>((resolve) => {
      const socket = createConnection(proxy.port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'))
      let text = ''
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
      socket.on('close', () => resolve(text))
    })
    expect(answer).not.toContain('PostgreSQL')
  })

  test("uses the scratch server's user and database, whatever the client sends; other parameters apply", async () => {
    const rows = await connected(
      async (client) =>
        (await client.query(`SELECT current_database() AS name, current_setting('application_name') AS app`))
          .rows,
      { application_name: 'shop', options: '-c search_path=pg_temp' },
    )
    expect(rows).toEqual([{ name: database.name, app: 'shop' }])
  })

  test('records the locks at the end of each statement inside the transaction', async () => {
    await connected(async (client) => {
      await client.query('BEGIN')
      await client.query('SELECT name FROM guests WHERE id = $1', [1])
      await client.query('ALTER TABLE guests ADD COLUMN email text')
      await client.query('CREATE TABLE own (id int)')
      await client.query('ROLLBACK')
      await client.query('SELECT 1')
    })
    const seen = proxy
      .take()
      .map(({ text, locks, inTransaction }) => [text, locks.map(({ mode }) => mode), inTransaction])
    expect(seen).toEqual([
      ['BEGIN', [], true],
      ['SELECT name FROM guests WHERE id = $1', ['AccessShareLock'], true],
      ['ALTER TABLE guests ADD COLUMN email text', ['AccessExclusiveLock', 'AccessShareLock'], true],
      ['CREATE TABLE own (id int)', ['AccessExclusiveLock', 'AccessShareLock'], true],
      ['ROLLBACK', [], false],
      ['SELECT 1', [], false],
    ])
  })

  /** Returns the logged text, locks and error for each statement. */
  const logged = (): unknown[] =>
    proxy.take().map(({ text, locks, locksUnknown, inTransaction, error }) => {
      expect(inTransaction).toBe(false)
      const named = locks.map(
        ({ table, mode, rewritten }) => `${mode} ${table}${rewritten ? ' rewritten' : ''}`,
      )
      return [text, locksUnknown ? 'unknown' : named.sort().join(), ...(error ? [error.code] : [])]
    })

  test('records the locks of statements outside a transaction, also of dropped objects', async () => {
    await database.execute(`CREATE TABLE old_rooms (id int, size int); CREATE VIEW old_view AS SELECT 1 AS one;
      CREATE TABLE bills (id int PRIMARY KEY)`)
    await proxy.lookAround()
    const texts = [
      'ALTER TABLE old_rooms ALTER COLUMN size TYPE bigint -- longer',
      'CREATE INDEX old_rooms_size ON old_rooms (size);',
      'SET lock_timeout = 5000',
      'CREATE INDEX CONCURRENTLY old_rooms_id ON old_rooms (id)',
      'DROP INDEX old_rooms_size',
      'DROP TABLE old_rooms',
      'DROP VIEW old_view',
    ]
    await connected(async (client) => {
      for (const text of texts) await client.query(text)
      // The extended query protocol, used by psycopg 3 and asyncpg.
      await client.query({ text: 'DROP TABLE bills', name: 'named' })
      const { rows, command } = await client.query('INSERT INTO guests VALUES ($1, $2) RETURNING id', [
        7,
        'Bo',
      ])
      expect([rows, command]).toEqual([[{ id: 7 }], 'INSERT'])
      expect((await client.query('VACUUM guests')).command).toBe('VACUUM')
    })
    expect(logged()).toEqual([
      [texts[0], 'AccessExclusiveLock old_rooms rewritten,ShareLock old_rooms rewritten'],
      [texts[1], 'ShareLock old_rooms'],
      [texts[2], ''],
      [texts[3], 'unknown'],
      [texts[4], 'AccessExclusiveLock old_rooms'],
      [texts[5], 'AccessExclusiveLock old_rooms'],
      [texts[6], 'AccessExclusiveLock old_view'],
      ['DROP TABLE bills', 'AccessExclusiveLock bills'],
      ['INSERT INTO guests VALUES ($1, $2) RETURNING id', 'RowExclusiveLock guests'],
      ['VACUUM guests', 'unknown'],
    ])
  })

  test('a statement outside a transaction fails as without the proxy, also at its commit', async () => {
    await database.execute(`CREATE TABLE owners (id int PRIMARY KEY);
      CREATE TABLE dogs (owner int REFERENCES owners DEFERRABLE INITIALLY DEFERRED)`)
    const texts = [`DROP TABLE nowhere`, 'INSERT INTO dogs VALUES (1)', `ALTER TABLE dogs ADD COLUMN "x`]
    await connected(async (client) => {
      const direct = new Client({ connectionString: database.url })
      await direct.connect()
      for (const text of texts) {
        const fails = async (one: Client): Promise<unknown> =>
          one.query(text).then(
            () => null,
            (error: unknown) => {
              const { code, message, position } = error as Record<string, unknown>
              return { code, message, position }
            },
          )
        expect(await fails(client)).toEqual(await fails(direct))
      }
      await direct.end()
      expect((await client.query('SELECT count(*)::int AS n FROM dogs')).rows).toEqual([{ n: 0 }])
    })
    expect(logged().map((one) => (one as string[]).at(-1))).toEqual(['42P01', '23503', '42601', ''])
  })

  test('passes errors, prepared statements, multiple statements and large results through unchanged', async () => {
    await connected(async (client) => {
      await expect(client.query('SELECT * FROM nowhere')).rejects.toMatchObject({ code: '42P01' })
      await expect(client.query('SELECT 1 / $1::int', [0])).rejects.toMatchObject({ code: '22012' })
      for (const value of [1, 2]) {
        const answer = await client.query({
          name: 'double',
          text: 'SELECT $1::int * 2 AS twice',
          values: [value],
        })
        expect(answer.rows).toEqual([{ twice: value * 2 }])
      }
      await expect(client.query('SELECT 1; SELECT 1/0; SELECT 2')).rejects.toMatchObject({ code: '22012' })
      const { rows } = await client.query<{ text: string }>(
        `SELECT repeat('x', 1000) AS text FROM generate_series(1, 20000)`,
      )
      expect(rows.reduce((sum, { text }) => sum + text.length, 0)).toBe(20_000_000)
      await client.query('')
    })
    expect(proxy.take().map(({ text, error }) => [text.slice(0, 20), error?.code ?? null])).toEqual([
      ['SELECT * FROM nowher', '42P01'],
      ['SELECT 1 / $1::int', '22012'],
      ['SELECT $1::int * 2 A', null],
      ['SELECT $1::int * 2 A', null],
      ['SELECT 1; SELECT 1/0', '22012'],
      [`SELECT repeat('x', 1`, null],
      ['', null],
    ])
  })

  test('can query uncommitted state unnoticed by the client', async () => {
    await connected(async (client) => {
      await client.query('BEGIN; CREATE TABLE made_inside (id int)')
      const { rows } = await client.query(`SELECT 'mark' AS word`)
      expect(rows).toEqual([{ word: 'mark' }])
      await client.query('ROLLBACK')
      await client.query(`SELECT 'mark' AS word`)
    })
    expect(told).toEqual([`SELECT 'mark' AS word: 1`, `SELECT 'mark' AS word: 0`])
  })

  test('closes the connection of a killed client', async () => {
    const pid = await connected(async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      Reflect.get(client, 'connection').stream.destroy()
      return rows[0]?.pid
    }).catch(() => null)
    await expect
      .poll(() => database.execute(`SELECT pid FROM pg_stat_activity WHERE pid = ${pid ?? 0}`), {
        timeout: 5000,
      })
      .toEqual([])
  })

  test('leaves out a missing extension by name, with the objects that depend on it', async () => {
    const scratch = await createDatabase()
    const url = parseDatabaseUrl(scratch.url)
    if (url.dialect !== 'postgresql') throw new TypeError('not PostgreSQL')
    const own = planConnection(url, {}, '/')
    const connection = await writePostgres(own, startDeadline(5000))
    const entries = parseDump(`--
-- PostgreSQL database dump
--

\\restrict abc

SET statement_timeout = 0;
SET setting_of_a_later_version = 0;
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Name: starlight; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS starlight WITH SCHEMA public;


--
-- Name: EXTENSION starlight; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON EXTENSION starlight IS 'maps of the sky';


SET default_tablespace = '';

--
-- Name: stars; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.stars (
    place public.starlight
);


--
-- Name: rooms; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.rooms (
    id integer NOT NULL
);


\\unrestrict abc
`)
    try {
      const left = await applySchema(
        { plan: own, connection, server: '', major: 0, where: '', ownServer: false, embedded: null },
        entries,
        new AbortController().signal,
      )
      expect(left.map(({ what }) => what)).toEqual([
        'extension starlight',
        'comment EXTENSION starlight',
        'table stars',
      ])
      // Up to PostgreSQL 14, the error contains the missing file's path.
      expect(left[0]?.reason).toMatch(/extension "starlight" is not available|starlight\.control/)
      expect(await scratch.execute('SELECT * FROM rooms')).toEqual([])
    } finally {
      await connection.close()
      await scratch.drop()
    }
  })
})

test('chooses the program of the same version, otherwise the next newer one, otherwise none or the newest', () => {
  const found = [14, 18, 16].map((major) => ({ path: `/${major}`, major }))
  expect(chooseProgram(found, 16, false)?.major).toBe(16)
  expect(chooseProgram(found, 15, false)?.major).toBe(16)
  expect(chooseProgram(found, 19, false)).toBeNull()
  expect(chooseProgram(found, 19, true)?.major).toBe(18)
  expect(chooseProgram([], 16, true)).toBeNull()
})
