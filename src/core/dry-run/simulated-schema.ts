/**
 * A copy of the live schema, used to simulate pending operations.
 *
 * Stores relations, tables, types and schemas by name, and tracks which of them are uncertain. Resolves names, but
 * knows nothing about migrations.
 */
import type { Condition } from '../schema/check-condition.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { HashBound, NewFunction, ObjectName, Partitioning } from '../history/operation.ts'
import { maybeShortened } from '../names/stored-names.ts'
import type {
  Dependent,
  ObjectAccess,
  SchemaAccess,
  ColumnSnapshot,
  ExtensionSnapshot,
  FunctionSnapshot,
  RoutineSnapshot,
  SchemaSnapshot,
  TableSnapshot,
} from '../schema/schema-snapshot.ts'

/**
 * Whether an object exists. `unsure` means that the object may have been created or dropped by an operation that the
 * guard doesn't understand.
 */
export type Presence = 'present' | 'absent' | 'unsure'

export interface SimulatedColumn {
  readonly name: string
  /** Type name as spelled in the system catalog; null if unknown. */
  readonly type: string | null
  readonly nullable: boolean | null
  /** Kind of user-defined type, with the same values as in the snapshot. */
  readonly userType?: ColumnSnapshot['userType']
  readonly isEnum?: true
  /** True if the column is known to be generated. */
  readonly generated?: true
  /** Columns that a generated column is computed from; undefined if unknown. */
  readonly computedFrom?: readonly string[]
  /** Enum type of a column that a pending migration adds or changes. */
  readonly enum?: ObjectName
  /** Default value as printed by the system catalog; null if the column has none, undefined if unknown. */
  readonly serverDefault?: string | null
  /**
   * The column's name in the live table, which is needed to query its values. Null if a pending migration creates or
   * changes the column.
   */
  readonly stored: string | null
  /**
   * True for a new column without a default. Existing rows contain NULL in this column unless a later statement fills
   * it.
   */
  readonly empty?: true
  /** True if the column might not exist. */
  readonly perhaps?: true
  /** The reason why SQLite can't drop the column. `unsure` means that SQLite might be able to drop it. */
  readonly blockedBy?: 'PRIMARY KEY' | 'UNIQUE' | 'table' | 'unsure'
}

export interface SimulatedConstraint {
  readonly kind: string
  /** The columns of the constraint; null if unknown. */
  readonly columns: readonly string[] | null
  /** False if the constraint may have been dropped. */
  readonly sure: boolean
  /** Table referenced by a foreign key from a pending migration; undefined if unknown. */
  readonly target?: SimulatedTable
  /** Columns referenced by a foreign key from a pending migration; undefined if unknown. */
  readonly targetColumns?: readonly string[]
  /** The table that a foreign key referenced before the upgrade; undefined for any other constraint. */
  readonly refersTo?: ObjectName
  /** True if the index or its constraint may have a different name, for example because of a naming convention. */
  readonly likely?: true
  /**
   * True for a DEFERRABLE key; null if unknown. Foreign keys can't reference such a key, and ON CONFLICT can't use it.
   */
  readonly deferrable?: true | null
  /** True if PostgreSQL has definitely validated all rows against the CHECK constraint or foreign key. */
  readonly valid?: true
  /** Condition of a CHECK constraint; undefined if unknown or too complex. */
  readonly condition?: Condition
}

