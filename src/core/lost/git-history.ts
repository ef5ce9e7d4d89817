/**
 * What git's history says about revisions: who defined an id, where, and what took it away. Data only; knows nothing
 * of processes, and decides nothing about what it means.
 */

/** A commit as people name it. */
export interface GitCommit {
  readonly id: string
  readonly author: string
  /** ISO 8601, as the author's clock had it. */
  readonly date: string
  readonly subject: string
}

/** What one version of a migration file says. */
export interface RevisionDefinition {
  readonly revision: string
  readonly downRevisions: readonly string[]
  readonly dependsOn: readonly string[]
  /** The file from `upgrade()` on without comments and blank lines; null when it does nothing worth comparing. */
  readonly operations: string | null
}

/** A version of a file that defined an id. Paths are relative to the top of the git repository. */
export interface FileVersion extends RevisionDefinition {
  readonly path: string
  readonly blob: string
  /** The commit that brought it. */
  readonly commit: GitCommit
}

/** A commit after which a path no longer defines the id. */
export interface Removal {
  readonly path: string
  /** The content that was taken away. */
  readonly blob: string
  readonly commit: GitCommit
  /** A name of the commit that had it last: `1a2b3c^`. */
  readonly source: string
  /** The id that the same path defines from then on; null when the file is gone. */
  readonly becomes: string | null
  /** How many migration files left with it in this commit. */
  readonly together: number
}

/** Everything about one id, newest first. */
export interface RevisionHistory {
  readonly versions: readonly FileVersion[]
  readonly removals: readonly Removal[]
}

/** Who still holds a commit: a branch or tag, a stash, a reflog, or nobody. */
export interface Holder {
  readonly kind: 'ref' | 'stash' | 'reflog' | 'unreachable'
  /** The ref's short name; `stash@{0}`; `HEAD@{3}`; the commit. */
  readonly name: string
  /** The commit to take it from. */
  readonly tip: string
  /** A ref that stands at a descendant of the commit that is checked out, and still has the file. */
  readonly aheadOfHere: boolean
}

/** A version that lies outside the history of what is checked out. */
export interface Elsewhere {
  readonly version: FileVersion
  readonly holders: readonly Holder[]
}

/** What was asked of git about one id. */
export interface GitAnswer {
  /** The whole history that was looked at, by id. */
  readonly history: ReadonlyMap<string, RevisionHistory>
  /** Paths that define the id in the commit that is checked out. */
  readonly here: readonly FileVersion[]
  /** Versions and removals in the history of the commit that is checked out, newest first. */
  readonly versions: readonly FileVersion[]
  readonly removals: readonly Removal[]
  /** The rest, newest first. */
  readonly elsewhere: readonly Elsewhere[]
  /** Which rule of which file leaves the path out: `.slugignore, line 3: tests`. Null: none. */
  readonly ignored: { readonly path: string; readonly by: string } | null
}

/** Whether a path is where Alembic projects keep migrations, by the names of its folders. */
export function looksLikeMigration(path: string): boolean {
  return /(?:^|\/)[^/]*(?:versions|migration|alembic)[^/]*\/(?:.*\/)?[^/]+\.py$/i.test(path)
}

/** A commit as it stands in a sentence and in a command. */
export function shortCommit(id: string): string {
  return id.replace(/^([0-9a-f]{10})[0-9a-f]+/, '$1')
}
