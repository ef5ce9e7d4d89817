#!/usr/bin/env node
/**
 * Measures how well the guard understands real projects. Each FOLDER is a checkout.
 * Usage: npm run bench:real -- [--judge] [--steps N] [--json FILE] [--reasons FILE] [--write-docs] FOLDER…
 * `--judge` compares the predictions with real Alembic at N positions per history (default 4). This executes
 * untrusted code, so use a disposable machine. `ALEMBIC_PYTHON` lists Python executables, separated as in
 * PATH.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { check } from './real/ask-guard.mjs'
import { findHistories } from './real/find-histories.mjs'
import { compareWhole, judgeHistory, runWhole } from './real/judge-history.mjs'
import { findPythons, sandbox, startHistory } from './real/run-history.mjs'
import { scratchDatabases } from './real/scratch-databases.mjs'
import { findServer } from './real/scratch-server.mjs'
import { groupReasons, reasonsText, summary, table } from './real/tables.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    judge: { type: 'boolean', default: false },
    steps: { type: 'string', default: '4' },
    json: { type: 'string' },
    reasons: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
})
if (positionals.length === 0) throw new Error('give the folders of checkouts: npm run bench:real -- FOLDER…')
const server = await findServer()
if (!server) throw new Error('there is no PostgreSQL server to measure on')
const wrapper = values.judge ? sandbox() : null
if (values.judge && !wrapper)
  throw new Error('this machine keeps no process from the network (unshare): not judged')
const pythons = values.judge ? findPythons() : []

const work = mkdtempSync(join(tmpdir(), 'bench-real-'))
chmodSync(work, 0o755)
const neutral = join(work, 'neutral')
mkdirSync(join(neutral, 'versions'), { recursive: true })
// Like the judge's env.py, this one has no metadata, so no naming convention applies.
writeFileSync(
  join(neutral, 'env.py'),
  'from alembic import context\ncontext.configure()\ncontext.run_migrations()\n',
)

const databases = await scratchDatabases(server)
const histories = positionals.flatMap((folder) => findHistories(resolve(folder)))
const waiting = [...histories]
const rows = []
const unchecked = []
const notes = []
try {
  await Promise.all([worker(), worker()])
} finally {
  await databases.end()
  rmSync(work, { recursive: true, force: true })
}
rows.sort((left, right) => (`${left.project} ${left.name}` < `${right.project} ${right.name}` ? -1 : 1))
const projects = new Set(rows.map(({ project }) => project)).size
const reasons = groupReasons(unchecked)
const total = summary(rows, projects)
for (const row of rows) {
  const outcome = row.blocked ? `blocked: ${row.blocked}` : row.tried ? '' : 'not tried'
  console.log(
    `${row.project} ${row.name}: ${row.files} files, ${row.understood} of ${row.operations} understood, env.py ${row.env} ${outcome}`,
  )
}
console.log(`\n${table(total)}\n\nWhy operations were not understood:`)
for (const { reason, count, projects: many } of reasons.slice(0, 20))
  console.log(`${String(count).padStart(6)} in ${many} projects: ${reason}`)
for (const note of notes) console.log(note)
if (values['write-docs']) writeDocs(table(total))
if (values.reasons) writeFileSync(values.reasons, reasonsText(reasons))
if (values.json) {
  const counted = reasons.map(({ reason, count, projects: many }) => ({ reason, count, projects: many }))
  const data = { ...total, reasons: counted.slice(0, 30), each: rows }
  writeFileSync(values.json, `${JSON.stringify(data, null, 2)}\n`)
}

function writeDocs(text) {
  const path = join(import.meta.dirname, '../docs/real-projects.md')
  const page = readFileSync(path, 'utf8')
  const marked = /(<!-- bench:real -->\n)[^]*?(<!-- \/bench:real -->)/
  writeFileSync(
    path,
    page.replace(marked, (_, before, after) => `${before}\n${text}\n\n${after}`),
  )
}

async function worker() {
  for (let history = waiting.shift(); history; history = waiting.shift()) {
    rows.push(await measure(history))
    process.stderr.write(`${rows.length} of ${histories.length}: ${history.project} ${history.name}\n`)
  }
}

async function measure(history) {
  const database = await databases.create()
  try {
    const own = history.script ? await check(history, history.script, database.url) : null
    const asked = await check(history, neutral, database.url)
    const { report } = asked
    const tried = report?.prediction?.tried ?? null
    const blocking = report?.findings?.find(({ blocks }) => blocks)
    for (const one of tried?.unchecked ?? []) unchecked.push(placeOf(history, one))
    return {
      project: history.project,
      name: history.name,
      files: history.files.length,
      env: own ? envOutcome(own) : 'none',
      tried: tried !== null,
      blocked: blocking ? blocking.code : null,
      operations: tried?.operations ?? 0,
      understood: tried?.understood ?? 0,
      calls: tried?.calls?.length ?? 0,
      ...(values.judge ? await judged(history, asked) : { reads: null }),
    }
  } finally {
    await database.drop()
  }
}

/** Compares the guard with real Alembic. Uses the Python executable that can run the most migrations. */
async function judged(history, asked) {
  const able = []
  try {
    for (const python of pythons) {
      const started = await startHistory(python, wrapper, history, neutral)
      able.push({ started, length: 0 })
      if (started.hello && !started.hello.error)
        Object.assign(able.at(-1), await runWhole(started, databases))
    }
    const [{ started, length, answer } = { length: 0 }] = able.toSorted(
      (left, right) => right.length - left.length,
    )
    if (length === 0) return { reads: null }
    const { revisions } = started.hello
    const whole = compareWhole(history, asked, started, answer)
    if (whole.note) notes.push(whole.note)
    const heads = revisions.filter(({ id }) => !revisions.some(({ down }) => down.includes(id)))
    const reads = sameSet(
      asked.report?.repository?.heads ?? [],
      heads.map(({ id }) => id),
    )
    const folder = join(work, `lost-${rows.length}-${history.files.length}`)
    const count = Number(values.steps)
    const found = await judgeHistory(history, started, databases, neutral, folder, count, length)
    notes.push(...found.notes)
    return {
      reads,
      judged: {
        whole: { [whole.kind]: 1 },
        steps: found.steps,
        tampered: found.tampered,
        kinds: found.kinds,
        lost: found.lost,
      },
    }
  } finally {
    for (const { started } of able) started.close()
  }
}

function sameSet(left, right) {
  return left.length === right.length && left.every((one) => right.includes(one))
}

/** Classifies a report by its dry run, as `tried`, `not tried` or `unknown version table`. */
function envOutcome({ report }) {
  if (report?.prediction?.tried || report?.prediction?.steps?.length === 0) return 'tried'
  return report?.prediction ? 'not tried' : 'unknown version table'
}

function placeOf(history, { reason, location, revision }) {
  if (!location) return { project: history.project, reason, at: revision, line: '' }
  const path = isAbsolute(location.path) ? location.path : join(history.start, location.path)
  let line
  try {
    line = readFileSync(path, 'utf8').split('\n')[location.line - 1]?.trim() ?? ''
  } catch {
    line = ''
  }
  return {
    project: history.project,
    reason,
    at: `${relative(history.checkout, path)}:${location.line}`,
    line,
  }
}
