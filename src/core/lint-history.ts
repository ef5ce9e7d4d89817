/** The migrations of a graph in the order in which Alembic runs them, and the schema that each one finds. Pure. */
import type { RevisionGraph } from './graph.ts'
import type { LintHistory, LintedMigration } from './lint-rule.ts'
import type { MapNode } from './revision-map.ts'
import { type StatedSchema, emptySchema, mergedSchemas, schemaAfter } from './stated-schema.ts'

/** Oldest first; each revision comes after its parents and what it depends on. */
export function historyOrder(graph: RevisionGraph): readonly MapNode[] {
  return [...graph.map.byId.values()].toSorted((a, b) => a.depth - b.depth || a.index - b.index)
}

/** `read` is asked at most once for each migration; null: its file can't be read. */
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
  const parentsOf = ({ before }: MapNode): readonly string[] => before
  const ancestors = new Map<string, readonly LintedMigration[]>()
  const after = new Map<string, StatedSchema>()
  const schemaBefore = new Map<string, StatedSchema>()
  let replayed = 0
  // A parent that comes later in a broken graph is as good as unknown.
  const replayUntil = (id: string): void => {
    for (; replayed < order.length && !schemaBefore.has(id); replayed++) {
      const node = order[replayed]
      if (node === undefined) return
      const before = mergedSchemas(parentsOf(node).map((parent) => after.get(parent) ?? emptySchema))
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
      const pending = [...(graph.map.byId.get(id)?.before ?? [])]
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        if (next === id || reached.has(next)) continue
        reached.add(next)
        pending.push(...(graph.map.byId.get(next)?.before ?? []))
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
