/**
 * Finds the simplest explanation of the live schema after a migration was lost. Missing objects prove nothing,
 * because the lost migration may have dropped them.
 */
import type { RevisionGraph } from '../history/revision-graph.ts'
import { ancestorsOf, descendantsOf } from '../history/revision-graph.ts'
import { parentsFirst } from '../history/parents-first.ts'
import { type Operation, type Operations, changesSchema } from '../history/operation.ts'
import { type Stamps, type StateConstraint, holds } from './schema-constraints.ts'

/** A set of applied revisions, along with the assumptions behind it. */
export interface LikelyCut {
  readonly applied: ReadonlySet<string>
  /** Objects that the lost migration presumably dropped, changed or created; one label per table. */
  readonly changed: readonly string[]
  /** Revisions that don't change the schema and so may or may not have run. */
  readonly silent: readonly string[]
}

/** Maximum number of candidates to compare. Each is a possible set of applied revisions. */
const maxCuts = 4000

/** Maximum number of equally simple sets to keep. */
const maxTies = 200

/** The simplest explanations of the live schema. */
export interface SimplestCuts {
  /**
   * Sets of applied revisions that leave equally few objects unexplained. Null if there are too many candidates, or if
   * they can't be compared.
   */
  readonly cuts: readonly ReadonlySet<string>[] | null
  /** The only one; null if there are several that differ in more than revisions without effect on the schema. */
  readonly likely: LikelyCut | null
  /** Whether a set of applied revisions explains every object without unreadable steps. */
  readonly explains: (applied: ReadonlySet<string>) => boolean
}

/** Finds the simplest explanations. `constraints` must come from readable steps (`withoutOpaque`). */
export function simplestCuts(
  graph: RevisionGraph,
  stamps: Stamps,
  operations: ReadonlyMap<string, Operations>,
  constraints: readonly StateConstraint[],
): SimplestCuts {
  const cuts = lightestCuts(graph, stamps, constraints)
  return {
    cuts,
    likely: onlyCut(cuts, operations, constraints),
    explains: (applied) => constraints.every((one) => holds(one, applied)),
  }
}

function onlyCut(
  best: readonly ReadonlySet<string>[] | null,
  operations: ReadonlyMap<string, Operations>,
  constraints: readonly StateConstraint[],
): LikelyCut | null {
  const [first] = best?.toSorted((a, b) => a.size - b.size) ?? []
  if (!best || !first) return null
  const beyond = new Set(best.flatMap((applied) => [...applied].filter((id) => !first.has(id))))
  const nested = best.every((applied) => [...first].every((id) => applied.has(id)))
  if (!nested || [...beyond].some((id) => mayChangeSchema(operations.get(id)))) return null
  return { applied: first, changed: [...violatedIn(first, constraints).values()], silent: [...beyond] }
}

function mayChangeSchema(steps: Operations | undefined): boolean {
  return (
    steps?.kind !== 'operations' || steps.operations.some((step) => changesSchema(step) || !repeats(step))
  )
}

/** Whether the step may run again. Objects such as views and triggers can't be created or dropped twice. */
function repeats(step: Operation): boolean {
  if (step.kind !== 'unrelated') return true
  if (!step.changes) return step.newFunction?.replaces || step.drops?.ifExists || repeatable.test(step.what)
  const { change, lenient, object } = step.changes
  return change === 'replace' || lenient || object === 'temporary table'
}

const repeatable =
  /^(?:comment|setting|maintenance|refresh|privilege|transaction|VACUUM|role|lock)$|^COMMENT ON /

/**
 * Finds the sets with the fewest tables of unexplained objects; null if there are too many sets, if a set with more
 * tables has fewer objects, or if such a set leaves an existing object unexplained. For each set, rechecks only the
 * objects affected by its difference from the previous set.
 */
function lightestCuts(
  graph: RevisionGraph,
  { lost, known }: Stamps,
  constraints: readonly StateConstraint[],
): readonly ReadonlySet<string>[] | null {
  const isLost = new Set(lost)
  const cut = new Set([...ancestorsOf(graph, known)].filter((id) => !isLost.has(id)))
  const behind = descendantsOf(graph, [...known, ...lost])
  const open = parentsFirst(graph.map).filter(({ id }) => !cut.has(id) && !behind.has(id))
  // The number of sets always exceeds the number of revisions, even in a linear history.
  if (open.length >= maxCuts) return null
  const place = new Map(open.map(({ id }, index) => [id, index]))
  const parentsIn = (id: string): readonly string[] =>
    [...(graph.map.byId.get(id)?.before ?? [])].filter((parent) => place.has(parent))
  const children = new Map<string, string[]>()
  for (const { id } of open)
    for (const parent of parentsIn(id)) {
      const own = children.get(parent) ?? []
      children.set(parent, own)
      own.push(id)
    }
  const weighed = weigher(cut, constraints)
  /** The revisions added so far, latest first. A linked list, so that lists can share nodes. */
  let added: Added | null = null
  let best: (Added | null)[] = []
  let least = Infinity
  /** The most objects that a best set leaves unexplained, and the fewest that any set does. */
  let most = 0
  let fewest = Infinity
  let surprising = false
  let cuts = 0
  /** Compares the current set with the best sets so far. Returns false if a limit is exceeded. */
  const weigh = (): boolean => {
    cuts += 1
    if (cuts > maxCuts) return false
    const weight = weighed.weight()
    if (weight < least) {
      least = weight
      best = []
      most = 0
      surprising = false
    }
    fewest = Math.min(fewest, weighed.objects())
    if (weight !== least) return true
    most = Math.max(most, weighed.objects())
    surprising ||= weighed.surprising()
    return best.push(added) <= maxTies
  }
  const first = new Set(cut)
  // Don't recurse: a history can be deeper than the call stack.
  const steps: Step[] = [
    { ready: open.flatMap(({ id }) => (parentsIn(id).length === 0 ? [id] : [])), next: 0 },
  ]
  if (!weigh()) return null
  for (let step = steps.at(-1); step; step = steps.at(-1)) {
    const id = step.ready[step.next]
    if (id === undefined) {
      steps.pop()
      if (added === null) break
      cut.delete(added.id)
      weighed.lookAgain(added.id)
      added = added.before
      continue
    }
    step.next += 1
    cut.add(id)
    weighed.lookAgain(id)
    added = { id, before: added }
    if (!weigh()) return null
    const next = (children.get(id) ?? []).filter((child) => parentsIn(child).every((one) => cut.has(one)))
    const ready = [...step.ready.slice(step.next), ...next].toSorted(
      (a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0),
    )
    steps.push({ ready, next: 0 })
  }
  return surprising || most > fewest ? null : best.map((one) => withAdded(first, one))
}

