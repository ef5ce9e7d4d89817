/** Names that SQLAlchemy shortens or PostgreSQL truncates. */
import type { ReplayCase } from './dry-run-cases.ts'

/** A name longer than 63 characters, as some naming conventions produce. */
const long = `ix_reservations_of_the_previous_season_customer_identification_number`
/** The name that SQLAlchemy stores: 55 characters, an underscore, and four characters of the MD5 hash. */
const shortened = 'ix_reservations_of_the_previous_season_customer_identif_456c'
const clipped = long.slice(0, 63)

/** A table and a column with names of 66 and 64 characters, and how PostgreSQL stores them. */
const longTable = 'cancelled_reservations_of_the_summer_season_by_the_customer_of_age'
const longColumn = 'reason_for_the_cancellation_as_given_by_the_customer_in_writing_'
const [storedTable, storedColumn] = [longTable.slice(0, 63), longColumn.slice(0, 63)]

export const namingCases: readonly ReplayCase[] = [
  {
    name: 'a table that exists under its truncated name',
    code: 'AG301',
    live: `CREATE TABLE ${storedTable} (id int PRIMARY KEY)`,
    pending: [`op.create_table('${longTable}', sa.Column('id', sa.Integer()))`],
    passes: [
      { live: `CREATE TABLE ${storedTable.slice(0, 62)} (id int)` },
      {
        live: '',
        pending: [
          `op.create_table('${longTable}', sa.Column('id', sa.Integer(), primary_key=True))`,
          `op.add_column('${storedTable}', sa.Column('${longColumn}', sa.Integer()))`,
          `op.alter_column('${longTable}', '${storedColumn}', type_=sa.BigInteger())`,
          `op.create_index('ix', '${storedTable}', ['${longColumn}'])`,
          `op.execute('INSERT INTO ${longTable} (${longColumn}) VALUES (1)')`,
          `op.execute('UPDATE ${storedTable} SET ${storedColumn} = 2')`,
          `op.create_table('notes', sa.Column('r', sa.Integer(), sa.ForeignKey('${longTable}.id')), sa.CheckConstraint('r > 0'))`,
          `op.create_check_constraint('ck', '${storedTable}', '${longColumn} > 0')`,
          `op.rename_table('${longTable}', '${storedTable.slice(0, 62)}t_of_majority')`,
          `op.drop_table('notes')`,
          `op.drop_table('${storedTable.slice(0, 62)}t')`,
        ],
      },
    ],
  },
  {
    name: 'a column that exists under its truncated name',
    code: 'AG301',
    live: `CREATE TABLE seats (id int, ${storedColumn} int)`,
    pending: [`op.add_column('seats', sa.Column('${longColumn}', sa.Integer()))`],
    passes: [{ pending: [`op.drop_column('seats', '${longColumn}')`] }],
  },
  {
    name: 'two names that PostgreSQL truncates to one',
    code: 'AG301',
    live: '',
    pending: [
      `op.execute('CREATE TABLE ${longTable} (id int)')`,
      `op.create_table('${storedTable}_of_majority', sa.Column('id', sa.Integer()))`,
    ],
    passes: [
      {
        pending: [
          `op.execute('CREATE TABLE ${longTable} (id int)')`,
          `op.rename_table('${longTable}', 'cancelled')`,
          `op.create_table('${storedTable}_of_majority', sa.Column('id', sa.Integer()))`,
        ],
      },
    ],
  },
  {
    name: 'rows of a table that was renamed under its truncated name',
    code: 'AG302',
    live: `CREATE TABLE ${storedTable} (id int)`,
    pending: [`op.rename_table('${storedTable}', 'cancelled')`, `op.execute('DELETE FROM ${longTable}')`],
    passes: [
      { pending: [`op.rename_table('${longTable}', 'cancelled')`, `op.execute('DELETE FROM cancelled')`] },
    ],
  },
  {
    name: 'a missing index with a name of 40 characters',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.drop_index('${long.slice(0, 40)}', table_name='seats')`],
    passes: [{ live: `CREATE TABLE seats (id int); CREATE INDEX ${long.slice(0, 40)} ON seats (id)` }],
  },
  {
    name: 'a missing constraint with a name of 63 characters',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`op.drop_constraint('${clipped}', 'seats', type_='unique')`],
    passes: [{ live: `CREATE TABLE seats (id int CONSTRAINT ${clipped} UNIQUE)` }],
  },
  {
    name: 'a missing index whose name is part of the name of a new index',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int, hall int)',
    pending: [
      `op.create_index('ix_seats_hall_id', 'seats', ['hall', 'id'])`,
      `op.drop_index('ix_seats_hall', table_name='seats')`,
    ],
    passes: [
      { live: 'CREATE TABLE seats (id int, hall int); CREATE INDEX ix_seats_hall ON seats (hall)' },
      {
        pending: [
          `op.create_index('ix_seats_hall', 'seats', ['hall'])`,
          `op.drop_index('ix_seats_hall', table_name='seats')`,
        ],
      },
    ],
  },
  {
    name: 'a constraint without a type, which no naming convention renames',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int CONSTRAINT ck_seats_positive CHECK (id > 0))',
    pending: [`op.drop_constraint('positive', 'seats')`],
    passes: [{ live: 'CREATE TABLE seats (id int CONSTRAINT positive CHECK (id > 0))' }],
  },
  {
    name: 'a missing index whose name SQLAlchemy shortens',
    code: 'AG302',
    live: `CREATE TABLE seats (id int); CREATE INDEX ${clipped} ON seats (id)`,
    pending: [`op.drop_index(op.f('${long}'), table_name='seats')`],
    passes: [
      { live: `CREATE TABLE seats (id int); CREATE INDEX ${shortened} ON seats (id)` },
      {
        pending: [
          `op.create_index(op.f('${long}'), 'seats', ['id'])`,
          `op.execute('DROP INDEX ${shortened}')`,
        ],
      },
    ],
  },
  {
    name: 'an index whose shortened name is taken',
    code: 'AG301',
    live: `CREATE TABLE seats (id int); CREATE INDEX ${shortened} ON seats (id)`,
    pending: [`op.create_index(op.f('${long}'), 'seats', ['id'])`],
    passes: [{ live: `CREATE TABLE seats (id int); CREATE INDEX ${clipped} ON seats (id)` }],
  },
  {
    name: 'an existing index whose name in SQL is truncated',
    code: 'AG301',
    live: `CREATE TABLE seats (id int); CREATE INDEX ${clipped} ON seats (id)`,
    pending: [`op.execute('CREATE INDEX ${long} ON seats (id)')`],
    passes: [
      { live: `CREATE TABLE seats (id int); CREATE INDEX ${shortened} ON seats (id)` },
      { pending: [`op.execute('DROP INDEX ${long}')`] },
    ],
  },
  {
    name: 'a UNIQUE over the columns of another one, whose name remains free',
    code: 'AG301',
    live: '',
    pending: [
      `op.create_table('seats', sa.Column('a', sa.Integer()), sa.Column('b', sa.Integer()), sa.UniqueConstraint('a', 'b', name='one'), sa.UniqueConstraint('a', 'b', name='two'))`,
      `op.create_index('one', 'seats', ['a'])`,
    ],
    passes: [
      {
        pending: [
          `op.create_table('seats', sa.Column('a', sa.Integer()), sa.Column('b', sa.Integer()), sa.UniqueConstraint('a', 'b', name='one'), sa.UniqueConstraint('a', 'b', name='two'))`,
          `op.create_index('two', 'seats', ['a'])`,
        ],
      },
      {
        pending: [
          `op.execute('CREATE TABLE seats (id int, CONSTRAINT one UNIQUE (id), CONSTRAINT two PRIMARY KEY (id))')`,
          `op.create_index('one', 'seats', ['id'])`,
        ],
      },
      {
        pending: [
          `op.create_table('seats', sa.Column('id', sa.Integer()), sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('id', name='one'))`,
          `op.create_index('seats_pkey', 'seats', ['id'])`,
        ],
      },
    ],
  },
  {
    name: 'a UNIQUE that differs from another one in its options is created',
    code: 'AG301',
    live: '',
    pending: [
      `op.create_table('seats', sa.Column('a', sa.Integer()), sa.UniqueConstraint('a', name='one', deferrable=True), sa.UniqueConstraint('a', name='two'))`,
      `op.create_index('two', 'seats', ['a'])`,
    ],
    passes: [
      {
        pending: [
          `op.create_table('seats', sa.Column('a', sa.Integer()), sa.UniqueConstraint('a', name='one', deferrable=True), sa.UniqueConstraint('a', name='two', deferrable=True))`,
          `op.create_index('two', 'seats', ['a'])`,
        ],
      },
      {
        pending: [
          `op.execute('CREATE TABLE seats (a int, b int, UNIQUE (a) INCLUDE (b), CONSTRAINT two UNIQUE (a) INCLUDE (b))')`,
          `op.drop_constraint('two', 'seats', type_='unique')`,
        ],
      },
    ],
  },
  {
    name: 'dropping the name of a merged constraint',
    code: 'AG302',
    live: '',
    pending: [
      `op.execute('CREATE TABLE seats (a int, CONSTRAINT one UNIQUE (a), CONSTRAINT two UNIQUE (a))')`,
      `op.drop_constraint('two', 'seats', type_='unique')`,
    ],
    passes: [
      {
        pending: [
          `op.execute('CREATE TABLE seats (a int, CONSTRAINT one UNIQUE (a), CONSTRAINT two UNIQUE (a) DEFERRABLE)')`,
          `op.drop_constraint('two', 'seats', type_='unique')`,
        ],
      },
    ],
  },
]

/** Default names chosen by PostgreSQL and SQLAlchemy. */
export const chosenNameCases: readonly ReplayCase[] = [
  {
    name: "a foreign key that was dropped by PostgreSQL's default name",
    code: 'AG302',
    live: 'CREATE TABLE users (id int PRIMARY KEY)',
    pending: [
      `op.create_table('seats', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('u', sa.Integer(), sa.ForeignKey('users.id')), sa.Column('n', sa.Integer(), unique=True, index=True), sa.UniqueConstraint('id', 'n'))`,
      `op.drop_constraint('seats_u_fkey', 'seats', type_='foreignkey')`,
      `op.drop_constraint('seats_id_n_key', 'seats', type_='unique')`,
      `op.drop_constraint('seats_pkey', 'seats')`,
      `op.drop_index('ix_seats_n', table_name='seats')`,
      `op.drop_column('seats', 'size')`,
    ],
    passes: [
      {
        pending: [
          `op.create_table('seats', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('n', sa.Integer(), unique=True))`,
          `op.execute('ALTER TABLE seats RENAME CONSTRAINT seats_n_key TO one')`,
          `op.create_index('seats_n_key', 'seats', ['n'])`,
          `op.drop_constraint('one', 'seats', type_='unique')`,
        ],
      },
    ],
  },
]
