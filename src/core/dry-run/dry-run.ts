/**
 * Simulates pending operations in Alembic's order on a copy of the live schema. Doesn't change the database.
 *
 * Stops at the first operation that can't succeed, because `alembic upgrade` would fail there. After an operation that
 * the guard doesn't understand, everything that depends on it is uncertain. Uncertain operations are never reported as
 * failures.
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
import { type UncheckedPart, uncheckedPart } from './steps/unchecked-part.ts'
import { doubtAccess, doubtName, expectMore, forgetAll } from './unknown-changes.ts'

/** An operation that can't succeed, and its location. */
export interface PredictedFailure extends StatementFailure {
  readonly revision: string
  readonly span: Span
  /** True if every earlier operation is known to succeed, so the upgrade can't fail before this one. */
  readonly first: boolean
  /**
   * The earlier pending step that creates the same object as this step. Absent if the live database already has the
   * object.
   */
  readonly maker?: EarlierMaker
}

/** An operation that can't be checked against the live schema. */
export interface Unchecked {
  readonly revision: string
  /** Location of the operation; null if the whole file is unreadable. */
  readonly span: Span | null
  readonly reason: UncheckedReason
}

/** The reason why only a rehearsal can check an operation. */
export type UncheckedReason =
  /** The file can't be read. `reason` is null if unknown. */
  | { readonly kind: 'unreadable'; readonly reason: string | null }
  | { readonly kind: 'opaque'; readonly reason: string }
  /**
   * An earlier operation that isn't understood may have changed the prerequisites of this one. `naming` is set if the
   * names also depend on a naming convention that isn't known.
   */
  | { readonly kind: 'uncertain'; readonly naming?: UnknownNaming }
  /** The operation writes to a system catalog. */
  | { readonly kind: 'catalog'; readonly table: string }
  /** Not all tables and columns in a data statement are known. */
  | { readonly kind: 'rows' }
  | UncheckedPart

/** Result of the dry run of the pending migrations. */
export interface DryRun {
  /**
   * Number of operations in all pending migrations. Doesn't include the calls in `calls`. An unreadable migration
   * counts as one operation.
   */
  readonly operations: number
  /** Number of operations whose names and privileges are known to be fine. */
  readonly understood: number
  /**
   * Number of understood operations that read or change rows. Their names are all known to exist, so only the data can
   * make them fail.
   */
  readonly rows: number
  /**
   * Operations that only a rehearsal can check, in order. All other operations were checked against the live schema.
   */
  readonly unchecked: readonly Unchecked[]
  /**
   * Calls to unanalyzed code that doesn't receive the connection, in source order. These calls don't count as
   * operations, but may raise an error.
   */
  readonly calls: readonly Unchecked[]
  readonly failure: PredictedFailure | null
  /** Steps that skip creating an index because an invalid index with that name exists. */
  readonly keptInvalid: readonly KeptInvalid[]
  /** Questions about existing rows whose answers could change the outcome. The dry run collects them until it stops. */
  readonly questions: readonly RowQuestion[]
  /** Operations of each revision. If a migration queries the schema, the simulated schema answers. */
  readonly resolved: ReadonlyMap<string, Operations>
}

/** An invalid index whose name makes a pending step skip creating its index. */
export interface KeptInvalid {
  readonly revision: string
  readonly span: Span
  readonly index: string
  /** The table that the index belongs to; null if unknown. */
  readonly table: string | null
}

/** State of the database before the upgrade. */
export interface DryRunStart {
  readonly schema: SchemaSnapshot
  readonly searchPath: readonly string[]
  /** The version table that Alembic creates before the first migration; null if the table already exists. */
  readonly newVersionTable: string | null
  /** True if Alembic definitely creates the version table in the default schema with its usual column. */
  readonly versionTableSure?: boolean
  /** Effects that env.py has before the migrations run; undefined if there are none. */
  readonly env?: EnvEffects
  /** True if the role's privileges are unknown. */
  readonly rightsUnknown?: boolean
  /** True if the live schema contains objects that the snapshot doesn't list. */
  readonly unlisted?: boolean
  /** Names that the snapshot is limited to; undefined if the snapshot is complete. */
  readonly fetched?: PendingNames
}

