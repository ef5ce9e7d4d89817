/**
 * What a migration does to a database, step by step, as far as its source shows. Unknowns are reported, not guessed.
 *
 * Names are spelled as PostgreSQL stores them: unchanged in `op.*` calls, lower case if unquoted in raw SQL.
 * Comparisons on SQLite must ignore case.
 */
import type { Dialect, TypeSpellings } from '../dialect/dialect.ts'
import type { RowQuery, RowStatement } from '../sql/row-statement.ts'
import type { LiveCatalog, ObjectName } from './live-catalog.ts'
import type { PythonError, Span } from './migration-module.ts'

export type { ObjectName } from './live-catalog.ts'

/** A relation, and which of its columns a statement uses. */
export interface NeededRelation extends ObjectName {
  readonly columns?: readonly string[]
}

/** The operations in one file's `upgrade` and `downgrade` functions. */
export interface MigrationOperations {
  readonly upgrade: Operations
  readonly downgrade: Operations
}

/** A function's operations, or why they're unknown. An unreadable function may do anything. */
export type Operations =
  | {
      readonly kind: 'operations'
      readonly operations: readonly Operation[]
      /** Whether the function may commit and so end Alembic's transaction early. */
      readonly mayCommit?: true
      /** Whether the function may enable autocommit without `autocommit_block()`. */
      readonly mayAutocommit?: true
      /** The function's schema lookups; undefined if there are none. */
      readonly inquiry?: Inquiry
    }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly span: Span }

/**
 * How a function inspects the schema. Operations that depend on the results stay opaque until the results are known.
 */
export interface Inquiry {
  /** Names that the function looks up, if known in advance. */
  readonly names: readonly ObjectName[]
  /** Whether the function lists all tables or schemas. */
  readonly lists: boolean
  /** Operations that the function may perform, depending on the schema. */
  readonly possible: readonly Operation[]
  /** Interprets the function again with the results of its schema lookups. */
  answered(catalogAfter: CatalogAfter): Operations
}

/** Returns the schema after these operations; null if unknown. */
export type CatalogAfter = (operations: readonly Operation[]) => LiveCatalog | null

/** One step of a migration. An object whose `schema` is null is in the default schema. */
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

/** A column type as each database spells it in its catalog. */
export interface ColumnType extends TypeSpellings {
  /** Source text of the type, on one line. */
  readonly source: string
  /** Name of a PostgreSQL enum; null for other types. `postgres` is null for an enum. */
  readonly enum: ObjectName | null
  /** True for a built-in type of PostgreSQL whose spelling is unknown, for example because its length is. */
  readonly builtIn?: true
  /** Another type that must exist on PostgreSQL, for example one from an extension. */
  readonly needs?: ObjectName
  /** True if a package may add an index on the column, under an unknown name. */
  readonly mayIndex?: true
  /** Set if SQLAlchemy may add a CHECK constraint for the type (`create_constraint`). `name` is null if unnamed. */
  readonly check?: { readonly name: string | null }
  /** Collation that must exist on PostgreSQL. Null if its name is unknown. */
  readonly collation?: string | null
  /** Whether a class in the project defines the type. The class may have changed since the migration ran. */
  readonly changeable?: true
}

/** A column's server default. `text` is null if the SQL can't be determined statically. */
export type ServerDefault =
  | { readonly kind: 'none' }
  /** `text` is SQL (`now()`, `'abc'`), as written after DEFAULT. */
  | { readonly kind: 'present'; readonly text: string | null }
  | { readonly kind: 'unknown' }

export interface Column {
  readonly name: string
  readonly type: ColumnType
  /** Null if unknown. */
  readonly nullable: boolean | null
  readonly serverDefault: ServerDefault
  /**
   * Set if the database generates the values (`IDENTITY`). Such a column is never NULL. `always`: statements can't assign
   * a value to it, at least not without OVERRIDING.
   */
  readonly identity?: 'always' | 'by default'
  /**
   * How the database computes the value from other columns. `unknown`: stored or virtual, depending on the server.
   */
  readonly generated?: 'stored' | 'virtual' | 'unknown'
  /** A generated column's expression as SQL; undefined if unknown. */
  readonly expression?: string
  /** Whether the column is part of the primary key, which is listed among the table's constraints. */
  readonly primaryKey: boolean
  /** Whether PostgreSQL definitely creates a SERIAL column. */
  readonly serial?: true
}

