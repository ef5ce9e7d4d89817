/** Tests SQLite files and folders without read or write permission. */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatabaseState } from '../../src/core/history/database-state.ts'
import { readDatabaseState } from '../../src/adapters/open-database.ts'

const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-sqlite-rights-'))
/** Root bypasses file permissions. */
const isRoot = process.getuid?.() === 0

/** Reads the file's state as an unprivileged user. */
async function look(path: string): Promise<DatabaseState> {
  if (isRoot) process.seteuid?.('nobody')
  const options = { versionTable: 'alembic_version', versionTableSchema: null, env: {}, cwd: folder }
  return readDatabaseState(`sqlite:///${path}`, options).finally(() => isRoot && process.seteuid?.(0))
}

beforeAll(() => {
  chmodSync(folder, 0o755)
  const database = new Sqlite(join(folder, 'app.db'))
  database.pragma('journal_mode = wal')
  database.exec(
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); INSERT INTO alembic_version VALUES ('a')",
  )
  // A WAL without its shared-memory index, in a read-only folder.
  mkdirSync(join(folder, 'locked'))
  for (const end of ['', '-wal'])
    copyFileSync(join(folder, `app.db${end}`), join(folder, `locked/app.db${end}`))
  database.pragma('journal_mode = delete')
  database.close()
  for (const [place, mode] of [
    ['forbidden', 0o000],
    ['closed', 0o755],
  ] as const) {
    mkdirSync(join(folder, place))
    copyFileSync(join(folder, 'app.db'), join(folder, place, 'app.db'))
    chmodSync(join(folder, place), mode)
  }
  chmodSync(join(folder, 'closed/app.db'), 0o000)
  chmodSync(join(folder, 'locked/app.db'), 0o444)
  chmodSync(join(folder, 'locked/app.db-wal'), 0o444)
  chmodSync(join(folder, 'locked'), 0o555)
})
afterAll(() => {
  execFileSync('chmod', ['-R', 'u+rwx', folder])
  rmSync(folder, { recursive: true })
})

test('a WAL file without its index is read if nothing can be written', async () => {
  const answer = await look('locked/app.db')
  expect(answer.versions).toEqual([{ kind: 'text', value: 'a' }])
  expect(readdirSync(join(folder, 'locked'))).toEqual(['app.db', 'app.db-wal'])
})

test('an unreadable file is not an empty database', async () => {
  await expect(look('closed/app.db')).rejects.toMatchObject({
    kind: 'unavailable',
    message: "This user doesn't have permission to read the SQLite file closed/app.db.",
  })
})

test('a file in an inaccessible folder is not an empty database', async () => {
  for (const name of ['app.db', 'none.db'])
    await expect(look(`forbidden/${name}`)).rejects.toMatchObject({
      kind: 'unavailable',
      message: `This user can't access a parent folder of the SQLite file forbidden/${name}.`,
    })
})
