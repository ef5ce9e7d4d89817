/** What a statement that can't succeed is about, and what stands in its way. */
import type { Dependent } from '../schema/schema-snapshot.ts'

/** The object that a statement makes, changes or needs. */
export type FailedObject =
  | { readonly kind: 'database' }
  | { readonly kind: 'table' | 'view' | 'sequence' | 'schema' | 'type'; readonly name: string }
  /** `name` null: the database makes one up. */
  | { readonly kind: 'index'; readonly name: string | null }
  /** `table` null: it is made, and its name says enough. */
  | { readonly kind: 'constraint'; readonly name: string | null; readonly table: string | null }
  | { readonly kind: 'column'; readonly table: string; readonly name: string }
  /** A key, or just any constraint, of a table. */
  | { readonly kind: 'primaryKey' | 'anyConstraint'; readonly table: string }
  | { readonly kind: 'foreignKey'; readonly name: string; readonly table: string }
  /** Both sides of a foreign key, `table.column`. */
  | { readonly kind: 'reference'; readonly from: string; readonly to: string }
  | { readonly kind: 'label'; readonly label: string; readonly type: string }

/** What is there, what is not, or what the database can't do. */
export type Obstacle =
  | { readonly kind: 'absent'; readonly what: 'table' | 'view' | 'sequence' | 'schema' | 'type' | 'index' }
  | { readonly kind: 'absentPart'; readonly what: 'column' | 'constraint'; readonly table: string }
  | { readonly kind: 'present' }
  /** Of a column that is there already; null: its type is not known. */
  | { readonly kind: 'presentColumn'; readonly table: string; readonly type: string | null }
  | { readonly kind: 'presentConstraint'; readonly table: string }
  | { readonly kind: 'presentKey' }
  /** The same transaction has added the label. */
  | { readonly kind: 'newLabel'; readonly type: string }
  | { readonly kind: 'presentLabel'; readonly type: string }
  /** An enum type; null: its labels are not known. */
  | { readonly kind: 'presentType'; readonly labels: readonly string[] | null }
  /** A name that something else has. `table`: that of an index. */
  | {
      readonly kind: 'nameTaken'
      readonly by: 'table' | 'index' | 'sequence' | 'view' | 'other'
      readonly pending: boolean
      readonly schema: string | null
      readonly table: string | null
      /** An index that `CREATE INDEX CONCURRENTLY` left unfinished. */
      readonly invalid?: true
    }
  /** PostgreSQL makes a type for each table, so that their names collide. */
  | { readonly kind: 'typeOfThatName' | 'tableOfThatName' }
  /** The table that a batch copies to, left from a batch that failed. */
  | { readonly kind: 'leftoverCopy' }
  | { readonly kind: 'rowsWithoutValue' | 'rowsWithNull' }
  | { readonly kind: 'equalRows'; readonly table: string; readonly columns: readonly (string | null)[] }
  | {
      readonly kind: 'orphanedRows'
      readonly table: string
      readonly columns: readonly string[]
      readonly target: string
    }
  /** No key of the table holds these columns, which are referred to. */
  | { readonly kind: 'noKey'; readonly table: string; readonly columns: readonly string[] }
  /** Columns that are not compared with each other, and their types. */
  | { readonly kind: 'types'; readonly sides: readonly (readonly [column: string, type: string])[] }
  /** A change of type that PostgreSQL makes no cast for by itself. */
  | { readonly kind: 'noCast'; readonly from: string; readonly to: string }
  /** The same for the column's default, of type `from`. */
  | { readonly kind: 'noDefaultCast'; readonly from: string; readonly to: string }
  | { readonly kind: 'dependent'; readonly dependent: Pick<Dependent, 'kind' | 'name' | 'table'> }
  | { readonly kind: 'notOwner' }
  | { readonly kind: 'noPrivilege'; readonly privilege: string }
  /** Only a superuser writes to a system catalog, whatever is granted. */
  | { readonly kind: 'catalogWrite'; readonly privilege: string }
  /** No schema of the search path is there for the role, so that a name without a schema can't be made. */
  | { readonly kind: 'noSchemaSelected' }
  | { readonly kind: 'onlyColumn' }
  | { readonly kind: 'heldByIndex'; readonly index: string }
  | { readonly kind: 'sqliteLimit'; readonly limit: SqliteLimit }

/** What SQLite does not do: drop a column that is a key or in one, add one, or alter a column or a constraint. */
export type SqliteLimit =
  | 'dropPrimaryKey'
  | 'dropUnique'
  | 'dropFromUnique'
  | 'addPrimaryKey'
  | 'addUnique'
  | 'addComputedDefault'
  | 'alterConstraint'
  | 'alterColumn'
