/**
 * A database's schema, as read from its catalog. Optional fields are undefined if they don't apply or weren't
 * requested. Contains no SQL.
 */
import type { DialectName } from '../dialect/dialect-name.ts'
import type { SessionLock } from '../history/database-state.ts'

/** A column as listed in the catalog. */
export interface ColumnSnapshot {
  readonly name: string
  /** On PostgreSQL, as printed by `format_type`, such as `character varying(50)`. On SQLite, as declared. */
  readonly type: string
  readonly nullable: boolean
  /**
   * Set if the type is user-defined, or a domain over such a type. `equality`: comparing values may run user-defined
   * code that belongs to no extension.
   */
  readonly userType?: 'plain' | 'equality' | null
  /** Default value as SQL; null if the column has none. */
  readonly serverDefault: string | null
  readonly isEnum?: true
  /** True if the database computes the value from other columns. */
  readonly generated?: true
  /** Set for an IDENTITY column. `always`: statements can't assign a value to it. */
  readonly identity?: 'always' | 'by default'
  /**
   * What stops SQLite from dropping the column. `UNIQUE` is a constraint on the column itself; `table` is a UNIQUE
   * constraint on the table. `unsure`: a CHECK constraint or a generated column may use the column.
   */
  readonly blockedBy?: 'PRIMARY KEY' | 'UNIQUE' | 'table' | 'unsure'
}

/** The role's privileges on a relation or type. Superusers and members of the owning role count as owners. */
export interface ObjectAccess {
  readonly owned: boolean
  /** True if the role may reference the relation in a foreign key. */
  readonly references: boolean
}

/** An index, including one that implements a primary key or UNIQUE constraint. */
export interface IndexSnapshot {
  readonly name: string
  readonly unique: boolean
  /** The CREATE statement; null if it wasn't read or doesn't exist. */
  readonly definition: string | null
  /** Columns of the index, in order. An entry is null for an expression. */
  readonly columns?: readonly (string | null)[]
  /** All columns that the index uses, including those in its expressions and condition. */
  readonly uses?: readonly string[]
  /** True for an index with a WHERE clause. */
  readonly partial?: true
  /** True for an INVALID index. Its `CREATE INDEX CONCURRENTLY` failed or is still running. */
  readonly invalid?: true
}

/** A named constraint, except NOT NULL, which is a property of the column. */
export interface ConstraintSnapshot {
  readonly name: string
  readonly kind: 'primaryKey' | 'unique' | 'foreignKey' | 'check' | 'exclude' | 'other'
  /** The definition as PostgreSQL prints it, without the name; null if it wasn't read, as on SQLite. */
  readonly definition: string | null
  /** The table columns used by the constraint. */
  readonly columns?: readonly string[]
  /** The table referenced by a foreign key. */
  readonly target?: { readonly schema: string; readonly name: string }
  readonly deferrable?: true
  /** True if the constraint comes from a parent table, and can only change there. */
  readonly inherited?: true
}

/** An object, such as a view, that keeps PostgreSQL from dropping a table, column or type without CASCADE. */
export interface Dependent {
  readonly kind: 'view' | 'foreign key' | 'column' | 'policy'
  /** Schema of the view, or of the object's table. */
  readonly schema: string
  readonly table: string
  readonly name: string
  /** Columns that the object depends on; null if it depends on the whole table. */
  readonly columns: readonly string[] | null
  /** For a foreign key, the primary key or UNIQUE constraint that it references. */
  readonly key: string | null
}

