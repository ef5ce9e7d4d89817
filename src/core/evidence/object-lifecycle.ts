/**
 * Tracks the states of tables, columns, indexes, constraints and types through the history. Needs no live
 * database.
 */
import { dialectOf } from '../dialect/index.ts'
import { storedType } from './stated-types.ts'
import { ancestorTest } from '../history/ancestry-index.ts'
import { mergedConstraints } from '../history/merged-keys.ts'
import { parentsFirst } from '../history/parents-first.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import { type Naming, keysOf } from '../schema/object-keys.ts'
import {
  type Column,
  type Constraint,
  type ObjectName,
  type Operation,
  type Operations,
  hasEffect,
} from '../history/operation.ts'

/** `present`, `absent`, or a property's value; null if unknown. */
export type ObjectState = string | null

/** A revision's effect on an object. `before` is the state that the revision requires. */
export interface StateChange {
  readonly revision: string
  readonly before: ObjectState
  readonly after: ObjectState
}

/** An object or property whose state can be compared with the live schema. */
export interface TrackedObject {
  readonly key: string
  /** Label for messages, such as `column users.email`. */
  readonly label: string
  /** `presence`: whether the object exists. `property`: a column's nullability or type. */
  readonly kind: 'presence' | 'property'
  /** True if a naming convention may have changed the object's name. */
  readonly inexact: boolean
  /** Key of the object's table, or null. */
  readonly table: string | null
  readonly touches: readonly StateChange[]
}

/** Maximum length of a default name. PostgreSQL truncates longer ones. */
const maxDefaultName = 63

/** A tracked object that is still being built. */
interface Tracked extends TrackedObject {
  /** Several objects may share a list with a single change, but never a longer list. */
  touches: StateChange[]
  inexact: boolean
  /** False if no revision alters the property, because its state then proves nothing. */
  altered: boolean
}

/** A table as of the migrations processed so far. Its `parts` are dropped along with it. */
interface Model {
  readonly parts: Map<string, readonly (string | null)[]>
}

/** Columns and tables that some revision alters, drops or renames. Most columns and tables never change. */
interface LaterChanges {
  /** Case-folded names of all columns altered by any revision. */
  readonly columns: ReadonlySet<string>
  /** Keys of all tables that some revision drops or renames, or from which it drops a column. */
  readonly tables: ReadonlySet<string>
}

interface Tracing {
  readonly keys: ReturnType<typeof keysOf>
  readonly naming: Naming
  readonly objects: Map<string, Tracked>
  readonly models: Map<string, Model>
  readonly later: LaterChanges
  readonly wild: { readonly revision: string; readonly tables: ReadonlySet<string> | null }[]
  /** Keys of tables that the current revision dropped, or from which it dropped a column. */
  readonly dropped: Map<string, 'table' | 'column'>
  revision: string
  /** Whether the current revision may have dropped a view, which drops the indexes of a materialized view. */
  droppedView: boolean
  /** The latest change, reused for equal changes. Empty before the first change. */
  latest: StateChange[]
}

/**
 * Returns every object changed by a revision, except those whose final state depends on an undefined order.
 */
export function trackObjects(
  graph: RevisionGraph,
  operations: ReadonlyMap<string, Operations>,
  naming: Naming,
): readonly TrackedObject[] {
  const tracing: Tracing = {
    keys: keysOf(naming),
    naming,
    objects: new Map(),
    models: new Map(),
    later: laterChanges(operations, naming),
    wild: [],
    dropped: new Map(),
    revision: '',
    droppedView: false,
    latest: [],
  }
  const order = parentsFirst(graph.map)
  for (const { id } of order) {
    tracing.revision = id
    tracing.dropped.clear()
    tracing.droppedView = false
    const steps = operations.get(id)
    if (!steps || steps.kind === 'unreadable') tracing.wild.push({ revision: id, tables: null })
    else for (const step of steps.operations) trace(tracing, step)
  }
  const place = new Map(order.map(({ id }, index) => [id, index]))
  const before = orderTest(graph)
  const found: TrackedObject[] = []
  for (const tracked of tracing.objects.values()) {
    if (tracked.kind === 'property' && !tracked.altered) continue
    const touches = withWild(tracked, tracing.wild, place)
    if (before && !isOrdered(tracked, touches, tracing, before)) continue
    found.push(touches === tracked.touches ? tracked : { ...tracked, touches })
  }
  return found
}

