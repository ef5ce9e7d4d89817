/**
 * Changes version rows in one transaction. This is the only part of the guard that writes to a user's database. If the
 * connection is lost, infers the outcome from how far the transaction got. The caller decides what to change.
 */
import { adapterFor } from './adapter.ts'
import type { OpenOptions } from './database/database.ts'
import type { VersionWrite, WriteOutcome } from './database/version-write.ts'

/**
 * Applies the change in one transaction: lock, compare, change, compare, commit.
 * @throws GuardError (unavailable) if the connection fails; nothing is changed in that case.
 */
export async function writeVersions(
  url: string,
  write: VersionWrite,
  options: OpenOptions,
): Promise<WriteOutcome> {
  return adapterFor(url).write(write, options)
}
