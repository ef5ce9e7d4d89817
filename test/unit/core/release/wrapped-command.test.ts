import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseWrappedCommand } from '../../../../src/core/release/wrapped-command.ts'
import { wrappedProblem } from '../../../../src/report/phrases/wrapped-command.ts'

const plain = {
  tool: 'alembic',
  config: [],
  name: null,
  directory: null,
  target: 'head',
  arguments: [],
  offline: false,
} as const
const flask = { ...plain, tool: 'flask-migrate' } as const

/** Unquoted command lines and their parsed forms. */
const understood: readonly (readonly [string, object])[] = [
  ['alembic upgrade head', plain],
  [
    'alembic -c backend/alembic.ini upgrade heads',
    { ...plain, config: ['backend/alembic.ini'], target: 'heads' },
  ],
  [
    'alembic --config=a.ini -nmain upgrade ae10',
    { ...plain, config: ['a.ini'], name: 'main', target: 'ae10' },
  ],
  ['alembic --conf a.ini --raiseerr upgrade head', { ...plain, config: ['a.ini'] }],
  [
    'alembic -c pyproject.toml -c a.ini upgrade +1',
    { ...plain, config: ['pyproject.toml', 'a.ini'], target: '+1' },
  ],
  ['alembic -x tenant=a -x dry upgrade --tag t head', { ...plain, arguments: ['tenant', 'dry'] }],
  ['alembic upgrade -1', { ...plain, target: '-1' }],
  ['alembic upgrade head --sql', { ...plain, offline: true }],
  ['/app/.heroku/python/bin/alembic upgrade head', plain],
  ['python -m alembic upgrade head', plain],
  ['python3.12 -u -W ignore -m alembic.config upgrade head', plain],
  ['python -um alembic upgrade head', plain],
  ['flask db upgrade', flask],
  [
    'flask db upgrade -d backend/migrations abc',
    { ...flask, directory: 'backend/migrations', target: 'abc' },
  ],
  ['flask db upgrade --directory=../migrations', { ...flask, directory: '../migrations' }],
  ['flask --app shop:create_app db upgrade', flask],
  ['flask -A shop --debug db -d m upgrade', { ...flask, directory: 'm' }],
  ['flask db -x a=1 -d m upgrade -x b=2', { ...flask, directory: 'm', arguments: ['b'] }],
  ['python -m flask db upgrade', flask],
  ['python manage.py db upgrade', flask],
  ['./manage.py db upgrade --directory migrations', { ...flask, directory: 'migrations' }],
  ['poetry run alembic upgrade head', plain],
  ['uv run alembic upgrade head', plain],
  ['uv run --frozen --no-dev --with psycopg2 alembic upgrade head', plain],
  ['uv run -m alembic upgrade head', plain],
  ['pipenv run flask db upgrade', flask],
  ['pdm run alembic upgrade head', plain],
  ['env FLASK_APP=shop poetry run python -m flask db upgrade', flask],
  ['FLASK_APP=shop.py flask db upgrade', flask],
]

/** Commands that aren't recognized as upgrades, each with the expected warning. */
const notUnderstood: readonly (readonly [string, string])[] = [
  ['bin/release', 'unrecognized command release'],
  ['alembic downgrade -1', '"alembic downgrade" isn\'t a known upgrade'],
  ['alembic upgrade', 'requires a revision'],
  ['alembic upgrade a b', 'accepts only one revision'],
  ['alembic upgrade -c a.ini head', 'unknown option -c'],
  ['alembic --unknown=secret upgrade head', 'unknown option --unknown'],
  ['alembic -c', '-c requires a value'],
  ['flask db migrate', '"flask db migrate" isn\'t a known upgrade'],
  ['flask run', '"flask run" isn\'t a known upgrade'],
  ['sh -c echo', 'the sh script'],
  ['python scripts/upgrade.py', 'unrecognized command upgrade.py'],
  ['python -c code', 'unknown option -c'],
  ['python -m app.release', 'unrecognized command python -m app.release'],
  ['poetry install', 'unrecognized command poetry install'],
  ['uv run --unheard alembic upgrade head', 'unknown option --unheard'],
  ['env -S alembic', 'unknown option -S'],
  ['env A=1', 'contains no program'],
  ['', 'contains no program'],
]

describe('the wrapped command', () => {
  test.each(understood)('%s', (line, upgrade) => {
    const parsed = parseWrappedCommand(line.split(' '))
    expect(parsed.problem).toBeNull()
    expect(parsed.upgrade).toEqual(upgrade)
  })

  test.each(notUnderstood)("%s isn't recognized as an upgrade", (line, problem) => {
    const parsed = parseWrappedCommand(line === '' ? [] : line.split(' '))
    expect(parsed.upgrade).toBeNull()
    expect(parsed.problem && wrappedProblem(parsed.problem)).toContain(problem)
  })
})