/**
 * Finds the columns and tables that any revision changes. Tracking every column and table would double the running
 * time.
 */
function laterChanges(operations: ReadonlyMap<string, Operations>, naming: Naming): LaterChanges {
  const { foldName } = dialectOf(naming)
  const keys = keysOf(naming)
  const columns = new Set<string>()
  const tables = new Set<string>()
  for (const steps of operations.values()) {
    for (const step of steps.kind === 'operations' ? steps.operations : []) {
      if (step.kind === 'alterColumn') columns.add(foldName(step.column))
      if (step.kind === 'dropTable' || step.kind === 'renameTable' || step.kind === 'dropColumn')
        tables.add(keys.table(step.table))
    }
  }
  return { columns, tables }
}

type OrderTest = (a: string, b: string) => boolean

/** Returns a test for whether one revision precedes another; null for a linear history. */
function orderTest(graph: RevisionGraph): OrderTest | null {
  if (graph.branchPoints.length === 0 && graph.bases.length <= 1) return null
  const { byId } = graph.map
  const before = ancestorTest(graph.map, new Set(byId.values()))
  return (a, b) => {
    const [earlier, later] = [byId.get(a), byId.get(b)]
    return earlier !== undefined && later !== undefined && before(later, earlier)
  }
}

/** Whether the object's revisions run in a known order and no parallel branch drops or renames its table. */
function isOrdered(
  { table }: Tracked,
  touches: readonly StateChange[],
  { objects }: Tracing,
  before: OrderTest,
): boolean {
  const ordered = touches.every(({ revision }, index) => {
    const next = touches[index + 1]
    return !next || before(revision, next.revision)
  })
  const gone = objects.get(table ?? '')?.touches.filter(({ after }) => after === 'absent') ?? []
  const beside = gone.some((drop) =>
    touches.some(
      ({ revision }) =>
        revision !== drop.revision && !before(revision, drop.revision) && !before(drop.revision, revision),
    ),
  )
  return ordered && !beside
}

/**
 * Merges an object's known changes with unknown ones. After a revision that makes changes of both kinds, the
 * object's state is unknown.
 */
function withWild(
  { touches, table }: Tracked,
  wild: Tracing['wild'],
  place: ReadonlyMap<string, number>,
): readonly StateChange[] {
  if (wild.length === 0) return touches
  const doubtful = new Set(
    wild.flatMap(({ revision, tables }) =>
      tables === null || (table !== null && tables.has(table)) ? [revision] : [],
    ),
  )
  if (doubtful.size === 0) return touches
  const [first] = touches
  const own = touches.map((one) => {
    if (!doubtful.has(one.revision)) return one
    return { ...one, before: one === first && one.before === 'absent' ? one.before : null, after: null }
  })
  const touching = new Set(touches.map(({ revision }) => revision))
  const others = [...doubtful].filter((revision) => !touching.has(revision))
  const at = (revision: string): number => place.get(revision) ?? 0
  // If the first known change creates the object, earlier unknown changes don't matter.
  const mattering = first?.before === 'absent' ? others.filter((id) => at(id) > at(first.revision)) : others
  return [...own, ...mattering.map((revision) => ({ revision, before: null, after: null }))].toSorted(
    (a, b) => at(a.revision) - at(b.revision),
  )
}

