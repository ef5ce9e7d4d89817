import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { spawnSync } from 'node:child_process'
import { type ShellList, parseShell, simpleCommands } from '../../../../src/core/release/parse-shell.ts'
import { type Role, exitStatusFlow } from '../../../../src/core/release/exit-status-flow.ts'
import { releaseCommandOf } from '../../../../src/core/release/release-command.ts'

function listOf(text: string): ShellList {
  const parsed = parseShell(text)
  if (parsed.kind === 'unknown') throw new Error(text)
  return parsed.list
}

function wordsOf(text: string): string[][] {
  return simpleCommands(listOf(text)).map(({ words }) => words.map((word) => word.text))
}

describe('words', () => {
  test.each([
    ['alembic upgrade head', [['alembic', 'upgrade', 'head']]],
    [
      'cd backend && alembic -c "my ini" upgrade head',
      [
        ['cd', 'backend'],
        ['alembic', '-c', 'my ini', 'upgrade', 'head'],
      ],
    ],
    ["FLASK_APP='a b' flask db upgrade", [['flask', 'db', 'upgrade']]],
    ['bash -lc \'a 1 && b "2 3"\'; c', [['a', '1'], ['b', '2 3'], ['c']]],
    ['(a; b) || { c; }', [['a'], ['b'], ['c']]],
    ['a >log 2>&1 | tee out', [['a'], ['tee', 'out']]],
    ['a # the rest is silence; b', [['a']]],
    ['a \\\n  b', [['a', 'b']]],
    ['echo it\\\'s "a \\"b\\" \\$c" $D', [['echo', "it's", 'a "b" $c', '$D']]],
    [
      'gunicorn --bind 0.0.0.0:${PORT:-80} $(echo a b)',
      [['gunicorn', '--bind', '0.0.0.0:${PORT:-80}', '$(echo a b)']],
    ],
  ])('of %s', (text, expected) => {
    expect(wordsOf(text)).toEqual(expected)
  })

  test('a word that only the shell can evaluate is dynamic', () => {
    const [command] = simpleCommands(listOf('a $B "c$D" \'$E\' f* \\$g'))
    expect(command?.words.map(({ dynamic }) => dynamic)).toEqual([false, true, true, false, true, false])
  })

  test.each([
    'if true; then a; fi',
    'cat <<E',
    "a 'b",
    'f() { a; }',
    'a &&',
    '&& a',
    '(a',
    'a > ',
    'for a in b; do c; done',
    'a $(b',
  ])('%s is reported as unsupported', (text) => {
    expect(parseShell(text).kind).toBe('unknown')
  })

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab \'"$(){}&|;<>\\\n#=!`-c'), maxLength: 30 }),
        (text) => {
          parseShell(text)
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('words match what a real shell passes to the program', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      "'b c'",
      '"d e"',
      '\\ ',
      '\\\\',
      "'",
      '"f\\"g"',
      '=',
      '-x',
      '#',
      ';h',
      '&& echo i',
    )
    const print = 'printf "%s\\0" "$@"; printf "\\n"'
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = `w ${pieces.join('')}`
        const parsed = parseShell(text)
        const real = spawnSync('sh', ['-c', `w() { ${print}; }\n${text}`], { encoding: 'utf8' })
        if (parsed.kind === 'unknown') {
          expect(real.status).not.toBe(0)
          return
        }
        const first =
          simpleCommands(parsed.list)[0]
            ?.words.slice(1)
            .map((word) => word.text) ?? []
        expect(real.stdout.split('\n')[0]).toBe(first.map((word) => `${word}\0`).join('') || '\0')
      }),
      { numRuns: 60 },
    )
  })
})

