/** Finds cycles and redundant parents in the revision graph. */
import type { Revision } from './revision.ts'
import { type RevisionMap, parentsAndDependencies, reach } from './revision-map.ts'
import type { MapNode } from './map-node.ts'

/** A cycle. Each revision refers to the next one, and the last to the first. */
export interface CyclePath {
  readonly ids: readonly string[]
  /** Whether at least one link is a `depends_on`. */
  readonly throughDependency: boolean
}

/** Returns one cycle per strongly connected component, including cycles that Alembic's own check misses. */
export function cyclesIn(map: RevisionMap): readonly CyclePath[] {
  if (map.orderly) return []
  return knotsIn(map).flatMap((knot) => {
    const path = closedPath(map, knot)
    if (path === null) return []
    const throughDependency = path.some((node, place) => {
      const next = path[(place + 1) % path.length]
      return next !== undefined && !node.down.includes(next.id)
    })
    return [{ ids: path.map(({ id }) => id), throughDependency }]
  })
}

/**
 * Returns redundant parents and dependencies, which are ancestors of another parent or dependency of the same
 * revision.
 */
export function redundantParentsIn(
  map: RevisionMap,
): readonly { readonly revision: Revision; readonly parent: string; readonly ancestorOf: string }[] {
  return [...map.byId.values()].flatMap((node) =>
    node.before.length < 2
      ? []
      : node.before.flatMap((parent) => {
          const ancestorOf = node.before.find((other) => other !== parent && comesBefore(map, parent, other))
          return ancestorOf === undefined ? [] : [{ revision: node.revision, parent, ancestorOf }]
        }),
  )
}

/** Whether one revision is an ancestor of another. Searches from both ends at once. */
export function comesBefore(map: RevisionMap, earlier: string, later: string): boolean {
  const low = map.byId.get(earlier)
  const high = map.byId.get(later)
  if (!low || !high) return false
  if (!map.orderly) return reach(map, [high], 'before').has(low)
  if (low.depth >= high.depth) return false
  const between = ({ depth }: MapNode): boolean => depth >= low.depth && depth <= high.depth
  const down = { seen: new Set([high]), todo: [high], links: 'before' as const }
  const up = { seen: new Set([low]), todo: [low], links: 'dependents' as const }
  for (;;) {
    for (const walk of [up, down]) {
      const node = walk.todo.pop()
      if (!node) return false
      for (const id of node[walk.links]) {
        const next = map.byId.get(id)
        if (next === (walk === up ? high : low)) return true
        if (!next || walk.seen.has(next) || !between(next)) continue
        walk.seen.add(next)
        walk.todo.push(next)
      }
    }
  }
}

function linksOf(map: RevisionMap, node: MapNode): readonly MapNode[] {
  return parentsAndDependencies(node).flatMap((id) => map.byId.get(id) ?? [])
}

/** Returns the strongly connected components that contain a cycle. Uses Tarjan's algorithm without recursion. */
function knotsIn(map: RevisionMap): readonly ReadonlySet<MapNode>[] {
  const numbers = new Map<MapNode, number>()
  const lowest = new Map<MapNode, number>()
  const open: MapNode[] = []
  const isOpen = new Set<MapNode>()
  const knots: Set<MapNode>[] = []
  const enter = (node: MapNode): { node: MapNode; links: readonly MapNode[]; next: number } => {
    numbers.set(node, numbers.size)
    lowest.set(node, numbers.size - 1)
    open.push(node)
    isOpen.add(node)
    return { node, links: linksOf(map, node), next: 0 }
  }
  const lower = (node: MapNode, value: number): void => {
    lowest.set(node, Math.min(lowest.get(node) ?? value, value))
  }
  for (const root of map.byId.values()) {
    if (numbers.has(root)) continue
    const path = [enter(root)]
    for (let frame = path.at(-1); frame; frame = path.at(-1)) {
      const { node } = frame
      const link = frame.links[frame.next]
      frame.next += 1
      if (link) {
        const number = numbers.get(link)
        if (number === undefined) path.push(enter(link))
        else if (isOpen.has(link)) lower(node, number)
        continue
      }
      path.pop()
      const low = lowest.get(node) ?? 0
      const below = path.at(-1)
      if (below) lower(below.node, low)
      if (low !== numbers.get(node)) continue
      const knot = new Set(open.splice(open.lastIndexOf(node)))
      for (const member of knot) isOpen.delete(member)
      if (knot.size > 1 || linksOf(map, node).includes(node)) knots.push(knot)
    }
  }
  return knots
}

/** Returns the shortest cycle through the revision that is loaded first. */
function closedPath(map: RevisionMap, knot: ReadonlySet<MapNode>): readonly MapNode[] | null {
  const [start] = [...knot].sort((a, b) => a.index - b.index)
  if (!start) return null
  const cameFrom = new Map<MapNode, MapNode>()
  const todo = [start]
  for (const node of todo) {
    for (const next of linksOf(map, node)) {
      if (next === start) {
        const path = [node]
        for (let step = cameFrom.get(node); step; step = cameFrom.get(step)) path.push(step)
        return path.toReversed()
      }
      if (!knot.has(next) || cameFrom.has(next)) continue
      cameFrom.set(next, node)
      todo.push(next)
    }
  }
  return null
}
