/** Operations that fail because of a detail such as a role, an enum label or an index option. */

/** A database state and two migrations. */
export interface UnlistedObjectCase {
  readonly name: string
  /** Statements that set up the database. */
  readonly live: readonly string[]
  readonly fails: readonly string[]
  readonly error: RegExp
  readonly passes: readonly string[]
}

const docs = 'CREATE TABLE docs (id serial PRIMARY KEY, body text)'
const kind = "CREATE TYPE kind AS ENUM ('a', 'b')"
const parent = 'CREATE TABLE parent (id int, code text, PRIMARY KEY (id, code))'
const sql = (text: string): readonly string[] => [`op.execute("${text}")`]
const alter = (action: string): readonly string[] => sql(`ALTER TABLE docs ${action}`)
const addColumn = (column: string): readonly string[] => [
  `op.add_column('docs', sa.Column('new', ${column}))`,
]
const enumType = "postgresql.ENUM('a', 'b', name='kind', create_type=False)"
const enumColumn = (label: string): readonly string[] => addColumn(`${enumType}, server_default='${label}'`)
const index = (options: string): readonly string[] => [`op.create_index('ix', 'docs', ['id'], ${options})`]
const keyTo = (columns: string): readonly string[] => [
  `op.create_foreign_key('fk', 'child', 'parent', [${columns}], [${columns}])`,
]

