import { describe, expect, test } from 'vitest'
import { memoryTree, type MemoryFiles } from '../../../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../../../src/adapters/project/locate-project.ts'
import { readRepository } from '../../../../src/adapters/project/read-repository.ts'

const base = { 'alembic.ini': '[alembic]\nscript_location = m\n', 'm/env.py': '' }

async function read(files: MemoryFiles['files'], alembicVersion = '1.19.1', rest: Partial<MemoryFiles> = {}) {
  const tree = memoryTree({ cwd: '/app', files: { ...base, ...files }, ...rest })
  return readRepository(tree, await locateProject(tree, { alembicVersion }))
}
const paths = async (...args: Parameters<typeof read>) =>
  (await read(...args)).modules.map((module) => module.path)
const under = (folder: string, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`${folder}/${name}`, '']))

describe('migration files', () => {
  const names = [
    'b.py',
    '.c.py',
    '.#d.py',
    '__init__.py',
    '__init__x.py',
    'e.PY',
    'f.pyi',
    'g.pyc',
    'h.py~',
    'sub/i.py',
    'a b.py',
  ]

  test('end in .py and are neither lock files nor __init__', async () => {
    expect(await paths(under('m/versions', names))).toEqual([
      'm/versions/.c.py',
      'm/versions/a b.py',
      'm/versions/b.py',
    ])
  })

  test('are in file system order before 1.10', async () => {
    expect(await paths(under('m/versions', names), '1.9.4')).toEqual([
      'm/versions/b.py',
      'm/versions/.c.py',
      'm/versions/a b.py',
    ])
  })

  test('are sorted by code point, not by UTF-16 unit', async () => {
    expect(await paths(under('m/versions', ['\u{1f600}.py', '\uffee.py']))).toEqual([
      'm/versions/\uffee.py',
      'm/versions/\u{1f600}.py',
    ])
  })

  test('are in subfolders too if the locations are recursive', async () => {
    const recursive = { 'alembic.ini': `${base['alembic.ini']}recursive_version_locations = true\n` }
    const files = under('m/versions', [
      'z.py',
      'b/y.py',
      'b/c/x.py',
      '.a/w.py',
      'b/__pycache__/v.py',
      'linked-from/u.py',
    ])
    const found = [
      'm/versions/z.py',
      'm/versions/.a/w.py',
      'm/versions/b/y.py',
      'm/versions/b/c/x.py',
      'm/versions/linked-from/u.py',
    ]
    expect(
      await paths({ ...recursive, ...files }, '1.12.0', { links: { 'm/versions/link': 'linked-from' } }),
    ).toEqual(found)
  })
})

describe('symlinks', () => {
  const links = {
    'm/versions/a.py': '../../real/r.py',
    'm/versions/b.txt': '../../real/r.py',
    'm/versions/c.py': '../../real/r.txt',
  }

  test('count by their target since 1.10, and once', async () => {
    const repository = await read({ 'real/r.py': '', 'real/r.txt': '' }, '1.10.0', { links })
    expect(repository.modules.map((module) => module.path)).toEqual(['real/r.py'])
    expect(repository.remarks).toEqual([
      'File real/r.py loaded twice! ignoring. Please ensure version_locations is unique.',
    ])
  })

  test('count by their own name before', async () => {
    expect(await paths({ 'real/r.py': '', 'real/r.txt': '' }, '1.9.4', { links })).toEqual([
      'm/versions/a.py',
      'm/versions/c.py',
    ])
  })

  test('to a folder called x.py may be loaded since 1.16, depending on the Python version', async () => {
    const rest = { links: { 'm/versions/a.py': '../../x.py' } }
    expect(await paths({ 'x.py/y.py': '' }, '1.15.2', rest)).toEqual([])
    const { modules } = await read({ 'x.py/y.py': '' }, '1.16.0', rest)
    expect(modules).toMatchObject([
      { path: 'x.py', unreadable: { reason: expect.stringContaining('folder') } },
    ])
  })

  test('that are broken stop Alembic when it reaches them', async () => {
    const broken = { 'm/versions/b.py': 'gone.py', 'm/versions/c.py': 'gone.txt', 'm/versions/d.py': 'd.py' }
    const { modules } = await read({ 'm/versions/a.py': '' }, '1.19.1', { links: broken })
    expect(modules.map((module) => module.path)).toEqual([
      'm/versions/a.py',
      'm/versions/gone.py',
      'm/versions/d.py',
    ])
    expect(modules[1]?.raises?.error).toEqual({
      type: 'ImportError',
      message: "Can't find Python file /app/m/versions/gone.py",
    })
    expect(modules[2]?.unreadable?.reason).toContain('circular')
  })
})

