/** Simulates creating, dropping and renaming tables. */
import { mergedConstraints } from '../history/merged-keys.ts'
import type { CreateTable, DropTable, ObjectName, RenameTable } from '../history/operation.ts'
import { requireOwner, ownsSchema } from './privileges.ts'
import { addConstraints, doubtTypeCheck, tryConstraints } from './constraints.ts'
import { tryType } from './types.ts'
import {
  type TableInHand,
  nameTaken,
  requireFreeName,
  requireTable,
  requiredByExtension,
  dependentsOutside,
  neededBy,
  referredBy,
  refusedInTable,
} from './preconditions.ts'
import { addIndexes, bringsIndex, doubtOwnIndexes } from './indexes.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import {
  type SimulatedColumn,
  type SimulatedTable,
  type SimulatedSchema,
  insertRelation,
  findRelation,
  folded,
  indexesOf,
  newName,
  occupant,
  removeRelation,
} from './simulated-schema.ts'
import { knownDefault } from './columns.ts'
import { declaredColumn, tryLabelAsDefault } from './enum-values.ts'
import { tryCalls } from './objects/expression-spots.ts'
import { addOwnSequence, dropOwnSequences } from './objects/owned-sequences.ts'
import {
  doubtName,
  doubtOwnSequences,
  forgetChildren,
  forgetOthers,
  forgetSequences,
  forgetTable,
} from './unknown-changes.ts'

/** Simulates `CREATE TABLE`, with its constraints and indexes. */
export function tryCreateTable(world: SimulatedSchema, step: CreateTable): StatementOutcome {
  const table = freshTable(world, step)
  const free = requireFreeName(world, step.table, 'table')
  const skipped = step.ifNotExists && !free.ok
  const full = newName(world, step.table)
  if (skipped) {
    const there = full && occupant(world, full)
    if (there) return null
    // The table exists now, but it may be an older table with different columns, so its definition is unknown.
    if (free.judged !== 'unsure') return free.judged
    Object.assign(table, { columnsSure: false, namesSure: false })
    delete table.rows
  }
  let judged: StatementOutcome = free.ok ? null : free.judged
  if (judged !== null && judged !== 'unsure') return judged
  if (full) insertRelation(world, { kind: 'table', ...full, table, columns: null, pending: true })
  noteParents(world, step, table)
  // Renaming a table doesn't rename its sequences.
  for (const column of step.columns ?? []) addOwnSequence(world, table, step.table, column)
  if (!table.columnsSure) world.open.add(step.bound ? 'parts' : 'indexes')
  for (const { type, serverDefault } of judged === null ? (step.columns ?? []) : [])
    judged ??=
      tryType(world, type) ??
      tryLabelAsDefault(world, declaredColumn(world, type), serverDefault) ??
      tryCalls(world, serverDefault)
  const inHand: TableInHand = {
    table,
    found: { presence: 'present', value: null, name: full ?? step.table },
  }
  const { constraints, doubtful } = mergedConstraints(step, world.dialect, world.namesFinal)
  judged ??= tryConstraints(world, inHand, constraints, 'create')
  addConstraints(world, inHand, constraints)
  for (const name of doubtful) {
    table.namesSure = false
    doubtName(world, { schema: inHand.found.name.schema, name })
  }
  const indexed = addIndexes(world, inHand, step)
  if (step.columns?.some(({ type }) => bringsIndex(type))) doubtOwnIndexes(world, table)
  for (const column of step.columns ?? []) doubtTypeCheck(world, table, column, step.table.name)
  return judged ?? indexed
}

/** Links the new table to its parents. If a parent is unknown, dropping it may drop the new table unnoticed. */
function noteParents(
  world: SimulatedSchema,
  { parents = [], table: name }: CreateTable,
  table: SimulatedTable,
): void {
  for (const parent of parents) {
    const above = findRelation(world, parent).value?.table
    if (above) (above.children ??= new Set()).add(table)
    else forgetTable(world, name, true)
  }
}