/** The guard reports that the failing operation needs a rehearsal. */
export const rehearsedCases: readonly UnlistedObjectCase[] = [
  ...[
    [
      'a new column',
      addColumn("sa.String(20, collation='nowhere')"),
      addColumn("sa.String(20, collation='C')"),
    ],
    [
      'a changed type',
      [`op.alter_column('docs', 'body', type_=sa.Text(collation='nowhere'))`],
      [`op.alter_column('docs', 'body', type_=sa.Text(collation='POSIX'))`],
    ],
    [
      'a column in SQL',
      alter('ADD COLUMN new text COLLATE nowhere'),
      alter('ADD COLUMN new text COLLATE \\"C\\"'),
    ],
  ].map(([name, fails, passes]) => ({
    name: `${String(name)} with a missing collation`,
    live: [docs],
    fails: [...(fails ?? [])],
    error: /collation "nowhere" for encoding "UTF8" does not exist/,
    passes: [...(passes ?? [])],
  })),
  {
    name: 'VALIDATE CONSTRAINT that rows violate',
    live: [
      docs,
      'INSERT INTO docs DEFAULT VALUES',
      'ALTER TABLE docs ADD CONSTRAINT big CHECK (id > 1) NOT VALID, ADD CONSTRAINT small CHECK (id > 0) NOT VALID',
    ],
    fails: alter('VALIDATE CONSTRAINT big'),
    error: /is violated by some row/,
    passes: alter('VALIDATE CONSTRAINT small'),
  },
  {
    name: 'a foreign key to a table without a primary key',
    live: [
      'CREATE TABLE bare (id int UNIQUE)',
      'CREATE TABLE keyed (id int PRIMARY KEY)',
      'CREATE TABLE child (id int)',
    ],
    fails: sql('ALTER TABLE child ADD FOREIGN KEY (id) REFERENCES bare'),
    error: /there is no primary key for referenced table "bare"/,
    passes: sql('ALTER TABLE child ADD FOREIGN KEY (id) REFERENCES keyed'),
  },
  {
    name: 'ON CONFLICT with a DEFERRABLE key',
    live: ['CREATE TABLE keys (id int UNIQUE DEFERRABLE, code int UNIQUE)'],
    fails: sql('INSERT INTO keys VALUES (1, 1) ON CONFLICT (id) DO NOTHING'),
    error: /does not support deferrable unique constraints/,
    passes: sql('INSERT INTO keys VALUES (1, 1) ON CONFLICT (code) DO NOTHING'),
  },
  {
    name: 'a missing role as owner',
    live: [docs],
    fails: alter('OWNER TO nobody_here'),
    error: /role "nobody_here" does not exist/,
    passes: alter('OWNER TO CURRENT_USER'),
  },
  {
    name: 'a missing trigger',
    live: [docs],
    fails: alter('DISABLE TRIGGER missing'),
    error: /trigger "missing" for table "docs" does not exist/,
    passes: alter('DISABLE TRIGGER USER'),
  },
  {
    name: 'a missing index as replica identity',
    live: [docs],
    fails: alter('REPLICA IDENTITY USING INDEX missing'),
    error: /index "missing" for table "docs" does not exist/,
    passes: alter('REPLICA IDENTITY USING INDEX docs_pkey'),
  },
  {
    name: 'a new name with a schema',
    live: [docs],
    fails: alter('RENAME TO public.other'),
    error: /syntax error/,
    passes: alter('RENAME TO other'),
  },
  {
    name: 'a new column name with a table',
    live: [docs],
    fails: alter('RENAME COLUMN body TO docs.text'),
    error: /syntax error/,
    passes: alter('RENAME COLUMN body TO text'),
  },
  {
    name: 'a new type name with a schema',
    live: [kind],
    fails: sql('ALTER TYPE kind RENAME TO public.other'),
    error: /syntax error/,
    passes: sql('ALTER TYPE kind RENAME TO other'),
  },
  {
    name: 'a new sequence name with a schema',
    live: ['CREATE SEQUENCE numbers'],
    fails: sql('ALTER SEQUENCE numbers RENAME TO public.other'),
    error: /syntax error/,
    passes: sql('ALTER SEQUENCE numbers RENAME TO other'),
  },
  {
    name: 'words after SET NOT NULL',
    live: [docs],
    fails: alter('ALTER COLUMN body SET NOT NULL NOW'),
    error: /syntax error/,
    passes: alter('ALTER COLUMN body SET NOT NULL'),
  },
  {
    name: 'a default that is no label of the enum',
    live: [docs, kind],
    fails: enumColumn('A'),
    error: /invalid input value for enum kind: "A"/,
    passes: enumColumn('a'),
  },
  {
    name: 'a new default that is no label of the enum',
    live: [kind, 'CREATE TABLE docs (kind kind)'],
    fails: [`op.alter_column('docs', 'kind', server_default='A')`],
    error: /invalid input value for enum kind: "A"/,
    passes: [`op.alter_column('docs', 'kind', server_default='a')`],
  },
  {
    name: 'a default that is no label of the enum, in SQL',
    live: [docs, kind],
    fails: alter("ADD COLUMN new kind DEFAULT 'c'"),
    error: /invalid input value for enum kind: "c"/,
    passes: alter("ADD COLUMN new kind DEFAULT 'b'"),
  },
  {
    name: 'a label as default of an array of the enum',
    live: [docs, kind],
    fails: addColumn(`postgresql.ARRAY(${enumType}), server_default='a'`),
    error: /malformed array literal/,
    passes: addColumn(`postgresql.ARRAY(${enumType}), server_default='{}'`),
  },
  {
    name: 'text as default of an array',
    live: [docs],
    fails: addColumn(`postgresql.ARRAY(sa.String()), server_default='none'`),
    error: /malformed array literal/,
    passes: addColumn(`postgresql.ARRAY(sa.String()), server_default='{none}'`),
  },
  {
    name: 'a default that is no address',
    live: [docs],
    fails: addColumn(`postgresql.INET(), server_default='here'`),
    error: /invalid input syntax for type inet/,
    passes: addColumn(`postgresql.INET(), server_default='::1'`),
  },
  {
    name: 'a default that is no interval',
    live: [docs],
    fails: addColumn(`sa.Interval(), server_default='soon'`),
    error: /invalid input syntax for type interval/,
    passes: addColumn(`sa.Interval(), server_default='3 days'`),
  },
  {
    name: 'a default that is too long',
    live: [docs],
    fails: addColumn(`sa.String(3), server_default='unknown'`),
    error: /value too long/,
    passes: addColumn(`sa.String(7), server_default='unknown'`),
  },
  {
    name: 'DROP SEQUENCE used by a default',
    live: [docs, 'CREATE SEQUENCE unused'],
    fails: sql('DROP SEQUENCE docs_id_seq'),
    error: /other objects depend on it/,
    passes: sql('DROP SEQUENCE unused'),
  },
  {
    name: 'DROP VIEW used by another view',
    live: [docs, 'CREATE VIEW v AS SELECT id FROM docs', 'CREATE VIEW w AS SELECT id FROM v'],
    fails: sql('DROP VIEW v'),
    error: /other objects depend on it/,
    passes: sql('DROP VIEW w'),
  },
  {
    name: 'DROP DOMAIN used by a column',
    live: ['CREATE DOMAIN title AS text', 'CREATE TABLE docs (title title)', 'CREATE DOMAIN unused AS text'],
    fails: sql('DROP DOMAIN title'),
    error: /other objects depend on it/,
    passes: sql('DROP DOMAIN unused'),
  },
  {
    name: 'a unique index on an expression, over equal values',
    live: ['CREATE TABLE docs (body text)', "INSERT INTO docs VALUES ('a'), ('A')"],
    fails: sql('CREATE UNIQUE INDEX ix ON docs (lower(body))'),
    error: /could not create unique index/,
    passes: sql('CREATE UNIQUE INDEX ix ON docs (md5(body))'),
  },
  {
    name: 'an unknown storage parameter of an index',
    live: [docs],
    fails: index(`postgresql_with={'fillfactorr': 50}`),
    error: /unrecognized parameter/,
    passes: index(`postgresql_with={'fillfactor': 50}`),
  },
  {
    name: 'a missing tablespace',
    live: [docs],
    fails: sql('CREATE INDEX ix ON docs (id) TABLESPACE nowhere'),
    error: /tablespace "nowhere" does not exist/,
    passes: sql('CREATE INDEX ix ON docs (id) TABLESPACE pg_default'),
  },
  {
    name: 'the CHECK constraint of a new column type',
    live: ['CREATE TABLE docs (body varchar(1))', "INSERT INTO docs VALUES ('c')"],
    fails: [
      `op.alter_column('docs', 'body', type_=sa.Enum('a', 'b', name='ck', native_enum=False, create_constraint=True))`,
    ],
    error: /is violated by some row/,
    passes: [
      `op.alter_column('docs', 'body', type_=sa.Enum('a', 'c', name='ck', native_enum=False, create_constraint=True))`,
    ],
  },
]

