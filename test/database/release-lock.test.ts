/** Tests the release lock, with and without PgBouncer. */
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LockOptions, takeReleaseLock } from '../../src/adapters/postgres/release-lock.ts'
import { pgbouncer, startPooler, type Pooler } from '../support/pgbouncer.ts'
import { type TestDatabase, startOwnPostgres } from '../support/postgres.ts'

const server = await startOwnPostgres({})
let database: TestDatabase
let pooler: Pooler | null = null
let sessionPooler: Pooler | null = null

beforeAll(async () => {
  if (!server) return
  database = await server.createDatabase()
  if (pgbouncer) pooler = await startPooler(server, 'transaction')
  if (pgbouncer) sessionPooler = await startPooler(server, 'session')
})
afterAll(() => {
  pooler?.stop()
  sessionPooler?.stop()
  server?.stop()
})

function options(changes: Partial<LockOptions> = {}): LockOptions {
  return {
    env: {},
    cwd: '/',
    timeoutMs: 4000,
    waitMs: 0,
    applicationName: 'alembic-guard run',
    onWait: () => undefined,
    ...changes,
  }
}

/** Returns the database's advisory locks. */
async function locks(): Promise<readonly Record<string, unknown>[]> {
  return database.execute(
    "SELECT classid::bigint, objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted",
  )
}

describe.skipIf(!server)('on the server itself', () => {
  test('the lock is held outside any transaction until it is released', async () => {
    const outcome = await takeReleaseLock(database.url, options())
    if (outcome.kind !== 'held') throw new Error(outcome.kind)
    expect(await locks()).toHaveLength(1)
    const sessions = await database.execute(
      "SELECT state, xact_start, backend_xmin FROM pg_stat_activity WHERE application_name = 'alembic-guard run'",
    )
    expect(sessions).toEqual([{ state: 'idle', xact_start: null, backend_xmin: null }])
    await outcome.lock.release()
    expect(await locks()).toEqual([])
  })

  test('another database on the same server has its own lock', async () => {
    const other = await server?.createDatabase()
    const [one, two] = [
      await takeReleaseLock(database.url, options()),
      await takeReleaseLock(other?.url ?? '', options()),
    ]
    expect([one.kind, two.kind]).toEqual(['held', 'held'])
    for (const outcome of [one, two]) if (outcome.kind === 'held') await outcome.lock.release()
  })

  test("a role that can't see other sessions still learns which process holds it", async () => {
    await database.execute('DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN')
    const outcome = await takeReleaseLock(database.url, options())
    const guest = database.url.replace('postgres@', 'guest@')
    await expect(takeReleaseLock(guest, options())).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/still holds the lock after 0 s: process \d+/),
    })
    if (outcome.kind === 'held') await outcome.lock.release()
  })

  test('waiting ends when the caller aborts', async () => {
    const outcome = await takeReleaseLock(database.url, options())
    const caller = new AbortController()
    const waiting = takeReleaseLock(
      database.url,
      options({ waitMs: 60_000, signal: caller.signal, onWait: () => caller.abort() }),
    )
    await expect(waiting).rejects.toMatchObject({
      message: expect.stringContaining('Interrupted while waiting'),
    })
    if (outcome.kind === 'held') await outcome.lock.release()
    expect(await locks()).toEqual([])
  })

  test('a URL with an application_name keeps it', async () => {
    const named = `${database.url}${database.url.includes('?') ? '&' : '?'}application_name=shop`
    const outcome = await takeReleaseLock(named, options())
    const rows = await database.execute("SELECT 1 FROM pg_stat_activity WHERE application_name = 'shop'")
    expect(rows).toHaveLength(1)
    if (outcome.kind === 'held') await outcome.lock.release()
  })
})

describe.skipIf(!server || !pgbouncer)('behind PgBouncer in transaction mode', () => {
  test('the lock is not taken, and nothing is left behind on the server', async () => {
    const url = `postgresql://postgres@127.0.0.1:${pooler?.port}/${database.name}`
    for (let times = 0; times < 5; times += 1) {
      expect(await takeReleaseLock(url, options())).toEqual({ kind: 'pooler' })
    }
    expect(await locks()).toEqual([])
  })
})

describe.skipIf(!server || !pgbouncer)('behind PgBouncer in session mode', () => {
  test('the lock is taken and released, and a second release waits for it', async () => {
    const url = `postgresql://postgres@127.0.0.1:${sessionPooler?.port}/${database.name}`
    for (let times = 0; times < 3; times += 1) {
      const first = await takeReleaseLock(url, options())
      if (first.kind !== 'held') throw new Error(first.kind)
      expect(await locks()).toHaveLength(1)
      await expect(takeReleaseLock(url, options())).rejects.toMatchObject({
        message: expect.stringContaining('Another release still holds the lock'),
      })
      // A session that bypasses PgBouncer must wait too.
      const waiting = takeReleaseLock(database.url, options({ waitMs: 10_000 }))
      await first.lock.release()
      const second = await waiting
      if (second.kind !== 'held') throw new Error(second.kind)
      await second.lock.release()
      expect(await locks()).toEqual([])
    }
  })

  test('the lock is not taken if that would leave the pool without a connection for the upgrade', async () => {
    const held = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const client = new Client(`postgresql://postgres@127.0.0.1:${sessionPooler?.port}/${database.name}`)
        await client.connect()
        await client.query('SELECT 1')
        return client
      }),
    )
    const url = `postgresql://postgres@127.0.0.1:${sessionPooler?.port}/${database.name}`
    expect(await takeReleaseLock(url, options())).toEqual({ kind: 'pooler' })
    expect(await locks()).toEqual([])
    for (const client of held) await client.end()
  })
})