function touch(
  tracing: Tracing,
  key: string,
  [before, after]: readonly [ObjectState, ObjectState],
  about: { readonly table?: ObjectName | null; readonly inexact?: boolean; readonly altered?: boolean } = {},
): void {
  const table = about.table ? tracing.keys.table(about.table) : null
  const { inexact = false, altered = false } = about
  const { revision } = tracing
  const tracked = tracing.objects.get(key)
  if (tracked === undefined) {
    const birth = before !== 'present' || key.startsWith('index ') ? null : birthOf(tracing, table)
    const only = changesOf(tracing, beforeRevision(tracing, key, table, before), after)
    const touches =
      birth === null ? only : [{ revision: birth, before: 'absent', after: null } as const, ...only]
    const property = /^(?:nullable|type) /.test(key)
    const label = property ? `${key.replace(/^\w+/, 'column')} (${key.split(' ', 1)[0] ?? ''})` : key
    const kind = property ? 'property' : 'presence'
    tracing.objects.set(key, { key, label, kind, inexact, altered, table, touches })
    return
  }
  tracked.inexact ||= inexact
  tracked.altered ||= altered
  if (tracked.touches.length === 1) tracked.touches = [...tracked.touches]
  const { touches } = tracked
  const last = touches.at(-1)
  if (last?.revision === revision) touches[touches.length - 1] = { ...last, after }
  else touches.push(...changesOf(tracing, beforeRevision(tracing, key, table, before), after))
}

/**
 * Returns a list with one change by the current revision. Reuses the latest list if it is equal, because most changes
 * in a revision are the same.
 */
function changesOf(tracing: Tracing, before: ObjectState, after: ObjectState): StateChange[] {
  const { latest, revision } = tracing
  const [last] = latest
  if (last?.revision === revision && last.before === before && last.after === after) return latest
  return (tracing.latest = [{ revision, before, after }])
}

/**
 * Returns the earlier revision that created or renamed the table. The table's columns, indexes and
 * constraints can't be older.
 */
function birthOf({ objects, revision }: Tracing, table: string | null): string | null {
  const first = objects.get(table ?? '')?.touches[0]
  return first?.before === 'absent' && first.revision !== revision ? first.revision : null
}

/**
 * Given the state that a step requires, returns the state that the object must be in before the revision
 * runs.
 */
function beforeRevision(
  tracing: Tracing,
  key: string,
  table: string | null,
  before: ObjectState,
): ObjectState {
  if (table === null) return before
  const onView = tracing.droppedView && key.startsWith('index ') && !isCreated(tracing, table)
  if (before === 'absent' && onView) return null
  // This revision created or renamed the table, so no such column or constraint existed before. Indexes are
  // excluded, because their keys don't contain the table's name.
  if (before === 'present' && !key.startsWith('index ') && isBornIn(tracing, table)) return 'absent'
  // Dropping a column also drops untracked constraints and indexes. A new object may reuse a dropped name.
  const dropped = tracing.dropped.get(table)
  const mayBeDropped = dropped === 'table' || (dropped === 'column' && !key.startsWith('column '))
  return before === 'absent' && mayBeDropped ? null : before
}

/** Whether the current revision created or renamed the table. */
function isBornIn({ objects, revision }: Tracing, table: string): boolean {
  const last = objects.get(table)?.touches.at(-1)
  return last?.revision === revision && last.before === 'absent' && last.after === 'present'
}

/** Whether the current or an earlier revision created or renamed the table. */
function isCreated({ objects }: Tracing, table: string): boolean {
  return objects.get(table)?.touches.some(({ after }) => after === 'present') ?? false
}

/** Records a part of the table, such as an index, if some revision may drop it implicitly. */
function keepPart(
  tracing: Tracing,
  table: ObjectName,
  key: string,
  columns: readonly (string | null)[],
): void {
  if (tracing.later.tables.has(tracing.keys.table(table))) modelOf(tracing, table).parts.set(key, columns)
}

