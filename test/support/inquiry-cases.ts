/** Migrations that query the schema, each with a database state in which it works and another in which it fails. */
import type { ReplayCase } from './dry-run-cases.ts'

const add = (column: string): string => `op.add_column('seats', sa.Column('${column}', sa.Integer()))`
const made = (table: string): string => `op.create_table('${table}', sa.Column('id', sa.Integer()))`
const columns = `[c['name'] for c in sa.inspect(op.get_bind()).get_columns('seats')]`
/** Drops a table if any tenant's schema exists. */
const replaceInTenants = [
  'for name in sorted(sa.inspect(op.get_bind()).get_schema_names()):',
  "    if name.startswith('tenant_'):",
  "        op.drop_table('seats')",
]
const other = 'CREATE TABLE other (id int)'
const one = 'CREATE TABLE seats (id int, hall int)'
const two = 'CREATE TABLE seats (id int, hall int, label int)'

/** Cases for PostgreSQL and SQLite. Each migration fails if the database is in the state `live`. */
export const commonInquiries: readonly ReplayCase[] = [
  {
    name: 'a column that is only added if another one is missing',
    code: 'AG301',
    live: two.replace('hall', 'row'),
    pending: [`if 'hall' not in ${columns}:`, `    ${add('hall')}`, `    ${add('label')}`],
    passes: [{ live: one }, { live: two }, { live: 'CREATE TABLE seats (id int)' }],
  },
  {
    name: "a condition on the Inspector's dialect",
    code: 'AG301',
    live: two,
    pending: [
      'inspector = sa.inspect(op.get_bind())',
      "if inspector.dialect.name in ('postgresql', 'sqlite'):",
      `    ${add('label')}`,
    ],
    passes: [
      { live: one },
      {
        pending: [
          'inspector = sa.inspect(op.get_bind())',
          "if inspector.dialect.name == 'mysql':",
          `    ${add('label')}`,
        ],
      },
    ],
  },
  {
    name: 'a condition that checks for the wrong table',
    code: 'AG301',
    live: one,
    pending: [`if not sa.inspect(op.get_bind()).has_table('seat'):`, `    ${made('seats')}`],
    passes: [
      { live: 'CREATE TABLE other (id int)' },
      { pending: [`if not sa.inspect(op.get_bind()).has_table('seats'):`, `    ${made('seats')}`] },
      {
        pending: [`if not op.get_bind().dialect.has_table(op.get_bind(), 'seats'):`, `    ${made('seats')}`],
      },
      { pending: [`if 'seats' not in sa.inspect(op.get_bind()).get_table_names():`, `    ${made('seats')}`] },
    ],
  },
  {
    name: 'an Inspector with a cached answer',
    code: 'AG301',
    live: one,
    pending: [
      `insp = sa.inspect(op.get_bind())`,
      `known = [c['name'] for c in insp.get_columns('seats')]`,
      add('label'),
      `if 'label' not in [c['name'] for c in insp.get_columns('seats')]:`,
      `    ${add('label')}`,
    ],
    passes: [
      {
        pending: [`known = ${columns}`, add('label'), `if 'label' not in ${columns}:`, `    ${add('label')}`],
      },
    ],
  },
  {
    name: 'a table that an earlier operation has dropped',
    code: 'AG302',
    live: one,
    pending: [
      `op.drop_table('seats')`,
      `if not sa.inspect(op.get_bind()).has_table('seats'):`,
      `    ${add('label')}`,
    ],
    passes: [
      {
        pending: [
          `op.drop_table('seats')`,
          `if sa.inspect(op.get_bind()).has_table('seats'):`,
          `    ${add('x')}`,
        ],
      },
    ],
  },
  {
    name: 'existing columns that are dropped in a loop',
    code: 'AG302',
    live: one,
    pending: [
      `there = ${columns}`,
      `for name in ['label', 'hall']:`,
      `    if name not in there:`,
      `        op.drop_column('seats', name)`,
    ],
    passes: [{ live: two }],
  },
]

const asked = (sql: string, reading: string): string =>
  `op.get_bind().execute(sa.text(${JSON.stringify(sql)}))${reading}`
const columnQuery = (column: string): string =>
  `SELECT 1 FROM information_schema.columns WHERE table_name = 'seats' AND column_name = '${column}'`

const halls = 'CREATE TABLE halls (id int PRIMARY KEY, row int, UNIQUE (row, id))'
const keysOfHalls = `SELECT c.conname AS key, c.conrelid::regclass::text, a.attname AS part, b.attname FROM pg_constraint c
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
  INNER JOIN pg_catalog.pg_attribute AS b ON (b.attrelid = c.confrelid AND b.attnum = c.confkey[1])
  WHERE c.confrelid = 'halls'::regclass AND c.contype = 'f' AND array_length(c.conkey, 1) = 1`
