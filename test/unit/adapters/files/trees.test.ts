/** Every kind of file tree must give the same results for the same folder. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { diskTree } from '../../../../src/adapters/files/disk-tree.ts'
import { FileUnreadable, type FileTree } from '../../../../src/adapters/files/file-tree.ts'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { rememberingTree } from '../../../../src/adapters/files/remembering-tree.ts'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'alembic-guard-tree-')))
const files = { 'a/b.py': 'text\n', 'a/é.py': '', 'top.py': 'top' }
const links = {
  'a/to-file': 'b.py',
  'a/to-folder': '../a',
  'a/broken': 'nowhere.py',
  'a/circle': 'circle',
  'a/absolute': `${base}/top.py`,
  other: 'a/to-folder/to-file',
}

beforeAll(() => {
  mkdirSync(join(base, 'a'))
  mkdirSync(join(base, 'empty'))
  for (const [path, text] of Object.entries(files)) writeFileSync(join(base, path), text)
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(base, path))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

const trees: readonly (readonly [string, () => FileTree])[] = [
  ['disk', () => diskTree(base)],
  ['memory', () => memoryTree({ cwd: base, files, links, folders: ['empty'] })],
  ['disk, remembered', () => rememberingTree(diskTree(base))],
]

describe('a remembering tree', () => {
  const counting = (contents: Readonly<Record<string, string>>, options = {}) => {
    const tree = memoryTree({ cwd: base, files: contents })
    const paths: string[] = []
    const readFile = (path: string) => (paths.push(path), tree.readFile(path))
    return { paths, tree: rememberingTree({ ...tree, readFile }, options) }
  }

  test('reads each file once, whether its path is relative or absolute', () => {
    const { paths, tree } = counting(files)
    for (const path of ['a/b.py', `${base}/a/b.py`, 'a/b.py', 'top.py', 'a/é.py', 'a/é.py'])
      tree.readFile(path)
    expect(paths).toEqual(['a/b.py', 'top.py', 'a/é.py'])
  })

  test('drops the contents after the second read if asked to', () => {
    const { paths, tree } = counting(files, { twice: true })
    for (const path of ['a/b.py', `${base}/a/b.py`, 'top.py', 'a/b.py']) tree.readFile(path)
    expect(paths).toEqual(['a/b.py', 'top.py', 'a/b.py'])
  })

  test('looks again for a file that was missing', () => {
    const { paths, tree } = counting(files)
    expect([tree.readFile('nope'), tree.readFile('nope')]).toEqual([null, null])
    expect(paths).toEqual(['nope', 'nope'])
  })

  test('keeps files of any size apart', () => {
    const contents = Object.fromEntries(
      [0, 1, 300_000, 262_144, 7, 262_143, 2, 100_000, 200_000].map((size, index) => [
        `${index}.py`,
        String(index).repeat(size),
      ]),
    )
    for (const twice of [true, false]) {
      const { paths, tree } = counting(contents, { twice })
      const names = Object.keys(contents)
      const read = (name: string) => new TextDecoder().decode(tree.readFile(name) ?? undefined)
      for (const name of names) read(name)
      // What was returned must survive the end of its block.
      const before = names.map((name) => tree.readFile(name))
      expect(before.map((bytes) => new TextDecoder().decode(bytes ?? undefined))).toEqual(
        Object.values(contents),
      )
      expect(paths).toEqual(names)
      expect(names.toReversed().map(read)).toEqual(Object.values(contents).toReversed())
    }
  })

  test("keeps no file that doesn't fit", () => {
    const { paths, tree } = counting({ large: 'x'.repeat(17_000_000), small: 'x' })
    for (const path of ['large', 'small', 'large', 'small']) tree.readFile(path)
    expect(paths).toEqual(['large', 'small', 'large'])
  })
})

describe.for(trees)('the tree on %s', ([, make]) => {
  const tree = make()
  const text = (path: string): string | null => {
    const bytes = tree.readFile(path)
    return bytes && new TextDecoder().decode(bytes)
  }

  test('reads regular files, by relative and absolute paths and through links', () => {
    expect([text('a/b.py'), text(`${base}/a/b.py`), text('./a/../a//b.py')]).toEqual([
      'text\n',
      'text\n',
      'text\n',
    ])
    expect([text('a/to-file'), text('a/to-folder/b.py'), text('other'), text('a/absolute')]).toEqual([
      'text\n',
      'text\n',
      'text\n',
      'top',
    ])
  })

  test("knows that a path doesn't exist", () => {
    for (const path of ['nope', 'a', 'a/broken', 'a/circle', 'top.py/x', 'nope/../top.py', 'a\0b']) {
      expect(text(path), path).toBeNull()
    }
    expect([tree.kindOf('nope'), tree.kindOf('a/broken'), tree.kindOf('a/circle')]).toEqual([
      null,
      null,
      null,
    ])
    expect([tree.realPath('a/broken'), tree.readDirectory('top.py'), tree.readDirectory('nope')]).toEqual([
      null,
      null,
      null,
    ])
  })

  test('lists a folder, with the targets of its links', () => {
    const entries = (tree.readDirectory('a') ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    expect(entries).toEqual([
      { name: 'absolute', kind: 'file', link: true },
      { name: 'b.py', kind: 'file', link: false },
      { name: 'broken', kind: 'broken', link: true },
      { name: 'circle', kind: 'broken', link: true },
      { name: 'to-file', kind: 'file', link: true },
      { name: 'to-folder', kind: 'directory', link: true },
      { name: 'é.py', kind: 'file', link: false },
    ])
    expect(tree.readDirectory('empty')).toEqual([])
  })

  test("resolves links, and returns a link's text", () => {
    expect(tree.realPath('other')).toBe(`${base}/a/b.py`)
    expect(tree.realPath('a/to-folder/../top.py')).toBe(`${base}/top.py`)
    expect([tree.kindOf('a/to-folder'), tree.kindOf('a/to-file'), tree.kindOf('.')]).toEqual([
      'directory',
      'file',
      'directory',
    ])
    expect([tree.readLink('a/broken'), tree.readLink('a/b.py'), tree.readLink('nope')]).toEqual([
      'nowhere.py',
      null,
      null,
    ])
  })
})

test('neither reads a pipe nor waits for it', () => {
  execFileSync('mkfifo', [join(base, 'empty', 'pipe.py')])
  const tree = diskTree(base)
  expect([tree.readFile('empty/pipe.py'), tree.kindOf('empty/pipe.py')]).toEqual([null, 'other'])
  expect(tree.readDirectory('empty')).toEqual([{ name: 'pipe.py', kind: 'other', link: false }])
})

test('reports an unreadable file as such, not as missing', () => {
  const tree = memoryTree({
    files: { 'a.py': '', 'b/c.py': '' },
    unreadable: { 'a.py': 'EACCES', '/b': 'EIO' },
  })
  expect(() => tree.readFile('a.py')).toThrow(new FileUnreadable('a.py', 'EACCES'))
  expect(() => tree.readDirectory('b')).toThrow(new FileUnreadable('b', 'EIO'))
  if (process.getuid?.() === 0) return // Root can read every file.
  chmodSync(join(base, 'top.py'), 0)
  expect(() => diskTree(base).readFile('top.py')).toThrow(new FileUnreadable('top.py', 'EACCES'))
})
