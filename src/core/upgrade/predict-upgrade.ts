/**
 * Predicts what `alembic upgrade TARGET` does: which revisions run, which error it raises, and which version rows
 * remain. Assumes that the code in `upgrade()` succeeds.
 */
import { dialectOf } from '../dialect/index.ts'
import type { AlembicFailure } from '../history/alembic-failure.ts'
import {
  type AlembicVersion,
  atLeast,
  compareAlembicVersions,
  oldestPredictableVersion,
} from '../history/alembic-version.ts'
import type { DatabaseState, VersionRow } from '../history/database-state.ts'
import { mayMakeSchema, rightsCertain } from '../history/env-effects.ts'
import { type RevisionGraph, buildGraph } from '../history/revision-graph.ts'
import type { MigrationModule } from '../history/migration-module.ts'
import { type Orders, exploreOrders } from './set-orders.ts'
import type { Repository } from '../history/repository.ts'
import { simulatePath, failedPath } from './upgrade-path.ts'
import { refuseTargetEarly } from './upgrade-plan.ts'
import { missingVersionColumn } from './version-table-writes.ts'
import type {
  FailureCause,
  Prediction,
  RefusedStatement,
  SimulatedPath,
  UnknownReason,
} from './prediction.ts'

/** Maximum number of iteration-order combinations to try. Large graphs get a lower limit. */
const maxRuns = 1000

interface Remembered {
  readonly repository: Repository
  readonly database: DatabaseState
  readonly target: string
  readonly prediction: Prediction
}

/**
 * Cache of the latest predictions for each graph. Gathering facts, running a rule and checking its remedies
 * all need the same predictions.
 */
const remembered = new WeakMap<RevisionGraph, Remembered[]>()
const maxRemembered = 3

/** Predicts the outcome of `alembic upgrade target`. Never throws. */
export function predictUpgrade(
  repository: Repository,
  graph: RevisionGraph,
  database: DatabaseState,
  target: string,
  refused: RefusedStatement | null = null,
): Prediction {
  if (refused !== null) return predictAnew(repository, graph, database, target, refused)
  const known = remembered.get(graph) ?? []
  remembered.set(graph, known)
  const same = known.find(
    (one) => one.repository === repository && one.target === target && isSameState(one.database, database),
  )
  if (same) return same.prediction
  const prediction = predictAnew(repository, graph, database, target, null)
  known.unshift({ repository, database, target, prediction })
  known.length = Math.min(known.length, maxRemembered)
  return prediction
}

/** Whether two states are the same. Compares version rows by content, and everything else with `Object.is`. */
function isSameState(a: DatabaseState, b: DatabaseState): boolean {
  const keys = Object.keys(a) as (keyof DatabaseState)[]
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => key === 'versions' || Object.is(a[key], b[key])) &&
    JSON.stringify(a.versions) === JSON.stringify(b.versions)
  )
}

function predictAnew(
  repository: Repository,
  graph: RevisionGraph,
  database: DatabaseState,
  target: string,
  refused: RefusedStatement | null,
): Prediction {
  const { version } = repository.alembic
  if (compareAlembicVersions(version, oldestPredictableVersion) < 0) {
    return unknown(database, { kind: 'oldAlembic', version, oldest: oldestPredictableVersion })
  }
  const early = beforeTheGraph(repository, database, target)
  if (early) return predictionOf([early], true, version)
  const brokenEnv = repository.env.computed.find(({ option }) => option === 'env.py')
  if (brokenEnv) {
    const { span, expression } = brokenEnv
    return unknown(database, { kind: 'env', path: span.path, expression })
  }
  if (graph.problem?.kind === 'unreadable') {
    const { path, reason } = graph.problem
    return unknown(database, { kind: 'file', path, reason })
  }
  if (graph.problem) {
    const { error, messageUncertain, otherMessages } = graph.problem
    const course = failedPath(error, causeOfProblem(graph.problem), database)
    return predictionOf([{ ...course, messageUncertain, otherMessages }], true, version)
  }
  const ordered = atLeast(version, '1.10.0')
  const variants = ordered || graph.duplicates.length === 0 ? [graph] : shadowings(repository, graph)
  const courses: SimulatedPath[] = []
  let complete = variants.length < maxShadowings
  let unordered = false
  for (const variant of variants) {
    const { problem } = variant
    if (problem && problem.kind !== 'unreadable') {
      courses.push({
        ...failedPath(problem.error, causeOfProblem(problem), database),
        messageUncertain: true,
      })
      continue
    }
    const limit = Math.max(4, Math.min(maxRuns, Math.floor(200_000 / (variant.revisions.length + 1))))
    const explored = exploreOrders(
      (orders) =>
        simulatePath(
          repository,
          variant,
          database,
          target,
          orders,
          ordered ? 'sorted' : 'unspecified',
          refused,
        ),
      limit,
    )
    courses.push(...explored.results)
    complete &&= explored.complete
    unordered ||= explored.unordered
  }
  const prediction = predictionOf(courses, complete, version)
  if (!ordered || repository.alembic.source !== null || prediction.outcome !== 'succeeds') return prediction
  // The load order matters only if Alembic iterates over a set of several items, or if there are several
  // targets.
  if (!unordered && prediction.targets.length < 2) return prediction
  // If the project doesn't pin Alembic, the installed version may be older than 1.10 and may order branches
  // differently.
  const other = simulatePath(repository, graph, database, target, backwards, 'unspecified', refused)
  return { ...prediction, orderUncertain: prediction.orderUncertain || !sameSteps(prediction, other) }
}

