/**
 * Describes how the supported databases differ, with one `Dialect` for each. Other code checks a dialect's
 * capabilities, never its name. Imports nothing from core except SQL quoting.
 */
import type { DialectName } from './dialect-name.ts'

/** A column's type as spelled by each kind of database; null if unknown. */
export interface TypeSpellings {
  /** Type name as printed by `format_type`: `character varying(50)`, `timestamp with time zone`, `integer[]`. */
  readonly postgres: string | null
  /** Declared type of the column on SQLite: `VARCHAR(50)`, `DATETIME`. */
  readonly sqlite: string | null
}

/** An error as SQLAlchemy reports it. `type` is the DBAPI's exception class, such as `ProgrammingError`. */
export interface DatabaseError {
  readonly type: string
  readonly message: string
}

/** Capabilities and error messages of one kind of database. */
export interface Dialect {
  readonly name: DialectName
  /** Product name for display, such as `PostgreSQL`. */
  readonly product: string
  /** Returns the server's major version; null if the version is unknown or doesn't affect locks. */
  readonly majorOf: (server: string) => number | null

  /** True if the database is a single file, which can be compared as a whole. */
  readonly isFile: boolean
  /** True if a rollback also undoes DDL. False if every DDL statement commits (`transactional_ddl` in alembic/ddl). */
  readonly transactionalDdl: boolean
  /** True if rows and catalog entries record which transaction wrote them (`xmin`). */
  readonly recordsTransactions: boolean
  /**
   * SQL for a transaction that changes version rows. `lock` keeps other sessions from reading or writing the table;
   * null if `begin` already does.
   */
  readonly writeTransaction: { readonly begin: string; readonly lock: ((table: string) => string) | null }

  /** How this kind of database handles schemas; null if it doesn't support schemas. */
  readonly schemas: {
    /** Default schema in a new database. */
    readonly initial: string
    /** Returns whether a schema is built in. Snapshots omit built-in schemas. */
    readonly isSystem: (schema: string) => boolean
  } | null
  /** Maximum length of a name in bytes. The database truncates longer names. Null if there is no practical limit. */
  readonly maxIdentifierBytes: number | null
  /** Lowercase names for the row id. Each name works in any table that has no column of that name. */
  readonly rowNumbers: readonly string[]
  /** Names of the system columns. Every table has them, but catalog queries don't list them. */
  readonly systemColumns: ReadonlySet<string>
  /**
   * Normalizes a name for comparison. Two names have the same result if the database treats them as equal when
   * SQLAlchemy quotes them.
   */
  readonly foldName: (name: string) => string
  readonly quoteIdentifier: (name: string) => string
  /** Quotes a string constant in a way that doesn't depend on server settings. */
  readonly quoteText: (text: string) => string

  /** Returns this database's own spelling of a type. */
  readonly typeOf: (type: TypeSpellings) => string | null
  /**
   * Returns the family of a type. The database rejects foreign keys between different families. Returns null if the
   * family is unknown or compatible with all others.
   */
  readonly familyOfType: (type: string) => string | null
  /**
   * Returns the kind of values in a column of this type, such as `number` or `text`; null if unknown. Drivers, server
   * versions and common manual changes (`integer` to `bigint`, `json` to `jsonb`) never change the kind.
   */
  readonly valueKindOf: (type: string) => string | null
  /**
   * Returns whether `=` compares values of this type the way foreign key checks do: case-sensitively and without
   * padding.
   */
  readonly comparesLikeKeys: (type: string) => boolean
  /** True if the database enforces the length of VARCHAR and pads CHAR values. */
  readonly enforcesWidth: boolean
  /** True if enums are named types (`CREATE TYPE … AS ENUM`), whose names collide with table names. */
  readonly namedEnums: boolean

  /**
   * True if ALTER TABLE supports every change. If false, it can only rename tables, and add, drop and rename columns.
   * Anything else requires Alembic's batch mode, which copies the table without its CHECK constraints
   * (`requires_recreate_in_batch` in alembic/ddl/sqlite.py).
   */
  readonly altersInPlace: boolean
  /**
   * True if the database checks a new constraint's name, columns, target and existing rows right away. False if it
   * checks nothing until the next write.
   */
  readonly verifiesConstraints: boolean
  /** True if a constraint can be added as NOT VALID and validated later. */
  readonly validatesLater: boolean
  /** True if views, triggers and comments can be created only when the objects they refer to exist. */
  readonly verifiesReferences: boolean
  /** True if PRIMARY KEY, UNIQUE and EXCLUDE constraints create an index of the same name. */
  readonly createsIndexForUnique: boolean
  /** True if CREATE INDEX checks for a duplicate index name before it checks the columns. */
  readonly checksIndexNameFirst: boolean

