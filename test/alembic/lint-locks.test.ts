/** Checks lint's claims about locks and table rewrites against a PostgreSQL server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ShownLock } from '../../src/core/lint/lint-rule.ts'
import { lintRules } from '../../src/rules/lint/index.ts'
import { needsRewrite } from '../../src/core/schema/type-change.ts'
import { readOperations } from '../../src/python/operations/read-operations.ts'
import AG426 from '../../src/rules/lint/AG426-drop-or-rename-in-use.ts'
import { afterTables, exampleMigration, firstTables } from '../../src/rules/examples/example-migrations.ts'
import { lintOf } from '../support/lint-example.ts'
import { lintRunning } from '../support/lint-run.ts'
import type { TestDatabase } from '../support/postgres.ts'

const { found, run, database } = await lintRunning()

let client: Awaited<ReturnType<TestDatabase['connect']>>
/** Messages sent by the server. */
const said: string[] = []

beforeAll(async () => {
  if (!found) return
  client = await database().connect()
  client.on('notice', ({ message }) => said.push(message ?? ''))
})

afterAll(async () => {
  if (found) await client.end()
})

const rows = ['INSERT INTO orgs VALUES (1)', "INSERT INTO users VALUES (1, 1, 'Ann')"]

/**
 * Runs the migrations. For the last one, returns its locks (such as `users ShareLock`), rewrites and server
 * messages.
 */
async function seen(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const ids = Object.keys(files).map((name) => name.replace('.py', ''))
  const ran = await run({ files, start: ids.at(-2) ?? '', rows, upgrade: 'head' })
  expect(ran.error).toBe(null)
  return ran.steps.flatMap(({ locks, rewritten, said: told }) => [
    ...locks.map((lock) => lock.join(' ')),
    ...rewritten.map((table) => `${table} rewritten`),
    ...told,
  ])
}

/** Returns the possible evidence of a lock, most specific first. */
function signsOf({ table, mode, rewrites: isRewritten, said: told }: ShownLock): readonly string[] {
  return [
    ...(told === undefined ? [] : [told]),
    ...(isRewritten ? [`${table} rewritten`] : []),
    `${table} ${mode}`,
  ]
}

const locking = lintRules.flatMap((rule) =>
  rule.lock === undefined ? [] : [[rule.code, rule, rule.lock] as const],
)

test('every rule that mentions a lock names the lock mode that PostgreSQL shows', async () => {
  const lockless = []
  for (const rule of lintRules) {
    const { findings } = await lintOf(rule.examples.bad)
    const speaks = findings.some(({ code, message }) => code === rule.code && /\b[A-Z]+ lock\b/.test(message))
    if (speaks && rule.lock === undefined) lockless.push(rule.code)
  }
  expect(lockless).toEqual([])
})

describe.skipIf(!found)('a second session sees the lock in the bad example, and not in the good one', () => {
  test.each(locking)('%s', async (_, rule, lock) => {
    const [sign, ...others] = signsOf(lock)
    expect(await seen(rule.examples.bad.files)).toEqual(expect.arrayContaining([sign, ...others]))
    if (lock.alsoInGood !== true) expect(await seen(rule.examples.good.files)).not.toContain(sign)
  })

  test('a unique constraint blocks readers while its index is being built', async () => {
    const unique = "op.create_unique_constraint('one_name', 'users', ['name'])"
    const files = {
      'a1.py': firstTables,
      'b2.py': exampleMigration('b2', 'a1', [unique], ["op.drop_constraint('one_name', 'users')"]),
    }
    const shown = await seen(files)
    expect(shown).toContain('users AccessExclusiveLock')
    expect(shown.some((line) => line.includes('building index "one_name" on table "users"'))).toBe(true)
    const { findings } = await lintOf({ files })
    expect(findings.find(({ code }) => code === 'AG420')?.message).toContain('ACCESS EXCLUSIVE')
  })

  test('a foreign key added with its column is validated in a separate statement, and not at all if SQL adds both at once', async () => {
    const directive = "op.add_column('users', sa.Column('x', sa.Integer(), sa.ForeignKey('orgs.id')))"
    const statement = "op.execute('ALTER TABLE users ADD COLUMN x integer REFERENCES orgs (id)')"
    for (const [line, checked] of [
      [directive, true],
      [statement, false],
    ] as const) {
      const files = afterTables([line], ["op.drop_column('users', 'x')"])
      const shown = (await seen(files)).join()
      expect(shown.includes('validating foreign key constraint')).toBe(checked)
      const { findings } = await lintOf({ files })
      expect(findings.some(({ code }) => code === 'AG424')).toBe(checked)
    }
  })

  test('after a rename, queries of the previous release fail; a view with the old name makes them work', async () => {
    const query = 'SELECT id, name FROM users'
    const bad = await run({ files: AG426.examples.bad.files, start: 'head', rows: [query] })
    expect(bad.error).toMatch(/UndefinedColumn/)
    const good = await run({ files: AG426.examples.good.files, start: 'head', rows: [query] })
    expect(good.error).toBe(null)
  })
})

