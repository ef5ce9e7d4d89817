/** Tests how the version table's state is read from PostgreSQL servers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../src/adapters/database/database-url.ts'
import { startDeadline } from '../../src/adapters/files/deadline.ts'
import { planConnection } from '../../src/adapters/libpq/libpq.ts'
import { connectPostgres } from '../../src/adapters/postgres/connect.ts'
import type { DatabaseState } from '../../src/core/history/database-state.ts'
import { GuardError } from '../../src/errors.ts'
import { type TestDatabase, findPostgres, missing } from '../support/postgres.ts'
import { openDatabase, readDatabaseState } from '../../src/adapters/open-database.ts'

const server = await findPostgres()
const env = { HOME: '/nonexistent' }
const table =
  'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));'

const made: TestDatabase[] = []
async function database(sql = ''): Promise<TestDatabase> {
  const fresh = await server!.createDatabase(sql)
  made.push(fresh)
  return fresh
}

function look(
  url: string,
  more: { table?: string; schema?: string; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<DatabaseState> {
  const { table: versionTable = 'alembic_version', schema: versionTableSchema = null, ...rest } = more
  return readDatabaseState(url, { versionTable, versionTableSchema, env, cwd: '/', ...rest })
}

async function stateOf(
  sql: string,
  more: Parameters<typeof look>[1] = {},
  query = '',
): Promise<DatabaseState> {
  return look((await database(sql)).url + query, more)
}

async function problem(work: Promise<unknown>): Promise<GuardError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof GuardError && error.kind === 'unavailable') return error
  throw new Error(`no GuardError, but ${String(error)}`)
}

const text = (...values: string[]): unknown => values.map((value) => ({ kind: 'text', value }))

/** Returns the URL for a role. */
function as(role: string, { url }: TestDatabase): string {
  return url.replace(/\/\/[^@]*@/, `//${role}@`)
}

let role = ''
beforeAll(async () => {
  if (!server) return
  role = `guard_role_${process.pid}_${Math.floor(performance.timeOrigin)}`
  const { execute } = await database()
  await execute(`CREATE ROLE ${role} LOGIN PASSWORD 'unused'`)
})
afterAll(async () => {
  const admin = made[0]
  if (!admin) return
  for (const { drop } of made.slice(1)) await drop()
  await admin.execute(`DROP ROLE ${role}`)
  await admin.drop()
})

