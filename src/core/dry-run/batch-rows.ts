/**
 * Finds existing rows that violate the NOT NULL and UNIQUE constraints on a SQLite batch's new table
 * (alembic/operations/batch.py, `ApplyBatchImpl._create`).
 */
import { sqliteNullValue } from '../dialect/sqlite.ts'
import type { ObjectName, Operation } from '../history/operation.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import { answersFromRows } from './row-questions.ts'
import { type SimulatedTable, type SimulatedSchema, folded } from './simulated-schema.ts'

export type BatchOperation = Operation & { readonly table: ObjectName }

/** The columns that the batch changes, with their names in the copied table (null for dropped columns). */
type Names = ReadonlyMap<string, string | null>

/**
 * Returns the batch's first operation that definitely fails because of existing rows; null if none does.
 *
 * @param table - The table before the batch, with all columns known.
 */
export function rejectedRows(
  world: SimulatedSchema,
  table: SimulatedTable,
  batch: readonly BatchOperation[],
): { readonly judged: StatementOutcome; readonly at: number } | null {
  const copy = `_alembic_tmp_${batch[0]?.table.name ?? ''}`.slice(0, 50)
  const names = namesInCopy(world, batch)
  for (const [at, step] of batch.entries()) {
    const judged = tryRows(world, table, { step, later: batch.slice(at + 1), names, copy })
    if (judged !== null) return { judged, at }
  }
  return null
}

interface Copied {
  readonly step: BatchOperation
  readonly later: readonly BatchOperation[]
  readonly names: Names
  readonly copy: string
}

function tryRows(
  world: SimulatedSchema,
  table: SimulatedTable,
  { step, later, names, copy }: Copied,
): StatementOutcome {
  const refused = (column: string, what: 'rowsWithNull' | 'rowsWithoutValue'): StatementOutcome =>
    failStatement(
      'unfit',
      { kind: 'column', table: step.table.name, name: column },
      { kind: what },
      sqliteNullValue(copy, names.get(folded(world, column)) ?? column),
    )
  if (step.kind === 'alterColumn' && step.nullable === false) {
    const changed = changedLater(world, later, step.column)
    const nulls = !changed && answersFromRows(world, table, 'nulls', [step.column])
    return nulls ? refused(step.column, 'rowsWithNull') : null
  }
  if (step.kind === 'addColumn') {
    const { name, nullable, serverDefault, identity, generated, primaryKey } = step.column
    const filled = serverDefault.kind !== 'none' || identity || generated || primaryKey
    if (nullable !== false || filled || table.columns.has(folded(world, name))) return null
    if (changedLater(world, later, name)) return null
    return answersFromRows(world, table, 'rows') ? refused(name, 'rowsWithoutValue') : null
  }
  if (step.kind === 'addConstraint' && step.constraint.kind === 'unique') {
    const { columns, name } = step.constraint
    const plain = columns.every((column) => !names.has(folded(world, column)))
    if (!plain || columns.length === 0 || !answersFromRows(world, table, 'duplicates', columns)) return null
    const where = columns.map((column) => `${copy}.${column}`)
    return failStatement(
      'unfit',
      { kind: 'constraint', name, table: null },
      { kind: 'equalRows', table: step.table.name, columns },
      world.dialect.errors.duplicateRows(name, where),
    )
  }
  return null
}

/**
 * Returns the columns that the batch adds, renames, retypes or drops, with their new names (null for dropped
 * columns).
 */
function namesInCopy(world: SimulatedSchema, batch: readonly BatchOperation[]): Names {
  const names = new Map<string, string | null>()
  for (const step of batch) {
    if (step.kind === 'dropColumn') names.set(folded(world, step.column), null)
    if (step.kind === 'addColumn') names.set(folded(world, step.column.name), step.column.name)
    if (step.kind === 'alterColumn' && (step.type !== null || step.newName !== null))
      names.set(folded(world, step.column), step.newName ?? step.column)
  }
  return names
}

function changedLater(world: SimulatedSchema, later: readonly BatchOperation[], column: string): boolean {
  const key = folded(world, column)
  return later.some(
    (step) =>
      (step.kind === 'dropColumn' || step.kind === 'alterColumn') && folded(world, step.column) === key,
  )
}
