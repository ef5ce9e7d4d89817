/** Tests the dry run's claims about naming conventions, search paths and opaque operations. */
import { expect, test } from 'vitest'
import type { Operation } from '../../../../src/core/history/operation.ts'
import { pendingNames } from '../../../../src/core/dry-run/referenced-names.ts'
import { type DryRun, dryRunUpgrade } from '../../../../src/core/dry-run/dry-run.ts'
import type { SchemaSnapshot, TableSnapshot } from '../../../../src/core/schema/schema-snapshot.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

const head =
  'import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\nimport geoalchemy2\nfrom rt import *\n'

function stepsOf(...lines: readonly string[]): readonly Operation[] {
  const source = `${head}def upgrade():\n${lines.map((line) => `    ${line}`).join('\n')}\n`
  const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py', 'postgresql')
  return upgrade.kind === 'operations' ? upgrade.operations : []
}

function table(name: string, columns: readonly string[], rest: Partial<TableSnapshot> = {}): TableSnapshot {
  return {
    schema: 'public',
    name,
    visible: true,
    columns: columns.map((column) => ({
      name: column,
      type: 'integer',
      nullable: true,
      serverDefault: null,
    })),
    indexes: [],
    constraints: [],
    ...rest,
  }
}

function replay(
  schema: Partial<SchemaSnapshot>,
  lines: readonly string[],
  newVersionTable: string | null = null,
): DryRun {
  const whole: SchemaSnapshot = {
    dialect: 'postgresql',
    defaultSchema: 'public',
    schemas: ['public'],
    tables: [],
    enums: [],
    ...schema,
  }
  const operations = new Map([['r1', { kind: 'operations', operations: stepsOf(...lines) } as const]])
  return dryRunUpgrade(['r1'], operations, { schema: whole, searchPath: ['public'], newVersionTable })
}

const refused = (tried: DryRun): string | null => tried.failure?.error.message ?? null

test('a name that a naming convention may have changed is only missing if no other name could be it', () => {
  const named = (name: string): TableSnapshot =>
    table('seats', ['id'], { constraints: [{ name, kind: 'check', definition: null, columns: ['id'] }] })
  const drop = [`op.drop_constraint('positive', 'seats', type_='check')`]
  expect(refused(replay({ tables: [named('ck_seats_positive')] }, drop))).toBeNull()
  expect(refused(replay({ tables: [named('other')] }, drop))).toMatch(
    /"positive" of relation "seats" does not/,
  )
  const exact = [`op.drop_constraint(op.f('positive'), 'seats', type_='check')`]
  expect(refused(replay({ tables: [named('ck_seats_positive')] }, exact))).toMatch(/"positive"/)
})

test('a new index explains a missing name only if its own name is final', () => {
  const tables = [table('seats', ['id', 'hall'])]
  const drop = `op.drop_index('ix_seats_hall', 'seats')`
  const add = (name: string): string => `op.create_index(${name}, 'seats', ['hall', 'id'])`
  expect(refused(replay({ tables }, [add(`'ix_seats_hall_id'`), drop]))).toMatch(/"ix_seats_hall"/)
  expect(refused(replay({ tables }, [add(`op.f('ix_seats_hall_id')`), drop]))).toBeNull()
  const renamed = [add(`'other'`), `op.execute('ALTER INDEX other RENAME TO ix_seats_hall_id')`, drop]
  expect(refused(replay({ tables }, renamed))).toBeNull()
})

test('unnamed constraints get an unknown name', () => {
  const unnamed = [
    `op.create_unique_constraint(None, 'seats', ['id'])`,
    `op.drop_constraint('uq_seats_id', 'seats')`,
  ]
  expect(refused(replay({ tables: [table('seats', ['id'])] }, unnamed))).toBeNull()
  const renamed = [unnamed[0] ?? '', `op.execute('ALTER INDEX uq_seats_id RENAME TO other')`]
  expect(refused(replay({ tables: [table('seats', ['id'])] }, renamed))).toBeNull()
  // The index belongs to the constraint or doesn't exist. Either way, it can't be dropped.
  const dropped = [unnamed[0] ?? '', `op.drop_index(op.f('uq_seats_id'), 'seats')`]
  expect(replay({ tables: [table('seats', ['id'])] }, dropped).failure).toMatchObject({
    messageUncertain: true,
  })
})

