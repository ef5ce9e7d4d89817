/** Plans how to restore a lost revision. */
import type { RevisionHistory, FileVersion } from './git-history.ts'
import type { Relink } from './restored-files.ts'
import { type RevisionGraph, ancestorsOf } from '../history/revision-graph.ts'

/** The changes needed to restore a revision. */
export interface RestorePlan {
  /** The lost revision and its lost ancestors, oldest first. */
  readonly files: readonly FileVersion[]
  /** Lost ancestors that aren't in the git history. */
  readonly unfound: readonly string[]
  /** Existing revisions that become the restored files' parents; empty for a base. */
  readonly joins: readonly string[]
  readonly relinks: readonly Relink[]
  /** Heads of the graph after the restore. */
  readonly heads: readonly string[]
}

/**
 * Plans how to restore `version` and its lost ancestors. The children of `joins` will follow the restored
 * revision.
 */
export function planRestore(
  graph: RevisionGraph,
  history: ReadonlyMap<string, RevisionHistory>,
  version: FileVersion,
): RestorePlan {
  const files = new Map<string, FileVersion>()
  const unfound = new Set<string>()
  const joins = new Set<string>()
  const waiting = [version]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (files.has(next.revision)) continue
    files.set(next.revision, next)
    for (const parent of [...next.downRevisions, ...next.dependsOn]) {
      const known = graph.get(parent)
      if (known) {
        if (next.downRevisions.includes(parent)) joins.add(parent)
        continue
      }
      const lost = history.get(parent)?.versions[0]
      if (lost) waiting.push(lost)
      else if (next.downRevisions.includes(parent)) unfound.add(parent)
    }
  }
  const relinks = relinksFor(graph, version.revision, joins)
  return {
    files: [...files.values()].toReversed(),
    unfound: [...unfound],
    joins: [...joins],
    relinks,
    heads: headsWith(graph, [...files.values()], relinks),
  }
}

function relinksFor(graph: RevisionGraph, revision: string, joins: ReadonlySet<string>): readonly Relink[] {
  // A file that still names the lost revision needs no relinking.
  if (graph.revisions.some(({ downRevisions }) => downRevisions.includes(revision))) return []
  const before = ancestorsOf(graph, joins)
  return graph.revisions.flatMap(({ id, path, downRevisions }) => {
    const from = downRevisions.find((parent) => joins.has(parent))
    return from === undefined || before.has(id) ? [] : [{ child: id, path, from, to: revision }]
  })
}

function headsWith(
  graph: RevisionGraph,
  files: readonly FileVersion[],
  relinks: readonly Relink[],
): readonly string[] {
  const parents = new Set<string>()
  for (const { id, downRevisions } of graph.revisions) {
    const moved = relinks.find(({ child }) => child === id)
    for (const parent of downRevisions) parents.add(parent === moved?.from ? moved.to : parent)
  }
  for (const { downRevisions } of files) for (const parent of downRevisions) parents.add(parent)
  const ids = new Set([...graph.revisions.map(({ id }) => id), ...files.map(({ revision }) => revision)])
  return [...ids].filter((id) => !parents.has(id))
}
