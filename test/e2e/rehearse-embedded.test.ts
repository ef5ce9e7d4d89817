/**
 * Tests `rehearse` on the embedded PostgreSQL with every installed driver. Unsupported features must yield
 * status 3.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/model/report.ts'
import { type Run, folderWith } from '../support/guard.ts'
import { type PostgresServer, type TestDatabase, findPostgres } from '../support/postgres.ts'
import { hotel, hotelAtBase, migrationOf, scratchPlace } from '../support/rehearse.ts'
import { alembic, release, startGuard } from '../support/release.ts'

const server = await findPostgres()
const place = scratchPlace()
const embedded = ['rehearse', '--scratch-server', 'embedded', '--format', 'json']
const upgrade = ['--', 'alembic', 'upgrade', 'head']

/** /usr/bin/python3 and the executables in `ALEMBIC_PYTHON`, if they have Alembic installed. */
const pythons = ['/usr/bin/python3', ...(process.env['ALEMBIC_PYTHON'] ?? '').split(':')].filter(
  (python) => python !== '' && spawnSync(python, ['-c', 'import alembic']).status === 0,
)

/** An env.py that works with every driver. Async engines use `run_sync`. */
const envPy = `import asyncio, os
from alembic import context
import sqlalchemy as sa
from sqlalchemy import pool

url = os.environ['DATABASE_URL']

def migrate(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def migrate_async():
    from sqlalchemy.ext.asyncio import create_async_engine
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()

if '+asyncpg' in url:
    asyncio.run(migrate_async())
else:
    with sa.create_engine(url, poolclass=pool.NullPool).connect() as connection:
        migrate(connection)
`

/** Adds a fourth migration containing these lines. */
function withMigration(...lines: readonly string[]): Readonly<Record<string, string>> {
  return { ...hotel, 'migrations/versions/late_004.py': migrationOf('late_004', 'email_003', lines) }
}

