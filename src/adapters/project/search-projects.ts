/**
 * Searches for Alembic projects below a folder that has no configuration. Lists the candidates and how to select each
 * one.
 */
import { shellCommand } from '../../core/text/shell-quoting.ts'
import { posix } from 'node:path'
import { parseIni, readOption } from '../../python/config/configparser.ts'
import { PythonRaise } from '../../python/source/python-error.ts'

import { type FileTree, FileUnreadable, type TreeEntry, readableEntries } from '../files/file-tree.ts'
import { isPackageResource } from './package-resource.ts'
import { joinPath, shownPath } from '../files/tree-path.ts'

/** Limits on the search: depth below the working directory, and number of folders. */
const maxDepth = 5
const maxFolders = 4000

/** Folders to skip: third-party code and build output. */
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

/** An `alembic.ini` below the working directory. */
export interface ConfigCandidate {
  /** Path relative to the working directory. */
  readonly path: string
  /** Command or option that selects the candidate, such as `cd backend` or `-c backend/alembic.ini`. */
  readonly advice: string
}

/** Configurations and script locations below a folder. */
export interface ProjectCandidates {
  readonly configs: readonly ConfigCandidate[]
  /** Folders that contain `env.py` and `versions/`, relative to the working directory. */
  readonly scriptLocations: readonly string[]
  /** Folders with `script.py.mako` and migrations, but no `env.py`. Flask-Alembic creates these. */
  readonly withoutEnv: readonly string[]
  /** True if the search stopped early. */
  readonly incomplete: boolean
}

/** Searches breadth-first below the working directory. Skips symlinks and unreadable folders. */
export function searchProjects(tree: FileTree): ProjectCandidates {
  const configs: ConfigCandidate[] = []
  const scriptLocations: string[] = []
  const withoutEnv: string[] = []
  let level = [tree.cwd]
  let seen = 0
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth += 1) {
    const next: string[] = []
    for (const folder of level) {
      seen += 1
      if (seen > maxFolders) return { configs, scriptLocations, withoutEnv, incomplete: true }
      const entries = readableEntries(tree, folder)
      const has = (name: string, kind: TreeEntry['kind']): boolean =>
        entries.some((entry) => entry.name === name && entry.kind === kind)
      if (has('pyvenv.cfg', 'file')) continue
      if (has('alembic.ini', 'file') && folder !== tree.cwd) configs.push(candidate(tree, folder))
      if (has('env.py', 'file') && has('versions', 'directory')) {
        scriptLocations.push(shownPath(tree.cwd, folder))
      }
      if (has('script.py.mako', 'file') && !has('env.py', 'file') && entries.some(isMigration)) {
        withoutEnv.push(shownPath(tree.cwd, folder))
      }
      for (const { name, kind, link } of entries) {
        if (kind !== 'directory' || link || name.startsWith('.') || skipped.has(name)) continue
        next.push(joinPath(folder, name))
      }
    }
    level = next.sort()
  }
  return { configs, scriptLocations, withoutEnv, incomplete: false }
}

function isMigration({ name, kind }: TreeEntry): boolean {
  return kind === 'file' && name.endsWith('.py') && name !== '__init__.py'
}

/**
 * Returns a folder's `alembic.ini` and how to select it. Some files can be selected only after a `cd`, because
 * Alembic resolves `script_location` against the working directory.
 */
function candidate(tree: FileTree, folder: string): ConfigCandidate {
  const path = shownPath(tree.cwd, joinPath(folder, 'alembic.ini'))
  const parent = posix.dirname(path)
  const byFile = { path, advice: shellCommand(['-c', path]) }
  let location: string | null
  try {
    location = scriptLocationIn(tree, folder)
  } catch (error) {
    if (error instanceof PythonRaise || error instanceof FileUnreadable) return byFile
    throw error
  }
  const beside = tree.kindOf(joinPath(folder, 'env.py')) === 'file'
  // An ini file next to env.py that doesn't set `script_location` belongs to Flask-Migrate.
  if (location === null) return beside ? { path, advice: shellCommand(['-d', parent]) } : byFile
  if (isPackageResource(location)) return byFile
  if (tree.kindOf(joinPath(tree.cwd, location)) === 'directory') return byFile
  if (tree.kindOf(joinPath(folder, location)) === 'directory')
    return { path, advice: shellCommand(['cd', parent]) }
  // The path probably exists only inside a container. Use the ini file's folder if env.py is there.
  return beside ? { path, advice: shellCommand(['-c', path, '--script-location', parent]) } : byFile
}

/**
 * Returns `script_location` from a folder's ini file, or null.
 * @throws PythonRaise or FileUnreadable if the file can't be parsed or read.
 */
export function scriptLocationIn(tree: FileTree, folder: string): string | null {
  const bytes = tree.readFile(joinPath(folder, 'alembic.ini'))
  if (!bytes) return null
  const ini = parseIni(new TextDecoder().decode(bytes), { here: folder, source: "'alembic.ini'" })
  return readOption(ini, 'alembic', 'script_location')
}
