/** Remedies for a version row whose migration file is missing, if the live schema shows the revision's position. */
import { type Remedy, advice } from '../../core/findings/finding.ts'
import { judgePlaceholder } from '../../core/judge/judge-files.ts'
import { type JudgeFacts, untrustingEvidence } from '../../core/judge/judge-facts.ts'
import { type Candidate, candidateRows, changeTo } from '../../core/judge/judge-rows.ts'
import { schemaOwnership } from '../../core/judge/schema-ownership.ts'
import { ancestorsOf } from '../../core/history/revision-graph.ts'
import { shortCommit } from '../../core/lost/git-history.ts'
import type { Provenance, ProvenanceOf } from '../../core/lost/provenance.ts'
import type { RemedyContext } from '../../core/lost/provenances.ts'
import { judgedRemedies } from '../../core/judge/judge-remedy.ts'
import { isUncertain } from '../../core/lost/choose-position.ts'
import { withPlaceholders } from '../../core/lost/plan-placeholder.ts'
import { counted, listed, shown } from '../../core/text/display.ts'
import { silence } from '../phrases/schema-evidence.ts'
import { missingToDecide } from '../phrases/undecided.ts'
import { provenanceText } from './provenance-remedies.ts'
import { type ProvenanceText, placeholderCommand, rowsCommand } from './remedy-text.ts'

/** Explains why a revision was lost and proposes verified remedies. `judge` is null if there's no database. */
export function judgedText(
  cause: Provenance,
  place: RemedyContext,
  judge: JudgeFacts | null,
): ProvenanceText {
  const text = provenanceText(cause, place)
  const lost =
    judge?.state.versions.some((row) => row.kind === 'text' && row.value === cause.revision) === true &&
    cause.kind !== 'ahead' &&
    cause.kind !== 'foreign' &&
    cause.kind !== 'here'
  if (!judge || !lost) return { ...text, remedies: judgedRemedies(judge, text.remedies).remedies }
  // If the row differs from a revision id only in case, the schema doesn't matter.
  if (judge.live === null && isOtherSpelling(cause)) return text
  const proposed = lostRowRemedies(judge, cause.revision, cause)
  const own = text.remedies.filter(({ action }) => action?.kind !== 'placeholder')
  const { remedies, undecided } = judgedRemedies(judge, [...own, ...proposed.remedies])
  return { ...text, remedies: undecided ? [...remedies, ...proposed.otherwise] : remedies }
}

function isOtherSpelling(cause: Provenance): boolean {
  return cause.kind === 'near-miss' && cause.misses.some(({ how }) => how === 'case')
}

/** `otherwise` is used only if no remedy passes verification. */
export interface LostRowRemedies {
  readonly remedies: readonly Remedy[]
  readonly otherwise: readonly Remedy[]
}

/** Proposes remedies for a lost row. `cause` is null if unknown. */
export function lostRowRemedies(judge: JudgeFacts, row: string, cause: Provenance | null): LostRowRemedies {
  const sentence = missingToDecide(judge)
  const before = cause?.kind === 'deleted' && isSquashed(cause) ? cause.commit : null
  return {
    remedies: [...restamps(judge, row, cause), ...placeholders(judge, row, cause)],
    otherwise: [
      ...(before
        ? [
            advice(
              `First upgrade this database to the end of the old history, using the release before ${shortCommit(before.id)}; then check again.`,
            ),
          ]
        : []),
      ...(sentence === null ? [] : [advice(sentence)]),
    ],
  }
}

/** Whether the deleted file is disconnected from the current history. */
function isSquashed({ plan }: ProvenanceOf<'deleted'>): boolean {
  return plan !== null && plan.joins.length === 0 && plan.heads.length > 1
}

/** Proposes a restamp if this release's migrations account for everything in the schema. */
function restamps(judge: JudgeFacts, row: string, cause: Provenance | null): readonly Remedy[] {
  const { graph, live, state } = judge
  const [candidate] = candidateRows(judge)
  const whole = live && schemaOwnership(graph, state.versionTable.name, live)
  if (!whole || candidate?.certainty !== 'proven') return []
  if (whole.others.length > 0 || whole.columns.length > 0) return []
  const rows = state.versions.flatMap((one) => (one.kind === 'text' ? [one.value] : []))
  const nowhere = cause === null || cause.kind === 'never-here' || cause.kind === 'near-miss'
  // The candidate must be the same migration under a new id.
  const anew =
    cause?.kind === 'deleted' &&
    cause.plan !== null &&
    !candidate.rows.some((id) => cause.plan?.files.at(-1)?.downRevisions.includes(id))
  const effects = effectsThere(judge, candidate)
  if (!(nowhere || anew) || effects === null) return []
  const { cut } = live.evidence
  const mayHaveDropped = cut.kind === 'proven' && cut.unless.length > 0 && cut.counted === null
  const wrote = madeByRow(judge, row, candidate)
  if (mayHaveDropped && !anew && !wrote) return []
  // The lost migration may be a later migration that changes only rows, which wouldn't show in the schema.
  const sure = anew || wrote ? 'proven' : 'likely'
  const unless = sure === 'proven' ? '' : `, but ${shown(row)} may have changed only data`
  const title = `If ${listed(candidate.rows)} ${candidate.rows.length === 1 ? 'replaces' : 'replace'} ${shown(row)} (${effects}, and the schema contains nothing else${unless}):`
  return [rowsCommand(title, changeTo(rows, candidate.rows), sure)]
}

