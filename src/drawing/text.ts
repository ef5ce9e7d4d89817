/** Draws the graph as text, newest first, like `git log --graph`. Never relies on color alone. */
import { printable } from '../core/text/display.ts'
import { type Layout, type Row, layoutOf } from './layout.ts'
import type { MarkedGraph, MarkedLink } from './marks.ts'
import { type Excerpt, type Item, type View, excerptOf } from './view.ts'
import {
  type StateSign,
  type TagKind,
  foldWords,
  linkWords,
  nameOf,
  signOf,
  signWords,
  strayRowsSentence,
  tagsOf,
} from './words.ts'

/** Display options; both default to false. */
export interface TextLook {
  readonly unicode?: boolean
  readonly color?: boolean
}

type Kind = MarkedLink['kind']

/**
 * Characters for drawing lanes. Where a stroke meets a lane, `on` is used if the lane continues, and `off` if it
 * ends.
 */
interface Strokes {
  readonly lane: Readonly<Record<Kind, string>>
  readonly stroke: Readonly<Record<Kind, string>>
  readonly cross: string
  readonly begin: { readonly last: string; readonly more: string }
  readonly end: { readonly last: string; readonly more: string }
  readonly right: { readonly on: string; readonly off: string }
  readonly left: { readonly on: string; readonly off: string }
  readonly signs: Readonly<Record<StateSign, string>>
  readonly dots: string
}

const ascii: Strokes = {
  lane: { parent: '|', dependency: ':' },
  stroke: { parent: '-', dependency: '-' },
  cross: '|',
  begin: { last: '.', more: '.' },
  end: { last: "'", more: "'" },
  right: { on: '+', off: '`' },
  left: { on: '+', off: "'" },
  signs: {
    plain: '*',
    applied: '*',
    pending: 'o',
    outside: '.',
    unknown: '?',
    row: '@',
    missing: 'x',
    broken: '!',
    fold: '~',
  },
  dots: '...',
}

const unicode: Strokes = {
  lane: { parent: '│', dependency: '┊' },
  stroke: { parent: '─', dependency: '┄' },
  cross: '┼',
  begin: { last: '╮', more: '┬' },
  end: { last: '╯', more: '┴' },
  right: { on: '├', off: '╰' },
  left: { on: '┤', off: '╯' },
  signs: {
    plain: '●',
    applied: '●',
    pending: '○',
    outside: '◌',
    unknown: '?',
    row: '◉',
    missing: '✗',
    broken: '!',
    fold: '┆',
  },
  dots: '…',
}

/** Codes for ANSI colors (SGR). */
const codes = {
  lanes: ['34', '35', '36', '33', '32', '31'],
  id: '1',
  faint: '2',
  signs: {
    plain: '1',
    applied: '32',
    pending: '33',
    outside: '2',
    unknown: '33',
    row: '1;32',
    missing: '1;31',
    broken: '1;31',
    fold: '2',
  },
  tags: {
    row: '1;32',
    head: '1;36',
    label: '35',
    missing: '1;31',
    broken: '1;31',
    duplicate: '1;31',
    placeholder: '33',
    finding: '31',
  },
} as const satisfies { tags: Record<TagKind, string>; signs: Record<StateSign, string> } & Record<
  string,
  unknown
>

/** Maximum message length in characters. */
const maxMessageLength = 60

/** Names are aligned only if the drawing has at most this many lanes. */
const widestAligned = 6

interface Cell {
  readonly text: string
  readonly code: string | null
}

