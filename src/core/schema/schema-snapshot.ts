/**
 * A database's schema as read from its catalog: tables (with columns, indexes and constraints) and enum types. On
 * PostgreSQL, also the objects created by the transactions that wrote the version rows. Contains no SQL.
 */
import type { DialectName } from '../dialect/dialect-name.ts'
import type { SessionLock } from '../history/database-state.ts'

/** A column as listed in the catalog. */
export interface ColumnSnapshot {
  readonly name: string
  /**
   * The column's type. PostgreSQL: as printed by `format_type`, such as `character varying(50)`. SQLite: as declared.
   */
  readonly type: string
  readonly nullable: boolean
  /**
   * Set if the column's type is user-defined, or a domain based on such a type. `equality`: comparing values may run
   * user-defined code that isn't part of an extension. Null or undefined if the type is built in, or if not requested.
   */
  readonly userType?: 'plain' | 'equality' | null
  /** Default value as SQL, as printed by the catalog; null if the column has none. */
  readonly serverDefault: string | null
  /** True if the column's type is an enum; undefined if it isn't, or if this information wasn't requested. */
  readonly isEnum?: true
  /** True if PostgreSQL computes the value from other columns; undefined if it doesn't, or if this wasn't requested. */
  readonly generated?: true
  /**
   * What stops SQLite from dropping the column. `UNIQUE`: a UNIQUE constraint on the column. `table`: a UNIQUE
   * constraint on the table. Undefined if nothing does, or if not requested.
   */
  readonly blockedBy?: 'PRIMARY KEY' | 'UNIQUE' | 'table'
}

/** The role's privileges on a relation or type. Superusers and members of the owning role count as owners. */
export interface ObjectAccess {
  readonly owned: boolean
  /** True if the role may reference the relation in a foreign key. */
  readonly references: boolean
}

/** An index. Indexes that implement primary keys and UNIQUE constraints are included. */
export interface IndexSnapshot {
  readonly name: string
  readonly unique: boolean
  /** The CREATE statement of the index; null if the statement wasn't read, or if the database stores none. */
  readonly definition: string | null
  /** Columns of the index, in order; undefined if not requested. An entry is null for an expression. */
  readonly columns?: readonly (string | null)[]
  /** True for an index with a WHERE clause; undefined for any other, or if not requested. */
  readonly partial?: true
  /**
   * True for an INVALID PostgreSQL index, which no query uses: its `CREATE INDEX CONCURRENTLY` failed or is still
   * running. Undefined if the index is valid.
   */
  readonly invalid?: true
}

/** A named constraint of a table. NOT NULL isn't included; it is a property of the column. */
export interface ConstraintSnapshot {
  readonly name: string
  readonly kind: 'primaryKey' | 'unique' | 'foreignKey' | 'check' | 'exclude' | 'other'
  /**
   * Definition of the constraint as PostgreSQL prints it, without the name; null if the definition wasn't read, as on
   * SQLite.
   */
  readonly definition: string | null
  /** The table's columns that the constraint uses; undefined if not requested. */
  readonly columns?: readonly string[]
  /** The table that a foreign key references; undefined for any other constraint, or if not requested. */
  readonly target?: { readonly schema: string; readonly name: string }
  /** True if the constraint is DEFERRABLE; undefined if it isn't, or if not requested. */
  readonly deferrable?: true
}

/** An object, such as a view, that keeps PostgreSQL from dropping a table, column or type without CASCADE. */
export interface Dependent {
  readonly kind: 'view' | 'foreign key' | 'column' | 'policy'
  /** Schema of the view, or of the table that the object belongs to. */
  readonly schema: string
  readonly table: string
  readonly name: string
  /** Columns that the object depends on; null if it depends on the table as a whole. */
  readonly columns: readonly string[] | null
  /**
   * For a foreign key, the referenced primary key or UNIQUE constraint. The foreign key requires that constraint's
   * index.
   */
  readonly key: string | null
}

