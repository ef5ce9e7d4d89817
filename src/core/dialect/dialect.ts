/** Differences between the supported databases. Other code checks a `Dialect`'s capabilities, never its name. */
import type { DialectName } from './dialect-name.ts'

/** A column's type as each database spells it; null if unknown. */
export interface TypeSpellings {
  /** As printed by `format_type`, such as `character varying(50)` or `integer[]`. */
  readonly postgres: string | null
  /** The declared type, such as `VARCHAR(50)` or `DATETIME`. */
  readonly sqlite: string | null
}

/** An error as SQLAlchemy reports it. `type` is the DBAPI's exception class. */
export interface DatabaseError {
  readonly type: string
  readonly message: string
}

/** Capabilities and error messages of one kind of database. */
export interface Dialect {
  readonly name: DialectName
  /** Product name, such as `PostgreSQL`. */
  readonly product: string
  /** The server's major version; null if unknown or irrelevant to locks. */
  readonly majorOf: (server: string) => number | null

  /** True if the database is a single file. */
  readonly isFile: boolean
  /** True if a rollback also undoes DDL (`transactional_ddl` in alembic/ddl). */
  readonly transactionalDdl: boolean
  /** True if rows and catalog entries record the transaction that wrote them (`xmin`). */
  readonly recordsTransactions: boolean
  /** SQL for changing version rows. `lock` blocks readers and writers; null if `begin` already does. */
  readonly writeTransaction: { readonly begin: string; readonly lock: ((table: string) => string) | null }

  /** Null if the database doesn't support schemas. */
  readonly schemas: {
    /** Default schema of a new database. */
    readonly initial: string
    /** Whether a schema is built in. Snapshots omit built-in schemas. */
    readonly isSystem: (schema: string) => boolean
  } | null
  /** Maximum length of a name, in bytes. Longer names are truncated. Null if there's no practical limit. */
  readonly maxIdentifierBytes: number | null
  /** Lowercase names that refer to the row id, unless the table has a column with that name. */
  readonly rowNumbers: readonly string[]
  /** Columns that every table has but that catalog queries don't list. */
  readonly systemColumns: ReadonlySet<string>
  /** Normalizes a name, so that names the database considers equal become identical. */
  readonly foldName: (name: string) => string
  readonly quoteIdentifier: (name: string) => string
  /** Quotes a string constant so that it doesn't depend on server settings. */
  readonly quoteText: (text: string) => string

  /** Returns this database's spelling of a type. */
  readonly typeOf: (type: TypeSpellings) => string | null
  /**
   * The type's family. A foreign key can't connect columns of different families. Null if unknown or compatible with
   * every type.
   */
  readonly familyOfType: (type: string) => string | null
  /**
   * The kind of value the type holds, such as `number`; null if unknown. Differences between drivers or versions,
   * and common manual changes (`integer` to `bigint`), don't change the kind.
   */
  readonly valueKindOf: (type: string) => string | null
  /** Whether `=` compares values of this type as foreign keys do: case-sensitively and without padding. */
  readonly comparesLikeKeys: (type: string) => boolean
  /** True if the database enforces VARCHAR lengths and pads CHAR values. */
  readonly enforcesWidth: boolean
  /** True if enums are named types, whose names collide with table names. */
  readonly namedEnums: boolean

  /**
   * True if ALTER TABLE supports every change. If false, Alembic's batch mode copies the table without its CHECK
   * constraints (`requires_recreate_in_batch` in alembic/ddl/sqlite.py).
   */
  readonly altersInPlace: boolean
  /** True if new constraints are checked right away; false if they are checked at the next write. */
  readonly verifiesConstraints: boolean
  /** True if NOT VALID constraints are supported. */
  readonly validatesLater: boolean
  /** True if views, triggers and comments must refer to existing objects. */
  readonly verifiesReferences: boolean
  /** True if PRIMARY KEY, UNIQUE and EXCLUDE constraints create an index with the same name. */
  readonly createsIndexForUnique: boolean
  /** True if CREATE INDEX checks the index name before the columns. */
  readonly checksIndexNameFirst: boolean

  readonly errors: DatabaseErrors
}

/** The kind of statement that refers to a missing table. It determines the error message. */
export type TableUse = 'alter' | 'drop' | 'index' | 'reference'

/** The kind of statement that refers to a missing column. It determines the error message. */
export type ColumnUse = 'select' | 'insert' | 'update' | 'alter' | 'rename' | 'index' | 'key' | 'foreign key'

/**
 * Error messages, verified against real servers. A message is undefined if it is unknown or if the database accepts
 * the statement; no failure is predicted in that case. Only names passed as `given` include the schema.
 */