/** A name in a migration. */
export interface WrittenName {
  /** Null if the database or the project's naming convention chooses the name. */
  readonly name: string | null
  /** Whether the name is final, as with `op.f`. Otherwise, a naming convention may change it. */
  readonly exact: boolean
  /** Whether an unknown naming convention may change or set the name. */
  readonly unknownConvention?: true
}

/** A primary key or UNIQUE constraint. */
export interface Key extends WrittenName {
  readonly kind: 'primaryKey' | 'unique'
  readonly columns: readonly string[]
  /**
   * Options that distinguish PostgreSQL keys on the same columns (`INCLUDE`, `DEFERRABLE`, `NULLS NOT DISTINCT`),
   * normalized. Null if unknown.
   */
  readonly options?: string | null
}

/** A table constraint. `columns` lists its columns, in order. */
export type Constraint =
  | Key
  | (WrittenName & {
      readonly kind: 'foreignKey'
      readonly columns: readonly string[]
      readonly target: ObjectName
      /** Referenced columns; empty if the foreign key references the primary key. */
      readonly targetColumns: readonly string[]
      /** True if existing rows aren't validated. */
      readonly notValid?: true
      /** True if the ON DELETE or ON UPDATE action is known only at run time. */
      readonly anyAction?: true
    })
  /** `text` is the condition as written; null if it can't be determined statically. The database may rewrite it. */
  | (WrittenName & { readonly kind: 'check'; readonly text: string | null; readonly notValid?: true })
  | (WrittenName & { readonly kind: 'exclude' })

/** An index, without its table. An entry in `columns` is null for an expression. */
export interface Index extends WrittenName {
  readonly columns: readonly (string | null)[]
  readonly unique: boolean
  readonly concurrently: boolean
  readonly partial?: true
  /** A partial index's condition as SQL; undefined if unknown. */
  readonly condition?: string
  /** Access method; undefined for `btree`, null if unknown. */
  readonly method?: string | null
  /**
   * SQL of each element, with its operator class. Undefined if unknown, or for a plain B-tree without operator
   * classes.
   */
  readonly elements?: readonly string[]
  /** Whether the index may specify an operator class. */
  readonly hasClasses?: true
  /** True for `ON ONLY table`. If the table has partitions, the index is invalid. */
  readonly only?: true
  /** Columns after INCLUDE; undefined if unknown, or if there are none. */
  readonly included?: readonly string[]
  /** Storage parameters; `unknown` if not all are numbers, or if the index has a tablespace. */
  readonly storage?: Readonly<Record<string, number>> | 'unknown'
  /** True if every element is just a column name, without a sort order, and the index has no other options. */
  readonly plain?: true
}

interface Step {
  readonly span: Span
  /**
   * Set if the surrounding code catches the step's exceptions. `perhaps`: it may raise them again.
   *
   * On PostgreSQL, catching them doesn't help: the server rejects all later statements in the transaction, including
   * Alembic's update of the version table.
   */
  readonly swallowed?: true | 'perhaps'
  /** Whether the step is inside an `autocommit_block()`, and so outside the transaction. */
  readonly autocommit?: true
  /**
   * Set inside `with op.batch_alter_table(…)`, which may copy the table on SQLite. `auto`: copies if an operation
   * requires it. `always`: always copies. `other`: depends on the batch's options.
   */
  readonly inBatch?: 'auto' | 'always' | 'other'
  /** Set on the first step of each batch. */
  readonly opensBatch?: true
  /** Index of the statement within its raw SQL string. Set only where needed. */
  readonly sql?: number
  /** Names as written that the database truncates. The step's other properties contain the truncated names. */
  readonly overlong?: readonly string[]
}

/** Creates a table. If the table exists and `ifNotExists` is set, does nothing. */
export interface CreateTable extends Step {
  readonly kind: 'createTable'
  readonly table: ObjectName
  /** The columns; null if unknown (`CREATE TABLE … AS`, `LIKE`, `INHERITS`). If null, the other lists are empty. */
  readonly columns: readonly Column[] | null
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly ifNotExists: boolean
  /** Tables that this table inherits from or is a partition of. */
  readonly parents?: readonly ObjectName[]
  readonly bound?: HashBound
  /** Set if the table is partitioned. */
  readonly partitioned?: Partitioning
  /** True if the table has options that PostgreSQL may refuse, such as a tablespace. */
  readonly hasOptions?: true
}

