/**
 * Runs the commands that `check` suggests for random broken databases. An upgrade must then produce the
 * complete schema. `ALEMBIC_GUARD_INCIDENTS` sets the number of states.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import { placeholder } from '../../src/commands/placeholder.ts'
import { restamp } from '../../src/commands/restamp.ts'
import type { OptionInputs } from '../../src/commands/shell/settings.ts'
import type { FindingReport, Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import {
  type Driver,
  type Step,
  afterLoss,
  ancestors,
  randomFrom,
  randomIncident,
  startDriver,
  writeProject,
} from '../support/incidents.ts'
import { findPython } from '../support/judge.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import { seed } from '../support/seed.ts'

const wanted = Number(process.env['ALEMBIC_GUARD_INCIDENTS'] ?? 120)
const onServer = Math.ceil(wanted / 5)
const python = findPython()
const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
const server = drivable ? await findPostgres() : null
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'alembic-guard-judged-'))

let driver: Driver
let databases: { live: TestDatabase; whole: TestDatabase } | null = null

beforeAll(async () => {
  if (python) driver = await startDriver(python)
  if (server) databases = { live: await server.createDatabase(), whole: await server.createDatabase() }
})

afterAll(async () => {
  if (python) driver.close()
  await databases?.live.drop()
  await databases?.whole.drop()
  rmSync(folder, { recursive: true, force: true })
})

const kinds = [
  'lost',
  'stamped ahead',
  'stamped behind',
  'no row',
  'no table',
  'overlap',
  'table gone',
  'short row',
  'renamed row',
] as const
type Kind = (typeof kinds)[number]

/** A broken database. `steps` is the whole history, and `left` contains the migrations whose files remain. */
interface Trouble {
  readonly kind: Kind
  readonly steps: readonly Step[]
  readonly left: readonly Step[]
  readonly upgrade: readonly string[]
  readonly sql: readonly string[]
}

/** Returns a broken database; null if the random history isn't suitable. */
function troubleOf(kind: Kind, random: () => number, postgres: boolean): Trouble | null {
  const incident = randomIncident(random, postgres)
  const { steps, applied } = incident
  if (kind === 'lost') return { kind, steps, left: afterLoss(incident), upgrade: applied, sql: [] }
  const ids = steps.map(({ id }) => id)
  const at = ids[Math.floor(random() * ids.length)] ?? ''
  const row = (id: string): string => `UPDATE alembic_version SET version_num = '${id}'`
  const made = { kind, steps, left: steps, upgrade: [at] }
  const before = ancestors(steps, [at]).filter((id) => id !== at && !id.startsWith('#'))
  const behind = before[Math.floor(random() * before.length)]
  const after = ids.filter((id) => id !== at && ancestors(steps, [id]).includes(at))
  const ahead = after[Math.floor(random() * after.length)]
  switch (kind) {
    case 'stamped ahead':
      return ahead === undefined ? null : { ...made, sql: [row(ahead)] }
    case 'stamped behind':
      return behind === undefined ? null : { ...made, sql: [row(behind)] }
    case 'no row':
      return { ...made, sql: ['DELETE FROM alembic_version'] }
    case 'no table':
      return { ...made, sql: ['DROP TABLE alembic_version'] }
    case 'overlap':
      return behind === undefined
        ? null
        : { ...made, sql: [`INSERT INTO alembic_version VALUES ('${behind}')`] }
    case 'table gone': {
      const tables = ancestors(steps, [at]).flatMap((id) => (id.startsWith('#') ? [id.slice(1)] : []))
      const table = tables[Math.floor(random() * tables.length)]
      return table === undefined ? null : { ...made, sql: [`DROP TABLE IF EXISTS ${table}`] }
    }
    case 'short row':
      return at.length < 6 ? null : { ...made, sql: [row(at.slice(0, -1))] }
    default:
      return { ...made, sql: [row('written_anew')] }
  }
}

interface Urls {
  readonly live: string
  readonly whole: string
  readonly keep: () => Promise<void>
  readonly again: () => Promise<void>
}

/** Parses options as the command line does. */
function optionsOf(words: readonly string[]): OptionInputs {
  const positionals: string[] = []
  const given: Record<string, string | boolean | string[]> = {}
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    if (!word.startsWith('--')) positionals.push(word)
    else if (word === '--write' || word === '--yes') given[word.slice(2)] = true
    else {
      const value = words[(index += 1)] ?? ''
      const name = word.slice(2)
      if (name === 'after') given[name] = value
      else given[name] = [...((given[name] as string[] | undefined) ?? []), value]
    }
  }
  return { ...given, positionals }
}

/**
 * Runs an `alembic-guard` or `alembic stamp` command and returns its exit status; null for other commands.
 */
async function follow(argv: readonly string[], root: string, url: string): Promise<number | null> {
  const [program, verb, ...rest] = argv
  const options = { target: 'heads', ...optionsOf(rest) }
  if (program === 'alembic' && verb === 'stamp') {
    const { error } = await driver.ask({ root, url, stamp: rest, upgrade: [] })
    expect(error).toBe(null)
    return 0
  }
  if (program !== 'alembic-guard') return null
  const command = { placeholder, restamp }[verb ?? '']
  if (!command) return null
  return (await execute(command, options, quietContext(root, url))).exitCode
}

