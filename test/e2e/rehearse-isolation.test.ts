/** Tests projects that ignore the rehearsal's environment variable. None may change production. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/model/report.ts'
import { type Run, folderWith } from '../support/guard.ts'
import {
  type PostgresServer,
  type TestDatabase,
  findPostgres,
  startOwnPostgres,
} from '../support/postgres.ts'
import { hotel, hotelAtBase, migrationOf, scratchPlace } from '../support/rehearse.ts'
import { alembic, release, startGuard } from '../support/release.ts'

const server = await findPostgres()
const place = scratchPlace()
/** Whether this machine can isolate a command's network. */
const closedMachine = canUnshare()

function canUnshare(): boolean {
  try {
    execFileSync('unshare', [...(process.getuid?.() === 0 ? [] : ['-r']), '-n', '-m', 'true'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

/** Returns an env.py that runs the lines in `head` and then computes its URL with a Python expression. */
function envPy(url: string, head = ''): string {
  return `import os, sys
sys.path.insert(0, os.getcwd())
from alembic import context
from sqlalchemy import create_engine
${head}
with create_engine(${url}).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`
}

const parts = `"postgresql://%s:%s@%s:%s/%s" % (os.environ["DB_USER"], os.environ["DB_PASSWORD"], os.environ["DB_HOST"], os.environ["DB_PORT"], os.environ["DB_NAME"])`

/** Returns a dump without pg_dump's random tokens. */
function dumpOf(url: string): string {
  return execFileSync('pg_dump', ['--no-password', url], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  })
    .split('\n')
    .filter((line) => !/^\\(un)?restrict /.test(line))
    .join('\n')
}

function rehearsalOf({ stdout }: Run): NonNullable<Report['rehearsal']> | null {
  return (JSON.parse(stdout) as Report).rehearsal ?? null
}

describe.skipIf(server === null || alembic === null)('on PostgreSQL', () => {
  const { adminUrl, createDatabase, socketFolder } = server as PostgresServer
  const { hostname, port } = new URL(adminUrl)
  const on = ['--scratch-server', adminUrl]
  let production: TestDatabase
  let before: string

  beforeEach(async () => {
    production = await createDatabase(hotelAtBase)
    before = dumpOf(production.url)
  })
  afterEach(async () => {
    const after = dumpOf(production.url)
    await production.drop()
    expect(after, 'production was changed').toBe(before)
  })

  interface Project {
    readonly files: Readonly<Record<string, string>>
    readonly env?: Readonly<Record<string, string>>
  }

  const withParts = (host: string): Project => ({
    files: { 'migrations/env.py': envPy(parts) },
    env: { DB_HOST: host, DB_PORT: port, DB_USER: 'postgres', DB_PASSWORD: 'x', DB_NAME: production.name },
  })

  const projects: Readonly<Record<string, () => Project>> = {
    'parts, localhost': () => withParts('localhost'),
    'parts, 127.0.0.1': () => withParts('127.0.0.1'),
    'parts, ::1': () => withParts('[::1]'),
    'parts, db': () => withParts('db'),
    'parts whose defaults lead to production': () => ({
      files: {
        'migrations/env.py': envPy(
          `f"postgresql://{os.getenv('APP_LOGIN', 'postgres')}@{os.getenv('APP_PLACE', '127.0.0.1')}:{os.getenv('APP_GATE', '${port}')}/{os.getenv('APP_ROOM', '${production.name}')}"`,
        ),
      },
    }),
    'a socket folder in a variable': () => ({
      files: {
        'migrations/env.py': envPy(
          `f"postgresql://postgres@/${production.name}?host={os.environ['DB_HOST']}&port=${port}"`,
        ),
      },
      env: { DB_HOST: socketFolder ?? '/var/run/postgresql' },
    }),
    'a socket folder in a module': () => ({
      files: {
        'shop/__init__.py': '',
        'shop/config.py': `URL = "postgresql://postgres@/${production.name}?host=${socketFolder ?? '/tmp'}&port=${port}"\n`,
        'migrations/env.py': envPy('URL', 'from shop.config import URL'),
      },
    }),
    'a literal URL in a module': () => ({
      files: {
        'config.py': `URL = "postgresql://postgres@localhost:${port}/" + "${production.name}"\n`,
        'migrations/env.py': envPy('config.URL', 'import config'),
      },
    }),
    'a password from ~/.pgpass': () => ({
      files: {
        '.pgpass': `*:*:*:*:x\n`,
        'migrations/env.py': envPy(`"postgresql://postgres@${hostname}:${port}/" + "${production.name}"`),
      },
    }),
    'a service from ~/.pg_service.conf': () => ({
      files: {
        '.pg_service.conf': `[shop]\nhost=${hostname}\nport=${port}\nuser=postgres\ndbname=${production.name}\n`,
        'migrations/env.py': envPy('"postgresql:///?service=shop"'),
      },
    }),
    'a service from PGSERVICEFILE': () => ({
      files: {
        'service.conf': `[shop]\nhost=${hostname}\nport=${port}\nuser=postgres\ndbname=${production.name}\n`,
        'migrations/env.py': envPy('"postgresql://"'),
      },
      env: { PGSERVICEFILE: 'service.conf', PGSERVICE: 'shop' },
    }),
    'secrets in files': () => ({
      files: {
        secret: 'x',
        host: hostname,
        'migrations/env.py': envPy(
          `"postgresql://postgres:%s@%s:${port}/${production.name}" % (open('secret').read(), open('host').read())`,
        ),
      },
    }),
    'its own ini file': () => ({
      files: {
        'shop.ini': `[db]\nurl = ${production.url}\n`,
        'migrations/env.py': envPy(
          `c.get('db', 'url')`,
          `from configparser import ConfigParser\nc = ConfigParser()\nc.read('shop.ini')`,
        ),
      },
    }),
    'a .env file that overrides the environment': () => ({
      files: {
        '.env': `DB_URL=${production.url}\n`,
        'migrations/env.py': envPy(
          `os.environ['DB_URL']`,
          `for line in open('.env'):\n    os.environ.update([line.strip().split('=', 1)])`,
        ),
      },
    }),
    'settings read by field names': () => ({
      files: {
        'settings.py': `import os
class BaseSettings:
    def __getattribute__(self, name):
        return os.environ.get(name.upper()) or object.__getattribute__(self, name)
class Settings(BaseSettings):
    pg_host: str = '127.0.0.1'
    pg_port: str = '${port}'
    pg_user: str = 'postgres'
    pg_database: str = '${production.name}'
`,
        'migrations/env.py': envPy(
          `"postgresql://{s.pg_user}@{s.pg_host}:{s.pg_port}/{s.pg_database}".format(s=s)`,
          'from settings import Settings\ns = Settings()',
        ),
      },
    }),
    'a computed variable name': () => ({
      files: {
        'migrations/env.py': envPy(
          `"postgresql://postgres@%s:${port}/${production.name}" % os.environ.get('_'.join(['MY', 'PLACE']), 'localhost')`,
        ),
      },
      env: { MY_PLACE: hostname },
    }),
    'another program': () => ({
      files: {
        'migrations/env.py': envPy(
          `os.environ['DATABASE_URL']`,
          `import subprocess\nsubprocess.run(['psql', '-w', '-h', '${hostname}', '-p', '${port}', '-U', 'postgres', '-c', 'CREATE TABLE intruder (id int)', '${production.name}'])`,
        ),
      },
    }),
  }

  /** Projects for which network isolation redirects connections to the scratch database. */
  const plain = [
    'parts, localhost',
    'parts, db',
    'parts whose defaults lead to production',
    'a socket folder in a variable',
    'a literal URL in a module',
    'secrets in files',
    'settings read by field names',
  ]

  test.each(Object.keys(projects))('%s', async (name) => {
    const { files, env = {} } = projects[name]?.() ?? { files: {} }
    const folder = folderWith({ ...hotel, ...files })
    if (existsSync(join(folder, '.pgpass'))) chmodSync(join(folder, '.pgpass'), 0o600)
    const given = { ...place.env, DATABASE_URL: production.url, ...env }
    const run = await release(folder, ['rehearse', ...on, '--format', 'json'], given)
    const rehearsal = rehearsalOf(run)
    if (closedMachine && plain.includes(name)) expect(run.status, run.stdout).toBe(0)
    if (run.status === 0) {
      expect(rehearsal?.phases[0]?.migrations.map(({ revision }) => revision)).toEqual([
        'rooms_002',
        'email_003',
      ])
      expect(rehearsal?.production).toBe('unchanged')
    } else expect(run.status, run.stdout + run.stderr).toBe(3)
    expect(place.left()).toEqual([])
    // Without network isolation, the guard must reject every project.
    const open = await release(folder, ['rehearse', ...on, '--allow-network'], given)
    expect(open.status, open.stdout).toBe(3)
    expect(open.stdout).toMatch(/The command wasn't started: |uses a service/)
    expect(open.stdout).not.toContain("didn't change")
  })

  test("rows written to production in the meantime are reported, but aren't an error", async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/slow_004.py': migrationOf('slow_004', 'email_003', [
        `open('started', 'w').close()`,
        `while not __import__('os').path.exists('go'): __import__('time').sleep(0.05)`,
      ]),
    })
    const running = startGuard(folder, ['rehearse', ...on], { ...place.env, DATABASE_URL: production.url })
    while (!existsSync(join(folder, 'started'))) await new Promise((resolve) => setTimeout(resolve, 20))
    await production.execute('UPDATE guests SET name = name; SELECT pg_stat_force_next_flush()')
    writeFileSync(join(folder, 'go'), '')
    const { stdout, status } = await running.ended
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      "rows in public.guests changed in the real database during the rehearsal, but the command couldn't reach that database",
    )
    expect(status).toBe(0)
  })

  test('a change to production in the meantime is an error, whoever made it', async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/slow_004.py': migrationOf('slow_004', 'email_003', [
        `open('started', 'w').close()`,
        `while not __import__('os').path.exists('go'): __import__('time').sleep(0.05)`,
      ]),
    })
    const running = startGuard(folder, ['rehearse', ...on], { ...place.env, DATABASE_URL: production.url })
    while (!existsSync(join(folder, 'started'))) await new Promise((resolve) => setTimeout(resolve, 20))
    await production.execute('CREATE TABLE intruder (id int)')
    writeFileSync(join(folder, 'go'), '')
    const { stdout, status } = await running.ended
    await production.execute('DROP TABLE intruder')
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'The real database changed during the rehearsal: column and table.',
    )
    expect(stdout).not.toContain("didn't change")
    expect(status).toBe(1)
  })

  test('a change is also reported if the rehearsal breaks off, without a claim that nothing changed', async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/slow_004.py': migrationOf('slow_004', 'email_003', [
        `open('started', 'w').close()`,
        `while not __import__('os').path.exists('go'): __import__('time').sleep(0.05)`,
        `print(__import__('os').environ['SIGNING_KEY'])`,
      ]),
    })
    const env = { ...place.env, DATABASE_URL: production.url, SIGNING_KEY: 'abc' }
    const running = startGuard(folder, ['rehearse', ...on], env)
    while (!existsSync(join(folder, 'started'))) await new Promise((resolve) => setTimeout(resolve, 20))
    await production.execute(`UPDATE alembic_version SET version_num = 'rooms_002'`)
    writeFileSync(join(folder, 'go'), '')
    const { stdout, status } = await running.ended
    await production.execute(`UPDATE alembic_version SET version_num = 'base_001'`)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'The real database changed during the rehearsal: version rows.',
    )
    expect(stdout).not.toMatch(/didn't change|[Nn]othing was changed/)
    expect(status).toBe(3)
  })

  test("withheld variables don't count as a failure of the release", async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/env.py': envPy(`os.environ['DATABASE_URL']`, `key = os.environ['SIGNING_KEY']`),
    })
    const env = { ...place.env, DATABASE_URL: production.url, SIGNING_KEY: 'abc' }
    const run = await release(folder, ['rehearse', ...on], env)
    expect(run.stdout).toContain('SIGNING_KEY')
    expect(run.stdout).toContain('--pass-env SIGNING_KEY')
    expect(run.status).toBe(3)
    const passed = await release(folder, ['rehearse', ...on, '--pass-env', 'SIGNING_KEY'], env)
    expect(passed.status).toBe(0)
  })

  test('a failure may depend on a withheld variable with a computed name', async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/slow_004.py': migrationOf('slow_004', 'email_003', [
        'import os',
        `if not os.environ.get('_'.join(reversed(['KEY', 'SIGNING']))): op.execute('DROP TABLE nowhere')`,
      ]),
    })
    const env = { ...place.env, DATABASE_URL: production.url, SIGNING_KEY: 'abc' }
    const run = await release(folder, ['rehearse', ...on, '--format', 'json'], env)
    const report: Report = JSON.parse(run.stdout)
    expect(report.rehearsal?.failure).toMatchObject({
      certain: false,
      doubt: 'migrations/versions/slow_004.py reads environment variables that a rehearsal might not pass on',
    })
  })

  test.runIf(closedMachine)("an unreachable service doesn't count as a failure of the release", async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/env.py': envPy(
        `os.environ['DATABASE_URL']`,
        `import socket\nsocket.create_connection(('127.0.0.1', 6379))`,
      ),
    })
    const run = await release(folder, ['rehearse', ...on], { ...place.env, DATABASE_URL: production.url })
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain('use --allow-network')
    expect(run.status).toBe(3)
  })
})

