/** Simulates an operation or batch. */
import { noteValues } from '../rows/column-values.ts'
import { overlongName } from '../../names/stored-names.ts'
import {
  type ObjectName,
  type Opaque,
  type Operation,
  type Raise,
  hasEffect,
} from '../../history/operation.ts'
import { batchFrom, tryCopy } from '../batch.ts'
import { copies } from '../sqlite-limits.ts'
import { tryAddColumn, tryAlterColumn, tryDropColumn } from '../columns.ts'
import { tryAddConstraint } from '../constraints.ts'
import { endTransaction } from '../enum-values.ts'
import { type StatementOutcome, failStatement, quotedAsWritten } from '../database-error.ts'
import { tryDropConstraint, tryRenameConstraint } from '../drop-constraint.ts'
import { tryCreateIndex, tryDropIndex } from '../indexes.ts'
import { noteNewRows } from '../objects/new-rows.ts'
import { notePolicies } from '../objects/policies.ts'
import { noteRoles } from '../objects/roles.ts'
import { keepsFunctions } from '../rows/called-functions.ts'
import { noteDependents } from '../refusals/new-dependents.ts'
import { forgetRoutines, noteRoutines, withoutCascade } from '../objects/routines.ts'
import { passStatistics } from '../objects/statistics.ts'
import { noteTransaction, tryInBlock } from '../objects/transaction-blocks.ts'
import { tryOther, tryRows } from '../other-statements.ts'
import { dependentsOutside, neededBy, referredBy, refusedInTable, requireTable } from '../preconditions.ts'
import { type SimulatedSchema, findRelation } from '../simulated-schema.ts'
import { tryCreateTable, tryDropTable, tryRenameIndex, tryRenameTable } from '../tables.ts'
import {
  tryAddEnumValue,
  tryCreateEnum,
  tryCreateSchema,
  tryDropEnum,
  tryDropSchema,
  tryRenameEnum,
} from '../types.ts'
import { promotesIndex } from './promoted-index.ts'
import {
  doubtAllIndexes,
  doubtAccess,
  doubtName,
  doubtOwnSequences,
  forgetAll,
  forgetOthers,
  forgetParts,
  forgetPath,
  forgetTable,
  forgetTableParts,
  forgetType,
  forgetTypes,
} from '../unknown-changes.ts'

/** Simulates the operation at index `at`, or the whole batch that starts there. */
export function trySteps(
  world: SimulatedSchema,
  operations: readonly Operation[],
  at: number,
): { readonly judged: StatementOutcome; readonly count: number; readonly at: number } {
  const step = operations[at]
  if (!step) return { judged: null, count: 1, at }
  if (!world.dialect.altersInPlace && step.inBatch !== undefined) {
    const batch = batchFrom(operations, at)
    const copied = step.inBatch === 'other' ? undefined : copies(batch)
    if (batch.length > 0 && copied === true) {
      const { judged, at: within } = tryCopy(world, batch)
      return { judged, count: batch.length, at: at + within }
    }
    if (copied === undefined) {
      if ('table' in step && step.table !== null) forgetTable(world, step.table)
      return { judged: 'unsure', count: Math.max(1, batch.length), at }
    }
  }
  if (world.dialect.altersInPlace && step.inBatch === 'always' && 'table' in step && step.table !== null) {
    const refused = tryDropOfCopied(world, step.table)
    if (refused !== null) return { judged: refused, count: 1, at }
    const copied = findRelation(world, step.table).value?.table
    if (copied) doubtOwnSequences(world, copied)
  }
  const alone = ![operations[at - 1], operations[at + 1]].some((other) => isOneStatement(step, other))
  return { judged: tryOperation(world, step, alone), count: 1, at }
}

/**
 * Checks whether a batch with `recreate='always'` can drop the old table after copying it. Called before the batch is
 * simulated.
 */
function tryDropOfCopied(world: SimulatedSchema, name: ObjectName): StatementOutcome {
  const needed = requireTable(world, name, 'alter')
  if (!needed.ok) return null
  const { table, found } = needed.value
  const needs = neededBy(world, dependentsOutside(table)) ?? referredBy(world, table)
  if (needs === null) return null
  const object = { kind: 'table', name: found.name.name } as const
  const refused = refusedInTable(world, needed.value, '', object, needs)
  // If Alembic drops the primary key first, the error may come from that step.
  return refused === null || refused === 'unsure' ? refused : { ...refused, messageUncertain: true }
}

/**
 * Whether both operations belong to one statement. `DROP TABLE a, b` drops both tables at once, even if they depend
 * on each other.
 */
function isOneStatement({ kind, sql, span }: Operation, other: Operation | undefined): boolean {
  if (other?.kind !== kind || sql === undefined || other.sql !== sql) return false
  return other.span.line === span.line && other.span.column === span.column
}

/** Simulates an operation. `alone` is true if its statement contains no other operation. */
export function tryOperation(world: SimulatedSchema, given: Operation, alone: boolean): StatementOutcome {
  const step = withoutCascade(world, given)
  if (step.autocommit) endTransaction(world)
  if (step.kind === 'unrelated') noteRoutines(world, step)
  if (step.kind !== 'data' && !keepsFunctions(step)) world.functionsSure = false
  notePolicies(world, step)
  noteDependents(world, step)
  noteNewRows(world, step)
  noteRoles(world, step)
  noteTransaction(world, step)
  if (!hasEffect(step, world.dialect)) return null
  const refused = tryNameLength(world, step)
  if (refused !== null && refused !== 'unsure') return refused
  return simulated(world, step, alone) ?? refused
}

