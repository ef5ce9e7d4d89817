/**
 * Tests expressions in pending operations, such as defaults. If the guard leaves nothing unchecked and
 * predicts success, Alembic must succeed.
 */
import { describe, expect, test } from 'vitest'
import { calledFunctionCases, newFunctionCases } from '../support/called-function-cases.ts'
import { expressionCases } from '../support/expression-cases.ts'
import { findJudges } from '../support/judges.ts'
import { partialIndexCases } from '../support/partial-index-cases.ts'
import { executed, judgePending } from '../support/pending-migration.ts'

const judges = await findJudges('expressions')
const { server, database } = judges

function ask(live: readonly string[], pending: readonly string[], url: string) {
  const imported = 'from sqlalchemy.dialects import postgresql'
  return judgePending(judges, executed(live), [imported, ...pending], url)
}

describe.skipIf(server === null)('on PostgreSQL', () => {
  const all = [...expressionCases, ...calledFunctionCases, ...partialIndexCases]
  test.each(all.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    if (!database) return
    const refused = await ask(one.live, one.fails, database.url)
    expect(refused.error).toMatch(one.error)
    const foreseen = refused.report.verdict === 'blocked'
    if (one.code) {
      const [finding] = refused.report.findings.filter(({ blocks }) => blocks)
      expect(finding?.code).toBe(one.code)
      expect(JSON.stringify(finding)).toMatch(one.error)
    }
    if (!foreseen) expect(refused.report.prediction?.tried?.unchecked).not.toEqual([])
    const reasons = refused.report.prediction?.tried?.unchecked.map(({ reason }) => reason)
    if (one.listed) expect(reasons?.join(' ')).toMatch(one.listed)
    const passed = await ask(one.passesOn ?? one.live, one.passes, database.url)
    expect(passed.error).toBeNull()
    expect(passed.report.verdict).toBe('pass')
    expect(passed.report.prediction?.tried?.unchecked).toEqual([])
  })

  test.each(newFunctionCases)('a new function from %s', async (_, pending) => {
    if (!database) return
    const { report, error } = await ask(['CREATE TABLE docs (id int)'], pending, database.url)
    expect(error).toBeNull()
    expect(report.verdict).toBe('pass')
  })
})
