/** Tests migrations that query the schema, including their own earlier changes. */
import { describe, expect, test } from 'vitest'
import { dryRunUpgrade } from '../../../../src/core/dry-run/dry-run.ts'
import { pendingNames } from '../../../../src/core/dry-run/referenced-names.ts'
import type { SchemaSnapshot, TableSnapshot } from '../../../../src/core/schema/schema-snapshot.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

const column = (name: string) => ({ name, type: 'integer', nullable: name !== 'id', serverDefault: null })

const seats: TableSnapshot = {
  schema: 'public',
  name: 'seats',
  visible: true,
  access: { owned: true, references: true },
  columns: ['id', 'hall'].map(column),
  indexes: [
    { name: 'seats_pkey', unique: true, definition: null, columns: ['id'] },
    { name: 'ix_seats_hall', unique: false, definition: null, columns: ['hall'] },
  ],
  constraints: [
    { name: 'seats_pkey', kind: 'primaryKey', definition: null, columns: ['id'] },
    { name: 'seats_hall_fkey', kind: 'foreignKey', definition: null, columns: ['hall'] },
  ],
}

/** Dry-runs the function body against `seats` and returns its operations. Opaque operations appear as `?`. */
function done(body: string, helpers = ''): readonly string[] {
  const lines = body.split('\n').map((line) => `    ${line}`)
  const source = `import os\nimport sqlalchemy as sa\nfrom sqlalchemy import inspect\nfrom sqlalchemy.engine.reflection import Inspector\nfrom alembic import op, context\n${helpers}\ndef upgrade():\n${lines.join('\n')}\n`
  const operations = new Map([
    ['r1', readOperations(new TextEncoder().encode(source), 'r1.py', 'postgresql').upgrade],
  ])
  const fetched = pendingNames(['r1'], operations)
  const has = (name: string): boolean => fetched.names.includes(name)
  const schema: SchemaSnapshot = {
    dialect: 'postgresql',
    defaultSchema: 'public',
    schemas: ['public'],
    tables: has('seats') ? [seats] : [],
    enums: has('mood')
      ? [{ schema: 'public', name: 'mood', visible: true, values: ['calm', 'wild'], owned: true }]
      : [],
    ...(fetched.lists && {
      listed: {
        tables: [
          { schema: 'public', name: 'seats' },
          { schema: 'public', name: 'halls' },
        ],
        schemas: ['public'],
      },
    }),
    surroundings: {
      relations: has('ix_seats_hall')
        ? [{ kind: 'index', schema: 'public', name: 'ix_seats_hall', table: 'seats' }]
        : [],
      types: [],
      access: [{ name: 'public', usage: true, create: true, owned: true }],
      createSchemas: true,
      pathSetting: ['public'],
    },
  }
  const start = { schema, searchPath: ['public'], newVersionTable: null, fetched }
  const { resolved, failure } = dryRunUpgrade(['r1'], operations, start)
  const steps = resolved.get('r1')
  if (steps?.kind !== 'operations') throw new Error(steps?.reason)
  const told = steps.operations.flatMap((step) => {
    if (step.kind === 'data') return []
    if (step.kind === 'opaque') return [`? ${step.touches?.map(({ name }) => name).join() ?? '*'}`]
    return [step.kind === 'addColumn' ? `add ${step.table.name}.${step.column.name}` : step.kind]
  })
  return failure ? [...told, `! ${failure.error.type}`] : told
}

const add = (name: string, table = 'seats'): string =>
  `op.add_column('${table}', sa.Column('${name}', sa.Integer()))`
const when = (condition: string, then: string): string => `if ${condition}:\n    ${then}`
const insp = 'insp = sa.inspect(op.get_bind())\n'

describe("oslo.db's engine", () => {
  const facade = 'from oslo_db.sqlalchemy import enginefacade'
  test.each(['reader', 'writer'])('%s', (which) => {
    const body = `engine = enginefacade.${which}.get_engine()\n${when("engine.dialect.name == 'mysql'", add('row'))}\n${add('place')}`
    expect(done(body, facade)).toEqual(['add seats.place'])
  })

  test('doesn’t see the changes of the migration', () => {
    const body = `${add('row')}\nfor c in sa.inspect(enginefacade.reader.get_engine()).get_columns('seats'):\n    ${add('place')}`
    expect(done(body, facade)).toEqual(['add seats.row', '? seats'])
  })
})

