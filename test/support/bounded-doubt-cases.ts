/**
 * A statement that the guard doesn't fully understand, followed by one that fails. The guard must predict the
 * failure.
 */
import type { ReplayCase } from './dry-run-cases.ts'

const doBlock = (body: string): string => `op.execute("DO $$ BEGIN ${body} END $$")`
const dropColumn = `op.drop_column('seats', 'label')`
const other = 'CREATE TABLE other (id int CONSTRAINT other_key UNIQUE); CREATE TABLE names (name text)'
const both = `${other}; CREATE TABLE seats (id int, label text)`
const name = `name = op.get_bind().execute(sa.text("SELECT coalesce(max(name), 'other') FROM names")).scalar()`
const refers =
  "op.execute(f'ALTER TABLE seats ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES other (id) ON DELETE {name}')"
const add = `op.add_column('seats', sa.Column('row', sa.Integer()))`

/** Repeats the statements until they succeed. */
const retried = (...statements: readonly string[]): readonly string[] => [
  'import time',
  'deadline = time.monotonic() - 1',
  'def run():',
  '    while True:',
  '        try:',
  ...statements.map((one) => `            ${one}`),
  '            return',
  '        except sa.exc.DBAPIError as error:',
  '            if time.monotonic() >= deadline:',
  '                raise',
  '            time.sleep(0.1)',
  'run()',
]
const state = (index: string): string =>
  `op.get_bind().execute(sa.text("SELECT i.indisvalid FROM pg_catalog.pg_index i WHERE i.indexrelid = to_regclass('${index}')")).scalar_one_or_none()`
const schema = `schema = op.get_bind().execute(sa.text('SELECT current_schema()')).scalar_one()`

const fresh = `op.create_table('fresh', sa.Column('id', sa.Integer()))`
const checked = `op.create_table('fresh', sa.Column('id', sa.Integer()), sa.Column('row', sa.Integer()), sa.PrimaryKeyConstraint('id'), sa.CheckConstraint('id > 0'))`
const perhapsMade = [
  `if op.get_bind().execute(sa.text('SELECT id FROM fresh')).first():`,
  `    op.execute('CREATE TABLE seats (label text)')`,
]

const refersToOther = `${other}; CREATE TABLE seats (id int CONSTRAINT fk REFERENCES other (id))`
const dropsKeys = `op.execute("DO $$ DECLARE r record; BEGIN FOR r IN SELECT conname, conrelid::regclass::text AS tbl FROM pg_constraint WHERE contype = 'f' AND confrelid = 'other'::regclass LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.tbl, r.conname); END LOOP; END $$")`

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
/** A trigger function that the guard doesn't understand. */
const makesTouch =
  "CREATE FUNCTION touch() RETURNS trigger LANGUAGE internal AS 'suppress_redundant_updates_trigger'"
const makesOne = "CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'SELECT 1'"
const makesTrigger = 'CREATE TRIGGER touch BEFORE UPDATE ON seats FOR EACH ROW EXECUTE FUNCTION touch()'
const dropsTouch = run('DROP FUNCTION IF EXISTS touch() CASCADE')
const addsCheck = 'ALTER TABLE seats ADD CONSTRAINT ck CHECK (touch() > 0)'

