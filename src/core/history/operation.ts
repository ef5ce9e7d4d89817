/**
 * Effects of a migration on a database, as far as its source shows them: one value per step, in order. Knows nothing
 * about Python, SQL or the actual database; reports unknowns instead of guessing.
 *
 * Names are spelled as PostgreSQL stores them: exact in `op.*` calls, folded to lower case if unquoted in raw SQL.
 * Comparisons on SQLite must ignore case.
 */
import type { Dialect, TypeSpellings } from '../dialect/dialect.ts'
import type { LiveCatalog, ObjectName } from './live-catalog.ts'
import type { PythonError, Span } from './migration-module.ts'

export type { ObjectName } from './live-catalog.ts'

/** A relation that a statement uses, with the columns it uses. */
export interface NeededRelation extends ObjectName {
  /** Absent if the statement uses no known columns. */
  readonly columns?: readonly string[]
}

/** Operations of `upgrade` and `downgrade` in one file. */
export interface MigrationOperations {
  readonly upgrade: Operations
  readonly downgrade: Operations
}

/** Operations of one function, or why all of them are unknown, so that the function may do anything. */
export type Operations =
  | {
      readonly kind: 'operations'
      readonly operations: readonly Operation[]
      /** Present if the function may commit, which ends Alembic's transaction before the function returns. */
      readonly mayCommit?: true
      /** The function's schema inquiry; absent if the function doesn't make one. */
      readonly inquiry?: Inquiry
    }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly span: Span }

/** A function's query of the schema. Until it is answered, operations that depend on it are opaque. */
export interface Inquiry {
  /** Names that the inquiry looks up, as far as they are known in advance. */
  readonly names: readonly ObjectName[]
  /** True if the inquiry lists all tables or schemas. */
  readonly lists: boolean
  /** Operations that the function may perform, depending on the answers. */
  readonly possible: readonly Operation[]
  /** Reinterprets the function with the answers. */
  answered(catalogAfter: CatalogAfter): Operations
}

/** Returns the schema after the migration's operations so far; null if unknown. */
export type CatalogAfter = (operations: readonly Operation[]) => LiveCatalog | null

/** One step of a migration. An object without a `schema` is in the connection's default schema. */
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

/** A column type as each database spells it, for comparison with its catalog. */
export interface ColumnType extends TypeSpellings {
  /** Source text, shortened to one line. */
  readonly source: string
  /** The PostgreSQL enum type, if the type is an enum; `postgres` is then null. */
  readonly enum: ObjectName | null
}

/** `present` with null text: a default exists, but its value can't be determined statically. */
export type ServerDefault =
  | { readonly kind: 'none' }
  /** `text` is SQL (`now()`, `'abc'`), as written after DEFAULT. */
  | { readonly kind: 'present'; readonly text: string | null }
  | { readonly kind: 'unknown' }

export interface Column {
  readonly name: string
  readonly type: ColumnType
  /** Whether the column is nullable; null if unknown. */
  readonly nullable: boolean | null
  readonly serverDefault: ServerDefault
  /** Present if the database generates the values (`IDENTITY`), so that the column is never NULL. */
  readonly identity?: true
  /**
   * Present if the database computes the value from other columns; `unknown`: the server's default determines whether
   * the column is stored or virtual.
   */
  readonly generated?: 'stored' | 'virtual' | 'unknown'
  /** True if the column is part of the primary key; the key itself is in the table's constraints. */
  readonly primaryKey: boolean
}

/** A name as given in the migration. */
export interface WrittenName {
  /**
   * Null if the migration doesn't specify a name, so that the database or the project's naming convention chooses one.
   */
  readonly name: string | null
  /** False if the project's naming convention may still change the name (no `op.f`); true if the name is final. */
  readonly exact: boolean
}

/** A primary key or UNIQUE. */
export interface Key extends WrittenName {
  readonly kind: 'primaryKey' | 'unique'
  readonly columns: readonly string[]
  /**
   * Normalized options that distinguish two PostgreSQL keys on the same columns (`INCLUDE`, `DEFERRABLE`,
   * `NULLS NOT DISTINCT`). Absent if there are none; null if unknown.
   */
  readonly options?: string | null
}

/** A table constraint; `columns` are columns of the constrained table, in order. */
export type Constraint =
  | Key
  | (WrittenName & {
      readonly kind: 'foreignKey'
      readonly columns: readonly string[]
      readonly target: ObjectName
      /** Referenced columns; empty if the key references the target's primary key. */
      readonly targetColumns: readonly string[]
      /** True if PostgreSQL hasn't validated existing rows yet. */
      readonly notValid?: true
    })
  /**
   * `text` is the condition as written; null if it can't be determined statically. SQLite and PostgreSQL rewrite it.
   */
  | (WrittenName & { readonly kind: 'check'; readonly text: string | null; readonly notValid?: true })
  | (WrittenName & { readonly kind: 'exclude' })

