/** Fetches what the pending migrations depend on, and tries them on it. Asks nothing where nothing is pending. */
import type { Database } from '../adapters/database.ts'
import { diskTree } from '../adapters/disk-tree.ts'
import { readAllOperations } from '../adapters/read-operations.ts'
import type { DatabaseState } from '../core/database-state.ts'
import { pendingNames } from '../core/replay/names.ts'
import { reasonNotToTry } from '../core/replay/interference.ts'
import { type PendingFacts, revisionsToTry, tryPending } from '../core/replay/pending.ts'
import { rowQuestionKey } from '../core/replay/rows.ts'
import { predictUpgrade } from '../core/upgrade.ts'
import { GuardError } from '../errors.ts'
import type { Context } from './command.ts'
import type { History } from './gather.ts'
import type { Settings } from './settings.ts'

/** Null: nothing is pending, or it is not certain what. At most two questions to the database. */
export async function lookAtPending(
  context: Context,
  database: Database,
  { repository, graph }: History,
  state: DatabaseState,
  { target, dataChecks }: Settings,
): Promise<PendingFacts | null> {
  const revisions = revisionsToTry(predictUpgrade(repository, graph, state, target))
  if (revisions.length === 0) return null
  const reason = reasonNotToTry(repository)
  if (reason !== null) return { kind: 'not tried', reason }
  try {
    const operations = readAllOperations(diskTree(context.cwd), graph, state.dialect, new Set(revisions))
    const schema = await database.readObjects(pendingNames(revisions, operations))
    const first = tryPending(revisions, operations, schema, state)
    const { questions } = first.replay
    if (!dataChecks || questions.length === 0) return first
    const answers = await database.askRows(questions)
    const known = questions.map(
      (question, index) => [rowQuestionKey(question), answers[index] === true] as const,
    )
    return tryPending(revisions, operations, schema, state, new Map(known))
  } catch (error) {
    if (error instanceof GuardError) throw error
    // What the graph alone tells still stands, so a mistake of ours must not hide it.
    const what = error instanceof Error ? error.message : String(error)
    context.logger.error(`trying the pending migrations failed: ${what}`)
    return { kind: 'not tried', reason: what }
  }
}