export interface DatabaseErrors {
  readonly readOnly: (statement: 'INSERT' | 'CREATE TABLE') => DatabaseError
  /** Error if the search path contains no schema that the role can use. */
  readonly noSchemaSelected?: () => DatabaseError
  /** Error for a statement after an ignored failure in the same transaction. */
  readonly abortedTransaction?: () => DatabaseError
  readonly syntax: (near: string) => DatabaseError
  readonly missingTable: (given: string, name: string, use: TableUse) => DatabaseError
  readonly missingColumn: (table: string, column: string, use: ColumnUse) => DatabaseError
  readonly missingIndex: (index: string, statement: 'drop' | 'rename') => DatabaseError
  /** Error for dropping a missing object. `object` is the SQL keyword for its kind. */
  readonly missingOther?: (object: string, name: string) => DatabaseError
  readonly missingSchema?: (schema: string) => DatabaseError
  readonly missingType?: (given: string) => DatabaseError
  /** `types`: the types of the call's arguments. */
  readonly missingFunction?: (name: string, types: readonly string[]) => DatabaseError
  readonly missingConstraint?: (
    table: string,
    constraint: string,
    statement: 'drop' | 'rename',
  ) => DatabaseError
  /** Error for a name that is already taken. `kind` is the kind of object that has the name. */
  readonly nameTaken: (name: string, wanted: 'table' | 'index', kind: string) => DatabaseError
  /** Error for renaming an object to a name that is already taken; undefined if `nameTaken` applies instead. */
  readonly renameTaken?: (name: string) => DatabaseError
  readonly typeTaken?: (name: string) => DatabaseError
  readonly duplicateColumn: (table: string, column: string) => DatabaseError
  readonly duplicateConstraint?: (table: string, constraint: string) => DatabaseError
  readonly duplicateLabel?: (label: string) => DatabaseError
  readonly missingLabel?: (label: string) => DatabaseError
  readonly duplicateSchema?: (schema: string) => DatabaseError
  readonly secondPrimaryKey?: (table: string) => DatabaseError
  /** Error for changing a column's type without USING if no cast exists. */
  readonly uncastColumn?: (column: string, type: string) => DatabaseError
  /** Error for changing the type of a column that a view uses. */
  readonly viewedColumn?: () => DatabaseError
  /** Error for changing the type of a column used by a policy. */
  readonly policyColumn?: () => DatabaseError
  /** Error for making a primary key column nullable. */
  readonly keyColumn?: (column: string) => DatabaseError
  /** Error for a statement that can't run in a transaction. */
  readonly insideTransaction?: (statement: string) => DatabaseError
  /** Error for a statement that can run only in a transaction. */
  readonly outsideTransaction?: (statement: string) => DatabaseError
  /** Error for using an enum label in the transaction that adds it. */
  readonly newLabel?: (label: string, type: string) => DatabaseError
  /** Error for changing a column's type if the column's default can't be cast. */
  readonly uncastDefault?: (column: string, type: string) => DatabaseError
  /** Error for NULLs in a column that is or becomes NOT NULL. */
  readonly nullsInColumn: (table: string, column: string) => DatabaseError
  /** Error for inserting NULL into a NOT NULL column. */
  readonly insertedNull: (table: string, column: string) => DatabaseError
  /** Error for duplicate values. Column names include the table, such as `users.email`. */
  readonly duplicateRows: (index: string | null, columns: readonly string[]) => DatabaseError
  readonly orphanedRows?: (table: string, key: string) => DatabaseError
  /** Error for a foreign key to columns without a unique constraint. */
  readonly unkeyedTarget?: (table: string) => DatabaseError
  /** Error for a foreign key to columns that have only DEFERRABLE keys. */
  readonly deferrableTarget?: (table: string) => DatabaseError
  readonly incompatibleTypes?: (key: string) => DatabaseError
  /** Error for dropping an object that other objects depend on. `described` is its description in the catalog. */
  readonly stillNeeded?: (described: string) => DatabaseError
  readonly extensionMember?: (described: string, extension: string) => DatabaseError
  readonly notOwner?: (kind: string, name: string) => DatabaseError
  readonly violatedCheck?: (table: string, constraint: string) => DatabaseError
  readonly violatedByRows?: (table: string, constraint: string) => DatabaseError
  /** Error for a value that isn't a label of the enum type. */
  readonly unknownLabel?: (type: string, label: string) => DatabaseError
  /** Errors from `CREATE EXTENSION`. */
  readonly extensionDenied?: (name: string) => DatabaseError
  readonly missingExtension?: (name: string) => DatabaseError
  readonly duplicateExtension?: (name: string) => DatabaseError
  /** Errors from `CREATE OR REPLACE VIEW`. */
  readonly viewColumnDropped?: () => DatabaseError
  readonly viewColumnRenamed?: (column: string, to: string) => DatabaseError
  /** Error for a missing privilege. `object` includes the object's kind, as in `schema app`. */
  readonly permissionDenied?: (object: string) => DatabaseError
  /** Error for a write to a view that isn't updatable. */
  readonly readOnlyView?: (name: string) => DatabaseError
  /** Error for a value whose type doesn't match the column's type. */
  readonly mismatchedValue?: (column: string, type: string, given: string) => DatabaseError
  /** Error for comparing two types that have no common `=` operator. */
  readonly mismatchedOperands?: (left: string, right: string) => DatabaseError
  /** Error for a string that is too long for its column. `type` excludes the length limit. */
  readonly textTooLong?: (type: string, width: number) => DatabaseError
  /** Error for a number that is too large for its column. `type` excludes precision and scale. */
  readonly outOfRange?: (type: string) => DatabaseError
  /** SQLAlchemy's error for a name that is too long. */
  readonly overlongName?: (name: string) => DatabaseError
  /** Error for a missing value in a NOT NULL column; null if the database may fill it in. */
  readonly nullValue: (
    table: string,
    column: { name: string; type: string },
    server: string,
  ) => DatabaseError | null
}
