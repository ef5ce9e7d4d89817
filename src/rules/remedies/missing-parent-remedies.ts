/** What became of a revision that a file names and none defines, in words for the finding about that file. */
import { type Discovery, edit } from '../../core/findings/finding.ts'
import { provenanceTitles, provenanceText } from './provenance-remedies.ts'
import { type Provenances, mainCause } from '../../core/lost/provenances.ts'
import { shown } from '../../core/text/display.ts'

/**
 * What git or the manifest knows of it, for the variable of the file that names it. Of the cures those that mend the
 * files: no database has to be touched. Null: nobody looked.
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
    const nowhere = `no file that could be read ever defined ${shown(missing)}`
    return {
      evidence: [['What became of it', nowhere], ...notKnown],
      remedies: [edit(`Write its actual parent in ${variable}, or restore the file.`, 'unsure')],
    }
  }
  const { evidence, remedies } = provenanceText(cause, place)
  const mending = remedies.filter(({ touches }) => touches === 'working-tree')
  const renamed =
    cause.kind === 'renamed'
      ? [edit(`Write ${shown(cause.to)} in ${variable}: that is its id now.`, 'likely')]
      : []
  return {
    evidence: [
      ['What became of it', `${shown(missing)} ${provenanceTitles[cause.kind]}`],
      ...evidence,
      ...notKnown,
    ],
    remedies: [...renamed, ...(mending.length > 0 ? mending : remedies)],
  }
}