test('a created schema that is on the search path changes name resolution', () => {
  const surroundings = {
    relations: [],
    types: [],
    access: [],
    createSchemas: true,
    pathSetting: ['hall', 'public'],
  }
  const lines = [`op.execute('CREATE SCHEMA hall')`, `op.create_table('seats', sa.Column('id', sa.Integer))`]
  const tables = [table('seats', ['id'])]
  expect(refused(replay({ tables, surroundings }, lines))).toBeNull()
  const elsewhere = { ...surroundings, pathSetting: ['public'] }
  expect(refused(replay({ tables, surroundings: elsewhere }, lines))).toMatch(
    /relation "seats" already exists/,
  )
})

test('Alembic creates the version table before the first migration', () => {
  const widen = [`op.alter_column('alembic_version', 'version_num', type_=sa.String(64))`]
  expect(refused(replay({}, widen, 'alembic_version'))).toBeNull()
  expect(refused(replay({}, widen))).toMatch(/relation "alembic_version" does not exist/)
})

test('names that PostgreSQL truncates are tracked by their truncated form', () => {
  const long = 'x'.repeat(64)
  expect(refused(replay({}, [`op.drop_table('${long}')`]))).toBe(
    refused(replay({}, [`op.drop_table('${long.slice(1)}')`])),
  )
  expect(refused(replay({}, [`op.drop_table('${long.slice(1)}')`]))).toMatch(/does not exist/)
})

test("an opaque operation that names its tables doesn't affect others", () => {
  const tables = [table('seats', ['id']), table('chairs', ['id'])]
  const lines = [
    `op.execute('ALTER TABLE seats ADD COLUMN label text GENERATED BY NOTHING')`,
    `op.drop_column('seats', 'label')`,
    `op.drop_column('chairs', 'label')`,
  ]
  const tried = replay({ tables }, lines)
  expect(tried.failure).toMatchObject({
    object: { kind: 'column', table: 'chairs', name: 'label' },
    first: false,
  })
  expect(tried).toMatchObject({ operations: 3, understood: 0 })
})

test('an alteration of an unknown table leaves the rest of the schema known', () => {
  const seats = table('seats', ['id'])
  const checked = (first: string, then: string): number =>
    replay({ tables: [seats] }, [first, `op.execute(${JSON.stringify(then)})`]).understood
  const alter = `op.alter_column(name, 'n', type_=sa.BigInteger())`
  const index = `op.create_index('ix', name, ['n'])`
  const column = `op.execute(f'ALTER TABLE {name} ADD COLUMN n int')`
  const made = `op.create_table(name, sa.Column('id', sa.Integer))`
  for (const known of [alter, index, made]) {
    expect(checked(known, 'ALTER TABLE seats ADD COLUMN n int')).toBe(1)
    expect(checked(known, 'DELETE FROM seats WHERE id IS NULL')).toBe(1)
    expect(checked(known, 'ALTER TABLE gone ADD COLUMN n int')).toBe(0)
  }
  expect(checked(column, 'ALTER TABLE seats ADD COLUMN n int')).toBe(0)
  expect(checked(column, 'DROP TABLE seats')).toBe(1)
  expect(checked(index, 'DROP INDEX ix')).toBe(0)
  // An operation on an unknown table may have dropped or renamed `seats`.
  for (const wild of [`op.rename_table(name, 'x')`, `op.execute(f'ALTER TABLE {name} {action}')`]) {
    expect(checked(wild, 'UPDATE seats SET id = 1')).toBe(0)
  }
})