/** Cases in which the guard predicts the failure and fully checks the passing migration. */
export const predictedCases: readonly UnlistedObjectCase[] = [
  {
    name: 'a foreign key to part of a key',
    live: [parent, 'CREATE TABLE child (id int, code text)'],
    fails: keyTo(`'id'`),
    error: /no unique constraint matching given keys/,
    passes: keyTo(`'id', 'code'`),
  },
  {
    name: 'a foreign key to a DEFERRABLE key',
    live: [
      'CREATE TABLE parent (id int UNIQUE DEFERRABLE, code text UNIQUE)',
      'CREATE TABLE child (id int, code text)',
    ],
    fails: keyTo(`'id'`),
    error: /cannot use a deferrable unique constraint for referenced table "parent"/,
    passes: keyTo(`'code'`),
  },
  {
    name: 'a foreign key to a DEFERRABLE key that a pending migration adds',
    live: ['CREATE TABLE parent (id int, code text)', 'CREATE TABLE child (id int, code text)'],
    fails: [`op.create_unique_constraint('uq', 'parent', ['id'], deferrable=True)`, ...keyTo(`'id'`)],
    error: /cannot use a deferrable unique constraint for referenced table "parent"/,
    passes: [`op.create_unique_constraint('uq', 'parent', ['id'])`, ...keyTo(`'id'`)],
  },
  {
    name: 'a foreign key to a column that only a partial index covers',
    live: [
      'CREATE TABLE parent (id int, code text)',
      'CREATE UNIQUE INDEX part ON parent (id) WHERE id > 0',
      'CREATE UNIQUE INDEX whole ON parent (code)',
      'CREATE TABLE child (id int, code text)',
    ],
    fails: keyTo(`'id'`),
    error: /no unique constraint matching given keys/,
    passes: keyTo(`'code'`),
  },
  {
    name: 'a missing label after AFTER',
    live: [kind],
    fails: sql("ALTER TYPE kind ADD VALUE 'c' AFTER 'z'"),
    error: /"z" is not an existing enum label/,
    passes: sql("ALTER TYPE kind ADD VALUE 'c' AFTER 'b'"),
  },
  {
    name: 'a missing label after BEFORE, next to a label that already exists',
    live: [kind],
    fails: sql("ALTER TYPE kind ADD VALUE IF NOT EXISTS 'c' BEFORE 'z'"),
    error: /"z" is not an existing enum label/,
    passes: sql("ALTER TYPE kind ADD VALUE IF NOT EXISTS 'b' BEFORE 'z'"),
  },
  {
    name: 'a missing column after INCLUDE',
    live: [docs],
    fails: index(`postgresql_include=['missing']`),
    error: /column "missing" does not exist/,
    passes: index(`postgresql_include=['body']`),
  },
  {
    name: 'a missing column after INCLUDE, in SQL',
    live: [docs],
    fails: sql('CREATE INDEX ix ON docs (id) INCLUDE (missing)'),
    error: /column "missing" does not exist/,
    passes: sql('CREATE INDEX ix ON docs (id) INCLUDE (body)'),
  },
  {
    name: 'row-level security of a missing table',
    live: [docs],
    fails: sql('ALTER TABLE missing ENABLE ROW LEVEL SECURITY'),
    error: /relation "missing" does not exist/,
    passes: sql('ALTER TABLE IF EXISTS missing ENABLE ROW LEVEL SECURITY'),
  },
  {
    name: "an index that has the default name of a new column's index",
    live: [docs, 'CREATE INDEX ix_other_body ON docs (body)'],
    fails: [`op.create_table('other', sa.Column('body', sa.Text(), index=True))`],
    error: /relation "ix_other_body" already exists/,
    passes: [`op.create_table('another', sa.Column('body', sa.Text(), index=True))`],
  },
]
