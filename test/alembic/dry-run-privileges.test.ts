/** Tests predictions about missing privileges and other sessions' locks against a real server. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { type Driver, startDriver, writeProject } from '../support/incidents.ts'
import { findPython } from '../support/judge.ts'
import { type TestDatabase, findPostgres, missing } from '../support/postgres.ts'

const python = findPython()
const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
const server = drivable ? await findPostgres() : null
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'alembic-guard-access-'))
const role = `release_${process.pid}`

let driver: Driver
let database: TestDatabase
let others: Client[] = []

beforeAll(async () => {
  if (!server || !python) return
  driver = await startDriver(python)
  database = await server.createDatabase(`CREATE ROLE ${role} LOGIN; CREATE ROLE ${role}_owner`)
})

afterAll(async () => {
  if (server) {
    driver.close()
    await database.execute(
      `REVOKE UPDATE ON pg_catalog.pg_attribute FROM ${role}; DROP OWNED BY ${role}, ${role}_owner CASCADE`,
    )
    await database.drop()
  }
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async () => {
  if (server) await database.execute(`ALTER ROLE ${role} NOSUPERUSER`)
  for (const client of others) await client.end()
  others = []
})

test('Python with Alembic and psycopg2, and a PostgreSQL server, are available', () => {
  if (!server) console.warn('SKIPPED: no python3 with Alembic and psycopg2, or no PostgreSQL server')
  expect(server !== null || !process.env['CI']).toBe(true)
})

const as = (url: string): string => url.replace(/\/\/(?:[^@/]*@)?/, `//${role}@`)
const python3 = (url: string): string => url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')

/**
 * Creates the database state and runs `sql`, both as a superuser. The release runs as an unprivileged role.
 */
async function stand(live: readonly string[], pending: readonly string[], sql: string): Promise<string> {
  const root = join(folder, 'project')
  const first = { id: 'base1', parents: [], body: live.length > 0 ? live : ['pass'] }
  writeProject(root, [first, { id: 'next2', parents: ['base1'], body: pending }], false)
  const made = await driver.ask({ root, url: python3(database.url), reset: true, upgrade: ['base1'] })
  expect(made.error).toBeNull()
  if (sql !== '') await database.execute(sql)
  return root
}

async function lookAs(root: string, url: string): Promise<Report> {
  const { stdout } = await execute(check, { format: 'json' }, quietContext(root, url))
  const report: Report = JSON.parse(stdout)
  return report
}

/** Puts the version table into `schema`. env.py executes `first` before the migrations. */
function keepVersionsIn(root: string, schema: string, first = ''): void {
  const path = join(root, 'env.py')
  const text = readFileSync(path, 'utf8').replace(
    'connection=connection',
    `$&, version_table_schema="${schema}"`,
  )
  const statement = `    connection.exec_driver_sql("${first}")\n    connection.commit()\n`
  const own = first === '' ? '' : statement.replace('    connection.commit()\n', '')
  writeFileSync(path, text.replace('    context.configure', `${own}    context.configure`))
}

const table = [`op.execute('CREATE TABLE seats (id int PRIMARY KEY)')`]
const rights = `GRANT USAGE, CREATE ON SCHEMA public TO ${role}; GRANT SELECT, INSERT, UPDATE, DELETE ON alembic_version TO ${role};`
const addColumn = `op.add_column('seats', sa.Column('label', sa.Text()))`
const newTable = `op.create_table('chairs', sa.Column('id', sa.Integer()))`