describe.skipIf(!server)('the version table', () => {
  test('is missing in a new database', async () => {
    const { url, name } = await database()
    const { server: version, host, ...state } = await look(url)
    expect(version).toMatch(/^\d+(\.\d+|beta\d+|devel)/)
    expect(host).toBeTruthy()
    expect(state).toEqual({
      dialect: 'postgresql',
      name,
      readOnly: null,
      searchPath: ['public'],
      versionTable: {
        schema: 'public',
        name: 'alembic_version',
        exists: false,
        relation: null,
        width: null,
        columns: [],
        unique: false,
      },
      versions: [],
      otherVersionTables: [],
      locks: [],
      transactionalDdl: true,
      privileges: { writeVersions: true, createTables: true },
    })
  })

  test('created by Alembic is read with its rows in heap order', async () => {
    const state = await stateOf(`${table} INSERT INTO alembic_version VALUES ('c'), ('a'), ('b')`)
    expect(state.versions).toEqual(text('c', 'a', 'b'))
    expect(state.versionTable).toEqual({
      schema: 'public',
      name: 'alembic_version',
      exists: true,
      relation: 'table',
      width: 32,
      columns: [{ name: 'version_num', type: 'character varying(32)', nullable: false, hasDefault: false }],
      unique: true,
    })
  })

  test.each([
    ['(version_num VARCHAR(64))', { width: 64, unique: false }],
    ['(version_num TEXT PRIMARY KEY)', { width: null, unique: true }],
    ['(version_num VARCHAR(32), x INT)', { width: 32, unique: false }],
    ['(version_num VARCHAR(32), x INT, UNIQUE (version_num, x))', { unique: false }],
    ['(version_num VARCHAR(32) UNIQUE)', { unique: true }],
    ['(version_num short)', { width: 12, columns: [{ type: 'short', nullable: false }] }],
    [
      "(version_num VARCHAR(8) DEFAULT 'x', id INT GENERATED ALWAYS AS IDENTITY)",
      { columns: [{ hasDefault: true }, { name: 'id', hasDefault: true }] },
    ],
    ['(revision VARCHAR(32))', { width: null, columns: [{ name: 'revision' }] }],
    ['("VERSION_NUM" VARCHAR(32))', { width: null, columns: [{ name: 'VERSION_NUM' }] }],
    ['(version_num VARCHAR(32)) PARTITION BY LIST (version_num)', { relation: 'table', width: 32 }],
  ])('created as %s', async (definition, expected) => {
    const state = await stateOf(
      `CREATE DOMAIN short AS VARCHAR(12) NOT NULL; CREATE TABLE alembic_version ${definition}`,
    )
    expect(state.versionTable).toMatchObject({ exists: true, ...expected })
  })

  test.each([
    ['a partial index', "CREATE UNIQUE INDEX ON alembic_version (version_num) WHERE version_num > ''"],
    ['an expression index', 'CREATE UNIQUE INDEX ON alembic_version (lower(version_num))'],
  ])('is not unique if it is %s', async (_what, index) => {
    expect(
      (await stateOf(`CREATE TABLE alembic_version (version_num TEXT); ${index}`)).versionTable.unique,
    ).toBe(false)
  })

  test('may be a view, a materialized view or a foreign table', async () => {
    expect(
      (await stateOf("CREATE VIEW alembic_version AS SELECT 'a'::text AS version_num")).versionTable.relation,
    ).toBe('view')
    const state = await stateOf("CREATE MATERIALIZED VIEW alembic_version AS SELECT 'a'::text AS version_num")
    expect(state.versionTable.relation).toBe('other')
    expect(state.versions).toEqual(text('a'))
  })

  test.each([
    [
      'VARCHAR(32)',
      "NULL, 'a', 'a', ''",
      [
        { kind: 'null' },
        { kind: 'text', value: 'a' },
        { kind: 'text', value: 'a' },
        { kind: 'text', value: '' },
      ],
    ],
    ['CHAR(6)', "'ab'", [{ kind: 'text', value: 'ab    ' }]],
    ['INTEGER', '1001', [{ kind: 'not-text', repr: '1001' }]],
    ['NUMERIC', '1001.0', [{ kind: 'not-text', repr: "Decimal('1001.0')" }]],
    ['DOUBLE PRECISION', '1001', [{ kind: 'not-text', repr: '1001.0' }]],
    ['BYTEA', "'ab'", [{ kind: 'not-text', repr: '<memory at 0x…>' }]],
    [
      'UUID',
      "'00000000-0000-0000-0000-000000000001'",
      [{ kind: 'text', value: '00000000-0000-0000-0000-000000000001' }],
    ],
    ['BOOLEAN', 'true', [{ kind: 'not-text', repr: 'True' }]],
    ['number', '7', [{ kind: 'not-text', repr: '7' }]],
    ['mood', "'ok'", [{ kind: 'text', value: 'ok' }]],
  ])('of type %s returns %s as in Python', async (type, values, expected) => {
    const rows = values
      .split(', ')
      .map((value) => `(${value})`)
      .join(', ')
    const state = await stateOf(
      `CREATE DOMAIN number AS INT; CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE alembic_version (version_num ${type}); INSERT INTO alembic_version VALUES ${rows}`,
    )
    expect(state.versions).toEqual(expected)
  })

  test.each(['Alembic_Version', 'a"b', "a'b", 'a\\b', 'a; DROP TABLE x', 'ä 表', '$1', '%s'])(
    'may be called %j',
    async (name) => {
      const state = await stateOf(
        `CREATE TABLE "${name.replaceAll('"', '""')}" (version_num TEXT); INSERT INTO "${name.replaceAll('"', '""')}" VALUES ('r')`,
        { table: name },
      )
      expect(state.versions).toEqual(text('r'))
    },
  )

  test('returns hostile rows unchanged', async () => {
    const rows = ["it's", '\u001b[31m', 'a\nb', '$$', '{"a":1}', ' ']
    const { url, execute } = await database('CREATE TABLE alembic_version (version_num TEXT)')
    for (const row of rows)
      await execute(`INSERT INTO alembic_version VALUES (E'${row.replaceAll("'", "''")}')`)
    expect((await look(url)).versions).toEqual(text(...rows))
  })

  test("isn't read completely if it has a million rows", async () => {
    const { url } = await database(
      'CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version SELECT generate_series(1, 1000000)',
    )
    const error = await problem(look(url))
    expect(error.message).toBe(
      "public.alembic_version has more than 10000 rows, so it can't be a version table.",
    )
  })
})

