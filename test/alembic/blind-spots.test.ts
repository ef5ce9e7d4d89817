/**
 * Tests operations that may fail even though all tables and columns exist. The guard must ask for a
 * rehearsal.
 */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blockCases } from '../support/block-cases.ts'
import { conditionalCases } from '../support/conditional-cases.ts'
import { constructNameCases } from '../support/construct-name-cases.ts'
import { conversionCases } from '../support/conversion-cases.ts'
import { determinedCases } from '../support/determined-cases.ts'
import { indirectCallCases } from '../support/indirect-call-cases.ts'
import { findJudges } from '../support/judges.ts'
import { executed, judgePending } from '../support/pending-migration.ts'
import { dependentsSetup, newDependentCases } from '../support/new-dependent-cases.ts'
import { newObjectCases } from '../support/new-object-cases.ts'
import { partitionCases } from '../support/partition-cases.ts'
import { reflectedColumnCases } from '../support/reflected-column-cases.ts'
import { replicaIdentityCases } from '../support/replica-identity-cases.ts'
import { routineCases } from '../support/routine-cases.ts'
import { statisticsCases } from '../support/statistics-cases.ts'
import { refusalCases } from '../support/refusal-cases.ts'
import { transactionBlockCases, unsureBlocks } from '../support/transaction-block-cases.ts'
import { viewDefinitionCases } from '../support/view-definition-cases.ts'
import { knownPartCases } from '../support/known-part-cases.ts'
import { predictedCases, rehearsedCases } from '../support/unlisted-object-cases.ts'

const judges = await findJudges('blind-spots')
const { folder, server, database } = judges

interface Case {
  readonly name: string
  /** Statements that set up the database. */
  readonly live: readonly string[]
  readonly fails: readonly string[]
  readonly error: RegExp
  /** A similar migration that succeeds. */
  readonly passes: readonly string[]
}

const constraint = (options: string): string =>
  `op.create_table('nets', sa.Column('addr', postgresql.INET()), postgresql.ExcludeConstraint((sa.column('addr'), '&&'), using='gist'${options}))`
const model = (column: string): readonly string[] => [
  'from sqlalchemy.orm import Session, declarative_base',
  'class Model(declarative_base()):',
  "    __tablename__ = 'model'",
  '    id = sa.Column(sa.Integer, primary_key=True)',
  `    ${column} = sa.Column(sa.Integer)`,
  'session = Session(bind=op.get_bind())',
  'session.query(Model).first()',
]
const flag = (type: string): readonly string[] => ['class Flag(sa.TypeDecorator):', `    impl = ${type}`]
const docs = 'CREATE TABLE docs (id int, body text, data jsonb)'
const computed = 'CREATE TABLE docs (body text, other text, n int GENERATED ALWAYS AS (length(body)) STORED)'
const events = 'CREATE TABLE events (id int, at date) PARTITION BY RANGE (at)'
const kinds = [
  "CREATE TYPE kind AS ENUM ('a')",
  "CREATE TYPE other AS ENUM ('a')",
  'CREATE TABLE items (kind kind)',
]
const cast = (using: string): string =>
  `op.alter_column('items', 'kind', type_=postgresql.ENUM('a', name='other', create_type=False), postgresql_using='${using}')`

