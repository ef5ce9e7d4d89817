/**
 * Git history of revisions: the files that defined an id, and the commit that removed it. Data only: no processes, no
 * conclusions.
 */

/** A commit as shown to users. */
export interface GitCommit {
  readonly id: string
  readonly author: string
  /** Author date in ISO 8601. */
  readonly date: string
  readonly subject: string
}

/** Parsed contents of one version of a migration file. */
export interface RevisionDefinition {
  readonly revision: string
  readonly downRevisions: readonly string[]
  readonly dependsOn: readonly string[]
  /** Source of the file from `upgrade()` on, without comments and blank lines; null if there is nothing to compare. */
  readonly operations: string | null
}

/** A version of a file that defined an id. Paths are relative to the root of the git repository. */
export interface FileVersion extends RevisionDefinition {
  readonly path: string
  readonly blob: string
  /** The commit that introduced it. */
  readonly commit: GitCommit
}

/** A commit that removed the id's definition from a file. */
export interface Removal {
  readonly path: string
  /** Content before the removal. */
  readonly blob: string
  readonly commit: GitCommit
  /** Last commit that contains the file, as a git expression: `1a2b3c^`. */
  readonly source: string
  /** The id that the same path defines afterward; null if the file was deleted. */
  readonly becomes: string | null
  /** Number of migration files removed in the same commit. */
  readonly together: number
}

/** Git history of one id, newest first. */
export interface RevisionHistory {
  readonly versions: readonly FileVersion[]
  readonly removals: readonly Removal[]
}

/** What keeps a commit reachable: a branch or tag, a stash, a reflog, or nothing. */
export interface Holder {
  readonly kind: 'ref' | 'stash' | 'reflog' | 'unreachable'
  /** The ref's short name, `stash@{0}`, `HEAD@{3}`, or the commit. */
  readonly name: string
  /** The commit to restore from. */
  readonly tip: string
  /** True for a ref that points to a descendant of HEAD and still contains the file. */
  readonly aheadOfHere: boolean
}

/** A version outside the history of HEAD. */
export interface Elsewhere {
  readonly version: FileVersion
  readonly holders: readonly Holder[]
}

/** What git knows about one id. */
export interface GitAnswer {
  /** The whole history that was read, by id. */
  readonly history: ReadonlyMap<string, RevisionHistory>
  /** Files that define the id in HEAD. */
  readonly here: readonly FileVersion[]
  /** Versions and removals in the history of HEAD, newest first. */
  readonly versions: readonly FileVersion[]
  readonly removals: readonly Removal[]
  /** Versions outside the history of HEAD, newest first. */
  readonly elsewhere: readonly Elsewhere[]
  /** The ignore rule that excludes the path: `.slugignore, line 3: tests`. Null if no rule does. */
  readonly ignored: { readonly path: string; readonly by: string } | null
}

/** Returns whether the folder names of a path look like those of an Alembic project's migrations. */
export function looksLikeMigration(path: string): boolean {
  return /(?:^|\/)[^/]*(?:versions|migration|alembic)[^/]*\/(?:.*\/)?[^/]+\.py$/i.test(path)
}

/** Abbreviates a commit id for sentences and commands. */
export function shortCommit(id: string): string {
  return id.replace(/^([0-9a-f]{10})[0-9a-f]+/, '$1')
}