function freshTable(
  world: SimulatedSchema,
  { bound, columns, constraints, partitioned }: CreateTable,
): SimulatedTable {
  const heldBy = (column: string): Pick<SimulatedColumn, 'blockedBy'> => {
    const keys = constraints.filter((one) => 'columns' in one && one.columns.includes(column))
    if (keys.some(({ kind }) => kind === 'primaryKey')) return { blockedBy: 'PRIMARY KEY' }
    return keys.length > 0 || constraints.some(({ kind }) => kind === 'check') ? { blockedBy: 'unsure' } : {}
  }
  const table = unknownTable()
  if (bound) table.bound = bound
  if (partitioned) table.partitioned = partitioned
  if (columns === null) return table
  for (const column of columns) {
    table.columns.set(folded(world, column.name), {
      name: column.name,
      type: world.dialect.typeOf(column.type),
      nullable: column.nullable,
      stored: null,
      ...(column.type.enum && { enum: column.type.enum }),
      ...knownDefault(column),
      ...heldBy(column.name),
    })
  }
  if (columns.some(({ generated, type }) => generated ?? type.check)) table.hasExpressions = true
  table.columnsSure = true
  table.namesSure = true
  table.rows = 'none'
  return table
}

function unknownTable(): SimulatedTable {
  return {
    columns: new Map(),
    constraints: new Map(),
    columnsSure: false,
    namesSure: false,
    origin: null,
    access: null,
    described: null,
    dependents: [],
    dropped: false,
    indexes: new Set(),
  }
}

/** Simulates `DROP TABLE`, which also drops the table's indexes and the sequences it owns. */
export function tryDropTable(world: SimulatedSchema, step: DropTable, alone: boolean): StatementOutcome {
  const needed = requireTable(world, step.table, 'drop')
  if (!needed.ok) {
    const lenient = step.ifExists && needed.judged !== null && needed.judged !== 'unsure'
    if (lenient && needed.judged.kind === 'missing') return null
    if (needed.judged === 'unsure') forgetDropped(world, step.table)
    return needed.judged
  }
  const { found } = needed.value
  if (!ownsSchema(world, found.name)) {
    const denied = requireOwner(world, found)
    if (denied !== null) return denied
  }
  const { table } = needed.value
  const member = requiredByExtension(world, needed.value)
  if (member !== null) return member
  if (!step.cascade && alone) {
    const needs = neededBy(world, dependentsOutside(table)) ?? referredBy(world, table)
    if (needs !== null) {
      const object = { kind: 'table', name: found.name.name } as const
      return refusedInTable(world, needed.value, '', object, needs)
    }
  }
  const isReferred = [...(table.children ?? [])].some((child) => referredBy(world, child) !== null)
  removeTable(world, found.name, table, step.cascade)
  table.dropped = true
  if (step.cascade) {
    world.foreignKeysSure = false
    world.dependentsSure = false
  }
  if (isReferred && !step.cascade) return 'unsure'
  return world.mayEnforceKeys && table.origin !== null ? 'unsure' : null
}

/** Removes a relation that no longer exists under this name. */
function forgetDropped(world: SimulatedSchema, name: ObjectName): void {
  const full = newName(world, name)
  if (full) removeRelation(world, full)
}

function removeTable(
  world: SimulatedSchema,
  name: ObjectName,
  table: SimulatedTable,
  cascade: boolean,
): void {
  removeRelation(world, name)
  for (const index of indexesOf(world, table)) removeRelation(world, index)
  dropPartitions(world, table, cascade)
  forgetChildren(world, table)
  dropOwnSequences(world, table)
  // Without CASCADE, PostgreSQL also drops the table's own sequences, but nothing else.
  if (world.dialect.altersInPlace && !cascade) forgetSequences(world)
  else forgetOthers(world, true)
}

