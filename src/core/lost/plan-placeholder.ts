/** Decides where placeholders go in the graph, and which revisions follow them. */
import { atLeast } from '../history/alembic-version.ts'
import {
  type IdProblem,
  type RevisionGraph,
  ancestorsOf,
  newestOf,
  buildGraph,
  descendantsOf,
} from '../history/revision-graph.ts'
import type { MigrationModule } from '../history/migration-module.ts'
import { pythonLength } from '../text/python-text.ts'
import type { Repository } from '../history/repository.ts'
import { type Revision, illegalCharacters } from '../history/revision.ts'
import { printable } from '../text/display.ts'

/** A position right after `parents`, or before all revisions if `parents` is empty. */
export interface Position {
  readonly parents: readonly string[]
  /** Revisions that are considered applied at this position. */
  readonly applied: ReadonlySet<string>
}

/** Replaces one parent of a revision. `from` is null if the revision had no parent. */
export interface ParentChange {
  readonly from: string | null
  readonly to: readonly string[]
}

/** Changes to the migration files. */
export interface PlaceholderPlan {
  readonly placeholders: readonly { readonly id: string; readonly parents: readonly string[] }[]
  readonly relinks: readonly { readonly revision: Revision; readonly changes: readonly ParentChange[] }[]
  readonly applied: ReadonlySet<string>
}

/** The plan, or why no placeholder is possible. */
export type PlaceholderOutcome =
  | { readonly kind: 'plan'; readonly plan: PlaceholderPlan }
  | { readonly kind: 'refused'; readonly reason: PlaceholderRefusal }

/** Why the placeholders can't come after `parents`. */
export type PlaceholderRefusal = { readonly parents: readonly string[] } & (
  | { readonly kind: 'circular' | 'overlap' | 'nested'; readonly id: string }
  | { readonly kind: 'rowAfter' | 'undivided'; readonly lost: readonly string[] }
)

/** Why no placeholder can have this id. */
export type IdRefusal =
  | IdProblem
  | { readonly kind: 'unprintable' | 'blanks' }
  | { readonly kind: 'length'; readonly length: number; readonly width: number }

/** Caches graphs with stubs by repository and lost ids, because several steps need the same graph. */
const completed = new WeakMap<Repository, Map<string, RevisionGraph>>()

/**
 * Builds the graph with a stub for each lost id. A stub has no parents. `similar` is the graph without stubs.
 */
export function withPlaceholders(
  repository: Repository,
  lost: readonly string[],
  similar: RevisionGraph | null = null,
): RevisionGraph {
  const known = completed.get(repository) ?? new Map<string, RevisionGraph>()
  completed.set(repository, known)
  const key = JSON.stringify(lost)
  const graph =
    known.get(key) ??
    buildGraph({ ...repository, modules: [...repository.modules, ...lost.map(standIn)] }, similar)
  known.set(key, graph)
  return graph
}

/** Whether the revision is a stub from `withPlaceholders`. */
export function isPlaceholderFor(graph: RevisionGraph, id: string): boolean {
  return graph.get(id)?.path === ''
}

function standIn(id: string): MigrationModule {
  const path = ''
  const span = { path, line: 1, column: 1 }
  const unbound = { kind: 'unbound' } as const
  const step = { kind: 'function', required: [], keywords: null, span } as const
  return {
    path,
    revision: { kind: 'value', value: { kind: 'str', value: id }, span },
    downRevision: { kind: 'value', value: { kind: 'none' }, span },
    branchLabels: unbound,
    dependsOn: unbound,
    doc: null,
    upgrade: step,
    downgrade: step,
    raises: null,
    unreadable: null,
  }
}

/**
 * Returns why a placeholder can't have this id; null if it can. `width` is the maximum length of
 * `version_num`.
 */
export function refusedId(id: string, repository: Repository, width: number | null): IdRefusal | null {
  const { version } = repository.alembic
  if (id === '') return { kind: 'empty' }
  if (id === 'head' || id === 'heads' || id === 'base') return { kind: 'symbol' }
  const characters = illegalCharacters(id, version)
  if (characters.length > 0) return { kind: 'illegal', characters }
  if (id.includes(':') && !atLeast(version, '1.17.1')) return { kind: 'colon' }
  if (id.includes("'")) return { kind: 'quote' }
  if (printable(id) !== id) return { kind: 'unprintable' }
  if (id !== id.trim()) return { kind: 'blanks' }
  const length = pythonLength(id)
  return width !== null && length > width ? { kind: 'length', length, width } : null
}

/**
 * Returns the position after `parents`. Their ancestors, the known version rows and the rows' ancestors count
 * as applied.
 */
export function positionAfter(
  graph: RevisionGraph,
  parents: readonly string[],
  known: readonly string[],
): Position {
  return { parents, applied: ancestorsOf(graph, [...parents, ...known]) }
}

/**
 * Returns the possible positions that follow all applied revisions. Usually, the parents are the newest applied
 * revisions that no known version row covers. If there are none, the lost revision is on a parallel branch: it may have
 * branched off before a known row, or started a new base.
 */
