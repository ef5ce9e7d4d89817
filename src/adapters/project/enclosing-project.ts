/** Finds the project around a working directory that lies inside of its migrations, as git finds its repository. */
import { posix } from 'node:path'
import { GuardError } from '../../errors.ts'
import type { FileTree } from '../files/file-tree.ts'
import { type ProjectLocation, locateProject } from './locate-project.ts'
import { joinPath } from '../files/tree-path.ts'

/** Folders of migrations lie this deep below their script location at most, and its project this far above. */
const maxLevels = 5

/**
 * The folder to work in, absolute, where the working directory is a script location or lies in one, and a configuration
 * above it says so; null where the working directory is right, or nothing is sure. `treeIn` reads another folder.
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

/** The folder and those above it, up to a few. */
function foldersFrom(start: string): readonly string[] {
  const folders: string[] = []
  for (let folder = start; folders.length < maxLevels; folder = posix.dirname(folder)) {
    folders.push(folder)
    if (folder === posix.dirname(folder)) break
  }
  return folders
}

/** The project that a configuration in the tree's folder describes; null: there is none that works. */
async function configured(tree: FileTree): Promise<ProjectLocation | null> {
  try {
    const location = await locateProject(tree)
    return location.config !== null || location.flaskMigrate ? location : null
  } catch (error) {
    if (error instanceof GuardError) return null
    throw error
  }
}
