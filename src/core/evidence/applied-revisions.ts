/** Uses the live schema to infer which revisions ran. May return several candidates. */
import { type DropAmbiguity, dropAmbiguity } from './dropped-objects.ts'
import { type LikelyCut, type SimplestCuts, simplestCuts } from './likely-cut.ts'
import { type Effects, compareSchema, withStandIns } from './schema-comparison.ts'
import { type Bounds, type Stamps, type StateConstraint, holds, narrow } from './schema-constraints.ts'
import { parentsFirst } from '../history/parents-first.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import type { Operation, Operations } from '../history/operation.ts'
import type { SchemaSnapshot, WriteCounters, TransactionEvidence } from '../schema/schema-snapshot.ts'
import { countersAgree, countsMore } from './write-counters.ts'

/**
 * Evidence of whether a revision ran. `effects` counts its lasting effects; `present` counts those found in
 * the live schema.
 */
export interface RevisionEvidence {
  readonly id: string
  readonly state: 'applied' | 'absent' | 'partial' | 'unknown'
  readonly effects: number
  readonly present: number
  /** Labels for effects, such as `column users.phone`. */
  readonly missing: readonly string[]
  readonly there: readonly string[]
  /** Why there is no evidence; null if there is some. */
  readonly silence: Silence | null
}

/** Why a revision provides no evidence. `reason` explains what can't be read. */
export type Silence =
  | { readonly kind: 'unread' | 'rows' | 'empty' | 'indistinct' | 'droppedColumns' }
  | { readonly kind: 'unreadable' | 'opaque'; readonly reason: string }

/**
 * An object or revision that contradicts every set of applied revisions. `rest` is what the other evidence
 * says about `revisions`.
 */
export type Misfit =
  | {
      readonly kind: 'object'
      readonly label: string
      readonly state: 'present' | 'absent' | { readonly value: string }
      readonly revisions: readonly string[]
      readonly rest: 'applied' | 'not applied'
    }
  | { readonly kind: 'both'; readonly id: string }
  | { readonly kind: 'none'; readonly among: readonly string[] }

/**
 * Assumptions behind the simplest explanation. If several sets of revisions may be applied, these are the
 * assumptions behind the earliest set.
 */
export interface Assumptions {
  /** Labels for objects that the lost migration presumably dropped, changed or created. */
  readonly changed: readonly string[]
  /** Partly unreadable revisions. Each is assumed not to have run. */
  readonly unread: readonly string[]
  /** Revisions that don't change the schema and may have run. `rows` lists the revisions that change rows. */
  readonly silent: readonly string[]
  readonly rows: readonly string[]
}

/** The sets of applied revisions that the evidence allows. Lost revisions aren't included. */
export type AppliedSet =
  | {
      readonly kind: 'proven'
      readonly applied: ReadonlySet<string>
      /** The lost migration is assumed not to have dropped these revisions' objects. */
      readonly unless: readonly string[]
      /** The write counters that prove the assumption in `unless`; null if the assumption is unproven. */
      readonly counted: WriteCounters | null
    }
  | {
      readonly kind: 'several'
      readonly candidates: readonly ReadonlySet<string>[]
      /** True if the list is truncated. */
      readonly more: boolean
      /** Revisions that may or may not have run. */
      readonly deciding: readonly string[]
      /** Which revisions definitely ran, and which definitely didn't. */
      readonly applied: ReadonlySet<string>
      readonly absent: ReadonlySet<string>
    }
  | { readonly kind: 'contradiction'; readonly where: readonly Misfit[] }

/** Everything inferred from the live schema. */
export interface SchemaEvidence {
  /** Evidence for each revision. Parents come before their children. */
  readonly revisions: ReadonlyMap<string, RevisionEvidence>
  readonly cut: AppliedSet
  /** The simplest explanation; undefined if there isn't exactly one, or if it isn't needed. */
  readonly likely?: AssumedCut
}

/** A set of applied revisions that is correct if the assumptions hold. */
export interface AssumedCut {
  readonly applied: ReadonlySet<string>
  readonly assumed: Assumptions
  /** The lost migration is assumed not to have dropped these revisions' objects. */
  readonly unless: readonly string[]
}

/**
 * Facts about a database whose version rows may be wrong. Accessing some of these fields for the first time
 * reads every migration.
 */
export interface LiveEvidence {
  readonly stamps: Stamps
  readonly schema: SchemaSnapshot
  readonly evidence: SchemaEvidence
  readonly operations: ReadonlyMap<string, Operations>
  /** Returns the operations in these revisions, and those read before, without reading every migration. */
  readonly operationsOf: (revisions: readonly string[]) => ReadonlyMap<string, Operations>
  readonly transactions: TransactionEvidence
}

/** Maximum number of sets of applied revisions to list. */
const maxCandidates = 200

