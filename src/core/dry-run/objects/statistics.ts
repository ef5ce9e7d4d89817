/** Simulates CREATE STATISTICS and DROP STATISTICS. */
import { isOrdered, typeNamed } from '../../expressions/types.ts'
import type { AlterColumn, ObjectName, StatisticsChange, Unrelated } from '../../history/operation.ts'
import { findColumn, requireTable } from '../preconditions.ts'
import { requireSchemaCreate } from '../privileges.ts'
import {
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  findSchema,
  folded,
  keyOf,
  newName,
  places,
} from '../simulated-schema.ts'
import { namesIn } from './table-names.ts'

/** Names of the statistics that the statement creates or drops. */
export function namesOfStatistics(change: StatisticsChange): readonly ObjectName[] {
  return change.change === 'create' ? [change.name] : change.names
}

/** Whether the statement definitely succeeds. Must be called before `noteStatistics`. */
export function changesStatistics(world: SimulatedSchema, change: StatisticsChange): boolean {
  if (!world.statistics || !world.rightsKept) return false
  return change.change === 'create' ? creates(world, change) : drops(world, change)
}

/** PostgreSQL accepts two to eight columns. */
const maxColumns = 8

function creates(
  world: SimulatedSchema,
  { name, table, columns, ifNotExists }: Extract<StatisticsChange, { change: 'create' }>,
): boolean {
  const full = newName(world, name)
  const needed = requireTable(world, table, 'alter')
  if (!full || !needed.ok || findSchema(world, full.schema ?? '') !== 'present') return false
  const { table: described, found } = needed.value
  const isAllowed = requireSchemaCreate(world, full.schema, 'create') === null
  const isFree = ifNotExists || world.statistics?.has(keyOf(world, full)) === false
  const names = namesIn(world, { ...described, name: found.name.name })
  const fit = columns.every((column) => {
    const isPlain = !described.columns.get(folded(world, column))?.generated
    return isPlain && findColumn(world, described, column) === 'present' && orders(names.column(null, column))
  })
  const isSized = columns.length >= 2 && columns.length <= maxColumns
  return isAllowed && isFree && fit && isSized && new Set(columns).size === columns.length
}

function orders(type: string | null): boolean {
  return type !== null && isOrdered(type) === true
}

function drops(
  world: SimulatedSchema,
  { names, ifExists }: Extract<StatisticsChange, { change: 'drop' }>,
): boolean {
  const keys = names.map((name) => keyIn(world, name))
  const isRepeated = new Set(keys).size < keys.length
  return keys.every((key) => {
    if (key === 'absent') return ifExists
    const one = key === 'unknown' ? undefined : world.statistics?.get(key)
    return one !== undefined && one.owned && one.sure && one.table?.dropped !== true && !isRepeated
  })
}

function keyIn(world: SimulatedSchema, name: ObjectName): string {
  const keys = places(world, name)?.map((place) => keyOf(world, place))
  return keys ? (keys.find((key) => world.statistics?.has(key)) ?? 'absent') : 'unknown'
}

/** Records the statistics that the statement creates or drops. */
export function noteStatistics(world: SimulatedSchema, { what, statistics: change }: Unrelated): void {
  if (what !== 'statistics' || !world.statistics) return
  if (!change) {
    world.statistics = null
    return
  }
  const isCertain = changesStatistics(world, change)
  for (const name of namesOfStatistics(change)) {
    const full = change.change === 'create' ? newName(world, name) : null
    const key = full ? keyOf(world, full) : keyIn(world, name)
    if (change.change === 'drop' && isCertain) world.statistics.delete(key)
    else if (change.change === 'create' && isCertain && !world.statistics.has(key)) {
      const table = findRelation(world, change.table).value?.table ?? null
      world.statistics.set(key, { table, columns: change.columns, owned: true, sure: true })
    } else world.statistics.set(key, { table: null, columns: null, owned: false, sure: false })
  }
}

/** Records that the column was dropped or renamed. Dropping a column drops its statistics. */
export function doubtStatistics(world: SimulatedSchema, table: SimulatedTable, column: string): void {
  for (const [key, one] of world.statistics ?? [])
    if (one.table === table && one.columns?.includes(column) !== false)
      world.statistics?.set(key, { ...one, columns: null, sure: false })
}

/**
 * Records that an opaque step may have dropped statistics. Unless `onlyTables` is true, it may also have created
 * some.
 */
export function passStatistics(world: SimulatedSchema, onlyTables: boolean): void {
  if (!onlyTables) world.statistics = null
  for (const [key, one] of world.statistics ?? []) world.statistics?.set(key, { ...one, sure: false })
}

/**
 * Whether extended statistics may rule out the column's new type. PostgreSQL must be able to sort the type's values.
 */
export function refusesType(world: SimulatedSchema, step: AlterColumn): boolean {
  const table = findRelation(world, step.table).value?.table
  const isUsed = [...(world.statistics?.values() ?? [])].some(
    (one) => one.table === table && one.columns?.includes(step.column) !== false,
  )
  if (!isUsed || step.type === null || step.type.enum) return false
  return !orders(typeNamed(world.dialect.typeOf(step.type) ?? ''))
}
