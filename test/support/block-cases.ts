/** `DO` blocks made up of plain statements, conditions and RAISE. The guard checks each of their statements. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const block = (body: string): string => run(`DO $$ BEGIN ${body} END $$`)
const docs = ['CREATE TABLE docs (id int PRIMARY KEY, body text)', 'CREATE TABLE notes (id int)']
const swaps = (second: string): string =>
  block(
    `LOCK TABLE docs IN ACCESS EXCLUSIVE MODE; ALTER TABLE docs RENAME CONSTRAINT docs_pkey TO old_pkey; ALTER TABLE docs RENAME TO old; ALTER TABLE notes RENAME TO ${second};`,
  )
const hasColumn = (column: string): string =>
  `SELECT FROM information_schema.columns WHERE table_name = 'docs' AND column_name = '${column}'`
const fresh = "op.create_table('fresh', sa.Column('id', sa.Integer()))"
const dropsEmpty = (filled: string): readonly string[] => [
  fresh,
  filled,
  block(
    `IF EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = 'fresh') THEN IF NOT EXISTS (SELECT 1 FROM fresh LIMIT 1) THEN RAISE NOTICE 'empty'; DROP TABLE fresh; ELSE RAISE WARNING 'kept'; END IF; END IF;`,
  ),
  fresh,
]
const demands = (column: string, raise = `RAISE EXCEPTION 'no ${column} yet'`): string =>
  block(`IF NOT EXISTS (${hasColumn(column)}) THEN ${raise}; END IF;`)
const chain = (first: string, last: string): string =>
  block(
    `IF EXISTS (${hasColumn('size')}) AND EXISTS (${hasColumn('id')}) THEN ALTER TABLE ${first} ADD COLUMN a int; ELSIF EXISTS (${hasColumn('body')}) AND NOT EXISTS (${hasColumn('size')}) THEN ALTER TABLE ${last} ADD COLUMN b int; END IF;`,
  )

const dropsKey = (namespace: string): string =>
  block(
    `IF EXISTS (SELECT 1 FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE t.relname = 'docs' AND c.conname = 'uq' AND c.connamespace = ${namespace}) THEN ALTER TABLE public.docs DROP CONSTRAINT uq; END IF;`,
  )
const ifNamed = (not: string, from: string, statement: string): string =>
  block(`IF ${not}EXISTS (SELECT 1 FROM ${from}) THEN ALTER TABLE docs ADD CONSTRAINT ${statement}; END IF;`)
const addsCheck = "op.create_check_constraint('ck', 'docs', sa.text('id > 0'))"

export const blockCases: readonly ConstructNameCase[] = [
  {
    name: 'a block that renames a table to a name that is taken',
    live: docs,
    fails: [swaps('old')],
    error: /relation "old" already exists/,
    passes: [swaps('docs'), "op.add_column('docs', sa.Column('new', sa.Integer()))", "op.drop_table('old')"],
  },
  {
    name: 'a statement after an IF in a block',
    live: docs,
    fails: [block(`IF EXISTS (${hasColumn('body')}) THEN NULL; END IF; ALTER TABLE docs DROP COLUMN size;`)],
    error: /column "size" of relation "docs" does not exist/,
    passes: [block(`IF EXISTS (${hasColumn('body')}) THEN NULL; END IF; ALTER TABLE docs DROP COLUMN body;`)],
  },
  {
    name: 'a condition on what an earlier statement of the block changed',
    live: docs,
    fails: [
      block(
        `ALTER TABLE docs ADD COLUMN size int; IF NOT EXISTS (${hasColumn('size')}) THEN NULL; ELSE ALTER TABLE docs ADD COLUMN size int; END IF;`,
      ),
    ],
    error: /column "size" of relation "docs" already exists/,
    passes: [
      block(
        `ALTER TABLE docs ADD COLUMN size int; IF NOT EXISTS (${hasColumn('size')}) THEN ALTER TABLE docs ADD COLUMN size int; END IF;`,
      ),
    ],
  },
  {
    name: 'a block that drops a table only if it has no rows',
    live: docs,
    fails: dropsEmpty(run('INSERT INTO fresh VALUES (1)')),
    error: /relation "fresh" already exists/,
    passes: dropsEmpty('pass'),
  },
  {
    name: 'a constraint that a block looks up only by its name',
    live: docs,
    fails: [addsCheck, ifNamed('', `pg_constraint WHERE conname = 'ck'`, 'ck CHECK (id > 1)')],
    error: /constraint "ck" for relation "docs" already exists/,
    passes: [addsCheck, ifNamed('NOT ', `pg_constraint WHERE conname = 'ck'`, 'ck CHECK (id > 1)')],
  },
  {
    name: 'a dropped constraint that a block looks up only by its name',
    live: [...docs, 'ALTER TABLE notes ADD CONSTRAINT ck CHECK (id > 0)'],
    fails: [
      addsCheck,
      "op.drop_constraint('ck', 'notes')",
      ifNamed('', `pg_constraint WHERE conname = 'ck'`, 'ck CHECK (id > 1)'),
    ],
    error: /constraint "ck" for relation "docs" already exists/,
    passes: [
      "op.drop_constraint('ck', 'notes')",
      ifNamed('NOT ', `pg_constraint WHERE conname = 'ck'`, 'ck CHECK (id > 1)'),
      "op.drop_constraint('ck', 'docs')",
    ],
  },
  {
    name: 'a constraint that a block looks up in the information schema only by its name',
    live: docs,
    fails: [
      ifNamed(
        '',
        `information_schema.table_constraints WHERE constraint_name = 'docs_pkey'`,
        'pk PRIMARY KEY (id)',
      ),
    ],
    error: /multiple primary keys for table "docs" are not allowed/,
    passes: [
      ifNamed(
        'NOT ',
        `information_schema.table_constraints WHERE constraint_name = 'docs_pkey'`,
        'pk PRIMARY KEY (id)',
      ),
    ],
  },
  {
    name: 'a block that raises an exception',
    live: docs,
    fails: [demands('size')],
    error: /no size yet/,
    passes: [demands('body'), demands('size', "RAISE NOTICE 'no size yet'")],
  },
  {
    name: 'an ELSIF in a block',
    live: docs,
    fails: [chain('docs', 'gone')],
    error: /relation "gone" does not exist/,
    passes: [chain('gone', 'docs'), "op.drop_column('docs', 'b')"],
  },
  {
    name: 'a condition on a constraint of a schema',
    live: [...docs, 'CREATE SCHEMA apart', 'CREATE TABLE apart.docs (id int, CONSTRAINT uq UNIQUE (id))'],
    fails: [dropsKey("(SELECT oid FROM pg_namespace WHERE nspname = 'apart')")],
    error: /constraint "uq" of relation "docs" does not exist/,
    passes: [
      dropsKey("(SELECT oid FROM pg_namespace WHERE nspname = 'public')"),
      dropsKey("'public'::regnamespace"),
    ],
  },
  {
    name: 'a string that a block executes',
    live: docs,
    fails: [block(`EXECUTE 'ALTER TABLE docs ADD COLUMN body text';`)],
    error: /column "body" of relation "docs" already exists/,
    passes: [block(`EXECUTE 'ALTER TABLE docs ADD COLUMN size text';`), "op.drop_column('docs', 'size')"],
  },
  {
    name: 'a column that has the name of a variable of every block',
    live: [...docs, 'CREATE TABLE kept (found boolean)'],
    fails: [block('UPDATE kept SET found = NOT found;')],
    error: /column reference "found" is ambiguous/,
    passes: [run('UPDATE kept SET found = NOT found')],
  },
  {
    name: 'a block without the semicolon of its last statement',
    live: docs,
    fails: [block('ALTER TABLE docs ADD COLUMN size int')],
    error: /unexpected end of function definition/,
    passes: [block('ALTER TABLE docs ADD COLUMN size int;')],
  },
  {
    name: 'a RAISE with too few values',
    live: docs,
    fails: [block("RAISE NOTICE 'size %'; ALTER TABLE docs ADD COLUMN size int;")],
    error: /too few parameters specified for RAISE/,
    passes: [block("RAISE NOTICE 'size'; ALTER TABLE docs ADD COLUMN size int;")],
  },
]
