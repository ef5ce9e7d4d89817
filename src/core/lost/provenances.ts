/** Describes why revisions in a database are unknown, as plain data for the rules. */
import type { RevisionChange } from './changed-revisions.ts'
import type { Provenance } from './provenance.ts'

/** The user's working directory, and the database that the user's commands use. */
export interface RemedyContext {
  /** The git command to use: `git`, or `git -C folder` if the working directory is in another repository. */
  readonly git: readonly string[]
  /** Working directory relative to the root of the git repository; empty at the root. */
  readonly folder: string
  readonly database: {
    readonly host: string | null
    readonly name: string
  } | null
}

/** For each revision, the possible reasons why it was lost (most likely first). Also lists what couldn't be checked. */
export interface Provenances {
  readonly byRevision: ReadonlyMap<string, readonly Provenance[]>
  readonly place: RemedyContext
  /** Reasons why facts are missing, as clauses such as `git isn't installed`. */
  readonly unavailable: readonly string[]
  /** Changes to this release's revisions, according to the git history; undefined if git isn't available. */
  readonly changes?: ReadonlyMap<string, RevisionChange>
}

/** Returns the most likely reason why a revision is unknown; null if the revision wasn't investigated. */
export function mainCause(provenances: Provenances | null | undefined, revision: string): Provenance | null {
  return provenances?.byRevision.get(revision)?.[0] ?? null
}
