/** Tests applied migrations whose files changed in git. */
import { expect, test } from 'vitest'
import { changedRevisions } from '../../../../src/core/lost/changed-revisions.ts'
import type { FileVersion, RevisionHistory } from '../../../../src/core/lost/git-history.ts'
import { graphOf } from '../../../support/history.ts'

function version(
  revision: string,
  day: number,
  down: readonly string[],
  operations: string,
  path = `${revision}.py`,
): FileVersion {
  const commit = { id: `c${day}`, author: 'Ann', date: `2026-01-0${day}T12:00:00Z`, subject: `day ${day}` }
  return {
    revision,
    downRevisions: down,
    dependsOn: [],
    operations,
    path,
    blob: `b${day}`,
    commit,
  }
}

/** Returns the history, newest version first. */
function historyOf(...versions: readonly FileVersion[]): ReadonlyMap<string, RevisionHistory> {
  const history = new Map<string, RevisionHistory>()
  for (const one of versions.toReversed()) {
    const known = history.get(one.revision)?.versions ?? []
    history.set(one.revision, { versions: [one, ...known], removals: [] })
  }
  return history
}

const graph = graphOf({ a1: [], b2: ['a1'], c3: ['b2'] })

test('a file newer than its successor was inserted', () => {
  const history = historyOf(
    version('c3', 3, ['b2'], 'three'),
    version('b2', 3, ['a1'], 'two'),
    version('c3', 2, ['a1'], 'three'),
    version('a1', 1, [], 'one'),
  )
  expect(changedRevisions(graph, history, ['b2']).get('b2')).toMatchObject({
    kind: 'inserted',
    before: 'c3',
    commit: { id: 'c3' },
  })
})

test('a file with different statements was edited, and each edit lists the lines that it added', () => {
  const history = historyOf(
    version('b2', 5, ['a1'], 'two\ntwo\nthree'),
    version('b2', 4, ['a1'], 'two\ntwo\nthree'),
    version('b2', 3, ['a1'], 'two\nfour'),
    version('b2', 2, ['a1'], 'three'),
  )
  expect(changedRevisions(graph, history, ['b2']).get('b2')).toMatchObject({
    kind: 'edited',
    edits: [
      { commit: { id: 'c4' }, added: 'two\nthree' },
      { commit: { id: 'c3' }, added: 'two\ntwo' },
    ],
  })
})

test("a file that was added in order and never modified hasn't changed", () => {
  const history = historyOf(version('c3', 3, ['b2'], 'three'), version('b2', 2, ['a1'], 'two'))
  expect([...changedRevisions(graph, history, ['b2', 'c3', 'nowhere'])]).toEqual([])
})

test('an id that another file took over belongs to a different migration; a renamed file keeps its id', () => {
  const old = version('b2', 2, ['a1'], "op.drop_column('users', 'phone')", 'b2_drop.py')
  const index = version('b2', 3, ['a1'], "op.create_index('ix', 'users', ['email'])")
  // Git lists commits from the same second in arbitrary order.
  for (const taken of [historyOf(index, old), historyOf(old, index)]) {
    expect(changedRevisions(graph, taken, ['b2']).get('b2')).toMatchObject({
      kind: 'replaced',
      path: 'b2_drop.py',
      commit: { id: 'c3' },
    })
  }
  const renamed = historyOf(version('b2', 3, ['a1'], "op.drop_column('users', 'phone')"), old)
  expect(changedRevisions(graph, renamed, ['b2']).get('b2')).toBeUndefined()
})
