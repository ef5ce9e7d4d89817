/**
 * What a database holds, read from its catalog: tables with columns, indexes, constraints, and enum types. And,
 * from PostgreSQL, what the transaction that wrote a version row made. Data only; knows no SQL.
 */

/** A column as the catalog has it. */
export interface ColumnSnapshot {
  readonly name: string
  /** `character varying(50)` as `format_type` prints it; on SQLite as declared. */
  readonly type: string
  readonly nullable: boolean
  /** SQL, as the catalog prints it; null: none. */
  readonly serverDefault: string | null
}

/** An index; those behind primary keys and unique constraints are listed too. */
export interface IndexSnapshot {
  readonly name: string
  readonly unique: boolean
  /** The statement that makes it, where the database keeps it. */
  readonly definition: string | null
}

/** A named constraint of a table. NOT NULL is a property of columns. */
export interface ConstraintSnapshot {
  readonly name: string
  readonly kind: 'primaryKey' | 'unique' | 'foreignKey' | 'check' | 'exclude' | 'other'
  /** As PostgreSQL prints it after the name; null on SQLite. */
  readonly definition: string | null
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
}

/** An enum type of PostgreSQL. */
export interface EnumSnapshot {
  readonly schema: string
  readonly name: string
  readonly visible: boolean
  readonly values: readonly string[]
}

/** Everything that migrations of the usual kinds can change. */
export interface SchemaSnapshot {
  readonly dialect: 'postgresql' | 'sqlite'
  /** Where an object without a schema is made; null on SQLite. */
  readonly defaultSchema: string | null
  readonly schemas: readonly string[]
  readonly tables: readonly TableSnapshot[]
  readonly enums: readonly EnumSnapshot[]
}

/** Something that one transaction made; of a dropped column no name is left. `table` names what it belongs to; null where it stands by itself. */
export interface MadeObject {
  readonly kind:
    'schema' | 'table' | 'column' | 'droppedColumn' | 'index' | 'constraint' | 'enum' | 'sequence' | 'view'
  readonly schema: string
  readonly name: string
  readonly table: string | null
}

/** What the transactions made that wrote the version rows. */
export type TransactionEvidence =
  | { readonly kind: 'unavailable'; readonly reason: string }
  | {
      readonly kind: 'available'
      readonly rows: readonly { readonly version: string; readonly made: readonly MadeObject[] }[]
    }
