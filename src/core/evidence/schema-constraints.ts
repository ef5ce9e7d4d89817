/** Infers from live objects which revisions must have run, and which can't have run. */
import { type RevisionGraph, ancestorsOf, descendantsOf } from '../history/revision-graph.ts'
import type { Links } from '../history/revision-map.ts'
import { behindConstraint } from './live-states.ts'
import type { TrackedObject } from './object-lifecycle.ts'

/** The revision ids in the version table. */
export interface Stamps {
  /** Ids that no file defines. The graph may contain stubs for them. */
  readonly lost: readonly string[]
  /** Ids that a migration file defines. */
  readonly known: readonly string[]
}

/**
 * A tracked object, and the points in its history that match its live state. Point 0 is before the first
 * change.
 */
export interface StateConstraint {
  readonly object: TrackedObject
  readonly live: string
  readonly allowed: readonly number[]
}

/**
 * Returns the constraint that an object's live state implies; null if there is none. `complete` is false if
 * unreadable steps were removed from the history. For `mayBeRenamed`, see `derivedNameTest`.
 */
export function stateConstraintOf(
  object: TrackedObject,
  states: ReadonlyMap<string, string>,
  complete: boolean,
  mayBeRenamed: (object: TrackedObject) => boolean,
): StateConstraint | null {
  const live = states.get(object.key) ?? 'absent'
  const { touches } = object
  if (live === behindConstraint || (live === 'absent' && mayBeRenamed(object))) return null
  let allowed: readonly number[] = []
  let matches = false
  for (let index = 0; index <= touches.length; index++) {
    const left = index === 0 ? (touches[0]?.before ?? null) : (touches[index - 1]?.after ?? null)
    // A removed step may have changed the object before the next change.
    const state = left ?? (complete ? (touches[index]?.before ?? null) : null)
    if (state === null || state === live)
      allowed = allowed.length === 0 ? onlyPosition(index) : [...allowed, index]
    matches ||= state === live
  }
  // A property that matches no revision proves nothing. Its value may be spelled differently, or may have
  // been changed manually.
  if (object.kind === 'property' && (live === 'absent' || !matches)) return null
  return allowed.length > touches.length ? null : { object, live, allowed }
}

const onlyPositions: (readonly number[])[] = []

/** Returns a shared one-element list, because most constraints allow only one position. */
function onlyPosition(index: number): readonly number[] {
  return (onlyPositions[index] ??= [index])
}

/** Revisions that certainly ran or certainly didn't. */
export interface Bounds {
  readonly applied: Set<string>
  readonly absent: Set<string>
  /** Objects whose live state contradicts all other evidence. */
  readonly conflicts: { readonly constraint: StateConstraint; readonly rest: 'applied' | 'not applied' }[]
}

/**
 * Applies the constraints until nothing changes. Each pass may show that further revisions ran or didn't run.
 */
export function narrow(
  graph: RevisionGraph,
  { lost, known }: Stamps,
  constraints: readonly StateConstraint[],
): Bounds {
  const applied = new Set(ancestorsOf(graph, known))
  const isLost = new Set(lost)
  for (const id of lost) applied.delete(id)
  // A descendant would have replaced the stamped revision in the version table, so no descendant can have
  // run.
  const absent = new Set(descendantsOf(graph, [...known, ...lost]))
  for (const id of known) absent.delete(id)
  for (const id of lost) absent.delete(id)
  for (const id of applied) absent.delete(id)
  const conflicts: Bounds['conflicts'][number][] = []
  const addApplied = growing(graph, applied, isLost, 'before')
  const addAbsent = growing(graph, absent, isLost, 'dependents')
  let open = constraints
  let changed = true
  /**
   * Applies a constraint. If it contradicts the others, returns whether they imply that the object's revisions are
   * applied.
   */
  const apply = ({ object, allowed }: StateConstraint): Bounds['conflicts'][number]['rest'] | null => {
    const { touches } = object
    const low = positionAfter(object, applied)
    // These loops avoid closures and copies, because there are tens of thousands of constraints.
    let high = 0
    while (high < touches.length && !absent.has(touches[high]?.revision ?? '')) high += 1
    let least: number | undefined
    let most: number | undefined
    for (let at = 0; at < allowed.length; at++) {
      const index = allowed[at] ?? 0
      if (index < low || index > high) continue
      least ??= index
      most = index
    }
    if (least === undefined || most === undefined)
      return allowed.every((index) => index < low) ? 'applied' : 'not applied'
    const ran = least > low ? touches[least - 1] : undefined
    const not = most < high ? touches[most] : undefined
    if (ran) addApplied(ran.revision)
    if (not) addAbsent(not.revision)
    changed ||= ran !== undefined || not !== undefined
    return null
  }
  while (changed) {
    changed = false
    const next: StateConstraint[] = []
    let last: StateConstraint | null = null
    let rest: ReturnType<typeof apply> = null
    for (const one of open) {
      // Most of a revision's objects share one `touches` list, so the previous result can be reused.
      if (last?.object.touches !== one.object.touches || last.allowed !== one.allowed) rest = apply(one)
      last = one
      if (rest === null) next.push(one)
      else {
        conflicts.push({ constraint: one, rest })
        changed = true
      }
    }
    open = next
  }
  return { applied, absent, conflicts }
}

/**
 * Returns a function that adds a revision to `members`, along with everything reachable from it except lost
 * revisions.
 */
function growing(
  graph: RevisionGraph,
  members: Set<string>,
  isLost: ReadonlySet<string>,
  links: Links,
): (id: string) => void {
  const walked = new Set<string>()
  return (start) => {
    const todo = [start]
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      const node = graph.map.byId.get(id)
      if (!node || walked.has(id)) continue
      walked.add(id)
      if (!isLost.has(id)) members.add(id)
      todo.push(...node[links])
    }
  }
}

/** Returns whether the object would be in its live state if exactly these revisions were applied. */
export function holds({ object, allowed }: StateConstraint, applied: ReadonlySet<string>): boolean {
  return allowed.includes(positionAfter(object, applied))
}

/** Returns the point in the object's history after the last of these revisions. */
function positionAfter({ touches }: TrackedObject, applied: ReadonlySet<string>): number {
  let at = touches.length
  while (at > 0 && !applied.has(touches[at - 1]?.revision ?? '')) at -= 1
  return at
}
