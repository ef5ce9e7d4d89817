/** Gives lint rules access to the schemas, steps and source text of all migrations. */
import type { Operations } from '../history/operation.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import { emptySchema } from '../schema/migrated-schema.ts'
import { ancestryOf, mentionTest } from './ancestry.ts'
import { historyOrder } from './history-order.ts'
import type { LintHistory, LintedMigration } from './lint-rule.ts'
import { replaySchemas } from './replay-schemas.ts'
import { indexSteps } from './step-index.ts'

/** Reads migrations by id. Each method returns null if the file can't be read. */
export interface MigrationReader {
  readonly migration: (id: string) => LintedMigration | null
  /** Reads only the operations of `upgrade`, which is faster. */
  readonly upgrade: (id: string) => Operations | null
  readonly text: (id: string) => string | null
}

/** Builds the history. Reads migrations on demand and keeps little in memory. */
export function buildHistory(graph: RevisionGraph, reader: MigrationReader): LintHistory {
  const nodes = historyOrder(graph)
  const order = nodes.map(({ id }) => id)
  const upgrades = new Map<string, Operations | null>()
  const downgrades = new Map<string, boolean>()
  let last: { readonly id: string; readonly migration: LintedMigration | null } | null = null
  const of = (id: string): LintedMigration | null => {
    if (last?.id === id) return last.migration
    const migration = reader.migration(id)
    last = { id, migration }
    upgrades.set(id, kept(migration?.upgrade ?? null))
    downgrades.set(id, migration !== null && hasDowngrade(migration))
    return migration
  }
  const upgradeOf = (id: string): Operations | null => {
    const known = upgrades.get(id)
    if (known !== undefined) return known
    const upgrade = kept(reader.upgrade(id))
    upgrades.set(id, upgrade)
    return upgrade
  }
  const ancestry = ancestryOf(graph, order)
  const counted = { migrations: 0, downgrades: 0 }
  const schemas = replaySchemas(graph, nodes, upgradeOf)
  return {
    order,
    of,
    upgradeOf,
    steps: indexSteps(order, upgradeOf, ancestry),
    schemaBefore: (id) => schemas(id)?.before ?? { ...emptySchema, unsure: true },
    schemaAfter: (id) => schemas(id)?.after ?? { ...emptySchema, unsure: true },
    isMentionedBefore: mentionTest(order, reader.text, ancestry),
    downgradesUpTo(limit) {
      for (; counted.downgrades < limit && counted.migrations < order.length; counted.migrations++) {
        const id = order[counted.migrations] ?? ''
        if (!downgrades.has(id)) of(id)
        if (downgrades.get(id)) counted.downgrades += 1
      }
      return counted.downgrades
    },
  }
}

/** `inquiry` would keep the whole syntax tree in memory. */
function kept(operations: Operations | null): Operations | null {
  if (operations?.kind !== 'operations' || operations.inquiry === undefined) return operations
  return { kind: 'operations', operations: operations.operations }
}

/** Whether a migration has a non-empty `downgrade`. */
export function hasDowngrade({ source }: LintedMigration): boolean {
  const downgrade = source.functions.find(({ name }) => name === 'downgrade')
  return downgrade !== undefined && downgrade.body !== 'empty'
}
