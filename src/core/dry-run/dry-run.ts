/**
 * Tries pending migrations, operation by operation and in Alembic's order, on a copy of the live schema: the first
 * that can't succeed is the one at which `alembic upgrade` would end. What is not understood makes whatever depends
 * on it unsure, and what is unsure is never called a failure. Reads data only.
 */
import { type EnvEffects, noEffects } from '../history/env-effects.ts'
import type { Span } from '../history/migration-module.ts'
import { type Opaque, type Operation, type Operations, type Raise, hasEffect } from '../history/operation.ts'
import type { SchemaSnapshot } from '../schema/schema-snapshot.ts'
import { batchFrom, copies, tryCopy } from './batch.ts'
import { tryAddColumn, tryAlterColumn, tryDropColumn } from './columns.ts'
import { tryAddConstraint } from './constraints.ts'
import { tryDropConstraint, tryRenameConstraint } from './drop-constraint.ts'
import { tryCreateIndex, tryDropIndex } from './indexes.ts'
import {
  type StatementFailure,
  type StatementOutcome,
  failStatement,
  quotedAsWritten,
} from './database-error.ts'
import type { PendingNames } from './referenced-names.ts'
import type { RowAnswers, RowQuestion, SimulatedSchema } from './simulated-schema.ts'
import { tryOther } from './other-statements.ts'
import { tryRows } from './row-statements.ts'
import { tryCreateTable, tryDropTable, tryRenameIndex, tryRenameTable } from './tables.ts'
import {
  tryAddEnumValue,
  tryCreateEnum,
  tryCreateSchema,
  tryDropEnum,
  tryDropSchema,
  tryRenameEnum,
} from './types.ts'
import { liveCatalog } from './answer-inquiries.ts'
import { buildSimulatedSchema } from './build-simulated-schema.ts'
import {
  doubtAccess,
  doubtName,
  expectMore,
  forgetAll,
  forgetOthers,
  forgetTable,
  forgetType,
  forgetTypes,
} from './unknown-changes.ts'

/** The operation that can't succeed, and where it stands. */
export interface PredictedFailure extends StatementFailure {
  readonly revision: string
  readonly span: Span
  /** No operation before it is unsure, so that the upgrade ends here and not earlier. */
  readonly first: boolean
}

/** An operation that the live schema says nothing certain about. */
export interface Unchecked {
  readonly revision: string
  /** Null: the file can't be read at all. */
  readonly span: Span | null
  readonly reason: UncheckedReason
}

/** Why only a rehearsal can judge an operation. */
export type UncheckedReason =
  /** `reason`: why the file can't be read; null: there is none. */
  | { readonly kind: 'unreadable'; readonly reason: string | null }
  | { readonly kind: 'opaque'; readonly reason: string }
  /** What it depends on may have been changed by something that isn't understood. */
  | { readonly kind: 'uncertain' }
  | { readonly kind: 'rows' }
  | { readonly kind: 'unmodelled'; readonly what: string }

/** What trying the pending migrations came to. */
export interface DryRun {
  /** Operations of all pending migrations; a migration that can't be read counts as one. */
  readonly operations: number
  /** Those of which it is known that names, and what the role may do, don't stand against them. */
  readonly understood: number
  /** Operations that only a rehearsal can judge, in order; all others were laid beside the live schema. */
  readonly unchecked: readonly Unchecked[]
  readonly failure: PredictedFailure | null
  /** Steps that make an index only where it is missing, and find an invalid one. */
  readonly keptInvalid: readonly KeptInvalid[]
  /** What the answers would tell about rows; asked as far as the walk went. */
  readonly questions: readonly RowQuestion[]
  /** The operations with all that the live schema answers. */
  readonly resolved: ReadonlyMap<string, Operations>
}

/** An index that stays invalid, and the step that passes over it. */
export interface KeptInvalid {
  readonly revision: string
  readonly span: Span
  readonly index: string
  /** Null: not known. */
  readonly table: string | null
}

/** What is known before the upgrade. */
export interface DryRunStart {
  readonly schema: SchemaSnapshot
  readonly searchPath: readonly string[]
  /** Where Alembic makes the version table before the first migration runs; null: it is there. */
  readonly newVersionTable: string | null
  /** What env.py does first; absent: nothing. */
  readonly env?: EnvEffects
  /** It is not known what the role may do. */
  readonly rightsUnknown?: boolean
  /** The schema holds more than is listed. */
  readonly unlisted?: boolean
  /** What the snapshot was asked for; absent: it holds all there is. */
  readonly fetched?: PendingNames
}

