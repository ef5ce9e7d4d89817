/** Causes found for all unknown revisions in a database, in the form that rules receive. Contains data only. */
import type { RevisionChange } from './changed-revisions.ts'
import type { Provenance } from './provenance.ts'

/** Where the user runs commands, and which database those commands use. */
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

/** Causes for each revision (most likely first), and what couldn't be checked. */
export interface Provenances {
  readonly byRevision: ReadonlyMap<string, readonly Provenance[]>
  readonly place: RemedyContext
  /** Why facts are missing, as one clause for each reason, such as `git isn't installed`. */
  readonly unavailable: readonly string[]
  /** How revisions in this release changed in the git history; undefined if not requested. */
  readonly changes?: ReadonlyMap<string, RevisionChange>
}

/** Returns the most likely cause for one unknown revision, or null if it wasn't investigated. */
export function mainCause(provenances: Provenances | null | undefined, revision: string): Provenance | null {
  return provenances?.byRevision.get(revision)?.[0] ?? null
}
