/** Which of the newest applied migrations should have left what. Asks the database nothing. */
import { diskTree } from '../adapters/disk-tree.ts'
import { readAllOperations } from '../adapters/read-operations.ts'
import type { DatabaseState } from '../core/database-state.ts'
import { resolveIdentifier } from '../core/identifier.ts'
import type { Operations } from '../core/operation.ts'
import { type PendingNames, pendingNames } from '../core/replay/names.ts'
import { reasonNotToTry } from '../core/replay/interference.ts'
import { type Trace, firstRevisions, mostRevisions, newestApplied, traceless } from '../core/traces.ts'
import type { Context } from './command.ts'
import type { History } from './gather.ts'

/** What is to be looked for. */
export interface TraceQuestion {
  readonly newest: readonly string[]
  readonly operations: ReadonlyMap<string, Operations>
  readonly names: PendingNames
  /** There are no others that could be looked at. */
  readonly all: boolean
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
  const all = newestApplied(graph, rows, mostRevisions).length === newest.length
  return { newest, operations, names: pendingNames(newest, operations), all }
}

/** Where one of the newest left no trace, the others are looked for as well; null: there are no others. */
export function furtherTraces(
  context: Context,
  history: History,
  state: DatabaseState,
  { all }: TraceQuestion,
  traces: readonly Trace[],
): TraceQuestion | null {
  return all || traceless({ traces }).length === 0
    ? null
    : traceQuestion(context, history, state, mostRevisions)
}
