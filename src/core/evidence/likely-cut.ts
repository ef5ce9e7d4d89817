/**
 * The cut that leaves least to explain, where the facts prove none: a lost migration may have dropped or changed things,
 * and a step that can't be read may have done anything, so that each absence has another explanation. Compares all
 * cuts; what is as well explained by two of them is not decided here.
 */
import type { RevisionGraph } from '../history/revision-graph.ts'
import { ancestorsOf, descendantsOf } from '../history/revision-graph.ts'
import { type Operations, changesSchema } from '../history/operation.ts'
import type { Naming } from '../schema/object-keys.ts'
import { trackObjects } from './object-lifecycle.ts'
import { type Stamps, type StateConstraint, stateConstraintOf, holds } from './schema-constraints.ts'

/** A cut, and what has to be assumed for it. */
export interface LikelyCut {
  readonly applied: ReadonlySet<string>
  /** Labels of objects that the lost migration must have dropped, changed or made, one of each table. */
  readonly changed: readonly string[]
  /** Revisions behind the cut that do nothing to the schema: with them it would be as good. */
  readonly silent: readonly string[]
}

/** Cuts that are compared, at most. */
const maxCuts = 4000

/** Cuts that are equally good, at most. */
const maxTies = 200

/** Null: none leaves less to explain than all others, or there are too many. */
export function likelyCut(
  graph: RevisionGraph,
  stamps: Stamps,
  operations: ReadonlyMap<string, Operations>,
  live: ReadonlyMap<string, string>,
  naming: Naming,
): LikelyCut | null {
  const constraints = trackObjects(graph, readable(operations), naming).flatMap(
    (object) => stateConstraintOf(object, live) ?? [],
  )
  const best = lightestCuts(graph, stamps, constraints)
  const [first] = best?.toSorted((a, b) => a.size - b.size) ?? []
  if (!best || !first) return null
  const beyond = new Set(best.flatMap((applied) => [...applied].filter((id) => !first.has(id))))
  const nested = best.every((applied) => [...first].every((id) => applied.has(id)))
  if (!nested || [...beyond].some((id) => mayChangeSchema(operations.get(id)))) return null
  return { applied: first, changed: [...violatedIn(first, constraints).values()], silent: [...beyond] }
}

/** May a revision change the schema? */
function mayChangeSchema(steps: Operations | undefined): boolean {
  return steps?.kind !== 'operations' || steps.operations.some(changesSchema)
}

/**
 * Of all sets of revisions that can have run (with every revision its ancestors), those that leave least to explain.
 * Null: there are too many. Each set is reached once, from one that lacks a single revision, so that only what that
 * revision touches is looked at again.
 */
function lightestCuts(
  graph: RevisionGraph,
  { lost, known }: Stamps,
  constraints: readonly StateConstraint[],
): readonly ReadonlySet<string>[] | null {
  const isLost = new Set(lost)
  const cut = new Set([...ancestorsOf(graph, known)].filter((id) => !isLost.has(id)))
  const behind = descendantsOf(graph, [...known, ...lost])
  const open = [...graph.map.byId.values()]
    .filter(({ id }) => !cut.has(id) && !behind.has(id))
    .toSorted((a, b) => a.depth - b.depth || a.index - b.index)
  const place = new Map(open.map(({ id }, index) => [id, index]))
  const parentsIn = (id: string): readonly string[] =>
    [...(graph.map.byId.get(id)?.before ?? [])].filter((parent) => place.has(parent))
  const children = new Map<string, string[]>()
  for (const { id } of open)
    for (const parent of parentsIn(id)) children.set(parent, [...(children.get(parent) ?? []), id])
  const weighed = weigher(cut, constraints)
  let cuts = 0
  let least = Infinity
  let best: ReadonlySet<string>[] = []
  /** `ready`: what may be added, in order of place. False: too many. */
  const visit = (ready: readonly string[]): boolean => {
    cuts += 1
    if (cuts > maxCuts) return false
    if (weighed.weight() < least) {
      least = weighed.weight()
      best = []
    }
    if (weighed.weight() === least && best.push(new Set(cut)) > maxTies) return false
    return ready.every((id, index) => {
      cut.add(id)
      weighed.lookAgain(id)
      const next = (children.get(id) ?? []).filter((child) => parentsIn(child).every((one) => cut.has(one)))
      const more = [...ready.slice(index + 1), ...next].toSorted(
        (a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0),
      )
      const going = visit(more)
      cut.delete(id)
      weighed.lookAgain(id)
      return going
    })
  }
  const start = open.flatMap(({ id }) => (parentsIn(id).length === 0 ? [id] : []))
  return visit(start) ? best : null
}

/** How much a set of revisions that changes leaves to explain, counted by table. */
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
    // The lost migration drops what others made more often than it makes what another one is going to make.
    weight: () => violated.size + made.size,
    lookAgain: (revision) => {
      for (const one of touching.get(revision) ?? []) look(one)
    },
  }
}

/** By table, what doesn't look as these revisions leave it. */
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

/** It is there without its migration. */
function isMade({ object, live }: StateConstraint): boolean {
  return object.kind === 'presence' && live === 'present'
}

/** What is known to be done: steps that can't be read are left out. */
function readable(operations: ReadonlyMap<string, Operations>): ReadonlyMap<string, Operations> {
  return new Map(
    [...operations].map(([id, steps]) => [
      id,
      {
        kind: 'operations',
        operations:
          steps.kind === 'operations' ? steps.operations.filter(({ kind }) => kind !== 'opaque') : [],
      },
    ]),
  )
}
