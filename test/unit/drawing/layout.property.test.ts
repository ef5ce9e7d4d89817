/** Draws random graphs. Nothing may be missing or overlap, and the text drawing must show the same links. */
import {
  type Arbitrary,
  assert,
  boolean,
  constantFrom,
  integer,
  nat,
  property,
  record,
  array,
} from 'fast-check'
import { describe, expect, test } from 'vitest'
import { layoutOf } from '../../../src/drawing/layout.ts'
import { type MarkedGraph, type MarkedLink, markGraph } from '../../../src/drawing/marks.ts'
import { silence } from '../../../src/rules/phrases/schema-evidence.ts'
import { drawSvg } from '../../../src/drawing/svg.ts'
import { drawText } from '../../../src/drawing/text.ts'
import { excerptOf } from '../../../src/drawing/view.ts'
import { graphOf } from '../../support/history.ts'

/** Generates graphs. With `circles`, links may point in any direction. */
function marked(circles: boolean): Arbitrary<MarkedGraph> {
  const link = record({
    a: nat(24),
    b: nat(24),
    near: boolean(),
    kind: constantFrom<MarkedLink['kind']>('parent', 'parent', 'parent', 'dependency'),
  })
  return record({ count: integer({ min: 1, max: 25 }), links: array(link, { maxLength: 45 }) }).map(
    ({ count, links }) => {
      const graph = graphOf(
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`r${index}`, []])),
      )
      const { revisions } = markGraph({ graph, database: null }, [], silence)
      const seen = new Set<string>()
      return {
        // If no revision is a head, each symbol is followed only by an id.
        revisions: revisions.map((one) => ({ ...one, head: false, findings: [] })),
        links: links.flatMap(({ a, b, near, kind }): MarkedLink[] => {
          const from = a % count
          const to = near ? Math.max(0, from - 1 - (b % 3)) : b % count
          const key = [from, to].toSorted((x, y) => x - y).join()
          if (from === to || (!circles && from < to) || (!circles && seen.has(key))) return []
          seen.add(key)
          return [{ from, to, kind }]
        }),
        strayRows: [],
        live: false,
      }
    },
  )
}