describe('an Inspector', () => {
  test.each<[string, string, readonly string[]]>([
    ['has_table, existing', `${insp}${when("insp.has_table('seats')", add('row'))}`, ['add seats.row']],
    ['has_table, missing', `${insp}${when("insp.has_table('rows')", add('row', 'rows'))}`, []],
    [
      'dialect.has_table',
      when("not op.get_bind().dialect.has_table(op.get_bind(), 'seats')", add('row')),
      [],
    ],
    [
      'get_context().dialect.has_table',
      when("op.get_context().dialect.has_table(op.get_bind(), 'seats')", add('row')),
      ['add seats.row'],
    ],
    [
      'get_table_names, existing',
      when("'halls' in inspect(op.get_bind()).get_table_names()", "op.drop_table('gone')"),
      ['dropTable', '! ProgrammingError'],
    ],
    [
      'get_table_names, missing',
      when("'rows' in set(inspect(op.get_bind()).get_table_names())", "op.drop_table('rows')"),
      [],
    ],
    [
      'column names in a list',
      `${insp}columns = [c['name'] for c in insp.get_columns('seats')]\n${when("'hall' not in columns", add('hall'))}\n${when("'row' not in columns", add('row'))}`,
      ['add seats.row'],
    ],
    [
      'column names in a set, by an Inspector of an engine that is a connection',
      `names = {c['name'] for c in Inspector.from_engine(op.get_bind()).get_columns('seats')}\n${when("'hall' not in names", add('hall'))}`,
      [],
    ],
    [
      'any() over columns',
      `${insp}${when("not any(c['name'] == 'hall' for c in insp.get_columns('seats'))", add('hall'))}`,
      [],
    ],
    [
      'next() over columns, and its value',
      `${insp}hall = next((c for c in insp.get_columns('seats') if c['name'] == 'hall'), None)\n${when("hall is not None and hall['nullable']", add('row'))}`,
      ['add seats.row'],
    ],
    [
      'a loop over columns',
      `${insp}for c in insp.get_columns('seats'):\n    if c['name'] == 'hall':\n        return\n${add('hall')}`,
      [],
    ],
    [
      'index names, without the key',
      `${insp}names = [i['name'] for i in insp.get_indexes('seats')]\n${when("'ix_seats_hall' in names and 'seats_pkey' not in names", "op.drop_index('ix_seats_hall')")}`,
      ['dropIndex'],
    ],
    [
      'foreign keys by their columns',
      `${insp}for fk in insp.get_foreign_keys('seats'):\n    if fk['constrained_columns'] == ['hall']:\n        op.drop_constraint(fk['name'], 'seats', type_='foreignkey')`,
      ['dropConstraint'],
    ],
    [
      'a missing unique constraint',
      `${insp}${when("'uq' not in {u['name'] for u in insp.get_unique_constraints('seats')}", "op.create_unique_constraint('uq', 'seats', ['hall'])")}`,
      ['addConstraint'],
    ],
    [
      'the primary key',
      `${insp}${when("insp.get_pk_constraint('seats')['name'] == 'seats_pkey'", add('row'))}`,
      ['add seats.row'],
    ],
    [
      'earlier operations',
      `op.create_table('rows', sa.Column('id', sa.Integer()))\n${insp}${when("'rows' in insp.get_table_names() and not insp.has_table('more')", add('x', 'rows'))}`,
      ['createTable', 'add rows.x'],
    ],
    [
      'a cached answer',
      `${insp}insp.get_columns('seats')\n${add('row')}\n${when("'row' not in [c['name'] for c in insp.get_columns('seats')]", add('row'))}`,
      ['add seats.row', 'add seats.row', '! ProgrammingError'],
    ],
    [
      'a new Inspector',
      `sa.inspect(op.get_bind()).get_columns('seats')\n${add('row')}\n${when("'row' not in [c['name'] for c in sa.inspect(op.get_bind()).get_columns('seats')]", add('row'))}`,
      ['add seats.row'],
    ],
    [
      'has_table after a change, which only some releases query again',
      `${insp}insp.has_table('rows')\nop.create_table('rows', sa.Column('id', sa.Integer()))\n${when("not insp.has_table('rows')", "op.create_table('rows', sa.Column('id', sa.Integer()))")}`,
      ['createTable', '? rows'],
    ],
    [
      'columns during a batch',
      `${insp}with op.batch_alter_table('seats') as batch_op:\n    if 'row' not in [c['name'] for c in sa.inspect(op.get_bind()).get_columns('seats')]:\n        batch_op.add_column(sa.Column('row', sa.Integer()))\n    if 'row' not in [c['name'] for c in sa.inspect(op.get_bind()).get_columns('seats')]:\n        batch_op.add_column(sa.Column('x', sa.Integer()))`,
      ['add seats.row', 'add seats.x'],
    ],
    [
      'another connection',
      `insp = sa.inspect(op.get_bind().engine)\n${when("insp.has_table('seats')", add('row'))}`,
      ['? seats'],
    ],
    [
      'possible changes by unread code',
      `op.execute(os.environ['X'])\n${insp}${when("insp.has_table('seats')", add('row'))}`,
      ['? *', '? seats'],
    ],
    ['a missing table', `${insp}insp.get_columns('rows')\n${add('row')}`, ['raise', '! NoSuchTableError']],
    [
      'a missing table, in a try',
      `${insp}try:\n    insp.get_columns('rows')\nexcept Exception:\n    pass`,
      [],
    ],
    [
      'names that only occur in the answers',
      `${insp}for name in insp.get_table_names():\n    op.drop_column(name, 'x')`,
      ['dropColumn', 'dropColumn'],
    ],
  ])('%s', (_, body, expected) => {
    expect(done(body)).toEqual(expected)
  })

  test('helper functions in the file', () => {
    const helpers = `def _has(table, column):\n    insp = sa.inspect(op.get_bind())\n    return insp.has_table(table) and column in [c['name'] for c in insp.get_columns(table)]\n`
    expect(
      done(
        `${when("not _has('seats', 'hall')", add('hall'))}\n${when("not _has('seats', 'row')", add('row'))}`,
        helpers,
      ),
    ).toEqual(['add seats.row'])
  })
})