test('unknown values leave the names of a statement known', () => {
  const seats = table('seats', ['id', 'n'])
  const rows = (sql: string): DryRun => replay({ tables: [seats] }, [`op.execute(f${JSON.stringify(sql)})`])
  for (const sql of [
    `UPDATE seats SET n = '{value}' WHERE id = '{key}'`,
    `INSERT INTO seats (id, n) VALUES ({key}, '{value}'), (null, {value})`,
    `SELECT n FROM seats WHERE id = 'x{key}'`,
  ]) {
    expect(rows(sql), sql).toMatchObject({ understood: 1, rows: 1 })
  }
  // An unknown value may be the name of a column.
  expect(rows(`UPDATE seats SET n = {value}`).understood).toBe(0)
  expect(refused(rows(`UPDATE gone SET n = '{value}'`))).toMatch(/relation "gone" does not exist/)
})

test('PostgreSQL joins labels on consecutive lines', () => {
  const labels = (text: string) =>
    stepsOf(`op.execute(${JSON.stringify(`CREATE TYPE mood AS ENUM (${text})`)})`)
  expect(labels(`'a',\n 'b'\n 'c'`)).toMatchObject([{ kind: 'createEnum', values: ['a', 'bc'] }])
  expect(labels(`'a' 'b'`)).toMatchObject([{ kind: 'opaque' }])
  expect(stepsOf(`op.execute(f'CREATE TYPE mood AS ENUM ({labels})')`)).toMatchObject([
    { kind: 'createEnum', enum: { name: 'mood' }, values: null },
  ])
})

test('a decorated function without the connection is a call', () => {
  const call = (body: string, given = ''): DryRun =>
    replay({}, [`@shop.cached`, `def price(x): return ${body}`, `price(${given})`, `op.drop_table('gone')`])
  expect(call('x + 1', '1')).toMatchObject({ operations: 1, understood: 0, calls: [{}], failure: null })
  for (const [body, given] of [
    ['op.execute(x)', '1'],
    ['x', 'op.get_bind()'],
  ] as const) {
    expect(call(body, given)).toMatchObject({ operations: 2, calls: [] })
  }
})

test('calls inside a column compute its type', () => {
  const add = `op.add_column('seats', sa.Column('n', sa.String(length=shop.length())))`
  expect(replay({ tables: [table('seats', ['id'])] }, [add])).toMatchObject({
    operations: 1,
    understood: 1,
    calls: [],
  })
})

test('a change of an index or a column under a condition leaves its table known', () => {
  const tables = [table('seats', ['id', 'n']), table('users', ['id'])]
  const then = (...inside: readonly string[]): DryRun =>
    replay({ tables }, [
      `if op.get_bind().execute(sa.text('SELECT id FROM users')).scalar():`,
      ...inside.map((line) => `    ${line}`),
      `op.execute('UPDATE seats SET n = 1')`,
    ])
  expect(then(`op.create_index('ix', 'seats', ['n'])`)).toMatchObject({ unchecked: [] })
  expect(then(`op.alter_column('seats', 'n', nullable=False)`)).toMatchObject({ unchecked: [] })
  expect(then(`op.drop_column('seats', 'id')`)).toMatchObject({ unchecked: [] })
  expect(then(`op.drop_column('seats', 'n')`).unchecked).toHaveLength(1)
})

test('a list of statements that is extended under a condition is DML if all of them are', () => {
  const run = (sql: string): DryRun =>
    replay({ tables: [table('seats', ['id'])] }, [
      `statements = ['DELETE FROM seats']`,
      `if op.get_bind().execute(sa.text('SELECT id FROM seats')).scalar():`,
      `    statements += [${JSON.stringify(sql)}]`,
      `for statement in statements:`,
      `    op.execute(sa.text(statement))`,
      `op.drop_column('seats', 'id')`,
    ])
  expect(run('UPDATE seats SET id = 1').unchecked).toHaveLength(1)
  expect(run('DROP TABLE seats').unchecked).toHaveLength(2)
})

