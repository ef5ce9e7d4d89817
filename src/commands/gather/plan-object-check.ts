/** Finds the objects that the newest migrations should have created. Sends no queries. */
import { readAllOperations } from '../../adapters/project/read-operations.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { Operations } from '../../core/history/operation.ts'
import { type PendingNames, pendingNames } from '../../core/dry-run/referenced-names.ts'
import { maxRevisions } from '../../core/evidence/expected-objects.ts'
import type { History } from './history.ts'
import { newestRows } from './quick-object-check.ts'

/** Objects to look for in the live schema. */
export interface ObjectCheckPlan {
  readonly kind: 'question'
  readonly newest: readonly string[]
  readonly operations: ReadonlyMap<string, Operations>
  readonly names: PendingNames
  /** Whether `newest` contains all the revisions that can be checked. */
  readonly all: boolean
}

/** Plans the object check for up to `most` of the newest applied revisions. */
export function planObjectCheck(history: History, state: DatabaseState, most: number): ObjectCheckPlan {
  const newest = newestRows(history, state, most) ?? []
  const operations = readAllOperations(
    history.tree,
    history.repository,
    history.graph,
    state.dialect,
    new Set(newest),
  )
  const all = (newestRows(history, state, maxRevisions) ?? []).length === newest.length
  return { kind: 'question', newest, operations, names: pendingNames(newest, operations), all }
}
