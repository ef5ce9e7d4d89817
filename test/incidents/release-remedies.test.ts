/**
 * Tests remedies that aren't guard commands, such as changes to the release configuration. Runs Alembic before and
 * after each remedy.
 */
import { afterAll, describe, expect, test } from 'vitest'
import { Client } from 'pg'
import type { Report } from '../../src/report/model/report.ts'
import { rules } from '../../src/rules/index.ts'
import { findJudges } from '../support/judges.ts'
import type { Files, Incident, Step } from './incident.ts'
import { type World, Worlds, clientOptions } from './world.ts'

const judges = await findJudges('release-remedies')
const onSqlite = new Worlds(judges, 'sqlite')
const onPostgres = new Worlds(judges, 'postgresql')
afterAll(async () => {
  await onSqlite.clear()
  await onPostgres.clear()
})

const shop: Files = { users_1: ': table users email', phone_2: 'users_1: column users.phone' }
const run = 'alembic-guard run -- alembic upgrade head'
const pins = 'alembic==1.8.1\nSQLAlchemy==1.4.46\npsycopg2==2.9.5\n'
const olderScheme = 'export DATABASE_URL="${DATABASE_URL/postgresql:/postgres:}"; '

/** Returns an env.py that creates its engine with this expression. */
const env = (engine: string): string => `import os

from alembic import context
from sqlalchemy import create_engine, engine_from_config

config = context.config
${engine}
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`
const fromIni = `engine = engine_from_config(config.get_section(config.config_ini_section), prefix='sqlalchemy.')`
const setUrl = `config.set_main_option('sqlalchemy.url', os.environ['DATABASE_URL'].replace('%', '%%'))`

async function begin(worlds: Worlds, ...steps: readonly Step[]): Promise<World> {
  const incident: Incident = { name: '', thread: '', steps, alembic: 'succeeds', verdict: 'either' }
  const world = await worlds.begin(incident)
  for (const step of [{ commit: shop }, ...steps]) await world.take(step)
  return world
}

/** Runs the last release line, as a platform does. */
function release(world: World, procfile: string) {
  const lines = procfile.split('\n').filter((line) => line.startsWith('release: '))
  return world.shell(lines.at(-1)?.slice('release: '.length) ?? 'false')
}

function reported(world: World, verb: 'check' | 'preflight', setup = ''): Report['findings'] {
  const report = JSON.parse(
    world.shell(`${setup}alembic-guard ${verb} --format json 2>/dev/null`).text,
  ) as Report
  return report.findings
}

function codes(world: World, verb: 'check' | 'preflight' = 'preflight', setup = ''): readonly string[] {
  return reported(world, verb, setup).map(({ code }) => code)
}

/** A Procfile and the result of its release line, before and after the remedy. */
interface ReleaseCase {
  readonly code: string
  /** Matches the tested remedy's title. */
  readonly remedy: RegExp
  readonly steps: readonly Step[]
  /** Contents of other files before and after the remedy. */
  readonly files?: readonly [before: Files, after: Files]
  /** A command that the remedy tells the user to run. */
  readonly byHand?: string
  readonly before: string
  readonly after: string
  readonly shows: (world: World, status: number | null) => Promise<unknown>
  /** Expected results before and after the remedy. */
  readonly results: readonly [before: unknown, after: unknown]
}

const buildpacks = (...names: readonly string[]): Files => ({
  './app.json': JSON.stringify({ buildpacks: names.map((name) => ({ url: `heroku/${name}` })) }),
})
const packages = (group: string): Files => ({
  './package.json': JSON.stringify({ [group]: { 'alembic-guard': '1.0.0' } }),
})
const requirements: Files = { './requirements.txt': 'alembic-guard\n' }

/**
 * Returns a case that tests instructions for installing the guard. The result stays the same, because the tests
 * always make the guard available.
 */
function installation(remedy: RegExp, before: Files, after: Files): ReleaseCase {
  return {
    code: 'AG508',
    remedy,
    steps: [],
    files: [before, after],
    before: `release: ${run}\n`,
    after: `release: ${run}\n`,
    shows: async (world, status) => [status, (await world.upgrade()).rows],
    results: [
      [0, ['phone_2']],
      [0, ['phone_2']],
    ],
  }
}

const failing: readonly Step[] = [{ sql: ['CREATE TABLE users (id INTEGER PRIMARY KEY)'] }]