export interface SimulatedTable {
  readonly columns: Map<string, SimulatedColumn>
  readonly constraints: Map<string, SimulatedConstraint>
  /** False if the list of columns may be incomplete, or if a listed column may have been dropped. */
  columnsSure: boolean
  /** False if the table may have constraints whose names are unknown. */
  namesSure: boolean
  /** True if the table may have indexes or constraints that aren't listed at all. */
  partsDoubtful?: true
  /**
   * Set only if a pending migration creates the table without rows. `none` until a statement may have added rows, then
   * `unknown`.
   */
  rows?: 'none' | 'unknown'
  /** True if the table has an index with an unknown name. */
  unlistedIndexes?: true
  /** Name of the table before the upgrade; null if a pending migration creates the table. */
  readonly origin: ObjectName | null
  readonly access: ObjectAccess | null
  /**
   * Tables that this table's foreign keys reference but that are missing from the snapshot. Ignores foreign keys that
   * pending migrations add or drop.
   */
  readonly missingTargets?: TableSnapshot['missingTargets']
  /** How error messages describe the table while it has its original name; null if unknown. */
  readonly described: string | null
  /**
   * Objects that depend on this table. `owner` is the table that the dependent object belongs to, or null if unknown.
   */
  readonly dependents: readonly SimulatedDependent[]
  /** Extension that the table belongs to, according to the snapshot. */
  readonly extension?: string
  /**
   * Tables that reference this one through a foreign key that a pending migration adds. Undefined if none are known.
   */
  referrers?: Set<SimulatedTable>
  /** Partitions and child tables that pending migrations create. Undefined if there are none. */
  children?: Set<SimulatedTable>
  /** True if the table had parents or children before the upgrade. */
  readonly related?: true
  /** Partitioning of a table that a pending migration creates. Undefined for any other table. */
  partitioned?: Partitioning
  /** The bound of a hash partition that a pending migration creates. Undefined for any other table. */
  bound?: HashBound
  /** Columns of every index that a pending migration chose as the replica identity; undefined if there is none. */
  identity?: ReadonlySet<string>
  /** True once the table has been dropped, even if another object reuses its name. */
  dropped: boolean
  /** Keys of the table's indexes in the `relations` map. Stored here to avoid scanning the whole map. */
  readonly indexes: Set<string>
  /** Keys of the sequences that the table's columns are known to own; undefined if there are none. */
  sequences?: Set<string>
}

/** An object that depends on a live table or type. */
export type SimulatedDependent = Dependent & {
  /** The table that the dependent object belongs to; null if pending migrations don't mention that table. */
  readonly owner: SimulatedTable | null
}

/** An object in the namespace shared by tables, indexes, sequences and views. */
export interface SimulatedRelation {
  readonly kind: 'table' | 'index' | 'sequence' | 'view' | 'other'
  readonly schema: string | null
  readonly name: string
  /** The table itself, or an index's table. Null if that table is unknown, and for other kinds of objects. */
  readonly table: SimulatedTable | null
  /** Columns of an index or view; null if unknown. An entry is null for an expression or an unknown name. */
  readonly columns: readonly (string | null)[] | null
  /** True if a pending migration creates the relation. */
  readonly pending: boolean
  /** True for a unique index, possibly partial, that doesn't belong to a constraint. */
  readonly unique?: true
  /** True for a unique index that definitely covers all rows and compares plain columns in the default way. */
  readonly whole?: true
  /** True for a unique index that can become the index of a UNIQUE constraint. */
  readonly promotable?: true
  /** True for an index with a WHERE clause. */
  readonly partial?: true
  /** True if the index or its constraint may have a different name, for example because of a naming convention. */
  readonly likely?: true
  /** True if a pending migration creates the index without `op.f`, so a naming convention may still change the name. */
  readonly written?: true
  /**
   * True if a pending migration creates the index with a condition, an expression, an operator class or a method other
   * than `btree`.
   */
  readonly special?: true
  /** All columns that a pending index uses, even in expressions and in its condition; undefined if unknown. */
  readonly uses?: readonly string[]
  /** The definition of a pending view; undefined if unknown, and for other kinds of relations. */
  readonly definition?: ViewDefinition
  /** True for an INVALID index, which no query uses; undefined if the index is valid or its state is unknown. */
  readonly invalid?: true
  /** The column that owns a sequence created by a pending migration; undefined if unknown. */
  readonly ownedBy?: { readonly table: SimulatedTable; readonly column: string }
}

/** A trigger that may exist. `table` and `name` are null if unknown; so is `calls`, which may then be any function. */
export interface TriggerCaller {
  readonly table: SimulatedTable | null
  readonly name: string | null
  /** Name of the function that it calls, without the schema. */
  readonly calls: string | null
}

/** What a pending view uses and returns. */
export interface ViewDefinition {
  readonly tables: Set<SimulatedTable>
  /** All column names in the definition, of any table. `*` stands for all columns. */
  readonly columns: Set<string>
  /** Names and types of the view's columns, as text for comparison. */
  readonly result: string
}

