/** Selects the adapter for a URL. Loads PostgreSQL code only on demand. */
import { openSqliteDatabase } from './sqlite/query-state.ts'
import { type PostgresUrl, type SqliteUrl, parseDatabaseUrl } from './database/database-url.ts'
import type { Database, OpenOptions } from './database/database.ts'
import type { VersionWrite, WriteOutcome } from './database/version-write.ts'

/** Opens databases of one kind and changes their version rows. */
export interface Adapter {
  open(options: OpenOptions): Promise<Database>
  /** Changes the version rows in one transaction. */
  write(change: VersionWrite, options: OpenOptions): Promise<WriteOutcome>
}

/**
 * Returns the adapter for a SQLAlchemy URL.
 * @throws GuardError (unavailable) for an invalid URL.
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
