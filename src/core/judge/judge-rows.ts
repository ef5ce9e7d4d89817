/** Checks changes to the version table, and proposes rows that match the live schema. */
import type { AppliedSet, SchemaEvidence } from '../evidence/applied-revisions.ts'
import { type RevisionGraph, ancestorsOf } from '../history/revision-graph.ts'
import {
  type RestampEvidence,
  type RestampFact,
  type RestampRefusal,
  planRestamp,
} from '../restamp/plan-restamp.ts'
import type { RowChange } from '../restamp/version-sql.ts'
import { type JudgeFacts, untrustingEvidence } from './judge-facts.ts'
import { type UpgradeAfter, upgradeAfter, withRows } from './judge-upgrade.ts'

/** Version rows that are consistent with the schema. */
export interface Candidate {
  readonly rows: readonly string[]
  /** `proven`: no other position is consistent with the schema. */
  readonly certainty: 'proven' | 'possible'
  /** Revisions that would count as applied even though the schema provides no evidence that they ran. */
  readonly undecided: readonly string[]
  readonly upgrade: UpgradeAfter
}

/** Why a change to the version table isn't recommended. */
export type RowObjection =
  | { readonly kind: 'refused'; readonly reason: RestampRefusal }
  /** No object contradicts the rows, but the schema as a whole matches only other positions. */
  | { readonly kind: 'position' }
  | { readonly kind: 'upgrade'; readonly upgrade: UpgradeAfter }

/** Result of checking a change to the version table. */
export type RowJudgement =
  | { readonly kind: 'accepted'; readonly candidate: Candidate; readonly evidence: RestampEvidence | null }
  | { readonly kind: 'refused'; readonly objection: RowObjection }

/** Maximum number of candidate positions to propose. */
const maxCandidates = 3

/** Checks what `restamp` would do without `--force`. */
export function judgeRows(facts: JudgeFacts, change: RowChange): RowJudgement {
  const evidence = untrustingEvidence(facts)
  const planned = planRestamp({ ...facts, evidence, force: false }, change)
  if (planned.kind === 'refused') {
    return { kind: 'refused', objection: { kind: 'refused', reason: planned.reason } }
  }
  const judged = judgePosition(facts, planned.plan.after, planned.plan.samePosition)
  return judged.kind === 'accepted' ? { ...judged, evidence: planned.plan.evidence } : judged
}

/** Checks version rows before they are stamped, because `alembic stamp` doesn't check them. */
export function judgePosition(facts: JudgeFacts, rows: readonly string[], same = false): RowJudgement {
  const { graph, repository, state } = facts
  const cut = untrustingEvidence(facts)?.cut ?? null
  // Other unknown version rows have their own findings and remedies.
  const defined = rows.filter((row) => graph.map.byId.has(row))
  const applied = ancestorsOf(graph, defined)
  const refused = (objection: RowObjection): RowJudgement => ({ kind: 'refused', objection })
  const against = (contradiction: RestampFact): RowJudgement =>
    refused({ kind: 'refused', reason: { kind: 'evidence', contradictions: [contradiction] } })
  if (!same) {
    if (!cut) return against({ kind: 'unreadSchema' })
    if (cut.kind === 'contradiction') return against({ kind: 'misfit', where: cut.where })
    if (defined.length === rows.length && !allowedBy(cut, applied)) return refused({ kind: 'position' })
  }
  const upgrade = upgradeAfter(facts, repository, graph, withRows(state, defined))
  if (upgrade.prediction.outcome !== 'succeeds' || upgrade.failure) {
    return refused({ kind: 'upgrade', upgrade })
  }
  const undecided = cut?.kind === 'several' ? cut.deciding.filter((id) => applied.has(id)) : []
  const certainty = same || cut?.kind === 'proven' ? 'proven' : 'possible'
  return { kind: 'accepted', candidate: { rows, certainty, undecided, upgrade }, evidence: null }
}

/** Positions in the history that match the schema and let the upgrade succeed. */
export function candidateRows(facts: JudgeFacts): readonly Candidate[] {
  const { graph } = facts
  const evidence = untrustingEvidence(facts)
  if (!evidence) return []
  return positionsOf(evidence)
    .map((applied) => tipsOf(graph, applied))
    .filter((rows) => rows.length > 0)
    .flatMap((rows) => {
      const judged = judgePosition(facts, rows)
      return judged.kind === 'accepted' ? [judged.candidate] : []
    })
    .toSorted((a, b) => a.undecided.length - b.undecided.length)
    .slice(0, maxCandidates)
}

/** The changes that turn `before` into `after`. Rows that appear in both remain unchanged. */
export function changeTo(before: readonly string[], after: readonly string[]): RowChange {
  const gone = before.filter((row) => !after.includes(row))
  const brought = after.filter((row) => !before.includes(row))
  const pairs = Math.min(gone.length, brought.length)
  return {
    changed: gone.slice(0, pairs).map((from, index) => ({ from, to: brought[index] ?? '' })),
    removed: gone.slice(pairs),
    added: brought.slice(pairs),
  }
}

/** Applied revisions that no other applied revision follows or depends on. */
function tipsOf(graph: RevisionGraph, applied: ReadonlySet<string>): readonly string[] {
  const before = new Set<string>()
  for (const id of applied) for (const other of graph.map.byId.get(id)?.before ?? []) before.add(other)
  return [...graph.map.byId.keys()].filter((id) => applied.has(id) && !before.has(id))
}

function positionsOf({ cut }: SchemaEvidence): readonly ReadonlySet<string>[] {
  if (cut.kind === 'proven') return [cut.applied]
  return cut.kind === 'several' && !cut.more ? cut.candidates : []
}

function allowedBy(cut: AppliedSet, applied: ReadonlySet<string>): boolean {
  const same = (one: ReadonlySet<string>): boolean =>
    one.size === applied.size && [...one].every((id) => applied.has(id))
  if (cut.kind === 'proven') return same(cut.applied)
  if (cut.kind !== 'several') return false
  if (!cut.more) return cut.candidates.some(same)
  return [...cut.applied].every((id) => applied.has(id)) && [...cut.absent].every((id) => !applied.has(id))
}
