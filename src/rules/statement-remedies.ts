/** Helpers for rules about statements that will fail. */
import type { Discovery, Remedy } from '../core/findings/finding.ts'
import { discovery, edit } from '../core/findings/finding.ts'
import type { EarlierMaker } from '../core/dry-run/steps/earlier-maker.ts'
import { objectName, obstacleText } from './phrases/statement-failure.ts'
import type { Facts } from '../core/diagnosis/rule.ts'
import { shown, shownSentence } from '../core/text/display.ts'
import type { PredictedFailure } from '../core/dry-run/dry-run.ts'
import type { FailureKind } from '../core/dry-run/database-error.ts'

/** Returns the predicted failure if it's of this kind; null otherwise. */
export function predictedFailure({ database }: Facts, kind: FailureKind): PredictedFailure | null {
  const pending = database?.pending
  const refusal = pending?.kind === 'tried' ? pending.replay.failure : null
  return refusal?.kind === kind ? refusal : null
}

type FailureParts = Partial<Pick<Discovery, 'notAdvised' | 'otherwise' | 'details'>>

/** Builds the finding for a predicted failure. */
export function failureFinding(
  refusal: PredictedFailure,
  message: string,
  remedies: readonly Remedy[],
  facts: Facts,
  { notAdvised = null, otherwise = [], details = [] }: FailureParts = {},
): Discovery {
  const { revision, span, error, obstacle, first, messageUncertain, maker } = refusal
  const transactional = facts.database?.state.transactionalDdl === true
  const single = transactional && !facts.repository.env.transactionPerMigration
  return discovery({
    severity: 'error',
    message,
    why: single
      ? 'Alembic would fail at that statement, and the whole upgrade would be rolled back.'
      : 'Alembic would fail at that statement, and earlier changes would remain.',
    evidence: [
      ['Migration', shown(revision)],
      ['Found', maker ? `${placeOf(maker)} creates it first` : shownSentence(obstacleText(obstacle))],
      [
        !first ? 'Error, or an earlier one' : messageUncertain ? 'Error, or similar' : 'Error',
        shownError(error.message),
      ],
    ],
    revisions: [revision],
    objects: tablesOf(refusal),
    location: span,
    remedies,
    otherwise,
    details,
    notAdvised,
  })
}

/**
 * The finding for an object that two pending statements create; null if no such pair exists. `otherwise` explains how
 * to change the second statement.
 */
export function createdTwice(refusal: PredictedFailure, otherwise: string, facts: Facts): Discovery | null {
  const { revision, object, maker } = refusal
  if (maker === undefined) return null
  const name = shown(objectName(object))
  const by = maker.revision === revision ? `${shown(revision)} creates` : 'Two pending migrations create'
  return failureFinding(
    refusal,
    `${by} ${name}${maker.revision === revision ? ' twice' : ''}.`,
    [edit(`Remove one of the two statements (the first is at ${placeOf(maker)}). ${otherwise}`, 'likely')],
    facts,
    { notAdvised: `changing the database, because it doesn't have ${name} yet.` },
  )
}

function placeOf({ revision, span }: EarlierMaker): string {
  return `${shown(revision)}, ${shown(span.path)}:${span.line}`
}

/** Names of the affected tables and types, as in other findings. */
function tablesOf({ object }: PredictedFailure): readonly string[] {
  switch (object.kind) {
    case 'table':
    case 'type':
      return [object.name]
    case 'column':
    case 'primaryKey':
    case 'anyConstraint':
    case 'foreignKey':
      return [object.table]
    case 'constraint':
      return object.table === null ? [] : [object.table]
    case 'reference':
      return [object.to.slice(0, object.to.lastIndexOf('.'))]
    case 'label':
      return [object.type]
    default:
      return []
  }
}

/** Makes a database error message safe to print. */
function shownError(message: string): string {
  return message.length > 200 ? shownSentence(message) : message.replaceAll(/[^\u0020-\u007e]/g, '?')
}
