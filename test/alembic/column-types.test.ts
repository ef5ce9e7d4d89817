/** The guard must never claim that a live column contradicts the migration that created it. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { spellings } from '../../src/python/operations/type-spellings.ts'
import { quietContext } from '../support/context.ts'
import { writeProject } from '../support/incidents.ts'
import { findJudges } from '../support/judges.ts'

const { folder, python, driver, server, database } = await findJudges('column-types')
const root = join(folder, 'project')

/** Names exported by the installed SQLAlchemy. */
const known = new Set(
  python === null
    ? []
    : spawnSync(python, ['-c', 'import sqlalchemy; print(*dir(sqlalchemy))'], {
        encoding: 'utf8',
      }).stdout.split(/\s/),
)
const hasUuid = known.has('Uuid')

/** Types whose SQL differs from their name. */
const special = [
  ...(hasUuid ? [`sa.Uuid(native_uuid=False)`] : []),
  `sa.Interval(native=False)`,
  `sa.PickleType(impl=sa.String(40))`,
  `sa.Enum('a', 'b', name='mood')`,
  `sa.Enum('a', 'b', name='Sort')`,
  `sa.Enum('a', 'b', name='plain', native_enum=False)`,
  `sa.Text().with_variant(sa.Integer(), 'postgresql')`,
  `sa.Text().with_variant(sa.Integer(), 'sqlite')`,
  `sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')`,
  `sa.DateTime(timezone=True)`,
  `sa.Numeric(10, 2)`,
  `sa.String(length=20)`,
  `Email()`,
  `sa.types.Integer`,
]
const onlyOnPostgres = [
  ...Object.keys(spellings)
    .filter((name) => /^(?:JSONB|INET|CIDR|MACADDR8?|TSVECTOR|BYTEA|UUID|BIT|MONEY|OID|\w+RANGE)$/.test(name))
    .map((name) => `postgresql.${name}()`),
  `postgresql.ARRAY(sa.Text())`,
  `sa.ARRAY(sa.Integer())`,
  `postgresql.TIMESTAMP(precision=3)`,
]
const common = [
  `Integer SmallInteger BigInteger String Unicode VARCHAR CHAR Text UnicodeText TEXT Boolean BOOLEAN Date DateTime TIMESTAMP Time`,
  `Interval Float REAL Numeric NUMERIC DECIMAL LargeBinary PickleType JSON Double Uuid`,
]
  .join(' ')
  .split(' ')
  .filter((name) => known.has(name))
  .map((name) => `sa.${name}()`)

/** Creates a table with a column of each type. `extra` makes the guard parse the migration fully. */
function project(types: readonly string[], extra: readonly string[]): void {
  const columns = types.map((type, index) => `sa.Column('c${index}', ${type})`)
  writeProject(
    root,
    [{ id: 'one1', parents: [], body: [...extra, `op.create_table('things', ${columns.join(', ')})`] }],
    false,
  )
}

const header = ['class Email(sa.TypeDecorator):', '    impl = sa.Integer', '    cache_ok = True']

async function differences(url: string): Promise<readonly string[]> {
  const { stdout } = await execute(check, { format: 'json' }, quietContext(root, url))
  const report: Report = JSON.parse(stdout)
  expect(report.verdict).toBe('pass')
  const found = report.findings.filter(({ code }) => code === 'AG303')
  expect(found.map(({ severity }) => severity)).toEqual(found.map(() => 'warning'))
  return found.map(({ message }) => message)
}

const columnsOf = (messages: readonly string[]): readonly string[] =>
  messages.flatMap((message) => [...message.matchAll(/column things\.(c\d+)/g)].map(([, name = '']) => name))

describe.skipIf(python === null)('on SQLite', () => {
  const file = join(folder, 'types.db')
  const url = `sqlite:///${file}`

  test.each([
    ['the quick form', common, []],
    ['the full form', [...common, ...special], header],
  ])('no type of %s contradicts its migration', async (_, types, extra) => {
    project(types, extra)
    expect((await driver.ask({ root, url, reset: true, upgrade: ['head'] })).error).toBeNull()
    expect(await differences(url)).toEqual([])
  })

  test.each([
    ['sa.Integer()', 'TEXT', true],
    ['sa.String(40)', 'INTEGER', true],
    ['sa.DateTime()', 'TEXT', true],
    ['sa.Integer()', 'BIGINT', false],
    ['sa.JSON()', 'TEXT', false],
    ['sa.Boolean()', 'TEXT', false],
  ])('%s, made again as %s', async (type, other, reported) => {
    project(['sa.Integer()', type], [])
    expect((await driver.ask({ root, url, reset: true, upgrade: ['head'] })).error).toBeNull()
    const open = new Sqlite(file)
    open.exec(`ALTER TABLE things DROP COLUMN c1; ALTER TABLE things ADD COLUMN c1 ${other}`)
    open.close()
    expect(columnsOf(await differences(url))).toEqual(reported ? ['c1'] : [])
  })
})

describe.skipIf(server === null)('on PostgreSQL', () => {
  const url = database?.url ?? ''
  const real = url.replace(/^postgres:/, 'postgresql:')

  test.each([
    ['the quick form', common, []],
    ['the full form', [...common, ...special, ...onlyOnPostgres], header],
  ])('no type of %s contradicts its migration', async (_, types, extra) => {
    project(types, extra)
    expect((await driver.ask({ root, url: real, reset: true, upgrade: ['head'] })).error).toBeNull()
    expect(await differences(url)).toEqual([])
  })

  test.each([
    ['sa.Integer()', 'text', true],
    ['sa.Boolean()', 'smallint', true],
    ['sa.DateTime()', 'text', true],
    [`sa.Enum('a', name='mood')`, 'text', true],
    ['sa.Text()', 'mood', true],
    ['sa.JSON()', 'text', true],
    ['sa.ARRAY(sa.Integer())', 'text[]', true],
    ['postgresql.UUID()', 'text', true],
    ['postgresql.JSONB(astext_type=sa.Text())', 'text', true],
    ['sa.Integer()', 'bigint', false],
    ['sa.String(40)', 'text', false],
    ['sa.DateTime()', 'timestamptz', false],
    ['sa.JSON()', 'jsonb', false],
    ['sa.Text()', 'address', false],
  ])('%s, made again as %s', async (type, other, reported) => {
    project(['sa.Integer()', type], [])
    expect((await driver.ask({ root, url: real, reset: true, upgrade: ['head'] })).error).toBeNull()
    await database?.execute(
      `ALTER TABLE things DROP COLUMN c1; DROP TYPE IF EXISTS mood; DROP DOMAIN IF EXISTS address;
       CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN address AS integer;
       ALTER TABLE things ADD COLUMN c1 ${other}`,
    )
    expect(columnsOf(await differences(url))).toEqual(reported ? ['c1'] : [])
  })
})