/** `FOR VALUES WITH (MODULUS …, REMAINDER …)`. */
export interface HashBound {
  readonly modulus: number
  readonly remainder: number
}

/** How a partitioned table distributes its rows. */
export interface Partitioning {
  /** The strategy as written, such as `hash`. */
  readonly by: string
  /** Columns in the partition key; null if there are expressions or options. */
  readonly columns: readonly string[] | null
}

/** Drops a table. With `cascade`, also drops the foreign keys and views that depend on it. */
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

/** Adds a column, with the constraints and indexes in its definition. */
export interface AddColumn extends Step {
  readonly kind: 'addColumn'
  readonly table: ObjectName
  readonly column: Column
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly ifNotExists: boolean
  /** Whether the column's default makes a batch copy the table on SQLite; undefined if unknown or not in a batch. */
  readonly needsCopy?: boolean
}

/** Drops a column. PostgreSQL also drops the indexes and constraints that use it. */
export interface DropColumn extends Step {
  readonly kind: 'dropColumn'
  readonly table: ObjectName
  readonly column: string
  readonly ifExists: boolean
  /** Whether foreign keys and views that depend on the column are dropped too. */
  readonly cascade?: true
}

/** Alters a column. Properties that are null don't change. SQLite needs a batch, which copies the table. */
export interface AlterColumn extends Step {
  readonly kind: 'alterColumn'
  readonly table: ObjectName
  readonly column: string
  readonly newName: string | null
  readonly type: ColumnType | null
  /** Whether the migration specifies a cast (`postgresql_using`). */
  readonly using?: true
  /** The cast as SQL; undefined if unknown, or if there is none. */
  readonly conversion?: string
  /** Previous type according to the migration (`existing_type`). */
  readonly existingType?: ColumnType
  /** Null if unchanged. */
  readonly nullable: boolean | 'unknown' | null
  readonly serverDefault: ServerDefault | null
}

export interface CreateIndex extends Step {
  readonly kind: 'createIndex'
  readonly table: ObjectName
  readonly index: Index
  readonly ifNotExists: boolean
}

/** Drops an index. `table` is null if the migration doesn't specify it. */
export interface DropIndex extends Step {
  readonly kind: 'dropIndex'
  readonly index: ObjectName
  readonly table: ObjectName | null
  readonly ifExists: boolean
  readonly concurrently: boolean
  /** False if a naming convention may have changed the name. */
  readonly exact: boolean
  /** Whether an unknown naming convention may have changed the name. */
  readonly unknownConvention?: true
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
  /** Whether an unknown naming convention may have changed the name. */
  readonly unknownConvention?: true
  readonly type: Constraint['kind'] | null
  readonly ifExists: boolean
  /** Whether foreign keys that depend on the constraint are dropped too. */
  readonly cascade?: true
}

/** Renames a constraint and its index. */
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
  /** Whether `checkfirst=True` was passed, or a table creates the enum implicitly. */
  readonly ifNotExists: boolean
  /**
   * Whether a table creates the enum. SQLAlchemy then creates it once per run, without checking whether it exists
   * (`_check_for_name_in_memos` in sqlalchemy/dialects/postgresql).
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
  /** The old label of `RENAME VALUE`; undefined for `ADD VALUE`. */
  readonly renames?: string
  /** The existing label after BEFORE or AFTER. */
  readonly beside?: string
}

export interface CreateSchema extends Step {
  readonly kind: 'createSchema'
  readonly schema: string
  readonly ifNotExists: boolean
  /** True if the statement names an owner (`AUTHORIZATION`). */
  readonly forOther?: true
}

export interface DropSchema extends Step {
  readonly kind: 'dropSchema'
  readonly schema: string
  readonly ifExists: boolean
  readonly cascade: boolean
}