describe.skipIf(!server)('schemas', () => {
  const two = `CREATE SCHEMA app; CREATE SCHEMA hidden;
    CREATE TABLE app.alembic_version (version_num TEXT); INSERT INTO app.alembic_version VALUES ('app');
    CREATE TABLE hidden.alembic_version (version_num TEXT); INSERT INTO hidden.alembic_version VALUES ('hidden'), (NULL);`

  test('a table outside the search path is not used, but listed', async () => {
    const state = await stateOf(two)
    expect(state.versionTable).toMatchObject({ exists: false, schema: 'public' })
    expect(state.otherVersionTables).toEqual([
      { schema: 'app', name: 'alembic_version', visible: false, versions: ['app'] },
      { schema: 'hidden', name: 'alembic_version', visible: false, versions: ['hidden'] },
    ])
  })

  test('version_table_schema selects the schema', async () => {
    const state = await stateOf(two + table, { schema: 'app' })
    expect(state.versionTable).toMatchObject({ exists: true, schema: 'app' })
    expect(state.versions).toEqual(text('app'))
    expect(state.otherVersionTables.map(({ schema, visible }) => [schema, visible])).toEqual([
      ['public', true],
      ['hidden', false],
    ])
    expect((await stateOf(two, { schema: 'nowhere' })).versionTable).toMatchObject({
      exists: false,
      schema: 'nowhere',
    })
  })

  test('the first table on the search path wins, wherever new tables would be created', async () => {
    const { url, name, execute } = await database(two + table)
    await execute(`ALTER DATABASE ${name} SET search_path = nowhere, app, public`)
    const state = await look(url)
    expect(state.searchPath).toEqual(['app', 'public'])
    expect(state.versionTable.schema).toBe('app')
    // `public` is on the search path, but the table in `app` hides the table in `public`.
    expect(state.otherVersionTables.map(({ schema, visible }) => [schema, visible])).toEqual([
      ['hidden', false],
      ['public', false],
    ])
  })

  test('the search path of the URL and of PGOPTIONS applies', async () => {
    const { url } = await database(two)
    const join = url.includes('?') ? '&' : '?'
    const state = await look(
      `${url}${join}options=${encodeURIComponent('-c search_path=hidden,public -c statement_timeout=1000')}`,
    )
    expect(state.searchPath).toEqual(['hidden', 'public'])
    expect(state.versions).toEqual([{ kind: 'text', value: 'hidden' }, { kind: 'null' }])
    const other = await readDatabaseState(url, {
      versionTable: 'alembic_version',
      versionTableSchema: null,
      env: { ...env, PGOPTIONS: '-csearch_path=app' },
      cwd: '/',
    })
    expect(other.searchPath).toEqual(['app'])
  })

  test('an empty search path has no schema for a new table', async () => {
    const { url, name, execute } = await database()
    await execute(`ALTER DATABASE ${name} SET search_path = nowhere`)
    expect(await look(url)).toMatchObject({
      searchPath: [],
      versionTable: { schema: null },
      privileges: { createTables: null },
    })
  })

  test("tables that fail to be read have no rows and don't affect other tables", async () => {
    const state = await stateOf(`${two} ${table} INSERT INTO alembic_version VALUES ('a');
      CREATE SCHEMA broken; CREATE TABLE broken.alembic_version (other INT);
      CREATE SCHEMA view; CREATE VIEW view.alembic_version AS SELECT (1 / 0)::text AS version_num`)
    expect(state.versions).toEqual(text('a'))
    expect(state.otherVersionTables.map(({ schema, versions }) => [schema, versions])).toEqual([
      ['app', ['app']],
      ['broken', []],
      ['hidden', ['hidden']],
      ['view', []],
    ])
  })
})

