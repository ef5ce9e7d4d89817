#!/usr/bin/env node
/**
 * `npm run bench:real -- FOLDER…`: how much the guard sees of real projects. Each FOLDER is the checkout of one.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { check } from './real/ask-guard.mjs'
import { findHistories } from './real/find-histories.mjs'
import { findServer } from './real/scratch-server.mjs'

const folders = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const reasonsFile = process.argv.find((w) => w.startsWith('--reasons='))?.slice(10)
const server = await findServer()
const work = mkdtempSync(join(tmpdir(), 'bench-real-'))
const neutral = join(work, 'neutral')
mkdirSync(join(neutral, 'versions'), { recursive: true })
writeFileSync(
  join(neutral, 'env.py'),
  `from alembic import context
from sqlalchemy import create_engine
with create_engine(context.get_x_argument(as_dictionary=True)["url"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`,
)
const histories = folders.flatMap((folder) => findHistories(resolve(folder)))
const reasons = new Map()
const rows = []
const jobs = [...histories]
async function worker() {
  const database = await server.createDatabase()
  for (let history = jobs.shift(); history; history = jobs.shift()) {
    const own = history.script ? await check(history, history.script, database.url) : null
    const { report, exitCode, text } = await check(history, neutral, database.url)
    const found = report?.databases?.[0] ?? report
    const tried = found?.prediction?.tried ?? null
    const row = {
      project: history.project,
      name: history.name,
      files: history.files.length,
      exitCode,
      own:
        own &&
        (own.report?.prediction?.tried
          ? 'tried'
          : (own.report?.error?.message ??
            JSON.stringify(own.report?.coverage?.notChecked) ??
            own.text.slice(0, 200))),
      operations: tried?.operations ?? 0,
      checked: tried?.checked ?? 0,
      understood: tried?.understood ?? 0,
      why: tried
        ? null
        : found?.findings
            ?.map((f) => f.code + ' ' + f.message + ' ' + JSON.stringify(f.location))
            .join('; ') ||
          found?.prediction?.reason ||
          text.slice(0, 300),
      findings: found?.findings
        ?.filter((f) => f.severity === 'error')
        .map((f) => `${f.code} ${f.message} ${f.location?.path}:${f.location?.line}`),
    }
    rows.push(row)
    for (const { reason, location, revision } of tried?.unchecked ?? []) {
      const path =
        location && (isAbsolute(location.path) ? location.path : join(history.start, location.path))
      let line = ''
      try {
        line = location ? readFileSync(path, 'utf8').split('\n')[location.line - 1].trim() : ''
      } catch {}
      const list = reasons.get(reason) ?? []
      list.push({
        project: history.project,
        at: path ? `${relative(history.checkout, path)}:${location.line}` : revision,
        line,
      })
      reasons.set(reason, list)
    }
  }
  await database.drop()
}
await Promise.all([worker(), worker()])
rmSync(work, { recursive: true, force: true })
rows.sort((a, b) => a.project.localeCompare(b.project))
for (const r of rows)
  console.log(
    `${r.project.padEnd(36)} ${String(r.files).padStart(4)} exit ${r.exitCode} checked ${r.checked} understood ${r.understood} of ${r.operations}  own: ${r.own}  ${r.why ?? ''} ${(r.findings ?? []).join(' | ').slice(0, 300)}`,
  )
const total = rows.reduce(
  (s, r) => ({
    operations: s.operations + r.operations,
    checked: s.checked + r.checked,
    understood: s.understood + r.understood,
  }),
  { operations: 0, checked: 0, understood: 0 },
)
console.log(total)
if (reasonsFile) {
  const sorted = [...reasons].toSorted((a, b) => b[1].length - a[1].length)
  writeFileSync(
    reasonsFile,
    sorted
      .map(([reason, list]) => {
        const seen = new Set()
        const examples = []
        for (const e of list)
          if (!seen.has(e.project)) {
            seen.add(e.project)
            examples.push(e)
          }
        for (const e of list) if (examples.length < 3 && !examples.includes(e)) examples.push(e)
        return (
          `${list.length} in ${seen.size} projects  ${reason}\n` +
          examples
            .slice(0, 6)
            .map((e) => `      ${e.project} ${e.at}: ${e.line.slice(0, 160)}\n`)
            .join('')
        )
      })
      .join('\n'),
  )
}
process.exit(0)
