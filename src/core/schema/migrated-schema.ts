/**
 * The schema according to the migrations: their operations applied in order, without a database. Operations that
 * aren't understood make objects uncertain; nothing is guessed.
 */
import type {
  Column,
  ColumnType,
  Constraint,
  ObjectName,
  Operation,
  Operations,
} from '../history/operation.ts'

/** A table according to the migrations. `complete` is false if the table may have additional or different columns. */
export interface MigratedTable {
  readonly name: ObjectName
  readonly columns: ReadonlyMap<string, Column>
  readonly constraints: readonly Constraint[]
  readonly complete: boolean
  /** The revision that creates the table. */
  readonly revision: string
}

/** Immutable: each revision's schema shares unchanged parts with its parent's schema. */
export interface MigratedSchema {
  /** Keyed by `keyOfName`. */
  readonly tables: ReadonlyMap<string, MigratedTable>
  /** Values in order; null if unknown. */
  readonly enums: ReadonlyMap<string, readonly string[] | null>
  /** Schemas that migrations create. */
  readonly schemas: ReadonlySet<string>
  /** True if any table may have changed (an opaque step without known tables), so a missing object proves nothing. */
  readonly unsure: boolean
}

/** The schema before the first migration. */
export const emptySchema: MigratedSchema = {
  tables: new Map(),
  enums: new Map(),
  schemas: new Set(),
  unsure: false,
}

/** Returns the key of a table: `users`, `auth.users`. Treats the default schema and `public` as the same schema. */
export function keyOfName({ schema, name }: ObjectName): string {
  return schema === null || schema === 'public' ? name : `${schema}.${name}`
}

/** Returns the table with that name. */
export function tableOf(schema: MigratedSchema, name: ObjectName): MigratedTable | null {
  return schema.tables.get(keyOfName(name)) ?? null
}

/** Returns the type of a column; null if unspecified or uncertain. */
export function typeOfColumn(schema: MigratedSchema, table: ObjectName, column: string): ColumnType | null {
  return tableOf(schema, table)?.columns.get(column)?.type ?? null
}

/** Returns the columns of the primary key; null if unknown. */
export function primaryKeyOf(table: MigratedTable): readonly string[] | null {
  const keys = table.constraints.flatMap((each) => (each.kind === 'primaryKey' ? [each.columns] : []))
  return keys.length === 1 ? (keys[0] ?? null) : null
}

interface Replay {
  readonly tables: Map<string, MigratedTable>
  readonly enums: Map<string, readonly string[] | null>
  readonly schemas: Set<string>
  unsure: boolean
}

/** Returns the schema after one more migration. */
export function schemaAfter(
  before: MigratedSchema,
  operations: Operations,
  revision: string,
): MigratedSchema {
  if (operations.kind === 'unreadable') return unsureOf(before)
  const { operations: steps } = operations
  if (steps.length === 0) return before
  const after: Replay = {
    tables: new Map(before.tables),
    enums: new Map(before.enums),
    schemas: new Set(before.schemas),
    unsure: before.unsure,
  }
  for (const step of steps) replay(after, step, revision)
  return after
}

/** Merges the schemas of converging branches: objects in all of them, and objects in only one of them. */
export function mergedSchemas(schemas: readonly MigratedSchema[]): MigratedSchema {
  const [first, ...rest] = schemas
  if (first === undefined) return emptySchema
  if (rest.length === 0) return first
  const tables = new Map(first.tables)
  const enums = new Map(first.enums)
  for (const other of rest) {
    for (const [key, table] of other.tables) {
      const own = tables.get(key)
      if (own === undefined) tables.set(key, table)
      else if (own !== table) tables.set(key, mergedTables(own, table))
    }
    for (const [key, values] of other.enums) if (!enums.has(key)) enums.set(key, values)
  }
  return {
    tables,
    enums,
    schemas: new Set(schemas.flatMap((each) => [...each.schemas])),
    unsure: schemas.some((each) => each.unsure),
  }
}

/**
 * Merges two versions of a table. Omits columns that the branches define differently, since it is unknown which
 * definition came last.
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

function unsureOf(before: MigratedSchema): MigratedSchema {
  const tables = new Map([...before.tables].map(([key, table]) => [key, { ...table, complete: false }]))
  return { ...before, tables, unsure: true }
}

function replay(after: Replay, step: Operation, revision: string): void {
  switch (step.kind) {
    case 'createTable':
      return createTable(after, step, revision)
    case 'dropTable':
      return void after.tables.delete(keyOfName(step.table))
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
      return void after.enums.set(keyOfName(step.enum), step.values)
    case 'dropEnum':
      return void after.enums.delete(keyOfName(step.enum))
    case 'renameEnum': {
      const values = after.enums.get(keyOfName(step.enum)) ?? null
      after.enums.delete(keyOfName(step.enum))
      return void after.enums.set(keyOfName({ ...step.enum, name: step.to }), values)
    }
    case 'addEnumValue': {
      const values = after.enums.get(keyOfName(step.enum)) ?? null
      return void after.enums.set(keyOfName(step.enum), values === null ? null : [...values, step.value])
    }
    case 'createSchema':
      return void after.schemas.add(step.schema)
    case 'dropSchema':
      return dropSchema(after, step.schema)
    case 'opaque':
      return opaque(after, step.touches)
    default:
      return
  }
}

function createTable(
  after: Replay,
  step: Extract<Operation, { kind: 'createTable' }>,
  revision: string,
): void {
  const key = keyOfName(step.table)
  if (step.ifNotExists && after.tables.has(key)) return
  after.tables.set(key, {
    name: step.table,
    columns: new Map((step.columns ?? []).map((column) => [column.name, column])),
    constraints: step.constraints,
    complete: step.columns !== null,
    revision,
  })
}

function renameTable(after: Replay, from: ObjectName, to: ObjectName): void {
  const table = after.tables.get(keyOfName(from))
  after.tables.delete(keyOfName(from))
  if (table) after.tables.set(keyOfName(to), { ...table, name: to })
}

/** Changes a table. A table that is altered must exist, even if no migration created it. */
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
  after.tables.set(key, changed(table))
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
  after.schemas.delete(schema)
  for (const [key, { name }] of after.tables) if (name.schema === schema) after.tables.delete(key)
}

function opaque(after: Replay, touches: readonly ObjectName[] | null): void {
  if (touches === null) {
    after.unsure = true
    for (const [key, table] of after.tables) {
      if (table.complete) after.tables.set(key, { ...table, complete: false })
    }
    return
  }
  for (const name of touches) {
    const table = after.tables.get(keyOfName(name))
    if (table) after.tables.set(keyOfName(name), { ...table, complete: false })
  }
}
