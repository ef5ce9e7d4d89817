/** Compares production before and after a rehearsal. Any change is a failure, whatever its cause. */
import { parseDatabaseUrl } from '../../adapters/database/database-url.ts'
import {
  type ProductionMark,
  changesBetween,
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

/** A rehearsal's report before production has been checked. */
export type Rehearsed = Omit<RehearsalReport, 'production'> & {
  /** True if the command had no way to reach production. */
  readonly closed: boolean
}

interface ProductionChanges {
  /** Kinds of changes, such as changes to version rows or files. A rehearsal must cause none of these. */
  readonly kinds: readonly string[]
  /** Tables whose rows changed, which is normal while an application is running. */
  readonly written: readonly string[]
}

/** Returns the changes since the watch began. Rejects with a GuardError if production can't be read. */
export type ProductionWatch = () => Promise<ProductionChanges>

/**
 * Records the state of production. Returns null if `--from-base` is given without a URL.
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
    const { kinds, written } = changesBetween(before.mark, await mark())
    return { kinds: (await rows()) === before.rows ? kinds : ['version rows', ...kinds], written }
  }
}

/**
 * Adds changes found in production to the rehearsal's result. Changed rows only add a note, unless they are version
 * rows. Any other change is a failure.
 * @throws GuardError (unavailable) if the rehearsal didn't finish, or if production can't be checked and the command
 * could have reached it.
 */
export async function judgeProduction(
  rehearsing: Promise<Rehearsed>,
  watching: Promise<ProductionWatch | null>,
): Promise<RehearsalReport> {
  const ended = await rehearsing.catch((error: unknown) => ({ error }))
  const watch = await watching
  const changed = (await watch?.().catch((error: unknown) => asGuardError(error))) ?? {
    kinds: [],
    written: [],
  }
  if ('error' in ended) {
    if (changed instanceof GuardError || changed.kinds.length === 0) throw ended.error
    throw new GuardError('unavailable', changedWords(changed.kinds), lookAtOnce, { cause: ended.error })
  }
  const { closed, ...rehearsal } = ended
  if (changed instanceof GuardError) {
    if (!closed) throw changed
    const note = `couldn't check the real database after the rehearsal: ${changed.message}`
    return { ...rehearsal, production: 'unknown', notes: [...rehearsal.notes, note] }
  }
  const { kinds, written } = changed
  const notes = [...rehearsal.notes, ...(written.length > 0 ? [writtenWords(written, closed)] : [])]
  if (kinds.length === 0) return { ...rehearsal, notes, production: watch === null ? 'none' : 'unchanged' }
  const failure: RehearsalFailureReport = {
    phase: 'upgrade',
    message: changedWords(kinds),
    revision: null,
    location: null,
    error: null,
    statement: null,
    sqlstate: null,
    output: [],
    hint: closed
      ? "The rehearsed command couldn't reach that database. Find out what changed it (a release, for example), then rehearse again."
      : lookAtOnce,
  }
  return { ...rehearsal, notes, outcome: 'fails', production: 'changed', failure }
}

const lookAtOnce =
  'Check that database now: either the rehearsed command reached it, or a release ran in the meantime.'

/**
 * Lists the production tables whose rows changed. This isn't a failure, because an application could have changed
 * them.
 */
function writtenWords(tables: readonly string[], closed: boolean): string {
  const by = closed
    ? "but the command couldn't reach that database"
    : 'and the command could reach that database: check whether it wrote those rows'
  return `rows in ${listed(tables, 5)} changed in the real database during the rehearsal, ${by}`
}

function changedWords(changed: readonly string[]): string {
  return `The real database changed during the rehearsal: ${listed(changed)}.`
}

function asGuardError(error: unknown): GuardError {
  if (error instanceof GuardError) return error
  throw error
}
