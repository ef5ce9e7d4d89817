/** Draws the lanes, symbols and names of a range of lines. */
import type { PageData, PageRow } from '../page-data.ts'
import { element, svgElement } from './elements.ts'
import { markedText } from './marks.ts'
import type { Run } from './views.ts'

/** Sizes in pixels at 100% zoom. */
export const size = { row: 26, lane: 16, left: 22 }

/** A line of the drawing: a row, or a run of rows folded into one line. */
export type Slot =
  | { readonly kind: 'row'; readonly row: number }
  | { readonly kind: 'run'; readonly run: number; readonly first: number; readonly last: number }

/** All lines from top to bottom, and the line index of each row. */
export interface Slots {
  readonly list: readonly Slot[]
  readonly ofRow: readonly number[]
}

/** Returns the lines to draw if these runs are folded. */
export function slotsOf({ rows }: PageData, runs: readonly Run[], folded: ReadonlySet<number>): Slots {
  const list: Slot[] = []
  const ofRow: number[] = []
  const runAt = new Map(runs.map(([first], index) => [first, index]))
  for (let row = 0; row < rows.length; row += 1) {
    const run = runAt.get(row)
    const [first, last] = (run !== undefined && folded.has(run) && runs[run]) || [row, row]
    const isRun = run !== undefined && folded.has(run)
    list.push(isRun ? { kind: 'run', run, first, last } : { kind: 'row', row })
    for (; row < last; row += 1) ofRow[row] = list.length - 1
    ofRow[row] = list.length - 1
  }
  return { list, ofRow }
}

/** The horizontal center of a lane, in pixels. */
function xOf(lane: number): number {
  return size.left + lane * size.lane
}

function yOf(slot: number): number {
  return slot * size.row + size.row / 2
}

/** Returns the left edge of text that has this many lanes to its left. */
export function textLeft(lanes: number): number {
  return xOf(lanes - 1) + 18
}

/** Range of lines to draw; `to` is inclusive. */
export interface Lines {
  readonly from: number
  readonly to: number
}

/** Returns the left edge of each line's text. All lines with at most `aligned` lanes share the same edge. */
export function textEdges(
  data: PageData,
  slots: Slots,
  { from, to }: Lines,
  aligned: number,
): readonly number[] {
  const lanes: number[] = []
  for (let slot = from; slot <= to; slot += 1)
    lanes.push(Math.max(Math.min(aligned, data.lanes), columnAt(data, slots, slot) + 1))
  for (const [upper, lower, lane] of data.routes) {
    const [above, below] = [slots.ofRow[upper] ?? 0, slots.ofRow[lower] ?? 0]
    if (above === below) continue
    for (let slot = Math.max(from, above); slot <= Math.min(to, below); slot += 1)
      lanes[slot - from] = Math.max(lanes[slot - from] ?? 0, lane + 1)
  }
  return lanes.map(textLeft)
}

/** Draws lanes and symbols, and highlights the links of row `chosen`. */
export function lanesPicture(
  data: PageData,
  slots: Slots,
  { from, to }: Lines,
  chosen: number | null,
): readonly SVGElement[] {
  const paths = new Map<string, string[]>()
  for (const route of data.routes) {
    const [upper, lower, lane, kind, circular] = route
    const [above, below] = [slots.ofRow[upper] ?? 0, slots.ofRow[lower] ?? 0]
    if (above > to || below < from || above === below) continue
    const color = circular ? 'circular' : kind === 'parent' ? `lane-${lane % 6}` : kind
    const strong = upper === chosen || lower === chosen ? ' strong' : ''
    const name = `ag-link ag-${color}${strong}`
    const path = pathOf(above, below, {
      start: xOf(columnAt(data, slots, above)),
      middle: xOf(lane),
      end: xOf(columnAt(data, slots, below)),
    })
    const known = paths.get(name)
    if (known) known.push(path)
    else paths.set(name, [path])
  }
  const lines = [...paths].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    ...lines.map(([name, parts]) => svgElement('path', { class: name, d: parts.join('') })),
    ...slots.list.slice(from, to + 1).map((slot, index) => {
      const sign = slot.kind === 'run' ? 'fold' : (data.rows[slot.row]?.sign ?? 'plain')
      const [x, y] = [xOf(columnAt(data, slots, from + index)), yOf(from + index)]
      return svgElement('use', { href: `#sign-${sign}`, x, y })
    }),
  ]
}