/** A table. */
export interface TableSnapshot {
  /** Null on SQLite. */
  readonly schema: string | null
  readonly name: string
  /** True if the unqualified name resolves to this table. */
  readonly visible: boolean
  readonly columns: readonly ColumnSnapshot[]
  readonly indexes: readonly IndexSnapshot[]
  readonly constraints: readonly ConstraintSnapshot[]
  /**
   * Number of dropped columns, which still count toward PostgreSQL's column limit. A dump doesn't preserve this
   * number.
   */
  readonly droppedColumns?: number
  /** The role's privileges on the table. */
  readonly access?: ObjectAccess
  /**
   * True if the table takes part in inheritance or partitioning, or has a composite type's columns. Changing another
   * object may then change its columns.
   */
  readonly related?: boolean
  /** Locks held on the table by other sessions. */
  readonly locks?: readonly SessionLock[]
  /** How PostgreSQL's messages describe the table, such as `table hall."Seats"`. */
  readonly described?: string
  /**
   * On SQLite, missing tables referenced by foreign keys, directly or indirectly. `owner` has the foreign key to
   * `target`.
   */
  readonly missingTargets?: readonly { readonly owner: string; readonly target: string }[]
  /** On SQLite, tables that the table's own foreign keys reference. */
  readonly targets?: readonly string[]
  /** Views, foreign keys and policies that depend on the table. */
  readonly dependents?: readonly Dependent[]
  /**
   * Columns used by triggers, rules, functions, publications and the like. An entry is null if the object uses the
   * whole table or its row type.
   */
  readonly usedElsewhere?: readonly (string | null)[]
  /** The extension that the table belongs to. */
  readonly extension?: string
  /** On SQLite, true if the table has generated columns or (probably) CHECK constraints, which may use any column. */
  readonly hasExpressions?: true
  /** True if the table has rules or user-defined triggers, or on SQLite (probably) ON CONFLICT clauses. */
  readonly runsCode?: true
}

/** A relation other than a table. No table in its schema can have the same name. */
export interface RelationSnapshot {
  readonly kind: 'index' | 'sequence' | 'view' | 'other'
  readonly schema: string | null
  readonly name: string
  /** The table that an index belongs to; null for other relations. */
  readonly table: string | null
  /** Columns of a view, unless it's materialized. */
  readonly columns?: readonly string[]
}

/** An extension that a pending migration installs. */
export interface ExtensionSnapshot {
  readonly name: string
  readonly installed: boolean
  /** True if the server has the extension's files. */
  readonly available: boolean
  /** True if installing the default version requires a superuser. Has no effect if `trusted` is also true. */
  readonly superuserOnly: boolean
  /** True if the CREATE privilege on the database is enough to install the extension (PostgreSQL 13 and later). */
  readonly trusted: boolean
}

/** Shows whether new functions could conflict with existing ones. */
export interface RoutineSnapshot {
  /** The requested names that are already used by functions in any schema. */
  readonly taken: readonly string[]
  /** True if user-defined functions or operators exist outside extensions. */
  readonly own: boolean
  readonly plpgsql: boolean
  /** True if the role may create SQL functions. */
  readonly sql: boolean
}

