import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RevisionHistory, FileVersion } from '../../../../src/core/lost/git-history.ts'
import { planRestore } from '../../../../src/core/lost/restore-plan.ts'
import { graphOf } from '../../../support/history.ts'

const commit = { id: 'c', author: 'Ann', date: '2026-01-01T00:00:00Z', subject: 'Away' }

function historyOf(lines: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, RevisionHistory> {
  return new Map(
    Object.entries(lines).map(([revision, downRevisions]) => {
      const file: FileVersion = {
        revision,
        downRevisions,
        dependsOn: [],
        operations: null,
        path: `${revision}.py`,
        blob: revision,
        commit,
      }
      return [revision, { versions: [file], removals: [] }]
    }),
  )
}

/** A linear history that lost its last revisions. Other revisions may have replaced them. */
const incident = fc.record({
  kept: fc.integer({ min: 1, max: 6 }),
  lost: fc.integer({ min: 1, max: 4 }),
  newer: fc.integer({ min: 0, max: 4 }),
})

test('carrying out a plan leaves one head, with the lost revision before all later ones', () => {
  fc.assert(
    fc.property(incident, ({ kept, lost, newer }) => {
      const now: Record<string, string[]> = {}
      const before: Record<string, string[]> = {}
      for (let index = 0; index < kept; index += 1) now[`r${index}`] = index === 0 ? [] : [`r${index - 1}`]
      for (let index = 0; index < newer; index += 1) {
        now[`n${index}`] = [index === 0 ? `r${kept - 1}` : `n${index - 1}`]
      }
      for (let index = 0; index < lost; index += 1) {
        before[`x${index}`] = [index === 0 ? `r${kept - 1}` : `x${index - 1}`]
      }
      const history = historyOf({ ...now, ...before })
      const last = history.get(`x${lost - 1}`)?.versions[0]
      if (!last) throw new Error('no such file')
      const plan = planRestore(graphOf(now), history, last)
      expect(plan.unfound).toEqual([])
      expect(plan.files.map(({ revision }) => revision)).toEqual(Object.keys(before))
      expect(plan.relinks.map(({ child, to }) => [child, to])).toEqual(
        newer > 0 ? [['n0', last.revision]] : [],
      )
      for (const { child, from, to } of plan.relinks) {
        now[child] = (now[child] ?? []).map((parent) => (parent === from ? to : parent))
      }
      const graph = graphOf({ ...before, ...now })
      expect([graph.problem, graph.heads]).toEqual([null, plan.heads])
      expect(plan.heads).toHaveLength(1)
    }),
  )
})

test('a file that still references the lost revision is unchanged', () => {
  const history = historyOf({ x: ['a'] })
  const [file] = history.get('x')?.versions ?? []
  if (!file) throw new Error('no such file')
  const plan = planRestore(graphOf({ a: [], b: ['x'] }), history, file)
  expect(plan.relinks).toEqual([])
  expect(plan.heads).toEqual(['b'])
})

test("an ancestor that git doesn't have either is reported", () => {
  const history = historyOf({ x: ['y'] })
  const [file] = history.get('x')?.versions ?? []
  if (!file) throw new Error('no such file')
  expect(planRestore(graphOf({ a: [] }), history, file).unfound).toEqual(['y'])
})
