/**
 * Plans a change to the version table, including the evidence for it, its effects, and how to undo it. Refuses
 * harmful changes.
 */
import type { DatabaseState } from '../history/database-state.ts'
import type { Misfit, SchemaEvidence, Silence } from '../evidence/applied-revisions.ts'
import { type RevisionGraph, ancestorsOf } from '../history/revision-graph.ts'
import { nearMisses, resolveIdentifier } from '../history/identifier.ts'
import {
  type Contradiction,
  type PositionFact,
  contradictionsOf,
  positionFacts,
} from '../lost/choose-position.ts'
import type { Provenance } from '../lost/provenance.ts'
import { type RemedyContext, type Provenances, mainCause } from '../lost/provenances.ts'
import { pythonLength } from '../text/python-text.ts'
import type { Repository } from '../history/repository.ts'
import { databasePositionOf } from '../upgrade/database-position.ts'
import { predictUpgrade } from '../upgrade/predict-upgrade.ts'
import { type RowChange, type VersionScript, reversed, versionScript } from './version-sql.ts'
import type { Prediction } from '../upgrade/prediction.ts'

/** Facts needed to plan a restamp. */
export interface RestampFacts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  readonly state: DatabaseState
  /** Evidence from the schema alone, ignoring the version table; null if the schema couldn't be read. */
  readonly evidence: SchemaEvidence | null
  /** Why no file defines the revisions of some version rows; null if not investigated. */
  readonly provenance: Provenances | null
  /** Target of the next `alembic upgrade`. */
  readonly target: string
  /** True to make the change even if evidence contradicts it. */
  readonly force: boolean
}

/** Evidence for and against a change. If any evidence contradicts the change, `force` is required. */
export interface RestampEvidence {
  readonly supports: readonly RestampFact[]
  readonly objects: readonly RestampFact[]
  readonly contradictions: readonly RestampFact[]
}

/** A fact for or against a change, or why something couldn't be checked. */
export type RestampFact =
  | { readonly kind: 'schema'; readonly fact: PositionFact }
  /** How many of the revision's effects are present. */
  | { readonly kind: 'effects'; readonly id: string; readonly present: number; readonly effects: number }
  | { readonly kind: 'silent'; readonly id: string; readonly silence: Silence }
  /** Why no file defines the row's revision. */
  | { readonly kind: 'provenance'; readonly cause: Provenance; readonly place: RemedyContext }
  /**
   * `skipped`: ancestors of a new id that would count as applied, although they may not have run. `undefined`: rows
   * whose revision no file defines.
   */
  | { readonly kind: 'skipped' | 'undefined'; readonly revisions: readonly string[] }
  /** A clause that names what couldn't be checked. */
  | { readonly kind: 'unknown'; readonly what: string }
  | { readonly kind: 'unreadSchema' }
  | { readonly kind: 'misfit'; readonly where: readonly Misfit[] }
  | Contradiction

/** Why the requested change is refused. */
export type RestampRefusal =
  | { readonly kind: 'noTable' | 'notTable'; readonly table: string }
  /** `repr` is null for a row whose value is NULL. */
  | { readonly kind: 'noText'; readonly table: string; readonly repr: string | null }
  | { readonly kind: 'twice'; readonly table: string; readonly row: string }
  | { readonly kind: 'repeated'; readonly id: string }
  | { readonly kind: 'notStamped'; readonly absent: readonly string[]; readonly rows: readonly string[] }
  /** `replaces` is true if the id was meant to replace another row. */
  | { readonly kind: 'stamped'; readonly there: readonly string[]; readonly replaces: boolean }
  | { readonly kind: 'undefined'; readonly id: string; readonly meant: string | null }
  | { readonly kind: 'length'; readonly id: string; readonly length: number; readonly width: number }
  /** Alembic's error; null if a file can't be read. */
  | { readonly kind: 'brokenGraph'; readonly error: string | null }
  /** `earlier` is the row that became redundant. */
  | {
      readonly kind: 'overlap'
      readonly revision: string
      readonly others: readonly string[]
      readonly earlier: string | null
    }
  | { readonly kind: 'evidence'; readonly contradictions: readonly RestampFact[] }

