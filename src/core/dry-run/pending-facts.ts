/** What the live schema says of the migrations that are going to run: whether they can be tried, and what came of it. */
import type { DatabaseState } from '../history/database-state.ts'
import { type EnvEffects, type UncommittedStatement, noEffects } from '../history/env-effects.ts'
import type { Operations } from '../history/operation.ts'
import type { SchemaSnapshot } from '../schema/schema-snapshot.ts'
import { type DryRun, dryRunUpgrade } from './dry-run.ts'
import type { PendingNames } from './referenced-names.ts'
import type { Prediction } from '../upgrade/prediction.ts'
import type { RowAnswers } from './simulated-schema.ts'

/** The pending migrations, laid beside the live schema. */
export type PendingFacts =
  | {
      readonly kind: 'tried'
      readonly replay: DryRun
      /** What has the names that they speak of, with locks and rights. */
      readonly schema: SchemaSnapshot
      readonly operations: ReadonlyMap<string, Operations>
      readonly revisions: readonly string[]
      /** The statement of env.py after which all of it is rolled back; absent: there is none. */
      readonly undone?: UncommittedStatement
    }
  /** Why they were not; without a full stop. */
  | { readonly kind: 'not tried'; readonly reason: string }

/** Revisions whose statements would run one after the other in an order that is known; empty: nothing to try. */
export function revisionsToTry(prediction: Prediction): readonly string[] {
  return prediction.outcome === 'succeeds' && !prediction.orderUncertain
    ? prediction.steps.map(({ revision }) => revision)
    : []
}

/** Tries them; `fetched`: what the snapshot was asked for, absent for all there is. */
export function tryPending(
  revisions: readonly string[],
  operations: ReadonlyMap<string, Operations>,
  schema: SchemaSnapshot,
  { searchPath, versionTable, rightsUnknown }: DatabaseState,
  env: EnvEffects = noEffects,
  answers?: RowAnswers,
  fetched?: PendingNames,
): PendingFacts & { readonly kind: 'tried' } {
  const newVersionTable = versionTable.exists ? null : versionTable.name
  const replay = dryRunUpgrade(
    revisions,
    operations,
    {
      schema,
      searchPath,
      newVersionTable,
      env,
      rightsUnknown: rightsUnknown !== undefined,
      ...(fetched && { fetched }),
    },
    answers,
  )
  return { kind: 'tried', replay, schema, operations: replay.resolved, revisions }
}