/**
 * Compares the revisions' expected effects with the live schema. `original` is false if the database was
 * restored from a dump.
 */
export function judgeEvidence(
  graph: RevisionGraph,
  { lost, known }: Stamps,
  operations: ReadonlyMap<string, Operations>,
  schema: SchemaSnapshot,
  original = false,
  counters: WriteCounters | null = null,
): SchemaEvidence {
  const { objects, constraints, certain, effects } = compareSchema(graph, lost, operations, schema)
  const all = withStandIns(operations, lost)
  const bounds = narrow(graph, { lost, known }, constraints)
  const open = [...graph.map.byId.keys()].filter(
    (id) => !bounds.applied.has(id) && !bounds.absent.has(id) && !lost.includes(id),
  )
  const strict = cutOf(graph, bounds, open, constraints)
  const simplest = lost.length > 0 ? simplestCuts(graph, { lost, known }, all, certain()) : null
  const likely = simplest?.likely ?? null
  const left = simplest ? withRivals(strict, simplest) : strict
  const ambiguityOf = (applied: ReadonlySet<string>): DropAmbiguity =>
    dropAmbiguity(graph, { lost, known, applied, operations, schema, original })
  const doubt = left.kind === 'proven' ? ambiguityOf(left.applied) : { unless: [], dropped: [] }
  const doubtful = doubted(left, doubt, bounds, counters, lost.length)
  const cut =
    doubtful.kind === 'proven' && doubtful.unless.length > 0
      ? {
          ...doubtful,
          counted: countersAgree(graph, counters, {
            applied: doubtful.applied,
            lost: lost.length,
            operations: all,
            objects,
            schema,
          }),
        }
      : doubtful
  const isLost = new Set(lost)
  const dropped = new Set(doubt.dropped)
  const partial = new Set(
    bounds.conflicts.flatMap(({ constraint }) => constraint.object.touches.map((one) => one.revision)),
  )
  const revisions = new Map<string, RevisionEvidence>()
  for (const { id } of parentsFirst(graph.map)) {
    if (isLost.has(id)) continue
    const own = effects.get(id) ?? noEffects
    const shown = own.there.length + own.missing.length > 0
    const silence = dropped.has(id) ? droppedColumns : shown ? null : silenceOf(operations.get(id))
    revisions.set(id, aboutRevision(id, own, bounds, partial, silence))
  }
  // If the lost migration may have dropped objects, no candidate is more likely than the others.
  if (!likely || cut.kind === 'proven' || doubt.dropped.length > 0) return { revisions, cut }
  const { unless, dropped: lately } = ambiguityOf(new Set([...likely.applied, ...likely.silent]))
  if (lately.length > 0) return { revisions, cut }
  if (countsMore(counters, likely.applied.size + likely.silent.length, lost.length)) return { revisions, cut }
  return { revisions, cut, likely: { ...assumedFor(likely, left, operations), unless } }
}

/**
 * A proof may rely on the assumption that unreadable steps undid some effects. If there are simpler explanations,
 * returns them as well.
 */
function withRivals(strict: AppliedSet, { cuts, explains }: SimplestCuts): AppliedSet {
  if (strict.kind !== 'proven' || explains(strict.applied)) return strict
  if (cuts?.some((one) => sameSet(one, strict.applied))) return strict
  const candidates = [...(cuts ?? []), strict.applied]
  const all = new Set(candidates.flatMap((one) => [...one]))
  const applied = new Set(
    [...all].filter((id) => cuts?.every((one) => one.has(id)) && strict.applied.has(id)),
  )
  return {
    kind: 'several',
    candidates: candidates.slice(0, maxCandidates),
    more: cuts === null,
    deciding: [...all].filter((id) => !applied.has(id)),
    applied,
    absent: new Set(),
  }
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id))
}

/** Returns the assumptions behind a likely set of applied revisions. */
function assumedFor(
  { applied, changed, silent }: LikelyCut,
  strict: AppliedSet,
  operations: ReadonlyMap<string, Operations>,
): Omit<AssumedCut, 'unless'> {
  const deciding = strict.kind === 'several' ? new Set(strict.deciding) : null
  const unread = [...operations].flatMap(([id, steps]) => {
    const opaque = steps.kind !== 'operations' || steps.operations.some(isOpaque)
    return opaque && !applied.has(id) && (deciding?.has(id) ?? true) ? [id] : []
  })
  const rows = silent.filter((id) => {
    const steps = operations.get(id)
    return steps?.kind === 'operations' && steps.operations.some(({ kind }) => kind === 'data')
  })
  return { applied, assumed: { changed, unread, silent, rows } }
}

function isOpaque({ kind }: Operation): boolean {
  return kind === 'opaque'
}

