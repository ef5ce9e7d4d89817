/** Reads migrations for lint on demand. */
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'
import { buildHistory } from '../../core/lint/lint-history.ts'
import type { LintHistory } from '../../core/lint/lint-rule.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { ModuleSource } from '../../python/interpreter/run.ts'
import type { Revision } from '../../core/history/revision.ts'
import { readLintedSource, readLintedText, readLintedUpgrade } from '../../python/lint/lint-facts.ts'
import { type FileTree, readableBytes } from '../files/file-tree.ts'
import { repositoryModules } from '../project/repository-modules.ts'

/** Maximum size in bytes of an `__init__.py` that is assumed to contain only re-exports. */
const maxPackageBytes = 2_000

/**
 * Keeps only modules that may contain migration helpers: modules that mention Alembic, and their packages. Following
 * the imports in an application's models would take seconds without helping lint.
 */
function helpersIn(modules: ModuleSource): ModuleSource {
  const decoder = new TextDecoder()
  const names = new WeakMap<Uint8Array, boolean>()
  const namesAlembic = (bytes: Uint8Array): boolean => {
    const known = names.get(bytes) ?? /\balembic\b/.test(decoder.decode(bytes))
    names.set(bytes, known)
    return known
  }
  return {
    find(name) {
      const file = modules.find(name)
      if (file === null || (file.isPackage && file.bytes.length <= maxPackageBytes)) return file
      return namesAlembic(file.bytes) ? file : null
    },
    isElsewhere: (name) => modules.isElsewhere(name),
  }
}

/**
 * Returns the graph's migrations, which are read on demand. Conditions on the dialect are evaluated for `dialect`.
 */
export function readLintHistory(
  tree: FileTree,
  { importPaths, engineName = null }: Repository,
  graph: RevisionGraph,
  dialect: DialectName | null,
): LintHistory {
  const modules = helpersIn(repositoryModules(tree, importPaths))
  const reading =
    <Read>(read: (bytes: Uint8Array, revision: Revision) => Read) =>
    (id: string): Read | null => {
      const revision = graph.get(id)
      const bytes = revision === undefined || revision.path === '' ? null : readableBytes(tree, revision.path)
      return revision === undefined || bytes === null ? null : read(bytes, revision)
    }
  return buildHistory(graph, {
    migration: reading((bytes, revision) => ({
      revision,
      ...readLintedSource(bytes, revision.path, dialect, engineName, modules),
    })),
    upgrade: reading((bytes, { path }) => readLintedUpgrade(bytes, path, dialect, engineName, modules)),
    text: reading(readLintedText),
  })
}
