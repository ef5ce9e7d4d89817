/**
 * Deletes a migration's file after the migration has been applied to a database. After `placeholder --write`,
 * Alembic must continue normally. `ALEMBIC_GUARD_INCIDENTS` sets the number of incidents.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execute } from '../../src/commands/delivery/execute.ts'
import { placeholder } from '../../src/commands/placeholder.ts'
import type { OptionInputs } from '../../src/commands/shell/settings.ts'
import {
  type Driver,
  type Incident,
  afterLoss,
  ancestors,
  randomFrom,
  randomIncident,
  startDriver,
  writeProject,
} from '../support/incidents.ts'
import { quietContext } from '../support/context.ts'
import { findPython } from '../support/judge.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import { seed } from '../support/seed.ts'

const wanted = Number(process.env['ALEMBIC_GUARD_INCIDENTS'] ?? 170)
/** Incidents take longer on a server, so run only a quarter of them there. */
const onServer = Math.ceil(wanted / 4)
const python = findPython()
const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
const server = drivable ? await findPostgres() : null
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'alembic-guard-incidents-'))

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

test('Python with Alembic and psycopg2, and a PostgreSQL server, are available', () => {
  if (!server) console.warn('SKIPPED: no python3 with Alembic and psycopg2, or no PostgreSQL server')
  expect(server !== null || !process.env['CI']).toBe(true)
})

async function run(root: string, url: string, given: OptionInputs) {
  return execute(placeholder, { target: 'heads', ...given }, quietContext(root, url))
}

type Urls = { readonly live: string; readonly whole: string; readonly python: (url: string) => string }

/**
 * Throws if the written files don't restore the history. `invalid`: even the complete history fails. `asked`:
 * the user must choose the position. `fails anyway`: without the incident, this database couldn't be upgraded either.
 */
async function cure(
  incident: Incident,
  urls: Urls,
): Promise<'proven' | 'likely' | 'by name' | 'asked' | 'refused' | 'fails anyway' | 'invalid'> {
  const { steps, lost, applied, annotated } = incident
  const [before, root] = [join(folder, 'before'), join(folder, 'after')]
  writeProject(before, steps, annotated)
  const whole = await driver.ask({
    root: before,
    url: urls.python(urls.whole),
    reset: true,
    upgrade: ['heads'],
  })
  const made = await driver.ask({ root: before, url: urls.python(urls.live), reset: true, upgrade: applied })
  if (whole.error !== null || made.error !== null) return 'invalid'
  const left = afterLoss(incident)
  writeProject(root, left, annotated)
  const snapshot = filesOf(root)
  const { exitCode, stdout } = await run(root, urls.live, {
    write: true,
    target: whole.heads.length === 1 ? 'head' : 'heads',
  })
  if (exitCode !== 0) {
    expect(filesOf(root)).toEqual(snapshot)
    return stdout.replaceAll(/\s+/g, ' ').includes('may have undone them') ? 'asked' : 'refused'
  }
  const story = JSON.stringify({ ...incident, stdout, after: filesOf(root) }, null, 1)
  const cured = await driver.ask({ root, url: urls.python(urls.live), upgrade: ['heads'] })
  // If one branch drops what another changes, the upgrade may fail with or without the incident.
  const byChance = incident.shape !== 'linear' && steps.some(({ body }) => body.join().includes('drop_'))
  if (byChance && cured.error !== null) {
    await driver.ask({ root: before, url: urls.python(urls.live), reset: true, upgrade: applied })
    const unharmed = await driver.ask({ root: before, url: urls.python(urls.live), upgrade: ['heads'] })
    expect(unharmed.error, story).toBe(cured.error)
    return 'fails anyway'
  }
  expect(cured.error, story).toBe(null)
  const ran = ancestors(steps, applied)
  const pending = steps.map(({ id }) => id).filter((id) => !ran.includes(id))
  expect([...cured.steps].toSorted(), story).toEqual(pending.toSorted())
  expect(cured.catalog, story).toEqual(whole.catalog)
  // A branch that ended at the lost revision now continues, so there may be fewer heads.
  expect(cured.heads.length, story).toBeLessThanOrEqual(whole.heads.length)
  const made0 = `'t${steps.findIndex(({ id }) => id === lost)}'`
  const needed =
    incident.drops || steps.some(({ id, body }) => id !== lost && body.some((line) => line.includes(made0)))
  if (!needed && !byChance) {
    const fresh = await driver.ask({ root, url: urls.python(urls.whole), reset: true, upgrade: ['heads'] })
    expect(fresh.error, story).toBe(null)
    expect(fresh.rows, story).toEqual(cured.rows)
  }
  return stdout.includes('(proven position)')
    ? 'proven'
    : stdout.includes('(likely position)')
      ? 'likely'
      : 'by name'
}

