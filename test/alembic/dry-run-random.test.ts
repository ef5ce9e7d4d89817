/**
 * Compares dry runs of random histories with Alembic's results. A definite prediction must match Alembic's
 * error exactly. `ALEMBIC_GUARD_REPLAYS` sets the number of histories.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { type Driver, startDriver, writeProject } from '../support/incidents.ts'
import { findPython } from '../support/judge.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import { type Dice, diceOf, randomMigrations } from '../support/random-migration.ts'
import { randomBatchMigrations } from '../support/random-batch-migration.ts'
import { randomSqliteMigrations } from '../support/random-sqlite-migration.ts'
import { seed } from '../support/seed.ts'

const stories = Number(process.env['ALEMBIC_GUARD_REPLAYS'] ?? 25)
const python = findPython()
const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
const server = drivable ? await findPostgres() : null
const folder = mkdtempSync(
  join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'alembic-guard-random-replay-'),
)

let driver: Driver
let database: TestDatabase

beforeAll(async () => {
  if (python) driver = await startDriver(python)
  if (server) database = await server.createDatabase()
})

afterAll(async () => {
  if (python) driver.close()
  if (server) await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

test('Python with Alembic and psycopg2, and a PostgreSQL server, are available', () => {
  if (!server) console.warn('SKIPPED: no python3 with Alembic and psycopg2, or no PostgreSQL server')
  expect(server !== null || !process.env['CI']).toBe(true)
})

/** A kind of database, with generators for histories and manual schema changes. */
interface Place {
  /** Failures that can't be predicted from the schema. The guard must predict all others. */
  readonly unforeseeable: RegExp
  /** Whether a failure counts as foreseen if the report lists its operation as not checked. */
  readonly mayList?: true
  readonly url: string
  readonly real: string
  readonly sources: (dice: Dice) => readonly string[]
  readonly drift: (dice: Dice, catalog: readonly string[]) => string
  readonly execute: (sql: string) => Promise<unknown>
}

/**
 * Returns a random manual schema change. Recognizes generated names by their form, such as `t3`, `c5` and
 * `ix_7`.
 */
function postgresDrift(dice: Dice, catalog: readonly string[]): string {
  const number = 1 + dice(40)
  const one = (form: RegExp): RegExpExecArray | undefined => {
    const all = catalog.flatMap((line) => {
      const fits = form.exec(line)
      return fits ? [fits] : []
    })
    return all[dice(Math.max(1, all.length))]
  }
  const table = one(/^table (\S+)$/)?.[1]
  const [, owner, name] = one(/^column ([^.\s]+)\.(\S+) /) ?? []
  const index = one(/^index \S+ (\S+) /)?.[1]
  const [, keyed, key] = one(/^unique (\S+) (\S+) /) ?? []
  const changes = [
    `CREATE TABLE t${number} (id int)`,
    `CREATE TYPE t${number} AS ENUM ('x')`,
    ...(table
      ? [
          `DROP TABLE "${table}" CASCADE`,
          `ALTER TABLE "${table}" RENAME TO gone${number}`,
          `ALTER TABLE "${table}" ADD COLUMN c${number} int`,
          `CREATE INDEX ix_${number} ON "${table}" (id)`,
          `CREATE VIEW v${number} AS SELECT * FROM "${table}"`,
          `CREATE TABLE k${number} (r int REFERENCES "${table}")`,
          `INSERT INTO "${table}" (id) VALUES (1)`,
          `ALTER TABLE "${table}" SET SCHEMA apart`,
          `CREATE VIEW t${number} AS SELECT * FROM "${table}"`,
          `ALTER TABLE "${table}" DROP CONSTRAINT IF EXISTS "${table}_pkey" CASCADE`,
        ]
      : []),
    ...(index
      ? [
          `DROP INDEX "${index}" CASCADE`,
          `ALTER INDEX "${index}" RENAME TO gone${number}`,
          `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"${index}"'::regclass`,
        ]
      : []),
    ...(keyed && key
      ? [
          `ALTER TABLE "${keyed}" DROP CONSTRAINT "${key}" CASCADE`,
          `ALTER TABLE "${keyed}" RENAME CONSTRAINT "${key}" TO gone${number}`,
        ]
      : []),
    ...(owner && name
      ? [
          `ALTER TABLE "${owner}" DROP COLUMN "${name}" CASCADE`,
          `ALTER TABLE "${owner}" RENAME "${name}" TO gone${number}`,
          `CREATE VIEW v${number} AS SELECT "${name}" FROM "${owner}"`,
          `ALTER TABLE "${owner}" ALTER "${name}" TYPE text USING "${name}"::text`,
        ]
      : []),
  ]
  return changes[dice(changes.length)] ?? ''
}

