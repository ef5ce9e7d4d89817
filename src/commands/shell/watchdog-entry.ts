/**
 * Internal entry points. `cli.ts` runs them when the guard starts itself with one of the arguments below. They aren't
 * commands for users.
 */
import type { Readable, Writable } from 'node:stream'
import type { ForwardedSignal } from './command.ts'

/** Command-line argument that makes the guard's program run as the watchdog. */
export const watchdogArgument = 'scratch-guardian'

/** Command-line argument that makes the guard's program run as the helper inside the network namespace. */
export const insideWord = 'isolated-command'

/** Command-line argument that makes the guard's program run as the embedded PostgreSQL process. */
export const embeddedWord = 'embedded-postgresql'

/** Runs the watchdog, which waits until its input ends and then removes everything that the guard left behind. */
export async function runWatchdog(input: Readable, output: Writable): Promise<void> {
  const guardian = await import('../../adapters/scratch/watchdog.ts')
  await guardian.serveWatchdog(input, output)
}

/** Runs the command described in the input, inside a separate network namespace. */
export async function enterIsolation(
  input: Readable,
  onSignal: (listener: (signal: ForwardedSignal) => void) => () => void,
): Promise<void> {
  const isolated = await import('../../adapters/isolation/isolated-command.ts')
  await isolated.runInside(input, onSignal)
}

/** Runs the embedded PostgreSQL server until the input stream ends. */
export async function runEmbedded(input: Readable, output: Writable, end: () => void): Promise<void> {
  const embedded = await import('../../adapters/embedded/serve-embedded.ts')
  await embedded.serveEmbedded(input, output, end)
}
