/**
 * What a database holds, read from its catalog: tables with columns, indexes, constraints, and enum types. And,
 * from PostgreSQL, what the transaction that wrote a version row made. Data only; knows no SQL.
 */
import type { DialectName } from '../dialect/dialect.ts'
import type { SessionLock } from '../history/database-state.ts'

/** A column as the catalog has it. */
export interface ColumnSnapshot {
  readonly name: string
  /** `character varying(50)` as `format_type` prints it; on SQLite as declared. */
  readonly type: string
  readonly nullable: boolean
  /**
   * Set where the type (of a domain, the one below) isn't PostgreSQL's own, so that anybody may have made its casts:
   * `equality`, if also what compares its values, which no extension brought. Null or absent: it is, or nobody asked.
   */
  readonly userType?: 'plain' | 'equality' | null
  /** SQL, as the catalog prints it; null: none. */
  readonly serverDefault: string | null
  /** Its type is an enum. Absent: it isn't, or nobody asked. */
  readonly isEnum?: true
  /** What keeps SQLite from dropping it: a key, its own UNIQUE, or a UNIQUE of the table. Absent: nothing, or nobody asked. */
  readonly blockedBy?: 'PRIMARY KEY' | 'UNIQUE' | 'table'
}

/** What the role of the connection may do with a relation or a type; a superuser and a member of the owner own it too. */
export interface ObjectAccess {
  readonly owned: boolean
  /** May a foreign key refer to it? */
  readonly references: boolean
}

/** An index; those behind primary keys and unique constraints are listed too. */
export interface IndexSnapshot {
  readonly name: string
  readonly unique: boolean
  /** The statement that makes it, where the database keeps it. */
  readonly definition: string | null
  /** In order, null for an expression; absent where nobody asked. */
  readonly columns?: readonly (string | null)[]
  /** PostgreSQL: no query uses it, because `CREATE INDEX CONCURRENTLY` broke off, or is still at work. Absent: not so. */
  readonly invalid?: true
}

/** A named constraint of a table. NOT NULL is a property of columns. */
export interface ConstraintSnapshot {
  readonly name: string
  readonly kind: 'primaryKey' | 'unique' | 'foreignKey' | 'check' | 'exclude' | 'other'
  /** As PostgreSQL prints it after the name; null on SQLite. */
  readonly definition: string | null
  /** The columns of its own table that it looks at; absent where nobody asked. */
  readonly columns?: readonly string[]
}

/** Something else of the database that PostgreSQL does not leave behind when a table, a column or a type goes. */
export interface Dependent {
  readonly kind: 'view' | 'foreign key' | 'column'
  /** Of the view itself, else the table that it belongs to. */
  readonly schema: string
  readonly table: string
  readonly name: string
  /** The columns that it needs; null: the table as a whole. */
  readonly columns: readonly string[] | null
  /** The constraint of which a foreign key needs the index. */
  readonly key: string | null
}

/** A table. */
export interface TableSnapshot {
  /** Null on SQLite. */
  readonly schema: string | null
  readonly name: string
  /** The name alone leads here. */
  readonly visible: boolean
  readonly columns: readonly ColumnSnapshot[]
  readonly indexes: readonly IndexSnapshot[]
  readonly constraints: readonly ConstraintSnapshot[]
  /** Columns that the table once had, as PostgreSQL counts them; absent: not known. A dump does not carry them over. */
  readonly droppedColumns?: number
  /** Absent where nobody asked. */
  readonly access?: ObjectAccess
  /** It inherits, is inherited from or is a partition, so that its columns may change with those of another table. */
  readonly related?: boolean
  /** Locks that other sessions hold on it; absent where nobody asked. */
  readonly locks?: readonly SessionLock[]
  /** As the messages of PostgreSQL speak of it: `table seats`, `table hall."Seats"`; absent where nobody asked. */
  readonly described?: string
  /** Views and foreign keys of others that need it; absent where nobody asked. */
  readonly dependents?: readonly Dependent[]
}

/** A relation that is no table of its own: what else occupies a name. */
export interface RelationSnapshot {
  readonly kind: 'index' | 'sequence' | 'view' | 'other'
  readonly schema: string | null
  readonly name: string
  /** The table that an index belongs to. */
  readonly table: string | null
}

/** A type of PostgreSQL that is no enum: a domain, a composite type. */
export interface TypeSnapshot {
  readonly schema: string
  readonly name: string
}

/** What the role may do in a schema. */
export interface SchemaAccess {
  readonly name: string
  readonly usage: boolean
  readonly create: boolean
  readonly owned: boolean
}

/** An enum type of PostgreSQL. */
export interface EnumSnapshot {
  readonly schema: string
  readonly name: string
  readonly visible: boolean
  readonly values: readonly string[]
  /** Absent where nobody asked. */
  readonly owned?: boolean
  /** As for a table: `type mood`. */
  readonly described?: string
  /** The columns of that type. */
  readonly dependents?: readonly Dependent[]
}

/** Everything that migrations of the usual kinds can change. */
export interface SchemaSnapshot {
  readonly dialect: DialectName
  /** Where an object without a schema is made; null on SQLite. */
  readonly defaultSchema: string | null
  readonly schemas: readonly string[]
  readonly tables: readonly TableSnapshot[]
  readonly enums: readonly EnumSnapshot[]
  /** The names of all tables, and all schemas, where only some of them were asked for and these lists as well. */
  readonly listed?: {
    readonly tables: readonly { readonly schema: string | null; readonly name: string }[]
    readonly schemas: readonly string[]
  }
  /** What else has a name among tables and types, and what the role may do; absent where nobody asked. */
  readonly surroundings?: {
    readonly relations: readonly RelationSnapshot[]
    readonly types: readonly TypeSnapshot[]
    readonly access: readonly SchemaAccess[]
    /** May the role create schemas? */
    readonly createSchemas: boolean
    /** Somebody has added casts between enums or types that come with PostgreSQL; absent: not known. */
    readonly ownCasts?: boolean
    /** The role is a superuser; absent: not known. */
    readonly superuser?: boolean
    /** SQLite: there are views or triggers, whose texts it checks when a table changes. */
    readonly programs?: boolean
    /** `search_path` as it is set, also the schemas that do not exist. */
    readonly pathSetting: readonly string[]
  }
}

/** Something that one transaction made; of a dropped column no name is left. `table` names what it belongs to; null where it stands by itself. */
export interface CreatedObject {
  readonly kind:
    'schema' | 'table' | 'column' | 'droppedColumn' | 'index' | 'constraint' | 'enum' | 'sequence' | 'view'
  readonly schema: string
  readonly name: string
  readonly table: string | null
}

/**
 * What the database counts by itself: how often a version row was written (PostgreSQL), how often its schema changed
 * (SQLite). `older`: tables that were there before the version table.
 */
export interface WriteCounters {
  readonly kind: 'stampWrites' | 'schemaChanges'
  /** The version table, which no migration makes. */
  readonly versionTable: string
  readonly count: number
  readonly older: readonly { readonly schema: string | null; readonly name: string }[]
}

/** What the transactions made that wrote the version rows. */
export type TransactionEvidence =
  | { readonly kind: 'unavailable'; readonly reason: string }
  | {
      readonly kind: 'available'
      readonly rows: readonly { readonly version: string; readonly made: readonly CreatedObject[] }[]
    }
