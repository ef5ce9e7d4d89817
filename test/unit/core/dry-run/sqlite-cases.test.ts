/**
 * Dry-runs failing and passing migrations on SQLite files. test/alembic/dry-run.test.ts runs the same migrations
 * with Alembic.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { check } from '../../../../src/commands/check.ts'
import { execute } from '../../../../src/commands/delivery/execute.ts'
import type { Report } from '../../../../src/report/model/report.ts'
import { quietContext } from '../../../support/context.ts'
import { commonCases, sqliteCases } from '../../../support/dry-run-cases.ts'
import { writeProject } from '../../../support/incidents.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'alembic-guard-dry-run-'))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Returns the codes of the errors reported by `check`. Asserts that no evidence is truncated. */
async function errorsOf(live: string, pending: readonly string[]): Promise<readonly string[]> {
  const project = join(root, 'project')
  const path = join(root, 'app.db')
  rmSync(path, { force: true })
  const database = new Sqlite(path)
  database.exec(`${live};
    CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('base1')`)
  database.close()
  const made = live === '' ? [] : live.split(';').map((sql) => `op.execute(${JSON.stringify(sql.trim())})`)
  const steps = [
    { id: 'base1', parents: [], body: made.length > 0 ? made : ['pass'] },
    { id: 'next2', parents: ['base1'], body: pending },
  ]
  writeProject(project, steps, false)
  const { stdout } = await execute(check, { format: 'json' }, quietContext(project, `sqlite:///${path}`))
  const report: Report = JSON.parse(stdout)
  expect(report.error).toBeNull()
  const errors = report.findings.filter(({ severity }) => severity === 'error')
  expect(JSON.stringify(errors.map(({ evidence }) => evidence))).not.toContain('..."')
  return errors.map(({ code }) => code)
}

test.each([...commonCases, ...sqliteCases].map((one) => [one.name, one] as const))('%s', async (_, one) => {
  expect(await errorsOf(one.live, one.pending)).toEqual([one.code])
  for (const sibling of one.passes) {
    const codes = await errorsOf(sibling.live ?? one.live, sibling.pending ?? one.pending)
    expect(codes, JSON.stringify(sibling)).toEqual([])
  }
})