const ask = (sql: string, reading: string): string => `op.get_bind().execute(sa.text("${sql}"))${reading}`

describe('a catalog query', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'a column, existing',
      when(
        `not ${ask("SELECT 1 FROM information_schema.columns WHERE table_name='seats' AND column_name='hall'", '.scalar()')}`,
        add('hall'),
      ),
      [],
    ],
    [
      'a column, missing',
      when(
        `${ask("SELECT column_name FROM information_schema.columns WHERE table_name='seats' AND column_name='row' AND table_schema = current_schema()", '.fetchone()')} is None`,
        add('row'),
      ),
      ['add seats.row'],
    ],
    [
      'parameters',
      `t = op.get_bind().execute(sa.text("SELECT 1 FROM information_schema.tables WHERE table_name = :t AND table_schema = 'public'"), {'t': 'seats'}).scalar_one_or_none()\n${when('t is None', add('row'))}`,
      [],
    ],
    [
      'bound parameters',
      `t = op.get_bind().execute(sa.text("SELECT 1 FROM information_schema.tables WHERE table_name = :t").bindparams(t='seats')).first()\n${when('t', add('row'))}`,
      ['add seats.row'],
    ],
    [
      'another schema',
      when(
        ask(
          "SELECT 1 FROM information_schema.tables WHERE table_schema = 'other' AND table_name = 'seats'",
          '.fetchall()',
        ),
        add('row'),
      ),
      [],
    ],
    [
      'EXISTS',
      when(
        ask(
          "SELECT EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'ix_seats_hall') AS there",
          '.first().there',
        ),
        add('row'),
      ),
      ['add seats.row'],
    ],
    [
      'EXISTS without a match',
      when(ask("SELECT EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 'rows')", '.scalar()'), add('row')),
      [],
    ],
    [
      'a count',
      when(
        `${ask("SELECT count(*) FROM information_schema.columns WHERE table_name = 'seats' AND column_name IN ('id', 'hall')", '.scalar()')} == 2`,
        add('row'),
      ),
      ['add seats.row'],
    ],
    [
      'to_regclass',
      when(`${ask("SELECT to_regclass('public.rows')", '.scalar()')} is None`, add('row')),
      ['add seats.row'],
    ],
    [
      'to_regclass, existing',
      when(ask("SELECT to_regclass('seats') IS NOT NULL", '.scalar()'), add('row')),
      ['add seats.row'],
    ],
    [
      'a constraint of a table',
      when(
        `not ${ask("SELECT 1 FROM pg_constraint WHERE conname = 'seats_hall_fkey' AND conrelid = 'seats'::regclass", '.scalar()')}`,
        add('row'),
      ),
      [],
    ],
    [
      'a constraint of any table',
      `${when(ask("SELECT 1 FROM pg_constraint WHERE conname = 'some'", '.scalar()'), add('row'))}\n${when(ask("SELECT 1 FROM pg_constraint WHERE conname = 'seats_hall_fkey'", '.scalar()'), add('place'))}`,
      ['add seats.place'],
    ],
    [
      'labels of an enum',
      `labels = [r[0] for r in ${ask("SELECT e.enumlabel FROM pg_enum e JOIN pg_type t ON e.enumtypid = t.oid WHERE t.typname = 'mood'", '')}]\n${when("'wild' in labels and 'sad' not in labels", add('row'))}`,
      ['add seats.row'],
    ],
    [
      'a type',
      when(ask("SELECT 1 FROM pg_type WHERE typname = 'mood'", '.scalar()'), add('row')),
      ['add seats.row'],
    ],
    [
      'rows in a comprehension',
      `names = {r[0] for r in ${ask("SELECT column_name FROM information_schema.columns WHERE table_name = 'seats'", '.fetchall()')}}\n${when("'row' not in names", add('row'))}`,
      ['add seats.row'],
    ],
    [
      'rows by name',
      `found = ${ask("SELECT * FROM information_schema.columns WHERE table_name = 'seats'", '')}\n${when("'row' not in [c['column_name'] for c in found]", add('row'))}`,
      ['add seats.row'],
    ],
    [
      'scalars',
      `names = ${ask("SELECT column_name FROM information_schema.columns WHERE table_name = 'seats'", '.scalars().all()')}\n${when("'hall' in names", add('row'))}`,
      ['add seats.row'],
    ],
    [
      'an unsupported condition',
      when(
        ask(
          "SELECT 1 FROM information_schema.columns WHERE table_name = 'seats' AND column_default LIKE 'x%'",
          '.scalar()',
        ),
        add('row'),
      ),
      ['? seats'],
    ],
    [
      'a supported condition next to it',
      when(
        ask(
          "SELECT 1 FROM information_schema.columns WHERE table_name = 'rows' AND column_default LIKE 'x%'",
          '.scalar()',
        ),
        add('row'),
      ),
      [],
    ],
    [
      'OR',
      when(
        ask("SELECT 1 FROM pg_tables WHERE tablename = 'rows' OR tablename = 'seats'", '.scalar()'),
        add('row'),
      ),
      ['? seats'],
    ],
    ['rows of a table', when(ask('SELECT 1 FROM seats WHERE id = 1', '.scalar()'), add('row')), ['? seats']],
    [
      'after a change',
      `${add('row')}\n${when(`${ask("SELECT 1 FROM information_schema.columns WHERE table_name='seats' AND column_name='row'", '.scalar()')} is None`, add('row'))}`,
      ['add seats.row'],
    ],
  ])('%s', (_, body, expected) => {
    expect(done(body)).toEqual(expected)
  })
})

