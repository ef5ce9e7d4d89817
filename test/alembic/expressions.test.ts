/**
 * Expressions in pending operations: conditions, indexes, defaults and conversions. If PostgreSQL refuses one, the
 * guard must block the upgrade or report that it couldn't check the operation. If the guard says that it checked
 * everything, real Alembic must succeed.
 */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { expressionCases } from '../support/expression-cases.ts'
import { writeProject } from '../support/incidents.ts'
import { findJudges } from '../support/judges.ts'

const { folder, driver, server, database } = await findJudges('expressions')

/** Runs the guard and then real Alembic on a pending migration. */
async function ask(live: readonly string[], pending: readonly string[], url: string) {
  const root = join(folder, 'project')
  const real = url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')
  const made = live.map((sql) => `op.execute(${JSON.stringify(sql)})`)
  const imported = 'from sqlalchemy.dialects import postgresql'
  const steps = [
    { id: 'base1', parents: [], body: made.length > 0 ? made : ['pass'] },
    { id: 'next2', parents: ['base1'], body: [imported, ...pending] },
  ]
  writeProject(root, steps, false)
  const before = await driver.ask({ root, url: real, reset: true, upgrade: ['base1'] })
  expect(before.error).toBeNull()
  const { stdout } = await execute(check, { format: 'json', target: 'heads' }, quietContext(root, url))
  const report: Report = JSON.parse(stdout)
  const { error } = await driver.ask({ root, url: real, upgrade: ['heads'] })
  return { report, error }
}

describe.skipIf(server === null)('on PostgreSQL', () => {
  test.each(expressionCases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    if (!database) return
    const refused = await ask(one.live, one.fails, database.url)
    expect(refused.error).toMatch(one.error)
    const foreseen = refused.report.verdict === 'blocked'
    if (!foreseen) expect(refused.report.prediction?.tried?.unchecked).not.toEqual([])
    const reasons = refused.report.prediction?.tried?.unchecked.map(({ reason }) => reason)
    if (one.listed) expect(reasons?.join(' ')).toMatch(one.listed)
    const passed = await ask(one.passesOn ?? one.live, one.passes, database.url)
    expect(passed.error).toBeNull()
    expect(passed.report.verdict).toBe('pass')
    expect(passed.report.prediction?.tried?.unchecked).toEqual([])
  })
})