/** A table. */
export interface TableSnapshot {
  /** Schema that contains the table; null on SQLite. */
  readonly schema: string | null
  readonly name: string
  /** True if the unqualified table name resolves to this table. */
  readonly visible: boolean
  readonly columns: readonly ColumnSnapshot[]
  readonly indexes: readonly IndexSnapshot[]
  readonly constraints: readonly ConstraintSnapshot[]
  /**
   * Number of dropped columns, which still count toward PostgreSQL's column limit; undefined if unknown. A dump doesn't
   * preserve this number.
   */
  readonly droppedColumns?: number
  /** The role's privileges on the table; undefined if not requested. */
  readonly access?: ObjectAccess
  /**
   * True if the table takes part in inheritance or partitioning. If so, changing another table may change this table's
   * columns.
   */
  readonly related?: boolean
  /** Locks that other sessions hold on the table; undefined if not requested. */
  readonly locks?: readonly SessionLock[]
  /**
   * The table's description in PostgreSQL's messages, such as `table seats` or `table hall."Seats"`; undefined if not
   * requested.
   */
  readonly described?: string
  /**
   * On SQLite, missing tables that the table's foreign keys reference, directly or indirectly. `owner` has the foreign
   * key to `target`. Undefined if there are none, or if not requested.
   */
  readonly missingTargets?: readonly { readonly owner: string; readonly target: string }[]
  /** Views, foreign keys and policies that depend on the table; undefined if not requested. */
  readonly dependents?: readonly Dependent[]
  /** The extension that the table belongs to; undefined if there is none, or if not requested. */
  readonly extension?: string
}

/** A relation that isn't a table. Tables in the same schema can't have its name. */
export interface RelationSnapshot {
  readonly kind: 'index' | 'sequence' | 'view' | 'other'
  readonly schema: string | null
  readonly name: string
  /** The table that an index belongs to; null for other relations. */
  readonly table: string | null
  /** Columns of a view; undefined for a materialized view, or if the columns weren't requested. */
  readonly columns?: readonly string[]
}

/** An extension that a pending migration installs. */
export interface ExtensionSnapshot {
  readonly name: string
  readonly installed: boolean
  /** True if the extension's files are installed on the server. */
  readonly available: boolean
  /**
   * True if the extension's default version normally requires a superuser to install it. If `trusted` is also true,
   * other roles may install it too.
   */
  readonly superuserOnly: boolean
  /** True if any role with CREATE on the database may install the extension (PostgreSQL 13 and later). */
  readonly trusted: boolean
}

/** Facts that show whether new functions could conflict with existing ones. */
export interface RoutineSnapshot {
  /** The requested names that already belong to a function in some schema. */
  readonly taken: readonly string[]
  /** True if the database contains user-defined functions or operators that belong to no extension. */
  readonly own: boolean
  /** True if the role may create functions in PL/pgSQL. */
  readonly plpgsql: boolean
  /** True if the role may create functions in SQL. */
  readonly sql: boolean
}

/** A function in any schema, including built-in functions. */
export interface FunctionSnapshot {
  readonly schema: string
  readonly name: string
  /** The parameters' types, as the catalog prints them. */
  readonly parameters: readonly string[]
  readonly result: string
  /** True for an ordinary function without optional or variadic parameters that returns one value. */
  readonly plain: boolean
  readonly immutable: boolean
  /** True if the role may call the function. */
  readonly executable: boolean
  /** The extension that the function belongs to; null if there is none. */
  readonly extension: string | null
}

/** Extended statistics (`CREATE STATISTICS`). */
export interface StatisticsSnapshot {
  readonly schema: string
  readonly name: string
  readonly owned: boolean
  /** The table that the statistics describe. */
  readonly table: { readonly schema: string; readonly name: string }
}

/** A PostgreSQL type, such as a domain or a range type. Enums and composite types aren't included. */
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
  /** True if the role owns the type; undefined if not requested. */
  readonly owned?: boolean
  /** The type as PostgreSQL's messages describe it, such as `type mood`. */
  readonly described?: string
  /** Columns that use this type, including arrays of it. */
  readonly dependents?: readonly Dependent[]
}