/** Drops all single-column foreign keys that reference halls, along with their columns. */
const dropsKeys = [
  `keys = ${asked(keysOfHalls, '.fetchall()')}`,
  'for name, table, column, _ in keys:',
  "    op.drop_constraint(op.f(name), table, type_='foreignkey')",
  '    op.drop_column(table, column)',
]
const createsKeys = [
  "op.create_table('halls', sa.Column('id', sa.Integer(), primary_key=True))",
  "op.create_table('seats', sa.Column('id', sa.Integer()), sa.Column('hall', sa.Integer()))",
  "op.create_foreign_key('fk_seats', 'seats', 'halls', ['hall'], ['id'])",
]
/** Drops the UNIQUE constraints on `seats` that use the column. */
const dropsOf = (column: string, alias = '', place = ''): readonly string[] => {
  const key = place === '' ? 'ANY (c.conkey)' : `c.conkey${place}`
  const sql = `SELECT conname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ${key}
    WHERE c.conrelid = 'seats'::regclass AND contype = 'u' AND ${alias}attname = '${column}'`
  return [
    `for row in ${asked(sql, '.fetchall()')}:`,
    "    op.drop_constraint(op.f(row[0]), 'seats', type_='unique')",
  ]
}

const rows = asked('SELECT id FROM seats WHERE id > 0', '.fetchall()')
const dropUnlessRows = [`if not ${rows}:`, `    op.drop_table('halls')`]

