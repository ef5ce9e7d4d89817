/**
 * Derives the schema from the migrations, without a database. Objects affected by an unknown operation become
 * uncertain.
 */
import type {
  Column,
  ColumnType,
  Constraint,
  ObjectName,
  Operation,
  Operations,
} from '../history/operation.ts'
import { type PersistentMap, emptyMap } from './persistent-map.ts'

/** A table as defined by the migrations. `complete` is false if the columns aren't all known. */
export interface MigratedTable {
  readonly name: ObjectName
  readonly columns: ReadonlyMap<string, Column>
  readonly constraints: readonly Constraint[]
  readonly complete: boolean
  /** The revision that created the table. If none did, the first revision that changed the table. */
  readonly revision: string
}

/** The schema after a revision. Immutable; shares unchanged parts with the parent's schema. */
export interface MigratedSchema {
  /** Tables by `keyOfName`. */
  readonly tables: PersistentMap<MigratedTable>
  /** Maps each trait, such as `schema shop`, to the keys of the tables that have it. */
  readonly traits: PersistentMap<PersistentMap<true>>
  /**
   * Tables that have become complete since `doubtAll` last marked all tables as incomplete; null if there are none.
   */
  readonly sure: SureTables | null
  /** Each enum's values, in order; null if unknown. */
  readonly enums: PersistentMap<readonly string[] | null>
  /** Schemas that migrations create. */
  readonly schemas: PersistentMap<true>
  /** True if an unknown step may have changed any table. If so, objects missing from this schema may still exist. */
  readonly unsure: boolean
}

/** Tables, newest first. Some may have become incomplete. */
interface SureTables {
  readonly key: string
  readonly older: SureTables | null
}

/** The schema before the first migration. */
export const emptySchema: MigratedSchema = {
  tables: emptyMap(),
  traits: emptyMap(),
  sure: null,
  enums: emptyMap(),
  schemas: emptyMap(),
  unsure: false,
}

/** Returns a table's key, such as `users` or `auth.users`. The default schema is treated as `public`. */
export function keyOfName({ schema, name }: ObjectName): string {
  return schema === null || schema === 'public' ? name : `${schema}.${name}`
}

/** Returns the table with this name. */
export function tableOf(schema: MigratedSchema, name: ObjectName): MigratedTable | null {
  return schema.tables.get(keyOfName(name)) ?? null
}

/** Returns a column's type; null if unknown. */
export function typeOfColumn(schema: MigratedSchema, table: ObjectName, column: string): ColumnType | null {
  return tableOf(schema, table)?.columns.get(column)?.type ?? null
}

/** Returns the primary key's columns; null if unknown. */
export function primaryKeyOf(table: MigratedTable): readonly string[] | null {
  const keys = table.constraints.flatMap((each) => (each.kind === 'primaryKey' ? [each.columns] : []))
  return keys.length === 1 ? (keys[0] ?? null) : null
}

/**
 * A key for finding tables quickly.
 * - `references users`: has a foreign key to `users`
 * - `references-schema auth`: has a foreign key into schema `auth`
 * - `enum mood`: has a column of type `mood`
 * - `schema auth`: is in schema `auth`
 * - `named users`: is called `users`, but has a qualified key such as `auth.users`
 */
export type TableTrait = `${'references' | 'references-schema' | 'enum' | 'schema' | 'named'} ${string}`

/** Returns the tables with this trait, oldest first. */
export function tablesWith({ tables, traits }: MigratedSchema, trait: TableTrait): readonly MigratedTable[] {
  const keys = traits.get(trait)?.entries() ?? []
  return keys.length < 2
    ? keys.flatMap(([key]) => tables.get(key) ?? [])
    : tables.among(new Set(keys.map(([key]) => key)))
}

/** Returns the tables with this name, in all schemas. */
export function tablesNamed(schema: MigratedSchema, name: string): readonly MigratedTable[] {
  const unqualified = schema.tables.get(name)
  const others = tablesWith(schema, `named ${name}`)
  return unqualified === undefined ? others : [unqualified, ...others]
}