export interface SimulatedType {
  /** Labels of an enum; null if unknown, or if the type isn't an enum. */
  readonly values: Set<string> | null
  readonly owned: boolean | null
  /** True if a pending migration creates the type. */
  readonly pending?: true
  /** The type's description in error messages; null or undefined if unknown. */
  readonly described?: string | null
  readonly dependents?: readonly SimulatedDependent[]
}

/** Extended statistics on a table. They disappear with the table, and with any of their columns. */
export interface SimulatedStatistics {
  /** Null if the table is unknown, or if no pending migration uses it. */
  readonly table: SimulatedTable | null
  /** Null if unknown. */
  readonly columns: readonly string[] | null
  readonly owned: boolean
  /** False if the statistics may be gone, or if an unknown statement may have created them. */
  readonly sure: boolean
}

/** Labels that the current transaction has added to an enum. */
export interface NewLabels {
  readonly type: ObjectName
  readonly labels: Set<string>
  /**
   * True if the same transaction created the type. In that case, whether new labels can be used depends on the server's
   * version.
   */
  readonly pending: boolean
}

export interface SimulatedSchema {
  readonly dialect: Dialect
  readonly searchPath: readonly string[]
  readonly pathSetting: readonly string[]
  /**
   * Schema for new objects with unqualified names. Null if there is none, as on SQLite; undefined if a simulated step
   * may have changed it.
   */
  defaultSchema: string | null | undefined
  readonly relations: Map<string, SimulatedRelation>
  /** Keys of relations that aren't simulated in detail, such as views and sequences. */
  readonly others: Set<string>
  /** Keys of the views that pending migrations create. */
  readonly newViews: Set<string>
  /** Keys of objects whose existence is uncertain. */
  readonly doubtful: Set<string>
  /** The keys in `doubtful` whose names can only belong to a sequence. */
  readonly onlySequences: Set<string>
  /** The keys in `doubtful` whose names can only belong to an index that no constraint needs. */
  readonly onlyIndexes: Set<string>
  readonly types: Map<string, SimulatedType>
  readonly schemas: Map<string, SchemaAccess | null>
  /**
   * Kinds of objects that the simulated schema may list only in part. `keys` are the indexes that implement primary
   * keys and other constraints. `parts` are the indexes of partitions, whose names PostgreSQL chooses.
   */
  readonly open: Set<'relations' | 'indexes' | 'keys' | 'parts' | 'types' | 'schemas'>
  /** False if dropping a referenced table may also have dropped foreign keys. */
  foreignKeysSure: boolean
  /** False if the role or its privileges may differ from those in the snapshot. */
  accessSure: boolean
  /**
   * False once the snapshot's dependents may be outdated, for example after a DROP with CASCADE or a change to a view.
   */
  dependentsSure: boolean
  /** True if no pending migration changes row-level security policies. */
  policiesSure: boolean
  /**
   * Keys of views that pending migrations drop, rename or recreate. Their dependencies in the snapshot may be outdated.
   */
  readonly goneViews: Set<string>
  /** False once an object that isn't a view may depend on a pending view. */
  viewsSure: boolean
  /** On SQLite, true if views or triggers may exist. SQLite checks their SQL whenever a table is altered. */
  programs: boolean
  /** On SQLite, the case-folded names of tables whose foreign keys a pending migration may have changed. */
  readonly rebuilt: Set<string>
  /** False once the upgrade may have created a rule, or a trigger on a table that isn't in `triggered`. */
  triggersSure: boolean
  /** Tables that have triggers created by pending migrations. */
  readonly triggered: Set<SimulatedTable>
  /** The tables in `triggered` with a trigger that may fire even if a statement changes no row. */
  readonly alwaysTriggered: Set<SimulatedTable>
  /** The tables in `triggered` with a trigger that may add rows to any table. */
  readonly filling: Set<SimulatedTable>
  /** Functions that the triggers in `triggered`, except those in `filling`, may run. */
  readonly triggerFunctions: Set<string>
  /** False if a pending migration may have created a routine that adds rows when a statement calls it. */
  routinesSure: boolean
  /**
   * True if statements add rows only to the tables that they name. Ignores routines, and the triggers of tables in
   * `filling`.
   */
  writesSure: boolean
  /** True if no rows have changed since the start of the upgrade. */
  rowsSure: boolean
  /** Invalid indexes whose name made a `CREATE INDEX IF NOT EXISTS` do nothing. */
  readonly keptInvalid: SimulatedRelation[]
  /** The simulation's questions about rows. `answers` contains the answers known so far. */
  readonly questions: Map<string, RowQuestion>
  readonly answers: RowAnswers
  /** Enum labels that the current transaction has added, by type. */
  readonly newLabels: Map<string, NewLabels>
  /** True if the current transaction is known to be still open. */
  transactionSure: boolean
  /** True if no naming convention changes the names of constraints and indexes. */
  namesFinal: boolean
  /** Keys of the fetched constraint names that existed before the upgrade. */
  readonly takenConstraints: ReadonlySet<string>
  /** True if env.py creates the engine itself, without options that may enable autocommit. */
  ownEngine: boolean
  /**
   * True if SQLite may enforce foreign keys.
   *
   * If it does, DROP TABLE deletes the table's rows first. If other rows reference them, the deletion fails or
   * cascades. This also applies to a batch that copies a table, because it drops the original.
   */
  mayEnforceKeys: boolean
  /** Enums that this dry run has already created implicitly, together with a table. */
  readonly broughtAlong: Set<string>
  readonly createSchemas: boolean | null
  /** True if the role is a superuser; null if unknown. */
  readonly superuser: boolean | null
  /** Extensions that pending migrations install, by name. Extensions whose state is unknown aren't listed. */
  readonly extensions: Map<string, ExtensionSnapshot>
  /** Extensions that pending migrations install for the first time, in the default schema. */
  readonly newExtensions: Set<string>
  /** Existing functions that could conflict with new ones; null if unknown. */
  routines: RoutineSnapshot | null
  /** Live functions by name, for the names that pending migrations call. Null if any function may have changed. */
  functions: ReadonlyMap<string, readonly FunctionSnapshot[]> | null
  /** True if `functions`, `newFunctions`, `doubtfulFunctions` and `newExtensions` cover every function. */
  functionsSure: boolean
  /** Functions that pending migrations definitely create, by name and parameter types. */
  readonly newFunctions: Map<string, NewFunction>
  /** Names of the functions that pending migrations may have created, changed or dropped. */
  readonly doubtfulFunctions: Set<string>
  /** Names of all triggers, by table. Covers only tables that get a trigger from a pending migration. */
  newTriggers: Map<SimulatedTable, readonly string[]>
  /** All triggers that pending migrations may have created since they created the function that they call. */
  readonly callers: TriggerCaller[]
  /** Names of all policies, by table. Null if unknown. Lists only tables for which pending migrations create policies. */
  readonly newPolicies: Map<SimulatedTable, readonly string[] | null>
  /**
   * Columns that new triggers and policies use, by table; null if unknown. Such a column can't be dropped, and its type
   * can't be changed.
   */
  readonly usedColumns: Map<SimulatedTable, ReadonlySet<string> | null>
  /** Extended statistics by key; null if statistics with unknown names may exist. */
  statistics: Map<string, SimulatedStatistics> | null
  /** Whether certain roles exist. Roles that pending migrations may create or drop aren't listed. */
  readonly roles: Map<string, boolean>
  /** False if the server may have its own rules for who may install extensions. */
  readonly extensionRulesSure: boolean
  /** False if the database may contain user-defined casts between enums or built-in types. */
  castsSure: boolean
  /** Case-folded names that the snapshot covers completely; null if the snapshot isn't limited to certain names. */
  readonly fetched: ReadonlySet<string> | null
  /** Case-folded names of schemas that the snapshot covers completely; null if it covers all schemas. */
  readonly fetchedSchemas: ReadonlySet<string> | null
  /** Case-folded names of all objects that existed before the upgrade; null if they weren't fetched. */
  readonly everyName: ReadonlySet<string> | null
  /** All tables and schemas that existed before the upgrade; null if they weren't fetched. */
  readonly listed: SchemaSnapshot['listed'] | null
}

