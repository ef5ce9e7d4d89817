/** Tests `.dockerignore` and `.slugignore`, which differ in anchoring, negation and precedence. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { array, assert, constantFrom, property, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { ignoringRule } from '../../../../src/core/release/ship-ignore.ts'

const path = 'migrations/versions/a1_users.py'

test.each([
  ['migrations', 1],
  ['/migrations', 1],
  ['migrations/', 1],
  ['./migrations/versions', 1],
  ['migrations/../migrations/versions', 1],
  ['versions', null],
  ['a1_users.py', null],
  ['*.py', null],
  ['*/versions', 1],
  ['*/*/*.py', 1],
  ['migrations/versions/a?_users.py', 1],
  ['migrations/versions/[a-c]1_users.py', 1],
  ['migrations/versions/[^a]1_users.py', null],
  ['**/versions', 1],
  ['**/*.py', 1],
  ['**.py', 1],
  ['**users.py', 1],
  ['**/users.py', null],
  ['**', 1],
  ['migrations/**', 1],
  ['migrations/**/*.py', 1],
  ['migrations/**/versions', 1],
  ['Migrations', null],
  ['# migrations', null],
  ['  migrations  ', 1],
  [' # migrations', null],
  ['migrations\n!migrations/versions', null],
  ['!migrations\nmigrations', 2],
  ['*\n!migrations/versions/*.py', null],
  ['**\n! migrations', null],
  ['migrations\n!migrations/versions\nmigrations/versions/a1*', 3],
  ['\ufeffmigrations', 1],
  ['migrations\r\n', 1],
  ['\n\nmigrations/versions\n', 3],
  ['[', null],
  ['/', null],
])('.dockerignore %j', (text, line) => {
  expect(ignoringRule(text, 'docker', path)?.line ?? null).toBe(line)
})

test.each([
  ['versions', 1],
  ['/versions', null],
  ['/migrations', 1],
  ['versions/', 1],
  ['a1_users.py/', null],
  ['*.py', 1],
  ['migrations/*.py', null],
  ['migrations/**/*.py', 1],
  ['migrations\n!migrations', 1],
  ['#versions', null],
  ['!versions', null],
])('.slugignore %j', (text, line) => {
  expect(ignoringRule(text, 'slug', path)?.line ?? null).toBe(line)
})

test('without negation, a .slugignore means the same as in git', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-ignore-'))
  const git = (args: readonly string[], input = '') =>
    spawnSync('git', args, {
      cwd: folder,
      input,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: folder },
    })
  if (git(['init', '-q']).status !== 0) {
    if (process.env['CI']) throw new Error('git is needed here')
    process.stderr.write('SKIPPED: no git\n')
    return
  }
  try {
    const piece = constantFrom('a', 'b', 'ab', '*', '?', '**', 'a*', '*b', '[ab]', '[!a]', '[^b]', '.', 'a.b')
    const pattern = tuple(
      constantFrom('', '/'),
      array(piece, { minLength: 1, maxLength: 3 }),
      constantFrom('', '/'),
    ).map(([first, pieces, last]) => first + pieces.join('/') + last)
    const paths = ['a', 'b', 'ab', 'a/b', 'b/a', 'a/b/ab', 'ab/a/b', 'a.b', 'b/a.b', 'a/a/a', 'b/b/b/a']
    const patterns: string[] = []
    assert(
      property(pattern, (text) => void patterns.push(text)),
      { numRuns: 60, seed: 5 },
    )
    for (const text of new Set(patterns)) {
      writeFileSync(join(folder, '.gitignore'), `${text}\n`)
      const { stdout } = git(['check-ignore', '--no-index', '--stdin'], paths.join('\n'))
      const ours = paths.filter((one) => ignoringRule(text, 'slug', one) !== null)
      expect([text, ...ours]).toEqual([text, ...stdout.split('\n').filter(Boolean)])
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
