/** Dependencies and rows that prevent an operation, each with a similar state in which the operation succeeds. */
import type { ReplayCase } from './dry-run-cases.ts'

const seats = 'CREATE TABLE seats (id int PRIMARY KEY, label text)'
const guests = 'CREATE TABLE guests (seat int CONSTRAINT fk_seat REFERENCES seats)'
const dropSeats = `op.drop_table('seats')`
const policy =
  'CREATE TABLE guests (seat int); CREATE POLICY own ON guests USING (seat IN (SELECT id FROM seats WHERE label IS NOT NULL))'
const ownPolicy = `CREATE POLICY own ON seats USING (label <> '')`
const dropLabel = `op.drop_column('seats', 'label')`
const dropPolicy = (table: string): string => `op.execute('DROP POLICY own ON ${table}')`
const rename = `op.rename_table('seats', 'chairs')`
const longerLabel = `op.alter_column('seats', 'label', type_=sa.String(40))`

/** Cases for PostgreSQL only. */
export const dependentCases: readonly ReplayCase[] = [
  {
    name: "a table referenced by another table's foreign key is dropped",
    code: 'AG306',
    live: `${seats}; ${guests}`,
    pending: [dropSeats],
    passes: [
      { live: `${seats}; CREATE TABLE guests (seat int)` },
      { live: 'CREATE TABLE seats (id int PRIMARY KEY, above int REFERENCES seats)' },
      { pending: [`op.drop_constraint('fk_seat', 'guests')`, dropSeats] },
      { pending: [`op.drop_table('guests')`, dropSeats] },
      { pending: [`op.drop_column('guests', 'seat')`, dropSeats] },
      { pending: [`op.execute('DROP TABLE seats, guests')`] },
      { pending: [`op.execute('DROP TABLE seats CASCADE')`] },
      { pending: [`op.execute('ALTER TABLE guests DROP CONSTRAINT fk_seat')`, dropSeats] },
    ],
  },
  {
    name: 'a column that a view shows gets another type',
    code: 'AG306',
    live: `${seats}; CREATE VIEW labels AS SELECT label FROM seats`,
    pending: [`op.alter_column('seats', 'label', type_=sa.String(40))`],
    passes: [
      {
        pending: [`op.execute('DROP VIEW labels')`, `op.alter_column('seats', 'label', type_=sa.String(40))`],
      },
      { live: `${seats}; CREATE VIEW labels AS SELECT id FROM seats` },
      { pending: [`op.alter_column('seats', 'label', nullable=False)`] },
    ],
  },
  {
    name: 'a foreign key follows its table when that is renamed',
    code: 'AG306',
    live: `${seats}; ${guests}`,
    pending: [`op.rename_table('guests', 'people')`, dropSeats],
    passes: [{ pending: [`op.rename_table('guests', 'people')`, `op.drop_table('people')`, dropSeats] }],
  },
  {
    name: 'a column that a view uses is dropped after its table is renamed',
    code: 'AG306',
    live: `${seats}; CREATE VIEW labels AS SELECT label FROM seats`,
    pending: [rename, dropLabel.replace('seats', 'chairs')],
    passes: [
      { live: `${seats}; CREATE VIEW labels AS SELECT id FROM seats` },
      { pending: [rename, `op.execute('ALTER TABLE chairs DROP COLUMN label CASCADE')`] },
      {
        pending: [
          rename,
          `op.create_table('seats', sa.Column('id', sa.Integer()), sa.Column('label', sa.Text()))`,
          dropLabel,
        ],
      },
    ],
  },
  {
    name: 'a column that a view uses gets another type after its table is renamed',
    code: 'AG306',
    live: `${seats}; CREATE VIEW labels AS SELECT label FROM seats`,
    pending: [rename, longerLabel.replace('seats', 'chairs')],
    passes: [{ live: `${seats}; CREATE VIEW labels AS SELECT id FROM seats` }],
  },
  {
    name: 'a key that a foreign key uses is dropped after its table is renamed',
    code: 'AG306',
    live: `${seats}; ${guests}`,
    pending: [rename, `op.drop_constraint('seats_pkey', 'chairs')`],
    passes: [{ live: `${seats}; CREATE TABLE guests (seat int)` }],
  },
  {
    name: 'a table used by a view is dropped',
    code: 'AG306',
    live: `${seats}; CREATE VIEW labels AS SELECT label FROM seats`,
    pending: [dropSeats],
    passes: [
      { pending: [`op.execute('DROP VIEW labels')`, dropSeats] },
      { live: `${seats}; CREATE VIEW labels AS SELECT 1 AS label` },
    ],
  },
  {
    name: 'a column used by a materialized view is dropped',
    code: 'AG306',
    live: `${seats}; CREATE MATERIALIZED VIEW labels AS SELECT label FROM seats`,
    pending: [`op.drop_column('seats', 'label')`],
    passes: [
      { live: `${seats}; CREATE VIEW labels AS SELECT id FROM seats` },
      { pending: [`op.execute('DROP MATERIALIZED VIEW labels')`, `op.drop_column('seats', 'label')`] },
      { pending: [`op.execute('ALTER TABLE seats DROP COLUMN label CASCADE')`] },
    ],
  },
  {
    name: "a column referenced by another table's foreign key is dropped",
    code: 'AG306',
    live: `${seats}; ${guests}`,
    pending: [`op.drop_column('seats', 'id')`],
    passes: [{ pending: [`op.drop_column('seats', 'label')`] }],
  },
  {
    name: "a key required by another table's foreign key is dropped",
    code: 'AG306',
    live: `${seats}; ${guests}`,
    pending: [`op.drop_constraint('seats_pkey', 'seats')`],
    passes: [
      {
        live: `CREATE TABLE seats (id int PRIMARY KEY, label text CONSTRAINT uq UNIQUE); CREATE TABLE guests (seat text REFERENCES seats (label))`,
      },
      { pending: [`op.drop_constraint('fk_seat', 'guests')`, `op.drop_constraint('seats_pkey', 'seats')`] },
    ],
  },
  {
    name: 'a type used by a column is dropped',
    code: 'AG306',
    live: `CREATE TYPE mood AS ENUM ('x'); CREATE TABLE guests (mood mood)`,
    pending: [`op.execute('DROP TYPE mood')`],
    passes: [
      { pending: [`op.drop_column('guests', 'mood')`, `op.execute('DROP TYPE mood')`] },
      { pending: [`op.drop_table('guests')`, `op.execute('DROP TYPE mood')`] },
      {
        pending: [
          `op.execute('ALTER TABLE guests ALTER COLUMN mood TYPE text')`,
          `sa.Enum(name='mood').drop(op.get_bind())`,
        ],
      },
      { live: `CREATE TYPE mood AS ENUM ('x'); CREATE TABLE guests (mood text)` },
    ],
  },
  {
    name: 'a type used by an array column is dropped',
    code: 'AG306',
    live: `CREATE SCHEMA hall; CREATE TYPE hall.mood AS ENUM ('x'); CREATE TABLE guests (moods hall.mood[])`,
    pending: [`op.execute('DROP TYPE hall.mood')`],
    passes: [{ pending: [`op.execute('DROP TYPE hall.mood CASCADE')`] }],
  },
  {
    name: 'names are quoted like in PostgreSQL',
    code: 'AG306',
    live: `CREATE TABLE "user" (id int PRIMARY KEY); CREATE TABLE guests (u int REFERENCES "user")`,
    pending: [`op.drop_table('user')`],
    passes: [{ pending: [`op.drop_table('guests')`, `op.drop_table('user')`] }],
  },
  {
    name: 'a foreign key that existing rows violate',
    code: 'AG306',
    live: `${seats}; CREATE TABLE guests (seat int); INSERT INTO seats VALUES (1); INSERT INTO guests VALUES (1), (2)`,
    pending: [`op.create_foreign_key('fk_seat', 'guests', 'seats', ['seat'], ['id'])`],
    passes: [
      {
        live: `${seats}; CREATE TABLE guests (seat int); INSERT INTO seats VALUES (1); INSERT INTO guests VALUES (1), (NULL)`,
      },
      { live: `${seats}; CREATE TABLE guests (seat int)` },
      {
        pending: [
          `op.execute('DELETE FROM guests WHERE seat > 1')`,
          `op.create_foreign_key('fk_seat', 'guests', 'seats', ['seat'], ['id'])`,
        ],
      },
      {
        pending: [
          `op.execute('ALTER TABLE guests ADD CONSTRAINT fk_seat FOREIGN KEY (seat) REFERENCES seats (id) NOT VALID')`,
        ],
      },
    ],
  },
  {
    name: 'a foreign key over two columns that existing rows violate',
    code: 'AG306',
    live: `CREATE TABLE seats (a int, b text, UNIQUE (a, b)); CREATE TABLE guests (x bigint, y text); INSERT INTO seats VALUES (1, 'a'), (2, 'b'); INSERT INTO guests VALUES (1, 'b')`,
    pending: [`op.create_foreign_key('fk_seat', 'guests', 'seats', ['x', 'y'], ['a', 'b'])`],
    passes: [
      {
        live: `CREATE TABLE seats (a int, b text, UNIQUE (a, b)); CREATE TABLE guests (x bigint, y text); INSERT INTO seats VALUES (1, 'a'), (2, 'b'); INSERT INTO guests VALUES (2, 'b'), (7, NULL)`,
      },
    ],
  },
  {
    name: "a column used by another table's policy is dropped",
    code: 'AG306',
    live: `${seats}; ${policy}`,
    pending: [dropLabel],
    passes: [
      { pending: [dropPolicy('guests'), dropLabel] },
      { pending: [`op.drop_table('guests')`, dropLabel] },
      { pending: [`op.execute('ALTER TABLE seats DROP COLUMN label CASCADE')`] },
      { live: `${seats}; ${policy.replace(' WHERE label IS NOT NULL', '')}` },
    ],
  },
  {
    name: 'a column used by a policy of its own table is dropped',
    code: 'AG306',
    live: `${seats}; ${ownPolicy}`,
    pending: [dropLabel],
    passes: [
      { pending: [dropPolicy('seats'), dropLabel] },
      { pending: [dropSeats] },
      { pending: [`op.execute('ALTER POLICY own ON seats USING (true)')`, dropLabel] },
    ],
  },
  {
    name: "a table used by another table's policy is dropped",
    code: 'AG306',
    live: `${seats}; ${policy}`,
    pending: [dropSeats],
    passes: [
      { pending: [`op.drop_table('guests')`, dropSeats] },
      { pending: [`op.execute('DROP TABLE seats CASCADE')`] },
    ],
  },
  {
    name: 'a column used by a policy gets another type',
    code: 'AG306',
    live: `${seats}; ${policy}`,
    pending: [longerLabel],
    passes: [{ pending: [dropPolicy('guests'), longerLabel] }],
  },
  {
    name: 'a table of an extension is dropped',
    code: 'AG306',
    live: `${seats}; CREATE EXTENSION hstore; ALTER EXTENSION hstore ADD TABLE seats`,
    pending: [dropSeats],
    passes: [
      { live: `${seats}; CREATE EXTENSION hstore` },
      { pending: [`op.execute('ALTER EXTENSION hstore DROP TABLE seats')`, dropSeats] },
      { pending: [`op.drop_column('seats', 'label')`] },
    ],
  },
  {
    name: 'a table of an extension is dropped with CASCADE',
    code: 'AG306',
    live: `${seats}; CREATE EXTENSION hstore; ALTER EXTENSION hstore ADD TABLE seats`,
    pending: [`op.execute('DROP TABLE seats CASCADE')`],
    passes: [{ pending: [`op.execute('DROP EXTENSION hstore')`] }],
  },
  {
    name: 'a column of the primary key becomes nullable',
    code: 'AG306',
    live: seats,
    pending: [`op.alter_column('seats', 'id', nullable=True)`],
    passes: [
      { pending: [`op.alter_column('seats', 'label', nullable=True)`] },
      {
        pending: [
          `op.drop_constraint('seats_pkey', 'seats')`,
          `op.alter_column('seats', 'id', nullable=True)`,
        ],
      },
      { live: 'CREATE TABLE seats (id int UNIQUE NOT NULL, label text)' },
    ],
  },
]
