/**
 * Tracks tables that are definitely empty, because pending migrations create them and no statement adds rows. Other
 * sessions are assumed not to write to them.
 */
import type { DataStep, NewFunction, ObjectName, Operation, Unrelated } from '../../history/operation.ts'
import { addsRows, calledBy } from './routines.ts'
import { type SimulatedSchema, type SimulatedTable, findRelation } from '../simulated-schema.ts'

/** Objects that run code when a statement uses them, such as functions and casts. */
const routines = /^(?:function|procedure|routine|aggregate|operator|language|cast)$/
/** Objects that automatically run code when certain statements are executed. */
const reactions = /^(?:rule|event)$/

/** Records that the operation may add rows. Must be called before the operation is simulated. */
export function noteNewRows(world: SimulatedSchema, step: Operation): void {
  if (step.kind === 'unrelated') noteCode(world, step)
  if (step.kind === 'opaque' && step.touches === null && !step.alters && !step.onlyNames) {
    fillAll(world)
    world.writesSure = false
  }
  if (step.kind === 'data' && !step.readOnly) noteRows(world, step)
}

function noteCode(world: SimulatedSchema, step: Unrelated): void {
  const { what, needs = [], drops, newFunction, droppedFunction, routine } = step
  if (drops || droppedFunction) return
  if (routines.test(what)) {
    if (!newFunction || addsRows(world, newFunction)) world.routinesSure = false
    // The statement may replace a function that a trigger calls.
    const isCalled = !routine || world.triggerFunctions.has(routine.name)
    if (isCalled && mayFill(world, newFunction)) for (const table of world.triggered) world.filling.add(table)
  }
  const tables = needs.map((name) => findRelation(world, name).value?.table)
  const unknown = what === 'trigger' && (tables.length === 0 || tables.some((table) => !table))
  if (unknown || reactions.test(what)) {
    fillAll(world)
    world.writesSure = false
  } else if (what === 'trigger')
    for (const table of tables) {
      if (!table) continue
      world.triggered.add(table)
      if (step.trigger?.forRows !== true) world.alwaysTriggered.add(table)
      if (mayFill(world, step.trigger && calledBy(world, step.trigger))) world.filling.add(table)
      else noteCalled(world, step)
    }
}

/** Returns whether a trigger's function may add rows. Live tables that it changes may have triggers of their own. */
function mayFill(world: SimulatedSchema, called: NewFunction | null | undefined): boolean {
  return !called || addsRows(world, called) || called.writes.some((name) => ownTable(world, name) === null)
}

/** Records the functions that the trigger may run. Replacing one of them changes what the trigger does. */
function noteCalled(world: SimulatedSchema, { trigger }: Unrelated): void {
  const called = trigger && calledBy(world, trigger)
  const names = called ? [called.name.name] : []
  for (const name of names) {
    if (world.triggerFunctions.has(name)) continue
    world.triggerFunctions.add(name)
    for (const own of world.newFunctions.values()) if (own.name.name === name) names.push(...own.calls)
  }
}

function noteRows(world: SimulatedSchema, step: DataStep): void {
  if (step.changesAny) {
    const isPlain = world.writesSure && world.filling.size === 0 && (!step.mayCall || world.routinesSure)
    if (!isPlain || !wasEmpty(world)) fillAll(world)
    return
  }
  const { writes, fills, changes = [], drawsOn = [], mayCall = false } = step
  const filled = fills?.map((name) => ownTable(world, name))
  const changed = [...(writes ? [writes.table] : []), ...changes].map((name) => ownTable(world, name))
  // A live table's triggers may add rows to any table. Writing to a view may add rows to its base tables.
  const known = [...(filled ?? [null]), ...changed].every((table) => table !== null)
  const isUnchanged = changed.length > 0 && changed.every((table) => table?.rows === 'none')
  // Without rows to change or add, the statement evaluates no expressions.
  const isIdle = (isUnchanged && filled?.length === 0) || drawsOn.some((name) => isEmptyTable(world, name))
  const isPlain = world.writesSure && (isIdle || !mayCall || world.routinesSure)
  const fires =
    !isIdle || [...(filled ?? []), ...changed].some((table) => table && world.alwaysTriggered.has(table))
  if (!filled || !known || !isPlain || (fires && reachesTriggers(world, filled, changed))) fillAll(world)
  if (isIdle) return
  for (const table of filled ?? []) if (table) table.rows = 'unknown'
}

function wasEmpty({ everyName }: SimulatedSchema): boolean {
  return everyName !== null && [...everyName].every((name) => /^_?alembic_version(?:_pkc)?$/.test(name))
}

/** Whether the statement may fire a trigger. A deletion may cascade and fire other tables' triggers. */
function reachesTriggers(
  { filling, triggered }: SimulatedSchema,
  filled: readonly (SimulatedTable | null)[],
  changed: readonly (SimulatedTable | null)[],
): boolean {
  if (filling.size === 0) return false
  if (changed.some((table) => table?.rows === 'unknown' && !filled.includes(table))) return true
  return [...filled, ...changed].some((table) => table && triggered.has(table))
}

/**
 * Returns the table if a pending migration created it without rows, even if rows may have been added since; null
 * otherwise.
 */
function ownTable(world: SimulatedSchema, name: ObjectName): SimulatedTable | null {
  const { presence, value } = findRelation(world, name)
  const table = presence === 'present' && value?.kind === 'table' ? value.table : null
  return table?.rows === undefined ? null : table
}

function fillAll({ relations }: SimulatedSchema): void {
  for (const { table } of relations.values()) if (table?.rows === 'none') table.rows = 'unknown'
}

/** Whether the name refers to a table that definitely has no rows. */
export function isEmptyTable(world: SimulatedSchema, name: ObjectName): boolean {
  return ownTable(world, name)?.rows === 'none'
}
