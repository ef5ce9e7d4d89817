/**
 * Determines whether the database state that migrations will see is known. The state is unknown if env.py may change it
 * before they run.
 */
import { doubtAbout, doubtText, effectsOn } from '../history/env-effects.ts'
import type { DatabaseState } from '../history/database-state.ts'
import type { Repository } from '../history/repository.ts'

type Dialect = DatabaseState['dialect']

/**
 * Returns why the pending migrations can't be tried on this kind of database, as a clause without a trailing period;
 * null if they can be tried.
 */
export function reasonNotToTry({ env }: Repository, dialect: Dialect): string | null {
  const doubt = doubtAbout(effectsOn(env, dialect), 'everything')
  return doubt && doubtText(doubt)
}

/** Returns why names in the release may refer to objects that the guard doesn't see; null if they can't. */
export function reasonNotToName({ env }: Repository, dialect: Dialect): string | null {
  const doubt = doubtAbout(effectsOn(env, dialect), 'everything', 'names', 'schema')
  return doubt && doubtText(doubt)
}
