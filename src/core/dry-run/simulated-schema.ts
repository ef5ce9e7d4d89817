/**
 * A copy of the live schema that pending operations are tried on: relations, tables, types and schemas by name, and
 * what is not known of them. Knows how names are looked up; nothing about migrations.
 */
import type { Dialect } from '../dialect/dialect.ts'
import type { ObjectName } from '../history/operation.ts'
import { maybeShortened } from '../history/stored-names.ts'
import type {
  Dependent,
  ObjectAccess,
  SchemaAccess,
  ColumnSnapshot,
  SchemaSnapshot,
} from '../schema/schema-snapshot.ts'

/** `unsure`: something that was not understood may have made it, or taken it away. */
export type Presence = 'present' | 'absent' | 'unsure'

export interface SimulatedColumn {
  readonly name: string
  /** As the catalog spells it; null: not known. */
  readonly type: string | null
  readonly nullable: boolean | null
  /** As in the snapshot. */
  readonly userType?: ColumnSnapshot['userType']
  readonly isEnum?: true
  /** The enum of a column that a pending migration makes or changes. */
  readonly enum?: ObjectName
  /** As the catalog prints it; null: none. Absent: not known. */
  readonly serverDefault?: string | null
  /** Its name in the database, whose rows can be asked; null: a pending migration makes or changes it. */
  readonly stored: string | null
  /** What keeps SQLite from dropping it; `unsure`: maybe something. */
  readonly blockedBy?: 'PRIMARY KEY' | 'UNIQUE' | 'table' | 'unsure'
}

export interface SimulatedConstraint {
  readonly kind: string
  /** null: not known */
  readonly columns: readonly string[] | null
  /** False: it may be gone. */
  readonly sure: boolean
  /** The table that a foreign key of a pending migration refers to; absent: not known. */
  readonly target?: SimulatedTable
  /** A naming convention may have given it another name. Absent: no. */
  readonly likely?: true
}

export interface SimulatedTable {
  readonly columns: Map<string, SimulatedColumn>
  readonly constraints: Map<string, SimulatedConstraint>
  /** False: there may be columns that are not listed, and listed ones may be gone. */
  columnsSure: boolean
  /** False: there may be constraints whose names are not known. */
  namesSure: boolean
  /** It has got an index whose name is not known. */
  unlistedIndexes?: true
  /** Was it there before the upgrade, and under which name? Null: a pending migration made it. */
  readonly origin: ObjectName | null
  readonly access: ObjectAccess | null
  /** As messages speak of it under its first name; null: not known. */
  readonly described: string | null
  /** What others need of it; `owner`: their table, where that is known. */
  readonly dependents: readonly SimulatedDependent[]
  /** Tables whose foreign keys, of pending migrations, refer to it; absent: none. */
  referrers?: Set<SimulatedTable>
  /** It is gone, whatever has its name. */
  dropped: boolean
  /** Keys of its indexes among the relations, so that nobody looks through all of them. */
  readonly indexes: Set<string>
}

/** Something that needs a live table or a live type. */
export type SimulatedDependent = Dependent & {
  /** Its table, where pending migrations speak of that; null: they don't. */
  readonly owner: SimulatedTable | null
}

/** Whatever occupies a name among tables, indexes, sequences and views. */
export interface SimulatedRelation {
  readonly kind: 'table' | 'index' | 'sequence' | 'view' | 'other'
  readonly schema: string | null
  readonly name: string
  /** Of a table its own, of an index that of its table, where that is known. */
  readonly table: SimulatedTable | null
  /** Columns of an index, null for an expression; null as a whole: not known. */
  readonly columns: readonly (string | null)[] | null
  /** A pending migration makes it. */
  readonly pending: boolean
  /** A unique index, which may hold some of the rows only. Absent: it isn't one, or a constraint stands before it. */
  readonly unique?: true
  /** A naming convention may have given it another name. Absent: no. */
  readonly likely?: true
  /** An index that no query uses. Absent: it isn't one, or that isn't known. */
  readonly invalid?: true
}

