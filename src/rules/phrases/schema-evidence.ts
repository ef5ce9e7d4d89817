/** What the live schema says of revisions and positions, in clauses without a full stop. */
import type { Assumptions, Misfit, Silence } from '../../core/evidence/applied-revisions.ts'
import type { PositionFact } from '../../core/lost/choose-position.ts'
import type { WriteCounters } from '../../core/schema/schema-snapshot.ts'
import { counted, listed, shown } from '../../core/text/display.ts'

/** One fact about a position. */
export function positionFact(fact: PositionFact): string {
  switch (fact.kind) {
    case 'applied':
      return fact.tips.length === 0
        ? 'nothing of these migrations is applied'
        : `everything up to ${listed(fact.tips)} is applied`
    case 'absent': {
      const { id, effects, missing } = fact
      return `${shown(id)} is not${effects > 0 ? ` (${missing} of ${counted(effects, 'effect')} absent)` : ''}`
    }
    case 'undropped': {
      const holds = fact.counted === null ? 'this holds if' : `by ${writeCount(fact.counted)},`
      return `${holds} the lost migration dropped nothing of ${shown(fact.id)}`
    }
    case 'assumed':
      return assumptions(fact.assumed).join('; ')
    case 'undecided': {
      const why = fact.silence === null ? 'its effects do not decide' : silence(fact.silence)
      return `can't tell whether ${shown(fact.id)} ran: ${why}`
    }
    case 'branch':
      return `${shown(fact.id)} belongs after ${shown(fact.parent)}: only that branch has ${listed(fact.tables)}, which it or what follows it changes`
    default:
      return fact satisfies never
  }
}

/** What a likely place rests on, one clause each. */
export function assumptions({ changed, unread, silent, rows }: Assumptions): readonly string[] {
  const empty = silent.filter((id) => !rows.includes(id))
  const [run, them] = rows.length === 1 ? ['it ran', 'it'] : ['they ran', 'them']
  return [
    ...(changed.length > 0 ? [`assuming the lost migration dropped or changed ${listed(changed)}`] : []),
    ...(unread.length > 0
      ? [`this holds if ${listed(unread)} did not run, which can't be read in full`]
      : []),
    ...(rows.length > 0
      ? [
          `${listed(rows)} changed rows only, so nothing shows whether ${run}: the earliest place is taken, from which Alembic runs ${them}`,
        ]
      : []),
    ...(empty.length > 0
      ? [
          `a place after ${listed(empty)} would be equally good, because nothing changes there: the earliest is used`,
        ]
      : []),
  ]
}

/** What does not fit into any position. */
export function misfit(what: Misfit): string {
  switch (what.kind) {
    case 'object': {
      const { label, state, revisions, rest } = what
      const is = state === 'present' ? 'is there' : state === 'absent' ? 'is missing' : `is ${state.value}`
      return `${shown(label)} ${is}, although everything else shows that ${listed(revisions)} ${revisions.length === 1 ? 'is' : 'are'} ${rest}`
    }
    case 'both':
      return `${what.id} seems both applied and not`
    case 'none':
      return `no position among ${what.among.join(', ')} fits all facts`
    default:
      return what satisfies never
  }
}

/** Why a revision decides nothing by itself. */
export function silence(why: Silence): string {
  switch (why.kind) {
    case 'unread':
      return "its file wasn't read"
    case 'unreadable':
      return why.reason
    case 'opaque':
      return `part of it can't be read: ${why.reason}`
    case 'rows':
      return 'it changes rows only'
    case 'empty':
      return 'it does nothing'
    case 'indistinct':
      return 'it leaves no distinguishable objects'
    case 'droppedColumns':
      return 'columns were dropped from its table that no migration here drops'
    default:
      return why satisfies never
  }
}

function writeCount({ kind, count }: WriteCounters): string {
  return kind === 'stampWrites'
    ? `PostgreSQL's count of ${counted(count, 'version write', 'version writes')}`
    : `SQLite's count of ${counted(count, 'schema change', 'schema changes')}`
}
