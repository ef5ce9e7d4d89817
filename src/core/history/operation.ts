/**
 * What a migration does to a database, as far as its text says it: one value for each step, in order. Knows
 * nothing of Python, SQL or the database at hand; says what is not known instead of guessing.
 *
 * Names are spelled as PostgreSQL stores them: exact where `op.*` is called, folded to lower case where raw SQL
 * leaves them unquoted. SQLite compares names without regard to case, and so must whoever compares them there.
 */
import type { Dialect, TypeSpellings } from '../dialect/dialect.ts'
import type { LiveCatalog, ObjectName } from './live-catalog.ts'
import type { PythonError, Span } from './migration-module.ts'

export type { ObjectName } from './live-catalog.ts'

/** A relation that a statement names, and columns of it. */
export interface NeededRelation extends ObjectName {
  /** Absent: none. */
  readonly columns?: readonly string[]
}

/** The operations of both directions of one file. */
export interface MigrationOperations {
  readonly upgrade: Operations
  readonly downgrade: Operations
}

/** What one function does, or why nothing at all can be said of it (then it may do anything). */
export type Operations =
  | {
      readonly kind: 'operations'
      readonly operations: readonly Operation[]
      /** It may commit on the way, so that Alembic's transaction ends within it. Absent: it doesn't. */
      readonly mayCommit?: true
      /** Absent: the function asks the database nothing about its schema. */
      readonly inquiry?: Inquiry
    }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly span: Span }

/** A function that asks the database about its schema. Until the answers are known, what depends on them is opaque. */
export interface Inquiry {
  /** Names that it asks for, as far as they are known without answers. */
  readonly names: readonly ObjectName[]
  /** It asks for the names of all tables, or of all schemas. */
  readonly lists: boolean
  /** Operations that it may do, depending on the answers. */
  readonly possible: readonly Operation[]
  /** Follows it again, with answers. */
  answered(catalogAfter: CatalogAfter): Operations
}

/** The schema after the operations of the migration so far; null: it isn't known. */
export type CatalogAfter = (operations: readonly Operation[]) => LiveCatalog | null

/** One step. Every kind that names a `schema`-less object means the connection's default schema. */
export type Operation =
  | CreateTable
  | DropTable
  | RenameTable
  | AddColumn
  | DropColumn
  | AlterColumn
  | CreateIndex
  | DropIndex
  | RenameIndex
  | AddConstraint
  | DropConstraint
  | RenameConstraint
  | CreateEnum
  | DropEnum
  | RenameEnum
  | AddEnumValue
  | CreateSchema
  | DropSchema
  | DataStep
  | Unrelated
  | Raise
  | Opaque

/** A column type in the spelling of the databases themselves, so that it can be compared with their catalogs. */
export interface ColumnType extends TypeSpellings {
  /** As the migration writes it, one line, shortened. */
  readonly source: string
  /** The named enum type of PostgreSQL that it is; `postgres` is then null. */
  readonly enum: ObjectName | null
}

/** `present` with text null: there is one, only running would tell which. */
export type ServerDefault =
  | { readonly kind: 'none' }
  /** `text` is SQL (`now()`, `'abc'`), as it would be written after DEFAULT. */
  | { readonly kind: 'present'; readonly text: string | null }
  | { readonly kind: 'unknown' }

export interface Column {
  readonly name: string
  readonly type: ColumnType
  /** null: not known */
  readonly nullable: boolean | null
  readonly serverDefault: ServerDefault
  /** The database numbers it by itself (`IDENTITY`), so that it never lacks a value; absent: no. */
  readonly identity?: true
  /** The database computes it from other columns; `unknown`: stored or not, as the server does by default. Absent: no. */
  readonly generated?: 'stored' | 'virtual' | 'unknown'
  /** Part of the primary key; the table's constraints hold the key itself. */
  readonly primaryKey: boolean
}

