/**
 * What `alembic upgrade TARGET` would do to this database with this repository: which revisions it runs, what it
 * raises, and the rows it leaves. Goes through Alembic's phases in its order; the bodies of `upgrade()` are taken
 * to succeed. Reads data only.
 */
import type { AlembicFailure, Unpredictable } from '../history/alembic-failure.ts'
import {
  type AlembicVersion,
  atLeast,
  compareAlembicVersions,
  oldestPredictableVersion,
} from '../history/alembic-version.ts'
import type { DatabaseState, VersionRow } from '../history/database-state.ts'
import { type RevisionGraph, buildGraph } from '../history/revision-graph.ts'
import { type MigrationModule, type PythonError, type Span } from '../history/migration-module.ts'
import { type Orders, exploreOrders } from './set-orders.ts'
import type { UnreadableReason } from '../history/revision.ts'
import type { Repository } from '../history/repository.ts'
import { type Course, courseOf, failedCourse } from './upgrade-path.ts'
import { refuseTargetEarly } from './upgrade-plan.ts'
import { missingColumn } from './version-table-writes.ts'

/** One revision whose `upgrade()` runs or begins. `from` stands before the arrow of Alembic's log line. */
export interface UpgradeStep {
  readonly revision: string
  readonly from: readonly string[]
}

/** Why Alembic would fail; rules key on `kind`. */
export type FailureCause =
  | { readonly kind: 'range-target'; readonly target: string }
  | { readonly kind: 'unknown-target'; readonly target: string; readonly candidates: readonly string[] }
  /** `+2` with too few revisions or a fork ahead, `rev-9`, an empty target. */
  | { readonly kind: 'impossible-target'; readonly target: string }
  | { readonly kind: 'overlapping-targets'; readonly revision: string; readonly others: readonly string[] }
  /** `row` when it was a row that said `head`. */
  | { readonly kind: 'multiple-heads'; readonly heads: readonly string[]; readonly row: string | null }
  | { readonly kind: 'listing' }
  /** There is no env.py. */
  | { readonly kind: 'no-env' }
  | { readonly kind: 'file'; readonly path: string; readonly span: Span }
  | { readonly kind: 'illegal-id'; readonly id: string; readonly path: string }
  | { readonly kind: 'cycle'; readonly ids: readonly string[] }
  | { readonly kind: 'label-collision'; readonly ids: readonly string[] }
  | { readonly kind: 'missing-dependency'; readonly ids: readonly string[] }
  | { readonly kind: 'missing-down-revision'; readonly ids: readonly string[] }
  /** Something that is no `str` stands in `down_revision`. */
  | { readonly kind: 'wrong-type'; readonly ids: readonly string[] }
  /** `candidates`: the ids that the row begins, when there are several. */
  | { readonly kind: 'unknown-row'; readonly row: string; readonly candidates: readonly string[] }
  /** The same, and there is no migration file at all. */
  | { readonly kind: 'no-files'; readonly row: string }
  | { readonly kind: 'empty-row' }
  | { readonly kind: 'row-not-text'; readonly repr: string }
  /** A row such as `-3` that leads past the base. */
  | { readonly kind: 'impossible-row'; readonly row: string }
  | { readonly kind: 'overlapping-rows'; readonly revision: string; readonly others: readonly string[] }
  | { readonly kind: 'no-upgrade-function'; readonly revision: string; readonly path: string }
  | { readonly kind: 'upgrade-arguments'; readonly revision: string; readonly path: string }
  /** The body of upgrade() begins with `raise`. */
  | { readonly kind: 'upgrade-raises'; readonly revision: string; readonly path: string }
  | { readonly kind: 'redundant-parent'; readonly revision: string; readonly parent: string }
  /** The version table lacks a row that a step replaces, for another reason. */
  | { readonly kind: 'key-error'; readonly revision: string; readonly parent: string | null }
  | { readonly kind: 'duplicate-rows'; readonly row: string; readonly found: number }
  | { readonly kind: 'id-too-long'; readonly id: string; readonly width: number; readonly statement: string }
  | { readonly kind: 'id-in-sql'; readonly id: string; readonly statement: string }
  /** An id that Alembic takes for a symbol when it is used: `base`, `head`. */
  | { readonly kind: 'reserved-id'; readonly id: string }
  | {
      readonly kind: 'version-table'
      readonly defect: 'no version_num' | 'required column' | 'not a table'
      readonly statement: string
    }
  | { readonly kind: 'read-only'; readonly reason: string }
  /** The role may not write the version table, or not make it. */
  | { readonly kind: 'version-privilege'; readonly statement: string; readonly table: string }
  /** A statement of a migration can't succeed on the live schema. */
  | { readonly kind: 'refused-statement'; readonly revision: string; readonly span: Span }

