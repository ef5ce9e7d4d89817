/** Executes the release line in this repository's Procfile as Heroku does. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { diskTree } from '../../src/adapters/files/disk-tree.ts'
import { readEntries } from '../../src/adapters/release/release-files.ts'
import { findPostgres } from '../support/postgres.ts'
import { alembic } from '../support/release.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const server = await findPostgres()

describe.skipIf(!server || !alembic)('the release line of the Procfile', () => {
  test('upgrades a new database, has nothing to do the next time, and stops at an unknown database', async () => {
    const database = await server!.createDatabase()
    const line = readEntries(diskTree(root)).running[0]?.text ?? ''
    const release = () =>
      spawnSync('/bin/sh', ['-c', line], {
        cwd: root,
        env: {
          PATH: process.env['PATH'] ?? '',
          PYTHONDONTWRITEBYTECODE: '1',
          DYNO: 'release.1234',
          DATABASE_URL: database.url.replace(/^postgresql:/, 'postgres:'),
        },
        encoding: 'utf8',
        timeout: 60_000,
      })
    try {
      const first = release()
      expect([first.status, first.stdout]).toEqual([
        0,
        expect.stringContaining('would run 2 migrations, first rooms_001'),
      ])
      const second = release()
      expect([second.status, second.stdout]).toEqual([0, expect.stringContaining('has nothing to run')])
      await database.execute("update alembic_version set version_num = 'guest_lockout_001'")
      const third = release()
      expect([third.status, third.stdout]).toEqual([1, expect.stringContaining('[AG201]')])
      expect(third.stderr).not.toContain('alembic.util')
      expect(await database.execute('select version_num from alembic_version')).toEqual([
        { version_num: 'guest_lockout_001' },
      ])
    } finally {
      await database.drop()
    }
  })
})
