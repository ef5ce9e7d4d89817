/**
 * Simulates an upgrade for one combination of set orders: the plan, each `upgrade()`, and each write to the version
 * table.
 */
import { dialectOf } from '../dialect/index.ts'
import { type AlembicFailure, NotPredictable } from '../history/alembic-failure.ts'
import type { DatabaseState, VersionRow } from '../history/database-state.ts'
import { rightsCertain, widened } from '../history/env-effects.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import { type RevisionLookup, revisionsFor } from '../history/resolve-revision.ts'
import type { FunctionBinding, PythonError } from '../history/migration-module.ts'
import type { Orders } from './set-orders.ts'
import { moduleNameOf } from '../text/python-text.ts'
import type { Repository } from '../history/repository.ts'
import { type BlamedFailure, type UpgradePlan, beforeOf, mapParentsOf, planUpgrade } from './upgrade-plan.ts'
import { type VersionRows, WriteFailure, isPadded, writeStep } from './version-table-writes.ts'
import type { FailureCause, RefusedStatement, UpgradeStep, SimulatedPath } from './prediction.ts'

/** Simulates Alembic from the loaded graph to the end of the upgrade. */
export function simulatePath(
  repository: Repository,
  graph: RevisionGraph,
  database: DatabaseState,
  target: string,
  orders: Orders,
  loadOrder: 'sorted' | 'unspecified',
  refused: RefusedStatement | null,
): SimulatedPath {
  try {
    return follow(repository, graph, database, target, orders, loadOrder, refused)
  } catch (error) {
    if (!(error instanceof NotPredictable)) throw error
    const versionsAfter = textsOf(database.versions)
    return {
      outcome: 'unknown',
      reason: error.reason,
      targets: [],
      steps: [],
      versionsAfter,
      orderFree: false,
    }
  }
}

function follow(
  repository: Repository,
  graph: RevisionGraph,
  database: DatabaseState,
  target: string,
  orders: Orders,
  loadOrder: 'sorted' | 'unspecified',
  refused: RefusedStatement | null,
): SimulatedPath {
  const lookup: RevisionLookup = { map: graph.map, target }
  const plan = planUpgrade(lookup, database.versions, orders, loadOrder)
  if ('failure' in plan) {
    const { failure } = plan
    const course = failedPath(failure.error, causeOf(plan, graph, database, target), database)
    const { otherMessages, messageUncertain } = failure
    return { ...course, otherMessages, messageUncertain }
  }
  const targets = plan.targets.map(({ id }) => id)
  const orderFree = isOrderFree(graph, plan, database.versions)
  const lacking = plan.steps.find(({ revision }) => revision.module.upgrade.kind === 'unbound')
  if (lacking) {
    const { path } = lacking.revision
    const message = `module '${moduleNameOf(path)}' has no attribute 'upgrade'`
    const cause: FailureCause = { kind: 'no-upgrade-function', revision: lacking.id, path }
    return { ...failedPath({ type: 'AttributeError', message }, cause, database), targets, orderFree }
  }
  return { ...runSteps(repository, plan, database, lookup, orders, refused), targets, orderFree }
}

/** Returns the outcome of an upgrade that fails before the first step and leaves the version table unchanged. */
export function failedPath(
  error: PythonError,
  cause: FailureCause,
  database: DatabaseState,
): SimulatedPath & { readonly outcome: 'fails' } {
  return {
    outcome: 'fails',
    error,
    cause,
    targets: [],
    steps: [],
    versionsAfter: textsOf(database.versions),
    orderFree: false,
    messageUncertain: false,
    otherMessages: [],
  }
}

