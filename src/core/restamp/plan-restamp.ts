/**
 * Plans a change of version rows: what it takes away and brings, what speaks for it and against it, what
 * `alembic upgrade` would then do, and how it is undone. Refuses what would harm; opens no database.
 */
import type { DatabaseState } from '../history/database-state.ts'
import type { SchemaEvidence } from '../evidence/applied-revisions.ts'
import { type RevisionGraph, ancestorsOf } from '../history/revision-graph.ts'
import { nearMisses, resolveIdentifier } from '../history/identifier.ts'
import { contradictionsOf, evidenceLines } from '../lost/choose-position.ts'
import { provenanceText } from '../lost/provenance-remedies.ts'
import { type Provenances, mainCause } from '../lost/provenances.ts'
import { pythonLength } from '../text/python-text.ts'
import type { Repository } from '../history/repository.ts'
import { databasePositionOf } from '../upgrade/database-position.ts'
import { counted, listed, shown } from '../text/display.ts'
import { predictUpgrade } from '../upgrade/predict-upgrade.ts'
import { type RowChange, type VersionScript, reversed, versionScript } from './version-sql.ts'
import type { Prediction } from '../upgrade/prediction.ts'

/** Everything that the plan is made of. */
export interface RestampFacts {
  readonly repository: Repository
  readonly graph: RevisionGraph
  readonly state: DatabaseState
  /** Judged without trust in any row; null: the schema could not be read. */
  readonly evidence: SchemaEvidence | null
  /** What became of rows that no file defines; null: nobody looked. */
  readonly provenance: Provenances | null
  /** What `alembic upgrade` is given afterwards. */
  readonly target: string
  /** The evidence may say otherwise. */
  readonly force: boolean
}

/** Sentences without a full stop. `contradictions` are those that only `force` gets past. */
export interface RestampEvidence {
  readonly supports: readonly string[]
  readonly objects: readonly string[]
  readonly contradictions: readonly string[]
}

/** How the rows of before come back. */
export interface Undo {
  readonly change: RowChange
  /** The guard does it only with `--force`. */
  readonly forced: boolean
  /** Why the guard would refuse it even so, and SQL alone does it; null: it would not. */
  readonly reason: string | null
  readonly sql: readonly string[]
}

/** A change that may be made. */
export interface RestampPlan {
  readonly change: RowChange
  /** Rows in the order of the table. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly script: VersionScript
  readonly evidence: RestampEvidence
  readonly prediction: Prediction
  readonly undo: Undo
}

/** A plan, or why there is none. */
export type RestampOutcome =
  | { readonly kind: 'plan'; readonly plan: RestampPlan }
  | {
      readonly kind: 'refused'
      readonly reason: string
      readonly hint: string | null
      readonly evidence: RestampEvidence | null
    }

/** Plans it; `change` is what somebody typed. */
export function planRestamp(facts: RestampFacts, change: RowChange): RestampOutcome {
  const checked = checkedChange(facts, change)
  if ('kind' in checked) return checked
  const script = versionScript(facts.state.dialect, facts.state.versionTable, change)
  return { kind: 'plan', plan: { ...checked, change, script, undo: undoOf(facts, change, checked.after) } }
}

interface Checked {
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly evidence: RestampEvidence
  readonly prediction: Prediction
}

function refused(
  reason: string,
  hint: string | null = null,
  evidence: RestampEvidence | null = null,
): Extract<RestampOutcome, { readonly kind: 'refused' }> {
  return { kind: 'refused', reason, hint, evidence }
}

function checkedChange(
  facts: RestampFacts,
  change: RowChange,
): Checked | Extract<RestampOutcome, { readonly kind: 'refused' }> {
  const { repository, graph, state, target } = facts
  const table = shown(state.versionTable.name)
  if (!state.versionTable.exists) {
    return refused(`there is no version table ${table}`, '"alembic stamp" makes one')
  }
  if (state.versionTable.relation !== 'table') return refused(`${table} is no table`)
  const before: string[] = []
  for (const row of state.versions) {
    if (row.kind !== 'text') {
      return refused(
        `${table} holds a row that is no text (${row.kind === 'null' ? 'NULL' : shown(row.repr)})`,
        'alembic-guard check says what to do about it; mend that row first',
      )
    }
    before.push(row.value)
  }
  const twice = before.find((row, index) => before.indexOf(row) !== index)
  if (twice !== undefined) {
    return refused(
      `${table} holds the row ${shown(twice)} more than once`,
      'take the copies away by hand first',
    )
  }
  const gone = [...change.removed, ...change.changed.map(({ from }) => from)]
  const brought = [...change.changed.map(({ to }) => to), ...change.added]
  const named = [...gone, ...brought]
  const repeated = named.find((id, index) => named.indexOf(id) !== index)
  if (repeated !== undefined) return refused(`${shown(repeated)} is named more than once`)
  const absent = gone.filter((id) => !before.includes(id))
  if (absent.length > 0) {
    return refused(
      `the database is not stamped ${listed(absent)}; its ${before.length === 1 ? 'row is' : 'rows are'} ${listed(before) || 'none'}`,
      'look again with "alembic-guard check": somebody may have changed it',
    )
  }
  const there = brought.filter((id) => before.includes(id))
  if (there.length > 0) {
    return refused(
      `the database is stamped ${listed(there)} already`,
      gone.length > 0 ? 'to take the other row away, give --remove alone' : null,
    )
  }
  for (const id of brought) {
    const refusal = refusedTarget(facts, id)
    if (refusal) return refusal
  }
  if (graph.problem) {
    const why = graph.problem.error?.message ?? 'a file that can not be read'
    return refused(
      `the migrations have a defect, so nobody can tell which rows fit together: ${shown(why)}`,
      'alembic-guard check names it; mend it first',
    )
  }
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
    const earlier = standing.others.find((id) => before.includes(id))
    return refused(
      `the rows would overlap: ${shown(standing.revision)} comes after ${listed(standing.others)}, so one row says it all`,
      earlier === undefined ? null : `take the earlier one away as well: --remove ${shown(earlier)}`,
    )
  }
  const evidence = evidenceOf(facts, after, change)
  if (evidence.contradictions.length > 0 && !facts.force) {
    return refused(
      `the evidence is against it: ${evidence.contradictions.join('; ')}`,
      '--force does it all the same',
      evidence,
    )
  }
  return { before, after, evidence, prediction }
}

