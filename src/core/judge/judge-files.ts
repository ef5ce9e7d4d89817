/** Checks placeholders and restored files before they are written. */
import type { MigrationModule, PyValue } from '../history/migration-module.ts'
import type { Repository } from '../history/repository.ts'
import { resolveIdentifier } from '../history/identifier.ts'
import { type RevisionGraph, buildGraph } from '../history/revision-graph.ts'
import type { Revision } from '../history/revision.ts'
import { type LostBranches, assignBranches } from '../lost/assign-branches.ts'
import {
  type ChosenPosition,
  type Contradiction,
  type PositionFact,
  type PositionRefusal,
  choosePosition,
  contradictionsOf,
} from '../lost/choose-position.ts'
import {
  type IdRefusal,
  type PlaceholderPlan,
  type PlaceholderRefusal,
  planSeveral,
  refusedId,
  withPlaceholders,
} from '../lost/plan-placeholder.ts'
import type { Misfit } from '../evidence/applied-revisions.ts'
import type { ReturningFiles } from '../findings/finding.ts'
import type { JudgeFacts } from './judge-facts.ts'
import { type UpgradeAfter, upgradeAfter } from './judge-upgrade.ts'

/** Objections to a placeholder. Only `--force` overrides them. */
export type PlaceholderObjection =
  | Contradiction
  | { readonly kind: 'unreadSchema' }
  | { readonly kind: 'misfit'; readonly where: readonly Misfit[] }
  /** Applied revisions that would run again. */
  | { readonly kind: 'again'; readonly revisions: readonly string[] }
  | { readonly kind: 'upgrade'; readonly upgrade: UpgradeAfter }

/** Why a placeholder can't be created. */
export type NoPlaceholder =
  | { readonly kind: 'id'; readonly id: string; readonly reason: IdRefusal }
  | { readonly kind: 'graph'; readonly error: string | null }
  | { readonly kind: 'place'; readonly reason: PositionRefusal }
  | { readonly kind: 'links'; readonly reason: PlaceholderRefusal }

/** A placeholder at the chosen position, with any objections to it. */
export interface JudgedPlaceholder {
  readonly kind: 'judged'
  readonly graph: RevisionGraph
  readonly chosen: ChosenPosition
  readonly plan: PlaceholderPlan
  readonly evidence: readonly PositionFact[]
  readonly objections: readonly PlaceholderObjection[]
}

/** Result of checking a placeholder. */
export type PlaceholderJudgement =
  | JudgedPlaceholder
  | { readonly kind: 'refused'; readonly reason: NoPlaceholder; readonly evidence: readonly PositionFact[] }

/** Cached, because several callers need this expensive result. */
const judged = new WeakMap<JudgeFacts, Map<string, PlaceholderJudgement>>()

/** Checks placeholders for all `lost` revisions. If `after` is null, infers their position from the evidence. */
export function judgePlaceholder(
  facts: JudgeFacts,
  lost: readonly string[],
  after: string | null,
): PlaceholderJudgement {
  const known = judged.get(facts) ?? new Map<string, PlaceholderJudgement>()
  judged.set(facts, known)
  const question = JSON.stringify([lost, after])
  const found = known.get(question) ?? judgeAnew(facts, lost, after)
  known.set(question, found)
  return found
}

function judgeAnew(facts: JudgeFacts, lost: readonly string[], after: string | null): PlaceholderJudgement {
  const { repository, graph, state, live, target } = facts
  const refused = (reason: NoPlaceholder, evidence: readonly PositionFact[] = []): PlaceholderJudgement => ({
    kind: 'refused',
    reason,
    evidence,
  })
  for (const id of lost) {
    const reason = refusedId(id, repository, state.versionTable.width)
    if (reason !== null) return refused({ kind: 'id', id, reason })
  }
  const rows = state.versions.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
  const unknown = rows.filter((row) => row !== '' && resolveIdentifier(graph, row).kind === 'unknown')
  // A file may refer to another lost revision, which then needs a stub too.
  const completed = withPlaceholders(repository, [...new Set([...lost, ...unknown])], graph)
  if (completed.problem) return refused({ kind: 'graph', error: completed.problem.error?.message ?? null })
  const known = rows.flatMap((row) => {
    const found = lost.includes(row) || row === '' ? null : resolveIdentifier(graph, row)
    return found?.kind === 'revision' ? [found.id] : []
  })
  const evidence = live?.evidence ?? null
  const chosen = choosePosition(completed, { lost, known }, evidence, after, target)
  if (chosen.kind === 'refused') return refused({ kind: 'place', reason: chosen.reason }, chosen.evidence)
  const branches = branchesOf(completed, lost, chosen, facts)
  const facing = [...chosen.evidence, ...(branches?.evidence ?? [])]
  const { place } = chosen
  const planned = planSeveral(completed, branches?.places ?? [{ lost, place }], known)
  if (planned.kind === 'refused') return refused({ kind: 'links', reason: planned.reason }, facing)
  const objections = objectionsTo(facts, chosen)
  if (objections.length === 0) {
    const expected = repositoryWith(repository, planned.plan)
    objections.push(...objectionsAfter(facts, expected, place.applied))
  }
  return { kind: 'judged', graph: completed, chosen, plan: planned.plan, evidence: facing, objections }
}

function branchesOf(
  graph: RevisionGraph,
  lost: readonly string[],
  { place }: ChosenPosition,
  { live }: JudgeFacts,
): Extract<LostBranches, { readonly kind: 'branches' }> | null {
  if (lost.length < 2 || place.parents.length < 2 || !live) return null
  const divided = assignBranches(graph, lost, place, live)
  return divided.kind === 'branches' ? divided : null
}

