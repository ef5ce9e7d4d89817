/**
 * Pairs of expressions in pending operations. PostgreSQL rejects the first of each pair and accepts the
 * second.
 */

export interface ExpressionCase {
  readonly name: string
  /** Statements that set up the database. */
  readonly live: readonly string[]
  readonly fails: readonly string[]
  readonly error: RegExp
  /** Code of the finding that must block the first migration. */
  readonly code?: string
  /** Reason that the report must give for not checking an operation in the first migration. */
  readonly listed?: RegExp
  /** A similar migration that the guard must check completely. */
  readonly passes: readonly string[]
  /** The second migration's database state, if it differs. */
  readonly passesOn?: readonly string[]
}

const docs =
  'CREATE TABLE docs (id int, body text, code varchar(20), flag boolean, at timestamp, seen timestamptz, data jsonb, loose json, tags text[], n numeric)'
const mood = "CREATE TYPE mood AS ENUM ('sad', 'glad')"
const filled = "INSERT INTO docs (id, body, code) VALUES (1, 'x', 'x')"
const index = (element: string, more = ''): string => `op.create_index('ix', 'docs', [${element}]${more})`
const where = (condition: string): string =>
  index(`'id'`, `, postgresql_where=sa.text(${JSON.stringify(condition)})`)
const check = (condition: string): string =>
  `op.create_check_constraint('ck', 'docs', ${JSON.stringify(condition)})`
const using = (column: string, type: string, cast: string): string =>
  `op.execute("ALTER TABLE docs ALTER COLUMN ${column} TYPE ${type} USING ${cast}")`
const create = (...columns: readonly string[]): string => `op.create_table('docs', ${columns.join(', ')})`
const text = `sa.Column('body', sa.String(20))`
const recreated = [
  `op.execute('ALTER TYPE mood RENAME TO mood_old')`,
  `op.execute("CREATE TYPE mood AS ENUM ('sad', 'glad', 'calm')")`,
]
const shrunk = [recreated[0] ?? '', `op.execute("CREATE TYPE mood AS ENUM ('glad')")`]
const toMood = using('feels', 'mood', 'feels::text::mood')
const moody = [mood, 'CREATE TABLE docs (id int, feels mood)', "INSERT INTO docs VALUES (1, 'sad')"]

const names = ['CREATE EXTENSION citext', 'CREATE TABLE docs (id int, name citext, body text)']