/** Cases for PostgreSQL. */
export const boundedDoubtCases: readonly ReplayCase[] = [
  {
    name: 'a second primary key after a drop of a constraint that PostgreSQL named',
    code: 'AG301',
    live: other,
    pending: [
      checked,
      `op.drop_constraint('fresh_id_check', 'fresh')`,
      `op.create_primary_key('own', 'fresh', ['row'])`,
    ],
    passes: [
      {
        pending: [
          checked,
          `op.drop_constraint('fresh_pkey', 'fresh')`,
          `op.create_primary_key('own', 'fresh', ['row'])`,
        ],
      },
      {
        pending: [
          checked,
          `op.drop_constraint('fresh_id_check', 'fresh')`,
          `op.create_table('seats', sa.Column('id', sa.Integer(), sa.ForeignKey('fresh.id')))`,
        ],
      },
      {
        live: 'CREATE TABLE other (id int CONSTRAINT fresh_pkey PRIMARY KEY)',
        pending: [
          checked,
          "op.execute('ALTER INDEX fresh_pkey1 RENAME TO own_key')",
          `op.drop_constraint('own_key', 'fresh')`,
          `op.create_primary_key('own', 'fresh', ['row'])`,
        ],
      },
    ],
  },
  {
    name: 'a missing constraint after a foreign key with an unknown action',
    code: 'AG302',
    live: `${both}; INSERT INTO names VALUES ('CASCADE')`,
    pending: [name, refers, `op.drop_constraint(op.f('seats_key'), 'seats', type_='unique')`],
    passes: [
      { pending: [name, refers, `op.drop_constraint(op.f('fk'), 'seats', type_='foreignkey')`] },
      {
        live: `${both.replace('label text', 'label text CONSTRAINT seats_key UNIQUE')}; INSERT INTO names VALUES ('SET NULL')`,
      },
    ],
  },
  {
    name: 'a missing column after DROP FUNCTION with CASCADE of a new trigger function',
    code: 'AG302',
    live: both,
    pending: [run(makesTouch), run(makesTrigger), dropsTouch, `op.drop_column('seats', 'row')`],
    passes: [
      { pending: [run(makesTouch), run(makesTrigger), dropsTouch, dropColumn] },
      {
        pending: [
          run(makesTouch),
          run('DROP FUNCTION touch()'),
          run(makesOne),
          run(addsCheck),
          dropsTouch,
          run(addsCheck.replace('touch()', 'id')),
        ],
      },
    ],
  },
  {
    name: 'a missing column after DROP FUNCTION with CASCADE of a trigger function',
    code: 'AG302',
    live: `${both}; ${makesTouch}; ${makesTrigger}`,
    pending: [dropsTouch, `op.drop_column('seats', 'row')`],
    passes: [
      { pending: [dropsTouch, dropColumn] },
      {
        live: `${both}; ${makesOne}; ${addsCheck}`,
        pending: [dropsTouch, run(addsCheck.replace('touch()', 'id'))],
      },
      {
        live: `${both}; ${makesTouch}; CREATE SCHEMA apart; ${makesOne.replace('touch', 'apart.touch')}; ${addsCheck.replace('touch', 'apart.touch')}`,
        pending: [run('DROP FUNCTION apart.touch() CASCADE'), run(addsCheck.replace('touch()', 'id'))],
      },
    ],
  },
  {
    name: 'a missing table after a DO block that only grants privileges',
    code: 'AG302',
    live: other,
    pending: [
      doBlock(
        `IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nobody_here') THEN RAISE NOTICE 'none'; RETURN; END IF; GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO nobody_here; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO nobody_here; EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT EXECUTE ON FUNCTIONS TO nobody_here', current_user);`,
      ),
      dropColumn,
    ],
    passes: [
      { live: both },
      {
        pending: [
          doBlock(`GRANT SELECT ON other TO public; CREATE TABLE seats (id int, label text);`),
          dropColumn,
        ],
      },
      {
        pending: [
          doBlock(`IF true THEN EXECUTE 'CREATE TABLE ' || 'seats (id int, label text)'; END IF;`),
          dropColumn,
        ],
      },
    ],
  },
  {
    name: 'a missing column after a DO block that drops constraints of its table',
    code: 'AG302',
    live: other,
    pending: [
      `op.execute("DO $$ DECLARE r record; BEGIN FOR r IN (SELECT c.conname FROM pg_constraint c JOIN pg_class t ON c.conrelid = t.oid WHERE t.relname = 'other') LOOP EXECUTE format('ALTER TABLE other DROP CONSTRAINT IF EXISTS %I', r.conname); END LOOP; END $$")`,
      `op.drop_column('other', 'label')`,
    ],
    passes: [
      { live: `${other}; ALTER TABLE other ADD label text` },
      {
        live: `${both}; ALTER TABLE other ADD CONSTRAINT other_id UNIQUE (id)`,
        pending: [
          doBlock(
            `IF EXISTS (SELECT 1 FROM names) OR true THEN ALTER TABLE other DROP CONSTRAINT other_id; END IF;`,
          ),
          `op.create_unique_constraint('other_id', 'other', ['id'])`,
        ],
      },
      {
        pending: [
          doBlock(
            `IF true THEN ALTER TABLE other RENAME TO seats; ALTER TABLE seats ADD label text; END IF;`,
          ),
          dropColumn,
        ],
      },
      {
        pending: [
          doBlock(
            `CASE WHEN true THEN CREATE TABLE seats (id int, label text); ELSE RAISE NOTICE 'no'; END CASE;`,
          ),
          dropColumn,
        ],
      },
    ],
  },
  {
    name: 'a missing column after a DO block that drops foreign keys of any table',
    code: 'AG302',
    live: refersToOther,
    pending: [dropsKeys, `op.drop_column('other', 'label')`],
    passes: [
      { live: `${refersToOther}; ALTER TABLE other ADD label text` },
      { pending: [dropsKeys, `op.create_foreign_key('fk', 'seats', 'other', ['id'], ['id'])`] },
      { pending: [dropsKeys, `op.drop_table('other')`] },
      {
        pending: [
          dropsKeys.replace('DROP CONSTRAINT %I', 'ADD COLUMN %I int'),
          `op.drop_column('seats', 'fk')`,
        ],
      },
    ],
  },
  {
    name: 'a missing table after changes to constraints of a table that is only known at run time',
    code: 'AG302',
    live: other,
    pending: [
      name,
      `op.execute(f'ALTER TABLE {name} DROP CONSTRAINT {name}_key')`,
      `op.execute(f'ALTER TABLE {name} ADD CONSTRAINT {name}_key UNIQUE (id)')`,
      `op.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')`,
      `op.execute(f'ALTER TABLE {name} ALTER COLUMN id SET NOT NULL')`,
      dropColumn,
    ],
    passes: [
      { live: both },
      {
        pending: [
          name,
          `op.execute(f'ALTER TABLE {name} DROP CONSTRAINT {name}_key')`,
          `op.execute('ALTER TABLE other ADD CONSTRAINT other_key UNIQUE (id)')`,
        ],
      },
      {
        pending: [
          name,
          `op.execute(f'ALTER TABLE {name} RENAME TO seats')`,
          `op.execute('ALTER TABLE seats ADD label text')`,
          dropColumn,
        ],
      },
    ],
  },
  {
    name: 'a missing table in a loop that repeats its statements',
    code: 'AG302',
    live: other,
    pending: [
      `with op.get_context().autocommit_block():`,
      ...retried(`op.execute("SET lock_timeout = '1s'")`, add).map((line) => `    ${line}`),
    ],
    passes: [
      { live: both },
      {
        pending: [
          'while True:',
          '    try:',
          `        op.create_table('seats', sa.Column('label', sa.Integer()))`,
          '        break',
          '    except sa.exc.DBAPIError:',
          '        raise',
          dropColumn,
        ].map((line) => (line === dropColumn ? `${add}; op.drop_column('seats', 'row')` : line)),
      },
      {
        // The second attempt creates a table with a different name.
        live: 'CREATE TABLE seats0 (id int)',
        pending: [
          'number = 0',
          'with op.get_context().autocommit_block():',
          '    while True:',
          '        try:',
          `            op.execute(f'CREATE TABLE seats{number} (label text)')`,
          '            break',
          '        except sa.exc.DBAPIError:',
          '            number = number + 1',
          `op.drop_column('seats1', 'label')`,
        ],
      },
      {
        pending: [
          'while True:',
          '    try:',
          '        with op.get_bind().begin_nested():',
          `            ${dropColumn}`,
          '        break',
          '    except sa.exc.DBAPIError:',
          `        op.execute('CREATE TABLE seats (id int, label text)')`,
        ],
      },
    ],
  },
  {
    name: 'a missing table after a change in the current schema',
    code: 'AG302',
    live: other,
    pending: [schema, `op.execute(f'ALTER TABLE "{schema}".other ADD COLUMN hall int')`, dropColumn],
    passes: [
      { live: both },
      {
        live: `CREATE SCHEMA app; CREATE TABLE app.other (id int); ${other}`,
        pending: [
          `op.execute('SET LOCAL search_path TO app, public')`,
          schema,
          `op.execute(f'ALTER TABLE "{schema}".other RENAME TO seats')`,
          `op.execute('ALTER TABLE app.seats ADD label text')`,
          `op.execute('SET LOCAL search_path TO public')`,
          `op.drop_column('seats', 'label', schema='app')`,
        ],
      },
    ],
  },
  {
    name: 'an index that a migration drops if it is invalid',
    code: 'AG301',
    live: `${both}; CREATE INDEX ix_label ON seats (label)`,
    pending: [
      `if ${state('ix_label')} is False:`,
      `    op.drop_index('ix_label', 'seats')`,
      `op.create_index('ix_label', 'seats', ['label'])`,
    ],
    passes: [
      { live: both },
      {
        pending: [
          `if ${state('ix_label')} is True:`,
          `    op.drop_index('ix_label', 'seats')`,
          `op.create_index('ix_label', 'seats', ['label'])`,
          `if ${state('ix_label')} is not True:`,
          `    raise RuntimeError('not valid')`,
        ],
      },
    ],
  },
  {
    name: 'a missing column after unsupported changes to its table',
    code: 'AG302',
    live: `CREATE TABLE seats (id int GENERATED ALWAYS AS IDENTITY CONSTRAINT seats_key UNIQUE, hall int); CREATE UNIQUE INDEX ix_hall ON seats (hall)`,
    pending: [
      `op.execute('ALTER TABLE seats ALTER COLUMN id DROP IDENTITY IF EXISTS')`,
      `op.execute('ALTER TABLE seats ADD CONSTRAINT hall_key UNIQUE USING INDEX ix_hall DEFERRABLE')`,
      dropColumn,
    ],
    passes: [
      {
        live: `CREATE TABLE seats (id int GENERATED ALWAYS AS IDENTITY CONSTRAINT seats_key UNIQUE, hall int, label text); CREATE UNIQUE INDEX ix_hall ON seats (hall)`,
      },
      {
        pending: [
          `op.execute('ALTER TABLE seats ADD CONSTRAINT hall_key UNIQUE USING INDEX ix_hall DEFERRABLE')`,
          `op.create_index('ix_hall', 'seats', ['id'])`,
          `op.drop_constraint('hall_key', 'seats')`,
        ],
      },
      {
        pending: [
          `op.execute('ALTER TABLE seats ALTER hall ADD GENERATED ALWAYS AS IDENTITY')`,
          `op.execute('DROP SEQUENCE IF EXISTS never_there')`,
        ],
        live: `CREATE TABLE seats (id int, hall int NOT NULL)`,
      },
    ],
  },
  {
    name: 'a missing table after a condition on an empty table and a dropped trigger',
    code: 'AG302',
    live: other,
    pending: [
      fresh,
      `name = op.get_bind().execute(sa.text('SELECT max(name) FROM names')).scalar()`,
      `op.execute(f'DROP TRIGGER IF EXISTS "renumber_{name}" ON other')`,
      ...perhapsMade,
      dropColumn,
    ],
    passes: [
      { live: both },
      {
        pending: [
          fresh,
          `op.execute("CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO fresh VALUES (1); RETURN NULL; END'")`,
          `op.execute(f'CREATE TRIGGER {"fill" + "_other"} AFTER INSERT ON other EXECUTE FUNCTION fill()')`,
          `op.execute('INSERT INTO other VALUES (1)')`,
          ...perhapsMade,
          dropColumn,
        ],
      },
    ],
  },
]
