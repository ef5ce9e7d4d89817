/** Finds objects that a new database would lack because no placeholder creates them. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { effectsWithNaming } from '../../adapters/project/read-naming.ts'
import { readAllOperations } from '../../adapters/project/read-operations.ts'
import { repositoryModules } from '../../adapters/project/repository-modules.ts'
import { type DatabaseState, emptyDatabase } from '../../core/history/database-state.ts'
import type { Operations } from '../../core/history/operation.ts'
import type { FileEdit } from '../../core/text/file-edit.ts'
import { withPlaceholders } from '../../core/lost/plan-placeholder.ts'
import { reasonNotToTry } from '../../core/upgrade/env-interference.ts'
import { revisionsToTry, tryPending } from '../../core/dry-run/pending-facts.ts'
import type { Repository } from '../../core/history/repository.ts'
import { objectName } from '../../rules/phrases/statement-failure.ts'
import { shown } from '../../core/text/display.ts'
import { predictUpgrade } from '../../core/upgrade/predict-upgrade.ts'
import { readOperations } from '../../python/operations/read-operations.ts'

/**
 * Returns a clause that says what a new database would lack; null if nothing would be missing. `expected` includes the
 * planned edits. `known` contains the operations before the edits; null if they haven't been read.
 */
export function missingFromNewDatabase(
  cwd: string,
  expected: Repository,
  edits: readonly FileEdit[],
  { dialect, searchPath }: DatabaseState,
  target: string,
  known: ReadonlyMap<string, Operations> | null,
): string | null {
  const graph = withPlaceholders(expected, [])
  const empty = { ...emptyDatabase(dialect), searchPath }
  const revisions = revisionsToTry(predictUpgrade(expected, graph, empty, target))
  if (revisions.length === 0 || reasonNotToTry(expected, dialect) !== null) return null
  const operations = new Map(known ?? readAllOperations(diskTree(cwd), expected, graph, dialect))
  const modules = repositoryModules(diskTree(cwd), expected.importPaths)
  for (const { path, after } of edits) {
    const revision = graph.revisions.find((one) => one.path === path)
    if (revision)
      operations.set(
        revision.id,
        readOperations(after, path, dialect, expected.engineName ?? null, modules).upgrade,
      )
  }
  const defaultSchema = searchPath[0] ?? null
  const schema = { dialect, defaultSchema, schemas: searchPath, tables: [], enums: [] }
  const { failure: refusal } = tryPending(
    revisions,
    operations,
    schema,
    empty,
    effectsWithNaming(diskTree(cwd), expected, dialect, operations),
  ).replay
  if (refusal?.kind !== 'missing') return null
  return `on a new database, ${shown(refusal.revision)} would fail: it needs ${shown(objectName(refusal.object))}, which no migration creates`
}