function traitsOf({ name, columns, constraints }: MigratedTable): ReadonlySet<TableTrait> {
  const traits = new Set<TableTrait>()
  if (keyOfName(name) !== name.name) traits.add(`named ${name.name}`)
  if (name.schema !== null) traits.add(`schema ${name.schema}`)
  for (const each of constraints) {
    if (each.kind !== 'foreignKey') continue
    traits.add(`references ${keyOfName(each.target)}`)
    if (each.target.schema !== null) traits.add(`references-schema ${each.target.schema}`)
  }
  for (const { type } of columns.values()) {
    if (type.enum !== null) traits.add(`enum ${keyOfName(type.enum)}`)
  }
  return traits
}

type Replay = { -readonly [Field in keyof MigratedSchema]: MigratedSchema[Field] }

/** Adds, replaces or removes a table, and updates the traits. */
function setTable(after: Replay, key: string, table: MigratedTable | null): void {
  const old = after.tables.get(key)
  const [had, has] = [old && traitsOf(old), table && traitsOf(table)]
  for (const trait of had ?? []) {
    if (has?.has(trait)) continue
    const keys = after.traits.get(trait)?.without(key) ?? emptyMap<true>()
    after.traits = keys.size === 0 ? after.traits.without(trait) : after.traits.with(trait, keys)
  }
  for (const trait of has ?? []) {
    if (had?.has(trait)) continue
    after.traits = after.traits.with(trait, (after.traits.get(trait) ?? emptyMap<true>()).with(key, true))
  }
  after.tables = table === null ? after.tables.without(key) : after.tables.with(key, table)
  if (table?.complete && !old?.complete) after.sure = { key, older: after.sure }
}

/** Returns the schema after another migration. */
export function schemaAfter(
  before: MigratedSchema,
  operations: Operations,
  revision: string,
): MigratedSchema {
  const after: Replay = { ...before }
  if (operations.kind === 'unreadable') doubtAll(after)
  else for (const step of operations.operations) replay(after, step, revision)
  return after
}

/** Merges the schemas of converging branches. */
export function mergedSchemas(schemas: readonly MigratedSchema[]): MigratedSchema {
  const [first, ...rest] = schemas
  if (first === undefined) return emptySchema
  if (rest.length === 0) return first
  const merged: Replay = { ...first, unsure: schemas.some((each) => each.unsure) }
  for (const other of rest) {
    for (const [key, table] of other.tables.notIn(merged.tables)) {
      const own = merged.tables.get(key)
      setTable(merged, key, own === undefined ? table : mergedTables(own, table))
    }
    for (const [key, values] of other.enums.notIn(merged.enums)) {
      if (!merged.enums.has(key)) merged.enums = merged.enums.with(key, values)
    }
    for (const [name] of other.schemas.notIn(merged.schemas)) {
      merged.schemas = merged.schemas.with(name, true)
    }
  }
  return merged
}

/**
 * Merges two branches' versions of a table. Omits columns whose types differ, because it's unknown which type was set
 * last.
 */
function mergedTables(a: MigratedTable, b: MigratedTable): MigratedTable {
  const columns = new Map(a.columns)
  for (const [name, column] of b.columns) {
    const own = columns.get(name)
    if (own === undefined) columns.set(name, column)
    else if (own !== column && own.type.source !== column.type.source) columns.delete(name)
  }
  const constraints = [...a.constraints, ...b.constraints.filter((each) => !a.constraints.includes(each))]
  return { ...a, columns, constraints, complete: false }
}

