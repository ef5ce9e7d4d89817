/** Invalid input must yield a finding or a single clear error message, never a stack trace or a hang. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Run, folderWith, guard, migration, scaffold, threeMigrations } from '../support/guard.ts'

const env = { DATABASE_URL: 'sqlite:///none.db' }

function neverATrace({ stdout, stderr }: Run): void {
  expect(stdout + stderr).not.toMatch(/^\s+at .*\(?.*:\d+:\d+\)?$/m)
  expect(stdout + stderr).not.toMatch(/the guard itself failed|TypeError|RangeError/)
}

test.each([
  ['an empty ini', { 'alembic.ini': '' }, 2, "No 'script_location' key found"],
  ['an ini without a section', { 'alembic.ini': 'script_location = x\n' }, 2, 'MissingSectionHeaderError'],
  ['a binary ini', { 'alembic.ini': new Uint8Array([0xff, 0xfe, 0, 1, 2, 0x80]) }, 2, 'alembic.ini'],
  ['an empty folder', {}, 2, 'script'],
  [
    'a missing script location',
    { 'alembic.ini': '[alembic]\nscript_location = nowhere\n' },
    2,
    "Path doesn't exist",
  ],
  [
    'a binary file as migration',
    { ...threeMigrations, 'migrations/versions/zz.py': new Uint8Array(2000).fill(0) },
    1,
    '[AG101]',
  ],
  [
    'an undecodable migration',
    { ...threeMigrations, 'migrations/versions/zz.py': new Uint8Array([0x22, 0xe9, 0x22]) },
    1,
    '[AG101]',
  ],
  [
    'a merge conflict',
    {
      ...threeMigrations,
      'migrations/versions/zz.py': `${migration('zz', 'reservations_003')}<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n`,
    },
    1,
    '[AG101]',
  ],
  [
    'an id from the environment',
    {
      ...threeMigrations,
      'migrations/versions/zz.py': "import os\nrevision = os.environ['X']\ndown_revision = None\n",
    },
    3,
    "os.environ['X']",
  ],
  [
    'hostile ids',
    {
      ...scaffold,
      'migrations/versions/a.py':
        'revision = "x\\n\\x1b[31mSUCCESS: fine\\u202e\'; drop table t; --"\ndown_revision = "%0A::error::"\ndef upgrade(): pass\n',
    },
    1,
    '[AG107]',
  ],
  [
    'no env.py',
    {
      'alembic.ini': '[alembic]\nscript_location = migrations\n',
      'migrations/versions/a.py': migration('a', null),
    },
    1,
    "ImportError: Can't find Python file",
  ],
  [
    "an env.py that isn't valid Python",
    { ...threeMigrations, 'migrations/env.py': 'context.configure(**options\n' },
    3,
    'the outcome of the upgrade is unknown',
  ],
  [
    'a broken pyproject.toml that mentions the guard',
    { ...threeMigrations, 'pyproject.toml': '[tool.alembic-guard\n' },
    2,
    'pyproject.toml',
  ],
])('%s', (_, files: Readonly<Record<string, string | Uint8Array>>, status, text) => {
  const folder = folderWith(files)
  for (const format of ['human', 'json']) {
    const run = guard(folder, ['check', '--format', format], env)
    neverATrace(run)
    expect(run.status).toBe(status)
    if (format === 'json') expect(() => JSON.parse(run.stdout) as unknown).not.toThrow()
    else expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain(text)
    // eslint-disable-next-line no-control-regex
    if (format === 'human') expect(run.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  }
})

test('a 5 MB migration', () => {
  const big = `${migration('big_004', 'reservations_003')}\n"""${'data '.repeat(1_000_000)}"""\n`
  const folder = folderWith({ ...threeMigrations, 'migrations/versions/big.py': big })
  const run = guard(folder, ['check'], env)
  neverATrace(run)
  expect([0, 1]).toContain(run.status)
  if (run.status === 1) expect(run.stdout).toContain('[AG101]')
})

test('a 5 MB line and 100,000 nested brackets', () => {
  const folder = folderWith({
    ...threeMigrations,
    'migrations/versions/line.py': `${migration('line_004', 'reservations_003')}x = '${'a'.repeat(5_000_000)}'\n`,
    'migrations/versions/deep.py': `${migration('deep_005', 'line_004')}x = ${'('.repeat(100_000)}${')'.repeat(100_000)}\n`,
  })
  const run = guard(folder, ['check'], env)
  neverATrace(run)
  expect([0, 1, 3]).toContain(run.status)
})

test('a cycle of symlinks, a broken one, and one to a folder', () => {
  const folder = folderWith(threeMigrations)
  const versions = join(folder, 'migrations/versions')
  symlinkSync('loop_b.py', join(versions, 'loop_a.py'))
  symlinkSync('loop_a.py', join(versions, 'loop_b.py'))
  symlinkSync('..', join(versions, 'up'))
  const run = guard(folder, ['check'], env)
  neverATrace(run)
  expect(run.status).toBe(1)
})

test('an unreadable folder', () => {
  // Root can read everything, so run a copy of the guard as `nobody`.
  const folder = folderWith(threeMigrations)
  const locked = join(folder, 'migrations/versions')
  const root = fileURLToPath(new URL('../..', import.meta.url))
  cpSync(join(root, 'dist'), join(folder, 'guard/dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(folder, 'guard/package.json'))
  chmodSync(folder, 0o755)
  chmodSync(locked, 0o700)
  if (process.getuid?.() !== 0) chmodSync(locked, 0)
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(folder, 'guard/dist/cli.js'), 'check', '--database-url', 'sqlite:////tmp/none.db'],
    { cwd: folder, encoding: 'utf8', ...nobody },
  )
  chmodSync(locked, 0o755)
  expect(stdout).toContain('EACCES')
  expect([1, 2, 3]).toContain(status)
})

test('a folder in place of a migration', () => {
  const folder = folderWith(threeMigrations)
  mkdirSync(join(folder, 'migrations/versions/folder.py'))
  const run = guard(folder, ['check'], env)
  neverATrace(run)
  expect(run.status).toBe(0)
})

test('a pipe that closes early is not an error', () => {
  const folder = folderWith(threeMigrations)
  const run = guard(folder, ['graph'], {}, { stdio: ['ignore', 'ignore', 'pipe'] })
  expect(run.stderr).toBe('')
  expect(run.status).toBe(0)
})
