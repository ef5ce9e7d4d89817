/** Opens a database by its URL: the one place that knows every kind. */
import type { OpenOptions, Database, VersionTableQuestion } from './database/database.ts'
import { parseDatabaseUrl } from './database/database-url.ts'
import { openSqliteDatabase } from './sqlite/query-state.ts'
import type { DatabaseState } from '../core/history/database-state.ts'

/**
 * Connects to the database behind a SQLAlchemy URL.
 * @throws GuardError (unavailable) when the URL can't be read or nothing answers in time.
 */
export async function openDatabase(url: string, options: OpenOptions): Promise<Database> {
  const parsed = parseDatabaseUrl(url)
  if (parsed.dialect === 'sqlite') return openSqliteDatabase(parsed, options)
  const { openPostgresDatabase } = await import('./postgres/query-state.ts')
  return openPostgresDatabase(parsed, options)
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
