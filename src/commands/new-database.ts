/** What a new database will lack when placeholders do nothing: something that a later migration changes. */
import { diskTree } from '../adapters/disk-tree.ts'
import { readAllOperations } from '../adapters/read-operations.ts'
import { type DatabaseState, emptyDatabase } from '../core/database-state.ts'
import type { FileEdit } from '../core/file-edit.ts'
import { withStandIns } from '../core/placeholder.ts'
import { reasonNotToTry } from '../core/replay/interference.ts'
import { revisionsToTry, tryPending } from '../core/replay/pending.ts'
import type { Repository } from '../core/repository.ts'
import { shown } from '../core/text.ts'
import { predictUpgrade } from '../core/upgrade.ts'
import { readOperations } from '../python/operations.ts'

/** A sentence without a full stop; null when nothing speaks against a new database. `expected` holds the edits. */
export function newDatabaseLacks(
  cwd: string,
  expected: Repository,
  edits: readonly FileEdit[],
  { dialect, searchPath }: DatabaseState,
  target: string,
): string | null {
  const graph = withStandIns(expected, [])
  const empty = { ...emptyDatabase(dialect), searchPath }
  const revisions = revisionsToTry(predictUpgrade(expected, graph, empty, target))
  if (revisions.length === 0 || reasonNotToTry(expected) !== null) return null
  const operations = new Map(readAllOperations(diskTree(cwd), graph, dialect))
  for (const { path, after } of edits) {
    const revision = graph.revisions.find((one) => one.path === path)
    if (revision) operations.set(revision.id, readOperations(after, path, dialect).upgrade)
  }
  const defaultSchema = searchPath[0] ?? null
  const schema = { dialect, defaultSchema, schemas: searchPath, tables: [], enums: [] }
  const { refusal } = tryPending(revisions, operations, schema, empty).replay
  if (refusal?.kind !== 'missing') return null
  return `on a new database ${shown(refusal.revision)} would fail: no migration makes ${shown(refusal.object)}, which it needs`
}
