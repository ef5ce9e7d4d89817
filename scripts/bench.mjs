#!/usr/bin/env node
/**
 * Benchmarks `check` against Alembic and a minimal Node script. Interleaves the commands, so that other load
 * on the machine affects them equally.
 * Usage: npm run bench [-- [--write-docs] SIZE ...]; default 100 1000 10000.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const guard = join(root, 'dist/cli.js')
const words = process.argv.slice(2)
const given = words.map(Number).filter(Boolean)
const sizes = given.length > 0 ? given : [100, 1000, 10_000]
const alembic = spawnSync('alembic', ['--version'], { encoding: 'utf8' }).stdout?.trim() || null

/** Baseline: reads the same files and runs the same query. */
const readFiles = `
const { readFileSync, readdirSync } = require('node:fs')
let bytes = 0
for (const name of readdirSync('migrations/versions')) bytes += readFileSync('migrations/versions/' + name).length
const question = 'SELECT version_num FROM alembic_version'
`
const readers = {
  SQLite: `${readFiles}
const database = new (require(process.env.BENCH_DRIVER))('app.db', { readonly: true })
database.prepare(question).all()
`,
  PostgreSQL: `${readFiles}
const client = new (require(process.env.BENCH_DRIVER).Client)(process.env.DATABASE_URL)
client.connect().then(() => client.query(question)).then(() => client.end())
`,
}
const drivers = { SQLite: 'better-sqlite3', PostgreSQL: 'pg' }

const versionTable = 'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)'

/** Number of measured runs, by number of files. An extra first run warms the cache. */
const rounds = { warm: (size) => (size >= 10_000 ? 3 : 7), cold: (size) => (size >= 10_000 ? 2 : 3) }
/** Commands that take longer than this, in milliseconds, run only once. */
const tooSlow = 5000

const canDropCaches = dropCaches()
const server = await findServer()
const table = []
for (const size of sizes) {
  await measure(size, 'SQLite', null)
  if (!server) continue
  const database = await server.createDatabase()
  await measure(size, 'PostgreSQL', database)
  await database.drop()
}
const text = `${[...caption(), '', ...lines(table)].join('\n')}\n`
console.log(text)
if (words.includes('--write-docs')) writeDocs(text)

