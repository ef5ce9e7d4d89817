/**
 * A copy of the live schema, used to simulate pending operations. Tracks which objects are uncertain, and resolves
 * names. Knows nothing about migrations.
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
  TypeSnapshot,
} from '../schema/schema-snapshot.ts'

/** Whether an object exists. `unsure` if an operation that isn't understood may have created or dropped it. */
export type Presence = 'present' | 'absent' | 'unsure'

export interface SimulatedColumn {
  readonly name: string
  /** Type name as the catalog spells it; null if unknown. */
  readonly type: string | null
  readonly nullable: boolean | null
  /** Kind of user-defined type, as in the snapshot. */
  readonly userType?: ColumnSnapshot['userType']
  readonly isEnum?: true
  /** True if the column is definitely generated. */
  readonly generated?: true
  /** Set for an IDENTITY column, as in the snapshot. `unknown`: either kind. */
  readonly identity?: ColumnSnapshot['identity'] | 'unknown'
  /** Columns used by a generated column; undefined if unknown. */
  readonly computedFrom?: readonly string[]
  /** The column's enum type, if a pending migration adds or changes the column. */
  readonly enum?: ObjectName
  /** Default as the catalog prints it; null if there is none, undefined if unknown. */
  readonly serverDefault?: string | null
  /**
   * The column's name in the live table, for querying its values. Null if a pending migration creates or changes the
   * column.
   */
  readonly stored: string | null
  /** True for a new column without a default. It's NULL in all existing rows until a statement sets a value. */
  readonly empty?: true
  /** True if a pending migration gave the column a value in every row. */
  readonly filled?: true
  /** True if the column might not exist. */
  readonly perhaps?: true
  /** Why SQLite can't drop the column. `unsure` if SQLite might be able to. */
  readonly blockedBy?: 'PRIMARY KEY' | 'UNIQUE' | 'table' | 'unsure'
}

export interface SimulatedConstraint {
  readonly kind: string
  /** Null if unknown. */
  readonly columns: readonly string[] | null
  /** False if the constraint may have been dropped. */
  readonly sure: boolean
  /** The table referenced by a new foreign key; undefined if unknown. */
  readonly target?: SimulatedTable
  /** The columns that a new foreign key references; undefined if unknown. */
  readonly targetColumns?: readonly string[]
  /** The table that a foreign key referenced before the upgrade. */
  readonly refersTo?: ObjectName
  /** True if the actual name may differ, for example because of a naming convention. */
  readonly likely?: true
  /** True for a DEFERRABLE key; null if unknown. Foreign keys can't reference it, and ON CONFLICT can't use it. */
  readonly deferrable?: true | null
  /** True if PostgreSQL has definitely validated the CHECK constraint or foreign key for all rows. */
  readonly valid?: true
  /** A CHECK constraint's condition; undefined if unknown or too complex. */
  readonly condition?: Condition
  /** True if the constraint came from a parent table before the upgrade. */
  readonly inherited?: true
}

export interface SimulatedTable {
  readonly columns: Map<string, SimulatedColumn>
  readonly constraints: Map<string, SimulatedConstraint>
  /** False if `columns` may be incomplete, or may list dropped columns. */
  columnsSure: boolean
  /** False if the table may have constraints with unknown names. */
  namesSure: boolean
  /** True if the table may have unlisted indexes or constraints. */
  partsDoubtful?: true
  /**
   * Set only if a pending migration creates the table empty. `none` until a statement may have added rows, then
   * `unknown`.
   */
  rows?: 'none' | 'unknown'
  /** True if the table has an index with an unknown name. */
  unlistedIndexes?: true
  /** The table's name before the upgrade; null if a pending migration creates it. */
  readonly origin: ObjectName | null
  readonly access: ObjectAccess | null
  /** Missing tables referenced by foreign keys, according to the snapshot. Ignores pending migrations. */
  readonly missingTargets?: TableSnapshot['missingTargets']
  /** Tables that its foreign keys reference. Omits PostgreSQL's existing foreign keys. */
  targets?: Set<SimulatedTable>
  /** True if a new foreign key references a table that may not exist. */
  mayMissTarget?: true
  /** How error messages refer to the table by its original name; null if unknown. */
  readonly described: string | null
  readonly dependents: readonly SimulatedDependent[]
  /** Extension that the table belonged to before the upgrade. */
  readonly extension?: string
  /** As in the snapshot. */
  readonly usedElsewhere?: TableSnapshot['usedElsewhere']
  /** On SQLite, true if a CHECK constraint or generated column may use any column. */
  hasExpressions?: true
  /** As in the snapshot, so without new rules and triggers. */
  readonly runsCode?: true
  /** Tables with a new foreign key to this one. */
  referrers?: Set<SimulatedTable>
  /** Partitions and child tables created by pending migrations. */
  children?: Set<SimulatedTable>
  /** True if the table had parents or children before the upgrade. */
  readonly related?: true
  /** How the table is partitioned, if it's new. */
  partitioned?: Partitioning
  /** Bound for a new hash partition. */
  bound?: HashBound
  /** Columns of every index that a pending migration chose as the replica identity. */
  identity?: ReadonlySet<string>
  /** True once the table has been dropped, even if its name is reused. */
  dropped: boolean
  /** Keys of the table's indexes in `relations`, so that lookups don't scan the whole map. */
  readonly indexes: Set<string>
  /** Keys of the sequences that the table's columns definitely own. */
  sequences?: Set<string>
}

