/** Remedies that make the version rows match the live schema. */
import { type Remedy, advice, command } from '../../core/findings/finding.ts'
import { type JudgeFacts, untrustingEvidence } from '../../core/judge/judge-facts.ts'
import { type Candidate, candidateRows, changeTo } from '../../core/judge/judge-rows.ts'
import { counted, listed, shown } from '../../core/text/display.ts'
import { withoutColumnsOf } from '../../core/evidence/object-labels.ts'
import { missingToDecide } from '../phrases/undecided.ts'
import { rowsCommand } from './remedy-text.ts'

/** `remedies` are commands, from best to worst. `otherwise` is used if none of them passes verification. */
export interface PositionRemedies {
  readonly remedies: readonly Remedy[]
  readonly otherwise: readonly Remedy[]
}

/**
 * Suggests stamping if there are no version rows, and restamping otherwise. `failing` counts as applied only if
 * there's evidence.
 */
export function positionRemedies(judge: JudgeFacts | null, failing: string | null = null): PositionRemedies {
  if (!judge) return { remedies: [], otherwise: [] }
  const rows = judge.state.versions.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
  const remedies = candidateRows(judge).flatMap((candidate) => {
    const same = candidate.rows.length === rows.length && candidate.rows.every((row) => rows.includes(row))
    const guessed = failing !== null && candidate.undecided.includes(failing)
    return same || guessed ? [] : [remedyFor(judge, rows, candidate)]
  })
  const sentence = remedies.length > 0 ? null : missingToDecide(judge)
  return { remedies, otherwise: sentence === null ? [] : [advice(sentence)] }
}

function remedyFor(judge: JudgeFacts, rows: readonly string[], candidate: Candidate): Remedy {
  const { certainty, undecided, upgrade } = candidate
  const runs = upgrade.prediction.steps.map(({ revision }) => revision)
  const then = runs.length === 0 ? 'nothing remains to run' : `the upgrade then runs ${listed(runs, 3)}`
  const when =
    certainty === 'proven'
      ? `The schema shows that ${listed(candidate.rows)} ran last${effects(judge, candidate)}`
      : undecided.length === 0
        ? `If ${listed(candidate.rows)} ran last`
        : `If ${listed(undecided)} ran (the schema doesn't show whether it did)`
  const title = `${when}${certainty === 'proven' ? ';' : ','} ${then}:`
  const sure = certainty === 'proven' ? 'proven' : 'unsure'
  return rows.length === 0
    ? command(title, ['alembic', 'stamp', ...candidate.rows], 'database', sure, {
        kind: 'stamp',
        revisions: candidate.rows,
      })
    : rowsCommand(title, changeTo(rows, candidate.rows), sure)
}

/** The evidence for a candidate, such as ` (b2: 6 of 6 effects present)`. */
function effects(judge: JudgeFacts, { rows }: Candidate): string {
  const evidence = untrustingEvidence(judge)
  const said = rows.flatMap((id) => {
    const about = evidence?.revisions.get(id)
    return about && about.effects > 0
      ? [`${shown(id)}: ${about.present} of ${counted(about.effects, 'effect')} present`]
      : []
  })
  return said.length === 0 ? '' : ` (${said.join(', ')})`
}

/** Describes a partly applied revision, such as `b2: 4 of 5 effects present (table users)`. */
export function partlyApplied(judge: JudgeFacts | null, id: string): string | null {
  const about = judge && untrustingEvidence(judge)?.revisions.get(id)
  if (!about || about.present === 0 || about.missing.length === 0) return null
  const all = withoutColumnsOf(about.missing)
  const missing = all.slice(0, 4)
  const more = all.length - missing.length
  return `${shown(id)}: ${about.present} of ${counted(about.effects, 'effect')} present (${listed(withoutColumnsOf(about.there), 3)}); ${listed(missing)}${more > 0 ? ` and ${more} more` : ''} missing.`
}