describe.skipIf(!server)('privileges', () => {
  test('nothing is known without SELECT on the version table', async () => {
    const where = await database(table)
    const error = await problem(look(as(role, where)))
    expect(error.message).toBe(
      "Reading the version table public.alembic_version failed: the connection's role lacks permission.",
    )
    expect(error.hint).toContain('SELECT')
  })

  test('read-only access is reported', async () => {
    const where = await database(
      `${table} INSERT INTO alembic_version VALUES ('a'); GRANT SELECT ON alembic_version TO ${role}; REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
    )
    const state = await look(as(role, where))
    expect(state.versions).toEqual(text('a'))
    expect(state.privileges).toMatchObject({ writeVersions: false, createTables: false })
    expect(state.privileges?.versionRows).toEqual({ insert: false, update: false, delete: false })
  })

  test('without a version table, CREATE on the schema is checked', async () => {
    const where = await database(
      `REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE SCHEMA own AUTHORIZATION ${role}`,
    )
    expect((await look(as(role, where))).privileges).toEqual({ writeVersions: false, createTables: false })
    expect((await look(as(role, where), { schema: 'own' })).privileges).toEqual({
      writeVersions: true,
      createTables: false,
    })
    await where.execute('DROP SCHEMA own')
  })

  test("a server default of read-only transactions is reported, our own isn't", async () => {
    const { url, name, execute } = await database()
    expect((await look(url)).readOnly).toBeNull()
    await execute(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
    expect((await look(url)).readOnly).toBe('default_transaction_read_only is on')
  })
})

describe.skipIf(!server)('locks', () => {
  test('of a running upgrade are reported with their owner', async () => {
    const { url, connect } = await database(`${table} INSERT INTO alembic_version VALUES ('a')`)
    const other = await connect()
    await other.query(
      "SET application_name = 'other release'; BEGIN; UPDATE alembic_version SET version_num = 'b'",
    )
    const state = await look(url)
    expect(state.versions).toEqual(text('a'))
    expect(state.locks).toEqual([
      {
        pid: expect.any(Number),
        mode: 'RowExclusiveLock',
        state: 'idle in transaction',
        application: 'other release',
        transactionAge: expect.any(Number),
        blocksWrites: false,
      },
    ])
    await other.query('ROLLBACK; BEGIN; LOCK TABLE alembic_version IN SHARE MODE')
    expect((await look(url)).locks).toMatchObject([{ mode: 'ShareLock', blocksWrites: true }])
    await other.end()
  })

  test('that prevent reading yield an error that names the holder', async () => {
    const { url, connect } = await database(table)
    const other = await connect()
    await other.query("SET application_name = 'stuck'; BEGIN; LOCK TABLE alembic_version")
    const error = await problem(look(url, { timeoutMs: 1500 }))
    expect(error.message).toMatch(
      /^The version table public\.alembic_version is locked by process \d+ \(idle in transaction, application "stuck", transaction open for \d+ s\), so it can't even be read\.$/,
    )
    await other.end()
  })

  test('that are released in time are waited for', async () => {
    const { url, connect } = await database(`${table} INSERT INTO alembic_version VALUES ('a')`)
    const other = await connect()
    await other.query('BEGIN; LOCK TABLE alembic_version')
    const answer = look(url)
    setTimeout(() => void other.query('COMMIT'), 300)
    expect((await answer).versions).toEqual(text('a'))
    await other.end()
  })

  test('of a prepared transaction have no process', async () => {
    const { url, execute } = await database(table)
    const [allowed] = await execute('SHOW max_prepared_transactions')
    if (allowed?.['max_prepared_transactions'] === '0') {
      missing('prepared transactions', 'the server allows none (max_prepared_transactions)')
      return
    }
    const name = `t${process.pid}`
    await execute(`BEGIN; LOCK TABLE alembic_version IN SHARE MODE; PREPARE TRANSACTION '${name}'`)
    expect((await look(url)).locks).toMatchObject([
      { pid: 0, state: 'prepared transaction', blocksWrites: true },
    ])
    await execute(`ROLLBACK PREPARED '${name}'`)
  })
})

describe.skipIf(!server)('the connection', () => {
  const sessionFor = async (url: string) => {
    const parsed = parseDatabaseUrl(url)
    if (parsed.dialect !== 'postgresql') throw new TypeError(url)
    return connectPostgres(planConnection(parsed, env, '/'), startDeadline(5000))
  }

  test.each([
    "INSERT INTO public.alembic_version VALUES ('x')",
    'CREATE TABLE public.y (z INT)',
    'DROP TABLE public.alembic_version',
    "SELECT nextval('public.s')",
  ])("can't write: %s", async (sql) => {
    const { url } = await database(`${table} CREATE SEQUENCE s`)
    const session = await sessionFor(url)
    await expect(session.query(sql)).rejects.toMatchObject({ code: '25006' })
    await session.close()
  })

  test('sees a single snapshot in all queries', async () => {
    const { url, execute } = await database(`${table} INSERT INTO alembic_version VALUES ('a')`)
    const session = await sessionFor(url)
    const question = 'SELECT version_num FROM public.alembic_version'
    expect(await session.query(question)).toEqual([[['a']]])
    await execute("UPDATE alembic_version SET version_num = 'b'")
    expect(await session.query(question, 'SELECT 1, NULL')).toEqual([[['a']], [['1', null]]])
    const broken = await session.tryQuery('SELECT 3', 'SELECT 1 WHERE false', 'SELECT 1 / 0', 'SELECT 4')
    expect(broken.answers).toEqual([[['3']], []])
    expect(broken.error).toMatchObject({ code: '22012' })
    expect(await session.query(question)).toEqual([[['a']]])
    await session.close()
    await session.close()
  })

  test('runs several queries and leaves no session behind', async () => {
    const { url, name, execute } = await database(`${table} INSERT INTO alembic_version VALUES ('a')`)
    const open = await openDatabase(url, { env, cwd: '/' })
    const question = { versionTable: 'alembic_version', versionTableSchema: null }
    expect(await open.readState(question)).toEqual(await open.readState(question))
    await open.close()
    const left = await execute(
      `SELECT 1 FROM pg_stat_activity WHERE datname = '${name}' AND application_name = 'alembic-guard'`,
    )
    expect(left).toEqual([])
  })

  test('that is killed during a query yields an error message', async () => {
    const { url, execute, connect } = await database(table)
    const other = await connect()
    await other.query('BEGIN; LOCK TABLE alembic_version')
    const answer = problem(look(url))
    await expect
      .poll(() =>
        execute(
          "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'alembic-guard' AND datname = current_database()",
        ),
      )
      .toHaveLength(1)
    await execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alembic-guard' AND datname = current_database()",
    )
    expect((await answer).message).toContain('the server closed the connection')
    await other.end()
  })

  test('is canceled when the caller aborts, also on the server', async () => {
    const { url, execute, connect } = await database(table)
    const other = await connect()
    await other.query('BEGIN; LOCK TABLE alembic_version')
    const abort = new AbortController()
    const answer = problem(look(url, { signal: abort.signal, timeoutMs: 4000 }))
    await expect
      .poll(() =>
        execute(
          "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'alembic-guard' AND datname = current_database()",
        ),
      )
      .toHaveLength(1)
    abort.abort()
    expect((await answer).message).toContain('was interrupted')
    await expect
      .poll(
        () =>
          execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'alembic-guard' AND datname = current_database()",
          ),
        { timeout: 8000 },
      )
      .toEqual([])
    await other.end()
  })

  test("to a database that doesn't exist yields an error message", async () => {
    const { url, name } = await database()
    expect((await problem(look(url.replace(name, 'no_such_db')))).message).toContain(
      'There is no database "no_such_db"',
    )
  })
})
