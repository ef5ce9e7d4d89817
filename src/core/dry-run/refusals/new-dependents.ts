/**
 * Tracks the tables and types that new objects may depend on: policies, rules, functions, publications, and views that
 * the guard doesn't understand. PostgreSQL records only dependencies on objects that a statement names outside of
 * strings (`recordDependencyOnExpr` in dependency.c).
 */
import { textArguments } from '../../expressions/expression.ts'
import { parseExpression } from '../../expressions/parse-expression.ts'
import type {
  ColumnType,
  NewDependent,
  ObjectName,
  Operation,
  ServerDefault,
  Unrelated,
} from '../../history/operation.ts'
import { relationIn } from '../../names/relation-in-text.ts'
import {
  type DependentObject,
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  findType,
  folded,
  keyOf,
} from '../simulated-schema.ts'
import { definitionOf } from '../objects/view-definitions.ts'

/** Records the object that the operation creates or drops. Must be called before the operation is simulated. */
export function noteDependents(world: SimulatedSchema, step: Operation): void {
  if (step.kind === 'createTable')
    for (const column of step.columns ?? []) noteColumn(world, step.table, column)
  if (step.kind === 'addColumn') noteColumn(world, step.table, step.column)
  if (step.kind === 'alterColumn') noteColumn(world, step.table, step)
  if (step.kind !== 'unrelated') return
  forgetDropped(world, step)
  const { what, dependent, needs = [] } = step
  // The tables of other views are known.
  if (!dependent || (what === 'view' && definitionOf(world, step))) return
  const owner = what === 'policy' && needs[0] ? tableOf(world, needs[0]) : null
  addDependent(world, { what, name: dependent.name, owner, ...usedBy(world, dependent, owner) })
}

function addDependent(world: SimulatedSchema, one: DependentObject): void {
  world.newDependents = [...world.newDependents, one]
}

function usedBy(
  world: SimulatedSchema,
  { words }: NewDependent,
  owner: SimulatedTable | null,
): Pick<DependentObject, 'tables' | 'types'> {
  if (words === null) return { tables: null, types: null }
  const named = new Set(words.map((word) => folded(world, word)))
  const tables = new Set<SimulatedTable>()
  for (const { name, table, kind } of world.relations.values())
    if (kind === 'table' && table && table !== owner && named.has(folded(world, name))) tables.add(table)
  const types = [...world.types.keys()].filter((key) => named.has(key.slice(key.indexOf('\0') + 1)))
  return { tables, types: new Set(types) }
}

/**
 * Records a column that depends on another table, because it has the table's row type, or because its default uses a
 * sequence that the table owns.
 */
function noteColumn(
  world: SimulatedSchema,
  name: ObjectName,
  { type, serverDefault }: { readonly type: ColumnType | null; readonly serverDefault: ServerDefault | null },
): void {
  const owner = tableOf(world, name)
  const parsed = serverDefault?.kind === 'present' ? parseExpression(serverDefault.text ?? '') : null
  const owning = (parsed ? textArguments(parsed, 'nextval') : []).map((text) => {
    const sequence = relationIn(text)
    return sequence && findRelation(world, sequence).value?.ownedBy?.table
  })
  for (const table of [...owning, type?.needs ? tableOf(world, type.needs) : null])
    if (table && table !== owner)
      addDependent(world, { what: 'column', name: null, owner, tables: new Set([table]), types: new Set() })
}

/** An object that a statement drops no longer depends on anything. */
function forgetDropped(world: SimulatedSchema, { what, drops, changes, droppedFunction }: Unrelated): void {
  const names = [
    ...(changes?.change === 'drop' && !changes.maybe ? changes.names : []),
    ...(droppedFunction?.isPlain ? [droppedFunction] : []),
  ]
  const table = drops ? tableOf(world, drops.table) : null
  if (names.length === 0 && table === null) return
  const isDropped = (one: DependentObject): boolean => {
    if (one.what !== what || one.name === null) return false
    const { schema, name } = one.name
    if (table) return one.owner === table && name === drops?.name
    return names.some((other) => other.name === name && other.schema === schema)
  }
  const dropped = world.newDependents.filter(isDropped)
  // Functions with the same name may have other parameters.
  if (droppedFunction && dropped.length > 1) return
  world.newDependents = world.newDependents.filter((one) => !dropped.includes(one))
}

/** Whether a new object may depend on the table. */
export function mayBeUsed(world: SimulatedSchema, name: ObjectName): boolean {
  const table = tableOf(world, name)
  return table !== null && alive(world).some(({ tables }) => tables === null || tables.has(table))
}

/** Whether a new object, other than a column, may depend on the type. */
export function mayBeUsedType(world: SimulatedSchema, name: ObjectName): boolean {
  const key = keyOf(world, findType(world, name).name)
  return alive(world).some(({ types }) => types === null || types.has(key))
}

function alive({ newDependents }: SimulatedSchema): readonly DependentObject[] {
  return newDependents.filter(({ owner }) => owner?.dropped !== true)
}

function tableOf(world: SimulatedSchema, name: ObjectName): SimulatedTable | null {
  const { value } = findRelation(world, name)
  return value?.kind === 'table' ? value.table : null
}
