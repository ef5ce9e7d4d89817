/** The command as a guardian: what `cli.ts` runs when it is started by the word below. No command of the user's. */
import type { Readable, Writable } from 'node:stream'

/** The only word by which it is started. */
export const watchdogArgument = 'scratch-guardian'

/** Keeps watch until the input ends, then takes everything away. */
export async function runWatchdog(input: Readable, output: Writable): Promise<void> {
  const guardian = await import('../../adapters/scratch/watchdog.ts')
  await guardian.serveWatchdog(input, output)
}
