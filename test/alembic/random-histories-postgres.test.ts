/**
 * Compares predictions with Alembic's results on PostgreSQL, which runs all steps in one transaction.
 * `ALEMBIC_GUARD_POSTGRES_STATES` sets the number of states.
 */
import { spawnSync } from 'node:child_process'
import { assert, asyncProperty, constantFrom, record } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatabaseState } from '../../src/core/history/database-state.ts'
import { buildGraph } from '../../src/core/history/revision-graph.ts'
import { pythonLength } from '../../src/core/text/python-text.ts'
import { predictUpgrade } from '../../src/core/upgrade/predict-upgrade.ts'
import { disagreement, doubtsOf } from '../support/agreement.ts'
import { type Judge, findPython, startJudge } from '../support/judge.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import {
  type RandomState,
  databaseStateOf,
  judgedState,
  randomState,
  repositoryOf,
  storyOf,
} from '../support/random-history.ts'
import { seed } from '../support/seed.ts'

const states = Number(process.env['ALEMBIC_GUARD_POSTGRES_STATES'] ?? 200)
const python = findPython()
const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
const server = drivable ? await findPostgres() : null

let judge: Judge
let database: TestDatabase
const counts = new Map<string, number>()

beforeAll(async () => {
  if (!server || !python) return
  database = await server.createDatabase()
  judge = await startJudge(python, database.url.replace(/^postgres:/, 'postgresql:'))
})

afterAll(async () => {
  if (!server) return
  judge.close()
  await database.drop()
  const figures = [...counts].map(([outcome, count]) => `${outcome} ${count}`).join(', ')
  console.log(`${judge.versions}, PostgreSQL ${server.major}: ${states} states, seed ${seed} (${figures})`)
})

test('Python with Alembic and psycopg2, and a PostgreSQL server, are available', () => {
  if (!server) console.warn('SKIPPED: no python3 with Alembic and psycopg2, or no PostgreSQL server')
  expect(server !== null || !process.env['CI']).toBe(true)
})

/** Version tables with different column types, some with an additional required column. */
const tables = [
  { column: 'version_num VARCHAR(32) NOT NULL', type: 'character varying(32)', width: 32, strict: false },
  { column: 'version_num VARCHAR(5)', type: 'character varying(5)', width: 5, strict: false },
  { column: 'version_num CHAR(4)', type: 'character(4)', width: 4, strict: false },
  { column: 'version_num TEXT', type: 'text', width: null, strict: false },
  {
    column: 'version_num VARCHAR(32)',
    type: 'character varying(32)',
    width: 32,
    strict: true,
  },
  { column: 'version VARCHAR(32)', type: null, width: null, strict: false },
]

/** Adds a required column to a table that already has rows. */
const demanding = [
  "ALTER TABLE alembic_version ADD note TEXT NOT NULL DEFAULT ''",
  'ALTER TABLE alembic_version ALTER note DROP DEFAULT',
]

const onPostgres = record({
  state: randomState,
  table: constantFrom(tables[0], tables[0], tables[1], ...tables),
}).map(({ state, table = tables[0] }) => ({ state: fitting(state, table?.width ?? 32), table }))

test.runIf(server)(
  `Alembic behaves as predicted on PostgreSQL (seed ${seed})`,
  { timeout: 3_600_000 },
  async () => {
    const agrees = asyncProperty(onPostgres, async ({ state, table }) => {
      const usable = table?.type ? state : { ...state, rows: state.rows && [] }
      const afterwards = table?.strict && state.rows ? demanding : []
      const real = await judge.ask(
        judgedState(usable, `CREATE TABLE alembic_version (${table?.column})`, afterwards),
      )
      const repository = repositoryOf(usable, judge.alembic, real.order)
      const seen = postgresStateOf(usable, table)
      const predicted = predictUpgrade(repository, buildGraph(repository), seen, state.target)
      const outcome = predicted.outcome === 'fails' ? `fails: ${predicted.cause.kind}` : predicted.outcome
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
      for (const doubt of doubtsOf(predicted)) counts.set(doubt, (counts.get(doubt) ?? 0) + 1)
      const difference = disagreement(predicted, real)
      if (difference === null) return
      throw new Error(`${difference}\n${table?.column}\n${storyOf(usable, real, predicted)}`)
    })
    await assert(agrees, { numRuns: states, seed })
  },
)

/** Keeps only the rows whose value the column would store unchanged. */
function fitting(state: RandomState, width: number): RandomState {
  const rows = state.rows?.filter(
    (row) => row.kind === 'text' && pythonLength(row.value) <= width && row.value.trim() === row.value,
  )
  return { ...state, rows: rows ?? null }
}

function postgresStateOf({ rows }: RandomState, table: (typeof tables)[number] | undefined): DatabaseState {
  const state = databaseStateOf('postgresql', rows)
  if (rows === null || !table) return state
  const name = table.type === null ? 'version' : 'version_num'
  const type = table.type ?? 'character varying(32)'
  const columns = [{ name, type, nullable: true, hasDefault: false }]
  if (table.strict) columns.push({ name: 'note', type: 'text', nullable: false, hasDefault: false })
  return {
    ...state,
    server: String(server?.major ?? ''),
    // CHAR values are padded with spaces.
    versions: type.startsWith('character(')
      ? state.versions.map((row) =>
          row.kind === 'text' ? { ...row, value: row.value.padEnd(table.width ?? 0) } : row,
        )
      : state.versions,
    versionTable: { ...state.versionTable, width: table.width, columns },
  }
}
