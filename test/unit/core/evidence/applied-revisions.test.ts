import { array, assert, boolean, constantFrom, nat, oneof, pre, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeEvidence } from '../../../../src/core/evidence/applied-revisions.ts'
import type { Operation, Operations } from '../../../../src/core/history/operation.ts'
import { choosePosition, contradictionsOf } from '../../../../src/core/lost/choose-position.ts'
import { contradiction, positionRefusal } from '../../../../src/report/phrases/lost.ts'
import { misfits, positionFact } from '../../../../src/rules/phrases/schema-evidence.ts'
import type { SchemaSnapshot } from '../../../../src/core/schema/schema-snapshot.ts'
import { graphOf } from '../../../support/history.ts'

const span = { path: 'a.py', line: 1, column: 1 }
const table = (name: string) => ({ schema: null, name })
const create = (name: string): Operation => ({
  kind: 'createTable',
  table: table(name),
  columns: [],
  constraints: [],
  indexes: [],
  ifNotExists: false,
  span,
})
const drop = (name: string): Operation => ({
  kind: 'dropTable',
  table: table(name),
  ifExists: false,
  cascade: false,
  span,
})
const rename = (name: string, to: string): Operation => ({
  kind: 'renameTable',
  table: table(name),
  to: table(to),
  ifExists: false,
  span,
})
const opaque: Operation = { kind: 'opaque', reason: 'under a condition', source: '', touches: null, span }
const data: Operation = { kind: 'data', span }

function snapshot(...tables: string[]): SchemaSnapshot {
  return {
    dialect: 'sqlite',
    defaultSchema: null,
    schemas: [],
    enums: [],
    tables: tables.map((name) => ({
      schema: null,
      name,
      visible: true,
      columns: [],
      indexes: [],
      constraints: [],
    })),
  }
}

/** Creates a linear history `r0`, `r1`…, plus a lost revision's placeholder. */
function chain(...steps: readonly (readonly Operation[])[]) {
  const lines = Object.fromEntries(
    steps.map((_, index) => [`r${index}`, index === 0 ? [] : [`r${index - 1}`]]),
  )
  const operations = new Map<string, Operations>(
    steps.map((list, index) => [`r${index}`, { kind: 'operations', operations: list }]),
  )
  const graph = graphOf({ ...lines, lost: [] })
  const stamps = { lost: ['lost'], known: [] }
  return {
    graph,
    stamps,
    judge: (...tables: string[]) => judgeEvidence(graph, stamps, operations, snapshot(...tables)),
  }
}

describe('the applied set', () => {
  test('is proven if the evidence of both sides meets', () => {
    const { judge } = chain([create('a')], [create('b')], [create('c')])
    const { cut, revisions } = judge('a', 'b', 'unrelated')
    expect(cut).toEqual({ kind: 'proven', applied: new Set(['r0', 'r1']), unless: ['r2'], counted: null })
    expect([...revisions.values()].map(({ state, present, effects }) => [state, present, effects])).toEqual([
      ['applied', 1, 1],
      ['applied', 1, 1],
      ['absent', 0, 1],
    ])
  })

  test('takes into account what later revisions undo and redo', () => {
    const { judge } = chain([create('a')], [drop('a')], [create('a')], [rename('a', 'z')])
    expect(judge('z').cut).toMatchObject({ kind: 'proven', applied: new Set(['r0', 'r1', 'r2', 'r3']) })
    expect(judge().cut).toMatchObject({ kind: 'several', candidates: [new Set(), new Set(['r0', 'r1'])] })
    expect(judge('a').cut).toMatchObject({
      kind: 'several',
      candidates: [new Set(['r0']), new Set(['r0', 'r1', 'r2'])],
    })
  })

  test.each([
    ['nothing', []],
    ['rows', [data]],
    ['something unreadable', [opaque]],
  ])('is not proven if a revision that does %s is at the boundary', (_, steps) => {
    const { judge } = chain([create('a')], steps, [create('c')])
    expect(judge('a').cut).toMatchObject({ kind: 'several', deciding: ['r1'] })
    expect(judge('a', 'c').cut).toMatchObject({ kind: 'proven' })
  })

  test('is contradicted if a revision is partly applied, with the reason', () => {
    const { judge } = chain([create('a')], [create('b'), create('c')])
    const { cut, revisions } = judge('a', 'b')
    expect(cut.kind === 'contradiction' && cut.where.map((one) => misfits([one]))).toEqual([
      expect.stringContaining('table c is missing'),
    ])
    expect(revisions.get('r1')).toMatchObject({ state: 'partial', effects: 2, present: 1 })
  })

  test('an opaque step after a visible one leaves its presence proven, but not its absence', () => {
    const { judge } = chain([create('a')], [create('b'), opaque])
    expect(judge('a', 'b').cut).toMatchObject({ kind: 'proven', applied: new Set(['r0', 'r1']) })
    expect(judge('a').cut).toMatchObject({ kind: 'several', deciding: ['r1'] })
  })
})

