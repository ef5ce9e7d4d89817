/**
 * Migrations that rely on the default names of PostgreSQL and SQLAlchemy. `env.py` has no naming convention.
 */
import type { ReplayCase } from './dry-run-cases.ts'

const halls = 'CREATE TABLE halls (id int PRIMARY KEY)'
const seats = `op.create_table('seats', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('hall', sa.Integer(), sa.ForeignKey('halls.id')))`
const dropKey = (name: string, table = 'seats'): string => `op.drop_constraint('${name}', '${table}')`
const unique = (table: string, column: string): string =>
  `op.create_table('${table}', sa.Column('${column}', sa.Integer()), sa.UniqueConstraint('${column}'))`
const all = (method: string, table: string, body: string): readonly string[] => [
  `insp = sa.inspect(op.get_bind())`,
  `for one in insp.${method}('${table}'):`,
  `    ${body}`,
]
const table30 = 'reservations_of_the_last_seasons'
const column40 = 'customer_identification_number_of_the_guest'
const reflect = [`metadata = sa.MetaData()`, `metadata.reflect(bind=op.get_bind())`]
const make = (name: string): string => `op.create_table('${name}', metadata, sa.Column('id', sa.Integer()))`
const own = (convention: string, drop: string): readonly string[] => [
  `metadata = sa.MetaData(${convention})`,
  `sa.Table('seats', metadata, sa.Column('row', sa.Integer(), unique=True)).create(op.get_bind())`,
  drop,
]
const rename = (old: string): readonly string[] =>
  all(
    'get_indexes',
    'seats',
    `op.execute('ALTER INDEX ' + one['name'] + ' RENAME TO ' + one['name'].replace('${old}', 'places', 1))`,
  )

