/** Speeds up repeated ancestor queries on one set of revisions. */
import { type RevisionMap, reach } from './revision-map.ts'
import type { MapNode } from './map-node.ts'

/** Maximum number of revisions for a bit matrix. With more revisions, every query traverses the graph. */
const maxBits = 16_384

/**
 * Returns a function that tests whether `candidate` is `tip` or one of its ancestors. For any two revisions
 * in `nodes`, every revision on a path between them must be included too.
 */
export function ancestorTest(
  map: RevisionMap,
  nodes: ReadonlySet<MapNode>,
): (tip: MapNode, candidate: MapNode) => boolean {
  if (nodes.size > maxBits || !map.orderly) {
    const walked = new Map<MapNode, ReadonlySet<MapNode>>()
    return (tip, candidate) => {
      if (map.orderly && candidate.depth > tip.depth) return false
      const known = walked.get(tip) ?? reach(map, [tip], 'before')
      walked.clear()
      walked.set(tip, known)
      return known.has(candidate)
    }
  }
  let places: Map<MapNode, number> | null = null
  let bits: Uint32Array = new Uint32Array(0)
  let width = 0
  return (tip, candidate) => {
    if (tip === candidate) return true
    if (candidate.depth >= tip.depth) return false
    if (places === null) {
      const sorted = [...nodes].sort((a, b) => a.depth - b.depth)
      places = new Map(sorted.map((node, place) => [node, place]))
      width = Math.ceil(nodes.size / 32)
      bits = new Uint32Array(width * nodes.size)
      for (const [node, place] of places) mark(map, node, place, places, bits, width)
    }
    const row = places.get(tip)
    const column = places.get(candidate)
    if (row === undefined || column === undefined) return false
    return (((bits[row * width + (column >>> 5)] ?? 0) >>> (column & 31)) & 1) === 1
  }
}

/** Fills in a revision's row in the matrix. The rows of its parents and dependencies must already be filled in. */
function mark(
  map: RevisionMap,
  node: MapNode,
  place: number,
  places: ReadonlyMap<MapNode, number>,
  bits: Uint32Array,
  width: number,
): void {
  const row = place * width
  for (const id of node.before) {
    const parent = map.byId.get(id)
    const other = parent === undefined ? undefined : places.get(parent)
    if (other === undefined) continue
    const from = other * width
    for (let word = 0; word <= other >>> 5; word += 1) {
      bits[row + word] = (bits[row + word] ?? 0) | (bits[from + word] ?? 0)
    }
  }
  const own = row + (place >>> 5)
  bits[own] = (bits[own] ?? 0) | (1 << (place & 31))
}
