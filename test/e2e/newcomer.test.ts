/**
 * Acts as a new user who follows the output of `init`, from an empty app to a blocked release and its remedy.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Run, folderWith, guard, migration } from '../support/guard.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import { alembic, cli } from '../support/release.ts'

const server = await findPostgres()

async function freshDatabase(): Promise<TestDatabase> {
  if (!server) throw new Error('no PostgreSQL server')
  const database = await server.createDatabase()
  onTestFinished(() => database.drop())
  // Heroku's URLs start with `postgres:`.
  return { ...database, url: database.url.replace(/^postgresql:/, 'postgres:') }
}

/** Executes the `release` line as Heroku does, with `alembic-guard` on the PATH. */
function release(
  folder: string,
  database: TestDatabase,
  programs: Readonly<Record<string, string>> = {},
): Run {
  const line = /^release: (.*)$/m.exec(readFileSync(join(folder, 'Procfile'), 'utf8'))?.[1] ?? 'exit 99'
  const bin = folderWith({
    'alembic-guard': `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`,
    ...programs,
  })
  for (const name of readdirSync(bin)) chmodSync(join(bin, name), 0o755)
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', line], {
    cwd: folder,
    env: {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      DATABASE_URL: database.url,
      DYNO: 'release.1234',
    },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { stdout, stderr, status }
}

async function rowsOf(database: TestDatabase): Promise<readonly unknown[]> {
  return (await database.execute('select version_num from alembic_version')).map((row) => row['version_num'])
}

/** Runs the whole scenario, from the first release to the remedy. */
async function firstWeeks(
  folder: string,
  database: TestDatabase,
  programs: Readonly<Record<string, string>> = {},
): Promise<void> {
  writeFileSync(join(folder, 'migrations/versions/one_001.py'), migration('one_001', null))
  const first = release(folder, database, programs)
  expect([first.status, first.stderr.includes('Traceback')]).toEqual([0, false])
  expect(await rowsOf(database)).toEqual(['one_001'])

  // Release a migration from a branch that is never merged.
  const lost = join(folder, 'migrations/versions/two_002.py')
  writeFileSync(lost, migration('two_002', 'one_001'))
  expect(release(folder, database, programs).status).toBe(0)
  const elsewhere = join(folder, 'two_002.py')
  renameSync(lost, elsewhere)
  writeFileSync(join(folder, 'migrations/versions/three_003.py'), migration('three_003', 'one_001'))
  const blocked = release(folder, database, programs)
  expect(blocked.status).toBe(1)
  expect(blocked.stdout).toContain('[AG201]')
  expect(blocked.stdout).toContain('two_002')
  expect(await rowsOf(database)).toEqual(['two_002'])

  // The remedy: restore the file, and let the parallel migration follow it.
  renameSync(elsewhere, lost)
  writeFileSync(join(folder, 'migrations/versions/three_003.py'), migration('three_003', 'two_002'))
  const cured = release(folder, database, programs)
  expect([cured.status, cured.stderr.includes('Traceback')]).toEqual([0, false])
  expect(await rowsOf(database)).toEqual(['three_003'])
}

/** Returns the output of `init`. Asserts that a second run adds nothing. */
function initialise(folder: string): string {
  const before = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const shown = guard(folder, ['init'])
  expect([shown.status, shown.stderr]).toEqual([0, ''])
  expect(readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()).toEqual(before)
  // The first step that `init` prints.
  expect(shown.stdout).toContain('1. alembic-guard init --write')
  const written = guard(folder, ['init', '--write'])
  expect([written.status, written.stderr]).toEqual([0, ''])
  const again = guard(folder, ['init', '--write'])
  expect(again.stdout).toContain('SUCCESS: the guard already runs before the upgrade.')
  return shown.stdout
}