/** How to restore the previous version rows. */
export interface Undo {
  readonly change: RowChange
  /** True if undoing the change requires `--force`. */
  readonly forced: boolean
  /** Why the guard would refuse the undo even with `--force`; null if it wouldn't. */
  readonly reason: RestampRefusal | null
  readonly sql: readonly string[]
}

/** A change that the guard can make to the version rows. */
export interface RestampPlan {
  readonly change: RowChange
  /** Current version rows, in the database's order. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** True if the same revisions count as applied afterward. */
  readonly samePosition: boolean
  readonly script: VersionScript
  readonly evidence: RestampEvidence
  readonly prediction: Prediction
  readonly undo: Undo
}

/** A plan, or why the change is refused. */
export type RestampOutcome =
  | { readonly kind: 'plan'; readonly plan: RestampPlan }
  | {
      readonly kind: 'refused'
      readonly reason: RestampRefusal
      readonly evidence: RestampEvidence | null
    }

/** Plans the requested change. */
export function planRestamp(facts: RestampFacts, change: RowChange): RestampOutcome {
  const checked = checkedChange(facts, change)
  if ('kind' in checked) return checked
  const script = versionScript(facts.state.dialect, facts.state.versionTable, change)
  return { kind: 'plan', plan: { ...checked, change, script, undo: undoOf(facts, change, checked.after) } }
}

interface Checked {
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly samePosition: boolean
  readonly evidence: RestampEvidence
  readonly prediction: Prediction
}

function refused(
  reason: RestampRefusal,
  evidence: RestampEvidence | null = null,
): Extract<RestampOutcome, { readonly kind: 'refused' }> {
  return { kind: 'refused', reason, evidence }
}

function checkedChange(
  facts: RestampFacts,
  change: RowChange,
): Checked | Extract<RestampOutcome, { readonly kind: 'refused' }> {
  const { repository, graph, state, target } = facts
  const table = state.versionTable.name
  if (!state.versionTable.exists) return refused({ kind: 'noTable', table })
  if (state.versionTable.relation !== 'table') return refused({ kind: 'notTable', table })
  const before: string[] = []
  for (const row of state.versions) {
    if (row.kind !== 'text') {
      return refused({ kind: 'noText', table, repr: row.kind === 'null' ? null : row.repr })
    }
    before.push(row.value)
  }
  const twice = before.find((row, index) => before.indexOf(row) !== index)
  if (twice !== undefined) return refused({ kind: 'twice', table, row: twice })
  const gone = [...change.removed, ...change.changed.map(({ from }) => from)]
  const brought = [...change.changed.map(({ to }) => to), ...change.added]
  const named = [...gone, ...brought]
  const repeated = named.find((id, index) => named.indexOf(id) !== index)
  if (repeated !== undefined) return refused({ kind: 'repeated', id: repeated })
  const absent = gone.filter((id) => !before.includes(id))
  if (absent.length > 0) return refused({ kind: 'notStamped', absent, rows: before })
  const there = brought.filter((id) => before.includes(id))
  if (there.length > 0) return refused({ kind: 'stamped', there, replaces: gone.length > 0 })
  for (const id of brought) {
    const refusal = refusedTarget(facts, id)
    if (refusal) return refusal
  }
  if (graph.problem) return refused({ kind: 'brokenGraph', error: graph.problem.error?.message ?? null })
  const moved = new Map(change.changed.map(({ from, to }) => [from, to]))
  const after = [
    ...before.flatMap((row) => (change.removed.includes(row) ? [] : [moved.get(row) ?? row])),
    ...change.added,
  ]
  const stateAfter = {
    ...state,
    versions: after.map((value) => ({ kind: 'text' as const, value })),
  }
  const prediction = predictUpgrade(repository, graph, stateAfter, target)
  const standing = databasePositionOf(graph, stateAfter, prediction)
  if (standing.kind === 'overlapping') {
    const { revision, others } = standing
    const earlier = others.find((id) => before.includes(id)) ?? null
    return refused({ kind: 'overlap', revision, others, earlier })
  }
  const samePosition = sameRevisions(graph, before, after)
  const found = evidenceOf(facts, after, change)
  // If the position doesn't change, the contradictions aren't new.
  const evidence = samePosition
    ? { ...found, objects: [...found.contradictions, ...found.objects], contradictions: [] }
    : found
  if (evidence.contradictions.length > 0 && !facts.force) {
    return refused({ kind: 'evidence', contradictions: evidence.contradictions }, evidence)
  }
  return { before, after, samePosition, evidence, prediction }
}

