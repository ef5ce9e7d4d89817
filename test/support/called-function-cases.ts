/**
 * Pairs of pending migrations that call functions. In each pair, PostgreSQL rejects the first migration and accepts
 * the second.
 */
import type { ExpressionCase } from './expression-cases.ts'

const docs = 'CREATE TABLE docs (id int, body text)'
const filled = "INSERT INTO docs VALUES (1, 'x')"
const routine = (signature: string, body = '1', options = ''): string =>
  `CREATE FUNCTION ${signature} LANGUAGE sql ${options} AS 'SELECT ${body}'`
const code = routine('code() RETURNS int')
const pad = routine('pad(int, text) RETURNS text', '$2')
const words = 'CREATE EXTENSION fuzzystrmatch'
const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const column = (call: string, type = 'sa.Integer()'): string =>
  `sa.Column('n', ${type}, server_default=sa.text(${JSON.stringify(call)}))`
const create = (call: string, type?: string): string =>
  `op.create_table('fresh', sa.Column('id', sa.Integer()), ${column(call, type)})`
const add = (call: string, type?: string): string => `op.add_column('docs', ${column(call, type)})`
const index = (call: string): string => `op.create_index('ix', 'fresh', [sa.text(${JSON.stringify(call)})])`

export const calledFunctionCases: readonly ExpressionCase[] = [
  {
    name: 'a default of a new table that calls a missing function',
    live: [docs],
    fails: [create('code()')],
    error: /function code\(\) does not exist/,
    code: 'AG302',
    passes: [create('code()')],
    passesOn: [code],
  },
  {
    name: 'a default of a new column that calls a missing function',
    live: [docs],
    fails: [add('uuid_generate_v4()', 'postgresql.UUID()')],
    error: /function uuid_generate_v4\(\) does not exist/,
    code: 'AG302',
    passes: [run('CREATE EXTENSION "uuid-ossp"'), add('uuid_generate_v4()', 'postgresql.UUID()')],
  },
  {
    name: 'a changed default that calls a missing function',
    live: [docs],
    fails: [`op.alter_column('docs', 'id', server_default=sa.text('code()'))`],
    error: /function code\(\) does not exist/,
    code: 'AG302',
    passes: [`op.alter_column('docs', 'id', server_default=sa.text('code()'))`],
    passesOn: [docs, code],
  },
  {
    name: 'a function of an extension that another schema contains',
    live: ['CREATE SCHEMA apart', 'CREATE EXTENSION "uuid-ossp" SCHEMA apart'],
    fails: [create('uuid_generate_v4()', 'postgresql.UUID()')],
    error: /function uuid_generate_v4\(\) does not exist/,
    passes: [create('uuid_generate_v4()', 'postgresql.UUID()')],
    passesOn: ['CREATE EXTENSION "uuid-ossp"'],
  },
  {
    name: 'a default that calls a function with the wrong number of arguments',
    live: [pad],
    fails: [create('pad()', 'sa.Text()')],
    error: /function pad\(\) does not exist/,
    passes: [create("pad(1, 'x'::text)", 'sa.Text()')],
  },
  {
    name: 'a call that two functions with optional parameters match',
    live: [routine('code(n int DEFAULT 1) RETURNS int'), routine('code(t text DEFAULT NULL) RETURNS int')],
    fails: [create('code()')],
    error: /function code\(\) is not unique/,
    passes: [create('code()')],
    passesOn: [code],
  },
  {
    name: 'a call that an optional parameter makes ambiguous',
    live: ['CREATE SCHEMA apart', routine('apart.pad(int, text, n int DEFAULT 1) RETURNS int'), pad],
    fails: [run('SET search_path TO apart, public'), create("pad(1, 'x'::text)", 'postgresql.UUID()')],
    error: /column "n" is of type uuid but default expression is of type/,
    passes: [create("pad(1, 'x'::text)", 'sa.Text()')],
    passesOn: [pad],
  },
  {
    name: 'a default of another type',
    live: [routine('code() RETURNS text')],
    fails: [create('code()')],
    error: /column "n" is of type integer but default expression is of type text/,
    passes: [create('code()', 'sa.Text()')],
  },
  {
    name: 'a function that returns a set',
    live: [routine('code() RETURNS SETOF int')],
    fails: [create('code()')],
    error: /set-returning functions are not allowed in DEFAULT expressions/,
    passes: [create('code()')],
    passesOn: [code],
  },
  {
    name: 'a function that fails when it computes the values of existing rows',
    live: [docs, filled, routine('code() RETURNS int', '1 / 0')],
    fails: [add('code()')],
    error: /division by zero/,
    passes: [create('code()')],
  },
  {
    name: 'a function that an earlier step drops',
    live: [code],
    fails: [run('DROP FUNCTION code()'), create('code()')],
    error: /function code\(\) does not exist/,
    passes: [create('code()')],
  },
  {
    name: 'a function that disappears with its schema',
    live: ['CREATE SCHEMA apart', routine('apart.code() RETURNS int')],
    fails: [run('SET search_path TO apart, public'), run('DROP SCHEMA apart CASCADE'), create('code()')],
    error: /function code\(\) does not exist/,
    passes: [create('code()')],
    passesOn: [code],
  },
  {
    name: 'an index on a volatile function',
    live: [words],
    fails: [create('1'), index('setseed(n)')],
    error: /functions in index expression must be marked IMMUTABLE/,
    passes: [create("'a'", 'sa.Text()'), index('levenshtein(n, n)')],
  },
  {
    name: 'an index on a function that uses a table that an earlier step drops',
    live: [docs, routine('pad(int, int) RETURNS bigint', 'count(*) FROM docs', 'IMMUTABLE')],
    fails: [
      create('1'),
      "op.drop_table('docs')",
      "op.execute('INSERT INTO fresh VALUES (1)')",
      index('pad(id, n)'),
    ],
    error: /relation "docs" does not exist/,
    passes: [create("'a'", 'sa.Text()'), index('levenshtein(n, n)')],
    passesOn: [words],
  },
  {
    name: 'rows that call a missing function',
    live: [docs],
    fails: [run('UPDATE docs SET id = levenshtein(body, body) WHERE id > 1')],
    error: /function levenshtein\(text, text\) does not exist/,
    code: 'AG302',
    passes: [run('UPDATE docs SET id = levenshtein(body, body) WHERE id > 1')],
    passesOn: [docs, words],
  },
  {
    name: 'rows that call a function that uses a missing table',
    live: [docs, filled, routine('pad(int, int) RETURNS bigint', 'count(*) FROM docs')],
    fails: ["op.rename_table('docs', 'papers')", run('UPDATE papers SET id = pad(id, id)')],
    error: /relation "docs" does not exist/,
    passes: ["op.rename_table('docs', 'papers')", run('UPDATE papers SET id = levenshtein(body, body)')],
    passesOn: [docs, words],
  },
  {
    name: 'a CHECK that calls a function that uses a missing table',
    live: [docs, filled, routine('pad(int, int) RETURNS bigint', 'count(*) FROM docs')],
    fails: [
      "op.rename_table('docs', 'papers')",
      "op.create_check_constraint('ck', 'papers', 'pad(id, id) > 0')",
    ],
    error: /relation "docs" does not exist/,
    passes: ["op.create_check_constraint('ck', 'docs', 'levenshtein(body, body) = 0')"],
    passesOn: [docs, words],
  },
  {
    name: 'an inserted value that calls a missing function',
    live: [docs],
    fails: [run('INSERT INTO docs (body) VALUES (uuid_generate_v4())')],
    error: /function uuid_generate_v4\(\) does not exist/,
    code: 'AG302',
    passes: [run('INSERT INTO docs (body) VALUES (uuid_generate_v4())')],
    passesOn: [docs, 'CREATE EXTENSION "uuid-ossp"'],
  },
  {
    name: 'a value of another type that a function returns',
    live: [docs, 'CREATE EXTENSION "uuid-ossp"'],
    fails: [run('INSERT INTO docs (id) VALUES (uuid_generate_v4())')],
    error: /column "id" is of type integer but expression is of type uuid/,
    passes: [run('INSERT INTO docs (body) VALUES (uuid_generate_v4())')],
  },
  {
    name: 'the time with a precision',
    live: [docs],
    fails: [create('CURRENT_TIMESTAMP(0)')],
    error: /column "n" is of type integer but default expression is of type timestamp with time zone/,
    passes: [create('CURRENT_TIMESTAMP(0)', 'sa.DateTime()'), add('LOCALTIMESTAMP(3)', 'sa.DateTime()')],
  },
  {
    name: 'a constant of a text type that is too long for the column',
    live: [docs, filled],
    fails: [add("'abc'::character varying", 'sa.String(2)')],
    error: /value too long for type character varying\(2\)/,
    passes: [add("'abc'::character varying", 'sa.String(3)')],
  },
]