const cases: readonly Case[] = [
  {
    name: 'a catalog query that names a table',
    live: [docs],
    fails: executed(["SELECT conname FROM pg_constraint WHERE conrelid = 'nope'::regclass"]),
    error: /relation "nope" does not exist/,
    passes: executed(["SELECT conname FROM pg_constraint WHERE conrelid = 'docs'::regclass"]),
  },
  {
    name: 'a catalog query that names a type',
    live: [docs, "CREATE TYPE kind AS ENUM ('a')"],
    fails: executed(["SELECT enumlabel FROM pg_enum WHERE enumtypid = 'nope'::regtype"]),
    error: /type "nope" does not exist/,
    passes: executed(['SELECT enumlabel FROM pg_enum WHERE enumtypid = (SELECT oid FROM pg_type LIMIT 1)']),
  },
  {
    name: "an exclusion constraint without the type's operator class",
    live: [],
    fails: [constraint('')],
    error: /has no default operator class/,
    passes: [constraint(", ops={'addr': 'inet_ops'}")],
  },
  {
    name: 'an index by another access method',
    live: [docs],
    fails: [`op.create_index('ix', 'docs', ['body'], postgresql_using='gin')`],
    error: /has no default operator class/,
    passes: [`op.create_index('ix', 'docs', ['data'], postgresql_using='gin')`],
  },
  {
    name: 'the same in SQL',
    live: [docs],
    fails: [`op.execute('CREATE INDEX ix ON docs USING gist (body)')`],
    error: /has no default operator class/,
    passes: [`op.execute('CREATE INDEX ix ON docs USING hash (body)')`],
  },
  {
    name: 'an operator class of an extension',
    live: [docs],
    fails: [`op.create_index('ix', 'docs', ['body'], postgresql_ops={'body': 'gin_trgm_ops'})`],
    error: /does not exist for access method/,
    passes: [`op.create_index('ix', 'docs', ['body'], postgresql_ops={'body': 'text_pattern_ops'})`],
  },
  {
    name: 'a new generated column',
    live: [docs],
    fails: [
      `op.add_column('docs', sa.Column('words', postgresql.TSVECTOR(), sa.Computed('to_tsvector(body)', persisted=True)))`,
    ],
    error: /generation expression is not immutable/,
    passes: [`op.add_column('docs', sa.Column('n', sa.Integer(), sa.Computed('id + 1', persisted=True)))`],
  },
  {
    name: 'a change of a column that a generated column uses',
    live: [computed],
    fails: [`op.alter_column('docs', 'body', type_=sa.String(50))`],
    error: /type of a column used by a generated column/,
    passes: [`op.alter_column('docs', 'other', type_=sa.String(50))`],
  },
  {
    name: 'a key of a partitioned table that has no partitions yet',
    live: [events],
    fails: [`op.create_unique_constraint('uq', 'events', ['id'])`],
    error: /must include all partitioning columns/,
    passes: [`op.create_unique_constraint('uq', 'events', ['id', 'at'])`],
  },
  {
    name: 'a conversion from one enum to another',
    live: kinds,
    fails: [cast('kind::other')],
    error: /cannot cast type kind to other/,
    passes: [cast('kind::text::other')],
  },
  {
    name: 'a query by a model that has a column of a later migration',
    live: ['CREATE TABLE model (id int PRIMARY KEY, size int)'],
    fails: model('weight'),
    error: /column model.weight does not exist/,
    passes: model('size'),
  },
  {
    name: 'a type that a composite type of that name provides',
    live: [docs, 'CREATE TYPE pair AS (a int, b int)', 'CREATE DOMAIN digits AS text'],
    fails: [`op.execute('CREATE TABLE pairs (one pair, two digit)')`],
    error: /type "digit" does not exist/,
    passes: [`op.execute('CREATE TABLE pairs (one pair, two digits)')`],
  },
  {
    name: 'a conversion to a type that does not exist',
    live: [docs],
    fails: [`op.execute('ALTER TABLE docs ALTER COLUMN body TYPE public.mail')`],
    error: /type "public.mail" does not exist/,
    passes: [`op.execute('ALTER TABLE docs ALTER COLUMN body TYPE pg_catalog.varchar')`],
  },
  {
    name: 'an array of an enum that add_column does not create',
    live: [docs, "CREATE TYPE start AS ENUM ('a')"],
    fails: [`op.add_column('docs', sa.Column('ends', sa.ARRAY(sa.Enum('a', name='finish'))))`],
    error: /type "finish\[\]" does not exist/,
    passes: [`op.add_column('docs', sa.Column('ends', sa.ARRAY(sa.Enum('a', name='start'))))`],
  },
  {
    name: 'a CHECK with a column that does not exist',
    live: [docs],
    fails: [`op.create_check_constraint('ck', 'docs', 'size > 1')`],
    error: /column "size" does not exist/,
    passes: [`op.create_check_constraint('ck', 'docs', 'id > 1')`],
  },
  {
    name: 'a CHECK of a new table with a column that does not exist',
    live: [],
    fails: [`op.create_table('docs', sa.Column('id', sa.Integer()), sa.CheckConstraint('size > 1'))`],
    error: /column "size" does not exist/,
    passes: [`op.create_table('docs', sa.Column('id', sa.Integer()), sa.CheckConstraint('id > 1'))`],
  },
  {
    name: 'an index on an expression',
    live: [docs],
    fails: [`op.create_index('ix', 'docs', [sa.text('lower(id)')])`],
    error: /function lower\(integer\) does not exist/,
    passes: [`op.create_index('ix', 'docs', [sa.text('lower(body)')])`],
  },
  {
    name: 'the condition of a partial index',
    live: [docs],
    fails: [`op.create_index('ix', 'docs', ['id'], postgresql_where=sa.text('size > 1'))`],
    error: /column "size" does not exist/,
    passes: [`op.create_index('ix', 'docs', ['id'], postgresql_where=sa.text('id > 1'))`],
  },
  {
    name: 'a default of a type that the project defines',
    live: [docs],
    fails: [
      ...flag('sa.Boolean'),
      `op.add_column('docs', sa.Column('b', Flag(), server_default=sa.text('0')))`,
    ],
    error: /default expression is of type integer/,
    passes: [
      ...flag('sa.Integer'),
      `op.add_column('docs', sa.Column('b', Flag(), server_default=sa.text('0')))`,
    ],
  },
  {
    name: 'a default of another type',
    live: [docs],
    fails: [`op.add_column('docs', sa.Column('b', sa.Boolean(), server_default=sa.text('0')))`],
    error: /default expression is of type integer/,
    passes: [`op.add_column('docs', sa.Column('b', sa.Boolean(), server_default='0'))`],
  },
  {
    name: 'a new default of another type',
    live: [docs],
    fails: [`op.alter_column('docs', 'id', server_default='many')`],
    error: /invalid input syntax for type integer/,
    passes: [`op.alter_column('docs', 'id', server_default='1')`],
  },
  {
    name: 'a default of a new table',
    live: [],
    fails: [`op.create_table('docs', sa.Column('at', sa.DateTime(), server_default='soon'))`],
    error: /invalid input syntax for type timestamp/,
    passes: [`op.create_table('docs', sa.Column('at', sa.DateTime(), server_default=sa.func.now()))`],
  },
  {
    name: 'a table made from a query with a missing column',
    live: [docs],
    fails: executed(['CREATE TABLE copies AS SELECT nope FROM docs']),
    error: /column "nope" does not exist/,
    passes: executed(['CREATE TABLE copies AS SELECT body FROM docs']),
  },
  {
    name: 'a table with the columns of a missing table',
    live: [docs],
    fails: executed(['CREATE TABLE copies (LIKE nope INCLUDING ALL)']),
    error: /relation "nope" does not exist/,
    passes: executed(['CREATE TABLE copies (LIKE docs INCLUDING ALL)']),
  },
  {
    name: 'an INSERT that leaves out a required column, after a WITH clause',
    live: ['CREATE TABLE docs (id int, body text NOT NULL)'],
    fails: executed(['WITH one AS (SELECT 1) INSERT INTO docs (id) VALUES (1)']),
    error: /null value in column "body"/,
    passes: executed(["WITH one AS (SELECT 1) INSERT INTO docs (id, body) VALUES (1, 'a')"]),
  },
]

