/**
 * Simulates the creation of simple trigger functions and of triggers that call them. Such a statement is certain to
 * succeed only if nothing else has the same name.
 */
import type { NewTrigger, NewTriggerFunction, Unrelated } from '../../history/operation.ts'
import { requireSchemaCreate } from '../privileges.ts'
import { installsExtension, isInstalled } from './extensions.ts'
import {
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  folded,
  keyOf,
  newName,
} from '../simulated-schema.ts'

/** Returns whether the statement certainly creates its trigger or its trigger function. */
export function createsRoutine(world: SimulatedSchema, { trigger, triggerFunction }: Unrelated): boolean {
  if (triggerFunction) return createsFunction(world, triggerFunction)
  return trigger !== undefined && createsTrigger(world, trigger)
}

/**
 * Records the function or trigger that the statement creates. If the result isn't certain, records that functions or
 * triggers may have changed.
 */
export function noteRoutines(world: SimulatedSchema, step: Unrelated): void {
  const { trigger, triggerFunction, what, needs = [] } = step
  const table = trigger && tableOf(world, trigger)
  if (createsRoutine(world, step)) {
    const full = triggerFunction && newName(world, triggerFunction.name)
    if (full) world.newFunctions.add(keyOf(world, full))
    if (table) world.newTriggers.set(table, [...(world.newTriggers.get(table) ?? []), nameOf(world, step)])
    return
  }
  if (isInstalled(world, step) || installsExtension(world, step)) return
  if (what === 'trigger')
    for (const name of needs) {
      const changed = findRelation(world, name).value?.table
      if (changed) world.newTriggers.delete(changed)
    }
  if (what === 'trigger' && needs.length === 0) world.newTriggers = new Map()
  if (changesRoutines.test(what)) forgetRoutines(world)
}

const changesRoutines = /^(?:function|procedure|routine|aggregate|extension|language|operator)$/

/** Records that any function may have been created, replaced or dropped. */
export function forgetRoutines(world: SimulatedSchema): void {
  world.routines = null
  world.newFunctions.clear()
}

/** Matches functions without parameters that may be created by extensions known to the guard. */
const ofExtensions = /^(?:uuid_\w+|gen_random_uuid|fips_mode|show_limit)$/

function createsFunction(world: SimulatedSchema, { name, replaces }: NewTriggerFunction): boolean {
  const { routines } = world
  const full = newName(world, name)
  if (!routines?.plpgsql || !full || !world.accessSure || routines.taken.includes(name.name)) return false
  if (!world.schemas.get(full.schema ?? '') || requireSchemaCreate(world, full.schema, 'create') !== null)
    return false
  if (world.newExtensions.size > 0 && ofExtensions.test(name.name)) return false
  return replaces || !world.newFunctions.has(keyOf(world, full))
}

function createsTrigger(world: SimulatedSchema, trigger: NewTrigger): boolean {
  const table = tableOf(world, trigger)
  const called = newName(world, trigger.calls)
  if (!table || !called || !world.accessSure || !world.newFunctions.has(keyOf(world, called))) return false
  // All triggers of a table are known only if the table is new.
  if (table.origin !== null || !table.columnsSure || table.partsDoubtful) return false
  const known = world.newTriggers.get(table) ?? []
  const isWhole = known.length > 0 || (world.writesSure && !world.triggered.has(table))
  return isWhole && !known.includes(folded(world, trigger.name))
}

function tableOf(world: SimulatedSchema, { table }: NewTrigger): SimulatedTable | null {
  const { presence, value } = findRelation(world, table)
  return presence === 'present' && value?.kind === 'table' ? value.table : null
}

function nameOf(world: SimulatedSchema, { trigger }: Unrelated): string {
  return folded(world, trigger?.name ?? '')
}
