/**
 * Contents of a database, read from its catalog: tables with columns, indexes, constraints, and enum types. On
 * PostgreSQL, also the objects created by the transactions that wrote version rows. Data only; no SQL.
 */
import type { DialectName } from '../dialect/dialect.ts'
import type { SessionLock } from '../history/database-state.ts'

/** A column according to the catalog. */
export interface ColumnSnapshot {
  readonly name: string
  /** `character varying(50)` as printed by `format_type`; on SQLite as declared. */
  readonly type: string
  readonly nullable: boolean
  /**
   * Present for a user-defined type (or a domain over one), whose casts may also be user-defined. `equality`: comparing
   * its values may also run user-defined code from outside an extension. Null or absent if the type is built in or
   * wasn't requested.
   */
  readonly userType?: 'plain' | 'equality' | null
  /** Default as SQL printed by the catalog; null if the column has none. */
  readonly serverDefault: string | null
  /** True if the column's type is an enum; absent if it isn't or wasn't requested. */
  readonly isEnum?: true
  /** True if PostgreSQL computes the value from other columns; absent if it doesn't or if not requested. */
  readonly generated?: true
  /**
   * What prevents SQLite from dropping the column: a key, its own UNIQUE, or a table-level UNIQUE. Absent if nothing
   * does or if not requested.
   */
  readonly blockedBy?: 'PRIMARY KEY' | 'UNIQUE' | 'table'
}

/** The role's privileges on a relation or type; superusers and members of the owning role count as owners. */
export interface ObjectAccess {
  readonly owned: boolean
  /** True if the role can reference the relation in a foreign key. */
  readonly references: boolean
}

/** An index, including those behind primary keys and unique constraints. */
export interface IndexSnapshot {
  readonly name: string
  readonly unique: boolean
  /** The index's CREATE statement, if the database stores it. */
  readonly definition: string | null
  /** Columns in order, with null for an expression; absent if not requested. */
  readonly columns?: readonly (string | null)[]
  /**
   * True for a PostgreSQL index that is INVALID, so no query uses it: `CREATE INDEX CONCURRENTLY` failed or is still
   * running. Absent if the index is valid.
   */
  readonly invalid?: true
}

/** A named constraint of a table. NOT NULL is a column property. */
export interface ConstraintSnapshot {
  readonly name: string
  readonly kind: 'primaryKey' | 'unique' | 'foreignKey' | 'check' | 'exclude' | 'other'
  /** Definition as PostgreSQL prints it after the name; null on SQLite. */
  readonly definition: string | null
  /** Columns of its own table that the constraint uses; absent if not requested. */
  readonly columns?: readonly string[]
}

/** An object that PostgreSQL won't silently drop along with the table, column or type it depends on. */
export interface Dependent {
  readonly kind: 'view' | 'foreign key' | 'column' | 'policy'
  /** Schema of the view, or of the object's table. */
  readonly schema: string
  readonly table: string
  readonly name: string
  /** Columns that the object depends on; null for the table as a whole. */
  readonly columns: readonly string[] | null
  /** The constraint whose index a foreign key requires. */
  readonly key: string | null
}

/** A table. */
export interface TableSnapshot {
  /** Schema of the table; null on SQLite. */
  readonly schema: string | null
  readonly name: string
  /** True if the unqualified name resolves to this table. */
  readonly visible: boolean
  readonly columns: readonly ColumnSnapshot[]
  readonly indexes: readonly IndexSnapshot[]
  readonly constraints: readonly ConstraintSnapshot[]
  /**
   * Number of dropped columns, which still count toward PostgreSQL's limit; absent if unknown. A dump doesn't preserve
   * it.
   */
  readonly droppedColumns?: number
  /** The role's privileges on the table; absent if not requested. */
  readonly access?: ObjectAccess
  /**
   * Present if the table takes part in inheritance or partitioning, so that its columns may change with another
   * table's.
   */
  readonly related?: boolean
  /** Locks held by other sessions; absent if not requested. */
  readonly locks?: readonly SessionLock[]
  /** Description in PostgreSQL messages: `table seats`, `table hall."Seats"`; absent if not requested. */
  readonly described?: string
  /**
   * SQLite: missing tables that its foreign keys reference, directly or through other tables, each with the table that
   * references it. Absent if there are none or if not requested.
   */
  readonly missingTargets?: readonly { readonly owner: string; readonly target: string }[]
  /** Views, foreign keys and policies that depend on the table; absent if not requested. */
  readonly dependents?: readonly Dependent[]
  /** The extension that the table belongs to; absent if it belongs to none or if not requested. */
  readonly extension?: string
}

