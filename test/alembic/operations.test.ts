/**
 * Compares the operations in migrations with the schema that Alembic creates. `ALEMBIC_GUARD_MIGRATIONS` sets
 * the number of random histories.
 */
import type { DialectName } from '../../src/core/dialect/dialect-name.ts'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ColumnType } from '../../src/core/history/operation.ts'
import { readOperations } from '../../src/python/operations/read-operations.ts'
import { findPython } from '../support/judge.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import { diceOf, randomMigrations } from '../support/random-migration.ts'
import { type Held, type MigrationRunner, startRunner } from '../support/run-migration.ts'
import { type StatedSchema, apply } from '../support/migrated-schema.ts'
import { seed } from '../support/seed.ts'

const stories = Number(process.env['ALEMBIC_GUARD_MIGRATIONS'] ?? 40)
const python = findPython()
const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
const server = drivable ? await findPostgres() : null

const head = `from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
def upgrade():
    `

function stepsOf(source: string, dialect: DialectName) {
  const { upgrade } = readOperations(new TextEncoder().encode(source), 'versions/a.py', dialect)
  if (upgrade.kind === 'unreadable') throw new Error(upgrade.reason)
  return upgrade.operations
}

test('Python with Alembic and psycopg2, and a PostgreSQL server, are available', () => {
  if (!server) console.warn('SKIPPED: no python3 with Alembic and psycopg2, or no PostgreSQL server')
  expect(server !== null || !process.env['CI']).toBe(true)
})

const types = [
  'sa.Integer', 'sa.INTEGER()', 'sa.SmallInteger()', 'sa.BigInteger()', 'sa.String()', 'sa.String(50)',
  'sa.String(length=20, collation=None)', 'sa.Unicode(7)', 'sa.VARCHAR(9)', 'sa.CHAR(3)', 'sa.CHAR()', 'sa.Text()',
  'sa.TEXT', 'sa.UnicodeText()', 'sa.Boolean()', 'sa.Boolean', 'sa.Date()', 'sa.DateTime()', 'sa.DateTime(True)',
  'sa.DateTime(timezone=True)', 'sa.TIMESTAMP(timezone=True)', 'sa.TIMESTAMP()', 'sa.Time()', 'sa.Interval()',
  'sa.Float()', 'sa.Float(53)', 'sa.Float(precision=10)', 'sa.REAL()', 'sa.Numeric()', 'sa.Numeric(10)',
  'sa.Numeric(10, 2)', 'sa.Numeric(precision=8, scale=3)', 'sa.DECIMAL(5, 1)', 'sa.LargeBinary()', 'sa.PickleType()',
  'sa.JSON()', "sa.Enum('a', 'bcd', name='e1')", "sa.Enum('a', 'bcd', name='e2', native_enum=False)",
  "sa.Enum('a', 'bcd', name='e3', native_enum=False, length=9)",
] // prettier-ignore

const postgresTypes = [
  'postgresql.JSONB()', 'postgresql.JSONB(astext_type=sa.Text())', 'postgresql.UUID()', 'postgresql.UUID(as_uuid=True)',
  'postgresql.ARRAY(sa.String(5))', 'sa.ARRAY(sa.Integer)', 'postgresql.INET()', 'postgresql.CIDR()',
  'postgresql.MACADDR()', 'postgresql.TSVECTOR()', 'postgresql.BYTEA()', 'postgresql.DOUBLE_PRECISION()',
  'postgresql.DOUBLE_PRECISION(precision=53)', 'postgresql.INTERVAL()', 'postgresql.OID()', 'postgresql.MONEY()',
  'postgresql.TIMESTAMP(precision=3)', 'postgresql.TIMESTAMP(timezone=True, precision=0)', 'postgresql.TIME(precision=2)',
  'postgresql.INT4RANGE()', 'postgresql.DATERANGE()', 'postgresql.TSTZRANGE()', 'postgresql.NUMRANGE()',
  "postgresql.ENUM('x', 'y', name='e9')", "postgresql.ARRAY(sa.Enum('p', name='e8'))", 'postgresql.BIT(3)',
] // prettier-ignore

const rawTypes = [
  'int', 'int4', 'int8', 'bigint', 'smallint', 'serial', 'bigserial', 'varchar', 'varchar(3)', 'character varying(4)',
  'char', 'char(2)', 'character(5)', 'text', 'bool', 'float', 'float(10)', 'float(30)', 'float4', 'real',
  'double precision', 'decimal', 'numeric(4)', 'numeric(6,2)', 'timestamp', 'timestamp(3)', 'timestamptz',
  'timestamptz(2)', 'timestamp with time zone', 'timestamp(1) with time zone', 'time', 'timetz', 'time with time zone',
  'date', 'interval', 'json', 'jsonb', 'uuid', 'bytea', 'inet', 'int[]', 'varchar(5)[]', 'text array', 'int[3][]',
  'TIMESTAMP WITHOUT TIME ZONE', '"char"',
] // prettier-ignore

