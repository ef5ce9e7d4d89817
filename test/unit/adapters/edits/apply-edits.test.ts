import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyEdits } from '../../../../src/adapters/edits/apply-edits.ts'
import { rollBack } from '../../../../src/adapters/edits/edit-journal.ts'
import type { FileEdit } from '../../../../src/core/text/file-edit.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alembic-guard-edits-'))
  mkdirSync(join(folder, 'versions'))
  writeFileSync(join(folder, 'versions', 'a.py'), 'old a\n')
  writeFileSync(join(folder, 'versions', 'b.py'), 'old b\n')
  writeFileSync(join(folder, 'outside.py'), 'outside\n')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const bytes = (text: string): Uint8Array => Buffer.from(text)
const create = (path: string, after = 'new\n'): FileEdit => ({ kind: 'create', path, after: bytes(after) })
const replace = (path: string, before: string, after: string): FileEdit => ({
  kind: 'replace',
  path,
  before: bytes(before),
  after: bytes(after),
})
const apply = (...edits: FileEdit[]): void => applyEdits(folder, ['versions'], edits)

/** Returns the contents of all files below the folder. */
function state(): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )
}

test('makes all edits, keeps modes and leaves nothing else behind', () => {
  chmodSync(join(folder, 'versions', 'a.py'), 0o640)
  apply(create('versions/2026/c.py'), replace('versions/a.py', 'old a\n', 'new a\n'))
  expect(state()).toEqual({
    'outside.py': 'outside\n',
    'versions/2026/c.py': 'new\n',
    'versions/a.py': 'new a\n',
    'versions/b.py': 'old b\n',
  })
  expect(statSync(join(folder, 'versions', 'a.py')).mode & 0o777).toBe(0o640)
})

describe('changes nothing if', () => {
  test.each<[string, readonly FileEdit[]]>([
    [
      'a file has changed since it was read',
      [create('versions/c.py'), replace('versions/b.py', 'older\n', 'x')],
    ],
    ['a new file already exists', [replace('versions/a.py', 'old a\n', 'x'), create('versions/b.py')]],
    [
      'a path leads out of the version location',
      [replace('versions/a.py', 'old a\n', 'x'), create('versions/../c.py')],
    ],
    ['a path is absolute and elsewhere', [create('versions/n/c.py'), create('/var/tmp/never/c.py')]],
    [
      'a file is outside the version location',
      [replace('versions/a.py', 'old a\n', 'x'), replace('outside.py', 'outside\n', 'x')],
    ],
    ['a file is missing', [create('versions/n/m/c.py'), replace('versions/gone.py', 'x', 'y')]],
    ['two edits create the same file', [create('versions/c.py', 'one'), create('versions/c.py', 'two')]],
  ])('%s', (_, edits) => {
    const before = state()
    expect(() => apply(...edits)).toThrow(/nothing was written/)
    expect(state()).toEqual(before)
    expect(readdirSync(join(folder, 'versions'))).toEqual(['a.py', 'b.py'])
  })

  test('rejects a link that leads out of the version location', () => {
    symlinkSync(join(folder, 'outside.py'), join(folder, 'versions', 'link.py'))
    symlinkSync(folder, join(folder, 'versions', 'up'))
    symlinkSync(join(folder, 'nowhere.py'), join(folder, 'versions', 'broken.py'))
    expect(() => apply(replace('versions/link.py', 'outside\n', 'x'))).toThrow(/outside the version/)
    expect(() => apply(create('versions/up/c.py'))).toThrow(/outside the version/)
    expect(() => apply(create('versions/broken.py'))).toThrow(/already exists/)
    expect(readFileSync(join(folder, 'outside.py'), 'utf8')).toBe('outside\n')
    expect(existsSync(join(folder, 'nowhere.py'))).toBe(false)
  })
})

/** Writes a journal that contains its own inode number, as the guard does. */
function writeJournal(said: { files: unknown[]; folders?: unknown[]; inode?: string }): string {
  const path = join(folder, 'versions', '.alembic-guard-journal.json')
  writeFileSync(path, '')
  const inode = statSync(path, { bigint: true }).ino.toString()
  writeFileSync(path, `${JSON.stringify({ write: '00000000', note: '', inode, folders: [], ...said })}\n`)
  return path
}

