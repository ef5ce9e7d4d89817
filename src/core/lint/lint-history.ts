/** The migrations of a graph in upgrade order, with the schema before each one. Pure. */
import type { RevisionGraph } from '../history/revision-graph.ts'
import type { LintHistory, LintedMigration } from './lint-rule.ts'
import { type MigratedSchema, emptySchema, mergedSchemas, schemaAfter } from '../schema/migrated-schema.ts'
import type { MapNode } from '../history/map-node.ts'

/**
 * Returns the revisions oldest first; each one comes after its parents and dependencies, unless the graph is broken.
 */
export function historyOrder(graph: RevisionGraph): readonly MapNode[] {
  if (graph.problem === null) {
    return [...graph.map.byId.values()].toSorted((a, b) => a.depth - b.depth || a.index - b.index)
  }
  // A graph that Alembic rejects has no depths, so walk from each file to its parents.
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

/** Returns those parents and dependencies of a revision that exist. */
function nodesBefore(graph: RevisionGraph, { down, before, dependencies }: MapNode): readonly MapNode[] {
  const names = new Set([...before, ...down, ...dependencies])
  return [...names].flatMap((name) => graph.map.byId.get(name) ?? [])
}

/** Calls `read` at most once per migration; `read` returns null if the file can't be read. */
export function buildHistory(
  graph: RevisionGraph,
  read: (id: string) => LintedMigration | null,
): LintHistory {
  const migrations = new Map<string, LintedMigration | null>()
  const of = (id: string): LintedMigration | null => {
    const kept = migrations.get(id)
    if (kept !== undefined) return kept
    const migration = read(id)
    migrations.set(id, migration)
    return migration
  }
  const order = historyOrder(graph)
  const ancestors = new Map<string, readonly LintedMigration[]>()
  const after = new Map<string, MigratedSchema>()
  const schemaBefore = new Map<string, MigratedSchema>()
  let replayed = 0
  // In a broken graph, a parent that comes later counts as unknown.
  const replayUntil = (id: string): void => {
    for (; replayed < order.length && !schemaBefore.has(id); replayed++) {
      const node = order[replayed]
      if (node === undefined) return
      const known = mergedSchemas(
        nodesBefore(graph, node).map(({ id: parent }) => after.get(parent) ?? emptySchema),
      )
      const lost = node.revision.downRevisions.some((name) => !graph.map.byId.has(name))
      const before = lost ? { ...known, unsure: true } : known
      schemaBefore.set(node.id, before)
      const migration = of(node.id)
      after.set(
        node.id,
        migration === null ? { ...before, unsure: true } : schemaAfter(before, migration.upgrade, node.id),
      )
    }
  }
  return {
    of,
    order: order.map(({ id }) => id),
    before(id) {
      const kept = ancestors.get(id)
      if (kept) return kept
      const reached = new Set<string>()
      const start = graph.map.byId.get(id)
      const pending = start === undefined ? [] : [...nodesBefore(graph, start)]
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        if (next.id === id || reached.has(next.id)) continue
        reached.add(next.id)
        pending.push(...nodesBefore(graph, next))
      }
      const found = order.flatMap((node) => (reached.has(node.id) ? (of(node.id) ?? []) : []))
      ancestors.set(id, found)
      return found
    },
    schemaBefore(id) {
      replayUntil(id)
      return schemaBefore.get(id) ?? { ...emptySchema, unsure: true }
    },
    schemaAfter(id) {
      replayUntil(id)
      return after.get(id) ?? { ...emptySchema, unsure: true }
    },
  }
}