const cases: readonly ReleaseCase[] = [
  {
    code: 'AG501',
    remedy: /remove "\|\| true"/,
    steps: failing,
    before: `release: ${run} || true\n`,
    after: `release: ${run}\n`,
    shows: async (_, status) => status === 0,
    results: [true, false],
  },
  {
    code: 'AG501',
    remedy: /join commands with &&/,
    steps: failing,
    before: `release: ${run}; echo done\n`,
    after: `release: ${run} && echo done\n`,
    shows: async (_, status) => status === 0,
    results: [true, false],
  },
  {
    code: 'AG501',
    remedy: /Pass on the exit status/,
    steps: failing,
    before: `release: ${run} | cat\n`,
    after: `release: set -o pipefail; ${run} | cat\n`,
    shows: async (_, status) => status === 0,
    results: [true, false],
  },
  {
    code: 'AG502',
    remedy: /Remove this command/,
    steps: [],
    before: `release: alembic stamp head && ${run}\n`,
    after: `release: ${run}\n`,
    shows: async (world) => {
      const { rows, catalog } = await world.upgrade()
      return [rows, catalog.includes('table users')]
    },
    results: [
      [['phone_2'], false],
      [['phone_2'], true],
    ],
  },
  {
    code: 'AG502',
    remedy: /Stamp a database only once, manually/,
    // A database that was created without Alembic.
    steps: [{ sql: ['CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(40), phone VARCHAR(40))'] }],
    before: `release: alembic stamp head && ${run}\n`,
    after: `release: ${run}\n`,
    byHand: 'alembic stamp head',
    shows: async (world, status) => [status, (await world.upgrade()).rows],
    results: [
      [0, ['phone_2']],
      [0, ['phone_2']],
    ],
  },
  {
    code: 'AG503',
    remedy: /Remove this command/,
    steps: [],
    before: `release: alembic revision -m more && ${run}\n`,
    after: `release: ${run}\n`,
    // The next release won't contain uncommitted files, so remove them with `git clean`.
    shows: async (world) => {
      world.shell('git clean -fdq migrations')
      return codes(world, 'check')
    },
    results: [['AG201'], []],
  },
  {
    code: 'AG503',
    remedy: /Generate and commit migrations before the release/,
    steps: [],
    before: `release: alembic revision -m more && ${run}\n`,
    after: `release: ${run}\n`,
    byHand: 'alembic revision -m more && git add -A && git commit -q -m "Add a migration"',
    shows: async (world, status) => {
      world.shell('git clean -fdq migrations')
      return [status, codes(world, 'check')]
    },
    results: [
      [0, ['AG201']],
      [0, []],
    ],
  },
  {
    code: 'AG504',
    remedy: /Join the commands with &&/,
    steps: [],
    before: `release: ${run}\nrelease: echo seeded > seeded.txt\n`,
    after: `release: ${run} && echo seeded > seeded.txt\n`,
    shows: async (world) => [(await world.upgrade()).rows, world.shell('cat seeded.txt').text],
    results: [
      [[], 'seeded\n'],
      [['phone_2'], 'seeded\n'],
    ],
  },
  {
    code: 'AG504',
    remedy: /delete this line/,
    steps: [],
    before: `release: echo seeded > seeded.txt\nrelease: ${run}\n`,
    after: `release: ${run}\n`,
    // A platform runs only the last release line, so the deleted line never ran.
    shows: async (world) => [(await world.upgrade()).rows, world.shell('cat seeded.txt').status],
    results: [
      [['phone_2'], 1],
      [['phone_2'], 1],
    ],
  },
  {
    code: 'AG508',
    remedy: /Put "alembic-guard run --" in front/,
    // The guard runs first, but its exit status is ignored.
    steps: [{ rows: ['phone_2'] }],
    before: 'release: alembic-guard check; alembic upgrade head\n',
    after: `release: ${run}\n`,
    shows: async (_, status) => status === 0,
    results: [true, false],
  },
  installation(
    /Move alembic-guard to the dependencies/,
    packages('devDependencies'),
    packages('dependencies'),
  ),
  installation(
    /Add alembic-guard to the requirements/,
    { './requirements-dev.txt': 'alembic-guard\n' },
    requirements,
  ),
  ...[requirements, packages('dependencies')].map((added) =>
    installation(/Add alembic-guard to requirements\.txt, or to/, buildpacks('nodejs', 'python'), added),
  ),
  ...[requirements, buildpacks('nodejs', 'python')].map((added) =>
    installation(
      /Add alembic-guard to requirements\.txt, which .*, or list heroku\/nodejs first/,
      { ...buildpacks('python'), ...packages('dependencies') },
      added,
    ),
  ),
  installation(
    /List heroku\/nodejs first/,
    { ...buildpacks('python', 'nodejs'), ...packages('dependencies') },
    buildpacks('nodejs', 'python'),
  ),
  {
    code: 'AG508',
    remedy: /Put "alembic-guard run --" in front/,
    // The database was stamped, but never migrated. Alembic exits with 0.
    steps: [{ rows: ['phone_2'] }],
    before: 'release: alembic upgrade head\n',
    after: `release: ${run}\n`,
    shows: async (_, status) => status === 0,
    results: [true, false],
  },
]

