/** One time limit for everything that a look at a database does, and the caller's wish to stop. */
import { GuardError } from '../../errors.ts'

/** The limit when none is given, in milliseconds. */
export const defaultTimeoutMs = 10_000

/** A running time limit. */
export interface Deadline {
  /** Aborts when the time is up or the caller aborts. */
  readonly signal: AbortSignal
  /** The whole limit in milliseconds. */
  readonly timeoutMs: number
  /** Milliseconds left, at least 1. */
  remainingMs(): number
  /** Resolves after `ms`, or as soon as the signal aborts. */
  pause(ms: number): Promise<void>
  /** What to say once the signal has aborted; `doing` completes "… took longer than 10 s". */
  expired(doing: string): GuardError
}

/**
 * Aborts after so many milliseconds, or when the caller does. Not `AbortSignal.any` with `AbortSignal.timeout`: that
 * holds the timeout so weakly that a garbage collection takes it away, and it never comes (Node 20 and 22).
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

/** What ends the time limits that run for each caller. */
const limits = new WeakMap<AbortSignal, Set<() => void>>()

/** With one listener for all of them: a fleet starts thousands, and Node warns from the eleventh listener on. */
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

/** Starts the clock. */
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
            'Check the address and any firewall in between, or raise --timeout.',
          ),
  }
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`
}