function ask(live: readonly string[], pending: readonly string[], url: string) {
  const imported = 'from sqlalchemy.dialects import postgresql'
  return judgePending(judges, executed(live), [imported, ...pending], url)
}

describe.skipIf(server === null)('on PostgreSQL', () => {
  test.each([...cases, ...rehearsedCases].map((one) => [one.name, one] as const))('%s', async (_, one) => {
    if (!database) return
    const refused = await ask(one.live, one.fails, database.url)
    expect(refused.error).toMatch(one.error)
    expect(refused.report.verdict).toBe('pass')
    expect(refused.report.prediction?.tried).toMatchObject({ operations: 1, checked: 0, unchecked: [{}] })
    const passed = await ask(one.live, one.passes, database.url)
    expect(passed.error).toBeNull()
    expect(passed.report.verdict).toBe('pass')
  })

  test.each(
    [
      ...constructNameCases,
      ...predictedCases,
      ...conditionalCases,
      ...determinedCases,
      ...reflectedColumnCases,
      ...routineCases,
      ...statisticsCases,
      ...knownPartCases,
      ...viewDefinitionCases,
      ...newObjectCases,
      ...partitionCases,
      ...conversionCases,
      ...blockCases,
      ...replicaIdentityCases,
      ...indirectCallCases,
      ...refusalCases,
      ...transactionBlockCases,
    ].map((each) => [each.name, each] as const),
  )('names that are checked: %s', async (_, { live, fails, error, passes }) => {
    if (!database) return
    const refused = await ask(live, fails, database.url)
    expect(refused.error).toMatch(error)
    const foreseen = refused.report.verdict === 'blocked'
    if (!foreseen) expect(refused.report.prediction?.tried?.unchecked).not.toEqual([])
    const passed = await ask(live, passes, database.url)
    expect(passed.error).toBeNull()
    expect(passed.report.verdict).toBe('pass')
    expect(passed.report.prediction?.tried?.unchecked).toEqual([])
  })

  test.each(newDependentCases.map((one) => [one.name, one] as const))(
    'an object that may depend on what is dropped: %s',
    async (_, { creates, drops, error, usesAny = false }) => {
      if (!database) return
      const before = [...dependentsSetup, ...creates]
      const refused = await ask([], [...before, drops], database.url)
      expect(refused.error).toMatch(error)
      expect(refused.report.verdict).toBe('pass')
      const passed = await ask([], [...before, "op.drop_table('apart')"], database.url)
      expect(passed.error).toBeNull()
      const listed = refused.report.prediction?.tried?.unchecked ?? []
      const others = passed.report.prediction?.tried?.unchecked ?? []
      expect(listed.map(({ location }) => location?.line)).toEqual([
        ...others.map(({ location }) => location?.line),
        ...(usesAny ? [] : [expect.any(Number)]),
      ])
      expect(listed.at(-1)?.reason).toMatch(/depend/)
    },
  )

  test.each(unsureBlocks)('a statement that may run outside a transaction: %s', async (_, pending) => {
    if (!database) return
    const { report, error } = await ask(['CREATE TABLE seats (id int)'], pending, database.url)
    expect(error).toBeNull()
    expect(report.verdict).toBe('pass')
    expect(report.prediction?.tried?.unchecked).not.toEqual([])
  })

  test('an index that only rows can refuse: a column that it does not use', async () => {
    if (!database) return
    const live = [
      'CREATE TABLE docs (id int, body text, state varchar)',
      "INSERT INTO docs VALUES (1, 'a', 'b')",
    ]
    const retyped = (column: string): readonly string[] => [
      "op.execute('CREATE UNIQUE INDEX ix ON docs (id, lower(body))')",
      `op.execute('ALTER TABLE docs ALTER ${column} TYPE int USING length(${column})')`,
    ]
    expect((await ask(live, retyped('body'), database.url)).error).toMatch(
      /function lower\(integer\) does not exist/,
    )
    const passed = await ask(live, retyped('state'), database.url)
    expect(passed.error).toBeNull()
    expect(passed.report.prediction?.tried).toMatchObject({ operations: 2, unchecked: [{}] })
  })

  test.each([
    ['an UPDATE changes no row of an empty table', 'UPDATE b SET n = {}', 1],
    ['an INSERT fills only its own table', 'INSERT INTO b SELECT {}', 1],
    ['an INSERT fills its table', 'INSERT INTO a SELECT {}', 2],
    ['an UPDATE fires its triggers', 'UPDATE live SET n = {}', 2],
    ['a SELECT adds no row', 'SELECT n + {} FROM b FOR UPDATE', 1],
    ['a SELECT creates a table', 'SELECT {} AS n INTO c', 2],
    ['a block changes no row of an empty table', 'DO $$ BEGIN UPDATE a SET n = 1; DELETE FROM b; END $$', 0],
    ['a block adds a row', 'DO $$ BEGIN INSERT INTO a VALUES (1); END $$', 1],
    ['a block calls a function', 'DO $$ BEGIN UPDATE b SET n = work(); END $$', 1],
  ])('unknown values: %s', async (_, sql, unchecked) => {
    if (!database) return
    const pending = [
      'import random',
      `op.create_table('a', sa.Column('n', sa.Text()))`,
      `op.create_table('b', sa.Column('n', sa.Integer()))`,
      `op.execute(${JSON.stringify(sql)}.format(random.choice([1, 2])))`,
      `op.execute('ALTER TABLE a ALTER n TYPE int USING n::int')`,
    ]
    const work = 'CREATE FUNCTION work() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'
    const { report, error } = await ask(['CREATE TABLE live (n int)', work], pending, database.url)
    expect(error).toBeNull()
    expect(report.verdict).toBe('pass')
    expect(report.prediction?.tried?.unchecked).toHaveLength(unchecked)
  })

  test.each([
    ['changes no row of an empty table', "UPDATE a SET n = '1'", 0],
    ['adds a row', "INSERT INTO a VALUES ('1')", 1],
    ['changes rows of a table that may have triggers', 'UPDATE live SET n = 1', 1],
  ])('a conditional statement: %s', async (_, sql, unchecked) => {
    if (!database) return
    const pending = [
      'import random',
      `op.create_table('a', sa.Column('n', sa.Text()))`,
      `if random.choice([False, True]): op.execute(${JSON.stringify(sql)})`,
      `op.execute('ALTER TABLE a ALTER n TYPE int USING n::int')`,
    ]
    const { report, error } = await ask(['CREATE TABLE live (n int)'], pending, database.url)
    expect(error).toBeNull()
    expect(report.prediction?.tried?.unchecked).toHaveLength(unchecked)
  })

  test.each([
    ['for each row', 'UPDATE posts SET made = now()', 'FOR EACH ROW', 0],
    ['for each statement', 'UPDATE posts SET made = now()', 'FOR EACH STATEMENT', 1],
    ['for each added row', 'INSERT INTO posts DEFAULT VALUES', 'FOR EACH ROW', 1],
  ])('a trigger that adds rows %s', async (_, sql, forEach, unchecked) => {
    if (!database) return
    const body = "BEGIN INSERT INTO a VALUES ('1'); RETURN NULL; END"
    const pending = [
      `op.create_table('a', sa.Column('n', sa.Text()))`,
      `op.create_table('posts', sa.Column('id', sa.Integer()), sa.Column('made', sa.DateTime()))`,
      `op.execute("CREATE FUNCTION f() RETURNS trigger AS $$ ${body} $$ LANGUAGE plpgsql")`,
      `op.execute('CREATE TRIGGER t AFTER INSERT OR UPDATE ON posts ${forEach} EXECUTE FUNCTION f()')`,
      `op.execute('${sql}')`,
      `op.execute('ALTER TABLE a ALTER n TYPE int USING n::int')`,
    ]
    const { report, error } = await ask([], pending, database.url)
    expect(error).toBeNull()
    expect(report.prediction?.tried?.unchecked).toHaveLength(unchecked)
  })

  test.each([
    ['computes a value', 'SELECT lower($1) $$ LANGUAGE sql', 0],
    ['adds a row', "INSERT INTO a VALUES ($1) RETURNING '' $$ LANGUAGE sql", 2],
    ['adds a row in PL/pgSQL', "BEGIN INSERT INTO a VALUES ('1'); RETURN ''; END $$ LANGUAGE plpgsql", 1],
  ])('a trigger function that calls one that %s', async (_, body, unchecked) => {
    if (!database) return
    const calls = 'BEGIN NEW.name = f(NEW.name); RETURN NEW; END'
    const pending = [
      `op.create_table('a', sa.Column('n', sa.Text()))`,
      `op.create_table('posts', sa.Column('name', sa.Text()))`,
      `op.execute(${JSON.stringify(`CREATE FUNCTION f(text) RETURNS text AS $$ ${body}`)})`,
      `op.execute('CREATE FUNCTION g() RETURNS trigger AS $$ ${calls} $$ LANGUAGE plpgsql')`,
      `op.execute('CREATE TRIGGER t BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION g()')`,
      `op.execute("INSERT INTO posts VALUES ('1')")`,
      `op.execute('ALTER TABLE a ALTER n TYPE int USING n::int')`,
    ]
    const { report, error } = await ask([], pending, database.url)
    expect(error).toBeNull()
    expect(report.prediction?.tried?.unchecked).toHaveLength(unchecked)
  })

  test.each([
    ['SET search_path TO apart', "op.drop_table('docs')", /"docs" does not exist/],
    ["SELECT set_config('search_path', 'apart', true)", "op.drop_table('docs')", /"docs" does not exist/],
    ['SET LOCAL search_path = apart', "op.create_table('only_apart')", /"only_apart" already exists/],
  ])('only unqualified names are unsure after %s', async (path, line, error) => {
    if (!database) return
    const live = [docs, 'CREATE SCHEMA apart', 'CREATE TABLE apart.only_apart ()']
    const refused = await ask(live, [...executed([path]), line], database.url)
    expect(refused.error).toMatch(error)
    expect(refused.report.prediction?.tried?.unchecked).toHaveLength(2)
    const sound = [
      "op.add_column('docs', sa.Column('n', sa.Integer()), schema='public')",
      "op.drop_table('only_apart', schema='apart')",
    ]
    const passed = await ask(
      live,
      [...executed([path]), ...sound, ...executed(['SET search_path TO public'])],
      database.url,
    )
    expect(passed.error).toBeNull()
    expect(passed.report.verdict).toBe('pass')
    expect(passed.report.prediction?.tried?.unchecked).toHaveLength(2)
  })

  test.each([
    ['created in the same migration', `op.execute("CREATE TYPE pair AS (a int)")`, 'pair'],
    ['of an enum created in SQL', `op.execute("CREATE TYPE pair AS ENUM ('a')")`, 'pair[]'],
    ['of a domain', `op.execute("CREATE DOMAIN pair AS text")`, 'pair'],
  ])('a column type %s is checked', async (_, creates, type) => {
    if (!database) return
    const adds = `op.execute("ALTER TABLE docs ADD COLUMN pair ${type}")`
    const { report, error } = await ask([docs], [creates, adds], database.url)
    expect(error).toBeNull()
    expect(report.verdict).toBe('pass')
    expect(
      report.prediction?.tried?.unchecked.filter(({ reason }) => /type /.test(JSON.stringify(reason))),
    ).toEqual([])
  })
})

