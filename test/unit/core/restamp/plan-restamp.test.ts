/** Tests which changes `restamp` plans and which it refuses. */
import { describe, expect, test } from 'vitest'
import type { SchemaEvidence } from '../../../../src/core/evidence/applied-revisions.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import { planRestamp } from '../../../../src/core/restamp/plan-restamp.ts'
import { type RowChange, versionScript } from '../../../../src/core/restamp/version-sql.ts'
import { restampRefusal } from '../../../../src/report/phrases/restamp.ts'
import { type Line, database, project } from '../../../support/history.ts'

const lines = {
  aaaa: [],
  bbbb: ['aaaa'],
  left: ['bbbb'],
  right: ['bbbb'],
  both: { down: ['left'], dependsOn: ['right'] },
}

/** Returns evidence that exactly these revisions are applied. */
function evidence(applied: readonly string[]): SchemaEvidence {
  const ids = Object.keys(lines)
  return {
    cut: { kind: 'proven', applied: new Set(applied), unless: [], counted: null },
    revisions: new Map(
      ids.map((id) => {
        const state = applied.includes(id) ? ('applied' as const) : ('absent' as const)
        const present = state === 'applied' ? 1 : 0
        return [id, { id, state, effects: 1, present, missing: [], there: [], silence: null }]
      }),
    ),
  }
}

function change(parts: Partial<RowChange>): RowChange {
  return { changed: [], removed: [], added: [], ...parts }
}

function plan(
  rows: readonly (string | null)[] | null,
  wish: Partial<RowChange>,
  { applied = null, force = false }: { applied?: readonly string[] | null; force?: boolean } = {},
  graph: Readonly<Record<string, Line>> = lines,
) {
  const repository = project(graph)
  const planned = planRestamp(
    {
      repository,
      graph: buildGraph(repository),
      state: database(rows),
      evidence: applied && evidence(applied),
      provenance: null,
      target: 'heads',
      force,
    },
    change(wish),
  )
  if (planned.kind === 'plan') return planned
  return { ...planned, reason: restampRefusal(planned.reason).reason }
}

describe('refuses', () => {
  test.each([
    ['a missing table', null, { added: ['aaaa'] }, 'there is no version table'],
    [
      'a row that is NULL',
      ['aaaa', null],
      { removed: ['aaaa'] },
      "contains a row whose value isn't text (NULL)",
    ],
    ['a duplicate row', ['aaaa', 'aaaa'], { removed: ['aaaa'] }, 'more than once'],
    ['a missing row', ['aaaa'], { removed: ['bbbb'] }, "isn't stamped with bbbb; its version row is aaaa"],
    ['a target that no file defines', ['aaaa'], { changed: [{ from: 'aaaa', to: 'cccc' }] }, 'defines cccc'],
    ['an abbreviated target', ['aaaa'], { changed: [{ from: 'aaaa', to: 'bbb' }] }, 'defines bbb'],
    ['overlapping rows', ['left'], { added: ['bbbb'] }, 'left comes after bbbb'],
    ['rows that overlap by depends_on', ['right'], { added: ['both'] }, 'both comes after right'],
    [
      'a row that already exists',
      ['left', 'right'],
      { changed: [{ from: 'left', to: 'right' }] },
      'already stamped with right',
    ],
    [
      'the same id on both sides',
      ['left'],
      { changed: [{ from: 'left', to: 'left' }] },
      'left is specified more than once',
    ],
  ] as const)('%s, even with --force', (_, rows, wish, why) => {
    const planned = plan(rows, wish, { force: true })
    expect(planned).toMatchObject({ kind: 'refused', reason: expect.stringContaining(why) as string })
  })

  test('everything while the graph is broken', () => {
    const planned = plan(['aaaa'], { removed: ['aaaa'] }, { force: true }, { aaaa: [], cccc: ['lost'] })
    expect(planned).toMatchObject({ kind: 'refused', reason: expect.stringContaining('a problem') as string })
  })

  test("what the schema contradicts, or can't show because it wasn't read, unless forced", () => {
    const wish = { changed: [{ from: 'aaaa', to: 'left' }] }
    expect(plan(['aaaa'], wish)).toMatchObject({
      reason: expect.stringContaining("couldn't be read") as string,
    })
    expect(plan(['aaaa'], wish, { applied: ['aaaa'] })).toMatchObject({
      reason: expect.stringContaining('too late: bbbb and left would be skipped') as string,
    })
    expect(plan(['aaaa'], wish, { applied: ['aaaa', 'bbbb', 'left', 'right'] })).toMatchObject({
      reason: expect.stringContaining('too early: right would run a second time') as string,
    })
    expect(plan(['aaaa'], wish, { applied: ['aaaa'], force: true }).kind).toBe('plan')
  })
})

describe('plans', () => {
  test('one of several rows, at its position', () => {
    const planned = plan(
      ['lost', 'right'],
      { changed: [{ from: 'lost', to: 'left' }] },
      { applied: ['aaaa', 'bbbb', 'left', 'right'] },
    )
    if (planned.kind !== 'plan') throw new Error(planned.reason)
    expect(planned.plan.after).toEqual(['left', 'right'])
    expect(planned.plan.prediction.steps.map(({ revision }) => revision)).toEqual(['both'])
    expect(planned.plan.undo).toMatchObject({ forced: false, reason: { kind: 'undefined', id: 'lost' } })
  })

  test('around a row that stays lost: what it may have run contradicts nothing', () => {
    const planned = plan(
      ['lost', 'other'],
      { changed: [{ from: 'other', to: 'bbbb' }] },
      { applied: ['aaaa', 'bbbb', 'left'] },
    )
    if (planned.kind !== 'plan') throw new Error(planned.reason)
    expect(planned.plan.evidence.objects).toContainEqual({ kind: 'undefined', revisions: ['lost'] })
    expect(planned.plan.prediction.outcome).toBe('fails')
  })

  test('the undo, forced if the evidence supports the change', () => {
    const there = plan(['aaaa'], { changed: [{ from: 'aaaa', to: 'bbbb' }] }, { applied: ['aaaa', 'bbbb'] })
    expect(there).toMatchObject({ plan: { undo: { forced: true, reason: null } } })
    const removed = plan(['left', 'right'], { removed: ['right'] }, { applied: ['aaaa', 'bbbb', 'left'] })
    expect(removed).toMatchObject({ plan: { undo: { change: change({ added: ['right'] }), forced: true } } })
  })
})

test('a backslash stays a backslash in PostgreSQL with any standard_conforming_strings', () => {
  const script = versionScript('postgresql', { schema: 'a"b', name: 'V' }, change({ added: ["\\'x"] }))
  expect(script.changes).toEqual([`INSERT INTO "a""b"."V" (version_num) VALUES (E'\\\\''x')`])
})