function replay(after: Replay, step: Operation, revision: string): void {
  switch (step.kind) {
    case 'createTable':
      return createTable(after, step, revision)
    case 'dropTable':
      return setTable(after, keyOfName(step.table), null)
    case 'renameTable':
      return renameTable(after, step.table, step.to)
    case 'addColumn':
      return change(after, step.table, revision, (table) => ({
        ...table,
        columns: new Map(table.columns).set(step.column.name, step.column),
        constraints: [...table.constraints, ...step.constraints],
      }))
    case 'dropColumn':
      return change(after, step.table, revision, (table) => {
        const columns = new Map(table.columns)
        columns.delete(step.column)
        return { ...table, columns }
      })
    case 'alterColumn':
      return change(after, step.table, revision, (table) => alterColumn(table, step))
    case 'addConstraint':
      return change(after, step.table, revision, (table) => ({
        ...table,
        constraints: [...table.constraints, step.constraint],
      }))
    case 'dropConstraint':
      return change(after, step.table, revision, (table) => ({
        ...table,
        constraints: table.constraints.filter((each) => each.name === null || each.name !== step.name),
      }))
    case 'renameConstraint':
      return change(after, step.table, revision, (table) => ({
        ...table,
        constraints: table.constraints.map((each) =>
          each.name === step.name ? { ...each, name: step.to } : each,
        ),
      }))
    case 'createEnum':
      return setEnum(after, step.enum, step.values)
    case 'dropEnum':
      return void (after.enums = after.enums.without(keyOfName(step.enum)))
    case 'renameEnum': {
      const values = after.enums.get(keyOfName(step.enum)) ?? null
      after.enums = after.enums.without(keyOfName(step.enum))
      return setEnum(after, { ...step.enum, name: step.to }, values)
    }
    case 'addEnumValue': {
      const values = after.enums.get(keyOfName(step.enum)) ?? null
      return setEnum(after, step.enum, values === null ? null : [...values, step.value])
    }
    case 'createSchema':
      return void (after.schemas = after.schemas.with(step.schema, true))
    case 'dropSchema':
      return dropSchema(after, step.schema)
    case 'opaque':
      return opaque(after, step.touches)
    default:
      return
  }
}

function setEnum(after: Replay, name: ObjectName, values: readonly string[] | null): void {
  after.enums = after.enums.with(keyOfName(name), values)
}

function createTable(
  after: Replay,
  step: Extract<Operation, { kind: 'createTable' }>,
  revision: string,
): void {
  const key = keyOfName(step.table)
  if (step.ifNotExists && after.tables.has(key)) return
  setTable(after, key, {
    name: step.table,
    columns: new Map((step.columns ?? []).map((column) => [column.name, column])),
    constraints: step.constraints,
    complete: step.columns !== null,
    revision,
  })
}

function renameTable(after: Replay, from: ObjectName, to: ObjectName): void {
  const table = after.tables.get(keyOfName(from))
  setTable(after, keyOfName(from), null)
  if (table) setTable(after, keyOfName(to), { ...table, name: to })
}

/**
 * Applies a change to a table. If the table isn't known yet, adds it as incomplete, because a table must exist
 * before it can be altered.
 */
function change(
  after: Replay,
  name: ObjectName,
  revision: string,
  changed: (table: MigratedTable) => MigratedTable,
): void {
  const key = keyOfName(name)
  const table = after.tables.get(key) ?? {
    name,
    columns: new Map(),
    constraints: [],
    complete: false,
    revision,
  }
  setTable(after, key, changed(table))
}

function alterColumn(table: MigratedTable, step: Extract<Operation, { kind: 'alterColumn' }>): MigratedTable {
  const column = table.columns.get(step.column)
  if (column === undefined) return table
  const columns = new Map(table.columns)
  columns.delete(step.column)
  const name = step.newName ?? column.name
  columns.set(name, {
    ...column,
    name,
    type: step.type ?? column.type,
    nullable: step.nullable === null ? column.nullable : step.nullable === 'unknown' ? null : step.nullable,
    serverDefault: step.serverDefault ?? column.serverDefault,
  })
  return { ...table, columns }
}

function dropSchema(after: Replay, schema: string): void {
  after.schemas = after.schemas.without(schema)
  for (const { name } of tablesWith(after, `schema ${schema}`)) setTable(after, keyOfName(name), null)
}

function opaque(after: Replay, touches: readonly ObjectName[] | null): void {
  if (touches === null) return doubtAll(after)
  for (const name of touches) {
    const table = after.tables.get(keyOfName(name))
    if (table?.complete) setTable(after, keyOfName(name), { ...table, complete: false })
  }
}

/** Marks all tables as incomplete. Skips those already marked, to stay fast on long histories. */
function doubtAll(after: Replay): void {
  after.unsure = true
  for (let each = after.sure; each !== null; each = each.older) {
    const table = after.tables.get(each.key)
    if (table?.complete) setTable(after, each.key, { ...table, complete: false })
  }
  after.sure = null
}
