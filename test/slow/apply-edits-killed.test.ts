/** Kills a writing process before each disk change, and after various delays. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { interruptedWrite } from '../../src/adapters/edits/interrupted-write.ts'
import { rollBack } from '../../src/adapters/edits/edit-journal.ts'
import { diskTree } from '../../src/adapters/files/disk-tree.ts'
import { gatherHistory } from '../../src/commands/gather/history.ts'
import { readSettings } from '../../src/commands/shell/settings.ts'
import { quietContext } from '../support/context.ts'

let folder: string
let project: string
let apply: string

/** Replaces `node:fs` and kills the process before its nth disk change. */
const killingFs = `
  export * from 'real-fs'
  import * as real from 'real-fs'
  let left = Number(process.env.KILL_BEFORE ?? Infinity)
  const killing = (call) => (...given) => {
    if (left-- === 0) { process.kill(process.pid, 'SIGKILL'); for (;;); }
    return call(...given)
  }
  ${[
    'fchmodSync',
    'fchownSync',
    'fsyncSync',
    'linkSync',
    'mkdirSync',
    'renameSync',
    'rmSync',
    'rmdirSync',
    'writeSync',
  ]
    .map((name) => `export const ${name} = killing(real.${name})`)
    .join('\n')}
  const making = killing(real.openSync)
  export const openSync = (...given) => (given[1] === 'wx' ? making : real.openSync)(...given)`

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'alembic-guard-killed-'))
  project = join(folder, 'project')
  const outfile = join(folder, 'apply.mjs')
  await build({
    stdin: {
      contents: `export { applyEdits } from './apply-edits.ts'; export { rollBack } from './edit-journal.ts'`,
      resolveDir: fileURLToPath(new URL('../../src/adapters/edits', import.meta.url)),
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    plugins: [
      {
        name: 'killing',
        setup(builder) {
          builder.onResolve({ filter: /^node:fs$/ }, () => ({ path: 'fs', namespace: 'killing' }))
          builder.onResolve({ filter: /^real-fs$/ }, () => ({ path: 'node:fs', external: true }))
          builder.onLoad({ filter: /.*/, namespace: 'killing' }, () => ({ contents: killingFs }))
        },
      },
    ],
  })
  apply = `
    import { applyEdits, rollBack } from ${JSON.stringify(outfile)}
    const edit = (name, before, after) => ({ kind: 'replace', path: 'versions/' + name, before: Buffer.from(before), after: Buffer.from(after) })
    const edits = [
      { kind: 'create', path: 'versions/2026/lost.py', after: Buffer.from('lost\\n') },
      edit('b.py', 'old b\\n', 'new b\\n'), edit('c.py', 'old c\\n', 'new c\\n'),
    ]
    if (process.argv[2] === 'back') rollBack(process.argv[1], ['versions'])
    else applyEdits(process.argv[1], ['versions'], edits)`
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const old = { 'a.py': 'old a\n', 'b.py': 'old b\n', 'c.py': 'old c\n' }
const all = { 'a.py': 'old a\n', 'b.py': 'new b\n', 'c.py': 'new c\n', '2026/lost.py': 'lost\n' }

function begin(): void {
  rmSync(project, { recursive: true, force: true })
  mkdirSync(join(project, 'versions'), { recursive: true })
  for (const [name, text] of Object.entries(old)) writeFileSync(join(project, 'versions', name), text)
}

/**
 * Returns the files in the version location. If `everything` is false, returns only those that Alembic loads.
 */
function state(everything = false): Record<string, string> {
  const root = join(project, 'versions')
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return Object.fromEntries(
    names
      .filter(
        (name) => statSync(join(root, name)).isFile() && (everything || /(?:^|\/)[^.][^/]*\.py$/.test(name)),
      )
      .map((name) => [name, readFileSync(join(root, name), 'utf8')]),
  )
}

function runKilled(before: number, what = 'apply'): NodeJS.Signals | null {
  const env = { ...process.env, KILL_BEFORE: String(before) }
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', apply, project, what], { env })
  expect(child.signal ?? child.status, String(child.stderr)).toBeOneOf(['SIGKILL', 0])
  return child.signal
}

/** Kills a run before each disk change, until a run completes. Returns the number of disk changes. */
function everyMoment(prepare: () => void, what: string, look: (call: number) => void): number {
  for (let call = 0; ; call += 1) {
    prepare()
    if (runKilled(call, what) === null) return call
    look(call)
  }
}

describe('killed before any file system call', { timeout: 120_000 }, () => {
  test('the old files exist, or a journal exists and the files are part of the edits; undoing restores every byte', () => {
    const seen = new Set<string>()
    const calls = everyMoment(begin, 'apply', (call) => {
      const found = JSON.stringify(state())
      const noted = interruptedWrite(diskTree(project), ['versions']) !== null
      if (!noted) expect([sorted(old), sorted(all)], String(call)).toContain(sorted(state()))
      // A changed file must never reference a revision whose file doesn't exist yet.
      if ('2026/lost.py' in state()) expect(state(), String(call)).toEqual(all)
      seen.add(`${found}${noted}`)
      rollBack(project, ['versions'])
      expect([sorted(old), sorted(all)], String(call)).toContain(sorted(state(true)))
      if (noted) expect(state(true), String(call)).toEqual(old)
    })
    expect(sorted(state(true))).toBe(sorted(all))
    // Five states: nothing written, one file changed, both changed, the new file added, and the journal
    // removed.
    expect(seen.size).toBeGreaterThanOrEqual(5)
    expect(calls).toBeGreaterThan(30)
  })

  test('undoing can be killed too, and continues the next time', () => {
    // Find the last disk change at which killing the process leaves an incomplete write that must be undone.
    let last = everyMoment(begin, 'apply', () => undefined)
    do {
      last -= 1
      begin()
      runKilled(last)
    } while (interruptedWrite(diskTree(project), ['versions']) === null)
    const half = (): void => {
      begin()
      runKilled(last)
    }
    everyMoment(half, 'back', (call) => {
      rollBack(project, ['versions'])
      expect(state(true), String(call)).toEqual(old)
    })
    expect(state(true)).toEqual(old)
  })
})

function sorted(files: Record<string, string>): string {
  return JSON.stringify(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

test('a file changed since then is left unchanged, and reported', { timeout: 60_000 }, () => {
  begin()
  for (let call = 0; sorted(state()) === sorted(old); call += 1) {
    begin()
    runKilled(call)
  }
  writeFileSync(join(project, 'versions', 'b.py'), 'mine\n')
  expect(() => rollBack(project, ['versions'])).toThrow(/b\.py has changed since/)
  expect(state()['b.py']).toBe('mine\n')
})

test('read-only callers are told, and change nothing', async () => {
  begin()
  writeFileSync(join(project, 'versions', '.alembic-guard-journal.json'), '{"files":[],"folders":[]}')
  writeFileSync(join(project, 'env.py'), '')
  writeFileSync(join(project, 'alembic.ini'), '[alembic]\nscript_location = .\n')
  const context = quietContext(project, 'sqlite://')
  const { repository } = await gatherHistory(
    context,
    await readSettings({}, context.env, diskTree(project), ['human']),
  )
  expect(repository.remarks).toContainEqual(
    expect.stringMatching(/interrupted while writing to versions; run "alembic-guard recover" to undo it/),
  )
  expect(Object.keys(state(true))).toContain('.alembic-guard-journal.json')
})

test("a process killed at any moment leaves nothing that can't be undone", { timeout: 60_000 }, async () => {
  for (let round = 0; round < 12; round += 1) {
    begin()
    const child = spawn(process.execPath, ['--input-type=module', '-e', apply, project])
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => setTimeout(resolve, 30 + round * 4))
    child.kill('SIGKILL')
    await ended
    rollBack(project, ['versions'])
    expect([sorted(old), sorted(all)]).toContain(sorted(state(true)))
  }
})