/** Everything in a schema that migrations commonly change. */
export interface SchemaSnapshot {
  readonly dialect: DialectName
  /** Schema for new objects with unqualified names; null on SQLite, or if there is none. */
  readonly defaultSchema: string | null
  readonly schemas: readonly string[]
  readonly tables: readonly TableSnapshot[]
  readonly enums: readonly EnumSnapshot[]
  /** Names of all tables and schemas. Only set in a partial snapshot, and only if these names were requested. */
  readonly listed?: {
    readonly tables: readonly { readonly schema: string | null; readonly name: string }[]
    readonly schemas: readonly string[]
    /** Names of all relations, types and constraints; undefined if they weren't requested. */
    readonly names?: readonly string[]
  }
  /** The extensions that pending migrations install; undefined if not requested. */
  readonly extensions?: {
    readonly found: readonly ExtensionSnapshot[]
    /** False if a server module or the hosting provider may change who can install extensions. */
    readonly plainRules: boolean
  }
  /** The requested roles, and whether each exists. Undefined if not requested, or if the role can't use PL/pgSQL. */
  readonly roles?: readonly (readonly [name: string, exists: boolean])[]
  /** Facts about the database's functions; undefined if not requested. */
  readonly routines?: RoutineSnapshot
  /** The requested names of called functions, with all functions of each name; undefined if not requested. */
  readonly functions?: readonly (readonly [name: string, found: readonly FunctionSnapshot[]])[]
  /** Extended statistics with one of the requested names; undefined if not requested. */
  readonly statistics?: readonly StatisticsSnapshot[]
  /**
   * Objects that share a namespace with tables or types, and the role's privileges on schemas. Undefined if not
   * requested.
   */
  readonly surroundings?: {
    readonly relations: readonly RelationSnapshot[]
    readonly types: readonly TypeSnapshot[]
    readonly access: readonly SchemaAccess[]
    /**
     * Constraints with one of the requested names, on any table or domain. When PostgreSQL generates a constraint name,
     * it avoids names that are taken in the schema. Undefined if not requested.
     */
    readonly constraintNames?: readonly { readonly schema: string; readonly name: string }[]
    /** True if the role may create schemas. */
    readonly createSchemas: boolean
    /** True if there are user-defined casts between built-in or enum types; undefined if unknown. */
    readonly ownCasts?: boolean
    /** True if the role is a superuser; undefined if unknown. */
    readonly superuser?: boolean
    /** True if a SQLite database has views or triggers. SQLite checks their SQL whenever a table is altered. */
    readonly programs?: boolean
    /** The configured `search_path`, including schemas that don't exist. */
    readonly pathSetting: readonly string[]
  }
}

/**
 * An object created by a transaction. `table` is the table that the object belongs to; null if it belongs to none.
 * `name` is empty for a dropped column.
 */
export interface CreatedObject {
  readonly kind:
    'schema' | 'table' | 'column' | 'droppedColumn' | 'index' | 'constraint' | 'enum' | 'sequence' | 'view'
  readonly schema: string
  readonly name: string
  readonly table: string | null
}

/**
 * Counters kept by the database: writes to the version table (PostgreSQL) or schema changes (SQLite). `older` lists the
 * tables that were created before the version table.
 */
export interface WriteCounters {
  readonly kind: 'stampWrites' | 'schemaChanges'
  /** Name of the version table, which no migration creates. */
  readonly versionTable: string
  readonly count: number
  readonly older: readonly { readonly schema: string | null; readonly name: string }[]
}

/** For each version row, the objects created by the transaction that wrote the row. */
export type TransactionEvidence =
  | { readonly kind: 'unavailable'; readonly reason: string }
  | {
      readonly kind: 'available'
      readonly rows: readonly { readonly version: string; readonly made: readonly CreatedObject[] }[]
    }
