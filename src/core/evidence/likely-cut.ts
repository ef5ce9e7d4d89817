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

/** Null: none leaves less to explain than all others, or there are too many. */
export function likelyCut(
  graph: RevisionGraph,
  stamps: Stamps,
  operations: ReadonlyMap<string, Operations>,
  live: ReadonlyMap<string, string>,
  naming: Naming,
): LikelyCut | null {
  const cuts = possibleCuts(graph, stamps)
  if (cuts === null) return null
  const constraints = trackObjects(graph, readable(operations), naming).flatMap(
    (object) => stateConstraintOf(object, live) ?? [],
  )
  const judged = cuts.map((applied) => ({ applied, ...toExplain(applied, constraints) }))
  const least = Math.min(...judged.map(({ weight }) => weight))
  const best = judged.filter(({ weight }) => weight === least)
  const [first] = best.toSorted((a, b) => a.applied.size - b.applied.size)
  if (!first) return null
  const beyond = new Set(best.flatMap(({ applied }) => [...applied].filter((id) => !first.applied.has(id))))
  const nested = best.every(({ applied }) => [...first.applied].every((id) => applied.has(id)))
  if (!nested || [...beyond].some((id) => mayChangeSchema(operations.get(id)))) return null
  return { applied: first.applied, changed: [...first.violated.values()], silent: [...beyond] }
}

/** May a revision change the schema? */
function mayChangeSchema(steps: Operations | undefined): boolean {
  return steps?.kind !== 'operations' || steps.operations.some(changesSchema)
}

/** Each set of revisions that can have run: with every revision its ancestors. Null: too many. */
function possibleCuts(graph: RevisionGraph, { lost, known }: Stamps): readonly ReadonlySet<string>[] | null {
  const least = new Set([...ancestorsOf(graph, known)].filter((id) => !lost.includes(id)))
  const behind = descendantsOf(graph, [...known, ...lost])
  const open = [...graph.map.byId.values()]
    .filter(({ id }) => !least.has(id) && !behind.has(id))
    .toSorted((a, b) => a.depth - b.depth || a.index - b.index)
  const place = new Map(open.map(({ id }, index) => [id, index]))
  const cuts: ReadonlySet<string>[] = []
  // Each set is reached once: by adding its revisions in order of their place.
  const grow = (cut: ReadonlySet<string>, from: number): boolean => {
    if (cuts.push(cut) > maxCuts) return false
    return open.slice(from).every(({ id, before }) => {
      const ready = [...before].every((parent) => cut.has(parent) || !place.has(parent))
      return !ready || grow(new Set([...cut, id]), (place.get(id) ?? 0) + 1)
    })
  }
  return grow(least, 0) ? cuts : null
}

/** By table, what doesn't look as these revisions leave it. */
function toExplain(
  applied: ReadonlySet<string>,
  constraints: readonly StateConstraint[],
): { readonly violated: ReadonlyMap<string, string>; readonly weight: number } {
  const violated = new Map<string, string>()
  const made = new Set<string>()
  for (const one of constraints) {
    if (holds(one, applied)) continue
    const group = one.object.table ?? one.object.key
    if (!violated.has(group)) violated.set(group, one.object.label)
    if (one.object.kind === 'presence' && one.live === 'present') made.add(group)
  }
  // The lost migration drops what others made more often than it makes what another one is going to make.
  return { violated, weight: violated.size + made.size }
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
