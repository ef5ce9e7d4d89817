import { expect, test } from 'vitest'
import { type CheckOutcome, decideStart } from '../../../../src/core/diagnosis/decide-start.ts'

const cases: readonly (readonly [string, CheckOutcome, ReturnType<typeof decideStart>])[] = [
  ['a check that passes', { passed: true, outcome: 'succeeds', onAhead: 'block' }, 'start'],
  ['a check that passes, with skip', { passed: true, outcome: 'succeeds', onAhead: 'skip' }, 'start'],
  ['a check that blocks', { passed: false, outcome: 'succeeds', onAhead: 'skip' }, 'blocked'],
  ['a database that is ahead', { passed: true, outcome: 'fails', onAhead: 'skip' }, 'ahead'],
  ['ahead, without skip', { passed: true, outcome: 'fails', onAhead: 'block' }, 'blocked'],
  ['ahead, and something else blocks', { passed: false, outcome: 'fails', onAhead: 'skip' }, 'blocked'],
  ['an unknown outcome', { passed: true, outcome: 'unknown', onAhead: 'skip' }, 'blocked'],
  ['no database, allowed', { passed: true, outcome: null, onAhead: 'block' }, 'no-database'],
  ['no database, not allowed', { passed: false, outcome: null, onAhead: 'block' }, 'blocked'],
]

test.each(cases)('%s', (_, checked, answer) => {
  expect(decideStart(checked)).toBe(answer)
})