/** Simulates the revisions in the given order. */
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
  // Unless a migration inspects the schema, the snapshot contains every name that an operation uses.
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
    // If some constraint names are unknown, a default name may already be taken.
    built.namesFinal = env.namesFinal === true && schema.surroundings?.constraintNames !== undefined
    // Databases other than SQLite always enforce foreign keys, and refuse to drop a referenced table.
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
  /** Simulates the operations, starting at index `start`, and stops at the first one that can't succeed. */
  const advance = (revision: string, steps: readonly Operation[], start: number): void => {
    for (let at = start; at < steps.length && !refusal;) {
      const check = uncheckedPart(world, steps[at])
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
        else unchecked.push({ revision, span: step.span, reason })
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
 * Simulates the beginning of a migration. Alembic either begins a new transaction for each migration or uses one for
 * all of them.
 */
function beginMigration(
  world: SimulatedSchema,
  { transactions }: EnvEffects,
  steps: Operations | undefined,
): void {
  if (transactions === 'each') endTransaction(world)
  const commits = steps?.kind === 'operations' && steps.mayCommit
  if (commits || transactions === 'unknown') world.transactionSure = false
}

/**
 * Returns whether making assumptions could help the simulation understand more operations. It could if an operation
 * allows assumptions, or if the migration queries the schema.
 */
function mayAssume(steps: Operations | undefined): boolean {
  if (steps?.kind !== 'operations') return false
  return steps.inquiry !== undefined || steps.operations.some(isAssumable)
}

/**
 * Returns whether the step definitely creates or drops its extension, function, trigger, policy, rule or constraint, or
 * definitely changes nothing.
 */
function isCertain(world: SimulatedSchema, step: Operation | undefined): boolean {
  if (isCertainDrop(world, step)) return true
  if (step?.kind === 'opaque') return mayPromote(world, step)
  if (step?.kind !== 'unrelated' || !world.dialect.verifiesConstraints) return false
  if (isIdle(world, step)) return true
  if (dropsRoutine(world, step)) return true
  return createsRoutine(world, step) || createsPolicy(world, step) || installsExtension(world, step)
}

/** Returns whether the step only calls unanalyzed code that doesn't receive the connection. */
function isCall(step: Operation): step is Opaque {
  if (step.kind !== 'opaque') return false
  return step.distant === true || (step.touches?.length === 0 && step.types?.length === 0 && !step.anyIndex)
}

/** Alembic rejects unnamed constraints in a batch that copies the table, unless a naming convention names them. */
function unnamedInBatch(world: SimulatedSchema, step: Operation): UncheckedReason | null {
  if (step.inBatch === undefined || (world.dialect.altersInPlace && step.inBatch === 'auto')) return null
  if (step.kind !== 'addConstraint' || step.constraint.name !== null) return null
  return { kind: 'unmodelled', what: 'unnamed constraint' }
}

/** Kinds of statements that succeed regardless of the schema. */
const always = /^(?:transaction|setting|maintenance|notification|lock)$/

/**
 * Returns why an operation may still fail even though the simulation found no failure. Returns null if the operation
 * needs only valid names and privileges to succeed.
 */
function whyUnchecked(step: Operation, judged: StatementOutcome, passes: boolean): UncheckedReason | null {
  if (step.kind === 'opaque') return passes ? null : { kind: 'opaque', reason: step.reason }
  if (step.kind === 'data' && step.writes && writesCatalog(step.writes))
    return { kind: 'catalog', table: step.writes.table.name }
  if (judged !== null) return { kind: 'uncertain' }
  if (step.kind === 'data') return passes ? null : { kind: 'rows' }
  if (step.kind !== 'unrelated' || always.test(step.what)) return null
  // Kinds of operations whose success depends only on names.
  if (step.what === 'comment' && step.needs !== undefined) return null
  if (step.statistics ?? step.validates ?? step.identifies ?? step.query ?? step.relabels) return null
  if (step.changes?.change === 'drop' || (step.what === 'sequence' && step.changes)) return null
  return { kind: 'unmodelled', what: step.what }
}

/**
 * Applies env.py's effects to the simulated schema. A statement in env.py never makes the dry run fail, because the
 * statement may be inside a `try`.
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

/** Puts questions that compare two tables last, because a timeout leaves all later questions unanswered. */
function inOrder(questions: readonly RowQuestion[]): readonly RowQuestion[] {
  return questions.toSorted((a, b) => Number(a.kind === 'orphans') - Number(b.kind === 'orphans'))
}
