import { expect, test } from 'vitest'
import type { DatabaseState } from '../../../../src/core/history/database-state.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import { databasePositionOf } from '../../../../src/core/upgrade/database-position.ts'
import type { DatabasePosition } from '../../../../src/core/upgrade/position.ts'
import { predictUpgrade } from '../../../../src/core/upgrade/predict-upgrade.ts'
import { type Line, database, project } from '../../../support/history.ts'

const fork = { a: [], b: ['a'], c: ['b'], d: ['b'] }

function standing(
  state: DatabaseState,
  target = 'heads',
  lines: Readonly<Record<string, Line>> = fork,
): DatabasePosition {
  const repository = project(lines)
  const graph = buildGraph(repository)
  return databasePositionOf(graph, state, predictUpgrade(repository, graph, state, target))
}

test.each<[string, DatabaseState, string, DatabasePosition]>([
  ['all heads', database(['c', 'd']), 'heads', { kind: 'current' }],
  ['missing a row for one of two heads', database(['b']), 'heads', { kind: 'behind', pending: ['c', 'd'] }],
  ['behind, although the target fails', database(['b']), 'head', { kind: 'behind', pending: ['c', 'd'] }],
  ['past the target', database(['c']), 'a', { kind: 'ahead', beyond: ['b', 'c'] }],
  ['on a different branch than the target', database(['c']), 'd', { kind: 'behind', pending: ['d'] }],
  ['at the target, and on another branch', database(['c', 'd']), 'd', { kind: 'current' }],
  ['no table', database(null), 'heads', { kind: 'unversioned' }],
  ['an empty table', database([]), 'heads', { kind: 'unversioned' }],
  ['only a NULL', database([null]), 'heads', { kind: 'unversioned' }],
  ['an unknown row', database(['c', 'gone']), 'heads', { kind: 'unknown-revision', unknown: ['gone'] }],
  ['overlapping rows', database(['a', 'c']), 'heads', { kind: 'overlapping', revision: 'c', others: ['a'] }],
])('%s', (_, state, target, expected) => {
  expect(standing(state, target)).toEqual(expected)
})

test('a broken graph has no database position', () => {
  expect(standing(database(['a']), 'heads', { a: ['gone'] }).kind).toBe('indeterminate')
})

test('neither does a non-text row', () => {
  const state = { ...database([]), versions: [{ kind: 'not-text' as const, repr: '5' }] }
  expect(standing(state).kind).toBe('indeterminate')
})
