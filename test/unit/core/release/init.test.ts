import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type FileChange,
  type InitFacts,
  planApp,
  planEnv,
  planHeroku,
  planIgnore,
  planPackage,
  planPython,
  planProcfile,
} from '../../../../src/core/release/init-heroku.ts'

function factsOf(files: Readonly<Record<string, string>>, rest: Partial<InitFacts> = {}): InitFacts {
  return {
    upgrade: 'alembic upgrade head',
    folder: '',
    version: '0.1.0',
    env: null,
    textOf: (path) => files[path] ?? null,
    ...rest,
  }
}

function changedFiles(
  files: Readonly<Record<string, string>>,
  changes: readonly FileChange[],
): Readonly<Record<string, string>> {
  return { ...files, ...Object.fromEntries(changes.map(({ path, after }) => [path, after])) }
}

const afterOf = (plan: { changes: readonly FileChange[] }): string | null => plan.changes[0]?.after ?? null

describe('the Procfile', () => {
  const planned = (text: string) => planProcfile(factsOf({ Procfile: text }))

  test.each([
    ['web: a', 'web: a\nrelease: alembic-guard run -- alembic upgrade head\n'],
    ['web: a\r\n', 'web: a\r\nrelease: alembic-guard run -- alembic upgrade head\r\n'],
    ['release: flask db upgrade\nweb: a\n', 'release: alembic-guard run -- flask db upgrade\nweb: a\n'],
    [
      'release:  cd src && poetry run alembic upgrade head && ./seed.sh  \n',
      'release:  cd src && alembic-guard run -- poetry run alembic upgrade head && ./seed.sh  \n',
    ],
    ['release: A=1 flask db upgrade', 'release: A=1 alembic-guard run -- flask db upgrade'],
    [
      'release: a\nrelease: alembic upgrade head\n',
      'release: a\nrelease: alembic-guard run -- alembic upgrade head\n',
    ],
    [
      "release: sh -c 'alembic upgrade head'\n",
      "release: sh -c 'alembic-guard run -- alembic upgrade head'\n",
    ],
  ])('%j', (before, after) => {
    expect(afterOf(planned(before))).toBe(after)
  })

  test.each([
    'release: alembic-guard run -- alembic upgrade head\n',
    'release: alembic-guard && alembic upgrade head\n',
    'release: npx alembic-guard run --lock -- flask db upgrade\n',
  ])('%j needs nothing', (text) => {
    expect(planned(text)).toEqual({ changes: [], notes: [] })
  })

  test.each([
    'release: ./release.sh\n',
    'release: if true; then alembic upgrade head; fi\n',
    'release: alembic upgrade head || alembic upgrade head\n',
    'release: "alembic" upgrade head\n',
    'release: alembic-guard; alembic upgrade head && alembic upgrade heads\n',
  ])('%j is left to the user', (text) => {
    const { changes, notes } = planned(text)
    expect([changes, notes.length]).toEqual([[], 1])
  })

  test('only the guard is added, and only once, whatever the file contains', () => {
    const piece = fc.constantFrom(
      'release: ',
      'web: ',
      'alembic upgrade head',
      'flask db upgrade',
      ' && ',
      '; ',
      '\n',
      '\r\n',
      ' ',
      '$&',
      "'",
      'a',
      '#',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const before = pieces.join('')
        const after = afterOf(planned(before))
        if (after === null) return
        const appended = /^(?:\r?\n)?release: alembic-guard run -- alembic upgrade head\r?\n$/
        const inserted = after.replace('alembic-guard run -- ', '') === before
        expect(inserted || (after.startsWith(before) && appended.test(after.slice(before.length)))).toBe(true)
        expect(planned(after).changes).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

describe('JSON files', () => {
  test('app.json gets Node.js first, and nothing else changes', () => {
    const before =
      '{\n\t"name": "x",\n\t"buildpacks": [\n\t\t{\n\t\t\t"url": "heroku/python"\n\t\t}\n\t]\n}\n'
    const plan = planApp(factsOf({ 'app.json': before }))
    expect(afterOf(plan)).toBe(
      '{\n\t"name": "x",\n\t"buildpacks": [\n\t\t{\n\t\t\t"url": "heroku/nodejs"\n\t\t},\n\t\t{\n\t\t\t"url": "heroku/python"\n\t\t}\n\t]\n}\n',
    )
    expect(plan.notes).toContainEqual({ kind: 'noDatabase' })
  })

  test('a file with unusual formatting gets one line, or is left alone', () => {
    expect(afterOf(planPackage(factsOf({ 'package.json': '{ "name": "x" }' })))).toBe(
      '{\n  "dependencies": {"alembic-guard":"^0.1.0"}, "name": "x" }',
    )
    const { changes, notes } = planPackage(factsOf({ 'package.json': '{ "dependencies": { "a": "1" } }' }))
    expect([changes, notes.length]).toEqual([[], 1])
  })

  test.each(['[]', '{', 'null', '"x"', ''])('%j is left unchanged', (text) => {
    for (const plan of [planApp, planPackage]) {
      expect(plan(factsOf({ 'app.json': text, 'package.json': text })).changes).toEqual([])
    }
  })

  test('the guard as a development dependency would be missing in the release', () => {
    const text = JSON.stringify({ devDependencies: { 'alembic-guard': '1' } }, null, 2)
    const { changes, notes } = planPackage(factsOf({ 'package.json': text }))
    expect(changes.length).toBe(1)
    expect(notes).toContainEqual({ kind: 'devDependency' })
  })

  test('every other value is kept, and a second run has nothing to do, whatever the file contains', () => {
    const value = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, 2, '\t'), (document, indent) => {
        // Other tests cover property names such as __proto__.
        const text = JSON.stringify(document, null, indent)
        for (const [path, plan] of [
          ['app.json', planApp],
          ['package.json', planPackage],
        ] as const) {
          const after = afterOf(plan(factsOf({ [path]: text })))
          if (after === null) continue
          const added = path === 'app.json' ? 'buildpacks' : 'dependencies'
          const parsed = JSON.parse(after) as Record<string, unknown>
          for (const key of Object.keys(document).filter((name) => name !== added && name !== '__proto__'))
            expect(parsed[key]).toEqual(JSON.parse(text)[key])
          expect(plan(factsOf({ [path]: after })).changes).toEqual([])
        }
      }),
    )
  })
})

describe('env.py', () => {
  const template =
    'from logging.config import fileConfig\n\nfrom alembic import context\n\nconfig = context.config\nrest()\n'

  test('gets the URL after the configuration, and only there', () => {
    const after = afterOf(planEnv(factsOf({}, { env: { path: 'migrations/env.py', text: template } })))
    expect(after).toContain('import os\nfrom logging.config')
    expect(after).toContain('config = context.config\n\n# Use the release database.')
    const added = /^(?:import os|# Use the release database.*|database_url.*|config\.set_main_option.*|)$/
    expect(after?.split('\n').filter((line) => !added.test(line))).toEqual(
      template.split('\n').filter(Boolean),
    )
  })

  test.each([
    'from alembic import context\nx = 1\n',
    `${template}config = context.config\n`,
    template.replaceAll('\n', '\r\n'),
  ])('is left to the user if it is unusual', (text) => {
    const { changes, notes } = planEnv(factsOf({}, { env: { path: 'env.py', text } }))
    expect([changes, notes.length]).toEqual([[], 1])
  })
})

test('a .gitignore with node_modules needs nothing', () => {
  for (const text of ['node_modules\n', '/node_modules/\r\n', 'a\n**/node_modules/\n'])
    expect(planIgnore(factsOf({ '.gitignore': text })).changes).toEqual([])
  expect(afterOf(planIgnore(factsOf({ '.gitignore': 'a' })))).toBe('a\nnode_modules/\n')
})

test('a project in a subfolder is entered first', () => {
  const plan = planHeroku(factsOf({}, { folder: 'backend' }))
  expect(plan.changes[0]?.after).toBe('release: cd backend && alembic-guard run -- alembic upgrade head\n')
})

describe('the Python package', () => {
  const planned = (files: Readonly<Record<string, string>>) => planPython(factsOf(files))
  const lock = (name: string) => `[[package]]\nname = "${name}"\nversion = "1"\n`

  test.each([
    [undefined, 'alembic-guard==0.1.0\n'],
    ['Flask==3.0.3', 'Flask==3.0.3\nalembic-guard==0.1.0\n'],
    ['Flask==3.0.3\r\n', 'Flask==3.0.3\r\nalembic-guard==0.1.0\r\n'],
  ])('is a line in requirements.txt: %j', (before, after) => {
    const files: Readonly<Record<string, string>> = before === undefined ? {} : { 'requirements.txt': before }
    expect(planned(files)).toMatchObject({ changes: [{ path: 'requirements.txt', after }], notes: [] })
  })

  test.each([
    { 'requirements.txt': 'Alembic_Guard>=0.1  # first\n' },
    { 'uv.lock': lock('alembic-guard') },
    { Pipfile: '', 'Pipfile.lock': '{"default": {"alembic-guard": {"version": "==1"}}}' },
  ])('is already there: %j', (files: Readonly<Record<string, string>>) => {
    expect(planned(files)).toEqual({ changes: [], notes: [] })
  })

  test.each([
    ['uv.lock', ['uv', 'add', 'alembic-guard']],
    ['poetry.lock', ['poetry', 'add', 'alembic-guard']],
    ['pdm.lock', ['pdm', 'add', 'alembic-guard']],
    ['Pipfile', ['pipenv', 'install', 'alembic-guard']],
  ])('is added by the tool that maintains %s', (path, argv) => {
    expect(planned({ [path]: lock('flask') })).toEqual({ changes: [], notes: [{ kind: 'addPackage', argv }] })
  })

  test("isn't written to a compiled file", () => {
    const files = { 'requirements.in': 'flask\n', 'requirements.txt': 'flask==3\n' }
    expect(planned(files)).toMatchObject({
      changes: [],
      notes: [{ kind: 'compiled', source: 'requirements.in' }],
    })
  })

  test.each([
    ['uv export --frozen --no-dev -o requirements.txt', 'by uv via the following command:\n#    '],
    ['uv pip compile pyproject.toml -o requirements.txt', 'by uv via the following command:\n#    '],
    ['pip-compile setup.cfg', 'by pip-compile with Python 3.11\n# by the following command:\n#\n#    '],
  ])("isn't written to the output of %s", (command, header) => {
    const text = `#\n# This file is autogenerated ${header}${command}\n#\nflask==3\n`
    const requirement = 'alembic-guard==0.1.0'
    expect(planned({ 'requirements.txt': text })).toEqual({
      changes: [],
      notes: [{ kind: 'generated', add: null, requirement }],
    })
    expect(planned({ 'requirements.txt': text, 'uv.lock': '' })).toMatchObject({
      changes: [],
      notes: [{ kind: 'generated', add: ['uv', 'add', 'alembic-guard'] }],
    })
  })

  test("isn't written to a file with hashes, where pip would reject it", () => {
    const files = { 'requirements.txt': 'flask==3 \\\n    --hash=sha256:aa\n' }
    expect(planned(files)).toMatchObject({ changes: [], notes: [{ kind: 'hashed' }] })
    const comment = 'flask==3 # install with --hash=…\n'
    expect(planned({ 'requirements.txt': comment }).notes).toEqual([])
  })
})

test('the planned changes are all that is needed', () => {
  const files = { Procfile: 'web: a\n' }
  const { changes } = planHeroku(factsOf(files))
  expect(changes.map(({ path }) => path)).toEqual(['Procfile', 'requirements.txt'])
  expect(planHeroku(factsOf(changedFiles(files, changes))).changes).toEqual([])
})

test('a repository that uses npm alone, or already installs the guard with it, continues to do so', () => {
  const files = { Procfile: 'web: a\n', 'package.json': '{}\n' }
  const { changes } = planHeroku(factsOf(files))
  expect(changes.map(({ path }) => path)).toEqual(['Procfile', 'app.json', 'package.json', '.gitignore'])
  expect(planHeroku(factsOf(changedFiles(files, changes))).changes).toEqual([])
  const both = { ...changedFiles(files, changes), 'requirements.txt': 'flask\n' }
  expect(planHeroku(factsOf(both)).changes).toEqual([])
  const frontend = { 'package.json': '{"dependencies": {"react": "1"}}', 'requirements.txt': 'flask\n' }
  expect(planHeroku(factsOf(frontend)).changes.map(({ path }) => path)).toEqual([
    'Procfile',
    'requirements.txt',
  ])
})
