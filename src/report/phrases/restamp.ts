/** Why version rows stay as they are, and what speaks for and against a change, in clauses without a full stop. */
import type { RestampFact, RestampRefusal } from '../../core/restamp/plan-restamp.ts'
import { counted, listed, shown } from '../../core/text/display.ts'
import { misfit, positionFact, silence } from '../../rules/phrases/schema-evidence.ts'
import { provenanceText } from '../../rules/remedies/provenance-remedies.ts'
import { type Refusal, contradiction } from './lost.ts'

/** Why there is no plan. */
export function restampRefusal(why: RestampRefusal): Refusal {
  switch (why.kind) {
    case 'noTable':
      return {
        reason: `there is no version table ${shown(why.table)}`,
        hint: { before: '"', command: ['alembic', 'stamp'], after: '" makes one' },
      }
    case 'notTable':
      return { reason: `${shown(why.table)} isn't a table`, hint: null }
    case 'noText':
      return {
        reason: `${shown(why.table)} contains a row that isn't text (${why.repr === null ? 'NULL' : shown(why.repr)})`,
        hint: {
          command: ['alembic-guard', 'check'],
          after: ' says what to do; fix that row first',
        },
      }
    case 'twice':
      return {
        reason: `${shown(why.table)} contains the row ${shown(why.row)} more than once`,
        hint: 'remove the duplicates by hand first',
      }
    case 'repeated':
      return { reason: `${shown(why.id)} is named more than once`, hint: null }
    case 'notStamped':
      return {
        reason: `the database is not stamped ${listed(why.absent)}; its ${why.rows.length === 1 ? 'row is' : 'rows are'} ${listed(why.rows) || 'none'}`,
        hint: {
          before: 'check again, it may have changed: ',
          command: ['alembic-guard', 'check'],
        },
      }
    case 'stamped':
      return {
        reason: `the database is stamped ${listed(why.there)} already`,
        hint: why.replaces ? 'to remove the other row, pass --remove alone' : null,
      }
    case 'undefined':
      return {
        reason: `no file of this repository defines ${shown(why.id)}, and Alembic wouldn't find the row`,
        hint:
          why.meant === null
            ? 'name a revision of this repository'
            : `if you mean ${shown(why.meant)}, write that`,
      }
    case 'length':
      return {
        reason: `${shown(why.id)} has ${why.length} characters, and version_num holds ${why.width}`,
        hint: 'widen the column first, or give the migration a shorter id',
      }
    case 'brokenGraph':
      return {
        reason: `the migrations have a defect, so it is unknown which rows fit together: ${shown(why.error ?? 'an unreadable file')}`,
        hint: { command: ['alembic-guard', 'check'], after: ' names it; fix it first' },
      }
    case 'overlap':
      return {
        reason: `the rows would overlap: ${shown(why.revision)} comes after ${listed(why.others)}, so one row is enough`,
        hint: why.earlier === null ? null : `remove the earlier one too: --remove ${shown(why.earlier)}`,
      }
    case 'evidence':
      return {
        reason: `the evidence contradicts it: ${why.contradictions.map(restampFact).join('; ')}`,
        hint: '--force does it anyway',
      }
    default:
      return why satisfies never
  }
}

/** One fact that speaks for or against a change. */
export function restampFact(fact: RestampFact): string {
  switch (fact.kind) {
    case 'schema':
      return `the schema: ${positionFact(fact.fact)}`
    case 'effects':
      return `${shown(fact.id)}: ${fact.present} of ${counted(fact.effects, 'effect')} ${fact.effects === 1 ? 'is' : 'are'} there`
    case 'silent':
      return `nothing shows whether ${shown(fact.id)} ran: ${silence(fact.silence)}`
    case 'provenance':
      return `${fact.cause.from}: ${provenanceText(fact.cause, fact.place).message.replace(/\.$/, '')}`
    case 'skipped':
      return `${listed(fact.revisions)} came before it when the id was changed, and would be skipped`
    case 'undefined':
      return `no file defines ${listed(fact.revisions)}, which stays`
    case 'unknown':
      return `not known: ${fact.what}`
    case 'unreadSchema':
      return 'the schema could not be read, so nothing proves it'
    case 'misfit':
      return `the live schema matches no position in the history: ${fact.where.map(misfit).join('; ')}`
    case 'late':
    case 'early':
      return contradiction(fact)
    default:
      return fact satisfies never
  }
}
