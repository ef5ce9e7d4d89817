/**
 * Simulates functions, and the triggers that call them. Creating one definitely succeeds only if its name is free.
 */
import { parseExpression } from '../../expressions/parse-expression.ts'
import { columnReferences } from '../../expressions/expression.ts'
import { judgeCondition, typeOfExpression } from '../../expressions/type-of-expression.ts'
import { typeNamed } from '../../expressions/types.ts'
import type { NewFunction, NewTrigger, ObjectName, Operation, Unrelated } from '../../history/operation.ts'
import { isCertainDrop } from './dropped-parts.ts'
import { mayBeOfExtension } from './extension-functions.ts'
import { installsExtension, isInstalled } from './extensions.ts'
import { namesIn } from './table-names.ts'
import {
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  folded,
  keyOf,
  newName,
} from '../simulated-schema.ts'

/** Whether the statement definitely creates its trigger or function. */
export function createsRoutine(world: SimulatedSchema, { trigger, newFunction }: Unrelated): boolean {
  if (newFunction) return createsFunction(world, newFunction)
  return trigger !== undefined && createsTrigger(world, trigger)
}

/**
 * Records the function or trigger that the statement creates or drops. If the result is uncertain, any function or
 * trigger may have changed.
 */
export function noteRoutines(world: SimulatedSchema, step: Unrelated): void {
  const { trigger, newFunction, droppedFunction, drops, routine, what, needs = [] } = step
  const table = trigger && tableOf(world, trigger.table)
  noteCallers(world, step)
  noteTriggerFunction(world, step)
  const dropped = droppedBy(world, step)
  if (dropped !== null) return void world.newFunctions.delete(dropped)
  if (createsRoutine(world, step)) {
    const key = newFunction && functionKey(world, newFunction.name, typesOf(newFunction))
    if (newFunction && key) world.newFunctions.set(key, newFunction)
    if (table) world.newTriggers.set(table, [...(world.newTriggers.get(table) ?? []), nameOf(world, step)])
    return
  }
  if (isInstalled(world, step) || installsExtension(world, step)) return
  if (what === 'trigger' && drops) return dropTrigger(world, drops)
  if (what === 'trigger')
    for (const name of needs) {
      const changed = findRelation(world, name).value?.table
      if (changed) world.newTriggers.delete(changed)
    }
  if (what === 'trigger' && needs.length === 0) world.newTriggers = new Map()
  const changed = newFunction?.name ?? droppedFunction ?? routine
  if (changed) doubtFunction(world, changed.name)
  else if (changesRoutines.test(what)) forgetRoutines(world)
}

function noteTriggerFunction(world: SimulatedSchema, step: Unrelated): void {
  const { what, newFunction, routine, droppedFunction, returnsTrigger } = step
  if (what !== 'function') return
  const name = newFunction?.name ?? routine ?? droppedFunction
  const key = name ? functionKey(world, name, []) : null
  if (key === null) world.newTriggerFunctions.clear()
  else if (returnsTrigger) world.newTriggerFunctions.add(key)
  else world.newTriggerFunctions.delete(key)
}

/**
 * Returns `DROP FUNCTION … CASCADE` as a DROP FUNCTION if it definitely drops nothing but a trigger function and its
 * triggers. Returns any other operation unchanged.
 */
export function withoutCascade(world: SimulatedSchema, step: Operation): Operation {
  if (step.kind !== 'opaque' || !step.dropsFunction) return step
  const name = step.dropsFunction
  const key = functionKey(world, name, [])
  const live = world.doubtfulFunctions.has(name.name) ? undefined : world.functions?.get(name.name)
  const isLive = live !== undefined && live.length > 0 && live.every(({ result }) => result === 'trigger')
  if (!isLive && (key === null || !world.newTriggerFunctions.has(key))) return step
  const { span, autocommit } = step
  const droppedFunction = { ...name, isPlain: true }
  return { kind: 'unrelated', what: 'function', droppedFunction, span, ...(autocommit && { autocommit }) }
}