/** An object that depends on a live table or type. */
export type SimulatedDependent = Dependent & {
  /** The dependent object's table; null if pending migrations don't mention it. */
  readonly owner: SimulatedTable | null
}

/** A table, index, sequence or view. They share a namespace. */
export interface SimulatedRelation {
  readonly kind: 'table' | 'index' | 'sequence' | 'view' | 'other'
  readonly schema: string | null
  readonly name: string
  /** The table itself, or an index's table. Null if unknown, or for other kinds of objects. */
  readonly table: SimulatedTable | null
  /** Columns of an index or view; null if unknown. An entry is null for an expression or unknown name. */
  readonly columns: readonly (string | null)[] | null
  /** True if a pending migration creates the relation. */
  readonly pending: boolean
  /** True for a unique index, even a partial one, that no constraint owns. */
  readonly unique?: true
  /** True for a unique index that definitely covers all rows and compares plain columns in the default way. */
  readonly whole?: true
  /** True for a unique index that can become the index of a UNIQUE constraint. */
  readonly promotable?: true
  /** True for an index with a WHERE clause. */
  readonly partial?: true
  /** True if the actual name may differ, for example because of a naming convention. */
  readonly likely?: true
  /** True for a new index without `op.f`, whose name a naming convention may still change. */
  readonly written?: true
  /** True for a new index with a condition, an expression, an operator class or a method other than `btree`. */
  readonly special?: true
  /** All columns that the index uses, including those in its expressions and condition; undefined if unknown. */
  readonly uses?: readonly string[]
  /** Definition of a new view; undefined if unknown. */
  readonly definition?: ViewDefinition
  /** True for an INVALID index, which no query uses. */
  readonly invalid?: true
  /** The column that owns a new sequence; undefined if unknown. */
  readonly ownedBy?: { readonly table: SimulatedTable; readonly column: string }
}

/** A trigger that may exist. `table` and `name` are null if unknown. */
export interface TriggerCaller {
  readonly table: SimulatedTable | null
  readonly name: string | null
  /** Name of the trigger's function, without the schema. Null if it could be any function. */
  readonly calls: string | null
}

/** What a new view uses and returns. */
export interface ViewDefinition {
  readonly tables: Set<SimulatedTable>
  /** Names of all columns in the definition, from any table. `*` stands for all columns. */
  readonly columns: Set<string>
  /** Names and types of the view's columns, as comparable text. */
  readonly result: string
}

export interface SimulatedType {
  /** An enum's labels; null if unknown, or if the type isn't an enum. */
  readonly values: Set<string> | null
  readonly owned: boolean | null
  /** Kind of a type that existed before the upgrade, as in the snapshot. */
  readonly kind?: TypeSnapshot['kind']
  /** True if a pending migration creates the type. */
  readonly pending?: true
  /** How error messages describe the type; null or undefined if unknown. */
  readonly described?: string | null
  readonly dependents?: readonly SimulatedDependent[]
  /** As in the snapshot. */
  readonly usedElsewhere?: true
}

/** Extended statistics on a table. They're dropped with the table, or with any of their columns. */
export interface SimulatedStatistics {
  /** Null if the table is unknown, or if no pending migration uses it. */
  readonly table: SimulatedTable | null
  /** Null if unknown. */
  readonly columns: readonly string[] | null
  readonly owned: boolean
  /** False if the statistics might not exist. */
  readonly sure: boolean
}

