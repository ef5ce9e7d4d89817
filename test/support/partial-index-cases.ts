/**
 * Pairs of migrations that create partial unique indexes. PostgreSQL rejects the first and accepts the second. Some of the
 * failures depend on the rows in a live table.
 */
import type { ExpressionCase } from './expression-cases.ts'

const docs = 'CREATE TABLE docs (id int, body text, flag boolean, seen timestamptz, n numeric)'
const mood = "CREATE TYPE mood AS ENUM ('sad', 'glad')"
const fresh = "op.create_table('docs', sa.Column('body', sa.String(20)))"
const row = "op.bulk_insert(sa.table('docs', sa.column('body')), [{'body': 'a'}])"
/** Inserts two rows with the same id and the same value. */
const twice = (column: string, value: string): string =>
  `INSERT INTO docs (id, ${column}) VALUES (1, ${value}), (1, ${value})`
const uniqueOf = (column: string, condition: string): string =>
  `op.create_index('ix', 'docs', ['${column}'], unique=True, postgresql_where=sa.text(${JSON.stringify(condition)}))`
const uniqueWhere = (condition: string): string => uniqueOf('id', condition)

export const partialIndexCases: readonly ExpressionCase[] = [
  {
    name: 'a partial unique index over equal values',
    live: [docs, twice('body', "'a'")],
    fails: [uniqueWhere("body = 'a'")],
    error: /could not create unique index/,
    code: 'AG306',
    passes: [uniqueWhere("body = 'b' AND NOT flag")],
  },
  {
    name: 'a partial unique index over equal values outside the condition',
    live: [docs, twice('seen', 'NULL')],
    fails: [uniqueWhere('seen IS NULL')],
    error: /could not create unique index/,
    code: 'AG306',
    passes: [uniqueWhere('seen IS NOT NULL')],
  },
  {
    name: 'a partial unique index whose condition rounds a value',
    live: [docs, twice('n', '1.4')],
    fails: [uniqueWhere('n::integer = 1')],
    error: /could not create unique index/,
    listed: /index condition/,
    passes: [uniqueWhere('n = 1')],
  },
  {
    name: 'a partial unique index whose condition uses an enum',
    live: [
      mood,
      'CREATE TABLE docs (id int, feels mood, n int)',
      "INSERT INTO docs VALUES (1, 'sad', 1), (1, 'sad', 1)",
    ],
    fails: [uniqueWhere("feels = 'sad'")],
    error: /could not create unique index/,
    listed: /index condition/,
    passes: [uniqueWhere('n = 2')],
  },
  {
    name: 'a partial unique index whose condition uses a column that an earlier step fills',
    live: [docs, twice('body', "'a'")],
    fails: [
      "op.add_column('docs', sa.Column('kind', sa.Integer(), server_default='1'))",
      uniqueWhere('kind = 1'),
    ],
    error: /could not create unique index/,
    listed: /index condition/,
    passes: [
      "op.add_column('docs', sa.Column('kind', sa.Integer(), server_default='1'))",
      uniqueWhere('n = 2'),
    ],
  },
  {
    name: 'a partial unique index whose condition another step changes',
    live: [docs, twice('n', '2')],
    fails: [`op.execute('UPDATE docs SET n = 1')`, uniqueWhere('n = 1')],
    error: /could not create unique index/,
    listed: /index condition/,
    passes: [`op.execute('UPDATE docs SET n = 1 WHERE n = 0')`, `op.create_index('ix', 'docs', ['n'])`],
  },
  {
    name: 'a partial unique index over equal values that the migrations insert',
    live: [],
    fails: [fresh, row, row, uniqueOf('body', 'body IS NOT NULL')],
    error: /could not create unique index/,
    listed: /index condition/,
    passes: [fresh, uniqueOf('body', 'body IS NOT NULL'), row],
  },
  {
    name: 'a partial unique index of a new table with a missing column',
    live: [],
    fails: [fresh, uniqueOf('body', 'gone IS NULL')],
    error: /column "gone" does not exist/,
    passes: [fresh, uniqueOf('body', 'body IS NULL'), row],
  },
]
