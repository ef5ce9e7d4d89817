/**
 * Tests how dry runs handle uncertainty, the first failure, privileges, dependent objects and unused names.
 */
import { describe, expect, test } from 'vitest'
import { type DryRunStart, type DryRun, dryRunUpgrade } from '../../../../src/core/dry-run/dry-run.ts'
import type { RowAnswers } from '../../../../src/core/dry-run/simulated-schema.ts'
import type { SchemaSnapshot, TableSnapshot } from '../../../../src/core/schema/schema-snapshot.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

const head =
  'import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\nfrom rt import *\n'

function table(name: string, columns: readonly string[], rest: Partial<TableSnapshot> = {}): TableSnapshot {
  const described = columns.map((column) => ({
    name: column,
    type: 'integer',
    nullable: true,
    serverDefault: null,
  }))
  const parts = { columns: described, indexes: [], constraints: [] }
  return { schema: 'public', name, visible: true, described: `table ${name}`, ...parts, ...rest }
}

interface Tried {
  readonly schema?: Partial<SchemaSnapshot>
  readonly start?: Partial<DryRunStart>
  readonly answers?: RowAnswers
  readonly dialect?: 'postgresql' | 'sqlite'
}

/** Dry-runs one revision per `upgrade()` body. */
function tried(
  { schema, start, answers, dialect = 'postgresql' }: Tried,
  ...bodies: readonly (readonly string[])[]
): DryRun {
  const ids = bodies.map((_, index) => `r${index + 1}`)
  const operations = new Map(
    bodies.map((lines, index) => {
      const source = `${head}def upgrade():\n${lines.map((line) => `    ${line}`).join('\n')}\n`
      return [ids[index] ?? '', readOperations(new TextEncoder().encode(source), 'a.py', dialect).upgrade]
    }),
  )
  const empty = { dialect, defaultSchema: 'public', schemas: ['public'], tables: [], enums: [] }
  const whole = { schema: { ...empty, ...schema }, searchPath: ['public'], newVersionTable: null, ...start }
  return dryRunUpgrade(ids, operations, whole, answers)
}

const message = ({ failure }: DryRun): string | null => failure?.error.message ?? null
const gone = `op.drop_table('chairs')`

test('the dry run ends at the first failure, and later revisions are only counted', () => {
  const run = tried({}, [gone, gone], [gone])
  expect(run).toMatchObject({ operations: 3, understood: 0, failure: { revision: 'r1', first: true } })
})

test("a certain failure after a possible one isn't reported as the first", () => {
  expect(
    tried({}, [`op.execute(unread())`, `op.execute('CREATE TABLE a (id int)')`], [gone]).failure,
  ).toBeNull()
  const rows = tried({ schema: { tables: [table('seats', ['id'])] } }, [
    `op.execute('DELETE FROM seats')`,
    gone,
  ])
  expect(rows.failure).toMatchObject({ first: false, messageUncertain: true })
})

describe('privileges', () => {
  const access = { owned: false, references: false }
  const others = { tables: [table('seats', ['id'], { access }), table('users', ['id'], { access })] }

  test('only the owner of a table can alter it', () => {
    const alter = [`op.add_column('seats', sa.Column('n', sa.Integer()))`]
    expect(message(tried({ schema: others }, alter))).toMatch(/must be owner of table seats/)
    expect(message(tried({ schema: others, start: { rightsUnknown: true } }, alter))).toBeNull()
    expect(message(tried({ schema: others }, [`op.execute('SET ROLE boss')`, ...alter]))).toBeNull()
    expect(message(tried({ schema: others }, [`op.execute("SET lock_timeout = '1s'")`, ...alter]))).toMatch(
      /owner/,
    )
  })

  test('a foreign key requires REFERENCES', () => {
    const made = `op.create_table('own', sa.Column('u', sa.Integer(), sa.ForeignKey('users.id')))`
    expect(message(tried({ schema: others }, [made]))).toMatch(/permission denied for table users/)
  })

  test('creating a table requires CREATE on the schema, which its owner has', () => {
    const surroundings = (create: boolean) => ({
      relations: [],
      types: [],
      access: [{ name: 'public', usage: true, create, owned: false }],
      createSchemas: false,
      pathSetting: ['public'],
    })
    const made = [`op.create_table('own', sa.Column('id', sa.Integer()))`]
    expect(message(tried({ schema: { surroundings: surroundings(false) } }, made))).toMatch(/schema public/)
    expect(message(tried({ schema: { surroundings: surroundings(true) } }, made))).toBeNull()
    const schema = [`op.execute('CREATE SCHEMA later')`]
    expect(message(tried({ schema: { surroundings: surroundings(true) } }, schema))).toMatch(
      /denied for database/,
    )
  })
})

