/**
 * What differs between the databases: each is one value of this type, and the rest of the code asks for a capability
 * and never for a name. Pure facts; imports nothing of core but how SQL is quoted.
 */

/** SQLAlchemy's names; the reports and the URLs use them, too. */
export type DialectName = 'postgresql' | 'sqlite'

/** A column's type as each database spells it; null: not known. */
export interface TypeSpellings {
  /** As `format_type` prints it: `character varying(50)`, `timestamp with time zone`, `integer[]`. */
  readonly postgres: string | null
  /** As the column is declared on SQLite: `VARCHAR(50)`, `DATETIME`. */
  readonly sqlite: string | null
}

/** An error as SQLAlchemy passes it on. `type` is the class name of the DBAPI, e.g. `ProgrammingError`. */
export interface DatabaseError {
  readonly type: string
  readonly message: string
}

/** One database. */
export interface Dialect {
  readonly name: DialectName
  /** For people: `PostgreSQL`. */
  readonly product: string
  /** The major release behind a server's version, where what locks and what doesn't depends on it; null: it doesn't. */
  readonly majorOf: (server: string) => number | null

  /** A database is a file, which can be compared as a whole. */
  readonly isFile: boolean
  /** DDL is rolled back with its transaction; else each statement commits (`transactional_ddl` of alembic/ddl). */
  readonly transactionalDdl: boolean
  /** Rows and catalog entries name the transaction that wrote them (`xmin`). */
  readonly recordsTransactions: boolean
  /** How one transaction changes version rows; `lock` keeps readers out, too. Null: `begin` does. */
  readonly writeTransaction: { readonly begin: string; readonly lock: ((table: string) => string) | null }

  /** Null: names have no schema. */
  readonly schemas: {
    /** Where a new database makes what has no schema. */
    readonly initial: string
    /** The server's own, which no snapshot lists. */
    readonly isSystem: (schema: string) => boolean
  } | null
  /** Longer names are cut off; null: no limit that anybody reaches. */
  readonly maxIdentifierBytes: number | null
  /** Names of a row's number, which every table has unless a column takes the name; lower case. */
  readonly rowNumbers: readonly string[]
  /** Columns that every table has, and that no catalog query lists. */
  readonly systemColumns: ReadonlySet<string>
  /** Two names that the database takes for the same, as SQLAlchemy quotes them, have the same form here. */
  readonly foldName: (name: string) => string
  readonly quoteIdentifier: (name: string) => string
  /** A string constant that means the same whatever the server's settings are. */
  readonly quoteText: (text: string) => string

  /** Its own spelling of a type. */
  readonly typeOf: (type: TypeSpellings) => string | null
  /** A foreign key between types of two families is always refused; null: not known, or keys of any types are taken. */
  readonly familyOfType: (type: string) => string | null
  /** Within a family, `=` of a query compares as the foreign key does: not with padding, not regardless of case. */
  readonly comparesLikeKeys: (type: string) => boolean
  /** The length of VARCHAR is a limit, and CHAR is padded. */
  readonly enforcesWidth: boolean
  /** Enums are types with a name (`CREATE TYPE … AS ENUM`), which a table of the same name collides with. */
  readonly namedEnums: boolean

  /**
   * ALTER TABLE does everything. Else it only adds, drops and renames columns and tables, and Alembic does the rest in
   * a batch, which copies the table without its checks (`requires_recreate_in_batch` of alembic/ddl/sqlite.py).
   */
  readonly altersInPlace: boolean
  /** A constraint's name, columns, target and rows are checked when it's declared, not when rows are written. */
  readonly verifiesConstraints: boolean
  /** What a view, a trigger or a comment names must be there when it's made. */
  readonly verifiesReferences: boolean
  /** Behind PRIMARY KEY, UNIQUE and EXCLUDE stands an index with the constraint's name. */
  readonly createsIndexForUnique: boolean
  /** CREATE INDEX refuses a name that is taken before it looks at the columns. */
  readonly checksIndexNameFirst: boolean

