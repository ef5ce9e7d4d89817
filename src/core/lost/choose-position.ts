/**
 * Chooses the place of placeholders: what somebody asks for, what the schema proves, or what a file already names.
 * Without one of the three it refuses and says what it can't tell.
 */
import type { SchemaEvidence, Stamps } from '../evidence/applied-revisions.ts'
import { type RevisionGraph, ancestorsOf, descendantsOf } from '../history/revision-graph.ts'
import { resolveIdentifier } from '../history/identifier.ts'
import {
  type Position,
  isPlaceholderFor,
  positionAfter,
  positionByName,
  positionOnTop,
} from './plan-placeholder.ts'
import { counted, listed, shown } from '../text/display.ts'

/** A place and how it came about. */
export interface ChosenPosition {
  readonly kind: 'place'
  readonly place: Position
  /** `likely`: the only place, unless the lost migration dropped what comes next. */
  readonly certainty: 'proven' | 'likely' | 'by name' | 'given'
  /** Revisions of which nothing tells whether they ran and the lost one took away what they made; see `likely`. */
  readonly doubt: readonly string[]
  /** Sentences without a full stop. */
  readonly evidence: readonly string[]
}

/** No place, and why. */
export interface NoPosition {
  readonly kind: 'refused'
  readonly reason: string
  readonly hint: string | null
  readonly evidence: readonly string[]
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
  const facts = evidence ? evidenceLines(graph, evidence) : []
  const refused = (reason: string, hint: string | null): NoPosition => ({
    kind: 'refused',
    reason,
    hint,
    evidence: facts,
  })
  if (after !== null) {
    const found = after === 'base' ? null : resolveIdentifier(graph, after)
    if (
      found &&
      (found.kind !== 'revision' || lost.includes(found.id) || isPlaceholderFor(graph, found.id))
    ) {
      return refused(
        `--after ${shown(after)} names no revision of this release`,
        'give a full revision id, or base',
      )
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
    return {
      kind: 'place',
      place: positionOnTop(graph, evidence.cut.applied, stamps),
      certainty: evidence.cut.unless.length > 0 ? 'likely' : 'proven',
      doubt: evidence.cut.counted === null ? evidence.cut.unless : [],
      evidence: facts,
    }
  }
  if (evidence?.cut.kind === 'contradiction') {
    return refused(
      `the live schema fits no place: ${evidence.cut.where.join('; ')}`,
      'give --after REVISION once you know what this database has run',
    )
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
  if (evidence?.cut.kind === 'several') {
    const { deciding, candidates, more } = evidence.cut
    const places = candidates.map((cut) => listed(tipsOf(graph, cut)) || 'base')
    return refused(
      `${more ? 'many' : counted(candidates.length, 'place', 'places')} would fit the live schema (after ${listed(places)}); what would decide: whether ${listed(deciding)} ran`,
      'find out whether it ran, then give --after REVISION',
    )
  }
  return refused('there is no evidence of what this database has run', 'give --after REVISION')
}

/** Why a place is not written without being asked for; null when nothing is in doubt. */
export function positionDoubt({ place: { parents }, doubt }: ChosenPosition): string | null {
  if (doubt.length === 0) return null
  const [it, makes] = doubt.length === 1 ? ['it', 'it makes'] : ['one of them', 'they make']
  return `whether ${listed(doubt)} ran can't be told: what ${makes} is missing, and the lost migration may have dropped it. The place is ${parents.length === 0 ? 'before everything else' : `after ${listed(parents)}`} if not, and after ${it} if it ran`
}

/** What Alembic would then skip or run twice, as far as the schema knows; empty when nothing speaks against it. */
export function contradictions(chosen: ChosenPosition, evidence: SchemaEvidence | null): readonly string[] {
  if (!evidence || chosen.certainty !== 'given') return []
  const { late, early } = contradictionsOf(chosen.place.applied, evidence)
  return [...late, ...early]
}

/** What the schema has against taking just these revisions for applied: skipped for ever, and run a second time. */
export function contradictionsOf(
  applied: ReadonlySet<string>,
  evidence: SchemaEvidence,
): { readonly late: readonly string[]; readonly early: readonly string[] } {
  const about = [...evidence.revisions.values()]
  const skipped = about.filter(({ id, state }) => applied.has(id) && state === 'absent')
  const twice = about.filter(({ id, state }) => !applied.has(id) && state === 'applied')
  const names = (some: typeof about): string => listed(some.map(({ id }) => id))
  return {
    late:
      skipped.length > 0
        ? [
            `too late: ${names(skipped)} would be skipped, and the schema lacks what ${skipped.length === 1 ? 'it makes' : 'they make'}`,
          ]
        : [],
    early: twice.length > 0 ? [`too early: ${names(twice)} would run a second time`] : [],
  }
}

/** What the schema says, in sentences without a full stop. */
export function evidenceLines(graph: RevisionGraph, { cut, revisions }: SchemaEvidence): readonly string[] {
  if (cut.kind === 'contradiction') return []
  const { applied } = cut
  const absent = [...revisions.values()].filter(({ state }) => state === 'absent')
  const first = absent.filter(({ id }) =>
    (graph.get(id)?.downRevisions ?? []).every((parent) => applied.has(parent)),
  )
  const tips = tipsOf(graph, applied)
  const silent = cut.kind === 'several' ? cut.deciding : []
  const unless = cut.kind === 'proven' ? cut.unless.slice(0, 3) : []
  const counters = cut.kind === 'proven' ? cut.counted : null
  const holds = counters === null ? 'this holds if' : `by ${counters},`
  return [
    tips.length === 0
      ? 'nothing of these migrations is applied'
      : `everything up to ${listed(tips)} is applied`,
    ...(first.length > 0 ? first : absent)
      .slice(0, 3)
      .map(
        ({ id, effects, present }) =>
          `${shown(id)} is not${effects > 0 ? ` (${effects - present} of ${counted(effects, 'effect')} absent)` : ''}`,
      ),
    ...unless.map((id) => `${holds} the lost migration dropped nothing of ${shown(id)}`),
    ...silent
      .slice(0, 5)
      .map(
        (id) =>
          `whether ${shown(id)} ran can't be told: ${revisions.get(id)?.silence ?? 'its effects do not decide'}`,
      ),
  ]
}

function tipsOf(graph: RevisionGraph, applied: ReadonlySet<string>): readonly string[] {
  const before = new Set<string>()
  for (const id of applied) {
    for (const other of graph.map.byId.get(id)?.before ?? []) before.add(other)
  }
  return [...applied].filter((id) => !before.has(id) && ancestorsOf(graph, [id]).size > 0)
}
