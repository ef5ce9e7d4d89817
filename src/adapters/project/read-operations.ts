/** Reads the operations in migration files. */
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'
import type { Operations } from '../../core/history/operation.ts'
import { readUpgrade } from '../../python/operations/read-operations.ts'
import { appliedConvention } from './read-naming.ts'
import { repositoryModules } from './repository-modules.ts'
import { FileUnreadable, type FileTree, readableBytes } from '../files/file-tree.ts'
import { joinPath } from '../files/tree-path.ts'

/**
 * Maps each revision id to the operations of its `upgrade()`. Skips unreadable files. If no dialect is given,
 * conditions on the dialect are left undecided.
 */
export function readAllOperations(
  tree: FileTree,
  repository: Repository,
  graph: RevisionGraph,
  dialect: DialectName | null,
  only: ReadonlySet<string> | null = null,
  onProgress: (done: number, total: number) => void = () => {},
): ReadonlyMap<string, Operations> {
  const operations = new Map<string, Operations>()
  const read = operationsReader(tree, repository, graph, dialect)
  let count = 0
  for (const id of graph.map.byId.keys()) {
    onProgress((count += 1), graph.map.byId.size)
    const found = only && !only.has(id) ? undefined : read(id)
    if (found !== undefined) operations.set(id, found)
  }
  return operations
}

/**
 * Returns a function that reads a revision's `upgrade()`. It reads the file on every call, and returns undefined for an
 * unknown revision or unreadable file.
 */
export function operationsReader(
  tree: FileTree,
  repository: Repository,
  graph: RevisionGraph,
  dialect: DialectName | null,
): (id: string) => Operations | undefined {
  const { importPaths, engineName = null, iniOptions, isUnset, sqlalchemyMajor } = repository
  const modules = repositoryModules(tree, importPaths)
  const project = {
    ...(iniOptions && { iniOptions }),
    ...(sqlalchemyMajor && { sqlalchemyMajor }),
    ...(isUnset && { isUnset }),
    alembic: repository.alembic.version,
    convention: () => appliedConvention(tree, repository),
    startFiles: () => startFiles(tree, repository, graph),
  }
  return (id) => {
    const path = graph.map.byId.get(id)?.revision.path ?? ''
    if (path === '') return undefined
    try {
      const bytes = tree.readFile(path)
      return bytes ? readUpgrade(bytes, path, dialect, engineName, modules, project) : undefined
    } catch (error) {
      if (!(error instanceof FileUnreadable)) throw error
      return undefined
    }
  }
}

/** Reads env.py and all migrations; null if one of them can't be read. */
function startFiles(
  tree: FileTree,
  { scriptLocation }: Repository,
  graph: RevisionGraph,
): readonly Uint8Array[] | null {
  const paths = [...graph.map.byId.values()].map(({ revision }) => revision.path)
  const files = [joinPath(scriptLocation, 'env.py'), ...paths].map((path) => readableBytes(tree, path))
  return files.includes(null) ? null : files.filter((bytes) => bytes !== null)
}
