/** Marks parts of the simulated schema as unknown after steps that aren't understood. */
import type { ColumnType, ObjectName, Opaque } from '../history/operation.ts'
import { forgetRoutines } from './objects/routines.ts'
import { forgetAllValues } from './rows/column-values.ts'
import {
  type SimulatedRelation,
  type SimulatedTable,
  type SimulatedSchema,
  keyOf,
  newName,
  places,
  removeKey,
  removeType,
} from './simulated-schema.ts'

/** Marks everything as unknown after a step that may have changed anything. */
export function forgetAll(world: SimulatedSchema): void {
  world.relations.clear()
  world.extensions.clear()
  world.newExtensions.clear()
  forgetRoutines(world)
  world.newTriggers = new Map()
  world.others.clear()
  world.doubtful.clear()
  world.types.clear()
  world.schemas.clear()
  expectMore(world)
  forgetRows(world)
  world.triggersSure = false
  world.writesSure = false
  doubtAccess(world)
  world.dependentsSure = false
  world.castsSure = false
  world.statistics = null
  world.viewsSure = false
}

/**
 * Records that the role, its privileges or the default schema may have changed. If `onlyGains` is true, the role lost
 * no privileges.
 */
export function doubtAccess(world: SimulatedSchema, onlyGains = false): void {
  world.accessSure = false
  if (!onlyGains) world.rightsKept = false
  if (world.defaultSchema === null && world.dialect.schemas !== null) world.defaultSchema = undefined
}

/** Records that any rows may have changed. */
function forgetRows(world: SimulatedSchema): void {
  world.rowsSure = false
  forgetAllValues(world)
}

/** Records that unqualified names may now refer to other objects, including extension functions. */
export function forgetPath(world: SimulatedSchema): void {
  world.defaultSchema = undefined
  world.extensions.clear()
  world.newExtensions.clear()
}

/** Records that the schema may contain unlisted objects. */
export function expectMore(world: SimulatedSchema): void {
  for (const kind of ['relations', 'indexes', 'types', 'schemas'] as const) world.open.add(kind)
  world.functionsSure = false
}

function doubtKey(world: SimulatedSchema, key: string): void {
  world.doubtful.add(key)
  world.onlyIndexes.delete(key)
}

/**
 * Marks a table and its indexes as unknown. `keepsTypes` is true if the statement neither created nor dropped types.
 */
export function forgetTable(world: SimulatedSchema, name: ObjectName, keepsTypes = false): void {
  if (!keepsTypes) forgetTypes(world)
  world.open.add('indexes')
  forgetRows(world)
  for (const candidate of places(world, name) ?? [name]) {
    const key = keyOf(world, candidate)
    const table = world.relations.get(key)?.table
    if (table) {
      table.columnsSure = false
      table.namesSure = false
      table.partsDoubtful = true
      doubtOwnSequences(world, table)
      for (const other of table.indexes) {
        removeKey(world, other)
        doubtKey(world, other)
      }
    }
    removeKey(world, key)
    doubtKey(world, key)
    if (table) forgetChildren(world, table)
  }
}

/**
 * Marks a dropped table's partitions and child tables as unknown, because they may have been dropped too. Call after
 * removing the table.
 */
export function forgetChildren(world: SimulatedSchema, { children, related }: SimulatedTable): void {
  if (children === undefined && related === undefined) return
  for (const { table, schema, name } of world.relations.values()) {
    if (table && (children?.has(table) || (related && table.related)))
      forgetTable(world, { schema, name }, true)
  }
}

type Alters = NonNullable<Opaque['alters']>

/** Marks as unknown everything that the step may have altered, in any table. */
export function forgetParts(world: SimulatedSchema, alters: Alters): void {
  if (alters === 'nothing') return expectMore(world)
  // Adding a column may also create a sequence.
  if (alters === 'tables') world.open.add('relations')
  expectParts(world, alters)
  if (alters !== 'constraints') doubtOwnSequences(world, null)
  for (const [key, relation] of world.relations) {
    if (alters !== 'types' && relation.kind === 'index') {
      removeKey(world, key)
      doubtKey(world, key)
    }
    if (relation.kind === 'table' && relation.table !== null) forgetPartsOf(relation.table, alters)
  }
}

/** Marks a table's parts as unknown after a step that neither creates nor drops columns or types. */
export function forgetTableParts(
  world: SimulatedSchema,
  name: ObjectName,
  alters: 'types' | 'constraints',
): void {
  expectParts(world, alters)
  for (const candidate of places(world, name) ?? []) {
    const table = world.relations.get(keyOf(world, candidate))?.table
    if (!table) continue
    forgetPartsOf(table, alters)
    // `DROP IDENTITY` also drops the sequence.
    if (alters === 'types') doubtOwnSequences(world, table)
    if (alters === 'types') continue
    for (const key of table.indexes) {
      removeKey(world, key)
      doubtKey(world, key)
    }
  }
}

/** Records that a table was altered: it may have unlisted parts, and listed ones may be gone. */
function expectParts(world: SimulatedSchema, alters: Alters): void {
  forgetRows(world)
  world.dependentsSure = false
  if (alters === 'types') return
  world.foreignKeysSure = false
  world.open.add('indexes')
  world.open.add('keys')
}

