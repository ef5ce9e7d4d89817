/** Simulates the sequences owned by SERIAL and IDENTITY columns. */
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

/** Returns the usual name of a column's sequence. */
export function sequenceName(table: string, column: string): string {
  return `${table}_${column}_seq`
}

/** Adds a new column's sequence. PostgreSQL chooses another name if the usual name is taken. */
export function addOwnSequence(
  world: SimulatedSchema,
  owner: SimulatedTable,
  { schema, name: table }: ObjectName,
  { name: column, type, serial, identity }: Column,
): void {
  // SQLite has neither schemas nor sequences.
  if (world.dialect.schemas === null || !mayBeSerial(type)) return
  const full = freeName(world, { schema, name: sequenceName(table, column) })
  const isFree = full && !isDoubtful(world, full) && !world.open.has('relations')
  // If the table's columns are uncertain, the table or column may have existed before.
  const isSure = (serial || identity) && owner.columnsSure
  if (!isFree || !isSure) return doubtSequence(world, full ?? { schema, name: sequenceName(table, column) })
  const ownedBy = { table: owner, column }
  insertRelation(world, { kind: 'sequence', ...full, table: null, columns: null, pending: true, ownedBy })
}

/** Returns the first free name that PostgreSQL tries; null if it has to try more than four. */
function freeName(world: SimulatedSchema, { schema, name }: ObjectName): ObjectName | null {
  for (const number of ['', '1', '2', '3']) {
    const place = newName(world, { schema, name: `${name}${number}` })
    if (place && !occupant(world, place)) return place
  }
  return null
}

/** Drops the sequences of a table or column. */
export function dropOwnSequences(world: SimulatedSchema, table: SimulatedTable, column?: string): void {
  for (const sequence of ownSequences(world, table))
    if (column === undefined || sequence.ownedBy?.column === column) removeRelation(world, sequence)
}

/** Records the new name of a column that owns a sequence. */
export function renameOwner(world: SimulatedSchema, table: SimulatedTable, from: string, to: string): void {
  for (const sequence of ownSequences(world, table))
    if (sequence.ownedBy?.column === from)
      insertRelation(world, { ...sequence, ownedBy: { table, column: to } })
}

/** Records that the sequence's owner may have changed. */
export function forgetOwner(world: SimulatedSchema, sequence: SimulatedRelation | null): void {
  if (!sequence?.ownedBy) return
  const { ownedBy: _, ...rest } = sequence
  insertRelation(world, rest)
}