test('after an operation that may do anything, only recreated objects are known', () => {
  const lines = [
    `op.execute(sa.text(make()))`,
    `op.drop_table('chairs')`,
    `op.create_table('seats', sa.Column('id', sa.Integer))`,
    `op.drop_column('seats', 'label')`,
  ]
  expect(refused(replay({}, lines))).toMatch(/column "label" of relation "seats" does not exist/)
})

test('an unreadable migration counts as one operation, and hides what follows', () => {
  const operations = new Map([
    ['r1', { kind: 'unreadable', reason: 'x', span: { path: 'a.py', line: 1, column: 1 } } as const],
    ['r2', { kind: 'operations', operations: stepsOf(`op.drop_table('seats')`) } as const],
  ])
  const schema = {
    dialect: 'postgresql',
    defaultSchema: 'public',
    schemas: [],
    tables: [],
    enums: [],
  } as const
  const start = { schema, searchPath: ['public'], newVersionTable: null }
  expect(dryRunUpgrade(['r1', 'r2'], operations, start)).toMatchObject({
    operations: 2,
    understood: 0,
    failure: null,
  })
})

test('the operations report exactly the names that they need', () => {
  const operations = new Map([
    [
      'r1',
      {
        kind: 'operations',
        operations: stepsOf(
          `op.create_table('seats', sa.Column('mood', sa.Enum('x', name='mood')), sa.Column('owner', sa.Integer, sa.ForeignKey('hall.users.id')))`,
          `op.rename_table('a', 'b')`,
          `op.execute('ALTER INDEX c RENAME TO d')`,
          `op.drop_constraint('e', 'f')`,
        ),
      } as const,
    ],
  ])
  const { names, schemas } = pendingNames(['r1'], operations)
  expect(names.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'mood', 'seats', 'users'])
  expect(schemas).toEqual(['hall'])
  expect(pendingNames(['r2'], operations).names).toEqual([])
})

test('a likely name is tracked, and never the reason for a failure', () => {
  const made = `op.create_table('seats', sa.Column('id', sa.Integer, primary_key=True), sa.Column('n', sa.Integer, index=True))`
  const followed = replay({}, [
    made,
    `op.drop_constraint('seats_pkey', 'seats')`,
    `op.drop_index('ix_seats_n')`,
  ])
  expect(followed).toMatchObject({ understood: 3, failure: null })
  const other = `op.create_table('other', sa.Column('id', sa.Integer))`
  const taken = replay({}, [made, other, `op.create_index('ix_seats_n', 'other', ['id'])`])
  expect(taken).toMatchObject({ understood: 2, failure: null })
  const named = replay({}, [made, `op.create_unique_constraint('seats_pkey', 'seats', ['n'])`])
  expect(named).toMatchObject({ understood: 1, failure: null })
})

test('the index of a GeoAlchemy column exists, and no other', () => {
  const postgis = `op.execute('CREATE EXTENSION IF NOT EXISTS postgis')`
  const made = `op.create_table('areas', sa.Column('id', sa.Integer), sa.Column('shape', geoalchemy2.types.Geometry('POLYGON')))`
  const dropped = `op.drop_index('idx_areas_shape', table_name='areas')`
  expect(replay({}, [postgis, made, dropped]).failure).toBeNull()
  const other = `op.drop_index('idx_areas_form', table_name='areas')`
  expect(refused(replay({}, [postgis, made, other]))).toMatch(/index "idx_areas_form" does not exist/)
  const again = `op.create_index('idx_areas_shape', 'areas', ['shape'], postgresql_using='gist')`
  expect(refused(replay({}, [postgis, made, again]))).toMatch(/relation "idx_areas_shape" already exists/)
  const added = `op.add_column('areas', sa.Column('shape', geoalchemy2.Geography()))`
  expect(replay({ tables: [table('areas', ['id'])] }, [postgis, added, dropped]).failure).toBeNull()
  expect(replay({ tables: [table('areas', ['id'])] }, [dropped]).failure).not.toBeNull()
})

