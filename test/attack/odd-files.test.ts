/**
 * Replaces the guard's input files with pipes, devices, sockets and huge files. Every command must still finish in
 * time.
 */
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { cli, folderWith, madeBy, threeMigrations } from '../support/guard.ts'
import { attacksOn } from './attack.ts'
import Sqlite from 'better-sqlite3'

const attack = attacksOn('odd-files')

interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** Runs the command. Sends SIGTERM after 15 seconds, and SIGKILL 3 seconds later. */
async function ask(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      DATABASE_URL: 'sqlite:///app.db',
      GIT_CONFIG_NOSYSTEM: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const timers = [
    setTimeout(() => child.kill('SIGTERM'), 15_000),
    setTimeout(() => child.kill('SIGKILL'), 18_000),
  ]
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (code, by) => resolve([code, by])),
  )
  for (const timer of timers) clearTimeout(timer)
  return { status, signal, output }
}

/** Creates files that aren't regular files. */
const kinds: Readonly<Record<string, (path: string) => void>> = {
  'a pipe': (path) => void execFileSync('mkfifo', [path]),
  '/dev/zero': (path) => symlinkSync('/dev/zero', path),
  '/dev/random': (path) => symlinkSync('/dev/urandom', path),
  'a terminal': (path) => symlinkSync('/dev/ptmx', path),
  'kernel messages': (path) => symlinkSync('/proc/kmsg', path),
  '8 GiB': (path) => {
    const file = openSync(path, 'w')
    ftruncateSync(file, 8 * 1024 ** 3)
    closeSync(file)
  },
  'a folder': (path) => mkdirSync(path),
  'a symlink to itself': (path) => symlinkSync(path, path),
}

/** Returns the kinds of files to try: the two most dangerous kinds and one other. */
function kindsFor(index: number): readonly (readonly [string, (path: string) => void])[] {
  const [pipe, zero, ...others] = Object.entries(kinds)
  return [pipe, zero, others[index % others.length]].filter((one) => one !== undefined)
}

/** Creates a git repository with a database at `add_email_002`. */
function project(): string {
  const folder = folderWith(threeMigrations)
  const database = new Sqlite(join(folder, 'app.db'))
  database.exec(`CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
    INSERT INTO alembic_version VALUES ('add_email_002'); ${madeBy(2)}`)
  database.close()
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ann Ode',
    GIT_AUTHOR_EMAIL: 'ann@example.org',
    GIT_COMMITTER_NAME: 'Ann Ode',
    GIT_COMMITTER_EMAIL: 'ann@example.org',
  }
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', 'migrations', 'alembic.ini'],
    ['commit', '-q', '-m', 'Begin'],
  ])
    execFileSync('git', args, { cwd: folder, env })
  return folder
}

/** Paths that the guard reads, each with a command that reads it. */
const places: readonly (readonly [path: string, ...command: string[]])[] = [
  ['.dockerignore', 'explain', 'add_email_002'],
  ['.slugignore', 'explain', 'add_email_002'],
  ['migrations/.dockerignore', 'explain', 'add_email_002'],
  ['alembic.ini', 'check'],
  ['pyproject.toml', 'check'],
  ['setup.cfg', 'check'],
  ['migrations/env.py', 'check'],
  ['migrations/versions/add_email_002.py', 'check'],
  ['migrations/versions/add_email_002.py', 'lint', '--all'],
  ['migrations/script.py.mako', 'placeholder'],
  ['migrations/revisions.alembic-guard', 'explain', 'add_email_002'],
  ['Procfile', 'preflight'],
  ['heroku.yml', 'preflight'],
  ['app.json', 'preflight'],
  ['.env', 'check'],
  ['requirements.txt', 'preflight'],
  ['requirements.txt', 'check'],
  ['poetry.lock', 'preflight'],
  ['uv.lock', 'check'],
  ['Pipfile.lock', 'preflight'],
  ['Procfile', 'init'],
  ['package.json', 'init'],
  ['.github/workflows/ci.yml', 'init'],
  ['models.py', 'lint', '--all'],
  ['shard.json', 'report', 'merge', 'shard.json'],
  ['databases.txt', 'check', '--databases', 'databases.txt'],
  ['app.db', 'check'],
  ['app.db-journal', 'check'],
  ['app.db-wal', 'check'],
  ['migrations/versions/.alembic-guard-journal.json', 'check'],
  ['migrations/versions/.alembic-guard-journal.json', 'recover'],
  ['migrations/versions/.alembic-guard-journal.json', 'lint', '--all', '--fix'],
  ['.alembic-guard-journal.json', 'init', '--write'],
]

attack(
  'a repository file replaced by another type of file',
  async ({ another }) => {
    const folder = project()
    const originals = folderWith({})
    let first = true
    for (const [index, [path, ...command]] of places.entries()) {
      for (const [kind, put] of kindsFor(index)) {
        if (!first) another()
        first = false
        const at = join(folder, path)
        mkdirSync(dirname(at), { recursive: true })
        execFileSync('sh', [
          '-c',
          `[ ! -e "$1" ] || cp "$1" "$2"; rm -f "$1"`,
          'sh',
          at,
          join(originals, 'kept'),
        ])
        put(at)
        const { status, signal, output } = await ask(folder, command)
        const what = `${path} is ${kind}: ${output}`
        expect(signal, what).toBeNull()
        expect(status, what).toBeOneOf([0, 1, 2, 3])
        expect(output, what).not.toMatch(/\n\s+at .*:\d+:\d+/)
        rmSync(at, { recursive: true, force: true })
        execFileSync('sh', ['-c', `[ ! -e "$2" ] || mv "$2" "$1"`, 'sh', at, join(originals, 'kept')])
      }
    }
  },
  900_000,
)

attack(
  'a connection file replaced by another type of file',
  async ({ another }) => {
    const url = 'postgresql://nobody@127.0.0.1:1/none'
    let first = true
    for (const [kind, put] of Object.entries(kinds)) {
      const folder = folderWith(threeMigrations)
      put(join(folder, 'odd'))
      const odd = join(folder, 'odd')
      for (const env of [
        { DATABASE_URL: url, PGPASSFILE: odd },
        { DATABASE_URL: `${url}?passfile=${odd}` },
        { DATABASE_URL: `${url}?sslmode=verify-ca&sslrootcert=${odd}` },
        { DATABASE_URL: `${url}?sslmode=require&sslcert=${odd}&sslkey=${odd}` },
        { DATABASE_URL: url, PGSERVICE: 'prod', PGSERVICEFILE: odd },
      ]) {
        if (!first) another()
        first = false
        const { status, signal, output } = await ask(folder, ['check', '--timeout', '5'], env)
        expect([signal, status], `${JSON.stringify(env)} is ${kind}: ${output}`).toEqual([null, 3])
        expect(output).not.toMatch(/\n\s+at .*:\d+:\d+/)
      }
    }
  },
  300_000,
)
