/**
 * Simulates batch operations on SQLite. A batch copies the table unless it only adds columns and indexes
 * (alembic/operations/batch.py). Alembic checks the copy in Python, so errors are Python exceptions.
 */
import type { AlterColumn, DropIndex, Operation } from '../history/operation.ts'
import { missingColumnFailure, requireTable } from './preconditions.ts'
import { sqliteError } from '../dialect/sqlite.ts'
import { type BatchOperation, rejectedRows } from './batch-rows.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import { knownDefault } from './columns.ts'
import { addConstraints } from './constraints.ts'
import { addIndexes, tryCreateIndex } from './indexes.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  folded,
  indexesOf,
  occupant,
  removeRelation,
} from './simulated-schema.ts'
import { tryReflectTargets } from './objects/reflected-targets.ts'
import { doubtIndexes, doubtName } from './unknown-changes.ts'

/** Returns the batch that starts at index `start`: consecutive operations on one table. */
export function batchFrom(operations: readonly Operation[], start: number): readonly BatchOperation[] {
  const batch: BatchOperation[] = []
  for (const step of operations.slice(start)) {
    const first = batch[0]
    if (step.inBatch === undefined || !('table' in step) || step.table === null) break
    if (first && (step.opensBatch || first.table.name !== step.table.name)) break
    batch.push({ ...step, table: step.table })
  }
  return batch
}

interface BatchOutcome {
  readonly judged: StatementOutcome
  readonly at: number
}

/**
 * Simulates a batch that copies the table. Returns the first operation that may fail, with its outcome. The outcome
 * is null if none can fail.
 */
export function tryCopy(world: SimulatedSchema, batch: readonly BatchOperation[]): BatchOutcome {
  const copied = copyTable(world, batch)
  if (copied.judged !== null && copied.judged !== 'unsure') return copied
  const renames = batch.some((step) => step.kind === 'alterColumn' && step.newName !== null)
  let outcome = copied
  // Alembic creates the indexes last.
  for (const [at, step] of batch.entries()) {
    const names = indexesIn(step)
    if (names.length === 0) continue
    const judged = copied.judged ?? (renames ? 'unsure' : tryNewIndexes(world, step))
    if (judged === null) continue
    if (judged !== 'unsure') return { judged, at }
    for (const name of names) {
      if (name === null) world.open.add('indexes')
      else doubtName(world, { schema: null, name })
    }
    if (outcome.judged === null) outcome = { ...copied, judged, at }
  }
  return outcome
}

/** Returns the names of the indexes that the operation creates; null for a name that Alembic chooses. */
function indexesIn(step: BatchOperation): readonly (string | null)[] {
  if (step.kind === 'createIndex') return [step.index.name]
  return step.kind === 'addColumn' ? step.indexes.map(({ name }) => name) : []
}

function tryNewIndexes(world: SimulatedSchema, step: BatchOperation): StatementOutcome {
  // Only a batch that doesn't copy the table supports `if_not_exists`.
  if (step.kind === 'createIndex') return step.ifNotExists ? 'unsure' : tryCreateIndex(world, step)
  if (step.kind !== 'addColumn') return null
  const needed = requireTable(world, step.table, 'index')
  return needed.ok ? addIndexes(world, needed.value, step) : needed.judged
}

/** Simulates the copy, without new indexes. */
function copyTable(world: SimulatedSchema, batch: readonly BatchOperation[]): BatchOutcome {
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
  /** Names that the batch gives to columns. */
  const named = new Set<string>()
  let sure = table.columnsSure
  const before = { ...table, columns: new Map(table.columns) }
  for (const [at, step] of batch.entries()) {
    if (step.kind === 'addColumn') {
      const { column } = step
      if (table.columns.has(folded(world, column.name))) sure = false
      // Alembic rejects unnamed constraints, unless a naming convention names them.
      if (step.constraints.length > 0 || column.type.check) sure = false
      if (step.constraints.some(({ kind }) => kind === 'check') || column.generated || column.type.check)
        table.hasExpressions = true
      named.add(folded(world, column.name))
      table.columns.set(folded(world, column.name), {
        name: column.name,
        type: world.dialect.typeOf(column.type),
        nullable: column.nullable,
        stored: null,
        ...knownDefault(column),
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
      if (isTaken || old?.name !== step.column || (to !== step.column && table.hasExpressions)) sure = false
      // Alembic finds the column by its old name only, and can't convert the values of a new column.
      if (named.has(key)) sure = false
      if (to !== null && to !== step.column) named.add(folded(world, to))
      // Whether and how the copy keeps the column's indexes depends on the Alembic version.
      if (to !== step.column && doubtIndexes(world, table, old?.name ?? step.column))
        table.unlistedIndexes = true
      if (to !== step.column && table.unlistedIndexes) sure = false
      renamed ||= to !== null && to !== step.column
      if (to !== null && old && step.kind === 'alterColumn')
        table.columns.set(folded(world, to), alteredColumn(world, old, step, to))
    } else if (step.kind === 'dropConstraint') {
      // Alembic can't find an unnamed constraint unless `naming_convention` names it.
      if (table.constraints.get(folded(world, step.name))?.sure !== true) sure = false
      table.constraints.delete(folded(world, step.name))
    } else if (step.kind === 'dropIndex') {
      if (!dropFromCopy(world, table, step)) sure = false
    } else if (step.kind === 'addConstraint') {
      const { kind } = step.constraint
      // The guard doesn't look for rows that violate these constraints.
      if (/^(?:check|primaryKey)$/.test(kind) && table.origin !== null) sure = false
      addConstraints(world, { table, found: { ...found, value: null } }, [step.constraint])
    } else if (step.kind !== 'createIndex') sure = false
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
    const judged = failStatement('exists', object, { kind: 'leftoverCopy' }, error)
    // Alembic looks for columns and constraints first, and may raise another error.
    return { judged: sure ? judged : 'unsure', at: 0 }
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

/** Leaves an index out of the copy. Returns whether Alembic definitely finds it. */
function dropFromCopy(
  world: SimulatedSchema,
  table: SimulatedTable,
  { index: { name }, ifExists }: DropIndex,
): boolean {
  const own = indexesOf(world, table).find((one) => one.name === name)
  // SQLAlchemy reflects neither expressions nor automatic indexes, and Alembic compares names exactly.
  const isReflected = own?.columns?.includes(null) === false && !own.special && !own.likely && !own.partial
  if (own) removeRelation(world, own)
  if (!isReflected) doubtName(world, { schema: null, name })
  return isReflected && !ifExists
}

function alteredColumn(
  world: SimulatedSchema,
  { serverDefault: before, ...old }: SimulatedColumn,
  { nullable, serverDefault, type }: AlterColumn,
  name: string,
): SimulatedColumn {
  const isKept = serverDefault === null && before !== undefined
  return {
    ...old,
    name,
    stored: null,
    nullable: nullable === null ? old.nullable : nullable === 'unknown' ? null : nullable,
    ...(type !== null && { type: world.dialect.typeOf(type) }),
    ...(isKept && { serverDefault: before }),
    ...(serverDefault?.kind === 'none' && { serverDefault: null }),
  }
}
