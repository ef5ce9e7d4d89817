/**
 * Looks for Alembic projects below a folder whose own configuration says nothing. Finds candidates and what to type
 * for each; chooses none.
 */
import { posix } from 'node:path'
import { parseIni, readOption } from '../../python/config/configparser.ts'
import { PythonRaise } from '../../python/source/python-error.ts'
import type { FileTree } from '../files/file-tree.ts'
import { FileUnreadable, type TreeEntry } from '../files/file-tree.ts'
import { isPackageResource } from './package-resource.ts'
import { joinPath, shownPath } from '../files/tree-path.ts'

/** Folders this deep below the working directory are looked at, and no more than so many in all. */
const maxDepth = 5
const maxFolders = 4000

/** Other people's code, and what tools leave behind. */
const skipped = new Set([
  'node_modules',
  'site-packages',
  'venv',
  'env',
  'virtualenv',
  '__pycache__',
  'bower_components',
  'vendor',
])

/** An `alembic.ini` below the working directory, and how Alembic would be told to use it. */
export interface ConfigCandidate {
  /** Relative to the working directory. */
  readonly path: string
  /** `cd backend`, `-c backend/alembic.ini`, `-d backend/migrations` */
  readonly advice: string
}

/** What lies below a folder. */
export interface ProjectCandidates {
  readonly configs: readonly ConfigCandidate[]
  /** Folders with `env.py` and `versions/`, relative to the working directory. */
  readonly scriptLocations: readonly string[]
  /** The search ended before it had seen everything. */
  readonly incomplete: boolean
}

/** Searches breadth first below the working directory; links are not followed, unreadable folders are passed by. */
export function searchProjects(tree: FileTree): ProjectCandidates {
  const configs: ConfigCandidate[] = []
  const scriptLocations: string[] = []
  let level = [tree.cwd]
  let seen = 0
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth += 1) {
    const next: string[] = []
    for (const folder of level) {
      seen += 1
      if (seen > maxFolders) return { configs, scriptLocations, incomplete: true }
      const entries = entriesOf(tree, folder)
      const has = (name: string, kind: TreeEntry['kind']): boolean =>
        entries.some((entry) => entry.name === name && entry.kind === kind)
      if (has('pyvenv.cfg', 'file')) continue
      if (has('alembic.ini', 'file') && folder !== tree.cwd) configs.push(candidate(tree, folder))
      if (has('env.py', 'file') && has('versions', 'directory')) {
        scriptLocations.push(shownPath(tree.cwd, folder))
      }
      for (const { name, kind, link } of entries) {
        if (kind !== 'directory' || link || name.startsWith('.') || skipped.has(name)) continue
        next.push(joinPath(folder, name))
      }
    }
    level = next.sort()
  }
  return { configs, scriptLocations, incomplete: false }
}

function entriesOf(tree: FileTree, folder: string): readonly TreeEntry[] {
  try {
    return tree.readDirectory(folder) ?? []
  } catch (error) {
    if (error instanceof FileUnreadable) return []
    throw error
  }
}

/** A relative `script_location` counts from the working directory, so the right folder to start in depends on it. */
function candidate(tree: FileTree, folder: string): ConfigCandidate {
  const path = shownPath(tree.cwd, joinPath(folder, 'alembic.ini'))
  const parent = posix.dirname(path)
  const byFile = { path, advice: `-c ${path}` }
  let location: string | null
  try {
    location = scriptLocationIn(tree, folder)
  } catch (error) {
    if (error instanceof PythonRaise || error instanceof FileUnreadable) return byFile
    throw error
  }
  const beside = tree.kindOf(joinPath(folder, 'env.py')) === 'file'
  // Without a script_location the ini is Flask-Migrate's, if env.py lies beside it.
  if (location === null) return beside ? { path, advice: `-d ${parent}` } : byFile
  if (isPackageResource(location)) return byFile
  if (tree.kindOf(joinPath(tree.cwd, location)) === 'directory') return byFile
  if (tree.kindOf(joinPath(folder, location)) === 'directory') return { path, advice: `cd ${parent}` }
  // A path inside of a container: the folder is still the one around the ini.
  return beside ? { path, advice: `-c ${path} --script-location ${parent}` } : byFile
}

/** `script_location` of the ini in a folder, null when it has none. Throws what reading an ini throws. */
export function scriptLocationIn(tree: FileTree, folder: string): string | null {
  const bytes = tree.readFile(joinPath(folder, 'alembic.ini'))
  if (!bytes) return null
  const ini = parseIni(new TextDecoder().decode(bytes), { here: folder, source: "'alembic.ini'" })
  return readOption(ini, 'alembic', 'script_location')
}
