/**
 * Opens a database for writing, for one transaction that changes version rows; nothing else of the guard does. Knows
 * what a lost connection means at each point; what is to be changed is handed in.
 */
import { adapterFor } from './adapter.ts'
import type { OpenOptions } from './database/database.ts'
import type { VersionWrite, WriteOutcome } from './database/version-write.ts'

/**
 * Makes the change in one transaction: lock, compare, change, compare, commit.
 * @throws GuardError (unavailable) when there is no connection; nothing is changed then.
 */
export async function writeVersions(
  url: string,
  write: VersionWrite,
  options: OpenOptions,
): Promise<WriteOutcome> {
  return adapterFor(url).write(write, options)
}
