/**
 * Tries pending migrations, operation by operation and in Alembic's order, on a copy of the live schema: the first
 * that can't succeed is the one at which `alembic upgrade` would end. What is not understood makes whatever depends
 * on it unsure, and what is unsure is never called a failure. Reads data only.
 */
import { type EnvEffects, noEffects } from '../history/env-effects.ts'
import type { Span } from '../history/migration-module.ts'
import type { Operation, Operations } from '../history/operation.ts'
import type { SchemaSnapshot } from '../schema/schema-snapshot.ts'
import type { StatementFailure, StatementOutcome } from './database-error.ts'
import { writesCatalog } from './catalog-writes.ts'
import { liveCatalog } from './live/answer-inquiries.ts'
import { endTransaction } from './enum-values.ts'
import { buildSimulatedSchema } from './live/build-simulated-schema.ts'
import { knowsAllNames } from './other-statements.ts'
import type { PendingNames } from './referenced-names.ts'
import type { RowAnswers, RowQuestion, SimulatedSchema } from './simulated-schema.ts'
import { closeBlocks, isAssumable, passesAssumed, startAssumed } from './steps/assumed-run.ts'
import { passOpaque, tryOperation, trySteps } from './steps/try-steps.ts'
import { doubtAccess, doubtName, expectMore, forgetAll } from './unknown-changes.ts'

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
  /** It writes to a system catalog. */
  | { readonly kind: 'catalog'; readonly table: string }
  /** Not all tables and columns of a statement on rows are known. */
  | { readonly kind: 'rows' }
  | { readonly kind: 'unmodelled'; readonly what: string }

/** What trying the pending migrations came to. */
export interface DryRun {
  /** Operations of all pending migrations; a migration that can't be read counts as one. */
  readonly operations: number
  /** Those of which it is known that names, and what the role may do, don't stand against them. */
  readonly understood: number
  /** Those of them that work on rows: what they name is there, and only the rows can make them fail. */
  readonly rows: number
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
  const newSchema = (): SimulatedSchema => {
    const built = buildSimulatedSchema(schema, searchPath, answers, asks ? fetched : undefined)
    if (newVersionTable !== null) doubtName(built, { schema: null, name: newVersionTable })
    if (rightsUnknown) doubtAccess(built)
    if (unlisted) expectMore(built)
    prepare(built, env)
    return built
  }
  const world = newSchema()
  const assumed = revisions.some((revision) => mayAssume(operations.get(revision)))
    ? startAssumed(newSchema())
    : null
  const resolved = new Map(operations)
  let total = 0
  let understood = 0
  let rows = 0
  const unchecked: Unchecked[] = []
  const keptInvalid: KeptInvalid[] = []
  let refusal: PredictedFailure | null = null
  let first = true
  /** Tries the operations from `start` on; ends at the first that can't succeed. */
  const advance = (revision: string, steps: readonly Operation[], start: number): void => {
    for (let at = start; at < steps.length && !refusal;) {
      const tried = trySteps(world, steps, at)
      const { judged } = tried
      const leading = steps[at]
      const named = judged === null && leading?.kind === 'data' && knowsAllNames(world, leading)
      const passes = assumed !== null && passesAssumed(assumed, steps, at, tried.count)
      const span = (steps[tried.at] ?? steps[at])?.span
      for (const { name: index, table } of world.keptInvalid.splice(0)) {
        if (span) keptInvalid.push({ revision, span, index, table: table?.origin?.name ?? null })
      }
      if (judged !== null && judged !== 'unsure') {
        const aborted = steps[tried.at]?.swallowed ? world.dialect.errors.abortedTransaction?.() : undefined
        const messageUncertain = judged.messageUncertain || !first
        const words = aborted ? { error: aborted, messageUncertain: !first } : { messageUncertain }
        if (span) refusal = { ...judged, ...words, revision, span, first }
        return
      }
      for (const step of steps.slice(at, at + tried.count)) {
        const reason = whyUnchecked(step, passes ? null : judged, passes || named)
        if (reason === null && step.kind === 'data') rows += 1
        if (reason === null) understood += 1
        else unchecked.push({ revision, span: step.span, reason })
      }
      // Names do not stand against a statement on rows; the rows themselves may.
      if (judged !== null || steps[at]?.kind === 'data') first = false
      at += tried.count
    }
  }
  for (const revision of revisions) {
    const read = operations.get(revision)
    for (const each of assumed ? [world, assumed.world] : [world]) beginMigration(each, env, read)
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
      if (assumed) forgetAll(assumed.world)
      continue
    }
    total += steps.operations.length
    advance(revision, steps.operations, done)
    if (assumed) closeBlocks(assumed)
  }
  const questions = inOrder([...world.questions.values()])
  return {
    operations: total,
    understood,
    rows,
    unchecked,
    failure: refusal,
    keptInvalid,
    questions,
    resolved,
  }
}

/** Alembic begins a transaction with each migration, or goes on with the one for all. */
function beginMigration(
  world: SimulatedSchema,
  { transactions }: EnvEffects,
  steps: Operations | undefined,
): void {
  if (transactions === 'each') endTransaction(world)
  const commits = steps?.kind === 'operations' && steps.mayCommit
  if (commits || transactions === 'unknown') world.transactionSure = false
}

/** May the operations, or those that answers lead to, be judged under assumptions? */
function mayAssume(steps: Operations | undefined): boolean {
  if (steps?.kind !== 'operations') return false
  return steps.inquiry !== undefined || steps.operations.some(isAssumable)
}

/** Things that nothing in a schema stands against. */
const always = /^(?:transaction|setting|maintenance|notification|lock)$/

/** Why an operation that was not refused may fail all the same; null: names and rights allow it. */
function whyUnchecked(step: Operation, judged: StatementOutcome, passes: boolean): UncheckedReason | null {
  if (step.kind === 'opaque') return passes ? null : { kind: 'opaque', reason: step.reason }
  if (step.kind === 'data' && step.writes && writesCatalog(step.writes))
    return { kind: 'catalog', table: step.writes.table.name }
  if (judged !== null) return { kind: 'uncertain' }
  if (step.kind === 'data') return passes ? null : { kind: 'rows' }
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
