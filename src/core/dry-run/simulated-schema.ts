/**
 * A copy of the live schema on which pending operations are tried: relations, tables, types and schemas by name. Tracks
 * what is uncertain. Knows how names are resolved, but nothing about migrations.
 */
import type { Condition } from '../schema/check-condition.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { ObjectName } from '../history/operation.ts'
import { maybeShortened } from '../history/stored-names.ts'
import type {
  Dependent,
  ObjectAccess,
  SchemaAccess,
  ColumnSnapshot,
  ExtensionSnapshot,
  SchemaSnapshot,
  TableSnapshot,
} from '../schema/schema-snapshot.ts'

/** `unsure`: an operation that wasn't understood may have created or dropped the object. */
export type Presence = 'present' | 'absent' | 'unsure'

export interface SimulatedColumn {
  readonly name: string
  /** Catalog spelling; null if unknown. */
  readonly type: string | null
  readonly nullable: boolean | null
  /** Kind of user-defined type, as in the snapshot. */
  readonly userType?: ColumnSnapshot['userType']
  readonly isEnum?: true
  /** True for a generated column of a live table. */
  readonly generated?: true
  /** Enum type of a column that a pending migration adds or changes. */
  readonly enum?: ObjectName
  /** Default as the catalog prints it; null if the column has none, absent if unknown. */
  readonly serverDefault?: string | null
  /**
   * Name of the stored column, whose rows can be queried; null if a pending migration creates or changes the column.
   */
  readonly stored: string | null
  /** What prevents SQLite from dropping the column; `unsure` if something may. */
  readonly blockedBy?: 'PRIMARY KEY' | 'UNIQUE' | 'table' | 'unsure'
}

export interface SimulatedConstraint {
  readonly kind: string
  /** The constraint's columns; null if unknown. */
  readonly columns: readonly string[] | null
  /** False if the constraint may have been dropped. */
  readonly sure: boolean
  /** Target of a foreign key from a pending migration; absent if unknown. */
  readonly target?: SimulatedTable
  /** Present if a naming convention may have changed the name. */
  readonly likely?: true
  /** Condition of a CHECK that applies to rows as they are inserted; absent if unknown or not in a simple form. */
  readonly condition?: Condition
}

export interface SimulatedTable {
  readonly columns: Map<string, SimulatedColumn>
  readonly constraints: Map<string, SimulatedConstraint>
  /** False if there may be unlisted columns, or if listed columns may have been dropped. */
  columnsSure: boolean
  /** False if constraints with unknown names may exist. */
  namesSure: boolean
  /** The table has an index with an unknown name. */
  unlistedIndexes?: true
  /** Table name before the upgrade; null if a pending migration creates it. */
  readonly origin: ObjectName | null
  readonly access: ObjectAccess | null
  /** As in the snapshot; foreign keys that pending migrations add or drop aren't included. */
  readonly missingTargets?: TableSnapshot['missingTargets']
  /** How error messages describe the table under its original name; null if unknown. */
  readonly described: string | null
  /** Objects that depend on the table; `owner`: the dependent's own table, if known. */
  readonly dependents: readonly SimulatedDependent[]
  /** As in the snapshot. */
  readonly extension?: string
  /** Tables with foreign keys to this one from pending migrations; absent if no such keys are known. */
  referrers?: Set<SimulatedTable>
  /** True once the table is dropped, even if another object reuses its name. */
  dropped: boolean
  /** Keys of the table's indexes in `relations`, to avoid a full scan. */
  readonly indexes: Set<string>
}

/** An object that depends on a live table or type. */
export type SimulatedDependent = Dependent & {
  /** The dependent's table if pending migrations mention it, otherwise null. */
  readonly owner: SimulatedTable | null
}

/** An object in the namespace shared by tables, indexes, sequences and views. */
export interface SimulatedRelation {
  readonly kind: 'table' | 'index' | 'sequence' | 'view' | 'other'
  readonly schema: string | null
  readonly name: string
  /** The table itself, or an index's table if known. */
  readonly table: SimulatedTable | null
  /**
   * Columns of an index or a view; an entry is null for an expression or an unknown name. Null if the columns are
   * unknown.
   */
  readonly columns: readonly (string | null)[] | null
  /** True if a pending migration creates the relation. */
  readonly pending: boolean
  /** Present for a unique index, possibly partial, that doesn't back a constraint. */
  readonly unique?: true
  /** Present if a naming convention may have changed the name. */
  readonly likely?: true
  /** Present if a pending migration creates the index under this name, without `op.f`. */
  readonly written?: true
  /** An INVALID index, which no query uses. Absent if valid or unknown. */
  readonly invalid?: true
}