function modelOf(tracing: Tracing, table: ObjectName): Model {
  const key = tracing.keys.table(table)
  const model = tracing.models.get(key) ?? { parts: new Map<string, readonly (string | null)[]>() }
  tracing.models.set(key, model)
  return model
}

/** Returns the state required by a statement; null if it uses `IF [NOT] EXISTS`. */
function needs(state: 'present' | 'absent', lenient: boolean): ObjectState {
  return lenient ? null : state
}

function addPart(
  tracing: Tracing,
  table: ObjectName,
  key: string,
  columns: readonly (string | null)[],
  { lenient = false, inexact = false, unsure = false } = {},
): void {
  const after = unsure ? null : 'present'
  touch(tracing, key, [needs('absent', lenient), after], { table, inexact })
  keepPart(tracing, table, key, columns)
}

function addColumn(tracing: Tracing, table: ObjectName, column: Column, lenient: boolean): void {
  const { keys, naming } = tracing
  addPart(tracing, table, keys.column(table, column.name), [column.name], { lenient })
  if (!mayBeAltered(tracing, column.name)) return
  const type = storedType(column.type, dialectOf(naming))
  const nullable = column.nullable === null ? null : String(column.nullable)
  const states = [
    [keys.nullable(table, column.name), nullable],
    [keys.type(table, column.name), type],
  ] as const
  for (const [key, state] of states) {
    touch(tracing, key, [lenient ? null : 'absent', lenient ? null : state], { table })
    keepPart(tracing, table, key, [column.name])
  }
}

function mayBeAltered({ later, naming }: Tracing, column: string): boolean {
  return later.columns.has(dialectOf(naming).foldName(column))
}

/** Returns a column's nullability and type after the revisions processed so far. */
function propertiesOf({ keys, objects }: Tracing, table: ObjectName, column: string): readonly ObjectState[] {
  return [keys.nullable(table, column), keys.type(table, column)].map(
    (key) => objects.get(key)?.touches.at(-1)?.after ?? null,
  )
}

/** Sets a column's nullability and type, which are kept if the column or its table is renamed. */
function setProperties(
  tracing: Tracing,
  table: ObjectName,
  column: string,
  properties: readonly ObjectState[],
): void {
  if (!mayBeAltered(tracing, column)) return
  const { keys } = tracing
  for (const [index, key] of [keys.nullable(table, column), keys.type(table, column)].entries()) {
    touch(tracing, key, ['absent', properties[index] ?? null], { table })
    keepPart(tracing, table, key, [column])
  }
}

/** Whether a batch may lose CHECK constraints when it copies the table. */
function mayLoseChecks({ naming }: Tracing): boolean {
  return !dialectOf(naming).altersInPlace
}

/**
 * Returns PostgreSQL's default name for a constraint (ChooseConstraintName in indexcmds.c); null if it would
 * be truncated.
 */
function nameByDefault(table: string, constraint: Constraint): string | null {
  if (constraint.kind === 'primaryKey') return `${table}_pkey`
  if (constraint.kind !== 'foreignKey' && constraint.kind !== 'unique') return null
  const name = `${table}_${constraint.columns.join('_')}_${constraint.kind === 'unique' ? 'key' : 'fkey'}`
  return name.length > maxDefaultName ? null : name
}

function addConstraints(
  tracing: Tracing,
  table: ObjectName,
  constraints: Extract<Operation, { kind: 'createTable' }>['constraints'],
  lenient: boolean,
): void {
  for (const constraint of constraints) {
    if (constraint.kind === 'check' && mayLoseChecks(tracing)) continue
    const columns = 'columns' in constraint ? constraint.columns : [null]
    if (constraint.name === null) {
      // A naming convention may change the name, so the default name may or may not exist.
      const likely = nameByDefault(table.name, constraint)
      if (likely !== null) touch(tracing, tracing.keys.constraint(table, likely), [null, null], { table })
      continue
    }
    const key = tracing.keys.constraint(table, constraint.name)
    addPart(tracing, table, key, columns, { lenient, inexact: !constraint.exact })
  }
}

