/**
 * The port to a live database: what can be asked of it, and opening it. Knows no SQL and no driver.
 */
import type { DatabaseState, VersionTable } from '../../core/history/database-state.ts'
import type { LiveTables } from '../../core/lint/lint-facts.ts'
import type { PendingNames } from '../../core/dry-run/referenced-names.ts'
import type { SchemaSnapshot, WriteCounters, TransactionEvidence } from '../../core/schema/schema-snapshot.ts'
import type { GuardError } from '../../errors.ts'
import type { RowQuestion } from '../../core/dry-run/simulated-schema.ts'

/** Which table holds the stamps; Alembic's own defaults are `alembic_version` and no schema. */
export interface VersionTableQuestion {
  readonly versionTable: string
  /** `version_table_schema` of env.py; null: the search path decides. */
  readonly versionTableSchema: string | null
  /** What env.py sets before it reads the table; absent: nothing. */
  readonly session?: SessionSettings
}

/** Settings of the release's connection that the guard takes over, so that it sees names and rights as the release does. */
export interface SessionSettings {
  readonly searchPath?: readonly string[]
  readonly role?: string
}

/** One version table in each of many schemas: one for each tenant. */
export interface SchemasQuestion {
  /** With `*` and `?` for any characters and any character. */
  readonly patterns: readonly string[]
  readonly versionTable: string
}

/** Schemas whose version tables say the same. */
export interface SchemaStates {
  readonly schemas: readonly string[]
  /** What the first of them says, or why it could not be read. */
  readonly state: DatabaseState | GuardError
}

/** How a database is opened. */
export interface OpenOptions {
  /** For everything together: name lookup, connecting, TLS, the questions. Default 10 000 milliseconds. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Where `PGHOST`, `PGPASSWORD` and the like are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative SQLite paths and certificate files start here. */
  readonly cwd: string
  /** An SQLite file that isn't there is an error; else it is an empty database, as it is for Alembic. */
  readonly mustExist?: boolean
}

/** What is to be looked at. */
export interface SnapshotRequest {
  /** Everything that has one of these names, and what the role may do with it; or the whole schema. */
  readonly objects?: PendingNames | 'all' | null
  /** The whole schema besides; given up where it can't be had. */
  readonly whole?: boolean
  /** What the transactions made that wrote the rows of this table, which `readState` has found. */
  readonly transactionsOf?: VersionTable | null
  /** What the database has counted by itself since this table was made. */
  readonly countersOf?: VersionTable | null
  readonly rows?: readonly RowQuestion[]
  /** Nothing else will be asked: the transaction ends with it. */
  readonly last?: boolean
}

/** Null where nothing of it was wanted. */
export interface SnapshotResult {
  readonly schema: SchemaSnapshot | null
  readonly whole: SchemaSnapshot | null
  readonly transactions: TransactionEvidence | null
  /** Null also where it can't tell. */
  readonly counters: WriteCounters | null
  /** In order; null: not in the time that such a question is worth. */
  readonly rows: readonly (boolean | null)[]
}

/**
 * One connection inside one read-only transaction, open for several questions that all see the same moment.
 * Every method rejects with a GuardError (unavailable) when it can't look.
 */
export interface Database {
  /** Everything that `check` wants to know, with the version rows. */
  readState(question: VersionTableQuestion): Promise<DatabaseState>
  /** The version tables of all schemas that match, grouped by what they say. */
  readStates(question: SchemasQuestion): Promise<readonly SchemaStates[]>
  /** All tables with columns, indexes and constraints, and all enum types. */
  readSchema(): Promise<SchemaSnapshot>
  /** Several things at one time, with the fewest round trips. */
  look(wanted: SnapshotRequest): Promise<SnapshotResult>
  /** How large the tables are, by the planner's estimate; null where that is not known, or nobody waits for a lock. */
  readTableSizes(): Promise<LiveTables | null>
  /** Ends the transaction and the connection; harmless when called twice. */
  close(): Promise<void>
}
