/** Explains why a placeholder was refused or its position is uncertain. The messages don't end with a period. */
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
import { assumptions, misfits } from '../../rules/phrases/schema-evidence.ts'
import { unknownReason } from './diagnosis.ts'

/** Why a placeholder or a change to version rows was refused. The hint is null if the user can only investigate. */
export interface Refusal {
  readonly reason: string
  readonly hint: string | CommandHint | null
}

/** Explains why no position in the history was chosen. */
export function positionRefusal(why: PositionRefusal): Refusal {
  switch (why.kind) {
    case 'after':
      return {
        reason: `--after ${shown(why.after)} isn't a revision in this release`,
        hint: 'specify a full revision id, or "base"',
      }
    case 'misfit':
      return {
        reason: `the live schema matches no position in the history: ${misfits(why.where)}`,
        hint: 'find out what this database has run, then specify the position with --after and --force',
      }
    case 'several': {
      const places = why.places.map((tips) => listed(tips) || 'base')
      return {
        reason: `${why.more ? 'many positions' : counted(places.length, 'position')} could match the live schema (after ${listed(places)}), depending on whether ${listed(why.deciding)} ran`,
        hint: `find out whether ${why.deciding.length === 1 ? 'it' : 'they'} ran, then specify the position: ${places
          .slice(0, 3)
          .map((place) => `--after ${place}`)
          .join(', or ')}`,
      }
    }
    case 'parallel': {
      const places = why.places.map((tips) => listed(tips) || 'base')
      return {
        reason: `the lost revision is on a separate branch, and nothing shows where it began (after ${listed(places)})`,
        hint: `find out which revision was its parent, then specify the position: ${places
          .slice(0, 3)
          .map((place) => `--after ${place}`)
          .join(', or ')}`,
      }
    }
    case 'noEvidence':
      return {
        reason: 'there is no evidence of what this database has run',
        hint: 'use --after to specify the last revision that ran before the lost one',
      }
    default:
      return why satisfies never
  }
}

/** Explains why no placeholder can be planned for a position in the history. */
export function placeholderRefusal(why: PlaceholderRefusal): Refusal {
  const parents = listed(why.parents)
  switch (why.kind) {
    case 'circular':
      return {
        reason: `the placeholder would create a cycle: ${parents} already comes after ${shown(why.id)}, because a file lists ${shown(why.id)} as its parent`,
        hint: null,
      }
    case 'overlap':
      return {
        reason: `a placeholder after ${parents} would be a descendant of ${shown(why.id)}, which has its own version row, so the version rows would overlap`,
        hint: null,
      }
    case 'nested':
      return { reason: `${shown(why.id)} is already an ancestor of another parent (${parents})`, hint: null }
    case 'rowAfter':
      return {
        reason: `another version row contains a descendant of ${listed(why.lost)}, so the version rows overlap`,
        hint: null,
      }
    case 'undivided':
      return {
        reason: `there are ${why.lost.length} lost revisions and ${why.parents.length} branches (${parents}), and the guard can't tell which revision belongs to which branch`,
        hint: {
          before: 'create the placeholders one by one, each on its own branch: ',
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

/** Explains why no placeholder was created. `hint` tells users how to specify a position. */
export function noPlaceholder(why: NoPlaceholder, hint: string): Refusal {
  switch (why.kind) {
    case 'id':
      return {
        reason: `no placeholder can have the id ${shown(why.id)}: ${idRefusal(why.reason)}`,
        hint: 'find out which migrations this database has run, then correct the version row',
      }
    case 'graph':
      return {
        reason: `the migrations have another problem that must be fixed first: ${why.error ?? 'an unreadable file'}`,
        hint: { command: ['alembic-guard', 'check'], after: ' reports it' },
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

/** Explains why the verifier rejects a position in the history. */
export function placeholderObjection(why: PlaceholderObjection, target: string): string {
  switch (why.kind) {
    case 'late':
    case 'early':
      return contradiction(why)
    case 'unreadSchema':
      return "the live schema couldn't be read, so this position can't be verified"
    case 'misfit':
      return `the live schema matches no position: ${misfits(why.where)}`
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

/** Explains why a migration file can't have this id. */
export function idRefusal(why: IdRefusal): string {
  switch (why.kind) {
    case 'empty':
      return 'it is empty'
    case 'symbol':
      return 'Alembic interprets this word as a symbol'
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
      return `it has ${why.length} characters, but version_num allows only ${why.width}`
    default:
      return why satisfies never
  }
}

/** Why the user must specify a position in the history; null if there is no doubt about it. */
export function positionDoubt({ place: { parents }, doubt, assumed }: ChosenPosition): string | null {
  if (assumed && isUncertain(assumed)) {
    const place = parents.length === 0 ? 'before everything else' : `after ${listed(parents)}`
    return `the position ${place} is likely but not certain: ${assumptions({ ...assumed, silent: assumed.rows }).join('; ')}`
  }
  if (doubt.length === 0) return null
  const [it, that, its] =
    doubt.length === 1 ? [listed(doubt), listed(doubt), 'its'] : ['one of them', 'that one', 'their']
  return `can't tell whether ${listed(doubt)} ran: ${its} effects are missing, but the lost migration may have undone them. If ${it} ran, the placeholder belongs after ${that}; otherwise, it belongs ${parents.length === 0 ? 'before everything else' : `after ${listed(parents)}`}`
}

/** Explains whether the live schema shows that a position in the history is too early or too late. */
export function contradiction({ kind, revisions }: Contradiction): string {
  return kind === 'late'
    ? `too late: ${listed(revisions)} would be skipped, although the schema lacks ${revisions.length === 1 ? 'its' : 'their'} objects`
    : `too early: ${listed(revisions)} would run a second time`
}
