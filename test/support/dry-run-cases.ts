/** Live schemas that conflict with a pending migration, each with a similar schema that doesn't. */

import { dependentCases } from './dependent-cases.ts'
import { sqliteLimits } from './sqlite-limits-cases.ts'

/** A pending migration that fails, and variants that pass. `code` is the expected finding's code. */
export interface ReplayCase {
  readonly name: string
  readonly code: string
  /** SQL that creates the database state. */
  readonly live: string
  /** Statements in the pending `upgrade()`. */
  readonly pending: readonly string[]
  /** Variants that pass. Omitted properties are the same as in the failing case. */
  readonly passes: readonly { readonly live?: string; readonly pending?: readonly string[] }[]
}

const create = (name: string, ...parts: readonly string[]): string =>
  `op.create_table('${name}', sa.Column('id', sa.Integer(), primary_key=True)${parts.map((part) => `, ${part}`).join('')})`

/** A table with a named constraint, and a second table with a row that holds the constraint's name. */
const named = `CREATE TABLE seats (id int, label int NOT NULL CONSTRAINT seats_key UNIQUE); CREATE TABLE names (name text); INSERT INTO names VALUES ('seats_key')`
const name = `name = op.get_bind().execute(sa.text('SELECT name FROM names')).scalar()`
const dropNamed = [name, `op.drop_constraint(name, 'seats', type_='unique')`]
const mayDrop = [name, `if name: op.drop_constraint('seats_key', 'seats', type_='unique')`]

/** Replaces an enum type that a single column uses. */
const renamedMood = [
  `op.execute('ALTER TYPE mood RENAME TO old_mood')`,
  `op.execute("CREATE TYPE mood AS ENUM ('x', 'y')")`,
  `op.execute('ALTER TABLE seats ALTER COLUMN mood TYPE mood USING mood::text::mood')`,
  `op.execute('DROP TYPE old_mood')`,
]

