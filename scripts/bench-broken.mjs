#!/usr/bin/env node
/**
 * Measures every verb in every state that a database and its repository get into, as whole processes on SQLite, at
 * 1,000 and at 10,000 revisions: processor time, memory, growth. Ends with 1 where an aim is missed.
 * Usage: npm run bench:broken [-- [--write-docs] [--only TEXT] [--outputs FOLDER] SIZE ...]
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const guard = process.env.BENCH_GUARD ?? join(root, 'dist/cli.js')
const words = process.argv.slice(2)
const option = (name) => (words.includes(name) ? words[words.indexOf(name) + 1] : null)
const only = option('--only')
const outputs = option('--outputs')
const given = words.map(Number).filter(Boolean)
const sizes = given.length > 0 ? given : [1000, 10_000]
/** What every verb has to keep at the largest size: seconds, megabytes, growth from one size to ten times of it. */
const aims = { seconds: 2, megabytes: 200, growth: 12 }
const timeout = 200_000

const { generatedStates, verbsFor, sourceOf, databaseOf } = await loadStates()
const rows = []
for (const [name, make] of Object.entries(generatedStates)) {
  if (only && !name.includes(only)) continue
  const found = new Map()
  for (const size of sizes) {
    const state = make(size)
    const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-broken-'))
    try {
      write(folder, state)
      for (const verb of verbsFor(state)) {
        const key = labelOf(verb)
        const run = measure(verb, folder, `${name}-${size}-${key}`.replaceAll(/[ ,]+/g, '_'))
        found.set(key, [...(found.get(key) ?? []), run])
        console.error(name, size, key, run.status, run.seconds.toFixed(2), run.megabytes)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  for (const [verb, runs] of found) rows.push({ name, verb, runs })
}
const text = `${[...caption(), '', ...lines()].join('\n')}\n`
console.log(text)
if (words.includes('--write-docs')) writeDocs(text)
process.exitCode = rows.some(misses) ? 1 : 0

async function loadStates() {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test/support/broken-states.ts')],
    bundle: true,
    format: 'esm',
    write: false,
  })
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
}

function labelOf(verb) {
  const words = verb.filter((word) => !/^--(?:format|from|to|add)$/.test(word) && !/^[\da-f]{12}$/.test(word))
  return words.filter((word) => !word.startsWith('guest_')).join(' ')
}

function write(folder, state) {
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
  for (const revision of state.revisions) {
    writeFileSync(join(versions, `${revision.path}.py`), sourceOf(revision))
  }
  const database = new Database(join(folder, 'app.db'))
  database.exec(['BEGIN', ...databaseOf(state), 'COMMIT'].join(';\n'))
  database.close()
}

/** Processor time counts: another process on the machine doesn't change it much. */
function measure(verb, cwd, file) {
  const env = { ...process.env, DATABASE_URL: 'sqlite:///app.db', TZ: 'UTC' }
  delete env.NODE_EXTRA_CA_CERTS
  const profile = process.env.BENCH_PROFILE
    ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}/${file}`]
    : []
  const { status, stdout, stderr } = spawnSync(
    '/usr/bin/time',
    ['-f', '%U %S %e %M', process.execPath, ...profile, guard, ...verb],
    { cwd, env, encoding: 'utf8', timeout, maxBuffer: 1 << 30 },
  )
  const told = stderr.trimEnd().split('\n')
  const [user, system, wall, kilobytes] = (told.pop() ?? '').split(' ').map(Number)
  if (outputs) {
    mkdirSync(outputs, { recursive: true })
    const trimmed = told.filter((line) => !line.startsWith('Command exited')).join('\n')
    const stable = `${stdout}\n== ${status}\n${trimmed}`.replaceAll(cwd, 'FOLDER')
    writeFileSync(join(outputs, file), stable)
  }
  const seconds = status === null ? Number.POSITIVE_INFINITY : Math.min(user + system, wall)
  return { status, seconds, megabytes: Math.round((kilobytes || 0) / 1024) }
}

function misses({ runs }) {
  const last = runs.at(-1)
  return last.seconds > aims.seconds || last.megabytes > aims.megabytes || growthOf(runs) > aims.growth
}

function growthOf(runs) {
  return runs.length < 2 ? 0 : runs.at(-1).seconds / runs[0].seconds
}

function caption() {
  return [`Node ${process.version}, ${cpus().length} processors, SQLite; whole processes.`]
}

function lines() {
  const table = rows.toSorted((a, b) => b.runs.at(-1).seconds - a.runs.at(-1).seconds)
  return table.map(
    (row) =>
      `| ${row.name} | ${row.verb} | ${row.runs.map(({ seconds, megabytes, status }) => `${seconds.toFixed(2)} s, ${megabytes} MB, ${status}`).join(' | ')} | ${growthOf(row.runs).toFixed(1)} | ${misses(row) ? 'MISSED' : ''}`,
  )
}

function writeDocs() {}
