/** Runs a rehearsal before `run` starts its command, and decides what the result means for the release. */
import { reasonForNoServer } from '../../adapters/scratch/server.ts'
import { GuardError, exitCodes } from '../../errors.ts'
import type { Finding } from '../../core/findings/finding.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import { shown, shownSentence } from '../../core/text/display.ts'
import type { RehearsalReport, Report } from '../../report/model/report.ts'
import type { Context, ForwardedSignal } from '../shell/command.ts'
import { type CheckedRelease, checkRelease } from '../checks/judge-release.ts'
import { withFindings } from '../checks/with-findings.ts'
import type { ReleaseSettings } from '../shell/release-settings.ts'
import type { RehearseMode } from '../shell/verb-settings.ts'
import { type RehearsedStatements, rehearsedOperations } from './rehearsed-operations.ts'
import { type RehearsalWish, rehearseRelease } from './rehearse-release.ts'

/** Result of a rehearsal that runs before a release. */
export interface RehearsalBefore {
  /** Null if there was no rehearsal. */
  readonly rehearsal: RehearsalReport | null
  /** Whether the release would definitely fail. */
  readonly blocks: boolean
  /** Additional remarks, one sentence each. */
  readonly notes: readonly string[]
  /** Findings about locks that exceed `--max-lock`. */
  readonly findings: readonly Finding[]
  /**
   * Statements that would also run in production. Null if production might run different ones, or if there was no
   * rehearsal.
   */
  readonly statements: RehearsedStatements | null
}

/**
 * Rehearses the release. The result may be inconclusive, for example because it might depend on production's rows. In
 * `auto` mode, that only adds a note.
 * @throws GuardError (unavailable) for an inconclusive rehearsal in `always` mode.
 */
export async function rehearseBefore(
  mode: RehearseMode,
  wish: Omit<RehearsalWish, 'strict' | 'state'>,
): Promise<RehearsalBefore> {
  const none: RehearsalBefore = { rehearsal: null, blocks: false, notes: [], findings: [], statements: null }
  const { checked, context, settings } = wish
  const { facts } = checked
  if (mode === 'never' || facts === null) return none
  const { scratchUrl, scratchServer } = settings.rehearse
  if (mode === 'auto' && scratchUrl === null && scratchServer === null) {
    const problem = await reasonForNoServer(context.env, context.cwd)
    if (problem !== null) return { ...none, notes: [`not rehearsed: ${problem.reason}`] }
  }
  const seconds = maxSeconds[mode]
  const limited = withLimit(context, seconds)
  let statements: RehearsedStatements | null = null
  try {
    const { rehearsal: whole, findings } = await rehearseRelease({
      ...wish,
      context: limited.context,
      state: facts.state,
      strict: true,
      onStatements: (seen) => (statements = seen),
    })
    const rehearsal = withWayBack(whole, facts.state)
    if (rehearsal.outcome === 'succeeds') return { ...none, rehearsal, findings, statements }
    if (rehearsal.production === 'changed') {
      const note = `${rehearsal.failure?.message ?? 'The real database changed.'} The rehearsal is inconclusive.`
      if (mode === 'auto') return { ...none, notes: [note] }
      throw new GuardError('unavailable', note, 'Rehearse again when nothing else is changing that database.')
    }
    const { failure } = rehearsal
    if (failure?.certain === true) return { ...none, rehearsal, blocks: true, findings, statements }
    const note = doubtfulNote(failure)
    if (mode === 'auto') return { ...none, notes: [note] }
    throw new GuardError(
      'unavailable',
      `The rehearsal is inconclusive: ${note}`,
      '"alembic-guard rehearse" shows the details.',
    )
  } catch (error) {
    if (mode === 'always' || context.signal.aborted || limited.interrupted()) throw error
    if (limited.expired()) return { ...none, notes: [`the rehearsal was stopped after ${seconds} s`] }
    if (error instanceof GuardError) return { ...none, notes: [`not rehearsed: ${error.message}`] }
    // A bug in the rehearsal must not stop a release that passed the check.
    const words = error instanceof Error ? error.message : String(error)
    context.logger.error(`the rehearsal failed: ${words}`)
    return { ...none, notes: [`not rehearsed because of an internal error: ${words}`] }
  } finally {
    limited.end()
  }
}

