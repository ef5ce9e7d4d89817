/**
 * Chooses the place of placeholders: what somebody asks for, what the schema proves, or what a file already names.
 * Without one of the three it refuses and says what it can't tell.
 */
import type { Assumptions, Misfit, SchemaEvidence, Silence } from '../evidence/applied-revisions.ts'
import type { Stamps } from '../evidence/schema-constraints.ts'
import { type RevisionGraph, descendantsOf } from '../history/revision-graph.ts'
import { resolveIdentifier } from '../history/identifier.ts'
import {
  type Position,
  isPlaceholderFor,
  positionAfter,
  positionByName,
  positionOnTop,
} from './plan-placeholder.ts'
import type { WriteCounters } from '../schema/schema-snapshot.ts'

/** A place and how it came about. */
export interface ChosenPosition {
  readonly kind: 'place'
  readonly place: Position
  /** `likely`: the only place, unless the lost migration dropped what comes next, or under `assumed`. */
  readonly certainty: 'proven' | 'likely' | 'by name' | 'given'
  /** Revisions of which nothing tells whether they ran and the lost one took away what they made; see `likely`. */
  readonly doubt: readonly string[]
  /** What else has to hold; absent: nothing. */
  readonly assumed?: Assumptions
  readonly evidence: readonly PositionFact[]
}

/** No place, and why. */
export interface NoPosition {
  readonly kind: 'refused'
  readonly reason: PositionRefusal
  readonly evidence: readonly PositionFact[]
}

/** Why a place is not chosen. */
export type PositionRefusal =
  /** What was asked for is no revision of this release. */
  | { readonly kind: 'after'; readonly after: string }
  | { readonly kind: 'misfit'; readonly where: readonly Misfit[] }
  /** Each place as the revisions that it comes after; `deciding`: whether these ran would tell. */
  | {
      readonly kind: 'several'
      readonly places: readonly (readonly string[])[]
      readonly more: boolean
      readonly deciding: readonly string[]
    }
  | { readonly kind: 'noEvidence' }

/** What speaks for a place. */
export type PositionFact =
  /** Everything up to these revisions ran. */
  | { readonly kind: 'applied'; readonly tips: readonly string[] }
  | { readonly kind: 'absent'; readonly id: string; readonly effects: number; readonly missing: number }
  /** Holds if the lost migration dropped nothing of this revision, which `counted` confirms. */
  | { readonly kind: 'undropped'; readonly id: string; readonly counted: WriteCounters | null }
  /** The place holds under these assumptions. */
  | { readonly kind: 'assumed'; readonly assumed: Assumptions }
  | { readonly kind: 'undecided'; readonly id: string; readonly silence: Silence | null }
  /** Only the branch of `parent` has the tables that the lost revision, or what follows it, changes. */
  | {
      readonly kind: 'branch'
      readonly id: string
      readonly parent: string
      readonly tables: readonly string[]
    }

/** What the schema has against a place: these would be skipped for ever, or run a second time. */
export interface Contradiction {
  readonly kind: 'late' | 'early'
  readonly revisions: readonly string[]
}

/**
 * `graph` holds stand-ins for the lost revisions; `after` is what somebody typed: a revision, or `base`. `target` is
 * what the release upgrades to: only a project that upgrades to `head` had a single head before the loss.
 */
export function choosePosition(
  graph: RevisionGraph,
  stamps: Stamps,
  evidence: SchemaEvidence | null,
  after: string | null,
  target: string,
): ChosenPosition | NoPosition {
  const { lost, known } = stamps
  const facts = evidence ? positionFacts(graph, evidence) : []
  const refused = (reason: PositionRefusal): NoPosition => ({ kind: 'refused', reason, evidence: facts })
  if (after !== null) {
    const found = after === 'base' ? null : resolveIdentifier(graph, after)
    if (
      found &&
      (found.kind !== 'revision' || lost.includes(found.id) || isPlaceholderFor(graph, found.id))
    ) {
      return refused({ kind: 'after', after })
    }
    const parents = found?.kind === 'revision' ? [found.id] : []
    return {
      kind: 'place',
      place: positionAfter(graph, parents, known),
      certainty: 'given',
      doubt: [],
      evidence: facts,
    }
  }
  if (evidence?.cut.kind === 'proven') {
    const { applied, unless, counted } = evidence.cut
    return {
      kind: 'place',
      place: positionOnTop(graph, applied, stamps),
      certainty: unless.length > 0 ? 'likely' : 'proven',
      doubt: counted === null ? unless : [],
      evidence: facts,
    }
  }
  const likely = evidence && likelyPosition(graph, stamps, evidence)
  if (evidence?.cut.kind === 'contradiction') {
    return likely ?? refused({ kind: 'misfit', where: evidence.cut.where })
  }
  // Where several heads are usual, what stands beside may be one of them instead of the parent.
  const named = target === 'head' ? positionByName(graph, lost) : null
  if (named) {
    const place = positionAfter(graph, named, known)
    // The name says what comes after the lost revision. What stands beside it may have been merged into it.
    const children = descendantsOf(graph, lost)
    const beside = (id: string): boolean => !children.has(id) && !place.applied.has(id)
    const { cut } = evidence ?? { cut: null }
    const fits =
      cut?.kind === 'several'
        ? !cut.deciding.some(beside) &&
          cut.candidates.some(
            (applied) =>
              applied.size === place.applied.size && [...applied].every((id) => place.applied.has(id)),
          )
        : !graph.revisions.some(({ id }) => beside(id))
    if (fits) return { kind: 'place', place, certainty: 'by name', doubt: [], evidence: facts }
  }
  if (likely) return likely
  if (evidence?.cut.kind === 'several') {
    const { deciding, candidates, more } = evidence.cut
    const places = candidates.map((cut) => tipsOf(graph, cut))
    return refused({ kind: 'several', places, more, deciding })
  }
  return refused({ kind: 'noEvidence' })
}

