/** Runs the buildpack as Heroku does, without network access. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migration } from '../support/guard.ts'
import { findPostgres } from '../support/postgres.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'alembic-guard-buildpack-'))
const buildpack = join(home, 'buildpack')
const tools = join(home, 'tools')
const archive = join(home, 'node.tar.gz')
let sha256 = ''

const server = await findPostgres()

beforeAll(() => {
  cpSync(join(root, 'buildpack'), buildpack, { recursive: true })
  execFileSync(process.execPath, ['scripts/bundle.mjs', join(buildpack, 'alembic-guard.mjs')], { cwd: root })
  // During a build, the PATH doesn't include Node.js.
  mkdirSync(tools)
  const wanted =
    'bash sh env find grep sed cat cut dirname uname mkdir rm mv cp chmod curl tar gzip sha256sum sleep printenv'
  for (const name of wanted.split(' ')) {
    const path = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()
    if (path.startsWith('/')) symlinkSync(path, join(tools, name))
  }
  // An archive laid out like an official Node.js release. It contains the Node.js that runs this test.
  const folder = join(home, 'archive/node-v0-linux-x64')
  mkdirSync(join(folder, 'bin'), { recursive: true })
  copyFileSync(process.execPath, join(folder, 'bin/node'))
  writeFileSync(join(folder, 'README.md'), 'not wanted\n')
  execFileSync('sh', [
    '-c',
    `tar -cf - -C '${join(home, 'archive')}' node-v0-linux-x64 | gzip -1 > '${archive}'`,
  ])
  rmSync(join(home, 'archive'), { recursive: true })
  sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex')
}, 120_000)

afterAll(() => rmSync(home, { recursive: true, force: true }))

interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program with only these environment variables, as the buildpack API does. */
function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = home,
): Ran {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env: { PATH: tools, HOME: home, ...env },
    encoding: 'utf8',
    // If standard input were a socket, bash would read the startup files of a remote shell.
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

let count = 0

function app(config: Readonly<Record<string, string>> = {}) {
  count += 1
  const base = join(home, `app-${count}`)
  const [build, cache, env] = ['build', 'cache', 'env'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(join(build, 'migrations/versions'), { recursive: true })
  for (const folder of [cache, env]) mkdirSync(folder)
  writeFileSync(join(build, 'alembic.ini'), '[alembic]\nscript_location = migrations\n')
  writeFileSync(join(build, 'migrations/env.py'), '')
  writeFileSync(join(build, 'migrations/versions/one.py'), migration('one_001', null))
  writeFileSync(join(build, 'Procfile'), 'release: alembic-guard run -- alembic upgrade head\n')
  const given = { ALEMBIC_GUARD_NODE_URL: `file://${archive}`, ALEMBIC_GUARD_NODE_SHA256: sha256, ...config }
  for (const [name, value] of Object.entries(given)) writeFileSync(join(env, name), value)
  const compile = (stack = 'heroku-24'): Ran =>
    run(join(buildpack, 'bin/compile'), [build, cache, env], { STACK: stack, GIT_DIR: '/nonsense' })
  return { base, build, cache, env, compile }
}

/** Returns the relative paths of everything in a folder. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
}

describe('detect', () => {
  test('passes if there is an Alembic project', () => {
    const { build } = app()
    expect(run(join(buildpack, 'bin/detect'), [build])).toEqual({
      status: 0,
      stdout: 'alembic-guard\n',
      stderr: '',
    })
  })

  test.each([
    ['backend/alembic.ini', ''],
    ['server/migrations/env.py', ''],
    ['pyproject.toml', '[tool.alembic]\nscript_location = "x"\n'],
  ])('passes with %s', (path, text) => {
    const folder = mkdtempSync(join(home, 'detect-'))
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
    expect(run(join(buildpack, 'bin/detect'), [folder]).status).toBe(0)
  })

  test('reports what is missing elsewhere, and ignores third-party code', () => {
    const folder = mkdtempSync(join(home, 'detect-'))
    mkdirSync(join(folder, 'node_modules/x'), { recursive: true })
    writeFileSync(join(folder, 'node_modules/x/alembic.ini'), '')
    const { status, stdout, stderr } = run(join(buildpack, 'bin/detect'), [folder])
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain('has no alembic.ini')
  })
})

test('release adds nothing', () => {
  expect(run(join(buildpack, 'bin/release'), [home]).stdout).toBe('--- {}\n')
})

describe('compile', () => {
  test('cold: installs the guard and its own Node.js, and caches the download', () => {
    const { build, cache, compile, env } = app()
    const { status, stdout, stderr } = compile()
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toBe('-----> Installing alembic-guard\n       downloading Node.js\n       version 0.1.0\n')
    expect(filesIn(join(build, '.alembic-guard'))).toEqual([
      'alembic-guard.LICENSES.txt',
      'alembic-guard.mjs',
      'bin',
      'bin/alembic-guard',
      'node',
      'node/bin',
      'node/bin/node',
    ])
    expect(filesIn(cache)).toContain(`alembic-guard/heroku-24/${sha256}.tar.gz`)
    expect(run(join(buildpack, 'bin/report'), [build, cache, env]).stdout).toBe(
      'alembic_guard_version: 0.1.0\nalembic_guard_node: vendored\n',
    )
  })

  test('warm: downloads nothing, even on a second run', () => {
    const { env, compile } = app()
    expect(compile().status).toBe(0)
    writeFileSync(join(env, 'ALEMBIC_GUARD_NODE_URL'), 'file:///nowhere')
    expect(compile()).toMatchObject({
      status: 0,
      stdout: '-----> Installing alembic-guard\n       using Node.js from the cache\n       version 0.1.0\n',
    })
  })

  test("another stack doesn't use this one's cache, and clears it", () => {
    const { cache, compile } = app()
    compile()
    expect(compile('heroku-26').stdout).toContain('downloading Node.js')
    expect(filesIn(cache).filter((name) => name.endsWith('.gz'))).toEqual([
      `alembic-guard/heroku-26/${sha256}.tar.gz`,
    ])
  })

  test('rejects a download with a different checksum', () => {
    const { build, cache, compile } = app({
      ALEMBIC_GUARD_NODE_SHA256: sha256.replace(/./, (one) => (one === '0' ? '1' : '0')),
    })
    const { status, stderr } = compile()
    expect(status).toBe(1)
    expect(stderr).toContain('checksum')
    expect(existsSync(join(build, '.alembic-guard/node'))).toBe(false)
    expect(filesIn(cache).filter((name) => /gz|part/.test(name))).toEqual([])
  })

  test('without a separate checksum, a mirror must provide the pinned Node.js', () => {
    const { env, compile } = app()
    rmSync(join(env, 'ALEMBIC_GUARD_NODE_SHA256'))
    expect(compile()).toMatchObject({ status: 1 })
  })

  test('rejects a cache that was tampered with', () => {
    const { cache, compile } = app()
    compile()
    const cached = join(cache, 'alembic-guard/heroku-24', `${sha256}.tar.gz`)
    writeFileSync(cached, 'something else')
    expect(compile().stdout).toContain('downloading Node.js')
    expect(createHash('sha256').update(readFileSync(cached)).digest('hex')).toBe(sha256)
  })

  test('fails the build with an error message if a download fails', () => {
    const { compile } = app({ ALEMBIC_GUARD_NODE_URL: 'file:///nowhere/node.tar.gz' })
    const { status, stderr } = compile()
    expect(status).toBe(1)
    expect(stderr).toContain(" !     Couldn't download Node.js.")
  })

  test("uses an earlier buildpack's Node.js unless it is too old", () => {
    const { build, compile } = app({ ALEMBIC_GUARD_NODE_URL: 'file:///nowhere' })
    mkdirSync(join(build, '.heroku/node/bin'), { recursive: true })
    const node = join(build, '.heroku/node/bin/node')
    writeFileSync(node, '#!/bin/sh\necho v20.18.3\n')
    chmodSync(node, 0o755)
    expect(compile().status).toBe(1)
    rmSync(node)
    symlinkSync(process.execPath, node)
    expect(compile()).toMatchObject({
      status: 0,
      stdout:
        '-----> Installing alembic-guard\n       using the Node.js of an earlier buildpack\n       version 0.1.0\n',
    })
    expect(existsSync(join(build, '.alembic-guard/node'))).toBe(false)
  })

  test("reports a release line that doesn't start the guard", () => {
    const { build, compile } = app()
    writeFileSync(join(build, 'Procfile'), 'web: alembic-guard\nrelease: alembic upgrade head\n')
    expect(compile().stderr).toContain("doesn't start the guard")
  })
})

describe('on the dyno', () => {
  test('the profile appends one folder to the PATH and does nothing else', () => {
    const { base, build, compile } = app()
    compile()
    const moved = join(base, 'app')
    renameSync(build, moved)
    const look =
      'state() { set; env; pwd; echo "$-"; }; state >"$HOME/b"; . "$HOME/.profile.d/alembic-guard.sh"; state >"$HOME/a"; echo "$PATH"'
    for (const shell of ['sh', 'bash']) {
      const { status, stdout, stderr } = run(join(tools, shell), ['-euc', look], { HOME: moved })
      expect([status, stdout, stderr]).toEqual([0, `${tools}:${moved}/.alembic-guard/bin\n`, ''])
      const lines = (name: string) =>
        readFileSync(join(moved, name), 'utf8')
          .split('\n')
          .filter((line) => !/^(?:_=|BASH_ARG|BASH_LINENO|PIPESTATUS|OPTIND)/.test(line))
      const before = lines('b')
      const different = lines('a').filter((line) => !before.includes(line))
      expect(different.length).toBeGreaterThan(0)
      expect(different.filter((line) => !line.startsWith('PATH='))).toEqual([])
    }
  })

  test.skipIf(server === null)(
    'the guard runs from there with only what was installed, against a real database',
    async () => {
      const { base, build, compile } = app()
      compile()
      const moved = join(base, 'app')
      renameSync(build, moved)
      const database = await server!.createDatabase()
      try {
        const release = (line: string) =>
          run(
            join(tools, 'bash'),
            ['-c', `for f in "$HOME"/.profile.d/*.sh; do . "$f"; done; exec sh -c '${line}'`],
            { HOME: moved, DATABASE_URL: database.url, DYNO: 'release.1234' },
            moved,
          )
        const passed = release('alembic-guard check && echo upgrading')
        expect(passed.stderr).toBe('')
        expect(passed.stdout).toContain('SUCCESS: "alembic upgrade head" would run 1 migration, one_001')
        expect(passed.stdout).toContain('upgrading')
        await database.execute(
          "create table alembic_version (version_num varchar(32) primary key); insert into alembic_version values ('guest_lockout_001')",
        )
        const blocked = release('alembic-guard check && echo upgrading')
        expect(blocked.status).toBe(1)
        expect(blocked.stdout).toContain('[AG201]')
        expect(blocked.stdout).not.toContain('upgrading')
      } finally {
        await database.drop()
      }
    },
  )
})
