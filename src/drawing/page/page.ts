/**
 * The page of the graph: moving about, zooming, searching, folding, choosing. Draws only the rows that can be seen, so
 * that a history of thousands opens at once. Takes its data from the page and nothing from anywhere else.
 */
import type { PageData } from '../page-data.ts'
import { detailsOf } from './details.ts'
import { byId } from './elements.ts'
import { addJumps } from './jumps.ts'
import { type Slots, lanesPicture, size, slotElement, slotsOf, textLeft } from './picture.ts'
import { printPicture } from './print.ts'
import { searcher } from './search.ts'

const data = JSON.parse(byId('data').textContent) as PageData
const stage = byId('stage')
const world = byId('world')
const lanes = byId('lanes') as unknown as SVGElement
const names = byId('names')
const panel = byId('panel')
const field = byId('search') as HTMLInputElement

/** Longer histories begin with their straight runs folded. */
const longest = 60
/** Lines beyond the edge that are drawn along. */
const margin = 30
const zoomRange = { least: 0.08, most: 3 }
/** Below it names are too small to read, and left out. */
const readable = 0.3

const state = {
  x: 0,
  y: 0,
  zoom: 1,
  folded: new Set<number>(data.rows.length > longest ? data.runs.keys() : []),
  chosen: null as number | null,
  drawn: null as { from: number; to: number; names: boolean } | null,
}
let slots: Slots = slotsOf(data, state.folded)
const search = searcher(data)

let waiting = false
function draw(anew = false): void {
  if (anew) state.drawn = null
  if (waiting) return
  waiting = true
  requestAnimationFrame(() => {
    waiting = false
    drawNow()
  })
}

