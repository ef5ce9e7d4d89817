/**
 * Determines whether env.py may change the database before the migrations run. If so, the state that the migrations
 * start from is unknown.
 */
import { doubtAbout, doubtText, effectsOn } from '../history/env-effects.ts'
import type { DatabaseState } from '../history/database-state.ts'
import type { Repository } from '../history/repository.ts'

type Dialect = DatabaseState['dialect']

/**
 * Returns why a dry run isn't possible on this kind of database, or null if it is possible. The reason is a clause
 * without a final period.
 */
export function reasonNotToTry({ env }: Repository, dialect: Dialect): string | null {
  const doubt = doubtAbout(effectsOn(env, dialect), 'everything')
  return doubt && doubtText(doubt)
}

/** Returns why names in the release may refer to objects that the guard can't see; null if they can't. */
export function reasonNotToName({ env }: Repository, dialect: Dialect): string | null {
  const doubt = doubtAbout(effectsOn(env, dialect), 'everything', 'names', 'schema')
  return doubt && doubtText(doubt)
}