const columnTypes = [
  'varchar(10)', 'varchar(20)', 'varchar', 'text', 'char(5)', 'integer', 'bigint', 'smallint', 'numeric', 'numeric(6,2)',
  'numeric(8,2)', 'numeric(8,3)', 'timestamp', 'timestamp(3)', 'timestamptz', 'timestamptz(3)', 'date', 'cidr', 'inet',
  'json', 'jsonb', 'xml', 'interval', 'interval(3)', 'bit varying(4)', 'bit varying(8)', 'time', 'time(2)', 'boolean', 'real',
] // prettier-ignore

const defaults = [
  "'a'", 'now()', 'current_timestamp', 'statement_timestamp()', 'NULL', "'x'::text", 'gen_random_uuid()', 'random()',
  'clock_timestamp()', 'timeofday()', "nextval('numbers')", 'md5(random()::text)', 'txid_current()', 'upper(md5(now()::text))',
] // prettier-ignore

/** Returns whether the server rewrites the table; null if it rejects the SQL. Rolls back afterward. */
async function rewrites(setup: string, statement: string): Promise<boolean | null> {
  const begin =
    "ROLLBACK; BEGIN; SET LOCAL client_min_messages = warning; SET LOCAL TimeZone = 'Europe/Berlin'"
  try {
    await client.query(`${begin}; CREATE SEQUENCE numbers; ${setup}; SET LOCAL client_min_messages = debug1`)
    said.length = 0
    await client.query(statement)
    return said.includes('rewriting table "t"')
  } catch {
    return null
  }
}

async function codesFor(statement: string, table: string): Promise<readonly string[]> {
  const files = {
    'a1.py': exampleMigration('a1', null, [`op.execute(${JSON.stringify(table)})`], ["op.drop_table('t')"]),
    'b2.py': exampleMigration('b2', 'a1', [`op.execute(${JSON.stringify(statement)})`], ['pass']),
  }
  return (await lintOf({ files })).findings.map(({ code }) => code)
}

describe.skipIf(!found)('PostgreSQL rewrites the tables that the rules predict', () => {
  test.each(columnTypes)('a column that was %s', async (from) => {
    const judged: string[] = []
    const measured: string[] = []
    for (const to of columnTypes) {
      const table = `CREATE TABLE t (x ${from})`
      const rewrote = await rewrites(
        `${table}; INSERT INTO t VALUES (NULL)`,
        `ALTER TABLE t ALTER x TYPE ${to}`,
      )
      if (rewrote === null) continue
      const source = `from alembic import op\ndef upgrade():\n    op.execute('''${table}; ALTER TABLE t ALTER x TYPE ${to}''')\n`
      const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py', 'postgresql')
      const [made, changed] = upgrade.kind === 'operations' ? upgrade.operations : []
      const old = made?.kind === 'createTable' ? made.columns?.[0]?.type : undefined
      const next = changed?.kind === 'alterColumn' ? changed.type : null
      // Types without a known PostgreSQL spelling are never reported.
      if (!old?.postgres || !next?.postgres) continue
      if (rewrote) measured.push(to)
      if (needsRewrite(old, next)) judged.push(to)
    }
    expect(judged).toEqual(measured)
  })

  test.each(defaults)('a column with the default %s', async (text) => {
    const statement = `ALTER TABLE t ADD COLUMN y text DEFAULT (${text})`
    const table = 'CREATE TABLE t (x integer)'
    const rewrote = await rewrites(`${table}; INSERT INTO t VALUES (1)`, statement)
    // The default uses a function that this server is too old to have.
    if (rewrote === null) return
    const codes = await codesFor(statement.replace('(', '').replace(/\)$/, ''), table)
    expect(codes.includes('AG422')).toBe(rewrote)
  })

  test.each(['serial', 'bigserial'])('a %s column', async (type) => {
    const statement = `ALTER TABLE t ADD COLUMN y ${type}`
    expect(await rewrites('CREATE TABLE t (x integer); INSERT INTO t VALUES (1)', statement)).toBe(true)
    expect(await codesFor(statement, 'CREATE TABLE t (x integer)')).toContain('AG422')
  })
})
