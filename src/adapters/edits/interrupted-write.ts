/** Detects interrupted writes. `edit-journal.ts` undoes them. */
import { shown } from '../../core/text/display.ts'
import { FileUnreadable, type FileTree } from '../files/file-tree.ts'
import { joinPath } from '../files/tree-path.ts'

/** Alembic ignores files with this name. */
export const journalName = '.alembic-guard-journal.json'

/** Command that undoes an interrupted write, as an argument list. */
export const recoverWords = ['alembic-guard', 'recover'] as const

/** Command line that undoes an interrupted write. */
export const recoverCommand = recoverWords.join(' ')

/** Returns an error message if a write to any of the folders was interrupted; null otherwise. */
export function interruptedWrite(tree: FileTree, folders: readonly string[]): string | null {
  const folder = folders.find((one) => stands(tree, joinPath(one, journalName)))
  return folder === undefined
    ? null
    : `alembic-guard was interrupted while writing to ${shown(folder)}; run "${recoverCommand}" to undo it`
}

/**
 * Whether the path exists. Treats a path in an unreadable folder as missing, because the error is reported later,
 * when the path is read.
 */
function stands(tree: FileTree, path: string): boolean {
  try {
    return tree.kindOf(path) !== null
  } catch (error) {
    if (error instanceof FileUnreadable) return false
    throw error
  }
}
