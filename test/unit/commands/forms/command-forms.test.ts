/** Tests how printed commands depend on the project, its tools and the given options. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { commandForms } from '../../../../src/commands/forms/command-forms.ts'
import { guardForms } from '../../../../src/commands/forms/guard-forms.ts'
import { typedHelp } from '../../../../src/commands/forms/heroku-words.ts'
import { guardWords, inProjectEnvironment } from '../../../../src/commands/forms/guard-words.ts'
import { commands } from '../../../../src/commands/index.ts'
import { keptOptions, readCall } from '../../../../src/commands/shell/call-options.ts'
import type { OptionInputs } from '../../../../src/commands/shell/option-values.ts'
import { commandText } from '../../../../src/core/findings/command-forms.ts'
import { quietContext } from '../../../support/context.ts'

test.each([
  ['/usr/local/bin/alembic-guard', 'alembic-guard'],
  ['/usr/lib/node_modules/alembic-guard/dist/cli.js', 'alembic-guard'],
  ['/work/alembic-guard/dist/cli.js', 'alembic-guard'],
  ['/app/node_modules/.bin/alembic-guard', 'npx alembic-guard'],
  ['/app/node_modules/alembic-guard/dist/cli.js', 'npx alembic-guard'],
  ['/home/u/.npm/_npx/3f1a/node_modules/.bin/alembic-guard', 'npx alembic-guard'],
  [
    '/app/node_modules/.pnpm/alembic-guard@1.0.0/node_modules/alembic-guard/dist/cli.js',
    'pnpm exec alembic-guard',
  ],
  ['/home/u/.cache/pnpm/dlx-71/node_modules/alembic-guard/dist/cli.js', 'pnpm dlx alembic-guard'],
  ['/home/u/.cache/uv/archive-v0/x9/lib/python3.12/site-packages/alembic_guard/cli.js', 'uvx alembic-guard'],
  [
    '/home/u/.local/share/uv/tools/alembic-guard/lib/python3.12/site-packages/alembic_guard/cli.js',
    'alembic-guard',
  ],
  ['/home/u/.cache/pipx/ab12/lib/python3.12/site-packages/alembic_guard/cli.js', 'pipx run alembic-guard'],
])('when started as %s', (program, words) => {
  expect(guardWords(program, 'alembic-guard').join(' ')).toBe(words)
})

test("only the project's own virtual environment is used through its runner", () => {
  const inVenv = 'lib/python3.12/site-packages/alembic_guard/cli.js'
  expect(inProjectEnvironment(`/app/.venv/${inVenv}`)).toBe(true)
  expect(inProjectEnvironment(`/home/u/.local/share/pipx/venvs/alembic-guard/${inVenv}`)).toBe(false)
  expect(inProjectEnvironment('/app/node_modules/.bin/alembic-guard')).toBe(false)
})

interface Case {
  readonly files?: Readonly<Record<string, string>>
  readonly place?: { readonly config?: string; readonly section?: string; readonly scriptLocation?: string }
  readonly given?: OptionInputs
  readonly env?: Readonly<Record<string, string>>
  readonly wrapped?: readonly string[]
  readonly program?: string
}

const plugin = '/home/u/.local/share/heroku/node_modules/alembic-guard/heroku-plugin/guard.mjs'
const flask = { 'migrations/env.py': 'from flask import current_app\n' }
const stamp = ['alembic', 'stamp', 'abc']
const stub = ['alembic-guard', 'placeholder', 'abc', '--write']

async function spelled({ files = {}, place, given = {}, env = {}, wrapped = [], program }: Case): Promise<{
  readonly alembic: string
  readonly guard: string
}> {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, '.git'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const context = {
    ...quietContext(folder, ''),
    env,
    wrapped,
    self: ['node', program ?? '/bin/alembic-guard'],
  }
  const project = { config: 'alembic.ini', section: 'alembic', scriptLocation: 'migrations', ...place }
  const forms = await commandForms(context, readCall(given, env), project)
  return { alembic: commandText(stamp, forms), guard: commandText(stub, forms) }
}

describe('as typed', () => {
  test.each<readonly [string, Case, { alembic?: string; guard?: string }]>([
    ['plain Alembic', {}, { alembic: 'alembic stamp abc', guard: 'alembic-guard placeholder abc --write' }],
    [
      'another configuration and section',
      {
        place: { config: 'etc/my app.ini', section: 'shop' },
        given: { config: ['etc/my app.ini'], name: 'shop' },
      },
      {
        alembic: "alembic -c 'etc/my app.ini' -n shop stamp abc",
        guard: "alembic-guard placeholder abc --write -c 'etc/my app.ini' -n shop",
      },
    ],
    ['Flask-Migrate', { files: flask }, { alembic: 'flask db stamp abc' }],
    [
      'Flask-Migrate in another folder',
      {
        files: { 'db/env.py': 'from flask import current_app\n' },
        place: { scriptLocation: 'db', config: 'db/alembic.ini' },
        given: { directory: 'db' },
      },
      { alembic: 'flask db stamp -d db abc', guard: 'alembic-guard placeholder abc --write -d db' },
    ],
    [
      'an env.py that mentions Flask only in a comment',
      { files: { 'migrations/env.py': '# current_app is not used here\n"current_app"\n' } },
      { alembic: 'alembic stamp abc' },
    ],
    ['Poetry', { files: { 'poetry.lock': '' } }, { alembic: 'poetry run alembic stamp abc' }],
    [
      'Poetry without a lock file',
      { files: { 'pyproject.toml': '[tool.poetry]\nname = "a"\n' } },
      { alembic: 'poetry run alembic stamp abc' },
    ],
    [
      'a project that mentions Poetry',
      { files: { 'pyproject.toml': '# [tool.poetry]\n[project]\nname = "poetry"\n' } },
      { alembic: 'alembic stamp abc' },
    ],
    [
      'a broken pyproject.toml',
      { files: { 'pyproject.toml': '[tool.poetry\n' } },
      { alembic: 'alembic stamp abc' },
    ],
    ['uv', { files: { ...flask, 'uv.lock': '' } }, { alembic: 'uv run flask db stamp abc' }],
    ['PDM', { files: { 'pdm.lock': '' } }, { alembic: 'pdm run alembic stamp abc' }],
    ['Pipenv', { files: { Pipfile: '' } }, { alembic: 'pipenv run alembic stamp abc' }],
    [
      'a guard installed in the project environment',
      { files: { 'uv.lock': '' }, program: '/a/.venv/lib/python3.12/site-packages/alembic_guard/cli.js' },
      { guard: 'uv run alembic-guard placeholder abc --write' },
    ],
    [
      'a URL from another variable',
      { given: { 'database-url-env': 'STAGING_URL' } },
      {
        alembic: 'DATABASE_URL="$STAGING_URL" alembic stamp abc',
        guard: 'alembic-guard placeholder abc --write --database-url-env STAGING_URL',
      },
    ],
    [
      'a URL that a variable contains',
      { given: { 'database-url': 'postgresql://h/x' }, env: { STAGING_URL: 'postgresql://h/x' } },
      { guard: 'alembic-guard placeholder abc --write --database-url-env STAGING_URL' },
    ],
    [
      "a URL that no variable contains isn't printed",
      { given: { 'database-url': 'postgresql://u:secret@h/x' } },
      { alembic: 'alembic stamp abc', guard: 'alembic-guard placeholder abc --write' },
    ],
    [
      'a version table in another schema',
      { given: { 'version-table': 'v', 'version-table-schema': 'shop' } },
      { guard: 'alembic-guard placeholder abc --write --version-table v --version-table-schema shop' },
    ],
    [
      'a Heroku app',
      { given: { app: 'my-app' } },
      {
        alembic: 'DATABASE_URL="$(heroku config:get DATABASE_URL --app my-app)" alembic stamp abc',
        guard: 'alembic-guard placeholder abc --write --app my-app',
      },
    ],
    [
      'a release phase with a known app',
      {
        env: { DYNO: 'release.1234', HEROKU_APP_NAME: 'my-app' },
        program: '/app/node_modules/.bin/alembic-guard',
      },
      {
        alembic: 'DATABASE_URL="$(heroku config:get DATABASE_URL --app my-app)" alembic stamp abc',
        guard: 'npx alembic-guard placeholder abc --write --app my-app',
      },
    ],
    [
      'a release phase without metadata',
      { env: { DYNO: 'release.1234' } },
      { guard: 'alembic-guard placeholder abc --write --remote heroku' },
    ],
    [
      'the plugin of the Heroku CLI',
      { given: { app: 'my-app', config: ['a.ini'] }, program: plugin },
      { guard: 'heroku alembic:placeholder abc --write -c a.ini -a my-app' },
    ],
    [
      'the plugin, by a remote',
      { given: { remote: 'staging' }, program: plugin },
      { guard: 'heroku alembic:placeholder abc --write -r staging' },
    ],
    ['a web dyno', { env: { DYNO: 'web.1' } }, { guard: 'alembic-guard placeholder abc --write' }],
    [
      'the command given to run',
      {
        files: { 'poetry.lock': '' },
        wrapped: ['python', '-m', 'flask', '--app', 'shop', 'db', 'upgrade', '-d', 'db'],
      },
      { alembic: 'python -m flask --app shop db stamp -d db abc' },
    ],
    [
      'a wrapped command whose -x may contain a secret',
      { wrapped: ['alembic', '-x', 'password=hunter2', 'upgrade', 'head'] },
      { alembic: 'alembic stamp abc' },
    ],
    [
      'a value that looks like an option',
      { given: { name: '-odd' } },
      { guard: 'alembic-guard placeholder abc --write --name=-odd' },
    ],
  ])('%s', async (_name, given, expected) => {
    expect(await spelled(given)).toMatchObject(expected)
  })
})

test('in the Heroku CLI, a command that the plugin lacks keeps its own spelling', () => {
  const context = { ...quietContext('/', ''), env: {}, wrapped: [], self: ['node', plugin] }
  const forms = guardForms(context, readCall({ app: 'my-app' }, {}))
  expect(commandText(['alembic-guard', 'restore', 'abc'], forms)).toBe(
    'alembic-guard restore abc --app my-app',
  )
  expect(commandText(['alembic-guard', 'check'], forms)).toBe('heroku alembic:check -a my-app')
})

test.each([
  ['alembic-guard check --help', 'heroku alembic:check --help'],
  ['alembic-guard run --help', 'heroku help alembic'],
  ['alembic-guard --help', 'heroku help alembic'],
])('%s in the Heroku CLI', (help, typed) => {
  expect(typedHelp(help, plugin)).toBe(typed)
  expect(typedHelp(help, '/usr/bin/alembic-guard')).toBe(help)
})

test('every command accepts the options that are repeated for it', async () => {
  for (const [verb, names] of Object.entries(keptOptions)) {
    const entry = commands.find(({ name }) => name === verb)
    const { options } = (await entry?.load()) ?? { options: [] }
    expect(options, verb).toEqual(expect.arrayContaining([...names]))
  }
})
