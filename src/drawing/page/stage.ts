/** The view's state: folds, selection, position and zoom. Draws only visible lines. */
import type { PageData } from '../page-data.ts'
import { byId } from './elements.ts'
import { drawMinimap, frameMinimap } from './minimap.ts'
import { type Slots, lanesPicture, size, slotElement, slotsOf, textEdges, textLeft } from './picture.ts'
import { searcher } from './search.ts'
import { type PageView, type Run, runsOf, viewsOf } from './views.ts'

/** The page's embedded data. */
export const data = JSON.parse(byId('data').textContent) as PageData
/** The current search. */
export const search = searcher(data)
/** The views with at least one row. */
export const views = viewsOf(data)

const stage = byId('stage')
const world = byId('world')
const lanes = byId('lanes') as unknown as SVGElement
const names = byId('names')
const columns = byId('columns')
const map = document.querySelector('#map') as SVGElement

/** Linear runs are initially folded in graphs with more rows than this. */
const longest = 60
/** Names are aligned on lines with at most this many lanes. */
const aligned = { wide: 8, narrow: 2, narrowWidth: 640 }
/** Number of lines drawn beyond the visible area. */
const margin = 30
const zoomRange = { least: 0.08, most: 3 }
/** Names are drawn at zoom level `drawn` and above. They are easy to read at `readable` and above. */
const least = { drawn: 0.3, readable: 0.75 }

const state = {
  x: 0,
  y: 0,
  zoom: 1,
  runs: data.runs as readonly Run[],
  folded: new Set<number>(data.rows.length > longest ? data.runs.keys() : []),
  chosen: null as number | null,
  drawn: null as { from: number; to: number; names: boolean } | null,
}
let slots: Slots = slotsOf(data, state.runs, state.folded)

/** Called when the selection changes. */
export const told = { chosen: (_row: number, _open: boolean): void => {} }

/** The lines to draw, with folds applied. */
export function currentSlots(): Slots {
  return slots
}

/** The selected row. */
export function chosenRow(): number | null {
  return state.chosen
}

/** Whether there are any runs to fold, and whether any of them is folded. */
export function folding(): { readonly possible: boolean; readonly folded: boolean } {
  return { possible: state.runs.length > 0, folded: state.folded.size > 0 }
}

let waiting = false
/** Schedules a redraw for the next frame. If `anew` is true, also redraws unchanged lines. */
export function draw(anew = false): void {
  if (anew) state.drawn = null
  if (waiting) return
  waiting = true
  requestAnimationFrame(() => {
    waiting = false
    drawNow()
  })
}

function alignedLanes(): number {
  const most = stage.clientWidth < aligned.narrowWidth ? aligned.narrow : aligned.wide
  return Math.min(data.lanes, most)
}

