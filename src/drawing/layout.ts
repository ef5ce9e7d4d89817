/** Lays out a graph in rows (newest first) and lanes, as `git log --graph` does. */
import type { MarkedLink } from './marks.ts'
import type { Excerpt } from './view.ts'

/** A link and its lane. Two links share a lane only if they have the same kind and the same lower item. */
export interface Route {
  readonly link: MarkedLink
  /** Indexes of the linked items. `upper` is drawn above `lower`. */
  readonly upper: number
  readonly lower: number
  readonly lane: number
  /** True if the link closes a cycle, in which case the child is drawn below its parent. */
  readonly circular: boolean
}

/** A line from an item to a lane in another column. */
export interface Branching {
  readonly lane: number
  readonly kind: MarkedLink['kind']
  /** True if the line joins an existing lane. */
  readonly joins: boolean
}

/** A lane in use. */
export interface HeldLane {
  readonly lane: number
  readonly kind: MarkedLink['kind']
}

/** A row in the drawing. */
export interface Row {
  readonly item: number
  readonly column: number
  /** Lanes that end in this row, except the item's own lane. */
  readonly ending: readonly HeldLane[]
  /** True if a link from above reaches the item in its own column. */
  readonly fed: boolean
  readonly passing: readonly HeldLane[]
  /** The kind of link that continues downward in the item's column, if any. */
  readonly onward: MarkedLink['kind'] | null
  readonly branching: readonly Branching[]
}

/** Positions of all items and links. */
export interface Layout {
  /** Rows from top to bottom. */
  readonly rows: readonly Row[]
  /** The row index of each item. */
  readonly rowOf: readonly number[]
  readonly routes: readonly Route[]
  readonly width: number
}

/** A lane in use; it ends at `target`. */
interface Lane {
  readonly target: number
  readonly kind: MarkedLink['kind']
}

/** A link from an item to one in a lower row. */
interface Leaving {
  readonly link: MarkedLink
  readonly lower: number
  readonly circular: boolean
}

/** The empty list shared by all items. Never modified. */
const none: never[] = []

/**
 * Adds an item to a list. Returns a new list instead of growing an empty one, because most lists hold only one item,
 * and a list created with its item uses a third of the memory.
 */
function extended<T>(list: T[] | undefined, item: T): T[] {
  if (list === undefined || list.length === 0) return [item]
  list.push(item)
  return list
}

/** Computes a deterministic layout. */
export function layoutOf(excerpt: Excerpt): Layout {
  const order = orderOf(excerpt)
  const rowOf = excerpt.items.map(() => 0)
  order.forEach((item, row) => (rowOf[item] = row))
  const downward: Leaving[][] = excerpt.items.map(() => none)
  for (const link of excerpt.links) {
    const circular = (rowOf[link.from] ?? 0) > (rowOf[link.to] ?? 0)
    const [upper, lower] = circular ? [link.to, link.from] : [link.from, link.to]
    downward[upper] = extended(downward[upper], { link, lower, circular })
  }
  const lanes: (Lane | null)[] = []
  const routes: Route[] = []
  const rows = order.map((item): Row => {
    const { waiting, passing } = lanesAt(item, lanes)
    const [first] = waiting
    const ending = waiting.length < 2 ? none : waiting.slice(1)
    const column = first?.lane ?? firstFree(lanes, 0)
    for (const { lane } of waiting) lanes[lane] = null
    const branching: Branching[] = []
    let onward: Row['onward'] = null
    // Handle parents before dependencies, so that the item's own column goes to a parent.
    const leaving = downward[item] ?? none
    const sorted =
      leaving.length < 2
        ? leaving
        : leaving.toSorted((a, b) => Number(a.link.kind !== 'parent') - Number(b.link.kind !== 'parent'))
    for (const { link, lower, circular } of sorted) {
      const { kind } = link
      let lane = lanes.findIndex((held) => held?.target === lower && held.kind === kind)
      // Use the item's own column if it's free.
      if (lane >= 0 && (lane <= column || onward !== null)) {
        const known = lane === column || branching.some((one) => one.lane === lane)
        if (!known) branching.push({ lane, kind, joins: true })
      } else if (onward === null) {
        lane = column
        onward = kind
      } else {
        lane = firstFree(lanes, column + 1)
        branching.push({ lane, kind, joins: false })
      }
      lanes[lane] = { target: lower, kind }
      routes.push({ link, upper: item, lower, lane, circular })
    }
    while (lanes.at(-1) === null) lanes.pop()
    return { item, column, ending, fed: first !== undefined, passing, onward, branching }
  })
  const width = rows.reduce((widest, row) => Math.max(widest, widthOf(row)), 0)
  return { rows, rowOf, routes, width }
}