/** Refuses an id that doesn't exactly match a revision, or that is too long. */
function refusedTarget(
  { graph, state }: RestampFacts,
  id: string,
): Extract<RestampOutcome, { readonly kind: 'refused' }> | null {
  if (!graph.map.byId.has(id)) {
    const found = resolveIdentifier(graph, id)
    const [near] = nearMisses(graph, id)
    const meant = found.kind === 'revision' ? found.id : (near?.id ?? null)
    return refused({ kind: 'undefined', id, meant })
  }
  const { width } = state.versionTable
  const length = pythonLength(id)
  if (width === null || length <= width) return null
  return refused({ kind: 'length', id, length, width })
}

/** Whether both lists describe the same applied revisions. */
function sameRevisions(graph: RevisionGraph, before: readonly string[], after: readonly string[]): boolean {
  const resolved = before.map((row) => resolveIdentifier(graph, row))
  const ids = resolved.flatMap((found) => (found.kind === 'revision' ? [found.id] : []))
  if (ids.length < before.length) return false
  const was = ancestorsOf(graph, ids)
  const is = ancestorsOf(graph, after)
  return was.size === is.size && [...is].every((id) => was.has(id))
}

function evidenceOf(facts: RestampFacts, after: readonly string[], change: RowChange): RestampEvidence {
  const { graph, evidence } = facts
  const supports: RestampFact[] = []
  const objects: RestampFact[] = []
  const contradictions: RestampFact[] = []
  const applied = ancestorsOf(graph, after)
  const stillLost = after.filter((id) => !graph.map.byId.has(id))
  if (!evidence) contradictions.push({ kind: 'unreadSchema' })
  else if (evidence.cut.kind === 'contradiction') {
    contradictions.push({ kind: 'misfit', where: evidence.cut.where })
  } else {
    supports.push(...positionFacts(graph, evidence).map((fact) => ({ kind: 'schema' as const, fact })))
    // A remaining lost revision may explain why other revisions seem applied.
    contradictions.push(
      ...contradictionsOf(applied, evidence).filter(({ kind }) => kind === 'late' || stillLost.length === 0),
    )
  }
  for (const id of [...change.changed.map(({ to }) => to), ...change.added]) {
    const about = evidence?.revisions.get(id)
    if (!about) continue
    if (about.effects > 0 && about.present > 0) {
      supports.push({ kind: 'effects', id, present: about.present, effects: about.effects })
    } else if (about.silence !== null) {
      objects.push({ kind: 'silent', id, silence: about.silence })
    }
  }
  for (const { from, to } of change.changed) {
    const cause = mainCause(facts.provenance, from)
    if (!cause || !facts.provenance) continue
    const fact = { kind: 'provenance' as const, cause, place: facts.provenance.place }
    if (cause.kind !== 'renamed' || cause.to !== to) objects.push(fact)
    else supports.push(fact)
    const unrun = cause.kind === 'renamed' && cause.to === to ? cause.unrun : []
    const skipped = unrun.filter((id) => evidence?.revisions.get(id)?.state !== 'applied')
    if (skipped.length > 0) contradictions.push({ kind: 'skipped', revisions: skipped })
  }
  if (stillLost.length > 0) objects.push({ kind: 'undefined', revisions: stillLost })
  objects.push(...(facts.provenance?.unavailable ?? []).map((what) => ({ kind: 'unknown' as const, what })))
  return { supports, objects, contradictions }
}

/** Plans how to undo a change. `after` contains the version rows after the change. */
function undoOf(facts: RestampFacts, change: RowChange, after: readonly string[]): Undo {
  const back = reversed(change)
  const state = { ...facts.state, versions: after.map((value) => ({ kind: 'text' as const, value })) }
  const then = { ...facts, state, provenance: null }
  const sql = versionScript(state.dialect, state.versionTable, back).changes
  const plain = checkedChange({ ...then, force: false }, back)
  if (!('kind' in plain)) return { change: back, forced: false, reason: null, sql }
  const forced = checkedChange({ ...then, force: true }, back)
  return 'kind' in forced
    ? { change: back, forced: false, reason: forced.reason, sql }
    : { change: back, forced: true, reason: null, sql }
}