describe.skipIf(server === null || alembic === null)('without network isolation', () => {
  let own: NonNullable<Awaited<ReturnType<typeof startOwnPostgres>>>
  let production: TestDatabase
  let url: string
  const password = 'swordfish-Zk9'

  beforeAll(async () => {
    const started = await startOwnPostgres({
      hba: ['local all all trust', 'host all all 127.0.0.1/32 scram-sha-256'],
    })
    if (!started) throw new Error('no PostgreSQL')
    own = started
    production = await own.createDatabase(hotelAtBase)
    await production.execute(`CREATE ROLE app LOGIN SUPERUSER PASSWORD '${password}'`)
    url = `postgresql://app:${password}@127.0.0.1:${own.port}/${production.name}`
    return () => own.stop()
  })

  /** Runs the command with an `unshare` that fails as it would in a container. */
  async function rehearse(
    files: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Run> {
    const folder = folderWith({
      ...hotel,
      ...files,
      'bin/unshare': '#!/bin/sh\necho "unshare: Operation not permitted" >&2\nexit 1\n',
    })
    chmodSync(join(folder, 'bin/unshare'), 0o755)
    const before = dumpOf(production.url)
    const run = await release(folder, ['rehearse', '--scratch-server', url], {
      ...place.env,
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      DATABASE_URL: url,
      ...env,
    })
    expect(dumpOf(production.url)).toBe(before)
    expect(place.left()).toEqual([])
    return run
  }

  test('a project with a known connection is rehearsed with credentials that production rejects', async () => {
    const run = await rehearse({})
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain("production rejects the command's credentials")
    expect(run.status).toBe(0)
    const inParts = await rehearse(
      { 'migrations/env.py': envPy(parts) },
      {
        DB_HOST: '127.0.0.1',
        DB_PORT: String(own.port),
        DB_USER: 'app',
        DB_PASSWORD: password,
        DB_NAME: production.name,
      },
    )
    expect(inParts.status, inParts.stdout).toBe(0)
  })

  test.each([
    ['a literal', envPy(`"postgresql://app@localhost/x"`)],
    ['a file', envPy(`open('/run/secrets/url').read()`)],
    ['a computed name', envPy(`os.environ['X' + 'Y']`)],
    ['a host in a string', envPy(`f"postgresql://{os.environ['DB_USER']}@localhost:5432/x"`)],
    ["a package that can't be analyzed", envPy('url()', 'from company_settings import url')],
  ])('nothing is started if the connection is unknown: %s', async (_name, env) => {
    const run = await rehearse({ 'migrations/env.py': `open('ran', 'w').close()\n${env}` })
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain("The command wasn't started: ")
    expect(run.status).toBe(3)
  })

  test('a server that accepts everyone is refused', async () => {
    const run = await rehearse({}, { DATABASE_URL: production.url.replace('/?', `/${production.name}?`) })
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain('accepts users without a password')
    expect(run.status).toBe(3)
  })
})

describe.skipIf(alembic === null)('on SQLite', () => {
  const project = (url: string): Readonly<Record<string, string>> => ({
    ...hotel,
    'migrations/env.py': envPy(url),
  })

  test.each([
    ['relative', `'sqlite:///app.db'`, true],
    ['concatenated', `'sqlite:///' + os.path.join(os.getcwd(), 'app.db')`, true],
    ['from a default', `os.getenv('APP_DATABASE', 'sqlite:///app.db')`, false],
  ])('a literal path, %s, leaves the file unchanged', async (_name, url, refused) => {
    const folder = folderWith(project(url))
    const file = join(folder, 'app.db')
    execFileSync('python3', [
      '-c',
      `import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript("""CREATE TABLE guests (id integer PRIMARY KEY, name varchar(50)); CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY); INSERT INTO alembic_version VALUES ('base_001')"""); c.close()`,
      file,
    ])
    const before = readFileSync(file)
    for (const more of [[], ['--allow-network']]) {
      const run = await release(folder, ['rehearse', ...more], {
        ...place.env,
        DATABASE_URL: 'sqlite:///app.db',
      })
      expect(readFileSync(file).equals(before)).toBe(true)
      expect(run.status, run.stdout + run.stderr).toBe(refused ? 3 : 0)
      expect(run.stdout).not.toContain("didn't change")
    }
    expect(existsSync(`${file}-journal`)).toBe(false)
    expect(place.left()).toEqual([])
  })
})
