/** Internal entry points, used by `cli.ts` when the guard starts another copy of itself. */
import type { Readable, Writable } from 'node:stream'
import type { ForwardedSignal } from './command.ts'

/** Argument that starts the watchdog. */
export const watchdogArgument = 'scratch-guardian'

/** Argument that starts the helper inside the network namespace. */
export const insideWord = 'isolated-command'

/** Argument that starts the embedded PostgreSQL server. */
export const embeddedWord = 'embedded-postgresql'

/** Runs the watchdog, which cleans up once its input ends. */
export async function runWatchdog(input: Readable, output: Writable): Promise<void> {
  const guardian = await import('../../adapters/scratch/watchdog.ts')
  await guardian.serveWatchdog(input, output)
}

/** Reads a command from `input` and runs it in its own network namespace. */
export async function enterIsolation(
  input: Readable,
  onSignal: (listener: (signal: ForwardedSignal) => void) => () => void,
): Promise<void> {
  const isolated = await import('../../adapters/isolation/isolated-command.ts')
  await isolated.runInside(input, onSignal)
}

/** Runs the embedded PostgreSQL until the input ends. */
export async function runEmbedded(input: Readable, output: Writable, end: () => void): Promise<void> {
  const embedded = await import('../../adapters/embedded/serve-embedded.ts')
  await embedded.serveEmbedded(input, output, end)
}