export const defaultNameCases: readonly ReplayCase[] = [
  {
    name: "a foreign key that was dropped by the Inspector's name",
    code: 'AG302',
    live: halls,
    pending: [
      seats,
      ...all('get_foreign_keys', 'seats', `op.drop_constraint(one['name'], 'seats')`),
      dropKey('seats_hall_fkey'),
    ],
    passes: [
      {
        pending: [seats, dropKey('seats_hall_fkey'), ...all('get_foreign_keys', 'seats', dropKey('missing'))],
      },
      {
        pending: [
          seats,
          ...all('get_foreign_keys', 'seats', `op.drop_constraint(one['name'], 'seats')`),
          `op.drop_table('halls')`,
        ],
      },
    ],
  },
  {
    name: 'foreign keys of another table than the one that the migration looks for',
    code: 'AG302',
    live: `${halls}; CREATE TABLE rows (id int PRIMARY KEY, hall int REFERENCES halls)`,
    pending: [
      seats,
      ...all(
        'get_foreign_keys',
        'rows',
        `if one['referred_table'] == 'halls': ${dropKey('rows_id_fkey', 'rows')}`,
      ),
    ],
    passes: [
      {
        pending: all(
          'get_foreign_keys',
          'rows',
          `if one['referred_table'] == 'halls': ${dropKey('rows_hall_fkey', 'rows')}`,
        ),
      },
      {
        pending: all(
          'get_foreign_keys',
          'rows',
          `if one['referred_table'] == 'rows': ${dropKey('missing', 'rows')}`,
        ),
      },
      {
        pending: [
          `op.rename_table('halls', 'rooms')`,
          ...all(
            'get_foreign_keys',
            'rows',
            `if one['referred_table'] == 'halls': ${dropKey('missing', 'rows')}`,
          ),
        ],
      },
    ],
  },
  {
    name: 'a default name that PostgreSQL shortens',
    code: 'AG302',
    live: '',
    pending: [
      unique(table30, column40),
      dropKey('reservations_of_the_last_seas_customer_identification_numbe_key', table30),
      dropKey('missing', table30),
    ],
    passes: [
      {
        pending: [
          unique(table30, column40),
          dropKey('reservations_of_the_last_seas_customer_identification_numbe_key', table30),
        ],
      },
    ],
  },
  {
    name: 'an index of a column with index=True',
    code: 'AG301',
    live: '',
    pending: [
      `op.create_table('seats', sa.Column('hall', sa.Integer(), index=True))`,
      `op.create_index('ix_seats_hall', 'seats', ['hall'])`,
    ],
    passes: [
      {
        pending: [
          `op.create_table('seats', sa.Column('hall', sa.Integer(), index=True), sa.Column('seats_hall', sa.Integer()))`,
          `op.create_index('ix_seats_seats_hall', 'seats', ['hall'])`,
        ],
      },
    ],
  },
  {
    name: 'a default name that a key of a renamed table keeps',
    code: 'AG302',
    live: 'CREATE TABLE seats (hall int UNIQUE)',
    pending: [
      `op.rename_table('seats', 'old')`,
      dropKey('seats_hall_key', 'old'),
      dropKey('seats_hall_key', 'old'),
    ],
    passes: [
      { pending: [`op.rename_table('seats', 'old')`, unique('seats', 'hall'), dropKey('seats_hall_key1')] },
      {
        live: `${halls}; CREATE TABLE other (hall int CONSTRAINT seats_hall_fkey REFERENCES halls)`,
        pending: [seats, dropKey('seats_hall_fkey1')],
      },
      {
        live: `${halls}; CREATE DOMAIN amount AS int CONSTRAINT seats_hall_fkey CHECK (VALUE > 0)`,
        pending: [seats, dropKey('seats_hall_fkey1')],
      },
      {
        live: `${halls}; CREATE SEQUENCE seats_hall_key`,
        pending: [unique('seats', 'hall'), dropKey('seats_hall_key1')],
      },
    ],
  },
  {
    name: "a naming convention of the migration's own metadata",
    code: 'AG302',
    live: '',
    pending: own('', dropKey('uq_seats_row')),
    passes: [
      {
        pending: own(
          `naming_convention={'uq': 'uq_%(table_name)s_%(column_0_name)s'}`,
          dropKey('uq_seats_row'),
        ),
      },
      { pending: own('', dropKey('seats_row_key')) },
    ],
  },
  {
    name: 'a table of MetaData that was reflected',
    code: 'AG301',
    live: halls,
    pending: [...reflect, `if 'seats' not in metadata.tables:`, `    ${make('halls')}`],
    passes: [
      { pending: [...reflect, `if 'halls' not in metadata.tables.keys():`, `    ${make('halls')}`] },
      {
        pending: [
          ...reflect,
          `sa.Table('seats', metadata)`,
          `if 'seats' not in metadata.tables:`,
          `    ${make('halls')}`,
        ],
      },
      { pending: [`metadata = sa.MetaData()`, `if 'halls' in metadata.tables:`, `    ${make('halls')}`] },
      {
        live: 'CREATE SCHEMA other; CREATE TABLE other.halls (id int PRIMARY KEY); CREATE TABLE seats (hall int REFERENCES other.halls)',
        pending: [...reflect, `if 'other.halls' not in metadata.tables:`, `    ${make('seats')}`],
      },
    ],
  },
  {
    name: 'indexes that are renamed after the names of all tables',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int, hall int); CREATE INDEX ix_seats_seats ON seats (hall)',
    pending: [
      `names = sa.inspect(op.get_bind()).get_table_names()`,
      ...rename('seats'),
      `op.drop_index('ix_seats_seats', table_name='seats')`,
    ],
    passes: [
      {
        pending: [
          `names = sa.inspect(op.get_bind()).get_table_names()`,
          ...rename('seats'),
          `op.drop_index('ix_places_seats', table_name='seats')`,
        ],
      },
    ],
  },
  {
    name: 'a new name that another table has, which only the live schema shows',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int, hall int); CREATE INDEX ix_seats ON seats (hall); CREATE TABLE ix_places (id int)',
    pending: [
      `if 'ix_places' in sa.inspect(op.get_bind()).get_table_names():`,
      ...rename('seats').map((line) => `    ${line}`),
    ],
    passes: [{ live: 'CREATE TABLE seats (id int, hall int); CREATE INDEX ix_seats ON seats (hall)' }],
  },
  {
    name: 'an error of the server that a handler of NotImplementedError lets pass',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`try:`, `    ${dropKey('missing')}`, `except NotImplementedError:`, `    print('SQLite')`],
    passes: [{ live: 'CREATE TABLE seats (id int CONSTRAINT missing UNIQUE)' }],
  },
  {
    name: 'a referenced table, after another column was dropped',
    code: 'AG306',
    live: `${halls}; CREATE TABLE rows (id int)`,
    pending: [seats, `op.drop_column('rows', 'id')`, `op.drop_table('halls')`],
    passes: [{ pending: [seats, `op.drop_column('seats', 'hall')`, `op.drop_table('halls')`] }],
  },
  {
    name: 'a CHECK whose name is taken',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int CONSTRAINT positive CHECK (id > 0))',
    pending: [`op.create_check_constraint('positive', 'seats', 'id > 1')`],
    passes: [{ pending: [`op.create_check_constraint('large', 'seats', 'id > 1')`] }],
  },
]
