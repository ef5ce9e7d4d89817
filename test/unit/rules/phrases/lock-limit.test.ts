/** Tests the finding for a migration that exceeds `--max-lock`. */
import { expect, test } from 'vitest'
import { type SizedLock, parseLockLimit } from '../../../../src/core/rehearsal/lock-limit.ts'
import { exceededLimitFinding } from '../../../../src/rules/phrases/lock-limit.ts'

const limit = parseLockLimit('SHARE:1GB')

test.each<[lock: SizedLock, message: RegExp, why: RegExp]>([
  [
    { table: 'orders', mode: 'AccessExclusiveLock', bytes: 41 * 1024 ** 3, rewritten: true },
    /^Migration b2 rewrites orders under an ACCESS EXCLUSIVE lock \(.*\), which exceeds --max-lock "SHARE:1GB"\.$/,
    /^Every query on orders waits/,
  ],
  [
    { table: 'orders', mode: 'ShareRowExclusiveLock', bytes: 2 * 1024 ** 3, statement: 'CREATE TRIGGER t' },
    /^Migration b2 takes a SHARE ROW EXCLUSIVE lock on orders \(/,
    /^Statements that conflict with this lock wait/,
  ],
])('%o', (lock, message, why) => {
  if (limit === null) throw new Error('the limit is invalid')
  const found = exceededLimitFinding({ revision: 'b2', lock, limit, location: null })
  expect(found.message).toMatch(message)
  expect(found.why).toMatch(why)
  expect(found.evidence).toEqual(
    lock.statement === undefined ? [] : [['The statement is', 'CREATE TRIGGER t']],
  )
  expect(found.remedies.at(-1)?.title).toContain('--ignore AG434=b2')
})
