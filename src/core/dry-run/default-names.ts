/**
 * Names that PostgreSQL, or SQLAlchemy, gives to what a migration leaves without one. They are only likely: a naming
 * convention of the project may have chosen others, which no migration shows.
 */
import type { Constraint, ObjectName } from '../history/operation.ts'
import { type SimulatedSchema, isPlainName, occupant } from './simulated-schema.ts'

const suffixes: Readonly<Record<Constraint['kind'], string | null>> = {
  primaryKey: 'pkey',
  unique: 'key',
  foreignKey: 'fkey',
  // Which columns they look at isn't read.
  check: null,
  exclude: null,
}

/** Of a constraint (`ChooseConstraintName` and `ChooseIndexName` of PostgreSQL); null: it can't be told. */
export function defaultConstraintName(
  world: SimulatedSchema,
  { schema, name: table }: ObjectName,
  constraint: Constraint,
): string | null {
  if (constraint.name !== null) return constraint.name
  const suffix = suffixes[constraint.kind]
  if (suffix === null || !world.dialect.createsIndexForUnique || !('columns' in constraint)) return null
  const columns = constraint.kind === 'primaryKey' ? [] : constraint.columns
  const name = [table, ...columns, suffix].join('_')
  return isPlainName(world, name) && !occupant(world, { schema, name }) ? name : null
}

/** Of an index of a column (`index=True`), by SQLAlchemy's own convention. */
export function defaultIndexName(
  world: SimulatedSchema,
  table: string,
  [column, ...more]: readonly (string | null)[],
): string | null {
  const name = `ix_${table}_${column ?? ''}`
  return column == null || more.length > 0 || !isPlainName(world, name) ? null : name
}
