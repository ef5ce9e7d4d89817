/** Unexpected answers from a server must yield an error message, never a TypeError or a result. */
import { expect, test } from 'vitest'
import { GuardError } from '../../../../src/errors.ts'
import { writeCountersFrom } from '../../../../src/adapters/postgres/query-counters.ts'
import { objectsFrom } from '../../../../src/adapters/postgres/query-objects.ts'
import { schemaFrom, transactionsFrom } from '../../../../src/adapters/postgres/query-schema.ts'

const lock = {
  pid: 1,
  mode: 'AccessShareLock',
  state: null,
  application: null,
  transactionAge: 1.5,
  blocksWrites: false,
}

/** A valid answer to each query, with at least one row per list. */
const answers: readonly (readonly [string, (json: string) => unknown, object])[] = [
  [
    'schemaFrom',
    schemaFrom,
    {
      defaultSchema: 'public',
      schemas: ['public'],
      tables: [[1, 'public', 'a', true, 2]],
      columns: [[1, 'id', 'integer', false, 'nextval()']],
      indexes: [[1, 'a_pkey', true, true, 'CREATE UNIQUE INDEX']],
      constraints: [[1, 'a_pkey', 'p', 'PRIMARY KEY (id)']],
      enums: [['public', 'mood', true, ['good']]],
      others: [['relation', 'public', 'v', true]],
    },
  ],
  [
    'objectsFrom',
    objectsFrom,
    {
      defaultSchema: 'public',
      pathSetting: ['public'],
      createSchemas: true,
      ownCasts: false,
      superuser: false,
      schemas: [['public', true, true, true]],
      tables: [[1, 'public', 'a', true, false, true, true, [lock], 'table a', 'postgis', true]],
      columns: [[1, 'id', 'integer', false, null, null, false, false, '']],
      indexes: [[1, 'a_pkey', true, ['id'], true, false, ['id']]],
      constraints: [[1, 'a_fkey', 'f', ['id'], 'CHECK ((id > 0))', ['public', 'b'], false, false]],
      relations: [['view', 'public', 'v', 'a', ['id']]],
      extensions: { found: [['citext', false, true, true, true]], plainRules: true },
      enums: [['public', 'mood', true, true, ['good'], 'type mood', [['public', 'a', 'mood']], false]],
      types: [['public', 'd', 'domain']],
      constraintNames: [['public', 'a_fkey']],
      everyTable: [['public', 'a']],
      routines: { taken: ['touch'], own: true, plpgsql: true, sql: true },
      statistics: [],
      roles: [['reader', true]],
      functions: [
        ['f', [['public', 'f', ['integer'], 'uuid', true, false, true, 'uuid-ossp']]],
        ['g', []],
      ],
      everySchema: ['public'],
      everyName: ['a'],
      views: [[1, 'public', 'v', ['id']]],
      references: [[1, 'public', 'b', 'b_fkey', ['id'], 'a_pkey']],
      policies: [[1, 'public', 'b', 'own', ['id']]],
      otherUses: [[1, 'id']],
    },
  ],
  [
    'transactionsFrom',
    transactionsFrom,
    {
      versions: [['a1', '700']],
      whole: true,
      tables: 2,
      tablesOfRows: 1,
      made: [['700', 'table', 'public', 'a', 'a']],
    },
  ],
  [
    'writeCountersFrom',
    (json) => writeCountersFrom(json, 'alembic_version'),
    { places: 3, inserted: 1, updated: 2, older: [['public', 'a']] },
  ],
]

/** Yields copies of the value, each with one part replaced. */
function* withOneReplaced(value: unknown, by: unknown): Generator {
  yield by
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      for (const other of withOneReplaced(item, by)) yield value.with(index, other)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value))
      for (const other of withOneReplaced(item, by)) yield { ...value, [name]: other }
  }
}

test.each(answers)('%s', (_, read, answer) => {
  expect(() => read(JSON.stringify(answer))).not.toThrow()
  let refused = 0
  for (const other of withOneReplaced(answer, { '0': 'x' })) {
    expect(() => read(JSON.stringify(other)), JSON.stringify(other)).toThrow(GuardError)
    refused += 1
  }
  expect(refused).toBeGreaterThan(5)
  for (const name of Object.keys(answer)) {
    const { [name]: _left, ...rest } = answer as Record<string, unknown>
    expect(() => read(JSON.stringify(rest)), name).toThrow(GuardError)
  }
  for (const text of ['', 'null', '[]', '{', '"x"', '{"__proto__": []}'])
    expect(() => read(text), text).toThrow(/has an unexpected format/)
})