/** Turns a failed `--cycle` downgrade into a remark, because it doesn't block a release. */
function withWayBack(rehearsal: RehearsalReport, { versions }: DatabaseState): RehearsalReport {
  const { failure, leftovers, phases } = rehearsal
  const wentBack = phases.some(({ phase }) => phase === 'downgrade')
  if (!wentBack || rehearsal.production === 'changed') return rehearsal
  const [row] = versions
  const revision = row?.kind === 'text' ? row.value : 'base'
  const [left] = leftovers
  const reason =
    failure !== null
      ? (failure.error ?? failure.message)
      : left
        ? `the ${left.kind} ${left.name} would be ${left.change === 'left' ? 'left over' : left.change}`
        : null
  return {
    ...rehearsal,
    outcome: 'succeeds',
    failure: null,
    leftovers: [],
    wayBack: { command: `alembic downgrade ${revision}`, reason },
  }
}

/** Describes a rehearsal failure that doesn't block the release. */
function doubtfulNote(failure: RehearsalReport['failure']): string {
  if (failure === null) return 'the rehearsal failed'
  const { message, revision, location, error, doubt } = failure
  const what = revision === null ? 'the rehearsal failed' : `${shown(revision)} failed in the rehearsal`
  const where = location === null ? '' : ` (${shown(location.path)}, line ${location.line})`
  const said = error === null || message.includes(': the server reported') ? '' : ` ${shownSentence(error)}`
  const why = doubt === undefined ? 'the cause may be specific to the copy' : doubt
  return `${what}${where}, but the upgrade may succeed in production: ${why}. ${shownSentence(message)}${said}`
}

/** Time limit for the rehearsal in seconds, by mode. */
const maxSeconds = { auto: 60, always: 300 } as const

/** Returns a context that receives a simulated SIGTERM when the time limit is reached. */
function withLimit(
  context: Context,
  seconds: number,
): {
  readonly context: Context
  /** Whether a real signal has arrived. */
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

/**
 * Combines the results of the check and the rehearsal, and tests the observed statements against production. If the
 * upgrade would also fail in production, the release is blocked.
 */
export async function withRehearsal(
  checked: CheckedRelease,
  { rehearsal, blocks, findings, statements }: RehearsalBefore,
  { command, context, settings }: RehearsedCheck,
): Promise<CheckedRelease> {
  if (rehearsal === null) return checked
  const again = statements && (await checkAgain(checked, statements, { command, context, settings }))
  const limited = withFindings(again ?? checked, findings, settings)
  const exitCode = blocks ? exitCodes.blocked : limited.exitCode
  const { report, scene } = limited.telling
  const whole: Report = { ...report, rehearsal, exitCode, ...(blocks && { verdict: 'blocked' as const }) }
  return { ...limited, exitCode, telling: { report: whole, scene } }
}

/** Parameters for repeating the check after the rehearsal. */
export interface RehearsedCheck {
  readonly command: string
  readonly context: Context
  readonly settings: ReleaseSettings
}

/**
 * Repeats the check with the operations seen in the rehearsal. Null if the first check already understood them, or if
 * the second check fails.
 */
async function checkAgain(
  { facts, gathered }: CheckedRelease,
  statements: RehearsedStatements,
  { command, context, settings }: RehearsedCheck,
): Promise<CheckedRelease | null> {
  if (facts?.pending?.kind !== 'tried') return null
  const { unchecked, calls } = facts.pending.replay
  const open = new Set([...unchecked, ...calls].map(({ revision }) => revision))
  const rehearsed = rehearsedOperations(statements, gathered.repository, open)
  if (rehearsed.size === 0) return null
  const again = await checkRelease(command, context, settings, { known: gathered, rehearsed })
  return again.facts === null || again.exitCode === exitCodes.unavailable ? null : again
}
