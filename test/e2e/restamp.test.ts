/** Tests which changes `restamp` refuses, and whether Alembic can continue after an accepted change. */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import { type GitProject, canRun, gitProject, step } from '../support/git-project.ts'
import { folderWith, guard, scaffold } from '../support/guard.ts'
import { findPython } from '../support/judge.ts'
import { startOwnPostgres } from '../support/postgres.ts'

if (!canRun && process.env['CI']) throw new Error('git and Python with Alembic are needed here')
if (!canRun) console.warn('SKIPPED: git or Python with Alembic is missing')

const versions = 'migrations/versions'
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const server = canRun ? await startOwnPostgres({}) : null
afterAll(() => server?.stop())

/** Creates a project where lockout_003 ran and was then renamed to lockout_004. */
function renamed(): GitProject {
  const project = gitProject()
  project.write(`${versions}/lockout.py`, step('lockout_003', 'reservations_002', 'lockout'))
  project.commit('Lock guests out')
  project.alembic('upgrade', 'head')
  project.write(`${versions}/lockout.py`, step('lockout_004', 'reservations_002', 'lockout'))
  project.commit('Nicer id')
  return project
}

interface Answer {
  readonly outcome: string
  readonly exitCode: number
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly sql: readonly string[]
  readonly evidence: { readonly supports: readonly string[]; readonly contradictions: readonly string[] }
  readonly undo: { readonly argv: readonly string[] | null; readonly sql: readonly string[] }
}

function answer(project: GitProject, ...args: readonly string[]): Answer {
  const { stdout, status } = project.guard('restamp', ...args, '--format', 'json')
  const parsed = JSON.parse(stdout) as Answer
  expect(parsed.exitCode).toBe(status)
  return parsed
}

function words(text: string): string {
  return text.replace(/\s+/g, ' ')
}

function open(project: GitProject): Sqlite.Database {
  return new Sqlite(join(project.folder, 'app.db'))
}

