/** What git shows of migrations that a database has run: edited afterwards, or put in front of others. */
import type { RevisionGraph } from '../history/revision-graph.ts'
import type { GitCommit, RevisionHistory } from './git-history.ts'

/** What happened to a migration after it was written, or to those that follow it. */
export type RevisionChange =
  /** `before`: the revision that followed something else until then. */
  | { readonly kind: 'inserted'; readonly commit: GitCommit; readonly before: string }
  /** Its statements were others once. */
  | { readonly kind: 'edited'; readonly commit: GitCommit }

/** The changes of these revisions; a revision without any is left out. Versions are newest first. */
export function changedRevisions(
  graph: RevisionGraph,
  history: ReadonlyMap<string, RevisionHistory>,
  revisions: readonly string[],
): ReadonlyMap<string, RevisionChange> {
  const changes = new Map<string, RevisionChange>()
  for (const id of revisions) {
    const change = insertion(graph, history, id) ?? edit(history, id)
    if (change) changes.set(id, change)
  }
  return changes
}

/** A child that is older than its parent followed another one before. */
function insertion(
  graph: RevisionGraph,
  history: ReadonlyMap<string, RevisionHistory>,
  id: string,
): RevisionChange | null {
  const first = history.get(id)?.versions.at(-1)
  if (!first) return null
  for (const child of graph.revisions) {
    if (!child.downRevisions.includes(id)) continue
    const versions = history.get(child.id)?.versions ?? []
    const oldest = versions.at(-1)
    const without = versions.some(({ downRevisions }) => !downRevisions.includes(id))
    if (without && oldest && oldest.commit.date <= first.commit.date) {
      return { kind: 'inserted', commit: first.commit, before: child.id }
    }
  }
  return null
}

function edit(history: ReadonlyMap<string, RevisionHistory>, id: string): RevisionChange | null {
  const versions = history.get(id)?.versions ?? []
  const [last] = versions
  if (!last || last.operations === null) return null
  const other = versions.findIndex(({ operations }) => operations !== last.operations)
  const since = other < 0 ? undefined : versions[other - 1]
  return since ? { kind: 'edited', commit: since.commit } : null
}
