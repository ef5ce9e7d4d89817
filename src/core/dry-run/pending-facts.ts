/** The result of checking pending migrations against the live schema, or why they couldn't be checked. */
import type { DatabaseState } from '../history/database-state.ts'
import { type EnvEffects, type UncommittedStatement, noEffects } from '../history/env-effects.ts'
import type { Operations } from '../history/operation.ts'
import type { SchemaSnapshot } from '../schema/schema-snapshot.ts'
import { type DryRun, dryRunUpgrade } from './dry-run.ts'
import type { PendingNames } from './referenced-names.ts'
import type { Prediction } from '../upgrade/prediction.ts'
import type { RowAnswers } from './simulated-schema.ts'

/** The result of simulating the pending migrations, or why they couldn't be simulated. */
export type PendingFacts =
  | {
      readonly kind: 'tried'
      readonly replay: DryRun
      /** Snapshot of the live objects referenced in the migrations, with locks and privileges. */
      readonly schema: SchemaSnapshot
      readonly operations: ReadonlyMap<string, Operations>
      /** The operations as read from the files, without answers from the simulated schema. */
      readonly asRead: ReadonlyMap<string, Operations>
      readonly revisions: readonly string[]
      /** The statement in env.py that makes the whole upgrade roll back; undefined if there is none. */
      readonly undone?: UncommittedStatement
    }
  /** Why the dry run wasn't possible, worded as a clause without a period. */
  | { readonly kind: 'not tried'; readonly reason: string }

/**
 * Returns the revisions to simulate. Empty if the upgrade isn't predicted to succeed, or if their order is unknown.
 */
export function revisionsToTry(prediction: Prediction): readonly string[] {
  return prediction.outcome === 'succeeds' && !prediction.orderUncertain
    ? prediction.steps.map(({ revision }) => revision)
    : []
}

/**
 * Simulates the pending revisions. `fetched` lists the names in the snapshot; undefined if the snapshot is complete.
 */
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
      versionTableSure: env.doubts.length === 0 && versionTable.schema === searchPath[0],
      env,
      rightsUnknown: rightsUnknown !== undefined,
      ...(fetched && { fetched }),
    },
    answers,
  )
  return { kind: 'tried', replay, schema, operations: replay.resolved, asRead: operations, revisions }
}