/** The place that leaves least to explain; null: none does, or a file names the lost revision and speaks of another. */
function likelyPosition(
  graph: RevisionGraph,
  stamps: Stamps,
  { likely, revisions }: SchemaEvidence,
): ChosenPosition | null {
  if (!likely) return null
  const { applied, assumed, unless } = likely
  // What stands beside a file that names the lost revision may have been merged into that.
  if (assumed.silent.length > 0 && descendantsOf(graph, stamps.lost).size > stamps.lost.length) return null
  const cut = { kind: 'proven', applied, unless, counted: null } as const
  return {
    kind: 'place',
    place: positionOnTop(graph, applied, stamps),
    certainty: isUncertain(assumed) || unless.length > 0 ? 'likely' : 'proven',
    doubt: unless,
    assumed,
    evidence: [...positionFacts(graph, { cut, revisions }), { kind: 'assumed', assumed }],
  }
}

/** Another place would be as good for all that is known; false: only revisions that do nothing stand between. */
export function isUncertain(assumed: Assumptions | undefined): boolean {
  return assumed !== undefined && assumed.changed.length + assumed.unread.length + assumed.rows.length > 0
}

/** What the schema has against taking just these revisions for applied. */
export function contradictionsOf(
  applied: ReadonlySet<string>,
  { revisions }: SchemaEvidence,
): readonly Contradiction[] {
  const about = [...revisions.values()]
  const late = about.filter(({ id, state }) => applied.has(id) && state === 'absent')
  const early = about.filter(({ id, state }) => !applied.has(id) && state === 'applied')
  return [
    { kind: 'late' as const, revisions: late.map(({ id }) => id) },
    { kind: 'early' as const, revisions: early.map(({ id }) => id) },
  ].filter((one) => one.revisions.length > 0)
}

/** What the schema says of a place, most telling first. */
export function positionFacts(
  graph: RevisionGraph,
  { cut, revisions }: Omit<SchemaEvidence, 'likely'>,
): readonly PositionFact[] {
  if (cut.kind === 'contradiction') return []
  const { applied } = cut
  const absent = [...revisions.values()].filter(({ id, state }) => state === 'absent' && !applied.has(id))
  const first = absent.filter(({ id }) =>
    (graph.get(id)?.downRevisions ?? []).every((parent) => applied.has(parent)),
  )
  const undecided = cut.kind === 'several' ? cut.deciding : []
  const { unless, counted } = cut.kind === 'proven' ? cut : { unless: [], counted: null }
  return [
    { kind: 'applied', tips: tipsOf(graph, applied) },
    ...(first.length > 0 ? first : absent).slice(0, 3).map(({ id, effects, present }) => ({
      kind: 'absent' as const,
      id,
      effects,
      missing: effects - present,
    })),
    ...unless.slice(0, 3).map((id) => ({ kind: 'undropped' as const, id, counted })),
    ...undecided
      .slice(0, 5)
      .map((id) => ({ kind: 'undecided' as const, id, silence: revisions.get(id)?.silence ?? null })),
  ]
}

function tipsOf(graph: RevisionGraph, applied: ReadonlySet<string>): readonly string[] {
  const before = new Set<string>()
  for (const id of applied) {
    for (const other of graph.map.byId.get(id)?.before ?? []) before.add(other)
  }
  return [...applied].filter((id) => !before.has(id) && graph.get(id) !== undefined)
}