/** Returns how many of the suggested commands were run; null if setting up the history fails. */
async function judge(trouble: Trouble, urls: Urls): Promise<number | null> {
  const { steps, left, upgrade, sql, kind } = trouble
  const [before, root] = [join(folder, 'before'), join(folder, 'after')]
  writeProject(before, steps, false)
  const whole = await driver.ask({ root: before, url: urls.whole, reset: true, upgrade: ['heads'] })
  const live = await driver.ask({ root: before, url: urls.live, reset: true, upgrade })
  if (whole.error !== null || live.error !== null) return null
  // If one branch drops what another changes, this database can't be upgraded even without the problem.
  const unharmed = await driver.ask({ root: before, url: urls.live, upgrade: ['heads'] })
  if (unharmed.error !== null) return null
  await driver.ask({ root: before, url: urls.live, reset: true, upgrade })
  const broken = await driver.ask({ root: before, url: urls.live, sql, upgrade: [] })
  if (broken.error !== null) return null
  writeProject(root, left, false)
  await urls.keep()
  const target = whole.heads.length === 1 ? 'head' : 'heads'
  const { stdout } = await execute(check, { format: 'json', target }, quietContext(root, urls.live))
  const report: Report = JSON.parse(stdout)
  expectOneAdvice(report.findings)
  let followed = 0
  for (const { remedies, code } of report.findings) {
    for (const { argv, title } of remedies) {
      if (argv === null) continue
      expect(argv.join(' ')).not.toMatch(/REVISION|[<>]/)
      const printed = JSON.stringify(
        { kind, code, title, argv, sql, upgrade, steps, rows: broken.rows },
        null,
        1,
      )
      rmSync(root, { recursive: true, force: true })
      writeProject(root, left, false)
      await urls.again()
      const exitCode = await follow(argv, root, urls.live)
      if (exitCode === null) continue
      expect(exitCode, printed).toBe(0)
      const cured = await driver.ask({ root, url: urls.live, upgrade: ['heads'] })
      expect(cured.error, printed).toBe(null)
      expect(cured.catalog, printed).toEqual(whole.catalog)
      followed += 1
    }
  }
  return followed
}

/** Asserts that the remedies of different findings never change the same row. */
function expectOneAdvice(findings: readonly FindingReport[]): void {
  const rows = findings.map(({ remedies }) => [
    ...new Set(
      remedies.flatMap(({ argv }) =>
        argv?.[0] === 'alembic-guard' && argv[1] !== 'explain'
          ? argv.filter(
              (_, index) =>
                /^--(?:from|remove)$/.test(argv[index - 1] ?? '') || (argv[1] !== 'restamp' && index === 2),
            )
          : [],
      ),
    ),
  ])
  const all = rows.flat()
  expect(new Set(all).size, JSON.stringify(findings)).toBe(all.length)
}

async function many(urls: Urls, count: number, postgres: boolean): Promise<string> {
  const random = randomFrom(seed + (postgres ? 1 : 0))
  const figures = new Map<string, [states: number, commands: number]>()
  for (let index = 0; index < count;) {
    const kind = kinds[index % kinds.length] ?? 'lost'
    const trouble = troubleOf(kind, random, postgres)
    const followed = trouble && (await judge(trouble, urls))
    if (followed === null) continue
    index += 1
    const [states, commands] = figures.get(kind) ?? [0, 0]
    figures.set(kind, [states + 1, commands + followed])
  }
  const commands = [...figures.values()].reduce((sum, [, own]) => sum + own, 0)
  expect(commands).toBeGreaterThan(count / 4)
  return [...figures].map(([kind, [states, own]]) => `${kind} ${own} in ${states}`).join(', ')
}

describe.runIf(python)(`remedies on random states (seed ${seed})`, () => {
  test('every printed command works on SQLite', async () => {
    const file = join(folder, 'live.db')
    const urls = {
      live: `sqlite:///${file}`,
      whole: `sqlite:///${folder}/whole.db`,
      keep: async () => copyFileSync(file, `${file}.kept`),
      again: async () => copyFileSync(`${file}.kept`, file),
    }
    console.log(`SQLite, seed ${seed}: ${await many(urls, wanted, false)}`)
  })

  test.runIf(server)('every printed command works on PostgreSQL', async () => {
    if (!databases || !server) throw new Error('no PostgreSQL server')
    const { live, whole } = databases
    const copy = `${new URL(live.url).pathname.slice(1)}_kept`
    const own = new URL(live.url).pathname.slice(1)
    const admin = async (...statements: readonly string[]): Promise<void> => {
      for (const statement of statements) await whole.execute(statement)
    }
    const urls = {
      live: live.url,
      whole: whole.url,
      keep: () => admin(`DROP DATABASE IF EXISTS "${copy}"`, `CREATE DATABASE "${copy}" TEMPLATE "${own}"`),
      again: () => admin(`DROP DATABASE IF EXISTS "${own}"`, `CREATE DATABASE "${own}" TEMPLATE "${copy}"`),
    }
    try {
      console.log(`PostgreSQL, seed ${seed}: ${await many(urls, onServer, true)}`)
    } finally {
      await admin(`DROP DATABASE IF EXISTS "${copy}"`)
    }
  })
})