export const expressionCases: readonly ExpressionCase[] = [
  {
    name: 'the default of an interval',
    live: [],
    fails: [create(text, `sa.Column('spent', sa.Interval(), server_default='x')`)],
    error: /invalid input syntax for type interval/,
    passes: [create(text, `sa.Column('spent', sa.Interval(), server_default='0')`)],
  },
  {
    name: 'a citext column is matched with a number',
    live: names,
    fails: [check('name ~* id')],
    error: /operator does not exist: citext ~\* integer/,
    passes: [check(String.raw`name ~* '^([^\s/._-]|[a-z]{8})$'::citext`), `op.drop_constraint('ck', 'docs')`],
  },
  {
    name: 'a citext column is compared with a number',
    live: names,
    fails: [check('name = id')],
    error: /operator does not exist: citext = integer/,
    passes: [check("length(name) <= 50 AND name <> '' AND lower(name) NOT LIKE 'a%'")],
  },
  {
    name: 'a constant becomes citext without the extension',
    live: [docs],
    fails: [check("body <> 'a'::citext")],
    error: /type "citext" does not exist/,
    passesOn: names,
    passes: [check("name <> 'a'::citext"), index(`'name', sa.text('lower(name)')`)],
  },
  {
    name: 'text appended to a time, of a table with rows',
    live: [docs, "INSERT INTO docs (at) VALUES ('2030-01-01')"],
    fails: [using('at', 'timestamptz', "(at || 'nowhere')::timestamptz")],
    error: /invalid input syntax for type timestamp with time zone/,
    passes: [
      `op.create_table('fresh', sa.Column('at', sa.DateTime()), sa.Column('n', sa.Integer()))`,
      using('at', 'timestamptz', "(at || 'UTC')::timestamptz").replace('docs', 'fresh'),
      using('n', 'text', "'no. ' || n").replace('docs', 'fresh'),
    ],
  },
  {
    name: 'text appended to a time in an index',
    live: [docs],
    fails: [index('sa.text("(at || \'UTC\')")')],
    error: /functions in index expression must be marked IMMUTABLE/,
    passes: [index('sa.text("(body || \'UTC\')")')],
  },
  {
    name: 'the JSON of a quoted constant',
    live: [],
    fails: [create(text), using('body', 'jsonb', `to_jsonb('x')`)],
    error: /could not determine polymorphic type/,
    passes: [create(text), using('body', 'jsonb', 'to_jsonb(body)')],
  },
  {
    name: 'the condition of an index compares different types',
    live: [docs],
    fails: [where('flag = 1')],
    error: /operator does not exist: boolean = integer/,
    passes: [where("flag = true AND (body IS NOT NULL OR code IN ('a', 'b'))")],
  },
  {
    name: 'the condition of an index trims a value that is not text',
    live: [docs],
    fails: [where("trim(flag) = ''")],
    error: /function pg_catalog.btrim\(boolean\) does not exist/,
    passes: [where("length(trim(body)) > 0 AND trim(code) <> ''")],
  },
  {
    name: 'the condition of an index depends on the time',
    live: [docs],
    fails: [where('seen < now()')],
    error: /functions in index predicate must be marked IMMUTABLE/,
    passes: [where("seen < '2030-01-01' AND at IS NOT NULL")],
  },
  {
    name: 'the condition of an index names a label that the enum does not have',
    live: [mood, 'CREATE TABLE docs (id int, feels mood)'],
    fails: [where("feels = 'calm'")],
    error: /invalid input value for enum mood: "calm"/,
    passes: [where("feels = 'sad' OR feels IN ('glad', 'sad')")],
  },
  {
    name: 'the condition of an index uses a label of the same transaction',
    live: [mood, 'CREATE TABLE docs (id int, feels mood)'],
    fails: [`op.execute("ALTER TYPE mood ADD VALUE 'calm'")`, where("feels = 'calm'")],
    error: /unsafe use of new value "calm"/,
    passes: [`op.execute("ALTER TYPE mood ADD VALUE 'calm'")`, where("feels = 'sad'")],
  },
  {
    name: 'a word that is reserved in the condition of an index',
    live: ['CREATE TABLE docs (id int, "order" int)'],
    fails: [where('order > 0')],
    error: /syntax error at or near "order"/,
    passes: [where('docs."order" > 0')],
  },
  {
    name: 'the condition of an index fails for a row',
    live: [docs, filled],
    fails: [where('code::integer > 0')],
    error: /invalid input syntax for type integer: "x"/,
    passes: [where("length(code) > 0 AND lower(code) <> 'a'")],
  },
  {
    name: 'an index on a function that depends on the time zone',
    live: [docs],
    fails: [index(`sa.text('date(seen)')`)],
    error: /functions in index expression must be marked IMMUTABLE/,
    passes: [index(`sa.text('lower(code)'), sa.text("coalesce(md5(body), 'none')"), sa.text('id DESC')`)],
  },
  {
    name: 'an index on the day of a timestamp, over the first and the last possible rows',
    live: [
      'CREATE TABLE days (at timestamp)',
      "INSERT INTO days VALUES ('4714-11-24 00:00:00 BC'), ('294276-12-31 23:59:59.999999'), ('-infinity')",
    ],
    fails: [`op.create_index('ix', 'days', [sa.text("date_trunc('millennium', at)")])`],
    error: /timestamp out of range/,
    passes: [`op.create_index('ix', 'days', [sa.text('date(at)'), sa.text('(at::date)')])`],
  },
  {
    name: 'an index on an operator without parentheses',
    live: [docs],
    fails: [index(`sa.text("data ->> 'a'")`)],
    error: /syntax error at or near "->>"/,
    passes: [index(`sa.text("(data ->> 'a')"), sa.desc('id')`)],
  },
  {
    name: 'an index on an expression of a type that has no order',
    live: [docs],
    fails: [index(`sa.text("(loose -> 'a')")`)],
    error: /data type json has no default operator class/,
    passes: [index(`sa.text("(data -> 'a')")`)],
  },
  {
    name: 'an index on an expression that fails for a row',
    live: ['CREATE TABLE docs (id int, n int)', 'INSERT INTO docs VALUES (1, 0)'],
    fails: [index(`sa.text('(id / n)')`)],
    error: /division by zero/,
    passes: [index(`sa.text('(id = n)'), sa.text('(coalesce(n, id))')`)],
  },
  {
    name: 'an index in SQL with an operator class',
    live: [docs],
    fails: [`op.execute('CREATE INDEX ix ON docs (id text_pattern_ops)')`],
    error: /operator class "text_pattern_ops" does not accept data type integer/,
    passes: [
      `op.execute('CREATE INDEX ix ON docs (code varchar_pattern_ops, lower(body) text_pattern_ops)')`,
    ],
  },
  {
    name: 'an index by GIN',
    live: [docs],
    fails: [`op.create_index('ix', 'docs', ['loose'], postgresql_using='gin')`],
    error: /data type json has no default operator class for access method "gin"/,
    passes: [`op.execute('CREATE INDEX ix ON docs USING gin (data jsonb_path_ops, tags)')`],
  },
  {
    name: 'trigrams without their extension',
    live: [docs],
    fails: [`op.execute('CREATE INDEX ix ON docs USING gin (body gin_trgm_ops)')`],
    error: /operator class "gin_trgm_ops" does not exist/,
    passes: [
      create(text),
      `op.execute("CREATE INDEX ix ON docs USING gin (to_tsvector('english', body), to_tsvector('simple'::regconfig, body))")`,
    ],
    passesOn: [],
  },
  {
    name: 'a unique index by another method',
    live: [docs],
    fails: [`op.create_index('ix', 'docs', ['data'], unique=True, postgresql_using='gin')`],
    error: /does not support unique indexes/,
    passes: [`op.create_index('ix', 'docs', ['id'], postgresql_using='hash')`],
  },
  {
    name: 'a CHECK that is no condition',
    live: [docs],
    fails: [check('length(body)')],
    error: /must be type boolean, not type integer/,
    passes: [check("num_nonnulls(body, data) = 1 AND code = lower(code) AND body NOT ILIKE '%x%'")],
  },
  {
    name: 'a CHECK with a case',
    live: [docs],
    fails: [check("CASE WHEN code = 'a' THEN body = 1 ELSE body IS NULL END")],
    error: /operator does not exist: text = integer/,
    passes: [check("CASE WHEN code = 'a' THEN body IN ('b', 'c') ELSE body IS NULL END")],
  },
  {
    name: 'a CHECK that compares a column with an array of another type',
    live: [mood, 'CREATE TABLE docs (id int, feels mood)'],
    fails: [check("feels = ANY (ARRAY['sad', 'glad'])")],
    error: /operator does not exist: mood = text/,
    passes: [check("feels = ANY (ARRAY['sad'::mood, 'glad'])")],
  },
  {
    name: 'a default by a sequence',
    live: [docs, 'CREATE SEQUENCE ids'],
    fails: [`op.alter_column('docs', 'id', server_default=sa.text("nextval('numbers')"))`],
    error: /relation "numbers" does not exist/,
    passes: [`op.alter_column('docs', 'id', server_default=sa.text("nextval('ids'::regclass)"))`],
  },
  {
    name: 'a default with a cast',
    live: [docs],
    fails: [
      `op.add_column('docs', sa.Column('more', postgresql.JSONB(), server_default=sa.text("'[}'::jsonb")))`,
    ],
    error: /invalid input syntax for type json/,
    passes: [
      `op.add_column('docs', sa.Column('more', postgresql.JSONB(), server_default=sa.text("'[]'::jsonb")))`,
      `op.add_column('docs', sa.Column('ids', postgresql.ARRAY(sa.Integer()), server_default='{1,2}'))`,
      `op.add_column('docs', sa.Column('now', sa.DateTime(), server_default=sa.func.current_timestamp()))`,
    ],
  },
  {
    name: 'a default that is too large for its column',
    live: [docs],
    fails: [`op.add_column('docs', sa.Column('more', sa.SmallInteger(), server_default=sa.text('70000')))`],
    error: /smallint out of range/,
    passes: [`op.add_column('docs', sa.Column('more', sa.Float(), server_default=sa.text('0.5')))`],
  },
  {
    name: 'a generated column that depends on settings',
    live: [docs],
    fails: [`op.add_column('docs', sa.Column('more', sa.Text(), sa.Computed('at::text', persisted=True)))`],
    error: /generation expression is not immutable/,
    passes: [
      `op.add_column('docs', sa.Column('more', sa.Text(), sa.Computed("lower(coalesce(body, ''))", persisted=True)))`,
    ],
  },
  {
    name: 'a generated column that uses another one',
    live: ['CREATE TABLE docs (id int, twice text GENERATED ALWAYS AS (md5(id::text)) STORED)'],
    fails: [
      `op.add_column('docs', sa.Column('more', sa.Text(), sa.Computed('lower(twice)', persisted=True)))`,
    ],
    error: /cannot use generated column "twice"/,
    passes: [
      `op.add_column('docs', sa.Column('more', sa.Text(), sa.Computed('md5(id::text)', persisted=True)))`,
    ],
  },
  {
    name: 'a conversion that fails for a row',
    live: [docs, filled],
    fails: [using('code', 'integer', 'code::integer')],
    error: /invalid input syntax for type integer: "x"/,
    passes: [using('id', 'text', 'id::text')],
  },
  {
    name: 'a conversion of a new table',
    live: [],
    fails: [
      create(text),
      `op.execute("INSERT INTO docs VALUES ('x')")`,
      using('body', 'integer', 'body::integer'),
    ],
    error: /invalid input syntax for type integer: "x"/,
    passes: [create(text), using('body', 'integer', 'body::integer')],
  },
  {
    name: 'a conversion to an enum that lacks a label',
    live: moody,
    fails: [...shrunk, toMood, `op.execute('DROP TYPE mood_old')`],
    error: /invalid input value for enum mood: "sad"/,
    passes: [...recreated, toMood, `op.execute('DROP TYPE mood_old')`],
  },
  {
    name: 'a conversion of a column that the condition of an index uses',
    live: [mood],
    fails: [
      create(text),
      `op.create_index('ix', 'docs', ['body'], postgresql_where=sa.text("body = 'sad'"))`,
      using('body', 'mood', 'body::mood'),
    ],
    error: /operator does not exist|must be marked IMMUTABLE/,
    passes: [create(text), `op.create_index('ix', 'docs', ['body'])`, using('body', 'mood', 'body::mood')],
  },
  {
    name: 'a conversion of a column with an index, to a type that has no order',
    live: [],
    fails: [create(text), `op.create_index('ix', 'docs', ['body'])`, using('body', 'json', 'body::json')],
    error: /data type json has no default operator class/,
    passes: [create(text), `op.create_index('ix', 'docs', ['body'])`, using('body', 'jsonb', 'body::jsonb')],
  },
  {
    name: 'a conversion of a column that a CHECK compares',
    live: [],
    fails: [
      create(`sa.Column('body', sa.Text())`, `sa.CheckConstraint("body <> ''", name='ck')`),
      using('body', 'integer', 'body::integer'),
    ],
    error: /operator does not exist: integer <> text|invalid input syntax/,
    passes: [create(text), using('body', 'integer', 'body::integer')],
  },
  {
    name: 'a conversion of a column of a foreign key',
    live: ['CREATE TABLE hosts (id text PRIMARY KEY)'],
    fails: [
      create(`sa.Column('body', sa.Text(), sa.ForeignKey('hosts.id'))`),
      using('body', 'integer', 'body::integer'),
    ],
    error: /cannot be implemented/,
    passes: [create(text), using('body', 'integer', 'body::integer')],
  },
  {
    name: 'a conversion of a column that a view uses',
    live: [],
    fails: [
      create(text),
      `op.execute('CREATE VIEW v AS SELECT body FROM docs')`,
      using('body', 'integer', 'body::integer'),
    ],
    error: /cannot alter type of a column used by a view/,
    listed: /\(view\)/,
    passes: [create(text), using('body', 'integer', 'body::integer')],
  },
  {
    name: 'a conversion to a shorter type',
    live: [docs, "INSERT INTO docs (body) VALUES ('123456')"],
    fails: [using('body', 'varchar(5)', 'body::text')],
    error: /value too long for type character varying\(5\)/,
    passes: [using('body', 'varchar(5)', 'body::varchar(5)'), using('id', 'varchar(11)', 'id')],
  },
  {
    name: 'an index on a column of a type that has no order',
    live: [docs],
    fails: [`op.create_index('ix', 'docs', ['loose'])`],
    error: /data type json has no default operator class/,
    passes: [`op.create_index('ix', 'docs', ['data', 'tags', 'at'])`],
  },
  {
    name: 'a key of a type that has no order',
    live: [],
    fails: [create(`sa.Column('body', sa.JSON(), unique=True)`)],
    error: /data type json has no default operator class/,
    passes: [create(`sa.Column('body', postgresql.JSONB(), unique=True)`)],
  },
  {
    name: 'a key of an existing column whose type has no order',
    live: [docs],
    fails: [`op.create_unique_constraint('uq', 'docs', ['loose'])`],
    error: /data type json has no default operator class/,
    passes: [`op.create_unique_constraint('uq', 'docs', ['data'])`],
  },
  {
    name: 'an extension that is there',
    live: ['CREATE EXTENSION pg_trgm'],
    fails: [`op.execute('CREATE EXTENSION pg_trgm')`],
    error: /extension "pg_trgm" already exists/,
    passes: [`op.execute('CREATE EXTENSION IF NOT EXISTS pg_trgm')`],
  },
  {
    name: 'a conversion of a column that a trigger watches',
    live: ['CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$'],
    fails: [
      create(text),
      `op.execute('CREATE TRIGGER t BEFORE UPDATE OF body ON docs FOR EACH ROW EXECUTE FUNCTION watch()')`,
      using('body', 'integer', 'body::integer'),
    ],
    error: /cannot alter type of a column used in a trigger definition/,
    listed: /\(trigger\)/,
    passes: [create(text), using('body', 'integer', 'body::integer')],
  },
]
