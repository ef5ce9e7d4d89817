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
import type { OptionInputs } from '../../src/commands/shell/settings.ts'
import { quietContext } from '../support/context.ts'
import { type Driver, type Step, afterLoss, startDriver, writeProject } from '../support/incidents.ts'
import { findPython } from '../support/judge.ts'
import {
  type LostPlaceCase,
  changedObjectCases,
  readObjectCases,
  silentCases,
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

/** Returns where the guard puts the placeholder; why it refuses, if it does. */
async function placeOf({ history, lost, setup = [] }: LostPlaceCase): Promise<string> {
  if (!server) throw new Error('no PostgreSQL server')
  const { url, drop } = await server.createDatabase()
  onTestFinished(() => drop())
  const steps = history.map((body, index): Step => {
    return { id: `a${index + 1}`, parents: index === 0 ? [] : [`a${index}`], body }
  })
  const id = `a${lost}`
  writeProject(folder, steps, false)
  const made = await driver.ask({ root: folder, url, sql: setup, upgrade: [id] })
  expect(made.error).toBe(null)
  const linear = { shape: 'linear', dangling: 'none', drops: false, annotated: false } as const
  writeProject(folder, afterLoss({ ...linear, steps, lost: id, applied: [id] }), false)
  const ask = async (given: OptionInputs): Promise<Report> => {
    const inputs = { target: 'head', format: 'json', ...given }
    return JSON.parse((await execute(placeholder, inputs, quietContext(folder, url))).stdout)
  }
  const { parents, reason } = await ask({})
  if (!parents) return reason ?? ''
  await ask({ write: true, after: parents.join() || 'base', force: true })
  const cured = await driver.ask({ root: folder, url, upgrade: ['head'] })
  const pending = steps.slice(lost).map((step) => step.id)
  expect({ error: cured.error, ran: cured.steps }, parents.join()).toEqual({ error: null, ran: pending })
  return parents.join()
}

interface Report {
  readonly parents?: readonly string[]
  readonly reason?: string
}

/** If several places are possible, one of them must be the right one. */
function expected({ parent, lost }: LostPlaceCase): RegExp {
  if (parent === 'none') return /matches no position/
  if (parent !== null) return new RegExp(`^${parent}$`)
  return new RegExp(`\\d positions could match the live schema .*\\ba${lost - 1}\\b`)
}

describe.runIf(server)('a lost migration next to an object that a snapshot', () => {
  test.each(unreadObjectCases)("doesn't describe: $name", async (one) => {
    expect(await placeOf(one)).toMatch(expected(one))
  })

  test.each(readObjectCases)('describes: $name', async (one) => {
    expect(await placeOf(one)).toMatch(expected(one))
  })
})

describe.runIf(server)('a lost migration that changed objects of others', () => {
  test.each(changedObjectCases)('$name', async (one) => {
    expect(await placeOf(one)).toMatch(expected(one))
  })
})

describe.runIf(server)('a lost migration next to one that creates only', () => {
  test.each(silentCases)('$name', async (one) => {
    expect(await placeOf(one)).toMatch(expected(one))
  })
})
