/**
 * The facts needed to check remedies. Also evaluates the schema evidence on its own, without relying on the version
 * table.
 */
import { type LiveEvidence, type SchemaEvidence, judgeEvidence } from '../evidence/applied-revisions.ts'
import type { DatabaseState } from '../history/database-state.ts'
import type { Repository } from '../history/repository.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import type { Provenances } from '../lost/provenances.ts'

/** Facts needed to check whether a remedy is safe. */
export interface JudgeFacts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  readonly state: DatabaseState
  /** Target that was passed to `alembic upgrade`. */
  readonly target: string
  /** Reasons why some revisions in the version table aren't defined by any file. Null if this wasn't investigated. */
  readonly provenance: Provenances | null
  /** Evidence from the live schema; null if the schema couldn't be read. */
  readonly live: LiveEvidence | null
}

const judged = new WeakMap<LiveEvidence, SchemaEvidence>()

/**
 * Returns what the schema alone says about the revisions; null if the schema couldn't be read or the graph has a
 * problem. Ignores the version table, because it may be wrong.
 */
export function untrustingEvidence({
  graph,
  live,
}: Pick<JudgeFacts, 'graph' | 'live'>): SchemaEvidence | null {
  if (!live || graph.problem) return null
  const { stamps, evidence, operations, schema, transactions } = live
  if (stamps.lost.length === 0 && stamps.known.length === 0) return evidence
  const known = judged.get(live)
  if (known) return known
  const original = transactions.kind === 'available'
  const alone = judgeEvidence(graph, { lost: [], known: [] }, operations, schema, original)
  judged.set(live, alone)
  return alone
}
