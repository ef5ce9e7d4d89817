/**
 * Folds random findings. A cause must be at least as severe as its consequences, and only one finding may fix a
 * version row.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldFindings, rowsOf } from '../../../../src/core/diagnosis/fold-findings.ts'
import { type Finding, type Remedy, discovery } from '../../../../src/core/findings/finding.ts'
import { foldedFindings } from '../../../../src/report/model/folding.ts'
import { findingReport } from '../../../../src/report/model/build-report.ts'
import { rules } from '../../../../src/rules/index.ts'

const nothing = { severity: 'error', message: 'A.', why: 'B.' } as const

function finding(code: string, parts: Partial<Finding> = {}): Finding {
  return { code, name: code.toLowerCase(), ignored: null, ...discovery({ ...nothing, ...parts }), ...parts }
}

function restamp(row: string): Remedy {
  return {
    kind: 'command',
    title: 'Restamp:',
    argv: ['alembic-guard', 'restamp', '--remove', row],
    touches: 'database',
    applicability: 'proven',
    action: { kind: 'restamp', change: { changed: [], removed: [row], added: [] } },
  }
}

const severity = fc.constantFrom('error' as const, 'warning' as const, 'note' as const)
const codes = rules.map(({ code }) => code)
const rows = ['a', 'b', 'c']
const anyFinding = fc.record({
  code: fc.constantFrom(...codes),
  severity,
  revisions: fc.subarray(rows),
  objects: fc.subarray(['users', 'orders']),
  remedies: fc.array(fc.constantFrom(...rows).map(restamp), { maxLength: 2 }),
  ignored: fc.constantFrom(null, null, null, { reason: null }),
})

describe('any list of findings', () => {
  test('is kept, errors first, and a cause is as severe as its consequences', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 8 }), (parts) => {
        const given = parts.map(({ code, ...rest }) => finding(code, rest))
        const folded = foldFindings(given, rules)
        expect(folded.map(({ code }) => code).toSorted()).toEqual(given.map(({ code }) => code).toSorted())
        const reports = foldedFindings(folded.map((one) => findingReport(one, false)))
        const order = reports
          .filter(({ ignored }) => ignored === null)
          .map(({ severity: own }) => ['error', 'warning', 'note'].indexOf(own))
        expect(order).toEqual(order.toSorted((a, b) => a - b))
        for (const one of folded) {
          if (one.follows === undefined || one.severity !== 'error' || one.ignored) continue
          expect(
            folded.some(
              ({ code, severity: own, follows }) => code === one.follows && own === 'error' && !follows,
            ),
          ).toBe(true)
        }
      }),
    )
  })

  test('never has two remedies for one row', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 8 }), (parts) => {
        const folded = foldFindings(
          parts.map(({ code, ...rest }) => finding(code, rest)),
          rules,
        )
        const told = folded.flatMap(({ remedies }) => [...new Set(remedies.flatMap(rowsOf))])
        expect(new Set(told).size).toBe(told.length)
      }),
    )
  })
})

test('every cause that a rule refers to is a rule', () => {
  for (const { code, follows } of rules) {
    for (const cause of Object.keys(follows ?? {})) {
      expect(codes, `${code} follows ${cause}`).toContain(cause)
      expect(cause).not.toBe(code)
    }
  }
})

test('a missing object is folded under the migration that should have created it, with its location', () => {
  const span = { path: 'c3.py', line: 8, column: 5 }
  const folded = foldFindings(
    [
      finding('AG302', { objects: ['guests'], location: span, remedies: [restamp('b')] }),
      finding('AG303', { severity: 'warning', objects: ['guests'], remedies: [restamp('a')] }),
      finding('AG304', { severity: 'note' }),
    ],
    rules,
  )
  expect(folded.map(({ code, follows, severity: own }) => [code, follows, own])).toEqual([
    ['AG303', undefined, 'error'],
    ['AG302', 'AG303', 'error'],
    ['AG304', undefined, 'note'],
  ])
  expect(folded[1]?.remedies).toEqual([])
  const [cause] = foldedFindings(folded.map((one) => findingReport(one, false)))
  expect(cause?.details).toEqual(['Consequence [AG302]: A. (c3.py, line 8)'])
})

test("another object isn't a consequence, and neither is anything of an ignored finding", () => {
  const both = (parts: Partial<Finding>): readonly (string | undefined)[] =>
    foldFindings(
      [finding('AG302', { objects: ['orders'] }), finding('AG303', { objects: ['guests'], ...parts })],
      rules,
    ).map(({ follows }) => follows)
  expect(both({})).toEqual([undefined, undefined])
  expect(both({ objects: ['orders'], ignored: { reason: null } })).toEqual([undefined, undefined])
})