describe('the name of a constraint or index', () => {
  const index = (name: string, exact: boolean): Operation => ({
    kind: 'createIndex',
    table: table('a'),
    index: { name, exact, columns: ['x'], unique: false, concurrently: false },
    ifNotExists: false,
    span,
  })
  const withIndexes = (...names: string[]): SchemaSnapshot => {
    const { tables, ...rest } = snapshot('a')
    const indexes = names.map((name) => ({ name, unique: false, definition: null }))
    return { ...rest, tables: tables.map((one) => ({ ...one, indexes })) }
  }
  const judgeIndexes = (exact: boolean, ...names: string[]) => {
    const steps = [[create('a')], [index('by_x', exact)], [create('z')]]
    const operations = new Map(
      steps.map((list, at) => [`r${at}`, { kind: 'operations', operations: list } as const]),
    )
    const { graph, stamps } = chain(...steps)
    return judgeEvidence(graph, stamps, operations, withIndexes(...names)).cut
  }

  test('proves that a migration did not run if no naming convention could have changed it', () => {
    const notRun = { kind: 'proven', applied: new Set(['r0']) }
    expect(judgeIndexes(true)).toMatchObject(notRun)
    expect(judgeIndexes(false)).toMatchObject(notRun)
    expect(judgeIndexes(false, 'other')).toMatchObject(notRun)
    expect(judgeIndexes(true, 'ix_a_by_x')).toMatchObject(notRun)
  })

  test('proves nothing if a convention may have extended or truncated it', () => {
    const unknown = { kind: 'several', deciding: ['r1'] }
    expect(judgeIndexes(false, 'ix_a_by_x')).toMatchObject(unknown)
    expect(judgeIndexes(false, `ix_${'a'.repeat(60)}`)).toMatchObject(unknown)
  })

  test('proves nothing if the migration first drops a column that an unnamed key of the same name may use', () => {
    const dropId: Operation = { kind: 'dropColumn', table: table('a'), column: 'id', ifExists: false, span }
    const id = { name: 'id', type: 'integer', nullable: true, serverDefault: null }
    const addId: Operation = {
      kind: 'addColumn',
      table: table('a'),
      column: {
        name: 'id',
        type: { source: 'Integer()', postgres: 'integer', sqlite: 'INTEGER', enum: null },
        nullable: true,
        serverDefault: { kind: 'none' },
        primaryKey: false,
      },
      constraints: [],
      indexes: [],
      ifNotExists: false,
      span,
    }
    const addKey: Operation = {
      kind: 'addConstraint',
      table: table('a'),
      constraint: { kind: 'primaryKey', name: 'a_pkey', exact: false, columns: ['id'] },
      span,
    }
    const judge = (...steps: readonly (readonly Operation[])[]) => {
      const operations = new Map(
        steps.map((list, at) => [`r${at}`, { kind: 'operations', operations: list } as const]),
      )
      const { graph, stamps } = chain(...steps)
      const { tables, ...rest } = snapshot('a')
      const constraints = [{ name: 'a_pkey', kind: 'primaryKey', definition: null } as const]
      const live = {
        ...rest,
        tables: tables.map((one) => ({ ...one, columns: [{ ...id, nullable: false }], constraints })),
      }
      return judgeEvidence(graph, stamps, operations, live).cut
    }
    const notNull: Operation = {
      kind: 'alterColumn',
      table: table('a'),
      column: 'id',
      nullable: false,
      type: null,
      newName: null,
      serverDefault: null,
      span,
    }
    expect(judge([dropId, addId], [notNull], [create('z')])).toMatchObject({
      kind: 'several',
      candidates: [new Set(), new Set(['r0', 'r1'])],
    })
    expect(judge([create('a')], [addKey], [create('z')])).toMatchObject({ applied: new Set(['r0', 'r1']) })
    expect(judge([create('a')], [dropId, addId, addKey], [create('z')])).toMatchObject({
      kind: 'several',
      deciding: ['r1'],
    })
  })

  test('moves with its table, which one migration renames together with its constraints', () => {
    const renameConstraint: Operation = {
      kind: 'renameConstraint',
      table: table('b'),
      name: 'a_x_fkey',
      to: 'b_x_fkey',
      span,
    }
    const { judge } = chain([create('a')], [create('k')], [rename('a', 'b'), renameConstraint])
    expect(judge('a').cut).toMatchObject({ kind: 'proven', applied: new Set(['r0']) })
    expect(judge('a', 'k').cut).toMatchObject({ kind: 'proven', applied: new Set(['r0', 'r1']) })
  })

  test('is missing before the migration that creates its table, even if only a later one drops it', () => {
    const dropKey: Operation = {
      kind: 'dropConstraint',
      table: table('b'),
      name: 'b_key',
      exact: true,
      type: 'unique',
      ifExists: false,
      span,
    }
    const { judge } = chain([create('a')], [rename('a', 'b')], [dropKey])
    expect(judge('a').cut).toMatchObject({ kind: 'proven', applied: new Set(['r0']) })
    expect(judge('b').cut).toMatchObject({ kind: 'proven', applied: new Set(['r0', 'r1', 'r2']) })
  })
})

