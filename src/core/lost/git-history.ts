/** Revisions in git's history: the files that defined an id, and the commit that removed it. */

/** A commit, as shown to users. */
export interface GitCommit {
  readonly id: string
  readonly author: string
  /** Author date in ISO 8601 format. */
  readonly date: string
  readonly subject: string
}

/** The revision as defined in one version of a migration file. */
export interface RevisionDefinition {
  readonly revision: string
  readonly downRevisions: readonly string[]
  readonly dependsOn: readonly string[]
  /** Source code from `upgrade()` onward, without comments or blank lines; null if unavailable. */
  readonly operations: string | null
}

/** A version of a file that defined a revision. Paths are relative to the git repository. */
export interface FileVersion extends RevisionDefinition {
  readonly path: string
  readonly blob: string
  /** The commit that introduced this version. */
  readonly commit: GitCommit
}

/** A commit that removed the id's definition from a file. */
export interface Removal {
  readonly path: string
  /** Blob containing the file's content before the definition was removed. */
  readonly blob: string
  readonly commit: GitCommit
  /** Last commit that contains the file, as a git revision expression such as `1a2b3c^`. */
  readonly source: string
  /** The id that the file now defines; null if the file was deleted. */
  readonly becomes: string | null
  /** Number of migration files that the same commit removed. */
  readonly together: number
}

/** Git history for a revision id, newest first. */
export interface RevisionHistory {
  readonly versions: readonly FileVersion[]
  readonly removals: readonly Removal[]
}

/** What keeps a commit reachable: a branch, tag, stash or reflog, or nothing (`unreachable`). */
export interface Holder {
  readonly kind: 'ref' | 'stash' | 'reflog' | 'unreachable'
  /** A short ref name, a commit id, or a name such as `stash@{0}` or `HEAD@{3}`. */
  readonly name: string
  /** The commit to restore the file from. */
  readonly tip: string
  /** True if this ref is ahead of HEAD and still contains the file. */
  readonly aheadOfHere: boolean
}

/** A file version outside HEAD's history, and the references to its commit. */
export interface Elsewhere {
  readonly version: FileVersion
  readonly holders: readonly Holder[]
}

/** What git knows about a revision id. */
export interface GitAnswer {
  /** Histories of all revisions found, by revision id. */
  readonly history: ReadonlyMap<string, RevisionHistory>
  /** Files in HEAD that define this revision id. */
  readonly here: readonly FileVersion[]
  /** File versions and removals in HEAD's history, newest first. */
  readonly versions: readonly FileVersion[]
  readonly removals: readonly Removal[]
  /** File versions outside HEAD's history, newest first. */
  readonly elsewhere: readonly Elsewhere[]
  /** The ignore rule that excludes the file, such as `.slugignore, line 3: tests`; null if there is none. */
  readonly ignored: { readonly path: string; readonly by: string } | null
}

/** Whether a path's folder names suggest Alembic migrations. */
export function looksLikeMigration(path: string): boolean {
  return /(?:^|\/)[^/]*(?:versions|migration|alembic)[^/]*\/(?:.*\/)?[^/]+\.py$/i.test(path)
}

/** Abbreviates a commit id for messages and commands. */
export function shortCommit(id: string): string {
  return id.replace(/^([0-9a-f]{10})[0-9a-f]+/, '$1')
}
