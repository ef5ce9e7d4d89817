/** Writes version rows, whatever the database: `restamp --yes`. */
/**
 * Opens a database for writing, for one transaction that changes version rows; nothing else of the guard does. Knows
 * what a lost connection means at each point; what is to be changed is handed in.
 */
import type { OpenOptions } from './database/database.ts'
import { parseDatabaseUrl } from './database/database-url.ts'
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
  const parsed = parseDatabaseUrl(url)
  if (parsed.dialect === 'sqlite') {
    const { writeSqliteVersions } = await import('./sqlite/write-versions.ts')
    return writeSqliteVersions(parsed, write, options)
  }
  const { writePostgresVersions } = await import('./postgres/write-versions.ts')
  return writePostgresVersions(parsed, write, options)
}
