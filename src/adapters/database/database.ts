/** Port for a live database: how it is opened and queried. Independent of SQL and drivers. */
import type { DatabaseState, VersionTable } from '../../core/history/database-state.ts'
import type { LiveTables } from '../../core/lint/lint-facts.ts'
import type { PendingNames } from '../../core/dry-run/referenced-names.ts'
import type { SchemaSnapshot, WriteCounters, TransactionEvidence } from '../../core/schema/schema-snapshot.ts'
import type { GuardError } from '../../errors.ts'
import type { RowQuestion } from '../../core/dry-run/simulated-schema.ts'

/** Location of the version table; Alembic's defaults are `alembic_version` and no schema. */
export interface VersionTableQuestion {
  readonly versionTable: string
  /** `version_table_schema` from env.py; null to use the search path. */
  readonly versionTableSchema: string | null
  /** Session settings that env.py applies before Alembic reads the table; absent if there are none. */
  readonly session?: SessionSettings
}

/** Settings of the release's connection. The guard applies them too, so that it sees the same names and privileges. */
export interface SessionSettings {
  readonly searchPath?: readonly string[]
  readonly role?: string
}

/** One version table per schema, for example in a database with one schema per tenant. */
export interface SchemasQuestion {
  /** Patterns in which `*` matches any characters and `?` any one character. */
  readonly patterns: readonly string[]
  readonly versionTable: string
}

/** Schemas with identical version tables. */
export interface SchemaStates {
  readonly schemas: readonly string[]
  /** State of the first schema, or why it couldn't be read. */
  readonly state: DatabaseState | GuardError
}

/** Options for opening a database. */
export interface OpenOptions {
  /** Total time limit for name lookup, connection, TLS and queries, in milliseconds (default: 10,000). */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Environment with `PGHOST`, `PGPASSWORD` and similar variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Base folder of relative SQLite paths and certificate files. */
  readonly cwd: string
  /** True if a missing SQLite file is an error. By default, it counts as an empty database, as in Alembic. */
  readonly mustExist?: boolean
}

/** The parts of the database to read. */
export interface SnapshotRequest {
  /** Names of the objects to read, with the role's privileges on them; `all` for the whole schema. */
  readonly objects?: PendingNames | 'all' | null
  /** True to read the whole schema as well; skipped if that isn't possible. */
  readonly whole?: boolean
  /**
   * Requests the objects created by the transactions that wrote this version table's rows. The table comes from
   * `readState`.
   */
  readonly transactionsOf?: VersionTable | null
  /** Requests PostgreSQL's write counters since this version table was created. */
  readonly countersOf?: VersionTable | null
  readonly rows?: readonly RowQuestion[]
  /** True if this is the last query, which ends the transaction. */
  readonly last?: boolean
}

/** Parts that weren't requested are null. */
export interface SnapshotResult {
  readonly schema: SchemaSnapshot | null
  readonly whole: SchemaSnapshot | null
  readonly transactions: TransactionEvidence | null
  /** Null if not requested, or if the database has no write counters. */
  readonly counters: WriteCounters | null
  /** Results in the order of the requests; null for a query that exceeded its time limit. */
  readonly rows: readonly (boolean | null)[]
}

/**
 * A connection with one read-only transaction, so that all queries see the same snapshot. Every method rejects with a
 * GuardError (unavailable) if the query fails.
 */
export interface Database {
  /** Reads the version rows and the other facts that `check` always needs. */
  readState(question: VersionTableQuestion): Promise<DatabaseState>
  /** Reads the version tables of all matching schemas, grouped by contents. */
  readStates(question: SchemasQuestion): Promise<readonly SchemaStates[]>
  /** Reads all tables with columns, indexes and constraints, and all enum types. */
  readSchema(): Promise<SchemaSnapshot>
  /** Reads several parts with as few round trips as possible. */
  look(wanted: SnapshotRequest): Promise<SnapshotResult>
  /** Reads the planner's table size estimates; null if they are unknown, or the database has no lock queues. */
  readTableSizes(): Promise<LiveTables | null>
  /** Reads the planner's table size estimates; null if they are unknown, or don't matter (SQLite). */
  close(): Promise<void>
}
