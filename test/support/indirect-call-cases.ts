/** Operations that code runs indirectly, later, or not at all: by objects, generators, batches and drivers. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const live = ['CREATE TABLE seats (id int, label text, data json)', 'CREATE TABLE notes (id int)']
const column = (name: string): string => `op.add_column('seats', sa.Column(${name}, sa.Integer()))`
const drop = (name: string): string => `op.drop_column('seats', '${name}')`
const add = ['def add(name):', `    ${column('name')}`, '    return True']
const base = ['class Base:', '    def go(self):', `        ${drop('size')}`]
const later = [
  'def steps():',
  `    ${column("'size'")}`,
  '    yield 1',
  `    ${drop('size')}`,
  'work = steps()',
]
const choose = (condition: string): readonly string[] => [
  'import os',
  'def one(): return None',
  `def two(): ${drop('size')}`,
  `work = one if ${condition} else two`,
  'work()',
]
const table = "t = sa.table('seats', sa.column('id'), sa.column('label'))"
const bind = 'op.get_bind()'
const text = (sql: string): string => `op.execute(${JSON.stringify(sql)})`

export const indirectCallCases: readonly ConstructNameCase[] = [
  {
    name: 'an inherited method',
    live,
    fails: [...base, 'class Helper(Base):', '    def go(self):', '        super().go()', 'Helper().go()'],
    error: /column "size" .* does not exist/,
    passes: [...base, 'class Helper:', '    def go(self):', `        ${drop('label')}`, 'Helper().go()'],
  },
  {
    name: 'an object that is a context manager',
    live,
    fails: [
      'class Renamed:',
      "    def __enter__(self): op.rename_table('seats', 'old')",
      "    def __exit__(self, *error): op.rename_table('old', 'seats')",
      'with Renamed():',
      `    ${drop('label')}`,
    ],
    error: /./,
    passes: [
      'from contextlib import contextmanager',
      '@contextmanager',
      'def renamed():',
      "    op.rename_table('seats', 'old')",
      '    yield',
      "    op.rename_table('old', 'seats')",
      'with renamed():',
      "    op.drop_column('old', 'label')",
    ],
  },
  {
    name: 'a generator that any() stops',
    live,
    fails: [...add, "any(add(name) for name in ['a', 'b'])", drop('b')],
    error: /column "b" .* does not exist/,
    passes: [...add, "any([add(name) for name in ['a', 'b']])", drop('b')],
  },
  {
    name: 'a generator that runs up to its first yield',
    live,
    fails: [...later, 'next(work)', column("'size'")],
    error: /column "size" .* already exists/,
    passes: [column("'size'"), drop('size'), column("'size'")],
  },
  {
    name: 'a function that a condition chooses',
    live,
    fails: choose('os.getpid() < 0'),
    error: /column "size" .* does not exist/,
    passes: choose('1 < 2'),
  },
  {
    name: 'a coroutine',
    live,
    fails: ['import asyncio', 'async def work():', `    ${drop('size')}`, 'asyncio.run(work())'],
    error: /column "size" .* does not exist/,
    passes: ['def work():', `    ${drop('label')}`, 'work()'],
  },
  {
    name: 'an operation that runs before the batch around it',
    live,
    fails: [
      "with op.batch_alter_table('seats') as batch:",
      "    batch.drop_column('label')",
      `    ${column("'label'")}`,
    ],
    error: /column "label" .* already exists/,
    passes: [
      "with op.batch_alter_table('seats') as batch:",
      "    batch.drop_column('label')",
      `    ${text("UPDATE seats SET label = 'a'")}`,
      column("'label'"),
    ],
  },
  {
    name: 'a parameter in JSON',
    live,
    fails: [text(`UPDATE seats SET data = '{"a":1}'`)],
    error: /A value is required for bind parameter '1'/,
    passes: [
      text(`UPDATE seats SET data = '{"a": 1}'`),
      text(`UPDATE seats SET label = ':smile: :wink:'`),
      text(`UPDATE seats SET label = '12:30:45', data = '{"a"\\:1}'::json WHERE id = 1::int`),
      `${bind}.execute(sa.text('UPDATE seats SET id = :a WHERE id = :b').bindparams(sa.bindparam('b', value=1), a=2))`,
      `op.execute(sa.text('UPDATE seats SET id = :a').bindparams(a=2))`,
    ],
  },
  {
    name: 'a parameter with a dollar sign',
    live,
    fails: [text("UPDATE seats SET label = ':a$b'")],
    error: /KeyError: 'a\$b'/,
    passes: [text("UPDATE seats SET label = ':a$b:'")],
  },
  {
    name: 'a parameter without a value',
    live,
    fails: [`${bind}.execute(sa.text('UPDATE seats SET id = :a'), {'b': 1})`],
    error: /A value is required for bind parameter 'a'/,
    passes: [`${bind}.execute(sa.text('UPDATE seats SET id = :a'), {'a': 1})`],
  },
  {
    name: 'an undeclared column in a condition',
    live,
    fails: [table, "op.execute(t.update().where(t.c.data == None).values(label='a'))"],
    error: /AttributeError: data/,
    passes: [table, "op.execute(t.update().where(t.c.id == 1).values(label='a'))"],
  },
  {
    name: 'a value for an undeclared column',
    live,
    fails: ["t = sa.table('seats', sa.column('id'))", "op.execute(t.update().values(label='a'))"],
    error: /Unconsumed column names: label/,
    passes: [table, "op.execute(t.update().values(label='a'))"],
  },
  {
    name: "a driver's cursor",
    live,
    fails: [`cursor = ${bind}.connection.cursor()`, "cursor.execute('DROP TABLE nope')"],
    error: /table "nope" does not exist/,
    passes: [`cursor = ${bind}.connection.cursor()`, "cursor.execute('DROP TABLE notes')"],
  },
  {
    name: 'a percent sign in SQL for the driver',
    live,
    fails: [`${bind}.exec_driver_sql("DELETE FROM seats WHERE label LIKE 'a%'")`],
    error: /not a sequence|out of range|unsupported format/,
    passes: [
      `${bind}.exec_driver_sql("DELETE FROM seats WHERE label LIKE 'a%%'")`,
      `${bind}.execute(sa.text("DELETE FROM seats WHERE label LIKE 'a%'"))`,
    ],
  },
]
