/** Tests `rehearse` on SQLite. The copy has no rows, and the original file must not change. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/model/report.ts'
import { folderWith } from '../support/guard.ts'
import { hotel, migrationOf, scratchPlace } from '../support/rehearse.ts'
import { alembic, release, startGuard } from '../support/release.ts'
import Database from 'better-sqlite3'

const place = scratchPlace()
const env = { ...place.env, DATABASE_URL: 'sqlite:///shop.db' }

/** Creates a database at base_001 that contains one guest. A trigger records deleted rows. */
function hotelIn(folder: string): void {
  const database = new Database(join(folder, 'shop.db'))
  database.exec(`CREATE TABLE guests (id INTEGER PRIMARY KEY, name VARCHAR(50));
    CREATE TABLE gone (name TEXT);
    CREATE TRIGGER farewell AFTER DELETE ON guests BEGIN INSERT INTO gone VALUES (old.name); END;
    INSERT INTO guests (name) VALUES ('Ann Example');
    CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
    INSERT INTO alembic_version VALUES ('base_001')`)
  database.close()
}

/** Returns the path of the real alembic program. */
function alembicProgram(): string {
  return execFileSync('sh', ['-c', 'command -v alembic'], { encoding: 'utf8' }).trim()
}

/** Records the number of rows and the database's URL. */
const counting = migrationOf('count_004', 'email_003', [
  `rows = [op.get_bind().execute(sa.text('SELECT count(*) FROM ' + name)).scalar() for name in ('guests', 'gone')]`,
  `open('rows', 'w').write(str(rows) + str(op.get_bind().engine.url))`,
])

function projectWith(files: Readonly<Record<string, string>> = {}): {
  folder: string
  unchanged: () => void
} {
  const folder = folderWith({ ...hotel, ...files })
  hotelIn(folder)
  const state = (): string =>
    createHash('sha256')
      .update(readFileSync(join(folder, 'shop.db')))
      .digest('hex')
  const before = state()
  const unchanged = (): void => {
    expect(state()).toBe(before)
    expect(readdirSync(folder).filter((name) => name.startsWith('shop.db'))).toEqual(['shop.db'])
    expect(place.left()).toEqual([])
  }
  return { folder, unchanged }
}

