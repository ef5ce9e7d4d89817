/** Determines which live objects come from this release's migrations. */
import type { LiveEvidence } from '../evidence/applied-revisions.ts'
import { namesIn } from '../dry-run/referenced-names.ts'
import { comparedObjects } from '../evidence/schema-comparison.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import { keysOf } from '../schema/object-keys.ts'
import type { TableSnapshot } from '../schema/schema-snapshot.ts'

/** Live objects, grouped by whether a migration mentions them. Names are for display. */
export interface SchemaOwnership {
  /** Tables mentioned in this release's migrations. */
  readonly ours: readonly string[]
  /** Tables not mentioned in any of this release's migrations, excluding the version table. */
  readonly others: readonly string[]
  /** Columns that no migration creates, in tables mentioned in migrations. */
  readonly columns: readonly string[]
}

/** Caches the latest result for each evidence object. A result is valid only for the same `graph`. */
const known = new WeakMap<LiveEvidence, { graph: RevisionGraph; ownership: SchemaOwnership | null }>()

/** Compares live tables with the names that migrations mention. Returns null if some of these names can't be read. */
export function schemaOwnership(
  graph: RevisionGraph,
  versionTable: string,
  live: LiveEvidence,
): SchemaOwnership | null {
  const before = known.get(live)
  if (before?.graph === graph) return before.ownership
  const ownership = compareNames(graph, versionTable, live)
  known.set(live, { graph, ownership })
  return ownership
}

function compareNames(
  graph: RevisionGraph,
  versionTable: string,
  { schema, operations }: LiveEvidence,
): SchemaOwnership | null {
  const ids = graph.revisions.map(({ id }) => id)
  const open = ids.some((id) => {
    const steps = operations.get(id)
    return steps?.kind !== 'operations' || steps.operations.some(({ kind }) => kind === 'opaque')
  })
  if (open) return null
  const naming = { dialect: schema.dialect, defaultSchema: schema.defaultSchema }
  const { name, column } = keysOf(naming)
  const created = new Set<string>()
  for (const { key } of comparedObjects(graph, operations, schema))
    if (key.startsWith('column ')) created.add(key)
  const named = new Set<string>()
  for (const one of namesIn(ids, operations)) named.add(name({ schema: null, name: one }))
  const isOurs = (table: TableSnapshot): boolean => named.has(name({ schema: null, name: table.name }))
  const tables = schema.tables.filter((table) => table.name !== versionTable)
  return {
    ours: tables.filter(isOurs).map((table) => table.name),
    others: tables.filter((table) => !isOurs(table)).map((table) => table.name),
    columns: tables
      .filter(isOurs)
      .flatMap((table) =>
        table.columns
          .filter((one) => !created.has(column(table, one.name)))
          .map((one) => `${table.name}.${one.name}`),
      ),
  }
}
