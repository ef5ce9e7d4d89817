/**
 * Compares the rehearsal with real Alembic on tampered databases. Rewrites the migrations so that they can't
 * be read statically. Runs untrusted code: see CONTRIBUTING.md.
 * Usage: `node scripts/rehearse-real.mjs --steps 8 --json FILE CHECKOUT…`
 */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { askGuard, projectOptions } from './real/ask-guard.mjs'
import { findHistories } from './real/find-histories.mjs'
import { findPythons, sandbox, startHistory } from './real/run-history.mjs'
import { scratchDatabases } from './real/scratch-databases.mjs'
import { findServer } from './real/scratch-server.mjs'
import { lookAt, tamperings } from './real/tamper.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '8' },
    json: { type: 'string' },
    server: { type: 'string', default: 'embedded' },
    seconds: { type: 'string', default: '540' },
  },
})
/** SQLSTATEs of errors caused by the schema, not by rows. */
const ofSchema = /^(?:42|2B|3F|25001|55P04)/
const programs = process.env.PATH
const end = Date.now() + Number(values.seconds) * 1000

const server = await findServer()
const wrapper = sandbox()
if (server === null || wrapper === null) throw new Error('no PostgreSQL server, or no sandbox')
const databases = await scratchDatabases(server)
const rows = []
for (const checkout of positionals) {
  if (Date.now() > end) break
  const row = await measure(checkout)
  if (row === null) continue
  rows.push(row)
  console.log(JSON.stringify(row))
  if (values.json) writeFileSync(values.json, JSON.stringify(rows, null, 2))
}
await databases.end()
console.log(table(rows))
process.exit(0)

/**
 * Returns the table for docs/rehearsing.md. The memory column is the sum of the guard's peak and the embedded
 * server's.
 */
function table(measured) {
  const lines = measured
    .toSorted((a, b) => (a.project < b.project ? -1 : 1))
    .map(({ project, cases, agree, missed, falseAlarms, seconds, memory }) => {
      const median = seconds === null ? '–' : seconds.toFixed(1)
      const peaks = `${memory.guard} + ${memory.server}`
      return `| ${[project, cases, agree, missed.length, falseAlarms.length, median, peaks].join(' | ')} |`
    })
  const heads = 'Project Cases Matches Uncertain Alarms Seconds Memory'.split(' ')
  return [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...lines].join('\n')
}

/** Measures rehearsals of a project's largest history, using the first Python executable that can run it. */
async function measure(checkout) {
  const [history] = findHistories(checkout)
  if (history === undefined) return null
  const work = mkdtempSync(join(tmpdir(), 'rehearse-real-'))
  chmodSync(work, 0o755)
  const hidden = hide(history, work)
  const neutral = join(work, 'neutral')
  mkdirSync(join(neutral, 'versions'), { recursive: true })
  writeFileSync(join(neutral, 'env.py'), 'from alembic import context\ncontext.run_migrations()\n')
  for (const python of findPythons()) {
    const started = await startHistory(python, wrapper, history, neutral)
    if (started.hello?.order) {
      const bin = join(work, `bin-${python.replaceAll('/', '_')}`)
      writeCommand(bin, python, hidden, neutral)
      const found = await judge(hidden, started, neutral, bin)
      started.close()
      if (found.cases > 0) return { project: history.project, migrations: history.files.length, ...found }
    } else started.close()
  }
  return null
}

/**
 * Copies the migrations so that each `upgrade` is called by a computed name, which the static reader can't
 * resolve.
 */
function hide(history, work) {
  const folders = history.folders.map((folder, index) => {
    const copy = join(work, `versions-${index}`)
    cpSync(folder, copy, { recursive: true })
    for (const name of readdirSync(copy).filter((one) => one.endsWith('.py'))) {
      const path = join(copy, name)
      const text = readFileSync(path, 'utf8')
      const renamed = text.replace(/^def upgrade\(\)/m, 'def hidden_upgrade()')
      const call = "eval('hidden_' + 'upgrade')()"
      if (renamed !== text) writeFileSync(path, `${renamed}\n\ndef upgrade():\n    ${call}\n`)
    }
    return copy
  })
  return { ...history, folders }
}

