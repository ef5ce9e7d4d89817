/** Finds the root of a repository by looking for `.git`, without running git. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/**
 * Returns the repository's root and the folder's path within it. If there is no repository, the folder itself is the
 * root.
 */
export function findSourceRoot(cwd: string): { readonly path: string; readonly folder: string } {
  const start = realpathSync(cwd)
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) {
      return { path: folder, folder: relative(folder, start).replaceAll('\\', '/') }
    }
    if (folder === dirname(folder)) return { path: start, folder: '' }
  }
}
