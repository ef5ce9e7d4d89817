/** The state of a database, as read in a single read-only pass. */
import type { DialectName } from '../dialect/dialect-name.ts'
import { dialectOf } from '../dialect/index.ts'

/** A `version_num` value from the version table. */
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
   * The table's schema; null on SQLite. For a missing table, the schema where Alembic would create it, or null if
   * unknown.
   */
  readonly schema: string | null
  readonly name: string
  readonly exists: boolean
  /** The kind of relation, normally `table`; null if the relation doesn't exist. */
  readonly relation: 'table' | 'view' | 'other' | null
  /** Whether the version table is a SQLite view with triggers, which determine what a write does. */
  readonly hasTriggers?: true
  /** Whether PostgreSQL row-level security may reject Alembic's writes. */
  readonly rowSecurity?: true
  /** Maximum length of `version_num` in characters; null if unlimited or if the column doesn't exist. */
  readonly width: number | null
  readonly columns: readonly VersionColumn[]
  /** Whether a primary key or unique index covers `version_num`. */
  readonly unique: boolean
  /** New maximum length of `version_num` for each pending migration that changes it; null if unlimited or unknown. */
  readonly widths?: ReadonlyMap<string, number | null>
  /** Whether `version_num` may become wider before the migrations run. */
  readonly mayWiden?: true
}

/** A table that has the version table's name, but that Alembic wouldn't use. */
export interface OtherVersionTable {
  readonly schema: string
  readonly name: string
  readonly visible: boolean
  /** The first rows of the table; empty if the role can't read it. */
  readonly versions: readonly string[]
}

/** A table lock held by another session. */
export interface SessionLock {
  readonly pid: number
  readonly mode: string
  /** Session state as PostgreSQL reports it, such as `idle in transaction`; null if the role can't see it. */
  readonly state: string | null
  readonly application: string | null
  /** Time in seconds since the session's transaction began. */
  readonly transactionAge: number | null
  /** Whether the lock blocks an `UPDATE` of the table. */
  readonly blocksWrites: boolean
}

/** A session that holds a lock on the version table. */
export type VersionTableLock = SessionLock

/** Privileges of the connection's role. */
export interface Privileges {
  /**
   * Whether the role can change the version table's rows, or create a missing version table. Null if neither the table
   * nor its schema exists.
   */
  readonly writeVersions: boolean | null
  /** Which statements the role may run on the version table; undefined if the table doesn't exist. */
  readonly versionRows?: { readonly insert: boolean; readonly update: boolean; readonly delete: boolean }
  /** Whether the role can create tables in the first schema of the search path; null if no such schema exists. */
  readonly createTables: boolean | null
}

/** Everything that `check` reads from a database. */
export interface DatabaseState {
  readonly dialect: DialectName
  /** Server version, such as `16.4` or `3.45.1`. */
  readonly server: string
  /** Host name or socket directory; null on SQLite. Never includes a user name or password. */
  readonly host: string | null
  /** Database name. On SQLite, the file path exactly as specified. */
  readonly name: string
  /** If the SQLite file is missing, the names of other databases in the same folder. */
  readonly insteadOfMissing?: readonly string[]
  /** Why the database is read-only, such as `a standby server`; null if it's writable. */
  readonly readOnly: string | null
  /** Search path of Alembic's connection; empty on SQLite. */
  readonly searchPath: readonly string[]
  readonly versionTable: VersionTable
  /** Rows of the version table, in the database's order; empty if the table doesn't exist. */
  readonly versions: readonly VersionRow[]
  readonly otherVersionTables: readonly OtherVersionTable[]
  readonly locks: readonly VersionTableLock[]
  /** Whether DDL is rolled back with its transaction, as on PostgreSQL. On SQLite, each step commits. */
  readonly transactionalDdl: boolean
  /** Privileges of the role; undefined if unknown, and on SQLite, which has no privileges. */
  readonly privileges?: Privileges
  /**
   * A clause, without a final period, that explains why the privileges are unknown. Set if env.py sets a role that
   * the guard's connection can't assume.
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
