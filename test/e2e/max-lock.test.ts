/** Tests which locks block a release when `--max-lock` is given. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/model/report.ts'
import { type Run, folderWith, scaffold } from '../support/guard.ts'
import { type PostgresServer, type TestDatabase, findPostgres } from '../support/postgres.ts'
import { hotel, migrationOf, scratchPlace } from '../support/rehearse.ts'
import { alembic, release } from '../support/release.ts'

const server = await findPostgres()
const place = scratchPlace()

/** Creates a large table, a small one and an empty one. */
const schema = `CREATE TABLE guests (id serial PRIMARY KEY, name varchar(50));
INSERT INTO guests (name) SELECT repeat('x', 50) FROM generate_series(1, 20000);
CREATE TABLE rooms (id serial PRIMARY KEY, name text);
INSERT INTO rooms (name) VALUES ('Blue');
CREATE TABLE bills (id serial PRIMARY KEY, name text);
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY);
INSERT INTO alembic_version VALUES ('base_001');`

describe.skipIf(server === null || alembic === null)('--max-lock', () => {
  const { createDatabase } = server as PostgresServer
  let production: TestDatabase

  beforeEach(async () => {
    production = await createDatabase(schema)
  })
  afterEach(async () => {
    await production.drop()
    expect(place.left()).toEqual([])
  })

  async function rehearse(
    line: string,
    limits: readonly string[],
    verb: readonly string[] = ['run', '--rehearse', 'auto'],
  ): Promise<Run> {
    const files = {
      ...scaffold,
      'migrations/versions/base_001.py': hotel['migrations/versions/base_001.py'] ?? '',
      'migrations/versions/rooms_002.py': migrationOf('rooms_002', 'base_001', [`op.execute("${line}")`]),
    }
    const given = limits.flatMap((limit) => ['--max-lock', limit])
    const words = [...verb, '--scratch-server', 'embedded', '--format', 'json', ...given]
    return release(folderWith(files), [...words, '--', 'alembic', 'upgrade', 'head'], {
      ...place.env,
      DATABASE_URL: production.url,
    })
  }

  function reportOf({ stdout, stderr }: Run): Report {
    const end = stdout.indexOf('\n}\n')
    if (end < 0) throw new Error(`no report in ${stdout}${stderr}`)
    return JSON.parse(stdout.slice(0, end + 3)) as Report
  }

  const index = 'CREATE INDEX names ON guests (name)'
  const widen = 'ALTER TABLE guests ALTER COLUMN id TYPE bigint'
  const add = 'ALTER TABLE guests ADD COLUMN email text'

  test.each([
    ['SHARE:1MB', index],
    ['share', index],
    ['ACCESS EXCLUSIVE:1MB', add],
    ['AccessExclusiveLock:1 MB', widen],
    ['SHARE:0.5 MB', widen],
    ['rewrite:1MB', widen],
  ])('%s blocks %s', async (limit, line) => {
    const run = await rehearse(line, [limit])
    expect(run.status, run.stdout + run.stderr).toBe(1)
    const { verdict, findings } = reportOf(run)
    expect(verdict).toBe('blocked')
    expect(findings).toMatchObject([
      { code: 'AG434', severity: 'error', revisions: ['rooms_002'], blocks: true },
    ])
    expect(findings[0]?.message).toContain(`exceeds --max-lock "${limit}"`)
    expect(findings[0]?.evidence).toEqual([{ label: 'The statement is', value: line }])
    expect(await production.execute('SELECT version_num FROM alembic_version')).toEqual([
      { version_num: 'base_001' },
    ])
  })

  test.each([
    ['a weaker lock', 'ACCESS EXCLUSIVE:1MB', index],
    ['a smaller table', 'SHARE:1GB', index],
    ['no rewrite', 'rewrite', add],
    ['a table without rows', 'SHARE', 'ALTER TABLE bills ADD COLUMN email text'],
    ['a small table', 'ACCESS EXCLUSIVE:1MB', 'ALTER TABLE rooms ADD COLUMN email text'],
    ['a new table', 'SHARE', 'CREATE TABLE halls (id serial PRIMARY KEY)'],
  ])('%s passes', async (_, limit, line) => {
    const run = await rehearse(line, [limit])
    expect(run.status, run.stdout + run.stderr).toBe(0)
    expect(reportOf(run).rehearsal?.outcome).toBe('succeeds')
    expect(await production.execute('SELECT version_num FROM alembic_version')).toEqual([
      { version_num: 'rooms_002' },
    ])
  })

  test('one migration can be exempt, a lint rule ignored everywhere exempts none', async () => {
    const auto = ['run', '--rehearse', 'auto', '--ignore']
    const blocked = await rehearse(index, ['SHARE:1MB'], [...auto, 'AG434'])
    expect(blocked.status, blocked.stdout + blocked.stderr).toBe(1)
    const exempt = await rehearse(index, ['SHARE:1MB'], [...auto, 'AG434=rooms_002'])
    expect(exempt.status, exempt.stdout + exempt.stderr).toBe(0)
    expect(reportOf(exempt).findings).toMatchObject([{ code: 'AG434', blocks: false }])
  })

  test('a file that a migration renames is still there for the release', async () => {
    const files = {
      ...scaffold,
      'migrations/versions/base_001.py': hotel['migrations/versions/base_001.py'] ?? '',
      'migrations/versions/rooms_002.py': migrationOf('rooms_002', 'base_001', [
        `import os; os.rename('old.txt', 'new.txt')`,
      ]),
      'old.txt': 'kept',
    }
    const folder = folderWith(files)
    const words = ['run', '--rehearse', 'always', '--scratch-server', 'embedded', '--format', 'json']
    const run = await release(folder, [...words, '--', 'alembic', 'upgrade', 'head'], {
      ...place.env,
      DATABASE_URL: production.url,
    })
    expect(run.status, run.stdout + run.stderr).toBe(0)
    expect(reportOf(run).rehearsal?.outcome).toBe('succeeds')
    expect(readFileSync(join(folder, 'new.txt'), 'utf8')).toBe('kept')
  })

  test('"rehearse" blocks too', async () => {
    const run = await rehearse(index, ['SHARE:1MB'], ['rehearse', '--ignore', 'AG434'])
    expect(run.status, run.stdout + run.stderr).toBe(1)
    expect(reportOf(run)).toMatchObject({ verdict: 'blocked', findings: [{ code: 'AG434' }] })
  })

  test('"run" applies the limit by default if the embedded PostgreSQL is installed', async () => {
    const run = await rehearse(index, ['SHARE:1MB'], ['run'])
    expect(run.status, run.stdout + run.stderr).toBe(1)
    expect(reportOf(run)).toMatchObject({ verdict: 'blocked', findings: [{ code: 'AG434' }] })
  })

  test('without a rehearsal, the limit would be ignored, so it is a usage error', async () => {
    const run = await rehearse(index, ['SHARE:1MB'], ['run', '--rehearse', 'never'])
    expect(run.status, run.stdout + run.stderr).toBe(2)
    expect(run.stdout + run.stderr).toContain('--max-lock applies only to a rehearsal')
  })

  test('a typo is a usage error', async () => {
    const run = await rehearse(index, ['EXCLUSIV:1GB', 'SHARE:1XB'])
    expect(run.status).toBe(2)
    expect(run.stdout + run.stderr).toContain('not EXCLUSIV:1GB')
    expect(run.stdout + run.stderr).toContain('not SHARE:1XB')
  })
})
