/** Operations after a change that runs only if a table has rows. */
import type { UnlistedObjectCase } from './unlisted-object-cases.ts'

const docs = 'CREATE TABLE docs (id int PRIMARY KEY, body text, note text)'
const row = "INSERT INTO docs (id, body, note) VALUES (1, 'a', 'b')"
const sql = (text: string): string => `op.execute("${text}")`

/** Runs `inside` if the table has rows, and then `after`. */
const migration = (inside: string, after: string): readonly string[] => [
  "if op.get_bind().execute(sa.text('SELECT id FROM docs')).fetchall():",
  `    ${inside}`,
  after,
]

const one = (
  name: string,
  inside: string,
  [fails, error, passes]: readonly [string, RegExp, string],
  live: readonly string[] = [docs, row],
): UnlistedObjectCase => ({
  name: `${fails} after ${name} under a condition`,
  live,
  fails: migration(inside, fails),
  error,
  passes: migration(inside, passes),
})

const dropped = "op.drop_column('docs', 'body')"
const added = "op.add_column('docs', sa.Column('more', sa.Text()))"
const index = 'CREATE INDEX ix ON docs (body)'
const withKey = [
  docs,
  'ALTER TABLE docs ADD CONSTRAINT uq UNIQUE (body)',
  row,
  'CREATE TABLE refs (doc int, body text)',
]
const copies = 'CREATE TABLE copies (id int, note text)'
const required = 'CREATE TABLE docs (id int, body text NOT NULL)'

export const conditionalCases: readonly UnlistedObjectCase[] = [
  one('dropping a column', dropped, [
    sql("UPDATE docs SET body = 'c'"),
    /column "body" .*does not exist/,
    sql("UPDATE docs SET note = 'c'"),
  ]),
  one('dropping a column', dropped, [
    "op.create_check_constraint('ck', 'docs', 'length(body) > 0')",
    /column "body" does not exist/,
    "op.create_index('ix', 'docs', ['note'])",
  ]),
  one('dropping a column', dropped, [
    "op.alter_column('docs', 'body', new_column_name='more')",
    /column "body" does not exist/,
    "op.alter_column('docs', 'note', new_column_name='more')",
  ]),
  one(
    'dropping a column that is still there',
    dropped,
    [
      sql('INSERT INTO copies SELECT * FROM docs'),
      /more expressions than target columns/,
      sql('INSERT INTO copies SELECT id, note FROM docs'),
    ],
    [docs, copies],
  ),
  one(
    'dropping a required column that is still there',
    dropped,
    [sql('INSERT INTO docs (id) VALUES (1)'), /null value in column/, sql('UPDATE docs SET id = 1')],
    [required],
  ),
  one(
    'dropping a column with an index',
    dropped,
    ["op.drop_index('ix', 'docs')", /index "ix" does not exist/, sql('DROP INDEX IF EXISTS ix')],
    [docs, index, row],
  ),
  one('adding a column', added, [
    added,
    /column "more" of relation "docs" already exists/,
    "op.add_column('docs', sa.Column('other', sa.Text()))",
  ]),
  one('adding a column', added, [
    "op.alter_column('docs', 'body', new_column_name='more')",
    /column "more" of relation "docs" already exists/,
    "op.alter_column('docs', 'body', new_column_name='other')",
  ]),
  one('adding a column', added, [
    sql("INSERT INTO docs VALUES (2, 'a', 'b', 'c'), (3, 'a', 'b', 'c', 'd')"),
    /VALUES lists must all be the same length/,
    sql("INSERT INTO docs (id, body) VALUES (2, 'a')"),
  ]),
  one('renaming a column', "op.alter_column('docs', 'body', new_column_name='more')", [
    sql("UPDATE docs SET body = 'c'"),
    /column "body" .*does not exist/,
    sql("UPDATE docs SET note = 'c'"),
  ]),
  one(
    'dropping a key',
    "op.drop_constraint('uq', 'docs')",
    [
      "op.create_foreign_key('fk', 'refs', 'docs', ['body'], ['body'])",
      /no unique constraint matching/,
      "op.create_foreign_key('fk', 'refs', 'docs', ['doc'], ['id'])",
    ],
    withKey,
  ),
  one(
    'dropping a constraint',
    "op.drop_constraint('uq', 'docs')",
    [
      "op.drop_constraint('uq', 'docs')",
      /constraint "uq" of relation "docs" does not exist/,
      "op.drop_constraint('docs_pkey', 'docs')",
    ],
    withKey,
  ),
  one(
    'renaming a constraint',
    sql('ALTER TABLE docs RENAME CONSTRAINT uq TO other'),
    [
      "op.drop_constraint('uq', 'docs')",
      /constraint "uq" of relation "docs" does not exist/,
      "op.create_foreign_key('fk', 'refs', 'docs', ['doc'], ['id'])",
    ],
    withKey,
  ),
  one('creating an index', sql(index), [
    sql('CREATE INDEX ix ON docs (note)'),
    /relation "ix" already exists/,
    sql('CREATE INDEX IF NOT EXISTS ix ON docs (note)'),
  ]),
  one('creating an index', sql(index), [
    sql('CREATE TABLE ix (id int)'),
    /relation "ix" already exists/,
    sql('DROP INDEX IF EXISTS ix'),
  ]),
  one(
    'dropping an index',
    "op.drop_index('ix', 'docs')",
    [
      sql('ALTER INDEX ix RENAME TO other'),
      /relation "ix" does not exist/,
      sql('ALTER TABLE docs ADD COLUMN more text'),
    ],
    [docs, index, row],
  ),
  one('dropping an index that may not exist', sql('DROP INDEX IF EXISTS ix'), [
    sql('DROP INDEX ix'),
    /index "ix" does not exist/,
    sql('CREATE INDEX ix ON docs (note)'),
  ]),
]
