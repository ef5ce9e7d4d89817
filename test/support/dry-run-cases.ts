/** Incompatible live schemas and pending migrations, each paired with a similar compatible one. */

import { dependentCases } from './dependent-cases.ts'
import { sqliteLimits } from './sqlite-limits-cases.ts'

/** The database contents, the pending migration, and the statement at which the upgrade fails. */
export interface ReplayCase {
  readonly name: string
  readonly code: string
  /** SQL that creates the state; several statements. */
  readonly live: string
  /** Statements of the pending `upgrade()`. */
  readonly pending: readonly string[]
  /** The same with a difference that makes it pass; omitted parts are as above. */
  readonly passes: readonly { readonly live?: string; readonly pending?: readonly string[] }[]
}

const create = (name: string, ...parts: readonly string[]): string =>
  `op.create_table('${name}', sa.Column('id', sa.Integer(), primary_key=True)${parts.map((part) => `, ${part}`).join('')})`

/** On both databases. */
export const commonCases: readonly ReplayCase[] = [
  {
    name: 'rows of a table that is gone',
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
    name: 'rows whose column that is set is not there',
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
    name: 'rows inserted in bulk into a column that is not there',
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
    name: 'rows for a column that is not there',
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
    name: 'a table that was made by hand',
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
    name: 'a table that an earlier pending statement made',
    code: 'AG301',
    live: 'CREATE TABLE other (id int)',
    pending: [create('seats'), create('seats')],
    passes: [{ pending: [create('seats'), `op.drop_table('seats')`, create('seats')] }],
  },
  {
    name: 'a table whose name an index has',
    code: 'AG301',
    live: 'CREATE TABLE other (id int); CREATE INDEX seats ON other (id)',
    pending: [create('seats')],
    passes: [{ pending: [`op.drop_index('seats', 'other')`, create('seats')] }],
  },
  {
    name: 'a table whose name a view has',
    code: 'AG301',
    live: 'CREATE VIEW seats AS SELECT 1 AS one',
    pending: [create('seats')],
    passes: [{ pending: [`op.execute('DROP VIEW seats')`, create('seats')] }],
  },
  {
    name: 'a column that is there',
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
    name: 'an index that is there',
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
    name: 'a table that is gone',
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
    name: 'a column for a table that is gone',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`op.add_column('seats', sa.Column('label', sa.Text()))`],
    passes: [{ live: 'CREATE TABLE seats (id int)' }],
  },
  {
    name: 'a table that is renamed and gone',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`op.rename_table('seats', 'chairs')`],
    passes: [{ live: 'CREATE TABLE seats (id int)' }],
  },
  {
    name: 'a table that is renamed to one that is there',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int); CREATE TABLE chairs (id int)',
    pending: [`op.rename_table('seats', 'chairs')`],
    passes: [{ pending: [`op.drop_table('chairs')`, `op.rename_table('seats', 'chairs')`] }],
  },
  {
    name: 'an index that is gone',
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
    name: 'an index on a column that is gone',
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
    name: 'an index on a table that is gone',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`op.create_index('ix_label', 'seats', ['label'])`],
    passes: [{ live: 'CREATE TABLE seats (label text)' }],
  },
  {
    name: 'a column that is renamed and gone',
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
    name: 'a unique index over equal values',
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

/** On PostgreSQL only. */
export const postgresCases: readonly ReplayCase[] = [
  {
    name: 'rows of a table in a schema that is not there',
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
    name: 'a table that is gone, after a DO block that names others',
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
    name: 'an enum type that a downgrade left behind',
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
    name: 'an enum type that is created explicitly, and is there',
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
    name: 'one enum type that two tables bring along is created once, and one made before by itself twice',
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
    name: 'a column of an enum type that nobody creates',
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
    name: 'a label that an enum type has',
    code: 'AG301',
    live: `CREATE TYPE mood AS ENUM ('x', 'y')`,
    pending: [`op.execute("ALTER TYPE mood ADD VALUE 'y'")`],
    passes: [
      { live: `CREATE TYPE mood AS ENUM ('x')` },
      { pending: [`op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'y'")`] },
    ],
  },
  {
    name: 'a table whose name a type has',
    code: 'AG301',
    live: `CREATE TYPE seats AS ENUM ('x')`,
    pending: [create('seats')],
    passes: [{ pending: [`op.execute('DROP TYPE seats')`, create('seats')] }],
  },
  {
    name: 'a table whose name a sequence has',
    code: 'AG301',
    live: 'CREATE SEQUENCE seats',
    pending: [create('seats')],
    passes: [{ pending: [`op.execute('DROP SEQUENCE seats')`, create('seats')] }],
  },
  {
    name: 'sequences go with the table that owns them, and only those',
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
    name: 'a table in a schema that is not there',
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
    name: 'a table of that name in the schema that is named',
    code: 'AG301',
    live: 'CREATE SCHEMA hall; CREATE TABLE hall.seats (id int)',
    pending: [`op.create_table('seats', sa.Column('id', sa.Integer()), schema='hall')`],
    passes: [{ pending: [create('seats')] }, { live: 'CREATE SCHEMA hall; CREATE TABLE seats (id int)' }],
  },
  {
    name: 'a table that lies outside of the search path',
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
    name: 'case counts in quotes, and not without',
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
    name: 'a column that is dropped and gone',
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
    name: 'a column that is altered and gone',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.alter_column('seats', 'label', nullable=False)`],
    passes: [{ live: 'CREATE TABLE seats (id int, label text)' }],
  },
  {
    name: 'a constraint that is dropped and has another name',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int, label text CONSTRAINT one_label UNIQUE)',
    pending: [`op.drop_constraint('seats_label_key', 'seats', type_='unique')`],
    passes: [
      { live: 'CREATE TABLE seats (id int, label text UNIQUE)' },
      { pending: [`op.execute('ALTER TABLE seats DROP CONSTRAINT IF EXISTS seats_label_key')`] },
    ],
  },
  {
    name: 'names that PostgreSQL chooses for a pending table are there afterwards',
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
    name: 'a unique constraint whose name an index of another table has',
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
    name: 'a foreign key whose name the table has',
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
    name: 'a foreign key to a table that is not there',
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
    name: 'a foreign key to a column that is not there',
    code: 'AG302',
    live: 'CREATE TABLE users (key int PRIMARY KEY); CREATE TABLE seats (owner int)',
    pending: [`op.create_foreign_key('fk_owner', 'seats', 'users', ['owner'], ['id'])`],
    passes: [{ live: 'CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE seats (owner int)' }],
  },
  {
    name: 'a foreign key between types that are not compared',
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
    name: 'NOT NULL for a column that holds NULL',
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
    name: 'an identity column numbers the rows that are there',
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
    name: 'a unique constraint over equal values',
    code: 'AG306',
    live: 'CREATE TABLE seats (n int); INSERT INTO seats VALUES (1), (1)',
    pending: [`op.create_unique_constraint('ux_n', 'seats', ['n'])`],
    passes: [{ live: 'CREATE TABLE seats (n int); INSERT INTO seats VALUES (1), (2)' }],
  },
  {
    name: 'actions of one ALTER TABLE are done in passes, not in the order in which they stand',
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
    name: 'what was not understood may have made it',
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
    name: 'a column of a partition comes and goes with its parent',
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
    name: 'a schema that is there',
    code: 'AG301',
    live: 'CREATE SCHEMA hall',
    pending: [`op.execute('CREATE SCHEMA hall')`],
    passes: [{ live: '' }, { pending: [`op.execute('CREATE SCHEMA IF NOT EXISTS hall')`] }],
  },
  ...dependentCases,
]

/** On SQLite only, where a batch copies the table. */
export const sqliteCases: readonly ReplayCase[] = [
  {
    name: 'names are compared without regard to case',
    code: 'AG301',
    live: 'CREATE TABLE Seats (id int)',
    pending: [create('seats')],
    passes: [{ pending: [`op.add_column('seats', sa.Column('label', sa.Text()))`] }],
  },
  {
    name: 'a long name of a column is not cut off',
    code: 'AG301',
    live: `CREATE TABLE seats (id int, ${'n'.repeat(70)} int)`,
    pending: [`op.add_column('seats', sa.Column('${'n'.repeat(70)}', sa.Integer()))`],
    passes: [{ pending: [`op.add_column('seats', sa.Column('${'n'.repeat(71)}', sa.Integer()))`] }],
  },
  {
    name: 'a copy that an earlier batch left behind',
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
    name: 'a batch on a table that is gone',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [
      `with op.batch_alter_table('seats') as batch:`,
      `    batch.alter_column('label', nullable=False, existing_type=sa.Text())`,
    ],
    passes: [{ live: 'CREATE TABLE seats (id int, label text)' }],
  },
  {
    name: 'a batch that drops a column that is gone',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`with op.batch_alter_table('seats') as batch:`, `    batch.drop_column('label')`],
    passes: [{ live: 'CREATE TABLE seats (id int, label text)' }],
  },
  ...sqliteLimits,
]