const table = 'CREATE TABLE docs (id int, body text)'
const inBatch = (...calls: readonly string[]): readonly string[] => [
  `with op.batch_alter_table('docs') as batch:\n${calls.map((call) => `        batch.${call}`).join('\n')}`,
]
const copied = inBatch("alter_column('id', type_=sa.BigInteger())")
/** A statement that SQLite rejects, and a similar one that it accepts. */
const foreign = (rejected: string, accepted: string, error = /syntax error/): Case => ({
  name: `SQL for another database: ${rejected}`,
  live: [table],
  fails: executed([rejected]),
  error,
  passes: executed([accepted]),
})
const sqliteCases: readonly Case[] = [
  foreign('ALTER TABLE docs DROP COLUMN IF EXISTS body', 'ALTER TABLE docs DROP COLUMN body'),
  foreign('ALTER TABLE docs ADD COLUMN IF NOT EXISTS n int', 'ALTER TABLE docs ADD COLUMN n int'),
  foreign('CREATE INDEX CONCURRENTLY ix ON docs (id)', 'CREATE INDEX IF NOT EXISTS ix ON docs (id)'),
  foreign('DROP TABLE docs CASCADE', 'DROP TABLE docs'),
  foreign("CREATE TYPE kind AS ENUM ('a')", "INSERT INTO docs VALUES (1, 'CREATE TYPE')"),
  foreign('CREATE SEQUENCE numbers', 'ANALYZE docs'),
  foreign("COMMENT ON TABLE docs IS 'all'", "/* COMMENT ON */ UPDATE docs SET body = 'all'"),
  foreign('TRUNCATE docs', 'DELETE FROM docs'),
  foreign('CREATE EXTENSION IF NOT EXISTS pgcrypto', 'REINDEX docs'),
  {
    name: 'a column that a batch renames to an existing name',
    live: [table],
    fails: inBatch("alter_column('id', new_column_name='body')"),
    error: /DuplicateColumnError|duplicate column name: body|ArgumentError|already/,
    passes: inBatch("alter_column('id', new_column_name='number')"),
  },
  {
    name: 'a column that a batch names in another case',
    live: [table],
    fails: inBatch("drop_column('ID')"),
    error: /KeyError: 'ID'/,
    passes: inBatch("drop_column('id')"),
  },
  {
    name: 'a column that a batch drops and a named CHECK uses',
    live: ['CREATE TABLE docs (id int, size int, CONSTRAINT ck CHECK (id > 0))'],
    fails: inBatch("drop_column('id')"),
    error: /no such column: id|syntax error/,
    passes: inBatch("add_column(sa.Column('n', sa.Integer()))"),
  },
  {
    name: 'a unique column that a batch renames and a CHECK uses',
    live: ['CREATE TABLE docs (id int UNIQUE, CONSTRAINT ck CHECK (id > 0))'],
    fails: inBatch("alter_column('id', new_column_name='number')"),
    error: /no such column: id|syntax error/,
    passes: inBatch("add_column(sa.Column('n', sa.Integer()))"),
  },
  {
    name: 'a column that a batch changes by its new name',
    live: [table],
    fails: inBatch("alter_column('id', new_column_name='number')", "alter_column('number', nullable=True)"),
    error: /KeyError: 'number'/,
    passes: [
      ...inBatch("alter_column('id', new_column_name='number')"),
      ...inBatch("alter_column('number', nullable=True)"),
    ],
  },
  {
    name: 'a column that a batch adds and converts',
    live: [table],
    fails: inBatch("add_column(sa.Column('n', sa.Text()))", "alter_column('n', type_=sa.Integer())"),
    error: /KeyError: 'expr'/,
    passes: [
      ...inBatch("add_column(sa.Column('n', sa.Text()))"),
      ...inBatch("alter_column('n', type_=sa.Integer())"),
    ],
  },
  {
    name: 'an unnamed constraint of a column that a batch adds',
    live: [table],
    fails: inBatch(
      "add_column(sa.Column('n', sa.Integer(), unique=True))",
      "alter_column('id', nullable=True)",
    ),
    error: /Constraint must have a name/,
    passes: inBatch("add_column(sa.Column('n', sa.Integer(), server_default='1'))"),
  },
  {
    name: 'the position of a column in a batch that copies nothing',
    live: [table],
    fails: inBatch("add_column(sa.Column('n', sa.Integer()), insert_after='id')"),
    error: /Can't specify insert_before or insert_after/,
    passes: [
      "with op.batch_alter_table('docs', recreate='always') as batch: batch.add_column(sa.Column('n', sa.Integer()), insert_after='id')",
    ],
  },
  {
    name: 'an existing column that a batch adds beside a default that is an expression',
    live: [table],
    fails: inBatch(
      "add_column(sa.Column('id', sa.Integer()))",
      "drop_index('ix')",
      "add_column(sa.Column('n', sa.Integer(), server_default=sa.text('1')))",
    ),
    error: /No such index: 'ix'/,
    passes: inBatch("add_column(sa.Column('n', sa.Integer(), server_default=sa.text('1')))"),
  },
  {
    name: 'a batch that copies a table after adding a column, beside a view',
    live: [table, 'CREATE VIEW bodies AS SELECT body FROM docs'],
    fails: inBatch("add_column(sa.Column('n', sa.Integer()))", "alter_column('id', nullable=True)"),
    error: /error in view bodies/,
    passes: inBatch("add_column(sa.Column('n', sa.Integer()))"),
  },
  {
    name: 'a batch on a table whose foreign key references a dropped table',
    live: ['CREATE TABLE halls (id int)', 'CREATE TABLE docs (id int, hall int REFERENCES halls (id))'],
    fails: ["op.drop_table('halls')", ...copied],
    error: /NoSuchTableError: halls/,
    passes: ["op.rename_table('halls', 'rooms')", ...copied],
  },
  {
    name: 'an index that a batch drops together with its column',
    live: [table],
    fails: [
      ...inBatch("create_index('ix', ['id'])", "alter_column('id', new_column_name='number')"),
      ...inBatch("drop_column('number')"),
    ],
    error: /no such column: number|KeyError/,
    // Both batches copy the table.
    passes: [
      ...inBatch("create_index('ix', ['id'])", "alter_column('body', nullable=True)"),
      ...inBatch("drop_index('ix')", "alter_column('body', nullable=True)"),
      "op.create_index('ix', 'docs', ['body'])",
      ...inBatch("create_unique_constraint('uq', ['id'])"),
      ...inBatch("drop_constraint('uq', type_='unique')"),
    ],
  },
  {
    name: 'a constraint that two batches drop',
    live: ['CREATE TABLE docs (id int, CONSTRAINT uq UNIQUE (id))'],
    fails: [
      ...inBatch("drop_constraint('uq', type_='unique')"),
      ...inBatch("drop_constraint('uq', type_='unique')"),
    ],
    error: /No such constraint: 'uq'/,
    passes: [
      ...inBatch("drop_constraint('uq', type_='unique')"),
      ...inBatch("create_unique_constraint('uq', ['id'])"),
      ...inBatch("drop_constraint('uq', type_='unique')"),
    ],
  },
  {
    name: 'rows that violate a CHECK which a batch creates',
    live: [table, "INSERT INTO docs VALUES (1, 'a')"],
    fails: inBatch("create_check_constraint('ck', 'id > 1')"),
    error: /CHECK constraint failed: ck/,
    passes: inBatch("create_check_constraint('ck', 'id > 0')"),
  },
  {
    name: 'rows that violate a primary key which a batch creates',
    live: [table, "INSERT INTO docs VALUES (1, 'a'), (1, 'b')"],
    fails: inBatch("create_primary_key('pk', ['id'])"),
    error: /UNIQUE constraint failed: _alembic_tmp_docs.id/,
    passes: copied,
  },
  {
    name: 'a batch that copies a table with a view',
    live: [table, 'CREATE VIEW bodies AS SELECT body FROM docs'],
    fails: copied,
    error: /error in view bodies: no such table: main.docs/,
    passes: inBatch("add_column(sa.Column('n', sa.Integer()))"),
  },
  {
    name: 'a table that is renamed beside a view of a missing table',
    live: [table, 'CREATE VIEW bodies AS SELECT body FROM nope'],
    fails: ["op.rename_table('docs', 'papers')"],
    error: /error in view bodies: no such table: main.nope/,
    passes: ["op.add_column('docs', sa.Column('n', sa.Integer()))"],
  },
  {
    name: "a dropped column that another column's CHECK uses",
    live: ['CREATE TABLE docs (id int, body text CHECK (id > 0), size int)'],
    fails: ["op.drop_column('docs', 'id')"],
    error: /error in table docs after drop column: no such column: id/,
    passes: ["op.drop_column('docs', 'size')"],
  },
  {
    name: 'a dropped column that a generated column uses',
    live: ['CREATE TABLE docs (id int, twice int AS (id * 2), size int)'],
    fails: ["op.drop_column('docs', 'id')"],
    error: /error in table docs after drop column: no such column: id/,
    passes: ["op.drop_column('docs', 'size')"],
  },
  {
    name: 'a SQLite table made from a query with a missing column',
    live: [table],
    fails: executed(['CREATE TABLE copies AS SELECT nope FROM docs']),
    error: /no such column: nope/,
    passes: executed(['CREATE TABLE copies AS SELECT body FROM docs']),
  },
  {
    name: 'a comment on a SQLite table',
    live: [table],
    fails: ["op.create_table_comment('docs', 'all of them')"],
    error: /near "COMMENT": syntax error/,
    passes: ["op.add_column('docs', sa.Column('n', sa.Integer(), comment='a number'))"],
  },
]