/**
 * Migrations that create a function before calling it. If the guard can't tell whether the function exists, it must
 * not predict a failure.
 */
export const newFunctionCases: readonly (readonly [name: string, pending: readonly string[]])[] = [
  ['a statement', [run(code), create('code()')]],
  [
    'a statement with a changed name',
    [run(code), run('ALTER FUNCTION code() RENAME TO token'), create('token()')],
  ],
  ['a block', [run(`DO $do$ BEGIN EXECUTE $x$ ${code} $x$; END $do$`), create('code()')]],
  [
    'a function',
    [
      run(`CREATE FUNCTION make() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE $x$ ${code} $x$; END $$`),
      run('SELECT make()'),
      create('code()'),
    ],
  ],
  [
    'an extension',
    [run('CREATE EXTENSION fuzzystrmatch'), create("metaphone('word'::text, 4)", 'sa.Text()')],
  ],
  [
    'a range type',
    [
      run('CREATE TYPE span AS RANGE (subtype = float8)'),
      run('SELECT lower(span(1.5::float8, 2.5::float8)) FROM pg_class LIMIT 1'),
    ],
  ],
  [
    'a value from the database',
    [
      `op.execute(op.get_bind().execute(sa.text(${JSON.stringify(`SELECT $x$${code}$x$`)})).scalar())`,
      create('code()'),
    ],
  ],
]
