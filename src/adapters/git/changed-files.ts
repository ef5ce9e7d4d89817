/** Finds files that have been added or changed since a commit. */
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { FileUnreadable, type FileTree } from '../files/file-tree.ts'
import { type Git, readCommit, listTree } from './git-queries.ts'
import { GitRefused, gitText } from './git-process.ts'

/** Possible names of the main branch, in the order in which they are tried. */
const mainNames = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master']

/** Where the current branch diverged from the main branch. */
export interface BranchPoint {
  readonly commit: string
  /** Name of the main branch, such as `origin/main`. */
  readonly branch: string
}

/** Returns the merge base with the main branch, or null if there is none. */
export async function readBranchPoint(git: Git): Promise<BranchPoint | null> {
  for (const branch of mainNames) {
    if ((await readCommit(git, branch)) === null) continue
    try {
      const commit = (await gitText(git, ['merge-base', 'HEAD', branch])).trim()
      return { commit, branch: await shortName(git, branch) }
    } catch (error) {
      if (!(error instanceof GitRefused) || error.kind !== 'failed') throw error
      return null
    }
  }
  return null
}

/** Returns the short name of a branch: `origin/main` for `origin/HEAD`. */
async function shortName(git: Git, branch: string): Promise<string> {
  return (await gitText(git, ['rev-parse', '--abbrev-ref', branch]).catch(() => branch)).trim() || branch
}

/** Returns the paths added or changed since the commit. */
export async function readChangedSince(
  git: Git,
  commit: string,
  tree: FileTree,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const before = await listTree(git, commit)
  return new Set(
    paths.filter((path) => {
      const real = tree.realPath(path)
      const inside = real === null ? null : posix.relative(git.directory, real)
      const id = inside === null ? undefined : before.get(inside)
      return id === undefined || !hasContent(tree, path, id)
    }),
  )
}

/** Whether the file has the same contents as a git object. Git may store CRLF line endings as LF. */
function hasContent(tree: FileTree, path: string, id: string): boolean {
  try {
    const bytes = tree.readFile(path)
    if (bytes === null) return false
    if (blobId(bytes, id.length) === id) return true
    if (!bytes.includes(13)) return false
    const unix = new TextDecoder('latin1').decode(bytes).replaceAll('\r\n', '\n')
    return blobId(Buffer.from(unix, 'latin1'), id.length) === id
  } catch (error) {
    if (error instanceof FileUnreadable) return false
    throw error
  }
}

/** Returns git's object id for the contents, in SHA-1 or SHA-256. */
function blobId(bytes: Uint8Array, length: number): string {
  const hash = createHash(length > 40 ? 'sha256' : 'sha1')
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}
