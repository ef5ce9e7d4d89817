/**
 * Statements that read and write rows. The guard must check the names and types in them as PostgreSQL does. Its results
 * are compared with real Alembic.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { writeProject } from '../support/incidents.ts'
import { findJudges } from '../support/judges.ts'
import { acceptedStatements, refusedStatements, rowStatementSchema } from '../support/row-statement-cases.ts'

const { folder, driver, server, database } = await findJudges('row-statements')

async function ask(pending: readonly string[], split = false) {
  const url = database?.url ?? ''
  const real = url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')
  const root = join(folder, 'project')
  const executed = (sql: string): string =>
    `op.execute(sa.text(${JSON.stringify(sql.replaceAll(/(?<!:):(?!:)/g, '\\:'))}))`
  writeProject(
    root,
    [
      { id: 'base1', parents: [], body: split ? ['pass'] : rowStatementSchema.map(executed) },
      {
        id: 'next2',
        parents: ['base1'],
        body: [...(split ? rowStatementSchema : []), ...pending].map(executed),
      },
    ],
    false,
  )
  const before = await driver.ask({ root, url: real, reset: true, upgrade: ['base1'] })
  expect(before.error).toBeNull()
  const { stdout } = await execute(check, { format: 'json', target: 'heads' }, quietContext(root, url))
  const report: Report = JSON.parse(stdout)
  const { error } = await driver.ask({ root, url: real, upgrade: ['heads'] })
  return { report, error }
}

describe.skipIf(server === null)('on PostgreSQL', () => {
  test.each([
    ['live tables', false],
    ['tables that the same migration creates', true],
  ])('accepted statements are checked on %s', async (_, split) => {
    const { report, error } = await ask(acceptedStatements, split)
    expect(error).toBeNull()
    expect(report.verdict).toBe('pass')
    const places = report.prediction?.tried?.unchecked ?? []
    const lines = readFileSync(
      join(folder, 'project', places[0]?.location?.path ?? 'alembic.ini'),
      'utf8',
    ).split('\n')
    expect(places.map(({ location }) => lines[(location?.line ?? 0) - 1])).toEqual([])
  })

  test.each(refusedStatements)('a refused statement never counts as checked: %s', async (sql, message) => {
    const { report, error } = await ask([sql])
    expect(error).toMatch(message)
    if (report.verdict === 'blocked') return
    expect(report.verdict).toBe('pass')
    expect(report.prediction?.tried).toMatchObject({ operations: 1, checked: 0, unchecked: [{}] })
  })

  test.each(
    refusedStatements.filter(([, message]) => /expression|does not exist$/.test(message.source)).slice(0, 16),
  )('a statement of another type or name is blocked: %s', async (sql) => {
    const { report } = await ask([sql])
    expect(report.verdict).toBe('blocked')
  })
})