/** A relation other than a table, whose name a table can't use either. */
export interface RelationSnapshot {
  readonly kind: 'index' | 'sequence' | 'view' | 'other'
  readonly schema: string | null
  readonly name: string
  /** The table of an index. */
  readonly table: string | null
  /** Columns of a view that isn't materialized; absent if not requested. */
  readonly columns?: readonly string[]
}

/** An extension that a pending migration installs. */
export interface ExtensionSnapshot {
  readonly name: string
  readonly installed: boolean
  /** True if the server has the extension's files. */
  readonly available: boolean
  /** True if only a superuser can install its default version, unless the extension is trusted. */
  readonly superuserOnly: boolean
  /** True if CREATE on the database is enough (PostgreSQL 13 and later). */
  readonly trusted: boolean
}

/** A PostgreSQL type other than an enum: a domain, a composite type. */
export interface TypeSnapshot {
  readonly schema: string
  readonly name: string
}

/** The role's privileges on a schema. */
export interface SchemaAccess {
  readonly name: string
  readonly usage: boolean
  readonly create: boolean
  readonly owned: boolean
}

/** A PostgreSQL enum type. */
export interface EnumSnapshot {
  readonly schema: string
  readonly name: string
  readonly visible: boolean
  readonly values: readonly string[]
  /** True if the role owns the type; absent if not requested. */
  readonly owned?: boolean
  /** Description in PostgreSQL messages, as for a table: `type mood`. */
  readonly described?: string
  /** Columns that use the type. */
  readonly dependents?: readonly Dependent[]
}

/** Everything that common migrations can change. */
export interface SchemaSnapshot {
  readonly dialect: DialectName
  /** Schema in which unqualified objects are created; null on SQLite. */
  readonly defaultSchema: string | null
  readonly schemas: readonly string[]
  readonly tables: readonly TableSnapshot[]
  readonly enums: readonly EnumSnapshot[]
  /** Names of all tables and schemas; absent unless requested along with a partial snapshot. */
  readonly listed?: {
    readonly tables: readonly { readonly schema: string | null; readonly name: string }[]
    readonly schemas: readonly string[]
  }
  /** Extensions; absent if not requested. */
  readonly extensions?: {
    readonly found: readonly ExtensionSnapshot[]
    /** False if a server module or the hosting provider may change the rules for who can install which extensions. */
    readonly plainRules: boolean
  }
  /** Other objects in the namespace of tables and types, and privileges; absent if not requested. */
  readonly surroundings?: {
    readonly relations: readonly RelationSnapshot[]
    readonly types: readonly TypeSnapshot[]
    readonly access: readonly SchemaAccess[]
    /** True if the role can create schemas. */
    readonly createSchemas: boolean
    /** True if there are user-defined casts between enums or built-in types; absent if unknown. */
    readonly ownCasts?: boolean
    /** True if the role is a superuser; absent if unknown. */
    readonly superuser?: boolean
    /** True if a SQLite schema has views or triggers: SQLite checks their SQL again when a table is altered. */
    readonly programs?: boolean
    /** The configured `search_path`, including missing schemas. */
    readonly pathSetting: readonly string[]
  }
}

/**
 * An object created by one transaction; a dropped column has no name. `table`: the owning table; null if standalone.
 */
export interface CreatedObject {
  readonly kind:
    'schema' | 'table' | 'column' | 'droppedColumn' | 'index' | 'constraint' | 'enum' | 'sequence' | 'view'
  readonly schema: string
  readonly name: string
  readonly table: string | null
}

/**
 * Counters kept by the database: writes of version rows (PostgreSQL) or schema changes (SQLite). `older`: tables that
 * are older than the version table.
 */
export interface WriteCounters {
  readonly kind: 'stampWrites' | 'schemaChanges'
  /** The version table, which no migration creates. */
  readonly versionTable: string
  readonly count: number
  readonly older: readonly { readonly schema: string | null; readonly name: string }[]
}

/** Objects created by the transactions that wrote the version rows. */
export type TransactionEvidence =
  | { readonly kind: 'unavailable'; readonly reason: string }
  | {
      readonly kind: 'available'
      readonly rows: readonly { readonly version: string; readonly made: readonly CreatedObject[] }[]
    }