/** Cases for PostgreSQL and SQLite. */
export const commonCases: readonly ReplayCase[] = [
  {
    name: 'rows of a missing table, with unknown values',
    code: 'AG302',
    live: 'CREATE TABLE other (id text)',
    pending: [
      `value = op.get_bind().execute(sa.text('SELECT max(id) FROM other')).scalar()`,
      `op.execute(f"INSERT INTO seats (id) VALUES ('{value}')")`,
    ],
    passes: [{ live: 'CREATE TABLE other (id text); CREATE TABLE seats (id text)' }],
  },
  {
    name: 'rows of a missing table',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`op.execute('DELETE FROM seats WHERE id = 1')`],
    passes: [
      { live: 'CREATE TABLE seats (id int)' },
      { live: 'CREATE TABLE other (id int); CREATE VIEW seats AS SELECT 1 AS id', pending: ['pass'] },
      { pending: [create('seats'), `op.execute('DELETE FROM seats WHERE id = 1')`] },
      { pending: [`op.execute("UPDATE alembic_version SET version_num = 'base1'")`] },
      {
        pending: [
          `if op.get_bind().execute(sa.text('SELECT id FROM other')).fetchone():`,
          `    op.execute('DELETE FROM seats')`,
        ],
      },
      {
        pending: [
          `try:`,
          `    with op.get_bind().begin_nested():`,
          `        op.execute('DELETE FROM seats')`,
          `except Exception:`,
          `    pass`,
        ],
      },
    ],
  },
  {
    name: 'rows in which a missing column is set',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.execute("UPDATE seats SET label = 'a'")`],
    passes: [
      { live: 'CREATE TABLE seats (id int, label text)' },
      {
        pending: [
          `op.add_column('seats', sa.Column('label', sa.Text()))`,
          `op.execute("UPDATE seats SET label = 'a' WHERE id = 1")`,
        ],
      },
    ],
  },
  {
    name: 'rows bulk-inserted into a missing column',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [
      `op.bulk_insert(sa.table('seats', sa.column('id'), sa.column('label')), [{'id': 1, 'label': 'a'}])`,
    ],
    passes: [
      { live: 'CREATE TABLE seats (id int, label text)' },
      { pending: [`op.bulk_insert(sa.table('seats', sa.column('id'), sa.column('label')), [{'id': 1}])`] },
      { pending: [`op.bulk_insert(sa.table('chairs', sa.column('id')), [])`] },
      {
        pending: [
          `chairs = ${create('chairs', `sa.Column('label', sa.Text())`)}`,
          `op.bulk_insert(chairs, [{'label': 'a'}, {'label': 'b'}])`,
        ],
      },
    ],
  },
  {
    name: 'rows for a missing column',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.get_bind().execute(sa.text("INSERT INTO seats (id, label) VALUES (1, 'a')"))`],
    passes: [
      { live: 'CREATE TABLE seats (id int, label text)' },
      { pending: [`op.execute('INSERT INTO seats SELECT 1')`] },
      { pending: [`op.execute('INSERT INTO seats (ID) VALUES (1)')`] },
      {
        pending: [
          `op.add_column('seats', sa.Column('label', sa.Text()))`,
          `op.execute("INSERT INTO seats (id, label) VALUES (1, 'a')")`,
        ],
      },
      { pending: [`op.execute('UPDATE seats AS s SET id = 2 WHERE s.id = 1')`] },
    ],
  },
  {
    name: 'a manually created table',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int)',
    pending: [create('seats')],
    passes: [
      { live: 'CREATE TABLE seat (id int)' },
      { pending: [`op.drop_table('seats')`, create('seats')] },
      { pending: [`op.execute('CREATE TABLE IF NOT EXISTS seats (id int)')`] },
      { pending: [`op.rename_table('seats', 'old_seats')`, create('seats')] },
      {
        pending: [`if not sa.inspect(op.get_bind()).has_table('seats'):`, `    ${create('seats')}`],
      },
    ],
  },
  {
    name: 'a table created by an earlier pending statement',
    code: 'AG301',
    live: 'CREATE TABLE other (id int)',
    pending: [create('seats'), create('seats')],
    passes: [{ pending: [create('seats'), `op.drop_table('seats')`, create('seats')] }],
  },
  {
    name: 'a table with the name of an index',
    code: 'AG301',
    live: 'CREATE TABLE other (id int); CREATE INDEX seats ON other (id)',
    pending: [create('seats')],
    passes: [{ pending: [`op.drop_index('seats', 'other')`, create('seats')] }],
  },
  {
    name: 'a table with the name of a view',
    code: 'AG301',
    live: 'CREATE VIEW seats AS SELECT 1 AS one',
    pending: [create('seats')],
    passes: [{ pending: [`op.execute('DROP VIEW seats')`, create('seats')] }],
  },
  {
    name: 'an existing column',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int, label text)',
    pending: [`op.add_column('seats', sa.Column('label', sa.Text()))`],
    passes: [
      { live: 'CREATE TABLE seats (id int, labels text)' },
      {
        pending: [
          `op.alter_column('seats', 'label', new_column_name='old')`,
          `op.add_column('seats', sa.Column('label', sa.Text()))`,
        ],
      },
    ],
  },
  {
    name: 'an existing index',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int, label text); CREATE INDEX ix_label ON seats (label)',
    pending: [`op.create_index('ix_label', 'seats', ['label'])`],
    passes: [
      {
        pending: [
          `op.drop_index('ix_label', table_name='seats')`,
          `op.create_index('ix_label', 'seats', ['label'])`,
        ],
      },
      { pending: [`op.execute('CREATE INDEX IF NOT EXISTS ix_label ON seats (label)')`] },
    ],
  },
  {
    name: 'a missing table',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`op.drop_table('seats')`],
    passes: [
      { pending: [`op.execute('DROP TABLE IF EXISTS seats')`] },
      { pending: [create('seats'), `op.drop_table('seats')`] },
      { pending: [`op.rename_table('other', 'seats')`, `op.drop_table('seats')`] },
    ],
  },
  {
    name: 'a column for a missing table',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`op.add_column('seats', sa.Column('label', sa.Text()))`],
    passes: [{ live: 'CREATE TABLE seats (id int)' }],
  },
  {
    name: 'renaming a missing table',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`op.rename_table('seats', 'chairs')`],
    passes: [{ live: 'CREATE TABLE seats (id int)' }],
  },
  {
    name: 'renaming a table to an existing one',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int); CREATE TABLE chairs (id int)',
    pending: [`op.rename_table('seats', 'chairs')`],
    passes: [{ pending: [`op.drop_table('chairs')`, `op.rename_table('seats', 'chairs')`] }],
  },
  {
    name: 'a missing index',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int, label text)',
    pending: [`op.drop_index('ix_label', table_name='seats')`],
    passes: [
      { live: 'CREATE TABLE seats (id int, label text); CREATE INDEX ix_label ON seats (label)' },
      {
        pending: [
          `op.create_index('ix_label', 'seats', ['label'])`,
          `op.drop_index('ix_label', table_name='seats')`,
        ],
      },
      { pending: [`op.execute('DROP INDEX IF EXISTS ix_label')`] },
    ],
  },
  {
    name: 'an index on a missing column',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.create_index('ix_label', 'seats', ['label'])`],
    passes: [
      {
        pending: [
          `op.add_column('seats', sa.Column('label', sa.Text()))`,
          `op.create_index('ix_label', 'seats', ['label'])`,
        ],
      },
    ],
  },
  {
    name: 'an index on a missing table',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`op.create_index('ix_label', 'seats', ['label'])`],
    passes: [{ live: 'CREATE TABLE seats (label text)' }],
  },
  {
    name: 'renaming a missing column',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.alter_column('seats', 'label', new_column_name='name')`],
    passes: [{ live: 'CREATE TABLE seats (id int, label text)' }],
  },
  {
    name: 'a NOT NULL column without a default, on a table with rows',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int); INSERT INTO seats VALUES (1)',
    pending: [`op.add_column('seats', sa.Column('size', sa.Integer(), nullable=False))`],
    passes: [
      { live: 'CREATE TABLE seats (id int)' },
      {
        pending: [
          `op.add_column('seats', sa.Column('size', sa.Integer(), nullable=False, server_default='1'))`,
        ],
      },
      { pending: [`op.add_column('seats', sa.Column('size', sa.Integer()))`] },
      {
        pending: [
          `op.execute('DELETE FROM seats')`,
          `op.add_column('seats', sa.Column('size', sa.Integer(), nullable=False))`,
        ],
      },
    ],
  },
  {
    name: 'a unique index over duplicate values',
    code: 'AG306',
    live: `CREATE TABLE seats (id int, label text); INSERT INTO seats VALUES (1, 'a'), (2, 'a'), (3, NULL)`,
    pending: [`op.create_index('ux_label', 'seats', ['label'], unique=True)`],
    passes: [
      {
        live: `CREATE TABLE seats (id int, label text); INSERT INTO seats VALUES (1, 'a'), (2, NULL), (3, NULL)`,
      },
      { pending: [`op.create_index('ux_label', 'seats', ['label', 'id'], unique=True)`] },
      { pending: [`op.create_index('ux_label', 'seats', ['label'])`] },
      {
        pending: [
          `op.execute('UPDATE seats SET label = id')`,
          `op.create_index('ux_label', 'seats', ['label'], unique=True)`,
        ],
      },
      { pending: [`op.execute('CREATE UNIQUE INDEX ux_label ON seats (label) WHERE id > 1')`] },
    ],
  },
]