/** A new object, and the tables and types that it may depend on; null if it may depend on any. */
export interface DependentObject {
  readonly what: string
  readonly name: ObjectName | null
  /** The table that the object is dropped with, if any. */
  readonly owner: SimulatedTable | null
  readonly tables: ReadonlySet<SimulatedTable> | null
  readonly types: ReadonlySet<string> | null
}

/** Labels that the current transaction adds to an enum. */
export interface NewLabels {
  readonly type: ObjectName
  readonly labels: Set<string>
  /**
   * True if the same transaction created the type. In that case, whether new labels can be used depends on the
   * PostgreSQL version.
   */
  readonly pending: boolean
}

export interface SimulatedSchema {
  readonly dialect: Dialect
  readonly searchPath: readonly string[]
  readonly pathSetting: readonly string[]
  /**
   * Schema for new objects with unqualified names. Null if there is none, as on SQLite; undefined if it may have
   * changed.
   */
  defaultSchema: string | null | undefined
  readonly relations: Map<string, SimulatedRelation>
  /** Keys of relations other than tables and indexes. */
  readonly others: Set<string>
  /** Keys of the views created by pending migrations. */
  readonly newViews: Set<string>
  /** Keys of objects that may or may not exist. */
  readonly doubtful: Set<string>
  /** Keys in `doubtful` that can only be sequences. */
  readonly onlySequences: Set<string>
  /** Keys in `doubtful` that can only belong to indexes that aren't needed by a constraint. */
  readonly onlyIndexes: Set<string>
  readonly types: Map<string, SimulatedType>
  readonly schemas: Map<string, SchemaAccess | null>
  /**
   * Kinds of objects that may be missing from the lists. `keys` are the indexes that implement constraints. `parts`
   * are the indexes on partitions, whose names PostgreSQL chooses.
   */
  readonly open: Set<'relations' | 'indexes' | 'keys' | 'parts' | 'types' | 'schemas'>
  /** False if dropping a referenced table may also have dropped foreign keys. */
  foreignKeysSure: boolean
  /** False if the role or its privileges may have changed. */
  accessSure: boolean
  /** False if the role may have lost privileges or may be another one. It may still have gained privileges. */
  rightsKept: boolean
  /** False once the dependents listed in the snapshot may be outdated, for example after a DROP with CASCADE. */
  dependentsSure: boolean
  /** True if no pending migration changes row-level security policies. */
  policiesSure: boolean
  /**
   * Views that pending migrations drop, rename or recreate. The snapshot may list outdated dependencies for these
   * views.
   */
  readonly goneViews: Set<string>
  /** False once an object other than a view may depend on a new view. */
  viewsSure: boolean
  /** On SQLite, true if views or triggers may exist. SQLite checks their SQL on every ALTER TABLE. */
  programs: boolean
  /** On SQLite, case-folded names of tables whose foreign keys may have changed. */
  readonly rebuilt: Set<string>
  /** False once the upgrade may have created a rule, or a trigger on a table outside `triggered`. */
  triggersSure: boolean
  /** Tables with new triggers. */
  readonly triggered: Set<SimulatedTable>
  /** Tables in `triggered` with a trigger that may fire even if a statement changes no rows. */
  readonly alwaysTriggered: Set<SimulatedTable>
  /** All tables with columns that are `filled` or `empty`, and perhaps others. */
  readonly withKnownValues: Set<SimulatedTable>
  /** Tables in `triggered` with a trigger that may add rows to any table. */
  readonly filling: Set<SimulatedTable>
  /** Functions that new triggers may run, not counting triggers that may add rows to any table. */
  readonly triggerFunctions: Set<string>
  /** False if a pending migration may have created a routine that adds rows when a statement calls it. */
  routinesSure: boolean
  /**
   * True if a statement adds rows only to the tables that it names. Disregards routines, and triggers on tables in
   * `filling`.
   */
  writesSure: boolean
  /** True if no rows have changed during the upgrade. */
  rowsSure: boolean
  /** Invalid indexes that made a `CREATE INDEX IF NOT EXISTS` do nothing. */
  readonly keptInvalid: SimulatedRelation[]
  /** Questions about rows, and the answers known so far. */
  readonly questions: Map<string, RowQuestion>
  readonly answers: RowAnswers
  /** Labels that the current transaction adds to enums, by type. */
  readonly newLabels: Map<string, NewLabels>
  /** True if the current transaction is definitely still open. */
  transactionSure: boolean
  /** True if statements may run outside a transaction block. Some drivers begin no new one after a COMMIT in SQL. */
  mayBeOutside: boolean
  /** True if statements in an `autocommit_block()` may run inside a transaction block, for example after a BEGIN. */
  mayBeInside: boolean
  /** True if no naming convention changes the names of constraints and indexes. */
  namesFinal: boolean
  /** Keys of the requested constraint names that were already taken before the upgrade. */
  readonly takenConstraints: ReadonlySet<string>
  /** The part of `takenConstraints` that doesn't belong to tables of the snapshot. */
  readonly otherConstraints: ReadonlySet<string>
  /** True if env.py creates the engine itself, without any options that may enable autocommit. */
  ownEngine: boolean
  /**
   * True if SQLite may enforce foreign keys.
   *
   * DROP TABLE then deletes the table's rows first, and fails or cascades if other rows reference them. Batches that
   * copy a table also drop the original.
   */
  mayEnforceKeys: boolean
  /** Enums that this dry run has already created together with a table. */
  readonly broughtAlong: Set<string>
  readonly createSchemas: boolean | null
  /** True if the role is a superuser; null if unknown. */
  readonly superuser: boolean | null
  /** Extensions that pending migrations install, by name. Omits extensions whose state is unknown. */
  readonly extensions: Map<string, ExtensionSnapshot>
  /** Extensions that pending migrations install for the first time, in the default schema. */
  readonly newExtensions: Set<string>
  /** Existing functions that could conflict with new ones; null if unknown. */
  routines: RoutineSnapshot | null
  /** Live functions whose names pending migrations call, keyed by name. Null if any function may have changed. */
  functions: ReadonlyMap<string, readonly FunctionSnapshot[]> | null
  /** True if `functions`, `newFunctions`, `doubtfulFunctions` and `newExtensions` cover all functions. */
  functionsSure: boolean
  /** Functions that pending migrations definitely create, by name and parameter types. */
  readonly newFunctions: Map<string, NewFunction>
  /** New objects that may depend on tables and types. */
  newDependents: readonly DependentObject[]
  /** Keys of the trigger functions that pending migrations create. */
  readonly newTriggerFunctions: Set<string>
  /** Names of functions that pending migrations may have created, changed or dropped. */
  readonly doubtfulFunctions: Set<string>
  /** Names of all triggers, by table. Covers only tables that get new triggers. */
  newTriggers: Map<SimulatedTable, readonly string[]>
  /** Triggers that pending migrations may have created. */
  readonly callers: TriggerCaller[]
  /** Names of all policies, by table; null if unknown. Covers only tables that get new policies. */
  readonly newPolicies: Map<SimulatedTable, readonly string[] | null>
  /**
   * Columns used by new triggers and policies, by table; null if unknown. Such columns can't be dropped or retyped.
   */
  readonly usedColumns: Map<SimulatedTable, ReadonlySet<string> | null>
  /** Extended statistics by key; null if some may have unknown names. */
  statistics: Map<string, SimulatedStatistics> | null
  /** Whether certain roles exist. Omits roles that may have been created or dropped. */
  readonly roles: Map<string, boolean>
  /** False if the server may have its own rules for installing extensions. */
  readonly extensionRulesSure: boolean
  /** False if user-defined casts between enums or built-in types may exist. */
  castsSure: boolean
  /** Case-folded names that the snapshot covers; null if it covers all names. */
  readonly fetched: ReadonlySet<string> | null
  /** Case-folded names of schemas that the snapshot covers; null if it covers all schemas. */
  readonly fetchedSchemas: ReadonlySet<string> | null
  /** Case-folded names of all objects before the upgrade; null if not fetched. */
  readonly everyName: ReadonlySet<string> | null
  /** All tables and schemas before the upgrade; null if not fetched. */
  readonly listed: SchemaSnapshot['listed'] | null
}