function addIndexes(
  tracing: Tracing,
  table: ObjectName,
  indexes: Extract<Operation, { kind: 'createTable' }>['indexes'],
  lenient: boolean,
): void {
  for (const { name, columns, exact } of indexes) {
    if (name === null) continue
    const key = tracing.keys.index({ schema: table.schema, name })
    addPart(tracing, table, key, columns, { lenient, inexact: !exact })
  }
}

/** Sets the state of all the table's known columns, indexes and constraints. */
function leaveParts(tracing: Tracing, table: ObjectName, after: ObjectState): void {
  const { parts } = modelOf(tracing, table)
  for (const key of parts.keys()) touch(tracing, key, [null, after], { table })
  parts.clear()
}

function trace(tracing: Tracing, step: Operation): void {
  const { keys, naming } = tracing
  const dialect = dialectOf(naming)
  if (!hasEffect(step, dialect)) return
  switch (step.kind) {
    case 'createTable':
      touch(tracing, keys.table(step.table), [needs('absent', step.ifNotExists), 'present'], {
        table: step.table,
      })
      for (const column of step.columns ?? []) addColumn(tracing, step.table, column, step.ifNotExists)
      addConstraints(tracing, step.table, mergedConstraints(step, dialect).constraints, step.ifNotExists)
      addIndexes(tracing, step.table, step.indexes, step.ifNotExists)
      return
    case 'dropTable':
      touch(tracing, keys.table(step.table), [needs('present', step.ifExists), 'absent'], {
        table: step.table,
      })
      leaveParts(tracing, step.table, 'absent')
      tracing.droppedView ||= step.cascade
      tracing.dropped.set(keys.table(step.table), 'table')
      return
    case 'renameTable': {
      const { parts } = modelOf(tracing, step.table)
      const columns = [...parts].flatMap(([key, [column]]) =>
        key.startsWith('column ') && column
          ? [{ column, properties: propertiesOf(tracing, step.table, column) }]
          : [],
      )
      touch(tracing, keys.table(step.table), [needs('present', step.ifExists), 'absent'], {
        table: step.table,
      })
      touch(
        tracing,
        keys.table(step.to),
        [step.ifExists ? null : 'absent', step.ifExists ? null : 'present'],
        {
          table: step.to,
        },
      )
      // Renaming a table doesn't rename its indexes and constraints, but constraint keys contain the table's
      // name.
      for (const [key] of parts) {
        touch(tracing, key, [null, key.startsWith('index ') ? null : 'absent'], { table: step.table })
      }
      parts.clear()
      for (const { column, properties } of columns) {
        addPart(tracing, step.to, keys.column(step.to, column), [column])
        setProperties(tracing, step.to, column, properties)
      }
      return
    }
    case 'addColumn':
      addColumn(tracing, step.table, step.column, step.ifNotExists)
      addConstraints(tracing, step.table, step.constraints, step.ifNotExists)
      addIndexes(tracing, step.table, step.indexes, step.ifNotExists)
      return
    case 'dropColumn': {
      const { parts } = modelOf(tracing, step.table)
      tracing.droppedView ||= step.cascade === true
      if (!tracing.dropped.has(keys.table(step.table))) tracing.dropped.set(keys.table(step.table), 'column')
      const own = keys.column(step.table, step.column)
      touch(tracing, own, [needs('present', step.ifExists), 'absent'], { table: step.table })
      parts.delete(own)
      for (const [key, columns] of parts) {
        if (!columns.some((column) => column === null || column === step.column)) continue
        const property = /^(?:nullable|type) /.test(key)
        touch(tracing, key, [null, property ? 'absent' : null], { table: step.table })
        parts.delete(key)
      }
      return
    }
    case 'alterColumn': {
      const { parts } = modelOf(tracing, step.table)
      const about = { table: step.table, altered: true }
      const old = step.column
      if (step.nullable !== null) {
        const after = step.nullable === 'unknown' ? null : String(step.nullable)
        touch(tracing, keys.nullable(step.table, old), [null, after], about)
      }
      if (step.type !== null) {
        const after = storedType(step.type, dialect)
        touch(tracing, keys.type(step.table, old), [null, after], about)
      }
      if (step.newName !== null && step.newName !== old) {
        const properties = propertiesOf(tracing, step.table, old)
        touch(tracing, keys.column(step.table, old), ['present', 'absent'], { table: step.table })
        for (const key of [keys.nullable(step.table, old), keys.type(step.table, old)]) {
          touch(tracing, key, [null, 'absent'], { table: step.table })
          parts.delete(key)
        }
        parts.delete(keys.column(step.table, old))
        addPart(tracing, step.table, keys.column(step.table, step.newName), [step.newName])
        setProperties(tracing, step.table, step.newName, properties)
      }
      return
    }
    case 'createIndex':
      addIndexes(tracing, step.table, [step.index], step.ifNotExists)
      return
    case 'dropIndex': {
      const schema = step.index.schema ?? step.table?.schema ?? null
      touch(
        tracing,
        keys.index({ schema, name: step.index.name }),
        [needs('present', step.ifExists), 'absent'],
        {
          table: step.table,
          inexact: !step.exact,
        },
      )
      return
    }
    case 'renameIndex':
      touch(tracing, keys.index(step.index), [needs('present', step.ifExists), 'absent'])
      touch(tracing, keys.index({ ...step.index, name: step.to }), [null, step.ifExists ? null : 'present'])
      return
    case 'addConstraint':
      addConstraints(tracing, step.table, [step.constraint], false)
      return
    case 'dropConstraint':
      if (step.type === 'check' && mayLoseChecks(tracing)) return
      touch(
        tracing,
        keys.constraint(step.table, step.name),
        // The constraint may have been created without an explicit name.
        [needs('present', step.ifExists), 'absent'],
        { table: step.table, inexact: !step.exact },
      )
      return
    case 'renameConstraint':
      touch(tracing, keys.constraint(step.table, step.name), ['present', 'absent'], { table: step.table })
      addPart(tracing, step.table, keys.constraint(step.table, step.to), [null])
      return
    case 'createEnum':
      touch(tracing, keys.enum(step.enum), [needs('absent', step.ifNotExists), 'present'])
      for (const value of step.values ?? []) {
        const after = step.ifNotExists ? null : 'present'
        touch(tracing, keys.value(step.enum, value), [null, after])
      }
      return
    case 'dropEnum':
      touch(tracing, keys.enum(step.enum), [needs('present', step.ifExists), 'absent'])
      return
    case 'renameEnum':
      touch(tracing, keys.enum(step.enum), ['present', 'absent'])
      touch(tracing, keys.enum({ ...step.enum, name: step.to }), ['absent', 'present'])
      return
    case 'addEnumValue':
      touch(tracing, keys.value(step.enum, step.value), [needs('absent', step.ifNotExists), 'present'])
      return
    case 'createSchema':
      touch(tracing, keys.schema(step.schema), [needs('absent', step.ifNotExists), 'present'])
      return
    case 'dropSchema':
      touch(tracing, keys.schema(step.schema), [needs('present', step.ifExists), 'absent'])
      tracing.wild.push({ revision: tracing.revision, tables: null })
      return
    case 'opaque': {
      tracing.droppedView = true
      const tables = step.touches && new Set(step.touches.map((table) => keys.table(table)))
      tracing.wild.push({ revision: tracing.revision, tables })
      return
    }
    case 'unrelated':
      tracing.droppedView ||= step.changes?.change !== 'create'
      return
    case 'data':
  }
}