/** Returns objections to the requested position, based on the schema. */
function objectionsTo({ live }: JudgeFacts, { certainty, place }: ChosenPosition): PlaceholderObjection[] {
  if (certainty !== 'given') return []
  if (!live) return [{ kind: 'unreadSchema' }]
  const { cut } = live.evidence
  const against: PlaceholderObjection[] = [...contradictionsOf(place.applied, live.evidence)]
  return against.length === 0 && cut.kind === 'contradiction'
    ? [{ kind: 'misfit', where: cut.where }]
    : against
}

/** Problems that the next `alembic upgrade` would run into. */
function objectionsAfter(
  facts: JudgeFacts,
  repository: Repository,
  applied: ReadonlySet<string>,
): PlaceholderObjection[] {
  const upgrade = upgradeAfter(facts, repository, buildGraph(repository, facts.graph), facts.state)
  if (upgrade.prediction.outcome !== 'succeeds' || upgrade.failure) return [{ kind: 'upgrade', upgrade }]
  const again = upgrade.prediction.steps.map(({ revision }) => revision).filter((id) => applied.has(id))
  return again.length > 0 ? [{ kind: 'again', revisions: again }] : []
}

/** Returns the upgrade that would fail after these files are restored; null if it would succeed. */
export function objectionToRestore(
  facts: JudgeFacts,
  { files, relinks }: ReturningFiles,
): UpgradeAfter | null {
  const placeholders = files.map(({ revision, downRevisions, dependsOn }) => ({
    id: revision,
    parents: downRevisions,
    dependsOn,
  }))
  const moved = new Map(relinks.map(({ child, from, to }) => [child, { from, to: [to] }]))
  const changed = facts.graph.revisions.flatMap((revision) => {
    const change = moved.get(revision.id)
    return change ? [{ revision, changes: [change] }] : []
  })
  const repository = repositoryWith(facts.repository, { placeholders, relinks: changed })
  const graph = buildGraph(repository, facts.graph)
  // Other unknown version rows have their own findings and remedies.
  const versions = facts.state.versions.filter(
    (row) => row.kind !== 'text' || resolveIdentifier(graph, row.value).kind !== 'unknown',
  )
  return objection(upgradeAfter(facts, repository, graph, { ...facts.state, versions }))
}

/** Cached, because a rule and the check of its remedy both need the result. */
const judgedMerges = new WeakMap<JudgeFacts, Map<string, UpgradeAfter | null>>()

/** Returns the upgrade that would fail after merging these heads; null if it would succeed. */
export function objectionToMerge(facts: JudgeFacts, heads: readonly string[]): UpgradeAfter | null {
  const known = judgedMerges.get(facts) ?? new Map<string, UpgradeAfter | null>()
  judgedMerges.set(facts, known)
  const question = JSON.stringify(heads)
  const found = known.get(question)
  if (found !== undefined) return found
  const objected = judgeMerge(facts, heads)
  known.set(question, objected)
  return objected
}

function judgeMerge(facts: JudgeFacts, heads: readonly string[]): UpgradeAfter | null {
  const merge = { id: unusedId(facts.graph), parents: heads }
  const repository = repositoryWith(facts.repository, { placeholders: [merge], relinks: [] })
  return objection(upgradeAfter(facts, repository, buildGraph(repository, facts.graph), facts.state))
}

function objection(upgrade: UpgradeAfter): UpgradeAfter | null {
  return upgrade.prediction.outcome !== 'succeeds' || upgrade.failure ? upgrade : null
}

/** Generates an unused revision id in Alembic's format: twelve hexadecimal digits. */
function unusedId({ map }: RevisionGraph): string {
  for (let number = 0; ; number++) {
    const id = number.toString(16).padStart(12, '0')
    if (!map.byId.has(id)) return id
  }
}

interface Additions {
  readonly placeholders: readonly {
    readonly id: string
    readonly parents: readonly string[]
    readonly dependsOn?: readonly string[]
  }[]
  readonly relinks: PlaceholderPlan['relinks']
}

/** Returns the repository as it would be after applying the plan. */
function repositoryWith(repository: Repository, { placeholders, relinks }: Additions): Repository {
  const links = new Map(relinks.map(({ revision, changes }) => [revision.path, { revision, changes }]))
  const modules = repository.modules.map((module): MigrationModule => {
    const link = links.get(module.path)
    return link ? { ...module, downRevision: bound(relinked(link), module.path) } : module
  })
  const added = placeholders.map(({ id, parents, dependsOn = [] }): MigrationModule => {
    const path = `${id}.py`
    const step = { kind: 'function', required: [], keywords: null, span: spanOf(path) } as const
    return {
      path,
      revision: bound([id], path),
      downRevision: bound(parents, path),
      branchLabels: { kind: 'unbound' },
      dependsOn: bound(dependsOn, path),
      doc: null,
      upgrade: step,
      downgrade: step,
      raises: null,
      unreadable: null,
    }
  })
  return { ...repository, modules: [...modules, ...added] }
}

function relinked({
  revision,
  changes,
}: {
  readonly revision: Revision
  readonly changes: PlaceholderPlan['relinks'][number]['changes']
}): readonly string[] {
  const from = (name: string | null) => changes.find((change) => change.from === name)
  const base = from(null)
  if (base) return base.to
  return revision.downRevisions.flatMap((name) => from(name)?.to ?? [name])
}

function bound(names: readonly string[], path: string): MigrationModule['downRevision'] {
  const items = names.map((value): PyValue => ({ kind: 'str', value }))
  const [only] = items
  const value: PyValue = !only ? { kind: 'none' } : items.length === 1 ? only : { kind: 'tuple', items }
  return { kind: 'value', value, span: spanOf(path) }
}

function spanOf(path: string) {
  return { path, line: 1, column: 1 }
}