function sqliteDrift(dice: Dice, catalog: readonly string[]): string {
  const tables = catalog.flatMap((line) => /^table (\S+)$/.exec(line)?.[1] ?? [])
  const columns = catalog.flatMap((line) => /^column (\S+) /.exec(line)?.[1] ?? [])
  const number = 1 + dice(40)
  const table = tables[dice(Math.max(1, tables.length))]
  const column = columns[dice(Math.max(1, columns.length))]
  const [owner, name] = column?.split('.') ?? []
  const changes = [
    `CREATE TABLE t${number} (id int)`,
    `CREATE VIEW t${number} AS SELECT 1 AS one`,
    ...(table
      ? [
          `DROP TABLE "${table}"`,
          `ALTER TABLE "${table}" RENAME TO gone${number}`,
          `ALTER TABLE "${table}" ADD COLUMN c${number} int`,
          `CREATE INDEX ix_${number} ON "${table}" (id)`,
          `INSERT INTO "${table}" (id) VALUES (${number})`,
          `INSERT INTO "${table}" (b) VALUES (${number})`,
          `CREATE TABLE _alembic_tmp_${table} (id int)`,
        ]
      : []),
    ...(owner && name
      ? [
          `ALTER TABLE "${owner}" DROP COLUMN "${name}"`,
          `ALTER TABLE "${owner}" RENAME COLUMN "${name}" TO gone${number}`,
          `CREATE INDEX ix_${number} ON "${owner}" ("${name}")`,
          `CREATE UNIQUE INDEX ux_${number} ON "${owner}" ("${name}", rowid + 1)`,
        ]
      : []),
  ]
  return changes[dice(changes.length)] ?? ''
}

/** Returns a random view, trigger, partial index or row. */
function sqliteProgram(dice: Dice, catalog: readonly string[]): string {
  const columns = catalog.flatMap((line) => /^column (\S+) /.exec(line)?.[1] ?? [])
  const [owner, name] = columns[dice(Math.max(1, columns.length))]?.split('.') ?? []
  const number = 1 + dice(40)
  if (!owner || !name) return `CREATE VIEW v${number} AS SELECT 1 AS one`
  const programs = [
    `CREATE VIEW v${number} AS SELECT "${name}" FROM "${owner}"`,
    `CREATE TRIGGER g${number} AFTER UPDATE ON "${owner}" BEGIN SELECT "${name}" FROM "${owner}"; END`,
    `CREATE INDEX ix_${number} ON "${owner}" (id) WHERE "${name}" > 1`,
    `CREATE INDEX ix_${number} ON "${owner}" (lower("${name}"))`,
    `INSERT INTO "${owner}" ("${name}") VALUES (${['NULL', '1', "'x'", '-1'][dice(4)] ?? '1'})`,
    `INSERT INTO "${owner}" ("${name}") VALUES (1), (1)`,
  ]
  return programs[dice(programs.length)] ?? ''
}

const ids = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6']

function writeHistory(root: string, sources: readonly string[]): void {
  writeProject(root, [], false)
  mkdirSync(join(root, 'versions'), { recursive: true })
  for (const [index, source] of sources.entries()) {
    const before = index === 0 ? 'None' : `'${ids[index - 1] ?? ''}'`
    const id = ids[index] ?? ''
    writeFileSync(
      join(root, 'versions', `${id}.py`),
      `revision = '${id}'\ndown_revision = ${before}\n${source}`,
    )
  }
}

/** Whether the report lists the operation that failed as not checked, or another one in the same batch. */
function isListed(root: string, report: Report, place: string | null): boolean {
  const [file = '', at] = place?.split(':') ?? []
  const source = readFileSync(join(root, 'versions', file), 'utf8').split('\n')
  const first = Number(at)
  const isInside = (line: number): boolean =>
    source.slice(first, line).every((one) => one.startsWith('     '))
  const unchecked = report.prediction?.tried?.unchecked ?? []
  return unchecked.some(
    ({ location }) =>
      location?.path.endsWith(`/${file}`) && location.line >= first && isInside(location.line),
  )
}

