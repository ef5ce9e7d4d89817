#!/usr/bin/env node
/**
 * Benchmarks every command in every broken state on SQLite, with 1,000 and 10,000 revisions. Exits with
 * status 1 if a target is missed.
 * Usage: npm run bench:broken [-- [--write-docs] [--only TEXT] [--outputs FOLDER] SIZE ...]
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
/** Limits for the largest history. `growth` is the maximum slowdown when the history grows tenfold. */
const aims = { seconds: 2, megabytes: 200, growth: 12 }
/** Timeout per command, in seconds. */
const maxSeconds = 60

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
        const run = fastest(verb, folder, `${name}-${size}-${key}`.replaceAll(/[ ,]+/g, '_'))
        found.set(key, [...(found.get(key) ?? []), run])
        console.error(name, size, key, run.status, run.seconds.toFixed(2), run.megabytes)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  for (const [verb, runs] of found) rows.push({ name, verb, runs })
}
const table = `${[...caption(), '', ...lines()].join('\n')}\n`
console.log(table)
if (words.includes('--write-docs')) writeDocs(table)
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
  return verb.filter((word) => !/^(?:--(?:format|from|to|add)|[\da-f]{12}|guest_\w+)$/.test(word)).join(' ')
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

/** Repeats a run that misses an aim up to twice, because other processes may have slowed it down. */
function fastest(verb, cwd, file) {
  const runs = []
  while (runs.length < 3) {
    const run = measure(verb, cwd, file)
    if (run.seconds <= aims.seconds && run.megabytes <= aims.megabytes) return run
    runs.push(run)
  }
  return runs.toSorted((a, b) => a.seconds - b.seconds)[0]
}

/** Measures the lesser of CPU time and elapsed time. Other processes barely affect the former. */
function measure(verb, cwd, file) {
  const env = { ...process.env, DATABASE_URL: 'sqlite:///app.db', TZ: 'UTC' }
  delete env.NODE_EXTRA_CA_CERTS
  const profile = process.env.BENCH_PROFILE
    ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}/${file}`]
    : []
  // A timeout passed to `spawnSync` would kill only `time`, not the command that it runs.
  const { status, stdout, stderr } = spawnSync(
    'timeout',
    [
      '--signal=KILL',
      maxSeconds,
      '/usr/bin/time',
      '-f',
      '%U %S %e %M',
      process.execPath,
      ...profile,
      guard,
      ...verb,
    ].map(String),
    { cwd, env, encoding: 'utf8', maxBuffer: 1 << 30 },
  )
  const told = stderr.trimEnd().split('\n')
  const [user, system, wall, kilobytes] = (told.pop() ?? '').split(' ').map(Number)
  if (outputs) {
    mkdirSync(outputs, { recursive: true })
    const trimmed = told.filter((line) => !line.startsWith('Command exited')).join('\n')
    const stable = `${stdout}\n== ${status}\n${trimmed}`.replaceAll(cwd, 'FOLDER')
    writeFileSync(join(outputs, file), stable)
  }
  const isKilled = status === null || status === 137
  const seconds = isKilled ? Number.POSITIVE_INFINITY : Math.min(user + system, wall)
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
  return [
    `Node ${process.version}, ${cpus().length} processors, SQLite; whole processes, the slowest command in each state: processor`,
    'time in seconds (or elapsed time if that is less), memory, and the growth of the time from the first size to the',
    'last. A run that misses an aim is repeated up to twice. Every row of the run is printed on',
    `standard error. Aims at 10,000: ${aims.seconds} s, ${aims.megabytes} MB, growth ${aims.growth}.`,
  ]
}

/** Returns a table row for each state, showing its slowest command. */
function lines() {
  const worst = new Map()
  for (const row of rows) {
    const other = worst.get(row.name)
    if (!other || row.runs.at(-1).seconds > other.runs.at(-1).seconds) worst.set(row.name, row)
  }
  const cells = [...worst.values()].map(({ name, verb, runs }) => {
    const memory = Math.max(
      ...rows.filter((row) => row.name === name).map((row) => row.runs.at(-1).megabytes),
    )
    const all = rows.filter((row) => row.name === name)
    const aim = all.some(misses) ? 'missed' : 'kept'
    return [
      name,
      verb,
      ...runs.map(({ seconds }) =>
        seconds === Number.POSITIVE_INFINITY ? `> ${maxSeconds}` : seconds.toFixed(2),
      ),
      memory,
      Number.isFinite(growthOf(runs)) ? `${growthOf(runs).toFixed(1)}x` : '-',
      aim,
    ]
  })
  return [
    `| state | slowest verb | ${sizes.map((size) => size.toLocaleString('en-US')).join(' | ')} | MB | growth | aims |`,
    `|---|---|${sizes.map(() => '---:').join('|')}|---:|---:|---|`,
    ...cells.map((row) => `| ${row.join(' | ')} |`),
  ]
}

function writeDocs(section) {
  const path = join(root, 'docs/speed.md')
  const marked = /(<!-- broken -->\n)[^]*(\n<!-- \/broken -->)/
  const text = readFileSync(path, 'utf8')
  if (!marked.test(text)) throw new Error('docs/speed.md has no place marked for the table')
  writeFileSync(
    path,
    text.replace(marked, (_whole, before, after) => `${before}\n${section}${after}`),
  )
}
