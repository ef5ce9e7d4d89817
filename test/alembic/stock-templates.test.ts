/**
 * Tests projects from `alembic init` and `flask db init`. `ALEMBIC_PYTHONS` lists Python interpreters with
 * other Alembic releases.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { findPython } from '../support/judge.ts'
import { type TestDatabase, findPostgres, missing } from '../support/postgres.ts'

const pythons = [findPython(), ...(process.env['ALEMBIC_PYTHONS'] ?? '').split(':')].filter(Boolean)
const server = pythons.length > 0 ? await findPostgres() : missing('Alembic', 'no Python can import it')
const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-stock-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function say(python: string, cwd: string, env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(python, ['-m', ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
  })
  return { status, text: `${stdout}${stderr}` }
}

function has(python: string, ...modules: readonly string[]): boolean {
  return spawnSync(python, ['-c', `import ${modules.join(', ')}`]).status === 0
}

/** A kind of project, and how its release runs migrations. */
interface Stock {
  readonly name: string
  readonly python: string
  /** A command such as `alembic` or `flask --app app db`. */
  readonly command: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  readonly files: Readonly<Record<string, string>>
  /** SQLAlchemy's name for the driver; null if no suitable driver is installed. */
  readonly driver: string | null
}

function alembicStock(python: string): readonly Stock[] {
  const version = /alembic (\S+)/.exec(say(python, folder, {}, 'alembic', '--version').text)?.[1] ?? ''
  const listed = say(python, folder, {}, 'alembic', 'list_templates').text
  const templates = [...listed.matchAll(/^(\w+) - /gm)].map(([, template = '']) => template)
  expect(templates).toEqual(expect.arrayContaining(['async', 'generic', 'multidb']))
  return templates.map((template) => {
    const asynchronous = template.includes('async')
    const driver = asynchronous
      ? (['asyncpg', 'psycopg'].find((one) => has(python, one, 'greenlet')) ?? null)
      : has(python, 'psycopg2')
        ? 'psycopg2'
        : null
    return {
      name: `${template} of Alembic ${version}`,
      python,
      command: ['alembic'],
      options: {},
      files: { template },
      driver,
    }
  })
}

const app = `import os
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__)
app.config['SQLALCHEMY_DATABASE_URI'] = os.environ.get('REAL_URL', 'sqlite://')
db = SQLAlchemy(app)
Migrate(app, db)
`

function flaskStock(python: string): readonly Stock[] {
  if (!has(python, 'flask_migrate', 'flask_sqlalchemy')) return missing('Flask-Migrate', python) ?? []
  return ['flask', 'flask-multidb', 'aioflask', 'aioflask-multidb'].map((template) => ({
    name: `${template} of Flask-Migrate`,
    python,
    command: ['flask', '--app', 'app', 'db'],
    options: { directory: 'migrations' },
    files: { 'app.py': app, template },
    driver: template.startsWith('aio') ? null : 'psycopg2',
  }))
}

/** Generates a project with two revisions. The second creates a table. */
function makeProject({ python, command, files: { template = '', ...files } }: Stock, root: string): void {
  mkdirSync(root, { recursive: true })
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text)
  const done = (...args: readonly string[]): void => {
    const { status, text } = say(python, root, {}, ...command, ...args)
    expect(status, text).toBe(0)
  }
  if (command[0] === 'flask') done('init', '-t', template)
  else done('init', '-t', template, 'migrations')
  if (command[0] === 'alembic') {
    const ini = join(root, 'alembic.ini')
    writeFileSync(ini, readFileSync(ini, 'utf8').replace(/^databases *=.*$/m, 'databases = engine1'))
  }
  done('revision', '-m', 'base', '--rev-id', 'a1')
  done('revision', '-m', 'seats', '--rev-id', 'b2')
  const versions = join(root, 'migrations', 'versions')
  const path = join(versions, readdirSync(versions).find((name) => name.startsWith('b2')) ?? '')
  const text = readFileSync(path, 'utf8')
  const body = `\n    op.create_table('seats', sa.Column('id', sa.Integer))`
  const changed = text.replace(/(def upgrade(?:_\w*)?\(\)[^:]*:(?:\s+"""[^"]*""")?)\s+pass/, `$1${body}`)
  expect(changed).not.toBe(text)
  writeFileSync(path, changed)
}

/** Configures the release's connection. */
function connect(root: string, { command, driver }: Stock, { url }: TestDatabase): string | null {
  if (driver === null) return null
  const real = url.replace(/^postgres(?:ql)?:/, `postgresql+${driver}:`)
  if (command[0] === 'flask') return real
  const ini = join(root, 'alembic.ini')
  const text = readFileSync(ini, 'utf8').replaceAll(
    /^sqlalchemy\.url *=.*$/gm,
    `sqlalchemy.url = ${real.replaceAll('%', '%%')}`,
  )
  writeFileSync(ini, text)
  return real
}

/** Checks a failing release, then a valid one. */
async function holds(stock: Stock, database: TestDatabase, root: string): Promise<void> {
  const { python, command, options } = stock
  makeProject(stock, root)
  const real = connect(root, stock, database)
  const upgrade = () => say(python, root, { REAL_URL: real ?? '' }, ...command, 'upgrade', 'head')
  const ask = async (): Promise<Report> => {
    const { stdout } = await execute(check, { ...options, format: 'json' }, quietContext(root, database.url))
    const report: Report = JSON.parse(stdout)
    return report
  }
  await database.execute(`CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('a1'); CREATE TABLE seats (id int)`)
  const doomed = await ask()
  expect(doomed.findings.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['error AG301'])
  expect(doomed.prediction?.error?.message).toMatch(/DuplicateTable/)
  if (real !== null)
    expect(upgrade()).toMatchObject({ status: 1, text: expect.stringMatching(/DuplicateTable/) })
  await database.execute('DROP TABLE seats')
  const sound = await ask()
  expect(sound.verdict).toBe('pass')
  expect(sound.prediction?.tried).toMatchObject({ operations: 1, checked: 1, unchecked: [] })
  expect(sound.coverage?.checked).toContain('the pending migrations against the live schema')
  expect(sound.remarks.join('\n')).not.toMatch(/not checked/)
  if (real !== null) expect(upgrade()).toMatchObject({ status: 0 })
}

describe.skipIf(server === null)('a project generated by', () => {
  const all = pythons.flatMap((python, at) => {
    if (!python) return []
    // Test Flask-Migrate with only one Python version.
    return [...alembicStock(python), ...(at === 0 ? flaskStock(python) : [])]
  })
  test.each(all.map((stock, at) => [stock.name, stock, at] as const))('%s', async (_, stock, at) => {
    if (!server) return
    const database = await server.createDatabase()
    try {
      await holds(stock, database, join(folder, String(at)))
    } finally {
      await database.drop()
    }
  })
})
