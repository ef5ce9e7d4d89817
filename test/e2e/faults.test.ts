/**
 * Tests network, server and machine faults. Each must yield the right exit code and one clear error message, without
 * undue delay.
 */
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fault, faults, startFaultProxy } from '../support/fault-proxy.ts'
import { cli, folderWith, guard, madeBy, migration, scaffold, threeMigrations } from '../support/guard.ts'
import { expectAllDocumented, expectAsDocumented, faultsTried } from '../support/fault-table.ts'
import { expired } from '../support/certificates.ts'
import { randomFrom } from '../support/incidents.ts'
import { type TestDatabase, findPostgres, startOwnPostgres } from '../support/postgres.ts'
import { seed } from '../support/seed.ts'

const server = await findPostgres()
/** How many times each message is garbled. */
const garbledRounds = Number(process.env['ALEMBIC_GUARD_GARBLED'] ?? 2)
/**
 * The guard's timeout in seconds. A stall always uses up the whole timeout, so tests with stalls set a short
 * one.
 */
const timeouts: Readonly<Record<Fault, number>> = { cut: 20, stall: 1, delay: 20, garble: 1 }
/** Names of the rows in docs/faults.md. */
const rowOf: Readonly<Record<Fault, string>> = {
  cut: 'connection closed before each server message',
  stall: 'server silent from each message on',
  delay: 'each message delayed',
  garble: 'bytes of each message garbled, twice',
}

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

/** Like `guard`, but asynchronous, because the proxy runs in this process. */
async function check(cwd: string, url: string, args: readonly string[] = [], env = {}): Promise<Ended> {
  const started = performance.now()
  const child = spawn(process.execPath, [cli, 'check', ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, DATABASE_URL: url, ...env },
    timeout: 30_000,
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, stdout, stderr, seconds: (performance.now() - started) / 1000 }
}

const words = (text: string): string => text.replaceAll(/\s+/g, ' ')

/** Asserts that the run couldn't check the database. */
function expectOneSentence(ended: Ended, what: string): void {
  expect(ended.status, `${what}: ${ended.stdout}${ended.stderr}`).toBe(3)
  expect(ended.stdout.match(/^ERROR:/gm), what + ended.stdout).toHaveLength(1)
  expect(ended.stdout + ended.stderr, what).not.toMatch(/\n\s+at .*:\d+:\d+|secretZq7|TypeError|undefined/)
}

/** A database after the second migration. */
const stampedSecond = `CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
  INSERT INTO alembic_version VALUES ('add_email_002'); ${madeBy(2)}`

describe.skipIf(server === null)('a connection that fails at any message', () => {
  let database: TestDatabase
  let target: { host: string; port: number } | { path: string }
  let url: (port: number) => string
  beforeAll(async () => {
    if (!server) return
    database = await server.createDatabase(stampedSecond)
    const admin = new URL(database.url.replace(/^[\w+]+:/, 'http:'))
    const socket = admin.searchParams.get('host')
    const port = Number(admin.port || admin.searchParams.get('port') || 5432)
    target = socket?.startsWith('/') ? { path: `${socket}/.s.PGSQL.${port}` } : { host: admin.hostname, port }
    url = (proxy) => {
      const through = new URL(database.url.replace(/^[\w+]+:/, 'http:'))
      through.hostname = '127.0.0.1'
      through.port = String(proxy)
      through.searchParams.delete('host')
      through.searchParams.delete('port')
      return through.href.replace(/^http:/, 'postgresql:')
    }
  })
  afterAll(async () => {
    await database?.drop()
  })

  test.each(faults)('%s', { timeout: 120_000 }, async (fault: Fault) => {
    const folder = folderWith(threeMigrations)
    const plain = await startFaultProxy(target, null, -1)
    const normal = await check(folder, url(plain.port))
    await plain.close()
    expect(normal.status, normal.stdout).toBe(0)
    const count = plain.messages()
    expect(count).toBeGreaterThan(10)
    const random = randomFrom(seed)
    const one = async (at: number): Promise<void> => {
      const proxy = await startFaultProxy(target, fault, at, random)
      const ended = await check(folder, url(proxy.port), ['--timeout', String(timeouts[fault])])
      await proxy.close()
      const what = `${fault} at message ${at} of ${count}`
      // A changed byte may be harmless. If it changes a version row, the guard must report a finding.
      if (ended.status === 0) expect(words(ended.stdout), what).toBe(words(normal.stdout))
      else if (fault === 'garble' && ended.status === 1)
        expect(ended.stdout, ended.stderr).toMatch(/^ERROR:/m)
      else expectOneSentence(ended, what)
      if (fault === 'delay') expect(ended.status, what).toBe(0)
      expect(ended.seconds, what).toBeLessThan(timeouts[fault] + 8)
      expectAsDocumented(rowOf[fault], ended.stdout)
    }
    let next = 0
    const rounds = fault === 'garble' ? count * garbledRounds : count
    const work = async (): Promise<void> => {
      for (let index = next++; index < rounds; index = next++) await one(index % count)
    }
    await Promise.all([work(), work(), work(), work()])
    const left = await database.execute(
      `SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'alembic-guard%' AND state <> 'idle'`,
    )
    expect(left[0]?.['sessions']).toBe(0)
    expect(readdirSync(folder).toSorted()).toEqual(readdirSync(folderWith(threeMigrations)).toSorted())
  })
})