/** Simulates a different order wherever Alembic's order isn't deterministic. */
const backwards: Orders = { arrange: (_, items) => items.toReversed() }

/** Returns the first failure that occurs before Alembic loads any migration file; null if there is none. */
function beforeTheGraph(
  repository: Repository,
  database: DatabaseState,
  target: string,
): SimulatedPath | null {
  if (target.includes(':')) {
    const error = { type: 'CommandError', message: 'Range revision not allowed' }
    return failedPath(error, { kind: 'range-target', target }, database)
  }
  if (repository.env.path === null) {
    // Alembic raises this error in load_python_file (alembic/util/pyfiles.py). The path is printed as configured, so it
    // may be absolute.
    const error = {
      type: 'ImportError',
      message: `Can't find Python file ${repository.scriptLocation}/env.py`,
    }
    return { ...failedPath(error, { kind: 'no-env' }, database), messageUncertain: true }
  }
  const unreadable = missingVersionColumn(database)
  if (unreadable) return failedPath(unreadable.error, unreadable.cause, database)
  const { versionTable, versions, readOnly } = database
  if (readOnly !== null && !versionTable.exists && versions.length === 0) {
    const error = dialectOf(database).errors.readOnly('CREATE TABLE')
    return failedPath(error, { kind: 'read-only', reason: readOnly }, database)
  }
  const denied = schemaMissing(repository, database) ?? mayNotCreate(repository, database)
  if (denied) return denied
  const refused: AlembicFailure | null = refuseTargetEarly(target, versions)
  if (!refused) return null
  const [row] = versions
  const rowAtFault = refused.subject.kind === 'not-text' && row?.kind === 'not-text'
  const cause: FailureCause = rowAtFault
    ? { kind: 'row-not-text', repr: row.repr }
    : { kind: 'impossible-target', target }
  return failedPath(refused.error, cause, database)
}

/**
 * Returns the failure if the version table's schema doesn't exist. Alembic creates the table before it loads any
 * migration file.
 */
function schemaMissing({ env }: Repository, database: DatabaseState): SimulatedPath | null {
  const { versionTable, versions, privileges } = database
  const { schema } = versionTable
  // If the version table is configured with a schema, `writeVersions` is null only if that schema doesn't
  // exist. If none is configured, Alembic uses the search path.
  if (versionTable.exists || versions.length > 0 || schema === null || privileges?.writeVersions !== null)
    return null
  const error = mayMakeSchema(env, database.dialect, schema)
    ? undefined
    : dialectOf(database).errors.missingSchema?.(schema)
  return error ? failedPath(error, { kind: 'version-schema', schema }, database) : null
}

/**
 * Returns the failure if a privilege or schema required to create the version table is missing. Alembic
 * creates the table before it loads any migration file.
 */
function mayNotCreate({ env }: Repository, database: DatabaseState): SimulatedPath | null {
  const { versionTable, versions, privileges } = database
  if (versionTable.exists || versions.length > 0 || !rightsCertain(env, database.dialect) || !privileges)
    return null
  const { errors } = dialectOf(database)
  // Whether the search path contains no existing schema that the role may use.
  const none = versionTable.schema === null && privileges.writeVersions === null
  if (privileges.writeVersions !== false && !none) return null
  const error = none
    ? errors.noSchemaSelected?.()
    : errors.permissionDenied?.(`schema ${versionTable.schema ?? ''}`)
  if (!error) return null
  const cause: FailureCause = {
    kind: 'version-privilege',
    statement: `CREATE TABLE ${versionTable.name}`,
    table: versionTable.name,
  }
  return failedPath(error, cause, database)
}

