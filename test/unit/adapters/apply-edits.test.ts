import { spawn } from 'node:child_process'
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
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyEdits } from '../../../src/adapters/apply-edits.ts'
import type { FileEdit } from '../../../src/core/file-edit.ts'

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

test('a process that is killed leaves every file whole, old or new', { timeout: 60_000 }, async () => {
  const built = join(folder, 'apply.mjs')
  const entry = fileURLToPath(new URL('../../../src/adapters/apply-edits.ts', import.meta.url))
  await build({
    entryPoints: [entry],
    outfile: built,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  const text = (one: string): string => `${one}\n`.repeat(20_000)
  for (const name of ['a', 'b']) writeFileSync(join(folder, 'versions', `${name}.py`), text('old'))
  const script = `
    import { applyEdits } from ${JSON.stringify(built)}
    const text = (one) => Buffer.from((one + '\\n').repeat(20000))
    const edit = (name, from, to) => ({ kind: 'replace', path: 'versions/' + name + '.py', before: text(from), after: text(to) })
    const swap = (from, to) => applyEdits(process.argv[1], ['versions'], [edit('a', from, to), edit('b', from, to)])
    process.send('ready')
    for (;;) { swap('old', 'new'); swap('new', 'old') }`
  for (let round = 0; round < 15; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    await new Promise((resolve) => child.once('message', resolve))
    await new Promise((resolve) => setTimeout(resolve, round * 2))
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    for (const name of ['a', 'b']) {
      expect([text('old'), text('new')]).toContain(
        readFileSync(join(folder, 'versions', `${name}.py`), 'utf8'),
      )
      writeFileSync(join(folder, 'versions', `${name}.py`), text('old'))
    }
  }
  // What a killed run leaves beside them is no migration to Alembic, and stands in nobody's way.
  const left = readdirSync(join(folder, 'versions')).filter((name) => !/^[ab]\.py$/.test(name))
  expect(left.filter((name) => !/^\.alembic-guard-[0-9a-f]{12}\.(?:tmp|old)$/.test(name))).toEqual([])
  apply(replace('versions/a.py', text('old'), 'new a\n'))
  expect(readFileSync(join(folder, 'versions', 'a.py'), 'utf8')).toBe('new a\n')
})
