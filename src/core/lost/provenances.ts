/** Tells the rules why a database's revisions are unknown. */
import type { RevisionChange } from './changed-revisions.ts'
import type { Provenance } from './provenance.ts'

/** The user's working directory and database. */
export interface RemedyContext {
  /** `git`, or `git -C folder` if the working directory is in another repository. */
  readonly git: readonly string[]
  /** Working directory relative to the git repository; empty at its root. */
  readonly folder: string
  readonly database: {
    readonly host: string | null
    readonly name: string
  } | null
}

/** Why each revision was lost, most likely cause first. */
export interface Provenances {
  readonly byRevision: ReadonlyMap<string, readonly Provenance[]>
  readonly place: RemedyContext
  /** Why facts are missing, such as `git isn't installed`. */
  readonly unavailable: readonly string[]
  /** Changes to this release's revisions; undefined if git isn't available. */
  readonly changes?: ReadonlyMap<string, RevisionChange>
}

/** Returns the most likely reason why a revision was lost; null if the revision wasn't investigated. */
export function mainCause(provenances: Provenances | null | undefined, revision: string): Provenance | null {
  return provenances?.byRevision.get(revision)?.[0] ?? null
}
