/** Reads the newest applied migrations in full to find the objects they should have left. Sends no queries. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { readAllOperations } from '../../adapters/project/read-operations.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { Operations } from '../../core/history/operation.ts'
import { type PendingNames, pendingNames } from '../../core/dry-run/referenced-names.ts'
import { maxRevisions } from '../../core/evidence/expected-objects.ts'
import type { Context } from '../shell/command.ts'
import type { History } from './history.ts'
import { newestRows } from './quick-object-check.ts'

/** The objects to look for. */
export interface ObjectCheckPlan {
  readonly kind: 'question'
  readonly newest: readonly string[]
  readonly operations: ReadonlyMap<string, Operations>
  readonly names: PendingNames
  /** True if there are no further revisions to check. */
  readonly all: boolean
}

/** Plans the check for at most `most` of the newest applied revisions. */
export function planObjectCheck(
  context: Context,
  history: History,
  state: DatabaseState,
  most: number,
): ObjectCheckPlan {
  const newest = newestRows(history, state, most) ?? []
  const operations = readAllOperations(
    diskTree(context.cwd),
    history.repository,
    history.graph,
    state.dialect,
    new Set(newest),
  )
  const all = (newestRows(history, state, maxRevisions) ?? []).length === newest.length
  return { kind: 'question', newest, operations, names: pendingNames(newest, operations), all }
}
