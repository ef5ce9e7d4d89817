import { describe, expect, test } from 'vitest'
import { parseAlembicVersion } from '../../../../src/core/history/alembic-version.ts'
import type { DatabaseState, VersionTable } from '../../../../src/core/history/database-state.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import type { Repository } from '../../../../src/core/history/repository.ts'
import { predictUpgrade } from '../../../../src/core/upgrade/predict-upgrade.ts'
import { type Line, database, project } from '../../../support/history.ts'
import type { Prediction } from '../../../../src/core/upgrade/prediction.ts'

const chain = { a: [], b: ['a'], c: ['b'] }
const unreadable = {
  kind: 'unreadable' as const,
  expression: 'f()',
  reason: 'a call',
  span: { path: 'x', line: 1, column: 1 },
}

function predict(
  lines: Readonly<Record<string, Line>>,
  state: DatabaseState,
  target = 'head',
  changes: Partial<Repository> = {},
): Prediction {
  const repository = { ...project(lines), ...changes }
  return predictUpgrade(repository, buildGraph(repository), state, target)
}

function alembic(text: string, source: string | null = null): Partial<Repository> {
  const version = parseAlembicVersion(text)
  if (!version) throw new Error(text)
  return { alembic: { version, source } }
}

/** Returns a database with a nonstandard version table. */
function table(changes: Partial<VersionTable>, rows: readonly string[] = ['a']): DatabaseState {
  const state = database(rows)
  return { ...state, versionTable: { ...state.versionTable, ...changes } }
}

/** Returns the steps as Alembic logs them: `a -> b`. */
function steps(prediction: Prediction): readonly string[] {
  return prediction.steps.map(({ from, revision }) => `${from.join(', ')} -> ${revision}`)
}

test('a database that is behind runs the missing migrations, oldest first', () => {
  const prediction = predict(chain, database(['a']))
  expect(prediction).toMatchObject({
    outcome: 'succeeds',
    versionsAfter: ['c'],
    targets: ['c'],
    orderUncertain: false,
  })
  expect(steps(prediction)).toEqual(['a -> b', 'b -> c'])
})

test('a database without a version table runs all migrations', () => {
  expect(steps(predict(chain, database(null)))).toEqual([' -> a', 'a -> b', 'b -> c'])
})

test('several heads fail before an unknown row is noticed', () => {
  expect(predict({ a: [], b: ['a'], c: ['a'] }, database(['gone']))).toMatchObject({
    outcome: 'fails',
    cause: { kind: 'multiple-heads', heads: ['b', 'c'], row: null },
  })
})

test("an unknown row fails with Alembic's message", () => {
  expect(predict(chain, database(['guest_lockout_001']))).toMatchObject({
    outcome: 'fails',
    error: { type: 'CommandError', message: "Can't locate revision identified by 'guest_lockout_001'" },
    cause: { kind: 'unknown-row', row: 'guest_lockout_001', candidates: [] },
    steps: [],
    versionsAfter: ['guest_lockout_001'],
  })
})

describe('transactions', () => {
  const width4 = table({ width: 4 }, [])
  const lines = { a: [], b: ['a'], too_long: ['b'] }

  test('on PostgreSQL, a failure leaves nothing', () => {
    const prediction = predict(lines, width4)
    expect(prediction).toMatchObject({
      cause: { kind: 'id-too-long', id: 'too_long', width: 4 },
      versionsAfter: [],
    })
    expect(steps(prediction)).toEqual([' -> a', 'a -> b', 'b -> too_long'])
  })

  test('with transaction_per_migration, the earlier steps remain', () => {
    const env = { ...project({}).env, transactionPerMigration: true }
    expect(predict(lines, width4, 'head', { env })).toMatchObject({ outcome: 'fails', versionsAfter: ['b'] })
  })

  test('on SQLite, the earlier steps remain', () => {
    const state = database(['a', 'a'], {}, 'sqlite')
    expect(predict({ ...chain, x: [], y: ['x'] }, state, 'heads')).toMatchObject({
      cause: { kind: 'duplicate-rows', row: 'a', found: 2 },
      versionsAfter: ['a', 'a', 'y'],
    })
  })
})

