/**
 * Differences between databases. Each database is one value of this type; other code checks capabilities, never names.
 * Contains only facts; imports nothing from core except SQL quoting.
 */

/** SQLAlchemy's names, also used in reports and URLs. */
export type DialectName = 'postgresql' | 'sqlite'

/** A column's type as each database spells it; null if unknown. */
export interface TypeSpellings {
  /** As `format_type` prints it: `character varying(50)`, `timestamp with time zone`, `integer[]`. */
  readonly postgres: string | null
  /** The column's declared type on SQLite: `VARCHAR(50)`, `DATETIME`. */
  readonly sqlite: string | null
}

/** An error as SQLAlchemy reports it. `type` is the DBAPI class name, e.g. `ProgrammingError`. */
export interface DatabaseError {
  readonly type: string
  readonly message: string
}

/** Capabilities and error messages of one database. */
export interface Dialect {
  readonly name: DialectName
  /** Display name: `PostgreSQL`. */
  readonly product: string
  /** Returns the major version of a server if locking depends on it; null if it doesn't. */
  readonly majorOf: (server: string) => number | null

  /** True if a database is a single file, which can be compared as a whole. */
  readonly isFile: boolean
  /**
   * True if DDL is rolled back with its transaction; otherwise each statement commits (`transactional_ddl` in
   * alembic/ddl).
   */
  readonly transactionalDdl: boolean
  /** True if rows and catalog entries record the transaction that wrote them (`xmin`). */
  readonly recordsTransactions: boolean
  /**
   * Statements for a transaction that changes version rows; `lock` also blocks readers. `lock` is null if `begin`
   * already does.
   */
  readonly writeTransaction: { readonly begin: string; readonly lock: ((table: string) => string) | null }

  /** Schemas of the database; null if it has none. */
  readonly schemas: {
    /** Default schema of a new database. */
    readonly initial: string
    /** Returns whether a schema is built in; snapshots omit built-in schemas. */
    readonly isSystem: (schema: string) => boolean
  } | null
  /** Maximum length of a name in bytes; the database truncates longer names. Null if there is no practical limit. */
  readonly maxIdentifierBytes: number | null
  /** Names of the row id in lower case. Every table has them, unless one of its columns has the same name. */
  readonly rowNumbers: readonly string[]
  /** Columns that every table has but catalog queries don't list. */
  readonly systemColumns: ReadonlySet<string>
  /**
   * Normalizes a name: the result is equal for names that the database treats as equal once SQLAlchemy has quoted them.
   */
  readonly foldName: (name: string) => string
  readonly quoteIdentifier: (name: string) => string
  /** Quotes a string constant independently of server settings. */
  readonly quoteText: (text: string) => string

  /** The database's own spelling of a type. */
  readonly typeOf: (type: TypeSpellings) => string | null
  /**
   * Returns the type family; null if unknown, or if columns of this type can reference any type. A foreign key between
   * two different families is always rejected.
   */
  readonly familyOfType: (type: string) => string | null
  /**
   * Returns the kind of values that a column of this type stores: `number`, `text`; null if unknown. Drivers, server
   * versions and common manual changes (`integer` to `bigint`, `json` to `jsonb`) never change the kind.
   */
  readonly valueKindOf: (type: string) => string | null
  /**
   * Returns whether `=` in a query compares values of this type the way a foreign key within the family does: without
   * padding, and case-sensitively.
   */
  readonly comparesLikeKeys: (type: string) => boolean
  /** True if VARCHAR lengths are enforced and CHAR is padded. */
  readonly enforcesWidth: boolean
  /** True if enums are named types (`CREATE TYPE … AS ENUM`), whose names collide with table names. */
  readonly namedEnums: boolean

  /**
   * True if ALTER TABLE supports every change. Otherwise it only adds, drops and renames columns and tables. All other
   * changes require an Alembic batch, which copies the table without its CHECK constraints
   * (`requires_recreate_in_batch` in alembic/ddl/sqlite.py).
   */
  readonly altersInPlace: boolean
  /** True if a constraint's name, columns, target and rows are checked when it is declared, not at the next write. */
  readonly verifiesConstraints: boolean
  /** True if a constraint can be added NOT VALID and validated later. */
  readonly validatesLater: boolean
  /** True if views, triggers and comments can be created only if the objects they refer to exist. */
  readonly verifiesReferences: boolean
  /** True if PRIMARY KEY, UNIQUE and EXCLUDE create an index with the constraint's name. */
  readonly createsIndexForUnique: boolean
  /** True if CREATE INDEX checks for a duplicate name before it checks the columns. */
  readonly checksIndexNameFirst: boolean

  readonly errors: DatabaseErrors
}

/** Kind of statement, which determines the error for a missing table. */
export type TableUse = 'alter' | 'drop' | 'index' | 'reference'

/** Kind of statement, which determines the error for a missing column. */
export type ColumnUse = 'select' | 'insert' | 'update' | 'alter' | 'rename' | 'index' | 'key' | 'foreign key'