/** Creates an `alembic` program that runs this history without privileges. */
function writeCommand(bin, python, history, neutral) {
  mkdirSync(bin, { recursive: true })
  const script = join(import.meta.dirname, 'real/run-once.py')
  const words = [...wrapper.filter((word) => word !== 'unshare' && word !== '--net'), python, script]
  const all = [...words, history.checkout, history.start, neutral, ...history.folders, '--']
  writeFileSync(join(bin, 'alembic'), `#!/bin/sh\nexec ${all.map((word) => `'${word}'`).join(' ')} "$@"\n`)
  chmodSync(join(bin, 'alembic'), 0o755)
}

async function judge(history, started, neutral, bin) {
  const { order } = started.hello
  const found = {
    notes: [],
    cases: 0,
    agree: 0,
    doubtful: 0,
    notRehearsed: 0,
    falseAlarms: [],
    missed: [],
    rowsOnly: 0,
    seconds: [],
    memory: { guard: 0, server: 0 },
  }
  const base = await databases.create()
  try {
    const count = Math.min(order.length, Number(values.steps))
    for (let at = 0; at < count && Date.now() < end; at++) {
      const index = Math.floor(((at + 0.5) * order.length) / count)
      const id = order[index]
      if (index > 0 && !(await reaches(started, base, order[index - 1]))) break
      const copy = await databases.copy(base)
      const before = await lookAt(copy)
      const ways = (await reaches(started, copy, id)) ? tamperings(before, await lookAt(copy)) : []
      await copy.drop()
      for (const { kind, sql } of [{ kind: 'none', sql: null }, ...ways]) {
        if (Date.now() < end) await compare(history, started, neutral, bin, base, { id, kind, sql }, found)
      }
    }
  } finally {
    await base.drop()
  }
  const times = found.seconds.toSorted((a, b) => a - b)
  return { ...found, seconds: times[Math.floor(times.length / 2)] ?? null }
}

async function reaches(started, database, id) {
  const answer = await started.upgrade(database.pythonUrl, id)
  return answer !== null && answer.error === null
}

async function compare(history, started, neutral, bin, base, { id, kind, sql }, found) {
  const copy = await databases.copy(base)
  try {
    if (sql && !(await copy.tamper(sql))) return
    process.env.PATH = `${bin}:${programs}`
    const begin = performance.now()
    const { report, text, memory } = await askGuard(history.start, [
      'preflight',
      ...projectOptions(history, neutral),
      ...`--target ${id} --timeout 60 --format json --rehearse auto`.split(' '),
      '--database-url',
      copy.url,
      '--scratch-server',
      values.server === 'own' ? server.adminUrl : values.server,
    ])
    const seconds = (performance.now() - begin) / 1000
    process.env.PATH = programs
    const real = await started.upgrade(copy.pythonUrl, id)
    if (real === null || (real.error && !real.error.code)) return
    found.cases += 1
    const where = `${id} (${kind}${sql ? `: ${sql}` : ''})`
    const finding = report?.findings?.find(({ code, blocks }) => blocks && /^AG(?:100|3)/.test(code))
    const blocked = report?.rehearsal?.failure?.certain === true || finding !== undefined
    const note = report?.remarks?.find((one) => /rehears/.test(one)) ?? (report ? '' : text.slice(0, 300))
    const failed = real.error !== null
    if (report?.rehearsal) found.seconds.push(seconds)
    for (const process of ['guard', 'server'])
      found.memory[process] = Math.max(found.memory[process], memory[process])
    if (blocked && !failed)
      found.falseAlarms.push(`${where}: ${report.rehearsal?.failure?.message ?? finding?.message}`)
    else if (blocked === failed) {
      found.agree += 1
      if (finding === undefined && !report?.rehearsal) {
        found.notRehearsed += 1
        found.notes.push(`${where}: ${note}`)
      }
    } else if (!ofSchema.test(real.error.code)) found.rowsOnly += 1
    else if (note.includes('failed in the rehearsal')) {
      found.doubtful += 1
      found.missed.push(`${where}: ${real.error.message} — ${note}`)
    } else found.missed.push(`${where}: ${real.error.message} — ${note}`)
  } finally {
    await copy.drop()
  }
}
