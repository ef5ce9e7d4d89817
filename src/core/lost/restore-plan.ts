/** Plans how a lost revision gets back into the graph: which files return, and which parents have to be pointed at it. */
import type { RevisionHistory, FileVersion } from './git-history.ts'
import { type RevisionGraph, ancestorsOf } from '../history/revision-graph.ts'

/** A `down_revision` that has to name the restored revision in place of its parent. */
export interface Relink {
  readonly child: string
  readonly path: string
  readonly from: string
  readonly to: string
}

/** What of a migration decides where it stands in the graph. */
export type ReturningFile = Pick<FileVersion, 'revision' | 'downRevisions' | 'dependsOn'>

/** What comes back. */
export interface RestorePlan {
  /** The revision and its lost ancestors, oldest first. */
  readonly files: readonly FileVersion[]
  /** Ancestors that the history does not have either. */
  readonly unfound: readonly string[]
  /** Where the files join the graph: known parents. Empty when it becomes a base. */
  readonly joins: readonly string[]
  readonly relinks: readonly Relink[]
  /** Heads of the graph afterwards. */
  readonly heads: readonly string[]
}

/**
 * Plans from `version`, the file to bring back. Lost ancestors come as they were last. Where the graph went on after
 * a common parent, what came later moves behind the restored revision.
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
  // A file that still names it shows where it belongs.
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