/** An index without its table. `columns` contains null for an expression. */
export interface Index extends WrittenName {
  readonly columns: readonly (string | null)[]
  readonly unique: boolean
  readonly concurrently: boolean
  /** True for a partial index; absent for a full one. */
  readonly partial?: true
  /** Present if the index specifies an operator class, or an access method other than `btree`. */
  readonly special?: true
}

interface Step {
  readonly span: Span
  /**
   * Present if the surrounding code catches the exception. In a PostgreSQL transaction, the migration fails
   * nevertheless: the server rejects all later statements, including the one that writes the version row.
   */
  readonly swallowed?: true
  /** True inside `autocommit_block()`, which runs outside the migration's transaction. */
  readonly autocommit?: true
  /**
   * Present inside `with op.batch_alter_table(…)`, which may copy the table on SQLite. `always`: the batch copies the
   * table; `other`: options determine whether it does.
   */
  readonly inBatch?: 'auto' | 'always' | 'other'
  /** Index of the statement in raw SQL, recorded only where needed; absent for Alembic calls. */
  readonly sql?: number
}

/** With `ifNotExists`, has no effect on an existing table. */
export interface CreateTable extends Step {
  readonly kind: 'createTable'
  readonly table: ObjectName
  /**
   * Columns of the table; null if unknown (`CREATE TABLE … AS`, `LIKE`, `INHERITS`), in which case the other lists are
   * empty.
   */
  readonly columns: readonly Column[] | null
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly ifNotExists: boolean
}

/** With `cascade`, also drops dependent foreign keys and views. */
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

/** `constraints` and `indexes` are created with the column (foreign keys, unique, `index=True`). */
export interface AddColumn extends Step {
  readonly kind: 'addColumn'
  readonly table: ObjectName
  readonly column: Column
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly ifNotExists: boolean
}

/** On PostgreSQL, also drops the indexes and constraints that use the column. */
export interface DropColumn extends Step {
  readonly kind: 'dropColumn'
  readonly table: ObjectName
  readonly column: string
  readonly ifExists: boolean
  /** Present if the statement also drops dependent foreign keys and views. */
  readonly cascade?: true
}

/** Properties that are null stay unchanged. On SQLite, this change requires a batch, which copies the table. */
export interface AlterColumn extends Step {
  readonly kind: 'alterColumn'
  readonly table: ObjectName
  readonly column: string
  readonly newName: string | null
  readonly type: ColumnType | null
  /** True if the migration specifies a cast (`postgresql_using`); absent otherwise. */
  readonly using?: true
  /** Previous type according to the migration (`existing_type`); absent if not stated. */
  readonly existingType?: ColumnType
  /** `unknown`: changed to an unknown value. */
  readonly nullable: boolean | 'unknown' | null
  readonly serverDefault: ServerDefault | null
}

export interface CreateIndex extends Step {
  readonly kind: 'createIndex'
  readonly table: ObjectName
  readonly index: Index
  readonly ifNotExists: boolean
}

/** Drops an index, which is in its table's schema. `table` is null if the migration doesn't specify the table. */
export interface DropIndex extends Step {
  readonly kind: 'dropIndex'
  readonly index: ObjectName
  readonly table: ObjectName | null
  readonly ifExists: boolean
  readonly concurrently: boolean
  /** False if a naming convention may have changed the name. */
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
  /** False if a naming convention may have changed the name. */
  readonly exact: boolean
  readonly type: Constraint['kind'] | null
  readonly ifExists: boolean
  /** Present if the statement also drops dependent foreign keys. */
  readonly cascade?: true
}

/** Renames the index behind a key as well. */
export interface RenameConstraint extends Step {
  readonly kind: 'renameConstraint'
  readonly table: ObjectName
  readonly name: string
  readonly to: string
}

