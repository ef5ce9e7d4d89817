/** Simulates `ALTER TABLE … VALIDATE CONSTRAINT`. */
import type { Unrelated } from '../../history/operation.ts'
import { type StatementOutcome, failStatement } from '../database-error.ts'
import { requireTable } from '../preconditions.ts'
import { type SimulatedSchema, findRelation, folded, isCutOff } from '../simulated-schema.ts'

type Validated = NonNullable<Unrelated['validates']>

/** Fails if the table has no such constraint. Existing rows aren't considered. */
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
 * Returns whether no row can violate the constraint: it is already valid, the table is empty, or the foreign key's
 * column is.
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