  readonly errors: DatabaseErrors
}

/** How a missing table is spoken of. */
export type TableUse = 'alter' | 'drop' | 'index' | 'reference'

/** How a missing column is spoken of. */
export type ColumnUse = 'select' | 'insert' | 'update' | 'alter' | 'rename' | 'index' | 'key' | 'foreign key'

/**
 * The words in which a statement is refused, measured on servers. Absent: the database doesn't refuse it, or its words
 * aren't known, and then nothing is predicted. Names are as the statement gives them, with a schema only in `given`.
 */
export interface DatabaseErrors {
  readonly readOnly: (statement: 'INSERT' | 'CREATE TABLE') => DatabaseError
  /** No schema of the search path is there for the role. */
  readonly noSchemaSelected?: () => DatabaseError
  /** What any statement says after an error that was passed over. */
  readonly abortedTransaction?: () => DatabaseError
  readonly syntax: (near: string) => DatabaseError
  readonly missingTable: (given: string, name: string, use: TableUse) => DatabaseError
  readonly missingColumn: (table: string, column: string, use: ColumnUse) => DatabaseError
  readonly missingIndex: (index: string, statement: 'drop' | 'rename') => DatabaseError
  /** A view, a sequence or the like, by the words of SQL for it, that is dropped. */
  readonly missingOther?: (object: string, name: string) => DatabaseError
  readonly missingSchema?: (schema: string) => DatabaseError
  readonly missingType?: (given: string) => DatabaseError
  readonly missingConstraint?: (
    table: string,
    constraint: string,
    statement: 'drop' | 'rename',
  ) => DatabaseError
  /** `kind` has the name already. */
  readonly nameTaken: (name: string, wanted: 'table' | 'index', kind: string) => DatabaseError
  /** Where RENAME has words of its own for a name that is taken. */
  readonly renameTaken?: (name: string) => DatabaseError
  readonly typeTaken?: (name: string) => DatabaseError
  readonly duplicateColumn: (table: string, column: string) => DatabaseError
  readonly duplicateConstraint?: (table: string, constraint: string) => DatabaseError
  readonly duplicateLabel?: (label: string) => DatabaseError
  readonly duplicateSchema?: (schema: string) => DatabaseError
  readonly secondPrimaryKey?: (table: string) => DatabaseError
  /** A change of type without USING, where there is no cast. */
  readonly uncastColumn?: (column: string, type: string) => DatabaseError
  /** A label of an enum is used before the transaction that added it is committed. */
  readonly newLabel?: (label: string, type: string) => DatabaseError
  /** The same of a column's default. */
  readonly uncastDefault?: (column: string, type: string) => DatabaseError
  /** The column becomes NOT NULL, or comes as such without a default, and the table has rows. */
  readonly nullsInColumn: (table: string, column: string) => DatabaseError
  /** `columns` with their table: `users.email`. */
  readonly duplicateRows: (index: string | null, columns: readonly string[]) => DatabaseError
  readonly orphanedRows?: (table: string, key: string) => DatabaseError
  /** A foreign key refers to columns that no key holds. */
  readonly unkeyedTarget?: (table: string) => DatabaseError
  readonly incompatibleTypes?: (key: string) => DatabaseError
  /** `described` as the catalog speaks of it. */
  readonly stillNeeded?: (described: string) => DatabaseError
  readonly notOwner?: (kind: string, name: string) => DatabaseError
  /** `object` with its kind: `schema app`. */
  readonly permissionDenied?: (object: string) => DatabaseError
  /** The view is in the place of a table that is written to. */
  readonly readOnlyView?: (name: string) => DatabaseError
  /** `type` without its width. */
  readonly textTooLong?: (type: string, width: number) => DatabaseError
  /** A row without a value for the column; null: the database may fill it in. */
  readonly nullValue: (
    table: string,
    column: { name: string; type: string },
    server: string,
  ) => DatabaseError | null
}
