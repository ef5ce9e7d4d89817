/** Simulates `VALIDATE CONSTRAINT` and `REPLICA IDENTITY`. */
import type { AlterColumn, Unrelated } from '../../history/operation.ts'
import { type StatementOutcome, failStatement } from '../database-error.ts'
import { requireTable } from '../preconditions.ts'
import {
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  folded,
  isCutOff,
  keyOf,
} from '../simulated-schema.ts'

type Validated = NonNullable<Unrelated['validates']>

/** Fails if the table has no such constraint. Ignores existing rows. */
export function tryValidate(world: SimulatedSchema, { table: of, name }: Validated): StatementOutcome {
  const needed = requireTable(world, of, 'alter')
  if (!needed.ok) return needed.judged
  const { table, found } = needed.value
  const constraint = table.constraints.get(folded(world, name))
  if (constraint) {
    const isSure = constraint.sure && !constraint.likely && world.foreignKeysSure
    return isSure && /^(?:foreignKey|check)$/.test(constraint.kind) ? null : 'unsure'
  }
  if (!table.namesSure || !table.columnsSure || isCutOff(world, name)) return 'unsure'
  const error = world.dialect.errors.missingConstraint?.(found.name.name, name, 'drop')
  const seen = { kind: 'absentPart', what: 'constraint', table: found.name.name } as const
  return failStatement('missing', { kind: 'constraint', name, table: found.name.name }, seen, error)
}

/**
 * True if no row can violate the constraint: it's already valid, the table is empty, or a foreign key column
 * contains only NULLs.
 */
export function passesValidation(world: SimulatedSchema, step: Unrelated): boolean {
  const { validates } = step
  if (!validates || tryValidate(world, validates) !== null) return false
  const needed = requireTable(world, validates.table, 'alter')
  if (!needed.ok) return false
  const { table } = needed.value
  const { kind, columns, valid } = table.constraints.get(folded(world, validates.name)) ?? {}
  const hasNull = columns?.some((column) => table.columns.get(folded(world, column))?.empty)
  return (
    valid === true || table.rows === 'none' || (kind === 'foreignKey' && world.rowsSure && hasNull === true)
  )
}

/** Records that the constraint is valid. */
export function noteValidated(world: SimulatedSchema, step: Unrelated): void {
  const { validates } = step
  if (!validates || !passesValidation(world, step)) return
  const table = findRelation(world, validates.table).value?.table
  const key = folded(world, validates.name)
  const constraint = table?.constraints.get(key)
  if (constraint) table?.constraints.set(key, { ...constraint, valid: true })
}

/** Returns the columns of the chosen index; null unless PostgreSQL definitely accepts it as the replica identity. */
export function identityOf(world: SimulatedSchema, { identifies }: Unrelated): readonly string[] | null {
  if (!identifies) return null
  const needed = requireTable(world, identifies.table, 'alter')
  if (!needed.ok) return null
  const { table, found } = needed.value
  const constraint = table.constraints.get(folded(world, identifies.index))
  if (constraint?.kind === 'primaryKey' || constraint?.kind === 'unique') {
    const { sure, likely, deferrable, columns, kind } = constraint
    if (!sure || likely || deferrable !== undefined || columns === null) return null
    return kind === 'primaryKey' || isFilled(world, table, columns) ? columns : null
  }
  const key = keyOf(world, { schema: found.name.schema, name: identifies.index })
  const index = table.indexes.has(key) && !world.doubtful.has(key) ? world.relations.get(key) : undefined
  // The snapshot doesn't say whether an index that already existed is valid.
  if (!index?.pending || !index.whole || index.likely || (index.written && !world.namesFinal)) return null
  const columns = index.columns?.filter((column) => column !== null) ?? []
  return columns.length === index.columns?.length && isFilled(world, table, columns) ? columns : null
}

function isFilled(world: SimulatedSchema, { columns }: SimulatedTable, names: readonly string[]): boolean {
  return names.every((name) => {
    const column = columns.get(folded(world, name))
    return column?.nullable === false && !column.perhaps
  })
}

/** Records the columns of the replica identity, which must remain NOT NULL. */
export function noteIdentity(world: SimulatedSchema, step: Unrelated): void {
  const columns = identityOf(world, step)
  const table = columns && step.identifies && findRelation(world, step.identifies.table).value?.table
  if (!table) return
  table.identity = new Set([...(table.identity ?? []), ...columns.map((name) => folded(world, name))])
}

/** Whether a replica identity set by a pending migration may use the column. */
export function isInIdentity(world: SimulatedSchema, { table, column }: AlterColumn): boolean {
  return findRelation(world, table).value?.table?.identity?.has(folded(world, column)) === true
}
