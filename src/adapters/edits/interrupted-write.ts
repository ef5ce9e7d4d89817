/** Says whether a write of several files was interrupted; how it is undone is for `edit-journal.ts`. */
import { shown } from '../../core/text/display.ts'
import { FileUnreadable, type FileTree } from '../files/file-tree.ts'
import { joinPath } from '../files/tree-path.ts'

/** Alembic passes over this name. */
export const journalName = '.alembic-guard-journal.json'

/** The way out of every interrupted write, word by word. */
export const recoverWords = ['alembic-guard', 'recover'] as const

/** The same as it is documented. */
export const recoverCommand = recoverWords.join(' ')

/** A sentence about a write that was interrupted in one of the folders; null when there is none. */
export function interruptedWrite(tree: FileTree, folders: readonly string[]): string | null {
  const folder = folders.find((one) => stands(tree, joinPath(one, journalName)))
  return folder === undefined
    ? null
    : `a write of alembic-guard was interrupted in ${shown(folder)}: "${recoverCommand}" undoes it`
}

/** A folder that can't be read is said by whoever reads it. */
function stands(tree: FileTree, path: string): boolean {
  try {
    return tree.kindOf(path) !== null
  } catch (error) {
    if (error instanceof FileUnreadable) return false
    throw error
  }
}