async function measure(size, kind, database) {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-bench-'))
  try {
    makeFiles(folder, size)
    if (database) await fillPostgres(database, size)
    else fillSqlite(folder, size)
    const env = {
      ...process.env,
      DATABASE_URL: database ? database.url : 'sqlite:///app.db',
      BENCH_DRIVER: join(root, 'node_modules', drivers[kind]),
    }
    // Ignore extra certificates configured on this machine. Loading them would distort the measurements.
    delete env.NODE_EXTRA_CA_CERTS
    for (const cache of canDropCaches ? ['warm', 'cold'] : ['warm']) {
      const found = measureRows(size, kind, cache, { cwd: folder, env })
      table.push({ size, kind, cache, ...found })
      console.error(lines([table.at(-1)]).at(-1))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Returns each command's median time, and `check`'s peak memory. */
function measureRows(size, kind, cache, options) {
  const rows = {
    node: [process.execPath, '-e', '0'],
    bare: [process.execPath, '-e', readers[kind]],
    check: [process.execPath, guard, 'check'],
    ...(alembic
      ? {
          heads: ['alembic', 'heads'],
          current: ['alembic', 'current'],
          upgrade: ['alembic', 'upgrade', 'head'],
        }
      : {}),
  }
  const times = Object.fromEntries(Object.keys(rows).map((name) => [name, []]))
  let megabytes = 0
  for (let round = 0; round <= rounds[cache](size); round += 1) {
    for (const [name, command] of Object.entries(rows)) {
      if (times[name] === null || times[name][0] > tooSlow) continue
      if (cache === 'cold') dropCaches()
      const run = runOnce(command, options)
      if (run === null && name !== 'bare' && name !== 'check') times[name] = null
      else if (run === null) throw new Error(`${name} failed`)
      else if (round > 0 || cache === 'cold' || run.ms > tooSlow) times[name].push(run.ms)
      if (name === 'check') megabytes = Math.max(megabytes, run.megabytes)
    }
  }
  const middle = Object.entries(times).map(([name, all]) => [name, all && median(all)])
  return { ...Object.fromEntries(middle), megabytes }
}

/** Runs a command once. Returns null if it fails, for example because the Python driver is missing. */
function runOnce([program, ...args], { cwd, env }) {
  const timed = existsSync('/usr/bin/time')
  const started = performance.now()
  const { status, stderr } = timed
    ? spawnSync('/usr/bin/time', ['-f', '%M', program, ...args], { cwd, env, encoding: 'utf8' })
    : spawnSync(program, args, { cwd, env, encoding: 'utf8' })
  const ms = performance.now() - started
  if (status !== 0) {
    console.error(`${program} ended with ${status}: ${stderr.slice(-300)}`)
    return null
  }
  const kilobytes = timed ? Number(stderr.trimEnd().split('\n').at(-1)) : Number.NaN
  return { ms, megabytes: kilobytes / 1024 }
}

/**
 * Drops the operating system's file caches. Returns false if that isn't permitted. In some containers, not even root
 * may drop them.
 */
function dropCaches() {
  try {
    spawnSync('sync')
    writeFileSync('/proc/sys/vm/drop_caches', '3')
    return true
  } catch {
    return false
  }
}

/** Finds a server in the same way as the tests do. Returns null if there is none. */
async function findServer() {
  const bundle = join(root, '.bench-postgres.mjs')
  try {
    await build({
      entryPoints: [join(root, 'test/support/postgres.ts')],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'warning',
    })
    const { findPostgres } = await import(bundle)
    return await findPostgres()
  } finally {
    rmSync(bundle, { force: true })
  }
}

function caption() {
  const versions = [
    `Node ${process.version}`,
    alembic ?? 'no Alembic',
    server && `PostgreSQL ${server.major}`,
  ]
  return [
    `${versions.filter(Boolean).join(', ')}, ${cpus().length} processors; whole processes, wall time in milliseconds, median.`,
    'The bare reader is a Node script that reads the same files and makes the same query. "cold": nothing is in the',
    `file cache${canDropCaches ? ', neither the migrations nor the programs' : '; not measured, because only root can empty it'}.`,
    ...(server ? [] : ['PostgreSQL: not measured, there is no server.']),
  ]
}

function lines(rows) {
  const number = (value) => (value ? Math.round(value).toLocaleString('en-US') : '-')
  const ratio = (one, other) => (one && other ? `${(one / other).toFixed(1)}x` : '-')
  return [
    '| database | migrations | files | node -e 0 | bare reader | check | to bare | MB | alembic heads | alembic current | alembic upgrade head | current to check |',
    '|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...rows.map((row) => {
      const cells = [
        row.kind,
        number(row.size),
        row.cache,
        ...[row.node, row.bare, row.check].map(number),
        ratio(row.check, row.bare),
        number(row.megabytes),
        ...[row.heads, row.current, row.upgrade].map(number),
        ratio(row.current, row.check),
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ]
}

function writeDocs(section) {
  const path = join(root, 'docs/speed.md')
  const marked = /(<!-- bench -->\n)[^]*(\n<!-- \/bench -->)/
  const page = readFileSync(path, 'utf8')
  if (!marked.test(page)) throw new Error('docs/speed.md has no place marked for the figures')
  writeFileSync(
    path,
    page.replace(marked, (_whole, before, after) => `${before}\n${section}${after}`),
  )
}

function id(index) {
  return (index * 2_654_435_761).toString(16).padStart(12, '0').slice(-12)
}

function makeFiles(folder, size) {
  const versions = join(folder, 'migrations/versions')
  mkdirSync(versions, { recursive: true })
  writeFileSync(join(folder, 'alembic.ini'), '[alembic]\nscript_location = %(here)s/migrations\n')
  writeFileSync(
    join(folder, 'migrations/env.py'),
    `import os
from alembic import context
from sqlalchemy import create_engine, pool
with create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`,
  )
  for (let index = 0; index < size; index += 1) {
    writeFileSync(
      join(versions, `${id(index)}_change_${index}.py`),
      `"""change ${index}

Revision ID: ${id(index)}
Revises: ${index === 0 ? '' : id(index - 1)}
Create Date: 2026-01-01 12:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '${id(index)}'
down_revision: Union[str, Sequence[str], None] = ${index === 0 ? 'None' : `'${id(index - 1)}'`}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_table(
        'table_${index}',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_table_${index}_name', 'table_${index}', ['name'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_table_${index}_name', table_name='table_${index}')
    op.drop_table('table_${index}')
`,
    )
  }
}

function tableOf(index) {
  return `CREATE TABLE table_${index} (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(120));
    CREATE INDEX ix_table_${index}_name ON table_${index} (name);`
}

function fillSqlite(folder, size) {
  const database = new Database(join(folder, 'app.db'))
  database.exec(`BEGIN; ${versionTable}; INSERT INTO alembic_version VALUES ('${id(size - 1)}')`)
  for (let index = 0; index < size; index += 1) database.exec(tableOf(index))
  database.exec('COMMIT')
  database.close()
}

/** A transaction locks every table that it creates, so create only a few hundred per transaction. */
async function fillPostgres(database, size) {
  const chunk = 500
  // As in a real upgrade, write the version row in the same transaction as the tables.
  for (let first = 0; first < size; first += chunk) {
    const last = Math.min(first + chunk, size)
    const tables = Array.from({ length: last - first }, (_, index) => tableOf(first + index)).join('\n')
    const row =
      last === size ? `${versionTable}; INSERT INTO alembic_version VALUES ('${id(size - 1)}');` : ''
    await database.execute(`${tables}\n${row}`)
  }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