function filesOf(root: string): Record<string, string> {
  const names = readdirSync(join(root, 'versions')).toSorted()
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(root, 'versions', name), 'utf8')]))
}

async function many(urls: Urls, count: number, postgres: boolean): Promise<string> {
  const random = randomFrom(seed + (postgres ? 1 : 0))
  const figures = new Map<string, number>()
  for (let index = 0; index < count;) {
    const incident = randomIncident(random, postgres)
    const outcome = await cure(incident, urls)
    if (outcome !== 'invalid') index += 1
    const key = `${incident.drops ? 'dropping' : incident.shape} ${outcome}`
    figures.set(key, (figures.get(key) ?? 0) + 1)
  }
  const cured = [...figures].reduce(
    (sum, [key, figure]) => sum + (/ (?:proven|likely|by name)$/.test(key) ? figure : 0),
    0,
  )
  expect(cured).toBeGreaterThan(count / 2)
  return [...figures].map(([key, figure]) => `${key} ${figure}`).join(', ')
}

describe.runIf(python)(`random incidents (seed ${seed})`, () => {
  test('on SQLite, a placeholder repairs the history, or is refused and changes nothing', async () => {
    const url = (name: string): string => `sqlite:///${folder}/${name}.db`
    const urls = { live: url('live'), whole: url('whole'), python: (given: string) => given }
    const figures = await many(urls, wanted, false)
    console.log(`${driver.versions}, SQLite: ${wanted} incidents, seed ${seed} (${figures})`)
  })

  test.runIf(server)('on PostgreSQL, it does the same', async () => {
    if (!databases) return
    const { live, whole } = databases
    const urls = {
      live: live.url,
      whole: whole.url,
      python: (given: string) => given.replace(/^postgres:/, 'postgresql:'),
    }
    const figures = await many(urls, onServer, true)
    console.log(`PostgreSQL ${server?.major}: ${onServer} incidents, seed ${seed} (${figures})`)
  })
})

test.runIf(server)('--with-ddl creates what the lost migration created in a new database', async () => {
  if (!databases) return
  const urlOf = ({ url }: TestDatabase): string => url.replace(/^postgres:/, 'postgresql:')
  const [live, whole] = [urlOf(databases.live), urlOf(databases.whole)]
  const root = join(folder, 'ddl')
  const steps = [
    {
      id: 'first1',
      parents: [],
      body: [`op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True))`],
    },
    {
      id: 'lost1',
      parents: ['first1'],
      body: [
        `op.create_table('lockout', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('user', sa.Integer(), sa.ForeignKey('users.id')), sa.Column('kind', sa.Enum('a:b', "it's", '$placeholder$', name='kind'), nullable=False))`,
        `op.add_column('users', sa.Column('locked', sa.Boolean(), server_default=sa.text('false'), nullable=False))`,
        `op.create_index('ix_lockout', 'lockout', ['user'], unique=True)`,
        `op.create_check_constraint('positive', 'users', 'id > 0')`,
      ],
    },
    { id: 'next', parents: ['lost1'], body: [`op.add_column('lockout', sa.Column('note', sa.Text()))`] },
  ]
  writeProject(root, steps.slice(0, 2), false)
  await driver.ask({ root, url: live, reset: true, upgrade: ['first1', 'lost1'] })
  writeProject(root, steps, false)
  const inOrder = await driver.ask({ root, url: whole, reset: true, upgrade: ['heads'] })
  const [first, , last] = steps
  if (!first || !last) return
  writeProject(root, [first, { ...last, parents: ['first1'] }], false)
  const { exitCode, stdout } = await run(root, live, { write: true, 'with-ddl': true })
  expect([exitCode, stdout.replaceAll(/\s+/g, ' ')]).toEqual([0, expect.stringContaining('table lockout')])
  const cured = await driver.ask({ root, url: live, upgrade: ['heads'] })
  expect([cured.error, cured.steps, cured.catalog]).toEqual([null, ['next'], inOrder.catalog])
  const fresh = await driver.ask({ root, url: whole, reset: true, upgrade: ['heads'] })
  expect([fresh.error, fresh.catalog]).toEqual([null, inOrder.catalog])
})

