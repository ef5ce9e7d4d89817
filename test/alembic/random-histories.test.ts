/**
 * Compares predictions with Alembic's results on random histories, rows and targets. `ALEMBIC_GUARD_STATES`
 * sets the number of states.
 */
import { assert, asyncProperty } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildGraph } from '../../src/core/history/revision-graph.ts'
import { predictUpgrade } from '../../src/core/upgrade/predict-upgrade.ts'
import { disagreement, doubtsOf } from '../support/agreement.ts'
import { type Judge, findPython, startJudge } from '../support/judge.ts'
import {
  databaseStateOf,
  judgedState,
  randomState,
  repositoryOf,
  storyOf,
} from '../support/random-history.ts'
import { seed } from '../support/seed.ts'

const states = Number(process.env['ALEMBIC_GUARD_STATES'] ?? 2000)
const python = findPython()

let judge: Judge
const counts = new Map<string, number>()

beforeAll(async () => {
  if (python) judge = await startJudge(python)
})

afterAll(() => {
  if (!python) return
  judge.close()
  const figures = [...counts].map(([outcome, count]) => `${outcome} ${count}`).join(', ')
  console.log(`${judge.versions}: ${states} random states from seed ${seed} (${figures})`)
})

test('Python with Alembic is available', () => {
  if (!python)
    console.warn('SKIPPED: no python3 with Alembic (ALEMBIC_PYTHON names one); nothing was compared')
  expect(python !== null || !process.env['CI']).toBe(true)
})

test.runIf(python)(`Alembic behaves as predicted (seed ${seed})`, { timeout: 3_600_000 }, async () => {
  const agrees = asyncProperty(randomState, async (state) => {
    const judged = judgedState(state)
    const real = await judge.ask(judged)
    const repository = repositoryOf(state, judge.alembic, real.order)
    const predicted = predictUpgrade(
      repository,
      buildGraph(repository),
      databaseStateOf('sqlite', state.rows),
      state.target,
    )
    const outcome = predicted.outcome === 'fails' ? `fails: ${predicted.cause.kind}` : predicted.outcome
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    for (const doubt of doubtsOf(predicted)) counts.set(doubt, (counts.get(doubt) ?? 0) + 1)
    const difference = disagreement(predicted, real)
    if (difference === null) return
    throw new Error(`${difference}\n${storyOf(state, real, predicted)}`)
  })
  await assert(agrees, { numRuns: states, seed })
})