describe('dependent objects', () => {
  const view = { kind: 'view', schema: 'public', table: 'v', name: 'v', columns: ['id'], key: null } as const
  const needed = { tables: [table('seats', ['id', 'n'], { dependents: [view] })] }

  test('a view prevents dropping its table and columns until it is dropped itself', () => {
    const surroundings = {
      relations: [{ kind: 'view' as const, schema: 'public', name: 'v', table: null }],
      types: [],
      access: [],
      createSchemas: true,
      pathSetting: ['public'],
    }
    const schema = { ...needed, surroundings }
    expect(message(tried({ schema }, [`op.drop_table('seats')`]))).toMatch(/cannot drop table seats/)
    expect(message(tried({ schema }, [`op.drop_column('seats', 'id')`]))).toMatch(/column id of table seats/)
    expect(message(tried({ schema }, [`op.drop_column('seats', 'n')`]))).toBeNull()
    expect(message(tried({ schema }, [`op.execute('DROP VIEW v')`, `op.drop_table('seats')`]))).toBeNull()
    expect(message(tried({ schema }, [`op.execute('DROP TABLE seats CASCADE')`]))).toBeNull()
  })

  test('a foreign key created by a pending migration prevents dropping its target', () => {
    const made = [
      `op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True))`,
      `op.create_table('seats', sa.Column('u', sa.Integer(), sa.ForeignKey('users.id')))`,
    ]
    expect(tried({}, [...made, `op.drop_table('users')`]).failure).toMatchObject({
      obstacle: { kind: 'dependent', dependent: { kind: 'foreign key', table: 'seats' } },
      messageUncertain: true,
    })
    expect(tried({}, [...made, `op.drop_table('seats')`, `op.drop_table('users')`]).failure).toBeNull()
    const dropped = `op.drop_constraint('seats_u_fkey', 'seats')`
    expect(tried({}, [...made, dropped, `op.drop_table('users')`]).failure).toBeNull()
  })
})

describe('uncertainty', () => {
  const two = { tables: [table('seats', ['id']), table('other', ['id'])] }

  test('a temporary table hides only its own name', () => {
    const temporary = `op.execute('CREATE TEMP TABLE chairs (id int)')`
    expect(message(tried({ schema: two }, [temporary, gone]))).toBeNull()
    expect(message(tried({ schema: two }, [temporary, `op.drop_table('stools')`]))).toMatch(/"stools"/)
  })

  test('a view or sequence only occupies its own name', () => {
    const made = [`op.execute('CREATE VIEW v AS SELECT 1')`, `op.execute('CREATE SEQUENCE s')`]
    expect(message(tried({}, [...made, gone]))).toMatch(/"chairs" does not exist/)
    expect(message(tried({}, [...made, `op.execute('CREATE TABLE v (id int)')`]))).toMatch(
      /"v" already exists/,
    )
    expect(message(tried({}, [...made, `op.execute('CREATE VIEW s AS SELECT 1')`]))).toMatch(/"s" already/)
  })

  test('a statement that might not run makes its names uncertain', () => {
    const asks = `if op.get_bind().execute(sa.text('SELECT 1')).scalar():`
    const maybe = [asks, `    op.execute('CREATE VIEW v AS SELECT 1')`, `op.execute('DROP VIEW v')`]
    expect(tried({}, maybe).failure).toBeNull()
    expect(message(tried({}, [asks, `    op.execute('DROP VIEW v')`, gone]))).toMatch(
      /"chairs" does not exist/,
    )
    expect(message(tried({}, [`op.execute('DROP VIEW v')`]))).toMatch(/view "v" does not exist/)
  })

  test('CASCADE affects dependents, but no names', () => {
    const cascade = `op.execute('ALTER TABLE seats DROP COLUMN id CASCADE')`
    expect(message(tried({ schema: two }, [cascade, gone]))).toMatch(/"chairs" does not exist/)
    expect(message(tried({ schema: two }, [cascade, `op.drop_column('seats', 'x')`]))).toMatch(
      /"x" of relation "seats"/,
    )
    expect(message(tried({ schema: two }, [cascade, `op.drop_column('other', 'x')`]))).toMatch(
      /"x" of relation "other"/,
    )
  })

  test('a statement with two missing names fails with an uncertain message', () => {
    const both = tried({ schema: two }, [`op.execute('INSERT INTO seats SELECT * FROM a, b')`])
    expect(both.failure).toMatchObject({ kind: 'missing', messageUncertain: true })
    const one = tried({ schema: two }, [`op.execute('INSERT INTO seats SELECT * FROM a, other')`])
    expect(one.failure).toMatchObject({ kind: 'missing', messageUncertain: false })
  })

  test("a query doesn't change rows, DML does", () => {
    const live = { schema: two, answers: new Map([['["rows","public","seats"]', true]]) }
    const add = `op.add_column('seats', sa.Column('n', sa.Integer(), nullable=False))`
    expect(message(tried(live, [`op.execute('SELECT id FROM seats')`, add]))).toMatch(/contains null values/)
    expect(message(tried(live, [`op.execute('DELETE FROM seats')`, add]))).toBeNull()
  })
})