export interface SimulatedType {
  /** Labels of an enum; null if unknown, or if the type isn't an enum. */
  readonly values: Set<string> | null
  readonly owned: boolean | null
  /** Present if a pending migration creates the type. */
  readonly pending?: true
  /** Description as for tables; absent if no dependents are known. */
  readonly described?: string | null
  readonly dependents?: readonly SimulatedDependent[]
}

/** Labels that the running transaction has added to an enum. */
export interface NewLabels {
  readonly type: ObjectName
  readonly labels: Set<string>
  /**
   * True if the same transaction created the type; whether the labels can be used then depends on the server's version.
   */
  readonly pending: boolean
}

export interface SimulatedSchema {
  readonly dialect: Dialect
  readonly searchPath: readonly string[]
  readonly pathSetting: readonly string[]
  /** Schema for new unqualified names; null if none exists (or on SQLite), undefined if no longer known. */
  defaultSchema: string | null | undefined
  readonly relations: Map<string, SimulatedRelation>
  /** Keys of relations that aren't simulated in detail, such as views and sequences. */
  readonly others: Set<string>
  /** Names whose state is unknown. */
  readonly doubtful: Set<string>
  readonly types: Map<string, SimulatedType>
  readonly schemas: Map<string, SchemaAccess | null>
  /**
   * Kinds of objects that may exist without being listed; `keys`: indexes behind primary keys and other constraints.
   */
  readonly open: Set<'relations' | 'indexes' | 'keys' | 'types' | 'schemas'>
  /** False if foreign keys may have been dropped along with their target tables. */
  foreignKeysSure: boolean
  /** True if the role and its privileges are the same as before the upgrade. */
  accessSure: boolean
  /** True if no object was dropped by a cascade and views are unchanged. */
  dependentsSure: boolean
  /** True if no pending migration changes row-level security policies. */
  policiesSure: boolean
  /** Keys of views that pending migrations drop, rename or recreate, so they may no longer depend on anything. */
  readonly goneViews: Set<string>
  /** SQLite: true if there may be views or triggers, whose SQL is re-checked when a table is altered. */
  programs: boolean
  /** SQLite: folded names of tables whose foreign keys a pending migration may have changed. */
  readonly rebuilt: Set<string>
  /** True if no trigger or rule was created that may change inserted rows. */
  triggersSure: boolean
  /** True if the rows are the same as before the upgrade. */
  rowsSure: boolean
  /** Invalid indexes that a create-if-missing step skips because the name exists. */
  readonly keptInvalid: SimulatedRelation[]
  /** Questions asked about rows, and the known answers. */
  readonly questions: Map<string, RowQuestion>
  readonly answers: RowAnswers
  /** Enum labels added so far by the running transaction, by type. */
  readonly newLabels: Map<string, NewLabels>
  /** True if the running transaction can't have ended. */
  transactionSure: boolean
  /** True if env.py creates the engine itself, without options that may enable autocommit. */
  ownEngine: boolean
  /**
   * True if SQLite may enforce foreign keys. Dropping a table then deletes its rows first, which fails or cascades if other
   * rows refer to them; a batch that copies the table drops it, too.
   */
  mayEnforceKeys: boolean
  /** Enums that this run has already created implicitly, along with a table. */
  readonly broughtAlong: Set<string>
  readonly createSchemas: boolean | null
  /** True if the role is a superuser; null if unknown. */
  readonly superuser: boolean | null
  /** Extensions that pending migrations install, by name; an extension whose state is unknown isn't listed. */
  readonly extensions: Map<string, ExtensionSnapshot>
  /** False if the server may have its own rules about who can install which extensions. */
  readonly extensionRulesSure: boolean
  /** True if no casts between enums or built-in types were added; false if some were added, or if unknown. */
  castsSure: boolean
  /** Folded names for which the snapshot is complete; null if it is complete for all names. */
  readonly fetched: ReadonlySet<string> | null
  /** Folded schema names for which the snapshot is complete; null if it is complete for all schemas. */
  readonly fetchedSchemas: ReadonlySet<string> | null
  /** All tables and schemas before the upgrade; null if not requested. */
  readonly listed: SchemaSnapshot['listed'] | null
}