/** Draws the graph, or the part selected by `view`. The text ends with a newline. */
export function drawText(marked: MarkedGraph, view: View = {}, look: TextLook = {}): string {
  const excerpt = excerptOf(marked, view)
  const layout = layoutOf(excerpt)
  const strokes = look.unicode ? unicode : ascii
  const paint = (text: string, code: string | null): string =>
    look.color && code !== null && text.trim() !== '' ? `\u001b[${code}m${text}\u001b[0m` : text
  if (layout.rows.length === 0) return 'No revisions.\n'
  const drawing: Drawing = { excerpt, strokes, paint, ...namedLinks(layout) }
  const lines: string[] = []
  const write = (cells: readonly Cell[], rest = ''): void => {
    const text = cells.map((cell) => paint(cell.text, cell.code)).join('')
    lines.push(`${text}${rest}`.trimEnd())
  }
  layout.rows.forEach((row, index) => {
    const above = layout.rows[index - 1]
    if (row.ending.length > 0) write(endingLine(row, strokes))
    else if (above && looksJoined(above, row)) write(lanesOf(row.passing, strokes).cells)
    const { cells, set } = lanesOf(row.passing, strokes)
    const item = excerpt.items[row.item]
    if (!item) return
    const sign = signOf(item)
    set(2 * row.column, strokes.signs[sign], codes.signs[sign])
    const columns = layout.width <= widestAligned ? layout.width : Math.ceil(cells.length / 2)
    while (cells.length < 2 * columns - 1) cells.push({ text: ' ', code: null })
    write(cells, ` ${labelOf(item, row, drawing)}`)
    for (const line of branchingLines(row, strokes)) write(line)
  })
  lines.push(...legend(marked, excerpt, strokes, paint))
  return `${lines.join('\n')}\n`
}

/** Whether two consecutive rows would look connected even though they aren't. */
function looksJoined(above: Row, below: Row): boolean {
  return above.onward === null && above.branching.length === 0 && !below.fed && above.column === below.column
}

function lanesOf(lanes: Row['passing'], strokes: Strokes) {
  const cells: Cell[] = []
  const set = (at: number, text: string, code: string | null): void => {
    while (cells.length <= at) cells.push({ text: ' ', code: null })
    cells[at] = { text, code }
  }
  for (const { lane, kind } of lanes) set(2 * lane, strokes.lane[kind], laneCode(lane))
  return { cells, set }
}

function laneCode(lane: number): string {
  return codes.lanes[lane % codes.lanes.length] ?? '0'
}

/** Draws the line above a row, in which lanes from the right join the row's own lane. */
function endingLine(row: Row, strokes: Strokes): readonly Cell[] {
  const { cells, set } = lanesOf(row.passing, strokes)
  const passing = new Set(row.passing.map(({ lane }) => lane))
  const ends = row.ending.toSorted((a, b) => a.lane - b.lane)
  let from = row.column
  set(2 * from, strokes.right.on, laneCode(from))
  ends.forEach(({ lane, kind }, index) => {
    stroke(set, strokes, { from, to: lane, kind, color: lane }, passing)
    const last = index === ends.length - 1
    set(2 * lane, last ? strokes.end.last : strokes.end.more, laneCode(lane))
    from = lane
  })
  return cells
}

/** Draws the lines below a row. Each line joins at most one lane. */
function branchingLines(row: Row, strokes: Strokes): readonly (readonly Cell[])[] {
  const begun = row.branching.filter(({ joins }) => !joins).toSorted((a, b) => a.lane - b.lane)
  const joined = row.branching.filter(({ joins }) => joins)
  const outermost = begun.at(-1)?.lane ?? -1
  const lines: Row['branching'][] = begun.length > 0 ? [begun] : []
  for (const one of joined) {
    const [first] = lines
    if (first && first === begun && one.lane > outermost && one.lane > row.column) lines[0] = [...begun, one]
    else lines.push([one])
  }
  return lines.map((line, index) => {
    const goesOn = row.onward !== null || index < lines.length - 1
    const begunBefore = lines.slice(0, index).flatMap((before) => before.filter(({ joins }) => !joins))
    const present = [...row.passing, ...begunBefore]
    return branchingLine(row.column, line, { present, goesOn, strokes })
  })
}

function branchingLine(
  column: number,
  line: Row['branching'],
  { present, goesOn, strokes }: { present: Row['passing']; goesOn: boolean; strokes: Strokes },
): readonly Cell[] {
  const { cells, set } = lanesOf(present, strokes)
  const passing = new Set(present.map(({ lane }) => lane))
  const toLeft = line.some(({ lane }) => lane < column)
  const side = toLeft ? strokes.left : strokes.right
  set(2 * column, goesOn ? side.on : side.off, laneCode(column))
  let from = column
  line.forEach(({ lane, kind, joins }, index) => {
    stroke(set, strokes, { from, to: lane, kind, color: lane }, passing)
    const last = index === line.length - 1
    const begins = last ? strokes.begin.last : strokes.begin.more
    const onto = toLeft ? strokes.right.on : strokes.left.on
    set(2 * lane, joins ? onto : begins, laneCode(lane))
    from = lane
  })
  return cells
}

