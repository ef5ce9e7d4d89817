import { expect, test } from 'vitest'
import { onlyAhead } from '../../../src/core/ahead.ts'
import type { Finding } from '../../../src/core/finding.ts'

type Said = Pick<Finding, 'code' | 'severity' | 'ignored'>

const ahead: Said = { code: 'AG202', severity: 'error', ignored: null }
const cycle: Said = { code: 'AG104', severity: 'error', ignored: null }

const cases: readonly (readonly [string, readonly Said[], boolean])[] = [
  ['a database that is ahead', [ahead], true],
  ['ahead as a warning', [{ ...ahead, severity: 'warning' }], true],
  ['a warning beside it', [ahead, { ...cycle, severity: 'warning' }], true],
  ['another error beside it', [ahead, cycle], false],
  ['an ignored error beside it', [ahead, { ...cycle, ignored: { reason: null } }], true],
  ['an ignored finding alone', [{ ...ahead, ignored: { reason: null } }], false],
  ['an unknown revision, which may come from anywhere', [{ ...cycle, code: 'AG201' }], false],
  ['nothing', [], false],
]

test.each(cases)('%s', (_, findings, answer) => {
  expect(onlyAhead(findings)).toBe(answer)
})
