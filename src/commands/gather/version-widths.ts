/** Tracks how pending migrations widen the version column, which limits the length of revision ids. */
import type { FileTree } from '../../adapters/files/file-tree.ts'
import { FileUnreadable } from '../../adapters/files/file-tree.ts'
import { readAllOperations } from '../../adapters/project/read-operations.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import { widthAfter } from '../../core/history/env-effects.ts'
import type { Prediction } from '../../core/upgrade/prediction.ts'
import type { History } from './history.ts'

/** Matches words suggesting that an unreadable migration may alter the version column. */
const works = /version_?num|version_?table|alembic_version|widen/i

/**
 * Records the version column's width after each pending migration. `predict` determines which migrations are pending.
 */
export function withPendingWidths(
  { repository, graph, tree }: History,
  state: DatabaseState,
  predict: (state: DatabaseState) => Prediction,
): DatabaseState {
  const { versionTable } = state
  const all = predict({ ...state, versionTable: { ...versionTable, mayWiden: true } })
  const revisions = all.steps.map(({ revision }) => revision)
  const operations = readAllOperations(tree, repository, graph, state.dialect, new Set(revisions))
  const widths = new Map<string, number | null>()
  for (const revision of revisions) {
    const steps = operations.get(revision)
    const known = steps?.kind === 'operations' ? steps.operations : null
    const width = known ? widthAfter(known, versionTable) : undefined
    const path = graph.get(revision)?.path ?? ''
    if (width !== undefined) widths.set(revision, width)
    else if (known?.every(({ kind }) => kind !== 'opaque') !== true && works.test(sourceOf(tree, path)))
      widths.set(revision, null)
  }
  return widths.size === 0 ? state : { ...state, versionTable: { ...versionTable, widths } }
}

function sourceOf(tree: FileTree, path: string): string {
  try {
    return new TextDecoder().decode(tree.readFile(path) ?? new Uint8Array())
  } catch (error) {
    if (error instanceof FileUnreadable) return ''
    throw error
  }
}