describe.skipIf(server === null)('insufficient privilege', () => {
  test.each([
    [
      'UPDATE on the version table',
      [],
      [newTable],
      `${rights} REVOKE UPDATE ON alembic_version FROM ${role}`,
      rights,
    ],
    ['CREATE on the schema', [], [newTable], `${rights} REVOKE CREATE ON SCHEMA public FROM ${role}`, rights],
    ['the table that is altered', table, [addColumn], rights, `${rights} ALTER TABLE seats OWNER TO ${role}`],
    [
      'an extension that only a superuser may install',
      [],
      [`op.execute('CREATE EXTENSION IF NOT EXISTS pageinspect')`],
      rights,
      `${rights} CREATE EXTENSION pageinspect`,
    ],
    [
      'the database, for a trusted extension',
      [],
      [`op.execute('CREATE EXTENSION IF NOT EXISTS tsm_system_rows')`],
      rights,
      `${rights} DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ${role}', current_database()); END $$`,
    ],
    [
      'the table that is indexed',
      table,
      [`op.create_index('ix', 'seats', ['id'])`],
      rights,
      `${rights} ALTER TABLE seats OWNER TO ${role}`,
    ],
    [
      'the table that is dropped',
      table,
      [`op.drop_table('seats')`],
      rights,
      `${rights} ALTER SCHEMA public OWNER TO ${role}`,
    ],
    [
      'the target of a foreign key',
      table,
      [`op.create_table('chairs', sa.Column('s', sa.Integer(), sa.ForeignKey('seats.id')))`],
      rights,
      `${rights} GRANT REFERENCES ON seats TO ${role}`,
    ],
    [
      'USAGE on a named schema',
      [`op.execute('CREATE SCHEMA hall')`, `op.execute('CREATE TABLE hall.seats (id int)')`],
      [`op.add_column('seats', sa.Column('label', sa.Text()), schema='hall')`],
      rights,
      `${rights} GRANT USAGE ON SCHEMA hall TO ${role}; ALTER TABLE hall.seats OWNER TO ${role}`,
    ],
    [
      'CREATE on a named schema',
      [`op.execute('CREATE SCHEMA hall')`],
      [`op.create_table('seats', sa.Column('id', sa.Integer()), schema='hall')`],
      `${rights} GRANT USAGE ON SCHEMA hall TO ${role}`,
      `${rights} GRANT USAGE, CREATE ON SCHEMA hall TO ${role}`,
    ],
    [
      'a system catalog, whatever is granted',
      table,
      [`op.execute("UPDATE pg_attribute SET atttypmod = atttypmod WHERE attname = 'id' AND false")`],
      `${rights} GRANT UPDATE ON pg_catalog.pg_attribute TO ${role}`,
      `${rights} ALTER ROLE ${role} SUPERUSER`,
    ],
    [
      'the enum type that is extended',
      [`op.execute("CREATE TYPE mood AS ENUM ('x')")`],
      [`op.execute("ALTER TYPE mood ADD VALUE 'y'")`],
      rights,
      `${rights} ALTER TYPE mood OWNER TO ${role}`,
    ],
  ] as const)('%s', async (_, live, pending, lacking, enough) => {
    const url = as(database.url)
    let root = await stand(live, pending, lacking)
    const blocked = await lookAs(root, url)
    const { error } = await driver.ask({ root, url: python3(url), upgrade: ['head'] })
    expect(error).toMatch(/InsufficientPrivilege/)
    expect(blocked.findings.map(({ code }) => code)).toEqual(['AG210'])
    expect(`${blocked.prediction?.error?.type}: ${blocked.prediction?.error?.message}`).toBe(error)
    root = await stand(live, pending, enough)
    expect((await lookAs(root, url)).findings).toEqual([])
    expect((await driver.ask({ root, url: python3(url), upgrade: ['head'] })).error).toBeNull()
  })

  test('members of the owning role, and superusers, count as owners', async () => {
    const owned = `${rights} ALTER TABLE seats OWNER TO ${role}_owner; GRANT ${role}_owner TO ${role}`
    const root = await stand(table, [addColumn], owned)
    expect((await lookAs(root, as(database.url))).findings).toEqual([])
    expect((await lookAs(root, database.url)).findings).toEqual([])
    await database.execute(`REVOKE ${role}_owner FROM ${role}`)
    expect((await lookAs(root, as(database.url))).findings.map(({ code }) => code)).toEqual(['AG210'])
  })

  test("a new database where the role can't create tables in any schema", async () => {
    const root = await stand(
      [],
      [newTable],
      `DROP TABLE alembic_version; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO ${role}`,
    )
    const url = as(database.url)
    const report = await lookAs(root, url)
    const { error } = await driver.ask({ root, url: python3(url), upgrade: ['head'] })
    expect(report.findings.map(({ code }) => code)).toEqual(['AG210'])
    expect(`${report.prediction?.error?.type}: ${report.prediction?.error?.message}`).toBe(error)
  })

  test.each([
    ['a new database', 'DROP TABLE alembic_version'],
    ['a stamped database', 'GRANT SELECT, INSERT, UPDATE, DELETE ON alembic_version TO PUBLIC'],
    [
      'a database whose version table is in a schema outside the search path',
      'CREATE SCHEMA hall; ALTER TABLE alembic_version SET SCHEMA hall',
    ],
  ])('%s without USAGE on any schema of the search path', async (_what, sql) => {
    const root = await stand([], [newTable], sql)
    const url = as(database.url)
    const report = await lookAs(root, url)
    const { error } = await driver.ask({ root, url: python3(url), upgrade: ['head'] })
    expect(error).toMatch(/no schema has been selected to create in/)
    expect(report.findings.filter(({ blocks }) => blocks).map(({ code }) => code)).toEqual(['AG210'])
    expect(`${report.prediction?.error?.type}: ${report.prediction?.error?.message}`).toBe(error)
  })

  test("CREATE on a schema without USAGE doesn't allow creating the version table", async () => {
    const root = await stand(
      [],
      [newTable],
      `ALTER SCHEMA public RENAME TO hall; GRANT CREATE ON SCHEMA hall TO ${role}; DROP TABLE hall.alembic_version`,
    )
    const url = as(database.url)
    const { stdout } = await execute(
      check,
      { format: 'json', 'version-table-schema': 'hall' },
      quietContext(root, url),
    )
    const report: Report = JSON.parse(stdout)
    const { error } = await driver.ask({ root, url: python3(url), upgrade: ['head'] })
    expect(report.findings.map(({ code }) => code)).toEqual(['AG210'])
    // Alembic also fails to create the version table, but with a different error, because env.py doesn't set
    // `version_table_schema`.
    expect(error).toMatch(/no schema has been selected to create in/)
  })

  test.each([
    ['can only read', 'SELECT', ['AG210']],
    ["can't update", 'SELECT, INSERT, DELETE', ['AG210']],
    ['can write', 'SELECT, INSERT, UPDATE, DELETE', []],
  ])('a role that %s gets the same result with and without --schemas', async (_what, granted, codes) => {
    const root = await stand(
      [],
      [newTable],
      `GRANT USAGE, CREATE ON SCHEMA public TO ${role}; GRANT ${granted} ON alembic_version TO ${role}`,
    )
    const url = as(database.url)
    const alone = await lookAs(root, url)
    const { stdout } = await execute(check, { format: 'json', schemas: ['pub*'] }, quietContext(root, url))
    const { error } = await driver.ask({ root, url: python3(url), upgrade: ['head'] })
    const many: Report = JSON.parse(stdout)
    expect(alone.findings.map(({ code }) => code)).toEqual(codes)
    expect(many.findings.map(({ code }) => code)).toEqual(codes)
    expect(many.findings[0]?.message).toBe(alone.findings[0]?.message)
    expect([alone.exitCode, many.exitCode]).toEqual(error === null ? [0, 0] : [1, 1])
  })

  test.each([
    ['a table', newTable],
    ['an enum type', `op.execute("CREATE TYPE mood AS ENUM ('x')")`],
    ['an enum type with its table', `op.create_table('c', sa.Column('m', sa.Enum('x', name='mood')))`],
  ])('without USAGE on any schema of the search path, %s is not created', async (_what, pending) => {
    const where = `CREATE SCHEMA hall; ALTER TABLE alembic_version SET SCHEMA hall; GRANT USAGE ON SCHEMA hall TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON hall.alembic_version TO ${role}`
    const root = await stand([], [pending], where)
    const url = as(database.url)
    keepVersionsIn(root, 'hall')
    const report = await lookAs(root, url)
    const { error } = await driver.ask({ root, url: python3(url), upgrade: ['head'] })
    expect(error).toMatch(/no schema has been selected to create in/)
    expect(report.findings.filter(({ blocks }) => blocks).map(({ code }) => code)).toEqual(['AG210'])
    expect(report.findings.at(-1)?.message).toMatch(
      /creates .*, but the role has no usable schema in its search path\.$/,
    )
    expect(`${report.prediction?.error?.type}: ${report.prediction?.error?.message}`).toBe(error)
  })

  test.each([
    [
      'a migration creates the schema of the search path',
      [`op.execute('CREATE SCHEMA ${role}')`, newTable],
      `GRANT CREATE ON DATABASE "$database" TO ${role};`,
      '',
    ],
    [
      'a migration grants the missing privilege',
      [
        `op.execute('GRANT USAGE ON SCHEMA shared TO ${role}')`,
        newTable,
        `op.add_column('seats', sa.Column('x', sa.Text()))`,
      ],
      `CREATE SCHEMA shared; GRANT CREATE ON SCHEMA shared TO ${role}; CREATE TABLE shared.seats (id int);
       ALTER TABLE shared.seats OWNER TO ${role}; ALTER SCHEMA shared OWNER TO ${role}; REVOKE USAGE ON SCHEMA shared FROM ${role};
       ALTER ROLE ${role} IN DATABASE "$database" SET search_path = shared;`,
      '',
    ],
    [
      'a migration sets another search path',
      [`op.execute('SET search_path TO hall')`, newTable],
      `GRANT CREATE ON SCHEMA hall TO ${role};`,
      '',
    ],
    [
      'env.py creates the schema of the search path',
      [newTable],
      `GRANT CREATE ON DATABASE "$database" TO ${role};`,
      'CREATE SCHEMA IF NOT EXISTS ' + role,
    ],
  ])('where %s, a table is created', async (_what, pending, grant, env) => {
    const where = `CREATE SCHEMA hall; ALTER TABLE alembic_version SET SCHEMA hall; GRANT USAGE ON SCHEMA hall TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON hall.alembic_version TO ${role};`
    const root = await stand([], pending, where + grant.replace('$database', database.name))
    const url = as(database.url)
    keepVersionsIn(root, 'hall', env)
    const report = await lookAs(root, url)
    const { error } = await driver.ask({ root, url: python3(url), upgrade: ['head'] })
    await database.execute(`ALTER ROLE ${role} IN DATABASE "${database.name}" RESET ALL`)
    expect(error).toBeNull()
    expect(report.findings.filter(({ blocks }) => blocks)).toEqual([])
  })

  test.each([
    ['nothing creates it', [newTable], '', true],
    [
      'a pending migration creates it, which is too late',
      [`op.execute('CREATE SCHEMA audit')`, newTable],
      '',
      true,
    ],
    ['env.py creates a different one', [newTable], 'CREATE SCHEMA IF NOT EXISTS other', true],
    ['env.py creates it', [newTable], 'CREATE SCHEMA IF NOT EXISTS audit', false],
  ])('a version table in a missing schema, and %s', async (_what, pending, env, fails) => {
    const root = await stand([], pending, 'DROP TABLE alembic_version')
    keepVersionsIn(root, 'audit', env)
    const report = await lookAs(root, database.url)
    const { error } = await driver.ask({ root, url: python3(database.url), upgrade: ['head'] })
    expect(error !== null).toBe(fails)
    expect(report.findings.filter(({ blocks }) => blocks).map(({ code }) => code)).toEqual(
      fails ? ['AG302'] : [],
    )
    if (fails) expect(`${report.prediction?.error?.type}: ${report.prediction?.error?.message}`).toBe(error)
  })

  test.each([
    ['USAGE and CREATE', 'USAGE, CREATE', []],
    ['only USAGE', 'USAGE', ['AG210']],
    ['only CREATE', 'CREATE', ['AG210']],
  ])('a missing version table in a schema where the role has %s', async (_what, granted, codes) => {
    const lacking = `DROP TABLE alembic_version; CREATE SCHEMA hall; GRANT ${granted} ON SCHEMA hall TO ${role};
      GRANT USAGE, CREATE ON SCHEMA public TO ${role}`
    const root = await stand([], [newTable], lacking)
    keepVersionsIn(root, 'hall')
    const url = as(database.url)
    const alone = await lookAs(root, url)
    const { stdout } = await execute(check, { format: 'json', schemas: ['hall'] }, quietContext(root, url))
    const { error } = await driver.ask({ root, url: python3(url), upgrade: ['head'] })
    const many: Report = JSON.parse(stdout)
    expect([alone, many].map(({ findings }) => findings.map(({ code }) => code))).toEqual([codes, codes])
    expect(error === null).toBe(codes.length === 0)
  })

  test.each([
    ['the schema in which the connection creates tables', 'public', ['AG210']],
    ['a schema that env.py may or may not select', 'hall', []],
  ])('--schemas of %s, without CREATE', async (_what, schema, codes) => {
    const lacking = `CREATE SCHEMA IF NOT EXISTS hall; CREATE TABLE hall.alembic_version (version_num varchar(32) PRIMARY KEY);
      INSERT INTO hall.alembic_version VALUES ('base1');
      GRANT SELECT, INSERT, UPDATE, DELETE ON hall.alembic_version, alembic_version TO ${role};
      REVOKE CREATE ON SCHEMA public FROM PUBLIC, ${role}; GRANT USAGE ON SCHEMA public, hall TO ${role}`
    const root = await stand(table, [`op.execute('UPDATE seats SET id = 1')`, newTable], lacking)
    const url = as(database.url)
    const { stdout } = await execute(check, { format: 'json', schemas: [schema] }, quietContext(root, url))
    const report: Report = JSON.parse(stdout)
    expect(report.findings.map(({ code }) => code)).toEqual(codes)
    expect(report.remarks.join()).toMatch(
      codes.length > 0
        ? /^$/
        : /next2_x\.py:\d+ creates a table or type, but the role lacks the CREATE privilege on schema hall/,
    )
    if (codes.length === 0) return
    const alone = await lookAs(root, url)
    expect(alone.findings.filter(({ blocks }) => blocks).map(({ code }) => code)).toEqual(codes)
    expect(alone.findings[0]?.message).toBe(report.findings[0]?.message)
    const { error } = await driver.ask({ root, url: python3(url), upgrade: ['head'] })
    expect(error).toMatch(/InsufficientPrivilege/)
  })

  test('privileges are unknown if env.py sets a role that this one may not set', async () => {
    const root = await stand(table, [addColumn], rights)
    const env = readFileSync(join(root, 'env.py'), 'utf8')
    writeFileSync(
      join(root, 'env.py'),
      env.replace(
        '    context.configure',
        '    connection.exec_driver_sql("SET ROLE owner")\n    context.configure',
      ),
    )
    const report = await lookAs(root, as(database.url))
    expect(report.findings).toEqual([])
    expect(report.remarks.join()).toMatch(
      /env\.py sets the role owner, but this connection can't switch to it: its privileges/,
    )
  })
})

