/**
 * Finds the project when the guard is run in one of its migration folders, just as git finds its repository from a
 * subfolder.
 */
import { posix } from 'node:path'
import { GuardError } from '../../errors.ts'
import type { FileTree } from '../files/file-tree.ts'
import { type ProjectLocation, locateProject } from './locate-project.ts'
import { joinPath } from '../files/tree-path.ts'

/** Maximum number of folder levels to search upward. */
const maxLevels = 5

/**
 * Returns the absolute path of the project whose migrations folder contains the working directory. The project's
 * configuration file must refer to that folder. Null if no project matches, or if the working directory is itself a
 * project.
 */
export async function enclosingProject(
  tree: FileTree,
  treeIn: (folder: string) => FileTree,
): Promise<string | null> {
  const scriptLocation = foldersFrom(tree.cwd).find(
    (folder) =>
      tree.kindOf(joinPath(folder, 'env.py')) === 'file' &&
      tree.kindOf(joinPath(folder, 'versions')) === 'directory',
  )
  if (scriptLocation === undefined || (await configured(tree)) !== null) return null
  for (const folder of foldersFrom(posix.dirname(scriptLocation))) {
    const location = await configured(treeIn(folder))
    if (location && posix.normalize(location.scriptLocation) === scriptLocation) return folder
    if (tree.kindOf(joinPath(folder, '.git')) !== null) return null
  }
  return null
}

/** Returns the folder and its ancestors, up to `maxLevels`. */
function foldersFrom(start: string): readonly string[] {
  const folders: string[] = []
  for (let folder = start; folders.length < maxLevels; folder = posix.dirname(folder)) {
    folders.push(folder)
    if (folder === posix.dirname(folder)) break
  }
  return folders
}

/** Returns the project configured in the tree's folder; null if there is none. */
async function configured(tree: FileTree): Promise<ProjectLocation | null> {
  try {
    const location = await locateProject(tree)
    return location.config !== null || location.flaskMigrate ? location : null
  } catch (error) {
    if (error instanceof GuardError) return null
    throw error
  }
}