describe.skipIf(!canRun)('on SQLite', () => {
  test('the URL may come from the Heroku CLI, and the undo command then uses it too', () => {
    const project = gitProject()
    project.write(`${versions}/lockout.py`, step('lockout_003', 'reservations_002', 'lockout'))
    project.alembic('upgrade', 'head')
    project.write(
      'bin/heroku',
      '#!/bin/sh\n[ "$*" = "config:get BLUE_URL -a my-app" ] && echo sqlite:///app.db\n',
    )
    chmodSync(join(project.folder, 'bin/heroku'), 0o755)
    const app = ['--app', 'my-app', '--database-url-env', 'BLUE_URL', '--format', 'json']
    const change = ['restamp', '--from', 'lockout_003', '--to', 'reservations_002', '--force']
    const run = guard(project.folder, [...change, ...app, '--yes'], {
      PATH: `${join(project.folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    })
    expect([run.status, run.stderr]).toEqual([0, ''])
    const { undo } = JSON.parse(run.stdout) as Answer
    expect(undo.argv?.join(' ')).toContain(
      '--from reservations_002 --to lockout_003 --yes --database-url-env BLUE_URL --app my-app',
    )
    const rows = open(project).prepare('SELECT version_num FROM alembic_version').pluck().all()
    expect(rows).toEqual(['reservations_002'])
  })

  test('a changed id is shown first, then written with --yes, and real Alembic continues from there', () => {
    const project = renamed()
    const plan = answer(project, '--from', 'lockout_003', '--to', 'lockout_004')
    expect(plan).toMatchObject({ outcome: 'planned', before: ['lockout_003'], after: ['lockout_004'] })
    expect(plan.evidence.supports.join('\n')).toContain('the schema: everything up to lockout_004 is applied')
    expect(plan.evidence.supports.join('\n')).toContain("git: The migration's id was changed to")
    expect(project.rows()).toEqual(['lockout_003'])
    const { stdout, status } = project.guard(
      'restamp',
      '--from',
      'lockout_003',
      '--to',
      'lockout_004',
      '--yes',
    )
    expect([status, stdout]).toEqual([0, expect.stringContaining('SUCCESS: "alembic upgrade head" now has')])
    expect(project.rows()).toEqual(['lockout_004'])
    expect(project.alembic('current')).toContain('lockout_004 (head)')
    project.alembic('upgrade', 'head')
    project.alembic('downgrade', 'base')
    expect(project.rows()).toEqual([])
  })

  test('undo is SQL if no file defines the old id, otherwise a command', () => {
    const project = renamed()
    const there = answer(project, '--from', 'lockout_003', '--to', 'lockout_004', '--yes')
    expect(there.undo.argv).toBeNull()
    const database = open(project)
    for (const statement of there.undo.sql) database.exec(statement)
    database.close()
    expect(project.rows()).toEqual(['lockout_003'])

    project.alembic('stamp', '--purge', 'reservations_002')
    const forward = answer(project, '--from', 'reservations_002', '--to', 'lockout_004', '--yes')
    expect(project.rows()).toEqual(['lockout_004'])
    // The change made the row match the schema, so undoing it requires --force.
    expect(forward.undo.argv).toContain('--force')
    project.run(forward.undo.argv ?? [])
    expect(project.rows()).toEqual(['reservations_002'])
  })

  test('a stamp that is too late is corrected, and Alembic runs the skipped migrations', () => {
    const project = gitProject()
    project.alembic('upgrade', 'base_001')
    project.alembic('stamp', 'head')
    expect(answer(project, '--from', 'reservations_002', '--to', 'base_001', '--yes').outcome).toBe('written')
    project.alembic('upgrade', 'head')
    expect(project.rows()).toEqual(['reservations_002'])
    expect(
      open(project).prepare("SELECT 1 FROM sqlite_master WHERE name = 'reservations_002'").all(),
    ).toHaveLength(1)
  })

  test.each([
    ['too early: reservations_002 would run a second time', 'head', 'base_001'],
    ['too late: reservations_002 would be skipped', 'base_001', 'reservations_002'],
  ])('a change that the schema contradicts is refused without --force: %s', (why, upgraded, target) => {
    const project = gitProject()
    project.alembic('upgrade', upgraded)
    const [row = ''] = project.rows()
    const change = ['restamp', '--from', row, '--to', target, '--yes']
    const { stdout, status } = project.guard(...change)
    expect([status, words(stdout)]).toEqual([1, expect.stringContaining(why)])
    expect(project.rows()).toEqual([row])
    expect(project.guard(...change, '--force').status).toBe(0)
    expect(project.rows()).toEqual([target])
  })

  test.each([
    [['--from', 'reservations_002', '--to', 'nowhere_009'], 'no file in this repository defines nowhere_009'],
    [['--from', 'reservations_002', '--to', 'head'], 'no file in this repository defines head'],
    [['--from', 'reservations_002', '--to', 'base_00'], 'if you meant base_001, use that id'],
    [['--add', 'base_001'], 'the version rows would overlap'],
    [
      ['--from', 'stranger', '--to', 'base_001'],
      "isn't stamped with stranger; its version row is reservations_002",
    ],
    [['--add', 'reservations_002'], 'is already stamped with reservations_002'],
    [
      ['--from', 'reservations_002', '--to', 'base_001', '--remove', 'reservations_002'],
      'specified more than once',
    ],
  ])('refused even with --force: %j', (change, why) => {
    const project = gitProject()
    project.alembic('upgrade', 'head')
    const { stdout, status } = project.guard('restamp', ...change, '--force', '--yes')
    expect([status, words(stdout)]).toEqual([1, expect.stringContaining(why)])
    expect(project.rows()).toEqual(['reservations_002'])
  })

  test('of two overlapping rows, the earlier one is removed', () => {
    const project = gitProject()
    project.alembic('upgrade', 'head')
    const database = open(project)
    database.exec("INSERT INTO alembic_version VALUES ('base_001')")
    database.close()
    expect(project.tryAlembic('upgrade', 'head').status).not.toBe(0)
    const done = answer(project, '--remove', 'base_001', '--yes')
    expect(done.outcome).toBe('written')
    project.alembic('upgrade', 'head')
    expect(project.rows()).toEqual(['reservations_002'])
    // Undoing this change would create two overlapping rows, so no command is printed.
    expect(done.undo).toMatchObject({ argv: null, sql: [expect.stringContaining('INSERT')] })
  })

  test('no change, half of one, or one from a variable is a usage error', () => {
    const project = gitProject()
    expect(project.guard('restamp').status).toBe(2)
    expect(project.guard('restamp', '--from', 'base_001').status).toBe(2)
    project.write('pyproject.toml', '[tool.alembic-guard]\nyes = true\n')
    expect(project.guard('restamp', '--add', 'base_001').status).toBe(2)
  })

  test('of two concurrent processes, one wins and the other is told', async () => {
    const project = renamed()
    const run = (to: string): Promise<number | null> =>
      new Promise((resolve) => {
        const change = ['restamp', '--from', 'lockout_003', '--to', to, '--force', '--yes']
        const env = { PATH: process.env['PATH'], DATABASE_URL: `sqlite:///${project.folder}/app.db` }
        const child = spawn(process.execPath, [cli, ...change], { cwd: project.folder, env, stdio: 'ignore' })
        child.once('exit', resolve)
      })
    const targets = ['lockout_004', 'base_001']
    const statuses = await Promise.all(targets.map(run))
    expect(statuses.toSorted()).toEqual([0, 1])
    expect(project.rows()).toEqual([targets[statuses.indexOf(0)]])
  })

  test("a database in WAL mode is changed, and one opened read-only by its URL isn't", () => {
    const project = renamed()
    const database = open(project)
    database.pragma('journal_mode = WAL')
    database.close()
    const change = ['restamp', '--from', 'lockout_003', '--to', 'lockout_004', '--yes']
    const readOnly = project.guard(...change, '--database-url', 'sqlite:///file:app.db?mode=ro&uri=true')
    expect([readOnly.status, words(readOnly.stdout)]).toEqual([3, expect.stringContaining('mode=ro')])
    expect(project.guard(...change).status).toBe(0)
    expect(project.rows()).toEqual(['lockout_004'])
    expect(existsSync(join(project.folder, 'app.db-wal'))).toBe(false)
  })

  test('killed while waiting to commit, it changes nothing', async () => {
    const project = renamed()
    const reader = open(project)
    reader.exec('BEGIN')
    reader.prepare('SELECT * FROM alembic_version').all()
    const change = ['restamp', '--from', 'lockout_003', '--to', 'lockout_004', '--yes', '--timeout', '30']
    const env = { PATH: process.env['PATH'], DATABASE_URL: `sqlite:///${project.folder}/app.db` }
    const child = spawn(process.execPath, [cli, ...change], { cwd: project.folder, env, stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await expect
      .poll(() => existsSync(join(project.folder, 'app.db-journal')), { timeout: 20_000 })
      .toBe(true)
    child.kill('SIGKILL')
    await ended
    reader.exec('COMMIT')
    reader.close()
    expect(project.rows()).toEqual(['lockout_003'])
    expect(project.guard(...change).status).toBe(0)
    expect(project.rows()).toEqual(['lockout_004'])
  })

  test('an unfinished reader prevents the commit, and that is reported', () => {
    const project = renamed()
    const reader = open(project)
    reader.exec('BEGIN')
    reader.prepare('SELECT * FROM alembic_version').all()
    const change = ['restamp', '--from', 'lockout_003', '--to', 'lockout_004', '--yes', '--timeout', '1']
    const { stdout, status } = project.guard(...change)
    expect([status, words(stdout)]).toEqual([3, expect.stringContaining('is locked by another process')])
    expect(stdout).toContain('nothing was changed')
    reader.exec('COMMIT')
    reader.close()
    expect(project.rows()).toEqual(['lockout_003'])
  })
})

describe.skipIf(server === null)('on PostgreSQL', () => {
  test('two branches, one with a changed id: real Alembic agrees before and after', async () => {
    if (!server) return
    const database = await server.createDatabase()
    const files = {
      ...scaffold,
      [`${versions}/a.py`]: step('base_001', null),
      [`${versions}/b.py`]: step('left_002', 'base_001'),
      [`${versions}/c.py`]: step('right_002', 'base_001'),
    }
    const folder = folderWith(files)
    const env = { PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url }
    const alembic = (cwd: string, ...args: readonly string[]) => {
      const { stdout, stderr, status } = spawnSync(findPython() ?? '', ['-m', 'alembic', ...args], {
        cwd,
        env,
        encoding: 'utf8',
      })
      return { status, text: stdout + stderr }
    }
    expect(alembic(folder, 'upgrade', 'heads').status).toBe(0)
    const later = folderWith({ ...files, [`${versions}/c.py`]: step('other_002', 'base_001', 'right_002') })
    expect(alembic(later, 'upgrade', 'heads').text).toContain(
      "Can't locate revision identified by 'right_002'",
    )
    const done = guard(
      later,
      ['restamp', '--from', 'right_002', '--to', 'other_002', '--target', 'heads', '--yes'],
      env,
    )
    expect([done.status, done.stdout]).toEqual([0, expect.stringContaining('now has nothing to run')])
    const current = alembic(later, 'current').text
    expect(current).toContain('left_002 (head)')
    expect(current).toContain('other_002 (head)')
    expect(alembic(later, 'upgrade', 'heads').status).toBe(0)
    expect(alembic(later, 'downgrade', 'base').status).toBe(0)
    await database.drop()
  })
})