/** A name as the migration gives it. */
export interface WrittenName {
  /** null: none is given; the database or the project's naming convention chooses. */
  readonly name: string | null
  /** False when a naming convention of the project may still turn it into another (no `op.f`); true when it stands. */
  readonly exact: boolean
}

/** A primary key, or a UNIQUE. */
export interface Key extends WrittenName {
  readonly kind: 'primaryKey' | 'unique'
  readonly columns: readonly string[]
  /**
   * What tells two keys over the same columns apart on PostgreSQL (`INCLUDE`, `DEFERRABLE`, `NULLS NOT DISTINCT`), in one
   * spelling. Absent: nothing; null: not known.
   */
  readonly options?: string | null
}

/** Constraints of a table; `columns` are its own, in order. */
export type Constraint =
  | Key
  | (WrittenName & {
      readonly kind: 'foreignKey'
      readonly columns: readonly string[]
      readonly target: ObjectName
      /** Empty: the target's primary key. */
      readonly targetColumns: readonly string[]
      /** PostgreSQL: rows that are there are not looked at yet. */
      readonly notValid?: true
    })
  /** `text` is the condition as written; null when only running would tell. SQLite and PostgreSQL reword it. */
  | (WrittenName & { readonly kind: 'check'; readonly text: string | null; readonly notValid?: true })
  | (WrittenName & { readonly kind: 'exclude' })

/** What an index is, apart from its table. `columns` holds null for an expression. */
export interface Index extends WrittenName {
  readonly columns: readonly (string | null)[]
  readonly unique: boolean
  readonly concurrently: boolean
  /** It holds only the rows that fit a condition; absent: all. */
  readonly partial?: true
}

interface Step {
  readonly span: Span
  /**
   * An exception of it is passed over. In a transaction of PostgreSQL it fails all the same: whatever comes next is
   * refused, the version row at the latest.
   */
  readonly swallowed?: true
  /** It stands in an `autocommit_block()`: outside of the migration's transaction. */
  readonly autocommit?: true
  /**
   * It stands in `with op.batch_alter_table(…)`, which may copy the table on SQLite; `always`: it does; `other`: with
   * options that decide when it does. Absent: it does not stand in one.
   */
  readonly inBatch?: 'auto' | 'always' | 'other'
  /** It stands in SQL text, in the statement of this number; absent: Alembic is called. Noted where it matters. */
  readonly sql?: number
}

/** `ifNotExists` steps do nothing to what is there already. */
export interface CreateTable extends Step {
  readonly kind: 'createTable'
  readonly table: ObjectName
  /** null: not known (`CREATE TABLE … AS`, `LIKE`, `INHERITS`); the rest is then empty. */
  readonly columns: readonly Column[] | null
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly ifNotExists: boolean
}

/** With `cascade`, foreign keys (and views) of others that depend on it go as well. */
export interface DropTable extends Step {
  readonly kind: 'dropTable'
  readonly table: ObjectName
  readonly ifExists: boolean
  readonly cascade: boolean
}

export interface RenameTable extends Step {
  readonly kind: 'renameTable'
  readonly table: ObjectName
  readonly to: ObjectName
  readonly ifExists: boolean
}

/** `constraints` and `indexes` come with the column (foreign keys, unique, `index=True`). */
export interface AddColumn extends Step {
  readonly kind: 'addColumn'
  readonly table: ObjectName
  readonly column: Column
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly ifNotExists: boolean
}

/** Indexes and constraints that hold the column go with it on PostgreSQL. */
export interface DropColumn extends Step {
  readonly kind: 'dropColumn'
  readonly table: ObjectName
  readonly column: string
  readonly ifExists: boolean
  /** Foreign keys and views of others that depend on it go as well. Absent: no. */
  readonly cascade?: true
}

