/** Predicts the outcome of `alembic upgrade` after a remedy is applied. */
import { reasonNotToTry } from '../upgrade/env-interference.ts'
import type { PredictedFailure } from '../dry-run/dry-run.ts'
import { revisionsToTry, tryPending } from '../dry-run/pending-facts.ts'
import type { LiveEvidence } from '../evidence/applied-revisions.ts'
import type { DatabaseState } from '../history/database-state.ts'
import { effectsOn } from '../history/env-effects.ts'
import type { Repository } from '../history/repository.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import { predictUpgrade } from '../upgrade/predict-upgrade.ts'
import type { Prediction } from '../upgrade/prediction.ts'
import type { JudgeFacts } from './judge-facts.ts'

/** Predicted result of an upgrade after a remedy is applied. */
export interface UpgradeAfter {
  readonly prediction: Prediction
  /** The statement that would fail; null if none is known. */
  readonly failure: PredictedFailure | null
}

/** The same database state with different version rows. */
export function withRows(state: DatabaseState, rows: readonly string[]): DatabaseState {
  return { ...state, versions: rows.map((value) => ({ kind: 'text' as const, value })) }
}

/** Predicts an upgrade based on this history and these version rows. */
export function upgradeAfter(
  { target, live }: Pick<JudgeFacts, 'target' | 'live'>,
  repository: Repository,
  graph: RevisionGraph,
  state: DatabaseState,
): UpgradeAfter {
  const prediction = predictUpgrade(repository, graph, state, target)
  const revisions = revisionsToTry(prediction)
  if (!live || revisions.length === 0 || reasonNotToTry(repository, state.dialect) !== null) {
    return { prediction, failure: null }
  }
  return { prediction, failure: failureOf(revisions, live, repository, state) }
}

/** Caches predicted failures, keyed by the pending revisions. Most remedies leave the same revisions pending. */
const tried = new WeakMap<LiveEvidence, Map<string, PredictedFailure | null>>()

function failureOf(
  revisions: readonly string[],
  live: LiveEvidence,
  { env }: Repository,
  state: DatabaseState,
): PredictedFailure | null {
  const known = tried.get(live) ?? new Map<string, PredictedFailure | null>()
  tried.set(live, known)
  const key = JSON.stringify(revisions)
  const before = known.get(key)
  if (before !== undefined) return before
  const { replay } = tryPending(
    revisions,
    live.operationsOf(revisions),
    live.schema,
    state,
    effectsOn(env, state.dialect),
  )
  known.set(key, replay.failure)
  return replay.failure
}