describe('certainly no upgrade', () => {
  test.each([
    ['alembic downgrade base', 'alembic downgrade'],
    ['alembic -c a.ini stamp head', 'alembic stamp'],
    ['poetry run alembic revision -m x', 'alembic revision'],
    ['python -m alembic current', 'alembic current'],
    ['flask --app shop db downgrade', 'flask db downgrade'],
    ['python manage.py db stamp head', 'manage.py db stamp'],
    ['alembic upgrade head', null],
    ['alembic unheard', null],
    ['flask run', null],
    ['sh release.sh', null],
    ['uv run flask db downgrade', 'flask db downgrade'],
    ['python -m flask --app shop db stamp head', 'flask db stamp'],
    ['env -i A=1 alembic downgrade -1', 'alembic downgrade'],
    ['/app/.venv/bin/alembic downgrade base', 'alembic downgrade'],
    ['timeout 300 alembic downgrade base', 'alembic downgrade'],
    ['dumb-init -- poetry run alembic stamp head', 'alembic stamp'],
    ['timeout 300 alembic upgrade head', null],
    ['timeout 300 alembic current', null],
  ])('%s', (line, otherCommand) => {
    expect(parseWrappedCommand(line.split(' ')).otherCommand).toBe(otherCommand)
  })

  test.each([
    ['alembic downgrade base', 'alembic downgrade'],
    ['alembic upgrade head && alembic downgrade -1', 'alembic downgrade'],
    ['cd app; DATABASE_URL=$STAGING poetry run flask db stamp head', 'flask db stamp'],
    ['bash -c "alembic -c x.ini revision --autogenerate -m x"', 'alembic revision'],
    ['alembic current && alembic upgrade head', null],
    ['alembic upgrade head', null],
    ['echo done', null],
    ['if true; then alembic downgrade base; fi', null],
  ])('sh -c %j', (text, otherCommand) => {
    expect(parseWrappedCommand(['sh', '-c', text]).otherCommand).toBe(otherCommand)
  })
})

describe('variables and folders', () => {
  test('assignments that a shell would process are removed and kept', () => {
    const parsed = parseWrappedCommand(['A=1', 'B=x=y', 'alembic', 'upgrade', 'head'])
    expect(parsed.argv).toEqual(['alembic', 'upgrade', 'head'])
    expect([...parsed.assignments]).toEqual([
      ['A', '1'],
      ['B', 'x=y'],
    ])
  })

  test('env remains the executable, and what it sets is known', () => {
    const words = ['env', '-u', 'PGHOST', 'DATABASE_URL=x', 'alembic', 'upgrade', 'head']
    const parsed = parseWrappedCommand(words)
    expect(parsed.argv).toEqual(words)
    expect([...parsed.environment]).toEqual([
      ['PGHOST', null],
      ['DATABASE_URL', 'x'],
    ])
    expect(parsed.emptyEnvironment).toBe(false)
  })

  test('env -i discards earlier assignments', () => {
    const parsed = parseWrappedCommand(['A=1', 'env', '-i', 'B=2', 'alembic', 'upgrade', 'head'])
    expect(parsed.emptyEnvironment).toBe(true)
    expect([...parsed.environment]).toEqual([['B', '2']])
  })

  test('folders of several prefixes are combined', () => {
    const line = 'env -C backend uv --directory api run --directory db alembic upgrade head'
    expect(parseWrappedCommand(line.split(' ')).folder).toBe('backend/api/db')
    expect(parseWrappedCommand('env -C a poetry -C /b run alembic upgrade head'.split(' ')).folder).toBe('/b')
  })
})

test('no words make it throw, and no value of a variable or of -x is ever printed', () => {
  const secret = 'postgresql://u:hunter2@h/d'
  const word = fc.oneof(
    fc.constantFrom(
      ...'alembic upgrade head flask db python -m manage.py env -i -u -x -c -d -n --config --directory poetry uv pipenv run -C --sql -- -1 --tag'.split(
        ' ',
      ),
    ),
    fc.constantFrom(
      `DATABASE_URL=${secret}`,
      `-xurl=${secret}`,
      `url=${secret}`,
      secret,
      `--config=${secret}`,
    ),
    fc.string({ maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const { problem, upgrade } = parseWrappedCommand(words)
      expect(problem === null).toBe(upgrade !== null)
      expect(JSON.stringify(problem)).not.toContain('hunter2')
      expect(upgrade?.arguments.join(' ') ?? '').not.toContain('hunter2')
    }),
    { numRuns: 2000 },
  )
})