test.skipIf(server === null).each(sqliteCases.map((one) => [one.name, one] as const))(
  '%s',
  async (name, one) => {
    const url = `sqlite:///${join(folder, `${name.replaceAll(/\W/g, '_')}.db`)}`
    const refused = await ask(one.live, one.fails, url)
    expect(refused.error).toMatch(one.error)
    expect(refused.report.verdict).toBe('pass')
    const { operations = 0, unchecked = [] } = refused.report.prediction?.tried ?? {}
    expect(operations === 1 ? unchecked.length : Math.min(1, unchecked.length)).toBe(1)
    const passed = await ask(one.live, one.passes, url)
    expect(passed.error).toBeNull()
    expect(passed.report.verdict).toBe('pass')
  },
)

test.skipIf(server === null)('two SQLite batches in a row on the same table', async () => {
  const pending = [
    ...inBatch("alter_column('id', new_column_name='number')"),
    ...inBatch("alter_column('number', nullable=True)"),
  ]
  const passed = await ask([table], pending, `sqlite:///${join(folder, 'row.db')}`)
  expect(passed.error).toBeNull()
  expect(passed.report.prediction?.tried).toMatchObject({ operations: 2, checked: 2, unchecked: [] })
})

test.skipIf(server === null)('a SQLite index on a quoted name that is a string', async () => {
  const url = `sqlite:///${join(folder, 'quoted.db')}`
  const live = [table]
  for (const index of [
    "op.create_index('ix', 'docs', ['Nope'])",
    `op.execute('CREATE INDEX ix ON docs ("nope")')`,
  ]) {
    const passed = await ask(live, [index], url)
    expect(passed.error).toBeNull()
    expect(passed.report.verdict).toBe('pass')
  }
  const refused = await ask(live, ["op.create_index('ix', 'docs', ['nope'])"], url)
  expect(refused.error).toMatch(/no such column: nope|has no column named nope/)
  expect(refused.report.verdict).toBe('blocked')
})

