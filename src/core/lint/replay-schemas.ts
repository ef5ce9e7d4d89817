/** Computes the schema before and after each migration by replaying all migrations. */
import type { MapNode } from '../history/map-node.ts'
import type { Operations } from '../history/operation.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import { type MigratedSchema, emptySchema, mergedSchemas, schemaAfter } from '../schema/migrated-schema.ts'
import { nodesBefore } from './history-order.ts'

interface SchemaPair {
  readonly id: string
  readonly before: MigratedSchema
  readonly after: MigratedSchema
}

/**
 * Computes the schemas before and after a migration. Request revisions in order, because going back restarts the
 * replay.
 */
export function replaySchemas(
  graph: RevisionGraph,
  order: readonly MapNode[],
  upgradeOf: (id: string) => Operations | null,
): (id: string) => SchemaPair | null {
  const positions = new Map(order.map(({ id }, position) => [id, position]))
  let replay = startReplay(graph, order, upgradeOf)
  return (id) => {
    const position = positions.get(id)
    if (position === undefined) return null
    if (position < replay.done() - 1) replay = startReplay(graph, order, upgradeOf)
    return replay.until(position)
  }
}

interface Replay {
  /** Number of migrations replayed so far. */
  done(): number
  /** Continues the replay up to a position in the history, which must not come before the last replayed migration. */
  until(position: number): SchemaPair | null
}

function startReplay(
  graph: RevisionGraph,
  order: readonly MapNode[],
  upgradeOf: (id: string) => Operations | null,
): Replay {
  const after = new Map<string, MigratedSchema>()
  const children = new Map<string, number>()
  for (const node of order) {
    for (const { id } of nodesBefore(graph, node)) children.set(id, (children.get(id) ?? 0) + 1)
  }
  let done = 0
  let last: SchemaPair | null = null
  const step = (node: MapNode): SchemaPair => {
    const parents = nodesBefore(graph, node)
    // In a broken graph, a parent may come after its child. In that case, treat the parent's schema as empty.
    const known = mergedSchemas(parents.map(({ id }) => after.get(id) ?? emptySchema))
    for (const { id } of parents) {
      const left = (children.get(id) ?? 0) - 1
      children.set(id, left)
      if (left === 0) after.delete(id)
    }
    const lost = node.revision.downRevisions.some((name) => !graph.map.byId.has(name))
    const before = lost ? { ...known, unsure: true } : known
    const upgrade = upgradeOf(node.id)
    const own = upgrade === null ? { ...before, unsure: true } : schemaAfter(before, upgrade, node.id)
    if ((children.get(node.id) ?? 0) > 0) after.set(node.id, own)
    return { id: node.id, before, after: own }
  }
  return {
    done: () => done,
    until(position) {
      for (; done <= position; done++) {
        const node = order[done]
        if (node !== undefined) last = step(node)
      }
      return last
    },
  }
}
