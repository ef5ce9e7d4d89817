/** Causes found for all unknown rows of a database, as passed to rules. Data only. */
import type { RevisionChange } from './changed-revisions.ts'
import type { Provenance } from './provenance.ts'

/** Where the user runs commands, and the database that those commands refer to. */
export interface RemedyContext {
  /** `git`, or `git -C folder` if the working directory is in another repository. */
  readonly git: readonly string[]
  /** The working directory relative to the root of the git repository; empty at the root. */
  readonly folder: string
  readonly database: {
    readonly host: string | null
    readonly name: string
  } | null
}

/** Causes by revision, most likely first, and what couldn't be checked. */
export interface Provenances {
  readonly byRevision: ReadonlyMap<string, readonly Provenance[]>
  readonly place: RemedyContext
  /** Missing facts, one clause each: `git isn't installed`. */
  readonly unavailable: readonly string[]
  /** Git history of revisions in this release; absent if not requested. */
  readonly changes?: ReadonlyMap<string, RevisionChange>
}

/** Returns the most likely cause for one row; null if it wasn't investigated. */
export function mainCause(provenances: Provenances | null | undefined, revision: string): Provenance | null {
  return provenances?.byRevision.get(revision)?.[0] ?? null
}
