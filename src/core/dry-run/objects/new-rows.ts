/**
 * Tracks which tables of pending migrations certainly have no rows: those that were created without rows, and to which
 * no statement may have added any. Sessions other than the upgrade's are assumed not to write to these tables.
 */
import type { DataStep, ObjectName, Operation, Unrelated } from '../../history/operation.ts'
import { type SimulatedSchema, type SimulatedTable, findRelation } from '../simulated-schema.ts'

/** Objects whose code runs when a statement calls them. */
const routines = /^(?:function|procedure|routine|aggregate|operator|language|cast)$/
/** Objects whose code runs whenever certain statements do. */
const reactions = /^(?:rule|event)$/

/** Records that the operation may add rows. Must be called before the operation is simulated. */
export function noteNewRows(world: SimulatedSchema, step: Operation): void {
  if (step.kind === 'unrelated') noteCode(world, step)
  if (step.kind === 'opaque' && step.touches === null && !step.alters) {
    fillAll(world)
    world.writesSure = false
  }
  if (step.kind === 'data' && !step.readOnly) noteRows(world, step)
}

function noteCode(world: SimulatedSchema, { what, needs = [] }: Unrelated): void {
  if (routines.test(what)) world.routinesSure = false
  const tables = needs.map((name) => findRelation(world, name).value?.table)
  const unknown = what === 'trigger' && (tables.length === 0 || tables.some((table) => !table))
  if (unknown || reactions.test(what)) {
    fillAll(world)
    world.writesSure = false
  } else if (what === 'trigger') for (const table of tables) if (table) world.triggered.add(table)
}

function noteRows(world: SimulatedSchema, step: DataStep): void {
  const { writes, fills, drawsOn = [], mayCall = false } = step
  const filled = fills?.map((name) => ownTable(world, name))
  const changed = writes && ownTable(world, writes.table)
  // Triggers of live tables may add rows to any table, and views add them to other tables.
  const known = filled?.every((table) => table !== null) === true && changed !== null
  // Without rows to change or add, nothing is computed.
  const isIdle =
    (changed?.rows === 'none' && filled?.length === 0) || drawsOn.some((name) => isEmptyTable(world, name))
  const isPlain = world.writesSure && (isIdle || !mayCall || world.routinesSure)
  if (!filled || !known || !isPlain || reachesTriggers(world, filled, changed)) fillAll(world)
  // A statement that adds no rows still fires triggers.
  if (isIdle) return
  for (const table of filled ?? []) if (table) table.rows = 'unknown'
}

/** Returns whether the statement may fire a trigger. Deleting rows may cascade to other tables. */
function reachesTriggers(
  { triggered }: SimulatedSchema,
  filled: readonly (SimulatedTable | null)[],
  changed: SimulatedTable | undefined,
): boolean {
  if (triggered.size === 0) return false
  if (changed?.rows === 'unknown' && !filled.includes(changed)) return true
  return [...filled, changed].some((table) => table && triggered.has(table))
}

/** Returns the table if a pending migration certainly created it without rows; null otherwise. */
function ownTable(world: SimulatedSchema, name: ObjectName): SimulatedTable | null {
  const { presence, value } = findRelation(world, name)
  const table = presence === 'present' && value?.kind === 'table' ? value.table : null
  return table?.rows === undefined ? null : table
}

function fillAll({ relations }: SimulatedSchema): void {
  for (const { table } of relations.values()) if (table?.rows === 'none') table.rows = 'unknown'
}

/** Returns whether the name belongs to a table that certainly has no rows. */
export function isEmptyTable(world: SimulatedSchema, name: ObjectName): boolean {
  return ownTable(world, name)?.rows === 'none'
}
