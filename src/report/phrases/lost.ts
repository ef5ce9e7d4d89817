/** Why a lost revision gets no placeholder, and what is in doubt about its place, in clauses without a full stop. */
import {
  type ChosenPosition,
  type Contradiction,
  type PositionRefusal,
  isUncertain,
} from '../../core/lost/choose-position.ts'
import type { IdRefusal, PlaceholderRefusal } from '../../core/lost/plan-placeholder.ts'
import type { NoPlaceholder, PlaceholderObjection } from '../../core/judge/judge-files.ts'
import type { UpgradeAfter } from '../../core/judge/judge-upgrade.ts'
import type { CommandHint } from '../../core/findings/command-forms.ts'
import { counted, listed, shown } from '../../core/text/display.ts'
import { assumptions, misfit } from '../../rules/phrases/schema-evidence.ts'
import { unknownReason } from './diagnosis.ts'

/** A refusal and the way out; null: there is none but to look. */
export interface Refusal {
  readonly reason: string
  readonly hint: string | CommandHint | null
}

/** Why no place was chosen. */
export function positionRefusal(why: PositionRefusal): Refusal {
  switch (why.kind) {
    case 'after':
      return {
        reason: `--after ${shown(why.after)} names no revision of this release`,
        hint: 'give a full revision id, or base',
      }
    case 'misfit':
      return {
        reason: `the live schema matches no position in the history: ${why.where.map(misfit).join('; ')}`,
        hint: 'find out what this database has run, then name the place with --after and --force',
      }
    case 'several': {
      const places = why.places.map((tips) => listed(tips) || 'base')
      return {
        reason: `${why.more ? 'many' : counted(places.length, 'place', 'places')} would fit the live schema (after ${listed(places)}); to decide, find out whether ${listed(why.deciding)} ran`,
        hint: `find out whether it ran, then name the place: ${places
          .slice(0, 3)
          .map((place) => `--after ${place}`)
          .join(', or ')}`,
      }
    }
    case 'noEvidence':
      return {
        reason: 'there is no evidence of what this database has run',
        hint: 'name the last revision that ran before it with --after',
      }
    default:
      return why satisfies never
  }
}

/** Why nothing was planned for a place. */
export function placeholderRefusal(why: PlaceholderRefusal): Refusal {
  const parents = listed(why.parents)
  switch (why.kind) {
    case 'circular':
      return {
        reason: `${parents} comes after ${shown(why.id)}: a file already names it as its parent`,
        hint: null,
      }
    case 'overlap':
      return {
        reason: `a placeholder after ${parents} would come after ${shown(why.id)}, which has its own row: Alembic refuses a row whose ancestor has one too`,
        hint: null,
      }
    case 'nested':
      return { reason: `${shown(why.id)} already comes before another of ${parents}`, hint: null }
    case 'rowAfter':
      return {
        reason: `a row of the database comes after ${listed(why.lost)} in the files, so the rows overlap`,
        hint: null,
      }
    case 'undivided':
      return {
        reason: `there are ${why.lost.length} lost revisions and ${why.parents.length} branches (${parents}), and it is unknown which belongs where`,
        hint: {
          before: 'put them back one by one, each on its branch: ',
          command: [
            'alembic-guard',
            'placeholder',
            why.lost[0] ?? '',
            '--after',
            why.parents[0] ?? 'base',
            '--force',
          ],
        },
      }
    default:
      return why satisfies never
  }
}

/** Why the judge has no place; `hint`: how to name one. */
export function noPlaceholder(why: NoPlaceholder, hint: string): Refusal {
  switch (why.kind) {
    case 'id':
      return {
        reason: `no placeholder can carry the id ${shown(why.id)}: ${idRefusal(why.reason)}`,
        hint: 'check what the database contains, then correct the row of the version table',
      }
    case 'graph':
      return {
        reason: `the migrations have another defect, to be fixed first: ${why.error ?? 'an unreadable file'}`,
        hint: { command: ['alembic-guard', 'check'], after: ' names it' },
      }
    case 'place': {
      const refusal = positionRefusal(why.reason)
      return why.reason.kind === 'noEvidence' ? { ...refusal, hint } : refusal
    }
    case 'links':
      return placeholderRefusal(why.reason)
    default:
      return why satisfies never
  }
}

/** What the judge has against a place. */
export function placeholderObjection(why: PlaceholderObjection, target: string): string {
  switch (why.kind) {
    case 'late':
    case 'early':
      return contradiction(why)
    case 'unreadSchema':
      return 'the live schema could not be read, so nothing proves it'
    case 'misfit':
      return `it matches no position: ${why.where.map(misfit).join('; ')}`
    case 'again':
      return `"alembic upgrade ${shown(target)}" would run ${listed(why.revisions)} a second time`
    case 'upgrade':
      return `"alembic upgrade ${shown(target)}" would still fail: ${shown(upgradeFailure(why.upgrade))}`
    default:
      return why satisfies never
  }
}

function upgradeFailure({ prediction, failure }: UpgradeAfter): string {
  if (failure) return `${failure.error.message.split('\n', 1)[0] ?? ''} in ${failure.revision}`
  if (prediction.outcome === 'fails') return prediction.error.message
  return prediction.outcome === 'unknown' ? `unknown: ${unknownReason(prediction.reason)}` : ''
}

/** Why no file can carry an id. */
export function idRefusal(why: IdRefusal): string {
  switch (why.kind) {
    case 'empty':
      return 'it is empty'
    case 'symbol':
      return 'Alembic reads this word as a symbol'
    case 'illegal':
      return `it contains ${why.characters.map((character) => `"${character}"`).join(' and ')}, which Alembic rejects`
    case 'colon':
      return 'it contains ":", which Alembic 1.17.1 and newer reject'
    case 'quote':
      return 'it contains a quote, which breaks the SQL that Alembic writes'
    case 'unprintable':
      return 'it contains unprintable characters'
    case 'blanks':
      return 'it begins or ends with whitespace'
    case 'length':
      return `it has ${why.length} characters, and version_num holds ${why.width}`
    default:
      return why satisfies never
  }
}

/** Why a place is not written without being asked for; null when nothing is in doubt. */
export function positionDoubt({ place: { parents }, doubt, assumed }: ChosenPosition): string | null {
  if (assumed && isUncertain(assumed)) {
    const place = parents.length === 0 ? 'before everything else' : `after ${listed(parents)}`
    return `the place ${place} is likely, not proven: ${assumptions({ ...assumed, silent: assumed.rows }).join('; ')}`
  }
  if (doubt.length === 0) return null
  const [it, makes] = doubt.length === 1 ? ['it', 'it makes'] : ['one of them', 'they make']
  return `can't tell whether ${listed(doubt)} ran: what ${makes} is missing, but the lost migration may have dropped it. The place is ${parents.length === 0 ? 'before everything else' : `after ${listed(parents)}`} if not, and after ${it} if it ran`
}

/** What the schema has against a place. */
export function contradiction({ kind, revisions }: Contradiction): string {
  return kind === 'late'
    ? `too late: ${listed(revisions)} would be skipped, and the schema lacks what ${revisions.length === 1 ? 'it makes' : 'they make'}`
    : `too early: ${listed(revisions)} would run a second time`
}
