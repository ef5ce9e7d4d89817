/** Releases the example application in a small container. The rehearsal must find what static checks miss. */
import { execFileSync, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/model/report.ts'
import { type Run, folderWith } from '../support/guard.ts'
import { type MemoryLimit, limitMemory } from '../support/memory-limit.ts'
import { type PostgresServer, type TestDatabase, findPostgres, missing } from '../support/postgres.ts'
import { migrationOf, scratchPlace } from '../support/rehearse.ts'
import { type Running, alembic, cli, start } from '../support/release.ts'

const server = await findPostgres()
const place = scratchPlace()
const example = fileURLToPath(new URL('../../example', import.meta.url))
const servers = '/usr/lib/postgresql'

/** Hiding programs and limiting memory require root. */
const isRoot = process.getuid?.() === 0
const container =
  isRoot && spawnSync('unshare', ['-m', 'true']).status === 0
    ? true
    : (missing('container', 'unshare needs root here') ?? false)

const tools = mkdtempSync(join(tmpdir(), 'tools-'))
afterAll(() => rmSync(tools, { recursive: true, force: true }))

/** Creates a replacement for PostgreSQL's installation folder, with pg_dump but no server. */
function clientOnly(): string {
  const folder = join(tools, 'postgresql')
  for (const version of readdirSync(servers)) {
    mkdirSync(join(folder, version, 'bin'), { recursive: true })
    try {
      cpSync(join(servers, version, 'bin/pg_dump'), join(folder, version, 'bin/pg_dump'))
    } catch {
      // This version doesn't include pg_dump.
    }
  }
  chmodSync(folder, 0o755)
  return folder
}

/** Returns a cgroup with this memory limit; null if none can be created. */
function limitOf(megabytes: number): MemoryLimit | null {
  try {
    return limitMemory(megabytes)
  } catch {
    return missing('memory limit', 'no cgroup can be made')
  }
}

/** A rehearsal can take 20 seconds on a busy machine. */
const slow = { timeout: 150_000 }

describe.skipIf(server === null || alembic === null || !container)('the example application', slow, () => {
  const { createDatabase } = server as PostgresServer
  let production: TestDatabase

  beforeEach(async () => {
    production = await createDatabase(`CREATE TABLE rooms (id serial PRIMARY KEY, name varchar(80) NOT NULL);
      INSERT INTO rooms (name) VALUES ('Blue'), ('Blue');
      CREATE TABLE alembic_version (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY);
      INSERT INTO alembic_version VALUES ('rooms_001');`)
  })
  afterEach(async () => {
    await production.drop()
    expect(place.left()).toEqual([])
  })

  function dump(): string {
    return execFileSync('pg_dump', ['--no-password', production.url], { encoding: 'utf8' }).replaceAll(
      /^\\(un)?restrict .*$/gm,
      '',
    )
  }

  /** Starts a release with one additional migration, in a container with this memory limit. */
  function startRelease(
    lines: readonly string[],
    options: readonly string[] = [],
    limit: { readonly procs: string } | null = null,
    more: Readonly<Record<string, string>> = {},
    given: { readonly command?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
  ): Running {
    const folder = folderWith({
      ...more,
      'migrations/versions/late_003.py': migrationOf('late_003', 'guests_002', lines),
    })
    cpSync(example, folder, { recursive: true })
    const hide = `mount --bind ${clientOnly()} ${servers} && exec "$@"`
    const enter = limit === null ? hide : `echo $$ > ${limit.procs} && ${hide}`
    const { command = ['run', '--format', 'json', ...options, '--', 'alembic', 'upgrade', 'head'] } = given
    const argv = ['unshare', '-m', 'sh', '-c', enter, 'sh', process.execPath, cli, ...command]
    return start(folder, argv, { ...place.env, DATABASE_URL: production.url, ...given.env })
  }

  /** Like `startRelease`, but waits until the release ends. */
  async function release(...given: Parameters<typeof startRelease>): Promise<Run> {
    return startRelease(...given).ended
  }

  function reportOf({ stdout, stderr }: Run): Report {
    const end = stdout.indexOf('\n}\n')
    try {
      return JSON.parse(stdout.slice(0, end + 3)) as Report
    } catch {
      throw new Error(`no report in ${stdout}${stderr}`)
    }
  }

  /** A helper that adds a column to every table in the catalog. */
  const helper = {
    'shop/__init__.py': '',
    'shop/columns.py': `import sqlalchemy as sa

def stamp_all(bind, column):
    tables = bind.execute(sa.text("SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"))
    for (table,) in tables.fetchall():
        bind.execute(sa.text(f'ALTER TABLE "{table}" ADD COLUMN {column}'))
`,
  }
  const calls = (column: string): readonly string[] => [
    `import sys, os; sys.path.insert(0, os.getcwd())`,
    `from shop.columns import stamp_all`,
    `stamp_all(op.get_bind(), '${column}')`,
  ]

  test.each([512, 1024])(
    'with %i MB, a failing migration is blocked and production is unchanged',
    async (megabytes) => {
      const limit = limitOf(megabytes)
      const before = dump()
      const run = await release(calls('name text'), [], limit, helper)
      expect(run.status, run.stdout + run.stderr).toBe(1)
      const { verdict, rehearsal, findings } = reportOf(run)
      // The report must show a predicted failure with remedies.
      expect(findings).toMatchObject([{ code: 'AG301', severity: 'error', revisions: ['late_003'] }])
      expect(findings[0]?.remedies.length).toBeGreaterThan(0)
      expect(verdict).toBe('blocked')
      expect(rehearsal).toMatchObject({
        production: 'unchanged',
        scratch: { where: 'embedded', schema: 'pg_dump' },
        failure: {
          certain: true,
          revision: 'late_003',
          sqlstate: '42701',
          location: { path: 'migrations/versions/late_003.py' },
        },
      })
      expect(rehearsal?.failure?.statement).toContain('ADD COLUMN name text')
      expect(dump()).toBe(before)
      if (limit) {
        expect(limit.peak() ?? 0).toBeLessThan(megabytes)
        limit.end()
      }
    },
  )

  test('a working one passes, with a note that it was rehearsed', async () => {
    const limit = limitOf(512)
    const run = await release(calls('note text'), [], limit, helper)
    limit?.end()
    expect(run.status, run.stdout + run.stderr).toBe(0)
    expect(reportOf(run).rehearsal).toMatchObject({ outcome: 'succeeds', production: 'unchanged' })
    expect(await production.execute('SELECT version_num FROM alembic_version')).toEqual([
      { version_num: 'late_003' },
    ])
  })

  /** Executes SQL that static analysis can't read. */
  const hidden = (sql: string): string =>
    `op.execute(__import__('codecs').decode(b'${Buffer.from(sql).toString('hex')}', 'hex').decode())`

  test('rows that break what the rehearsal saw are found in production', async () => {
    const before = dump()
    const run = await release([hidden('CREATE UNIQUE INDEX one_name ON rooms (name)')])
    expect(run.status, run.stdout + run.stderr).toBe(1)
    const { verdict, rehearsal, findings } = reportOf(run)
    expect(verdict).toBe('blocked')
    expect(rehearsal).toMatchObject({ outcome: 'succeeds', failure: null })
    expect(findings).toMatchObject([{ code: 'AG306', revisions: ['late_003'] }])
    expect(dump()).toBe(before)
    await production.execute(`UPDATE rooms SET name = name || id`)
    const sound = await release([hidden('CREATE UNIQUE INDEX one_name ON rooms (name)')])
    expect(sound.status, sound.stdout + sound.stderr).toBe(0)
  })

  test('--cycle says whether the release can be taken back, and never blocks', async () => {
    const run = await release([...calls('note text')], ['--rehearse', 'auto', '--cycle'], null, helper)
    expect(run.status, run.stdout + run.stderr).toBe(0)
    expect(reportOf(run).rehearsal).toMatchObject({
      outcome: 'succeeds',
      wayBack: { command: 'alembic downgrade rooms_001' },
    })
    // The first downgrade keeps the columns, so the second upgrade fails.
    expect(reportOf(run).rehearsal?.wayBack?.reason).toContain('already exists')
  })

  test("a failure caused by missing rows doesn't block", async () => {
    const run = await release([
      `bind = op.get_bind()`,
      `(first,) = bind.execute(sa.text('SELECT min(id) FROM rooms')).one()`,
      `op.execute('ALTER TABLE rooms ADD COLUMN first_%d integer' % first)`,
      `op.execute('ALTER TABLE rooms DROP COLUMN first_1')`,
    ])
    expect(run.status, run.stdout + run.stderr).toBe(0)
    expect((run.stdout + run.stderr).replace(/\s+/g, ' ')).toContain(
      'but the upgrade may succeed in production: the command read data from rooms',
    )
  })

  test('with too little memory nothing is rehearsed, and "always" doesn\'t pass', async () => {
    const limit = limitOf(200)
    if (limit === null) return
    const always = await release(calls('note text'), ['--rehearse', 'always'], limit, helper)
    expect(always.status).toBe(3)
    expect(always.stdout + always.stderr).toContain('the embedded PostgreSQL needs')
    const auto = await release(calls('note text'), [], limit, helper)
    expect(auto.stdout + auto.stderr).toContain('not rehearsed: the embedded PostgreSQL needs')
    expect(auto.status).toBe(0)
    limit.end()
  })

  test('"never" rehearses nothing', async () => {
    const run = await release(calls('note text'), ['--rehearse', 'never'], null, helper)
    expect(run.status).toBe(0)
    expect(reportOf(run).rehearsal).toBeUndefined()
  })

  test('by default, nothing is rehearsed if every operation was understood or nothing is pending', async () => {
    for (const pending of [2, 0]) {
      const run = await release([`op.add_column('rooms', sa.Column('note', sa.Text()))`])
      expect(run.status, run.stdout + run.stderr).toBe(0)
      const { prediction, rehearsal } = reportOf(run)
      expect(prediction?.steps.length).toBe(pending)
      expect(rehearsal).toBeUndefined()
      expect(run.stdout + run.stderr).not.toContain('rehears')
    }
  })

  /** A command with unknown effects must not run twice. */
  test('by default, a script is not rehearsed', async () => {
    const script = { 'release.sh': 'exec alembic upgrade head\n' }
    const command = ['run', '--format', 'json', '--', 'sh', 'release.sh']
    const run = await release(calls('note text'), [], null, { ...helper, ...script }, { command })
    expect(run.status, run.stdout + run.stderr).toBe(0)
    expect(reportOf(run).rehearsal).toBeUndefined()
    expect(run.stderr).not.toContain('rehears')
  })

  test('an extension that the embedded server lacks is a note', async () => {
    await production.execute('CREATE EXTENSION postgres_fdw')
    const run = await release(calls('note text'), [], null, helper)
    expect(run.status, run.stdout + run.stderr).toBe(0)
    expect(textOf(run)).toContain('not rehearsed: The scratch server rejects part of production')
    expect(textOf(run)).toContain('postgres_fdw')
    expect(reportOf(run).rehearsal).toBeUndefined()
  })

  /** Runs a Python statement, but only on the copy, which has no rows. Fails if the server has stopped. */
  const onlyOnCopy = (line: string): readonly string[] => [
    `import subprocess`,
    `bind = op.get_bind()`,
    `if bind.execute(sa.text('SELECT count(*) FROM rooms')).scalar() == 0:`,
    `    ${line}`,
    `bind.execute(sa.text('ALTER TABLE rooms ADD COLUMN late text'))`,
  ]

  test(
    'a rehearsal that takes too long is stopped, and the release goes on',
    { timeout: 150_000 },
    async () => {
      const begin = performance.now()
      const run = await release(onlyOnCopy(`subprocess.run(['sleep', '1000'])`))
      expect(run.status, run.stdout + run.stderr).toBe(0)
      expect(textOf(run)).toContain('the rehearsal was stopped after 60 s')
      expect((performance.now() - begin) / 1000).toBeLessThan(120)
    },
  )

  test('if the embedded server is killed, the release goes on', async () => {
    const seconds = `4${randomInt(1_000_000_000)}`
    const running = startRelease(onlyOnCopy(`subprocess.run(['sleep', '${seconds}'])`))
    const find = (...words: readonly string[]): number[] =>
      spawnSync('pgrep', words, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean).map(Number)
    const asleep = (): number[] => find('-x', '-f', `sleep ${seconds}`)
    await expect.poll(asleep, { timeout: 50_000 }).toHaveLength(1)
    const [sleeping = 0] = asleep()
    const [embedded = 0] = find('-P', String(running.child.pid), '-f', 'embedded-postgresql')
    process.kill(embedded, 'SIGKILL')
    process.kill(sleeping, 'SIGKILL')
    const run = await running.ended
    expect(run.status, run.stdout + run.stderr).toBe(0)
    expect(run.stderr.replace(/\s+/g, ' ')).toContain(
      'not rehearsed: The embedded PostgreSQL exited before the command did',
    )
  })

  test('"preflight --rehearse" needs no PostgreSQL server and no Docker, only pg_dump', async () => {
    const before = dump()
    const PATH = '/usr/bin:/bin'
    const given = {
      command: ['preflight', '--rehearse', 'always', '--format', 'json'],
      env: { PATH, DOCKER_HOST: 'unix:///nonexistent/docker.sock' },
    }
    expect(spawnSync('/bin/sh', ['-c', 'command -v postgres initdb'], { env: { PATH } }).status).not.toBe(0)
    const good = await release(calls('note text'), [], null, helper, given)
    expect(good.status, good.stdout + good.stderr).toBe(0)
    const scratch = { where: 'embedded', schema: 'pg_dump' }
    expect(reportOf(good).rehearsal).toMatchObject({ outcome: 'succeeds', production: 'unchanged', scratch })
    const bad = await release(calls('name text'), [], null, helper, given)
    expect(bad.status, bad.stdout + bad.stderr).toBe(1)
    expect(reportOf(bad)).toMatchObject({ verdict: 'blocked', rehearsal: { failure: { certain: true } } })
    expect(dump()).toBe(before)
  })

  describe('if the embedded server is not installed', () => {
    const copy = join(tools, 'dist')
    const chunks = join(copy, 'chunks')
    const loaded = (name: string): boolean => name.startsWith('before-release')

    beforeEach(() => {
      cpSync(join(cli, '..'), copy, { recursive: true })
      cpSync(join(cli, '../../package.json'), join(tools, 'package.json'))
      expect(readdirSync(chunks).filter(loaded)).toHaveLength(1)
    })

    async function guard(...options: readonly string[]): Promise<Run> {
      const folder = folderWith({
        ...helper,
        'migrations/versions/late_003.py': migrationOf('late_003', 'guests_002', calls('note text')),
      })
      cpSync(example, folder, { recursive: true })
      const words = ['run', '--format', 'json', ...options, '--', 'alembic', 'upgrade', 'head']
      const hide = `mount --bind ${clientOnly()} ${servers} && exec "$@"`
      const argv = ['unshare', '-m', 'sh', '-c', hide, 'sh', process.execPath, join(copy, 'cli.js'), ...words]
      return start(folder, argv, { ...place.env, DATABASE_URL: production.url }).ended
    }

    test.each([
      ['auto', 0],
      ['always', 3],
    ])('"%s" says so and ends with %i', async (mode, status) => {
      const run = await guard('--rehearse', mode)
      expect(run.status, run.stdout + run.stderr).toBe(status)
      expect(textOf(run)).toContain("the embedded PostgreSQL isn't installed")
    })

    test('the default is silent and loads nothing', async () => {
      // Remove the code for rehearsals. Loading any of it would now fail.
      for (const name of readdirSync(chunks).filter(loaded)) rmSync(join(chunks, name))
      const run = await guard()
      expect(run.status, run.stdout + run.stderr).toBe(0)
      expect(textOf(run)).not.toContain('rehears')
      expect(reportOf(run).rehearsal).toBeUndefined()
    })
  })
})

function textOf({ stdout, stderr }: Run): string {
  return (stdout + stderr).replace(/\s+/g, ' ')
}
