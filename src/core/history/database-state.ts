/** What the database said in one read-only look. Data only; no driver type gets in here. */
import type { DialectName } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/index.ts'

/** One value of `version_num` as it came back, before anybody interprets it. */
export type VersionRow =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'null' }
  /** A value that Python would not receive as `str`; `repr` is how Python prints it (`1001`, `b'aaaa11'`). */
  | { readonly kind: 'not-text'; readonly repr: string }

/** One column of the version table. */
export interface VersionColumn {
  readonly name: string
  /** In the engine's own spelling: `character varying(32)`, `VARCHAR(32)`. */
  readonly type: string
  readonly nullable: boolean
  readonly hasDefault: boolean
}

/** The version table that Alembic would use. */
export interface VersionTable {
  /** The schema it lies in; null on SQLite. When it does not exist, where Alembic would create it, if known. */
  readonly schema: string | null
  readonly name: string
  readonly exists: boolean
  /** `table`, or what stands in its place. */
  readonly relation: 'table' | 'view' | 'other' | null
  /** A view of SQLite's with triggers, which decide what a write to it does. */
  readonly hasTriggers?: true
  /** Policies of PostgreSQL's row-level security may refuse what Alembic writes. */
  readonly rowSecurity?: true
  /** How many characters `version_num` holds; null: no limit, or no such column. */
  readonly width: number | null
  readonly columns: readonly VersionColumn[]
  /** Whether `version_num` is unique by a primary key or unique index. */
  readonly unique: boolean
  /**
   * The width that `version_num` has from the end of a pending migration on, by its revision; null: no limit, or none
   * that is known. Absent: no pending migration changes it.
   */
  readonly widths?: ReadonlyMap<string, number | null>
  /** No id is known to be too long: something may widen the column. */
  readonly mayWiden?: true
}

/** A table of the version table's name that Alembic would not use. */
export interface OtherVersionTable {
  readonly schema: string
  readonly name: string
  readonly visible: boolean
  /** The first rows, where the role may read them. */
  readonly versions: readonly string[]
}

/** A lock that another session holds on a table. */
export interface SessionLock {
  readonly pid: number
  readonly mode: string
  /** As the server has it: `active`, `idle in transaction`. Null when the role may not see it. */
  readonly state: string | null
  readonly application: string | null
  /** Seconds since its transaction began. */
  readonly transactionAge: number | null
  /** Would it make an `UPDATE` of the table wait? */
  readonly blocksWrites: boolean
}

/** A session that holds a lock on the version table. */
export type VersionTableLock = SessionLock

/** What the role of the connection may do. */
export interface Privileges {
  /**
   * May it insert, update and delete version rows; where the table is missing: may it create it. Null when the
   * schema for it is missing as well.
   */
  readonly writeVersions: boolean | null
  /** Which of the three it may do; absent where the table is missing or nobody asked. */
  readonly versionRows?: { readonly insert: boolean; readonly update: boolean; readonly delete: boolean }
  /** May it create tables in the first schema of the search path; null when there is no such schema. */
  readonly createTables: boolean | null
}

/** Everything that `check` asks a database. */
export interface DatabaseState {
  readonly dialect: DialectName
  /** `16.4`, `3.45.1` */
  readonly server: string
  /** Host name, or the socket's folder; null on SQLite. Never a user, never a password. */
  readonly host: string | null
  /** Database name; on SQLite the file's path as it was given. */
  readonly name: string
  /** Why nothing can be written, in words (`a standby server`, `default_transaction_read_only is on`); null: it can. */
  readonly readOnly: string | null
  /** Schemas that Alembic's connection would search, first to last; empty on SQLite. */
  readonly searchPath: readonly string[]
  readonly versionTable: VersionTable
  /** In the order in which the table gave them; empty when the table is missing. */
  readonly versions: readonly VersionRow[]
  readonly otherVersionTables: readonly OtherVersionTable[]
  readonly locks: readonly VersionTableLock[]
  /** DDL is rolled back with the transaction (Postgres); on SQLite each step commits. */
  readonly transactionalDdl: boolean
  /** Absent where the engine has no privileges (SQLite), and where they are unknown. */
  readonly privileges?: Privileges
  /** Why they are: env.py takes a role that this connection may not take. Without a full stop. */
  readonly rightsUnknown?: string
}

/** A database in which nobody has run Alembic yet. */
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