function simulated(world: SimulatedSchema, step: Operation, alone: boolean): StatementOutcome {
  switch (step.kind) {
    case 'createTable':
      return tryCreateTable(world, step)
    case 'dropTable':
      return tryDropTable(world, step, alone)
    case 'renameTable':
      return tryRenameTable(world, step)
    case 'addColumn':
      return tryAddColumn(world, step)
    case 'dropColumn':
      return tryDropColumn(world, step)
    case 'alterColumn':
      return tryAlterColumn(world, step)
    case 'createIndex':
      return tryCreateIndex(world, step)
    case 'dropIndex':
      return tryDropIndex(world, step)
    case 'renameIndex':
      return tryRenameIndex(world, step)
    case 'addConstraint':
      return tryAddConstraint(world, step)
    case 'dropConstraint':
      return tryDropConstraint(world, step)
    case 'renameConstraint':
      return tryRenameConstraint(world, step)
    case 'createEnum':
      return tryCreateEnum(world, step)
    case 'dropEnum':
      return tryDropEnum(world, step, alone)
    case 'renameEnum':
      return tryRenameEnum(world, step)
    case 'addEnumValue':
      return tryAddEnumValue(world, step)
    case 'createSchema':
      return tryCreateSchema(world, step)
    case 'dropSchema':
      forgetRoutines(world)
      return tryDropSchema(world, step)
    case 'data': {
      if (!step.readOnly) world.rowsSure = false
      const judged = tryRows(world, step)
      noteValues(world, step)
      if (!keepsFunctions(step)) world.functionsSure = false
      return judged
    }
    case 'unrelated':
      return tryInBlock(world, step) ?? tryOther(world, step)
    case 'raise':
      return tryRaise(step)
    default:
      return promotesIndex(world, step) ? null : passOpaque(world, step)
  }
}

/** Returns the failure for an exception that the migration raises. Its message may be partly unknown. */
/** Fails if SQLAlchemy refuses a name. `unsure` if a naming convention may replace it. */
function tryNameLength(world: SimulatedSchema, step: Operation): StatementOutcome {
  const name = overlongName(step, world.dialect)
  if (name === null) return null
  if (!world.namesFinal) return 'unsure'
  const error = world.dialect.errors.overlongName?.(name)
  return failStatement('raised', { kind: 'database' }, { kind: 'present' }, error, true)
}

function tryRaise({ error, table }: Raise): StatementOutcome {
  const absent = { kind: 'absent', what: 'table' } as const
  return table === null
    ? failStatement('raised', { kind: 'database' }, { kind: 'present' }, error, true)
    : failStatement('missing', { kind: 'table', name: quotedAsWritten(table) }, absent, error)
}

/** Keywords in statements that may create or drop schemas, or drop types without naming them. */
const dropsUnnamed = /^(?:schema|cascade|extension|owned|execute|database)$/i

/** Marks as unknown everything that an opaque step may have changed. */
export function passOpaque(
  world: SimulatedSchema,
  {
    touches,
    mentions,
    types,
    anyIndex,
    alters,
    possible,
    onlyNames,
  }: Pick<Opaque, 'touches' | 'mentions' | 'types' | 'anyIndex' | 'alters' | 'possible' | 'onlyNames'>,
): StatementOutcome {
  if (onlyNames) {
    forgetPath(world)
    return 'unsure'
  }
  if (possible) doubtIndexOf(world, possible.operation)
  const isCall = touches?.length === 0 && types?.length === 0 && !anyIndex
  const isOfTables = alters !== 'nothing' && (possible ?? types ?? alters) !== undefined
  if (!isCall) passStatistics(world, isOfTables)
  if (touches === null && mentions !== undefined) {
    // The step may also create views, functions or rules, and change privileges.
    doubtAccess(world)
    world.dependentsSure = false
    world.foreignKeysSure = false
    world.programs = true
    world.castsSure = false
    world.triggersSure = false
    world.extensions.clear()
    forgetRoutines(world)
    world.newTriggers = new Map()
    forgetOthers(world)
    const drops = mentions.some(({ name }) => dropsUnnamed.test(name))
    for (const name of mentions) {
      forgetTable(world, name, !drops)
      if (!drops) forgetType(world, name)
    }
  } else if (touches === null && alters && world.dialect.altersInPlace) forgetParts(world, alters)
  else if (touches === null) forgetAll(world)
  else if (world.dialect.altersInPlace && (alters === 'types' || alters === 'constraints'))
    for (const table of touches) forgetTableParts(world, table, alters)
  else {
    for (const table of touches) forgetTable(world, table, types !== undefined)
    for (const type of types ?? []) forgetType(world, type)
    if (types === undefined) forgetTypes(world)
    if (anyIndex) doubtAllIndexes(world)
  }
  return 'unsure'
}

function doubtIndexOf(world: SimulatedSchema, operation: Operation): void {
  const made =
    operation.kind === 'createIndex'
      ? operation.index
      : operation.kind === 'addConstraint'
        ? operation.constraint
        : null
  if (made === null || made.name === null || !('table' in operation) || operation.table === null) return
  doubtName(world, { schema: operation.table.schema, name: made.name })
}
