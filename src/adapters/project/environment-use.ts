/**
 * Finds the environment variables that the project reads. Looks at env.py, the modules that it imports, and .env files.
 * Runs no code.
 */
import { posix } from 'node:path'
import { type VariableRead, readEnvironmentUse } from '../../python/env/environment-use.ts'
import { type FileTree, FileUnreadable, readableBytes } from '../files/file-tree.ts'
import { namesInDotenv } from '../files/dotenv.ts'

/** A location in one of the project's files. */
export interface SourcePlace {
  readonly what: string
  /** True if the variable's name is computed at run time. */
  readonly computed: boolean
  readonly path: string
  readonly line: number
}

/** The project's environment variables and other sources of database URLs. */
export interface ProjectEnvironment {
  readonly reads: readonly VariableRead[]
  /** Other possible sources of a database URL, such as a variable with a computed name. */
  readonly sources: readonly SourcePlace[]
}

/** Where to start the search. */
export interface ProjectEntry {
  /** Path of env.py; null to read only `files` and their imports. */
  readonly envPath: string | null
  readonly scriptLocation: string
  /** Modules that the command itself loads, such as the one in `FLASK_APP`. */
  readonly modules: readonly string[]
  /** Additional files to read, such as migrations. */
  readonly files?: readonly string[]
}

const maxFiles = 500
/** Maximum file size in bytes. Larger files are probably data. */
const maxBytes = 500_000

/**
 * Reads env.py, the given modules and files, and all project modules that they import. Also reads the names in .env
 * files.
 */
export function readProjectEnvironment(tree: FileTree, entry: ProjectEntry): ProjectEnvironment {
  const roots = [
    ...new Set([tree.cwd, `${tree.cwd}/src`, posix.resolve(tree.cwd, posix.dirname(entry.scriptLocation))]),
  ]
  const reads: VariableRead[] = []
  const sources: SourcePlace[] = []
  const seen = new Set<string>()
  const waiting: string[] = []
  const add = (path: string | null): void => {
    if (path !== null && !seen.has(path) && seen.size < maxFiles) {
      seen.add(path)
      waiting.push(path)
    }
  }
  if (entry.envPath !== null) add(posix.resolve(tree.cwd, entry.envPath))
  for (const path of entry.files ?? []) add(posix.resolve(tree.cwd, path))
  for (const module of entry.modules) for (const path of filesOf(tree, roots, '', module)) add(path)
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const bytes = readableBytes(tree, path)
    if (bytes === null || bytes.length > maxBytes) continue
    const use = readEnvironmentUse(bytes)
    reads.push(...use.reads)
    const shown = posix.relative(tree.cwd, path)
    for (const source of use.sources) sources.push({ ...source, path: shown })
    for (const module of use.imports) for (const file of filesOf(tree, roots, path, module)) add(file)
  }
  if (entry.envPath !== null) for (const name of namesInDotenv(tree)) reads.push({ name, role: null })
  return { reads: merged(reads), sources }
}

function merged(reads: readonly VariableRead[]): readonly VariableRead[] {
  const roles = new Map<string, VariableRead['role']>()
  for (const { name, role } of reads) roles.set(name, roles.get(name) ?? role)
  return [...roles].map(([name, role]) => ({ name, role }))
}

/** Returns the files for a module and its parent packages, if they belong to the project. */
function filesOf(tree: FileTree, roots: readonly string[], from: string, module: string): readonly string[] {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0
  const names = module
    .slice(dots)
    .split('.')
    .filter((name) => name !== '')
  let above = posix.dirname(from)
  for (let level = 1; level < dots; level++) above = posix.dirname(above)
  const found: string[] = []
  for (const root of dots > 0 ? [above] : roots) {
    for (let count = 0; count <= names.length; count++) {
      const path = posix.join(root, ...names.slice(0, count))
      const candidates = count === 0 ? [] : [`${path}.py`, `${path}/__init__.py`]
      found.push(...candidates.filter((one) => isFile(tree, one)))
    }
  }
  return found
}

function isFile(tree: FileTree, path: string): boolean {
  try {
    return tree.kindOf(path) === 'file'
  } catch (error) {
    if (error instanceof FileUnreadable) return false
    throw error
  }
}
