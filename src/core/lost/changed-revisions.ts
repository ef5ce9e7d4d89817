/**
 * Uses git's history to detect migrations that were edited or replaced after a database ran them, and migrations
 * that were inserted before applied migrations.
 */
import type { RevisionGraph } from '../history/revision-graph.ts'
import type { GitCommit, RevisionHistory } from './git-history.ts'

/** How a migration changed. */
export type RevisionChange =
  /** A revision was inserted, and `before` became its child. */
  | { readonly kind: 'inserted'; readonly commit: GitCommit; readonly before: string }
  /** This id used to belong to a file with a different name. `before` is the text of that file's operations. */
  | { readonly kind: 'replaced'; readonly commit: GitCommit; readonly path: string; readonly before: string }
  /** The migration's statements have changed. The newest edit comes first. */
  | { readonly kind: 'edited'; readonly edits: readonly Edit[] }

/** A commit that changed a migration's statements. */
export interface Edit {
  readonly commit: GitCommit
  /** The current lines that the version before this commit didn't have. */
  readonly added: string
}

/** Returns the changed revisions. `history` must list versions from newest to oldest. */
export function changedRevisions(
  graph: RevisionGraph,
  history: ReadonlyMap<string, RevisionHistory>,
  revisions: readonly string[],
): ReadonlyMap<string, RevisionChange> {
  const changes = new Map<string, RevisionChange>()
  for (const id of revisions) {
    const change = insertion(graph, history, id) ?? replacement(graph, history, id) ?? edit(history, id)
    if (change) changes.set(id, change)
  }
  return changes
}

/** Detects a revision that was inserted before an older one, which previously had another parent. */
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

/**
 * Detects a revision that used to be defined in another file. A file that kept more than half of its lines counts as
 * renamed.
 */
function replacement(
  graph: RevisionGraph,
  history: ReadonlyMap<string, RevisionHistory>,
  id: string,
): RevisionChange | null {
  const versions = history.get(id)?.versions ?? []
  // Git lists commits from the same second in arbitrary order, so the first version may belong to another
  // file.
  const name = nameOf(graph.map.byId.get(id)?.revision.path ?? '')
  const own = versions.filter(({ path }) => nameOf(path) === name)
  const other = versions.find(({ path }) => nameOf(path) !== name)
  const [last] = own
  if (!last || last.operations === null) return null
  const first = own.at(-1)
  if (!other || other.operations === null || !first || first.commit.date < other.commit.date) return null
  const lines = linesOf(last.operations)
  const kept = linesOf(other.operations).filter((line) => lines.includes(line)).length
  if (kept * 2 > lines.length) return null
  return { kind: 'replaced', commit: first.commit, path: other.path, before: other.operations }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/**
 * Returns the lines that contain statements. Omits lines that all migrations share, such as `def upgrade():` and
 * `pass`.
 */
function linesOf(operations: string): readonly string[] {
  return operations.split('\n').filter((line) => !/^\s*(?:def |pass\b|return\b)/.test(line))
}

function edit(history: ReadonlyMap<string, RevisionHistory>, id: string): RevisionChange | null {
  const versions = history.get(id)?.versions ?? []
  const [last] = versions
  if (!last || last.operations === null) return null
  const now = last.operations
  const edits = versions.slice(1).flatMap(({ operations }, index) => {
    const next = versions[index]
    if (!next || operations === next.operations || operations === now) return []
    return [{ commit: next.commit, added: operations === null ? now : addedLines(operations, now) }]
  })
  return edits.length > 0 ? { kind: 'edited', edits } : null
}

/** Returns the lines that occur more often in the new text than in the old one. */
function addedLines(before: string, now: string): string {
  const left = new Map<string, number>()
  for (const line of before.split('\n')) left.set(line.trim(), (left.get(line.trim()) ?? 0) + 1)
  const added = now.split('\n').filter((line) => {
    const count = left.get(line.trim()) ?? 0
    left.set(line.trim(), count - 1)
    return count <= 0
  })
  return added.join('\n')
}
