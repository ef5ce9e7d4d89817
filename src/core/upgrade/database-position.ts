/** Determines a database's position in the revision graph. */
import { revisionsFor } from '../history/resolve-revision.ts'
import { AlembicFailure, NotPredictable } from '../history/alembic-failure.ts'
import type { DatabaseState } from '../history/database-state.ts'
import { type RevisionGraph, ancestorsOf, descendantsOf, laterThanOthers } from '../history/revision-graph.ts'
import type { DatabasePosition } from './position.ts'
import type { Prediction } from './prediction.ts'

/** Returns where the database is relative to the target revision, or to the heads if the target can't be resolved. */
export function databasePositionOf(
  graph: RevisionGraph,
  database: DatabaseState,
  prediction: Prediction,
): DatabasePosition {
  const rows = database.versions.filter(({ kind }) => kind !== 'null')
  if (prediction.outcome === 'fails' && prediction.cause.kind === 'version-table' && rows.length === 0) {
    if (prediction.cause.defect === 'missing-column') {
      return { kind: 'indeterminate' }
    }
  }
  if (rows.length === 0) return { kind: 'unversioned' }
  if (graph.problem) return { kind: 'indeterminate' }
  const unknown: string[] = []
  const known = new Set<string>()
  for (const row of rows) {
    if (row.kind !== 'text' || row.value === '') {
      return { kind: 'indeterminate' }
    }
    const ids = idsOfRow(graph, row.value)
    if (ids === null) unknown.push(row.value)
    else for (const id of ids) known.add(id)
  }
  if (unknown.length > 0) return { kind: 'unknown-revision', unknown }
  const later = laterThanOthers(graph, [...known])
  for (const id of known) {
    if (!later.has(id)) continue
    const others = [...ancestorsOf(graph, [id])].filter((other) => other !== id && known.has(other))
    return { kind: 'overlapping', revision: id, others }
  }
  const applied = ancestorsOf(graph, known)
  const targets = prediction.targets.length > 0 ? prediction.targets : graph.realHeads
  const needed = ancestorsOf(graph, targets)
  const ids = [...graph.map.byId.keys()]
  const pending = ids.filter((id) => needed.has(id) && !applied.has(id))
  if (pending.length > 0) return { kind: 'behind', pending }
  const after = descendantsOf(graph, targets)
  const beyond = ids.filter((id) => after.has(id) && applied.has(id) && !needed.has(id))
  return beyond.length > 0 ? { kind: 'ahead', beyond } : { kind: 'current' }
}

/** Returns the revision ids that a row in the version table resolves to; null if Alembic can't resolve the row. */
function idsOfRow(graph: RevisionGraph, row: string): readonly string[] | null {
  try {
    const found = revisionsFor({ map: graph.map, target: row }, row)
    return found.flatMap((one) => (one === null || one === 'base' ? [] : [one.id]))
  } catch (error) {
    if (error instanceof AlembicFailure || error instanceof NotPredictable) return null
    throw error
  }
}
