/** Checks each remedy, and keeps it if `alembic upgrade` would then succeed. */
import { type ChosenPosition, isUncertain } from '../lost/choose-position.ts'
import type { Remedy } from '../findings/finding.ts'
import { judgePlaceholder, objectionToMerge, objectionToRestore } from './judge-files.ts'
import type { JudgeFacts } from './judge-facts.ts'
import { judgePosition, judgeRows } from './judge-rows.ts'

/** Remedies that passed the check. */
export interface JudgedRemedies {
  readonly remedies: readonly Remedy[]
  /** True if remedies were checked and no remaining remedy runs a command that changes anything. */
  readonly undecided: boolean
}

/** Removes remedies that fail the check. If `facts` is null, keeps all remedies. */
export function judgedRemedies(facts: JudgeFacts | null, remedies: readonly Remedy[]): JudgedRemedies {
  if (!facts) return { remedies: inOrder(remedies), undecided: false }
  const kept = inOrder(remedies.filter(({ action }) => action === undefined || accepts(facts, action)))
  const undecided = !kept.some(({ argv, touches }) => argv !== null && touches !== 'nothing')
  return { remedies: kept, undecided }
}

function accepts(facts: JudgeFacts, action: NonNullable<Remedy['action']>): boolean {
  switch (action.kind) {
    case 'restamp':
      return judgeRows(facts, action.change).kind === 'accepted'
    case 'stamp':
      return judgePosition(facts, action.revisions).kind === 'accepted'
    case 'placeholder': {
      const judged = judgePlaceholder(facts, action.revisions, action.after)
      return judged.kind === 'judged' && judged.objections.length === 0 && doubtless(judged.chosen, action)
    }
    case 'restore':
      return objectionToRestore(facts, action.plan) === null
    case 'merge':
      return objectionToMerge(facts, action.heads) === null
    default:
      return action satisfies never
  }
}

/** Whether the position is certain, or was specified by the user. */
function doubtless(
  { doubt, assumed }: Pick<ChosenPosition, 'doubt' | 'assumed'>,
  { after }: { readonly after: string | null },
): boolean {
  return after !== null || (doubt.length === 0 && !isUncertain(assumed))
}

const sureness = ['proven', 'likely', 'unsure'] as const

/** Sorts remedies by certainty. Equally certain remedies keep their order. */
function inOrder(remedies: readonly Remedy[]): readonly Remedy[] {
  return remedies.toSorted((a, b) => sureness.indexOf(a.applicability) - sureness.indexOf(b.applicability))
}