/** Returns the name case-folded, for comparisons. */
export function folded({ dialect }: SimulatedSchema, name: string): string {
  return dialect.foldName(name)
}

/** Returns the key under which an object with that name is stored. */
export function keyOf(world: SimulatedSchema, { schema, name }: ObjectName): string {
  return world.dialect.schemas === null ? folded(world, name) : `${schema ?? ''}\0${folded(world, name)}`
}

/** Returns whether the name is too long for the database, even if each character takes only one byte. */
export function isCutOff({ dialect }: SimulatedSchema, name: string): boolean {
  return name.length > (dialect.maxIdentifierBytes ?? Infinity)
}

/**
 * Returns whether a naming convention may turn `written` into `name`. Conventions insert `written` with
 * `%(constraint_name)s`, so `name` contains it unless SQLAlchemy truncates the result.
 */
export function mayStandFor({ dialect }: SimulatedSchema, name: string, written: string): boolean {
  return name.includes(written) || maybeShortened(name, dialect)
}

/** Returns whether the database is known to store the name unchanged. */
export function isPlainName(world: SimulatedSchema, name: string): boolean {
  return /^[\u0020-\u007e]+$/.test(name) && !isCutOff(world, name)
}

/**
 * Returns whether the database is known to store the qualified name unchanged. Always false for system schemas, because
 * the snapshot omits them.
 */