describe('a server in trouble', () => {
  test.skipIf(server === null)('has no free connection', async () => {
    const database = await server?.createDatabase(`CREATE ROLE crowded LOGIN CONNECTION LIMIT 0`)
    if (!database) return
    const as = new URL(database.url.replace(/^[\w+]+:/, 'http:'))
    as.username = 'crowded'
    as.password = 'secretZq7'
    const ended = await check(folderWith(threeMigrations), as.href.replace(/^http:/, 'postgresql:'), [
      '--timeout',
      '3',
    ])
    await database.drop()
    expectOneSentence(ended, 'crowded')
    expectAsDocumented('too many connections', ended.stdout)
  })

  test('restarts during a check', { timeout: 60_000 }, async () => {
    const own = await startOwnPostgres({})
    if (!own) return
    const database = await own.createDatabase()
    const folder = folderWith(threeMigrations)
    const holder = await database.connect()
    holder.on('error', () => undefined)
    await holder.query('CREATE TABLE alembic_version (version_num text)')
    await holder.query('BEGIN; LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE')
    // The guard waits for the lock until the server shuts down.
    const running = check(folder, database.url, ['--timeout', '20'])
    await waitFor(async () => {
      const rows = await database.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
      return rows.length > 0
    })
    own.stop()
    const ended = await running
    expectOneSentence(ended, 'restart')
    expectAsDocumented('server restarted during the check', ended.stdout)
  })

  test('presents an expired certificate', { timeout: 60_000 }, async () => {
    const old = expired()
    const own = await startOwnPostgres({
      settings: { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' },
      files: { 'server.crt': old.certificate, 'server.key': old.key },
    })
    if (!own) return
    const folder = folderWith({ ...threeMigrations, 'root.pem': old.certificate })
    const url = `postgresql://postgres:secretZq7@localhost:${own.port}/postgres?sslmode=verify-full&sslrootcert=root.pem`
    const ended = await check(folder, url)
    own.stop()
    expectOneSentence(ended, 'expired')
    expectAsDocumented('certificate expired', ended.stdout)
  })

  test('has an unknown host name, or a closed port', async () => {
    const folder = folderWith(threeMigrations)
    const unknown = await check(folder, 'postgresql://someone:secretZq7@no-such-host.invalid/app', [
      '--timeout',
      '5',
    ])
    expectOneSentence(unknown, 'DNS')
    expectAsDocumented('unknown host name', unknown.stdout)
    const refused = await check(folder, 'postgresql://someone:secretZq7@127.0.0.1:1/app')
    expectOneSentence(refused, 'refused')
    expectAsDocumented('connection refused', refused.stdout)
  })

  test.skipIf(server === null)('is too slow for the timeout, or keeps the version table locked', async () => {
    const database = await server?.createDatabase('CREATE TABLE alembic_version (version_num text)')
    if (!database) return
    const folder = folderWith(threeMigrations)
    const holder = await database.connect()
    await holder.query('BEGIN; LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE')
    const locked = await check(folder, database.url, ['--timeout', '2'])
    expectOneSentence(locked, 'locked')
    expectAsDocumented('version table locked', locked.stdout)
    await holder.query('ROLLBACK; BEGIN; LOCK TABLE pg_catalog.pg_namespace IN ACCESS EXCLUSIVE MODE')
    const slow = await check(folder, database.url, ['--timeout', '1'])
    await holder.query('ROLLBACK')
    await holder.end()
    await database.drop()
    expectOneSentence(slow, 'slow')
    expectAsDocumented('query slower than `--timeout`', slow.stdout)
  })
})

async function waitFor(ready: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await ready()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it never came')
}

describe('a machine in trouble', () => {
  test('a full disk leaves no partial report, and is reported', () => {
    const folder = folderWith(threeMigrations)
    // A file size limit simulates a full disk.
    const line = `trap '' XFSZ; ulimit -f 0; exec ${process.execPath} ${cli} check --output report.txt`
    const ended = spawnSync('bash', ['-c', line], {
      cwd: folder,
      env: { PATH: process.env['PATH'], DATABASE_URL: 'sqlite:///none.db' },
      encoding: 'utf8',
    })
    expect(ended.status).toBe(3)
    expectAsDocumented('disk full, writing a report', ended.stdout)
    expect(readdirSync(folder).filter((name) => name.includes('report'))).toEqual([])
  })

  test('a full disk prevents changing a migration, and leaves it unchanged', () => {
    const lost = { ...threeMigrations }
    delete lost['migrations/versions/add_email_002.py']
    const folder = folderWith(lost)
    new Sqlite(join(folder, 'app.db')).exec(stampedSecond).close()
    const before = readdirSync(join(folder, 'migrations/versions'))
    const line = `trap '' XFSZ; ulimit -f 0; exec ${process.execPath} ${cli} placeholder add_email_002 --after base_001 --write`
    const ended = spawnSync('bash', ['-c', line], {
      cwd: folder,
      env: { PATH: process.env['PATH'], DATABASE_URL: 'sqlite:///app.db' },
      encoding: 'utf8',
    })
    expect(ended.status).toBe(3)
    expectAsDocumented('disk full, writing migrations', ended.stdout)
    expect(readdirSync(join(folder, 'migrations/versions'))).toEqual(before)
  })

  test('no disk space for a rehearsal', () => {
    const folder = folderWith(threeMigrations)
    new Sqlite(join(folder, 'app.db')).exec(stampedSecond).close()
    const trap = `trap '' XFSZ; ulimit -f 0; exec ${process.execPath} ${cli} rehearse -- true`
    const full = spawnSync('bash', ['-c', trap], {
      cwd: folder,
      env: { PATH: process.env['PATH'], DATABASE_URL: 'sqlite:///app.db', TMPDIR: folder },
      encoding: 'utf8',
    })
    expect(full.status).toBe(3)
    expectAsDocumented('disk full, or no folder, for a rehearsal', full.stdout)
    const env = { DATABASE_URL: 'sqlite:///app.db', TMPDIR: join(folder, 'none') }
    const nowhere = guard(folder, ['rehearse', '--', 'true'], env)
    expect(nowhere.status).toBe(3)
    expectAsDocumented('disk full, or no folder, for a rehearsal', nowhere.stdout)
    expect(readdirSync(folder).toSorted()).toEqual(['alembic.ini', 'app.db', 'migrations'])
  })

  test(
    'a folder that changes while it is read yields a result or an error message, never a stack trace',
    { timeout: 60_000 },
    async () => {
      const many = Object.fromEntries(
        Array.from({ length: 300 }, (_nothing, index) => [
          `migrations/versions/m${index}.py`,
          migration(`m${index}`, index === 0 ? null : `m${index - 1}`),
        ]),
      )
      const folder = folderWith({ ...scaffold, ...many })
      const versions = join(folder, 'migrations/versions')
      const still = { going: true }
      const mischief = (async () => {
        for (let turn = 0; still.going; turn += 1) {
          const name = join(versions, `m${(turn * 7) % 300}.py`)
          renameSync(name, `${name}.away`)
          await new Promise((resolve) => setImmediate(resolve))
          renameSync(`${name}.away`, name)
          if (turn % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
        }
      })()
      for (let round = 0; round < 25; round += 1) {
        const ended = await check(folder, 'sqlite:///none.db')
        expect([0, 1, 3], ended.stdout).toContain(ended.status)
        expect(ended.stdout + ended.stderr).not.toMatch(/\n\s+at .*:\d+:\d+|TypeError/)
        expectAsDocumented('migrations modified while being read', ended.stdout)
      }
      still.going = false
      await mischief
    },
  )
})

afterAll(() => {
  console.log(`faults tried, seed ${seed}:\n${faultsTried()}`)
})

test('docs/faults.md lists exactly the tested faults', { skip: server === null }, expectAllDocumented)
