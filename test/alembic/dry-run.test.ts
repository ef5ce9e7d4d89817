/** Tests databases on which a pending migration fails. The guard must predict Alembic's exact error. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/model/report.ts'
import { findJudges } from '../support/judges.ts'
import { executed, judgePending } from '../support/pending-migration.ts'
import { commonInquiries, postgresInquiries, sqliteInquiries } from '../support/inquiry-cases.ts'
import { emptyTableCases, postgresEmptyTableCases } from '../support/empty-table-cases.ts'
import { managerCases } from '../support/manager-cases.ts'
import { helperCases } from '../support/helper-cases.ts'
import { childTableCases } from '../support/partition-cases.ts'
import { type ReplayCase, commonCases, postgresCases, sqliteCases } from '../support/dry-run-cases.ts'
import { enumValueCases } from '../support/enum-value-cases.ts'
import { boundedDoubtCases } from '../support/bounded-doubt-cases.ts'
import { checkCases } from '../support/check-cases.ts'
import { valueTypeCases } from '../support/value-type-cases.ts'
import { viewCases } from '../support/view-cases.ts'
import { typeChangeCases } from '../support/type-change-cases.ts'
import { defaultNameCases } from '../support/default-name-cases.ts'
import { chosenNameCases, namingCases } from '../support/dry-run-naming-cases.ts'
import {
  commonStatementCases,
  constraintCases,
  constructCases,
  postgresStatementCases,
  swallowedCases,
} from '../support/dry-run-statement-cases.ts'

const judges = await findJudges('replay')
const { folder, python, server, database } = judges

interface Asked {
  readonly codes: readonly string[]
  readonly report: Report
  /** Error text, such as `ProgrammingError: (psycopg2.errors…`. */
  readonly predicted: string | null
  readonly raised: string | null
}

/** Checks a project with two revisions. The first creates the database state. */
async function ask(live: string, pending: readonly string[], url: string): Promise<Asked> {
  const made = live === '' ? [] : live.split(';').map((sql) => sql.trim())
  const { report, error } = await judgePending(judges, executed(made), pending, url)
  const predicted = report.prediction?.error ?? null
  return {
    codes: report.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code),
    report,
    predicted: predicted && `${predicted.type}: ${predicted.message}`,
    raised: error,
  }
}

async function holds(one: ReplayCase, url: string): Promise<void> {
  const refused = await ask(one.live, one.pending, url)
  expect(refused.raised).not.toBeNull()
  expect(refused.codes).toEqual([one.code])
  expect(refused.predicted).toBe(refused.raised)
  expect(refused.report.findings[0]?.location?.path).toMatch(/next2_x\.py$/)
  expect(refused.report.exitCode).toBe(1)
  for (const sibling of one.passes) {
    const passed = await ask(sibling.live ?? one.live, sibling.pending ?? one.pending, url)
    expect(passed.raised, JSON.stringify(sibling)).toBeNull()
    expect(passed.codes, JSON.stringify(sibling)).toEqual([])
    expect(passed.report.prediction?.outcome).toBe('succeeds')
  }
}

const common = [
  ...commonCases,
  ...commonStatementCases,
  ...constructCases,
  ...commonInquiries,
  ...helperCases,
  ...emptyTableCases,
  ...managerCases,
]
const postgres = [
  ...common,
  ...postgresCases,
  ...postgresEmptyTableCases,
  ...namingCases,
  ...chosenNameCases,
  ...defaultNameCases,
  ...postgresStatementCases,
  ...typeChangeCases,
  ...valueTypeCases,
  ...enumValueCases,
  ...viewCases,
  ...checkCases,
  ...constraintCases,
  ...swallowedCases,
  ...boundedDoubtCases,
  ...childTableCases,
  ...postgresInquiries,
]
const sqlite = [...common, ...sqliteCases, ...sqliteInquiries]

describe.skipIf(server === null)('on PostgreSQL', () => {
  test.each(postgres.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    if (!database) return
    await holds(one, database.url)
  })
})

describe.skipIf(python === null)('on SQLite', () => {
  test.each(sqlite.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const url = `sqlite:///${join(folder, 'app.db')}`
    await holds(one, url)
  })
})
