/**
 * Searches the code base for uses of tables and columns removed by migrations. Reports whether the search was
 * complete.
 */
import { posix } from 'node:path'
import { decodeSource } from '../../python/source/decode-source.ts'
import { findModels } from '../../python/lint/model-names.ts'
import { findNames } from '../../python/lint/raw-sql.ts'
import { codeFiles, repositoryTop } from '../files/code-files.ts'
import type { FileTree } from '../files/file-tree.ts'
import type { RemovedName, NamedPlace, NamedPlaces } from '../../core/lint/lint-facts.ts'

const ofAnotherTime = /(?:^|[/_.-])(?:migrat(?:e|ions?)|alembic|upgrades?|update[\d.]+\w*)(?=[/_.-])/i

/** Returns all uses of the removed names in files below the working directory. Skips the folders in `without`. */
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
    const { path } = next.value
    const text = textOf(next.value.bytes)
    if (text === null || !mentioned.test(text)) continue
    const own = wanted.filter((name) => text.includes(name.table))
    const python = posix.extname(path) === '.py'
    // Migrations and upgrade scripts may refer to earlier versions of the schema.
    if (ofAnotherTime.test(path) || (python && /^down_revision\b/m.test(text))) continue
    places.push(...findNames(text, python ? 'python' : 'sql', path, own))
    if (python) places.push(...findModels(text, path, own))
  }
}

/**
 * Whether any Python file in the repository, other than those in `except`, may contain the text. Searches the whole
 * repository, because programs that run Alembic are often outside the project's folder.
 */
export function codeMayMention(tree: FileTree, words: string, except: readonly string[]): boolean {
  const files = codeFiles(tree, [], repositoryTop(tree))
  for (let next = files.next(); ; next = files.next()) {
    if (next.done === true) return next.value
    const { path, bytes } = next.value
    if (path.endsWith('.py') && textOf(bytes)?.includes(words) && !except.includes(path)) return true
  }
}

function textOf(bytes: Uint8Array): string | null {
  const decoded = decodeSource(bytes)
  return decoded.kind === 'text' ? decoded.text : null
}