/** A row that Alembic would not find, or could not hold. */
function refusedTarget(
  { graph, state }: RestampFacts,
  id: string,
): Extract<RestampOutcome, { readonly kind: 'refused' }> | null {
  if (!graph.map.byId.has(id)) {
    const found = resolveIdentifier(graph, id)
    const [near] = nearMisses(graph, id)
    const meant = found.kind === 'revision' ? found.id : near?.id
    return refused(
      `no file of this repository defines ${shown(id)}, and Alembic would not find the row`,
      meant === undefined ? 'name a revision of this repository' : `if ${shown(meant)} is meant, write that`,
    )
  }
  const { width } = state.versionTable
  const length = pythonLength(id)
  if (width === null || length <= width) return null
  return refused(
    `${shown(id)} has ${length} characters, and version_num holds ${width}`,
    'widen the column first, or give the migration a shorter id',
  )
}

function evidenceOf(facts: RestampFacts, after: readonly string[], change: RowChange): RestampEvidence {
  const { graph, evidence } = facts
  const supports: string[] = []
  const objects: string[] = []
  const contradictions: string[] = []
  const applied = ancestorsOf(graph, after)
  const stillLost = after.filter((id) => !graph.map.byId.has(id))
  if (!evidence) contradictions.push('the schema could not be read, so nothing proves it')
  else if (evidence.cut.kind === 'contradiction') {
    contradictions.push(`the live schema fits no place: ${evidence.cut.where.join('; ')}`)
  } else {
    supports.push(...evidenceLines(graph, evidence).map((line) => `the schema: ${line}`))
    const { late, early } = contradictionsOf(applied, evidence)
    contradictions.push(...late)
    // What a row that stays lost had run before it is nobody's mistake.
    if (stillLost.length === 0) contradictions.push(...early)
  }
  for (const id of [...change.changed.map(({ to }) => to), ...change.added]) {
    const about = evidence?.revisions.get(id)
    if (!about) continue
    if (about.effects > 0 && about.present > 0) {
      supports.push(
        `${shown(id)}: ${about.present} of ${counted(about.effects, 'effect')} ${about.effects === 1 ? 'is' : 'are'} there`,
      )
    } else if (about.silence !== null) {
      objects.push(`nothing shows whether ${shown(id)} ran: ${about.silence}`)
    }
  }
  for (const { from, to } of change.changed) {
    const cause = mainCause(facts.provenance, from)
    if (!cause || !facts.provenance) continue
    const said = `${cause.from}: ${provenanceText(cause, facts.provenance.place).message.replace(/\.$/, '')}`
    if (cause.kind !== 'renamed' || cause.to !== to) objects.push(said)
    else supports.push(said)
    const unrun = cause.kind === 'renamed' && cause.to === to ? cause.unrun : []
    const skipped = unrun.filter((id) => evidence?.revisions.get(id)?.state !== 'applied')
    if (skipped.length > 0) {
      contradictions.push(`${listed(skipped)} came before it when the id was changed, and would be skipped`)
    }
  }
  if (stillLost.length > 0) objects.push(`no file defines ${listed(stillLost)}, which stays`)
  objects.push(...(facts.provenance?.unavailable ?? []).map((lack) => `not known: ${lack}`))
  return { supports, objects, contradictions }
}

/** The same plan backwards, from the rows that there would be then. */
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