describe.skipIf(server === null || alembic === null)('on the embedded PostgreSQL', () => {
  const { createDatabase } = server as PostgresServer
  let production: TestDatabase
  let env: Record<string, string>

  beforeEach(async () => {
    production = await createDatabase(hotelAtBase)
    env = { ...place.env, DATABASE_URL: production.url, PYTHONPATH: process.env['PYTHONPATH'] ?? '' }
  })
  afterEach(async () => {
    const [row] = await production.execute(
      `SELECT (SELECT version_num FROM alembic_version) AS version, (SELECT count(*)::int FROM guests) AS guests`,
    )
    await production.drop()
    expect(row).toEqual({ version: 'base_001', guests: 1 })
    expect(place.left()).toEqual([])
  })

  function rehearsalOf({ stdout, stderr }: Run): NonNullable<Report['rehearsal']> {
    const { rehearsal } = JSON.parse(stdout) as Report
    if (!rehearsal) throw new Error(`no rehearsal in ${stdout}${stderr}`)
    return rehearsal
  }

  async function rehearse(files: Readonly<Record<string, string>>, ...more: readonly string[]): Promise<Run> {
    return release(folderWith(files), [...embedded, ...more, ...upgrade], env)
  }

  test('locks and rewrites are reported from within its single session', async () => {
    const run = await rehearse(
      withMigration(
        `op.alter_column('guests', 'id', type_=sa.BigInteger())`,
        `op.execute("ALTER TABLE guests ADD CONSTRAINT short CHECK (length(name) < 60)")`,
      ),
    )
    expect(run).toMatchObject({ status: 0, stderr: '' })
    const { scratch, phases, production: compared } = rehearsalOf(run)
    expect(scratch).toMatchObject({ where: 'embedded', schema: 'pg_dump', leftOut: [] })
    expect(compared).toBe('unchanged')
    const [, , last] = phases[0]?.migrations ?? []
    expect(last?.revision).toBe('late_004')
    expect(last?.locks).toContainEqual({
      heldMilliseconds: expect.any(Number) as number,
      bytes: expect.any(Number) as number,
      activity: {
        scans: expect.any(Number) as number,
        rowWrites: expect.any(Number) as number,
        since: null,
        seconds: null,
      },
      table: 'guests',
      mode: 'AccessExclusiveLock',
      rewritten: true,
      statement: 'ALTER TABLE guests ALTER COLUMN id TYPE BIGINT',
    })
  })

  test.skipIf(server?.major === 18)("statements that production's version rejects are notes", async () => {
    const run = await rehearse(
      withMigration(
        `op.execute("ALTER TABLE guests ADD COLUMN upper text GENERATED ALWAYS AS (upper(name)) VIRTUAL")`,
        `op.execute("CREATE UNIQUE INDEX one_name ON guests (name)")`,
      ),
    )
    expect(run).toMatchObject({ status: 0, stderr: '' })
    const { notes, outcome } = rehearsalOf(run)
    expect(outcome).toBe('succeeds')
    expect(notes.filter((note) => note.includes('in PostgreSQL 18'))).toEqual([
      expect.stringMatching(
        /^migrations\/versions\/late_004\.py, line \d+, uses GENERATED … VIRTUAL, which was introduced in PostgreSQL 18, so production \(PostgreSQL \d+\) will reject it$/,
      ),
    ])
  })

  test.skipIf((server?.major ?? 0) >= 16)(
    "a failure that production's version doesn't have is uncertain",
    async () => {
      const run = await rehearse(
        withMigration(
          `op.execute("CREATE TABLE calls (id int, seconds int)")`,
          `op.execute("CREATE TABLE long_calls (id int, seconds int GENERATED ALWAYS AS (id) STORED)")`,
          `op.execute("ALTER TABLE long_calls INHERIT calls")`,
        ),
      )
      expect(run.status).toBe(1)
      expect(rehearsalOf(run).failure).toMatchObject({
        certain: false,
        sqlstate: '42804',
        doubt: expect.stringMatching(
          /^as of version 16, PostgreSQL rejects a generated column in a child table .*, but production runs version \d+$/,
        ) as string,
      })
    },
  )

  test.skipIf((server?.major ?? 0) >= 18)(
    "a schema that the copy's version rejects names the version",
    async () => {
      await production.execute(`CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE TABLE names (name text COLLATE any_case PRIMARY KEY);
      CREATE TABLE bookings (name text REFERENCES names)`)
      const run = await rehearse(hotel)
      expect(run.status, run.stdout).toBe(3)
      expect(run.stdout + run.stderr).toMatch(
        /\(as of version 18, PostgreSQL requires both columns of a foreign key .*, but production runs version \d+\)/,
      )
    },
  )

  test.skipIf((server?.major ?? 0) >= 18)('a statement that only the copy accepts is a note', async () => {
    const run = await rehearse(
      withMigration(`op.execute("ALTER TABLE guests ADD COLUMN key bigint DEFAULT crc32('a'::bytea)")`),
    )
    expect(run).toMatchObject({ status: 0, stderr: '' })
    expect(rehearsalOf(run).notes).toContainEqual(
      expect.stringMatching(/line \d+, uses the function crc32\(\), which was introduced in PostgreSQL 18/),
    )
  })

  const drivers = pythons.flatMap((python) =>
    ['psycopg2', 'psycopg', 'asyncpg', 'pg8000']
      .filter((driver) => spawnSync(python, ['-c', `import ${driver}`]).status === 0)
      .map((driver) => [python, driver] as const),
  )
  test.each(drivers)('%s with %s', async (python, driver) => {
    const folder = folderWith({
      ...withMigration(
        `bind = op.get_bind()`,
        `for (name,) in bind.execute(sa.text("SELECT relname FROM pg_class WHERE relname = 'guests'")).fetchall():`,
        `    op.execute(sa.text(f"COMMENT ON TABLE {name} IS 'people'"))`,
        `assert bind.execute(sa.text("SELECT count(*) FROM guests WHERE id = :id"), {'id': 1}).scalar() == 0`,
      ),
      'migrations/env.py': envPy,
    })
    const url = production.url.replace(/^postgres(ql)?:/, `postgresql+${driver}:`)
    const run = await release(folder, [...embedded, '--', python, '-m', 'alembic', 'upgrade', 'head'], {
      ...env,
      DATABASE_URL: url,
    })
    expect(run.status, run.stdout + run.stderr).toBe(0)
    expect(rehearsalOf(run).phases[0]?.versionsAfter).toEqual(['late_004'])
  })

  test('a failure that only shows at run time is reported with its file, line and statement', async () => {
    const run = await rehearse(
      withMigration(
        `names = [row[0] for row in op.get_bind().execute(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"))]`,
        `for name in names:`,
        `    op.execute('ALTER TABLE "%s" ADD COLUMN email varchar(80)' % name)`,
      ),
    )
    expect(run.status).toBe(1)
    expect(rehearsalOf(run).failure).toMatchObject({
      revision: 'late_004',
      location: { path: 'migrations/versions/late_004.py', line: 19 },
      sqlstate: '42701',
      statement: 'ALTER TABLE "guests" ADD COLUMN email varchar(80)',
    })
  })

  test('available extensions are created, any other ends the rehearsal with 3', async () => {
    const good = await rehearse(withMigration(`op.execute('CREATE EXTENSION citext')`))
    expect(good.status, good.stdout).toBe(0)
    // The production server has this extension, but PGlite doesn't.
    const bad = await rehearse(withMigration(`op.execute('CREATE EXTENSION postgres_fdw')`))
    expect(bad.status, bad.stdout).toBe(3)
    expect(bad.stdout + bad.stderr).toContain('creates the extension postgres_fdw')
  })

  test("one connection's settings, roles and COPY don't affect another", async () => {
    const env2 = `${hotel['migrations/env.py'] ?? ''}
raw = engine.raw_connection()
cursor = raw.cursor()
cursor.execute("SHOW search_path")
assert cursor.fetchone()[0] == '"$user", public', 'search_path leaked'
cursor.execute("SELECT current_user, current_setting('role')")
assert cursor.fetchone()[1] == 'none', 'role leaked'
import io
cursor.copy_expert("COPY guests (name) FROM STDIN", io.StringIO("Bob\\nCid\\n"))
raw.commit()
cursor.execute("SELECT count(*) FROM guests")
assert cursor.fetchone()[0] == 2, 'COPY lost rows'
raw.close()
`
    const run = await rehearse({
      ...withMigration(
        `op.execute("SET search_path TO pg_temp, public")`,
        `op.execute("CREATE ROLE clerk NOLOGIN")`,
        `op.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk")`,
        `op.execute("SET ROLE clerk")`,
      ),
      'migrations/env.py': env2,
    })
    expect(run.status, run.stdout + run.stderr).toBe(0)
  })

  test("a second connection that waits for the first isn't reported as a failure", async () => {
    const run = await rehearse(
      withMigration(
        `import os`,
        `other = sa.create_engine(os.environ['DATABASE_URL']).connect()`,
        `other.execute(sa.text('SELECT 1'))`,
      ),
    )
    expect(run.status).toBe(3)
    expect(run.stdout + run.stderr).toContain('uses two connections at once')
  })

  test('the copy contains an invalid index, which dumps omit', async () => {
    await production.execute(`CREATE INDEX guests_email ON guests (name);
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'guests_email'::regclass`)
    const run = await rehearse(hotel)
    expect(run.status).toBe(1)
    expect(run.stdout).toContain('guests_email')
  })

  test('nothing is left when the guard is killed', async () => {
    const folder = folderWith(withMigration(`import time; open('started', 'w').close(); time.sleep(60)`))
    writeFileSync(join(folder, 'marker'), '')
    const running = startGuard(folder, [...embedded, ...upgrade], env)
    const pids = (): readonly string[] =>
      spawnSync('pgrep', ['-f', 'embedded-postgresql'], { encoding: 'utf8' }).stdout.trim().split('\n')
    const before = new Set(pids())
    await expect
      .poll(() => spawnSync('test', ['-e', join(folder, 'started')]).status, { timeout: 50_000 })
      .toBe(0)
    const own = pids().filter((pid) => !before.has(pid))
    running.child.kill('SIGKILL')
    await running.ended
    await expect.poll(() => place.left(), { timeout: 20_000 }).toEqual([])
    await expect.poll(() => pids().filter((pid) => own.includes(pid)), { timeout: 20_000 }).toEqual([])
  })
})
