/**
 * Applies `--max-lock` to the locks seen in a rehearsal. Takes the size and activity of each table from production.
 */
import { dialectOf } from '../../core/dialect/index.ts'
import type { Finding } from '../../core/findings/finding.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { ObjectName } from '../../core/history/operation.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { LiveTables } from '../../core/lint/lint-facts.ts'
import { type LockLimit, exceededLimit, strongestFirst } from '../../core/rehearsal/lock-limit.ts'
import { GuardError } from '../../errors.ts'
import type { LockReport, RehearsalReport } from '../../report/model/report.ts'
import blockingMaintenance from '../../rules/lint/AG434-blocking-maintenance.ts'
import { exceededLimitFinding } from '../../rules/phrases/lock-limit.ts'
import { readLive } from '../gather/gather-for-lint.ts'
import type { Context } from '../shell/command.ts'
import type { DatabaseSettings, VerdictSettings } from '../shell/release-settings.ts'
import type { RehearseSettings } from '../shell/verb-settings.ts'

/** A rehearsal, with its findings for `--max-lock`. */
export interface LimitedRehearsal {
  readonly rehearsal: RehearsalReport
  readonly findings: readonly Finding[]
}

/** Everything needed to apply the lock limits. */
export interface LockLimitWish {
  readonly context: Context
  readonly settings: DatabaseSettings & RehearseSettings & Pick<VerdictSettings, 'ignore'>
  readonly state: DatabaseState
  readonly repository: Repository
}

/**
 * Adds the size and activity of production's table to each lock, and reports locks that exceed a limit.
 * @throws GuardError (unavailable) if there are limits but the sizes can't be read.
 */
export async function applyLockLimits(
  rehearsal: RehearsalReport,
  { context, settings, state, repository }: LockLimitWish,
): Promise<LimitedRehearsal> {
  const none = { rehearsal, findings: [] }
  const locks = rehearsal.phases.flatMap(({ migrations }) => migrations.flatMap((one) => one.locks))
  if (dialectOf(state).isFile || locks.length === 0 || settings.databaseUrl.value === null) return none
  const limits = settings.rehearse.maxLocks
  const tables = (await readLive(context, settings, state))?.tables ?? null
  if (tables === null) {
    if (limits.length === 0) return none
    throw new GuardError(
      'unavailable',
      "The table sizes in production couldn't be read, so --max-lock couldn't be checked.",
      'Try a longer --timeout.',
    )
  }
  const phases = rehearsal.phases.map((phase) => ({
    ...phase,
    migrations: phase.migrations.map((one) => ({
      ...one,
      locks: one.locks.map((lock) => sized(lock, tables)),
    })),
  }))
  const whole = { ...rehearsal, phases }
  return { rehearsal: whole, findings: limitFindings(whole, tables, limits, settings.ignore, repository) }
}

function sized(lock: LockReport, tables: LiveTables): LockReport {
  const table = tables.sizeOf(nameOf(lock.table))
  if (table === null) return lock
  const { bytes, activity } = table
  return { ...lock, bytes, ...(activity && { activity }) }
}

function nameOf(table: string): ObjectName {
  const at = table.indexOf('.')
  return { schema: at < 0 ? 'public' : table.slice(0, at), name: table.slice(at + 1) }
}

/** Returns findings about the strongest locks, at most one per table and migration. */
function limitFindings(
  { phases }: RehearsalReport,
  tables: LiveTables,
  limits: readonly LockLimit[],
  ignore: VerdictSettings['ignore'],
  { modules }: Repository,
): readonly Finding[] {
  const { code, name } = blockingMaintenance
  const upgrade = phases.find(({ phase }) => phase === 'upgrade')?.migrations ?? []
  return upgrade.flatMap(({ revision, locks }) => {
    const reported = new Set<string>()
    const module = modules.find(
      ({ revision: own }) => own.kind === 'value' && own.value.kind === 'str' && own.value.value === revision,
    )
    const location =
      module === undefined
        ? null
        : module.upgrade.kind === 'unbound'
          ? { path: module.path, line: 1, column: 1 }
          : module.upgrade.span
    // If the lint rule is ignored for one revision, that revision has no lock limits. Ignoring the rule globally
    // doesn't turn off the limits.
    const entry = ignore.find((one) => one.code.toUpperCase() === code && one.revision === revision)
    return strongestFirst(locks).flatMap((lock): Finding[] => {
      const limit = exceededLimit(lock, limits)
      if (limit === null || reported.has(lock.table) || tables.sizeOf(nameOf(lock.table))?.empty) return []
      reported.add(lock.table)
      const found = exceededLimitFinding({ revision, lock, limit, location })
      return [{ code, name, ...found, ignored: entry ? { reason: entry.reason } : null }]
    })
  })
}
