/** Views created, replaced or dropped by pending migrations, and changes to the views' tables. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const seats =
  'CREATE TABLE seats (id int PRIMARY KEY, hall_id int, label text, kind varchar(9), made timestamp)'
const halls = 'CREATE TABLE halls (id int PRIMARY KEY, name text)'
const live = [seats, halls]
const query = 'SELECT s.id, s.label, h.name AS hall FROM seats s LEFT JOIN halls h ON h.id = s.hall_id'
const view = (sql = query, name = 'taken', start = 'CREATE'): string => run(`${start} VIEW ${name} AS ${sql}`)
const drop = (name = 'taken'): string => run(`DROP VIEW ${name}`)
const replace = (sql: string): string => view(sql, 'taken', 'CREATE OR REPLACE')

export const viewDefinitionCases: readonly ConstructNameCase[] = [
  {
    name: 'a view with the same column twice',
    live,
    fails: [view('SELECT s.id, h.id FROM seats s, halls h')],
    error: /column "id" specified more than once/,
    passes: [
      view('SELECT s.id, h.id AS hall_id FROM seats s, halls h'),
      view('(SELECT * FROM halls)', 'all_halls'),
    ],
  },
  {
    name: 'a view whose query has a missing column',
    live,
    fails: [view('SELECT s.id, s.nope FROM seats s')],
    error: /column s.nope does not exist/,
    passes: [
      view(
        "SELECT s.id, (SELECT string_agg(h.name, ',') FROM halls h WHERE h.id = s.hall_id) AS names FROM seats s",
      ),
    ],
  },
  {
    name: 'a view whose query needs GROUP BY',
    live,
    fails: [view('SELECT hall_id, count(*) AS n FROM seats')],
    error: /must appear in the GROUP BY clause/,
    passes: [view('SELECT hall_id, count(*) AS n FROM seats GROUP BY hall_id')],
  },
  {
    name: 'a view whose query compares different types',
    live,
    fails: [view('SELECT s.id FROM seats s JOIN halls h ON h.name = s.hall_id')],
    error: /operator does not exist/,
    passes: [view('SELECT id, label AS text FROM seats UNION ALL SELECT id, name FROM halls')],
  },
  {
    name: 'a view with a record',
    live,
    fails: [view('SELECT (id, label) AS pair FROM seats')],
    error: /has pseudo-type record/,
    passes: [view()],
  },
  {
    name: 'a view that writes rows',
    live,
    fails: [view('WITH gone AS (DELETE FROM seats RETURNING id) SELECT id FROM gone')],
    error: /must not contain data-modifying statements/,
    passes: [view('WITH some_seats AS (SELECT id FROM seats) SELECT id FROM some_seats')],
  },
  {
    name: 'a view with the name of a type',
    live: [...live, "CREATE TYPE taken AS ENUM ('a')"],
    fails: [view()],
    error: /type "taken" already exists/,
    passes: [view(query, 'free')],
  },
  {
    name: 'a view that another view uses',
    live,
    fails: [view(), view('SELECT id FROM taken', 'some_taken'), drop()],
    error: /cannot drop view taken because other objects depend on it/,
    passes: [view(), view('SELECT id FROM seats', 'other'), drop(), drop('other'), view('SELECT 1 AS one')],
  },
  {
    name: 'a view that a function uses',
    live,
    fails: [
      view(),
      run("CREATE FUNCTION first() RETURNS SETOF taken LANGUAGE sql AS 'SELECT * FROM taken'"),
      drop(),
    ],
    error: /cannot drop view taken because other objects depend on it/,
    passes: [view(), run('COMMENT ON VIEW taken IS NULL'), drop()],
  },
  {
    name: 'a view that a column uses as its type',
    live,
    fails: [view(), run('ALTER TABLE halls ADD COLUMN one taken'), drop()],
    error: /cannot drop view taken because other objects depend on it/,
    passes: [view(), run('ALTER TABLE halls ADD COLUMN one text'), drop()],
  },
  {
    name: 'a dropped column of a view',
    live,
    fails: [view(), `op.drop_column('seats', 'label')`],
    error: /because other objects depend on it/,
    passes: [view(), `op.drop_column('seats', 'kind')`, drop(), `op.drop_column('seats', 'label')`],
  },
  {
    name: 'a dropped column that was renamed',
    live,
    fails: [view(), run('ALTER TABLE seats RENAME label TO title'), `op.drop_column('seats', 'title')`],
    error: /because other objects depend on it/,
    passes: [
      view(),
      run('ALTER TABLE seats RENAME label TO title'),
      drop(),
      `op.drop_column('seats', 'title')`,
    ],
  },
  {
    name: 'a dropped table of a view',
    live,
    fails: [view(), `op.drop_table('halls')`],
    error: /because other objects depend on it/,
    passes: [view(), drop(), `op.drop_table('halls')`],
  },
  {
    name: 'a view that goes with its table',
    live,
    fails: [view(), run('DROP TABLE halls CASCADE'), drop()],
    error: /view "taken" does not exist/,
    passes: [
      view(),
      `op.create_table('other', sa.Column('id', sa.Integer()))`,
      `op.drop_table('other')`,
      drop(),
    ],
  },
  {
    name: 'a changed type of a column in a view',
    live,
    fails: [view('SELECT * FROM seats'), `op.alter_column('seats', 'kind', type_=sa.Text())`],
    error: /cannot alter type of a column used by a view or rule/,
    passes: [view(), `op.alter_column('seats', 'kind', type_=sa.Text())`],
  },
  {
    name: 'a converted column in a view',
    live: [],
    fails: [...live.map(run), view(), run('ALTER TABLE seats ALTER label TYPE int USING label::int')],
    error: /cannot alter type of a column used by a view or rule/,
    passes: [...live.map(run), view(), run('ALTER TABLE seats ALTER kind TYPE int USING kind::int')],
  },
  {
    name: 'a replaced view with another type for a column',
    live,
    fails: [view('SELECT id, label FROM seats'), replace('SELECT id, kind AS label FROM seats')],
    error: /cannot change data type of view column "label"/,
    passes: [view('SELECT id, label FROM seats'), replace('SELECT id, label, made FROM seats WHERE id > 1')],
  },
]