/** Separates lanes that end at the item from lanes that pass it. */
function lanesAt(
  item: number,
  lanes: readonly (Lane | null)[],
): { readonly waiting: readonly HeldLane[]; readonly passing: readonly HeldLane[] } {
  let waiting: HeldLane[] = none
  let passing: HeldLane[] = none
  for (const [lane, held] of lanes.entries()) {
    if (held?.target === item) waiting = extended(waiting, { lane, kind: held.kind })
    else if (held) passing = extended(passing, { lane, kind: held.kind })
  }
  return { waiting, passing }
}

/** The number of lanes in a row, including empty ones. */
export function widthOf({ column, passing, branching, ending }: Row): number {
  let widest = column
  for (const lanes of [passing, branching, ending])
    for (const { lane } of lanes) widest = Math.max(widest, lane)
  return 1 + widest
}

function firstFree(lanes: readonly (Lane | null)[], from: number): number {
  for (let lane = from; lane < lanes.length; lane += 1) if (!lanes[lane]) return lane
  return Math.max(lanes.length, from)
}

/**
 * Sorts children before parents, and keeps linear chains together. In each cycle, some child ends up below its
 * parent.
 */
function orderOf({ items, links }: Excerpt): readonly number[] {
  const parents: number[][] = items.map(() => none)
  const waiting = items.map(() => 0)
  for (const { from, to } of links) {
    parents[from] = extended(parents[from], to)
    waiting[to] = (waiting[to] ?? 0) + 1
  }
  const depths = depthsOf(items.length, parents, waiting)
  const depthOf = (item: number): number => depths[item] ?? 0
  // The revision with the longest history gets the first column. Load order breaks ties.
  const byDepth = (a: number, b: number): number => depthOf(a) - depthOf(b) || b - a
  const all = [...items.keys()]
  const stack = all.filter((item) => waiting[item] === 0).sort(byDepth)
  const done = new Set<number>()
  const order: number[] = []
  // In a cycle, every item waits for another one, so start with the item loaded last.
  const next = (): number | undefined =>
    stack.pop() ?? (order.length < items.length ? lastInCircle(all, parents, done) : undefined)
  for (let item = next(); item !== undefined; item = next()) {
    if (done.has(item)) continue
    done.add(item)
    order.push(item)
    const ready: number[] = []
    for (const parent of parents[item] ?? []) {
      waiting[parent] = (waiting[parent] ?? 0) - 1
      if (waiting[parent] === 0 && !done.has(parent)) ready.push(parent)
    }
    // Visit the first parent last, so that parallel branches end early.
    stack.push(...new Set(ready))
  }
  return order
}

/** Returns the last item on a cycle that isn't in `done`. */
function lastInCircle(
  all: readonly number[],
  parents: readonly (readonly number[])[],
  done: ReadonlySet<number>,
): number | undefined {
  const left = new Set(all.filter((item) => !done.has(item)))
  const below = new Map<number, number>()
  const children = new Map<number, number[]>()
  for (const item of left) {
    const remaining = (parents[item] ?? []).filter((parent) => left.has(parent))
    below.set(item, remaining.length)
    for (const parent of remaining) children.set(parent, [...(children.get(parent) ?? []), item])
  }
  const lowest = [...left].filter((item) => below.get(item) === 0)
  for (const item of lowest) {
    left.delete(item)
    for (const child of children.get(item) ?? []) {
      const rest = (below.get(child) ?? 0) - 1
      below.set(child, rest)
      if (rest === 0) lowest.push(child)
    }
  }
  return [...left].at(-1)
}

/** Length of the longest path down from each item; arbitrary in a cycle. */
function depthsOf(
  count: number,
  parents: readonly (readonly number[])[],
  children: readonly number[],
): readonly number[] {
  const depths: number[] = Array.from({ length: count }, () => 0)
  const left = [...children]
  const order = [...left.keys()].filter((item) => left[item] === 0)
  for (const item of order) {
    for (const parent of parents[item] ?? []) {
      left[parent] = (left[parent] ?? 0) - 1
      if (left[parent] === 0) order.push(parent)
    }
  }
  for (const item of order.toReversed()) {
    for (const parent of parents[item] ?? []) {
      depths[item] = Math.max(depths[item] ?? 0, (depths[parent] ?? 0) + 1)
    }
  }
  return depths
}
