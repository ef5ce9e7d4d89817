/** Compares our in-memory image of a WAL database with SQLite's own result. */
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import * as fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { sourceWithoutTraces } from '../../src/adapters/sqlite/choose-source.ts'
import { imageOf, isWalMode } from '../../src/adapters/sqlite/wal.ts'
import { loadSqliteDrivers } from '../../src/adapters/sqlite/connect.ts'

const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-wal-'))
afterAll(() => rmSync(folder, { recursive: true }))

const question = 'SELECT group_concat(a || length(b)) AS a FROM (SELECT * FROM t ORDER BY rowid)'

/** Returns the result of SQLite's own recovery for a WAL of `length` bytes. */
function recovered(path: string, length: number): unknown {
  const copy = join(folder, 'copy.db')
  for (const end of ['', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true })
  copyFileSync(path, copy)
  copyFileSync(`${path}-wal`, `${copy}-wal`)
  truncateSync(`${copy}-wal`, length)
  return read(new Sqlite(copy))
}

function read(database: Sqlite.Database): unknown {
  try {
    return database.prepare(question).get()
  } catch (error) {
    return error instanceof Error ? error.message : error
  } finally {
    database.close()
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('insert'), size: fc.integer({ min: 0, max: 9000 }) }),
  fc.record({ kind: fc.constantFrom('delete', 'checkpoint', 'vacuum'), size: fc.constant(0) }),
)

test('contains what SQLite would recover, wherever the WAL was truncated', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(512, 1024, 4096, 65_536),
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (pageSize, steps, cut) => {
        const path = join(folder, 'live.db')
        for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
        const database = new Sqlite(path)
        database.pragma(`page_size = ${pageSize}`)
        database.pragma('journal_mode = wal')
        database.exec('CREATE TABLE t (a, b)')
        for (const { kind, size } of steps) {
          if (kind === 'insert') database.prepare('INSERT INTO t VALUES (?, ?)').run(size, 'x'.repeat(size))
          else if (kind === 'delete') database.exec('DELETE FROM t WHERE rowid = (SELECT min(rowid) FROM t)')
          else if (kind === 'vacuum') database.exec('VACUUM')
          else database.pragma('wal_checkpoint(PASSIVE)')
        }
        const log = readFileSync(`${path}-wal`)
        for (const length of [log.length, Math.floor(log.length * cut)]) {
          const image = imageOf(readFileSync(path), log.subarray(0, length))
          expect(read(new Sqlite(image, { readonly: true }))).toEqual(recovered(path, length))
        }
        database.close()
      },
    ),
    { numRuns: 40 },
  )
})

test('of a cleanly closed database is the file itself, marked as not being in WAL mode', () => {
  const path = join(folder, 'clean.db')
  const database = new Sqlite(path)
  database.pragma('journal_mode = wal')
  database.exec("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x')")
  database.close()
  expect(existsSync(`${path}-wal`)).toBe(false)
  const file = readFileSync(path)
  expect(isWalMode(file)).toBe(true)
  expect(read(new Sqlite(imageOf(file, new Uint8Array()), { readonly: true }))).toEqual({ a: '11' })
})

test('ignores an invalid WAL file', () => {
  const file = Buffer.alloc(4096, 7)
  expect(imageOf(file, Buffer.alloc(200, 9)).subarray(20)).toEqual(file.subarray(20))
})

/** Writes each transaction's number to the first and last page, and checkpoints the WAL. */
const writer = `const Sqlite = require('better-sqlite3')
const database = new Sqlite(process.argv[1])
database.pragma('synchronous = off')
for (let number = 1; ; number += 1) {
  database.exec('UPDATE t SET a = ' + number + ' WHERE rowid IN (1, 4000)')
  database.pragma('wal_checkpoint(' + (number % 3 === 0 ? 'TRUNCATE' : 'RESTART') + ')')
  if (number === 1) process.send('going')
}`

test('is a consistent snapshot while another process writes and checkpoints', async () => {
  const path = join(folder, 'busy.db')
  const database = new Sqlite(path)
  database.pragma('journal_mode = wal')
  database.exec('CREATE TABLE t (a, b)')
  for (let row = 0; row < 200; row += 1) database.prepare('INSERT INTO t VALUES (0, ?)').run('x'.repeat(3000))
  database.close()
  const child = spawn(process.execPath, ['-e', writer, path], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await new Promise((resolve) => child.once('message', resolve))
  const drivers = await loadSqliteDrivers()
  const seen = { image: new Set<unknown>(), file: new Set<unknown>() }
  for (let round = 0; round < 60; round += 1) {
    const source = sourceWithoutTraces(path, 'busy.db', drivers)
    if (source.kind !== 'image' && source.kind !== 'file') throw new TypeError(source.kind)
    const connection = drivers[0]!.open(source)!
    const [row] = connection.all(
      'SELECT count(DISTINCT a) AS numbers, min(a) AS number FROM t WHERE rowid IN (1, 4000)',
    )
    connection.close()
    expect(row).toMatchObject({ numbers: 1 })
    seen[source.kind].add(row?.['number'])
    await new Promise((resolve) => setImmediate(resolve))
  }
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('close', resolve))
  expect(seen.image.size).toBeGreaterThan(1)
  console.log(`read in memory: ${seen.image.size} states, in place: ${seen.file.size}`)
})
