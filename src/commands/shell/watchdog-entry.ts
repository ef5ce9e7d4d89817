/**
 * The command as a process of the guard's own: what `cli.ts` runs when it is started by one of the words below. No
 * commands of the user's.
 */
import type { Readable, Writable } from 'node:stream'
import type { ForwardedSignal } from './command.ts'

/** The only word by which the watchdog is started. */
export const watchdogArgument = 'scratch-guardian'

/** The only word by which the half inside a network namespace is started. */
export const insideWord = 'isolated-command'

/** The only word by which the process of an embedded PostgreSQL is started. */
export const embeddedWord = 'embedded-postgresql'

/** Keeps watch until the input ends, then takes everything away. */
export async function runWatchdog(input: Readable, output: Writable): Promise<void> {
  const guardian = await import('../../adapters/scratch/watchdog.ts')
  await guardian.serveWatchdog(input, output)
}

/** Runs the command that the input names, inside a network of its own. */
export async function enterIsolation(
  input: Readable,
  onSignal: (listener: (signal: ForwardedSignal) => void) => () => void,
): Promise<void> {
  const isolated = await import('../../adapters/isolation/isolated-command.ts')
  await isolated.runInside(input, onSignal)
}

/** Serves an embedded PostgreSQL until the input ends. */
export async function runEmbedded(input: Readable, output: Writable, end: () => void): Promise<void> {
  const embedded = await import('../../adapters/embedded/serve-embedded.ts')
  await embedded.serveEmbedded(input, output, end)
}
