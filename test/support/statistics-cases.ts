/** Extended statistics created and dropped by pending migrations. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const table =
  'CREATE TABLE seats (id int PRIMARY KEY, hall text, row_no smallint, plan json, day timestamptz)'
const create = (name = 'spread', columns = 'hall, row_no', from = 'seats'): string =>
  run(`CREATE STATISTICS ${name} (dependencies) ON ${columns} FROM ${from}`)
const drop = (names = 'spread'): string => run(`DROP STATISTICS ${names}`)
const live = [table, 'CREATE STATISTICS taken ON hall, row_no FROM seats']

export const statisticsCases: readonly ConstructNameCase[] = [
  {
    name: 'statistics with the name of live ones',
    live,
    fails: [create('taken')],
    error: /statistics object "taken" already exists/,
    passes: [
      create(),
      create('more', 'id, hall, day'),
      run('CREATE STATISTICS IF NOT EXISTS taken ON id, hall FROM seats'),
    ],
  },
  {
    name: 'statistics that two migrations create',
    live,
    fails: [create(), create()],
    error: /statistics object "spread" already exists/,
    passes: [create(), drop(), create()],
  },
  {
    name: 'missing statistics that a migration drops',
    live,
    fails: [drop('missing')],
    error: /statistics object "missing" does not exist/,
    passes: [run('DROP STATISTICS IF EXISTS missing'), drop('taken'), create('taken')],
  },
  {
    name: 'statistics that go with their column',
    live,
    fails: [create(), `op.drop_column('seats', 'row_no')`, drop()],
    error: /statistics object "spread" does not exist/,
    passes: [create(), drop(), `op.drop_column('seats', 'row_no')`],
  },
  {
    name: 'live statistics that go with their table',
    live,
    fails: [`op.drop_table('seats')`, drop('taken')],
    error: /statistics object "taken" does not exist/,
    passes: [drop('taken'), `op.drop_table('seats')`],
  },
  {
    name: 'statistics that go with a table that a condition drops',
    live: [table],
    fails: [create(), 'if op.get_bind().engine.url.database:', `    op.drop_table('seats')`, drop()],
    error: /statistics object "spread" does not exist/,
    passes: [create(), drop('spread RESTRICT')],
  },
  {
    name: 'statistics of a single column',
    live,
    fails: [create('spread', 'hall')],
    error: /at least 2 columns/,
    passes: [create()],
  },
  {
    name: 'statistics of a column twice',
    live,
    fails: [create('spread', 'hall, hall')],
    error: /duplicate column name/,
    passes: [create()],
  },
  {
    name: 'statistics of a column without an order',
    live,
    fails: [create('spread', 'hall, plan')],
    error: /json has no default btree operator class/,
    passes: [create('spread', 'hall, day')],
  },
  {
    name: 'statistics of a kind that PostgreSQL does not have',
    live,
    fails: [run('CREATE STATISTICS spread (histogram) ON hall, row_no FROM seats')],
    error: /unrecognized statistics kind "histogram"/,
    passes: [run('CREATE STATISTICS spread (ndistinct, mcv) ON hall, row_no FROM seats')],
  },
  {
    name: 'a column of statistics that becomes json',
    live: [table],
    fails: [create(), run('ALTER TABLE seats ALTER hall TYPE json USING to_json(hall)')],
    error: /json has no default btree operator class/,
    passes: [create(), run('ALTER TABLE seats ALTER hall TYPE varchar')],
  },
  {
    name: 'statistics that an unknown statement may create',
    live: [table],
    fails: [
      'import random',
      'name = random.choice(["spared"])',
      'op.execute("CREATE STATISTICS " + name + " ON id, hall FROM seats")',
      create('spared'),
    ],
    error: /statistics object "spared" already exists/,
    passes: [create('spared')],
  },
]
