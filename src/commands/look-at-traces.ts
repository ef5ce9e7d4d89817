/** Fetches what the newest applied migrations should have left. At most two questions to the database. */
import type { Database } from '../adapters/database.ts'
import { diskTree } from '../adapters/disk-tree.ts'
import { readAllOperations } from '../adapters/read-operations.ts'
import type { DatabaseState } from '../core/database-state.ts'
import type { Operations } from '../core/operation.ts'
import { type PendingNames, pendingNames } from '../core/replay/names.ts'
import type { SchemaSnapshot } from '../core/schema-snapshot.ts'
import { judgeTraces } from '../core/judge-traces.ts'
import { type TraceFacts, mostRevisions, traceless } from '../core/traces.ts'
import { GuardError } from '../errors.ts'
import type { Context } from './command.ts'
import type { History } from './gather.ts'
import { newestOf } from './trace-look.ts'

/** What is to be looked for. */
export interface TraceQuestion {
  readonly newest: readonly string[]
  readonly operations: ReadonlyMap<string, Operations>
  readonly names: PendingNames
}

/** What the newest applied revisions do, and the names that this is about. */
export function traceQuestion(
  context: Context,
  { graph }: History,
  state: DatabaseState,
  newest: readonly string[],
): TraceQuestion {
  const operations = readAllOperations(diskTree(context.cwd), graph, state.dialect, new Set(newest))
  return { newest, operations, names: pendingNames(newest, operations) }
}

/** `pending`: migrations are going to run, so that who wrote the row matters only where something is missing. */
export async function lookAtTraces(
  context: Context,
  database: Database,
  history: History,
  state: DatabaseState,
  { newest, operations, names }: TraceQuestion,
  { fetched, pending }: { readonly fetched: SchemaSnapshot | null; readonly pending: boolean },
): Promise<TraceFacts | null> {
  try {
    const schema = fetched ?? (await database.readObjects(names))
    let traces = judgeTraces(history.graph, newest, operations, schema)
    const further = traceless({ traces }).length > 0 ? newestOf(history, state, mostRevisions) : null
    if (further && further.length > newest.length) {
      const more = traceQuestion(context, history, state, further)
      traces = judgeTraces(
        history.graph,
        more.newest,
        more.operations,
        await database.readObjects(more.names),
      )
    }
    const asks = state.dialect === 'postgresql' && (!pending || traceless({ traces }).length > 0)
    const transactions = asks ? await database.readTransactionEvidence(state.versionTable) : null
    return { traces, transactions }
  } catch (error) {
    if (error instanceof GuardError) throw error
    const what = error instanceof Error ? error.message : String(error)
    context.logger.error(`looking at what the migrations left failed: ${what}`)
    return null
  }
}