describe('exit status flow of a release command', () => {
  const roles: Readonly<Record<string, Role>> = { u: 'upgrade', g: 'guard' }
  const courseOfText = (text: string) =>
    exitStatusFlow(listOf(text), ({ words }) => roles[words[0]?.text ?? ''] ?? 'other')

  test.each([
    ['u', false],
    ['u && o', false],
    ['o; u', false],
    ['u || true', true],
    ['u; o', true],
    ['u & o', true],
    ['u | tee log', true],
    ['u || exit 1', false],
    ['u || exit 0', true],
    ['u || { echo failed; exit 1; }', false],
    ['u || (echo failed; false)', false],
    ['set -e; u; o', false],
    ['set -eo pipefail; u | tee log', false],
    ["bash -ec 'u; o'", false],
    ["bash -c 'u; o'", true],
    ["set -e; sh -c 'u; o'", true],
    ['set -e; u || true', true],
    ['! u', true],
    ['u || u', false],
    ['u || s || u', true],
    ['exec u; o', false],
    ['{ set -e; u && exit 0; } ; u || true', true],
    ['set -e; { u && o; }; o', true],
    ['set -e; { { u && o; }; }; o', true],
    ['set -e; { ! u; }; o', true],
    ['set -e; { ! true; }; u; o', false],
    ['set -e; ( u && o ); o', false],
    ['set -e; { u && o; } | o; o', true],
    ['set -e; { u; }; o', false],
    ['set -e; { u && o; true; }; o', true],
  ])('%s hides a failure: %s', (text, expected) => {
    expect(courseOfText(text).hidesFailure).toBe(expected)
  })

  test.each([
    ['u', true, false],
    ['g && u', false, false],
    ['g; u', false, true],
    ['g || u', false, true],
    ['set -e; g; u', false, false],
    ['g || exit 1; u', false, false],
    ['o || g; u', true, true],
  ])('%s runs unguarded: %s, despite the guard: %s', (text, unguarded, ignoresGuard) => {
    expect(courseOfText(text)).toMatchObject({ unguarded, ignoresGuard })
  })
})

describe('actions of a release command', () => {
  const of = (text: string) => {
    const [command] = simpleCommands(listOf(text))
    return command && releaseCommandOf(command)
  }

  test.each([
    ['alembic upgrade head', 'upgrade', 'upgrade', 'alembic'],
    ['alembic -c backend/alembic.ini -x a=b upgrade head', 'upgrade', 'upgrade', 'alembic'],
    ['python -m alembic upgrade head', 'upgrade', 'upgrade', 'alembic'],
    ['flask db upgrade', 'upgrade', 'upgrade', 'flask-migrate'],
    ['FLASK_APP=app.py flask db upgrade --directory ../migrations', 'upgrade', 'upgrade', 'flask-migrate'],
    ['flask --app wsgi db upgrade', 'upgrade', 'upgrade', 'flask-migrate'],
    ['python manage.py db upgrade', 'upgrade', 'upgrade', 'flask-migrate'],
    ['poetry run alembic upgrade heads', 'upgrade', 'upgrade', 'alembic'],
    ['uv run --no-dev --group prod alembic upgrade head', 'upgrade', 'upgrade', 'alembic'],
    ['env A=b C=d pipenv run flask db upgrade', 'upgrade', 'upgrade', 'flask-migrate'],
    ['timeout 300 alembic upgrade head', 'upgrade', 'upgrade', 'alembic'],
    ['.venv/bin/alembic upgrade head', 'upgrade', 'upgrade', 'alembic'],
    ['alembic upgrade head --sql', 'none', 'other', 'alembic'],
    ['npx alembic-guard run -- alembic upgrade head', 'upgrade', 'guarded-upgrade', 'alembic'],
    [
      'alembic-guard run --lock -- poetry run flask db upgrade',
      'upgrade',
      'guarded-upgrade',
      'flask-migrate',
    ],
    ['npx --yes alembic-guard@0.1.0 run -- alembic upgrade head', 'upgrade', 'guarded-upgrade', 'alembic'],
    ['node dist/cli.js run -- alembic upgrade head', 'upgrade', 'guarded-upgrade', 'alembic'],
    ['node dist/cli.js check', 'none', 'other', null],
    ['alembic-guard', 'none', 'guard', null],
    ['npx --yes alembic-guard check --strict', 'none', 'guard', null],
    ['alembic-guard graph', 'none', 'other', null],
    ['alembic stamp head', 'stamps', 'other', 'alembic'],
    ['flask db stamp', 'stamps', 'other', 'flask-migrate'],
    ['alembic revision --autogenerate -m x', 'rewrites', 'other', 'alembic'],
    ['flask db migrate -m x', 'rewrites', 'other', 'flask-migrate'],
    ['flask db init', 'rewrites', 'other', 'flask-migrate'],
    ['alembic current', 'none', 'other', 'alembic'],
    ['./release.sh', 'none', 'other', null],
    ['python -m app', 'none', 'other', null],
  ])('%s', (text, verb, role, tool) => {
    expect(of(text)).toMatchObject({ verb, role, tool })
  })
})
