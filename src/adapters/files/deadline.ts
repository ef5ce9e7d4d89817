/** Time limit for all database access, combined with the caller's abort signal. */
import { GuardError } from '../../errors.ts'

/** Default time limit in milliseconds. */
export const defaultTimeoutMs = 10_000

/** A deadline for database access. */
export interface Deadline {
  /** Aborts at the deadline, or when the caller's signal is aborted. */
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** Remaining time in milliseconds, at least 1. */
  remainingMs(): number
  /** Resolves after `ms` milliseconds, or as soon as the signal aborts. */
  pause(ms: number): Promise<void>
  /** Returns the error to throw after an abort. `doing` becomes the subject of "… took longer than 10 s". */
  expired(doing: string): GuardError
}

/**
 * Returns a signal that aborts after `ms` milliseconds or when the caller's signal does. Avoids `AbortSignal.any`,
 * which may lose an `AbortSignal.timeout` to garbage collection on Node 20 and 22.
 */
export function abortsAfter(ms: number, caller?: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const running = caller && limitsOf(caller)
  const stop = (): void => {
    running?.delete(stop)
    controller.abort()
  }
  setTimeout(stop, Math.max(1, Math.ceil(ms))).unref()
  if (caller?.aborted) stop()
  else running?.add(stop)
  return controller.signal
}

/** Callbacks to run when a caller's signal aborts. */
const limits = new WeakMap<AbortSignal, Set<() => void>>()

/** Adds a single listener to each caller's signal, because Node warns if a signal has more than ten. */
function limitsOf(caller: AbortSignal): Set<() => void> {
  const known = limits.get(caller)
  if (known) return known
  const running = new Set<() => void>()
  limits.set(caller, running)
  const stopAll = (): void => {
    for (const stop of running) stop()
  }
  caller.addEventListener('abort', stopAll, { once: true })
  return running
}

/** Creates a deadline, starting now. */
export function startDeadline(timeoutMs: number, caller?: AbortSignal): Deadline {
  const end = performance.now() + timeoutMs
  const signal = abortsAfter(timeoutMs, caller)
  return {
    signal,
    timeoutMs,
    remainingMs: () => Math.max(1, Math.ceil(end - performance.now())),
    pause: (ms) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const done = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        signal.addEventListener('abort', done)
      }),
    expired: (doing) =>
      caller?.aborted
        ? new GuardError('unavailable', `${doing} was interrupted.`)
        : new GuardError(
            'unavailable',
            `${doing} took longer than ${seconds(timeoutMs)}.`,
            'Check the address, check whether a firewall blocks the connection, or raise --timeout.',
          ),
  }
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`
}