function noteCallers(world: SimulatedSchema, step: Unrelated): void {
  const { what, drops, trigger } = step
  if (what !== 'trigger') return
  if (!drops) {
    const table = trigger ? tableOf(world, trigger.table) : null
    world.callers.push({ table, name: trigger?.name ?? null, calls: trigger?.calls.name ?? null })
  } else if (isCertainDrop(world, step)) {
    const table = tableOf(world, drops.table)
    const at = world.callers.findIndex(
      (one) => table !== null && one.table === table && one.name === drops.name,
    )
    if (at >= 0) world.callers.splice(at, 1)
  }
}

/**
 * Returns the key of the function that `DROP FUNCTION` definitely drops. Only triggers can depend on a trigger
 * function.
 */
function droppedBy(world: SimulatedSchema, { droppedFunction: name }: Unrelated): string | null {
  if (!name?.isPlain || !world.rightsKept || world.doubtfulFunctions.has(name.name)) return null
  const key = functionKey(world, name, [])
  const found = key === null ? undefined : world.newFunctions.get(key)
  const others = [...world.newFunctions.values()].filter((one) => one.name.name === name.name)
  if (
    found?.returns !== 'trigger' ||
    others.length > 1 ||
    world.routines?.taken.includes(name.name) !== false
  )
    return null
  const isCalled = world.callers.some(
    ({ table, calls }) => table?.dropped !== true && (calls === null || calls === name.name),
  )
  return isCalled ? null : key
}

/** Whether the statement definitely drops its function. */
export function dropsRoutine(world: SimulatedSchema, step: Unrelated): boolean {
  return droppedBy(world, step) !== null
}

const changesRoutines = /^(?:function|procedure|routine|aggregate|extension|language|operator)$/

/** Records that any function may have been created, replaced or dropped. */
export function forgetRoutines(world: SimulatedSchema): void {
  world.routines = null
  world.functions = null
  world.newFunctions.clear()
  world.newTriggerFunctions.clear()
}

/** Records that functions with this name may have been created, replaced or dropped. */
function doubtFunction(world: SimulatedSchema, name: string): void {
  world.doubtfulFunctions.add(name)
  for (const [key, known] of world.newFunctions) if (known.name.name === name) world.newFunctions.delete(key)
}

/** Records that the trigger was dropped. If its name or table is unknown, any trigger may be gone. */
function dropTrigger(world: SimulatedSchema, { name, table }: NonNullable<Unrelated['drops']>): void {
  const own = tableOf(world, table)
  const known = own && world.newTriggers.get(own)
  if (!own || !known || name === null)
    return void (own ? world.newTriggers.delete(own) : world.newTriggers.clear())
  world.newTriggers.set(
    own,
    known.filter((one) => one !== folded(world, name)),
  )
}

function typesOf({ parameters }: NewFunction): readonly string[] {
  return parameters.map(({ type }) => type)
}

function functionKey(world: SimulatedSchema, name: ObjectName, types: readonly string[]): string | null {
  const full = newName(world, name)
  return full && `${keyOf(world, full)}(${types.map((type) => type.replace(/\(.*\)/, '')).join()})`
}

function createsFunction(world: SimulatedSchema, created: NewFunction): boolean {
  const { routines } = world
  const { name, replaces, expression } = created
  const full = newName(world, name)
  if (expression !== undefined && (!routines?.sql || !selects(world, created, expression))) return false
  if (expression === undefined && !routines?.plpgsql) return false
  if (!routines || !full || !world.rightsKept || routines.taken.includes(name.name)) return false
  if (world.doubtfulFunctions.has(name.name)) return false
  if (world.schemas.get(full.schema ?? '')?.create !== true) return false
  if (world.newExtensions.size > 0 && mayBeOfExtension(created)) return false
  const there = world.newFunctions.get(functionKey(world, name, typesOf(created)) ?? '')
  return !there || (replaces && isLike(there, created))
}

