/** Compares the effects of all revisions with the live schema. This is slow, so the result is shared. */
import type { RevisionGraph } from '../history/revision-graph.ts'
import type { MigrationModule } from '../history/migration-module.ts'
import type { Operations } from '../history/operation.ts'
import type { SchemaSnapshot } from '../schema/schema-snapshot.ts'
import { derivedNameTest, liveStates } from './live-states.ts'
import { withoutOpaque } from './likely-cut.ts'
import { type TrackedObject, trackObjects } from './object-lifecycle.ts'
import { type StateConstraint, stateConstraintOf } from './schema-constraints.ts'
import { unreadTest } from './unread-objects.ts'

/** Evidence from the live schema about each object in the migrations. */
export interface SchemaComparison {
  readonly objects: readonly TrackedObject[]
  readonly constraints: readonly StateConstraint[]
  /** Returns the constraints that follow from the readable steps alone. */
  readonly certain: () => readonly StateConstraint[]
  /** Each revision's lasting effects, by revision id. */
  readonly effects: ReadonlyMap<string, Effects>
}

/**
 * Labels for a revision's lasting effects. `there` lists the effects found in the live schema; `missing` lists the
 * effects missing from it.
 */
export interface Effects {
  readonly there: readonly string[]
  readonly missing: readonly string[]
}

interface Compared {
  readonly schema: SchemaSnapshot
  /** The graph's migration files, in load order. Null if the comparison is valid only for one graph. */
  readonly modules: readonly MigrationModule[] | null
  readonly comparison: SchemaComparison
}

const known = new WeakMap<ReadonlyMap<string, Operations>, Compared>()

/**
 * Compares the revisions' expected effects with the live schema. Caches the result, unless a file refers to a
 * lost revision.
 */
export function compareSchema(
  graph: RevisionGraph,
  lost: readonly string[],
  operations: ReadonlyMap<string, Operations>,
  schema: SchemaSnapshot,
): SchemaComparison {
  const { byId } = graph.map
  if (graph.problem || lost.some((id) => (byId.get(id)?.dependents.length ?? 0) > 0)) {
    const comparison = compare(graph, lost, operations, schema)
    known.set(operations, { schema, modules: null, comparison })
    return comparison
  }
  const isLost = new Set(lost)
  const modules = [...byId.values()].flatMap(({ id, revision }) => (isLost.has(id) ? [] : [revision.module]))
  const before = known.get(operations)
  if (before?.schema === schema && before.modules?.length === modules.length) {
    if (before.modules.every((module, index) => module === modules[index])) return before.comparison
  }
  const comparison = compare(graph, lost, operations, schema)
  known.set(operations, { schema, modules, comparison })
  return comparison
}

/**
 * Returns the objects in the revisions' operations, from the latest comparison if there is one. Its graph may contain
 * lost revisions, which put more objects in a definite order.
 */
export function comparedObjects(
  graph: RevisionGraph,
  operations: ReadonlyMap<string, Operations>,
  schema: SchemaSnapshot,
): readonly TrackedObject[] {
  const latest = known.get(operations)
  const { objects } =
    latest?.schema === schema ? latest.comparison : compareSchema(graph, [], operations, schema)
  return objects
}

function compare(
  graph: RevisionGraph,
  lost: readonly string[],
  operations: ReadonlyMap<string, Operations>,
  schema: SchemaSnapshot,
): SchemaComparison {
  const all = withStandIns(operations, lost)
  const { objects, constraints } = constraintsOf(graph, all, schema, true)
  const certain = (): readonly StateConstraint[] => {
    const readable = withoutOpaque(all)
    return readable === all ? constraints : constraintsOf(graph, readable, schema, false).constraints
  }
  return { objects, constraints, certain, effects: effectsByRevision(constraints) }
}

/** `complete`: whether `operations` contains all steps, not just the readable ones. */
function constraintsOf(
  graph: RevisionGraph,
  operations: ReadonlyMap<string, Operations>,
  schema: SchemaSnapshot,
  complete: boolean,
): Pick<SchemaComparison, 'objects' | 'constraints'> {
  const naming = { dialect: schema.dialect, defaultSchema: schema.defaultSchema }
  const objects = trackObjects(graph, operations, naming)
  const live = liveStates(
    schema,
    naming,
    objects.some(({ kind }) => kind === 'property'),
  )
  const mayBeRenamed = derivedNameTest(schema, naming)
  const isUnread = unreadTest(schema, operations, objects, live)
  const constraints = objects.flatMap((one) =>
    isUnread(one) ? [] : (stateConstraintOf(one, live, complete, mayBeRenamed) ?? []),
  )
  return { objects, constraints }
}

/** Adds an entry for each lost revision. The entry has no operations, because they are unknown. */
export function withStandIns(
  operations: ReadonlyMap<string, Operations>,
  lost: readonly string[],
): ReadonlyMap<string, Operations> {
  if (lost.length === 0) return operations
  const all = new Map(operations)
  for (const id of lost) all.set(id, nothing)
  return all
}

const nothing: Operations = { kind: 'operations', operations: [] }

function effectsByRevision(constraints: readonly StateConstraint[]): ReadonlyMap<string, Effects> {
  const found = new Map<string, { readonly there: string[]; readonly missing: string[] }>()
  for (const { object, live } of constraints) {
    for (const { revision, before, after } of object.touches) {
      if (after === null || after === before) continue
      const left = found.get(revision) ?? { there: [], missing: [] }
      found.set(revision, left)
      ;(after === live ? left.there : left.missing).push(object.label)
    }
  }
  return found
}