describe('what a lost migration may have dropped', () => {
  const column = (name: string) => ({ name, type: 'integer', nullable: true, serverDefault: null })
  const add = (name: string): Operation => ({
    kind: 'addColumn',
    table: table('a'),
    column: {
      name,
      type: { source: 'Integer()', postgres: 'integer', sqlite: 'INTEGER', enum: null },
      nullable: true,
      serverDefault: { kind: 'none' },
      primaryKey: false,
    },
    constraints: [],
    indexes: [],
    ifNotExists: false,
    span,
  })
  const dropColumn = (name: string): Operation => ({
    kind: 'dropColumn',
    table: table('a'),
    column: name,
    ifExists: false,
    span,
  })
  function judge(
    droppedColumns: number,
    original: boolean,
    second: readonly Operation[],
    ...columns: string[]
  ) {
    const graph = graphOf({ r0: [], r1: ['r0'], lost: [] })
    const operations = new Map<string, Operations>([
      ['r0', { kind: 'operations', operations: [create('a'), add('w'), dropColumn('w')] }],
      ['r1', { kind: 'operations', operations: second }],
    ])
    const [a] = snapshot('a').tables
    const schema: SchemaSnapshot = {
      ...snapshot(),
      dialect: 'postgresql',
      defaultSchema: 'public',
      tables: a ? [{ ...a, schema: 'public', columns: columns.map(column), droppedColumns }] : [],
    }
    const stamps = { lost: ['lost'], known: [] }
    const evidence = judgeEvidence(graph, stamps, operations, schema, original)
    const place = choosePosition(graph, stamps, evidence, null, 'head')
    return { evidence, place }
  }

  test("a column that never existed is proven by PostgreSQL's attribute numbers", () => {
    expect(judge(1, true, [add('x')]).place).toMatchObject({ kind: 'place', certainty: 'proven' })
  })

  test('if one column more was dropped than the migrations drop, the position is refused', () => {
    const { evidence, place } = judge(2, true, [add('x')])
    expect(evidence.cut).toMatchObject({ kind: 'several', deciding: ['r1'] })
    expect(place).toMatchObject({
      kind: 'refused',
      reason: { kind: 'several', places: [['r0'], ['r1']], deciding: ['r1'] },
    })
    expect(place.evidence.map(positionFact).join()).toContain('columns are missing from its table')
  })

  test('after a dump and restore nothing counts, and the position is likely', () => {
    expect(judge(0, false, [add('x')]).place).toMatchObject({ certainty: 'likely' })
  })

  test('a dropped table leaves no such trace, so its absence is only likely evidence', () => {
    const { place } = judge(1, true, [create('b')])
    expect(place).toMatchObject({ certainty: 'likely' })
    expect(place.evidence.map(positionFact)).toContain(
      "assuming that the lost migration undid none of r1's changes",
    )
  })

  test('an existing object that the next revision drops may have been created again', () => {
    expect(judge(1, false, [dropColumn('id')], 'id').place).toMatchObject({
      certainty: 'likely',
      doubt: ['r1'],
    })
  })
})

