/**
 * Runs `preflight` on projects with faulty files. If it predicts that Alembic will fail, Alembic must
 * actually fail.
 */
import { spawnSync } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { folderWith, guard, threeMigrations } from '../support/guard.ts'
import { findPostgres } from '../support/postgres.ts'
import { alembic } from '../support/release.ts'

const server = await findPostgres()

const pinned = { 'requirements.txt': 'alembic==1.8.1\nSQLAlchemy==1.4.46\npsycopg2==2.9.5\n' }

async function freshUrl(): Promise<string> {
  if (!server) throw new Error('no PostgreSQL server')
  const database = await server.createDatabase()
  onTestFinished(() => database.drop())
  return database.url
}

function codesOf(text: string): readonly string[] {
  return [...text.matchAll(/\[(AG\d+)\]/g)].map((match) => match[1] ?? '')
}

describe.skipIf(!server || !alembic)('preflight', () => {
  test('blocks a postgres:// URL that env.py passes to SQLAlchemy 1.4, where Alembic would fail', async () => {
    const url = await freshUrl()
    const folder = folderWith({ ...threeMigrations, ...pinned })
    const env = { DATABASE_URL: url.replace(/^postgresql:/, 'postgres:') }
    const blocked = guard(folder, ['preflight'], env)
    expect([blocked.status, codesOf(blocked.stdout)]).toEqual([1, ['AG505']])
    const checked = guard(folder, ['check'], env)
    expect([checked.status, codesOf(checked.stdout)]).toEqual([1, ['AG505']])
    expect(checked.stdout).not.toContain('SUCCESS')
    const real = spawnSync('alembic', ['upgrade', 'head'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      encoding: 'utf8',
    })
    expect(real.status).not.toBe(0)
    expect(real.stderr).toContain("NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres")
    const plain = guard(folder, ['preflight'], { DATABASE_URL: url })
    expect([plain.status, codesOf(plain.stdout)]).toEqual([0, []])
  })

  test('warns about a release line, and blocks it under --strict', async () => {
    const env = { DATABASE_URL: await freshUrl() }
    const folder = folderWith({
      ...threeMigrations,
      Procfile:
        'web: gunicorn app\nrelease: python seed.py\nrelease: alembic stamp head; flask db migrate; alembic upgrade head || true\n',
    })
    const warned = guard(folder, ['preflight'], env)
    expect([warned.status, codesOf(warned.stdout)]).toEqual([
      0,
      ['AG501', 'AG502', 'AG503', 'AG504', 'AG508'],
    ])
    expect(warned.stdout).toContain('Procfile:3:10')
    for (const line of warned.stdout.split('\n')) expect(line).toMatch(/^[ -~]{0,80}$/)
    expect(guard(folder, ['preflight', '--strict'], env).status).toBe(1)
    // `check` is part of the release command, so it doesn't report problems with that command.
    expect(codesOf(guard(folder, ['check'], env).stdout)).toEqual([])
  })

  test.each([
    ['[{ "url": "heroku/python" }]', ['AG508']],
    // These buildpacks install only the app's dependencies, not the guard.
    ['[{ "url": "heroku/nodejs" }, { "url": "heroku/python" }]', ['AG508']],
    ['[{ "url": "https://example.com/guard.tgz" }, { "url": "heroku/python" }]', []],
    ['[]', []],
  ])('checks an app.json with the buildpacks %s', async (buildpacks, codes) => {
    const folder = folderWith({
      ...threeMigrations,
      Procfile: 'release: alembic-guard run -- alembic upgrade head\n',
      'app.json': `{ "buildpacks": ${buildpacks} }`,
    })
    const { stdout } = guard(folder, ['preflight'], { DATABASE_URL: await freshUrl() })
    expect(codesOf(stdout)).toEqual(codes)
  })

  const python = '{ "buildpacks": [{ "url": "heroku/python" }] }'
  const both = '{ "buildpacks": [{ "url": "heroku/nodejs" }, { "url": "heroku/python" }] }'
  const wrongOrder = '{ "buildpacks": [{ "url": "heroku/python" }, { "url": "heroku/nodejs" }] }'
  const guardIn = (group: string): string => `{ "${group}": { "alembic-guard": "1" } }`
  test.each<[string, Readonly<Record<string, string>>, string | null]>([
    ['requirements.txt', { 'requirements.txt': 'alembic-guard==1\n', 'app.json': python }, null],
    [
      'an included file',
      { 'requirements.txt': '-r base.txt\n', 'base.txt': 'alembic_guard\n', 'app.json': python },
      null,
    ],
    [
      'uv.lock',
      { 'uv.lock': '[[package]]\nname = "alembic-guard"\nversion = "1"\n', 'app.json': python },
      null,
    ],
    ['dependencies', { 'package.json': guardIn('dependencies') }, null],
    [
      'dependencies without Node.js',
      { 'package.json': guardIn('dependencies'), 'app.json': python },
      'Node.js',
    ],
    [
      'devDependencies',
      { 'package.json': guardIn('devDependencies') },
      'package.json lists it only in devDependencies',
    ],
    [
      'requirements-dev.txt',
      { 'requirements-dev.txt': 'alembic-guard\n' },
      'requirements-dev.txt lists it only',
    ],
    [
      'both requirements',
      { 'requirements-dev.txt': '-r requirements.txt\n', 'requirements.txt': 'alembic-guard\n' },
      null,
    ],
    ['no file', {}, null],
    [
      'package.json, which lacks it',
      { 'package.json': '{}', 'app.json': both },
      "package.json doesn't list it",
    ],
    [
      'none of the installed files',
      { 'app.json': both },
      "it isn't listed in any dependency file used by the buildpacks in app.json",
    ],
    [
      'pyproject.toml, in an unrecognized form',
      { 'pyproject.toml': '# alembic-guard\n', 'app.json': both },
      null,
    ],
    [
      'dependencies, in the wrong order',
      { 'package.json': guardIn('dependencies'), 'app.json': wrongOrder },
      'app.json lists the Node.js buildpack after the Python buildpack',
    ],
    ['dependencies, in the right order', { 'package.json': guardIn('dependencies'), 'app.json': both }, null],
  ])('finds the guard installed by %s', async (_, files, said) => {
    const folder = folderWith({
      ...threeMigrations,
      Procfile: 'release: alembic-guard run -- alembic upgrade head\n',
      ...files,
    })
    const { stdout } = guard(folder, ['preflight'], { DATABASE_URL: await freshUrl() })
    expect(codesOf(stdout)).toEqual(said === null ? [] : ['AG508'])
    if (said !== null) expect(stdout.replace(/\s+/g, ' ')).toContain(said)
  })

  test('prints no command argument, which might be a secret', async () => {
    const env = { DATABASE_URL: await freshUrl() }
    const secret = 'hunter2-Zk9'
    const folder = folderWith({
      ...threeMigrations,
      Procfile: `release: KEY=${secret} a\nrelease: alembic -x key=${secret} stamp head; flask db migrate -m ${secret}\n`,
    })
    for (const format of ['human', 'json']) {
      const { stdout } = guard(folder, ['preflight', '--format', format], env)
      expect(stdout).toContain('AG502')
      expect(stdout).not.toContain(secret)
    }
  })

  test("reports nothing for a release that is correct, or that it doesn't understand", async () => {
    const env = { DATABASE_URL: await freshUrl() }
    for (const line of ['alembic-guard run -- alembic upgrade head', './release.sh', 'if a; then b; fi']) {
      const folder = folderWith({ ...threeMigrations, Procfile: `release: ${line}\n` })
      const { status, stdout } = guard(folder, ['preflight'], env)
      expect([line, status, codesOf(stdout)]).toEqual([line, 0, []])
    }
  })
})