/** Evidence that the candidate's revisions ran; null unless all their effects are present. */
function effectsThere(judge: JudgeFacts, { rows }: Candidate): string | null {
  const evidence = untrustingEvidence(judge)
  const about = rows.map((id) => evidence?.revisions.get(id))
  if (about.some((one) => !one || one.effects === 0 || one.present < one.effects)) return null
  return about
    .flatMap((one) =>
      one ? [`${shown(one.id)}: ${one.present} of ${counted(one.effects, 'effect')} present`] : [],
    )
    .join(', ')
}

/** Whether the candidate and its ancestors create all the tables and columns that the row's transaction created. */
function madeByRow({ live, graph }: JudgeFacts, row: string, { rows }: Candidate): boolean {
  if (live?.transactions.kind !== 'available') return false
  const made = live.transactions.rows.find(({ version }) => version === row)?.made ?? []
  const own = new Set(
    [...ancestorsOf(graph, rows)].flatMap((id) => {
      const steps = live.operations.get(id)
      return steps?.kind !== 'operations'
        ? []
        : steps.operations.flatMap((step) =>
            step.kind === 'createTable'
              ? [`table ${step.table.name}`]
              : step.kind === 'addColumn'
                ? [`column ${step.table.name}.${step.column.name}`]
                : [],
          )
    }),
  )
  const tables = made.filter(({ kind }) => kind === 'table' || kind === 'column')
  return (
    tables.length > 0 &&
    tables.every(({ kind, name, table }) =>
      own.has(kind === 'table' ? `table ${name}` : `column ${table ?? ''}.${name}`),
    )
  )
}

/** Proposes placeholders at the positions that fit the live schema. */
function placeholders(judge: JudgeFacts, row: string, cause: Provenance | null): readonly Remedy[] {
  const { state, graph, repository } = judge
  const lost = state.versions.flatMap((one) =>
    one.kind === 'text' && one.value !== '' && !graph.map.byId.has(one.value) ? [one.value] : [],
  )
  const judged = judgePlaceholder(judge, lost, null)
  // Restoring the file is better, unless git has never contained it.
  const gone = cause?.from === 'git' && cause.kind === 'never-here'
  const several = lost.length > 1
  if (judged.kind === 'judged') {
    if (judged.chosen.doubt.length > 0 || isUncertain(judged.chosen.assumed)) return []
    const how = {
      proven: 'proven position',
      likely: 'likely position',
      'by name': 'position known from a down_revision',
      given: 'the given position',
    }[judged.chosen.certainty]
    const title = several
      ? `If the lost migrations can't be recovered, create a placeholder for each (${how}):`
      : `If the lost migration can't be recovered, or if it only changed data, create a placeholder (${how}):`
    const sure = judged.chosen.certainty === 'proven' && gone ? 'proven' : gone ? 'likely' : 'unsure'
    return [placeholderCommand(title, several ? [] : [row], null, sure, lost)]
  }
  if (several || judged.reason.kind !== 'place' || judged.reason.reason.kind !== 'several') return []
  const { places, more, deciding } = judged.reason.reason
  if (more) return []
  const completed = withPlaceholders(repository, lost, graph)
  return places
    .filter((tips) => tips.length < 2)
    .toSorted((a, b) => ancestorsOf(completed, b).size - ancestorsOf(completed, a).size)
    .slice(0, 3)
    .map((tips) => {
      const applied = ancestorsOf(completed, tips)
      const ran = deciding.filter((id) => applied.has(id))
      const not = deciding.filter((id) => !applied.has(id))
      const title = `If the lost migration can't be recovered and ${whether(ran, not)}${whyUndecided(judge, deciding)}, create a placeholder ${tips[0] === undefined ? 'at the beginning' : `after ${shown(tips[0])}`}:`
      return placeholderCommand(title, [row], tips[0] ?? 'base', 'unsure')
    })
}

function whether(ran: readonly string[], not: readonly string[]): string {
  return [
    ...(ran.length > 0 ? [`${listed(ran)} ran here`] : []),
    ...(not.length > 0 ? [`${listed(not)} didn't`] : []),
  ].join(' and ')
}

function whyUndecided(judge: JudgeFacts, deciding: readonly string[]): string {
  const [id] = deciding
  const why = judge.live?.evidence.revisions.get(id ?? '')?.silence ?? null
  return why === null || deciding.length > 1 ? '' : ` (${silence(why)})`
}
