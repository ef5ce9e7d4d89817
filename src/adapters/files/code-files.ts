/** Lists the source files in a code base, excluding third-party folders. */
import { posix } from 'node:path'
import { type FileTree, type TreeEntry, readableBytes, readableEntries } from './file-tree.ts'
import { joinPath, shownPath } from './tree-path.ts'

/** Limits for the search. Files and folders that exceed them probably contain more than source code. */
const maxFileBytes = 2_000_000
const maxFiles = 30_000
const maxMilliseconds = 5000

const skipped = /^(?:\..*|node_modules|bower_components|site-packages|__pycache__|venv|env|virtualenv|vendor|build|dist|.*\.egg-info)$/ // prettier-ignore

/** Returns the nearest enclosing folder that contains a `.git`, falling back to the working directory. */
export function repositoryTop(tree: FileTree): string {
  for (let folder = tree.cwd; ; folder = posix.dirname(folder)) {
    if (tree.kindOf(joinPath(folder, '.git')) !== null) return folder
    if (folder === posix.dirname(folder)) return tree.cwd
  }
}

/**
 * Yields the .py and .sql files below `top`. Skips symlinks, unreadable files and the folders in `without`. Returns
 * true if it stopped at a limit.
 */
export function* codeFiles(
  tree: FileTree,
  without: readonly string[],
  top: string = tree.cwd,
): Generator<{ readonly path: string; readonly bytes: Uint8Array }, boolean> {
  const ends = Date.now() + maxMilliseconds
  const left = new Set(without.map((folder) => joinPath(tree.cwd, folder)))
  const folders = [top]
  let seen = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = readableEntries(tree, folder)
    if (entries.some(({ name }) => name === 'pyvenv.cfg')) continue
    for (const { name, kind, link } of entries.toSorted(byName)) {
      const path = joinPath(folder, name)
      if (kind === 'directory' && !link && !skipped.test(name) && !left.has(path)) folders.push(path)
      if (kind !== 'file' || link || !/\.(?:py|sql)$/.test(name)) continue
      seen++
      if (seen > maxFiles || Date.now() > ends) return true
      const bytes = readableBytes(tree, path)
      if (bytes !== null && bytes.length <= maxFileBytes) yield { path: shownPath(tree.cwd, path), bytes }
    }
  }
  return false
}

const ofTests = /(?:^|\/)(?:tests?|testing|examples?|docs?)\/|(?:^|\/)(?:test_\w+|\w+_test|conftest)\.py$/

/** Whether the path suggests that the file is a test, an example or documentation, and so isn't part of a release. */
export function isTestCode(path: string): boolean {
  return ofTests.test(path)
}

/** Whether the bytes contain the given ASCII text. */
export function mentions(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text)
}

function byName(a: TreeEntry, b: TreeEntry): number {
  return a.name < b.name ? -1 : 1
}