export const postgresInquiries: readonly ReplayCase[] = [
  {
    name: 'a loop over the schemas',
    code: 'AG301',
    live: one,
    pending: [...replaceInTenants, made('seats')],
    passes: [
      { live: `CREATE SCHEMA tenant_a; ${one}` },
      { pending: [`op.execute('CREATE SCHEMA tenant_b')`, ...replaceInTenants, made('seats')] },
      {
        pending: [
          `names = sa.inspect(op.get_bind()).get_schema_names()`,
          `if names == ['information_schema', 'public']:`,
          `    op.drop_table('seats')`,
          made('seats'),
        ],
      },
    ],
  },
  {
    name: 'rows of a table that the upgrade creates',
    code: 'AG302',
    live: '',
    pending: [made('seats'), ...dropUnlessRows],
    passes: [
      { live: 'CREATE TABLE halls (id int)' },
      { pending: [made('seats'), `for row in ${rows}:`, `    op.drop_table('halls')`] },
      { pending: [made('seats'), `op.execute('INSERT INTO seats VALUES (1)')`, ...dropUnlessRows] },
      { pending: [`op.execute('CREATE TABLE seats AS SELECT 1 AS id')`, ...dropUnlessRows] },
      { pending: [made('seats'), `op.execute("COPY seats FROM PROGRAM 'echo 1'")`, ...dropUnlessRows] },
      {
        pending: [
          made('seats'),
          `op.bulk_insert(sa.table('seats', sa.column('id')), [{'id': 1}])`,
          ...dropUnlessRows,
        ],
      },
      {
        pending: [
          made('seats'),
          `op.execute('CREATE TABLE stalls () INHERITS (seats)')`,
          `op.execute('INSERT INTO stalls VALUES (1)')`,
          ...dropUnlessRows,
        ],
      },
      {
        pending: [
          made('seats'),
          made('stalls'),
          `op.execute('INSERT INTO stalls VALUES (1)')`,
          `op.execute('ALTER TABLE stalls INHERIT seats')`,
          ...dropUnlessRows,
        ],
      },
      {
        pending: [
          made('seats'),
          made('stalls'),
          `op.execute('CREATE RULE copied AS ON INSERT TO stalls DO ALSO INSERT INTO seats VALUES (NEW.id)')`,
          `op.execute('INSERT INTO stalls VALUES (1)')`,
          ...dropUnlessRows,
        ],
      },
      {
        pending: [
          made('seats'),
          `op.execute("CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS 'INSERT INTO seats VALUES (1)'")`,
          `op.execute('SELECT fill()')`,
          ...dropUnlessRows,
        ],
      },
      {
        pending: [
          made('seats'),
          `if ${asked('SELECT count(*) FROM seats', '.scalar()')} > 0:`,
          `    op.drop_table('halls')`,
        ],
      },
    ],
  },
  {
    name: 'a query of information_schema',
    code: 'AG301',
    live: two,
    pending: [`if ${asked(columnQuery('row'), '.scalar()')} is None:`, `    ${add('label')}`],
    passes: [
      { live: one },
      { pending: [`if ${asked(columnQuery('label'), '.fetchone()')} is None:`, `    ${add('label')}`] },
      { pending: [`if not ${asked(columnQuery('label'), '.fetchall()')}:`, `    ${add('label')}`] },
      {
        pending: [
          `if not ${asked(`SELECT EXISTS (${columnQuery('label')})`, '.scalar()')}:`,
          `    ${add('label')}`,
        ],
      },
      {
        // Names in these queries are case-sensitive.
        live: `${one}; CREATE TABLE "Seats" (id int, label int)`,
        pending: [`if ${asked(columnQuery('label'), '.scalar()')} is None:`, `    ${add('label')}`],
      },
      {
        // The query also sees the effects of earlier operations in this migration.
        live: one,
        pending: [
          add('label'),
          `if ${asked(columnQuery('label'), '.scalar()')} is None:`,
          `    ${add('label')}`,
        ],
      },
    ],
  },
  {
    name: 'a query that finds a table in another schema',
    code: 'AG302',
    live: 'CREATE SCHEMA attic; CREATE TABLE attic.seats (id int)',
    pending: [
      `if ${asked("SELECT 1 FROM information_schema.tables WHERE table_name = 'seats'", '.scalar()')}:`,
      `    ${add('label')}`,
    ],
    passes: [
      {
        pending: [
          `if ${asked("SELECT 1 FROM information_schema.tables WHERE table_name = 'seats' AND table_schema = current_schema()", '.scalar()')}:`,
          `    ${add('label')}`,
        ],
      },
      { pending: [`if ${asked("SELECT to_regclass('seats')", '.scalar()')}:`, `    ${add('label')}`] },
    ],
  },
  {
    name: 'an index in pg_indexes',
    code: 'AG301',
    live: `${one}; CREATE INDEX ix_seats ON seats (hall)`,
    pending: [
      `if ${asked("SELECT 1 FROM pg_indexes WHERE indexname = 'ix_seats'", '.scalar()')}:`,
      `    op.create_index('ix_seats', 'seats', ['id'])`,
    ],
    passes: [
      { live: one },
      {
        pending: [
          `if not ${asked("SELECT 1 FROM pg_indexes WHERE indexname = 'ix_seats' AND tablename = 'seats'", '.scalar()')}:`,
          `    op.create_index('ix_seats', 'seats', ['id'])`,
        ],
      },
      {
        pending: [
          `if 'ix_seats' not in [i['name'] for i in sa.inspect(op.get_bind()).get_indexes('seats')]:`,
          `    op.create_index('ix_seats', 'seats', ['id'])`,
        ],
      },
    ],
  },
  {
    name: 'a constraint missing from pg_constraint',
    code: 'AG302',
    live: one,
    pending: [
      `if not ${asked("SELECT 1 FROM pg_constraint WHERE conname = 'uq_hall' AND conrelid = 'seats'::regclass", '.scalar()')}:`,
      `    op.drop_constraint(op.f('uq_hall'), 'seats')`,
    ],
    passes: [
      { live: `${one}; ALTER TABLE seats ADD CONSTRAINT uq_hall UNIQUE (hall)` },
      {
        pending: [
          `names = {u['name'] for u in sa.inspect(op.get_bind()).get_unique_constraints('seats')}`,
          `if 'uq_hall' in names:`,
          `    op.drop_constraint(op.f('uq_hall'), 'seats')`,
        ],
      },
    ],
  },
  {
    name: 'foreign keys found by the table that they reference',
    code: 'AG302',
    live: `${halls}; CREATE TABLE seats (id int, hall int REFERENCES halls (id))`,
    pending: [...dropsKeys, `op.drop_column('seats', 'hall')`],
    passes: [
      { pending: [...dropsKeys, `op.drop_column('seats', 'id')`] },
      { pending: dropsKeys.map((line) => line.replace("'halls'", "'public.halls'")) },
      { live: `${halls}; CREATE TABLE seats (id int, hall int)` },
      {
        live: `${halls}; CREATE TABLE seats (id int, hall int, row int, FOREIGN KEY (row, hall) REFERENCES halls (row, id))`,
      },
      {
        live: `${halls}; CREATE TABLE seats (id int, hall int); CREATE TABLE tickets (hall int REFERENCES halls)`,
      },
      {
        live: `${halls}; CREATE TABLE "order" (hall int REFERENCES halls)`,
        pending: [
          ...dropsKeys.slice(0, -2),
          "    op.execute(f'ALTER TABLE {table} DROP CONSTRAINT {name}')",
          "op.drop_table('order')",
          "op.drop_table('halls')",
        ],
      },
    ],
  },
  {
    name: 'foreign keys of new tables found by the table that they reference',
    code: 'AG302',
    live: other,
    pending: [
      ...createsKeys,
      ...dropsKeys,
      `op.drop_constraint(op.f('fk_seats'), 'seats', type_='foreignkey')`,
    ],
    passes: [
      { pending: [...createsKeys, ...dropsKeys, `op.drop_table('halls')`] },
      {
        pending: [
          ...createsKeys,
          `op.drop_constraint(op.f('fk_seats'), 'seats', type_='foreignkey')`,
          ...dropsKeys,
          `op.drop_column('seats', 'hall')`,
        ],
      },
    ],
  },
  {
    name: 'a constraint found by a column that it uses',
    code: 'AG302',
    live: `${one}; ALTER TABLE seats ADD CONSTRAINT uq_hall UNIQUE (hall)`,
    pending: [...dropsOf('hall'), `op.drop_constraint(op.f('uq_hall'), 'seats', type_='unique')`],
    passes: [
      { live: `${one}; ALTER TABLE seats ADD CONSTRAINT uq_hall UNIQUE (id)` },
      {
        live: `${one}; ALTER TABLE seats ADD CONSTRAINT uq_hall UNIQUE (id, hall)`,
        pending: dropsOf('hall'),
      },
      {
        live: `${one}; ALTER TABLE seats ADD CONSTRAINT uq_hall UNIQUE (id, hall)`,
        pending: [...dropsOf('hall', '', '[1]'), ...dropsOf('id', '', '[1]')],
      },
      { pending: [...dropsOf('id'), ...dropsOf('hall')] },
      { pending: [...dropsOf('hall', 'a.'), `op.drop_column('seats', 'hall')`] },
    ],
  },
  {
    name: 'a foreign key found by its column',
    code: 'AG302',
    live: `CREATE TABLE halls (id int PRIMARY KEY); CREATE TABLE seats (id int, hall int REFERENCES halls (id))`,
    pending: [
      `for fk in sa.inspect(op.get_bind()).get_foreign_keys('seats'):`,
      `    if fk['constrained_columns'] == ['hall']:`,
      `        op.drop_constraint(op.f(fk['name']), 'seats', type_='foreignkey')`,
      `        op.drop_constraint(op.f(fk['name']), 'seats', type_='foreignkey')`,
    ],
    passes: [
      { live: one },
      {
        pending: [
          `for fk in sa.inspect(op.get_bind()).get_foreign_keys('seats'):`,
          `    op.drop_constraint(op.f(fk['name']), 'seats', type_='foreignkey')`,
        ],
      },
    ],
  },
  {
    name: 'an existing enum type',
    code: 'AG301',
    live: `CREATE TYPE mood AS ENUM ('calm')`,
    pending: [
      `if ${asked("SELECT 1 FROM pg_type WHERE typname = 'mood'", '.scalar()')}:`,
      `    op.execute("ALTER TYPE mood ADD VALUE 'calm'")`,
    ],
    passes: [
      {
        pending: [
          `labels = [r[0] for r in ${asked("SELECT e.enumlabel FROM pg_enum e JOIN pg_type t ON e.enumtypid = t.oid WHERE t.typname = 'mood'", '')}]`,
          `if 'calm' not in labels:`,
          `    op.execute("ALTER TYPE mood ADD VALUE 'calm'")`,
        ],
      },
    ],
  },
  {
    name: 'columns of a missing table',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`if 'label' not in ${columns}:`, `    ${add('label')}`],
    passes: [
      { live: one },
      { pending: [`try:`, `    known = ${columns}`, `except Exception:`, `    known = []`] },
    ],
  },
]

export const sqliteInquiries: readonly ReplayCase[] = [
  {
    name: 'PRAGMA table_info and sqlite_master',
    code: 'AG301',
    live: two,
    pending: [
      `known = [r[1] for r in ${asked('PRAGMA table_info(seats)', '')}]`,
      `there = ${asked("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'seats'", '.fetchone()')}`,
      `if there is not None:`,
      `    ${add('label')}`,
    ],
    passes: [
      { live: one },
      {
        pending: [
          `there = ${asked("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'rows'", '.fetchone()')}`,
          `if there is not None:`,
          `    ${add('label')}`,
        ],
      },
    ],
  },
]
