/**
 * Runs `check` before each step of random histories. `check` may report an error only if Alembic then fails.
 * `ALEMBIC_GUARD_STATES` sets the number of states.
 */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { randomFrom, randomIncident, writeProject } from '../support/incidents.ts'
import { findJudges } from '../support/judges.ts'
import { seed } from '../support/seed.ts'

const states = Number(process.env['ALEMBIC_GUARD_STATES'] ?? 500)
/** Test fewer states on a server, which is slower. */
const onServer = Math.ceil(states / 5)
const { folder, python, driver, server, database } = await findJudges('safe')

/** Findings that claim an applied migration never ran. */
const ofStamps = ['AG206', 'AG303', 'AG304']

async function many(url: string, real: string, count: number, postgres: boolean): Promise<string> {
  const random = randomFrom(seed + (postgres ? 1 : 0))
  const root = join(folder, 'project')
  const figures = { passed: 0, foreseen: 0, histories: 0 }
  while (figures.passed + figures.foreseen < count) {
    const { steps, annotated } = randomIncident(random, postgres)
    writeProject(root, steps, annotated)
    figures.histories += 1
    let answer = await driver.ask({ root, url: real, reset: true, upgrade: [] })
    for (const { id } of [...steps, { id: 'heads' }]) {
      const { stdout } = await execute(check, { format: 'json', target: 'heads' }, quietContext(root, url))
      const report: Report = JSON.parse(stdout)
      const story = JSON.stringify({ rows: answer.rows, steps, findings: report.findings }, null, 1)
      expect(
        report.findings.map(({ code }) => code).filter((code) => ofStamps.includes(code)),
        story,
      ).toEqual([])
      if (report.exitCode !== 0) {
        const { error } = await driver.ask({ root, url: real, upgrade: ['heads'] })
        expect(error, story).not.toBeNull()
        figures.foreseen += 1
        break
      }
      figures.passed += 1
      answer = await driver.ask({ root, url: real, upgrade: [id] })
      // The history itself fails when run in this order. SQLite leaves the migration half applied, so stop.
      if (answer.error !== null) break
    }
  }
  return `${figures.passed} states passed, ${figures.foreseen} failures foreseen, ${figures.histories} histories`
}

describe.skipIf(python === null)(`random states (seed ${seed})`, () => {
  test('on SQLite', async () => {
    const url = `sqlite:///${join(folder, 'app.db')}`
    console.log(`SQLite: ${await many(url, url, states - onServer, false)}, seed ${seed}`)
  })

  test.skipIf(server === null)('on PostgreSQL', async () => {
    if (!database) return
    const real = database.url.replace(/^postgres:/, 'postgresql:')
    console.log(
      `PostgreSQL ${server?.major}: ${await many(database.url, real, onServer, true)}, seed ${seed}`,
    )
  })
})
