/** Reads the operations of the migrations in a graph from their files. */
import type { DialectName } from '../../core/dialect/dialect.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'
import type { Operations } from '../../core/history/operation.ts'
import { readUpgrade } from '../../python/operations/read-operations.ts'
import { repositoryModules } from './repository-modules.ts'
import { FileUnreadable, type FileTree } from '../files/file-tree.ts'

/**
 * Returns the operations of `upgrade()` in every migration file, or only for the revisions in `only`. The keys are
 * revision ids. Unreadable files are omitted. Without a dialect, conditions on the dialect remain undecided.
 */
export function readAllOperations(
  tree: FileTree,
  { importPaths, engineName = null, iniOptions }: Repository,
  graph: RevisionGraph,
  dialect: DialectName | null,
  only: ReadonlySet<string> | null = null,
  onProgress: (done: number, total: number) => void = () => {},
): ReadonlyMap<string, Operations> {
  const operations = new Map<string, Operations>()
  const modules = repositoryModules(tree, importPaths)
  let count = 0
  for (const { id, revision } of graph.map.byId.values()) {
    onProgress((count += 1), graph.map.byId.size)
    if (revision.path === '' || (only && !only.has(id))) continue
    try {
      const bytes = tree.readFile(revision.path)
      if (!bytes) continue
      operations.set(id, readUpgrade(bytes, revision.path, dialect, engineName, modules, iniOptions))
    } catch (error) {
      if (!(error instanceof FileUnreadable)) throw error
    }
  }
  return operations
}
