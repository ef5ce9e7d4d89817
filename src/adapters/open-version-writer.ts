/** Changes version rows in one transaction. This is the only way the guard writes to a user's database. */
import { adapterFor } from './adapter.ts'
import type { OpenOptions } from './database/database.ts'
import type { VersionWrite, WriteOutcome } from './database/version-write.ts'

/**
 * Applies the change in one transaction: lock, compare, change, compare, commit.
 * @throws GuardError (unavailable) if the connection fails, in which case nothing is changed.
 */
export async function writeVersions(
  url: string,
  write: VersionWrite,
  options: OpenOptions,
): Promise<WriteOutcome> {
  return adapterFor(url).write(write, options)
}
