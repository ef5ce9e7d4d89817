/** Rows that violate CHECK constraints, enum types or column lengths. */
import type { ReplayCase } from './dry-run-cases.ts'

const run = (...statements: readonly string[]): readonly string[] =>
  statements.map((sql) => `op.execute(${JSON.stringify(sql)})`)
const live = `CREATE TABLE seats (id int CHECK (id > 0), size int, state varchar(8),
  CONSTRAINT seats_state CHECK (state IN ('free', 'taken') AND char_length(state) > 3))`
const insert = (values: string): readonly string[] => run(`INSERT INTO seats (id, state) VALUES ${values}`)
const rows = `CREATE TABLE seats (id int, label text); INSERT INTO seats VALUES (1, 'a'), (2, NULL)`
/** Cases for PostgreSQL. */
export const checkCases: readonly ReplayCase[] = [
  {
    name: 'a row that a CHECK rejects',
    code: 'AG306',
    live,
    pending: insert(`(1, 'free'), (2, 'gone')`),
    passes: [
      { pending: insert(`(1, 'free'), (2, 'taken')`) },
      { pending: insert(`(1, NULL)`) },
      { pending: insert(`(1, lower('FREE'))`) },
      { pending: run(`INSERT INTO seats (id, state) SELECT 1, s FROM (VALUES ('free')) v (s)`) },
      { pending: run(`INSERT INTO seats (id, state) SELECT 1, 'gone' WHERE false`) },
      { pending: [`op.drop_constraint('seats_state', 'seats')`, ...insert(`(1, 'gone')`)] },
    ],
  },
  {
    name: 'a number that a CHECK rejects, in bulk_insert',
    code: 'AG306',
    live,
    pending: [
      `t = sa.table('seats', sa.column('id', sa.Integer), sa.column('state', sa.String))`,
      `op.bulk_insert(t, [{'id': 0, 'state': 'free'}])`,
    ],
    passes: [
      {
        pending: [
          `t = sa.table('seats', sa.column('id', sa.Integer), sa.column('state', sa.String))`,
          `op.bulk_insert(t, [{'id': 1, 'state': 'free'}])`,
        ],
      },
    ],
  },
  {
    name: 'a row that a CHECK of the same release rejects',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, state text)',
    pending: [
      `op.create_check_constraint('seats_state', 'seats', "state IN ('free', 'taken')")`,
      ...insert(`(1, 'gone')`),
    ],
    passes: [
      {
        pending: [
          ...insert(`(1, 'free')`),
          `op.create_check_constraint('seats_state', 'seats', "state <> 'gone' OR id BETWEEN 2 AND 3")`,
          ...insert(`(2, 'gone')`),
        ],
      },
    ],
  },
  {
    name: 'a value that is no label of an enum',
    code: 'AG306',
    live: `CREATE TYPE mood AS ENUM ('good'); CREATE TABLE seats (id int, state mood)`,
    pending: insert(`(1, 'bad')`),
    passes: [
      { pending: insert(`(1, 'good')`) },
      { pending: [`op.execute("ALTER TYPE mood RENAME VALUE 'good' TO 'bad'")`, ...insert(`(1, 'bad')`)] },
      { pending: [`op.alter_column('seats', 'state', type_=sa.Text())`, ...insert(`(1, 'bad')`)] },
    ],
  },
  {
    name: 'a text that is too long for its column',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, state varchar(4))',
    pending: insert(`(1, 'taken')`),
    passes: [
      { pending: insert(`(1, 'free'), (2, 'free  ')`) },
      { pending: [`op.alter_column('seats', 'state', type_=sa.String(5))`, ...insert(`(1, 'taken')`)] },
    ],
  },
  {
    name: 'a CHECK that a stored row violates',
    code: 'AG306',
    live: rows,
    pending: [`op.create_check_constraint('seats_id', 'seats', 'id > 1 AND label IS NULL')`],
    passes: [
      { pending: [`op.create_check_constraint('seats_id', 'seats', "id > 0 AND label <> 'b'")`] },
      { pending: run('ALTER TABLE seats ADD CONSTRAINT seats_id CHECK (id > 1) NOT VALID') },
      { live: 'CREATE TABLE seats (id int, label text)' },
      {
        pending: [
          ...run('DELETE FROM seats'),
          `op.create_check_constraint('seats_id', 'seats', 'id > 1 AND label IS NULL')`,
        ],
      },
    ],
  },
  {
    name: 'a CHECK that requires exactly one of two values',
    code: 'AG306',
    live: rows,
    pending: [`op.create_check_constraint('seats_one', 'seats', '(id IS NULL) <> (label IS NULL)')`],
    passes: [
      {
        pending: [`op.create_check_constraint('seats_one', 'seats', '(id IS NULL) = (size IS NULL)')`],
        live: 'CREATE TABLE seats (id int, size int)',
      },
    ],
  },
]