test('only what a conditional operation may change becomes uncertain', () => {
  const maybe = (line: string): string =>
    `if op.get_bind().execute(sa.text('SELECT 1')).scalar():\n        ${line}`
  const mood = { schema: 'public', name: 'mood', visible: true, values: ['calm'], owned: true }
  const seats = table('seats', ['id'])
  const typed = `op.add_column('seats', sa.Column('mood', postgresql.ENUM('calm', name='mood', create_type=False)))`
  const other = maybe(`op.add_column('other', sa.Column('x', sa.Integer))`)
  expect(replay({ tables: [seats], enums: [mood] }, [other, typed]).unchecked).toHaveLength(1)
  expect(refused(replay({ tables: [seats] }, [other, typed]))).toMatch(/type "mood" does not exist/)
  const dropType = maybe(`op.execute('DROP TYPE mood')`)
  expect(replay({ tables: [seats], enums: [mood] }, [dropType, typed]).unchecked).toHaveLength(1)
  const dropIndex = maybe(`op.execute('DROP INDEX IF EXISTS ix_seats')`)
  const add = `op.add_column('seats', sa.Column('id', sa.Integer))`
  expect(refused(replay({ tables: [seats] }, [dropIndex, add]))).toMatch(
    /column "id" of relation "seats" already/,
  )
})

test('a conditional operation is tried as if the condition held, and its effect is uncertain afterward', () => {
  const asked = `rows = op.get_bind().execute(sa.text('SELECT 1')).scalar()`
  const seats = table('seats', ['id'])
  const both = `if rows:
        op.add_column('seats', sa.Column('x', sa.Integer))
        op.create_index('ix_x', 'seats', ['x'])`
  expect(replay({ tables: [seats] }, [asked, both])).toMatchObject({ unchecked: [], failure: null })
  // The condition decides whether the column exists.
  const after = replay({ tables: [seats] }, [asked, both, `op.drop_column('seats', 'x')`])
  expect(after.unchecked).toMatchObject([{ reason: { kind: 'uncertain' } }])
  expect(after.failure).toBeNull()
  const wrong = `if rows:
        op.drop_column('seats', 'x')`
  expect(replay({ tables: [seats] }, [asked, wrong])).toMatchObject({
    unchecked: [{ reason: { kind: 'opaque', reason: 'under a condition' } }],
    failure: null,
  })
  const ends = `if rows:
        return`
  const rest = [`op.create_table('t', sa.Column('id', sa.Integer))`, `op.create_index('ix_t', 't', ['id'])`]
  expect(replay({}, [asked, ends, ...rest])).toMatchObject({ unchecked: [], failure: null })
})

test('for counting only, code without the connection is assumed not to change the schema', () => {
  const seats = table('seats', ['id'])
  const call = `shop.prices.refresh(7)`
  const add = `op.add_column('seats', sa.Column('x', sa.Integer))`
  const counted = replay({ tables: [seats] }, [call, add])
  expect(counted).toMatchObject({
    operations: 1,
    understood: 1,
    unchecked: [],
    calls: [{ reason: { kind: 'opaque' } }],
    failure: null,
  })
  const twice = `op.add_column('seats', sa.Column('id', sa.Integer))`
  const unsure = replay({ tables: [seats] }, [call, twice])
  expect(unsure).toMatchObject({ understood: 0, failure: null })
  expect(unsure).toMatchObject({ unchecked: [{}], calls: [{}] })
  // A function that receives the connection or has a suspicious name may change the schema.
  for (const other of [`shop.prices.refresh(op.get_bind())`, `shop.prices.create_tables()`]) {
    expect(replay({ tables: [seats] }, [other, add])).toMatchObject({ understood: 0, failure: null })
  }
})