test.runIf(server)(
  'lost revisions of two branches are placed after the tables that their transactions changed',
  async () => {
    if (!databases) return
    const [live, whole] = [databases.live, databases.whole].map(({ url }) =>
      url.replace(/^postgres:/, 'postgresql:'),
    )
    const root = join(folder, 'branches')
    const adds = (table: string, column: string): string =>
      `op.add_column('${table}', sa.Column('${column}', sa.Integer()))`
    const branch = (name: string) => [
      {
        id: `${name}1`,
        parents: ['start'],
        body: [`op.create_table('${name}', sa.Column('id', sa.Integer()))`],
      },
      { id: `lost_${name}`, parents: [`${name}1`], body: [adds(name, 'lost')] },
      { id: `${name}2`, parents: [`lost_${name}`], body: [adds(name, 'more')] },
    ]
    const steps = [{ id: 'start', parents: [], body: ['pass'] }, ...branch('b'), ...branch('c')]
    writeProject(root, steps, false)
    const inOrder = await driver.ask({ root, url: whole ?? '', reset: true, upgrade: ['heads'] })
    await driver.ask({ root, url: live ?? '', reset: true, upgrade: ['b1', 'c1', 'lost_c', 'lost_b'] })
    writeProject(
      root,
      steps
        .filter(({ id }) => !id.startsWith('lost'))
        .map((step) => ({ ...step, parents: step.parents.map((id) => id.replace(/lost_(.)/, '$11')) })),
      false,
    )
    const { exitCode, stdout } = await run(root, live ?? '', { write: true })
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('lost_b belongs after b1')])
    const cured = await driver.ask({ root, url: live ?? '', upgrade: ['heads'] })
    expect([cured.error, cured.steps.toSorted(), cured.catalog]).toEqual([
      null,
      ['b2', 'c2'],
      inOrder.catalog,
    ])
    const other = await driver.ask({ root, url: whole ?? '', reset: true, upgrade: ['b2'] })
    expect(other.steps).toEqual(['start', 'b1', 'lost_b', 'b2'])
  },
)

test.runIf(python)('Alembic runs nothing of an unfinished write', async () => {
  const url = `sqlite:///${folder}/half.db`
  const root = join(folder, 'half')
  const steps = ['first', 'lost', 'left', 'right'].map((id) => ({
    id,
    parents: id === 'first' ? [] : id === 'lost' ? ['first'] : ['lost'],
    body: [`op.create_table('${id}', sa.Column('id', sa.Integer()))`],
  }))
  writeProject(root, steps, false)
  const edited = filesOf(root)
  const old = steps
    .filter(({ id }) => id !== 'lost')
    .map((step) => ({ ...step, parents: step.parents.map(() => 'first') }))
  const order = ['left_x.py', 'right_x.py', 'lost_x.py']
  for (const stamped of ['lost', 'first']) {
    for (const done of [1, 2, 3]) {
      writeProject(root, steps, false)
      const before = await driver.ask({ root, url, reset: true, upgrade: [stamped] })
      writeProject(root, old, false)
      for (const name of order.slice(0, done)) writeFileSync(join(root, 'versions', name), edited[name] ?? '')
      const { error, rows, catalog, steps: ran } = await driver.ask({ root, url, upgrade: ['heads'] })
      if (done === order.length) expect([error, ran.length]).toEqual([null, stamped === 'lost' ? 2 : 3])
      else expect([error, rows, catalog]).toEqual([expect.any(String), before.rows, before.catalog])
    }
  }
})
