/** Why a statement fails: the object involved, and the problem with it. */
import type { Dependent } from '../schema/schema-snapshot.ts'

/** The object that a statement creates, changes or needs. */
export type FailedObject =
  | { readonly kind: 'database' }
  | {
      readonly kind: 'table' | 'view' | 'sequence' | 'schema' | 'type' | 'extension' | 'function'
      readonly name: string
    }
  /** `name` is null if the database generates it. */
  | { readonly kind: 'index'; readonly name: string | null }
  /** `table` is null for a new constraint, which messages identify by name alone. */
  | { readonly kind: 'constraint'; readonly name: string | null; readonly table: string | null }
  | { readonly kind: 'column'; readonly table: string; readonly name: string }
  /** A table's primary key, or any other constraint. */
  | { readonly kind: 'primaryKey' | 'anyConstraint'; readonly table: string }
  | { readonly kind: 'foreignKey'; readonly name: string; readonly table: string }
  /** Both ends of a foreign key, as `table.column`. */
  | { readonly kind: 'reference'; readonly from: string; readonly to: string }
  | { readonly kind: 'label'; readonly label: string; readonly type: string }

/** What makes a statement fail: an existing object, a missing object, or a limitation of the database. */
export type Obstacle =
  | {
      readonly kind: 'absent'
      readonly what: 'table' | 'view' | 'sequence' | 'schema' | 'type' | 'index' | 'extension' | 'function'
    }
  /** A type of an extension. `state` is null if unknown. `installed`: outside the search path. */
  | {
      readonly kind: 'absentExtensionType'
      readonly extension: string
      readonly state: 'installed' | 'available' | 'superuserOnly' | 'unavailable' | null
    }
  | { readonly kind: 'absentPart'; readonly what: 'column' | 'constraint'; readonly table: string }
  | { readonly kind: 'present' }
  /** `type` is null if unknown. */
  | { readonly kind: 'presentColumn'; readonly table: string; readonly type: string | null }
  | { readonly kind: 'presentConstraint'; readonly table: string }
  | { readonly kind: 'presentKey' }
  /** A label added in the same transaction. */
  | { readonly kind: 'newLabel'; readonly type: string }
  | { readonly kind: 'presentLabel'; readonly type: string }
  | { readonly kind: 'absentLabel'; readonly type: string }
  /** An existing type; `labels` is null if unknown or if the type isn't an enum. */
  | { readonly kind: 'presentType'; readonly labels: readonly string[] | null }
  /** A name that is already taken. If it belongs to an index, `table` is that index's table. */
  | {
      readonly kind: 'nameTaken'
      readonly by: 'table' | 'index' | 'sequence' | 'view' | 'other'
      readonly pending: boolean
      readonly schema: string | null
      readonly table: string | null
      /** An index left behind by an unfinished `CREATE INDEX CONCURRENTLY`. */
      readonly invalid?: true
    }
  /** Each table has a type with the same name, so tables and types can collide. */
  | { readonly kind: 'typeOfThatName' | 'tableOfThatName' }
  /** A temporary table left behind by a failed batch. */
  | { readonly kind: 'leftoverCopy' }
  | { readonly kind: 'rowsWithoutValue' | 'rowsWithNull' }
  | { readonly kind: 'equalRows'; readonly table: string; readonly columns: readonly (string | null)[] }
  | {
      readonly kind: 'orphanedRows'
      readonly table: string
      readonly columns: readonly string[]
      readonly target: string
    }
  /** All keys on these columns are DEFERRABLE. */
  | { readonly kind: 'deferrableKey'; readonly table: string; readonly columns: readonly string[] }
  /** No key covers exactly these columns. */
  | { readonly kind: 'noKey'; readonly table: string; readonly columns: readonly string[] }
  /** Columns whose types can't be compared. */
  | { readonly kind: 'types'; readonly sides: readonly (readonly [column: string, type: string])[] }
  /** A type change that has no automatic cast. */
  | { readonly kind: 'noCast'; readonly from: string; readonly to: string }
  /** A type change for which the default can't be cast automatically. `from` is the default's type. */
  | { readonly kind: 'noDefaultCast'; readonly from: string; readonly to: string }
  | { readonly kind: 'dependent'; readonly dependent: Pick<Dependent, 'kind' | 'name' | 'table'> }
  | { readonly kind: 'extensionMember'; readonly extension: string }
  /** A primary key column that becomes nullable. */
  | { readonly kind: 'inPrimaryKey' }
  /** SQL for a different database. PostgreSQL's parser rejects it at `word`. */
  | { readonly kind: 'otherSyntax'; readonly word: string }
  /** A statement that PostgreSQL doesn't allow in a transaction. */
  | { readonly kind: 'inTransaction'; readonly statement: string }
  /** A statement that PostgreSQL allows only in a transaction. */
  | { readonly kind: 'outsideTransaction'; readonly statement: string }
  | { readonly kind: 'notOwner' }
  | { readonly kind: 'noPrivilege'; readonly privilege: string }
  | { readonly kind: 'superuserOnly' }
  /** On SQLite, a foreign key on the table `owner` references a missing table. */
  | { readonly kind: 'missingTarget'; readonly owner: string; readonly target: string }
  /** An INSERT without a value for a NOT NULL column. */
  | { readonly kind: 'insertsNull' }
  /** A CHECK constraint that rejects an inserted row. */
  | { readonly kind: 'violatedCheck'; readonly constraint: string }
  /** Existing rows that violate a new CHECK constraint. */
  | { readonly kind: 'rowsViolate'; readonly table: string }
  /** Existing values that don't fit the column's new type. */
  | { readonly kind: 'rowsTooLarge'; readonly column: string; readonly type: string }
  /** An inserted value that isn't one of the enum's labels. */
  | { readonly kind: 'unknownLabel'; readonly label: string; readonly type: string }
  | { readonly kind: 'textTooLong'; readonly width: number }
  /** A column missing from a view's new definition; null if unknown. */
  | { readonly kind: 'viewColumnDropped'; readonly column: string | null }
  /** A view column that the new definition replaces with `to`. */
  | { readonly kind: 'viewColumnRenamed'; readonly column: string; readonly to: string }
  /** A write to a system catalog, which only superusers can make. */
  | { readonly kind: 'catalogWrite'; readonly privilege: string }
  /** The role can't use any schema in the search path, so it can't create objects with unqualified names. */
  | { readonly kind: 'noSchemaSelected' }
  | { readonly kind: 'onlyColumn' }
  | { readonly kind: 'heldByIndex'; readonly index: string }
  | { readonly kind: 'sqliteLimit'; readonly limit: SqliteLimit }

/** An operation that SQLite doesn't support, such as altering a constraint. */
export type SqliteLimit =
  | 'dropPrimaryKey'
  | 'dropUnique'
  | 'dropFromUnique'
  | 'addPrimaryKey'
  | 'addUnique'
  | 'addComputedDefault'
  | 'alterConstraint'
  | 'alterColumn'
