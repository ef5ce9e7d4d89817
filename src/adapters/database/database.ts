/** Interface for opening and querying a live database. Independent of SQL dialects and drivers. */
import type { DatabaseState, VersionTable } from '../../core/history/database-state.ts'
import type { LiveTables } from '../../core/lint/lint-facts.ts'
import type { PendingNames } from '../../core/dry-run/referenced-names.ts'
import type { SchemaSnapshot, WriteCounters, TransactionEvidence } from '../../core/schema/schema-snapshot.ts'
import type { GuardError } from '../../errors.ts'
import type { RowQuestion } from '../../core/dry-run/simulated-schema.ts'

/** Location of the version table; Alembic's defaults are `alembic_version` and no schema. */
export interface VersionTableQuestion {
  readonly versionTable: string
  /** Value of `version_table_schema` in env.py; null to use the search path. */
  readonly versionTableSchema: string | null
  /** Session settings that env.py applies before Alembic reads the version table; undefined if it applies none. */
  readonly session?: SessionSettings
}

/**
 * Settings that the release applies to its own connection. The guard applies them too, so that it sees the same names
 * and has the same privileges.
 */
export interface SessionSettings {
  readonly searchPath?: readonly string[]
  readonly role?: string
}

/** Selects version tables in a database that has one per schema, such as one per tenant. */
export interface SchemasQuestion {
  /** Schema name patterns. `*` matches any number of characters; `?` matches exactly one. */
  readonly patterns: readonly string[]
  readonly versionTable: string
}

/** Schemas whose version tables have the same contents. */
export interface SchemaStates {
  readonly schemas: readonly string[]
  /** State of the first schema in the group, or an error if it couldn't be read. */
  readonly state: DatabaseState | GuardError
}

/** Options for opening a database. */
export interface OpenOptions {
  /** Total time limit in milliseconds for name lookup, connection, TLS and queries (default: 10,000). */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Environment variables, such as `PGHOST` and `PGPASSWORD`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Base folder for relative paths of SQLite files and certificates. */
  readonly cwd: string
  /**
   * True if a missing SQLite file is an error. By default, a missing file counts as an empty database, as in Alembic.
   */
  readonly mustExist?: boolean
}

/** Specifies what to read from the database. */
export interface SnapshotRequest {
  /**
   * Names of the objects to read, or `all` for the whole schema. The role's privileges on the named objects are also
   * read.
   */
  readonly objects?: PendingNames | 'all' | null
  /** If true, also tries to read the whole schema. */
  readonly whole?: boolean
  /**
   * If set, also reads the objects created by the transactions that wrote this version table's rows. The version table
   * must come from `readState`.
   */
  readonly transactionsOf?: VersionTable | null
  /** If set, also reads how many writes to this version table PostgreSQL has counted since the table was created. */
  readonly countersOf?: VersionTable | null
  readonly rows?: readonly RowQuestion[]
  /** If true, this is the last query, and the transaction can end after it. */
  readonly last?: boolean
}

/** The requested parts of the database. Parts that weren't requested are null or, for `rows`, empty. */
export interface SnapshotResult {
  readonly schema: SchemaSnapshot | null
  readonly whole: SchemaSnapshot | null
  readonly transactions: TransactionEvidence | null
  /** PostgreSQL's write counters; null if they weren't requested or the database has none. */
  readonly counters: WriteCounters | null
  /** Results in the order of the requests; null for a query that exceeded its time limit. */
  readonly rows: readonly (boolean | null)[]
}

/**
 * A connection with a single read-only transaction, so that all queries see the same snapshot. Every method rejects
 * with a GuardError (unavailable) if its query fails.
 */
export interface Database {
  /** Reads the version rows and everything else that `check` always needs. */
  readState(question: VersionTableQuestion): Promise<DatabaseState>
  /** Reads the version tables of all matching schemas and groups schemas with the same contents. */
  readStates(question: SchemasQuestion): Promise<readonly SchemaStates[]>
  /** Reads all enum types, and all tables with their columns, indexes and constraints. */
  readSchema(): Promise<SchemaSnapshot>
  /** Reads several parts of the database with as few round trips as possible. */
  look(wanted: SnapshotRequest): Promise<SnapshotResult>
  /**
   * Reads the planner's estimates of table sizes; null if they are unknown. Always returns null for SQLite: table sizes
   * don't matter there, because SQLite has no lock queues.
   */
  readTableSizes(): Promise<LiveTables | null>
  /** Closes the connection. */
  close(): Promise<void>
}