export function positionsOnTop(
  graph: RevisionGraph,
  applied: ReadonlySet<string>,
  { known, lost }: { known: readonly string[]; lost: readonly string[] },
): readonly Position[] {
  const covered = ancestorsOf(graph, known)
  const open = [...applied].filter((id) => !covered.has(id) && !lost.includes(id))
  const tips = newestOf(graph, open)
  if (tips.length > 0 || known.length === 0) return [{ parents: tips, applied }]
  const forks = newestOf(
    graph,
    [...covered].filter((id) => !known.includes(id)),
  )
  return [...forks.map((id) => ({ parents: [id], applied })), { parents: [], applied }]
}

/**
 * Infers the parents of a single lost revision from the files; null if that isn't possible. Requires that a file
 * names the revision as its parent, and that at most one head doesn't descend from it.
 */
export function positionByName(graph: RevisionGraph, lost: readonly string[]): readonly string[] | null {
  const [id] = lost
  if (id === undefined || lost.length > 1) return null
  const after = descendantsOf(graph, [id])
  if (after.size < 2) return null
  const heads = graph.heads.filter((head) => !after.has(head))
  const lone = graph.revisions.length > after.size ? heads : []
  if (lone.some((head) => isPlaceholderFor(graph, head))) return null
  return lone.length === 1 || graph.revisions.length === after.size ? lone : null
}

/** Plans the placeholders for each position. If one plan is refused, returns that refusal. */
export function planSeveral(
  graph: RevisionGraph,
  places: readonly { readonly lost: readonly string[]; readonly place: Position }[],
  known: readonly string[],
): PlaceholderOutcome {
  const plans: PlaceholderPlan[] = []
  for (const { lost, place } of places) {
    const planned = planPlaceholders(graph, lost, known, place)
    if (planned.kind === 'refused') return planned
    plans.push(planned.plan)
  }
  const relinked = [...new Set(plans.flatMap(({ relinks }) => relinks.map(({ revision }) => revision)))]
  return {
    kind: 'plan',
    plan: {
      placeholders: plans.flatMap(({ placeholders }) => placeholders),
      relinks: relinked.map((revision) => ({
        revision,
        changes: plans.flatMap(({ relinks }) =>
          relinks.flatMap((one) => (one.revision === revision ? one.changes : [])),
        ),
      })),
      applied: new Set(plans.flatMap(({ applied }) => [...applied])),
    },
  }
}

/** Plans placeholders for all `lost` revisions at one position. `graph` must contain stubs for them. */
export function planPlaceholders(
  graph: RevisionGraph,
  lost: readonly string[],
  known: readonly string[],
  place: Position,
): PlaceholderOutcome {
  const { parents } = place
  const refused = (reason: PlaceholderRefusal): PlaceholderOutcome => ({ kind: 'refused', reason })
  const behind = ancestorsOf(graph, parents)
  const circular = lost.find((id) => behind.has(id))
  if (circular !== undefined) return refused({ kind: 'circular', id: circular, parents })
  const overlap = known.find((id) => behind.has(id))
  if (overlap !== undefined) return refused({ kind: 'overlap', id: overlap, parents })
  const newest = newestOf(graph, parents)
  const nested = parents.find((id) => !newest.includes(id))
  if (nested !== undefined) return refused({ kind: 'nested', id: nested, parents })
  const ownChildren = descendantsOf(graph, lost)
  if (known.some((id) => ownChildren.has(id))) return refused({ kind: 'rowAfter', lost, parents })
  if (lost.length > 1 && parents.length > 1) return refused({ kind: 'undivided', lost, parents })
  const relinks = relinksFor(graph, lost, place, ownChildren)
  const beside =
    relinks.length === 0 && ownChildren.size === lost.length ? joins(graph, lost, known, place) : []
  return {
    kind: 'plan',
    plan: {
      placeholders: lost.map((id) => ({ id, parents })),
      relinks: [...relinks, ...beside],
      applied: place.applied,
    },
  }
}

/** Returns the changes that insert the placeholders between the parents and their unapplied children. */
function relinksFor(
  graph: RevisionGraph,
  lost: readonly string[],
  { parents, applied }: Position,
  ownChildren: ReadonlySet<string>,
): PlaceholderPlan['relinks'] {
  return graph.revisions.flatMap((revision): PlaceholderPlan['relinks'] => {
    if (applied.has(revision.id) || ownChildren.has(revision.id)) return []
    const names = revision.downRevisions
    if (parents.length === 0) {
      return applied.size === 0 && names.length === 0
        ? [{ revision, changes: [{ from: null, to: lost }] }]
        : []
    }
    const replaced = [...new Set(names.filter((name) => parents.includes(name)))]
    if (replaced.length === 0) return []
    const changes = replaced.map((from, index) => ({ from, to: index === 0 ? lost : [] }))
    return [{ revision, changes }]
  })
}

/** To avoid an extra head, also makes the lost revisions parents of a known revision's unapplied child. */
function joins(
  graph: RevisionGraph,
  lost: readonly string[],
  known: readonly string[],
  { applied }: Position,
): PlaceholderPlan['relinks'] {
  if (known.length === 0) return []
  const next = graph.revisions.find(
    ({ id, downRevisions }) => !applied.has(id) && downRevisions.some((name) => known.includes(name)),
  )
  const parent = next?.downRevisions.find((name) => known.includes(name))
  return next && parent !== undefined
    ? [{ revision: next, changes: [{ from: parent, to: [parent, ...lost] }] }]
    : []
}