/** null everywhere means: left as it is. SQLite can do this only in a batch, which copies the table. */
export interface AlterColumn extends Step {
  readonly kind: 'alterColumn'
  readonly table: ObjectName
  readonly column: string
  readonly newName: string | null
  readonly type: ColumnType | null
  /** It says how values are cast (`postgresql_using`); absent: it doesn't. */
  readonly using?: true
  /** What the migration says that the type was (`existing_type`); absent: it says nothing. */
  readonly existingType?: ColumnType
  /** `unknown`: it is changed, to what is not known. */
  readonly nullable: boolean | 'unknown' | null
  readonly serverDefault: ServerDefault | null
}

export interface CreateIndex extends Step {
  readonly kind: 'createIndex'
  readonly table: ObjectName
  readonly index: Index
  readonly ifNotExists: boolean
}

/** An index lives in its table's schema. `table` is null where the migration need not name it. */
export interface DropIndex extends Step {
  readonly kind: 'dropIndex'
  readonly index: ObjectName
  readonly table: ObjectName | null
  readonly ifExists: boolean
  readonly concurrently: boolean
  /** False when a naming convention may have made another name of it. */
  readonly exact: boolean
}

export interface RenameIndex extends Step {
  readonly kind: 'renameIndex'
  readonly index: ObjectName
  readonly to: string
  readonly ifExists: boolean
}

export interface AddConstraint extends Step {
  readonly kind: 'addConstraint'
  readonly table: ObjectName
  readonly constraint: Constraint
}

export interface DropConstraint extends Step {
  readonly kind: 'dropConstraint'
  readonly table: ObjectName
  readonly name: string
  /** False when a naming convention may have made another name of it. */
  readonly exact: boolean
  readonly type: Constraint['kind'] | null
  readonly ifExists: boolean
  /** Foreign keys of others that depend on it go as well. Absent: no. */
  readonly cascade?: true
}

/** The index behind a key is renamed with it. */
export interface RenameConstraint extends Step {
  readonly kind: 'renameConstraint'
  readonly table: ObjectName
  readonly name: string
  readonly to: string
}

export interface CreateEnum extends Step {
  readonly kind: 'createEnum'
  readonly enum: ObjectName
  /** In order; null: not known. */
  readonly values: readonly string[] | null
  /** `checkfirst=True`, or implied by a table that is created with it. */
  readonly ifNotExists: boolean
  /**
   * A table that is created brings it along: SQLAlchemy creates it without looking, but only the first time in one
   * run (`_check_for_name_in_memos` of sqlalchemy/dialects/postgresql). Absent: it is created for itself.
   */
  readonly implied?: true
}

export interface DropEnum extends Step {
  readonly kind: 'dropEnum'
  readonly enum: ObjectName
  readonly ifExists: boolean
  readonly cascade: boolean
}

export interface RenameEnum extends Step {
  readonly kind: 'renameEnum'
  readonly enum: ObjectName
  readonly to: string
}

export interface AddEnumValue extends Step {
  readonly kind: 'addEnumValue'
  readonly enum: ObjectName
  readonly value: string
  readonly ifNotExists: boolean
  /** The value that gets this name (`RENAME VALUE`); absent: it is a new one. */
  readonly renames?: string
}

export interface CreateSchema extends Step {
  readonly kind: 'createSchema'
  readonly schema: string
  readonly ifNotExists: boolean
}

export interface DropSchema extends Step {
  readonly kind: 'dropSchema'
  readonly schema: string
  readonly ifExists: boolean
  readonly cascade: boolean
}

/** Rows are read or written (INSERT, UPDATE, DELETE, `bulk_insert`); the schema stays as it is. */
export interface DataStep extends Step {
  readonly kind: 'data'
  /** What it certainly writes to; absent: that isn't known, or it may not run. */
  readonly writes?: RowsWritten
  /** Tables and views that it certainly names, besides the one that it writes to; absent: none, or it may not run. */
  readonly needs?: readonly NeededRelation[]
  /** It only reads. */
  readonly readOnly?: true
  /**
   * Every column that it names, of whichever of its tables; with `writes` and `needs` that is all that the schema must
   * have. Absent: the statement may name others.
   */
  readonly columns?: readonly string[]
  /** Every string constant in its text; absent: not known. */
  readonly constants?: readonly UsedConstant[]
  /** The same with its names, where it may not run. */
  readonly possible?: Possible
}

