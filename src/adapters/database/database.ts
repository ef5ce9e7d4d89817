/** Interface to a live database, independent of dialect and driver. */
import type { DatabaseState, VersionTable } from '../../core/history/database-state.ts'
import type { LiveTables } from '../../core/lint/lint-facts.ts'
import type { PendingNames } from '../../core/dry-run/referenced-names.ts'
import type { SchemaSnapshot, WriteCounters, TransactionEvidence } from '../../core/schema/schema-snapshot.ts'
import type { GuardError } from '../../errors.ts'
import type { RowQuestion } from '../../core/dry-run/simulated-schema.ts'

/** Where to find the version table. */
export interface VersionTableQuestion {
  readonly versionTable: string
  /** `version_table_schema` from env.py; null to use the search path. */
  readonly versionTableSchema: string | null
  /** Settings that env.py applies before Alembic reads the version table. */
  readonly session?: SessionSettings
}

/**
 * Session settings that env.py applies. The guard applies them too, so that it sees the same names and has the same
 * privileges.
 */
export interface SessionSettings {
  readonly searchPath?: readonly string[]
  readonly role?: string
}

/** A request for the version tables of a database that has one per schema, such as one per tenant. */
export interface SchemasQuestion {
  /** Schema name patterns with `*` and `?` as wildcards. */
  readonly patterns: readonly string[]
  readonly versionTable: string
}

/** Schemas whose version tables have the same contents. */
export interface SchemaStates {
  readonly schemas: readonly string[]
  /** State of the first schema, or the error that occurred while reading it. */
  readonly state: DatabaseState | GuardError
}

/** Options for opening a database. */
export interface OpenOptions {
  /** Total time limit in milliseconds (default: 10,000). */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Environment variables, such as `PGHOST`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Base folder for relative paths to SQLite files and certificates. */
  readonly cwd: string
  /**
   * Whether a missing SQLite file is an error. By default, a missing file counts as an empty database, as it does for
   * Alembic.
   */
  readonly mustExist?: boolean
}

/** What to read from the database. */
export interface SnapshotRequest {
  /** Objects to read, along with the current role's privileges on them; `all` reads the whole schema. */
  readonly objects?: PendingNames | 'all' | null
  /** Whether to also try to read the whole schema. */
  readonly whole?: boolean
  /**
   * Version table found by `readState`. If set, the objects created in the same transactions as its rows are also
   * read.
   */
  readonly transactionsOf?: VersionTable | null
  /** Version table for which to read the write counters. */
  readonly countersOf?: VersionTable | null
  readonly rows?: readonly RowQuestion[]
  /** Whether this is the last query. If so, the transaction can end. */
  readonly last?: boolean
}

/** The requested data. Parts that weren't requested are null or empty. */
export interface SnapshotResult {
  readonly schema: SchemaSnapshot | null
  readonly whole: SchemaSnapshot | null
  readonly transactions: TransactionEvidence | null
  /** Null if the database has no write counters. */
  readonly counters: WriteCounters | null
  /** The answer to each row question, in order; null if its query timed out. */
  readonly rows: readonly (boolean | null)[]
}

/**
 * A connection with one read-only transaction, so that all queries see the same snapshot. Methods reject with
 * GuardError (unavailable) if a query fails.
 */
export interface Database {
  /** Reads the version rows and everything else that `check` always needs. */
  readState(question: VersionTableQuestion): Promise<DatabaseState>
  /** Reads the version tables in all matching schemas. Groups schemas whose version tables have the same contents. */
  readStates(question: SchemasQuestion): Promise<readonly SchemaStates[]>
  /** Reads the whole schema: enum types, tables, columns, indexes and constraints. */
  readSchema(): Promise<SchemaSnapshot>
  /** Reads the requested parts of the database in as few round trips as possible. */
  look(wanted: SnapshotRequest): Promise<SnapshotResult>
  /**
   * Returns the planner's size estimates for tables; null if unknown. Always null for SQLite, where sizes don't
   * matter because there are no lock queues.
   */
  readTableSizes(): Promise<LiveTables | null>
  close(): Promise<void>
}