async function another(...statements: readonly string[]): Promise<Client> {
  const client = await database.connect()
  others.push(client)
  for (const sql of statements) await client.query(sql)
  return client
}

describe.skipIf(server === null)('locks of other sessions', () => {
  test('blocks for a session that writes version rows, but not for one that only reads other tables', async () => {
    const root = await stand(table, [addColumn], '')
    await another('BEGIN', 'LOCK TABLE alembic_version IN EXCLUSIVE MODE')
    const [finding, ...more] = (await lookAs(root, database.url)).findings
    expect(more).toEqual([])
    expect(finding).toMatchObject({ code: 'AG212', severity: 'error' })
    expect(finding?.message).toMatch(
      /^Process \d+ \(idle in transaction.*, transaction open for \d+ seconds?\) holds ExclusiveLock on the version table alembic_version\.$/,
    )
  })

  test('warns about a running upgrade that has written its row', async () => {
    const root = await stand(table, [addColumn], '')
    await another('BEGIN', `UPDATE alembic_version SET version_num = 'next2'`)
    const report = await lookAs(root, database.url)
    expect(report.findings.map(({ code, severity }) => [code, severity])).toEqual([['AG212', 'warning']])
    expect(report.findings[0]?.why).toMatch(/probably belongs to a running upgrade/)
    expect(report.verdict).toBe('pass')
  })

  test('reports a session idle in transaction that blocks an ALTER TABLE, with its age', async () => {
    const root = await stand(table, [addColumn], '')
    await another('BEGIN', 'SELECT * FROM seats')
    const report = await lookAs(root, database.url)
    expect(report.findings.map(({ code, severity }) => [code, severity])).toEqual([['AG212', 'warning']])
    expect(report.findings[0]?.message).toMatch(
      /\(idle in transaction.*, transaction open for \d+ seconds?\) holds AccessShareLock on table seats/,
    )
  })

  test('ignores the same session on a table that no migration alters', async () => {
    const root = await stand(
      [...table, `op.execute('CREATE TABLE others (id int)')`],
      [addColumn, `op.create_index('ix', 'others', ['id'])`],
      '',
    )
    await another('BEGIN', 'SELECT * FROM others')
    expect((await lookAs(root, database.url)).findings).toEqual([])
  })

  test.each([
    ['reads', 'SELECT * FROM seats', addColumn],
    ['writes', 'INSERT INTO seats VALUES (1)', addColumn],
    ['locks the table exclusively', 'LOCK TABLE seats', `op.drop_table('seats')`],
    [
      'builds an index',
      'LOCK TABLE seats IN SHARE MODE',
      `op.alter_column('seats', 'id', new_column_name='n')`,
    ],
  ])('reports the session that Alembic waits for: one that %s', async (_what, statement, pending) => {
    const root = await stand([...table, `op.execute('CREATE TABLE others (id int)')`], [pending], '')
    const patient = `${python3(database.url)}?options=-clock_timeout%3D300`
    const holder = await another('BEGIN', statement)
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const [finding, ...more] = (await lookAs(root, database.url)).findings
    expect(more).toEqual([])
    expect(finding?.code).toBe('AG212')
    expect(finding?.message).toMatch(
      new RegExp(
        `^Process ${rows[0]?.pid} \\(idle in transaction.*, transaction open for \\d+ seconds?\\) holds \\w+Lock on table seats`,
      ),
    )
    const { error } = await driver.ask({ root, url: patient, upgrade: ['head'] })
    expect(error).toMatch(/LockNotAvailable\) canceling statement due to lock timeout/)

    // Now the lock is on a table that the migration doesn't use.
    await holder.query('ROLLBACK')
    await holder.query(`BEGIN; ${statement.replace('seats', 'others')}`)
    expect((await lookAs(root, database.url)).findings).toEqual([])
    expect((await driver.ask({ root, url: patient, upgrade: ['head'] })).error).toBeNull()
  })

  test('reports the session that Alembic waits for: one that writes version rows', async () => {
    const root = await stand(table, [addColumn], '')
    const patient = `${python3(database.url)}?options=-clock_timeout%3D300`
    const holder = await another('BEGIN', 'LOCK TABLE alembic_version IN EXCLUSIVE MODE')
    expect((await lookAs(root, database.url)).findings.map(({ code }) => code)).toEqual(['AG212'])
    const { error } = await driver.ask({ root, url: patient, upgrade: ['head'] })
    expect(error).toMatch(/LockNotAvailable/)
    await holder.query('ROLLBACK')
    expect((await lookAs(root, database.url)).findings).toEqual([])
    expect((await driver.ask({ root, url: patient, upgrade: ['head'] })).error).toBeNull()
  })

  test('a prepared transaction that locks the table blocks the release indefinitely', async (context) => {
    const [settings] = await database.execute('SHOW max_prepared_transactions')
    if (settings?.['max_prepared_transactions'] === '0') {
      missing('prepared transactions', 'the server has max_prepared_transactions = 0')
      context.skip()
    }
    const root = await stand(table, [addColumn], '')
    await another('BEGIN', 'SELECT * FROM seats', `PREPARE TRANSACTION 'guard'`)
    try {
      const report = await lookAs(root, database.url)
      expect(report.findings.map(({ code, severity }) => [code, severity])).toEqual([['AG212', 'error']])
      expect(report.findings[0]?.message).toMatch(/^A prepared transaction/)
    } finally {
      await database.execute(`ROLLBACK PREPARED 'guard'`)
    }
  })

  test('without pending migrations, no session is reported', async () => {
    const root = await stand(table, ['pass'], `UPDATE alembic_version SET version_num = 'next2'`)
    await another('BEGIN', 'LOCK TABLE seats')
    expect((await lookAs(root, database.url)).findings).toEqual([])
  })
})