/** Tries the revisions in this order. */
export function dryRunUpgrade(
  revisions: readonly string[],
  operations: ReadonlyMap<string, Operations>,
  {
    schema,
    searchPath,
    newVersionTable,
    env = noEffects,
    rightsUnknown = false,
    unlisted = false,
    fetched,
  }: DryRunStart,
  answers?: RowAnswers,
): DryRun {
  // Without questions every name is fetched that an operation speaks of.
  const asks = revisions.some((revision) => {
    const steps = operations.get(revision)
    return steps?.kind === 'operations' && steps.inquiry !== undefined
  })
  const world = buildSimulatedSchema(schema, searchPath, answers, asks ? fetched : undefined)
  if (newVersionTable !== null) doubtName(world, { schema: null, name: newVersionTable })
  if (rightsUnknown) doubtAccess(world)
  if (unlisted) expectMore(world)
  prepare(world, env)
  const resolved = new Map(operations)
  let total = 0
  let understood = 0
  const unchecked: Unchecked[] = []
  const keptInvalid: KeptInvalid[] = []
  let refusal: PredictedFailure | null = null
  let first = true
  /** Tries the operations from `start` on; ends at the first that can't succeed. */
  const advance = (revision: string, steps: readonly Operation[], start: number): void => {
    for (let at = start; at < steps.length && !refusal;) {
      const tried = trySteps(world, steps, at)
      const { judged } = tried
      const span = (steps[tried.at] ?? steps[at])?.span
      for (const { name: index, table } of world.keptInvalid.splice(0)) {
        if (span) keptInvalid.push({ revision, span, index, table: table?.origin?.name ?? null })
      }
      if (judged !== null && judged !== 'unsure') {
        const messageUncertain = judged.messageUncertain || !first
        if (span) refusal = { ...judged, revision, span, first, messageUncertain }
        return
      }
      if (judged === null) understood += tried.count
      for (const step of steps.slice(at, at + tried.count)) {
        const reason = whyUnchecked(step, judged)
        if (reason !== null) unchecked.push({ revision, span: step.span, reason })
      }
      // Names do not stand against a statement on rows; the rows themselves may.
      if (judged !== null || steps[at]?.kind === 'data') first = false
      at += tried.count
    }
  }
  for (const revision of revisions) {
    const read = operations.get(revision)
    let done = 0
    const steps =
      read?.kind !== 'operations' || !read.inquiry || refusal
        ? read
        : read.inquiry.answered((ran) => {
            advance(revision, ran, done)
            done = ran.length
            return refusal ? null : liveCatalog(world)
          })
    if (steps) resolved.set(revision, steps)
    if (!steps || steps.kind === 'unreadable') {
      total += 1
      first = false
      unchecked.push({
        revision,
        span: steps?.span ?? null,
        reason: { kind: 'unreadable', reason: steps?.reason ?? null },
      })
      forgetAll(world)
      continue
    }
    total += steps.operations.length
    advance(revision, steps.operations, done)
  }
  const questions = inOrder([...world.questions.values()])
  return { operations: total, understood, unchecked, failure: refusal, keptInvalid, questions, resolved }
}

/** Things that nothing in a schema stands against. */
const always = /^(?:transaction|setting|maintenance|notification|lock)$/

/** Why an operation that was not refused may fail all the same; null: names and rights allow it. */
function whyUnchecked(step: Operation, judged: StatementOutcome): UncheckedReason | null {
  if (step.kind === 'opaque') return { kind: 'opaque', reason: step.reason }
  if (judged !== null) return { kind: 'uncertain' }
  if (step.kind === 'data') return { kind: 'rows' }
  if (step.kind !== 'unrelated' || always.test(step.what)) return null
  // By their names alone these stand or fall.
  if (step.what === 'comment' && step.needs !== undefined) return null
  if (step.changes?.change === 'drop' || (step.what === 'sequence' && step.changes)) return null
  return { kind: 'unmodelled', what: step.what }
}

