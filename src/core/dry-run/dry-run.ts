/**
 * Simulates pending operations on a copy of the live schema. Stops at the first one that can't succeed. Uncertain
 * operations are never reported as failures.
 */
import { type EnvEffects, type UnknownNaming, noEffects } from '../history/env-effects.ts'
import { dependsOnConvention } from '../names/naming-convention.ts'
import type { Span } from '../history/migration-module.ts'
import type { Opaque, Operation, Operations } from '../history/operation.ts'
import type { SchemaSnapshot } from '../schema/schema-snapshot.ts'
import { isCertainDrop } from './objects/dropped-parts.ts'
import { installsExtension, isInstalled } from './objects/extensions.ts'
import type { StatementFailure, StatementOutcome } from './database-error.ts'
import { writesCatalog } from './catalog-writes.ts'
import { liveCatalog } from './live/answer-inquiries.ts'
import { type BegunSchema, type EarlierMaker, earlierMaker } from './steps/earlier-maker.ts'
import { endTransaction } from './enum-values.ts'
import { buildSimulatedSchema } from './live/build-simulated-schema.ts'
import { createsPolicy } from './objects/policies.ts'
import { isIdle } from './objects/roles.ts'
import { createsRoutine, dropsRoutine } from './objects/routines.ts'
import { addVersionTable } from './objects/version-table.ts'
import { knowsAllNames } from './other-statements.ts'
import type { PendingNames } from './referenced-names.ts'
import type { RowAnswers, RowQuestion, SimulatedSchema } from './simulated-schema.ts'
import { closeBlocks, isAssumable, passesAssumed, startAssumed } from './steps/assumed-run.ts'
import { mayPromote } from './steps/promoted-index.ts'
import { passOpaque, tryOperation, trySteps } from './steps/try-steps.ts'
import { type UncheckedPart, uncheckedFrom } from './steps/unchecked-part.ts'
import { doubtAccess, doubtName, expectMore, forgetAll } from './unknown-changes.ts'

/** An operation that can't succeed, and its location. */
export interface PredictedFailure extends StatementFailure {
  readonly revision: string
  readonly span: Span
  /** True if every earlier operation definitely succeeds. */
  readonly first: boolean
  /** The earlier pending step that creates the same object; absent if the live database has it already. */
  readonly maker?: EarlierMaker
}

/** An operation that can't be checked against the live schema. */
export interface Unchecked {
  readonly revision: string
  /** Null if the whole file is unreadable. */
  readonly span: Span | null
  readonly reason: UncheckedReason
}

/** Why only a rehearsal can check an operation. */
export type UncheckedReason =
  /** The file can't be read. `reason` is null if unknown. */
  | { readonly kind: 'unreadable'; readonly reason: string | null }
  | { readonly kind: 'opaque'; readonly reason: string }
  /**
   * An earlier step may have changed what this operation needs. `naming` is set if an unknown naming convention also
   * affects the names.
   */
  | { readonly kind: 'uncertain'; readonly naming?: UnknownNaming }
  | { readonly kind: 'catalog'; readonly table: string }
  /** The data statement uses unknown tables or columns. */
  | { readonly kind: 'rows' }
  | UncheckedPart

/** Result of dry-running the pending migrations. */
export interface DryRun {
  /** Number of pending operations, except those in `calls`. An unreadable migration counts as one. */
  readonly operations: number
  /** Number of operations whose names and privileges were checked without finding problems. */
  readonly understood: number
  /**
   * Number of understood operations that read or change rows. All the names they use exist, so only the data can
   * make them fail.
   */
  readonly rows: number
  /** Operations that only a rehearsal can check, in order. */
  readonly unchecked: readonly Unchecked[]
  /**
   * Calls to unanalyzed code that doesn't receive the connection. They may raise an error, but don't count as
   * operations.
   */
  readonly calls: readonly Unchecked[]
  readonly failure: PredictedFailure | null
  /** Steps that don't create an index because an invalid index has the same name. */
  readonly keptInvalid: readonly KeptInvalid[]
  /** Questions about existing rows whose answers could change the outcome. */
  readonly questions: readonly RowQuestion[]
  /** Operations in each revision. Migrations that query the schema get answers from the simulated schema. */
  readonly resolved: ReadonlyMap<string, Operations>
}

/** An invalid index whose name makes a pending step skip creating an index. */
export interface KeptInvalid {
  readonly revision: string
  readonly span: Span
  readonly index: string
  /** Null if unknown. */
  readonly table: string | null
}