describe('an object of a class in the repository', () => {
  const helper = `class Helper:
    name = 'hall'
    def __init__(self, table, name=None):
        self.table = table
        if name:
            self.name = name
    def add(self):
        op.add_column(self.table, sa.Column(self.name, sa.Integer()))
    def move(self, table):
        self.table = table
`
  test.each<[string, string, readonly string[], string?]>([
    ['with an attribute of its class', "Helper('seats', 'row').add()", ['add seats.row']],
    ['with a bound method', "add = Helper('seats', 'row').add\nadd()", ['add seats.row']],
    ['that another method changes', "x = Helper('a', 'row')\nx.move('seats')\nx.add()", ['add seats.row']],
    [
      'that a loop may change',
      "x = Helper('seats', 'row')\nfor one in os.listdir():\n    x.add()\n    x.move('halls')",
      ['? *'],
    ],
    [
      'that a condition may change',
      "x = Helper('seats', 'row')\nif os.environ:\n    x.move('halls')\nx.add()",
      ['? *'],
    ],
    [
      'given to other code',
      "import unread\nx = Helper('seats', 'row')\nunread.run(x)\nx.add()",
      ['? *', '? *'],
    ],
    [
      'of a class whose name stands outside',
      'Helper(table)',
      ['add seats.row'],
      "table = 'seats'\nclass Helper:\n    table = 'halls'\n    def __init__(self, at):\n        op.add_column(table, sa.Column('row', sa.Integer()))\n",
    ],
    [
      'of a class with a base class',
      'Helper().add()',
      ['? *'],
      `import base\nclass Helper(base.Base):\n    def add(self):\n        ${add('row')}\n`,
    ],
    [
      'of a class that looks up its attributes itself',
      'Helper().add()',
      ['? *'],
      `class Helper:\n    def __getattribute__(self, name):\n        return lambda: op.drop_table('seats')\n    def add(self):\n        ${add('row')}\n`,
    ],
    [
      'with a property',
      'op.drop_table(Helper().table)',
      ['? *'],
      "class Helper:\n    @property\n    def table(self):\n        return 'seats'\n",
    ],
    [
      'of a class that is changed',
      "Helper.table = 'halls'\nHelper().add()",
      ['? *'],
      "class Helper:\n    table = 'seats'\n    def add(self):\n        op.drop_table(self.table)\n",
    ],
  ])('%s', (_, body, expected, source = helper) => {
    expect(done(body, source)).toEqual(expected)
  })
})