function columnAt(data: PageData, slots: Slots, slot: number): number {
  const what = slots.list[slot]
  return data.rows[what?.kind === 'run' ? what.first : (what?.row ?? 0)]?.column ?? 0
}

function pathOf(above: number, below: number, x: { start: number; middle: number; end: number }): string {
  const [top, bottom] = [yOf(above), yOf(below)]
  const { start, middle, end } = x
  if (below === above + 1) {
    if (middle === start || middle === end) {
      const bend = size.row / 2
      return `M${start} ${top}C${start} ${top + bend} ${end} ${bottom - bend} ${end} ${bottom}`
    }
    const half = (top + bottom) / 2
    return `M${start} ${top}Q${middle} ${top} ${middle} ${half}Q${middle} ${bottom} ${end} ${bottom}`
  }
  const leave =
    middle === start ? '' : `C${start} ${top + 15} ${middle} ${top + 9} ${middle} ${top + size.row}`
  const arrive =
    middle === end
      ? `V${bottom}`
      : `V${bottom - size.row}C${middle} ${bottom - 9} ${end} ${bottom - 15} ${end} ${bottom}`
  return `M${start} ${top}${leave}${arrive}`
}

/** `hiddenIn` returns matching text that the row's line doesn't show; null if the line shows a match. */
export interface Hits {
  readonly text: string
  readonly hiddenIn: (row: number) => string | null
}

/** Creates a line of text at this position. */
export function slotElement(
  data: PageData,
  slots: Slots,
  index: number,
  { left, top }: { readonly left: number; readonly top: number },
  hits: Hits | null,
): HTMLElement {
  const slot = slots.list[index]
  const made = element('div', 'row')
  made.dataset['slot'] = String(index)
  made.style.transform = `translate(${left}px, ${top}px)`
  made.style.setProperty('--left', `${left}px`)
  if (slot?.kind === 'run') {
    made.classList.add('folded')
    const count = slot.last - slot.first + 1
    made.append(`… ${count.toLocaleString('en')} ${count === 1 ? 'revision' : 'revisions'} …`)
    made.title = 'Click to unfold'
    return made
  }
  const row = data.rows[slot?.row ?? 0]
  if (!row) return made
  if (row.fold) made.classList.add('folded')
  const hidden = hits && slot ? hits.hiddenIn(slot.row) : null
  made.append(...(row.fold ? [`… ${row.name} …`] : rowWords(row, data.findings, hits?.text ?? '', hidden)))
  return made
}

/** Returns the text fields in a row, each in its own column. */
function rowWords(
  row: PageRow,
  findings: PageData['findings'],
  wanted: string,
  hidden: string | null,
): readonly Node[] {
  const { name, message, tags, risks, date, author, operations } = row
  const tag = (kind: string, text: string): Node => {
    const made = element('span', `tag tag-${kind}`, markedText(text, wanted))
    if (kind === 'finding' || kind === 'risk') {
      const named = row.findings.flatMap((at) => findings[at] ?? [])
      made.title = named.map((one) => `${one.code} ${one.name.replaceAll('-', ' ')}`).join(', ')
    }
    return made
  }
  // If there's no message, show the operations.
  const steps = new Set(operations?.map((text) => text.replace(/ \(line \d+\)/, '')))
  const told = message === '' ? [...steps].join(', ') : message
  const words = element('span', 'message', markedText(told, wanted))
  words.classList.toggle('derived', message === '')
  words.title = told
  const found = hidden === null ? [] : [element('span', 'hit', markedText(hidden, wanted))]
  return [
    element('span', 'name', markedText(name, wanted)),
    words,
    element('span', 'tags', [
      ...tags.map(([kind, text]) => tag(kind, text)),
      ...risks.map((risk) => tag('risk', risk)),
      ...found,
    ]),
    element('span', 'date', markedText(date, wanted)),
    element('span', 'author', markedText(author, wanted)),
  ]
}
