/** Quickly checks the newest applied migrations without using the full parser. Sends no queries. */
import { FileUnreadable } from '../../adapters/files/file-tree.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import { resolveIdentifier } from '../../core/history/identifier.ts'
import { reasonNotToName } from '../../core/upgrade/env-interference.ts'
import type { PendingNames } from '../../core/dry-run/referenced-names.ts'
import type { SchemaSnapshot, TransactionEvidence } from '../../core/schema/schema-snapshot.ts'
import {
  type PlainObject,
  newestApplied,
  plainlyThere,
  typesPlainlyFit,
} from '../../core/evidence/expected-objects.ts'
import { readPlainOperations } from '../../python/header/plain-operations.ts'
import type { History } from './history.ts'

/** The objects that each migration creates, and the tables to look up. */
export interface QuickCheck {
  readonly kind: 'glance'
  readonly made: readonly PlainObject[]
  readonly names: PendingNames
}

/** Returns the newest applied revisions. Null if they can't be determined from the version rows and the graph. */
export function newestRows(
  { repository, graph }: History,
  state: DatabaseState,
  most: number,
): readonly string[] | null {
  if (graph.problem || reasonNotToName(repository, state.dialect) !== null || state.versions.length === 0)
    return null
  const rows = state.versions.flatMap((row) => {
    const found = row.kind === 'text' ? resolveIdentifier(graph, row.value) : null
    return found?.kind === 'revision' && row.kind === 'text' && found.id === row.value ? [found.id] : []
  })
  if (rows.length < state.versions.length) return null
  const newest = newestApplied(graph, rows, most)
  return newest.length === 0 ? null : newest
}

/** Plans the quick check; null if a migration isn't simple enough or can't be read. */
export function planQuickCheck({ graph, tree }: History, newest: readonly string[]): QuickCheck | null {
  const made: PlainObject[] = []
  try {
    for (const id of newest) {
      const path = graph.map.byId.get(id)?.revision.path ?? ''
      const bytes = path === '' ? null : tree.readFile(path)
      const operations = bytes && readPlainOperations(bytes, path)
      if (!operations) return null
      made.push(operations)
    }
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
  const tables = made.flatMap(({ tables: own, columns }) => [...own, ...columns.map(({ table }) => table)])
  return { kind: 'glance', made, names: { names: [...new Set(tables)], schemas: [] } }
}

/**
 * Whether the full check can be skipped, because every object exists and has the right type. If transactions are
 * known, each transaction that wrote a version row must also have created an object.
 */
export function quickCheckPasses(
  { made }: QuickCheck,
  schema: SchemaSnapshot,
  transactions: TransactionEvidence | null,
): boolean {
  const fits = transactions?.kind !== 'available' || transactions.rows.every((row) => row.made.length > 0)
  return fits && plainlyThere(made, schema) && typesPlainlyFit(made, schema)
}