  readonly errors: DatabaseErrors
}

/** The kind of statement that refers to a missing table. It determines the error message. */
export type TableUse = 'alter' | 'drop' | 'index' | 'reference'

/** The kind of statement that refers to a missing column. It determines the error message. */
export type ColumnUse = 'select' | 'insert' | 'update' | 'alter' | 'rename' | 'index' | 'key' | 'foreign key'

/**
 * Error messages, verified on real servers. Undefined if the database accepts the statement or its message is unknown;
 * in both cases, no failure is predicted. Parameters contain names as spelled in the statement. Only `given` includes
 * the schema.
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
  /** Error for dropping a missing view, sequence or similar object. `object` is the SQL keyword for its kind. */
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
  /**
   * Error for renaming an object to a name that is already taken; undefined if this error is the same as `nameTaken`.
   */
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
  /** Error for changing the type of a column that a policy uses. */
  readonly policyColumn?: () => DatabaseError
  /** Error for making a primary key column nullable. */
  readonly keyColumn?: (column: string) => DatabaseError
  /**
   * Error for a statement that can't run in a transaction. `statement` holds its SQL keywords, such as `CREATE INDEX
   * CONCURRENTLY`.
   */
  readonly insideTransaction?: (statement: string) => DatabaseError
  /** Error for using an enum label before the transaction that added it is committed. */
  readonly newLabel?: (label: string, type: string) => DatabaseError
  /** Error for changing a column's type if the column's default can't be cast. */
  readonly uncastDefault?: (column: string, type: string) => DatabaseError
  /**
   * Error for setting NOT NULL on a column that contains NULL, or for adding a NOT NULL column without a default to a
   * table that has rows.
   */
  readonly nullsInColumn: (table: string, column: string) => DatabaseError
  /** Error for rows with duplicate values. Each column includes its table's name, as in `users.email`. */
  readonly duplicateRows: (index: string | null, columns: readonly string[]) => DatabaseError
  readonly orphanedRows?: (table: string, key: string) => DatabaseError
  /** Error for a foreign key that references columns without a unique constraint or primary key. */
  readonly unkeyedTarget?: (table: string) => DatabaseError
  /** Error for a foreign key that references columns whose only keys are DEFERRABLE. */
  readonly deferrableTarget?: (table: string) => DatabaseError
  readonly incompatibleTypes?: (key: string) => DatabaseError
  /**
   * Error for dropping an object that other objects depend on. `described` is the catalog's description of the object
   * to drop.
   */
  readonly stillNeeded?: (described: string) => DatabaseError
  readonly extensionMember?: (described: string, extension: string) => DatabaseError
  readonly notOwner?: (kind: string, name: string) => DatabaseError
  /** Error for a row that violates a CHECK constraint. */
  readonly violatedCheck?: (table: string, constraint: string) => DatabaseError
  readonly violatedByRows?: (table: string, constraint: string) => DatabaseError
  /** Error for a value that isn't a label of the enum type. */
  readonly unknownLabel?: (type: string, label: string) => DatabaseError
  /**
   * Errors from `CREATE EXTENSION`: the role isn't allowed to install the extension, the extension isn't available, or
   * it is already installed.
   */
  readonly extensionDenied?: (name: string) => DatabaseError
  readonly missingExtension?: (name: string) => DatabaseError
  readonly duplicateExtension?: (name: string) => DatabaseError
  /** Errors from `CREATE OR REPLACE VIEW`: the new view has fewer columns, or a column has a different name. */
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
  /** Error for a string that is too long for its column. `type` doesn't include the length limit. */
  readonly textTooLong?: (type: string, width: number) => DatabaseError
  /** Error for a row that has no value for a NOT NULL column; null if the database may fill in a value. */
  readonly nullValue: (
    table: string,
    column: { name: string; type: string },
    server: string,
  ) => DatabaseError | null
}