function isPlain(world: SimulatedSchema, { schema, name }: ObjectName): boolean {
  if (schema !== null && world.dialect.schemas?.isSystem(schema) !== false) return false
  return isPlainName(world, name)
}

/** Adds a table, index or other relation to the simulated schema. */
export function insertRelation(world: SimulatedSchema, relation: SimulatedRelation): void {
  const key = keyOf(world, relation)
  removeKey(world, key)
  world.doubtful.delete(key)
  world.relations.set(key, relation)
  if (relation.kind === 'index') relation.table?.indexes.add(key)
  else if (relation.kind !== 'table') world.others.add(key)
  if (relation.kind === 'view' && relation.pending) world.newViews.add(key)
  if (relation.ownedBy) (relation.ownedBy.table.sequences ??= new Set()).add(key)
}

/** Removes a relation, if it exists. */
export function removeKey(world: SimulatedSchema, key: string): void {
  const relation = world.relations.get(key)
  if (relation?.kind === 'index') relation.table?.indexes.delete(key)
  relation?.ownedBy?.table.sequences?.delete(key)
  world.others.delete(key)
  world.newViews.delete(key)
  world.relations.delete(key)
}

/** Returns the known indexes of a table. */
export function indexesOf(world: SimulatedSchema, { indexes }: SimulatedTable): readonly SimulatedRelation[] {
  return [...indexes].flatMap((key) => world.relations.get(key) ?? [])
}

export interface LookupResult<T> {
  readonly presence: Presence
  readonly value: T | null
  /** Name of the object, qualified with its actual schema. */
  readonly name: ObjectName
}

/** Returns the qualified names to try, in search order, or null if unknown. */
export function places(world: SimulatedSchema, name: ObjectName): readonly ObjectName[] | null {
  if (!isPlain(world, name)) return null
  if (name.schema !== null || world.dialect.schemas === null) return [name]
  if (world.defaultSchema === undefined) return null
  return world.searchPath.map((schema) => ({ schema, name: name.name }))
}

function lookUp<T>(
  world: SimulatedSchema,
  name: ObjectName,
  things: ReadonlyMap<string, T>,
  open: readonly ('relations' | 'indexes' | 'keys' | 'types')[],
): LookupResult<T> {
  const unsure = { presence: 'unsure', value: null, name } as const
  const candidates = places(world, name)
  if (!candidates) return unsure
  for (const candidate of candidates) {
    const key = keyOf(world, candidate)
    if (world.doubtful.has(key)) return unsure
    const value = things.get(key)
    if (value !== undefined) return { presence: 'present', value, name: candidate }
  }
  if (!isFetched(world, name.name) || open.some((kind) => world.open.has(kind))) return unsure
  if (open.includes('indexes') && world.open.has('parts') && isChosenName(name.name)) return unsure
  return { presence: 'absent', value: null, name }
}