describe('indexes', () => {
  const unique = { name: 'one', kind: 'unique', definition: null, columns: ['id'] } as const
  const index = { name: 'one', unique: true, definition: null, columns: ['id'] } as const
  const keyed = { tables: [table('seats', ['id', 'n'], { constraints: [unique], indexes: [index] })] }

  test('the index of a constraint has its name, even after a rename', () => {
    const rename = `op.execute('ALTER TABLE seats RENAME CONSTRAINT one TO two')`
    expect(message(tried({ schema: keyed }, [`op.create_index('one', 'seats', ['n'])`]))).toMatch(
      /"one" already/,
    )
    expect(message(tried({ schema: keyed }, [rename, `op.create_index('one', 'seats', ['n'])`]))).toBeNull()
    expect(message(tried({ schema: keyed }, [rename, `op.create_index('two', 'seats', ['n'])`]))).toMatch(
      /"two"/,
    )
  })

  test("an index that a naming convention may have renamed isn't missing", () => {
    const drop = [`op.drop_index('label_${'x'.repeat(40)}', 'seats')`]
    const named = (name: string) => ({ tables: [table('seats', ['id'], { indexes: [{ ...index, name }] })] })
    expect(message(tried({ schema: named('plain') }, drop))).toMatch(/does not exist/)
    expect(message(tried({ schema: named(`${'y'.repeat(55)}_0a1f`) }, drop))).toBeNull()
    expect(message(tried({ schema: named(`${'y'.repeat(54)}_0a1f`) }, drop))).toMatch(/does not exist/)
  })

  test('an INVALID one is only skipped by IF NOT EXISTS', () => {
    const invalid = { tables: [table('seats', ['id'], { indexes: [{ ...index, invalid: true as const }] })] }
    const lenient = [`op.execute('CREATE INDEX IF NOT EXISTS one ON seats (id)')`]
    expect(tried({ schema: invalid }, lenient).keptInvalid).toMatchObject([{ index: 'one', table: 'seats' }])
    expect(tried({ schema: keyed }, lenient).keptInvalid).toEqual([])
    const strict = tried({ schema: invalid }, [`op.execute('CREATE INDEX one ON seats (id)')`])
    expect(strict.failure?.obstacle).toMatchObject({ kind: 'nameTaken', invalid: true })
  })
})

describe('duplicate keys that PostgreSQL merges', () => {
  const made = (...keys: readonly string[]): string =>
    `op.create_table('seats', sa.Column('a', sa.Integer()), sa.Column('b', sa.Integer()), ${keys.join(', ')})`
  const index = (name: string): string => `op.create_index('${name}', 'seats', ['a'])`

  test('keep the first name, and the other one is free', () => {
    const two = made(`sa.UniqueConstraint('a', name='one')`, `sa.UniqueConstraint('a', name='two')`)
    expect(message(tried({}, [two, index('one')]))).toMatch(/"one" already exists/)
    expect(tried({}, [two, index('two')])).toMatchObject({ failure: null, understood: 2 })
  })

  test('stay separate with different options, which is uncertain for unknown ones', () => {
    const apart = made(
      `sa.UniqueConstraint('a', name='one', deferrable=True)`,
      `sa.UniqueConstraint('a', name='two')`,
    )
    expect(message(tried({}, [apart, index('two')]))).toMatch(/"two" already exists/)
    const open = made(
      `sa.UniqueConstraint('a', name='one')`,
      `sa.UniqueConstraint('a', name='two', deferrable=x)`,
    )
    expect(tried({}, [open, index('two')])).toMatchObject({ failure: null, understood: 1 })
  })

  test('an unnamed primary key gets the default name in SQL, and may have a different one elsewhere', () => {
    const sql = `op.execute('CREATE TABLE seats (a int PRIMARY KEY, CONSTRAINT one UNIQUE (a))')`
    expect(message(tried({}, [sql, index('one')]))).toMatch(/"one" already exists/)
    const called = made(`sa.PrimaryKeyConstraint('a')`, `sa.UniqueConstraint('a', name='one')`)
    expect(tried({}, [called, index('one')])).toMatchObject({ failure: null, understood: 1 })
  })
})

