/** Database state from a single read-only pass. Data only; driver types must not leak in. */
import type { DialectName } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/index.ts'

/** One uninterpreted value of `version_num`. */
export type VersionRow =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'null' }
  /** A value that Python wouldn't receive as a `str`; `repr` is its Python repr (`1001`, `b'aaaa11'`). */
  | { readonly kind: 'not-text'; readonly repr: string }

/** One column of the version table. */
export interface VersionColumn {
  readonly name: string
  /** As the database spells it: `character varying(32)`, `VARCHAR(32)`. */
  readonly type: string
  readonly nullable: boolean
  readonly hasDefault: boolean
}

/** The version table that Alembic would use. */
export interface VersionTable {
  /**
   * The table's schema; null on SQLite. If the table doesn't exist, the schema in which Alembic would create it, or
   * null if unknown.
   */
  readonly schema: string | null
  readonly name: string
  readonly exists: boolean
  /** `table`, or the kind of relation used instead. */
  readonly relation: 'table' | 'view' | 'other' | null
  /** Present for a SQLite view with triggers, which determine the effect of writes. */
  readonly hasTriggers?: true
  /** Present if PostgreSQL row-level security policies may reject Alembic's writes. */
  readonly rowSecurity?: true
  /** Maximum length of `version_num` in characters; null if there is no limit or no such column. */
  readonly width: number | null
  readonly columns: readonly VersionColumn[]
  /** True if a primary key or unique index covers `version_num`. */
  readonly unique: boolean
  /**
   * Width of `version_num` after a pending migration, keyed by that migration's revision; null if unlimited or unknown.
   * Absent if no pending migration changes the width.
   */
  readonly widths?: ReadonlyMap<string, number | null>
  /** Present if the column may be widened first, so that no id is certainly too long. */
  readonly mayWiden?: true
}

/** A table with the version table's name that Alembic wouldn't use. */
export interface OtherVersionTable {
  readonly schema: string
  readonly name: string
  readonly visible: boolean
  /** The first rows, if the role may read them. */
  readonly versions: readonly string[]
}

/** A lock that another session holds on a table. */
export interface SessionLock {
  readonly pid: number
  readonly mode: string
  /**
   * Session state as PostgreSQL reports it: `active`, `idle in transaction`. Null if the role isn't allowed to see
   * it.
   */
  readonly state: string | null
  readonly application: string | null
  /** Seconds since the session's transaction began. */
  readonly transactionAge: number | null
  /** True if the lock would block an `UPDATE` of the table. */
  readonly blocksWrites: boolean
}

/** A session that holds a lock on the version table. */
export type VersionTableLock = SessionLock

/** Privileges of the connection's role. */
export interface Privileges {
  /**
   * True if the role can insert, update and delete version rows, or create the table if it is missing. Null if the
   * table's schema is missing as well.
   */
  readonly writeVersions: boolean | null
  /** Privileges by statement; absent if the table is missing or they weren't requested. */
  readonly versionRows?: { readonly insert: boolean; readonly update: boolean; readonly delete: boolean }
  /**
   * True if the role can create tables in the first schema of the search path; null if no schema of the search path
   * exists.
   */
  readonly createTables: boolean | null
}

/** Everything `check` reads from a database. */
export interface DatabaseState {
  readonly dialect: DialectName
  /** `16.4`, `3.45.1` */
  readonly server: string
  /** Host name, or the socket directory; null on SQLite. Never includes a user or password. */
  readonly host: string | null
  /** Database name; on SQLite, the file path as given. */
  readonly name: string
  /** Names of the databases in the folder of a SQLite file that doesn't exist; absent if the file exists. */
  readonly insteadOfMissing?: readonly string[]
  /**
   * Why the database is read-only (`a standby server`, `default_transaction_read_only is on`); null if it is
   * writable.
   */
  readonly readOnly: string | null
  /** Search path of Alembic's connection; empty on SQLite. */
  readonly searchPath: readonly string[]
  readonly versionTable: VersionTable
  /** Version rows in table order; empty if the table is missing. */
  readonly versions: readonly VersionRow[]
  readonly otherVersionTables: readonly OtherVersionTable[]
  readonly locks: readonly VersionTableLock[]
  /** True if DDL is rolled back with the transaction (PostgreSQL); on SQLite each step commits. */
  readonly transactionalDdl: boolean
  /** Privileges of the role; absent if unknown, or if the database has no privileges (SQLite). */
  readonly privileges?: Privileges
  /**
   * Why privileges are unknown: env.py sets a role that this connection can't assume. A clause without a trailing
   * period.
   */
  readonly rightsUnknown?: string
}

/** Returns a database on which Alembic has never run. */
export function emptyDatabase(dialect: DialectName): DatabaseState {
  const { schemas, transactionalDdl } = dialectOf({ dialect })
  return {
    dialect,
    server: '',
    host: null,
    name: '',
    readOnly: null,
    searchPath: schemas ? [schemas.initial] : [],
    versionTable: {
      schema: schemas?.initial ?? null,
      name: 'alembic_version',
      exists: false,
      relation: null,
      width: null,
      columns: [],
      unique: false,
    },
    versions: [],
    otherVersionTables: [],
    locks: [],
    transactionalDdl,
  }
}
