/** Tests `restamp` on PostgreSQL servers, with concurrent writers and lost connections. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../src/adapters/database/database-url.ts'
import { takeReleaseLock } from '../../src/adapters/postgres/release-lock.ts'
import { writeVersions } from '../../src/adapters/open-version-writer.ts'
import { restamp } from '../../src/commands/restamp.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { OptionInputs } from '../../src/commands/shell/settings.ts'
import { type RowChange, versionScript } from '../../src/core/restamp/version-sql.ts'
import { quietContext } from '../support/context.ts'
import { type Fate, startCutProxy } from '../support/cut-proxy.ts'
import { folderWith, migration, scaffold } from '../support/guard.ts'
import { pgbouncer, startPooler } from '../support/pgbouncer.ts'
import { type TestDatabase, startOwnPostgres } from '../support/postgres.ts'
import type { WriteOutcome } from '../../src/adapters/database/version-write.ts'

const server = await startOwnPostgres({})
let database: TestDatabase

const table = { schema: 'public', name: 'alembic_version' }
const versionTable =
  'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)'

beforeEach(async () => {
  if (!server) return
  database = await server.createDatabase(`${versionTable}; INSERT INTO alembic_version VALUES ('old_001')`)
})
afterEach(async () => {
  if (server) await database.drop()
})
afterAll(() => server?.stop())

const options = { env: {}, cwd: '/', timeoutMs: 5000 }
const oldToNew = { changed: [{ from: 'old_001', to: 'new_001' }], removed: [], added: [] }

async function write(
  url = database.url,
  change: RowChange = oldToNew,
  timeoutMs = 5000,
): Promise<WriteOutcome> {
  return writeVersions(
    url,
    {
      script: versionScript('postgresql', table, change),
      before: ['old_001'],
      after: change.changed.map(({ to }) => to),
    },
    { ...options, timeoutMs },
  )
}

async function rows(from = 'alembic_version'): Promise<readonly unknown[]> {
  const found = await database.execute(`SELECT version_num FROM ${from} ORDER BY 1`)
  return found.map((row) => row['version_num'])
}

/** Runs `work` through a proxy. */
async function through<T>(
  fate: (statement: string, index: number) => Fate | Promise<Fate>,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (!server) throw new Error('no server')
  const proxy = await startCutProxy({ host: '127.0.0.1', port: server.port }, fate)
  try {
    return await work(`postgresql://postgres@127.0.0.1:${proxy.port}/${database.name}`)
  } finally {
    proxy.stop()
  }
}

/** Returns the statements executed by a complete restamp. */
async function statements(): Promise<readonly string[]> {
  const seen: string[] = []
  await through(
    (statement) => {
      seen.push(statement)
      return 'pass'
    },
    (url) => write(url),
  )
  await database.execute("UPDATE alembic_version SET version_num = 'old_001'")
  return seen
}

