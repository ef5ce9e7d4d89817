/**
 * Defines the state of a database, as read in a single read-only pass. Contains data only, and no types from database
 * drivers.
 */
import type { DialectName } from '../dialect/dialect-name.ts'
import { dialectOf } from '../dialect/index.ts'

/** One value of `version_num`, as read from the version table. */
export type VersionRow =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'null' }
  /** A value that Python wouldn't receive as a `str`; `repr` is its Python repr (`1001`, `b'aaaa11'`). */
  | { readonly kind: 'not-text'; readonly repr: string }

/** A column of the version table. */
export interface VersionColumn {
  readonly name: string
  /** Column type as the database spells it, such as `character varying(32)` or `VARCHAR(32)`. */
  readonly type: string
  readonly nullable: boolean
  readonly hasDefault: boolean
}

/** The version table that Alembic would use. */
export interface VersionTable {
  /**
   * The table's schema; null on SQLite. If the table doesn't exist, the schema where Alembic would create it, or null
   * if unknown.
   */
  readonly schema: string | null
  readonly name: string
  readonly exists: boolean
  /** What kind of relation the version table is, normally `table`. */
  readonly relation: 'table' | 'view' | 'other' | null
  /** True if the version table is a SQLite view with triggers. Those triggers determine what a write does. */
  readonly hasTriggers?: true
  /** True if PostgreSQL row-level security policies may reject Alembic's writes. */
  readonly rowSecurity?: true
  /** Maximum length of `version_num` in characters; null if there is no limit or the column doesn't exist. */
  readonly width: number | null
  readonly columns: readonly VersionColumn[]
  /** True if a primary key or unique index covers `version_num`. */
  readonly unique: boolean
  /**
   * New maximum length of `version_num` for each pending migration that changes it; null if unlimited or unknown.
   * Undefined if none does.
   */
  readonly widths?: ReadonlyMap<string, number | null>
  /** True if `version_num` may become wider before the migrations run, so that even a long revision id may fit. */
  readonly mayWiden?: true
}

/** A table that has the version table's name but isn't the one Alembic would use. */
export interface OtherVersionTable {
  readonly schema: string
  readonly name: string
  readonly visible: boolean
  /** The first rows of the table; empty if the role isn't allowed to read it. */
  readonly versions: readonly string[]
}

/** A table lock held by another session. */
export interface SessionLock {
  readonly pid: number
  readonly mode: string
  /**
   * Session state as PostgreSQL reports it, such as `active` or `idle in transaction`; null if the role isn't allowed
   * to see it.
   */
  readonly state: string | null
  readonly application: string | null
  /** Time in seconds since the session's transaction began. */
  readonly transactionAge: number | null
  /** True if the lock blocks an `UPDATE` of the table. */
  readonly blocksWrites: boolean
}

/** A session that holds a lock on the version table. */
export type VersionTableLock = SessionLock

/** Privileges of the role that the connection uses. */
export interface Privileges {
  /**
   * True if the role can insert, update and delete rows of the version table, or can create the table if it doesn't
   * exist. Null if neither the table nor its schema exists.
   */
  readonly writeVersions: boolean | null
  /**
   * Privileges on the version table for each kind of statement. Undefined if the table doesn't exist or the privileges
   * weren't requested.
   */
  readonly versionRows?: { readonly insert: boolean; readonly update: boolean; readonly delete: boolean }
  /**
   * True if the role can create tables in the first schema of the search path; null if no schema in the search path
   * exists.
   */
  readonly createTables: boolean | null
}

/** Everything that `check` reads from a database. */
export interface DatabaseState {
  readonly dialect: DialectName
  /** `16.4`, `3.45.1` */
  readonly server: string
  /** Host name or socket directory; null on SQLite. Never includes a user name or password. */
  readonly host: string | null
  /** Database name. On SQLite, the file path exactly as specified. */
  readonly name: string
  /** Names of other databases in the folder where a SQLite file was expected; undefined if that file exists. */
  readonly insteadOfMissing?: readonly string[]
  /**
   * The reason why the database is read-only, such as `a standby server` or `default_transaction_read_only is on`; null
   * if the database is writable.
   */
  readonly readOnly: string | null
  /** Search path of the connection that Alembic uses; empty on SQLite. */
  readonly searchPath: readonly string[]
  readonly versionTable: VersionTable
  /** Rows of the version table, in the order returned by the database; empty if the table doesn't exist. */
  readonly versions: readonly VersionRow[]
  readonly otherVersionTables: readonly OtherVersionTable[]
  readonly locks: readonly VersionTableLock[]
  /** True if DDL is rolled back with its transaction, as on PostgreSQL. On SQLite, each step commits. */
  readonly transactionalDdl: boolean
  /** Privileges of the role; undefined if unknown, or if the database has no privilege system (SQLite). */
  readonly privileges?: Privileges
  /**
   * The reason why the privileges are unknown, as a clause without a final period. The privileges are unknown if env.py
   * sets a role that the guard's connection can't assume.
   */
  readonly rightsUnknown?: string
}

/** Returns the state of a database where Alembic has never run. */
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