/** Why the outcome of an upgrade is unknown. */
export type UnknownReason =
  | Unpredictable
  /** Older than the oldest Alembic that works as this module does. */
  | { readonly kind: 'oldAlembic'; readonly version: AlembicVersion; readonly oldest: AlembicVersion }
  | { readonly kind: 'env'; readonly path: string; readonly expression: string }
  | { readonly kind: 'file'; readonly path: string; readonly reason: UnreadableReason }
  /** It depends on an order that is left to chance; `complete`: every one of them was tried. */
  | { readonly kind: 'order'; readonly complete: boolean }

/** What Alembic would do. */
export type Prediction = {
  /** Ids that the target stands for; empty for `base` and when that was not reached. */
  readonly targets: readonly string[]
  /** The steps are certain, their order is not: it depends on a set, or on the file system before 1.10. */
  readonly orderUncertain: boolean
} & (
  | {
      readonly outcome: 'succeeds'
      readonly steps: readonly UpgradeStep[]
      /** Rows afterwards; one that is NULL is left out. */
      readonly versionsAfter: readonly string[]
    }
  | {
      readonly outcome: 'fails'
      readonly error: PythonError
      readonly cause: FailureCause
      /** Steps whose `upgrade()` ran or began, as Alembic logs them. */
      readonly steps: readonly UpgradeStep[]
      /** Rows that stay: those from before, where all is one transaction. */
      readonly versionsAfter: readonly string[]
      /** That it fails is certain, the words are not. */
      readonly messageUncertain: boolean
      /** Other words that it may use, as far as they can be listed. */
      readonly otherMessages: readonly string[]
    }
  | {
      readonly outcome: 'unknown'
      readonly reason: UnknownReason
      readonly steps: readonly UpgradeStep[]
      readonly versionsAfter: readonly string[]
      /** What may happen, where that can be listed. */
      readonly variants: readonly Course[]
      /** What happens is one of the variants; otherwise they are examples. */
      readonly variantsComplete: boolean
    }
)

/** Combinations of orders that are tried; fewer on large graphs. */
const mostRuns = 1000

/** A statement that is known to fail, in the migration that holds it. */
export interface RefusedStatement {
  readonly revision: string
  readonly span: Span
  readonly error: PythonError
  readonly messageUncertain: boolean
}

/** Predicts `alembic upgrade target`. Never throws and never hangs, whatever the repository and the rows hold. */
export function predictUpgrade(
  repository: Repository,
  graph: RevisionGraph,
  database: DatabaseState,
  target: string,
  refused: RefusedStatement | null = null,
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
    const course = failedCourse(error, causeOfProblem(graph.problem), database)
    return predictionOf([{ ...course, messageUncertain, otherMessages }], true, version)
  }
  const ordered = atLeast(version, '1.10.0')
  const variants = ordered || graph.duplicates.length === 0 ? [graph] : shadowings(repository, graph)
  const courses: Course[] = []
  let complete = variants.length < mostShadowings
  for (const variant of variants) {
    const { problem } = variant
    if (problem && problem.kind !== 'unreadable') {
      courses.push({
        ...failedCourse(problem.error, causeOfProblem(problem), database),
        messageUncertain: true,
      })
      continue
    }
    const limit = Math.max(4, Math.min(mostRuns, Math.floor(200_000 / (variant.revisions.length + 1))))
    const explored = exploreOrders(
      (orders) =>
        courseOf(repository, variant, database, target, orders, ordered ? 'sorted' : 'unspecified', refused),
      limit,
    )
    courses.push(...explored.results)
    complete &&= explored.complete
  }
  const prediction = predictionOf(courses, complete, version)
  if (!ordered || repository.alembic.source !== null || prediction.outcome !== 'succeeds') return prediction
  // Where nothing pins Alembic, the one that runs may be older than 1.10: branches may come in another order.
  const other = courseOf(repository, graph, database, target, backwards, 'unspecified', refused)
  return { ...prediction, orderUncertain: prediction.orderUncertain || !sameSteps(prediction, other) }
}

