import { type JudgeFacts, untrustingEvidence } from '../../core/judge/judge-facts.ts'
import { listed } from '../../core/text/display.ts'
import { misfits } from './schema-evidence.ts'

/** Names the information that is missing; null if the live schema is conclusive. */
export function missingToDecide(judge: JudgeFacts): string | null {
  const { live, graph } = judge
  if (!live) {
    return "The live schema couldn't be read, so no command is known to be safe. Grant the role access to the catalog, then check again."
  }
  const { cut } = (graph.problem ? null : untrustingEvidence(judge)) ?? live.evidence
  switch (cut.kind) {
    case 'contradiction':
      return `The live schema matches no position in the history (${misfits(cut.where)}). Resolve that first, then check again.`
    case 'several':
      return `To decide, find out whether ${listed(cut.deciding)} ran on this database.`
    case 'proven':
      return live.evidence.cut.kind === 'proven' && live.evidence.cut.unless.length > 0
        ? `To decide, find out whether ${listed(live.evidence.cut.unless)} ran on this database: the lost migration may have dropped ${live.evidence.cut.unless.length === 1 ? 'its' : 'their'} objects.`
        : null
    default:
      return cut satisfies never
  }
}