test('the sequence of a key created by a pending migration exists, even after renaming the table', () => {
  const create = `op.create_table('old', sa.Column('id', sa.Integer(), primary_key=True))`
  const rename = (name: string): string => `op.execute('ALTER SEQUENCE ${name} RENAME TO new_id_seq')`
  expect(message(tried({}, [create], [`op.rename_table('old', 'new')`, rename('old_id_seq')]))).toBe(null)
  const add = `op.execute('ALTER TABLE new ADD COLUMN n serial')`
  expect(message(tried({ schema: { tables: [table('new', [])] } }, [add, rename('new_n_seq')]))).toBe(null)
  expect(message(tried({}, [create, rename('other_id_seq')]))).toContain('"other_id_seq" does not exist')
})

describe('a catalog query in the module, evaluated in upgrade()', () => {
  const query = `from sqlalchemy import text
import logging
import six
LOG = logging.getLogger('x')
tables = text("""
select table_name from information_schema.tables where table_schema = 'public'
 and table_name in ('seats', 'chairs')
""")
`
  const body = (made: string) => [
    `conn = op.get_bind()`,
    `LOG.info('asked: %s', tables)`,
    `rs = conn.execute(tables)`,
    `existing = [row[0] for row in rs]`,
    `LOG.info('there: %s', six.text_type(existing))`,
    `if '${made}' not in existing:`,
    `    op.create_table('seats', sa.Column('id', sa.Integer))`,
  ]
  const run = (made: string): DryRun => {
    const source = `${head}${query}\ndef upgrade():\n${body(made)
      .map((line) => `    ${line}`)
      .join('\n')}\n`
    const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py', 'postgresql')
    const schema: SchemaSnapshot = {
      dialect: 'postgresql',
      defaultSchema: 'public',
      schemas: ['public'],
      tables: [table('seats', ['id'], { access: { owned: true, references: true } })],
      enums: [],
    }
    return dryRunUpgrade(['r1'], new Map([['r1', upgrade]]), {
      schema,
      searchPath: ['public'],
      newVersionTable: null,
    })
  }

  test('finds the existing table, or checks for a different one', () => {
    expect(run('seats')).toMatchObject({ failure: null, unchecked: [] })
    expect(message(run('chairs'))).toMatch(/relation "seats" already exists/)
  })
})

describe('only what a statement with unknown parts can touch becomes uncertain', () => {
  const seats = { tables: [table('seats', ['id']), table('others', ['id'])] }
  const name = `name = op.get_context().opts['name']`
  const taken = (of: string) => `op.add_column('${of}', sa.Column('id', sa.Integer))`

  test('an index remains an index, whatever its name', () => {
    const made = `op.execute(f'CREATE INDEX {name} ON seats (id)')`
    expect(message(tried({ schema: seats }, [name, made, taken('seats')]))).toMatch(
      /"id" of relation "seats"/,
    )
    expect(tried({ schema: seats }, [name, made, `op.drop_index('ix_seats')`]).failure).toBeNull()
  })

  test('an action on a table only affects that table', () => {
    const checked = `op.execute(f'ALTER TABLE seats ADD CONSTRAINT {name} CHECK (id > 0)')`
    expect(message(tried({ schema: seats }, [name, checked, taken('others')]))).toMatch(/"others" already/)
    for (const any of [
      `op.execute(f'ALTER TABLE seats RENAME TO {name}')`,
      `op.execute(f'ALTER TABLE {name} ADD COLUMN x int')`,
      `op.execute(f'ALTER TABLE seats {name}')`,
      `op.execute(f'ALTER TABLE seats DROP CONSTRAINT {name} CASCADE')`,
    ]) {
      expect(tried({ schema: seats }, [name, any, taken('others')]).failure, any).toBeNull()
    }
  })

  test('a recursive function repeats its own operations', () => {
    const walk = [
      `def walk(x):`,
      `    op.execute(f"UPDATE seats SET id = {x}")`,
      `    return [walk(y) for y in x]`,
      `walk(op.get_context().opts['x'])`,
    ]
    expect(message(tried({ schema: seats }, [...walk, taken('others')]))).toMatch(/"others" already/)
  })
})