describe.skipIf(alembic === null)('on SQLite', () => {
  test('the upgrade runs on a backup without data, and the file is unchanged', async () => {
    const { folder, unchanged } = projectWith({ 'migrations/versions/count_004.py': counting })
    const run = await release(folder, ['rehearse', '--', 'alembic', 'upgrade', 'head'], env)
    expect(run.stdout).toMatch(/a backup without\s+data\n {9}rooms_002 [^]*email_003 [^]*count_004 /)
    expect(run.stdout).toContain('SUCCESS: "alembic upgrade head" ran 3 migrations')
    expect(run.status).toBe(0)
    const seen = readFileSync(join(folder, 'rows'), 'utf8')
    expect(seen).toContain('[0, 0]')
    expect(seen).not.toContain('shop.db')
    unchanged()
  })

  test('--with-data keeps the rows', async () => {
    const { folder, unchanged } = projectWith({ 'migrations/versions/count_004.py': counting })
    const run = await release(folder, ['rehearse', '--with-data'], env)
    expect(run.status).toBe(0)
    expect(readFileSync(join(folder, 'rows'), 'utf8')).toContain('[1, 0]')
    unchanged()
  })

  test('an unused file in WAL mode is copied without leaving files next to it', async () => {
    const { folder } = projectWith()
    const database = new Database(join(folder, 'shop.db'))
    database.pragma('journal_mode = WAL')
    database.close()
    const run = await release(folder, ['rehearse'], env)
    expect(run.stdout).toContain('ran 2 migrations')
    expect(run.status).toBe(0)
    expect(readdirSync(folder).filter((name) => name.startsWith('shop.db'))).toEqual(['shop.db'])
  })

  test('a failure is reported with its migration and line', async () => {
    const { folder, unchanged } = projectWith({
      'migrations/versions/odd_004.py': migrationOf('odd_004', 'email_003', [
        `name = sa.inspect(op.get_bind()).get_indexes('rooms')[0]['name']`,
        `op.drop_index(name)`,
      ]),
    })
    const run = await release(folder, ['rehearse'], env)
    expect(run.status).toBe(1)
    expect(run.stdout).toContain('ERROR: the rehearsal failed in odd_004')
    expect(run.stdout).toContain('migrations/versions/odd_004.py:17')
    expect(run.stdout).toContain('IndexError: list index out of range')
    unchanged()
  })

  test('a downgrade whose batch only adds quotes restores the schema', async () => {
    const batch = (change: string): readonly string[] => [
      `with op.batch_alter_table('guests') as batch:`,
      `    ${change}`,
    ]
    const { folder } = projectWith({
      'migrations/versions/rooms_002.py': migrationOf(
        'rooms_002',
        'base_001',
        batch(`batch.add_column(sa.Column('Phone', sa.String(20)))`),
        batch(`batch.drop_column('Phone')`),
      ),
    })
    const database = new Database(join(folder, 'shop.db'))
    database.exec(`DROP TRIGGER farewell; DROP TABLE guests;
      CREATE TABLE guests (\n\tid INTEGER NOT NULL, \n\tname VARCHAR(50), email VARCHAR(80) DEFAULT 'a "b"', \n\tPRIMARY KEY (id)\n)`)
    database.close()
    const run = await release(folder, ['rehearse', '--cycle'], env)
    expect(run.stdout).toContain('SUCCESS')
    expect(run.status).toBe(0)
  })

  test('--check-models finds no table of the guard in the copy', async () => {
    const { folder } = projectWith({
      // Replaces `alembic check`, which old versions of Alembic lack.
      'bin/alembic': `#!/bin/sh
if [ "$1" = upgrade ]; then exec ${alembicProgram()} "$@"; fi
python3 -c "import os, sqlite3; c = sqlite3.connect(os.environ['DATABASE_URL'][10:]); print(*c.execute('SELECT name FROM sqlite_master ORDER BY 1'))" > tables
`,
    })
    chmodSync(join(folder, 'bin/alembic'), 0o755)
    const PATH = `${join(folder, 'bin')}:${process.env['PATH']}`
    const run = await release(folder, ['rehearse', '--check-models'], { ...env, PATH })
    expect(run.status).toBe(0)
    const tables = readFileSync(join(folder, 'tables'), 'utf8')
    expect(tables).toContain('rooms')
    expect(tables).not.toContain('guard')
  })

  test('a cycle reports leftovers with their migration', async () => {
    const { folder, unchanged } = projectWith({
      'migrations/versions/name_004.py': migrationOf(
        'name_004',
        'email_003',
        [`op.execute('CREATE INDEX IF NOT EXISTS guests_name ON guests (name)')`],
        ['pass'],
      ),
    })
    const run = await release(folder, ['rehearse', '--cycle', '--format', 'json'], env)
    const { rehearsal } = JSON.parse(run.stdout) as Report
    expect(rehearsal?.leftovers).toEqual([
      { change: 'left', kind: 'index', name: 'guests_name', revision: 'name_004', after: 'downgrade' },
    ])
    expect(
      rehearsal?.phases.map(({ phase, migrations }) => [phase, migrations.map(({ revision }) => revision)]),
    ).toEqual([
      ['upgrade', ['rooms_002', 'email_003', 'name_004']],
      ['downgrade', ['name_004', 'email_003', 'rooms_002']],
      ['upgrade-again', ['rooms_002', 'email_003', 'name_004']],
    ])
    expect(run.status).toBe(1)
    unchanged()
  })

  test('--from-base starts with an empty file', async () => {
    const { folder, unchanged } = projectWith()
    const run = await release(folder, ['rehearse', '--from-base', '--cycle'], env)
    expect(run.stdout).toContain('ran 3 migrations')
    expect(run.status).toBe(0)
    unchanged()
  })

  test('another spelling of the file in a variable leads to the copy too', async () => {
    const { folder, unchanged } = projectWith({
      'migrations/env.py': (hotel['migrations/env.py'] ?? '').replace('DATABASE_URL', 'SQLALCHEMY_URL'),
    })
    const run = await release(folder, ['rehearse'], { ...env, SQLALCHEMY_URL: 'sqlite+pysqlite:///shop.db' })
    expect(run.stdout).toContain('ran 2 migrations')
    unchanged()
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)('%s in the middle leaves no copy behind', async (signal) => {
    const { folder, unchanged } = projectWith({
      'migrations/versions/slow_004.py': migrationOf('slow_004', 'email_003', [
        `open('started', 'w').close()`,
        `__import__('time').sleep(60)`,
      ]),
    })
    const running = startGuard(folder, ['rehearse', '--with-data'], env)
    while (!existsSync(join(folder, 'started'))) await new Promise((resolve) => setTimeout(resolve, 20))
    running.child.kill(signal)
    await running.ended
    for (let round = 0; round < 200 && place.left().length > 0; round++)
      await new Promise((resolve) => setTimeout(resolve, 50))
    unchanged()
  })
})