test('DML is checked if everything that it names exists', () => {
  const seats = table('seats', ['id', 'n'])
  const rows = (sql: string) => replay({ tables: [seats] }, [`op.execute(${JSON.stringify(sql)})`])
  for (const sql of [
    `UPDATE seats SET n = 1 WHERE id IN (1, 2) AND n IS NOT NULL`,
    `DELETE FROM seats s WHERE s.id = 1`,
    `INSERT INTO seats (id, n) SELECT max(id) + 1, coalesce(t.n, 0)::bigint FROM seats AS t GROUP BY t.n`,
    `TRUNCATE seats`,
  ]) {
    expect(rows(sql), sql).toMatchObject({ understood: 1, rows: 1, unchecked: [] })
  }
  expect(rows(`UPDATE seats SET n = 1 WHERE other = 2`).failure).toMatchObject({
    object: { kind: 'column', table: 'seats', name: 'other' },
  })
  for (const sql of [
    `UPDATE seats SET n = price_of(id)`,
    `INSERT INTO seats (id) VALUES (1) ON CONFLICT (id) DO NOTHING`,
    `UPDATE seats SET n = 'x'::mood`,
  ]) {
    expect(rows(sql), sql).toMatchObject({
      understood: 0,
      rows: 0,
      unchecked: [{ reason: { kind: 'rows' } }],
    })
  }
})

test('SQL from one of several assignments is DML if all of them are', () => {
  const seats = table('seats', ['id'])
  const loop = (other: string) => `for row in op.get_bind().execute(sa.text('SELECT id FROM seats')):
        sql = f'UPDATE seats SET id = {row.id}'
        if row.id:
            sql = '${other}'
        op.get_bind().execute(sa.text(sql))`
  const twice = `op.add_column('seats', sa.Column('id', sa.Integer))`
  const rows = replay({ tables: [seats] }, [loop('DELETE FROM seats'), twice])
  expect(refused(rows)).toMatch(/column "id" of relation "seats" already exists/)
  expect(replay({ tables: [seats] }, [loop('DROP TABLE seats'), twice]).failure).toBeNull()
})

test('Alembic has created the version table before the first migration', () => {
  const schema: SchemaSnapshot = {
    dialect: 'postgresql',
    defaultSchema: 'public',
    schemas: ['public'],
    tables: [],
    enums: [],
  }
  const start = { schema, searchPath: ['public'], newVersionTable: 'alembic_version' }
  const steps = (line: string) =>
    new Map([['r1', { kind: 'operations', operations: stepsOf(line) } as const]])
  const create = steps(`op.create_table('alembic_version', sa.Column('id', sa.Integer))`)
  const drop = steps(`op.drop_constraint('alembic_version_pkc', 'alembic_version')`)
  const sure = { ...start, versionTableSure: true }
  expect(refused(dryRunUpgrade(['r1'], create, sure))).toMatch(/relation "alembic_version" already exists/)
  expect(dryRunUpgrade(['r1'], create, start).failure).toBeNull()
  // `version_table_pk=False` leaves out the primary key.
  expect(dryRunUpgrade(['r1'], drop, sure)).toMatchObject({ failure: null, understood: 0 })
})

test('a name that was not fetched is free if no object has it', () => {
  const index = { name: 'old', unique: false, definition: null, columns: ['id'] }
  const schema = (...names: string[]): SchemaSnapshot => ({
    dialect: 'postgresql',
    defaultSchema: 'public',
    schemas: ['public'],
    tables: [table('seats', ['id'], { indexes: [index] })],
    enums: [],
    listed: { tables: [], schemas: ['public'], names },
  })
  const renamed = stepsOf(`op.execute('ALTER INDEX old RENAME TO new')`)
  const answered = () => ({ kind: 'operations', operations: renamed }) as const
  const inquiry = { names: [], lists: true, possible: [], answered }
  const operations = new Map([['r1', { kind: 'operations', operations: [], inquiry } as const]])
  const fetched = { names: ['seats', 'old'], schemas: ['public'], lists: true as const }
  const tried = (...names: string[]) =>
    dryRunUpgrade(['r1'], operations, {
      schema: schema(...names),
      searchPath: ['public'],
      newVersionTable: null,
      fetched,
    }).understood
  expect(tried('seats', 'old')).toBe(1)
  expect(tried('seats', 'old', 'new')).toBe(0)
})