function stroke(
  set: (at: number, text: string, code: string | null) => void,
  strokes: Strokes,
  { from, to, kind, color }: { from: number; to: number; kind: Kind; color: number },
  passing: ReadonlySet<number>,
): void {
  const [low, high] = from < to ? [from, to] : [to, from]
  for (let at = 2 * low + 1; at < 2 * high; at += 1) {
    const crosses = at % 2 === 0 && passing.has(at / 2)
    if (crosses) set(at, strokes.cross, laneCode(at / 2))
    else set(at, strokes.stroke[kind], laneCode(color))
  }
}

interface Drawing {
  readonly excerpt: Excerpt
  readonly dependencies: ReadonlyMap<number, readonly number[]>
  readonly circles: ReadonlyMap<number, readonly number[]>
  readonly strokes: Strokes
  readonly paint: (text: string, code: string | null) => string
}

/** Collects links that are also listed by name: dependencies, and links that close a cycle. */
function namedLinks({ routes }: Layout): Pick<Drawing, 'dependencies' | 'circles'> {
  const dependencies = new Map<number, number[]>()
  const circles = new Map<number, number[]>()
  const add = (map: Map<number, number[]>, { from, to }: MarkedLink): void => {
    map.set(from, [...(map.get(from) ?? []), to])
  }
  for (const { link, circular } of routes) {
    if (link.kind === 'dependency') add(dependencies, link)
    if (circular) add(circles, link)
  }
  return { dependencies, circles }
}

function labelOf(item: Item, row: Row, drawing: Drawing): string {
  const { excerpt, strokes, paint, dependencies, circles } = drawing
  if (item.kind === 'fold') return paint(`${strokes.dots} ${foldWords(item)} ${strokes.dots}`, codes.faint)
  const { revision } = item
  const tags = tagsOf(revision).map(({ kind, text }) => paint(text, codes.tags[kind]))
  const name = paint(nameOf(revision), codes.id)
  const nameAt = (index: number): string => {
    const other = excerpt.items[index]
    return other?.kind === 'revision' ? nameOf(other.revision) : 'folded revisions'
  }
  const needs = dependencies.get(row.item) ?? []
  if (needs.length > 0) tags.push(`depends on ${needs.map(nameAt).join(', ')}`)
  const before = circles.get(row.item) ?? []
  if (before.length > 0) {
    tags.push(paint(`cycle: comes after ${before.map(nameAt).join(', ')}`, codes.tags.broken))
  }
  const message = printable(revision.message)
  const short =
    message.length > maxMessageLength ? `${message.slice(0, maxMessageLength - 3).trimEnd()}...` : message
  return [name, ...(tags.length > 0 ? [`(${tags.join(', ')})`] : []), short].join(' ').trimEnd()
}

/** Returns a sentence about version rows that match no revision, followed by a legend. */
function legend(
  marked: MarkedGraph,
  excerpt: Excerpt,
  strokes: Strokes,
  paint: Drawing['paint'],
): readonly string[] {
  const used = new Set(excerpt.items.map(signOf))
  const signs = (Object.keys(signWords) as StateSign[]).filter((sign) => used.has(sign) && sign !== 'fold')
  const stray = strayRowsSentence(marked)
  const lines = stray === null ? [] : [stray]
  if (signs.some((sign) => sign !== 'plain')) {
    const words = signs.map((sign) => `${paint(strokes.signs[sign], codes.signs[sign])} ${signWords[sign]}`)
    const dependency = excerpt.links.some(({ kind }) => kind === 'dependency')
    if (dependency) words.push(`${strokes.lane.dependency} ${linkWords.dependency}`)
    lines.push(words.join('   '))
  }
  return lines.length > 0 ? ['', ...lines] : []
}
