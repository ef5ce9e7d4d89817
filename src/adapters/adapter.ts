/** Selects the database adapter for a URL. PostgreSQL code is loaded only when it is needed. */
import { openSqliteDatabase } from './sqlite/query-state.ts'
import { type PostgresUrl, type SqliteUrl, parseDatabaseUrl } from './database/database-url.ts'
import type { Database, OpenOptions } from './database/database.ts'
import type { VersionWrite, WriteOutcome } from './database/version-write.ts'

/** Database operations for a given URL. */
export interface Adapter {
  /** Opens the database for reading. */
  open(options: OpenOptions): Promise<Database>
  /** Updates the rows of the version table in one transaction. */
  write(change: VersionWrite, options: OpenOptions): Promise<WriteOutcome>
}

/**
 * Returns the adapter for a SQLAlchemy URL.
 * @throws GuardError (unavailable) if the URL can't be parsed.
 */
export function adapterFor(text: string): Adapter {
  const url = parseDatabaseUrl(text)
  return url.dialect === 'sqlite' ? sqliteAdapter(url) : postgresAdapter(url)
}

function postgresAdapter(url: PostgresUrl): Adapter {
  return {
    open: async (options) => (await import('./postgres/query-state.ts')).openPostgresDatabase(url, options),
    write: async (change, options) =>
      (await import('./postgres/write-versions.ts')).writePostgresVersions(url, change, options),
  }
}

function sqliteAdapter(url: SqliteUrl): Adapter {
  return {
    open: (options) => openSqliteDatabase(url, options),
    write: async (change, options) =>
      (await import('./sqlite/write-versions.ts')).writeSqliteVersions(url, change, options),
  }
}
