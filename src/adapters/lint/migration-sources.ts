/** Reads migrations for lint: each file once, when somebody asks for it. */
import type { DialectName } from '../../core/dialect/dialect.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'
import { buildHistory } from '../../core/lint/lint-history.ts'
import type { LintHistory, LintedMigration } from '../../core/lint/lint-rule.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { ModuleSource } from '../../python/interpreter/run.ts'
import { readLintedSource } from '../../python/lint/lint-facts.ts'
import { type FileTree, readableBytes } from '../files/file-tree.ts'
import { repositoryModules } from '../project/repository-modules.ts'

/** Modules that are followed for one migration. Helpers import few others; the models of an application import all of it. */
const maxModules = 12

/** The same modules, the first few that are asked for. */
function nearest(modules: ModuleSource): ModuleSource {
  const found = new Set<string>()
  return {
    find(name) {
      if (found.size >= maxModules && !found.has(name)) return null
      const file = modules.find(name)
      if (file !== null && file.bytes.length > 0) found.add(name)
      return file
    },
    isElsewhere: (name) => modules.isElsewhere(name),
  }
}

/** The history of a graph; `dialect` decides conditions on the database's name. */
export function readLintHistory(
  tree: FileTree,
  { importPaths, engineName = null }: Repository,
  graph: RevisionGraph,
  dialect: DialectName | null,
): LintHistory {
  const modules = repositoryModules(tree, importPaths)
  return buildHistory(graph, (id): LintedMigration | null => {
    const revision = graph.get(id)
    const bytes = revision === undefined || revision.path === '' ? null : readableBytes(tree, revision.path)
    if (revision === undefined || bytes === null) return null
    return { revision, ...readLintedSource(bytes, revision.path, dialect, engineName, nearest(modules)) }
  })
}