/**
 * Adds the sets of applied revisions that are possible if the lost migration undid changes and the version rows were
 * written too often without that.
 */
function doubted(
  cut: AppliedSet,
  { unless, dropped }: DropAmbiguity,
  { applied, absent }: Bounds,
  counters: WriteCounters | null,
  lost: number,
): AppliedSet {
  if (cut.kind !== 'proven') return cut
  const deciding = countsMore(counters, cut.applied.size, lost) ? [...unless, ...dropped] : dropped
  if (deciding.length === 0) return { ...cut, unless }
  return {
    kind: 'several',
    candidates: [cut.applied, ...deciding.map((id) => new Set([...cut.applied, id]))],
    more: false,
    deciding,
    applied,
    absent: new Set([...absent].filter((id) => !deciding.includes(id))),
  }
}

function cutOf(
  graph: RevisionGraph,
  { applied, absent, conflicts }: Bounds,
  open: readonly string[],
  constraints: readonly StateConstraint[],
): AppliedSet {
  if (conflicts.length > 0) return { kind: 'contradiction', where: conflicts.slice(0, 3).map(misfitOf) }
  const both = [...applied].filter((id) => absent.has(id))
  if (both.length > 0) {
    return { kind: 'contradiction', where: both.slice(0, 5).map((id) => ({ kind: 'both', id })) }
  }
  if (open.length === 0) return { kind: 'proven', applied, unless: [], counted: null }
  const candidates: ReadonlySet<string>[] = []
  const seen = new Set<string>()
  const queue: (readonly string[])[] = [[]]
  const place = new Map(open.map((id, index) => [id, index]))
  const parentsIn = (id: string): readonly string[] =>
    [...(graph.map.byId.get(id)?.before ?? [])].filter((parent) => place.has(parent))
  const roots = open.filter((id) => parentsIn(id).length === 0)
  for (let next = queue.shift(); next !== undefined && seen.size < maxCandidates * 4; next = queue.shift()) {
    const cut = new Set([...applied, ...next])
    if (constraints.every((one) => holds(one, cut))) candidates.push(cut)
    const children = next.flatMap((id) => [...(graph.map.byId.get(id)?.dependents ?? [])])
    const ready = new Set([...roots, ...children].filter((id) => place.has(id) && !cut.has(id)))
    for (const id of [...ready].toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0))) {
      if (parentsIn(id).some((parent) => !cut.has(parent))) continue
      const more = [...next, id].toSorted()
      const key = more.join('\0')
      if (seen.has(key)) continue
      seen.add(key)
      queue.push(more)
    }
  }
  const more = queue.length > 0 || candidates.length > maxCandidates
  const [only] = candidates
  if (only && candidates.length === 1 && !more)
    return { kind: 'proven', applied: only, unless: [], counted: null }
  if (!only && !more) {
    return { kind: 'contradiction', where: [{ kind: 'none', among: open.slice(0, 5) }] }
  }
  const deciding = more
    ? open
    : open.filter((id) => candidates.some((cut) => cut.has(id)) && candidates.some((cut) => !cut.has(id)))
  return { kind: 'several', candidates: candidates.slice(0, maxCandidates), more, deciding, applied, absent }
}

function misfitOf({ constraint: { object, live }, rest }: Bounds['conflicts'][number]): Misfit {
  const state =
    object.kind === 'presence' && (live === 'present' || live === 'absent') ? live : { value: live }
  const names = new Set(object.touches.filter(({ after }) => after !== null).map(({ revision }) => revision))
  return { kind: 'object', label: object.label, state, revisions: [...names], rest }
}

const noEffects: Effects = { there: [], missing: [] }

const droppedColumns: Silence = { kind: 'droppedColumns' }

function aboutRevision(
  id: string,
  { there, missing }: Effects,
  { applied, absent }: Bounds,
  partial: ReadonlySet<string>,
  silence: Silence | null,
): RevisionEvidence {
  const state = partial.has(id)
    ? 'partial'
    : applied.has(id)
      ? 'applied'
      : absent.has(id)
        ? 'absent'
        : 'unknown'
  return {
    id,
    state,
    effects: there.length + missing.length,
    present: there.length,
    missing,
    there,
    silence,
  }
}

function silenceOf(steps: Operations | undefined): Silence {
  if (!steps) return { kind: 'unread' }
  if (steps.kind === 'unreadable') return { kind: 'unreadable', reason: steps.reason }
  const opaque = steps.operations.find(({ kind }) => kind === 'opaque')
  if (opaque?.kind === 'opaque') return { kind: 'opaque', reason: opaque.reason }
  if (steps.operations.some(({ kind }) => kind === 'data')) return { kind: 'rows' }
  return { kind: steps.operations.length === 0 ? 'empty' : 'indistinct' }
}