interface Added {
  readonly id: string
  readonly before: Added | null
}

/** The revisions that can be added, and the index of the next one to add. */
interface Step {
  readonly ready: readonly string[]
  next: number
}

function withAdded(first: ReadonlySet<string>, last: Added | null): ReadonlySet<string> {
  const ids: string[] = []
  for (let one = last; one; one = one.before) ids.push(one.id)
  return new Set([...first, ...ids.toReversed()])
}

interface Weigher {
  /** Counts the tables with unexplained objects. */
  readonly weight: () => number
  /** Counts the unexplained objects. Parts of a missing table don't count, nor do missing indexes beside columns. */
  readonly objects: () => number
  /** Whether an existing object is unexplained. */
  readonly surprising: () => boolean
  /** Rechecks the objects affected by an added or removed revision. */
  readonly lookAgain: (revision: string) => void
}

function weigher(cut: ReadonlySet<string>, constraints: readonly StateConstraint[]): Weigher {
  const touching = new Map<string, StateConstraint[]>()
  for (const one of constraints)
    for (const { revision } of one.object.touches) {
      const own = touching.get(revision) ?? []
      touching.set(revision, own)
      if (own.at(-1) !== one) own.push(one)
    }
  const violated = new Map<string, number>()
  const made = new Map<string, number>()
  const broken = new Set<StateConstraint>()
  const columns = new Map<string, number>()
  const missingTables = new Set<string>()
  let objects = 0
  const objectsIn = (group: string): number => {
    const surprises = made.get(group) ?? 0
    const missing = (violated.get(group) ?? 0) - surprises
    return surprises + (missingTables.has(group) ? 1 : (columns.get(group) ?? missing))
  }
  const count = (groups: Map<string, number>, group: string, by: number): void => {
    const sum = (groups.get(group) ?? 0) + by
    if (sum === 0) groups.delete(group)
    else groups.set(group, sum)
  }
  const look = (one: StateConstraint): void => {
    const holding = holds(one, cut)
    if (holding !== broken.has(one)) return
    const by = holding ? -1 : 1
    if (holding) broken.delete(one)
    else broken.add(one)
    const group = groupOf(one)
    objects -= objectsIn(group)
    count(violated, group, by)
    if (isMade(one)) count(made, group, by)
    else if (one.object.key.startsWith('column ')) count(columns, group, by)
    else if (one.object.key === group && holding) missingTables.delete(group)
    else if (one.object.key === group) missingTables.add(group)
    objects += objectsIn(group)
  }
  for (const one of constraints) look(one)
  return {
    // A table with an unexpected object counts twice, because a lost migration more likely dropped an object than
    // created one that a pending revision also creates.
    weight: () => violated.size + made.size,
    objects: () => objects,
    surprising: () => made.size > 0,
    lookAgain: (revision) => {
      for (const one of touching.get(revision) ?? []) look(one)
    },
  }
}

/** For each table, returns the label of the first object that contradicts this set of applied revisions. */
function violatedIn(
  applied: ReadonlySet<string>,
  constraints: readonly StateConstraint[],
): ReadonlyMap<string, string> {
  const violated = new Map<string, string>()
  for (const one of constraints)
    if (!holds(one, applied) && !violated.has(groupOf(one))) violated.set(groupOf(one), one.object.label)
  return violated
}

function groupOf({ object }: StateConstraint): string {
  return object.table ?? object.key
}

/** Whether a violated constraint is about an object that exists. */
function isMade({ object, live }: StateConstraint): boolean {
  return object.kind === 'presence' && live === 'present'
}

/** Removes unreadable steps. Returns the same map if there are none. */
export function withoutOpaque(operations: ReadonlyMap<string, Operations>): ReadonlyMap<string, Operations> {
  const readable = ({ kind }: Operation): boolean => kind !== 'opaque'
  if (
    [...operations.values()].every((steps) => steps.kind === 'operations' && steps.operations.every(readable))
  )
    return operations
  return new Map(
    [...operations].map(([id, steps]): [string, Operations] => [
      id,
      {
        kind: 'operations',
        operations: steps.kind === 'operations' ? steps.operations.filter(readable) : [],
      },
    ]),
  )
}