function drawNow(): void {
  const { x, y, zoom } = state
  world.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`
  const height = stage.clientHeight
  const top = Math.floor(-y / zoom / size.row)
  const bottom = Math.ceil((height - y) / zoom / size.row)
  const withNames = zoom >= readable
  const { drawn } = state
  if (
    drawn &&
    drawn.names === withNames &&
    drawn.from <= Math.max(0, top) &&
    drawn.to >= Math.min(slots.list.length - 1, bottom)
  )
    return
  const from = Math.max(0, top - margin)
  const to = Math.min(slots.list.length - 1, bottom + margin)
  state.drawn = { from, to, names: withNames }
  lanes.replaceChildren(...lanesPicture(data, slots, { from, to }, state.chosen))
  const rows: HTMLElement[] = []
  if (withNames) for (let slot = from; slot <= to; slot += 1) rows.push(optionOf(slot))
  names.replaceChildren(...rows)
}

function optionOf(index: number): HTMLElement {
  const slot = slots.list[index]
  const made = slotElement(data, slots, index)
  made.id = `line-${index}`
  made.setAttribute('role', 'option')
  const row = slot?.kind === 'row' ? slot.row : null
  const chosen = state.chosen !== null && slots.ofRow[state.chosen] === index
  made.setAttribute('aria-selected', String(chosen))
  made.setAttribute('aria-posinset', String(index + 1))
  made.setAttribute('aria-setsize', String(slots.list.length))
  if (row !== null && search.matches.has(row)) made.classList.add('match')
  return made
}

/** Keeps at least a part of the graph in sight. */
function settle(): void {
  const height = slots.list.length * size.row * state.zoom
  const { clientHeight, clientWidth } = stage
  const room = 60
  state.y = Math.min(clientHeight - room, Math.max(room - height, state.y))
  state.x = Math.min(
    clientWidth - room,
    Math.max(room - 1200 * state.zoom - textLeft(data) * state.zoom, state.x),
  )
}

function move(x: number, y: number): void {
  state.x += x
  state.y += y
  settle()
  draw()
}

/** Zooms so that what is at this point of the stage stays there. */
function zoomTo(wanted: number, x: number, y: number): void {
  const zoom = Math.min(zoomRange.most, Math.max(zoomRange.least, wanted))
  state.x = x - ((x - state.x) * zoom) / state.zoom
  state.y = y - ((y - state.y) * zoom) / state.zoom
  state.zoom = zoom
  settle()
  draw()
}

function zoomBy(factor: number): void {
  zoomTo(state.zoom * factor, stage.clientWidth / 2, stage.clientHeight / 2)
}

function fit(): void {
  const height = slots.list.length * size.row
  // A long history does not fit; then as much of it as can still be read.
  state.zoom = Math.min(1, Math.max(readable, (stage.clientHeight - 24) / Math.max(1, height)))
  state.x = 0
  state.y = 12
  draw(true)
}

function fold(runs: Iterable<number>): void {
  const anchor = state.chosen ?? rowOfSlot(Math.max(0, Math.floor(-state.y / state.zoom / size.row)))
  const before = (slots.ofRow[anchor] ?? 0) * size.row * state.zoom + state.y
  state.folded = new Set(runs)
  slots = slotsOf(data, state.folded)
  byId('fold').setAttribute('aria-pressed', String(state.folded.size > 0))
  state.y = before - (slots.ofRow[anchor] ?? 0) * size.row * state.zoom
  settle()
  draw(true)
}

function unfold(run: number): void {
  fold([...state.folded].filter((one) => one !== run))
  const first = data.runs[run]?.[0]
  if (first !== undefined) chooseLine(slots.ofRow[first] ?? 0)
}

function rowOfSlot(index: number): number {
  const slot = slots.list[index]
  return slot?.kind === 'run' ? slot.first : (slot?.row ?? 0)
}

/** Chooses a row, opens the run that hides it, and brings it into sight; `open` also shows its panel. */
function choose(row: number, open: boolean): void {
  const run = data.runs.findIndex(([first, last]) => row >= first && row <= last)
  if (state.folded.delete(run)) slots = slotsOf(data, state.folded)
  chooseLine(slots.ofRow[row] ?? 0, row)
  if (open || !panel.hidden) show(row)
}

/** Chooses a line; that of a folded run stays folded. */
function chooseLine(line: number, row = rowOfSlot(line)): void {
  state.chosen = row
  if (state.zoom < readable) state.zoom = 1
  const at = line * size.row * state.zoom + state.y
  const edge = size.row * 2 * state.zoom
  if (at < edge || at > stage.clientHeight - edge) {
    // In the middle, but without a gap above the first or below the last line.
    const height = slots.list.length * size.row * state.zoom
    const middle = stage.clientHeight / 2 - line * size.row * state.zoom
    state.y = Math.min(8, Math.max(middle, Math.min(8, stage.clientHeight - 8 - height)))
  }
  stage.setAttribute('aria-activedescendant', `line-${line}`)
  state.drawn = null
  drawNow()
}

function show(row: number): void {
  if (data.rows[row]?.fold) return
  byId('about').replaceChildren(...detailsOf(data, row, (other) => choose(other, true)))
  panel.hidden = false
  byId('about').scrollTop = 0
}

function closePanel(): void {
  panel.hidden = true
  stage.focus({ preventScroll: true })
}

/** A line was clicked, or Enter pressed on it. */
function act(index: number): void {
  const slot = slots.list[index]
  if (slot?.kind === 'run') unfold(slot.run)
  else if (slot) choose(slot.row, true)
}

function step(lines: number): void {
  const here = state.chosen === null ? -1 : (slots.ofRow[state.chosen] ?? 0)
  const next = Math.min(slots.list.length - 1, Math.max(0, here + lines))
  chooseLine(next)
  if (!panel.hidden && slots.list[next]?.kind === 'row') show(rowOfSlot(next))
}

function listen(): void {
  let drag: { id: number; x: number; y: number; moved: boolean } | null = null
  stage.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    drag = { id: event.pointerId, x: event.clientX, y: event.clientY, moved: false }
  })
  stage.addEventListener('pointermove', (event) => {
    if (drag?.id !== event.pointerId) return
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y]
    if (!drag.moved && Math.hypot(x, y) < 5) return
    if (!drag.moved) stage.setPointerCapture(event.pointerId)
    drag = { id: drag.id, x: event.clientX, y: event.clientY, moved: true }
    stage.classList.add('dragging')
    move(x, y)
  })
  const release = (event: PointerEvent): void => {
    if (drag?.id !== event.pointerId) return
    const { moved } = drag
    drag = null
    stage.classList.remove('dragging')
    if (moved || event.type === 'pointercancel') return
    const y = event.clientY - stage.getBoundingClientRect().top
    const index = Math.floor((y - state.y) / state.zoom / size.row)
    if (index >= 0 && index < slots.list.length) act(index)
  }
  stage.addEventListener('pointerup', release)
  stage.addEventListener('pointercancel', release)
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      const { left, top } = stage.getBoundingClientRect()
      const unit = event.deltaMode === 1 ? size.row : 1
      if (!event.ctrlKey && !event.metaKey) move(-event.deltaX * unit, -event.deltaY * unit)
      else
        zoomTo(state.zoom * Math.exp(-event.deltaY * unit * 0.004), event.clientX - left, event.clientY - top)
    },
    { passive: false },
  )
  const page = (): number => Math.max(1, Math.floor(stage.clientHeight / state.zoom / size.row) - 2)
  const keys: Readonly<Record<string, () => unknown>> = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    PageDown: () => step(page()),
    PageUp: () => step(-page()),
    Home: () => step(-slots.list.length),
    End: () => step(slots.list.length),
    ArrowLeft: () => move(60, 0),
    ArrowRight: () => move(-60, 0),
    Enter: () => state.chosen !== null && act(slots.ofRow[state.chosen] ?? 0),
    ' ': () => state.chosen !== null && act(slots.ofRow[state.chosen] ?? 0),
  }
  stage.addEventListener('keydown', (event) => {
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (!action) return
    event.preventDefault()
    action()
  })
  const anywhere: Readonly<Record<string, () => void>> = {
    '/': () => field.focus(),
    '+': () => zoomBy(1.25),
    '=': () => zoomBy(1.25),
    '-': () => zoomBy(0.8),
    '0': fit,
    f: toggleFold,
  }
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !panel.hidden) closePanel()
    const typing = event.target instanceof HTMLInputElement
    const action = typing || event.ctrlKey || event.metaKey || event.altKey ? undefined : anywhere[event.key]
    if (!action) return
    event.preventDefault()
    action()
  })
  new ResizeObserver(() => draw(true)).observe(stage)
}

function toggleFold(): void {
  fold(state.folded.size > 0 ? [] : data.runs.keys())
}

function found(matches: number): void {
  const row = search.next(matches)
  byId('count').textContent = search.text === '' ? '' : `${search.place} of ${search.matches.size}`
  if (row === null) draw(true)
  else choose(row, false)
}

function listenToControls(): void {
  field.addEventListener('input', () => {
    search.find(field.value)
    found(0)
  })
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      field.value = ''
      search.find('')
      found(0)
      stage.focus({ preventScroll: true })
    } else if (event.key === 'Enter') {
      event.preventDefault()
      // Enter on the only match, or once more on the chosen one, opens it.
      if (search.matches.size === 1 && state.chosen !== null) show(state.chosen)
      else found(event.shiftKey ? -1 : 1)
    } else if (event.key === 'ArrowDown') stage.focus({ preventScroll: true })
  })
  const clicks: Readonly<Record<string, () => void>> = {
    'zoom-in': () => zoomBy(1.25),
    'zoom-out': () => zoomBy(0.8),
    fit,
    fold: toggleFold,
    close: closePanel,
    theme: () => {
      const root = document.documentElement
      const dark =
        root.dataset['theme'] ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
      root.dataset['theme'] = dark === 'dark' ? 'light' : 'dark'
    },
  }
  for (const [id, action] of Object.entries(clicks)) byId(id).addEventListener('click', action)
  byId('fold').hidden = data.runs.length === 0
  byId('fold').setAttribute('aria-pressed', String(state.folded.size > 0))
  addJumps(
    data,
    byId('jumps'),
    () => state.chosen,
    (row) => choose(row, false),
  )
}

const printing = matchMedia('print')
const prepare = (): void => printPicture(data, slots, byId('print'))
printing.addEventListener('change', () => printing.matches && prepare())
addEventListener('beforeprint', prepare)
if (printing.matches) prepare()

listen()
listenToControls()
state.y = 8
drawNow()
// Begins where the database stands, or else on top.
const here = data.rows.findIndex(({ tags }) => tags.some(([kind]) => kind === 'row'))
if (here >= 0) choose(here, false)
stage.focus({ preventScroll: true })
