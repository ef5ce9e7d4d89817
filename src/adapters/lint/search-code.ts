/**
 * Searches the code base for SQL and models that use tables and columns removed by migrations. Skips third-party
 * folders, and reports an incomplete search if a time limit is exceeded.
 */
import { posix } from 'node:path'
import { decodeSource } from '../../python/source/decode-source.ts'
import { findModels } from '../../python/lint/model-names.ts'
import { findNames } from '../../python/lint/raw-sql.ts'
import { FileUnreadable, type FileTree, type TreeEntry, readableBytes } from '../files/file-tree.ts'
import { joinPath, shownPath } from '../files/tree-path.ts'
import type { RemovedName, NamedPlace, NamedPlaces } from '../../core/lint/lint-facts.ts'

/** Limits on the search. Larger files probably contain data. Larger folders probably contain more than source code. */
const maxFileBytes = 2_000_000
const maxFiles = 30_000
const maxMilliseconds = 5000

const skipped = /^(?:\..*|node_modules|bower_components|site-packages|__pycache__|venv|env|virtualenv|vendor|build|dist|.*\.egg-info)$/ // prettier-ignore

const ofAnotherTime = /(?:^|[/_.-])(?:migrat(?:e|ions?)|alembic|upgrades?|update[\d.]+\w*)(?=[/_.-])/i

/**
 * Returns all uses of the removed names in .py and .sql files below the working directory. Skips the folders in
 * `without`, which contain the migrations.
 */
export function searchCodeBase(
  tree: FileTree,
  wanted: readonly RemovedName[],
  without: readonly string[],
): NamedPlaces {
  if (wanted.length === 0) return { places: [], incomplete: false }
  const tables = [...new Set(wanted.map(({ table }) => table.replace(/[^\w]/g, '\\$&')))]
  const mentioned = new RegExp(`(?<!\\w)(?:${tables.join('|')})(?!\\w)`)
  const places: NamedPlace[] = []
  const files = codeFiles(tree, without)
  for (let next = files.next(); ; next = files.next()) {
    if (next.done === true) return { places, incomplete: next.value }
    const { path, text } = next.value
    if (!mentioned.test(text)) continue
    const own = wanted.filter((name) => text.includes(name.table))
    const python = posix.extname(path) === '.py'
    // Skip migrations, their data and upgrade scripts, because these files refer to earlier versions of the schema.
    if (ofAnotherTime.test(path) || (python && /^down_revision\b/m.test(text))) continue
    places.push(...findNames(text, python ? 'python' : 'sql', path, own))
    if (python) places.push(...findModels(text, path, own))
  }
}

/**
 * Returns whether the text occurs in any of the repository's Python files except those in `except`. Also true if the
 * search stopped at a limit. Searches the whole repository, because programs that run Alembic are often outside the
 * folder with the migrations.
 */
export function codeMayMention(tree: FileTree, words: string, except: readonly string[]): boolean {
  const files = codeFiles(tree, [], repositoryTop(tree))
  for (let next = files.next(); ; next = files.next()) {
    if (next.done === true) return next.value
    const { path, text } = next.value
    if (path.endsWith('.py') && text.includes(words) && !except.includes(path)) return true
  }
}

/** Returns the nearest folder that contains `.git`, or the working directory if there is none. */
function repositoryTop(tree: FileTree): string {
  for (let folder = tree.cwd; ; folder = posix.dirname(folder)) {
    if (tree.kindOf(joinPath(folder, '.git')) !== null) return folder
    if (folder === posix.dirname(folder)) return tree.cwd
  }
}

/** Yields the files, skipping symlinks and unreadable files. Returns whether any file was skipped. */
function* codeFiles(
  tree: FileTree,
  without: readonly string[],
  top: string = tree.cwd,
): Generator<{ readonly path: string; readonly text: string }, boolean> {
  const ends = Date.now() + maxMilliseconds
  const left = new Set(without.map((folder) => joinPath(tree.cwd, folder)))
  const folders = [top]
  let seen = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = entriesOf(tree, folder)
    if (entries.some(({ name }) => name === 'pyvenv.cfg')) continue
    for (const { name, kind, link } of entries.toSorted(byName)) {
      const path = joinPath(folder, name)
      if (kind === 'directory' && !link && !skipped.test(name) && !left.has(path)) folders.push(path)
      if (kind !== 'file' || link || !/\.(?:py|sql)$/.test(name)) continue
      seen++
      if (seen > maxFiles || Date.now() > ends) return true
      const text = textOf(tree, path)
      if (text !== null) yield { path: shownPath(tree.cwd, path), text }
    }
  }
  return false
}

function byName(a: TreeEntry, b: TreeEntry): number {
  return a.name < b.name ? -1 : 1
}

function entriesOf(tree: FileTree, folder: string): readonly TreeEntry[] {
  try {
    return tree.readDirectory(folder) ?? []
  } catch (error) {
    if (error instanceof FileUnreadable) return []
    throw error
  }
}

function textOf(tree: FileTree, path: string): string | null {
  const bytes = readableBytes(tree, path)
  if (bytes === null || bytes.length > maxFileBytes) return null
  const decoded = decodeSource(bytes)
  return decoded.kind === 'text' ? decoded.text : null
}