function runSteps(
  repository: Repository,
  plan: UpgradePlan,
  database: DatabaseState,
  lookup: RevisionLookup,
  orders: Orders,
  refusal: RefusedStatement | null,
): SimulatedPath {
  const initial = textsOf(database.versions)
  const { map } = lookup
  const inexact = initial.filter((row) => !map.byId.has(row)).flatMap((row) => revisionsFor(lookup, row))
  const rows: VersionRows = {
    heads: new Set(initial),
    stored: [...initial],
    applied: new Set(plan.applied),
    inexact: new Set(inexact.filter((found) => found !== null && found !== 'base')),
    holdsNull: database.versions.some(({ kind }) => kind === 'null'),
    padded: dialectOf(database).enforcesWidth && isPadded(database.versionTable),
  }
  const steps: UpgradeStep[] = []
  let current = database
  const { transactionPerMigration, runMigrationsKeywords } = repository.env
  const single = database.transactionalDdl && !transactionPerMigration
  for (const node of plan.steps) {
    const kept = single ? initial : rows.stored
    steps.push({ revision: node.id, from: mapParentsOf(node, orders) })
    const failed = (error: PythonError, cause: FailureCause, messageUncertain: boolean): SimulatedPath => ({
      ...failedPath(error, cause, database),
      steps,
      versionsAfter: kept,
      messageUncertain,
    })
    const { module, path } = node.revision
    const refused = refusedCall(module.upgrade, runMigrationsKeywords)
    if (refused !== null) {
      const cause: FailureCause = { kind: 'upgrade-arguments', revision: node.id, path }
      return failed({ type: 'TypeError', message: `upgrade() ${refused}` }, cause, false)
    }
    if (module.upgrade.kind === 'function' && module.upgrade.raises) {
      return failed(module.upgrade.raises, { kind: 'upgrade-raises', revision: node.id, path }, false)
    }
    if (database.readOnly !== null) {
      return failed(
        dialectOf(database).errors.readOnly('INSERT'),
        { kind: 'read-only', reason: database.readOnly },
        true,
      )
    }
    if (refusal?.revision === node.id) {
      const { span } = refusal
      const cause: FailureCause = { kind: 'refused-statement', revision: node.id, span }
      return failed(refusal.error, cause, refusal.messageUncertain)
    }
    const denied = deniedWrite(repository, rows, beforeOf(node, orders), database)
    if (denied) return failed(denied.error, denied.cause, false)
    current = afterMigration(current, node.id)
    try {
      writeStep(rows, node, beforeOf(node, orders), lookup, current, orders)
    } catch (error) {
      if (!(error instanceof WriteFailure)) throw error
      return failed(error.error, error.cause, error.messageUncertain)
    }
    rows.applied.add(node)
  }
  return { outcome: 'succeeds', targets: [], steps, versionsAfter: rows.stored, orderFree: false }
}

/**
 * Returns the database state after this migration, before Alembic updates the version table. The migration may have
 * widened the version column.
 */
function afterMigration(database: DatabaseState, revision: string): DatabaseState {
  const { versionTable } = database
  const width = versionTable.widths?.get(revision)
  if (width === undefined) return database
  // If Alembic creates the version table during this upgrade, the column has the default width.
  const columns = versionTable.exists
    ? versionTable.columns
    : [{ name: 'version_num', type: 'character varying(32)', nullable: false, hasDefault: false }]
  const wide = widened({ ...versionTable, columns }, width)
  return { ...database, versionTable: { ...versionTable, exists: true, relation: 'table', ...wide } }
}

/**
 * Returns the first statement against the version table that the role can't run, and its error; null if none is
 * known.
 */
function deniedWrite(
  { env }: Repository,
  rows: VersionRows,
  before: readonly string[],
  database: DatabaseState,
): { readonly error: PythonError; readonly cause: FailureCause } | null {
  const may = database.privileges?.versionRows
  if (!may || !rightsCertain(env, database.dialect)) return null
  const present = before.filter((id) => rows.heads.has(id)).length
  const statement =
    present === 0 ? may.insert || 'INSERT' : present > 1 && !may.delete ? 'DELETE' : may.update || 'UPDATE'
  const { name } = database.versionTable
  const error = dialectOf(database).errors.permissionDenied?.(`table ${name}`)
  if (statement === true || !error) return null
  return { error, cause: { kind: 'version-privilege', statement, table: name } }
}