test('a column is no evidence if a parallel branch has dropped its table', () => {
  const graph = graphOf({ base: [], drops: ['base'], adds: ['base'], next: ['lost'], lost: [] })
  const addColumn: Operation = {
    kind: 'addColumn',
    table: table('a'),
    column: {
      name: 'x',
      type: { source: 'Integer()', postgres: 'integer', sqlite: 'INTEGER', enum: null },
      nullable: true,
      serverDefault: { kind: 'none' },
      primaryKey: false,
    },
    constraints: [],
    indexes: [],
    ifNotExists: false,
    span,
  }
  const operations = new Map<string, Operations>([
    ['base', { kind: 'operations', operations: [create('a')] }],
    ['drops', { kind: 'operations', operations: [create('b'), drop('a')] }],
    ['adds', { kind: 'operations', operations: [addColumn] }],
    ['next', { kind: 'operations', operations: [create('c')] }],
  ])
  const evidence = judgeEvidence(graph, { lost: ['lost'], known: ['drops'] }, operations, snapshot('b'))
  expect(evidence.cut).toMatchObject({ kind: 'several', deciding: ['adds'] })
})

describe('a position given by a file, next to a revision that only changes rows,', () => {
  // The parallel branch `rows` only changes rows. The lost revision may have merged it.
  const graph = graphOf({ base: [], one: ['base'], rows: ['base'], next: ['lost'], lost: [] })
  const stamps = { lost: ['lost'], known: [] }
  const operations = new Map<string, Operations>([
    ['base', { kind: 'operations', operations: [create('a')] }],
    ['one', { kind: 'operations', operations: [create('b')] }],
    ['rows', { kind: 'operations', operations: [data] }],
    ['next', { kind: 'operations', operations: [create('c')] }],
  ])

  test('is refused, because it is unknown whether it was merged', () => {
    const evidence = judgeEvidence(graph, stamps, operations, snapshot('a', 'b'))
    expect(evidence.cut).toMatchObject({ kind: 'several', deciding: ['rows'] })
    expect(choosePosition(graph, stamps, evidence, null, 'head')).toMatchObject({ kind: 'refused' })
  })

  test('is refused without any evidence as well', () => {
    expect(choosePosition(graph, stamps, null, null, 'head')).toMatchObject({
      kind: 'refused',
      reason: { kind: 'noEvidence' },
    })
  })

  test('is accepted if there is no such revision', () => {
    const alone = graphOf({ base: [], one: ['base'], next: ['lost'], lost: [] })
    expect(choosePosition(alone, stamps, null, null, 'head')).toMatchObject({
      kind: 'place',
      certainty: 'by name',
      place: { parents: ['one'] },
    })
    // With several heads, `one` may be a pending head on a branch parallel to the lost revision.
    expect(choosePosition(alone, stamps, null, null, 'heads')).toMatchObject({ kind: 'refused' })
  })
})