export interface CreateEnum extends Step {
  readonly kind: 'createEnum'
  readonly enum: ObjectName
  /** Labels in order; null if unknown. */
  readonly values: readonly string[] | null
  /** True for `checkfirst=True`, or if created implicitly with a table. */
  readonly ifNotExists: boolean
  /**
   * Created implicitly with a table: SQLAlchemy creates it without checking, but only once per run
   * (`_check_for_name_in_memos` in sqlalchemy/dialects/postgresql). Absent if created explicitly.
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
  /** The value being renamed (`RENAME VALUE`); absent for a new value. */
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

/** Reads or writes rows (INSERT, UPDATE, DELETE, `bulk_insert`) without changing the schema. */
export interface DataStep extends Step {
  readonly kind: 'data'
  /** The table to which the statement certainly writes; absent if unknown or if the statement might not run. */
  readonly writes?: RowsWritten
  /**
   * Other tables and views that the statement certainly uses; absent if none are known or if the statement might not
   * run.
   */
  readonly needs?: readonly NeededRelation[]
  /** True if the statement only reads. */
  readonly readOnly?: true
  /**
   * Every column that the statement uses, from any of its tables. The statement's only schema requirements are these
   * columns, `writes` and `needs`. Absent if it may use other columns.
   */
  readonly columns?: readonly string[]
  /** Rows that an INSERT certainly adds, with the constants among their values, by column; absent if unknown. */
  readonly rows?: readonly Readonly<Record<string, Constant>>[]
  /** Every string constant in the statement; absent if unknown. */
  readonly constants?: readonly UsedConstant[]
  /** The same statement with its names, if it might not run. */
  readonly possible?: Possible
}

/**
 * A string constant in a statement, and the column or type that it is compared with, assigned to or cast to; both are
 * null for any other use.
 */
export interface UsedConstant {
  readonly value: string
  readonly column: string | null
  readonly type: ObjectName | null
}

/** A constant in a condition or a row; null is NULL. */
export type Constant = string | number | boolean | null

/** The table a statement writes to, with the columns it sets. */
export interface RowsWritten {
  readonly statement: 'insert' | 'update' | 'delete'
  readonly table: ObjectName
  readonly columns: readonly string[]
}

/**
 * An object that snapshots of tables, columns, indexes, constraints and enums don't contain: a view, a function, a
 * comment.
 */
export interface Unrelated extends Step {
  readonly kind: 'unrelated'
  /**
   * Kind of object or statement: `view`, `function`, `trigger`, `extension`, `comment`, `privilege`, `setting`,
   * `transaction`…
   */
  readonly what: string
  /**
   * Relations that the object certainly uses, so the step fails if one of them is missing. Absent if none are known or
   * if the statement might not run.
   */
  readonly needs?: readonly NeededRelation[]
  /** The only objects that the statement creates, drops or renames; absent if there are none or they are unknown. */
  readonly changes?: RelationChange
  /** The extension that `CREATE EXTENSION` installs; absent for other statements. */
  readonly extension?: NewExtension
}

/** `CREATE EXTENSION` */
export interface NewExtension {
  readonly name: string
  readonly ifNotExists: boolean
  /** True if the statement specifies a version, so the server's default version doesn't matter. */
  readonly otherVersion: boolean
}

/** Creation, removal or renaming of objects that `CreateTable` and `CreateEnum` don't cover. */
export interface RelationChange {
  readonly change: 'create' | 'replace' | 'drop' | 'rename'
  /** `type` includes domains. A temporary table hides a regular table of the same name. */
  readonly object: 'view' | 'materialized view' | 'sequence' | 'type' | 'temporary table'
  readonly names: readonly ObjectName[]
  /** New name for `rename`. */
  readonly to?: string
  /** `IF [NOT] EXISTS` */
  readonly lenient: boolean
  readonly cascade: boolean
  /** Present if the statement might not run. */
  readonly maybe?: true
  /** Column names of a view, null for a name that isn't known; absent if their number isn't known. */
  readonly columns?: readonly (string | null)[]
}

/** The migration certainly raises an exception here. */
export interface Raise extends Step {
  readonly kind: 'raise'
  readonly error: PythonError
  /** The missing table; null if raised for another reason. */
  readonly table: ObjectName | null
}

/** A step whose effect can't be determined without running the migration. */
export interface Opaque extends Step {
  readonly kind: 'opaque'
  /** One of a fixed set of phrases, so that they can be counted: `under a condition`. */
  readonly reason: string
  /** Source text, shortened to one line. */
  readonly source: string
  /** The only tables that the step may change; null if it may change anything. */
  readonly touches: readonly ObjectName[] | null
  /**
   * The only types that the step may change, if `touches` is known; the step then doesn't change any schema. Absent if
   * it may change any type or schema.
   */
  readonly types?: readonly ObjectName[]
  /**
   * Every word in the step's text, if `touches` is null. The words include the name of each relation that the step may
   * change. Absent if the step may change relations that it doesn't name.
   */
  readonly mentions?: readonly ObjectName[]
  /**
   * What the step may change in any table, if `touches` is null; it then neither drops nor renames tables. `nothing`:
   * it only creates objects. `types`: column types, defaults and nullability. `constraints`: constraints, indexes and
   * nullability. `tables`: also columns.
   */
  readonly alters?: 'nothing' | 'types' | 'constraints' | 'tables'
  /** Present if `touches` is known, but the step may also create or drop indexes on any table. */
  readonly anyIndex?: true
  /**
   * Present for code without access to the connection. Such code is unlikely to change the schema, but a predicted
   * failure must not rely on that.
   */
  readonly distant?: true
  /** The step's effect if it runs; absent if unknown. */
  readonly possible?: Possible
}

/** An operation that might not run. */
export interface Possible {
  readonly operation: Operation
  /** Path of the enclosing block: numbers that each end with `/`. A nested block's path starts with its parent's. */
  readonly branch: string
}

/**
 * Returns whether the database supports the kind of object that the step affects. If it doesn't, SQLAlchemy skips enum
 * types and schemas.
 */
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

/** Returns whether the step may change objects in a snapshot. False for data and unrelated steps. */
export function changesSchema(operation: Operation): boolean {
  return operation.kind !== 'data' && operation.kind !== 'unrelated'
}