describe('nothing is omitted', () => {
  test('an unreadable file or folder is listed as unreadable', async () => {
    const unreadable = { 'm/versions/a.py': 'EACCES', 'm/versions/big.py': 'EFBIG' }
    const { modules } = await read(under('m/versions', ['a.py', 'b.py', 'big.py']), '1.19.1', { unreadable })
    expect(modules.map((module) => module.unreadable?.reason ?? null)).toEqual([
      "it can't be read (EACCES)",
      null,
      'it is too large to read',
    ])
    const closed = await read(under('m/versions', ['a.py']), '1.19.1', {
      unreadable: { 'm/versions': 'EACCES' },
    })
    expect(closed.modules).toMatchObject([
      { path: 'm/versions', unreadable: { reason: expect.stringContaining('EACCES') } },
    ])
  })

  test('a compiled file counts with sourceless, and its contents are unknown', async () => {
    const sourceless = { 'alembic.ini': `${base['alembic.ini']}sourceless = true\n` }
    const files = under('m/versions', [
      'a.py',
      'a.pyc',
      'b.pyc',
      '__pycache__/a.cpython-311.pyc',
      '__pycache__/c.cpython-311.pyc',
    ])
    const { modules, remarks } = await read({ ...sourceless, ...files })
    expect(modules.map((module) => [module.path, module.unreadable !== null])).toEqual([
      ['m/versions/a.py', false],
      ['m/versions/b.pyc', true],
      ['m/versions/__pycache__/c.cpython-311.pyc', true],
    ])
    expect(remarks).toEqual(['sourceless = true: compiled files count as migrations'])
  })
})

describe('folders', () => {
  test('a missing versions folder is an error before 1.10 and an empty history since', async () => {
    const message = "[Errno 2] No such file or directory: '/app/m/versions'"
    expect((await read({}, '1.9.4')).listingError).toEqual({ type: 'FileNotFoundError', message })
    expect(await read({}, '1.10.0')).toMatchObject({ listingError: null, modules: [] })
  })

  test('a folder called x.py fails before 1.10 and is skipped since', async () => {
    const files = under('m/versions', ['x.py/y.py'])
    const error = { type: 'IsADirectoryError', message: "[Errno 21] Is a directory: '/app/m/versions/x.py'" }
    expect((await read(files, '1.9.4')).modules).toMatchObject([
      { path: 'm/versions/x.py', raises: { error } },
    ])
    expect(await paths(files, '1.10.0')).toEqual([])
  })
})

test('the repository contains all paths', async () => {
  const migration = "revision = 'a'\ndown_revision = None\n"
  const env = 'context.configure(connection=c, version_table="v")\n'
  expect(await read({ 'm/versions/a.py': migration, 'm/env.py': env })).toMatchObject({
    config: 'alembic.ini',
    scriptLocation: 'm',
    versionLocations: ['m/versions'],
    env: { path: 'm/env.py', versionTable: 'v' },
    alembic: { source: '--alembic-version' },
    modules: [
      {
        path: 'm/versions/a.py',
        revision: { kind: 'value', value: { kind: 'str', value: 'a' } },
        raises: null,
      },
    ],
  })
})

test('an unreadable env.py is reported', async () => {
  const { env } = await read({}, '1.19.1', { unreadable: { 'm/env.py': 'EACCES' } })
  expect(env).toMatchObject({
    path: 'm/env.py',
    computed: [{ option: 'env.py', expression: "can't be read (EACCES)" }],
  })
})
