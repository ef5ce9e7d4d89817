/** Cache of each map's revisions in sorted order. All code that processes a whole history shares it. */
import type { MapNode } from './map-node.ts'
import type { RevisionMap } from './revision-map.ts'

const sorted = new WeakMap<RevisionMap, readonly MapNode[]>()

/**
 * Returns the map's revisions, each after its parents and dependencies. Revisions at the same depth are in load
 * order. The map must be `orderly`.
 */
export function parentsFirst(map: RevisionMap): readonly MapNode[] {
  const known = sorted.get(map)
  if (known) return known
  const nodes = [...map.byId.values()].sort((a, b) => a.depth - b.depth || a.index - b.index)
  sorted.set(map, nodes)
  return nodes
}