/** A statement that reads or writes rows but doesn't change the schema, such as INSERT or `bulk_insert`. */
export interface DataStep extends Step {
  readonly kind: 'data'
  /** The table that the statement definitely writes to; undefined if unknown, or if the statement might not run. */
  readonly writes?: RowsWritten
  /** Tables and views other than `writes` that the statement definitely uses; undefined if it might not run. */
  readonly needs?: readonly NeededRelation[]
  /**
   * Relations other than `writes` and `needs` that the statement may use. `columns` lists every column that it uses
   * from them.
   */
  readonly mentions?: readonly Required<NeededRelation>[]
  readonly readOnly?: true
  /** True for TRUNCATE without CASCADE. `needs` lists its tables. */
  readonly truncates?: true
  /**
   * All columns that the statement uses, in any table; undefined if not all are known. If set, `writes`, `needs` and
   * `mentions` list all relations used by the statement.
   */
  readonly columns?: readonly string[]
  /**
   * Rows that an INSERT definitely adds; undefined if unknown. Maps column names to constants, and omits other
   * values.
   */
  readonly rows?: readonly Readonly<Record<string, Constant>>[]
  /** All tables and views that the statement may add rows to, not counting triggers; undefined if unknown. */
  readonly fills?: readonly ObjectName[]
  /** Columns that a SQLAlchemy `update()` sets to constants in all rows. */
  readonly setsAll?: readonly string[]
  /** Tables other than `writes` whose rows the statement may change or delete. */
  readonly changes?: readonly ObjectName[]
  /** Tables that the added rows come from. If one is empty, the statement adds no rows. */
  readonly drawsOn?: readonly ObjectName[]
  /** Whether the statement changes or deletes rows, but adds none, in a table whose name is unknown. */
  readonly changesAny?: true
  /** Whether the statement may call functions that aren't built in. */
  readonly mayCall?: true
  /** Values of known type that the statement assigns to or compares with a column. */
  readonly values?: readonly PlainValue[]
  /** The syntax tree; null if the syntax isn't supported, undefined if the statement isn't plain SQL. */
  readonly tree?: RowStatement | null
  /** All string constants in the statement; undefined if unknown. */
  readonly constants?: readonly UsedConstant[]
  /** The word that PostgreSQL's parser definitely rejects. */
  readonly rejectedAt?: string
  /** Effect of a statement that might not run; undefined for other statements. */
  readonly possible?: Possible
}

/**
 * A string constant, and the column or type that it's compared with, assigned to or cast to. Both are null for other
 * uses.
 */
export interface UsedConstant {
  readonly value: string
  readonly column: string | null
  readonly type: ObjectName | null
}

/** A value with its own type, unlike a string constant, which takes its column's type. */
export interface PlainValue {
  readonly column: string
  readonly use: 'assigned' | 'compared'
  readonly value: 'number' | 'boolean' | 'text' | { readonly column: string }
}

/** A constant in a condition or row. Null is SQL's NULL. */
export type Constant = string | number | boolean | null

/** The table that a statement writes to, and the columns that it sets. */
export interface RowsWritten {
  readonly statement: 'insert' | 'update' | 'delete'
  readonly table: ObjectName
  readonly columns: readonly string[]
}

/** A statement whose target isn't in the schema snapshot, such as a view, function or comment. */
export interface Unrelated extends Step {
  readonly kind: 'unrelated'
  /** Kind of object or statement, such as `view`, `trigger` or `transaction`. */
  readonly what: string
  /**
   * Relations that the object definitely uses. If one is missing, the step fails. Undefined if the statement might
   * not run.
   */
  readonly needs?: readonly NeededRelation[]
  /** All objects created, dropped or renamed by the statement; undefined if unknown. */
  readonly changes?: RelationChange
  /** The extension installed by `CREATE EXTENSION`. */
  readonly extension?: NewExtension
  /** Set if the statement drops a trigger, policy or rule. */
  readonly drops?: DroppedPart
  /** Table of a trigger or policy that the statement may create or drop. */
  readonly perhapsOn?: ObjectName
  /** A role whose existence determines whether the statement does anything. */
  readonly onlyIf?: RoleCondition
  /** The constraint that `VALIDATE CONSTRAINT` validates. */
  readonly validates?: { readonly table: ObjectName; readonly name: string }
  /** The index named in `REPLICA IDENTITY USING INDEX`. */
  readonly identifies?: { readonly table: ObjectName; readonly index: string }
  /** The trigger created by the statement; undefined if it has options. */
  readonly trigger?: NewTrigger
  /** The policy created by the statement; undefined if the policy names a specific role or isn't supported. */
  readonly newPolicy?: NewPolicy
  /** The function created by the statement; undefined if unsupported. */
  readonly newFunction?: NewFunction
  /** The only function created by the statement; undefined if unknown. */
  readonly routine?: ObjectName
  /** Set if the statement creates or alters an object that may depend on the tables and types that it names. */
  readonly dependent?: NewDependent
  /** True if the created function is a trigger function. */
  readonly returnsTrigger?: true
  /** The only function dropped by the statement; undefined if unknown. */
  readonly droppedFunction?: DroppedFunction
  /**
   * Set for GRANT and REVOKE on an object. `routine`: a function or procedure, so no table or schema privileges
   * change.
   */
  readonly grants?: 'routine' | 'other'
  /** True if the statement only grants privileges or creates roles, so that the role keeps its privileges. */
  readonly onlyGrants?: true
  /** The query of a plain `CREATE VIEW`; undefined if its syntax isn't supported. */
  readonly query?: RowQuery
  /** Extended statistics that the statement creates or drops; undefined if unknown. */
  readonly statistics?: StatisticsChange
  /** True if the statement gives a sequence options that PostgreSQL may refuse. */
  readonly hasOptions?: true
  /**
   * Set if PostgreSQL refuses the statement outside a transaction block. Undefined if the statement might not run, or
   * if it may share an implicit block with others.
   */
  readonly blockOnly?: 'SAVEPOINT' | 'LOCK TABLE'
  /** True for BEGIN and START TRANSACTION, unless they might not run. */
  readonly begins?: true
  /** Set if a library recreates the enum in `changes` with different labels; undefined if the labels are unknown. */
  readonly relabels?: Relabeling
}

