/**
 * Chooses where placeholders go. Unless the user requests a position, the schema or a file must imply one.
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
  positionsOnTop,
} from './plan-placeholder.ts'
import type { WriteCounters } from '../schema/schema-snapshot.ts'

/** A position, and how it was determined. */
export interface ChosenPosition {
  readonly kind: 'place'
  readonly place: Position
  /** `likely` means that the position is right if the assumptions hold. */
  readonly certainty: 'proven' | 'likely' | 'by name' | 'given'
  /** Revisions that may have run if the lost migration dropped their objects. */
  readonly doubt: readonly string[]
  /** Additional assumptions. */
  readonly assumed?: Assumptions
  readonly evidence: readonly PositionFact[]
}

/** The reason why no position was chosen, and the evidence. */
export interface NoPosition {
  readonly kind: 'refused'
  readonly reason: PositionRefusal
  readonly evidence: readonly PositionFact[]
}

/** Why no position was chosen. */
export type PositionRefusal =
  /** The requested revision doesn't exist in this release. */
  | { readonly kind: 'after'; readonly after: string }
  | { readonly kind: 'misfit'; readonly where: readonly Misfit[] }
  /** Each position is a list of parents. `deciding` lists the revisions that distinguish the positions. */
  | {
      readonly kind: 'several'
      readonly places: readonly (readonly string[])[]
      readonly more: boolean
      readonly deciding: readonly string[]
    }
  /** All applied revisions have a row, so the lost one is on a parallel branch. Each place is a list of parents. */
  | { readonly kind: 'parallel'; readonly places: readonly (readonly string[])[] }
  | { readonly kind: 'noEvidence' }

/** A fact that supports a position. */
export type PositionFact =
  /** These revisions and all their ancestors ran. */
  | { readonly kind: 'applied'; readonly tips: readonly string[] }
  | { readonly kind: 'absent'; readonly id: string; readonly effects: number; readonly missing: number }
  /**
   * The lost migration undid none of this revision's changes. This is an assumption if `counted` is null.
   */
  | { readonly kind: 'undropped'; readonly id: string; readonly counted: WriteCounters | null }
  /** The position is right under these assumptions. */
  | { readonly kind: 'assumed'; readonly assumed: Assumptions }
  | { readonly kind: 'undecided'; readonly id: string; readonly silence: Silence | null }
  /** Only the branch of `parent` contains the tables changed by the lost revision or its descendants. */
  | {
      readonly kind: 'branch'
      readonly id: string
      readonly parent: string
      readonly tables: readonly string[]
    }

/** Evidence against a position. These revisions would never run (`late`) or would run twice (`early`). */
export interface Contradiction {
  readonly kind: 'late' | 'early'
  readonly revisions: readonly string[]
}

/**
 * Chooses where the placeholders go. `graph` contains stubs for the lost revisions. `after` is the user's
 * choice: a revision, or `base`.
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
    const place = placeOnTop(graph, applied, stamps)
    if ('kind' in place) return refused(place)
    return {
      kind: 'place',
      place,
      certainty: unless.length > 0 ? 'likely' : 'proven',
      doubt: counted === null ? unless : [],
      evidence: facts,
    }
  }
  const likely = evidence && likelyPosition(graph, stamps, evidence)
  if (evidence?.cut.kind === 'contradiction') {
    return likely ?? refused({ kind: 'misfit', where: evidence.cut.where })
  }
  // Consider this only if the target is `head`. With several heads, the inferred parent may be on a parallel branch.
  const named = target === 'head' ? positionByName(graph, lost) : null
  if (named) {
    const place = positionAfter(graph, named, known)
    // The file that names the lost revision as its parent may also merge parallel branches.
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

/** Returns the position with the simplest explanation; null if there isn't exactly one. */
function likelyPosition(
  graph: RevisionGraph,
  stamps: Stamps,
  { likely, revisions }: SchemaEvidence,
): ChosenPosition | NoPosition | null {
  if (!likely) return null
  const { applied, assumed, unless } = likely
  // A migration that follows the lost revision may also merge parallel revisions.
  if (assumed.silent.length > 0 && descendantsOf(graph, stamps.lost).size > stamps.lost.length) return null
  const cut = { kind: 'proven', applied, unless, counted: null } as const
  const facts: readonly PositionFact[] = [
    ...positionFacts(graph, { cut, revisions }),
    { kind: 'assumed', assumed },
  ]
  const place = placeOnTop(graph, applied, stamps)
  if ('kind' in place) return { kind: 'refused', reason: place, evidence: facts }
  return {
    kind: 'place',
    place,
    certainty: isUncertain(assumed) || unless.length > 0 ? 'likely' : 'proven',
    doubt: unless,
    assumed,
    evidence: facts,
  }
}

/** Returns the position on top of the applied revisions, or why there are several. */
function placeOnTop(
  graph: RevisionGraph,
  applied: ReadonlySet<string>,
  stamps: Stamps,
): Position | Extract<PositionRefusal, { kind: 'parallel' }> {
  const [place, ...others] = positionsOnTop(graph, applied, stamps)
  if (place !== undefined && others.length === 0) return place
  return { kind: 'parallel', places: [place, ...others].map((one) => one?.parents ?? []) }
}

/** Whether the assumptions make a position uncertain. Revisions that change nothing don't matter. */
export function isUncertain(assumed: Assumptions | undefined): boolean {
  return assumed !== undefined && assumed.changed.length + assumed.unread.length + assumed.rows.length > 0
}

/** Returns the evidence in the schema that contradicts this set of applied revisions. */
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

/** Returns the schema's evidence for a position, strongest first. */
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
