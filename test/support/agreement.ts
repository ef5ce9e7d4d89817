/** Compares a prediction with Alembic's result. */
import { unknownReason } from '../../src/report/phrases/diagnosis.ts'
import type { Judgement } from './judge.ts'
import type { Prediction, UnknownReason } from '../../src/core/upgrade/prediction.ts'

/** Fields common to a prediction and its variants. */
interface Claim {
  readonly outcome: 'succeeds' | 'fails' | 'unknown'
  readonly error?: { readonly type: string; readonly message: string }
  readonly otherMessages?: readonly string[]
  readonly messageUncertain?: boolean
  readonly reason?: UnknownReason
  readonly steps: Prediction['steps']
  readonly versionsAfter: readonly string[]
}

/**
 * Describes the first difference. Returns null if there is none, or if the prediction leaves the outcome
 * open.
 */
export function disagreement(predicted: Prediction, real: Judgement): string | null {
  if (predicted.outcome !== 'unknown') return claimFailure(predicted, real, predicted.orderUncertain)
  if (predicted.variants.length === 0 || !predicted.variantsComplete) return null
  const failures = predicted.variants.map((variant) => claimFailure(variant, real, false))
  return failures.includes(null) ? null : `none of the variants: ${failures.join('; ')}`
}

/** Lists the parts of the outcome that a prediction leaves open. Comparisons ignore these parts. */
export function doubtsOf(predicted: Prediction): readonly string[] {
  const doubts = predicted.orderUncertain ? ['order uncertain'] : []
  if (predicted.outcome === 'fails' && predicted.messageUncertain) {
    doubts.push(predicted.otherMessages.length === 0 ? 'words unknown' : 'one of several wordings')
  }
  return doubts
}

function claimFailure(claim: Claim, real: Judgement, orderUncertain: boolean): string | null {
  if (claim.outcome === 'unknown') {
    return (claim.reason?.kind === 'endless') === (real.error?.type === 'Endless')
      ? null
      : claim.reason
        ? unknownReason(claim.reason)
        : ''
  }
  if ((claim.outcome === 'succeeds') !== (real.error === null)) {
    return `${claim.outcome} was predicted, Alembic says ${JSON.stringify(real.error)}`
  }
  if (claim.error && real.error && !(claim.messageUncertain && claim.otherMessages?.length === 0)) {
    const messages = [claim.error.message, ...(claim.otherMessages ?? [])]
    if (!messages.includes(real.error.message))
      return `message ${claim.error.message}, not ${real.error.message}`
    const main = real.error.message === claim.error.message
    if (main && claim.error.type !== real.error.type) return `${claim.error.type}, not ${real.error.type}`
  }
  if (!(orderUncertain && claim.outcome === 'fails')) {
    const rows = real.rows.filter((row) => row !== null && row !== '1001')
    if (sorted(claim.versionsAfter) !== sorted(rows)) {
      return `rows ${claim.versionsAfter.join()}, not ${rows.join()}`
    }
    const steps = (list: Claim['steps']): readonly string[] =>
      list.map(({ revision, from }) => (orderUncertain ? revision : `${from.join()} -> ${revision}`))
    const equal = orderUncertain
      ? sorted(steps(claim.steps)) === sorted(steps(real.steps))
      : JSON.stringify(steps(claim.steps)) === JSON.stringify(steps(real.steps))
    if (!equal) return `steps ${steps(claim.steps).join(' | ')}, not ${steps(real.steps).join(' | ')}`
  }
  return null
}

function sorted(values: readonly (string | null)[]): string {
  return JSON.stringify(values.map(String).sort(compare))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
