/** Fetches what the newest applied migrations should have left. At most two questions to the database. */
import type { Database } from '../adapters/database.ts'
import { diskTree } from '../adapters/disk-tree.ts'
import { readAllOperations } from '../adapters/read-operations.ts'
import type { DatabaseState } from '../core/database-state.ts'
import { resolveIdentifier } from '../core/identifier.ts'
import type { Operations } from '../core/operation.ts'
import { type PendingNames, pendingNames } from '../core/replay/names.ts'
import { reasonNotToTry } from '../core/replay/interference.ts'
import type { SchemaSnapshot } from '../core/schema-snapshot.ts'
import {
  type TraceFacts,
  firstRevisions,
  judgeTraces,
  mostRevisions,
  newestApplied,
  traceless,
} from '../core/traces.ts'
import { GuardError } from '../errors.ts'
import type { Context } from './command.ts'
import type { History } from './gather.ts'

/** What is to be looked for. */
export interface TraceQuestion {
  readonly newest: readonly string[]
  readonly operations: ReadonlyMap<string, Operations>
  readonly names: PendingNames
}

/** Null: the rows are not such that anything follows from them. */
export function traceQuestion(
  context: Context,
  { repository, graph }: History,
  state: DatabaseState,
  most = firstRevisions,
): TraceQuestion | null {
  if (graph.problem || reasonNotToTry(repository) !== null || state.versions.length === 0) return null
  const rows = state.versions.flatMap((row) => {
    const found = row.kind === 'text' ? resolveIdentifier(graph, row.value) : null
    return found?.kind === 'revision' && row.kind === 'text' && found.id === row.value ? [found.id] : []
  })
  if (rows.length < state.versions.length) return null
  const newest = newestApplied(graph, rows, most)
  if (newest.length === 0) return null
  const operations = readAllOperations(diskTree(context.cwd), graph, state.dialect, new Set(newest))
  return { newest, operations, names: pendingNames(newest, operations) }
}

/** Together with the names of the pending migrations one question to the database is enough. */
export function withTraceNames(database: Database, question: TraceQuestion | null) {
  let schema: SchemaSnapshot | null = null
  const together: Database = {
    ...database,
    async readObjects({ names, schemas }) {
      schema = await database.readObjects({
        names: [...new Set([...names, ...(question?.names.names ?? [])])],
        schemas: [...new Set([...schemas, ...(question?.names.schemas ?? [])])],
      })
      return schema
    },
  }
  return { database: together, fetched: () => schema }
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
    const more =
      traceless({ traces }).length > 0 ? traceQuestion(context, history, state, mostRevisions) : null
    if (more && more.newest.length > newest.length) {
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
