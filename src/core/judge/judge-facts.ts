/** What the judge looks at, and what the live schema says when no version row is trusted. */
import { type LiveEvidence, type SchemaEvidence, judgeEvidence } from '../evidence/applied-revisions.ts'
import type { DatabaseState } from '../history/database-state.ts'
import type { Repository } from '../history/repository.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import type { Provenances } from '../lost/provenances.ts'

/** Everything that a remedy is judged by. */
export interface JudgeFacts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  readonly state: DatabaseState
  /** What the release gives `alembic upgrade`. */
  readonly target: string
  /** What became of rows that no file defines; null: nobody looked. */
  readonly provenance: Provenances | null
  /** What the live schema says; null: it could not be read. */
  readonly live: LiveEvidence | null
}

const judged = new WeakMap<LiveEvidence, SchemaEvidence>()

/** The evidence of the schema alone, as a change of rows needs it: the rows may be what is wrong. Null: there is none. */
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
