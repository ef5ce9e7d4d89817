/** Merges a table's states before and after an operation that may not have run. */
import type { Operation } from '../../history/operation.ts'
import {
  type SimulatedColumn,
  type SimulatedRelation,
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  indexesOf,
  keyOf,
} from '../simulated-schema.ts'
import { indexNamed } from '../indexes.ts'
import { doubtIndex, doubtRelation } from '../unknown-changes.ts'

/** A copy of everything that an operation may change in a table. */
export interface TableState {
  readonly columns: ReadonlyMap<string, SimulatedColumn>
  readonly constraints: SimulatedTable['constraints']
  readonly indexes: ReadonlyMap<string, SimulatedRelation>
}

/** Returns the only table that the operation changes; null if unknown, or if it changes anything else. */
export function changedTable(world: SimulatedSchema, operation: Operation): SimulatedTable | null {
  switch (operation.kind) {
    case 'addColumn':
    case 'dropColumn':
    case 'alterColumn':
    case 'createIndex':
    case 'addConstraint':
    case 'dropConstraint':
    case 'renameConstraint':
      return findRelation(world, operation.table).value?.table ?? null
    case 'dropIndex':
      return indexNamed(world, operation).value?.table ?? null
    default:
      return null
  }
}

/** Whether the operation drops a missing index. */
export function findsNothing(world: SimulatedSchema, operation: Operation): boolean {
  return operation.kind === 'dropIndex' && indexNamed(world, operation).presence === 'absent'
}

/** Copies the table's current state. */
export function stateOf(world: SimulatedSchema, table: SimulatedTable): TableState {
  const { columns, constraints } = table
  const indexes = new Map(indexesOf(world, table).map((one) => [keyOf(world, one), one]))
  return { columns: new Map(columns), constraints: new Map(constraints), indexes }
}

/** Marks all differences between the earlier and current states as uncertain. */
export function joinWith(world: SimulatedSchema, table: SimulatedTable, before: TableState): void {
  for (const [key, column] of [...before.columns, ...table.columns]) {
    const [old, now] = [before.columns.get(key), table.columns.get(key)]
    if (old !== now)
      table.columns.set(key, old && now ? commonColumn(old, now) : { ...column, perhaps: true })
  }
  for (const [key, constraint] of [...before.constraints, ...table.constraints]) {
    const now = table.constraints.get(key)
    if (before.constraints.get(key) === now) continue
    table.partsDoubtful = true
    table.constraints.set(key, { ...constraint, sure: false })
  }
  const after = stateOf(world, table).indexes
  for (const [key, index] of [...before.indexes, ...after]) {
    if (before.indexes.get(key) === after.get(key)) continue
    table.unlistedIndexes = true
    table.partsDoubtful = true
    const isPlain = !index.unique && !index.likely && !table.constraints.has(index.name)
    if (isPlain) doubtIndex(world, index)
    else doubtRelation(world, index)
  }
}

/** Returns a column with the properties that both states share. All other properties are unknown. */
function commonColumn(old: SimulatedColumn, now: SimulatedColumn): SimulatedColumn {
  const sameType =
    old.type === now.type &&
    old.userType === now.userType &&
    old.enum?.name === now.enum?.name &&
    old.enum?.schema === now.enum?.schema
  const { type, userType, isEnum, enum: declared, generated } = now
  return {
    name: now.name,
    type: sameType ? type : null,
    nullable: old.nullable === now.nullable ? now.nullable : null,
    stored: old.stored === now.stored ? now.stored : null,
    ...(sameType && userType && { userType }),
    ...(sameType && isEnum && { isEnum }),
    ...(sameType && declared && { enum: declared }),
    ...(generated && { generated }),
    ...(old.serverDefault === now.serverDefault &&
      now.serverDefault !== undefined && { serverDefault: now.serverDefault }),
    ...((old.perhaps || now.perhaps) && { perhaps: true as const }),
  }
}
