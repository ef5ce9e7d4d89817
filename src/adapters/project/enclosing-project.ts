/**
 * Finds the project if the working directory is inside the project's migrations, just as git finds a repository from a
 * subfolder.
 */
import { posix } from 'node:path'
import { GuardError } from '../../errors.ts'
import type { FileTree } from '../files/file-tree.ts'
import { type ProjectLocation, locateProject } from './locate-project.ts'
import { joinPath } from '../files/tree-path.ts'

/** Maximum depth of migration folders below the script location, and of the script location below the project. */
const maxLevels = 5

/**
 * Returns the absolute path of the project's folder if the working directory is inside the script location and a
 * configuration file in a parent folder confirms it. Returns null if the working directory is already the project's
 * folder, or if the project is unclear. `treeIn` returns another folder's file tree.
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

/** Returns the folder and its nearest ancestors, up to `maxLevels` folders. */
function foldersFrom(start: string): readonly string[] {
  const folders: string[] = []
  for (let folder = start; folders.length < maxLevels; folder = posix.dirname(folder)) {
    folders.push(folder)
    if (folder === posix.dirname(folder)) break
  }
  return folders
}

/**
 * Returns the project that is configured in the tree's folder; null if there is none or its configuration is invalid.
 */
async function configured(tree: FileTree): Promise<ProjectLocation | null> {
  try {
    const location = await locateProject(tree)
    return location.config !== null || location.flaskMigrate ? location : null
  } catch (error) {
    if (error instanceof GuardError) return null
    throw error
  }
}