describe.skipIf(server === null)('one transaction', () => {
  test('of two concurrent runs, one wins and the other reports the new rows', async () => {
    for (let round = 0; round < 5; round += 1) {
      const targets = ['left_002', 'right_002']
      const outcomes = await Promise.all(
        targets.map((to) =>
          write(database.url, { changed: [{ from: 'old_001', to }], removed: [], added: [] }),
        ),
      )
      const won = outcomes.findIndex(({ kind }) => kind === 'written')
      expect(outcomes[1 - won]).toEqual({ kind: 'changed meanwhile', rows: [targets[won]] })
      expect(await rows()).toEqual([targets[won]])
      await database.execute("UPDATE alembic_version SET version_num = 'old_001'")
    }
  })

  test('a connection lost at any statement before the commit changes nothing, and says so', async () => {
    const all = await statements()
    expect(all.at(-1)).toBe('COMMIT')
    for (const fate of ['cut before', 'cut after'] as const) {
      for (let at = 0; at < all.length - 1; at += 1) {
        const outcome = await through((_, index) => (index === at ? fate : 'pass'), write)
        expect([all[at], outcome.kind]).toEqual([all[at], 'failed'])
        expect(await rows()).toEqual(['old_001'])
      }
    }
  })

  test('a backend killed at any statement before the commit changes nothing', async () => {
    const all = await statements()
    for (let at = 1; at < all.length - 1; at += 1) {
      const outcome = await through(async (_, index): Promise<Fate> => {
        if (index === at) await killOthers()
        return 'pass'
      }, write)
      expect([all[at], outcome.kind]).toEqual([all[at], 'failed'])
      expect(await rows()).toEqual(['old_001'])
    }
  })

  test.each([
    ['cut before', 'old_001', 'aborted'],
    ['cut after', 'new_001', 'committed'],
  ] as const)(
    'a commit whose connection is %s has an unknown outcome, with a way to check it',
    async (fate, row, status) => {
      const outcome = await through((text) => (text === 'COMMIT' ? fate : 'pass'), write)
      if (outcome.kind !== 'unknown') throw new Error(outcome.kind)
      expect(await rows()).toEqual([row])
      const [first = '', second = ''] = outcome.look
      // It may take the server a while to notice a lost connection.
      await expect.poll(async () => (await database.execute(first))[0]?.['txid_status']).toBe(status)
      expect((await database.execute(second))[0]?.['version_num']).toBe(row)
    },
  )

  test('a silent network ends with the timeout and changes nothing', async () => {
    const stuck = new Promise<Fate>(() => undefined)
    const outcome = await through(
      (text) => (text.startsWith('UPDATE') ? stuck : 'pass'),
      (url) => write(url, oldToNew, 1000),
    )
    expect(outcome).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('took longer than 1 s') as string,
    })
    expect(await rows()).toEqual(['old_001'])
  })

  test('a silent network during the commit has an unknown outcome too', async () => {
    const stuck = new Promise<Fate>(() => undefined)
    const outcome = await through(
      (text) => (text === 'COMMIT' ? stuck : 'pass'),
      (url) => write(url, oldToNew, 1000),
    )
    expect(outcome.kind).toBe('unknown')
  })

  test('a session that uses the table is not interrupted', async () => {
    const other = await database.connect()
    await other.query('BEGIN; SELECT * FROM alembic_version')
    const outcome = await write(database.url, oldToNew, 1000)
    expect(outcome).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('Another session') as string,
    })
    await other.end()
    expect(await rows()).toEqual(['old_001'])
  })

  test('a running release is not disturbed', async () => {
    const taken = await takeReleaseLock(database.url, {
      ...options,
      waitMs: 0,
      applicationName: 'release',
      onWait: () => undefined,
    })
    if (taken.kind !== 'held') throw new Error(taken.kind)
    const outcome = await write(database.url, oldToNew, 1000)
    expect(outcome).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('held by another release') as string,
    })
    await taken.lock.release()
    expect((await write()).kind).toBe('written')
  })

  test('a trigger that writes something else is detected, and everything is rolled back', async () => {
    await database.execute(
      `CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.version_num := 'other'; RETURN NEW; END $$;
      CREATE TRIGGER meddle BEFORE UPDATE ON alembic_version FOR EACH ROW EXECUTE FUNCTION meddle()`,
    )
    expect(await write()).toEqual({ kind: 'other rows', rows: ['other'] })
    expect(await rows()).toEqual(['old_001'])
  })

  test('a server error during the commit is certain: nothing was changed', async () => {
    await database.execute(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
      CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON alembic_version DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION refuse()`,
    )
    expect(await write()).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('not today') as string,
    })
    expect(await rows()).toEqual(['old_001'])
  })

  test('a read-only role changes nothing', async () => {
    await database.execute('CREATE ROLE reader LOGIN; GRANT SELECT ON alembic_version TO reader')
    const url = database.url.replace('postgres@', 'reader@')
    expect(parseDatabaseUrl(url).dialect).toBe('postgresql')
    expect(await write(url)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('lacks permission') as string,
    })
    await database.execute('DROP OWNED BY reader; DROP ROLE reader')
  })

  test.skipIf(pgbouncer === null)(
    'works behind PgBouncer in transaction mode and leaves no lock',
    async () => {
      if (!server) return
      const pooler = await startPooler(server, 'transaction')
      try {
        const url = `postgresql://postgres@127.0.0.1:${pooler.port}/${database.name}`
        expect((await write(url)).kind).toBe('written')
        expect(await rows()).toEqual(['new_001'])
        const locks = await database.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")
        expect(locks).toEqual([])
      } finally {
        pooler.stop()
      }
    },
  )
})