describe('a lost revision beside a row that covers all applied revisions', () => {
  const operations = new Map<string, Operations>([
    ['a1', { kind: 'operations', operations: [create('a')] }],
    ['a2', { kind: 'operations', operations: [create('b')] }],
    ['a3', { kind: 'operations', operations: [create('c')] }],
  ])
  const chosen = (parents: Readonly<Record<string, readonly string[]>>, known: readonly string[]) => {
    const graph = graphOf({ ...parents, b1: [] })
    const stamps = { lost: ['b1'], known }
    const evidence = judgeEvidence(
      graph,
      stamps,
      operations,
      snapshot('a', ...(known[0] === 'a2' ? ['b'] : [])),
    )
    return choosePosition(graph, stamps, evidence, null, 'heads')
  }

  test('is refused, because it may have branched off or started a new base', () => {
    const refused = chosen({ a1: [], a2: ['a1'] }, ['a2'])
    expect(refused).toMatchObject({
      kind: 'refused',
      reason: { kind: 'parallel', places: [['a1'], []] },
    })
    if (refused.kind !== 'refused') return
    expect(positionRefusal(refused.reason)).toMatchObject({
      reason: expect.stringContaining('after a1 and base'),
      hint: expect.stringContaining('--after a1, or --after base'),
    })
  })

  test('is refused even if a pending revision branches off', () => {
    expect(chosen({ a1: [], a2: ['a1'], a3: ['a1'] }, ['a2'])).toMatchObject({
      kind: 'refused',
      reason: { kind: 'parallel' },
    })
  })

  test('started a new base if the row has no ancestors', () => {
    expect(chosen({ a1: [], a2: ['a1'] }, ['a1'])).toMatchObject({
      kind: 'place',
      place: { parents: [] },
    })
  })
})

test('is reported as too early or too late', () => {
  const { graph, stamps, judge } = chain([create('a')], [create('b')], [create('c')])
  const evidence = judge('a', 'b')
  const against = (after: string): string => {
    const place = choosePosition(graph, stamps, evidence, after, 'head')
    return place.kind === 'place'
      ? contradictionsOf(place.place.applied, evidence).map(contradiction).join()
      : positionRefusal(place.reason).reason
  }
  expect(against('r0')).toMatch(/too early: r1/)
  expect(against('r1')).toBe('')
  expect(against('r2')).toMatch(/too late: r2/)
  expect(against('base')).toMatch(/too early: r0 and r1/)
  expect(against('nowhere')).toMatch(/isn't a revision/)
})

test('the true applied set is always among the allowed ones', () => {
  const names = ['a', 'b', 'c', 'd']
  const step = oneof(
    { weight: 6, arbitrary: record({ kind: constantFrom('toggle' as const), name: constantFrom(...names) }) },
    { weight: 1, arbitrary: record({ kind: constantFrom('opaque' as const), name: constantFrom(...names) }) },
    { weight: 1, arbitrary: record({ kind: constantFrom('data' as const), name: constantFrom('a') }) },
  )
  const history = array(record({ steps: array(step, { minLength: 1, maxLength: 2 }), acts: boolean() }), {
    minLength: 1,
    maxLength: 7,
  })
  assert(
    property(history, nat(7), (revisions, at) => {
      // Tracks each step's real effect. `toggle` creates or drops a table; an opaque step may do nothing.
      const there = new Set<string>()
      const states: string[][] = [[]]
      const read: Operation[][] = []
      const expected = new Set<string>()
      const created = new Set<string>()
      const secret = new Set<string>()
      for (const { steps, acts } of revisions) {
        const list: Operation[] = []
        for (const { kind, name } of steps) {
          if (kind === 'data') list.push(data)
          if (kind === 'opaque') {
            list.push(opaque)
            if (acts && !created.has(name)) secret.add(name)
            if (acts && !there.delete(name)) there.add(name)
          }
          if (kind === 'toggle') {
            // Skip tables that an opaque step creates and a visible step then creates again.
            pre(there.has(name) || created.has(name) || !secret.has(name))
            created.add(name)
            list.push(there.has(name) ? drop(name) : create(name))
            if (!there.delete(name)) there.add(name)
          }
        }
        read.push(list)
        states.push([...there])
      }
      pre(at <= revisions.length)
      const { judge } = chain(...read)
      const { cut } = judge(...(states[at] ?? []))
      for (let index = 0; index < at; index += 1) expected.add(`r${index}`)
      if (cut.kind === 'contradiction') throw new Error(misfits(cut.where))
      const allowed = cut.kind === 'proven' ? [cut.applied] : cut.candidates
      expect(allowed).toContainEqual(expected)
    }),
    { numRuns: 5000 },
  )
})