/** Removes the partitions that definitely belong to a dropped table. */
function dropPartitions(world: SimulatedSchema, { children }: SimulatedTable, cascade: boolean): void {
  for (const { kind, table, schema, name } of children ? [...world.relations.values()] : []) {
    if (kind !== 'table' || !table?.bound || !children?.has(table) || table.partsDoubtful || table.dropped)
      continue
    removeTable(world, { schema, name }, table, cascade)
    table.dropped = true
  }
}

/**
 * Simulates `ALTER TABLE … SET SCHEMA` and `ALTER TABLE … RENAME TO`. The latter also works for sequences and
 * indexes.
 */
export function tryRenameTable(world: SimulatedSchema, step: RenameTable): StatementOutcome {
  const moved = step.table.schema !== step.to.schema
  // The simulated schema doesn't list the sequences and implicit indexes of new tables, so they're recognized by
  // name.
  const numbering = /_(?:seq|pkey|key|idx|excl)\d*$|^(?:ix|idx|uq|pk)_/.test(step.table.name)
  const found = findRelation(world, step.table, numbering ? 'index' : 'table')
  const needed = requireTable(world, step.table, 'alter')
  if (
    !needed.ok &&
    (found.presence !== 'present' || (needed.judged !== null && needed.judged !== 'unsure'))
  ) {
    const judged = found.presence === 'unsure' ? 'unsure' : needed.judged
    if (step.ifExists && judged !== 'unsure') return judged?.kind === 'missing' ? null : judged
    const full = newName(world, step.to)
    if (judged === 'unsure' && full) {
      insertRelation(world, { kind: 'table', ...full, table: unknownTable(), columns: null, pending: true })
      forgetDropped(world, step.table)
    }
    return judged
  }
  const { value, name } = found
  if (!value) return 'unsure'
  const to = moved ? newName(world, step.to) : { ...name, name: step.to.name }
  if (!to) return 'unsure'
  const judged = renameTaken(world, to)
  if (judged !== null) return judged
  removeRelation(world, name)
  insertRelation(world, { ...value, ...to })
  if (moved) world.open.add('indexes')
  if (moved && value.table) doubtOwnSequences(world, value.table)
  return null
}

function renameTaken(world: SimulatedSchema, to: ObjectName): StatementOutcome {
  const taken = nameTaken(world, to, 'table')
  if (taken === null || taken === 'unsure') return taken
  return { ...taken, error: world.dialect.errors.renameTaken?.(to.name) ?? taken.error }
}

/** Records that any key whose name PostgreSQL chose may have a new name. */
function doubtChosenNames(world: SimulatedSchema): void {
  for (const { table } of world.relations.values())
    for (const [name, constraint] of table?.constraints ?? [])
      if (constraint.likely || name === ' primary key')
        table?.constraints.set(name, { ...constraint, sure: false })
}

/** Simulates `ALTER INDEX … RENAME TO`. */
export function tryRenameIndex(
  world: SimulatedSchema,
  step: { readonly index: ObjectName; readonly to: string; readonly ifExists: boolean },
): StatementOutcome {
  const found = findRelation(world, step.index, 'index')
  if (found.presence === 'unsure') {
    doubtName(world, { ...step.index, name: step.to })
    doubtChosenNames(world)
    return 'unsure'
  }
  if (found.presence === 'absent' || !found.value) {
    if (step.ifExists) return null
    const error = world.dialect.errors.missingIndex(step.index.name, 'rename')
    const object = { kind: 'index', name: step.index.name } as const
    return failStatement('missing', object, { kind: 'absent', what: 'index' }, error)
  }
  const to = { ...found.name, name: step.to }
  const taken = nameTaken(world, to, 'index')
  if (taken !== null) return taken
  removeRelation(world, found.name)
  const { written: _, ...renamed } = found.value
  insertRelation(world, { ...renamed, ...to })
  // Renaming an index also renames the constraint it implements.
  const constraint = found.value.table?.constraints.get(step.index.name)
  if (constraint && found.value.table) {
    found.value.table.constraints.delete(step.index.name)
    found.value.table.constraints.set(step.to, constraint)
  }
  return null
}
