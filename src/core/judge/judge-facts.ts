/** Inputs for judging remedies, and schema evidence that ignores the version rows. */
import { type LiveEvidence, type SchemaEvidence, judgeEvidence } from '../evidence/applied-revisions.ts'
import type { DatabaseState } from '../history/database-state.ts'
import type { Repository } from '../history/repository.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import type { Provenances } from '../lost/provenances.ts'

/** Inputs for judging a remedy. */
export interface JudgeFacts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  readonly state: DatabaseState
  /** Target passed to `alembic upgrade`. */
  readonly target: string
  /** Causes found for rows that no file defines; null if not investigated. */
  readonly provenance: Provenances | null
  /** Evidence from the live schema; null if it couldn't be read. */
  readonly live: LiveEvidence | null
}

const judged = new WeakMap<LiveEvidence, SchemaEvidence>()

/**
 * Returns schema evidence that doesn't rely on the version rows, because rows that a remedy changes may be wrong.
 * Returns null if there is no such evidence.
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
