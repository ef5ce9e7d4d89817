/** Simulates the sequences that SERIAL and IDENTITY columns create and own. */
import type { Column, ObjectName } from '../../history/operation.ts'
import {
  type SimulatedRelation,
  type SimulatedSchema,
  type SimulatedTable,
  insertRelation,
  isDoubtful,
  newName,
  occupant,
  removeRelation,
} from '../simulated-schema.ts'
import { doubtSequence, mayBeSerial, ownSequences } from '../unknown-changes.ts'

/** Adds the sequence of a new column. PostgreSQL chooses another name if the usual one is taken. */
export function addOwnSequence(
  world: SimulatedSchema,
  owner: SimulatedTable,
  { schema, name: table }: ObjectName,
  { name: column, type, serial, identity }: Column,
): void {
  if (!mayBeSerial(type)) return
  const full = newName(world, { schema, name: `${table}_${column}_seq` })
  const isFree = full && !occupant(world, full) && !isDoubtful(world, full) && !world.open.has('relations')
  // If the table's columns are uncertain, the table or column may have existed before.
  const isSure = (serial || identity) && owner.columnsSure && world.dialect.schemas !== null
  if (!isFree || !isSure) return doubtSequence(world, { schema, name: `${table}_${column}_seq` })
  const ownedBy = { table: owner, column }
  insertRelation(world, { kind: 'sequence', ...full, table: null, columns: null, pending: true, ownedBy })
}

/** Drops the sequences that the table or one of its columns owns. */
export function dropOwnSequences(world: SimulatedSchema, table: SimulatedTable, column?: string): void {
  for (const sequence of ownSequences(world, table))
    if (column === undefined || sequence.ownedBy?.column === column) removeRelation(world, sequence)
}

/** Records that a column that owns a sequence has a new name. */
export function renameOwner(world: SimulatedSchema, table: SimulatedTable, from: string, to: string): void {
  for (const sequence of ownSequences(world, table))
    if (sequence.ownedBy?.column === from)
      insertRelation(world, { ...sequence, ownedBy: { table, column: to } })
}

/** Records that the sequence may belong to another column, or to none. */
export function forgetOwner(world: SimulatedSchema, sequence: SimulatedRelation | null): void {
  if (!sequence?.ownedBy) return
  const { ownedBy: _, ...rest } = sequence
  insertRelation(world, rest)
}