describe.skipIf(!server || !alembic)('a new user', () => {
  test('starts with an empty Alembic app', async () => {
    const database = await freshDatabase()
    const folder = folderWith({ 'requirements.txt': 'alembic==1.8.1\nSQLAlchemy==1.4.46\npsycopg2==2.9.5\n' })
    execFileSync('alembic', ['init', 'migrations'], { cwd: folder, stdio: 'ignore' })
    const looked = guard(folder, ['preflight'], { DATABASE_URL: database.url })
    expect(looked.stdout).toContain('[AG506]')
    // AG506 must report the same problem as Alembic.
    const alone = spawnSync('alembic', ['upgrade', 'head'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url },
      encoding: 'utf8',
    })
    expect(alone.stderr).toContain("Can't load plugin: sqlalchemy.dialects:driver")

    const shown = initialise(folder)
    expect(shown).toContain('+release: alembic-guard run -- alembic upgrade head')
    expect(shown).toContain('+++ migrations/env.py')
    await firstWeeks(folder, database)
    const after = guard(folder, ['preflight'], { DATABASE_URL: database.url })
    expect([after.status, /AG5\d\d/.exec(after.stdout)]).toEqual([0, null])
  })

  test('is warned if alembic.ini contains a URL that differs from DATABASE_URL', async () => {
    const [checked, other] = [await freshDatabase(), await freshDatabase()]
    const folder = folderWith({ 'requirements.txt': 'alembic==1.8.1\nSQLAlchemy==1.4.46\npsycopg2==2.9.5\n' })
    execFileSync('alembic', ['init', 'migrations'], { cwd: folder, stdio: 'ignore' })
    writeFileSync(join(folder, 'migrations/versions/one_001.py'), migration('one_001', null))
    const ini = join(folder, 'alembic.ini')
    const placeholder = 'driver://user:pass@localhost/dbname'
    const url = other.url.replace(/^postgres:/, 'postgresql:')
    writeFileSync(ini, readFileSync(ini, 'utf8').replace(placeholder, url.replaceAll('%', '%%')))
    const looked = guard(folder, ['preflight'], { DATABASE_URL: checked.url })
    expect(looked.stdout).toContain('[AG506]')
    expect(looked.stdout).toContain('a different URL')
    const upgrade = spawnSync('alembic', ['upgrade', 'head'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: checked.url },
    })
    expect([upgrade.status, await rowsOf(other)]).toEqual([0, ['one_001']])
    expect(await checked.execute("select to_regclass('alembic_version')::text as name")).toEqual([
      { name: null },
    ])
    const same = guard(folder, ['preflight'], { DATABASE_URL: other.url })
    expect([same.status, /AG506/.exec(same.stdout)]).toEqual([0, null])
  })

  test('starts with an Alembic app in a folder of a larger repository', async () => {
    const database = await freshDatabase()
    const top = folderWith({ '.git/HEAD': '', 'backend/.gitkeep': '' })
    const folder = join(top, 'backend')
    execFileSync('alembic', ['init', 'migrations'], { cwd: folder, stdio: 'ignore' })
    writeFileSync(join(top, 'Procfile'), 'release: cd backend && alembic upgrade head || true\n')
    expect(guard(folder, ['preflight'], { DATABASE_URL: database.url }).stdout).toContain('[AG501]')
    writeFileSync(join(top, 'Procfile'), 'web: gunicorn app\n')
    expect(initialise(folder)).toContain('+release: cd backend && alembic-guard run -- alembic upgrade head')
    expect(existsSync(join(folder, 'Procfile'))).toBe(false)
    writeFileSync(join(folder, 'migrations/versions/one_001.py'), migration('one_001', null))
    expect(release(top, database).status).toBe(0)
    expect(await rowsOf(database)).toEqual(['one_001'])
  })

  test('starts with an empty Flask-Migrate app', async () => {
    const database = await freshDatabase()
    const folder = folderWith({
      'requirements.txt': 'Flask==3.0.3\nFlask-Migrate==4.0.7\nSQLAlchemy==1.4.46\npsycopg2==2.9.5\n',
      Procfile: 'web: gunicorn app:app\nrelease: FLASK_APP=app.py flask db upgrade\n',
      'app.py': 'app = None\n',
      // Flask-Migrate sets script_location itself.
      'migrations/alembic.ini': '[alembic]\n# file_template = %%(rev)s_%%(slug)s\n',
      'migrations/env.py': flaskEnv,
      'migrations/versions/.gitkeep': '',
      'flask.py': flaskModule,
    })
    const shown = initialise(folder)
    expect(shown).toContain('-release: FLASK_APP=app.py flask db upgrade')
    expect(shown).toContain('+release: FLASK_APP=app.py alembic-guard run -- flask db upgrade')
    expect(existsSync(join(folder, 'alembic.ini'))).toBe(false)
    await firstWeeks(folder, database, { flask: flaskProgram() })
  })
})

/** The relevant parts of Flask-Migrate's env.py. */
const flaskEnv = `from alembic import context
from flask import current_app

with current_app.extensions['migrate'].db.engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`

/** Replaces Flask with an application that rewrites the URL, as on Heroku. */
const flaskModule = `import os
from types import SimpleNamespace
from sqlalchemy import create_engine

engine = create_engine(os.environ['DATABASE_URL'].replace('postgres://', 'postgresql://', 1))
current_app = SimpleNamespace(extensions={'migrate': SimpleNamespace(db=SimpleNamespace(engine=engine))})
`

/** Returns a program that calls Alembic in the same way as `flask db upgrade` (flask_migrate/__init__.py). */
function flaskProgram(): string {
  const interpreter = readFileSync(
    execFileSync('sh', ['-c', 'command -v alembic'], { encoding: 'utf8' }).trim(),
    'utf8',
  ).split('\n', 1)[0]
  return `${interpreter}
import os, sys
sys.path.insert(0, os.getcwd())
assert sys.argv[1:] == ['db', 'upgrade'] and os.environ['FLASK_APP'] == 'app.py'
from alembic import command
from alembic.config import Config
config = Config(os.path.join('migrations', 'alembic.ini'))
config.set_main_option('script_location', 'migrations')
command.upgrade(config, 'head')
`
}