describe('ids and the column width', () => {
  test('a new table stores 32 characters, whatever they are', () => {
    const fits = 'é'.repeat(32)
    expect(predict({ [fits]: [] }, database(null)).outcome).toBe('succeeds')
    expect(predict({ [`${fits}x`]: [] }, database(null))).toMatchObject({
      error: {
        type: 'DataError',
        message: '(psycopg2.errors.StringDataRightTruncation) value too long for type character varying(32)',
      },
      cause: { kind: 'id-too-long', width: 32 },
    })
  })

  test('SQLite ignores the length', () => {
    expect(predict({ ['x'.repeat(99)]: [] }, database([], {}, 'sqlite')).outcome).toBe('succeeds')
  })

  test("an id that the database is already past doesn't matter", () => {
    expect(predict({ a_long_one: [], b: ['a_long_one'] }, table({ width: 4 }, ['a_long_one'])).outcome).toBe(
      'succeeds',
    )
  })

  test('trailing spaces beyond the width are removed, and the next step misses its row', () => {
    const prediction = predict({ 'a   ': [], b: ['a   '] }, table({ width: 2 }, []))
    expect(prediction).toMatchObject({
      error: {
        message:
          "Online migration expected to match one row when updating 'a   ' to 'b' in 'alembic_version'; 0 found",
      },
    })
  })

  test('a quote in an id ends the SQL literal', () => {
    expect(predict({ "it's01": [] }, database([]))).toMatchObject({
      error: {
        type: 'ProgrammingError',
        message: '(psycopg2.errors.SyntaxError) syntax error at or near "s01"',
      },
      cause: { kind: 'id-in-sql', id: "it's01" },
    })
    expect(predict({ "x'); /*": [] }, database([])).outcome).toBe('unknown')
  })
})

describe('the version table', () => {
  const column = { name: 'version', type: 'text', nullable: true, hasDefault: false }

  test('without version_num, the first SELECT fails before the graph is loaded', () => {
    expect(predict({ a: ['gone'] }, table({ columns: [column] }))).toMatchObject({
      error: {
        message: '(psycopg2.errors.UndefinedColumn) column alembic_version.version_num does not exist',
      },
      cause: { kind: 'version-table', defect: 'missing-column' },
    })
  })

  test('another required column breaks INSERT but not UPDATE', () => {
    const columns = [...table({}).versionTable.columns, { ...column, name: 'note', nullable: false }]
    expect(predict(chain, table({ columns })).outcome).toBe('succeeds')
    expect(predict(chain, { ...table({ columns }, []), server: '12.20' })).toMatchObject({
      error: {
        message:
          '(psycopg2.errors.NotNullViolation) null value in column "note" violates not-null constraint',
      },
      cause: { kind: 'version-table', defect: 'required-column' },
    })
  })

  test('a view can be read; whether it can be written is unknown', () => {
    expect(predict(chain, table({ relation: 'view' }, ['c'])).outcome).toBe('succeeds')
    expect(predict(chain, table({ relation: 'view' })).outcome).toBe('unknown')
  })

  test('a NULL row is ignored and missing from the rows afterward', () => {
    expect(predict(chain, database([null]))).toMatchObject({ outcome: 'succeeds', versionsAfter: ['c'] })
  })

  test('a read-only database only fails if there is something to write', () => {
    const state = { ...database(['b']), readOnly: 'a standby server' }
    expect(predict(chain, state)).toMatchObject({ cause: { kind: 'read-only' }, messageUncertain: true })
    expect(predict(chain, { ...database(['c']), readOnly: 'a standby server' }).outcome).toBe('succeeds')
    expect(predict(chain, { ...database(null), readOnly: 'a standby server' })).toMatchObject({
      cause: { kind: 'read-only' },
      steps: [],
    })
  })
})