/**
 * Whether every iteration order leads to the same outcome, because all rows contain exact ids and no parent is
 * redundant. A revision's row is then removed as soon as a descendant runs.
 */
function isOrderFree(graph: RevisionGraph, plan: UpgradePlan, rows: readonly VersionRow[]): boolean {
  const { map } = graph
  if (!map.orderly) return false
  const texts = textsOf(rows)
  if (new Set(texts).size !== texts.length) return false
  if (!texts.every((text) => map.byId.has(text) && text !== 'head' && text !== 'heads' && text !== 'base'))
    return false
  if (plan.steps.some(({ id }) => id === 'head' || id === 'heads')) return false
  const pending = new Set(plan.steps.map(({ id }) => id))
  return !graph.redundantParents.some(({ revision }) => pending.has(revision.id))
}

function causeOf(
  { failure, blame }: BlamedFailure,
  graph: RevisionGraph,
  database: DatabaseState,
  target: string,
): FailureCause {
  const { subject } = failure
  const row = typeof blame === 'object' ? blame : rowBehind(failure, database.versions, target)
  if (subject.kind === 'several-heads') {
    const named = row?.kind === 'text' ? row.value : null
    return { kind: 'multiple-heads', heads: subject.heads, row: named }
  }
  if (subject.kind === 'overlap') {
    const { revision, others } = subject
    return { kind: blame === 'target' ? 'overlapping-targets' : 'overlapping-rows', revision, others }
  }
  if (blame === 'order') return { kind: 'reserved-id', id: 'base' }
  if (row?.kind === 'not-text') return { kind: 'row-not-text', repr: row.repr }
  if (row?.kind === 'text') {
    if (row.value === '') return { kind: 'empty-row' }
    if (subject.kind !== 'not-found') return { kind: 'impossible-row', row: row.value }
    if (graph.files.length === 0) return { kind: 'no-files', row: row.value }
    return { kind: 'unknown-row', row: row.value, candidates: subject.candidates }
  }
  if (blame === 'rows') return { kind: 'impossible-row', row: textsOf(database.versions)[0] ?? '' }
  if (subject.kind === 'not-found') return { kind: 'unknown-target', target, candidates: subject.candidates }
  return { kind: 'impossible-target', target }
}

/**
 * Returns the version row that makes a relative target such as `+1` or `label@+1` fail; null if there is none. Alembic
 * counts such targets from the version rows.
 */
function rowBehind(failure: AlembicFailure, rows: readonly VersionRow[], target: string): VersionRow | null {
  if (!/^(?:.+?@)?[+-]\d/u.test(target)) return null
  const { subject } = failure
  if (subject.kind === 'not-text') return rows.find(({ kind }) => kind === 'not-text') ?? null
  return (
    rows.find((row) => {
      if (row.kind !== 'text') return false
      if (subject.kind === 'assertion') return row.value === ''
      if (subject.kind === 'several-heads') return row.value === subject.argument
      return subject.kind === 'not-found' && row.value.endsWith(subject.argument)
    }) ?? null
  )
}

/**
 * Returns the message of the TypeError that `upgrade(**keywords)` raises, without the leading `upgrade() `; null if the
 * call is valid.
 */
function refusedCall(binding: FunctionBinding, keywords: readonly string[]): string | null {
  if (binding.kind !== 'function') return null
  const { keywords: taken, required } = binding
  const surplus = taken === null ? undefined : keywords.find((keyword) => !taken.includes(keyword))
  if (surplus !== undefined) return `got an unexpected keyword argument '${surplus}'`
  const missing = required.filter((name) => !keywords.includes(name)).map((name) => `'${name}'`)
  if (missing.length === 0) return null
  const last = missing.at(-1) ?? ''
  const list = missing.length < 3 ? missing.join(' and ') : `${missing.slice(0, -1).join(', ')}, and ${last}`
  return `missing ${missing.length} required positional argument${missing.length === 1 ? '' : 's'}: ${list}`
}

function textsOf(rows: readonly VersionRow[]): readonly string[] {
  return rows.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
}