/** A function in any schema, including built-in functions. */
export interface FunctionSnapshot {
  readonly schema: string
  readonly name: string
  /** Parameter types, as the catalog prints them. */
  readonly parameters: readonly string[]
  readonly result: string
  /** True for an ordinary function that returns one value and has no optional or variadic parameters. */
  readonly plain: boolean
  readonly immutable: boolean
  /** True if the role may call the function. */
  readonly executable: boolean
  /** The extension that the function belongs to; null if none. */
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

/** A PostgreSQL type other than an enum or composite type, such as a domain. */
export interface TypeSnapshot {
  readonly schema: string
  readonly name: string
  /**
   * `domain`: may reject NULL and other values of its base type. `array`: created automatically with another type, and
   * renamed if something takes its name.
   */
  readonly kind?: 'domain' | 'array'
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
  /** True if the role owns the type. */
  readonly owned?: boolean
  /** How PostgreSQL's messages describe the type, such as `type mood`. */
  readonly described?: string
  /** Columns whose type is this one or an array of it. */
  readonly dependents?: readonly Dependent[]
  /** True if other objects also use the type, such as functions, domains or views. */
  readonly usedElsewhere?: true
}

/** An object that a snapshot lists only by name: a relation other than a table, its index, or a type. */
export interface OtherObject {
  readonly kind: 'relation' | 'index' | 'type'
  readonly schema: string
  readonly name: string
  /** True if the unqualified name resolves to this object. */
  readonly visible: boolean
}

/** Everything in a schema that migrations commonly change. */
export interface SchemaSnapshot {
  readonly dialect: DialectName
  /** Schema for new objects with unqualified names; null on SQLite, or if there is none. */
  readonly defaultSchema: string | null
  readonly schemas: readonly string[]
  readonly tables: readonly TableSnapshot[]
  readonly enums: readonly EnumSnapshot[]
  /** All views, foreign tables, sequences, their indexes, and types other than enums. Undefined in partial snapshots. */
  readonly others?: readonly OtherObject[]
  /** Names of all tables and schemas, for partial snapshots. */
  readonly listed?: {
    readonly tables: readonly { readonly schema: string | null; readonly name: string }[]
    readonly schemas: readonly string[]
    /** Names of all relations, types and constraints. */
    readonly names?: readonly string[]
  }
  /** The extensions installed by pending migrations. */
  readonly extensions?: {
    readonly found: readonly ExtensionSnapshot[]
    /** False if the hosting provider or a server module may change who can install extensions. */
    readonly plainRules: boolean
  }
  /** Whether each requested role exists. Undefined if the current role can't use PL/pgSQL. */
  readonly roles?: readonly (readonly [name: string, exists: boolean])[]
  /** Facts about the database's functions. */
  readonly routines?: RoutineSnapshot
  /** All functions with the requested names. */
  readonly functions?: readonly (readonly [name: string, found: readonly FunctionSnapshot[]])[]
  /** Extended statistics with the requested names. */
  readonly statistics?: readonly StatisticsSnapshot[]
  /** Objects that share a namespace with tables or types, and the role's privileges on schemas. */
  readonly surroundings?: {
    readonly relations: readonly RelationSnapshot[]
    readonly types: readonly TypeSnapshot[]
    readonly access: readonly SchemaAccess[]
    /**
     * Constraints with the requested names, on any table or domain. PostgreSQL avoids taken names when it generates
     * one.
     */
    readonly constraintNames?: readonly { readonly schema: string; readonly name: string }[]
    /** True if the role may create schemas. */
    readonly createSchemas: boolean
    /** True if user-defined casts between built-in or enum types exist; undefined if unknown. */
    readonly ownCasts?: boolean
    /** True if the role is a superuser; undefined if unknown. */
    readonly superuser?: boolean
    /** True if a SQLite database has views or triggers. SQLite checks their SQL on every ALTER TABLE. */
    readonly programs?: boolean
    /** The configured `search_path`, including missing schemas. */
    readonly pathSetting: readonly string[]
  }
}

/**
 * An object created by a transaction. `table` is null if the object doesn't belong to a table. `name` is empty for a
 * dropped column.
 */
export interface CreatedObject {
  readonly kind:
    'schema' | 'table' | 'column' | 'droppedColumn' | 'index' | 'constraint' | 'enum' | 'sequence' | 'view'
  readonly schema: string
  readonly name: string
  readonly table: string | null
}

/**
 * Counts writes to the version table (PostgreSQL) or schema changes (SQLite). `older` lists the tables created before
 * the version table.
 */
export interface WriteCounters {
  readonly kind: 'stampWrites' | 'schemaChanges'
  /** The version table's name. No migration creates this table. */
  readonly versionTable: string
  readonly count: number
  readonly older: readonly { readonly schema: string | null; readonly name: string }[]
}

/** For each version row, the objects created in the same transaction. */
export type TransactionEvidence =
  | { readonly kind: 'unavailable'; readonly reason: string }
  | {
      readonly kind: 'available'
      readonly rows: readonly { readonly version: string; readonly made: readonly CreatedObject[] }[]
    }
