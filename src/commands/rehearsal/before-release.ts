/** Decides whether `run` rehearses before starting its command, and what the result means for the release. */
import { dialectOf } from '../../core/dialect/index.ts'
import { reasonForNoServer } from '../../adapters/scratch/server.ts'
import { GuardError, exitCodes } from '../../errors.ts'
import { shown } from '../../core/text/display.ts'
import type { RehearsalReport, Report } from '../../report/model/report.ts'
import type { Context, ForwardedSignal } from '../shell/command.ts'
import type { CheckedRelease } from '../checks/judge-release.ts'
import { type RehearsalWish, rehearseRelease } from './rehearse-release.ts'

/** Values of `--rehearse`. */
export type RehearseMode = 'auto' | 'always' | 'never'

/** Result of the rehearsal before a release. */
export interface RehearsalBefore {
  /** Null if nothing was rehearsed. */
  readonly rehearsal: RehearsalReport | null
  /** True if the release is certain to fail. */
  readonly blocks: boolean
  /** Further remarks, one sentence each. */
  readonly notes: readonly string[]
}

/**
 * Rehearses if requested, or if migrations are pending whose operations weren't all understood. In `auto` mode, a
 * rehearsal that can't run is only a note, and so is a failure that might depend on production's rows.
 * @throws GuardError (unavailable) with `always`, if the rehearsal is inconclusive.
 */
export async function rehearseBefore(
  mode: RehearseMode,
  wish: Omit<RehearsalWish, 'strict' | 'state'>,
): Promise<RehearsalBefore> {
  const none: RehearsalBefore = { rehearsal: null, blocks: false, notes: [] }
  const { checked, context, settings } = wish
  const { facts } = checked
  const pending = facts?.prediction.outcome === 'succeeds' ? facts.prediction.steps.length : 0
  if (mode === 'never' || facts === null || checked.exitCode !== exitCodes.pass || pending === 0) return none
  if (mode === 'auto' && (dialectOf(facts.state).isFile || isUnderstood(checked))) return none
  const { scratchUrl, scratchServer } = settings.rehearse
  if (mode === 'auto' && scratchUrl === null && scratchServer === null) {
    const problem = await reasonForNoServer(context.env, context.cwd)
    if (problem !== null) {
      const quiet = problem.reason.includes('not installed')
      return { ...none, notes: quiet ? [] : [`not rehearsed: ${problem.reason}`] }
    }
  }
  const limited = withLimit(context, maxSeconds)
  try {
    const rehearsal = await rehearseRelease({
      ...wish,
      context: limited.context,
      state: facts.state,
      strict: true,
    })
    if (rehearsal.outcome === 'succeeds') return { rehearsal, blocks: false, notes: [] }
    if (rehearsal.production === 'changed') {
      const note = `${rehearsal.failure?.message ?? 'The real database changed.'} The rehearsal is inconclusive.`
      if (mode === 'auto') return { ...none, notes: [note] }
      throw new GuardError('unavailable', note, 'Rehearse again when nothing else is changing it.')
    }
    if (rehearsal.failure?.certain !== false) return { rehearsal, blocks: true, notes: [] }
    const note = `the rehearsal failed, but production's rows might prevent this failure: ${shown(rehearsal.failure.message)}`
    if (mode === 'auto') return { rehearsal: null, blocks: false, notes: [note] }
    throw new GuardError(
      'unavailable',
      `The rehearsal is inconclusive: ${note}`,
      '"alembic-guard rehearse" shows the details.',
    )
  } catch (error) {
    if (mode === 'always' || !(error instanceof GuardError) || error.kind !== 'unavailable') throw error
    if (context.signal.aborted || limited.interrupted()) throw error
    const why = limited.expired() ? `it took longer than ${maxSeconds} s` : error.message
    return { ...none, notes: [`not rehearsed: ${why}`] }
  } finally {
    limited.end()
  }
}

/** Maximum number of seconds that a release waits for its rehearsal. */
const maxSeconds = 300

/** Returns a context whose command and work receive SIGTERM at the time limit, as if a signal had arrived. */
function withLimit(
  context: Context,
  seconds: number,
): {
  readonly context: Context
  /** True if a real signal arrived, not the time limit. */
  interrupted(): boolean
  expired(): boolean
  end(): void
} {
  const listeners = new Set<(signal: ForwardedSignal) => void>()
  let interrupted = false
  let expired = false
  const unsubscribe = context.onSignal(() => (interrupted = true))
  const timer = setTimeout(() => {
    expired = true
    for (const listener of listeners) listener('SIGTERM')
  }, seconds * 1000)
  const onSignal: Context['onSignal'] = (listener) => {
    listeners.add(listener)
    const stop = context.onSignal(listener)
    return () => {
      listeners.delete(listener)
      stop()
    }
  }
  return {
    context: { ...context, onSignal },
    interrupted: () => interrupted,
    expired: () => expired,
    end: () => {
      clearTimeout(timer)
      unsubscribe()
    },
  }
}

/** Adds the rehearsal to the check. A failure on the copy that is certain to recur blocks the release. */
export function withRehearsal(
  checked: CheckedRelease,
  { rehearsal, blocks }: RehearsalBefore,
): CheckedRelease {
  if (rehearsal === null) return checked
  const { report, scene } = checked.telling
  const exitCode = blocks ? exitCodes.blocked : checked.exitCode
  const whole: Report = { ...report, rehearsal, exitCode, ...(blocks && { verdict: 'blocked' as const }) }
  return { ...checked, exitCode, telling: { report: whole, scene } }
}

/** True if the static analysis understood every operation, so that a rehearsal would add nothing. */
function isUnderstood({ facts }: CheckedRelease): boolean {
  const pending = facts?.pending
  return pending?.kind === 'tried' && pending.replay.understood === pending.replay.operations
}
