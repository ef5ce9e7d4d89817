/** Opens a database for reading, whatever it is. */
import { adapterFor } from './adapter.ts'
import type { OpenOptions, Database, VersionTableQuestion } from './database/database.ts'
import type { DatabaseState } from '../core/history/database-state.ts'

/**
 * Connects to the database behind a SQLAlchemy URL.
 * @throws GuardError (unavailable) when the URL can't be read or nothing answers in time.
 */
export async function openDatabase(url: string, options: OpenOptions): Promise<Database> {
  return adapterFor(url).open(options)
}

/**
 * Opens the database, reads its state and closes it again.
 * @throws GuardError (unavailable) when it could not look.
 */
export async function readDatabaseState(
  url: string,
  options: OpenOptions & VersionTableQuestion,
): Promise<DatabaseState> {
  const database = await openDatabase(url, options)
  try {
    return await database.readState(options)
  } finally {
    await database.close()
  }
}