describe("rows that aren't exact ids", () => {
  const lines = { aaaa11: { labels: ['left'] }, bbbb22: ['aaaa11'] }

  test('an abbreviated id is accepted, and its row is left behind', () => {
    expect(predict(lines, database(['aaaa']))).toMatchObject({
      outcome: 'succeeds',
      versionsAfter: ['aaaa', 'bbbb22'],
    })
    expect(predict(lines, database(['aaaa', 'bbbb22']))).toMatchObject({
      cause: { kind: 'overlapping-rows', revision: 'bbbb22', others: ['aaaa11'] },
    })
  })

  test('the revision of an abbreviated id covers the parents of a merge', () => {
    const merge = { aaaa11: [], bbbb22: ['aaaa11'], p: [], q: [], m: ['p', 'q', 'aaaa11'] }
    const rows = predict(merge, database(['bbbb', 'p', 'q']), 'm')
    expect([rows.outcome, rows.versionsAfter]).toEqual(['succeeds', ['bbbb', 'm']])
  })

  test('a NULL row makes Alembic visit the parents of a merge in set order', () => {
    const crossing = {
      a: [],
      b: ['a'],
      c: ['b'],
      d: ['c'],
      e: ['c'],
      f: { down: ['c'], dependsOn: ['d', 'e', 'b'] },
    }
    expect(predict(crossing, database([]), 'heads')).toMatchObject({
      error: { message: "'c'" },
      messageUncertain: false,
    })
    const withNull = predict(crossing, database([null]), 'heads')
    expect(withNull).toMatchObject({ outcome: 'fails', messageUncertain: true, otherMessages: ["'b'"] })
  })

  test("an empty row is an AssertionError, a number isn't a string", () => {
    const number = { ...database([]), versions: [{ kind: 'not-text' as const, repr: '1001' }] }
    expect(predict(lines, database(['']))).toMatchObject({
      error: { type: 'AssertionError' },
      cause: { kind: 'empty-row' },
    })
    expect(predict(lines, number)).toMatchObject({
      error: {
        message: 'revision identifier 1001 is not a string; ensure database driver settings are correct',
      },
      cause: { kind: 'row-not-text', repr: '1001' },
    })
  })

  test('a row with the value head, with several heads, is reported with the target', () => {
    expect(predict({ a: [], b: [] }, database(['head']), 'a')).toMatchObject({
      cause: { kind: 'multiple-heads', row: 'head' },
      error: { message: expect.stringContaining("for given argument 'a'") },
    })
  })

  test('without any migration files, the unknown row is explained by that', () => {
    expect(predict({}, database(['a']))).toMatchObject({ cause: { kind: 'no-files', row: 'a' } })
    expect(predict({}, database(null)).outcome).toBe('succeeds')
  })
})

describe('upgrade()', () => {
  const without = { a: [], b: { down: ['a'], module: { upgrade: { kind: 'unbound' as const } } } }

  test('is checked in every pending module before the first one runs', () => {
    expect(predict(without, database([]))).toMatchObject({
      error: { type: 'AttributeError', message: "module 'b_py' has no attribute 'upgrade'" },
      cause: { kind: 'no-upgrade-function', revision: 'b' },
      steps: [],
    })
    expect(predict(without, database(['b'])).outcome).toBe('succeeds')
  })

  test.each([
    [[], [], ['engine_name'], "upgrade() got an unexpected keyword argument 'engine_name'"],
    [['engine'], ['engine'], [], "upgrade() missing 1 required positional argument: 'engine'"],
    [['x', 'y', 'z'], null, [], "upgrade() missing 3 required positional arguments: 'x', 'y', and 'z'"],
  ])('accepts %j or is rejected', (required, keywords, given, message) => {
    const span = { path: 'x', line: 1, column: 1 }
    const lines = { a: { module: { upgrade: { kind: 'function' as const, required, keywords, span } } } }
    const env = { ...project({}).env, runMigrationsKeywords: given }
    const prediction = predict(lines, database([]), 'head', { env })
    expect(prediction).toMatchObject({
      error: { type: 'TypeError', message },
      cause: { kind: 'upgrade-arguments' },
    })
    expect(steps(prediction)).toEqual([' -> a'])
  })
})

