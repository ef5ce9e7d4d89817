/**
 * Finds the simplest explanation of the live schema if a migration is lost. A missing object never proves that a
 * revision didn't run, because the lost migration or an unreadable step may have dropped it. Compares all possible sets
 * of applied revisions, and keeps those that tie for the simplest.
 */
import type { RevisionGraph } from '../history/revision-graph.ts'
import { ancestorsOf, descendantsOf } from '../history/revision-graph.ts'
import { parentsFirst } from '../history/parents-first.ts'
import { type Operation, type Operations, changesSchema } from '../history/operation.ts'
import { type Stamps, type StateConstraint, holds } from './schema-constraints.ts'

/** A set of applied revisions, and the assumptions that it requires. */
export interface LikelyCut {
  readonly applied: ReadonlySet<string>
  /**
   * Labels of objects that the lost migration is assumed to have dropped, changed or created. There is one label for
   * each affected table.
   */
  readonly changed: readonly string[]
  /**
   * Revisions that don't change the schema. The explanation is equally simple whether or not these revisions have run.
   */
  readonly silent: readonly string[]
}

/** Maximum number of sets of applied revisions to compare. */
const maxCuts = 4000

/** Maximum number of equally simple sets of applied revisions to keep. */
const maxTies = 200

/**
 * Returns the simplest explanation of the live schema. Returns null if there isn't exactly one, or if there are too
 * many sets of revisions to compare. `constraints` must come from readable steps only (`withoutOpaque`).
 */
export function likelyCut(
  graph: RevisionGraph,
  stamps: Stamps,
  operations: ReadonlyMap<string, Operations>,
  constraints: readonly StateConstraint[],
): LikelyCut | null {
  const best = lightestCuts(graph, stamps, constraints)
  const [first] = best?.toSorted((a, b) => a.size - b.size) ?? []
  if (!best || !first) return null
  const beyond = new Set(best.flatMap((applied) => [...applied].filter((id) => !first.has(id))))
  const nested = best.every((applied) => [...first].every((id) => applied.has(id)))
  if (!nested || [...beyond].some((id) => mayChangeSchema(operations.get(id)))) return null
  return { applied: first, changed: [...violatedIn(first, constraints).values()], silent: [...beyond] }
}

/** Returns whether a revision may change the schema. */
function mayChangeSchema(steps: Operations | undefined): boolean {
  return steps?.kind !== 'operations' || steps.operations.some(changesSchema)
}

/**
 * Finds the sets of applied revisions that leave the fewest objects unexplained; null if there are too many sets. Each
 * set adds one revision to another set, so only that revision's objects have to be compared again.
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
  // Even a linear history has one more set than it has revisions.
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
  /**
   * Revisions added to the initial set so far, with the latest one first. In a linked list, different sets can share
   * nodes.
   */
  let added: Added | null = null
  let best: (Added | null)[] = []
  let least = Infinity
  let cuts = 0
  /**
   * Compares the current set with the best ones so far. Returns false if too many sets have been compared, or if too
   * many are equally good.
   */
  const weigh = (): boolean => {
    cuts += 1
    if (cuts > maxCuts) return false
    const weight = weighed.weight()
    if (weight < least) {
      least = weight
      best = []
    }
    return weight !== least || best.push(added) <= maxTies
  }
  const first = new Set(cut)
  // Uses a loop instead of recursion, because a history can be deeper than the call stack.
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
  return best.map((one) => withAdded(first, one))
}

/** A node of a linked list. It contains a revision and a link to the node that was added before it. */
interface Added {
  readonly id: string
  readonly before: Added | null
}

/** The revisions that can be added to a set, and the index of the next one to try. */
interface Step {
  readonly ready: readonly string[]
  next: number
}

function withAdded(first: ReadonlySet<string>, last: Added | null): ReadonlySet<string> {
  const ids: string[] = []
  for (let one = last; one; one = one.before) ids.push(one.id)
  return new Set([...first, ...ids.toReversed()])
}

/**
 * Counts the tables that have unexplained objects. After a revision is added to `cut` or removed from it, `lookAgain`
 * recounts only the tables that the revision affects.
 */
function weigher(
  cut: ReadonlySet<string>,
  constraints: readonly StateConstraint[],
): { readonly weight: () => number; readonly lookAgain: (revision: string) => void } {
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
    count(violated, groupOf(one), by)
    if (isMade(one)) count(made, groupOf(one), by)
  }
  for (const one of constraints) look(one)
  return {
    // Count a table twice if it contains an unexpected object. A lost migration is more likely to drop an object than
    // to create one that a pending revision also creates.
    weight: () => violated.size + made.size,
    lookAgain: (revision) => {
      for (const one of touching.get(revision) ?? []) look(one)
    },
  }
}

/** For each affected table, returns the label of the first object that contradicts this set of applied revisions. */
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

/**
 * For a violated constraint, returns whether the object exists even though the migration that creates it isn't applied.
 */
function isMade({ object, live }: StateConstraint): boolean {
  return object.kind === 'presence' && live === 'present'
}

/** Removes unreadable steps from the operations. If all steps are readable, returns the same map. */
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
