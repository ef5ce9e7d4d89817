/** Statements that the guard understands only in part, but well enough to predict the outcome. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const seats = 'CREATE TABLE seats (id int, label text, kind text, made timestamp)'
const create = run(seats)
const convert = run('ALTER TABLE seats ALTER kind TYPE int USING kind::int')
const validate = (name = 'positive'): string => run(`ALTER TABLE seats VALIDATE CONSTRAINT ${name}`)
const positive = 'ALTER TABLE seats ADD CONSTRAINT positive CHECK (id > 0)'
const sometimes = 'if op.get_bind().engine.url.database:'
const drop = (column: string): string => `op.drop_column('seats', '${column}')`

export const knownPartCases: readonly ConstructNameCase[] = [
  {
    name: 'a formatted statement with one unknown value',
    live: [seats],
    fails: [
      'import random',
      `op.execute("INSERT INTO {} (id, label) VALUES ({}, '{}')".format('chairs', 1, random.choice('ab')))`,
    ],
    error: /relation "chairs" does not exist/,
    passes: [
      'import random',
      `op.execute("INSERT INTO {} (id, label) VALUES ({}, '{}')".format('seats', 1, random.choice('ab')))`,
    ],
  },
  {
    name: 'the same with % and a tuple',
    live: [seats],
    fails: ['import random', `op.execute("UPDATE seats SET %s = '%s'" % ('name', random.choice('ab')))`],
    error: /column "name" of relation "seats" does not exist/,
    passes: ['import random', `op.execute("UPDATE seats SET %s = '%s'" % ('label', random.choice('ab')))`],
  },
  {
    name: 'the same with % and names',
    live: [seats],
    fails: [
      'import random',
      `op.execute("UPDATE seats SET %(at)s = '%(to)s'" % {'at': 'name', 'to': random.choice('ab')})`,
    ],
    error: /column "name" of relation "seats" does not exist/,
    passes: [
      'import random',
      `op.execute("UPDATE seats SET %(at)s = '%(to)s'" % {'at': 'label', 'to': random.choice('ab')})`,
    ],
  },
  {
    name: 'rows that a condition may add',
    live: [],
    fails: [create, sometimes, `    ${run("INSERT INTO seats (kind) VALUES ('a')")}`, convert],
    error: /invalid input syntax for type integer/,
    passes: [create, sometimes, `    ${run("UPDATE seats SET kind = 'a'")}`, convert],
  },
  {
    name: 'an expression index on the column that changes its type',
    live: [],
    fails: [create, run('CREATE INDEX low ON seats (id, lower(kind))'), convert],
    error: /function lower\(integer\) does not exist/,
    passes: [create, run('CREATE INDEX days ON seats (id, date(made))'), convert],
  },
  {
    name: 'an index condition on the column that changes its type',
    live: [],
    fails: [create, run("CREATE INDEX part ON seats (id) WHERE kind LIKE 'a%'"), convert],
    error: /operator does not exist/,
    passes: [create, run("CREATE INDEX part ON seats (id) WHERE label LIKE 'a%'"), convert],
  },
  {
    name: 'a CHECK on the column that changes its type',
    live: [],
    fails: [create, run("ALTER TABLE seats ADD CONSTRAINT a CHECK (kind LIKE 'a%')"), convert],
    error: /operator does not exist/,
    passes: [
      create,
      run("ALTER TABLE seats ADD CONSTRAINT a CHECK (label LIKE 'a%')"),
      drop('made'),
      convert,
    ],
  },
  {
    name: 'an expression index that goes with its column',
    live: [],
    fails: [create, run('CREATE INDEX days ON seats (id, date(made))'), drop('made'), run('DROP INDEX days')],
    error: /index "days" does not exist/,
    passes: [
      create,
      run('CREATE INDEX days ON seats (id, date(made))'),
      drop('kind'),
      run('DROP INDEX days'),
    ],
  },
  {
    name: 'an expression index on a renamed column',
    live: [],
    fails: [
      create,
      run('CREATE INDEX days ON seats (id, date(made))'),
      run('ALTER TABLE seats RENAME made TO day'),
      drop('day'),
      run('DROP INDEX days'),
    ],
    error: /index "days" does not exist/,
    passes: [
      create,
      run('CREATE INDEX days ON seats (id, date(made))'),
      run('ALTER TABLE seats RENAME made TO day'),
      run('DROP INDEX days'),
      drop('day'),
    ],
  },
  {
    name: 'a CHECK that goes with its column',
    live: [],
    fails: [create, run(positive), drop('id'), run('ALTER TABLE seats DROP CONSTRAINT positive')],
    error: /constraint "positive" of relation "seats" does not exist/,
    passes: [create, run(positive), drop('kind'), run('ALTER TABLE seats DROP CONSTRAINT positive')],
  },
  {
    name: 'the validation of a missing constraint',
    live: [],
    fails: [create, validate()],
    error: /constraint "positive" of relation "seats" does not exist/,
    passes: [create, run(`${positive} NOT VALID`), validate()],
  },
  {
    name: 'the validation of stored rows',
    live: [seats, 'INSERT INTO seats VALUES (-1)'],
    fails: [run(`${positive} NOT VALID`), validate()],
    error: /check constraint "positive" of relation "seats" is violated by some row/,
    passes: [run('ALTER TABLE seats ADD CONSTRAINT positive CHECK (id < 0)'), validate()],
  },
  {
    name: 'the validation of a row that the upgrade inserts',
    live: [],
    fails: [create, run('INSERT INTO seats (id) VALUES (0)'), run(`${positive} NOT VALID`), validate()],
    error: /check constraint "positive" of relation "seats" is violated by some row/,
    passes: [create, run(`${positive} NOT VALID`), validate(), run('INSERT INTO seats (id) VALUES (1)')],
  },
  {
    name: 'the validation of a key',
    live: [],
    fails: [create, run('ALTER TABLE seats ADD CONSTRAINT once UNIQUE (id)'), validate('once')],
    error: /constraint "once" of relation "seats" is not a foreign key or check constraint/,
    passes: [create, run('ALTER TABLE seats ADD CONSTRAINT once UNIQUE (id)')],
  },
]