/** Returns the case-folded name, for comparisons. */
export function folded({ dialect }: SimulatedSchema, name: string): string {
  return dialect.foldName(name)
}

/** Returns the key of the object with this name. */
export function keyOf(world: SimulatedSchema, { schema, name }: ObjectName): string {
  return world.dialect.schemas === null ? folded(world, name) : `${schema ?? ''}\0${folded(world, name)}`
}

/** Whether the name is too long for the database, even with one byte per character. */
export function isCutOff({ dialect }: SimulatedSchema, name: string): boolean {
  return name.length > (dialect.maxIdentifierBytes ?? Infinity)
}

/**
 * Whether a naming convention may turn `written` into `name`. Conventions with `%(constraint_name)s` insert
 * `written`, so `name` contains it unless SQLAlchemy truncates it.
 */
export function mayStandFor({ dialect }: SimulatedSchema, name: string, written: string): boolean {
  return name.includes(written) || maybeShortened(name, dialect)
}

/** Whether the database definitely stores the name unchanged. */
export function isPlainName(world: SimulatedSchema, name: string): boolean {
  return /^[\u0020-\u007e]+$/.test(name) && !isCutOff(world, name)
}

/**
 * Whether the database definitely stores the qualified name unchanged. False for system schemas, which the snapshot
 * omits.
 */
