/** Whether env.py may change the database before the migrations run. */
import { doubtAbout, doubtText, effectsOn } from '../history/env-effects.ts'
import type { DatabaseState } from '../history/database-state.ts'
import type { Repository } from '../history/repository.ts'

type Dialect = DatabaseState['dialect']

/** Why a dry run isn't possible on this dialect, as a clause without a final period; null if it's possible. */
export function reasonNotToTry({ env }: Repository, dialect: Dialect): string | null {
  const doubt = doubtAbout(effectsOn(env, dialect), 'everything')
  return doubt && doubtText(doubt)
}

/** Why names in the release may refer to objects that the guard can't see; null if they can't. */
export function reasonNotToName({ env }: Repository, dialect: Dialect): string | null {
  const doubt = doubtAbout(effectsOn(env, dialect), 'everything', 'names', 'schema')
  return doubt && doubtText(doubt)
}
