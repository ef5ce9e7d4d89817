/** Limitations of SQLite's ALTER TABLE, each with a similar statement that works. */
import type { ReplayCase } from './dry-run-cases.ts'

const inBatch = (...lines: readonly string[]): readonly string[] => [
  `with op.batch_alter_table('seats') as batch:`,
  ...lines.map((line) => `    batch.${line}`),
]

/** Cases for SQLite only. */
export const sqliteLimits: readonly ReplayCase[] = [
  {
    name: 'a batch on a table whose foreign key references a missing table',
    code: 'AG306',
    live: 'CREATE TABLE seats (id INTEGER, hall INTEGER REFERENCES halls (id), label TEXT)',
    pending: inBatch(`alter_column('label', nullable=False)`),
    passes: [
      { pending: inBatch(`add_column(sa.Column('size', sa.Integer()))`) },
      {
        live: 'CREATE TABLE halls (id INTEGER PRIMARY KEY); CREATE TABLE seats (id INTEGER, hall INTEGER REFERENCES HALLS (id), label TEXT)',
      },
      {
        pending: [
          `op.create_table('halls', sa.Column('id', sa.Integer(), primary_key=True))`,
          ...inBatch(`alter_column('label', nullable=False)`),
        ],
      },
      {
        pending: [
          `op.execute('DROP TABLE seats')`,
          `op.create_table('seats', sa.Column('id', sa.Integer()), sa.Column('label', sa.Text()))`,
          ...inBatch(`alter_column('label', nullable=False)`),
        ],
      },
    ],
  },
  {
    name: 'a batch on a table whose foreign key leads to a missing table',
    code: 'AG306',
    live: 'CREATE TABLE halls (id INTEGER PRIMARY KEY, town INTEGER REFERENCES towns (id)); CREATE TABLE seats (id INTEGER, hall INTEGER REFERENCES halls (id), label TEXT)',
    pending: inBatch(`alter_column('label', nullable=False)`),
    passes: [
      {
        live: 'CREATE TABLE halls (id INTEGER PRIMARY KEY, hall INTEGER REFERENCES halls (id)); CREATE TABLE seats (id INTEGER, hall INTEGER REFERENCES halls (id), label TEXT)',
      },
    ],
  },
  {
    name: 'dropping a primary key column',
    code: 'AG306',
    live: 'CREATE TABLE seats (id INTEGER PRIMARY KEY, label text)',
    pending: [`op.drop_column('seats', 'id')`],
    passes: [
      { pending: [`op.drop_column('seats', 'label')`] },
      { live: 'CREATE TABLE seats (id INTEGER, label text)' },
    ],
  },
  {
    name: 'dropping a primary key column of a pending table',
    code: 'AG306',
    live: '',
    pending: [
      `op.create_table('seats', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('a', sa.Integer()))`,
      `op.drop_column('seats', 'id')`,
    ],
    passes: [
      {
        pending: [
          `op.create_table('seats', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('a', sa.Integer()))`,
          `op.drop_column('seats', 'a')`,
        ],
      },
    ],
  },
  {
    name: 'dropping a UNIQUE column',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, label text UNIQUE)',
    pending: [`op.drop_column('seats', 'label')`],
    passes: [
      { pending: inBatch(`drop_column('label')`) },
      { live: 'CREATE TABLE seats (id int UNIQUE, label text)' },
    ],
  },
  {
    name: 'dropping a column of a table-level UNIQUE',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, label text, CONSTRAINT uq_label UNIQUE (label, id))',
    pending: [`op.execute('ALTER TABLE seats DROP COLUMN label')`],
    passes: [{ live: 'CREATE TABLE seats (id int, other int, label text, UNIQUE (other, id))' }],
  },
  {
    name: 'dropping an indexed column',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, label text); CREATE INDEX ix_label ON seats (id, label)',
    pending: [`op.drop_column('seats', 'label')`],
    passes: [
      { pending: [`op.drop_index('ix_label', table_name='seats')`, `op.drop_column('seats', 'label')`] },
      { live: 'CREATE TABLE seats (id int, label text); CREATE INDEX ix_label ON seats (id)' },
      { live: 'CREATE TABLE seats (id int, label text); CREATE INDEX ix_label ON seats (id) WHERE id > 1' },
      {
        live: 'CREATE TABLE seats (id int, label text); CREATE TABLE other (label text); CREATE INDEX ix ON other (label)',
      },
    ],
  },
  {
    name: 'dropping a column with a pending index',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, label text)',
    pending: [`op.create_index('ix_label', 'seats', ['label'])`, `op.drop_column('seats', 'label')`],
    passes: [
      { pending: [`op.create_index('ix_label', 'seats', ['id'])`, `op.drop_column('seats', 'label')`] },
    ],
  },
  {
    name: 'dropping the only column',
    code: 'AG306',
    live: 'CREATE TABLE seats (label text)',
    pending: [`op.drop_column('seats', 'label')`],
    passes: [
      {
        pending: [
          `op.add_column('seats', sa.Column('id', sa.Integer()))`,
          `op.drop_column('seats', 'label')`,
        ],
      },
    ],
  },
  {
    name: 'adding a column with a computed default to a table with rows',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int); INSERT INTO seats VALUES (1)',
    pending: [`op.execute('ALTER TABLE seats ADD COLUMN made text DEFAULT CURRENT_TIMESTAMP')`],
    passes: [
      { live: 'CREATE TABLE seats (id int)' },
      {
        pending: [`op.add_column('seats', sa.Column('made', sa.Text(), server_default='CURRENT_TIMESTAMP'))`],
      },
      { pending: [`op.add_column('seats', sa.Column('made', sa.Text(), server_default=sa.text("'x'")))`] },
    ],
  },
  {
    name: 'adding a column with a function as its default to a table with rows',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int); INSERT INTO seats VALUES (1)',
    pending: [
      `op.add_column('seats', sa.Column('made', sa.Text(), server_default=sa.text("(datetime('now'))")))`,
    ],
    passes: [
      { live: 'CREATE TABLE seats (id int)' },
      { pending: [`op.add_column('seats', sa.Column('made', sa.Text(), server_default=sa.text("(5)")))`] },
    ],
  },
  {
    name: 'adding a UNIQUE column in SQL',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.execute('ALTER TABLE seats ADD COLUMN label text UNIQUE')`],
    passes: [{ pending: [`op.execute('ALTER TABLE seats ADD COLUMN label text')`] }],
  },
  {
    name: 'adding a primary key column in SQL',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.execute('ALTER TABLE seats ADD COLUMN key integer PRIMARY KEY')`],
    passes: [{ pending: [`op.execute('ALTER TABLE seats ADD COLUMN key integer')`] }],
  },
  {
    name: 'adding a unique column outside a batch',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.add_column('seats', sa.Column('label', sa.Text(), unique=True))`],
    passes: [
      { pending: [`op.add_column('seats', sa.Column('label', sa.Text(), index=True))`] },
      {
        pending: inBatch(
          `add_column(sa.Column('label', sa.Text()))`,
          `create_unique_constraint('uq', ['label'])`,
        ),
      },
    ],
  },
  {
    name: 'adding a constraint outside a batch',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.create_unique_constraint('uq', 'seats', ['id'])`],
    passes: [
      { pending: inBatch(`create_unique_constraint('uq', ['id'])`) },
      {
        pending: [
          `if op.get_bind().dialect.name == 'postgresql':`,
          `    op.create_unique_constraint('uq', 'seats', ['id'])`,
        ],
      },
    ],
  },
  {
    name: 'dropping a constraint outside a batch',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, CONSTRAINT uq UNIQUE (id))',
    pending: [`op.drop_constraint('uq', 'seats', type_='unique')`],
    passes: [{ pending: inBatch(`drop_constraint('uq', type_='unique')`) }],
  },
  {
    name: 'altering a column outside a batch',
    code: 'AG306',
    live: 'CREATE TABLE seats (id int, label text)',
    pending: [`op.alter_column('seats', 'label', nullable=False)`],
    passes: [
      { pending: [`op.alter_column('seats', 'label', new_column_name='name')`] },
      { pending: inBatch(`alter_column('label', nullable=False, existing_type=sa.Text())`) },
    ],
  },
]