describe.skipIf(judges.python === null)('the release line', () => {
  test.each(cases.map((one) => [one.code, one.remedy, one] as const))(
    'the remedy of %s (%s) changes what the release does, and the finding is gone',
    async (code, remedy, { steps, files = [{}, {}], byHand, before, after, shows, results }) => {
      for (const [at, procfile] of [before, after].entries()) {
        const world = await begin(onSqlite, ...steps, {
          commit: { ...files[0], ...(at === 1 && files[1]), './Procfile': procfile },
        })
        const found = reported(world, 'preflight').filter((finding) => finding.code === code)
        expect(found.length > 0).toBe(at === 0)
        const titles = found.flatMap(({ remedies }) => remedies.map(({ title }) => title))
        if (at === 0) expect(titles.join('\n')).toMatch(remedy)
        else if (byHand !== undefined) expect(world.shell(byHand).status).toBe(0)
        const { status } = release(world, procfile)
        expect(await shows(world, status)).toEqual(results[at])
      }
    },
  )
})

/** An env.py before and after the remedy. */
interface EnvCase {
  readonly code: string
  readonly setup: string
  readonly before: Files
  /** Alembic's error before the remedy; null if only another SQLAlchemy version raises an error. */
  readonly error: RegExp | null
  readonly after: Files
}

const fromVariable = env(`engine = create_engine(os.environ['DATABASE_URL'])`)
const scheme = (from: string, to: string): string =>
  env(`engine = create_engine(os.environ['DATABASE_URL'].replace('${from}', '${to}', 1))`)

const envCases: readonly EnvCase[] = [
  {
    code: 'AG505',
    setup: olderScheme,
    before: { './requirements.txt': pins, 'migrations/env.py': fromVariable },
    error: /NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres/,
    after: { 'migrations/env.py': scheme('postgres://', 'postgresql://') },
  },
  {
    code: 'AG506',
    setup: '',
    before: { 'migrations/env.py': env(fromIni) },
    error: /KeyError: 'url'/,
    after: { 'migrations/env.py': env(`${setUrl}\n${fromIni}`) },
  },
  {
    // Only SQLAlchemy 2.1 fails. With older versions, test only the remedies.
    code: 'AG507',
    setup: '',
    before: {
      './requirements.txt': 'SQLAlchemy==2.1.0\npsycopg2==2.9.5\n',
      'migrations/env.py': fromVariable,
    },
    error: null,
    after: { 'migrations/env.py': scheme('postgresql://', 'postgresql+psycopg2://') },
  },
  {
    code: 'AG507',
    setup: '',
    before: {
      './requirements.txt': 'SQLAlchemy==2.1.0\npsycopg2==2.9.5\n',
      'migrations/env.py': fromVariable,
    },
    error: null,
    after: { './requirements.txt': 'SQLAlchemy==2.1.0\npsycopg2==2.9.5\npsycopg[binary]==3.2.3\n' },
  },
  {
    code: 'AG506',
    setup: '',
    before: {
      'alembic.ini':
        '[alembic]\nscript_location = migrations\nsqlalchemy.url = driver://user:pass@localhost/dbname\n',
      'migrations/env.py': env(fromIni),
    },
    error: /Can't load plugin: sqlalchemy.dialects:driver/,
    after: { 'migrations/env.py': env(`${setUrl}\n${fromIni}`) },
  },
]

describe.skipIf(judges.server === null)('env.py', () => {
  test.each(envCases.map((one) => [one.code, one] as const))(
    'after the remedy of %s, Alembic connects, and the finding is gone',
    async (code, { setup, before, error, after }) => {
      const world = await begin(onPostgres, { commit: before })
      expect(codes(world, 'preflight', setup)).toContain(code)
      if (error) expect(world.shell(`${setup}alembic upgrade head`).text).toMatch(error)
      await world.take({ commit: after })
      expect(codes(world, 'preflight', setup)).not.toContain(code)
      const { status, text } = world.shell(`${setup}alembic upgrade head`)
      expect([status, text]).toEqual([0, expect.anything()])
      await onPostgres.clear()
    },
  )
})