/** Cases for PostgreSQL only. */
export const postgresCases: readonly ReplayCase[] = [
  {
    name: 'a missing column of an index that already exists, with IF NOT EXISTS',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int, label text); CREATE INDEX ix ON seats (id)',
    pending: [`op.execute('CREATE INDEX IF NOT EXISTS ix ON seats (place)')`],
    passes: [
      { pending: [`op.execute('CREATE INDEX IF NOT EXISTS ix ON seats (label)')`] },
      { live: 'CREATE TABLE seats (id int, place text); CREATE INDEX ix ON seats (id)' },
    ],
  },
  {
    name: 'a foreign key that CREATE TABLE left out',
    code: 'AG302',
    live: 'CREATE TABLE other (id int PRIMARY KEY)',
    pending: [
      create('seats', `sa.ForeignKeyConstraint(['id'], ['users.id'], name='f', use_alter=True)`),
      `op.create_foreign_key('f', 'seats', 'users', ['id'], ['id'])`,
    ],
    passes: [
      { live: 'CREATE TABLE users (id int PRIMARY KEY)' },
      {
        pending: [create('seats', `sa.ForeignKeyConstraint(['id'], ['users.id'], name='f', use_alter=True)`)],
      },
    ],
  },
  {
    name: 'a column that an unknown ALTER TABLE left alone',
    code: 'AG302',
    live: "CREATE TABLE seats (id int); CREATE TABLE sizes (name text); INSERT INTO sizes VALUES ('seats')",
    pending: [
      `name = op.get_bind().execute(sa.text('SELECT name FROM sizes')).scalar()`,
      `op.alter_column(name, 'id', existing_type=sa.Integer(), type_=sa.BigInteger())`,
      `op.drop_column('seats', 'label')`,
    ],
    passes: [
      {
        pending: [
          `name = op.get_bind().execute(sa.text('SELECT name FROM sizes')).scalar()`,
          `op.execute(f'ALTER TABLE "{name}" ADD COLUMN label text')`,
          `op.drop_column('seats', 'label')`,
        ],
      },
      {
        pending: [
          `name = op.get_bind().execute(sa.text('SELECT name FROM sizes')).scalar()`,
          `op.create_index(f'ix_{name}', name, ['id'])`,
          `op.drop_index('ix_seats')`,
        ],
      },
      {
        pending: [
          `name = op.get_bind().execute(sa.text('SELECT name FROM sizes')).scalar()`,
          `op.create_table(f'{name}_2', sa.Column('id', sa.Integer()))`,
          `op.add_column('seats_2', sa.Column('label', sa.Text()))`,
        ],
      },
      {
        pending: [
          `name = op.get_bind().execute(sa.text('SELECT name FROM sizes')).scalar()`,
          `op.execute(f'ALTER TABLE {name} RENAME TO chairs')`,
          `op.add_column('chairs', sa.Column('label', sa.Text()))`,
        ],
      },
      {
        pending: [
          `name = op.get_bind().execute(sa.text('SELECT name FROM sizes')).scalar()`,
          `op.create_unique_constraint('one', name, ['id'])`,
          `op.drop_constraint('one', 'seats')`,
        ],
      },
    ],
  },
  {
    name: 'rows of a table in a missing schema',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.execute("INSERT INTO elsewhere.seats (id) VALUES (1)")`],
    passes: [
      {
        pending: [
          `op.execute('CREATE SCHEMA elsewhere')`,
          `op.execute('CREATE TABLE elsewhere.seats (id int)')`,
          `op.execute("INSERT INTO elsewhere.seats (id) VALUES (1)")`,
          `op.execute('DROP SCHEMA elsewhere CASCADE')`,
        ],
      },
      { pending: [`op.execute("UPDATE pg_catalog.pg_class SET relname = relname WHERE false")`] },
      { pending: [`op.execute("DELETE FROM pg_description WHERE false")`] },
    ],
  },
  {
    name: 'a missing table after a DO block that names others',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [
      `op.execute("DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('a'); END IF; ALTER TABLE other ADD COLUMN label text; END $$")`,
      `op.drop_table('seats')`,
    ],
    passes: [
      { live: 'CREATE TABLE other (id int); CREATE TABLE seats (id int)' },
      {
        pending: [
          `op.execute('DO $$ BEGIN CREATE TABLE "seats" (id int); END $$')`,
          `op.drop_table('seats')`,
        ],
      },
      {
        pending: [
          `op.execute("DO $$ BEGIN EXECUTE 'CREATE TABLE ' || 'sea' || 'ts (id int)'; END $$")`,
          `op.drop_table('seats')`,
        ],
      },
      {
        pending: [
          `op.execute('DO LANGUAGE plpgsql $$ BEGIN CREATE SCHEMA later; CREATE TABLE later.seats (id int); END $$')`,
          `op.drop_table('seats', schema='later')`,
          `op.execute('DROP SCHEMA later')`,
        ],
      },
      {
        pending: [
          `op.execute('DO $$ BEGIN ALTER TABLE other RENAME TO seats; END $$')`,
          `op.add_column('seats', sa.Column('label', sa.Text()))`,
        ],
      },
    ],
  },
  {
    name: 'an enum type left by a downgrade',
    code: 'AG305',
    live: `CREATE TYPE mood AS ENUM ('x')`,
    pending: [create('seats', `sa.Column('mood', sa.Enum('x', name='mood'))`)],
    passes: [
      {
        pending: [create('seats', `sa.Column('mood', postgresql.ENUM('x', name='mood', create_type=False))`)],
      },
      {
        pending: [
          `postgresql.ENUM('x', name='mood').create(op.get_bind(), checkfirst=True)`,
          `op.add_column('other', sa.Column('mood', postgresql.ENUM('x', name='mood', create_type=False)))`,
        ],
        live: `CREATE TYPE mood AS ENUM ('x'); CREATE TABLE other (id int)`,
      },
      {
        pending: [
          `op.execute('DROP TYPE mood')`,
          create('seats', `sa.Column('mood', sa.Enum('x', name='mood'))`),
        ],
      },
      { pending: [create('seats', `sa.Column('mood', sa.Enum('x', name='mood', native_enum=False))`)] },
      { live: `CREATE SCHEMA apart; CREATE TYPE apart.mood AS ENUM ('x')` },
    ],
  },
  {
    name: 'an explicitly created enum type that exists',
    code: 'AG305',
    live: `CREATE TYPE mood AS ENUM ('x')`,
    pending: [`op.execute("CREATE TYPE mood AS ENUM ('x', 'y')")`],
    passes: [
      { live: '' },
      {
        pending: [
          `op.execute('ALTER TYPE mood RENAME TO old_mood')`,
          `op.execute("CREATE TYPE mood AS ENUM ('x', 'y')")`,
        ],
      },
    ],
  },
  {
    name: 'a renamed enum type that another column still has',
    code: 'AG306',
    live: `CREATE TYPE mood AS ENUM ('x'); CREATE TABLE seats (mood mood, was mood)`,
    pending: renamedMood,
    passes: [
      { live: `CREATE TYPE mood AS ENUM ('x'); CREATE TABLE seats (mood mood)` },
      { pending: [...renamedMood.slice(0, -1), `op.execute('DROP TYPE old_mood CASCADE')`] },
      {
        pending: [
          ...renamedMood.slice(0, -1),
          `op.execute('ALTER TABLE seats ALTER COLUMN was TYPE text')`,
          ...renamedMood.slice(-1),
        ],
      },
      { pending: [...renamedMood.slice(0, -1), `op.drop_column('seats', 'was')`, ...renamedMood.slice(-1)] },
    ],
  },
  {
    name: 'an enum type that a pending column has',
    code: 'AG306',
    live: '',
    pending: [
      create('seats', `sa.Column('mood', sa.Enum('x', name='mood'))`),
      `op.execute('DROP TYPE mood')`,
    ],
    passes: [
      {
        pending: [
          create('seats', `sa.Column('mood', sa.Enum('x', name='mood'))`),
          `op.drop_table('seats')`,
          `op.execute('DROP TYPE mood')`,
        ],
      },
      {
        pending: [
          create('seats', `sa.Column('mood', sa.Enum('x', name='mood'))`),
          `op.alter_column('seats', 'mood', type_=sa.Text())`,
          `op.execute('DROP TYPE mood')`,
        ],
      },
      {
        pending: [
          create('seats', `sa.Column('mood', sa.Enum('x', name='mood'))`),
          `op.rename_table('seats', 'chairs')`,
          `op.drop_column('chairs', 'mood')`,
          `op.execute('DROP TYPE mood')`,
        ],
      },
    ],
  },
  {
    name: 'an enum type created without looking for it',
    code: 'AG305',
    live: `CREATE TYPE mood AS ENUM ('x')`,
    pending: [`sa.Enum('x', name='mood').create(op.get_bind())`],
    passes: [
      { pending: [`sa.Enum('x', name='mood').create(op.get_bind(), checkfirst=True)`] },
      { pending: [`postgresql.ENUM('x', name='mood').create(op.get_bind())`] },
    ],
  },
  {
    name: 'a table created without looking for it',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int)',
    pending: [`sa.Table('seats', sa.MetaData(), sa.Column('id', sa.Integer())).create(op.get_bind())`],
    passes: [
      {
        pending: [
          `sa.Table('seats', sa.MetaData(), sa.Column('id', sa.Integer())).create(op.get_bind(), checkfirst=True)`,
        ],
      },
    ],
  },
  {
    name: 'an existing column, after a constraint of the table was dropped whose name is in a row',
    code: 'AG301',
    live: named,
    pending: [...dropNamed, `op.add_column('seats', sa.Column('label', sa.Integer()))`],
    passes: [
      { pending: [...dropNamed, `op.add_column('seats', sa.Column('hall', sa.Integer()))`] },
      { pending: [...dropNamed, `op.create_unique_constraint('seats_key', 'seats', ['label'])`] },
      { pending: [...dropNamed, `op.create_index('seats_key', 'seats', ['label'])`] },
    ],
  },
  {
    name: 'an existing column, after a row decided whether a constraint of the table was dropped',
    code: 'AG301',
    live: named,
    pending: [...mayDrop, `op.add_column('seats', sa.Column('label', sa.Integer()))`],
    passes: [
      { pending: [...mayDrop, `op.add_column('seats', sa.Column('hall', sa.Integer()))`] },
      { pending: [...mayDrop, `op.create_index('seats_key', 'seats', ['label'])`] },
      {
        pending: [
          name,
          `if name: op.alter_column('seats', 'label', nullable=True)`,
          `op.execute('INSERT INTO seats (id) VALUES (1)')`,
        ],
      },
    ],
  },
  {
    name: 'an enum type of two tables is created once, and a standalone one twice',
    code: 'AG305',
    live: '',
    pending: [
      `postgresql.ENUM('x', name='mood').create(op.get_bind())`,
      create('seats', `sa.Column('mood', sa.Enum('x', name='mood'))`),
    ],
    passes: [
      {
        pending: [
          create('seats', `sa.Column('mood', sa.Enum('x', name='mood'))`),
          create('chairs', `sa.Column('mood', sa.Enum('x', name='mood'))`),
        ],
      },
    ],
  },
  {
    name: 'a column of an enum type that is never created',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.add_column('seats', sa.Column('mood', sa.Enum('x', name='mood')))`],
    passes: [
      { live: `CREATE TABLE seats (id int); CREATE TYPE mood AS ENUM ('x')` },
      {
        pending: [
          `sa.Enum('x', name='mood').create(op.get_bind())`,
          `op.add_column('seats', sa.Column('mood', sa.Enum('x', name='mood')))`,
        ],
      },
    ],
  },
  {
    name: 'an existing enum label',
    code: 'AG301',
    live: `CREATE TYPE mood AS ENUM ('x', 'y')`,
    pending: [`op.execute("ALTER TYPE mood ADD VALUE 'y'")`],
    passes: [
      { live: `CREATE TYPE mood AS ENUM ('x')` },
      { pending: [`op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'y'")`] },
    ],
  },
  {
    name: 'a table with the name of a type',
    code: 'AG301',
    live: `CREATE TYPE seats AS ENUM ('x')`,
    pending: [create('seats')],
    passes: [{ pending: [`op.execute('DROP TYPE seats')`, create('seats')] }],
  },
  {
    name: 'a table with the name of a sequence',
    code: 'AG301',
    live: 'CREATE SEQUENCE seats',
    pending: [create('seats')],
    passes: [{ pending: [`op.execute('DROP SEQUENCE seats')`, create('seats')] }],
  },
  {
    name: 'sequences are dropped with the table that owns them, and only those',
    code: 'AG302',
    live: 'CREATE TABLE seats (id serial); CREATE TABLE seats_old (id serial)',
    pending: [`op.drop_table('seats')`, `op.drop_table('seats')`],
    passes: [
      { pending: [`op.drop_table('seats')`, `op.rename_table('seats_old_id_seq', 'numbers')`] },
      {
        pending: [`op.drop_table('seats')`, `op.create_table('seats_id_seq', sa.Column('id', sa.Integer()))`],
      },
    ],
  },
  {
    name: 'a table in a missing schema',
    code: 'AG302',
    live: '',
    pending: [`op.create_table('seats', sa.Column('id', sa.Integer()), schema='hall')`],
    passes: [
      { live: 'CREATE SCHEMA hall' },
      {
        pending: [
          `op.execute('CREATE SCHEMA hall')`,
          `op.create_table('seats', sa.Column('id', sa.Integer()), schema='hall')`,
        ],
      },
    ],
  },
  {
    name: 'a table of that name in the named schema',
    code: 'AG301',
    live: 'CREATE SCHEMA hall; CREATE TABLE hall.seats (id int)',
    pending: [`op.create_table('seats', sa.Column('id', sa.Integer()), schema='hall')`],
    passes: [{ pending: [create('seats')] }, { live: 'CREATE SCHEMA hall; CREATE TABLE seats (id int)' }],
  },
  {
    name: 'a table outside the search path',
    code: 'AG302',
    live: 'CREATE SCHEMA hall; CREATE TABLE hall.seats (id int)',
    pending: [`op.add_column('seats', sa.Column('label', sa.Text()))`],
    passes: [{ pending: [`op.add_column('seats', sa.Column('label', sa.Text()), schema='hall')`] }],
  },
  {
    name: 'a column in a named schema',
    code: 'AG302',
    live: 'CREATE SCHEMA hall',
    pending: [`op.add_column('seats', sa.Column('label', sa.Text()), schema='hall')`],
    passes: [{ live: 'CREATE SCHEMA hall; CREATE TABLE hall.seats (id int)' }],
  },
  {
    name: 'case matters in quotes, and not without',
    code: 'AG302',
    live: 'CREATE TABLE "Seats" (id int)',
    pending: [`op.execute('ALTER TABLE Seats ADD COLUMN label text')`],
    passes: [
      { pending: [`op.execute('ALTER TABLE "Seats" ADD COLUMN label text')`] },
      { pending: [`op.add_column('Seats', sa.Column('label', sa.Text()))`] },
      { live: 'CREATE TABLE seats (id int)' },
      { pending: [create('seats')] },
    ],
  },
  {
    name: 'dropping a missing column',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.drop_column('seats', 'label')`],
    passes: [
      { live: 'CREATE TABLE seats (id int, label text)' },
      { pending: [`op.execute('ALTER TABLE seats DROP COLUMN IF EXISTS label')`] },
      {
        pending: [
          `op.execute('ALTER TABLE seats ADD COLUMN label text, DROP COLUMN id')`,
          `op.drop_column('seats', 'label')`,
        ],
      },
    ],
  },
  {
    name: 'altering a missing column',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.alter_column('seats', 'label', nullable=False)`],
    passes: [{ live: 'CREATE TABLE seats (id int, label text)' }],
  },
  {
    name: 'dropping a constraint that has another name',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int, label text CONSTRAINT one_label UNIQUE)',
    pending: [`op.drop_constraint('seats_label_key', 'seats', type_='unique')`],
    passes: [
      { live: 'CREATE TABLE seats (id int, label text UNIQUE)' },
      { pending: [`op.execute('ALTER TABLE seats DROP CONSTRAINT IF EXISTS seats_label_key')`] },
    ],
  },
  {
    name: 'default names that PostgreSQL gave a pending table exist afterward',
    code: 'AG302',
    live: '',
    pending: [
      `op.execute('CREATE TABLE seats (id serial PRIMARY KEY, label text UNIQUE)')`,
      `op.drop_column('seats', 'size')`,
    ],
    passes: [
      {
        pending: [
          `op.execute('CREATE TABLE seats (id serial PRIMARY KEY, label text UNIQUE)')`,
          `op.drop_constraint('seats_label_key', 'seats')`,
          `op.execute('ALTER INDEX seats_pkey RENAME TO pk_seats')`,
          `op.rename_table('seats_id_seq', 'seat_numbers')`,
        ],
      },
    ],
  },
  {
    name: "a unique constraint with the name of another table's index",
    code: 'AG301',
    live: 'CREATE TABLE seats (label text); CREATE TABLE other (id int); CREATE INDEX ux_label ON other (id)',
    pending: [`op.create_unique_constraint('ux_label', 'seats', ['label'])`],
    passes: [
      {
        live: 'CREATE SCHEMA hall; CREATE TABLE seats (label text); CREATE TABLE hall.other (id int); CREATE INDEX ux_label ON hall.other (id)',
      },
    ],
  },
  {
    name: 'a foreign key with a name that the table already has',
    code: 'AG301',
    live: 'CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE seats (u int CONSTRAINT fk_u REFERENCES users)',
    pending: [`op.create_foreign_key('fk_u', 'seats', 'users', ['u'], ['id'])`],
    passes: [
      {
        live: 'CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE seats (u int); CREATE TABLE other (u int CONSTRAINT fk_u REFERENCES users)',
      },
      {
        pending: [
          `op.drop_constraint('fk_u', 'seats', type_='foreignkey')`,
          `op.create_foreign_key('fk_u', 'seats', 'users', ['u'], ['id'])`,
        ],
      },
    ],
  },
  {
    name: 'a second primary key',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int PRIMARY KEY, n int NOT NULL)',
    pending: [`op.create_primary_key('pk2', 'seats', ['n'])`],
    passes: [
      {
        pending: [
          `op.drop_constraint('seats_pkey', 'seats')`,
          `op.create_primary_key('pk2', 'seats', ['n'])`,
        ],
      },
      { live: 'CREATE TABLE seats (id int, n int NOT NULL)' },
    ],
  },
  {
    name: 'a foreign key to a missing table',
    code: 'AG302',
    live: '',
    pending: [create('seats', `sa.Column('owner', sa.Integer(), sa.ForeignKey('users.id'))`)],
    passes: [
      { live: 'CREATE TABLE users (id int PRIMARY KEY)' },
      {
        pending: [
          create(
            'seats',
            `sa.Column('owner', sa.Integer(), sa.ForeignKey('users.id', name='f', use_alter=True))`,
          ),
        ],
      },
      {
        pending: [
          create('users'),
          create('seats', `sa.Column('owner', sa.Integer(), sa.ForeignKey('users.id'))`),
        ],
      },
      { pending: [create('seats', `sa.Column('above', sa.Integer(), sa.ForeignKey('seats.id'))`)] },
    ],
  },
  {
    name: 'a foreign key to a missing column',
    code: 'AG302',
    live: 'CREATE TABLE users (key int PRIMARY KEY); CREATE TABLE seats (owner int)',
    pending: [`op.create_foreign_key('fk_owner', 'seats', 'users', ['owner'], ['id'])`],
    passes: [{ live: 'CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE seats (owner int)' }],
  },
  {
    name: 'a foreign key between incomparable types',
    code: 'AG306',
    live: 'CREATE TABLE users (id uuid PRIMARY KEY); CREATE TABLE seats (owner int)',
    pending: [`op.create_foreign_key('fk_owner', 'seats', 'users', ['owner'], ['id'])`],
    passes: [
      { live: 'CREATE TABLE users (id bigint PRIMARY KEY); CREATE TABLE seats (owner int)' },
      { live: 'CREATE TABLE users (id text PRIMARY KEY); CREATE TABLE seats (owner varchar(5))' },
      { live: 'CREATE TABLE users (id numeric PRIMARY KEY); CREATE TABLE seats (owner int)' },
      { live: 'CREATE TABLE users (id interval PRIMARY KEY); CREATE TABLE seats (owner time)' },
    ],
  },
  {
    name: 'a foreign key between a padded text and a number',
    code: 'AG306',
    live: 'CREATE TABLE users (id char(5) PRIMARY KEY); CREATE TABLE seats (owner int)',
    pending: [`op.create_foreign_key('fk_owner', 'seats', 'users', ['owner'], ['id'])`],
    passes: [
      {
        live: `CREATE TABLE users (id char(5) PRIMARY KEY); CREATE TABLE seats (owner varchar(5)); INSERT INTO users VALUES ('a'); INSERT INTO seats VALUES ('a')`,
      },
    ],
  },
  {
    name: 'NOT NULL for a column that contains NULL',
    code: 'AG306',
    live: 'CREATE TABLE seats (n int); INSERT INTO seats VALUES (NULL)',
    pending: [`op.alter_column('seats', 'n', nullable=False)`],
    passes: [
      { live: 'CREATE TABLE seats (n int); INSERT INTO seats VALUES (1)' },
      {
        pending: [
          `op.execute('UPDATE seats SET n = 0 WHERE n IS NULL')`,
          `op.alter_column('seats', 'n', nullable=False)`,
        ],
      },
    ],
  },
  {
    name: 'an identity column numbers existing rows',
    code: 'AG306',
    live: 'CREATE TABLE seats (n int); INSERT INTO seats VALUES (1)',
    pending: [`op.execute('ALTER TABLE seats ADD COLUMN id int NOT NULL')`],
    passes: [
      { pending: [`op.execute('ALTER TABLE seats ADD COLUMN id int GENERATED ALWAYS AS IDENTITY')`] },
      { pending: [`op.add_column('seats', sa.Column('id', sa.Integer(), sa.Identity(), nullable=False))`] },
      { pending: [`op.execute('ALTER TABLE seats ADD COLUMN id serial')`] },
      {
        live: 'CREATE DOMAIN counted AS int DEFAULT 1; CREATE TABLE seats (n int); INSERT INTO seats VALUES (1)',
        pending: [`op.execute('ALTER TABLE seats ADD COLUMN id counted NOT NULL')`],
      },
    ],
  },
  {
    name: 'a unique constraint over duplicate values',
    code: 'AG306',
    live: 'CREATE TABLE seats (n int); INSERT INTO seats VALUES (1), (1)',
    pending: [`op.create_unique_constraint('ux_n', 'seats', ['n'])`],
    passes: [{ live: 'CREATE TABLE seats (n int); INSERT INTO seats VALUES (1), (2)' }],
  },
  {
    name: 'actions of one ALTER TABLE are executed in passes, not in the order in which they are written',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.execute('ALTER TABLE seats ADD CONSTRAINT ux UNIQUE (size), ADD COLUMN label text')`],
    passes: [
      {
        pending: [`op.execute('ALTER TABLE seats ADD CONSTRAINT ux UNIQUE (label), ADD COLUMN label text')`],
      },
      {
        live: 'CREATE TABLE seats (id int, label int)',
        pending: [`op.execute('ALTER TABLE seats ADD COLUMN label text, DROP COLUMN label')`],
      },
    ],
  },
  {
    name: 'an opaque operation may have created it',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`op.drop_column('other', 'label')`, `op.execute(open('x.sql').read())`],
    passes: [
      {
        pending: [
          `op.execute(''.join(['ALTER TABLE ', 'other ADD label text']))`,
          `op.drop_column('other', 'label')`,
        ],
      },
      {
        pending: [
          `op.execute("DO $$ BEGIN ALTER TABLE other ADD label text; END $$")`,
          `op.drop_column('other', 'label')`,
        ],
      },
      {
        pending: [
          `op.execute('CREATE TEMP TABLE seats (id int, label text)')`,
          `op.drop_column('seats', 'label')`,
        ],
      },
      {
        pending: [
          `op.execute('CREATE MATERIALIZED VIEW seats AS SELECT 1 AS one')`,
          `op.execute('CREATE INDEX ix_one ON seats (one)')`,
        ],
      },
    ],
  },
  {
    name: 'a column of a partition is added and dropped with its parent',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`op.drop_column('other', 'label')`],
    passes: [
      {
        live: 'CREATE TABLE seats (id int) PARTITION BY LIST (id); CREATE TABLE seats_1 PARTITION OF seats FOR VALUES IN (1)',
        pending: [
          `op.add_column('seats', sa.Column('label', sa.Text()))`,
          `op.alter_column('seats_1', 'label', nullable=False)`,
        ],
      },
    ],
  },
  {
    name: 'an existing schema',
    code: 'AG301',
    live: 'CREATE SCHEMA hall',
    pending: [`op.execute('CREATE SCHEMA hall')`],
    passes: [{ live: '' }, { pending: [`op.execute('CREATE SCHEMA IF NOT EXISTS hall')`] }],
  },
  ...dependentCases,
]

/** Cases for SQLite only, where a batch operation copies the table. */
const batch = (...lines: readonly string[]): readonly string[] => [
  `with op.batch_alter_table('seats') as batch:`,
  ...lines.map((line) => `    batch.${line}`),
]

export const sqliteCases: readonly ReplayCase[] = [
  {
    name: 'names are compared case-insensitively',
    code: 'AG301',
    live: 'CREATE TABLE Seats (id int)',
    pending: [create('seats')],
    passes: [{ pending: [`op.add_column('seats', sa.Column('label', sa.Text()))`] }],
  },
  {
    name: "a long column name isn't truncated",
    code: 'AG301',
    live: `CREATE TABLE seats (id int, ${'n'.repeat(70)} int)`,
    pending: [`op.add_column('seats', sa.Column('${'n'.repeat(70)}', sa.Integer()))`],
    passes: [{ pending: [`op.add_column('seats', sa.Column('${'n'.repeat(71)}', sa.Integer()))`] }],
  },
  {
    name: 'a temporary table left by an earlier batch',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int, label text); CREATE TABLE _alembic_tmp_seats (id int)',
    pending: [`with op.batch_alter_table('seats') as batch:`, `    batch.drop_column('label')`],
    passes: [
      { live: 'CREATE TABLE seats (id int, label text)' },
      {
        pending: [
          `with op.batch_alter_table('seats') as batch:`,
          `    batch.add_column(sa.Column('size', sa.Integer()))`,
        ],
      },
    ],
  },
  {
    name: 'a batch on a missing table',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [
      `with op.batch_alter_table('seats') as batch:`,
      `    batch.alter_column('label', nullable=False, existing_type=sa.Text())`,
    ],
    passes: [{ live: 'CREATE TABLE seats (id int, label text)' }],
  },
  {
    name: 'a batch that drops a missing column',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`with op.batch_alter_table('seats') as batch:`, `    batch.drop_column('label')`],
    passes: [{ live: 'CREATE TABLE seats (id int, label text)' }],
  },
  {
    name: 'a batch that sets NOT NULL on a column with NULLs',
    code: 'AG306',
    live: "CREATE TABLE seats (id int, label text); INSERT INTO seats VALUES (1, 'a'), (2, NULL)",
    pending: batch(`alter_column('label', nullable=False, existing_type=sa.Text())`),
    passes: [
      { live: "CREATE TABLE seats (id int, label text); INSERT INTO seats VALUES (1, 'a')" },
      { pending: batch(`alter_column('id', nullable=False, existing_type=sa.Integer())`) },
      {
        pending: [
          `op.execute("UPDATE seats SET label = '' WHERE label IS NULL")`,
          ...batch(`alter_column('label', nullable=False, existing_type=sa.Text())`),
        ],
      },
      { pending: batch(`alter_column('label', nullable=False)`, `drop_column('label')`) },
      { pending: batch(`alter_column('label', nullable=False)`, `alter_column('label', nullable=True)`) },
    ],
  },
  {
    name: 'a batch that renames a column with NULLs and sets NOT NULL',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, label text); INSERT INTO seats VALUES (1, NULL)',
    pending: batch(`alter_column('label', new_column_name='name', nullable=False)`),
    passes: [{ pending: batch(`alter_column('label', new_column_name='name')`) }],
  },
  {
    name: 'a batch that changes the type of a column with NULLs and sets NOT NULL',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, label text); INSERT INTO seats VALUES (1, NULL)',
    pending: batch(`alter_column('label', type_=sa.String(20), nullable=False)`),
    passes: [{ pending: batch(`alter_column('label', type_=sa.String(20))`) }],
  },
  {
    name: 'a batch that adds a NOT NULL column to a table with rows',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, label text); INSERT INTO seats VALUES (1, NULL)',
    pending: batch(`drop_column('label')`, `add_column(sa.Column('size', sa.Integer(), nullable=False))`),
    passes: [
      { live: 'CREATE TABLE seats (id int, label text)' },
      {
        pending: batch(
          `drop_column('label')`,
          `add_column(sa.Column('size', sa.Integer(), nullable=False, server_default='0'))`,
        ),
      },
    ],
  },
  {
    name: 'a batch that adds a UNIQUE over equal rows',
    code: 'AG306',
    live: "CREATE TABLE seats (id int, label text); INSERT INTO seats VALUES (1, 'a'), (2, 'a')",
    pending: batch(`create_unique_constraint('uq_label', ['label'])`),
    passes: [
      { pending: batch(`create_unique_constraint('uq_both', ['label', 'id'])`) },
      { live: 'CREATE TABLE seats (id int, label text); INSERT INTO seats VALUES (1, NULL), (2, NULL)' },
    ],
  },
  ...sqliteLimits,
]