describe('library directives of op', () => {
  const schema = { tables: [table('seats', ['id'])] }
  const taken = `op.add_column('seats', sa.Column('id', sa.Integer))`

  test('an alembic_utils entity is a function, a trigger or a view', () => {
    const made = [
      `from alembic_utils.pg_function import PGFunction`,
      `op.create_entity(PGFunction(schema='public', signature='f()', definition='returns int'))`,
    ]
    expect(message(tried({ schema }, [...made, taken]))).toMatch(/"id" of relation "seats"/)
    expect(tried({ schema }, [`op.create_entity(made_elsewhere)`, taken]).failure).toBeNull()
  })

  test("an alembic_utils extension creates its types, and nothing that isn't listed", () => {
    const extension = (given: string): readonly string[] => [
      `from alembic_utils.pg_extension import PGExtension`,
      `op.create_entity(PGExtension(${given}))`,
    ]
    const create = `op.execute('CREATE TYPE citext AS ENUM ()')`
    const made = `"public", signature='citext'`
    expect(message(tried({}, [...extension(made), create]))).toMatch(/type "citext" already exists/)
    expect(tried({}, [...extension(`schema, 'citext'`), create]).failure).toBeNull()
    const twice = [`op.execute('DROP INDEX nope')`]
    expect(message(tried({}, [...extension(`'public', 'uuid-ossp'`), ...twice]))).toMatch(/"nope" does not/)
    expect(tried({}, [...extension(`'public', 'timescaledb'`), ...twice]).failure).toBeNull()
  })

  test('alembic_postgresql_enum recreates a type with different values', () => {
    const mood = { schema: 'public', name: 'mood', visible: true, values: ['calm'], owned: true }
    const synced = `op.sync_enum_values('public', 'mood', ['calm', 'wild'], [])`
    const calm = `op.execute("ALTER TYPE mood ADD VALUE 'calm'")`
    expect(message(tried({ schema: { enums: [mood] } }, [calm]))).toMatch(/"calm" already exists/)
    expect(tried({ schema: { enums: [mood] } }, [synced, calm]).failure).toBeNull()
    expect(message(tried({ schema: { ...schema, enums: [mood] } }, [synced, taken]))).toMatch(
      /"id" of relation/,
    )
  })
})

test('DML in a loop is checked as if the loop ran', () => {
  const loop = (column: string) => [
    `for row in op.get_bind().execute(sa.text('SELECT id FROM seats')):`,
    `    op.get_bind().execute(sa.text('UPDATE seats SET ${column} = :n'), {'n': row.id})`,
  ]
  const schema = { tables: [table('seats', ['id'])] }
  expect(tried({ schema }, loop('id'))).toMatchObject({ rows: 2, unchecked: [], failure: null })
  expect(tried({ schema }, loop('x'))).toMatchObject({ rows: 1, unchecked: [{ reason: { kind: 'rows' } }] })
})

test('an enum value is renamed', () => {
  const mood = { schema: 'public', name: 'mood', visible: true, values: ['calm', 'wild'], owned: true }
  const renamed = `op.execute("ALTER TYPE mood RENAME VALUE 'calm' TO 'quiet'")`
  const add = (value: string): string => `op.execute("ALTER TYPE mood ADD VALUE '${value}'")`
  expect(tried({ schema: { enums: [mood] } }, [renamed, add('calm')])).toMatchObject({ unchecked: [] })
  expect(message(tried({ schema: { enums: [mood] } }, [renamed, add('quiet')]))).toMatch(/"quiet" already/)
})

test('foreign keys survive dropping another key of their target', () => {
  const made = [
    `op.create_table('a', sa.Column('id', sa.Integer, primary_key=True), sa.Column('n', sa.Integer), sa.UniqueConstraint('n', name='uq'))`,
    `op.create_table('b', sa.Column('id', sa.Integer), sa.ForeignKeyConstraint(['id'], ['a.id'], name='fk'))`,
  ]
  const drop = `op.drop_constraint('uq', 'a', type_='unique')`
  expect(message(tried({}, [...made, drop, `op.drop_table('a')`]))).toMatch(/other objects depend on it/)
  const cascade = `op.execute('ALTER TABLE a DROP CONSTRAINT uq CASCADE')`
  expect(tried({}, [...made, cascade, `op.drop_table('a')`]).failure).toBeNull()
})
