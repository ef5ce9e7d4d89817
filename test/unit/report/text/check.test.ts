/** Tests what a passing check says about checked and unchecked operations. */
import { expect, test } from 'vitest'
import { human } from '../../../../src/report/text/check.ts'
import type { TriedReport, UncheckedReport } from '../../../../src/report/model/report.ts'
import { report } from '../../../support/report.ts'

function passed(tried: Partial<TriedReport> | null): readonly string[] {
  const whole = tried && { operations: 0, understood: 0, checked: 0, unchecked: [], ...tried }
  const prediction = {
    command: 'alembic upgrade head',
    outcome: 'succeeds' as const,
    error: null,
    reason: null,
    steps: ['a1', 'b2'],
    versionsAfter: ['b2'],
    tried: whole,
  }
  const lines = human(report({ verdict: 'pass', exitCode: 0, findings: [], prediction })).split('\n')
  return lines.slice(4, -1)
}

const at = (name: string, line: number): UncheckedReport => ({
  revision: name,
  location: { path: `migrations/versions/${name}.py`, line, column: 5 },
  reason: 'it works on rows',
})

const success = 'SUCCESS: "alembic upgrade head" would run 2 migrations, first a1'

test('a pass counts what was checked', () => {
  expect(passed({ operations: 16, checked: 16 })).toEqual([
    success,
    '       16 of 16 operations checked against the live schema',
  ])
  expect(passed({ operations: 1, checked: 1 })[1]).toBe(
    '       1 of 1 operation checked against the live schema',
  )
})

test('a pass lists what only a rehearsal can check', () => {
  expect(passed({ operations: 16, checked: 14, unchecked: [at('b2_x', 31), at('c3_y', 12)] })).toEqual([
    success,
    '       14 of 16 operations checked against the live schema; 2 need a rehearsal',
    '       (b2_x.py:31, c3_y.py:12)',
  ])
  expect(passed({ operations: 1, unchecked: [at('b2_x', 31)] }).join(' ')).toContain(
    '0 of 1 operation checked against the live schema; 1 needs a rehearsal        (b2_x.py:31)',
  )
})

test('a pass lists calls that may raise', () => {
  expect(passed({ operations: 2, checked: 2, calls: [at('b2_x', 31)] })).toEqual([
    success,
    '       2 of 2 operations checked against the live schema; 1 call that the guard',
    "       can't check may raise an error (b2_x.py:31)",
  ])
  expect(passed({ operations: 0, calls: [at('b2_x', 3), at('b2_x', 4)] }).join(' ')).toContain(
    '2 calls that the guard',
  )
})

test('a pass lists each location once, and no more than a few', () => {
  const unchecked = [1, 1, 2, 3, 4, 5, 6, 7].map((line) => at('b2_x', line))
  const text = passed({ operations: 59, checked: 51, unchecked }).join(' ').replaceAll(/ +/g, ' ')
  expect(text).toContain('8 need a rehearsal (b2_x.py:1, b2_x.py:2, b2_x.py:3, b2_x.py:4, b2_x.py:5, 2 more)')
})

test('an unreadable migration is identified by its id', () => {
  const unchecked = [{ revision: 'b2', location: null, reason: 'the file is missing' }]
  expect(passed({ operations: 1, unchecked }).join(' ')).toContain('(b2)')
})

test('a pass with nothing to check omits the count', () => {
  expect(passed({ operations: 0 })).toEqual([success])
  expect(passed(null)).toEqual([success])
})
