/** Condensing a random graph must keep important items, count everything and introduce no cycle. */
import { type Arbitrary, array, assert, boolean, integer, nat, property, record, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { condensed } from '../../../src/drawing/condense.ts'
import { layoutOf } from '../../../src/drawing/layout.ts'
import { type MarkedGraph, type MarkedLink, markGraph } from '../../../src/drawing/marks.ts'
import { type Excerpt, excerptOf } from '../../../src/drawing/view.ts'
import { silence } from '../../../src/rules/phrases/schema-evidence.ts'
import { graphOf } from '../../support/history.ts'

const mark = { row: boolean(), head: boolean(), missing: boolean() }

/** Acyclic graphs in which few revisions are marked. */
const graphs: Arbitrary<MarkedGraph> = tuple(
  integer({ min: 1, max: 60 }),
  array(record({ from: nat(59), back: integer({ min: 1, max: 12 }) }), { maxLength: 110 }),
  array(record({ at: nat(59), ...mark }), { maxLength: 4 }),
).map(([count, links, marks]) => {
  const graph = graphOf(Object.fromEntries(Array.from({ length: count }, (_, index) => [`r${index}`, []])))
  const { revisions } = markGraph({ graph, database: null }, [], silence)
  const seen = new Set<string>()
  return {
    revisions: revisions.map((one, index) => {
      const own = marks.filter(({ at }) => at % count === index)
      return {
        ...one,
        head: own.some(({ head }) => head),
        rows: own.some(({ row }) => row) ? [one.id] : [],
        kind: own.some(({ missing }) => missing) ? ('missing' as const) : one.kind,
        findings: [],
      }
    }),
    links: links.flatMap(({ from: at, back }): MarkedLink[] => {
      const from = at % count
      const to = from - back
      if (to < 0 || seen.has(`${from} ${to}`)) return []
      seen.add(`${from} ${to}`)
      return [{ from, to, kind: 'parent' }]
    }),
    strayRows: [],
    live: true,
  }
})

function total({ items }: Excerpt): number {
  return items.reduce((sum, item) => sum + (item.kind === 'fold' ? item.count : 1), 0)
}

function idsOf({ items }: Excerpt): readonly string[] {
  return items.flatMap((item) => (item.kind === 'revision' ? [item.revision.id] : []))
}

describe.each([true, false])('unfolded: %s', (unfolded) => {
  test('every revision is drawn or counted; rows, heads and missing revisions are drawn; no link is reversed', () => {
    assert(
      property(graphs, integer({ min: 10, max: 40 }), (graph, most) => {
        const whole = excerptOf(graph, { unfolded })
        const small = condensed(whole, most)
        expect(small.items.length).toBeLessThanOrEqual(most)
        expect(total(small)).toBe(graph.revisions.length)
        const marked = graph.revisions.filter(
          ({ head, rows, kind }) => head || rows.length > 0 || kind === 'missing',
        )
        for (const { id } of marked) expect(idsOf(small)).toContain(id)
        expect(layoutOf(small).routes.filter(({ circular }) => circular)).toEqual([])
        const drawn = new Set(idsOf(small))
        const names = (excerpt: Excerpt): readonly string[] =>
          excerpt.links.flatMap(({ from, to }) => {
            const ends = [excerpt.items[from], excerpt.items[to]].map((item) =>
              item?.kind === 'revision' && drawn.has(item.revision.id) ? item.revision.id : null,
            )
            return ends.includes(null) ? [] : [ends.join(' after ')]
          })
        expect(new Set(names(small))).toEqual(new Set(names(whole)))
      }),
      { numRuns: 300 },
    )
  })
})

test('a small graph is unchanged', () => {
  assert(
    property(graphs, (graph) => {
      const whole = excerptOf(graph)
      expect(condensed(whole, 60)).toBe(whole)
    }),
  )
})

test('if there are more marked revisions than fit, the fold says so', () => {
  const names = Array.from({ length: 50 }, (_, index) => `r${index}`)
  const graph = graphOf(Object.fromEntries(names.map((name) => [name, []])))
  const marked = markGraph({ graph, database: null }, [], silence)
  const small = condensed(excerptOf(marked), 20)
  const fold = small.items.find((item) => item.kind === 'fold')
  expect(small.items.length).toBeLessThanOrEqual(20)
  expect(fold).toMatchObject({ where: 'rest', count: 50 - (small.items.length - 1) })
  expect(fold?.kind === 'fold' && fold.heads).toBe(50 - (small.items.length - 1))
})
