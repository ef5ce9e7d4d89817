/** Tests the invalid index left behind by a failed CREATE INDEX CONCURRENTLY. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { writeProject } from '../support/incidents.ts'
import { findJudges } from '../support/judges.ts'

const { folder, driver, server, database } = await findJudges('invalid-index')
const root = join(folder, 'project')

const autocommit = (sql: string): readonly string[] => [
  'with op.get_context().autocommit_block():',
  `    op.execute('${sql}')`,
]

async function released(
  pending: readonly string[],
  before: 'broken' | 'repaired',
): Promise<{ report: Report; error: string | null; valid: boolean }> {
  if (!database) throw new Error('no server')
  const real = database.url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')
  const made = [`op.execute('CREATE TABLE seats (n int)')`, `op.execute('INSERT INTO seats VALUES (1), (1)')`]
  const revisions = [
    { id: 'base1', parents: [], body: made },
    { id: 'next2', parents: ['base1'], body: pending },
  ]
  writeProject(root, revisions, false)
  expect((await driver.ask({ root, url: real, reset: true, upgrade: ['base1'] })).error).toBeNull()
  await expect(database.execute('CREATE UNIQUE INDEX CONCURRENTLY ux_n ON seats (n)')).rejects.toThrow(
    'unique',
  )
  await database.execute('DELETE FROM seats')
  if (before === 'repaired') await database.execute('REINDEX INDEX ux_n')
  const { stdout } = await execute(check, { format: 'json' }, quietContext(root, database.url))
  const { error } = await driver.ask({ root, url: real, upgrade: ['heads'] })
  const [row] = await database.execute(
    `SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ux_n')`,
  )
  return { report: JSON.parse(stdout), error, valid: row?.['indisvalid'] === true }
}

const codes = ({ findings }: Report): readonly string[] =>
  findings.filter(({ severity }) => severity !== 'note').map(({ code }) => code)

describe.skipIf(server === null)('on PostgreSQL', () => {
  const lenient = autocommit('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ux_n ON seats (n)')

  test('warns that IF NOT EXISTS leaves it invalid', async () => {
    const { report, error, valid } = await released(lenient, 'broken')
    expect({ error, valid }).toEqual({ error: null, valid: false })
    expect(codes(report)).toEqual(['AG307'])
    expect(report.findings[0]?.message).toBe("Index ux_n is INVALID, and the pending migration won't fix it.")
    expect(report.exitCode).toBe(0)
  })

  test('says nothing about an index that was rebuilt', async () => {
    const { report, error, valid } = await released(lenient, 'repaired')
    expect({ error, valid, codes: codes(report) }).toEqual({ error: null, valid: true, codes: [] })
  })

  test('accepts a migration that drops it first and recreates it', async () => {
    const drop = autocommit('DROP INDEX CONCURRENTLY IF EXISTS ux_n')
    const { report, error, valid } = await released([...drop, ...lenient], 'broken')
    expect({ error, valid, codes: codes(report) }).toEqual({ error: null, valid: true, codes: [] })
  })

  test('blocks the release without IF NOT EXISTS, and prints the fix', async () => {
    const { report, error } = await released(
      autocommit('CREATE UNIQUE INDEX CONCURRENTLY ux_n ON seats (n)'),
      'broken',
    )
    expect(error).toMatch(/relation "ux_n" already exists/)
    expect(codes(report)).toEqual(['AG301'])
    expect(JSON.stringify(report.findings[0])).toMatch(/INVALID\. Run DROP INDEX CONCURRENTLY ux_n,/)
  })
})