test('an interrupted write blocks the next one until it is undone', () => {
  writeJournal({ files: [] })
  expect(() => apply(create('versions/c.py'))).toThrow(/another write is in progress/)
  expect(rollBack(folder, ['versions'])).toEqual([join(folder, 'versions')])
  apply(create('versions/c.py'))
  expect(readdirSync(join(folder, 'versions'))).toEqual(['a.py', 'b.py', 'c.py'])
})

test('only an incomplete journal needs to be removed', () => {
  for (const text of ['', '{"wri', '{"write":"12345678","note":"alembic-guard was']) {
    const path = join(folder, 'versions', '.alembic-guard-journal.json')
    writeFileSync(path, text)
    const before = state()
    delete before['versions/.alembic-guard-journal.json']
    rollBack(folder, ['versions'])
    expect(state()).toEqual(before)
  }
})

describe("doesn't trust a journal", () => {
  const digestOfB = createHash('sha256').update('old b\n').digest('hex')
  const entry = { target: 'a.py', temporary: '.alembic-guard-000000000000.tmp', before: null, after: 'x' }
  const backup = '.alembic-guard-000000000000.old'
  test.each<[string, unknown, Record<string, unknown>, RegExp]>([
    ['a file outside', { ...entry, backup, target: '../outside.py' }, {}, /isn't a journal/],
    ['an absolute path', { ...entry, backup, target: '/etc/hostname' }, {}, /isn't a journal/],
    ['a backup with another name', { ...entry, backup: 'b.py' }, {}, /isn't a journal/],
    ['a folder outside', { ...entry, backup }, { folders: ['..'] }, /isn't a journal/],
    ['one from a checkout', { ...entry, backup }, { inode: '1' }, /isn't a journal/],
    ['one without its inode', { ...entry, backup }, { inode: undefined }, /isn't a journal/],
  ])('%s', (_, file, more, words) => {
    const path = writeJournal({ files: [file], ...more })
    const before = state()
    expect(() => rollBack(folder, ['versions'])).toThrow(words)
    writeFileSync(path, 'nonsense')
    expect(() => rollBack(folder, ['versions'])).toThrow(/isn't a journal/)
    before['versions/.alembic-guard-journal.json'] = 'nonsense'
    expect(state()).toEqual(before)
  })

  test("keeps a new file that isn't from this write, even with the same bytes", () => {
    writeJournal({ files: [{ ...entry, backup, target: 'b.py', after: digestOfB }] })
    rollBack(folder, ['versions'])
    expect(Object.keys(state())).toEqual(['outside.py', 'versions/a.py', 'versions/b.py'])
  })
})

test("keeps files that look like those of a write but aren't in a journal", () => {
  const names = ['.alembic-guard-0123456789ab.tmp', 'deep/.alembic-guard-0123456789ab.old']
  mkdirSync(join(folder, 'versions/deep'))
  for (const name of names) writeFileSync(join(folder, 'versions', name), 'mine\n')
  const before = state()
  expect(rollBack(folder, ['versions', '.'])).toEqual([])
  expect(state()).toEqual(before)
})

test('rejects a hard link, and leaves both names unchanged', () => {
  linkSync(join(folder, 'versions/a.py'), join(folder, 'twin.py'))
  expect(() => apply(replace('versions/a.py', 'old a\n', 'new a\n'))).toThrow(/one of 2 hard links/)
  expect(statSync(join(folder, 'twin.py')).ino).toBe(statSync(join(folder, 'versions/a.py')).ino)
  expect(state()['versions/a.py']).toBe('old a\n')
})

test.skipIf(process.getuid?.() !== 0)("as root, keeps a file's owner, group and mode", () => {
  chownSync(join(folder, 'versions/a.py'), 1234, 4321)
  chmodSync(join(folder, 'versions/a.py'), 0o2750)
  apply(replace('versions/a.py', 'old a\n', 'new a\n'))
  const { uid, gid, mode } = statSync(join(folder, 'versions/a.py'))
  expect([uid, gid, mode & 0o7777]).toEqual([1234, 4321, 0o2750])
})