/** An object that may depend on others. */
export interface NewDependent {
  /** Null if unknown. */
  readonly name: ObjectName | null
  /** All words of the statement outside of strings; null if some are unknown. */
  readonly words: readonly string[] | null
}

/** An enum's new labels, and the columns to convert. */
export interface Relabeling {
  readonly labels: readonly string[]
  readonly columns: readonly { readonly table: ObjectName; readonly column: string }[]
}

/** `CREATE STATISTICS name ON columns FROM table` or `DROP STATISTICS names`. */
export type StatisticsChange =
  | {
      readonly change: 'create'
      readonly name: ObjectName
      readonly table: ObjectName
      readonly columns: readonly string[]
      readonly ifNotExists: boolean
    }
  | { readonly change: 'drop'; readonly names: readonly ObjectName[]; readonly ifExists: boolean }

/** `DROP FUNCTION name` */
export interface DroppedFunction extends ObjectName {
  /** True for `name` or `name()`, without parameter types. */
  readonly isPlain: boolean
}

/** A test of whether a role exists. */
export interface RoleCondition {
  readonly role: string
  /** True if the role must exist, false if it must not. */
  readonly present: boolean
}

/** `DROP TRIGGER`, `DROP POLICY` or `DROP RULE`. */
export interface DroppedPart {
  /** Name of the object; null if unknown. */
  readonly name: string | null
  readonly table: ObjectName
  readonly ifExists: boolean
}

/** `CREATE TRIGGER name BEFORE UPDATE ON table EXECUTE FUNCTION calls()`. */
export interface NewTrigger {
  readonly name: string
  readonly table: ObjectName
  readonly calls: ObjectName
  readonly events: readonly ('insert' | 'update' | 'delete')[]
  /** The columns listed in `UPDATE OF`. */
  readonly columns: readonly string[]
  /** The condition after WHEN; null if there is none. */
  readonly condition: string | null
  /** True for `FOR EACH ROW`. Such a trigger doesn't fire if no row changes. */
  readonly forRows: boolean
}

/** `CREATE POLICY name ON table USING (condition)` for all roles or for the current role. */
export interface NewPolicy {
  readonly name: string
  readonly table: ObjectName
  /** The conditions after USING and WITH CHECK. */
  readonly conditions: readonly PolicyCondition[]
}

/** A policy's condition. */
export interface PolicyCondition {
  readonly text: string
  /** A query of the policy's table with this condition; null if its syntax isn't supported. */
  readonly query: RowQuery | null
}

/** A function whose types PostgreSQL definitely accepts. An SQL body must be checked separately. */
export interface NewFunction {
  readonly name: ObjectName
  /** Whether the statement contains `OR REPLACE`. */
  readonly replaces: boolean
  /** Types are spelled as in the catalog. An omitted name is null. */
  readonly parameters: readonly { readonly name: string | null; readonly type: string }[]
  readonly returns: string
  /** The expression that an SQL function selects, with parameters such as `"$1"`. Undefined for PL/pgSQL. */
  readonly expression?: string
  readonly immutable?: true
  /** Tables whose rows the body changes or deletes. */
  readonly writes: readonly ObjectName[]
  /** True if the body itself may add rows. */
  readonly mayFill: boolean
  /** Functions that the body calls and that some servers don't have. */
  readonly calls: readonly string[]
}