describe.skipIf(judges.server === null)('alembic.ini with another URL (AG506)', () => {
  /** alembic.ini contains the test database's URL. DATABASE_URL names another database. */
  const elsewhere = 'export DATABASE_URL="${DATABASE_URL%/*}/postgres"; '

  async function differing(): Promise<World> {
    const world = await begin(onPostgres, { commit: { 'migrations/env.py': env(fromIni) } })
    const url = world.url.replace(/^postgres:/, 'postgresql:').replaceAll('%', '%%')
    await world.take({
      commit: { 'alembic.ini': `[alembic]\nscript_location = migrations\nsqlalchemy.url = ${url}\n` },
    })
    const blocked = world.shell(`${elsewhere}${run}`)
    expect([blocked.status, blocked.text]).toEqual([1, expect.stringContaining('[AG506]')])
    expect((await world.upgrade()).rows).toEqual([])
    return world
  }

  test('the upgrade goes to the checked database after env.py sets the URL', async () => {
    const world = await differing()
    await world.take({ commit: { 'migrations/env.py': env(`${setUrl}\n${fromIni}`) } })
    expect(codes(world, 'check')).toEqual([])
    expect(world.shell(run).status).toBe(0)
    expect((await world.upgrade()).rows).toEqual(['phone_2'])
    await onPostgres.clear()
  })

  test('the guard checks the database in the ini file if it is given its URL', async () => {
    const world = await differing()
    const given = run.replace(' --', ` --database-url '${world.url}' --`)
    expect(world.shell(`${elsewhere}${given}`).status).toBe(0)
    expect((await world.upgrade()).rows).toEqual(['phone_2'])
    await onPostgres.clear()
  })
})

test('every rule about the release configuration is run here', () => {
  const all = rules.flatMap(({ code }) => (code.startsWith('AG5') ? [code] : []))
  const played = new Set([...cases, ...envCases].map(({ code }) => code))
  expect([...played].toSorted()).toEqual(all.toSorted())
})

describe.skipIf(judges.server === null)('a held lock (AG212)', () => {
  const upgrade = `PGOPTIONS='-c lock_timeout=300' alembic upgrade head`

  /** Opens a session that holds a lock on the version table. */
  async function locked(): Promise<{ readonly world: World; readonly holder: Client }> {
    const world = await begin(onPostgres, { upgrade: ['users_1'] })
    const holder = new Client(clientOptions(world.url))
    holder.on('error', () => undefined)
    await holder.connect()
    await holder.query('BEGIN; LOCK TABLE alembic_version IN EXCLUSIVE MODE')
    expect(world.shell(upgrade).text).toContain('lock timeout')
    return { world, holder }
  }

  test('the upgrade works once the other session has ended', async () => {
    const { world, holder } = await locked()
    const [finding] = reported(world, 'check')
    expect([finding?.code, finding?.remedies[0]?.title]).toEqual([
      'AG212',
      expect.stringMatching(/^Wait until that transaction/),
    ])
    await holder.query('ROLLBACK')
    await holder.end()
    expect([world.shell(upgrade).status, codes(world, 'check')]).toEqual([0, []])
    await onPostgres.clear()
  })

  test('the upgrade works after the printed statement has terminated the session', async () => {
    const { world } = await locked()
    const titles = reported(world, 'check').flatMap(({ remedies }) => remedies.map(({ title }) => title))
    const statement = /SELECT pg_terminate_backend\(\d+\)/.exec(titles.join(' '))?.[0] ?? ''
    await judges.database?.execute(statement)
    expect([world.shell(upgrade).status, codes(world, 'check')]).toEqual([0, []])
    await onPostgres.clear()
  })
})

test.skipIf(judges.python === null)(
  "another project's row (AG208): after version_table is set, the upgrade works and the row is kept",
  async () => {
    const world = await begin(
      onSqlite,
      {
        commit: {
          'billing/alembic.ini': '[alembic]\nscript_location = migrations\n',
          'billing/migrations/env.py': fromVariable,
          'billing/migrations/versions/bill_1.py': `revision = 'bill_1'\ndown_revision = None\n\n\ndef upgrade():\n    pass\n`,
        },
      },
      { rows: ['bill_1'] },
    )
    expect(codes(world, 'check')).toEqual(['AG208'])
    expect(world.shell('alembic upgrade head').text).toContain("Can't locate revision identified by 'bill_1'")
    const own = fromVariable.replace(
      'connection=connection',
      `connection=connection, version_table='shop_version'`,
    )
    await world.take({ commit: { 'migrations/env.py': own } })
    expect(codes(world, 'check')).toEqual([])
    expect(world.shell('alembic upgrade head').status).toBe(0)
    const { rows, catalog } = await world.upgrade()
    expect([rows, catalog.includes('table users')]).toEqual([['bill_1'], true])
  },
)
