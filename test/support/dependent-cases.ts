/** Dependencies and row contents that prevent operations, each paired with a similar state that passes. */
import type { ReplayCase } from './dry-run-cases.ts'

const seats = 'CREATE TABLE seats (id int PRIMARY KEY, label text)'
const guests = 'CREATE TABLE guests (seat int CONSTRAINT fk_seat REFERENCES seats)'
const dropSeats = `op.drop_table('seats')`

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
]
