/** A minimap of the whole history. */
import type { PageData } from '../page-data.ts'
import { svgElement } from './elements.ts'
import type { Slots } from './picture.ts'
import { isHead, isProblem, isStamped } from './views.ts'

/** Width in pixels. */
const width = 56

/** Left edge and width of each kind of tick. */
const columns = { state: [4, 12], head: [20, 10], row: [20, 30], problem: [34, 16], hit: [2, 52] } as const

type Tick = keyof typeof columns

/** Redraws the minimap, at most `height` pixels high. */
export function drawMinimap(
  map: Element,
  data: PageData,
  slots: Slots,
  hits: ReadonlySet<number>,
  height: number,
): void {
  const scale = Math.min(6, height / Math.max(1, slots.list.length))
  const marks = new Map<string, Set<number>>()
  const add = (tick: Tick, kind: string, at: number): void => {
    const key = `${tick} ${kind}`
    const known = marks.get(key) ?? new Set()
    marks.set(key, known.add(Math.round(at)))
  }
  data.rows.forEach((row, index) => {
    const at = (slots.ofRow[index] ?? 0) * scale + scale / 2
    if (row.sign !== 'fold') add('state', row.sign === 'row' ? 'applied' : row.sign, at)
    if (isHead(row)) add('head', 'head', at)
    if (isStamped(row)) add('row', 'row', at)
    if (isProblem(row)) add('problem', 'problem', at)
    if (hits.has(index)) add('hit', 'hit', at)
  })
  const paths = [...marks].map(([key, places]) => {
    const [tick, kind] = key.split(' ') as [Tick, string]
    const [x, length] = columns[tick]
    return svgElement('path', {
      class: `map-${tick} map-${kind}`,
      d: [...places].map((y) => `M${x} ${y}h${length}`).join(''),
    })
  })
  const view = svgElement('rect', { class: 'map-view', x: 0.5, y: 0, width: width - 1, height: 1, rx: 3 })
  map.setAttribute('viewBox', `0 0 ${width} ${Math.max(1, height)}`)
  map.setAttribute('preserveAspectRatio', 'none')
  map.replaceChildren(...paths, view)
}

/** Moves the frame that marks the visible lines. */
export function frameMinimap(map: Element, lines: number, top: number, bottom: number, height: number): void {
  const scale = Math.min(6, height / Math.max(1, lines))
  const frame = map.lastElementChild
  const from = Math.max(0, top * scale)
  const to = Math.min(lines * scale, bottom * scale)
  frame?.setAttribute('y', String(from))
  frame?.setAttribute('height', String(Math.max(6, to - from)))
}

/** The line at a vertical position in the minimap. */
export function lineAt(y: number, lines: number, height: number): number {
  return y / Math.min(6, height / Math.max(1, lines))
}