function causeOfProblem(problem: NonNullable<RevisionGraph['problem']>): FailureCause {
  switch (problem.kind) {
    case 'listing':
      return { kind: 'listing' }
    case 'unreadable':
      return { kind: 'file', path: problem.path, span: problem.span }
    case 'file': {
      const { path, span, defect, id } = problem
      if (id !== null && defect === 'illegal-id') return { kind: 'illegal-id', id, path }
      return id === null ? { kind: 'file', path, span } : { kind: 'cycle', ids: [id] }
    }
    default:
      return { kind: problem.kind, ids: problem.ids }
  }
}

/**
 * Maximum number of choices to try among files with the same id. Before Alembic 1.10, the file system determines which
 * file is used.
 */
const maxShadowings = 16

/**
 * Returns one graph for each choice among files with the same id, up to a limit. Alembic uses the file that it loads
 * last. Before 1.10, the load order depends on the file system.
 */
function shadowings(repository: Repository, graph: RevisionGraph): readonly RevisionGraph[] {
  let orders: (readonly MigrationModule[])[] = [repository.modules]
  for (const { revisions } of graph.duplicates) {
    orders = orders.flatMap((modules) =>
      revisions.map(({ module }) => [...modules.filter((one) => one !== module), module]),
    )
    orders = orders.slice(0, maxShadowings)
  }
  return orders.map((modules) => buildGraph({ ...repository, modules }))
}

/** Combines the outcomes for all iteration orders into one prediction. If they differ, the prediction is unknown. */
function predictionOf(
  courses: readonly SimulatedPath[],
  complete: boolean,
  version: AlembicVersion,
): Prediction {
  const distinct =
    courses.length === 1
      ? courses
      : [...new Map(courses.map((course) => [JSON.stringify(course), course])).values()]
  const [first] = distinct
  if (!first) throw new TypeError('a prediction needs at least one simulated path')
  const { steps, versionsAfter, targets } = first
  const orderUncertain = !complete || distinct.some((course) => !sameSteps(course, first))
  const common = { targets, steps, versionsAfter, orderUncertain }
  const settled = complete || distinct.every(({ orderFree }) => orderFree)
  if (settled && distinct.every((course) => course.outcome === 'succeeds' && sameResult(course, first))) {
    return { outcome: 'succeeds', ...common }
  }
  if (settled && first.outcome === 'fails' && distinct.every(({ outcome }) => outcome === 'fails')) {
    const others = distinct.flatMap((course) =>
      course.outcome === 'fails' ? [course.error.message, ...course.otherMessages] : [],
    )
    const otherMessages = [...new Set(others)].filter((message) => message !== first.error.message)
    // Before version 1.8, Alembic raised AttributeError in some cases where it now raises AssertionError.
    const renamed = first.error.type === 'AssertionError' && !atLeast(version, '1.8.0')
    const messageUncertain =
      !complete ||
      renamed ||
      otherMessages.length > 0 ||
      distinct.some((course) => course.outcome === 'fails' && course.messageUncertain)
    const { error, cause } = first
    return { outcome: 'fails', error, cause, ...common, messageUncertain, otherMessages }
  }
  const reason: UnknownReason =
    first.outcome === 'unknown' && distinct.every(({ outcome }) => outcome === 'unknown')
      ? first.reason
      : { kind: 'order', complete }
  return { outcome: 'unknown', reason, ...common, variants: distinct, variantsComplete: complete }
}

function sameSteps(a: Pick<SimulatedPath, 'steps'>, b: Pick<SimulatedPath, 'steps'>): boolean {
  if (a.steps === b.steps) return true
  return (
    a.steps.length === b.steps.length &&
    a.steps.every(({ revision, from }, index) => {
      const other = b.steps[index]
      return (
        other?.revision === revision &&
        other.from.length === from.length &&
        from.every((parent, at) => parent === other.from[at])
      )
    })
  )
}

function sameResult(a: SimulatedPath, b: SimulatedPath): boolean {
  if (a === b) return true
  const key = ({ versionsAfter, steps }: SimulatedPath): string =>
    JSON.stringify([[...versionsAfter].sort(), steps.map(({ revision }) => revision).sort()])
  return key(a) === key(b)
}

function unknown(database: DatabaseState, reason: UnknownReason): Prediction {
  const versionsAfter = database.versions.flatMap((row: VersionRow) =>
    row.kind === 'text' ? [row.value] : [],
  )
  return {
    outcome: 'unknown',
    reason,
    targets: [],
    steps: [],
    versionsAfter,
    orderUncertain: false,
    variants: [],
    variantsComplete: false,
  }
}
