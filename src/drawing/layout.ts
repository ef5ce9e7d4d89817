/**
 * Computes positions: rows from newest to oldest, and lanes that lead links past unrelated rows, as in `git log
 * --graph`. All output formats use them. Depends only on the links.
 */
import type { MarkedLink } from './marks.ts'
import type { Excerpt } from './view.ts'

/** A link and its lane. Links only share a lane if they are of the same kind and lead down to the same item. */
export interface Route {
  readonly link: MarkedLink
  /** Indexes of the link's two items. `upper` is drawn above `lower`. */
  readonly upper: number
  readonly lower: number
  readonly lane: number
  /** True if the child is below its parent, which means that the link closes a cycle. */
  readonly circular: boolean
}

/** A line that connects an item to a lane in another column. */
export interface Branching {
  readonly lane: number
  readonly kind: MarkedLink['kind']
  /** True if the line joins a lane that already exists. */
  readonly joins: boolean
}

/** A lane in use, and the kind of link drawn in it. */
export interface HeldLane {
  readonly lane: number
  readonly kind: MarkedLink['kind']
}

/** A row of the drawing. */
export interface Row {
  readonly item: number
  readonly column: number
  /** Lanes that end in this row, except the item's own. */
  readonly ending: readonly HeldLane[]
  /** True if a link from above reaches the item in its own column. */
  readonly fed: boolean
  /** Lanes that pass the item without ending there. */
  readonly passing: readonly HeldLane[]
  /** Kind of the link that leads down from the item in its own column; null if there is none. */
  readonly onward: MarkedLink['kind'] | null
  readonly branching: readonly Branching[]
}

/** Positions of all items and links in a drawing. */
export interface Layout {
  /** Rows of the drawing from top to bottom. */
  readonly rows: readonly Row[]
  /** For each item, the index of the row that contains it. */
  readonly rowOf: readonly number[]
  readonly routes: readonly Route[]
  /** Number of columns in the drawing. */
  readonly width: number
}

/** The use of a lane. `target` is the item where the lane ends; `kind` is the kind of link drawn in the lane. */
interface Lane {
  readonly target: number
  readonly kind: MarkedLink['kind']
}

/** A link below its upper item. */
interface Leaving {
  readonly link: MarkedLink
  readonly lower: number
  readonly circular: boolean
}

/** The empty list shared by all items. Never modified. */
const none: never[] = []

/**
 * Adds an item to a list. Replaces an empty list instead. Most lists get only one item, and a list created with it
 * takes a third of the memory of one that grows.
 */
function extended<T>(list: T[] | undefined, item: T): T[] {
  if (list === undefined || list.length === 0) return [item]
  list.push(item)
  return list
}

/** Computes the layout of an excerpt. The result is deterministic. */
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
    // Sort parents before dependencies, so that the item's own column leads to a parent if it has one.
    const leaving = downward[item] ?? none
    const sorted =
      leaving.length < 2
        ? leaving
        : leaving.toSorted((a, b) => Number(a.link.kind !== 'parent') - Number(b.link.kind !== 'parent'))
    for (const { link, lower, circular } of sorted) {
      const { kind } = link
      let lane = lanes.findIndex((held) => held?.target === lower && held.kind === kind)
      // Use the item's own column if it's free, even if a lane to the right already leads to the same target. The two
      // lanes then meet at that target.
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

/** Divides the lanes that reach an item's row from above into those that end at the item and those that pass it. */
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

/** Returns the number of lanes in a row, including empty ones. */
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
 * Sorts children before parents, one branch after another, to keep linear chains together. In a cycle, at least one
 * child is placed below its parent.
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
  // The revision with the longest history comes first and gets the first column. If histories are equally long,
  // Alembic's load order determines which is first.
  const byDepth = (a: number, b: number): number => depthOf(a) - depthOf(b) || b - a
  const all = [...items.keys()]
  const stack = all.filter((item) => waiting[item] === 0).sort(byDepth)
  const done = new Set<number>()
  const order: number[] = []
  // In a cycle, every item waits for another item, so start with the item that was loaded last.
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
    // Visit the first parent last, so that parallel branches are drawn before it and end early.
    stack.push(...new Set(ready))
  }
  return order
}

/** Returns the last item that is part of a cycle and isn't in `done`. Items below a cycle don't count. */
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

/** Returns the length of the longest downward path from an item; arbitrary if the item is in a cycle. */
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
