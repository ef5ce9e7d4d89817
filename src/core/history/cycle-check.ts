/**
 * Implements Alembic's cycle check (`_detect_cycles`, alembic/script/revision.py), including its quirks. The
 * check misses some cycles that `graph-defects.ts` finds.
 */
import { comparePythonText, pythonRepr } from '../text/python-text.ts'
import type { MapNode, MapProblem } from './map-node.ts'

/** Runs one pass of `_detect_cycles`, which reports every revision that isn't on a path from a base to a head. */
export function findCycle(
  round: 'Cycle' | 'Dependency cycle',
  byId: ReadonlyMap<string, MapNode>,
  heads: readonly MapNode[],
  bases: readonly MapNode[],
  down: (node: MapNode) => Iterable<string>,
  up: (node: MapNode) => Iterable<string>,
): MapProblem | null {
  if (byId.size === 0) return null
  const detected = (ids: readonly string[]): MapProblem => ({
    kind: 'cycle',
    error: { type: 'CommandError', message: `${round} is detected in revisions (${ids.join(', ')})` },
    otherMessages: [],
    ids,
  })
  if (heads.length === 0 || bases.length === 0) return detected([...byId.keys()])
  const below = idsWithin(byId, heads, down, true)
  if ('kind' in below) return below
  const above = idsWithin(byId, bases, up, false)
  if ('kind' in above) return above
  const outside = [...byId.keys()].filter((id) => !below.has(id) || !above.has(id))
  return outside.length > 0 ? detected(outside.sort(comparePythonText)) : null
}

/** Creates the `KeyError` for a failed lookup. `key` is formatted as Python prints it. */
export function keyError(key: string, node: MapNode): MapProblem {
  const error = { type: 'KeyError', message: key }
  return { kind: 'missing-down-revision', error, otherMessages: [], ids: [node.id] }
}

/**
 * Returns the ids reachable from `starts`. When searching downward, any name that isn't an id is an error,
 * even a label or prefix.
 */
function idsWithin(
  byId: ReadonlyMap<string, MapNode>,
  starts: Iterable<MapNode>,
  links: (node: MapNode) => Iterable<string>,
  downwards: boolean,
): Set<string> | MapProblem {
  const seen = new Set<MapNode>()
  const ids = new Set<string>()
  for (const start of starts) {
    const todo = [start]
    for (let node = todo.pop(); node; node = todo.pop()) {
      if (seen.has(node)) continue
      seen.add(node)
      ids.add(node.id)
      const missing = downwards ? missingAmong(node, links(node), byId) : null
      if (missing !== null) return keyError(missing, node)
      for (const id of links(node)) {
        const next = byId.get(id)
        if (next) todo.push(next)
      }
    }
  }
  return ids
}

/** Returns the first unknown name, formatted as Python prints it; null if all names exist. */
export function missingAmong(
  node: MapNode,
  names: Iterable<string>,
  known: ReadonlyMap<string, MapNode>,
): string | null {
  const { strangeParent } = node.revision
  let place = 0
  for (const name of names) {
    if (place === strangeParent?.index) return strangeParent.repr
    if (!known.has(name)) return pythonRepr(name)
    place += 1
  }
  return strangeParent?.repr ?? null
}