describe.each([false, true])('random graphs, cycles: %s', (circles) => {
  test('every link has a route, no two items share a position, no lane crosses another item', () => {
    assert(
      property(marked(circles), (graph) => {
        const excerpt = excerptOf(graph, { unfolded: true })
        const { rows, rowOf, routes, width } = layoutOf(excerpt)
        expect(rows.map(({ item }) => item).toSorted((a, b) => a - b)).toEqual([...excerpt.items.keys()])
        expect(new Set(routes.map(({ link }) => link))).toEqual(new Set(excerpt.links))
        expect(routes).toHaveLength(excerpt.links.length)
        for (const { upper, lower, lane, link, circular } of routes) {
          const [top = 0, bottom = 0] = [rowOf[upper], rowOf[lower]]
          expect(top).toBeLessThan(bottom)
          expect(circular ? [link.to, link.from] : [link.from, link.to]).toEqual([upper, lower])
          if (!circles) expect(circular).toBe(false)
          expect(lane).toBeLessThan(width)
          for (const row of rows.slice(top + 1, bottom)) {
            expect(row.column).not.toBe(lane)
            expect(row.passing.some((one) => one.lane === lane && one.kind === link.kind)).toBe(true)
          }
        }
        // Two links may share a lane at the same height only if they end at the same item.
        for (const one of routes) {
          for (const other of routes) {
            if (one.lane !== other.lane || one.lower === other.lower) continue
            const [a, b] = [rowOf[one.upper] ?? 0, rowOf[one.lower] ?? 0]
            const [c, d] = [rowOf[other.upper] ?? 0, rowOf[other.lower] ?? 0]
            expect(Math.max(a, c)).toBeGreaterThanOrEqual(Math.min(b, d))
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

test.each([{ unicode: false }, { unicode: true }])('the text can be parsed back: %o', (look) => {
  assert(
    property(marked(false), (graph) => {
      const text = drawText(graph, { unfolded: true }, look)
      const expected = graph.links.map(({ from, to }) => `r${from} > r${to}`).toSorted()
      expect(linksIn(text), text).toEqual(expected)
    }),
    { numRuns: 400 },
  )
})

/** Follows a drawing's lanes as a reader would. Returns each link as `child > parent`. */
function linksIn(text: string): readonly string[] {
  const [drawing = ''] = text.split('\n\n')
  const lines = text.split('\n').map((line) => {
    const item = /^(.*?[*●]\D*?) (r\d+)\b/.exec(line)
    return { cells: item ? (item[1] ?? '') : line, id: item?.[2] ?? null }
  })
  expect(drawing.length).toBeGreaterThan(0)
  const found = new Set<string>()
  lines.forEach(({ cells, id }, start) => {
    if (id === null) return
    const origin = cells.search(/[*●]/)
    const todo = [{ line: start + 1, at: origin, own: true }]
    for (let next = todo.pop(); next; next = todo.pop()) {
      const { line, at, own } = next
      const here = lines[line]
      const cell = here?.cells[at] ?? ' '
      const down = (column: number): void => {
        todo.push({ line: line + 1, at: column, own: own && column === at && here?.id === null })
      }
      if (/[*●]/.test(cell)) found.add(`${id} > ${here?.id ?? ''}`)
      else if (/[|│:┊┼]/.test(cell)) down(at)
      else if (/[+├┤`╰'╯┴]/.test(cell)) {
        if (/[+├┤]/.test(cell)) down(at)
        const leavesRight = own && /[+├`╰]/.test(cell)
        const leavesLeft = /['╯┴]/.test(cell) || (own && /[+┤]/.test(cell))
        const targets = [
          ...(leavesRight ? toTheRight(here?.cells ?? '', at) : []),
          ...(leavesLeft ? toTheLeft(here?.cells ?? '', at) : []),
        ]
        for (const target of targets) down(target)
      }
    }
  })
  return [...found].toSorted()
}

/** Returns the lanes that a rightward stroke starts or joins; empty if it ends lanes. */
function toTheRight(cells: string, at: number): readonly number[] {
  const targets: number[] = []
  for (let column = at + 1; column < cells.length; column += 1) {
    const cell = cells[column] ?? ' '
    if (/['╯┴]/.test(cell) || !/[-─┄|┼.╮┬+┤]/.test(cell)) return /['╯┴]/.test(cell) ? [] : targets
    if (/[.╮┬+┤]/.test(cell)) targets.push(column)
    if (/[+┤╮]/.test(cell)) return targets
  }
  return targets
}

/** Returns the lane where a leftward stroke ends. */
function toTheLeft(cells: string, at: number): readonly number[] {
  for (let column = at - 1; column >= 0; column -= 1) {
    const cell = cells[column] ?? ' '
    if (/[+├]/.test(cell)) return [column]
    if (!/[-─┄|┼'┴]/.test(cell)) return []
  }
  return []
}

test.each([false, true])("cards don't overlap, and every link is drawn; cycles: %s", (circles) => {
  assert(
    property(marked(circles), (graph) => {
      const picture = drawSvg(graph, { unfolded: true })
      const drawn = picture.slice(0, picture.indexOf('class="ag-legend"'))
      const paths = [...drawn.matchAll(/<path class="ag-link[^"]*" d="([^"]*)"\/>/g)].map(([, d]) => d ?? '')
      expect(paths).toHaveLength(graph.links.length)
      for (const path of paths) expect(path).toMatch(/^M-?[\d.]+[ H]/)
      const cards = [
        ...picture.matchAll(
          /translate\((\S+) (\S+)\)"><rect class="ag-card [^"]*" width="(\S+)" height="(\S+)"/g,
        ),
      ].map((match) => match.slice(1).map(Number))
      expect(cards).toHaveLength(graph.revisions.length)
      for (const [x = 0, y = 0, width = 0, height = 0] of cards) {
        const over = cards.filter(
          ([left = 0, top = 0, wide = 0, high = 0]) =>
            left < x + width && x < left + wide && top < y + height && y < top + high,
        )
        expect(over).toHaveLength(1)
      }
    }),
    { numRuns: 40 },
  )
})
