/** What `alembic upgrade` would do after a remedy: simulated on the rows and files that it leaves and the live schema. */
import { reasonNotToTry } from '../upgrade/env-interference.ts'
import type { PredictedFailure } from '../dry-run/dry-run.ts'
import { revisionsToTry, tryPending } from '../dry-run/pending-facts.ts'
import type { DatabaseState } from '../history/database-state.ts'
import { effectsOn } from '../history/env-effects.ts'
import type { Repository } from '../history/repository.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import { predictUpgrade } from '../upgrade/predict-upgrade.ts'
import type { Prediction } from '../upgrade/prediction.ts'
import type { JudgeFacts } from './judge-facts.ts'

/** The upgrade afterwards. */
export interface UpgradeAfter {
  readonly prediction: Prediction
  /** The statement at which it would end; null: none that is known. */
  readonly failure: PredictedFailure | null
}

/** The database once its rows are others. */
export function withRows(state: DatabaseState, rows: readonly string[]): DatabaseState {
  return { ...state, versions: rows.map((value) => ({ kind: 'text' as const, value })) }
}

/** Predicts it for this history and these rows. */
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
  const env = effectsOn(repository.env, state.dialect)
  const { replay } = tryPending(revisions, live.operations, live.schema, state, env)
  return { prediction, failure: replay.failure }
}
