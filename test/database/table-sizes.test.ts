/** Tests reading table sizes from PostgreSQL, and the rules that use them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LiveTables } from '../../src/core/lint/lint-facts.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import { openDatabase } from '../../src/adapters/open-database.ts'

const server = await findPostgres()

let database: TestDatabase

beforeAll(async () => {
  if (!server) return
  database = await server.createDatabase(`
    CREATE SCHEMA other;
    CREATE TABLE full_table (id int PRIMARY KEY, note text);
    INSERT INTO full_table SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n;
    CREATE TABLE empty_table (id int PRIMARY KEY);
    CREATE TABLE uncounted (id int);
    ALTER TABLE uncounted SET (autovacuum_enabled = false);
    INSERT INTO uncounted VALUES (1);
    CREATE TABLE other.full_table (id int);
    CREATE TABLE parts (id int) PARTITION BY RANGE (id);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
    CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (1000) TO (3000);
    INSERT INTO parts SELECT n FROM generate_series(0, 2999) n;
    ANALYZE full_table; ANALYZE empty_table; ANALYZE parts; ANALYZE other.full_table`)
})

afterAll(async () => {
  if (server) await database.drop()
})

async function sizes(): Promise<LiveTables | null> {
  const opened = await openDatabase(database.url, { env: {}, cwd: '/' })
  try {
    return await opened.readTableSizes()
  } finally {
    await opened.close()
  }
}

describe.skipIf(server === null)('table sizes', () => {
  test('rows, bytes and emptiness come from the catalog', async () => {
    const live = await sizes()
    const of = (name: string, schema: string | null = null) => live?.sizeOf({ schema, name })
    expect(of('full_table')).toMatchObject({ rows: 20_000, empty: false })
    expect(of('full_table')?.bytes).toBeGreaterThan(2_000_000)
    expect(of('full_table', 'public')).toEqual(of('full_table'))
    expect(of('full_table', 'other')).toMatchObject({ rows: 0, bytes: 0, empty: true })
    expect(of('empty_table')).toMatchObject({ rows: 0, empty: true })
    expect(of('no_table')).toBe(null)
  })

  test('a table without statistics is reported as such, not as empty', async () => {
    const live = await sizes()
    expect(live?.sizeOf({ schema: null, name: 'uncounted' })).toMatchObject({ rows: -1, empty: false })
  })

  test('partitions count towards their parent', async () => {
    const live = await sizes()
    expect(live?.sizeOf({ schema: null, name: 'parts' })).toMatchObject({ rows: 3000, empty: false })
  })

  test('scans and row writes are counted, including those of partitions and indexes', async () => {
    await database.execute(
      `SELECT * FROM full_table WHERE id = 5; UPDATE full_table SET note = '' WHERE id = 5`,
    )
    const activityOf = async (name: string) =>
      (await sizes())?.sizeOf({ schema: null, name })?.activity ?? { scans: 0, rowWrites: 0 }
    // The server might not update the counts until the session ends.
    await expect.poll(async () => (await activityOf('full_table')).rowWrites).toBeGreaterThan(20_000)
    expect((await activityOf('full_table')).scans).toBeGreaterThanOrEqual(2)
    expect((await activityOf('parts')).rowWrites).toBe(3000)
    expect(await activityOf('empty_table')).toMatchObject({ rowWrites: 0, since: null, seconds: null })
    await database.execute('SELECT pg_stat_reset()')
    await expect.poll(async () => (await activityOf('full_table')).rowWrites).toBe(0)
    expect(await activityOf('full_table')).toMatchObject({
      since: expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:]+Z$/) as string,
      seconds: expect.any(Number) as number,
    })
  })

  test('without statistics, no activity is reported', async () => {
    await database.execute(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET track_counts = off', current_database()); END $$`,
    )
    expect((await sizes())?.sizeOf({ schema: null, name: 'full_table' })).not.toHaveProperty('activity')
  })
})