/** The database before the upgrade. */
export interface DryRunStart {
  readonly schema: SchemaSnapshot
  readonly searchPath: readonly string[]
  /** The version table that Alembic creates first; null if it already exists. */
  readonly newVersionTable: string | null
  /** True if Alembic definitely creates the version table in the default schema with its usual column. */
  readonly versionTableSure?: boolean
  /** Effects that env.py has before the migrations run. */
  readonly env?: EnvEffects
  readonly rightsUnknown?: boolean
  /** True if the snapshot doesn't list every object in the live schema. */
  readonly unlisted?: boolean
  /** Names that the snapshot is limited to; undefined if the snapshot is complete. */
  readonly fetched?: PendingNames
}

/** Simulates the revisions in this order. */
export function dryRunUpgrade(
  revisions: readonly string[],
  operations: ReadonlyMap<string, Operations>,
  {
    schema,
    searchPath,
    newVersionTable,
    versionTableSure = false,
    env = noEffects,
    rightsUnknown = false,
    unlisted = false,
    fetched,
  }: DryRunStart,
  answers?: RowAnswers,
): DryRun {
  // The snapshot contains every name that operations use, unless a migration inspects the schema.
  const asks = revisions.some((revision) => {
    const steps = operations.get(revision)
    return steps?.kind === 'operations' && steps.inquiry !== undefined
  })
  const newSchema = (): SimulatedSchema => {
    const built = buildSimulatedSchema(schema, searchPath, answers, asks ? fetched : undefined)
    if (newVersionTable !== null) {
      if (versionTableSure) addVersionTable(built, newVersionTable)
      else doubtName(built, { schema: null, name: newVersionTable })
    }
    if (rightsUnknown) doubtAccess(built)
    if (unlisted) expectMore(built)
    built.ownEngine = env.ownEngine === true
    // A default name may be taken if some constraint names are unknown.
    built.namesFinal = env.namesFinal === true && schema.surroundings?.constraintNames !== undefined
    // Unlike SQLite, other databases always enforce foreign keys and refuse to drop a referenced table.
    built.mayEnforceKeys = env.mayEnforceKeys === true && !built.dialect.verifiesConstraints
    prepare(built, env)
    return built
  }
  const begun: BegunSchema = { newSchema, begin: (each, read) => beginMigration(each, env, read) }
  const world = newSchema()
  const assumed = revisions.some((revision) => mayAssume(operations.get(revision)))
    ? startAssumed(newSchema())
    : null
  const resolved = new Map(operations)
  let total = 0
  let understood = 0
  let rows = 0
  const unchecked: Unchecked[] = []
  const calls: Unchecked[] = []
  const keptInvalid: KeptInvalid[] = []
  let refusal: PredictedFailure | null = null
  let failing: Operation | undefined
  let first = true
  /** Simulates the operations from index `start` until one can't succeed. */
  const advance = (revision: string, steps: readonly Operation[], start: number): void => {
    for (let at = start; at < steps.length && !refusal;) {
      const check = uncheckedFrom(world, steps, at)
      const isSettled = isInstalled(world, steps[at]) || isCertain(world, steps[at])
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
        const swallowed = steps[tried.at]?.swallowed
        const aborted = swallowed ? world.dialect.errors.abortedTransaction?.() : undefined
        const messageUncertain = judged.messageUncertain || !first
        const words = aborted
          ? { error: aborted, messageUncertain: !first || swallowed === 'perhaps' }
          : { messageUncertain }
        failing = steps[tried.at] ?? steps[at]
        if (span) refusal = { ...judged, ...words, revision, span, first }
        return
      }
      for (const step of steps.slice(at, at + tried.count)) {
        if (isCall(step)) {
          calls.push({ revision, span: step.span, reason: { kind: 'opaque', reason: step.reason } })
          continue
        }
        const found =
          (passes ? null : check) ??
          unnamedInBatch(world, step) ??
          (isSettled ? null : whyUnchecked(step, passes ? null : judged, passes || named))
        const { unknownNaming: naming } = env
        const reason =
          found?.kind === 'uncertain' && naming && dependsOnConvention(step) ? { ...found, naming } : found
        if (reason === null && step.kind === 'data') rows += 1
        if (reason === null) understood += 1
        else {
          first = false
          unchecked.push({ revision, span: step.span, reason })
        }
      }
      // Existing rows can make a data statement fail even if all its names are valid.
      if (judged !== null || steps[at]?.kind === 'data') first = false
      at += tried.count
    }
  }
  for (const revision of revisions) {
    const read = operations.get(revision)
    for (const each of [world, ...(assumed?.paths.map((path) => path.world) ?? [])])
      beginMigration(each, env, read)
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
      for (const path of assumed?.paths ?? []) forgetAll(path.world)
      continue
    }
    total += steps.operations.filter((step) => !isCall(step)).length
    advance(revision, steps.operations, done)
    if (assumed) closeBlocks(assumed)
  }
  const maker = refusal && failing && earlierMaker(refusal, failing, revisions, resolved, begun)
  const failure = withMaker(refusal, maker ?? null)
  const questions = inOrder([...world.questions.values()])
  return {
    operations: total,
    understood,
    rows,
    unchecked,
    calls,
    failure,
    keptInvalid,
    questions,
    resolved,
  }
}

