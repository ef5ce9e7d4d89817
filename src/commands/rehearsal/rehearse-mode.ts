/** Decides whether to rehearse a release. Loads the rehearsal on demand. */
import { isPGliteInstalled } from '../../adapters/embedded/pglite-package.ts'
import { dialectOf } from '../../core/dialect/index.ts'
import type { WrappedCommand } from '../../core/release/wrapped-command.ts'
import { exitCodes } from '../../errors.ts'
import type { CheckedRelease } from '../checks/judge-release.ts'
import type { RehearseMode, RehearseSettings } from '../shell/verb-settings.ts'
import type { RehearsalWish } from './rehearse-release.ts'

/**
 * Returns the default for `--rehearse` in `run`. Users who install the embedded PostgreSQL presumably want
 * rehearsals. Scripts are rehearsed only on request, because a rehearsal runs them a second time.
 */
export function defaultMode({ upgrade }: Pick<WrappedCommand, 'upgrade'>): RehearseMode {
  return upgrade !== null && !upgrade.offline && isPGliteInstalled() ? 'auto' : 'never'
}

/** A checked release, with the rehearsal's results if there was one. */
export interface RehearsedRelease {
  readonly checked: CheckedRelease
  /** Additional remarks, one sentence each. */
  readonly notes: readonly string[]
}

/**
 * Rehearses a checked release if necessary.
 * @throws GuardError (unavailable) in `always` mode if the rehearsal is inconclusive.
 */
export async function rehearseIfNeeded(
  command: 'run' | 'preflight',
  mode: RehearseMode,
  wish: Omit<RehearsalWish, 'strict' | 'state'>,
): Promise<RehearsedRelease> {
  const { checked, context, settings } = wish
  if (!isNeeded(mode, checked, settings)) return { checked, notes: [] }
  const { rehearseBefore, withRehearsal } = await import('./before-release.ts')
  const before = await rehearseBefore(mode, wish)
  return {
    checked: await withRehearsal(checked, before, { command, context, settings }),
    notes: before.notes,
  }
}

/**
 * Whether to rehearse. In `auto` mode, only PostgreSQL releases are rehearsed, and only if `--max-lock` is given or
 * the check didn't understand every operation.
 */
function isNeeded(
  mode: RehearseMode,
  { facts, exitCode }: CheckedRelease,
  { rehearse }: RehearseSettings,
): boolean {
  const pending = facts?.prediction.outcome === 'succeeds' ? facts.prediction.steps.length : 0
  if (mode === 'never' || facts === null || exitCode !== exitCodes.pass || pending === 0) return false
  if (mode === 'always') return true
  // Only a rehearsal reveals which locks a migration takes.
  return !dialectOf(facts.state).isFile && (rehearse.maxLocks.length > 0 || !isUnderstood(facts.pending))
}

/** Whether the check understood every operation, in which case a rehearsal wouldn't reveal anything new. */
function isUnderstood(pending: NonNullable<CheckedRelease['facts']>['pending']): boolean {
  if (pending?.kind !== 'tried') return false
  const { understood, operations, calls } = pending.replay
  return understood === operations && calls.length === 0
}
