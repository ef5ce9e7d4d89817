/** Finds objects that may stop PostgreSQL from dropping or changing what they use. */
import type { ObjectName, Operation } from '../../history/operation.ts'
import {
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  findType,
  folded,
} from '../simulated-schema.ts'
import { indexNamed } from '../indexes.ts'

/** Returns what may use the object that the operation drops or changes; null if nothing does. */
export function spotInUses(world: SimulatedSchema, step: Operation): string | null {
  if (step.kind === 'dropIndex') return inIndex(world, step)
  if (step.kind === 'data') return step.truncates ? inTruncate(world, step.needs ?? []) : null
  if (step.kind === 'dropEnum') {
    const { value } = findType(world, step.enum)
    // Only its element type can drop an array type, even with CASCADE.
    if (value?.kind === 'array') return 'array type'
    // The dependents of types other than enums are unknown.
    return !step.cascade && value && (value.usedElsewhere || value.values === null) ? 'type dependents' : null
  }
  const table = 'table' in step && step.table ? findRelation(world, step.table).value?.table : null
  if (!table) return null
  const { usedElsewhere = [], constraints } = table
  switch (step.kind) {
    case 'dropTable':
      return usedElsewhere.length > 0 && !step.cascade ? 'dependent objects' : null
    case 'addColumn': {
      const isPlain = step.column.serverDefault.kind === 'none' && !step.column.identity
      return usedElsewhere.includes(null) && !isPlain ? 'dependent objects' : null
    }
    case 'dropColumn':
      if (step.cascade) return null
      if (isReferenced(table, [step.column], 'any')) return 'foreign keys'
      return isUsed(world, table, step.column) ? 'dependent objects' : null
    case 'alterColumn':
      if (step.type === null) return null
      return isUsed(world, table, step.column) || usedElsewhere.includes(null) ? 'dependent objects' : null
    case 'dropConstraint': {
      const { inherited, kind, columns } = constraints.get(folded(world, step.name)) ?? {}
      if (inherited) return 'inherited constraint'
      const isKey = kind === 'primaryKey' || kind === 'unique'
      return isKey && columns && !step.cascade && isReferenced(table, columns, 'all') ? 'foreign keys' : null
    }
    case 'renameConstraint':
      return constraints.get(folded(world, step.name))?.inherited ? 'inherited constraint' : null
    default:
      return null
  }
}

/** A foreign key may need a unique index. A partition's index may belong to the parent's. */
function inIndex(world: SimulatedSchema, step: Extract<Operation, { kind: 'dropIndex' }>): string | null {
  const { table, unique, columns, pending } = indexNamed(world, step).value ?? {}
  if (!table) return null
  if (table.related && !pending) return 'inherited index'
  const own = columns?.filter((column) => column !== null) ?? []
  const isNeeded = table.dependents.some(
    ({ kind, key, columns: used }) =>
      kind === 'foreign key' && key === null && used?.every((column) => own.includes(column)),
  )
  return unique && (isNeeded || isReferenced(table, own, 'all')) ? 'foreign keys' : null
}

/** PostgreSQL refuses to truncate a table that another table references, even if both are empty. */
function inTruncate(world: SimulatedSchema, names: readonly ObjectName[]): string | null {
  const tables = names.map((name) => findRelation(world, name).value?.table)
  const isReferred = tables.some(
    (table) =>
      table?.dependents.some(
        ({ kind, owner }) => kind === 'foreign key' && (owner === null || !tables.includes(owner)),
      ) || [...(table?.referrers ?? [])].some((other) => !other.dropped && !tables.includes(other)),
  )
  return isReferred ? 'foreign keys' : null
}

function isUsed(world: SimulatedSchema, { usedElsewhere, columns }: SimulatedTable, name: string): boolean {
  return usedElsewhere?.includes(columns.get(folded(world, name))?.stored ?? name) === true
}

/** Whether a new foreign key references any, or exactly these columns of the table. */
function isReferenced(table: SimulatedTable, columns: readonly string[], which: 'any' | 'all'): boolean {
  const keys = [...(table.referrers ?? [])].flatMap((other) =>
    other.dropped ? [] : [...other.constraints.values()].filter((key) => key.target === table),
  )
  return keys.some(({ targetColumns: used }) =>
    which === 'any'
      ? columns.some((column) => used?.includes(column))
      : used === undefined || used.every((column) => columns.includes(column)),
  )
}
