/**
 * Determines the names that PostgreSQL and SQLAlchemy give to unnamed constraints and indexes. A naming convention
 * changes these names, so they may depend on env.py.
 */
import type { Constraint, Index, ObjectName, Operation, WrittenName } from '../../history/operation.ts'
import {
  type SimulatedSchema,
  type SimulatedTable,
  folded,
  isCutOff,
  isDoubtful,
  isPlainName,
  keyOf,
  occupant,
} from '../simulated-schema.ts'

/** True if no naming convention can change the name. */
export function isFinalName(
  world: SimulatedSchema,
  { name, exact, unknownConvention }: WrittenName,
): boolean {
  return exact || (name !== null && world.namesFinal && !unknownConvention && !isCutOff(world, name))
}

/** The suffix of the name that PostgreSQL gives an unnamed constraint; null if unknown. */
export const suffixes: Readonly<Record<string, string | null>> = {
  primaryKey: 'pkey',
  unique: 'key',
  foreignKey: 'fkey',
  // These constraints' default names may depend on expressions that the guard doesn't analyze.
  check: null,
  exclude: null,
}

/**
 * Returns PostgreSQL's name for an unnamed constraint (`ChooseConstraintName` and `ChooseIndexName`); null if
 * unknown. If the name is taken, PostgreSQL appends a number, starting at 1.
 */
function choice(table: string, constraint: Constraint, number: number | '' = ''): string | null {
  const suffix = suffixes[constraint.kind]
  if (suffix == null || !('columns' in constraint)) return null
  // PostgreSQL's default name also includes the names of the INCLUDE columns.
  if (constraint.kind === 'unique' && constraint.options !== undefined) return null
  const columns = constraint.kind === 'primaryKey' ? '' : constraint.columns.join('_')
  return objectName(table, columns, `${suffix}${number}`)
}

/** PostgreSQL's maximum identifier length (NAMEDATALEN - 1). */
const longest = 63

/**
 * Joins the parts of a name. If the result is too long, shortens the longer of the first two parts (`makeObjectName`
 * in indexcmds.c). Null for non-ASCII parts, because the limit is in bytes.
 */
function objectName(table: string, columns: string, suffix: string): string | null {
  if (!/^[\u0020-\u007e]+$/.test(table + columns)) return null
  let [first, second] = [table.length, columns.length]
  const available = longest - suffix.length - 1 - (columns === '' ? 0 : 1)
  while (first + second > available) {
    if (first > second) first -= 1
    else second -= 1
  }
  const parts = [table.slice(0, first), ...(columns === '' ? [] : [columns.slice(0, second)]), suffix]
  return parts.join('_')
}

/** Returns a constraint's name, or PostgreSQL's default name if it's unnamed; null if unknown. */
export function defaultConstraintName(
  world: SimulatedSchema,
  { schema, name: table }: ObjectName,
  constraint: Constraint,
): string | null {
  if (constraint.name !== null) return constraint.name
  if (!world.dialect.createsIndexForUnique) return null
  for (let number = 0; ; number += 1) {
    const name = choice(table, constraint, number || '')
    if (name === null || !isPlainName(world, name)) return null
    const other = occupant(world, { schema, name })
    if (!other) return name
    // A foreign key's name can only conflict with another constraint's.
    if (other.likely || !world.namesFinal || constraint.kind === 'foreignKey') return null
  }
}

/**
 * True if an unnamed constraint definitely gets the name from `defaultConstraintName`, because no naming convention
 * applies and the name is free in its schema.
 */
export function isCertainDefault(
  world: SimulatedSchema,
  schema: string | null,
  name: string,
  { unknownConvention }: WrittenName,
): boolean {
  const place = { schema, name }
  const { namesFinal, open, takenConstraints } = world
  const unlisted = (['relations', 'indexes', 'keys', 'parts'] as const).some((kind) => open.has(kind))
  if (!namesFinal || unknownConvention || unlisted) return false
  if (isDoubtful(world, place) || takenConstraints.has(keyOf(world, place))) return false
  const key = folded(world, name)
  return [...world.relations.values()].every(
    ({ kind, schema: where, table }) => kind !== 'table' || where !== schema || !table?.constraints.has(key),
  )
}

/** Returns SQLAlchemy's default index name for a column with `index=True`. */
export function defaultIndexName(
  world: SimulatedSchema,
  table: string,
  [column, ...more]: readonly (string | null)[],
): string | null {
  const name = indexNameOf(table, column)
  return name === null || more.length > 0 || !isPlainName(world, name) ? null : name
}

function indexNameOf(table: string, column: string | null | undefined): string | null {
  return column == null ? null : `ix_${table}_${column}`
}

/**
 * Whether SQLAlchemy definitely gives an unnamed index its default name.
 *
 * SQLAlchemy may add the schema or a number to that name.
 */
export function isCertainIndexName(
  { namesFinal }: SimulatedSchema,
  { columns }: SimulatedTable,
  writtenSchema: string | null,
  name: string,
  { unknownConvention }: WrittenName,
): boolean {
  return namesFinal && !unknownConvention && writtenSchema === null && !columns.has(name.slice('ix_'.length))
}

/** Returns the default names of an operation's unnamed constraints and indexes. */
export function defaultNamesIn(step: Operation): readonly string[] {
  const ofAll = (
    table: string,
    constraints: readonly Constraint[],
    indexes: readonly Index[],
  ): readonly (string | null)[] => [
    ...constraints.map((one) => (one.name === null ? choice(table, one) : null)),
    ...indexes.map(({ name, columns }) => (name === null ? indexNameOf(table, columns[0]) : null)),
  ]
  const names =
    step.kind === 'createTable' || step.kind === 'addColumn'
      ? ofAll(step.table.name, step.constraints, step.indexes)
      : step.kind === 'addConstraint'
        ? ofAll(step.table.name, [step.constraint], [])
        : step.kind === 'createIndex'
          ? ofAll(step.table.name, [], [step.index])
          : []
  return names.filter((name) => name !== null)
}
