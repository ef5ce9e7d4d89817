/** Looks at production before and after a rehearsal: what changed meanwhile is an error, whoever did it. */
import { parseDatabaseUrl } from '../../adapters/database/database-url.ts'
import {
  type ProductionMark,
  changedKinds,
  markPostgres,
  markSqlite,
} from '../../adapters/isolation/production-mark.ts'
import { planConnection } from '../../adapters/libpq/libpq.ts'
import { listed } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { RehearsalFailureReport, RehearsalReport } from '../../report/model/report.ts'
import type { Gathered } from '../gather/gather-release.ts'
import { readStateAgain } from '../gather/version-rows.ts'
import type { Context } from '../shell/command.ts'
import type { DatabaseSettings, VersionTableSettings } from '../shell/release-settings.ts'

/** A rehearsal that production has not been compared with yet. */
export type Rehearsed = Omit<RehearsalReport, 'production'> & {
  /** The command had no way to production. */
  readonly closed: boolean
}

/** Says what has changed since; an empty list: nothing. Rejects with a GuardError where it can't look. */
export type ProductionWatch = () => Promise<readonly string[]>

/**
 * Looks at production now. Null: there is none (`--from-base` without a URL).
 * @throws GuardError (unavailable)
 */
export async function watchProduction(
  gathered: Gathered,
  context: Context,
  settings: DatabaseSettings & VersionTableSettings,
): Promise<ProductionWatch | null> {
  const { value } = settings.databaseUrl
  if (value === null) return null
  const { timeoutMs } = settings
  const url = parseDatabaseUrl(value)
  const mark = async (): Promise<ProductionMark> =>
    url.kind === 'file'
      ? markSqlite(url, context.cwd)
      : markPostgres(planConnection(url, context.env, context.cwd), timeoutMs, context.signal)
  const rows = async (): Promise<string> =>
    JSON.stringify((await readStateAgain(gathered, context, settings)).versions)
  const before = { mark: await mark(), rows: await rows() }
  return async () => {
    const kinds = changedKinds(before.mark, await mark())
    return (await rows()) === before.rows ? kinds : ['version rows', ...kinds]
  }
}

/**
 * The rehearsal with what production says. A change makes a failure of it, also where the rehearsal itself broke.
 * @throws GuardError (unavailable) where the rehearsal did not come to an end, or nobody can say that production is
 * as it was although the command had a way to it.
 */
export async function judgeProduction(
  rehearsing: Promise<Rehearsed>,
  watch: ProductionWatch | null,
): Promise<RehearsalReport> {
  const ended = await rehearsing.catch((error: unknown) => ({ error }))
  const changed = (await watch?.().catch((error: unknown) => asGuardError(error))) ?? []
  if ('error' in ended) {
    if (changed instanceof GuardError || changed.length === 0) throw ended.error
    throw new GuardError('unavailable', changedWords(changed), lookAtOnce, { cause: ended.error })
  }
  const { closed, ...rehearsal } = ended
  if (changed instanceof GuardError) {
    if (!closed) throw changed
    const note = `the real database could not be looked at again: ${changed.message}`
    return { ...rehearsal, production: 'unknown', notes: [...rehearsal.notes, note] }
  }
  if (changed.length === 0) return { ...rehearsal, production: watch === null ? 'none' : 'unchanged' }
  const failure: RehearsalFailureReport = {
    phase: 'upgrade',
    message: changedWords(changed),
    revision: null,
    location: null,
    error: null,
    statement: null,
    sqlstate: null,
    output: [],
    hint: closed
      ? 'The command had no way to it: look whether a release or somebody else changed it meanwhile, then rehearse again.'
      : lookAtOnce,
  }
  return { ...rehearsal, outcome: 'fails', production: 'changed', failure }
}

const lookAtOnce =
  'Look at it at once: the rehearsed command may have found a way to it, or a release ran meanwhile.'

function changedWords(changed: readonly string[]): string {
  return `The real database changed while the rehearsal ran: ${listed(changed)}.`
}

function asGuardError(error: unknown): GuardError {
  if (error instanceof GuardError) return error
  throw error
}