test.skipIf(server === null)('a constraint without a name in a SQLite batch', async () => {
  const url = `sqlite:///${join(folder, 'batch.db')}`
  const batch = (name: string): readonly string[] => [
    `with op.batch_alter_table('docs') as batch: batch.create_unique_constraint(${name}, ['id'])`,
  ]
  const live = ['CREATE TABLE docs (id int)']
  const refused = await ask(live, batch('None'), url)
  expect(refused.error).toMatch(/Constraint must have a name/)
  expect(refused.report.verdict).toBe('pass')
  expect(refused.report.prediction?.tried).toMatchObject({ operations: 1, checked: 0, unchecked: [{}] })
  const passed = await ask(live, batch("'uq'"), url)
  expect(passed.error).toBeNull()
  expect(passed.report.prediction?.tried).toMatchObject({ operations: 1, checked: 1 })
})

test.skipIf(server === null)('the CHECK constraint of a column type in a SQLite batch', async () => {
  const url = `sqlite:///${join(folder, 'type.db')}`
  const batch = (options: string): readonly string[] => [
    `with op.batch_alter_table('docs') as batch: batch.alter_column('kind', type_=sa.Enum('a', create_constraint=True${options})`,
  ]
  const live = ["CREATE TABLE docs (kind varchar, CONSTRAINT old CHECK (kind IN ('b')))"]
  const refused = await ask(live, batch(", name='new')"), url)
  expect(refused.error).toMatch(/syntax error/)
  expect(refused.report.verdict).toBe('pass')
  expect(refused.report.prediction?.tried).toMatchObject({ operations: 1, checked: 0, unchecked: [{}] })
  const old = "existing_type=sa.Enum('b', create_constraint=True, name='old')"
  const passed = await ask(live, batch(`, name='new'), ${old}`), url)
  expect(passed.error).toBeNull()
  expect(passed.report.verdict).toBe('pass')
})

