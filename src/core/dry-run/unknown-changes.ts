/** What is no longer known of the simulated schema, because something that is not understood may have changed it. */
import type { ObjectName } from '../history/operation.ts'
import {
  type SimulatedTable,
  type SimulatedSchema,
  keyOf,
  newName,
  places,
  removeKey,
  removeType,
} from './simulated-schema.ts'

/** From here on nothing that was known holds: something that may do anything has run. */
export function forgetAll(world: SimulatedSchema): void {
  world.relations.clear()
  world.others.clear()
  world.doubtful.clear()
  world.types.clear()
  world.schemas.clear()
  expectMore(world)
  world.rowsSure = false
  doubtAccess(world)
  world.dependentsSure = false
  world.castsSure = false
}

/** The role, or what it may do, may be another one, and with it the schema that it creates things in. */
export function doubtAccess(world: SimulatedSchema): void {
  world.accessSure = false
  if (world.defaultSchema === null && world.dialect.schemas !== null) world.defaultSchema = undefined
}

/** There may be objects that are not listed. */
export function expectMore({ open }: SimulatedSchema): void {
  for (const kind of ['relations', 'indexes', 'types', 'schemas'] as const) open.add(kind)
}

/**
 * Something that was not understood has run on this table: neither it nor its indexes are known any more. `keepsTypes`:
 * it made and dropped no types.
 */
export function forgetTable(world: SimulatedSchema, name: ObjectName, keepsTypes = false): void {
  if (!keepsTypes) forgetTypes(world)
  world.open.add('indexes')
  world.rowsSure = false
  for (const candidate of places(world, name) ?? [name]) {
    const key = keyOf(world, candidate)
    const table = world.relations.get(key)?.table
    if (table) {
      table.columnsSure = false
      table.namesSure = false
      for (const other of table.indexes) {
        removeKey(world, other)
        world.doubtful.add(other)
      }
    }
    removeKey(world, key)
    world.doubtful.add(key)
  }
}

/** What becomes of the indexes that hold the column is not known; false: none can. */
export function doubtIndexes(world: SimulatedSchema, table: SimulatedTable, column: string): boolean {
  let doubted = world.open.has('indexes')
  for (const key of table.indexes) {
    const columns = world.relations.get(key)?.columns
    if (columns && !columns.includes(null) && !columns.includes(column)) continue
    removeKey(world, key)
    world.doubtful.add(key)
    doubted = true
  }
  return doubted
}

/** Something may have made or dropped this type. */
export function forgetType(world: SimulatedSchema, name: ObjectName): void {
  for (const candidate of places(world, name) ?? [name]) {
    removeType(world, candidate)
    world.doubtful.add(keyOf(world, candidate))
  }
}

/** Something may have made or dropped types, or schemas. */
export function forgetTypes(world: SimulatedSchema): void {
  world.types.clear()
  world.open.add('types')
  world.schemas.clear()
  world.open.add('schemas')
}

/** Views, sequences and the like are not followed: from here on they may be gone. */
export function forgetOthers(world: SimulatedSchema): void {
  for (const key of world.others) {
    removeKey(world, key)
    world.doubtful.add(key)
  }
}

/** Whatever has this full name may have come or gone. Its table may be there under the name, hidden or changed. */
export function doubtRelation(world: SimulatedSchema, name: ObjectName): void {
  const key = keyOf(world, name)
  removeKey(world, key)
  world.doubtful.add(key)
}

/** Indexes of materialized views go with them, and whose an index is, that no table has, isn't known. */
export function forgetUnownedIndexes(world: SimulatedSchema): void {
  for (const relation of world.relations.values()) {
    if (relation.kind === 'index' && relation.table === null) doubtRelation(world, relation)
  }
}

/** A table that is named here was there before, or came by something that is not followed. */
export function doubtName(world: SimulatedSchema, name: ObjectName): void {
  const full = newName(world, name)
  if (full) world.doubtful.add(keyOf(world, full))
}