/** Returns whether PostgreSQL may have chosen the name for an index (`ChooseIndexName` in indexcmds.c). */
function isChosenName(name: string): boolean {
  return /_(?:idx|key|pkey|excl)\d*$/.test(name)
}

/** Returns whether the snapshot covers all objects with this name. */
export function isFetched(world: SimulatedSchema, name: string): boolean {
  const { fetched, everyName } = world
  const key = folded(world, name)
  return fetched === null || fetched.has(key) || everyName?.has(key) === false
}

/** For each kind of lookup, the kinds of unlisted objects that a name could refer to. */
const unlisted = {
  table: ['relations'],
  /** Omits indexes of constraints, because they can't be dropped by name. */
  plainIndex: ['relations', 'indexes'],
  index: ['relations', 'indexes', 'keys'],
} as const

/** Looks up a name among tables, indexes, sequences and views. */
export function findRelation(
  world: SimulatedSchema,
  name: ObjectName,
  kind: keyof typeof unlisted = 'table',
): LookupResult<SimulatedRelation> {
  return lookUp(world, name, world.relations, unlisted[kind])
}

/** Looks up a name among types. Ignores the row types of tables, because tables are looked up as relations. */
export function findType(world: SimulatedSchema, name: ObjectName): LookupResult<SimulatedType> {
  return lookUp(world, name, world.types, ['types'])
}

/** Returns the qualified name that a new object will get, or null if that name is unknown. */
export function newName(world: SimulatedSchema, { schema, name }: ObjectName): ObjectName | null {
  const where = schema ?? world.defaultSchema
  if (where === undefined) return null
  const full = { schema: where, name }
  return isPlain(world, full) ? full : null
}

/** Returns the table, view, sequence or index that already has this exact name, or null if none is listed. */
export function occupant(world: SimulatedSchema, name: ObjectName): SimulatedRelation | null {
  return world.relations.get(keyOf(world, name)) ?? null
}

/** Returns whether an object with exactly this name may exist without being listed in `relations`. */
export function isDoubtful(world: SimulatedSchema, name: ObjectName): boolean {
  return world.doubtful.has(keyOf(world, name)) || !isFetched(world, name.name)
}

export function typeNamed(world: SimulatedSchema, name: ObjectName): SimulatedType | null {
  return world.types.get(keyOf(world, name)) ?? null
}

export function findSchema(world: SimulatedSchema, schema: string): Presence {
  if (world.schemas.has(schema)) return 'present'
  if (world.fetchedSchemas?.has(schema) === false) return 'unsure'
  return world.open.has('schemas') || world.dialect.schemas?.isSystem(schema) ? 'unsure' : 'absent'
}

export function removeRelation(world: SimulatedSchema, name: ObjectName): void {
  removeKey(world, keyOf(world, name))
}

export function addType(world: SimulatedSchema, name: ObjectName, type: SimulatedType): void {
  world.types.set(keyOf(world, name), type)
}

export function removeType(world: SimulatedSchema, name: ObjectName): void {
  world.types.delete(keyOf(world, name))
}

/** A question about rows. If the answer is yes, a statement definitely fails. A "no" or a timeout proves nothing. */
export type RowQuestion =
  | { readonly kind: 'rows'; readonly table: ObjectName }
  | { readonly kind: 'nulls'; readonly table: ObjectName; readonly columns: readonly [string] }
  /** Two of the first rows have identical, non-NULL values in all these columns. */
  | {
      readonly kind: 'duplicates'
      readonly table: ObjectName
      readonly columns: readonly string[]
      /** Ignores rows that don't satisfy this condition; undefined if it covers all rows. */
      readonly condition?: Condition
    }
  /** One of the first rows has values in these columns that don't exist in the target table. */
  | {
      readonly kind: 'orphans'
      readonly table: ObjectName
      readonly columns: readonly string[]
      readonly target: ObjectName
      readonly targetColumns: readonly string[]
    }
  /** One of the first rows doesn't satisfy the condition. */
  | {
      readonly kind: 'violates'
      readonly table: ObjectName
      readonly columns: readonly string[]
      readonly condition: Condition
    }

/** Answers to questions about rows, keyed by `rowQuestionKey`. True means yes. */
export type RowAnswers = ReadonlyMap<string, boolean>