/** Undocumented cases. Table `a` has the columns `id` and `x`. */
const forms = [
  `op.add_column('a', sa.Column('k', sa.Integer, primary_key=True))`,
  `op.add_column('a', sa.Column('u', sa.Integer, unique=True, index=True))`,
  `op.add_column('a', sa.Column('u', sa.Integer, unique=True))`,
  `op.add_column('a', sa.Column('r', sa.Integer, sa.ForeignKey('a.id')))`,
  `op.add_column('a', sa.Column('d', sa.Text, server_default=''))`,
  `op.add_column('a', sa.Column('d', sa.Text, default='x', nullable=False))`,
  `op.create_table('b', sa.Column('m', sa.Enum('a', 'b', name='mm')))\n    op.drop_table('b')`,
  `op.create_table('b', sa.Column('m', postgresql.ENUM('a', name='mm')))\n    op.create_table('c', sa.Column('m', sa.Enum('a', name='mm')))`,
  `postgresql.ENUM('a', name='mm').create(op.get_bind())\n    op.create_table('b', sa.Column('m', postgresql.ENUM('a', name='mm', create_type=False)))`,
  `op.create_table('b', sa.Column('p', sa.Integer, nullable=True), sa.Column('q', sa.Integer), sa.PrimaryKeyConstraint('p', 'q'))`,
  `op.create_table('b', sa.Column('p', sa.Integer, primary_key=True), sa.Column('q', sa.Integer, primary_key=True))`,
  `op.create_table('b', sa.Column('p', sa.Integer, sa.Identity()), sa.Column('q', sa.Integer, sa.Computed('1 + 1')))`,
  `op.create_table('b', sa.Column('p', sa.String(3), sa.ForeignKey('b.p'), primary_key=True), sa.CheckConstraint("p <> 'x'"))`,
  `op.create_table('b', sa.Column('p', sa.Integer), sa.Column('q', sa.Integer), sa.ForeignKeyConstraint(['p'], ['a.id'], ondelete='CASCADE'), sa.Index('ib', 'p', 'q', unique=True))`,
  `op.execute('CREATE TABLE b (p int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, q int GENERATED ALWAYS AS (1 + 1) STORED, r bigserial UNIQUE)')`,
  `op.execute('ALTER TABLE a RENAME TO "B c"; CREATE INDEX ON "B c" (x DESC NULLS LAST, (id + 1)) INCLUDE (id)')`,
  `op.execute('ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES a ON DELETE SET NULL NOT VALID')`,
  `op.alter_column('a', 'x', type_=sa.Text(), nullable=False, server_default='0', new_column_name='y')`,
  `op.alter_column('a', 'id', server_default=None)`,
  `op.create_check_constraint('ck', 'a', sa.column('x') > 1)\n    op.drop_constraint('ck', 'a', type_='check')`,
  `op.create_index('ix', 'a', [sa.text('x DESC')], unique=True, postgresql_where=sa.text('x > 1'))`,
  `[op.create_index(f'ix_{c}', 'a', [c]) for c in ['id', 'x'] if c != 'id']`,
  `t = op.create_table('b', sa.Column('p', sa.Integer))\n    op.bulk_insert(t, [{'p': 1}])\n    op.execute(t.update().values(p=2))`,
  `op.execute("DO $$ BEGIN END $$") if op.get_bind().dialect.name == 'sqlite' else op.drop_column('a', 'x')`,
]

function typeIn(source: string, dialect: DialectName): ColumnType | null {
  const created = stepsOf(source, dialect).find((step) => step.kind === 'createTable')
  return created?.columns?.[0]?.type ?? null
}

