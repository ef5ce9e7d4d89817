/** Defines the facts for checking remedies. Also derives schema evidence that ignores the version table. */
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
  /** Target of `alembic upgrade`. */
  readonly target: string
  /** Why some version rows contain revisions that no file defines; null if not investigated. */
  readonly provenance: Provenances | null
  /** Null if the live schema couldn't be read. */
  readonly live: LiveEvidence | null
}

const judged = new WeakMap<LiveEvidence, SchemaEvidence>()

/** Evidence from the schema alone, ignoring the version table; null if unknown. */
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
