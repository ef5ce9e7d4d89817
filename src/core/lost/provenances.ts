/** What was found out about all unknown rows of a database, as rules get it. Data only. */
import type { RemedyContext } from './remedy-text.ts'
import type { Provenance } from './provenance.ts'

/** Causes by revision, the most likely first, and what could not be looked at. */
export interface Provenances {
  readonly byRevision: ReadonlyMap<string, readonly Provenance[]>
  readonly place: RemedyContext
  /** Facts that are missing, one clause each: `git is not installed`. */
  readonly unavailable: readonly string[]
}

/** The most likely cause of one row; null when it was not looked for. */
export function mainCause(provenances: Provenances | null | undefined, revision: string): Provenance | null {
  return provenances?.byRevision.get(revision)?.[0] ?? null
}
