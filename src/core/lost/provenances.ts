/** What was found out about all unknown rows of a database, as rules get it. Data only. */
import type { RevisionChange } from './changed-revisions.ts'
import type { Provenance } from './provenance.ts'

/** Where the commands are going to be typed, and which database it is about. */
export interface RemedyContext {
  /** `git`, or `git -C folder` where the repository is not the one that the working directory lies in. */
  readonly git: readonly string[]
  /** The working directory below the top of that repository; empty at the top. */
  readonly folder: string
  readonly database: {
    readonly host: string | null
    readonly name: string
  } | null
}

/** Causes by revision, the most likely first, and what could not be looked at. */
export interface Provenances {
  readonly byRevision: ReadonlyMap<string, readonly Provenance[]>
  readonly place: RemedyContext
  /** Facts that are missing, one clause each: `git is not installed`. */
  readonly unavailable: readonly string[]
  /** What git shows of revisions that are here; absent: nobody asked. */
  readonly changes?: ReadonlyMap<string, RevisionChange>
}

/** The most likely cause of one row; null when it was not looked for. */
export function mainCause(provenances: Provenances | null | undefined, revision: string): Provenance | null {
  return provenances?.byRevision.get(revision)?.[0] ?? null
}