/** Whether PostgreSQL definitely accepts the expression as an SQL function's result. */
function selects(world: SimulatedSchema, { parameters, returns }: NewFunction, text: string): boolean {
  const parsed = parseExpression(text)
  const names = namesIn(world, { name: '', columns: new Map(), columnsSure: true })
  const column = (table: string | null, name: string): string | null => {
    const at = /^\$(\d+)$/.exec(name)?.[1]
    const found = at ? parameters[Number(at) - 1] : parameters.find((one) => one.name === name)
    return table === null && found ? typeNamed(found.type) : null
  }
  const judged = parsed && typeOfExpression(parsed, { ...names, column })
  return judged?.kind === 'fits' && judged.value.type === typeNamed(returns)
}

/** Whether the new function can replace the old one. PostgreSQL requires the same result type and parameter names. */
function isLike(old: NewFunction, { returns, parameters }: NewFunction): boolean {
  return old.returns === returns && old.parameters.every(({ name }, at) => name === parameters[at]?.name)
}

function createsTrigger(world: SimulatedSchema, trigger: NewTrigger): boolean {
  const table = tableOf(world, trigger.table)
  if (!table || !world.rightsKept || calledBy(world, trigger)?.returns !== 'trigger') return false
  // All triggers are known only if the table is new.
  if (table.origin !== null || !table.columnsSure) return false
  if (!trigger.columns.every((column) => isColumn(world, table, column))) return false
  if (trigger.condition !== null && !acceptsCondition(world, table, trigger)) return false
  const known = world.newTriggers.get(table)
  if (known) return !known.includes(folded(world, trigger.name))
  return world.writesSure && !world.triggered.has(table)
}

function isColumn(world: SimulatedSchema, { columns }: SimulatedTable, column: string): boolean {
  const there = columns.get(folded(world, column))
  return there !== undefined && !there.perhaps
}

/** Whether PostgreSQL definitely accepts the condition. OLD requires an old row, and NEW requires a new row. */
function acceptsCondition(
  world: SimulatedSchema,
  { columns, columnsSure }: SimulatedTable,
  { condition, events }: NewTrigger,
): boolean {
  const parsed = parseExpression(condition ?? '')
  if (parsed === null) return false
  const rows = [...(events.includes('insert') ? [] : ['old']), ...(events.includes('delete') ? [] : ['new'])]
  if (!columnReferences(parsed).every(({ table }) => table !== null && rows.includes(table))) return false
  if ([...columns.values()].some(({ generated }) => generated)) return false
  const names = namesIn(world, { name: 'new', columns, columnsSure })
  const column = (_: string | null, name: string): string | null => names.column('new', name)
  return judgeCondition(parsed, { ...names, column }).kind === 'fits'
}

/** Returns the function that the trigger calls; null unless a pending migration definitely creates it. */
export function calledBy(world: SimulatedSchema, { calls }: NewTrigger): NewFunction | null {
  const key = functionKey(world, calls, [])
  return (key !== null && world.newFunctions.get(key)) || null
}

/** Whether the function, or one that it calls, may add rows. */
export function addsRows(world: SimulatedSchema, { mayFill, calls }: NewFunction, depth = 0): boolean {
  return mayFill || calls.some((name) => !isComputation(world, name, depth + 1))
}

/** Whether functions with this name only compute a value. */
function isComputation(world: SimulatedSchema, name: string, depth: number): boolean {
  const own = [...world.newFunctions.values()].filter((one) => one.name.name === name)
  if (own.length === 0) return hashes.test(name) && world.newExtensions.has('pgcrypto')
  return own.every((one) => depth < 10 && one.writes.length === 0 && !addsRows(world, one, depth))
}

/** Functions from the pgcrypto extension. */
const hashes = /^(?:digest|hmac|crypt|gen_salt)$/

function tableOf(world: SimulatedSchema, name: ObjectName): SimulatedTable | null {
  const { presence, value } = findRelation(world, name)
  return presence === 'present' && value?.kind === 'table' ? value.table : null
}

function nameOf(world: SimulatedSchema, { trigger }: Unrelated): string {
  return folded(world, trigger?.name ?? '')
}
