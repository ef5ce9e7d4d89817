/** Functions, triggers and extensions that pending migrations create. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const touch = (name: string, body = 'BEGIN NEW.made = now(); RETURN NEW; END;', start = 'CREATE'): string =>
  run(`${start} FUNCTION ${name}() RETURNS trigger AS $$ ${body} $$ LANGUAGE plpgsql`)
const trigger = (name: string, table = 'posts', calls = 'touch'): string =>
  run(`CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE PROCEDURE ${calls}()`)
const posts = "op.create_table('posts', sa.Column('id', sa.Integer()), sa.Column('made', sa.DateTime()))"
const notes = "op.create_table('notes', sa.Column('made', sa.DateTime()))"
const extension = (name: string): string => run(`CREATE EXTENSION IF NOT EXISTS "${name}"`)
const given = run('UPDATE seats SET code = uuid_generate_v4()')
const live = [
  'CREATE TABLE seats (id int PRIMARY KEY, code uuid)',
  'CREATE FUNCTION taken() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
]
const [table = ''] = live

export const routineCases: readonly ConstructNameCase[] = [
  {
    name: 'an extension that two migrations install',
    live: [],
    fails: [run('CREATE EXTENSION citext'), run('CREATE EXTENSION citext')],
    error: /extension "citext" already exists/,
    passes: [extension('citext'), extension('citext'), run('CREATE TABLE names (name citext)')],
  },
  {
    name: 'a type of an extension in a schema outside the search path',
    live: ['CREATE SCHEMA apart'],
    fails: [run('CREATE EXTENSION citext WITH SCHEMA apart'), run('CREATE TABLE names (name citext)')],
    error: /type "citext" does not exist/,
    passes: [run('CREATE EXTENSION citext WITH SCHEMA public'), run('CREATE TABLE names (name citext)')],
  },
  {
    name: 'a function of an extension in a schema outside the search path',
    live: [table, 'CREATE SCHEMA apart'],
    fails: [run('CREATE EXTENSION "uuid-ossp" SCHEMA apart'), given],
    error: /function uuid_generate_v4\(\) does not exist/,
    passes: [run('CREATE EXTENSION "uuid-ossp"')],
  },
  {
    name: 'an extension in a schema that does not exist',
    live: [],
    fails: [run('CREATE EXTENSION "uuid-ossp" WITH SCHEMA nope')],
    error: /schema "nope" does not exist/,
    passes: [run('CREATE SCHEMA nope'), run('CREATE EXTENSION "uuid-ossp" WITH SCHEMA nope')],
  },
  {
    name: 'a function with the name of a live one',
    live,
    fails: [touch('taken')],
    error: /function "taken" already exists with same argument types/,
    passes: [touch('touch'), touch('other', 'begin return null; end')],
  },
  {
    name: 'a function that replaces a live one',
    live,
    fails: [touch('taken', undefined, 'CREATE OR REPLACE')],
    error: /cannot change return type of existing function/,
    passes: [touch('touch', undefined, 'CREATE OR REPLACE'), touch('touch', undefined, 'CREATE OR REPLACE')],
  },
  {
    name: 'a function that two migrations create',
    live,
    fails: [touch('touch'), touch('touch')],
    error: /function "touch" already exists with same argument types/,
    passes: [touch('touch')],
  },
  {
    name: 'a function with a syntax error',
    live,
    fails: [touch('touch', 'BEGIN NEW.made = now(; RETURN NEW; END;')],
    error: /syntax error|mismatched parentheses/,
    passes: [
      touch('touch', "BEGIN NEW.made := timezone('utc', now()); RETURN NEW; END"),
      touch('other', 'BEGIN NEW.made = CURRENT_TIMESTAMP; RETURN NEW; END;'),
    ],
  },
  {
    name: 'a trigger that calls a missing function',
    live,
    fails: [posts, trigger('set_made')],
    error: /function touch\(\) does not exist/,
    passes: [touch('touch'), posts, trigger('set_made')],
  },
  {
    name: 'a trigger that calls a function of another kind',
    live,
    fails: [posts, trigger('set_made', 'posts', 'taken')],
    error: /function taken must return type trigger/,
    passes: [touch('touch'), posts, trigger('set_made')],
  },
  {
    name: 'a trigger that calls a dropped function',
    live,
    fails: [touch('touch'), run('DROP FUNCTION touch()'), posts, trigger('set_made')],
    error: /function touch\(\) does not exist/,
    passes: [touch('touch'), posts, trigger('set_made')],
  },
  {
    name: 'a trigger with the name of another one',
    live,
    fails: [touch('touch'), posts, trigger('set_made'), trigger('set_made')],
    error: /trigger "set_made" for relation "posts" already exists/,
    passes: [touch('touch'), posts, notes, trigger('one'), trigger('two'), trigger('one', 'notes')],
  },
  {
    name: 'a trigger with the name of one that has a condition',
    live,
    fails: [
      touch('touch'),
      posts,
      run(
        'CREATE TRIGGER set_made BEFORE UPDATE ON posts FOR EACH ROW WHEN (NEW.id > 1) EXECUTE PROCEDURE touch()',
      ),
      trigger('set_made'),
    ],
    error: /trigger "set_made" for relation "posts" already exists/,
    passes: [touch('touch'), posts, trigger('set_made')],
  },
  {
    name: 'an extension whose function already exists',
    live: [table, 'CREATE FUNCTION uuid_nil() RETURNS int LANGUAGE sql AS $$SELECT 1$$'],
    fails: [extension('uuid-ossp')],
    error: /function "?uuid_nil"?.* already exists/,
    passes: [touch('touch')],
  },
  {
    name: 'an extension whose function a trigger function resembles',
    live: [table],
    fails: [touch('uuid_nil'), extension('uuid-ossp')],
    error: /function "?uuid_nil"?.* already exists/,
    passes: [extension('uuid-ossp'), extension('pgcrypto'), touch('touch'), given],
  },
  {
    name: 'a trigger function with the name of a function of a new extension',
    live: [table],
    fails: [extension('uuid-ossp'), touch('uuid_nil')],
    error: /function "uuid_nil" already exists/,
    passes: [extension('uuid-ossp'), given],
  },
  {
    name: 'a function of an extension that is not installed',
    live,
    fails: [given],
    error: /function uuid_generate_v4\(\) does not exist/,
    passes: [run('UPDATE seats SET code = gen_random_uuid()')],
  },
]
