/**
 * Loses one migration of a history after real Alembic has applied it. Then the guard must refuse, or the upgrade must
 * run exactly the migrations that haven't run.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { execute } from '../../src/commands/delivery/execute.ts'
import { placeholder } from '../../src/commands/placeholder.ts'
import { quietContext } from '../support/context.ts'
import { type Driver, type Step, afterLoss, startDriver, writeProject } from '../support/incidents.ts'
import { findPython } from '../support/judge.ts'
import {
  type LostPlaceCase,
  readObjectCases,
  unreadObjectCases,
} from '../support/lost-place-cases.ts'
import { findPostgres } from '../support/postgres.ts'

const python = findPython()
const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
const server = drivable ? await findPostgres() : null
const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-lost-places-'))
let driver: Driver

beforeAll(async () => {
  if (python) driver = await startDriver(python)
})

afterAll(() => {
  if (python) driver.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Returns the placeholder's parent; null if the guard refuses. */
async function parentOf({ history, lost, setup = [] }: LostPlaceCase): Promise<string | null> {
  if (!server) throw new Error('no PostgreSQL server')
  const database = await server.createDatabase()
  onTestFinished(() => database.drop())
  const steps = history.map((body, index): Step => {
    return { id: `a${index + 1}`, parents: index === 0 ? [] : [`a${index}`], body }
  })
  const id = `a${lost}`
  writeProject(folder, steps, false)
  // `sql` runs after the reset, and the settings of the database apply only to later connections.
  const url = database.url
  const made = await driver.ask({ root: folder, url, sql: setup, upgrade: [id] })
  expect(made.error).toBe(null)
  const incident = { steps, lost: id, dangling: 'none', shape: 'linear', applied: [id] } as const
  writeProject(folder, afterLoss({ ...incident, drops: false, annotated: false }), false)
  const given = { write: true, target: 'head', format: 'json' }
  const { exitCode, stdout } = await execute(placeholder, given, quietContext(folder, url))
  if (exitCode !== 0) return null
  const cured = await driver.ask({ root: folder, url, upgrade: ['head'] })
  const pending = steps.slice(lost).map((step) => step.id)
  expect({ error: cured.error, ran: cured.steps }, stdout).toEqual({ error: null, ran: pending })
  const report: { readonly parents: readonly string[] } = JSON.parse(stdout)
  return report.parents.join()
}

describe.runIf(server)('a lost migration next to an object that a snapshot', () => {
  test.each(unreadObjectCases)("doesn't describe: $name", async (one) => {
    expect(await parentOf(one)).toBe(one.parent)
  })

  test.each(readObjectCases)('describes: $name', async (one) => {
    expect(await parentOf(one)).toBe(one.parent)
  })
})
