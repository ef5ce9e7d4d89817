/**
 * The example application, released as in a small container: no PostgreSQL except `pg_dump`, and a memory limit. The
 * rehearsal finds what static checks can't before production is touched, and only certain failures block.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/model/report.ts'
import { type Run, folderWith } from '../support/guard.ts'
import { type PostgresServer, type TestDatabase, findPostgres, missing } from '../support/postgres.ts'
import { migrationOf, scratchPlace } from '../support/rehearse.ts'
import { alembic, cli, start } from '../support/release.ts'

const server = await findPostgres()
const place = scratchPlace()
const example = fileURLToPath(new URL('../../example', import.meta.url))
const servers = '/usr/lib/postgresql'
const cgroups = '/sys/fs/cgroup/memory'

/** Hiding server binaries from a process and limiting its memory both require root. */
const isRoot = process.getuid?.() === 0
const container =
  isRoot && spawnSync('unshare', ['-m', 'true']).status === 0
    ? true
    : (missing('container', 'unshare needs root here') ?? false)

const tools = mkdtempSync(join(tmpdir(), 'tools-'))
afterAll(() => rmSync(tools, { recursive: true, force: true }))

/** A folder with pg_dump and no server, used in place of the servers' folder. */
function clientOnly(): string {
  const folder = join(tools, 'postgresql')
  for (const version of readdirSync(servers)) {
    mkdirSync(join(folder, version, 'bin'), { recursive: true })
    try {
      cpSync(join(servers, version, 'bin/pg_dump'), join(folder, version, 'bin/pg_dump'))
    } catch {
      // A version without its client.
    }
  }
  chmodSync(folder, 0o755)
  return folder
}

/** A memory cgroup (version 1) with this limit; null if none can be created. */
function limitOf(megabytes: number): { readonly procs: string; peak(): number; end(): void } | null {
  const folder = join(cgroups, `alembic-guard-${process.pid}-${megabytes}`)
  try {
    mkdirSync(folder)
    writeFileSync(join(folder, 'memory.limit_in_bytes'), String(megabytes * 1024 * 1024))
  } catch {
    return missing('memory limit', 'no cgroup can be made')
  }
  return {
    procs: join(folder, 'cgroup.procs'),
    peak: () => Number(readFileSync(join(folder, 'memory.max_usage_in_bytes'), 'utf8')) / 1024 / 1024,
    end: () => void spawnSync('rmdir', [folder]),
  }
}

describe.skipIf(server === null || alembic === null || !container)('the example application', () => {
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

  /** Releases it with one more migration, in a container with that many megabytes. */
  async function release(
    lines: readonly string[],
    options: readonly string[] = [],
    limit: { readonly procs: string } | null = null,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Run> {
    const folder = folderWith({
      ...more,
      'migrations/versions/late_003.py': migrationOf('late_003', 'guests_002', lines),
    })
    cpSync(example, folder, { recursive: true })
    const hide = `mount --bind ${clientOnly()} ${servers} && exec "$@"`
    const enter = limit === null ? hide : `echo $$ > ${limit.procs} && ${hide}`
    const mode = options.includes('--rehearse') ? [] : ['--rehearse', 'auto']
    const argv = [
      process.execPath,
      cli,
      'run',
      '--format',
      'json',
      ...mode,
      ...options,
      '--',
      'alembic',
      'upgrade',
      'head',
    ]
    return start(folder, ['unshare', '-m', 'sh', '-c', enter, 'sh', ...argv], {
      ...place.env,
      DATABASE_URL: production.url,
    }).ended
  }

  function reportOf({ stdout, stderr }: Run): Report {
    const end = stdout.indexOf('\n}\n')
    try {
      return JSON.parse(stdout.slice(0, end + 3)) as Report
    } catch {
      throw new Error(`no report in ${stdout}${stderr}`)
    }
  }

  /** An application helper that adds a column to every table in the catalog. */
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
      // Told as a failure that was foretold, with what helps.
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
        expect(limit.peak()).toBeLessThan(megabytes)
        limit.end()
      }
    },
  )

  test('a working one passes, with a note that it was rehearsed', async () => {
    const run = await release(calls('note text'), [], null, helper)
    expect(run.status, run.stdout + run.stderr).toBe(0)
    expect(reportOf(run).rehearsal).toMatchObject({ outcome: 'succeeds', production: 'unchanged' })
    expect(await production.execute('SELECT version_num FROM alembic_version')).toEqual([
      { version_num: 'late_003' },
    ])
  })

  /** A statement that reading can't tell. */
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
    // The first downgrade leaves the columns, so that the second upgrade fails.
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
      'but production may not: the command had read rows of rooms',
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
})