/** Folds a name for comparison. */
export function folded({ dialect }: SimulatedSchema, name: string): string {
  return dialect.foldName(name)
}

/** Returns the key under which an object with that name is stored. */
export function keyOf(world: SimulatedSchema, { schema, name }: ObjectName): string {
  return world.dialect.schemas === null ? folded(world, name) : `${schema ?? ''}\0${folded(world, name)}`
}

/** Returns whether the name exceeds the database's limit, even at one byte per character. */
export function isCutOff({ dialect }: SimulatedSchema, name: string): boolean {
  return name.length > (dialect.maxIdentifierBytes ?? Infinity)
}

/**
 * Returns whether a naming convention may have turned `written` into this name. Conventions use
 * `%(constraint_name)s`, so the result contains the written name unless SQLAlchemy truncates it.
 */
export function mayStandFor({ dialect }: SimulatedSchema, name: string, written: string): boolean {
  return name.includes(written) || maybeShortened(name, dialect)
}

/** Returns whether the database certainly stores the name unchanged. */
export function isPlainName(world: SimulatedSchema, name: string): boolean {
  return /^[\u0020-\u007e]+$/.test(name) && !isCutOff(world, name)
}

/** Returns whether the database certainly stores the name unchanged; false for system schemas, which weren't read. */
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
}

/** Removes a relation, if it exists. */
export function removeKey(world: SimulatedSchema, key: string): void {
  const relation = world.relations.get(key)
  if (relation?.kind === 'index') relation.table?.indexes.delete(key)
  world.others.delete(key)
  world.relations.delete(key)
}

/** Returns the known indexes of a table. */
export function indexesOf(world: SimulatedSchema, { indexes }: SimulatedTable): readonly SimulatedRelation[] {
  return [...indexes].flatMap((key) => world.relations.get(key) ?? [])
}

export interface LookupResult<T> {
  readonly presence: Presence
  readonly value: T | null
  /** The name, qualified with the schema in which it was found. */
  readonly name: ObjectName
}

/** Returns the candidate qualified names in search order; null if unknown. */
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
  return { presence: 'absent', value: null, name }
}

/** Returns whether the snapshot covers this name. */
export function isFetched(world: SimulatedSchema, name: string): boolean {
  return world.fetched === null || world.fetched.has(folded(world, name))
}

/** Kinds of unlisted objects that may have the name, by kind of lookup. */
const unlisted = {
  table: ['relations'],
  /** An index behind a key can't be dropped by name. */
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

/** Looks up a name among types; row types of tables count as relations. */
export function findType(world: SimulatedSchema, name: ObjectName): LookupResult<SimulatedType> {
  return lookUp(world, name, world.types, ['types'])
}

/** Returns the qualified name of a new object; null if unknown. */
export function newName(world: SimulatedSchema, { schema, name }: ObjectName): ObjectName | null {
  const where = schema ?? world.defaultSchema
  if (where === undefined) return null
  const full = { schema: where, name }
  return isPlain(world, full) ? full : null
}

/** Returns the object that already has exactly this name, including views, sequences and indexes. */
export function occupant(world: SimulatedSchema, name: ObjectName): SimulatedRelation | null {
  return world.relations.get(keyOf(world, name)) ?? null
}

/** Returns whether an unknown object may already have exactly this name. */
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

/** A question about rows. The answer "yes" proves that a statement can't succeed; "no" or a timeout proves nothing. */
export type RowQuestion =
  | { readonly kind: 'rows'; readonly table: ObjectName }
  | { readonly kind: 'nulls'; readonly table: ObjectName; readonly columns: readonly [string] }
  /** Two of the first rows have identical, non-NULL values in all these columns. */
  | { readonly kind: 'duplicates'; readonly table: ObjectName; readonly columns: readonly string[] }
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

/** Keyed by `rowQuestionKey`; true means yes. */
export type RowAnswers = ReadonlyMap<string, boolean>