describe.skipIf(server === null)('the command', () => {
  const files = {
    ...scaffold,
    'migrations/versions/new_001.py': migration('new_001', null),
    'migrations/versions/next_002.py': migration('next_002', 'new_001'),
    'migrations/versions/side_002.py': migration('side_002', 'new_001'),
  }

  async function run(given: OptionInputs, url = database.url) {
    const { stdout, exitCode } = await execute(restamp, given, quietContext(folderWith(files), url))
    return { exitCode, text: stdout.replaceAll(/\s+/g, ' ') }
  }

  test('prints the exact statements that it sends', async () => {
    await database.execute('CREATE TABLE new_001 (id int)')
    const sent: string[] = []
    const shown = await run({ from: ['old_001'], to: ['new_001'], target: 'heads' })
    expect(shown.exitCode).toBe(0)
    expect(await rows()).toEqual(['old_001'])
    const done = await through(
      (statement) => {
        sent.push(statement)
        return 'pass'
      },
      (url) => run({ from: ['old_001'], to: ['new_001'], target: 'heads', yes: true }, url),
    )
    expect(done.exitCode).toBe(0)
    const listed = /in the meantime: (.*?); "alembic/.exec(shown.text)?.[1]?.split('; ') ?? []
    expect(listed).toHaveLength(4)
    expect(sent).toEqual(expect.arrayContaining(listed))
    expect(await rows()).toEqual(['new_001'])
    expect(done.text).toContain('"alembic upgrade heads" would now run 2 migrations')
  })

  test('reports rows that changed in the meantime, and keeps them', async () => {
    await database.execute('CREATE TABLE new_001 (id int)')
    const { exitCode, text } = await through(
      async (statement): Promise<Fate> => {
        if (statement.startsWith('LOCK'))
          await database.execute("INSERT INTO alembic_version VALUES ('stranger')")
        return 'pass'
      },
      (url) => run({ from: ['old_001'], to: ['new_001'], yes: true }, url),
    )
    expect(exitCode).toBe(1)
    expect(text).toContain('the version rows changed in the meantime')
    expect(text).toContain('expected old_001 found old_001 and stranger')
    expect(text).toContain('nothing was changed')
    expect(await rows()).toEqual(['old_001', 'stranger'])
  })

  test('exits with 3 if a commit has no answer, says that the outcome is unknown, and how to check it', async () => {
    await database.execute('CREATE TABLE new_001 (id int)')
    const { exitCode, text } = await through(
      (statement) => (statement === 'COMMIT' ? 'cut after' : 'pass'),
      (url) => run({ from: ['old_001'], to: ['new_001'], yes: true }, url),
    )
    expect(exitCode).toBe(3)
    expect(text).toContain('The transaction may or may not have been committed')
    expect(text).toMatch(
      /SELECT pg_catalog\.txid_status\(\d+\); SELECT version_num FROM "public"\."alembic_version"/,
    )
    expect(text).not.toContain('nothing was changed')
  })

  test('changes, deletes and inserts rows in one run', async () => {
    await database.execute(
      "CREATE TABLE new_001 (id int); CREATE TABLE next_002 (id int); CREATE TABLE side_002 (id int); INSERT INTO alembic_version VALUES ('stray')",
    )
    const { exitCode, text } = await run({
      from: ['old_001'],
      to: ['next_002'],
      remove: ['stray'],
      add: ['side_002'],
      yes: true,
      target: 'heads',
    })
    expect([exitCode, text]).toEqual([0, expect.stringContaining('now has nothing to run')])
    expect(await rows()).toEqual(['next_002', 'side_002'])
  })

  test('rejects an id that is longer than the column', async () => {
    await database.execute(
      'ALTER TABLE alembic_version ALTER version_num TYPE varchar(7); CREATE TABLE new_001 (id int); CREATE TABLE next_002 (id int)',
    )
    const { exitCode, text } = await run({ from: ['old_001'], to: ['next_002'], force: true, yes: true })
    expect(exitCode).toBe(1)
    expect(text).toContain('next_002 has 8 characters, but version_num allows only 7')
    expect(await rows()).toEqual(['old_001'])
  })

  test('writes to a table with a quoted name in a separate schema', async () => {
    await database.execute(
      `CREATE SCHEMA "We""ird"; CREATE TABLE "We""ird"."My Versions" (version_num TEXT); CREATE TABLE new_001 (id int);
      INSERT INTO "We""ird"."My Versions" VALUES ('it''s')`,
    )
    const where = { 'version-table': 'My Versions', 'version-table-schema': 'We"ird' }
    const { exitCode, text } = await run({ ...where, from: ["it's"], to: ['new_001'], yes: true })
    expect([exitCode, text]).toEqual([0, expect.stringContaining('now')])
    expect(await rows('"We""ird"."My Versions"')).toEqual(['new_001'])
    expect(await rows()).toEqual(['old_001'])
  })

  test("doesn't write to a database that is set to read-only", async () => {
    await database.execute(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`)
    const { exitCode, text } = await run({ from: ['old_001'], to: ['new_001'], force: true, yes: true })
    expect(exitCode).toBe(3)
    expect(text).toContain('default_transaction_read_only is on')
  })
})

/** Terminates all other sessions that have an open transaction. */
async function killOthers(): Promise<void> {
  await database.execute(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'",
  )
}
