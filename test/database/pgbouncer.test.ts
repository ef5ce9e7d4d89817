/** Tests the guard with PgBouncer in transaction mode. The guard must leave no session state behind. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../src/adapters/database/database-url.ts'
import { startDeadline } from '../../src/adapters/files/deadline.ts'
import { planConnection } from '../../src/adapters/libpq/libpq.ts'
import { connectPostgres } from '../../src/adapters/postgres/connect.ts'
import type { DatabaseState } from '../../src/core/history/database-state.ts'
import { type TestDatabase, missing, startOwnPostgres } from '../support/postgres.ts'
import { freePort } from '../support/postgres-local.ts'
import { readDatabaseState } from '../../src/adapters/open-database.ts'

const binary =
  ['pgbouncer', '/usr/sbin/pgbouncer'].find((name) => spawnSync(name, ['--version']).status === 0) ??
  missing('pgbouncer', 'not on the PATH')
const server = binary && (await startOwnPostgres({}))
const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-pgbouncer-'))
let pooler: ChildProcess | null = null
let database: TestDatabase
let url = ''

beforeAll(async () => {
  if (!binary || !server) return
  database =
    await server.createDatabase(`CREATE SCHEMA app; CREATE TABLE app.alembic_version (version_num TEXT); INSERT INTO app.alembic_version VALUES ('app');
    CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('public')`)
  const port = await freePort()
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]\n* = host=${server.socketFolder} port=${server.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =
auth_type = trust\nauth_file = ${join(folder, 'users.txt')}\npool_mode = transaction\ndefault_pool_size = 1\nserver_reset_query =\nquery_wait_timeout = 1\n`,
  )
  writeFileSync(join(folder, 'users.txt'), '"postgres" ""\n')
  chmodSync(folder, 0o755)
  // PgBouncer refuses to run as root.
  const root = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  pooler = spawn(binary, [...root, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' })
  url = `postgresql://postgres@127.0.0.1:${port}/${database.name}`
  for (let tries = 0; tries < 50; tries++) {
    if (await look().then(Boolean, () => false)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('PgBouncer does not answer')
})
afterAll(() => {
  pooler?.kill('SIGKILL')
  if (server) server.stop()
  rmSync(folder, { recursive: true })
})

function look(query = ''): Promise<DatabaseState> {
  return readDatabaseState(url + query, {
    versionTable: 'alembic_version',
    versionTableSchema: null,
    env: { HOME: folder },
    cwd: folder,
    timeoutMs: 4000,
  })
}

/** Returns the settings that the pool's next client sees. */
async function settings(): Promise<unknown> {
  const client = new Client(url)
  await client.connect()
  try {
    const names = [
      'statement_timeout',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'search_path',
      'default_transaction_read_only',
      'transaction_read_only',
      'bytea_output',
      'role',
    ]
    const { rows } = await client.query<Record<string, unknown>>(
      `SELECT pg_backend_pid(), ${names.map((name) => `current_setting('${name}') AS ${name}`).join(', ')}, (SELECT count(*)::int FROM pg_prepared_statements) AS prepared`,
    )
    return rows[0]
  } finally {
    await client.end()
  }
}

describe.skipIf(!binary || !server)('PgBouncer in transaction mode', () => {
  test('works for reading', async () => {
    expect((await look()).versions).toEqual([{ kind: 'text', value: 'public' }])
  })

  test('rejects startup options, as it does for the upgrade', async () => {
    const psql = spawnSync('psql', ['-XAtwc', 'SELECT 1', `${url}?options=-csearch_path%3Dapp`])
    expect(String(psql.stderr)).toContain('unsupported startup parameter')
    await expect(look('?options=-csearch_path%3Dapp')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/^The pooler at .* rejected the options sent by this connection/),
    })
  })

  test('returns the server connection unchanged', async () => {
    const before = await settings()
    await look()
    expect(await settings()).toEqual(before)
  })

  test('keeps its server connection when a query fails', async () => {
    const before = await settings()
    const parsed = parseDatabaseUrl(url)
    if (parsed.dialect !== 'postgresql') throw new TypeError(url)
    const session = await connectPostgres(
      planConnection(parsed, { HOME: folder }, folder),
      startDeadline(4000),
    )
    await expect(session.query('SELECT 1 / 0')).rejects.toMatchObject({ code: '22012' })
    await session.close()
    expect(await settings()).toEqual(before)
  })

  test('yields an error message if no server connection is free', async () => {
    const client = new Client(url)
    client.on('error', () => undefined)
    await client.connect()
    await client.query('BEGIN')
    await expect(look()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('pooler has no free server connection'),
    })
    await client.end()
  })
})