function forgetPartsOf(table: SimulatedTable, alters: Alters): void {
  for (const [name, column] of table.columns) {
    const { name: own, stored, blockedBy } = column
    const known =
      alters === 'constraints' ? { ...column, nullable: null } : { name: own, type: null, nullable: null }
    table.columns.set(name, {
      ...known,
      stored: alters === 'constraints' ? stored : null,
      ...(blockedBy && { blockedBy }),
    })
  }
  if (alters === 'types') return
  table.unlistedIndexes = true
  table.namesSure = false
  table.partsDoubtful = true
  if (alters === 'tables') table.columnsSure = false
  for (const [name, constraint] of table.constraints)
    table.constraints.set(name, { ...constraint, sure: false })
}

/** Marks as unknown every index that may use the column. Returns whether such an index may exist. */
export function doubtIndexes(world: SimulatedSchema, table: SimulatedTable, column: string): boolean {
  let doubted = world.open.has('indexes') || world.open.has('parts')
  for (const key of table.indexes) {
    const columns = world.relations.get(key)?.columns
    if (columns && !columns.includes(null) && !columns.includes(column)) continue
    removeKey(world, key)
    doubtKey(world, key)
    doubted = true
  }
  return doubted
}

/** Records that any table may have gained or lost an index. */
export function doubtAllIndexes(world: SimulatedSchema): void {
  world.open.add('indexes')
  for (const { table } of world.relations.values()) if (table) table.partsDoubtful = true
}

/** Records that this type may have been created or dropped. */
export function forgetType(world: SimulatedSchema, name: ObjectName): void {
  for (const candidate of places(world, name) ?? [name]) {
    removeType(world, candidate)
    doubtKey(world, keyOf(world, candidate))
  }
}

/** Records that any type or schema may have been created or dropped. */
export function forgetTypes(world: SimulatedSchema): void {
  world.types.clear()
  world.open.add('types')
  world.schemas.clear()
  world.open.add('schemas')
}

/**
 * Records that any view, sequence or other relation may have been dropped. `keepsOwned` excludes sequences that a
 * known column owns.
 */
export function forgetOthers(world: SimulatedSchema, keepsOwned = false): void {
  for (const key of world.others) {
    if (keepsOwned && world.relations.get(key)?.ownedBy) continue
    removeKey(world, key)
    doubtKey(world, key)
  }
}

/** Records that any sequence may have been dropped, except those owned by a known column. */
export function forgetSequences(world: SimulatedSchema): void {
  for (const key of world.others) {
    const relation = world.relations.get(key)
    if (relation?.kind !== 'sequence' || relation.ownedBy) continue
    removeKey(world, key)
    doubtKey(world, key)
  }
}

/** Returns the sequences that the table's columns definitely own. If `table` is null, covers every table. */
export function ownSequences(
  { others, relations }: SimulatedSchema,
  table: SimulatedTable | null,
): readonly SimulatedRelation[] {
  return [...(table === null ? others : (table.sequences ?? []))].flatMap((key) => {
    const relation = relations.get(key)
    return relation?.ownedBy ? [relation] : []
  })
}

/**
 * Records that the table's sequences may have been dropped, renamed or moved. If `table` is null, covers every table.
 */
export function doubtOwnSequences(world: SimulatedSchema, table: SimulatedTable | null): void {
  for (const sequence of ownSequences(world, table)) doubtRelation(world, sequence)
}

/**
 * Records that the object with this qualified name may have been created or dropped. Doesn't mark a table as dropped,
 * because it may only be altered or hidden.
 */
export function doubtRelation(world: SimulatedSchema, name: ObjectName): void {
  const key = keyOf(world, name)
  removeKey(world, key)
  doubtKey(world, key)
}

/**
 * Records that an index with this name may exist. Call only if nothing else can have the name and no constraint needs
 * the index.
 */
export function doubtIndex(world: SimulatedSchema, name: ObjectName): void {
  const key = keyOf(world, name)
  const isKnown = world.doubtful.has(key)
  doubtRelation(world, name)
  if (!isKnown) world.onlyIndexes.add(key)
}

/** Marks indexes without a known table as unknown, because they may belong to a dropped materialized view. */
export function forgetUnownedIndexes(world: SimulatedSchema): void {
  for (const relation of world.relations.values()) {
    if (relation.kind === 'index' && relation.table === null) doubtRelation(world, relation)
  }
}

/**
 * Records that an object with this name may exist, either from before the upgrade or from a step that isn't simulated.
 */
export function doubtName(world: SimulatedSchema, name: ObjectName): void {
  const full = newName(world, name)
  if (full) doubtKey(world, keyOf(world, full))
}

/** Whether a column of this type may own a sequence (SERIAL or IDENTITY). */
export function mayBeSerial({ postgres }: ColumnType): boolean {
  return postgres === null || /^(?:smallint|integer|bigint)$/.test(postgres)
}

/** Records that a sequence, but no other relation, may have been created with this name. */
export function doubtSequence(world: SimulatedSchema, name: ObjectName): void {
  const full = newName(world, name)
  const key = full && keyOf(world, full)
  if (key === null || world.doubtful.has(key)) return
  doubtKey(world, key)
  world.onlySequences.add(key)
}