/**
 * Error messages verified on real servers. An error is absent if the database doesn't reject the statement or if the
 * message is unknown; no failure is then predicted. Names are as given in the statement; only `given` includes a
 * schema.
 */
export interface DatabaseErrors {
  readonly readOnly: (statement: 'INSERT' | 'CREATE TABLE') => DatabaseError
  /** The search path contains no schema that the role can use. */
  readonly noSchemaSelected?: () => DatabaseError
  /** The error for any statement that follows an ignored error in the same transaction. */
  readonly abortedTransaction?: () => DatabaseError
  readonly syntax: (near: string) => DatabaseError
  readonly missingTable: (given: string, name: string, use: TableUse) => DatabaseError
  readonly missingColumn: (table: string, column: string, use: ColumnUse) => DatabaseError
  readonly missingIndex: (index: string, statement: 'drop' | 'rename') => DatabaseError
  /** Dropping a missing view, sequence or similar object; `object` is its SQL keyword. */
  readonly missingOther?: (object: string, name: string) => DatabaseError
  readonly missingSchema?: (schema: string) => DatabaseError
  readonly missingType?: (given: string) => DatabaseError
  readonly missingConstraint?: (
    table: string,
    constraint: string,
    statement: 'drop' | 'rename',
  ) => DatabaseError
  /** `kind` is the kind of object that already has the name. */
  readonly nameTaken: (name: string, wanted: 'table' | 'index', kind: string) => DatabaseError
  /** The error of RENAME for a name that is taken, if it differs from `nameTaken`. */
  readonly renameTaken?: (name: string) => DatabaseError
  readonly typeTaken?: (name: string) => DatabaseError
  readonly duplicateColumn: (table: string, column: string) => DatabaseError
  readonly duplicateConstraint?: (table: string, constraint: string) => DatabaseError
  readonly duplicateLabel?: (label: string) => DatabaseError
  readonly missingLabel?: (label: string) => DatabaseError
  readonly duplicateSchema?: (schema: string) => DatabaseError
  readonly secondPrimaryKey?: (table: string) => DatabaseError
  /** A type change without USING and without a cast. */
  readonly uncastColumn?: (column: string, type: string) => DatabaseError
  /** A type change of a column that a view uses. */
  readonly viewedColumn?: () => DatabaseError
  /** A type change of a column that a policy uses. */
  readonly policyColumn?: () => DatabaseError
  /** A column of the primary key that is set to nullable. */
  readonly keyColumn?: (column: string) => DatabaseError
  /** A statement that doesn't run in a transaction; `statement` is its SQL keywords. */
  readonly insideTransaction?: (statement: string) => DatabaseError
  /** Use of an enum label before the transaction that added it is committed. */
  readonly newLabel?: (label: string, type: string) => DatabaseError
  /** A type change without a cast for the column's default. */
  readonly uncastDefault?: (column: string, type: string) => DatabaseError
  /**
   * A NULL in a column that is set to NOT NULL, or rows in a table to which a NOT NULL column without a default is
   * added.
   */
  readonly nullsInColumn: (table: string, column: string) => DatabaseError
  /** `columns` include their table: `users.email`. */
  readonly duplicateRows: (index: string | null, columns: readonly string[]) => DatabaseError
  readonly orphanedRows?: (table: string, key: string) => DatabaseError
  /** A foreign key that references columns without a key. */
  readonly unkeyedTarget?: (table: string) => DatabaseError
  readonly incompatibleTypes?: (key: string) => DatabaseError
  /** `described` is the catalog's description of the object. */
  readonly stillNeeded?: (described: string) => DatabaseError
  readonly extensionMember?: (described: string, extension: string) => DatabaseError
  readonly notOwner?: (kind: string, name: string) => DatabaseError
  /** An inserted or existing row that a CHECK rejects. */
  readonly violatedCheck?: (table: string, constraint: string) => DatabaseError
  readonly violatedByRows?: (table: string, constraint: string) => DatabaseError
  /** A value that isn't a label of the enum type. */
  readonly unknownLabel?: (type: string, label: string) => DatabaseError
  /**
   * `CREATE EXTENSION` for an extension that the role isn't allowed to install, that is missing, or that is already
   * installed.
   */
  readonly extensionDenied?: (name: string) => DatabaseError
  readonly missingExtension?: (name: string) => DatabaseError
  readonly duplicateExtension?: (name: string) => DatabaseError
  /** `CREATE OR REPLACE VIEW` with fewer columns, or with a different name for a column. */
  readonly viewColumnDropped?: () => DatabaseError
  readonly viewColumnRenamed?: (column: string, to: string) => DatabaseError
  /** `object` includes its kind: `schema app`. */
  readonly permissionDenied?: (object: string) => DatabaseError
  /** A write to a view that isn't updatable. */
  readonly readOnlyView?: (name: string) => DatabaseError
  /** `type` doesn't include the width. */
  readonly textTooLong?: (type: string, width: number) => DatabaseError
  /** A row without a value for the column; null if the database may fill it in. */
  readonly nullValue: (
    table: string,
    column: { name: string; type: string },
    server: string,
  ) => DatabaseError | null
}
