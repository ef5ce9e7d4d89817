/** Finds the top folder of the repository that a folder lies in, by its `.git`; asks no git. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** The top, and the folder relative to it; where there is no repository the folder itself is the top. */
export function findSourceRoot(cwd: string): { readonly path: string; readonly folder: string } {
  const start = realpathSync(cwd)
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) {
      return { path: folder, folder: relative(folder, start).replaceAll('\\', '/') }
    }
    if (folder === dirname(folder)) return { path: start, folder: '' }
  }
}
