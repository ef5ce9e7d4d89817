/** Tests write counters as evidence that the lost migration undid another one. */
import { describe, expect, test } from 'vitest'
import { judgeEvidence } from '../../../../src/core/evidence/applied-revisions.ts'
import type { Operation, Operations } from '../../../../src/core/history/operation.ts'
import { choosePosition } from '../../../../src/core/lost/choose-position.ts'
import { positionDoubt } from '../../../../src/report/phrases/lost.ts'
import { positionFact } from '../../../../src/rules/phrases/schema-evidence.ts'
import type {
  SchemaSnapshot,
  TableSnapshot,
  WriteCounters,
} from '../../../../src/core/schema/schema-snapshot.ts'
import { graphOf } from '../../../support/history.ts'

const span = { path: 'a.py', line: 1, column: 1 }
const table = (name: string) => ({ schema: null, name })
const integer = { text: 'Integer', postgres: 'integer', sqlite: 'INTEGER' }
const column = (name: string) => ({
  name,
  type: integer as never,
  nullable: true,
  serverDefault: { kind: 'none' } as const,
  primaryKey: false,
})
const create = (name: string, ...columns: string[]): Operation => ({
  kind: 'createTable',
  table: table(name),
  columns: columns.map(column),
  constraints: [],
  indexes: [],
  ifNotExists: false,
  span,
})
const add = (name: string, added: string): Operation => ({
  kind: 'addColumn',
  table: table(name),
  column: column(added),
  constraints: [],
  indexes: [],
  ifNotExists: false,
  span,
})
const index = (name: string, named: string, of: string): Operation => ({
  kind: 'createIndex',
  table: table(name),
  index: { name: named, exact: true, columns: [of], unique: false, concurrently: false },
  ifNotExists: false,
  span,
})
const dropColumn = (name: string, dropped: string): Operation => ({
  kind: 'dropColumn',
  table: table(name),
  column: dropped,
  ifExists: false,
  inBatch: 'auto',
  span,
})

const tables = (all: Record<string, { columns?: string[]; indexes?: string[] }>): TableSnapshot[] =>
  Object.entries(all).map(([name, { columns = [], indexes = [] }]) => ({
    schema: null,
    name,
    visible: true,
    columns: columns.map((one) => ({ name: one, type: 'INTEGER', nullable: true, serverDefault: null })),
    indexes: indexes.map((one) => ({ name: one, unique: false, definition: null })),
    constraints: [],
  }))

function judged(
  dialect: SchemaSnapshot['dialect'],
  steps: readonly (readonly Operation[])[],
  live: Parameters<typeof tables>[0],
  tally: Omit<WriteCounters, 'versionTable'> | null,
) {
  const lines = Object.fromEntries(steps.map((_, at) => [`r${at}`, at === 0 ? [] : [`r${at - 1}`]]))
  const graph = graphOf({ ...lines, lost: [] })
  const stamps = { lost: ['lost'], known: [] }
  const operations = new Map<string, Operations>(
    steps.map((list, at) => [`r${at}`, { kind: 'operations', operations: list }]),
  )
  const schema: SchemaSnapshot = {
    dialect,
    defaultSchema: null,
    schemas: [],
    enums: [],
    tables: tables({ ...live, alembic_version: {} }),
  }
  const counted = tally && { ...tally, versionTable: 'alembic_version' }
  const evidence = judgeEvidence(graph, stamps, operations, schema, true, counted)
  const place = choosePosition(graph, stamps, evidence, null, 'head')
  return place.kind === 'place' ? { ...place, why: positionDoubt(place) } : place
}

const three = [[create('a')], [create('b')], [create('c')]]

describe('on PostgreSQL', () => {
  const judge = (count: number, older: WriteCounters['older'] = []) =>
    judged('postgresql', three, { a: {}, b: {} }, { kind: 'stampWrites', count, older })

  test('as many writes as migrations exclude an undone one', () => {
    expect(judge(3)).toMatchObject({ certainty: 'likely', doubt: [], why: null })
    expect(judge(3).evidence.map(positionFact)).toContainEqual(
      "according to PostgreSQL's count of 3 version writes, the lost migration undid none of r2's changes",
    )
  })

  test.each([4, 5])('%i writes contradict the position, so it is refused', (count) => {
    expect(judge(count)).toMatchObject({
      kind: 'refused',
      reason: { kind: 'several', places: [['r1'], ['r2']], deciding: ['r2'] },
    })
  })

  test('more writes than migrations contradict a position that assumes dropped objects', () => {
    const judgeLikely = (count: number) =>
      judged('postgresql', three, { b: {} }, { kind: 'stampWrites', count, older: [] })
    expect(judgeLikely(3)).toMatchObject({ kind: 'place', certainty: 'likely' })
    expect(judgeLikely(2)).toMatchObject({ kind: 'place', certainty: 'likely' })
    expect(judgeLikely(4)).toMatchObject({ kind: 'refused' })
  })

  test.each([1, 2])("%i writes don't match, so the position must be given", (count) => {
    expect(judge(count)).toMatchObject({
      certainty: 'likely',
      doubt: ['r2'],
      why: "can't tell whether r2 ran: its effects are missing, but the lost migration may have undone them. If r2 ran, the placeholder belongs after r2; otherwise, it belongs after r1",
    })
  })

  test('if a table is older than the stamp, the count means nothing', () => {
    expect(judge(3, [table('a')])).toMatchObject({ doubt: ['r2'] })
    expect(judge(3, [table('elsewhere')])).toMatchObject({ doubt: [] })
  })

  test('without a count, the position must be given', () => {
    expect(judged('postgresql', three, { a: {}, b: {} }, null)).toMatchObject({ doubt: ['r2'] })
  })
})

describe('on SQLite', () => {
  const judge = (
    count: number,
    steps: readonly (readonly Operation[])[],
    live: Parameters<typeof tables>[0],
  ) => judged('sqlite', steps, live, { kind: 'schemaChanges', count, older: [] })

  test('every statement counts: tables, indexes, columns, and anything unexplained', () => {
    const steps = [[create('a', 'x'), index('a', 'ix', 'x')], [add('a', 'y')], [create('c')]]
    const live = {
      a: { columns: ['x', 'y', 'z'], indexes: ['ix', 'lost_ix'] },
      lost_table: { columns: ['l'] },
    }
    // Seven writes: the version table, a, ix, y, z, lost_ix and lost_table.
    expect(judge(7, steps, live)).toMatchObject({ doubt: [] })
    for (const count of [6, 8, 9]) expect(judge(count, steps, live)).toMatchObject({ doubt: ['r2'] })
  })

  test('a batch that copies its table counts as three, plus one for each recreated index', () => {
    const steps = [
      [create('a', 'x', 'y'), index('a', 'ix', 'x'), index('a', 'iy', 'y')],
      [dropColumn('a', 'y')],
      [create('c')],
    ]
    const live = { a: { columns: ['x'], indexes: ['ix'] } }
    expect(judge(1 + 3 + 4, steps, live)).toMatchObject({ doubt: [] })
    expect(judge(1 + 3 + 5, steps, live)).toMatchObject({ doubt: ['r2'] })
  })

  test('an unreadable migration may have any count', () => {
    const steps = [
      [create('a')],
      [{ kind: 'opaque', reason: 'x', source: '', touches: [table('q')], span } as const],
      [create('b')],
      [create('c')],
    ]
    expect(judge(4, steps, { a: {}, b: {} })).toMatchObject({ doubt: ['r3'] })
  })
})
