/** For many files at once, finds the commit that added each file. */
import { posix } from 'node:path'
import type { FileTree } from '../files/file-tree.ts'
import { type Git, listTree } from './git-queries.ts'
import { gitFields } from './git-process.ts'

/** The commit that added a file. */
export interface FileOrigin {
  readonly author: string
  /** Author date in ISO 8601, in the author's time zone. */
  readonly date: string
}

/** Maps each path to the commit that last added the file. Omits files that aren't in HEAD. */
export async function readFileOrigins(
  git: Git,
  tree: FileTree,
  paths: readonly string[],
): Promise<ReadonlyMap<string, FileOrigin>> {
  const origins = new Map<string, FileOrigin>()
  if (git.head === null || paths.length === 0) return origins
  const inGit = new Map<string, string>()
  const known = await listTree(git, git.head)
  for (const path of paths) {
    const real = tree.realPath(path)
    const inside = real === null ? null : posix.relative(git.directory, real)
    if (inside !== null && known.has(inside)) inGit.set(inside, path)
  }
  const args = ['log', 'HEAD', '--diff-filter=A', '--no-renames', '--name-only', '-z']
  const format = '--format=tformat:%x01%an%x00%aI'
  const fields = gitFields(git, [
    ...args,
    '--no-ext-diff',
    '--no-textconv',
    format,
    '--',
    ':(top,glob)**/*.py',
  ])
  let author: string | null = null
  let origin: FileOrigin | null = null
  for await (const batch of fields) {
    for (const field of batch) {
      const text = field.replace(/^\n+/, '')
      if (text.startsWith('\u0001')) {
        author = text.slice(1)
        origin = null
      } else if (author !== null) {
        origin = { author, date: text }
        author = null
      } else {
        const path = inGit.get(text)
        if (path !== undefined && origin && !origins.has(path)) origins.set(path, origin)
      }
    }
    if (origins.size === inGit.size) break
  }
  return origins
}
