/** Finds revision ids in the git history. Parses the files, so that merely mentioning an id doesn't count. */
import type { AlembicVersion } from '../../core/history/alembic-version.ts'
import {
  type RevisionDefinition,
  type GitCommit,
  type Removal,
  type RevisionHistory,
  type FileVersion,
  looksLikeMigration,
} from '../../core/lost/git-history.ts'
import { loadFile } from '../../core/history/revision.ts'
import { operationsOf } from '../../python/operations/operations-text.ts'
import { readMigration } from '../../python/header/read-migration.ts'
import { type Change, type Git, type HistoryScope, readBlobs, readChanges } from './git-queries.ts'

/** Options for {@link readGitHistory}. */
export interface HistoryQuestion {
  readonly scope: HistoryScope
  readonly alembic: AlembicVersion
  /** Whether to read the file at a path. By default, reads any file whose path looks like a migration's. */
  readonly counts?: (path: string) => boolean
}

/** Results of a search. */
export interface HistoryFound {
  readonly byRevision: Map<string, { versions: FileVersion[]; removals: Removal[] }>
  /** Maps each blob id to the definition in that blob. */
  readonly definitions: ReadonlyMap<string, RevisionDefinition>
  readonly commits: number
  readonly contents: number
  /** Number of blobs missing from a partial clone. */
  readonly missing: number
  /** Blobs skipped because of their paths. Maps each blob id to one of its paths. */
  readonly others: ReadonlyMap<string, string>
}

interface Event {
  readonly commit: GitCommit
  readonly parents: readonly string[]
  readonly changes: readonly Change[]
}

/** Maximum number of blobs per search. Large projects have several thousand. */
const maxContents = 200_000

/** Searches the history once, and reads each blob once. */
export async function readGitHistory(git: Git, question: HistoryQuestion): Promise<HistoryFound> {
  const counts = question.counts ?? looksLikeMigration
  const events: Event[] = []
  const wanted = new Map<string, string>()
  const others = new Map<string, string>()
  let read = 0
  for await (const { commit, parents, changes } of readChanges(git, question.scope)) {
    git.onProgress?.((read += 1), null)
    const kept: Change[] = []
    for (const change of changes) {
      const { path, before, after } = change
      const counted = counts(path)
      if (counted) kept.push(change)
      const contents = counted ? wanted : others
      for (const id of [...before, after]) {
        if (id !== null && contents.size < maxContents) contents.set(id, path)
      }
    }
    if (kept.length > 0) events.push({ commit, parents, changes: kept })
  }
  const definitions = new Map<string, RevisionDefinition>()
  let missing = 0
  read = 0
  for await (const { id, bytes } of readBlobs(git, [...wanted.keys()])) {
    git.onProgress?.((read += 1), wanted.size)
    if (bytes === null) missing += 1
    else if (bytes.includes('down_revision')) {
      const defined = definitionOf(bytes, wanted.get(id) ?? '', question.alembic)
      if (defined) definitions.set(id, defined)
    }
  }
  return {
    byRevision: collect(events, definitions),
    definitions,
    commits: events.length,
    contents: wanted.size,
    missing,
    others,
  }
}

/** Returns the paths that don't look like migrations but define the revision. */
export async function readUnlikelyPaths(
  git: Git,
  contents: ReadonlyMap<string, string>,
  revision: string,
  alembic: AlembicVersion,
): Promise<ReadonlySet<string>> {
  const paths = new Set<string>()
  for await (const { id, bytes } of readBlobs(git, [...contents.keys()])) {
    const path = contents.get(id)
    if (!bytes || path === undefined || !bytes.includes(revision) || !bytes.includes('down_revision'))
      continue
    if (definitionOf(bytes, path, alembic)?.revision === revision) paths.add(path)
  }
  return paths
}

/** Returns the revision that a file defines, or null if it defines none or its id is unknown. */
export function definitionOf(
  bytes: Uint8Array,
  path: string,
  alembic: AlembicVersion,
): RevisionDefinition | null {
  const module = readMigration(bytes, path)
  const loaded = loadFile(module, alembic)
  const revision =
    loaded.kind === 'revision' ? loaded.revision : loaded.kind === 'raises' ? loaded.refused : null
  if (!revision) return null
  return {
    revision: revision.id,
    downRevisions: revision.downRevisions,
    dependsOn: revision.dependsOn,
    operations: operationsOf(bytes, module),
  }
}

/** Groups changes by revision id. Removals belong to the old id, and versions belong to the new one. */
function collect(
  events: readonly Event[],
  definitions: ReadonlyMap<string, RevisionDefinition>,
): HistoryFound['byRevision'] {
  const byRevision = new Map<string, { versions: FileVersion[]; removals: Removal[] }>()
  const of = (revision: string): { versions: FileVersion[]; removals: Removal[] } => {
    const known = byRevision.get(revision)
    if (known) return known
    const made: RevisionHistory & { versions: FileVersion[]; removals: Removal[] } = {
      versions: [],
      removals: [],
    }
    byRevision.set(revision, made)
    return made
  }
  for (const { commit, changes } of events) {
    const gone = changes.filter(
      ({ before, after }) => after === null && before.some((id) => id !== null && definitions.has(id)),
    ).length
    for (const { path, before, after } of changes) {
      const now = after === null ? undefined : definitions.get(after)
      if (now && after !== null) of(now.revision).versions.push({ ...now, path, blob: after, commit })
      const told = new Set<string>()
      before.forEach((blob, parent) => {
        const was = blob === null ? undefined : definitions.get(blob)
        if (!was || blob === null || was.revision === now?.revision || told.has(was.revision)) return
        told.add(was.revision)
        const source = `${commit.id}^${before.length > 1 ? parent + 1 : ''}`
        const becomes = now?.revision ?? null
        of(was.revision).removals.push({ path, blob, commit, source, becomes, together: gone })
      })
    }
  }
  return byRevision
}
