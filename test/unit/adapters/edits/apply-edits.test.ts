import {
  chmodSync,
  existsSync,
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

/** Every file below the folder and what it says. */
function state(): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )
}

test('all edits are made, modes stay and nothing else is left behind', () => {
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

describe('nothing is changed when', () => {
  test.each<[string, readonly FileEdit[]]>([
    [
      'a file has changed since it was read',
      [create('versions/c.py'), replace('versions/b.py', 'older\n', 'x')],
    ],
    ['a new file is there already', [replace('versions/a.py', 'old a\n', 'x'), create('versions/b.py')]],
    [
      'a path leads out of the version location',
      [replace('versions/a.py', 'old a\n', 'x'), create('versions/../c.py')],
    ],
    ['a path is absolute and elsewhere', [create('versions/n/c.py'), create('/var/tmp/never/c.py')]],
    [
      'a file lies outside',
      [replace('versions/a.py', 'old a\n', 'x'), replace('outside.py', 'outside\n', 'x')],
    ],
    ['a file is gone', [create('versions/n/m/c.py'), replace('versions/gone.py', 'x', 'y')]],
    ['two edits make one file', [create('versions/c.py', 'one'), create('versions/c.py', 'two')]],
  ])('%s', (_, edits) => {
    const before = state()
    expect(() => apply(...edits)).toThrow(/nothing was written/)
    expect(state()).toEqual(before)
    expect(readdirSync(join(folder, 'versions'))).toEqual(['a.py', 'b.py'])
  })

  test('a link in the version location leads out of it', () => {
    symlinkSync(join(folder, 'outside.py'), join(folder, 'versions', 'link.py'))
    symlinkSync(folder, join(folder, 'versions', 'up'))
    symlinkSync(join(folder, 'nowhere.py'), join(folder, 'versions', 'broken.py'))
    expect(() => apply(replace('versions/link.py', 'outside\n', 'x'))).toThrow(/outside of the version/)
    expect(() => apply(create('versions/up/c.py'))).toThrow(/outside of the version/)
    expect(() => apply(create('versions/broken.py'))).toThrow(/there already/)
    expect(readFileSync(join(folder, 'outside.py'), 'utf8')).toBe('outside\n')
    expect(existsSync(join(folder, 'nowhere.py'))).toBe(false)
  })
})

test('a write that was cut off is in the way of the next one until it is taken back', () => {
  writeFileSync(join(folder, 'versions', '.alembic-guard-journal.json'), '{"files":[],"folders":[]}')
  expect(() => apply(create('versions/c.py'))).toThrow(/another write stands/)
  rollBack(folder, ['versions'])
  apply(create('versions/c.py'))
  expect(readdirSync(join(folder, 'versions'))).toEqual(['a.py', 'b.py', 'c.py'])
})

describe('what a note says is not believed', () => {
  const entry = { target: 'a.py', temporary: '.alembic-guard-000000000000.tmp', before: null, after: 'x' }
  const backup = '.alembic-guard-000000000000.old'
  test.each<[string, unknown, RegExp]>([
    ['a file outside', { ...entry, backup, target: '../outside.py' }, /is no note/],
    ['an absolute path', { ...entry, backup, target: '/etc/hostname' }, /is no note/],
    ['a backup of another name', { ...entry, backup: 'b.py' }, /is no note/],
    ['a file that says something else', { ...entry, backup }, /was changed after/],
  ])('%s', (_, file, words) => {
    const note = join(folder, 'versions', '.alembic-guard-journal.json')
    writeFileSync(note, JSON.stringify({ files: [file], folders: [] }))
    const before = state()
    expect(() => rollBack(folder, ['versions'])).toThrow(words)
    writeFileSync(note, 'nonsense')
    expect(() => rollBack(folder, ['versions'])).toThrow(/can't be read/)
    rmSync(note)
    delete before['versions/.alembic-guard-journal.json']
    expect(state()).toEqual(before)
  })
})
