/** Assigns each lost revision to the branch that created its tables. */
import { trackObjects } from '../evidence/object-lifecycle.ts'
import type { LiveEvidence } from '../evidence/applied-revisions.ts'
import { type RevisionGraph, ancestorsOf } from '../history/revision-graph.ts'
import { keysOf } from '../schema/object-keys.ts'
import type { ObjectName, Operation } from '../history/operation.ts'
import type { PositionFact } from './choose-position.ts'
import type { Position } from './plan-placeholder.ts'

/** Lost revisions, grouped by the position of their placeholders. */
export type LostBranches =
  | {
      readonly kind: 'branches'
      readonly places: readonly { readonly lost: readonly string[]; readonly place: Position }[]
      readonly evidence: readonly PositionFact[]
    }
  /** Lost revisions whose branch is unknown. */
  | { readonly kind: 'unknown'; readonly silent: readonly string[] }

/**
 * Assigns each lost revision to a parent in `place`. Returns `unknown` if a revision can't be assigned, or if a
 * parent gets no revision.
 */
export function assignBranches(
  graph: RevisionGraph,
  lost: readonly string[],
  place: Position,
  live: LiveEvidence,
): LostBranches {
  const about = lost.map((id) => ({ id, ...branchOf(graph, id, place, live) }))
  const silent = about.flatMap(({ id, parent }) => (parent === null ? [id] : []))
  if (silent.length > 0) return { kind: 'unknown', silent }
  const places = place.parents.map((parent) => ({
    lost: about.filter((one) => one.parent === parent).map(({ id }) => id),
    place: { ...place, parents: [parent] },
  }))
  if (places.some((one) => one.lost.length === 0)) return { kind: 'unknown', silent: lost }
  const evidence = about.map(({ id, parent, tables }): PositionFact => {
    return { kind: 'branch', id, parent: parent ?? '', tables }
  })
  return { kind: 'branches', places, evidence }
}

function branchOf(
  graph: RevisionGraph,
  id: string,
  { parents, applied }: Position,
  live: LiveEvidence,
): { readonly parent: string | null; readonly tables: readonly string[] } {
  const { schema, operations } = live
  const keys = keysOf(schema)
  const changed = new Set([...changedBy(graph, id, applied, live), ...changedAfter(graph, id, live)])
  const votes = new Map<string, string[]>()
  for (const key of changed) {
    const steps = [...applied].flatMap((one) => {
      const own = operations.get(one)
      return own?.kind === 'operations' ? own.operations.map((step) => ({ one, step })) : []
    })
    const about = steps.filter(({ step }) => tablesOf(step).some((table) => keys.table(table) === key))
    if (!about.some(({ step }) => step.kind === 'createTable')) continue
    const on = parents.filter((parent) => {
      const behind = ancestorsOf(graph, [parent])
      return about.some(({ one }) => behind.has(one))
    })
    for (const parent of on.length === parents.length ? [] : on) {
      votes.set(parent, [...(votes.get(parent) ?? []), key])
    }
  }
  const [only] = votes
  return votes.size === 1 && only ? { parent: only[0], tables: only[1] } : { parent: null, tables: [] }
}

/**
 * Returns the tables that the lost revision's transaction changed in a way that no file explains. The
 * transaction must have written only this version row.
 */
function changedBy(
  graph: RevisionGraph,
  id: string,
  applied: ReadonlySet<string>,
  { schema, operations, transactions }: LiveEvidence,
): readonly string[] {
  if (transactions.kind === 'unavailable') return []
  const own = transactions.rows.find(({ version }) => version === id)
  if (!own) return []
  const said = JSON.stringify(own.made)
  if (transactions.rows.some((row) => row !== own && JSON.stringify(row.made) === said)) return []
  const keys = keysOf(schema)
  const explained = new Set(
    trackObjects(graph, operations, schema).flatMap(({ key, touches }) =>
      touches.some(({ revision }) => applied.has(revision)) ? [key] : [],
    ),
  )
  return own.made.flatMap(({ kind, schema: home, name, table: owner }) => {
    if (owner === null) return []
    const table = { schema: home, name: owner }
    const key =
      kind === 'column'
        ? keys.column(table, name)
        : kind === 'index'
          ? keys.index({ schema: home, name })
          : kind === 'constraint'
            ? keys.constraint(table, name)
            : null
    return key === null || explained.has(key) ? [] : [keys.table(table)]
  })
}

/**
 * Returns the tables that the lost revision's children need but don't create. Ignores children with other
 * parents or dependencies.
 */
function changedAfter(
  graph: RevisionGraph,
  id: string,
  { schema, operations }: LiveEvidence,
): readonly string[] {
  const keys = keysOf(schema)
  return graph.revisions.flatMap((revision) => {
    const steps = operations.get(revision.id)
    const alone = revision.downRevisions.length === 1 && revision.dependsOn.length === 0
    if (!alone || revision.downRevisions[0] !== id || steps?.kind !== 'operations') return []
    const made = new Set<string>()
    return steps.operations.flatMap((step) => {
      if (step.kind === 'createTable') made.add(keys.table(step.table))
      return neededTables(step)
        .map((table) => keys.table(table))
        .filter((key) => !made.has(key))
    })
  })
}

function tablesOf(step: Operation): readonly ObjectName[] {
  return 'table' in step && step.table !== null ? [step.table] : []
}

function neededTables(step: Operation): readonly ObjectName[] {
  const constraints =
    'constraints' in step ? step.constraints : step.kind === 'addConstraint' ? [step.constraint] : []
  const referred = constraints.flatMap((one) => (one.kind === 'foreignKey' ? [one.target] : []))
  const own = step.kind === 'createTable' ? [] : tablesOf(step)
  return [...own, ...referred]
}