function drawNow(): void {
  const { x, y, zoom } = state
  world.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`
  columns.style.transform = `translateX(${x + textLeft(alignedLanes()) * zoom}px)`
  columns.hidden = zoom !== 1
  const height = stage.clientHeight
  const top = -y / zoom / size.row
  const bottom = (height - y) / zoom / size.row
  const withNames = zoom >= least.drawn
  const { drawn } = state
  const fresh =
    drawn &&
    drawn.names === withNames &&
    drawn.from <= Math.max(0, top) &&
    drawn.to >= Math.min(slots.list.length - 1, bottom)
  if (!fresh) drawLines(Math.floor(top), Math.ceil(bottom), withNames)
  frameMinimap(map, slots.list.length, top, bottom, map.clientHeight)
}

function drawLines(top: number, bottom: number, withNames: boolean): void {
  const from = Math.max(0, top - margin)
  const to = Math.min(slots.list.length - 1, bottom + margin)
  state.drawn = { from, to, names: withNames }
  for (const one of [names, columns]) one.style.setProperty('--right', `${stage.clientWidth - 8}px`)
  columns.style.setProperty('--left', `${textLeft(alignedLanes())}px`)
  lanes.replaceChildren(...lanesPicture(data, slots, { from, to }, state.chosen))
  const rows: HTMLElement[] = []
  if (withNames) {
    const edges = textEdges(data, slots, { from, to }, alignedLanes())
    edges.forEach((left, line) => rows.push(optionOf(from + line, left)))
  }
  names.replaceChildren(...rows)
  // Screen readers ignore `aria-activedescendant` if the line it refers to isn't drawn.
  const chosen = state.chosen === null ? -1 : (slots.ofRow[state.chosen] ?? -1)
  if (withNames && chosen >= from && chosen <= to)
    stage.setAttribute('aria-activedescendant', `line-${chosen}`)
  else stage.removeAttribute('aria-activedescendant')
  drawMinimap(map, data, slots, search.matches, map.clientHeight)
}

function optionOf(index: number, left: number): HTMLElement {
  const slot = slots.list[index]
  const row = slot?.kind === 'row' ? slot.row : null
  const matches = row !== null && search.matches.has(row)
  const made = slotElement(data, slots, index, { left, top: index * size.row }, matches ? search : null)
  made.id = `line-${index}`
  made.setAttribute('role', 'option')
  const chosen = state.chosen !== null && slots.ofRow[state.chosen] === index
  made.setAttribute('aria-selected', String(chosen))
  made.setAttribute('aria-posinset', String(index + 1))
  made.setAttribute('aria-setsize', String(slots.list.length))
  made.classList.toggle('match', matches)
  return made
}

/** Keeps part of the graph visible. */
function settle(): void {
  const height = slots.list.length * size.row * state.zoom
  const { clientHeight, clientWidth } = stage
  const room = 60
  const width = (clientWidth + textLeft(data.lanes)) * state.zoom
  state.y = Math.min(clientHeight - room, Math.max(room - height, state.y))
  state.x = Math.min(clientWidth - room, Math.max(room - width, state.x))
}

/** Moves the drawing by a distance in pixels. */
export function move(x: number, y: number): void {
  state.x += x
  state.y += y
  settle()
  draw()
}

/** Centers a line on the stage. */
export function centre(line: number): void {
  state.y = stage.clientHeight / 2 - line * size.row * state.zoom
  settle()
  draw()
}

/** Returns the index of the line at this height; may be out of range. */
export function lineAtHeight(y: number): number {
  return Math.floor((y - state.y) / state.zoom / size.row)
}

/** The number of lines that fit on the stage. */
export function linesInSight(): number {
  return Math.max(1, Math.floor(stage.clientHeight / state.zoom / size.row))
}

/** Zooms by a factor around a point. */
export function zoomAt(factor: number, x: number, y: number): void {
  const zoom = Math.min(zoomRange.most, Math.max(zoomRange.least, state.zoom * factor))
  state.x = x - ((x - state.x) * zoom) / state.zoom
  state.y = y - ((y - state.y) * zoom) / state.zoom
  state.zoom = zoom
  settle()
  draw()
}

/** Zooms around the center of the stage. */
export function zoomBy(factor: number): void {
  zoomAt(factor, stage.clientWidth / 2, stage.clientHeight / 2)
}

/** Zooms to 100% and scrolls to the left edge. */
export function actualSize(): void {
  zoomAt(1 / state.zoom, 0, stage.clientHeight / 2)
  state.x = 0
  draw()
}

/** Zooms out to fit the graph, but keeps names visible. */
export function fit(): void {
  const height = slots.list.length * size.row
  state.zoom = Math.min(1, Math.max(least.drawn, (stage.clientHeight - 24) / Math.max(1, height)))
  state.x = 0
  state.y = topLine
  draw(true)
}

/** Top of the first line, in pixels. Leaves room for column headings. */
const topLine = 24

/** Folds these runs. The selected or topmost row stays in place. */
function refold(folded: Iterable<number>, runs = state.runs): void {
  const anchor = state.chosen ?? rowOfSlot(Math.max(0, lineAtHeight(0)))
  const before = (slots.ofRow[anchor] ?? 0) * size.row * state.zoom + state.y
  state.runs = runs
  state.folded = new Set(folded)
  slots = slotsOf(data, state.runs, state.folded)
  state.y = before - (slots.ofRow[anchor] ?? 0) * size.row * state.zoom
  settle()
  draw(true)
}

/** Unfolds all runs if any is folded; otherwise folds all. */
export function toggleFold(): void {
  refold(state.folded.size > 0 ? [] : state.runs.keys())
}

/** Shows the rows in a view and folds the others. */
export function showView(view: PageView): void {
  const runs = runsOf(data, view)
  refold(view.belongs !== null || data.rows.length > longest ? runs.keys() : [], runs)
  const { belongs } = view
  if (belongs === null) return
  const here = state.chosen === null ? undefined : data.rows[state.chosen]
  if (!here || !belongs(here)) choose(data.rows.findIndex(belongs), false)
}

function unfold(run: number): void {
  refold([...state.folded].filter((one) => one !== run))
  const first = state.runs[run]?.[0]
  if (first !== undefined) chooseLine(slots.ofRow[first] ?? 0)
}

/** The row on a line, or the first row of a folded run. */
function rowOfSlot(index: number): number {
  const slot = slots.list[index]
  return slot?.kind === 'run' ? slot.first : (slot?.row ?? 0)
}

/** Selects a row, unfolds its run, and scrolls to it. If `open` is true, also opens its panel. */
export function choose(row: number, open: boolean): void {
  const run = state.runs.findIndex(([first, last]) => row >= first && row <= last)
  if (state.folded.delete(run)) slots = slotsOf(data, state.runs, state.folded)
  chooseLine(slots.ofRow[row] ?? 0, row)
  told.chosen(row, open)
}

/** Selects a line without unfolding it. Zooms to 100% if text is too small to read. */
function chooseLine(line: number, row = rowOfSlot(line)): void {
  state.chosen = row
  if (state.zoom < least.readable) {
    state.zoom = 1
    state.x = 0
  }
  keepInSight(line)
  state.drawn = null
  drawNow()
}

/** Scrolls to the selected line, for example after the stage shrinks. */
export function keepChosenInSight(): void {
  if (state.chosen !== null) keepInSight(slots.ofRow[state.chosen] ?? 0)
  draw(true)
}

function keepInSight(line: number): void {
  const at = line * size.row * state.zoom + state.y
  const edge = size.row * 2 * state.zoom
  if (at >= edge && at <= stage.clientHeight - edge) return
  // Center the line, but leave no gap at the top or bottom.
  const height = slots.list.length * size.row * state.zoom
  const middle = stage.clientHeight / 2 - line * size.row * state.zoom
  state.y = Math.min(topLine, Math.max(middle, Math.min(topLine, stage.clientHeight - 8 - height)))
}

/** Handles a click or Enter on a line. */
export function act(index: number): void {
  const slot = slots.list[index]
  if (slot?.kind === 'run') unfold(slot.run)
  else if (slot) choose(slot.row, true)
}

/** Moves the selection by a number of lines. */
export function step(lines: number): void {
  const here = state.chosen === null ? -1 : (slots.ofRow[state.chosen] ?? 0)
  const next = Math.min(slots.list.length - 1, Math.max(0, here + lines))
  chooseLine(next)
  if (slots.list[next]?.kind === 'row') told.chosen(rowOfSlot(next), false)
}

/** Opens the selected line's panel, or unfolds its run. */
export function actOnChosen(): void {
  if (state.chosen !== null) act(slots.ofRow[state.chosen] ?? 0)
}

/** Draws the initial view. */
export function begin(): void {
  state.y = topLine
  drawNow()
}