function withMaker(failure: PredictedFailure | null, maker: EarlierMaker | null): PredictedFailure | null {
  return failure && maker ? { ...failure, maker } : failure
}

/**
 * Simulates the beginning of a migration. Alembic uses one transaction per migration, or a single one for all
 * migrations.
 */
function beginMigration(
  world: SimulatedSchema,
  { transactions }: EnvEffects,
  steps: Operations | undefined,
): void {
  if (transactions === 'each') endTransaction(world)
  const commits = steps?.kind === 'operations' && steps.mayCommit
  if (commits || transactions === 'unknown') world.transactionSure = false
  if (steps?.kind === 'operations' && steps.mayAutocommit) world.mayBeOutside = true
}

/** True if assumptions could help, because an operation allows them or the migration queries the schema. */
function mayAssume(steps: Operations | undefined): boolean {
  if (steps?.kind !== 'operations') return false
  return steps.inquiry !== undefined || steps.operations.some(isAssumable)
}

/**
 * Returns whether the step definitely succeeds in creating or dropping an extension, function, trigger, policy, rule
 * or constraint. Also true if the step definitely does nothing.
 */
function isCertain(world: SimulatedSchema, step: Operation | undefined): boolean {
  if (isCertainDrop(world, step)) return true
  if (step?.kind === 'opaque') return mayPromote(world, step)
  if (step?.kind !== 'unrelated' || !world.dialect.verifiesConstraints) return false
  if (isIdle(world, step)) return true
  if (dropsRoutine(world, step)) return true
  return createsRoutine(world, step) || createsPolicy(world, step) || installsExtension(world, step)
}

/** Whether the step only calls unanalyzed code that doesn't receive the connection. */
function isCall(step: Operation): step is Opaque {
  if (step.kind !== 'opaque') return false
  return step.distant === true || (step.touches?.length === 0 && step.types?.length === 0 && !step.anyIndex)
}

/** In a batch that copies the table, Alembic rejects unnamed constraints, unless a naming convention names them. */
function unnamedInBatch(world: SimulatedSchema, step: Operation): UncheckedReason | null {
  if (step.inBatch === undefined || (world.dialect.altersInPlace && step.inBatch === 'auto')) return null
  if (step.kind !== 'addConstraint' || step.constraint.name !== null) return null
  return { kind: 'unmodelled', what: 'unnamed constraint' }
}

/** Statements that succeed regardless of the schema. */
const always = /^(?:transaction|savepoint|setting|maintenance|notification|lock)$/

/** Statements that succeed regardless of the schema, but only outside a transaction. */
const outside = /^(?:VACUUM|REINDEX CONCURRENTLY)$/

/** Returns why an operation may still fail even though the simulation found no failure; null if it can't fail. */
function whyUnchecked(step: Operation, judged: StatementOutcome, passes: boolean): UncheckedReason | null {
  if (step.kind === 'opaque') return passes ? null : { kind: 'opaque', reason: step.reason }
  if (step.kind === 'data' && step.writes && writesCatalog(step.writes))
    return { kind: 'catalog', table: step.writes.table.name }
  if (judged !== null) return { kind: 'uncertain' }
  if (step.kind === 'data') return passes ? null : { kind: 'rows' }
  if (step.kind !== 'unrelated' || always.test(step.what)) return null
  if (step.autocommit && outside.test(step.what)) return null
  // Operations whose success depends only on names.
  if (step.what === 'comment' && step.needs !== undefined) return null
  if (step.statistics ?? step.validates ?? step.identifies ?? step.query ?? step.relabels) return null
  if (step.changes?.change === 'drop' || (step.what === 'sequence' && step.changes)) return null
  return { kind: 'unmodelled', what: step.what }
}

/**
 * Applies env.py's effects to the simulated schema. Never fails, because env.py's statements may be inside a `try`.
 */
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

/** Questions that compare two tables come last, because a timeout leaves the rest unanswered. */
function inOrder(questions: readonly RowQuestion[]): readonly RowQuestion[] {
  return questions.toSorted((a, b) => Number(a.kind === 'orphans') - Number(b.kind === 'orphans'))
}