describe('uncertainty', () => {
  test('an unreadable file makes the outcome unknown, unless another one certainly fails', () => {
    const computed = { module: { revision: unreadable } }
    expect(predict({ a: computed }, database([]))).toMatchObject({
      outcome: 'unknown',
      reason: {
        kind: 'file',
        path: 'migrations/versions/a.py',
        reason: { kind: 'variable', name: 'revision', reason: 'a call' },
      },
    })
    expect(predict({ a: computed, b: ['b'] }, database([]))).toMatchObject({
      outcome: 'fails',
      messageUncertain: true,
    })
    expect(predict({ a: computed }, database([]), 'a:b')).toMatchObject({ cause: { kind: 'range-target' } })
  })

  test("Alembic versions before 1.6.3 aren't predicted", () => {
    expect(predict(chain, database([]), 'head', alembic('1.6.2')).outcome).toBe('unknown')
    expect(predict(chain, database([]), 'head', alembic('1.6.3')).outcome).toBe('succeeds')
  })

  test("the order of two dependencies is uncertain, the outcome isn't", () => {
    const lines = { x: [], y: [], z: { dependsOn: ['x', 'y'] } }
    expect(predict(lines, database([]), 'heads')).toMatchObject({
      outcome: 'succeeds',
      orderUncertain: true,
      versionsAfter: ['z'],
    })
  })

  test('an outcome that depends on the order is unknown, with the possible outcomes', () => {
    const lines = {
      cbba: [],
      cc: ['cbba'],
      bacca: ['cbba', 'cc'],
      baca: ['cc', 'cbba'],
      aa: { down: ['baca', 'bacca'], dependsOn: ['cc'] },
      accb: { down: ['cbba'], dependsOn: ['aa'] },
      abcbc: { dependsOn: ['baca', 'accb'] },
      acbcb: { dependsOn: ['bacca'] },
    }
    const prediction = predict(lines, database([]), 'heads')
    expect(prediction.outcome).toBe('unknown')
    const outcomes = prediction.outcome === 'unknown' ? prediction.variants.map(({ outcome }) => outcome) : []
    expect(new Set(outcomes)).toEqual(new Set(['succeeds', 'fails']))
  })

  test('an endless run is reported as such', () => {
    const lines = { base: [], a: ['base', 'b'], b: ['a'], m: ['a', 'b'] }
    expect(predict(lines, database([]))).toMatchObject({
      outcome: 'unknown',
      reason: { kind: 'endless' },
    })
    expect(predict(lines, database(['m'])).outcome).toBe('succeeds')
  })

  test('the order of two branches is known from 1.10 on, and only if Alembic is pinned', () => {
    const lines = { a: [], b: ['a'], c: ['a'] }
    const uncertain = (text: string, source: string | null): boolean =>
      predict(lines, database(['a']), 'heads', alembic(text, source)).orderUncertain
    expect(uncertain('1.9.4', 'requirements.txt')).toBe(true)
    expect(uncertain('1.18.0', 'requirements.txt')).toBe(false)
    expect(uncertain('1.18.0', null)).toBe(true)
  })

  test('before 1.10, either of two files with the same id may win', () => {
    const lines = { a: [], b: ['a'], one: { id: 'c', down: ['b'] }, two: { id: 'c', down: ['a'] } }
    const targets = ['c', 'head'].map(
      (target) => predict(lines, database(['a']), target, alembic('1.9.4')).outcome,
    )
    expect(targets).toEqual(['unknown', 'fails'])
    expect(predict(lines, database(['a']), 'c', alembic('1.10.0')).outcome).toBe('succeeds')
  })
})

test('a redundant parent is reported if Alembic would fail on it', () => {
  const prediction = predict({ a: [], b: ['a'], c: ['a'], d: ['b', 'c', 'a'] }, database([]))
  expect(prediction).toMatchObject({
    error: { type: 'KeyError', message: "'a'" },
    cause: { kind: 'redundant-parent', revision: 'd', parent: 'a' },
  })
})

test('a chain of 20,000 revisions and a ladder of 9,000 need no recursion', () => {
  const long = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, n) => [`r${n}`, n === 0 ? [] : [`r${n - 1}`]]),
  )
  const ladder = Object.fromEntries(
    Array.from({ length: 9000 }, (_, n) => {
      if (n === 0) return ['r0', []]
      return [`r${n}`, n % 3 === 0 ? [`r${n - 1}`, `r${n - 2}`] : [`r${n - (n % 3)}`]]
    }),
  )
  const lengths = [long, ladder].map((lines) => predict(lines, database([]), 'heads').steps.length)
  expect(lengths).toEqual([20_000, 9000])
})

describe('a question asked again', () => {
  const repository = project(chain)
  const graph = buildGraph(repository)
  const state = database(['a'])
  const first = predictUpgrade(repository, graph, state, 'head')

  test('has the same answer, which is computed only once', () => {
    const rows = [{ kind: 'text' as const, value: 'a' }]
    expect(predictUpgrade(repository, graph, { ...state, versions: rows }, 'head')).toBe(first)
  })

  test('has its own answer for other rows, another target or another database', () => {
    expect(predictUpgrade(repository, graph, { ...state, versions: [] }, 'head').steps).toHaveLength(3)
    expect(predictUpgrade(repository, graph, state, 'b').steps).toHaveLength(1)
    const readOnly = { ...state, readOnly: 'standby' as const }
    expect(predictUpgrade(repository, graph, readOnly, 'head').outcome).toBe('fails')
    expect(predictUpgrade(repository, graph, state, 'head')).toEqual(first)
  })
})
