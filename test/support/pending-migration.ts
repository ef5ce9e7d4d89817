/** Runs the guard, then Alembic, on a pending migration. */
import { expect } from 'vitest'
import { join } from 'node:path'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from './context.ts'
import { writeProject } from './incidents.ts'
import type { Judges } from './judges.ts'

/** The guard's report and the upgrade's error. The error is null if the upgrade succeeded. */
export interface Judged {
  readonly report: Report
  readonly error: string | null
}

/**
 * Upgrades to a revision with the body `live`, runs the guard, and then upgrades to a revision with the body
 * `pending`.
 */
export async function judgePending(
  { folder, driver }: Judges,
  live: readonly string[],
  pending: readonly string[],
  url: string,
): Promise<Judged> {
  const root = join(folder, 'project')
  const real = url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')
  const steps = [
    { id: 'base1', parents: [], body: live.length > 0 ? live : ['pass'] },
    { id: 'next2', parents: ['base1'], body: pending },
  ]
  writeProject(root, steps, false)
  const before = await driver.ask({ root, url: real, reset: true, upgrade: ['base1'] })
  expect(before.error).toBeNull()
  const { stdout } = await execute(check, { format: 'json', target: 'heads' }, quietContext(root, url))
  const report: Report = JSON.parse(stdout)
  const { error } = await driver.ask({ root, url: real, upgrade: ['heads'] })
  return { report, error }
}

/** What the guard says about a pending migration. */
export type Said = 'passes' | 'predicted' | 'listed'

/** Judges a pending migration. `error` is Alembic's error, or null if the upgrade must succeed. */
export async function expectJudged(
  judges: Judges,
  live: readonly string[],
  pending: readonly string[],
  error: RegExp | null,
  said: Said,
): Promise<void> {
  const { report, error: real } = await judgePending(judges, live, pending, judges.database?.url ?? '')
  if (error === null) expect(real).toBeNull()
  else expect(real).toMatch(error)
  const { prediction, verdict } = report
  expect(verdict).toBe(said === 'predicted' ? 'blocked' : 'pass')
  if (said === 'predicted') expect(prediction?.error?.message ?? '').toMatch(error ?? /^$/)
  else expect((prediction?.tried?.unchecked.length ?? 0) > 0).toBe(said === 'listed')
}

/** Returns Python lines that execute these SQL statements. */
export function executed(statements: readonly string[]): string[] {
  return statements.map((sql) => `op.execute(${JSON.stringify(sql)})`)
}
