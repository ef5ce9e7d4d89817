/** Simulates the pending migrations on the live schema. Sends no queries. */
import type { FileTree } from '../../adapters/files/file-tree.ts'
import { mayEndTransaction } from '../../python/operations/ends-transaction.ts'
import { effectsWithNaming } from '../../adapters/project/read-naming.ts'
import { readAllOperations } from '../../adapters/project/read-operations.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { EnvEffects, UncommittedStatement } from '../../core/history/env-effects.ts'
import type { Operations } from '../../core/history/operation.ts'
import { type PendingNames, pendingNames } from '../../core/dry-run/referenced-names.ts'
import { reasonNotToTry } from '../../core/upgrade/env-interference.ts'
import { type PendingFacts, revisionsToTry, tryPending } from '../../core/dry-run/pending-facts.ts'
import { rowQuestionKey } from '../../core/dry-run/row-questions.ts'
import type { SchemaSnapshot } from '../../core/schema/schema-snapshot.ts'
import type { Prediction } from '../../core/upgrade/prediction.ts'
import type { RowQuestion } from '../../core/dry-run/simulated-schema.ts'
import type { History } from './history.ts'

/** The pending migrations to simulate, and the names used in them. */
export interface DryRunPlan {
  readonly kind: 'to try'
  readonly revisions: readonly string[]
  readonly operations: ReadonlyMap<string, Operations>
  readonly env: EnvEffects
  readonly names: PendingNames
  /**
   * Statement in env.py that keeps the upgrade from being committed. Null if there is no such statement, or if a
   * migration may commit.
   */
  readonly undone: UncommittedStatement | null
}

/**
 * Plans the dry run, or returns the reason why it isn't possible. Null if nothing is pending or Alembic would fail.
 * `seen` contains a rehearsal's operations, which replace those from the files.
 */
export function planDryRun(
  { repository, graph, tree }: History,
  state: DatabaseState,
  prediction: Prediction,
  seen: ReadonlyMap<string, Operations> = new Map(),
): DryRunPlan | Extract<PendingFacts, { kind: 'not tried' }> | null {
  const revisions = revisionsToTry(prediction)
  if (prediction.outcome !== 'succeeds' || prediction.steps.length === 0) return null
  const reason =
    reasonNotToTry(repository, state.dialect) ?? (revisions.length === 0 ? unknownOrder(repository) : null)
  if (reason !== null) return { kind: 'not tried', reason }
  const read = readAllOperations(tree, repository, graph, state.dialect, new Set(revisions))
  const operations = new Map([...read, ...seen])
  const env = effectsWithNaming(tree, repository, state.dialect, operations)
  const undone =
    env.uncommitted && !revisions.some((id) => mayCommit(tree, graph, id)) ? env.uncommitted : null
  return {
    kind: 'to try',
    revisions,
    operations,
    env,
    names: pendingNames(revisions, operations, env),
    undone,
  }
}

function mayCommit(tree: FileTree, graph: History['graph'], id: string): boolean {
  const bytes = tree.readFile(graph.map.byId.get(id)?.revision.path ?? '')
  return bytes === null || mayEndTransaction(new TextDecoder().decode(bytes))
}

function unknownOrder({ alembic }: History['repository']): string {
  const why = 'the order of the branches depends on '
  return alembic.source === null
    ? `${why}Alembic's version, which isn't pinned (1.10 and newer sort the files)`
    : `${why}chance`
}

/** Performs the dry run. `rows` contains the answers to the plan's `questions`. */
export function runDryRun(
  { revisions, operations, env, names, undone }: DryRunPlan,
  schema: SchemaSnapshot,
  state: DatabaseState,
  questions: readonly RowQuestion[] = [],
  rows: readonly (boolean | null)[] = [],
): PendingFacts & { readonly kind: 'tried' } {
  const known = questions.map((question, index) => [rowQuestionKey(question), rows[index] === true] as const)
  const pending = tryPending(revisions, operations, schema, state, env, new Map(known), names)
  return undone === null ? pending : { ...pending, undone }
}