async function tell(dice: Dice, place: Place): Promise<void> {
  const { url, real } = place
  const counts = { safe: 0, foreseen: 0, unforeseen: 0, listed: 0, operations: 0, understood: 0 }
  for (let story = 0; story < stories; story++) {
    const sources = place.sources(dice)
    const root = join(folder, 'project')
    writeHistory(root, sources)
    const upTo = ids[dice(ids.length - 1)] ?? 'r1'
    const made = await driver.ask({ root, url: real, reset: true, upgrade: [upTo] })
    // Skip histories that the database rejects.
    if (made.error !== null) continue
    const changes: string[] = []
    if (dice(3) > 0) {
      for (let left = 1 + dice(3); left > 0; left--) {
        const change = place.drift(dice, made.catalog)
        const worked = await place.execute(change).then(
          () => true,
          () => false,
        )
        if (worked) changes.push(change)
      }
    }
    const told = await execute(check, { format: 'json' }, quietContext(root, url))
    const report: Report = JSON.parse(told.stdout)
    const after = await driver.ask({ root, url: real, upgrade: ['head'] })
    const error = report.prediction?.error ?? null
    const predicted = error && `${error.type}: ${error.message}`
    const telling = `seed ${seed}, story ${story}, at ${upTo}\n${changes.join('\n')}\n${sources.join('\n# ----\n')}`
    const certain = report.findings.some(({ evidence }) => evidence.some(({ label }) => label === 'Error'))
    // After an unpredictable error, the prediction can't be checked.
    if (predicted !== null && certain && !place.unforeseeable.test(after.error ?? ''))
      expect(predicted, telling).toBe(after.error)
    if (predicted !== null) expect(after.error, telling).not.toBeNull()
    // After a manual drop, the guard rightly reports missing objects, but these findings aren't predictions.
    const ofTraces = changes.length > 0 ? ['AG303', 'AG304'] : []
    const blocking = report.findings.flatMap(({ code, severity }) => (severity === 'error' ? [code] : []))
    if (after.error === null) {
      expect(
        blocking.filter((code) => !ofTraces.includes(code)),
        telling,
      ).toEqual([])
    }
    counts.operations += report.prediction?.tried?.operations ?? 0
    counts.understood += report.prediction?.tried?.understood ?? 0
    if (after.error === null) counts.safe++
    else if (predicted !== null) counts.foreseen++
    else {
      counts.unforeseen++
      if (place.mayList && isListed(root, report, after.place)) counts.listed++
      else expect.soft(after.error, telling).toMatch(place.unforeseeable)
    }
  }
  console.log(`${driver.versions}, seed ${seed}: ${JSON.stringify(counts)}`)
  expect(counts.foreseen).toBeGreaterThan(stories / 40)
}

describe(`predicts the effect of manual schema changes, or says that it is unknown (seed ${seed})`, () => {
  test.runIf(server)('on PostgreSQL', { timeout: 3_600_000 }, async () => {
    await tell(diceOf(seed), {
      // The dry run doesn't parse expressions or simulate row changes. An opaque operation may add an unknown
      // constraint.
      unforeseeable:
        /\) column \S+ does not exist|errors\.(?:InvalidForeignKey|(?:NotNull|Unique|ForeignKey)Violation)\)/,
      url: database.url,
      real: database.url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:'),
      sources: (dice) => randomMigrations(dice, ids.length, true),
      drift: postgresDrift,
      execute: async (sql) => {
        if (sql.endsWith(' apart')) await database.execute('CREATE SCHEMA IF NOT EXISTS apart')
        return database.execute(sql)
      },
    })
  })

  const file = join(folder, 'app.db')
  const onSqlite = {
    url: `sqlite:///${file}`,
    real: `sqlite:///${file}`,
    execute: async (sql: string) => {
      const connection = new Sqlite(file)
      try {
        connection.exec(sql)
      } finally {
        connection.close()
      }
    },
  }

  test.runIf(python)('on SQLite', { timeout: 3_600_000 }, async () => {
    await tell(diceOf(seed), {
      ...onSqlite,
      // The guard doesn't check columns that are used in expressions or partial indexes.
      unforeseeable: /no such column/,
      mayList: true,
      sources: (dice) => randomSqliteMigrations(dice, ids.length),
      drift: sqliteDrift,
    })
  })

  test.runIf(python)('in batches on SQLite', { timeout: 3_600_000 }, async () => {
    await tell(diceOf(seed), {
      ...onSqlite,
      unforeseeable: /(?:NOT NULL|UNIQUE|CHECK) constraint failed|datatype mismatch/,
      mayList: true,
      sources: (dice) => randomBatchMigrations(dice, ids.length),
      drift: (dice, catalog) => (dice(3) === 0 ? sqliteProgram(dice, catalog) : sqliteDrift(dice, catalog)),
    })
  })
})
