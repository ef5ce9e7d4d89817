/** Opens a database of any dialect for reading. */
import { adapterFor } from './adapter.ts'
import type { OpenOptions, Database, VersionTableQuestion } from './database/database.ts'
import type { DatabaseState } from '../core/history/database-state.ts'

/**
 * Connects to the database at a SQLAlchemy URL.
 * @throws GuardError (unavailable) if the URL is invalid or the server doesn't respond in time.
 */
export async function openDatabase(url: string, options: OpenOptions): Promise<Database> {
  return adapterFor(url).open(options)
}

/**
 * Opens the database, reads its state and closes it.
 * @throws GuardError (unavailable) if the state can't be read.
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