/** `CREATE EXTENSION`. */
export interface NewExtension {
  readonly name: string
  readonly ifNotExists: boolean
  /** Whether the statement specifies a version, in which case the default version doesn't matter. */
  readonly otherVersion: boolean
  /** Null if the statement doesn't specify a schema. */
  readonly schema: string | null
}

/** Creates, drops or renames an object other than a table or enum. */
export interface RelationChange {
  readonly change: 'create' | 'replace' | 'drop' | 'rename'
  /** `type` includes domains. A `temporary table` hides a regular table with the same name. */
  readonly object: 'view' | 'materialized view' | 'sequence' | 'type' | 'temporary table'
  readonly names: readonly ObjectName[]
  readonly to?: string
  /** Whether the statement contains `IF EXISTS` or `IF NOT EXISTS`. */
  readonly lenient: boolean
  readonly cascade: boolean
  /** Whether the statement might not run. */
  readonly maybe?: true
  /** The view's column names; undefined if their number is unknown. An unknown name is null. */
  readonly columns?: readonly (string | null)[]
}

/** Raises an exception that always ends the migration. */
export interface Raise extends Step {
  readonly kind: 'raise'
  readonly error: PythonError
  /** The missing table that causes the exception; null if there is another cause. */
  readonly table: ObjectName | null
}

/** A step whose effect can only be determined by running it. */
export interface Opaque extends Step {
  readonly kind: 'opaque'
  /** One of a few phrases, such as `under a condition`, so that steps can be counted by reason. */
  readonly reason: string
  /** Source text of the step, on one line. */
  readonly source: string
  /** The only tables that the step may change; null if it may change any table. */
  readonly touches: readonly ObjectName[] | null
  /**
   * The only types that the step may change; undefined if it may change any type or schema. If set, `touches` isn't
   * null, and the step doesn't change any schema.
   */
  readonly types?: readonly ObjectName[]
  /**
   * All words in the step's text. Set only if `touches` is null and the words include every relation that the step
   * may change.
   */
  readonly mentions?: readonly ObjectName[]
  /**
   * What the step may alter in `touches`, or in any table if `touches` is null. Not set if it may drop or rename
   * tables.
   * - `nothing`: only creates objects
   * - `types`: column types, defaults and nullability
   * - `constraints`: constraints, indexes and nullability
   * - `tables`: all of these, and columns
   */
  readonly alters?: 'nothing' | 'types' | 'constraints' | 'tables'
  /**
   * True if the step only changes `search_path`, so that unqualified names may refer to other objects afterward.
   * `touches` is still null.
   */
  readonly onlyNames?: true
  /** True if the step may create or drop indexes on any table, even outside `touches`. */
  readonly anyIndex?: true
  /**
   * Set for code that doesn't receive the connection. Such code is unlikely to change the schema, but predictions of
   * failures must not rely on that.
   */
  readonly distant?: true
  /** What the step does if it runs; undefined if unknown. */
  readonly possible?: Possible
  /** Set for `DROP FUNCTION … CASCADE`. If it's a trigger function, only its triggers are dropped, too. */
  readonly dropsFunction?: ObjectName
  /** Set for `ALTER TABLE … ADD CONSTRAINT … UNIQUE USING INDEX`, which PostgreSQL may refuse. */
  readonly promotes?: PromotedIndex
}

/** A unique index that becomes the index of a new UNIQUE constraint. */
export interface PromotedIndex {
  readonly table: ObjectName
  readonly index: string
  /** Name of the constraint. The index is renamed to match. */
  readonly name: string
  readonly deferrable: boolean
}

/** An operation that might not run. */
export interface Possible {
  readonly operation: Operation
  /** Path of the enclosing block, such as `2/5/`. An inner block's path starts with the outer block's. */
  readonly branch: string
}

/**
 * Whether the operation does anything in this dialect. SQLAlchemy skips operations on enums or schemas if the
 * dialect doesn't support them.
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

/** Whether the step may change objects contained in a snapshot. */
export function changesSchema(operation: Operation): boolean {
  return operation.kind !== 'data' && operation.kind !== 'unrelated'
}