test.skipIf(server === null)('a constraint without a name that a SQLite batch drops by name', async () => {
  const url = `sqlite:///${join(folder, 'unnamed.db')}`
  const batch = [`with op.batch_alter_table('docs') as batch: batch.drop_constraint('uq', type_='unique')`]
  const refused = await ask(['CREATE TABLE docs (id int UNIQUE)'], batch, url)
  expect(refused.error).toMatch(/No such constraint: 'uq'/)
  expect(refused.report.verdict).toBe('pass')
  expect(refused.report.prediction?.tried).toMatchObject({ operations: 1, checked: 0, unchecked: [{}] })
  const passed = await ask(['CREATE TABLE docs (id int, CONSTRAINT uq UNIQUE (id))'], batch, url)
  expect(passed.error).toBeNull()
  expect(passed.report.prediction?.tried).toMatchObject({ operations: 1, checked: 1 })
})

test.skipIf(server === null)('the numbered name of an unnamed constraint', async () => {
  if (!database) return
  const live = ['CREATE TABLE a (id int PRIMARY KEY)', 'CREATE TABLE b (a_id int REFERENCES a)']
  const key = (name: string): string => `op.create_foreign_key(${name}, 'b', 'a', ['a_id'], ['id'])`
  const refused = await ask(live, [key('None'), key("'b_a_id_fkey1'")], database.url)
  expect(refused.error).toMatch(/constraint "b_a_id_fkey1" for relation "b" already exists/)
  expect(refused.report.verdict).toBe('pass')
  expect(refused.report.prediction?.tried).toMatchObject({ operations: 2, checked: 1, unchecked: [{}] })
  const passed = await ask(live, [key('None'), key("'other'")], database.url)
  expect(passed.error).toBeNull()
  expect(passed.report.prediction?.tried).toMatchObject({ operations: 2, checked: 2 })
})

test.skipIf(server === null)('several statements in one call on SQLite', async () => {
  const url = `sqlite:///${join(folder, 'several.db')}`
  const live = ['CREATE TABLE docs (id int)']
  const two = ['ALTER TABLE docs ADD COLUMN a int', 'ALTER TABLE docs ADD COLUMN b int']
  const refused = await ask(live, [`op.execute('${two.join('; ')};')`], url)
  expect(refused.error).toMatch(/one statement at a time/)
  expect(refused.report.verdict).toBe('pass')
  expect(refused.report.prediction?.tried).toMatchObject({ checked: 0, unchecked: [{}] })
  const passed = await ask(
    live,
    two.map((one) => `op.execute('${one};')`),
    url,
  )
  expect(passed.error).toBeNull()
  expect(passed.report.prediction?.tried).toMatchObject({ operations: 2, checked: 2 })
})
