/** Explains refused changes to version rows and describes the evidence. The messages don't end with a period. */
import type { RestampFact, RestampRefusal } from '../../core/restamp/plan-restamp.ts'
import { counted, listed, shown, shownSentence } from '../../core/text/display.ts'
import { misfits, positionFact, silence } from '../../rules/phrases/schema-evidence.ts'
import { provenanceText } from '../../rules/remedies/provenance-remedies.ts'
import { type Refusal, contradiction } from './lost.ts'

/** Explains why a change to the version rows was refused. */
export function restampRefusal(why: RestampRefusal): Refusal {
  switch (why.kind) {
    case 'noTable':
      return {
        reason: `there is no version table ${shown(why.table)}`,
        hint: { before: '"', command: ['alembic', 'stamp'], after: '" creates one' },
      }
    case 'notTable':
      return { reason: `${shown(why.table)} isn't a table`, hint: null }
    case 'noText':
      return {
        reason: `${shown(why.table)} contains a row whose value isn't text (${why.repr === null ? 'NULL' : shown(why.repr)})`,
        hint: {
          command: ['alembic-guard', 'check'],
          after: ' explains what to do; fix that row first',
        },
      }
    case 'twice':
      return {
        reason: `${shown(why.table)} contains the row ${shown(why.row)} more than once`,
        hint: 'remove the duplicates manually first',
      }
    case 'repeated':
      return { reason: `${shown(why.id)} is specified more than once`, hint: null }
    case 'notStamped':
      return {
        reason: `the database isn't stamped with ${listed(why.absent)}; ${why.rows.length === 0 ? 'it has no version rows' : `its version ${why.rows.length === 1 ? 'row is' : 'rows are'} ${listed(why.rows)}`}`,
        hint: {
          before: 'check again, because the database may have changed: ',
          command: ['alembic-guard', 'check'],
        },
      }
    case 'stamped':
      return {
        reason: `the database is already stamped with ${listed(why.there)}`,
        hint: why.replaces ? 'to remove the other row, use --remove by itself' : null,
      }
    case 'undefined':
      return {
        reason: `no file in this repository defines ${shown(why.id)}, so Alembic wouldn't find the revision`,
        hint:
          why.meant === null
            ? 'use a revision that exists in this repository'
            : `if you meant ${shown(why.meant)}, use that id`,
      }
    case 'length':
      return {
        reason: `${shown(why.id)} has ${why.length} characters, but version_num allows only ${why.width}`,
        hint: 'widen the column first, or give the migration a shorter id',
      }
    case 'brokenGraph':
      return {
        reason: `the migrations have a problem, so the guard can't tell which version rows are compatible: ${shownSentence(why.error ?? 'an unreadable file')}`,
        hint: { command: ['alembic-guard', 'check'], after: ' reports it; fix that first' },
      }
    case 'overlap':
      return {
        reason: `the version rows would overlap: ${shown(why.revision)} comes after ${listed(why.others)}, so one row is enough`,
        hint: why.earlier === null ? null : `also remove the earlier row: --remove ${shown(why.earlier)}`,
      }
    case 'evidence':
      return {
        reason: `the evidence contradicts this change: ${why.contradictions.map(restampFact).join('; ')}`,
        hint: '--force overrides this',
      }
    default:
      return why satisfies never
  }
}

/** Describes a fact that supports or contradicts a change. */
export function restampFact(fact: RestampFact): string {
  switch (fact.kind) {
    case 'schema':
      return `the schema: ${positionFact(fact.fact)}`
    case 'effects':
      return `${shown(fact.id)}: ${fact.present} of ${counted(fact.effects, 'effect')} present`
    case 'silent':
      return `can't tell whether ${shown(fact.id)} ran: ${silence(fact.silence)}`
    case 'provenance':
      return `${fact.cause.from}: ${provenanceText(fact.cause, fact.place).message.replace(/\.$/, '')}`
    case 'skipped':
      return `the new id has more ancestors than the old one: ${listed(fact.revisions)} would be skipped`
    case 'undefined':
      return `no file defines ${listed(fact.revisions)}, but this change leaves ${fact.revisions.length === 1 ? 'its row' : 'their rows'} in the table`
    case 'unknown':
      return `unknown: ${fact.what}`
    case 'unreadSchema':
      return "the schema couldn't be read, so the change can't be verified"
    case 'misfit':
      return `the live schema matches no position in the history: ${misfits(fact.where)}`
    case 'late':
    case 'early':
      return contradiction(fact)
    default:
      return fact satisfies never
  }
}
