/** Kills `placeholder --write` before each disk change. The old files must be restored soon after. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { cli, folderWith, guard, migration } from '../support/guard.ts'
import Sqlite from 'better-sqlite3'

/** Executes `ACT` before the guard's nth change to the disk. Ignores the watchdog's changes. */
const preload = `
  import fs from 'node:fs'
  import { syncBuiltinESMExports } from 'node:module'
  let left = Number(process.env.BEFORE ?? Infinity)
  const changes = []
  const seen = (when, name) => {
    if (!when) return
    changes.push(name)
    if (left-- !== 0) return
    process.kill(process.pid, process.env.ACT)
    if (process.env.ACT === 'SIGKILL') for (;;);
  }
  for (const name of ['linkSync', 'renameSync', 'rmSync', 'writeSync', 'mkdirSync', 'rmdirSync']) {
    const real = fs[name]
    fs[name] = (...given) => { seen(String(given[0]).includes('/versions/') || given[0] === made, name); return real(...given) }
  }
  const open = fs.openSync
  let made = -1
  fs.openSync = (...given) => {
    if (given[1] !== 'wx') return open(...given)
    seen(true, 'openSync')
    return (made = open(...given))
  }
  const note = process.env.HOME + '/guardian'
  const list = process.env.HOME + '/changes'
  if (process.argv[2] === 'scratch-guardian') process.on('exit', () => fs.writeFileSync(note, 'gone'))
  else process.on('exit', () => fs.writeFileSync(list, JSON.stringify(changes)))
  syncBuiltinESMExports()`

let folder: string

beforeEach(() => {
  folder = folderWith({
    'alembic.ini': '[alembic]\nscript_location = .\n',
    'env.py': '',
    'preload.mjs': preload,
    'versions/aaaa.py': migration('aaaa', null),
    'versions/bbbb.py': migration('bbbb', 'aaaa'),
    'versions/cccc.py': migration('cccc', 'bbbb'),
  })
  const file = new Sqlite(join(folder, 'app.db'))
  file.exec(`CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
    INSERT INTO alembic_version VALUES ('lost1'); CREATE TABLE aaaa (id INTEGER); CREATE TABLE bbbb (id INTEGER)`)
  file.close()
})

/**
 * The changes made to the disk when one file is added and another is changed. Renaming the journal commits them.
 */
const changesOfAWrite: readonly string[] = [
  'openSync',
  'writeSync',
  'openSync',
  'writeSync',
  'openSync',
  'writeSync',
  'linkSync',
  'renameSync',
  'linkSync',
  'renameSync',
  'rmSync',
  'rmSync',
  'rmSync',
  'rmSync',
  'rmSync',
]

const words = ['placeholder', '--after', 'bbbb', '--write']
const url = { DATABASE_URL: 'sqlite:///app.db' }

/** Returns the contents of all files in the version location. */
function files(): Record<string, string> {
  const root = join(folder, 'versions')
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    names.map((name) => {
      const path = join(root, name)
      return [name, statSync(path).isFile() ? readFileSync(path, 'latin1') : 'folder']
    }),
  )
}

function start(before: number, act: string): { child: ChildProcess; ended: Promise<unknown> } {
  writeFileSync(join(folder, 'guardian'), '')
  const child = spawn(process.execPath, ['--import', join(folder, 'preload.mjs'), cli, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, BEFORE: String(before), ACT: act, ...url },
    stdio: 'ignore',
  })
  return { child, ended: new Promise((resolve) => child.once('exit', resolve)) }
}

/** Waits until the watchdog reports its exit. Checking its process id isn't enough, because a zombie keeps the id. */
async function guardianGone(): Promise<void> {
  for (let look = 0; look < 1000; look += 1) {
    if (readFileSync(join(folder, 'guardian'), 'utf8') === 'gone') return
    await pause(10)
  }
  throw new Error('the guardian is still there')
}

function putBack(old: Record<string, string>): void {
  rmSync(join(folder, 'versions'), { recursive: true })
  mkdirSync(join(folder, 'versions'))
  for (const [name, text] of Object.entries(old))
    writeFileSync(join(folder, 'versions', name), text, 'latin1')
}

/** Omits the new file's creation date. */
function withoutTime(all: Record<string, string>): string {
  return JSON.stringify(all).replaceAll(/Create Date: [^\\]*/g, '')
}

describe('placeholder --write', { timeout: 120_000 }, () => {
  test('killed before any disk write, it has changed nothing or everything once its watchdog exits', async () => {
    const old = files()
    await start(Infinity, 'SIGKILL').ended
    await guardianGone()
    const whole = withoutTime(files())
    putBack(old)
    const changes: readonly string[] = JSON.parse(readFileSync(join(folder, 'changes'), 'utf8'))
    expect(changes).toEqual(changesOfAWrite)
    for (const [before, change] of changes.entries()) {
      const { child, ended } = start(before, 'SIGKILL')
      await ended
      expect(child.signalCode, `before change ${before}, ${change}`).toBe('SIGKILL')
      await guardianGone()
      // After the journal is renamed, the write is complete.
      if (before > changes.lastIndexOf('renameSync')) expect(withoutTime(files())).toBe(whole)
      else expect(files(), `killed before change ${before}, ${change}`).toEqual(old)
      putBack(old)
    }
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'])('%s during a write: it finishes', async (signal) => {
    const old = files()
    const { child, ended } = start(10, signal)
    await ended
    await guardianGone()
    expect(child.exitCode).toBe(0)
    expect(Object.keys(files())).toEqual([...Object.keys(old), 'lost1_placeholder.py'].toSorted())
    expect(guard(folder, ['check'], url).status).toBe(0)
  })

  test.each([['check'], ['preflight'], ['run', '--', 'true']])(
    "while its journal exists, %s can't check",
    (...command) => {
      writeFileSync(join(folder, 'versions', '.alembic-guard-journal.json'), '{"files":[],"folders":[]}')
      const { status, stdout } = guard(folder, command, url)
      expect([status, stdout]).toEqual([
        3,
        expect.stringContaining('was interrupted while writing to versions'),
      ])
    },
  )
})