function isPlain(world: SimulatedSchema, { schema, name }: ObjectName): boolean {
  if (schema !== null && world.dialect.schemas?.isSystem(schema) !== false) return false
  return isPlainName(world, name)
}

/** Adds a relation. */
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

/** Returns the known indexes on a table. */
export function indexesOf(world: SimulatedSchema, { indexes }: SimulatedTable): readonly SimulatedRelation[] {
  return [...indexes].flatMap((key) => world.relations.get(key) ?? [])
}

export interface LookupResult<T> {
  readonly presence: Presence
  readonly value: T | null
  /** The object's name, with its actual schema. */
  readonly name: ObjectName
}

/** Returns the qualified names to try, in search order; null if unknown. */
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

/** Whether PostgreSQL may have chosen this name for an index (`ChooseIndexName` in indexcmds.c). */
function isChosenName(name: string): boolean {
  return /_(?:idx|key|pkey|excl)\d*$/.test(name)
}

/** Whether the snapshot covers all objects with this name. */
export function isFetched(world: SimulatedSchema, name: string): boolean {
  const { fetched, everyName } = world
  const key = folded(world, name)
  return fetched === null || fetched.has(key) || everyName?.has(key) === false
}

/**
 * Kinds of objects that each lookup can find. If `open` contains one of these kinds, an unlisted object may have the
 * name.
 */
const unlisted = {
  table: ['relations'],
  /** Omits indexes that back constraints, because they can't be dropped by name. */
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

/** Looks up a name among types, except the row types of tables, which are looked up as relations. */
export function findType(world: SimulatedSchema, name: ObjectName): LookupResult<SimulatedType> {
  return lookUp(world, name, world.types, ['types'])
}

/** Returns a new object's qualified name; null if unknown. */
export function newName(world: SimulatedSchema, { schema, name }: ObjectName): ObjectName | null {
  const where = schema ?? world.defaultSchema
  if (where === undefined) return null
  const full = { schema: where, name }
  return isPlain(world, full) ? full : null
}

/** Returns the table, view, sequence or index with exactly this name; null if none is listed. */
export function occupant(world: SimulatedSchema, name: ObjectName): SimulatedRelation | null {
  return world.relations.get(keyOf(world, name)) ?? null
}

/** Whether an unlisted object with exactly this name may exist. */
export function isDoubtful(world: SimulatedSchema, name: ObjectName): boolean {
  return world.doubtful.has(keyOf(world, name)) || !isFetched(world, name.name)
}

/**
 * Returns the type that keeps a new object from having this name; null if none is listed. PostgreSQL renames an array
 * type instead (`moveArrayTypeName` in pg_type.c).
 */
export function typeNamed(world: SimulatedSchema, name: ObjectName): SimulatedType | null {
  const type = world.types.get(keyOf(world, name))
  return type && type.kind !== 'array' ? type : null
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
  /** Two of the first rows have the same non-NULL values in all these columns. */
  | {
      readonly kind: 'duplicates'
      readonly table: ObjectName
      readonly columns: readonly string[]
      /** Only rows that satisfy this condition count; undefined if all rows do. */
      readonly condition?: Condition
    }
  /** One of the first rows has values that are missing from the target table. */
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

/** Answers to questions about rows, by `rowQuestionKey`. True means yes. */
export type RowAnswers = ReadonlyMap<string, boolean>
