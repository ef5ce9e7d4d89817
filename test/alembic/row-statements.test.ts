/**
 * Tests statements that read or write rows. The guard must check the names and types in them as PostgreSQL
 * does.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findJudges } from '../support/judges.ts'
import { judgePending } from '../support/pending-migration.ts'
import { acceptedStatements, refusedStatements, rowStatementSchema } from '../support/row-statement-cases.ts'

const judges = await findJudges('row-statements')
const { folder, server, database } = judges

function ask(pending: readonly string[], split = false) {
  const made = rowStatementSchema.map(asText)
  const live = split ? [] : made
  return judgePending(judges, live, [...(split ? made : []), ...pending.map(asText)], database?.url ?? '')
}

/** Returns Python code that executes the SQL. SQLAlchemy would read an unescaped colon as a parameter. */
function asText(sql: string): string {
  return `op.execute(sa.text(${JSON.stringify(sql.replaceAll(/(?<!:):(?!:)/g, '\\:'))}))`
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