export interface SimulatedType {
  /** Labels of an enum; null: it is none, or they are not known. */
  readonly values: Set<string> | null
  readonly owned: boolean | null
  /** A pending migration makes it. */
  readonly pending?: true
  /** As for tables; absent: nothing that is known needs it. */
  readonly described?: string | null
  readonly dependents?: readonly SimulatedDependent[]
}

/** Labels of an enum that the running transaction has added. */
export interface NewLabels {
  readonly type: ObjectName
  readonly labels: Set<string>
  /** The transaction made the type as well, so that the server's release decides whether they may be used. */
  readonly pending: boolean
}

export interface SimulatedSchema {
  readonly dialect: Dialect
  readonly searchPath: readonly string[]
  readonly pathSetting: readonly string[]
  /** Where names without a schema are made; null: nowhere (SQLite has no schemas); undefined: not known any more. */
  defaultSchema: string | null | undefined
  readonly relations: Map<string, SimulatedRelation>
  /** Keys of the relations that are not followed: views, sequences and the like. */
  readonly others: Set<string>
  /** Names of which nothing is known. */
  readonly doubtful: Set<string>
  readonly types: Map<string, SimulatedType>
  readonly schemas: Map<string, SchemaAccess | null>
  /** Kinds of things that may be there without being listed; `keys`: indexes behind primary keys and the like. */
  readonly open: Set<'relations' | 'indexes' | 'keys' | 'types' | 'schemas'>
  /** Foreign keys may have gone with what they refer to. */
  foreignKeysSure: boolean
  /** The role and what it may do are as they were before the upgrade. */
  accessSure: boolean
  /** Nothing has gone in the wake of something else, and views are as they were. */
  dependentsSure: boolean
  /** Keys of views that pending migrations drop, rename or make anew, so that they may need nothing any more. */
  readonly goneViews: Set<string>
  /** SQLite: there may be views or triggers, whose texts it checks when a table changes. */
  programs: boolean
  /** Rows are as they were before the upgrade. */
  rowsSure: boolean
  /** Invalid indexes for which a step that makes what is missing does nothing, by name. */
  readonly keptInvalid: SimulatedRelation[]
  /** What was asked about rows, and what is known of it. */
  readonly questions: Map<string, RowQuestion>
  readonly answers: RowAnswers
  /** Labels that enums got in the transaction so far. */
  readonly newLabels: Map<string, NewLabels>
  /** Nothing may have ended that transaction. */
  transactionSure: boolean
  /** Enums that tables have brought along in this run. */
  readonly broughtAlong: Set<string>
  readonly createSchemas: boolean | null
  /** Is the role one? Null: not known. */
  readonly superuser: boolean | null
  /** No casts were added between enums or PostgreSQL's own types; false: or that is not known. */
  castsSure: boolean
  /** Names of which the snapshot holds everything, folded; null: it holds all there is. */
  readonly fetched: ReadonlySet<string> | null
  /** The same for schemas. */
  readonly fetchedSchemas: ReadonlySet<string> | null
  /** All tables and schemas before the upgrade; null: nobody asked. */
  readonly listed: SchemaSnapshot['listed'] | null
}

/** The form in which names are compared. */
export function folded({ dialect }: SimulatedSchema, name: string): string {
  return dialect.foldName(name)
}

/** The key under which a thing of that name is kept. */
export function keyOf(world: SimulatedSchema, { schema, name }: ObjectName): string {
  return world.dialect.schemas === null ? folded(world, name) : `${schema ?? ''}\0${folded(world, name)}`
}

/** Is the name too long for the database, even if each character is one byte? */
export function isCutOff({ dialect }: SimulatedSchema, name: string): boolean {
  return name.length > (dialect.maxIdentifierBytes ?? Infinity)
}

/**
 * May a naming convention have made this name of the written one? It does so only by way of `%(constraint_name)s`, so
 * that the written name is part of it, unless SQLAlchemy shortens the result.
 */
export function mayStandFor({ dialect }: SimulatedSchema, name: string, written: string): boolean {
  return name.includes(written) || maybeShortened(name, dialect)
}

