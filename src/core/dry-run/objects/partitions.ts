/** Decides whether PostgreSQL definitely accepts a partitioned table, partition or child table. */
import { canIndex } from '../../expressions/operator-classes.ts'
import type { Constraint, CreateTable, HashBound, Index, ObjectName } from '../../history/operation.ts'
import { type SimulatedSchema, findRelation, folded } from '../simulated-schema.ts'
import { type TableColumns, namesIn } from './table-names.ts'

/** Returns the part that PostgreSQL may reject; null if there is none. `table` has the new table's columns. */
export function spotInPartitions(
  world: SimulatedSchema,
  step: CreateTable,
  table: TableColumns,
): string | null {
  const { bound, parents = [], partitioned } = step
  if (partitioned && !acceptsKey(world, step, table)) return 'partition key'
  const [parent, ...others] = parents
  if (parent === undefined) return null
  const { presence, value } = findRelation(world, parent)
  const above = presence === 'present' && others.length === 0 ? value?.table : null
  const isHash = above?.partitioned?.by === 'hash' && !above.partsDoubtful
  if (!isHash || bound === undefined) return bound === undefined ? 'parent table' : 'partition bound'
  const siblings = [...(above.children ?? [])].filter(({ dropped }) => !dropped)
  const isFree = siblings.every(
    (sibling) => sibling.bound && !sibling.partsDoubtful && fits(sibling.bound, bound),
  )
  return isFree && bound.remainder < bound.modulus ? null : 'partition bound'
}

/** PostgreSQL also accepts different moduli if one divides the other, but the guard doesn't check that. */
function fits(one: HashBound, other: HashBound): boolean {
  return one.modulus === other.modulus && one.remainder !== other.remainder
}

/** Unique keys must contain the whole partition key, whose column types need an operator class. */
function acceptsKey(
  world: SimulatedSchema,
  { constraints, indexes, partitioned }: CreateTable,
  table: TableColumns,
): boolean {
  const { by, columns } = partitioned ?? { by: '', columns: null }
  if (columns === null || columns.length === 0 || !/^(?:hash|list|range)$/.test(by)) return false
  if (by === 'list' && columns.length > 1) return false
  const names = namesIn(world, table)
  const key = columns.map((column) => folded(world, column))
  const hasClass = columns.every((column) => {
    const type = names.column(null, column)
    return type !== null && canIndex(by === 'hash' ? 'hash' : 'btree', type, null)
  })
  return hasClass && [...constraints, ...indexes].every((one) => covers(world, key, one))
}

/**
 * Returns the part of a new constraint or index that PostgreSQL may reject on a partitioned table; null for other
 * tables.
 */
export function spotOnPartitioned(
  world: SimulatedSchema,
  name: ObjectName,
  part: Constraint | Index,
): string | null {
  const partitioned = findRelation(world, name).value?.table?.partitioned
  if (!partitioned) return null
  if ('concurrently' in part && part.concurrently) return 'concurrent index'
  const key = partitioned.columns?.map((column) => folded(world, column))
  return key && covers(world, key, part) ? null : 'partition key'
}

/** Whether the constraint or index allows duplicates or contains the whole partition key. */
function covers(world: SimulatedSchema, key: readonly string[], part: Constraint | Index): boolean {
  if ('kind' in part ? part.kind !== 'primaryKey' && part.kind !== 'unique' : !part.unique) {
    return !('kind' in part) || part.kind !== 'exclude'
  }
  const columns: readonly (string | null)[] = 'columns' in part ? part.columns : []
  const own = new Set(columns.map((column) => (column === null ? null : folded(world, column))))
  return key.every((column) => own.has(column))
}
