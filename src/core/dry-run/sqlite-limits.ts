/**
 * Limitations of SQLite's ALTER TABLE. Error messages match SQLite 3.35 and later (alter.c). Earlier versions can't
 * drop columns.
 */
import type { AddColumn, AlterColumn, Column, CreateIndex, Operation } from '../history/operation.ts'
import type { TableInHand } from './preconditions.ts'
import type { FailedObject, Obstacle } from './failure-reason.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import { sqliteError } from '../dialect/sqlite.ts'
import { answersFromRows } from './row-questions.ts'
import { type SimulatedSchema, folded, indexesOf } from './simulated-schema.ts'

/** Returns a part of the operation that SQLite may reject but the guard can't check; null if there is none. */
export function spotOnSqlite(world: SimulatedSchema, step: Operation): string | null {
  if (step.kind === 'createTable' && step.columns === null) return 'copied columns'
  // SQLite has no COMMENT statement. Only a batch ignores comments.
  if (step.kind === 'unrelated' && step.what === 'comment' && step.inBatch === undefined) return 'comment'
  // A copy is renamed at the end. After each rename, SQLite checks all views and triggers (alter.c, renameTestSchema).
  const renames =
    step.kind === 'renameTable' ||
    step.kind === 'alterColumn' ||
    (step.inBatch !== undefined && copies([step]) !== false)
  return renames && world.programs ? 'views and triggers' : null
}

/**
 * Whether a missing column fails `CREATE INDEX` for certain. SQLite takes a quoted name that isn't a column for a
 * string (sqlite.org/quirks.html, "Double-quoted string literals are accepted").
 */
export function isMissingForCertain({ index, sql }: CreateIndex): boolean {
  return sql === undefined && index.columns.every((name) => name === null || /^[a-z_][a-z0-9_]*$/.test(name))
}

/** Simulates `ALTER TABLE … DROP COLUMN` for an existing column. */
export function tryDropOnSqlite(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  column: string,
): StatementOutcome {
  const name = found.name.name
  const held = table.columns.get(folded(world, column))?.blockedBy
  const refused = (seen: Obstacle, text: string): StatementOutcome =>
    failStatement('unfit', { kind: 'column', table: name, name: column }, seen, sqliteError(text))
  if (held === 'PRIMARY KEY' || held === 'UNIQUE') {
    const limit = held === 'UNIQUE' ? 'dropUnique' : 'dropPrimaryKey'
    return refused({ kind: 'sqliteLimit', limit }, `cannot drop ${held} column: "${column}"`)
  }
  if (table.columns.size === 1) {
    return refused({ kind: 'onlyColumn' }, `cannot drop column "${column}": no other columns exist`)
  }
  // SQLite may report an error in a view or trigger first.
  if (world.programs || held === 'unsure') return 'unsure'
  const gone = `no such column: ${table.columns.get(folded(world, column))?.name ?? column}`
  if (held === 'table') {
    return refused(
      { kind: 'sqliteLimit', limit: 'dropFromUnique' },
      `error in table ${name} after drop column: ${gone}`,
    )
  }
  for (const index of indexesOf(world, table)) {
    if (index.columns === null || index.columns.includes(null)) return 'unsure'
    if (!index.columns.some((each) => each !== null && folded(world, each) === folded(world, column)))
      continue
    if (index.likely) return 'unsure'
    return refused(
      { kind: 'heldByIndex', index: index.name },
      `error in index ${index.name} after drop column: ${gone}`,
    )
  }
  return world.open.has('indexes') ? 'unsure' : null
}

/** Simulates `ALTER TABLE … ADD COLUMN`. If raw SQL adds an unsupported column, SQLite itself fails. */
export function tryAddOnSqlite(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  step: AddColumn,
): StatementOutcome {
  const { column, constraints } = step
  const object = { kind: 'column', table: found.name.name, name: column.name } as const
  const refused = (seen: Obstacle, text: string): StatementOutcome =>
    failStatement('unfit', object, seen, sqliteError(text))
  const raw = step.sql !== undefined
  if (raw && column.primaryKey) {
    return refused({ kind: 'sqliteLimit', limit: 'addPrimaryKey' }, 'Cannot add a PRIMARY KEY column')
  }
  if (raw && constraints.some(({ kind }) => kind === 'unique')) {
    return refused({ kind: 'sqliteLimit', limit: 'addUnique' }, 'Cannot add a UNIQUE column')
  }
  if (neverConstant(column) && answersFromRows(world, table, 'rows')) {
    return refused(
      { kind: 'sqliteLimit', limit: 'addComputedDefault' },
      'Cannot add a column with non-constant default',
    )
  }
  const added = constraints.some(({ kind }) => kind === 'unique' || kind === 'foreignKey')
  if (unclearDefault(column)) return 'unsure'
  return !raw && added && step.inBatch === undefined ? noAlter(object) : null
}

/**
 * Whether a default may be invalid. In SQLite, `sa.func.now()` is valid but `sa.text('now()')` isn't, and both look
 * the same here.
 */
function unclearDefault({ serverDefault }: Column): boolean {
  if (serverDefault.kind !== 'present') return serverDefault.kind === 'unknown'
  return !/^\(?(?:[-+]?\d+(?:\.\d+)?|'(?:[^']|'')*'|null|true|false)\)?$/i.test(serverDefault.text ?? '')
}

/**
 * Whether SQLite definitely rejects this default because it isn't constant. Other non-constant defaults may be syntax
 * errors.
 */
function neverConstant({ serverDefault }: Column): boolean {
  const text = serverDefault.kind === 'present' ? serverDefault.text : null
  if (text === null) return false
  return (
    /^\(?\s*current_(?:timestamp|time|date)\s*\)?$/i.test(text) ||
    /^\(\s*[a-z_]+\s*\([^()]*\)\s*\)$/i.test(text)
  )
}

/** Returns Alembic's own error for altering a constraint on SQLite (alembic/ddl/sqlite.py). */
export function noAlter(object: FailedObject): StatementOutcome {
  const text =
    'No support for ALTER of constraints in SQLite dialect. Please refer to the batch mode feature which allows for SQLite migrations using a copy-and-move strategy.'
  const error = { type: 'NotImplementedError', message: text }
  return failStatement('unfit', object, { kind: 'sqliteLimit', limit: 'alterConstraint' }, error)
}

/** Simulates `ALTER TABLE … ALTER COLUMN`, which SQLite doesn't support. */
export function tryAlterOnSqlite({ table, column, sql }: AlterColumn): StatementOutcome {
  if (sql !== undefined) return 'unsure'
  return failStatement(
    'unfit',
    { kind: 'column', table: table.name, name: column },
    { kind: 'sqliteLimit', limit: 'alterColumn' },
    sqliteError('near "ALTER": syntax error'),
  )
}

/** Whether Alembic copies the table for this batch. Undefined if unknown. */
export function copies(batch: readonly Operation[]): boolean | undefined {
  const each = batch.map((step) => step.inBatch === 'always' || needsCopy(step))
  return each.includes(true) || (each.includes(undefined) ? undefined : false)
}

function needsCopy(step: Operation): boolean | undefined {
  if (step.kind !== 'addColumn') return step.kind !== 'createIndex' && step.kind !== 'dropIndex'
  const { column, constraints } = step
  if (constraints.length > 0) return true
  return step.needsCopy === false && column.type.check ? undefined : step.needsCopy
}
