import { describe, expect, test } from 'vitest'
import {
  ancestorsOf,
  buildGraph,
  childrenOf,
  dependenciesOf,
  descendantsOf,
} from '../../../../src/core/history/revision-graph.ts'
import { graphOf, project } from '../../../support/history.ts'

const fork = { a: [], b: ['a'], c: ['a'], d: ['c'] }

describe('a valid graph', () => {
  test('has heads, bases, branch points and merge points', () => {
    const graph = graphOf({ ...fork, m: ['b', 'd'], x: { labels: ['other'] } })
    const { heads, realHeads, bases, branchPoints, mergePoints, problem } = graph
    expect({ heads, realHeads, bases, branchPoints, mergePoints, problem }).toEqual({
      heads: ['m', 'x'],
      realHeads: ['m', 'x'],
      bases: ['a', 'x'],
      branchPoints: ['a'],
      mergePoints: ['m'],
      problem: null,
    })
  })

  test('has a head that another revision depends on, but not as a real head', () => {
    const graph = graphOf({ a: [], b: ['a'], x: { dependsOn: ['b'] } })
    expect([graph.heads, graph.realHeads]).toEqual([['b', 'x'], ['x']])
  })

  test('a child with a label is a child only once', () => {
    const graph = graphOf({ a: [], b: { down: ['a'], labels: ['left'] }, c: ['a'] })
    expect([childrenOf(graph, 'a'), graph.branchPoints]).toEqual([['b', 'c'], ['a']])
  })

  test.each([
    ['before', { a: [], x: { dependsOn: ['a'] }, b: ['a'] }],
    ['after', { a: [], b: ['a'], x: { dependsOn: ['a'] } }],
  ])('a revision that depends on another and is loaded %s its child is not a child', (_, lines) => {
    const graph = graphOf(lines)
    expect(childrenOf(graph, 'a')).toEqual(['b'])
    expect([...descendantsOf(graph, ['a'])].toSorted()).toEqual(['a', 'b', 'x'])
  })

  test('accepts a branch label as a dependency', () => {
    const graph = graphOf({ a: { labels: ['left'] }, b: ['a'], x: { dependsOn: ['left'] } })
    expect([graph.problem, dependenciesOf(graph, 'x'), [...ancestorsOf(graph, ['x'])]]).toEqual([
      null,
      ['a'],
      ['x', 'a'],
    ])
  })

  test('includes the revisions themselves in ancestors and descendants, and follows dependencies', () => {
    const graph = graphOf({ ...fork, x: { dependsOn: ['d'] } })
    expect([...ancestorsOf(graph, ['x'])].toSorted()).toEqual(['a', 'c', 'd', 'x'])
    expect([...descendantsOf(graph, ['c'])].toSorted()).toEqual(['c', 'd', 'x'])
    expect(childrenOf(graph, 'a')).toEqual(['b', 'c'])
    expect([...ancestorsOf(graph, ['nobody'])]).toEqual([])
  })
})