/** Brings the world to where env.py leaves it. Statements of env.py are not judged: they may be in a `try`. */
function prepare(world: SimulatedSchema, { operations, doubts }: EnvEffects): void {
  for (const step of operations) {
    const judged = tryOperation(world, step, true)
    if (step.kind === 'data' || step.kind === 'unrelated') continue
    if (judged !== null) passOpaque(world, { touches: 'table' in step && step.table ? [step.table] : null })
  }
  for (const { touches } of doubts) {
    switch (touches.kind) {
      case 'everything':
        forgetAll(world)
        break
      case 'names':
        world.defaultSchema = undefined
        break
      case 'rights':
        doubtAccess(world)
        break
      case 'new objects':
        expectMore(world)
        break
      case 'tables':
        passOpaque(world, { touches: touches.tables })
        break
      case 'schema':
        if (world.schemas.has(touches.schema)) break
        world.open.add('schemas')
        if (world.pathSetting.includes(touches.schema)) world.defaultSchema = undefined
        break
      default:
    }
  }
}

/** Those that look into two tables come last: what comes after one that takes too long is not answered. */
function inOrder(questions: readonly RowQuestion[]): readonly RowQuestion[] {
  return questions.toSorted((a, b) => Number(a.kind === 'orphans') - Number(b.kind === 'orphans'))
}

/** Tries the operation at `at`, or the whole batch that begins there. */
function trySteps(
  world: SimulatedSchema,
  operations: readonly Operation[],
  at: number,
): { readonly judged: StatementOutcome; readonly count: number; readonly at: number } {
  const step = operations[at]
  if (!step) return { judged: null, count: 1, at }
  if (!world.dialect.altersInPlace && step.inBatch !== undefined) {
    const batch = batchFrom(operations, at)
    if (batch.length > 0 && copies(batch)) {
      const { judged, at: within } = tryCopy(world, batch)
      return { judged, count: batch.length, at: at + within }
    }
    const copied =
      step.kind === 'addColumn' && (step.column.serverDefault.kind !== 'none' || step.constraints.length > 0)
    if (step.inBatch === 'other' || copied) {
      if ('table' in step && step.table !== null) forgetTable(world, step.table)
      return { judged: 'unsure', count: 1, at }
    }
  }
  const alone = ![operations[at - 1], operations[at + 1]].some((other) => isOneStatement(step, other))
  return { judged: tryOperation(world, step, alone), count: 1, at }
}

/** `DROP TABLE a, b` drops both at once, whichever needs the other. */
function isOneStatement({ kind, sql, span }: Operation, other: Operation | undefined): boolean {
  if (other?.kind !== kind || sql === undefined || other.sql !== sql) return false
  return other.span.line === span.line && other.span.column === span.column
}

/** `alone`: no other operation is part of the same statement. */
function tryOperation(world: SimulatedSchema, step: Operation, alone: boolean): StatementOutcome {
  if (!hasEffect(step, world.dialect)) return null
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
      return tryDropSchema(world, step)
    case 'data':
      if (!step.readOnly) world.rowsSure = false
      return tryRows(world, step)
    case 'unrelated':
      return tryOther(world, step)
    case 'raise':
      return tryRaise(step)
    default:
      return passOpaque(world, step)
  }
}

/** The migration ends by itself. What its own exceptions say may hold values that aren't known. */
function tryRaise({ error, table }: Raise): StatementOutcome {
  const absent = { kind: 'absent', what: 'table' } as const
  return table === null
    ? failStatement('raised', { kind: 'database' }, { kind: 'present' }, error, true)
    : failStatement('missing', { kind: 'table', name: quotedAsWritten(table) }, absent, error)
}

/** Nothing is known of what it may have touched. */
function passOpaque(
  world: SimulatedSchema,
  { touches, mentions, types }: Pick<Opaque, 'touches' | 'mentions' | 'types'>,
): StatementOutcome {
  if (touches === null && mentions !== undefined) {
    // It may also make views, functions and rules, and grant or revoke.
    doubtAccess(world)
    world.dependentsSure = false
    world.foreignKeysSure = false
    world.programs = true
    forgetOthers(world)
    for (const name of mentions) forgetTable(world, name)
  } else if (touches === null) forgetAll(world)
  else {
    for (const table of touches) forgetTable(world, table, types !== undefined)
    for (const type of types ?? []) forgetType(world, type)
    if (types === undefined) forgetTypes(world)
  }
  return 'unsure'
}