/** Does the database certainly keep the name as it is? */
export function isPlainName(world: SimulatedSchema, name: string): boolean {
  return /^[\u0020-\u007e]+$/.test(name) && !isCutOff(world, name)
}

/** The server's own schemas were not read. */
function isPlain(world: SimulatedSchema, { schema, name }: ObjectName): boolean {
  if (schema !== null && world.dialect.schemas?.isSystem(schema) !== false) return false
  return isPlainName(world, name)
}

/** Puts a new table, index or another relation into the world. */
export function insertRelation(world: SimulatedSchema, relation: SimulatedRelation): void {
  const key = keyOf(world, relation)
  removeKey(world, key)
  world.doubtful.delete(key)
  world.relations.set(key, relation)
  if (relation.kind === 'index') relation.table?.indexes.add(key)
  else if (relation.kind !== 'table') world.others.add(key)
}

/** Takes a relation away; nothing happens where there is none. */
export function removeKey(world: SimulatedSchema, key: string): void {
  const relation = world.relations.get(key)
  if (relation?.kind === 'index') relation.table?.indexes.delete(key)
  world.others.delete(key)
  world.relations.delete(key)
}

/** The indexes of a table that are known. */
export function indexesOf(world: SimulatedSchema, { indexes }: SimulatedTable): readonly SimulatedRelation[] {
  return [...indexes].flatMap((key) => world.relations.get(key) ?? [])
}

export interface LookupResult<T> {
  readonly presence: Presence
  readonly value: T | null
  /** With the schema in which it was found. */
  readonly name: ObjectName
}

/** Where a name is looked for, in order; null: that can't be told. */
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

/** Was the live schema asked for this name? */
export function isFetched(world: SimulatedSchema, name: string): boolean {
  return world.fetched === null || world.fetched.has(folded(world, name))
}

/** Kinds that may be there unlisted, where a name is looked for that a thing of this kind may have. */
const unlisted = {
  table: ['relations'],
  /** An index behind a key can't be dropped by its name. */
  plainIndex: ['relations', 'indexes'],
  index: ['relations', 'indexes', 'keys'],
} as const

/** What a name leads to among tables, indexes, sequences and views. */
export function findRelation(
  world: SimulatedSchema,
  name: ObjectName,
  kind: keyof typeof unlisted = 'table',
): LookupResult<SimulatedRelation> {
  return lookUp(world, name, world.relations, unlisted[kind])
}

/** What a name leads to among types; the types of tables are relations. */
export function findType(world: SimulatedSchema, name: ObjectName): LookupResult<SimulatedType> {
  return lookUp(world, name, world.types, ['types'])
}

/** The full name under which something new is made; null: that can't be told. */
export function newName(world: SimulatedSchema, { schema, name }: ObjectName): ObjectName | null {
  const where = schema ?? world.defaultSchema
  if (where === undefined) return null
  const full = { schema: where, name }
  return isPlain(world, full) ? full : null
}

/** Does something have this very name already? Views, sequences and indexes count. */
export function occupant(world: SimulatedSchema, name: ObjectName): SimulatedRelation | null {
  return world.relations.get(keyOf(world, name)) ?? null
}

/** May something have this very name that was there before? */
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

/** A yes proves that a statement can't succeed; a no, or no answer in time, proves nothing. */
export type RowQuestion =
  | { readonly kind: 'rows'; readonly table: ObjectName }
  | { readonly kind: 'nulls'; readonly table: ObjectName; readonly columns: readonly [string] }
  /** Two rows among the first ones that have the same values in all these columns, none of them NULL. */
  | { readonly kind: 'duplicates'; readonly table: ObjectName; readonly columns: readonly string[] }
  /** A row among the first ones whose values in these columns no row of the target has. */
  | {
      readonly kind: 'orphans'
      readonly table: ObjectName
      readonly columns: readonly string[]
      readonly target: ObjectName
      readonly targetColumns: readonly string[]
    }

/** By `rowQuestionKey`; true: yes. */
export type RowAnswers = ReadonlyMap<string, boolean>
