import type { MapNode } from '../history/map-node.ts'
import { parentsFirst } from '../history/parents-first.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'

/** Revisions from oldest to newest. Parents come first, unless the graph is broken. */
export function historyOrder(graph: RevisionGraph): readonly MapNode[] {
  if (graph.problem === null) return parentsFirst(graph.map)
  // A graph that Alembic rejects has no depths, so walk from children to parents.
  const order = new Map<string, MapNode>()
  const entered = new Set<string>()
  for (const start of graph.map.byId.values()) {
    const pending = [start]
    for (let node = pending.at(-1); node !== undefined; node = pending.at(-1)) {
      const parents = entered.has(node.id) ? [] : nodesBefore(graph, node)
      entered.add(node.id)
      const unseen = parents.filter(({ id }) => !entered.has(id))
      if (unseen.length > 0) pending.push(...unseen.toReversed())
      else order.set(pending.pop()?.id ?? node.id, node)
    }
  }
  return [...order.values()]
}

/** A revision's parents and dependencies, except missing ones. */
export function nodesBefore(
  graph: RevisionGraph,
  { down, before, dependencies }: MapNode,
): readonly MapNode[] {
  // Almost every revision has one parent and no dependencies.
  const only = down.length === 1 && before === down && dependencies.length === 0
  const names = only ? down : new Set([...before, ...down, ...dependencies])
  return [...names].flatMap((name) => graph.map.byId.get(name) ?? [])
}
