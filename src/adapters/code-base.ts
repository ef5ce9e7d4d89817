/**
 * Looks through the code base for SQL that uses renamed tables and columns. Knows which folders hold somebody else's
 * code; ends after a while and says so.
 */
import { posix } from 'node:path'
import type { NamedPlace, NamedPlaces, RenamedName } from '../core/renamed.ts'
import { decodeSource } from '../python/decode-source.ts'
import { findNames } from '../python/raw-sql.ts'
import { FileUnreadable, type FileTree, type TreeEntry } from './file-tree.ts'
import { joinPath, shownPath } from './tree-path.ts'

/** Beyond these a file holds data, and a folder too much. */
const largestFile = 2_000_000
const mostFiles = 30_000
const mostMilliseconds = 5000

const skipped = /^(?:\..*|node_modules|bower_components|site-packages|__pycache__|venv|env|virtualenv|vendor|build|dist|.*\.egg-info)$/ // prettier-ignore

/**
 * Every place in .py and .sql files below the working directory, but for the folders in `without` (those with
 * migrations). Links are not followed; what can't be read is passed by.
 */
export function searchCodeBase(
  tree: FileTree,
  wanted: readonly RenamedName[],
  without: readonly string[],
): NamedPlaces {
  if (wanted.length === 0) return { places: [], incomplete: false }
  const names = [...new Set(wanted.map(({ table }) => table.replace(/[^\w]/g, '\\$&')))]
  const mentioned = new RegExp(`(?<!\\w)(?:${names.join('|')})(?!\\w)`)
  const ends = Date.now() + mostMilliseconds
  const left = new Set(without.map((folder) => joinPath(tree.cwd, folder)))
  const places: NamedPlace[] = []
  const folders = [tree.cwd]
  let seen = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = entriesOf(tree, folder)
    if (entries.some(({ name }) => name === 'pyvenv.cfg')) continue
    for (const { name, kind, link } of entries.toSorted(byName)) {
      const path = joinPath(folder, name)
      if (kind === 'directory' && !link && !skipped.test(name) && !left.has(path)) folders.push(path)
      if (kind !== 'file' || link || !/\.(?:py|sql)$/.test(name)) continue
      seen++
      if (seen > mostFiles || Date.now() > ends) return { places, incomplete: true }
      const text = textOf(tree, path)
      if (text === null || !mentioned.test(text)) continue
      const language = posix.extname(name) === '.py' ? 'python' : 'sql'
      // Another project's migrations tell of another time as well.
      if (language === 'python' && /^down_revision\b/m.test(text)) continue
      places.push(...findNames(text, language, shownPath(tree.cwd, path), wanted))
    }
  }
  return { places, incomplete: false }
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
  try {
    const bytes = tree.readFile(path)
    if (bytes === null || bytes.length > largestFile) return null
    const decoded = decodeSource(bytes)
    return decoded.kind === 'text' ? decoded.text : null
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
}
