/**
 * Describes schema evidence about revisions and where they belong in the history. The messages don't end with a
 * period.
 */
import { withoutColumnsOf } from '../../core/evidence/object-labels.ts'
import type { Assumptions, Misfit, Silence } from '../../core/evidence/applied-revisions.ts'
import type { PositionFact } from '../../core/lost/choose-position.ts'
import type { WriteCounters } from '../../core/schema/schema-snapshot.ts'
import { counted, listed, shown } from '../../core/text/display.ts'

/** Describes a piece of evidence about which revisions are applied. */
export function positionFact(fact: PositionFact): string {
  switch (fact.kind) {
    case 'applied':
      return fact.tips.length === 0
        ? 'none of these migrations is applied'
        : `everything up to ${listed(fact.tips)} is applied`
    case 'absent': {
      const { id, effects, missing } = fact
      return `${shown(id)} isn't applied${effects > 0 ? ` (${missing} of ${counted(effects, 'effect')} missing)` : ''}`
    }
    case 'undropped': {
      const holds = fact.counted === null ? 'assuming that' : `according to ${writeCount(fact.counted)},`
      return `${holds} the lost migration undid none of ${shown(fact.id)}'s changes`
    }
    case 'assumed':
      return assumptions(fact.assumed).join('; ')
    case 'undecided': {
      const why = fact.silence === null ? 'the evidence is inconclusive' : silence(fact.silence)
      return `can't tell whether ${shown(fact.id)} ran: ${why}`
    }
    case 'branch':
      return `${shown(fact.id)} belongs after ${shown(fact.parent)}, because it or a later migration changes ${listed(fact.tables)}, which ${fact.tables.length === 1 ? 'exists' : 'exist'} only on that branch`
    default:
      return fact satisfies never
  }
}

/** Describes the assumptions behind a likely position in the history, one clause each. */
export function assumptions({ changed, unread, silent, rows }: Assumptions): readonly string[] {
  const empty = silent.filter((id) => !rows.includes(id))
  const [run, them] = rows.length === 1 ? ['it ran', 'it'] : ['they ran', 'them']
  return [
    ...(changed.length > 0 ? [`assuming the lost migration dropped or changed ${listed(changed)}`] : []),
    ...(unread.length > 0
      ? [`assuming that ${listed(unread)}, which can't be read in full, didn't run`]
      : []),
    ...(rows.length > 0
      ? [
          `${listed(rows)} ${rows.length === 1 ? 'changes' : 'change'} only data, so there's no way to tell whether ${run}; the guard assumes the earliest position, so Alembic will run ${them}`,
        ]
      : []),
    ...(empty.length > 0
      ? [
          `${listed(empty)} ${empty.length === 1 ? 'changes' : 'change'} nothing, so a later position would also fit; the guard assumes the earliest one`,
        ]
      : []),
  ]
}

/** Describes schema differences that no position in the history can explain. */
export function misfits(where: readonly Misfit[]): string {
  const labels = withoutColumnsOf(where.flatMap((one) => (one.kind === 'object' ? [one.label] : [])))
  return where
    .filter((one) => one.kind !== 'object' || labels.includes(one.label))
    .map(misfit)
    .join('; ')
}

function misfit(what: Misfit): string {
  switch (what.kind) {
    case 'object': {
      const { label, state, revisions, rest } = what
      const is = state === 'present' ? 'exists' : state === 'absent' ? 'is missing' : `is ${state.value}`
      return `${shown(label)} ${is}, although everything else shows that ${listed(revisions)} ${revisions.length === 1 ? 'is' : 'are'}${rest === 'applied' ? '' : "n't"} applied`
    }
    case 'both':
      return `${what.id} appears to be both applied and not applied`
    case 'none':
      return `none of the candidate positions (${what.among.join(', ')}) fits all the evidence`
    default:
      return what satisfies never
  }
}

/** Explains why the schema doesn't show whether a revision was applied. */
export function silence(why: Silence): string {
  switch (why.kind) {
    case 'unread':
      return "its file wasn't read"
    case 'unreadable':
      return why.reason
    case 'opaque':
      return `part of it can't be read: ${why.reason}`
    case 'rows':
      return 'it only changes data'
    case 'empty':
      return 'it does nothing'
    case 'indistinct':
      return 'it leaves no objects that identify it'
    case 'droppedColumns':
      return 'columns are missing from its table, although no migration in this release drops them'
    default:
      return why satisfies never
  }
}

function writeCount({ kind, count }: WriteCounters): string {
  return kind === 'stampWrites'
    ? `PostgreSQL's count of ${counted(count, 'version write', 'version writes')}`
    : `SQLite's count of ${counted(count, 'schema change', 'schema changes')}`
}