describe('an uninterpreted call', () => {
  const elsewhere = { find: () => null, isElsewhere: (name: string) => !name.startsWith('app') }
  const read = (body: string, head = ''): readonly string[] => {
    const source = `import app, slugs, psycopg2, functools, itertools\nimport sqlalchemy as sa\nfrom alembic import op\n${head}\ndef upgrade():\n    conn = op.get_bind()\n    ${body}\n    ${add('row')}\n`
    const { upgrade } = readOperations(
      new TextEncoder().encode(source),
      'a.py',
      'postgresql',
      null,
      elsewhere,
    )
    if (upgrade.kind !== 'operations') throw new Error(upgrade.reason)
    return upgrade.operations.flatMap((step) =>
      step.kind === 'opaque'
        ? [step.touches === null ? '*' : step.touches.map(({ name }) => name).join()]
        : [],
    )
  }
  test.each<[string, string, readonly string[]]>([
    ['to a library', `x = slugs.slugify('a').lower().strip()`, ['']],
    ['to a library that receives the connection', `slugs.slugify(conn)`, ['*']],
    [
      'to a library that receives a function with possible side effects',
      `slugs.each(lambda x: conn.execute(x))`,
      ['*'],
    ],
    ['to a library that receives a function without side effects', `slugs.each(lambda x: x.get('a'))`, ['']],
    ['to a library that knows databases', `psycopg2.connect('x')`, ['*']],
    ['to the project', `app.slugify('a')`, ['*']],
    [
      'to a project class that builds a condition',
      `conn.execute(sa.select(app.User).where(app.User.id.in_([1])))`,
      [],
    ],
    [
      'to a project function that builds a DML statement',
      `conn.execute(app.User.__table__.update().values(a=1))`,
      [],
    ],
    [
      'to the standard library with a function',
      `x = list(itertools.takewhile(lambda x: x is not None, [1]))`,
      [],
    ],
  ])('%s', (_, body, expected) => {
    expect(read(body)).toEqual(expected)
  })

  test('a recursive function without side effects', () => {
    const head = `def flat(x):\n    return [flat(one) for one in x] if isinstance(x, list) else str(x).lower()\n`
    expect(read(`flat(conn.execute(sa.text('SELECT 1')).scalar())`, head)).toEqual([])
  })

  test("conditions on the engine's URL", () => {
    expect(read(`if str(conn.engine.url).startswith('mysql'):\n        op.drop_table('x')`)).toEqual([])
    expect(
      read(
        `if str(conn.engine.url).startswith('postgresql'):\n        pass\n    else:\n        op.drop_table('x')`,
      ),
    ).toEqual([])
    expect(
      read(`if str(conn.engine.url).startswith('postgresql+psycopg2'):\n        op.drop_table('x')`),
    ).toEqual(['x'])
  })
})
