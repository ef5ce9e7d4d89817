/** Whether what migrations find can be known by looking at the database: not where env.py may do anything first. */
import { doubtAbout, doubtText, effectsOn } from '../history/env-effects.ts'
import type { DatabaseState } from '../history/database-state.ts'
import type { Repository } from '../history/repository.ts'

type Dialect = DatabaseState['dialect']

/** Why the pending migrations can't be tried on this kind of database, without a full stop; null: they can. */
export function reasonNotToTry({ env }: Repository, dialect: Dialect): string | null {
  const doubt = doubtAbout(effectsOn(env, dialect), 'everything')
  return doubt && doubtText(doubt)
}

/** Why names of the release may lead to other objects than the guard sees; null: they don't. */
export function reasonNotToName({ env }: Repository, dialect: Dialect): string | null {
  const doubt = doubtAbout(effectsOn(env, dialect), 'everything', 'names', 'schema')
  return doubt && doubtText(doubt)
}
