/** Explains what happened to a missing parent or dependency. */
import { type Discovery, edit } from '../../core/findings/finding.ts'
import { provenanceTitles, provenanceText } from './provenance-remedies.ts'
import { type Provenances, mainCause } from '../../core/lost/provenances.ts'
import { shown } from '../../core/text/display.ts'

/**
 * Returns remedies and evidence; null if the cause wasn't investigated. `variable` is the variable that contains the
 * missing id.
 */
export function missingParentText(
  missing: string,
  variable: 'down_revision' | 'depends_on',
  provenances: Provenances,
): Pick<Discovery, 'evidence' | 'remedies'> | null {
  const { place, unavailable: lacks } = provenances
  const cause = mainCause(provenances, missing)
  if (!cause) return null
  const notKnown: Discovery['evidence'] = lacks.length > 0 ? [['Unknown', lacks.join('; ')]] : []
  if (cause.kind === 'near-miss' || cause.kind === 'never-here') {
    const nowhere = `no readable file has ever defined ${shown(missing)}`
    return {
      evidence: [['History', nowhere], ...notKnown],
      remedies: [edit(`Set ${variable} to an existing revision, or restore the missing file.`, 'unsure')],
    }
  }
  const { evidence, remedies } = provenanceText(cause, place)
  const mending = remedies.filter(({ touches }) => touches === 'working-tree')
  const renamed =
    cause.kind === 'renamed' ? [edit(`Set ${variable} to ${shown(cause.to)}, its new id.`, 'likely')] : []
  return {
    evidence: [['History', `${shown(missing)} ${provenanceTitles[cause.kind]}`], ...evidence, ...notKnown],
    remedies: [...renamed, ...(mending.length > 0 ? mending : remedies)],
  }
}
