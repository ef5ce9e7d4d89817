/** Functions, triggers and extensions from pending migrations. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const touch = (name: string, body = 'BEGIN NEW.made = now(); RETURN NEW; END;', start = 'CREATE'): string =>
  run(`${start} FUNCTION ${name}() RETURNS trigger AS $$ ${body} $$ LANGUAGE plpgsql`)
const trigger = (name: string, table = 'posts', calls = 'touch'): string =>
  run(`CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE PROCEDURE ${calls}()`)
const posts = "op.create_table('posts', sa.Column('id', sa.Integer()), sa.Column('made', sa.DateTime()))"
const notes = "op.create_table('notes', sa.Column('made', sa.DateTime()))"
const routine = (signature: string, body: string, start = 'CREATE'): string =>
  run(`${start} FUNCTION ${signature} AS $$ ${body} $$ LANGUAGE plpgsql`)
const reacts = (events: string, options = ''): string =>
  run(`CREATE TRIGGER t BEFORE ${events} ON posts FOR EACH ROW ${options} EXECUTE FUNCTION touch()`)
const policy = (rest: string, name = 'p'): string => run(`CREATE POLICY ${name} ON posts ${rest}`)
const extension = (name: string): string => run(`CREATE EXTENSION IF NOT EXISTS "${name}"`)
const given = run('UPDATE seats SET code = uuid_generate_v4()')
const live = [
  'CREATE TABLE seats (id int PRIMARY KEY, code uuid)',
  'CREATE FUNCTION taken() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
]
const [table = ''] = live

const sql = (signature: string, body: string, options = 'IMMUTABLE'): string =>
  run(`CREATE FUNCTION ${signature} AS $$ SELECT ${body} $$ LANGUAGE sql ${options}`)
const tags = "op.create_table('tags', sa.Column('id', sa.Integer()), sa.Column('name', sa.Text()))"
const slug = sql('slug(text) RETURNS text', "lower(regexp_replace($1, '(\\.|_)+', '-', 'ig'))")

export const routineCases: readonly ConstructNameCase[] = [
  {
    name: 'a function in SQL whose result has another type',
    live,
    fails: [sql('slug(text) RETURNS integer', 'lower($1)')],
    error: /return type mismatch in function declared to return integer/,
    passes: [
      slug,
      sql('twice(name text) RETURNS text', "replace(name, '_', '') || name", 'STRICT'),
      sql('is_test(text) RETURNS boolean', "lower($1) ~* '(a|b)'"),
    ],
  },
  {
    name: 'a function in SQL that calls a missing one',
    live,
    fails: [sql('slug(text) RETURNS text', 'nowhere($1)')],
    error: /function nowhere\(text\) does not exist/,
    passes: [slug, sql('twice(text) RETURNS text', 'slug($1) || slug($1)')],
  },
  {
    name: 'a function in SQL with a missing parameter',
    live,
    fails: [sql('slug(text) RETURNS text', 'lower($2)')],
    error: /there is no parameter \$2/,
    passes: [sql('slug(integer, text) RETURNS text', 'lower($2)')],
  },
  {
    name: 'a function in SQL that two migrations create',
    live,
    fails: [slug, slug],
    error: /function "slug" already exists with same argument types/,
    passes: [slug, sql('slug(integer) RETURNS integer', '$1')],
  },
  {
    name: 'a function in SQL that calls one of an extension',
    live: [],
    fails: [sql('bucket(text) RETURNS text', "substring(encode(digest($1, 'sha512'), 'hex') from 1 for 1)")],
    error: /function digest\(text, unknown\) does not exist/,
    passes: [
      extension('pgcrypto'),
      sql('bucket(text) RETURNS text', "substring(encode(digest($1, 'sha512'), 'hex') from 1 for 1)"),
    ],
  },
  {
    name: 'an UPDATE that calls a new function with another type',
    live,
    fails: [tags, slug, run('UPDATE tags SET name = slug(id)')],
    error: /function slug\(integer\) does not exist/,
    passes: [
      tags,
      slug,
      run('UPDATE tags SET name = slug(name)'),
      run("INSERT INTO tags SELECT 1, slug('a')"),
    ],
  },
  {
    name: 'an index on part of a number',
    live,
    fails: [tags, run('CREATE INDEX ix ON tags (substring(id from 1 for 2))')],
    error: /function pg_catalog.substring\(integer, integer, integer\) does not exist/,
    passes: [tags, run('CREATE INDEX ix ON tags (substring(name from 1 for 2), substring(name, 2))')],
  },
  {
    name: 'a view of a JSON path with a syntax error',
    live,
    fails: [
      run('CREATE TABLE facts (data jsonb)'),
      run("CREATE VIEW names AS SELECT jsonb_path_query_array(data, '$.items[*].') AS all_names FROM facts"),
    ],
    error: /syntax error.* of jsonpath input/,
    passes: [
      run('CREATE TABLE facts (data jsonb)'),
      run(
        "CREATE VIEW names AS SELECT jsonb_path_query_array(data, '$.items[*].name') AS all_names FROM facts",
      ),
    ],
  },
  {
    name: 'an index on a function that may change',
    live,
    fails: [
      tags,
      sql('dice(text) RETURNS text', 'md5($1 || random()::text)', ''),
      run('CREATE INDEX ix ON tags (dice(name))'),
    ],
    error: /functions in index expression must be marked IMMUTABLE/,
    passes: [tags, slug, run('CREATE INDEX ix ON tags (slug(name))')],
  },
  {
    name: 'an index on a function of another type',
    live,
    fails: [tags, slug, run('CREATE INDEX ix ON tags (slug(id))')],
    error: /function slug\(integer\) does not exist/,
    passes: [tags, slug, run("CREATE UNIQUE INDEX ix ON tags (slug(name), id) WHERE slug(name) <> 'a'")],
  },
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
    name: 'a function that a trigger calls',
    live: [],
    fails: [touch('touch'), posts, trigger('t'), run('DROP FUNCTION touch()')],
    error: /cannot drop function touch\(\) because other objects depend on it/,
    passes: [
      touch('touch'),
      posts,
      trigger('t'),
      run('DROP TRIGGER t ON posts'),
      run('DROP FUNCTION touch()'),
      touch('touch'),
      trigger('t'),
    ],
  },
  {
    name: 'a function that a constraint trigger calls',
    live: [],
    fails: [
      touch('touch'),
      posts,
      run('CREATE CONSTRAINT TRIGGER t AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION touch()'),
      run('DROP FUNCTION touch'),
    ],
    error: /cannot drop function touch\(\) because other objects depend on it/,
    passes: [
      touch('touch'),
      posts,
      trigger('t'),
      "op.drop_table('posts')",
      run('DROP FUNCTION IF EXISTS touch'),
      touch('touch'),
    ],
  },
  {
    name: 'a function in a new schema',
    live: [],
    fails: [touch('apart.touch'), run('CREATE SCHEMA apart')],
    error: /schema "apart" does not exist/,
    passes: [run('CREATE SCHEMA apart'), touch('apart.touch'), posts, trigger('t', 'posts', 'apart.touch')],
  },
  {
    name: 'a function that is dropped twice',
    live: [],
    fails: [touch('touch'), run('DROP FUNCTION touch()'), run('DROP FUNCTION touch()')],
    error: /function touch\(\) does not exist/,
    passes: [touch('touch'), run('DROP FUNCTION touch()'), touch('touch'), run('DROP FUNCTION touch()')],
  },
  {
    name: 'a function with a setting of its own',
    live: [],
    fails: [
      run(
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET nope = '1' AS $$ BEGIN RETURN NEW; END $$",
      ),
    ],
    error: /unrecognized configuration parameter "nope"/,
    passes: [
      run(
        'CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$ BEGIN RETURN NEW; END $$',
      ),
      posts,
      trigger('t'),
    ],
  },
  {
    name: 'a function after its privilege is revoked',
    live: [],
    fails: [touch('touch'), run('REVOKE ALL ON FUNCTION touch() FROM nobody_at_all')],
    error: /role "nobody_at_all" does not exist/,
    passes: [touch('touch'), touch('other'), posts, trigger('t', 'posts', 'other')],
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
  {
    name: 'a function that assigns a variable it does not declare',
    live,
    fails: [touch('touch', 'DECLARE a int; BEGIN b := 1; RETURN NEW; END')],
    error: /"b" is not a known variable/,
    passes: [
      touch(
        'touch',
        `DECLARE a int := 1; b text; r record;
         BEGIN
           -- the new row's number
           IF TG_OP = 'INSERT' AND NEW.id IS NULL THEN
             SELECT max(id) + a INTO NEW.id FROM seats;
             SELECT * INTO r FROM seats WHERE id = OLD.id;
           ELSIF (TG_OP = 'DELETE') THEN
             b := lower('A') || OLD.id::text;
             UPDATE seats SET code = NULL WHERE id = OLD.id RETURNING id INTO a;
           ELSE
             IF NOT FOUND THEN RAISE NOTICE 'no % of 100 %%', a + 1 USING HINT = 'look'; END IF;
             DELETE FROM seats WHERE id = (SELECT min(id) FROM seats); INSERT INTO seats (id) VALUES (a);
           END IF;
           PERFORM pg_notify('posts', NEW.id::text);
           NULL;
           RETURN NEW;
         END;`,
      ),
    ],
  },
  {
    name: 'a function whose variable has a type that does not exist',
    live,
    fails: [touch('touch', 'DECLARE a mood; BEGIN RETURN NEW; END')],
    error: /type "mood" does not exist/,
    passes: [touch('touch', 'DECLARE a varchar(9); BEGIN RETURN NEW; END')],
  },
  {
    name: 'a function that declares a variable twice',
    live,
    fails: [touch('touch', 'DECLARE a int; a text; BEGIN RETURN NEW; END')],
    error: /duplicate declaration/,
    passes: [touch('touch', 'DECLARE a int; b text; BEGIN RETURN NEW; END')],
  },
  {
    name: 'a message with too few values',
    live,
    fails: [touch('touch', "BEGIN RAISE EXCEPTION 'no % of %', 1; END")],
    error: /too few parameters specified for RAISE/,
    passes: [touch('touch', "BEGIN RAISE EXCEPTION 'no % of %', 1, 2; END")],
  },
  {
    name: 'a message with an unknown option',
    live,
    fails: [touch('touch', "BEGIN RAISE EXCEPTION 'no' USING WHY = 'so'; END")],
    error: /unrecognized RAISE statement option/,
    passes: [touch('touch', "BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '23514', DETAIL = 'so'; END")],
  },
  {
    name: 'a condition that is not closed',
    live,
    fails: [touch('touch', 'BEGIN IF 1 > 2 THEN RETURN NEW; END;')],
    error: /syntax error/,
    passes: [touch('touch', 'BEGIN IF 1 > 2 THEN RETURN NEW; END IF; END;')],
  },
  {
    name: 'a CASE without parentheses as a condition',
    live,
    fails: [touch('touch', 'BEGIN IF CASE WHEN 1 > 2 THEN true END THEN RETURN NEW; END IF; END')],
    error: /syntax error/,
    passes: [touch('touch', 'BEGIN IF (CASE WHEN 1 > 2 THEN true END) THEN RETURN NEW; END IF; END')],
  },
  {
    name: 'a RETURN without a value',
    live,
    fails: [routine('plain(a int) RETURNS int', 'BEGIN RETURN; END')],
    error: /syntax error|missing expression/,
    passes: [
      routine('plain(a int, text) RETURNS numeric(4, 1)', 'BEGIN RETURN a + 1; END'),
      routine('other() RETURNS void', 'BEGIN RETURN; END'),
      run(
        "CREATE FUNCTION last() RETURNS text LANGUAGE plpgsql STABLE STRICT SECURITY INVOKER AS 'BEGIN RETURN ''a''; END'",
      ),
    ],
  },
  {
    name: 'a trigger function with parameters',
    live,
    fails: [routine('touch(a int) RETURNS trigger', 'BEGIN RETURN NEW; END')],
    error: /trigger functions cannot have declared arguments/,
    passes: [routine('touch() RETURNS trigger', 'BEGIN RETURN NEW; END')],
  },
  {
    name: 'a function that replaces one with other parameter names',
    live,
    fails: [
      routine('plain(a int) RETURNS int', 'BEGIN RETURN a; END'),
      routine('plain(b int) RETURNS int', 'BEGIN RETURN b; END', 'CREATE OR REPLACE'),
    ],
    error: /cannot change name of input parameter/,
    passes: [
      routine('plain(a int) RETURNS int', 'BEGIN RETURN a; END'),
      routine('plain(a int) RETURNS int', 'BEGIN RETURN a + 1; END', 'CREATE OR REPLACE'),
      routine('plain(a text) RETURNS int', 'BEGIN RETURN 1; END'),
    ],
  },
  {
    name: 'a function that replaces one with another result',
    live,
    fails: [
      routine('plain(a int) RETURNS int', 'BEGIN RETURN a; END'),
      routine('plain(a int) RETURNS bigint', 'BEGIN RETURN a; END', 'CREATE OR REPLACE'),
    ],
    error: /cannot change return type of existing function/,
    passes: [routine('plain(a int) RETURNS bigint', 'BEGIN RETURN a; END', 'CREATE OR REPLACE')],
  },
  {
    name: 'a function that another one may have created',
    live,
    fails: [
      run('CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS $$SELECT 1$$'),
      routine('plain() RETURNS int', 'BEGIN RETURN 1; END'),
    ],
    error: /function "plain" already exists with same argument types/,
    passes: [routine('plain() RETURNS int', 'BEGIN RETURN 1; END')],
  },
  {
    name: 'a function of an extension with parameters',
    live: [table],
    fails: [extension('pgcrypto'), routine('digest(text, text) RETURNS bytea', 'BEGIN RETURN NULL; END')],
    error: /function "digest" already exists with same argument types/,
    passes: [
      extension('pgcrypto'),
      routine('bucket_of(a text, b text) RETURNS bytea', 'BEGIN RETURN NULL; END'),
      extension('uuid-ossp'),
    ],
  },
  {
    name: 'a trigger for a column that does not exist',
    live,
    fails: [touch('touch'), posts, reacts('UPDATE OF size')],
    error: /column "size" of relation "posts" does not exist/,
    passes: [touch('touch'), posts, reacts('INSERT OR UPDATE OF id, made')],
  },
  {
    name: 'a condition about the old row of an INSERT',
    live,
    fails: [touch('touch'), posts, reacts('INSERT OR UPDATE', 'WHEN (OLD.id > 1)')],
    error: /INSERT trigger's WHEN condition cannot reference OLD values/,
    passes: [touch('touch'), posts, reacts('UPDATE', 'WHEN (OLD.id IS DISTINCT FROM NEW.id)')],
  },
  {
    name: 'a condition about a column that does not exist',
    live,
    fails: [touch('touch'), posts, reacts('UPDATE', 'WHEN (NEW.size > 1)')],
    error: /column new\.size does not exist/,
    passes: [touch('touch'), posts, reacts('DELETE', "WHEN (OLD.made > '2020-01-01' AND OLD.id = 1)")],
  },
  {
    name: 'a trigger that is dropped twice',
    live,
    fails: [
      touch('touch'),
      posts,
      trigger('one'),
      run('DROP TRIGGER one ON posts'),
      run('DROP TRIGGER one ON posts'),
    ],
    error: /trigger "one" for table "posts" does not exist/,
    passes: [
      touch('touch'),
      posts,
      trigger('one'),
      run('DROP TRIGGER one ON posts'),
      trigger('one'),
      run('DROP TRIGGER IF EXISTS one ON posts'),
      trigger('one'),
    ],
  },
  {
    name: 'a trigger function that a condition may have dropped with CASCADE',
    live,
    fails: [
      touch('touch'),
      "if op.get_bind().execute(sa.text('SELECT count(*) FROM seats')).scalar() > 5: op.execute('DROP FUNCTION touch() CASCADE')",
      touch('touch'),
    ],
    error: /function "touch" already exists/,
    passes: [touch('touch'), touch('other')],
  },
  {
    name: 'a policy for a column that does not exist',
    live,
    fails: [posts, policy('USING (size > 1)')],
    error: /column "size" does not exist/,
    passes: [
      posts,
      run('ALTER TABLE posts ENABLE ROW LEVEL SECURITY'),
      policy("USING (current_setting('app.bypass', true) = 'on' OR posts.id = NULLIF(current_setting('app.id', true), '')::int) WITH CHECK (id > 0)"), // prettier-ignore
      policy('AS RESTRICTIVE FOR INSERT TO PUBLIC, CURRENT_USER WITH CHECK (made IS NOT NULL)', 'q'),
      run('ALTER TABLE posts FORCE ROW LEVEL SECURITY'),
    ],
  },
  {
    name: 'a policy with a subquery on a column that does not exist',
    live,
    fails: [posts, policy('USING (id IN (SELECT size FROM seats))')],
    error: /column "size" does not exist/,
    passes: [
      posts,
      policy("USING (EXISTS (SELECT FROM seats s WHERE s.id = posts.id AND s.code = current_setting('app.code', true)::uuid)) WITH CHECK (id IN (SELECT id FROM seats))"), // prettier-ignore
    ],
  },
  {
    name: 'a policy whose condition is a number',
    live,
    fails: [posts, policy('USING (id)')],
    error: /argument of POLICY must be type boolean|must be type boolean/,
    passes: [posts, policy('USING (id = 1)')],
  },
  {
    name: 'a policy with the name of another one',
    live,
    fails: [posts, policy('USING (true)'), policy('USING (id > 1)')],
    error: /policy "p" for table "posts" already exists/,
    passes: [posts, policy('USING (true)'), run('DROP POLICY p ON posts'), policy('USING (id > 1)')],
  },
  {
    name: 'a policy with the name of one that has a subquery',
    live,
    fails: [posts, policy('USING (id IN (SELECT id FROM seats))'), policy('USING (id > 1)')],
    error: /policy "p" for table "posts" already exists/,
    passes: [posts, notes, policy('USING (id > 1)'), run('CREATE POLICY p ON notes USING (made IS NULL)')],
  },
  {
    name: 'a policy for a role that does not exist',
    live,
    fails: [posts, policy('FOR SELECT TO nobody_here USING (true)')],
    error: /role "nobody_here" does not exist/,
    passes: [posts, policy('FOR SELECT TO PUBLIC USING (true)')],
  },
  {
    name: 'a policy for INSERT with USING',
    live,
    fails: [posts, policy('FOR INSERT USING (true)')],
    error: /only WITH CHECK expression allowed for INSERT/,
    passes: [posts, policy('FOR UPDATE USING (true) WITH CHECK (true)')],
  },
  {
    name: 'a policy for DELETE with a check',
    live,
    fails: [posts, policy('FOR DELETE USING (true) WITH CHECK (true)')],
    error: /WITH CHECK cannot be applied to SELECT or DELETE/,
    passes: [posts, policy('FOR DELETE USING (true)')],
  },
  {
    name: 'a policy that is dropped twice',
    live,
    fails: [posts, policy('USING (true)'), run('DROP POLICY p ON posts'), run('DROP POLICY p ON posts')],
    error: /policy "p" for table "posts" does not exist/,
    passes: [posts, policy('USING (true)'), run('DROP POLICY p ON posts')],
  },
  {
    name: 'a column that a policy uses',
    live,
    fails: [posts, policy('USING (id > 1)'), "op.drop_column('posts', 'id')"],
    error: /cannot drop column id of table posts because other objects depend on it/,
    passes: [posts, policy('USING (id > 1)'), "op.drop_column('posts', 'made')"],
  },
  {
    name: 'a renamed column that a policy uses',
    live,
    fails: [
      posts,
      policy('USING (id > 1)'),
      "op.alter_column('posts', 'id', new_column_name='number')",
      "op.alter_column('posts', 'number', type_=sa.BigInteger())",
    ],
    error: /cannot alter type of a column used in a policy definition/,
    passes: [
      posts,
      "op.alter_column('posts', 'id', new_column_name='number')",
      "op.alter_column('posts', 'number', type_=sa.BigInteger())",
      policy('USING (number > 1)'),
    ],
  },
  {
    name: 'a column whose updates a trigger waits for',
    live,
    fails: [touch('touch'), posts, reacts('UPDATE OF id'), "op.drop_column('posts', 'id')"],
    error: /cannot drop column id of table posts because other objects depend on it/,
    passes: [touch('touch'), posts, reacts('UPDATE OF id'), "op.drop_column('posts', 'made')"],
  },
  {
    name: 'a column in the condition of a trigger',
    live,
    fails: [
      touch('touch'),
      posts,
      reacts('UPDATE', 'WHEN (NEW.id > 1)'),
      "op.alter_column('posts', 'id', type_=sa.BigInteger())",
    ],
    error: /cannot alter type of a column used in a trigger definition/,
    passes: [
      touch('touch'),
      posts,
      reacts('UPDATE', 'WHEN (NEW.made IS NOT NULL)'),
      "op.alter_column('posts', 'id', type_=sa.BigInteger())",
    ],
  },
  {
    name: 'the identity of a column that does not exist',
    live,
    fails: [posts, run('ALTER TABLE posts ALTER COLUMN size DROP IDENTITY IF EXISTS')],
    error: /column "size" of relation "posts" does not exist/,
    passes: [
      "op.create_table('posts', sa.Column('id', sa.Integer(), sa.Identity()), sa.Column('made', sa.DateTime()))",
      run('ALTER TABLE posts ALTER COLUMN id DROP IDENTITY IF EXISTS'),
      run('ALTER TABLE posts ALTER made DROP IDENTITY IF EXISTS'),
      "op.drop_column('posts', 'id')",
    ],
  },
  {
    name: 'a policy with the name of one that a condition may have created',
    live,
    fails: [
      posts,
      "if op.get_bind().execute(sa.text('SELECT count(*) FROM seats')).scalar() == 0:",
      `    ${policy('USING (true)')}`,
      policy('USING (id > 1)'),
    ],
    error: /policy "p" for table "posts" already exists/,
    passes: [posts, policy('USING (id > 1)')],
  },
  {
    name: 'a column of a policy that a condition may have created',
    live,
    fails: [
      posts,
      "if op.get_bind().execute(sa.text('SELECT count(*) FROM seats')).scalar() == 0:",
      `    ${policy('USING (id > 1)')}`,
      "op.drop_column('posts', 'id')",
    ],
    error: /cannot drop column id of table posts because other objects depend on it/,
    passes: [posts, "op.drop_column('posts', 'id')"],
  },
  {
    name: 'a policy that is dropped under a name from the database',
    live,
    fails: [
      posts,
      policy('USING (true)'),
      `name = op.get_bind().execute(sa.text('SELECT max(polname) FROM pg_policy')).scalar()`,
      "op.execute(f'DROP POLICY {name} ON posts')",
      run('DROP POLICY p ON posts'),
    ],
    error: /policy "p" for table "posts" does not exist/,
    passes: [posts, policy('USING (true)'), run('DROP POLICY p ON posts')],
  },
]