/** A string constant of a statement, and what it is compared with, assigned to or cast to; both null: something else. */
export interface UsedConstant {
  readonly value: string
  readonly column: string | null
  readonly type: ObjectName | null
}

/** A table that a statement names, and columns of it that it sets. */
export interface RowsWritten {
  readonly statement: 'insert' | 'update' | 'delete'
  readonly table: ObjectName
  readonly columns: readonly string[]
}

/** Something that no snapshot of tables, columns, indexes, constraints and enums shows: a view, a function, a comment. */
export interface Unrelated extends Step {
  readonly kind: 'unrelated'
  /** `view`, `function`, `trigger`, `extension`, `comment`, `privilege`, `setting`, `sequence`, `transaction`… */
  readonly what: string
  /** Tables and other relations that it certainly names; it fails where one is missing. Absent: none, or it may not run. */
  readonly needs?: readonly NeededRelation[]
  /** What it makes, drops or renames, and nothing else; absent: that isn't known, or it does none of it. */
  readonly changes?: RelationChange
}

/** How a statement changes names that no `CreateTable` or `CreateEnum` speaks of. */
export interface RelationChange {
  readonly change: 'create' | 'replace' | 'drop' | 'rename'
  /** `type`: also a domain. A temporary table hides a table of its name. */
  readonly object: 'view' | 'materialized view' | 'sequence' | 'type' | 'temporary table'
  readonly names: readonly ObjectName[]
  /** The new name, of a `rename`. */
  readonly to?: string
  /** `IF [NOT] EXISTS` */
  readonly lenient: boolean
  readonly cascade: boolean
  /** It may not run. */
  readonly maybe?: true
}

/** The migration itself certainly raises an exception here. */
export interface Raise extends Step {
  readonly kind: 'raise'
  readonly error: PythonError
  /** The table that is missing; null: it raises for another reason. */
  readonly table: ObjectName | null
}

/** Something may happen here that only running the migration would tell. */
export interface Opaque extends Step {
  readonly kind: 'opaque'
  /** One of few wordings, so that they can be counted: `under a condition`. */
  readonly reason: string
  /** The source text at that place, one line, shortened. */
  readonly source: string
  /** Tables that it may touch, and no others; null: any table, and anything else. */
  readonly touches: readonly ObjectName[] | null
  /** Where `touches` is known: types that it may touch, and neither others nor schemas. Absent: it may touch any. */
  readonly types?: readonly ObjectName[]
  /**
   * Where `touches` is null: every word of its text, among which is the name of each table, index or other relation that
   * it may touch. Absent: it may touch what it doesn't name.
   */
  readonly mentions?: readonly ObjectName[]
  /** Where `touches` is known: besides, it may make or drop indexes of any table. Absent: it doesn't. */
  readonly anyIndex?: true
  /** Code that gets no connection: it hardly touches the schema, but no failure may rest on that. Absent: it may. */
  readonly distant?: true
  /** What it does if it runs; absent: unknown. */
  readonly possible?: Possible
}

/** An operation that may not run. */
export interface Possible {
  readonly operation: Operation
  /** The block in which it stands, as numbers that end with `/`; a block inside of another begins with that one's. */
  readonly branch: string
}

/** Does the database have what the step makes or drops? SQLAlchemy leaves out enum types and schemas elsewhere. */
export function hasEffect({ kind }: Operation, { namedEnums, schemas }: Dialect): boolean {
  switch (kind) {
    case 'createEnum':
    case 'dropEnum':
    case 'renameEnum':
    case 'addEnumValue':
      return namedEnums
    case 'createSchema':
    case 'dropSchema':
      return schemas !== null
    default:
      return true
  }
}

/** May the step change what a snapshot shows? False for rows and for unrelated things. */
export function changesSchema(operation: Operation): boolean {
  return operation.kind !== 'data' && operation.kind !== 'unrelated'
}
