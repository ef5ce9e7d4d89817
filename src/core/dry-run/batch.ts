/**
 * Simulates batch operations on SQLite. A batch copies the table unless it only adds columns and indexes
 * (alembic/operations/batch.py). Alembic checks the copy in Python, so errors are Python exceptions.
 */
import type { Operation } from '../history/operation.ts'
import { missingColumnFailure } from './preconditions.ts'
import { sqliteError } from '../dialect/sqlite.ts'
import { type BatchOperation, rejectedRows } from './batch-rows.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import { type SimulatedSchema, findRelation, folded, occupant } from './simulated-schema.ts'
import { tryReflectTargets } from './objects/reflected-targets.ts'
import { doubtIndexes } from './unknown-changes.ts'

/** Returns the batch that starts at index `start`: consecutive operations on one table. */
export function batchFrom(operations: readonly Operation[], start: number): readonly BatchOperation[] {
  const batch: BatchOperation[] = []
  for (const step of operations.slice(start)) {
    const first = batch[0]
    if (step.inBatch === undefined || !('table' in step) || step.table === null) break
    if (first && first.table.name !== step.table.name) break
    batch.push({ ...step, table: step.table })
  }
  return batch
}

const inPlace = new Set<Operation['kind']>(['addColumn', 'createIndex', 'dropIndex'])

/** Whether Alembic copies the table for this batch. */
export function copies(batch: readonly Pick<Operation, 'kind' | 'inBatch'>[]): boolean {
  return batch.some(({ kind, inBatch }) => inBatch === 'always' || !inPlace.has(kind))
}

/**
 * Simulates a batch that copies the table. Returns the first operation that may fail, with its outcome. The outcome
 * is null if none can fail.
 */
export function tryCopy(
  world: SimulatedSchema,
  batch: readonly BatchOperation[],
): { judged: StatementOutcome; at: number } {
  const [first] = batch
  if (!first) return { judged: null, at: 0 }
  const name = first.table.name
  const found = findRelation(world, first.table)
  const plain = batch.every(({ inBatch }) => inBatch !== 'other')
  if (found.presence === 'absent') {
    const error = { type: 'NoSuchTableError', message: name }
    const judged = failStatement(
      'missing',
      { kind: 'table', name },
      { kind: 'absent', what: 'table' },
      error,
      !plain,
    )
    return { judged: plain ? judged : 'unsure', at: 0 }
  }
  const table = found.value?.table
  if (found.presence === 'unsure' || !table || !plain) {
    if (table) Object.assign(table, { columnsSure: false, namesSure: false, partsDoubtful: true })
    return { judged: 'unsure', at: 0 }
  }
  const unreflected = tryReflectTargets(world, name, table)
  if (unreflected !== null) return { judged: unreflected, at: 0 }
  world.rebuilt.add(folded(world, name))
  let renamed = false
  let sure = table.columnsSure
  const before = { ...table, columns: new Map(table.columns) }
  for (const [at, step] of batch.entries()) {
    if (step.kind === 'addColumn') {
      const { column } = step
      if (table.columns.get(folded(world, column.name))?.perhaps) sure = false
      table.columns.set(folded(world, column.name), {
        name: column.name,
        type: world.dialect.typeOf(column.type),
        nullable: column.nullable,
        stored: null,
      })
    } else if (step.kind === 'dropColumn' || step.kind === 'alterColumn') {
      const key = folded(world, step.column)
      if (!table.columns.has(key)) {
        // Alembic uses the old column names until it has copied the table.
        if (renamed || !sure) return forget(table)
        const judged = missingColumnFailure(world, name, step.column, 'alter')
        if (judged === null || judged === 'unsure') return { judged, at }
        return { judged: { ...judged, error: { type: 'KeyError', message: `'${step.column}'` } }, at }
      }
      const old = table.columns.get(key)
      if (old?.perhaps) sure = false
      table.columns.delete(key)
      const to = step.kind === 'alterColumn' ? (step.newName ?? step.column) : null
      const isTaken = to !== null && to !== step.column && table.columns.has(folded(world, to))
      // Alembic compares names exactly. A CHECK constraint or generated column may use the old name.
      if (isTaken || old?.name !== step.column || (to !== step.column && old.blockedBy === 'unsure'))
        sure = false
      // Whether and how the copy keeps the column's indexes depends on the Alembic version.
      if (to !== step.column && doubtIndexes(world, table, old?.name ?? step.column)) sure = false
      renamed ||= to !== null && to !== step.column
      if (to !== null && old) table.columns.set(folded(world, to), { ...old, name: to, stored: null })
    } else if (step.kind === 'dropConstraint') {
      // Alembic can't find an unnamed constraint unless `naming_convention` names it.
      if (!table.constraints.has(folded(world, step.name))) sure = false
    } else if (step.kind !== 'addConstraint') sure = false
    // The guard doesn't look for rows that violate these constraints.
    else if (/^(?:check|primaryKey)$/.test(step.constraint.kind) && table.origin !== null) sure = false
  }
  // In the copy, a column's UNIQUE constraint becomes a table constraint.
  for (const [key, column] of table.columns) {
    if (column.blockedBy === 'UNIQUE') table.columns.set(key, { ...column, blockedBy: 'unsure' })
  }
  const temporary = `_alembic_tmp_${name}`.slice(0, 50)
  const left = occupant(world, { schema: null, name: temporary })
  if (left && !left.pending) {
    const error = sqliteError(`table ${temporary} already exists`)
    const object = { kind: 'table', name: temporary } as const
    return { judged: failStatement('exists', object, { kind: 'leftoverCopy' }, error), at: 0 }
  }
  // Older versions of SQLAlchemy don't reflect a generated column's expression.
  const isGenerated = [...before.columns.values()].some(({ generated }) => generated)
  if (!sure || isGenerated) return { judged: 'unsure', at: 0 }
  const rejected = rejectedRows(world, before, batch)
  if (rejected !== null) return rejected
  return { judged: world.mayEnforceKeys && table.origin !== null ? 'unsure' : null, at: 0 }
}

function forget(table: { columnsSure: boolean; namesSure: boolean }): {
  judged: StatementOutcome
  at: number
} {
  table.columnsSure = false
  table.namesSure = false
  return { judged: 'unsure', at: 0 }
}