/** Every order that is left to chance, the other way round. */
const backwards: Orders = { arrange: (_, items) => items.toReversed() }

/** Phases 3 to 7: what fails before a single migration file is executed. */
function beforeTheGraph(repository: Repository, database: DatabaseState, target: string): Course | null {
  if (target.includes(':')) {
    const error = { type: 'CommandError', message: 'Range revision not allowed' }
    return failedCourse(error, { kind: 'range-target', target }, database)
  }
  if (repository.env.path === null) {
    // alembic/util/pyfiles.py, load_python_file; the path is as configured, which may be absolute.
    const error = {
      type: 'ImportError',
      message: `Can't find Python file ${repository.scriptLocation}/env.py`,
    }
    return { ...failedCourse(error, { kind: 'no-env' }, database), messageUncertain: true }
  }
  const unreadable = missingColumn(database)
  if (unreadable) return failedCourse(unreadable.error, unreadable.cause, database)
  const { versionTable, versions, readOnly, dialect } = database
  if (readOnly !== null && !versionTable.exists && versions.length === 0) {
    const message =
      dialect === 'sqlite'
        ? '(sqlite3.OperationalError) attempt to write a readonly database'
        : '(psycopg2.errors.ReadOnlySqlTransaction) cannot execute CREATE TABLE in a read-only transaction'
    const error = { type: dialect === 'sqlite' ? 'OperationalError' : 'InternalError', message }
    return failedCourse(error, { kind: 'read-only', reason: readOnly }, database)
  }
  const denied = mayNotCreate(repository, database)
  if (denied) return denied
  const refused: AlembicFailure | null = refuseTargetEarly(target, versions)
  if (!refused) return null
  const [row] = versions
  const rowAtFault = refused.subject.kind === 'not-text' && row?.kind === 'not-text'
  const cause: FailureCause = rowAtFault
    ? { kind: 'row-not-text', repr: row.repr }
    : { kind: 'impossible-target', target }
  return failedCourse(refused.error, cause, database)
}

/** Alembic makes the version table before it loads a file, and the role may not. */
function mayNotCreate({ env }: Repository, database: DatabaseState): Course | null {
  const { versionTable, versions, privileges } = database
  if (versionTable.exists || versions.length > 0 || env.interference || privileges?.writeVersions !== false)
    return null
  const schema = versionTable.schema ?? ''
  const error = {
    type: 'ProgrammingError',
    message: `(psycopg2.errors.InsufficientPrivilege) permission denied for schema ${schema}`,
  }
  const cause: FailureCause = {
    kind: 'version-privilege',
    statement: `CREATE TABLE ${versionTable.name}`,
    table: versionTable.name,
  }
  return failedCourse(error, cause, database)
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

/** Combinations of files with one id that are tried, before 1.10. */
const mostShadowings = 16

/** Before 1.10 the file system decides which of several files with one id is loaded last: each of them in turn. */
function shadowings(repository: Repository, graph: RevisionGraph): readonly RevisionGraph[] {
  let orders: (readonly MigrationModule[])[] = [repository.modules]
  for (const { revisions } of graph.duplicates) {
    orders = orders.flatMap((modules) =>
      revisions.map(({ module }) => [...modules.filter((one) => one !== module), module]),
    )
    orders = orders.slice(0, mostShadowings)
  }
  return orders.map((modules) => buildGraph({ ...repository, modules }))
}

/** Makes one statement of what happens under every order: certain where they agree, unknown where they don't. */
function predictionOf(courses: readonly Course[], complete: boolean, version: AlembicVersion): Prediction {
  const distinct = [...new Map(courses.map((course) => [JSON.stringify(course), course])).values()]
  const [first] = distinct
  if (!first) throw new TypeError('a prediction needs at least one course')
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
    // Before 1.8 some of these were an AttributeError instead.
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

function sameSteps(a: Pick<Course, 'steps'>, b: Pick<Course, 'steps'>): boolean {
  return JSON.stringify(a.steps) === JSON.stringify(b.steps)
}

function sameResult(a: Course, b: Course): boolean {
  const key = ({ versionsAfter, steps }: Course): string =>
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