describe('defects', () => {
  test('every missing parent is reported, and labels as such', () => {
    const graph = graphOf({ a: { labels: ['left'] }, b: ['gone'], c: ['left'], d: ['b', 'lost'] })
    const missing = graph.missingParents.map(({ revision, missing: name, isLabel }) => [
      revision.id,
      name,
      isLabel,
    ])
    expect(missing).toEqual([
      ['b', 'gone', false],
      ['c', 'left', true],
      ['d', 'lost', false],
    ])
    expect(graph.problem).toMatchObject({ kind: 'missing-down-revision', error: { message: "'gone'" } })
  })

  test("a parent that a rejected or unreadable file may define isn't reported as missing", () => {
    const span = { path: 'x', line: 1, column: 1 }
    const unreadable = { kind: 'unreadable' as const, expression: 'f()', reason: 'a call', span }
    const refused = graphOf({ a: { id: 'a-1' }, b: ['a-1'], c: ['gone'] })
    const computed = graphOf({ a: { module: { revision: unreadable } }, b: ['gone'] })
    expect(refused.missingParents.map(({ missing }) => missing)).toEqual(['gone'])
    expect(computed.missingParents).toEqual([])
    expect(computed.problem?.kind).toBe('unreadable')
  })

  test('the first file that raises is the problem; an unreadable one before it only makes the message uncertain', () => {
    const span = { path: 'x', line: 1, column: 1 }
    const unreadable = { kind: 'unreadable' as const, expression: 'f()', reason: 'a call', span }
    const graph = graphOf({ a: { module: { revision: unreadable } }, b: ['b'] })
    expect(graph.problem).toMatchObject({ kind: 'file', id: 'b', messageUncertain: true })
  })

  test('the later of two files with the same id wins, and the other leaves a phantom head', () => {
    const graph = graphOf({ one: { id: 'a' }, b: ['a'], two: { id: 'a' } })
    expect(graph.duplicates.map(({ id, revisions }) => [id, revisions.map(({ path }) => path)])).toEqual([
      ['a', ['migrations/versions/one.py', 'migrations/versions/two.py']],
    ])
    expect(graph.get('a')?.path).toBe('migrations/versions/two.py')
    expect(graph.heads).toEqual(['a', 'b'])
  })

  test('label collisions: with an id, with another revision, with itself', () => {
    const graph = graphOf({ a: { labels: ['b'] }, b: { labels: ['x'] }, c: { labels: ['x', 'y', 'y'] } })
    const found = graph.labelCollisions.map(
      ({ label, revision, other }) => `${label} ${revision.id} ${other.id}`,
    )
    expect(found).toEqual(['b a b', 'x c b', 'y c c'])
    expect(graph.problem).toMatchObject({ kind: 'label-collision', messageUncertain: true })
  })

  test('a cycle is shown as a closed path, each revision referring to the next', () => {
    const graph = graphOf({ r: [], a: ['c'], b: ['a'], c: ['b'], tail: ['c'] })
    expect(graph.cycles).toEqual([
      { ids: ['a', 'c', 'b'], throughDependency: false, detectedByAlembic: true },
    ])
    expect(graph.problem).toMatchObject({
      error: { message: 'Cycle is detected in revisions (a, b, c, tail)' },
    })
  })

  test('a cycle that Alembic overlooks is reported too', () => {
    const graph = graphOf({ base: [], a: ['base', 'b'], b: ['a'], m: ['a', 'b'] })
    expect(graph.problem).toBeNull()
    expect(graph.cycles).toEqual([{ ids: ['a', 'b'], throughDependency: false, detectedByAlembic: false }])
  })

  test('a cycle through a dependency says so', () => {
    const graph = graphOf({ a: { dependsOn: ['b'] }, b: ['a'] })
    expect(graph.cycles).toEqual([{ ids: ['a', 'b'], throughDependency: true, detectedByAlembic: true }])
  })

  test('self-loops are cycles of one', () => {
    const graph = graphOf({ a: ['a'], b: { dependsOn: ['b'] } })
    expect(graph.cycles.map(({ ids, throughDependency }) => [...ids, throughDependency])).toEqual([
      ['a', false],
      ['b', true],
    ])
  })

  test('a parent that is an ancestor of another parent is redundant', () => {
    const graph = graphOf({ a: [], b: ['a'], c: ['b'], m: ['c', 'b', 'a'], ok: ['m'] })
    expect(graph.redundantParents.map(({ revision, parent }) => `${revision.id} ${parent}`)).toEqual([
      'm b',
      'm a',
    ])
  })

  test("a dependency that an ancestor already has isn't redundant: Alembic drops it", () => {
    const graph = graphOf({ x: [], a: { dependsOn: ['x'] }, b: { down: ['a'], dependsOn: ['x'] } })
    expect(graph.redundantParents).toEqual([])
  })

  test('ids that Alembic rejects, and ids that it mishandles', () => {
    const graph = graphOf({ x: { id: 'a-1' }, head: [], y: { id: "it's" }, fine: [] })
    expect(graph.illegalIds.map(({ revision, refused }) => [revision.id, refused])).toEqual([
      ['a-1', true],
      ['head', false],
      ["it's", false],
    ])
  })
})

test('before 1.10, a problem that depends on the file order has no certain message', () => {
  const repository = project({ a: ['x'], b: ['y'] }, { major: 1, minor: 9, patch: 4 })
  expect(buildGraph(repository).problem).toMatchObject({
    kind: 'missing-down-revision',
    messageUncertain: true,
  })
})