function compare(schema: StatedSchema, held: Held): void {
  const stated = [...schema.tables].flatMap(([table, { columns }]) =>
    [...columns.values()].map(({ name, type, nullable, serverDefault }) => {
      const real = held.columns.find((row) => row[1] === table && row[2] === name)
      return {
        at: `${table}.${name}`,
        type: type.enum?.name ?? type.postgres,
        nullable: nullable ?? real?.[4],
        default: serverDefault.kind === 'unknown' ? real?.[5] : serverDefault.kind === 'present',
      }
    }),
  )
  const real = held.columns.map((row) => ({
    at: `${row[1]}.${row[2]}`,
    type: row[3],
    nullable: row[4],
    default: row[5],
  }))
  expect(stated.toSorted(byPlace)).toEqual(real.toSorted(byPlace))
  expect(new Map(schema.enums)).toEqual(new Map(held.enums.map(([name, values]) => [name, values])))
  const shown = (table: string, columns: readonly (string | null)[]): string => `${table}(${columns.join()})`
  const indexes = [...schema.tables].flatMap(([table, { indexes: each }]) =>
    each.map(({ columns, unique }) => `${shown(table, columns)}${unique}`),
  )
  expect(indexes.toSorted()).toEqual(
    held.indexes.map((row) => `${shown(row[0], row[3])}${row[2]}`).toSorted(),
  )
  const letters = { primaryKey: 'p', unique: 'u', foreignKey: 'f', check: 'c', exclude: 'x' }
  const constraints = [...schema.tables].flatMap(([table, { constraints: each }]) =>
    each.map((one) => `${letters[one.kind]} ${shown(table, 'columns' in one ? one.columns : [])}`),
  )
  const realConstraints = held.constraints.map(
    // The guard doesn't know which columns a check constraint uses.
    (row) => `${row[1]} ${shown(row[0], row[1] === 'c' ? [] : row[3])}`,
  )
  expect(constraints.toSorted()).toEqual(realConstraints.toSorted())
}

function byPlace(left: { at: string }, right: { at: string }): number {
  return left.at < right.at ? -1 : 1
}

describe.skipIf(server === null)('on PostgreSQL', () => {
  let database: TestDatabase
  let runner: MigrationRunner

  beforeAll(async () => {
    if (!server || !python) return
    database = await server.createDatabase()
    runner = await startRunner(python, database.url.replace(/^postgres:/, 'postgresql:'))
  })

  afterAll(async () => {
    if (!server) return
    console.log(`${runner.versions}, PostgreSQL ${server.major}, seed ${seed}`)
    runner.close()
    await database.drop()
  })

  test('the parsed type matches the catalog', async () => {
    const unknown: string[] = []
    const all = [
      ...[...types, ...postgresTypes].map((type) => `op.create_table('t', sa.Column('c', ${type}))`),
      ...rawTypes.map((type) => `op.execute('CREATE TABLE t (c ${type})')`),
    ]
    for (const line of all) {
      const source = `${head}${line}\n`
      const ran = await runner.run(source, true)
      expect(ran.error, line).toBeNull()
      const type = typeIn(source, 'postgresql')
      const read = type?.enum?.name ?? type?.postgres ?? null
      if (read !== null) {
        expect(read, line).toBe(ran.held?.columns[0]?.[3])
      } else unknown.push(line)
    }
    expect(unknown).toEqual([
      "op.create_table('t', sa.Column('c', postgresql.ARRAY(sa.Enum('p', name='e8'))))",
      `op.execute('CREATE TABLE t (c "char")')`,
    ])
  })

  test.each(forms)('%s', async (body) => {
    const source = `${head}op.create_table('a', sa.Column('id', sa.Integer, primary_key=True), sa.Column('x', sa.Integer))\n    ${body}\n`
    const ran = await runner.run(source, true)
    expect(ran.error).toBeNull()
    const schema: StatedSchema = { tables: new Map(), enums: new Map() }
    apply(schema, stepsOf(source, 'postgresql'))
    if (ran.held) compare(schema, ran.held)
  })

  test('random migrations have the effect that their operations describe', async () => {
    const dice = diceOf(seed)
    let compared = 0
    for (let story = 0; story < stories; story++) {
      const schema: StatedSchema = { tables: new Map(), enums: new Map() }
      const sources = randomMigrations(dice, 8, false)
      for (const [index, source] of sources.entries()) {
        const ran = await runner.run(source, index === 0)
        // The database rejects the step, so end this history.
        if (ran.error !== null) break
        try {
          apply(schema, stepsOf(source, 'postgresql'))
          compare(schema, ran.held)
          compared++
        } catch (error) {
          throw new Error(`seed ${seed}\n${sources.slice(0, index + 1).join('\n# ----\n')}`, { cause: error })
        }
      }
    }
    console.log(`${compared} random migrations in ${stories} histories agree`)
    expect(compared).toBeGreaterThan(stories * 3)
  })
})

describe.skipIf(python === null)('on SQLite', () => {
  test('the parsed type matches the declared type', async () => {
    if (!python) return
    const runner = await startRunner(python, 'sqlite://')
    let number = 0
    for (const type of types) {
      const source = `${head}op.create_table('t${++number}', sa.Column('c', ${type}))\n`
      const ran = await runner.run(source, false)
      expect(ran.error, type).toBeNull()
      const read = typeIn(source, 'sqlite')?.sqlite ?? null
      const declared = ran.held?.columns.find((row) => row[1] === `t${number}`)?.[3]
      if (read !== null) expect(read, type).toBe(declared)
    }
    runner.close()
  })
})
