/**
 * Compares the guard with real Alembic on intact databases, after tampering with them, and after removing revisions.
 * Runs untrusted migrations, so use it only with a scratch server.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { askGuard, projectOptions } from './ask-guard.mjs'
import { writeWithout } from './lose-revision.mjs'
import { lookAt, tamperings } from './tamper.mjs'

/**
 * SQLSTATEs of errors that can be predicted from the schema, unlike errors about rows, privileges or missing
 * packages.
 */
const shown = /^(?:42P01|42P07|42703|42701|42710|42704|3F000|42P06|42804|42830|2BP01|42P16|25P01)$/

/**
 * Compares the guard with real Alembic at `count` positions within the first `length` revisions. Counts the
 * outcomes.
 */
export async function judgeHistory(history, started, databases, neutral, work, count, length) {
  const { order, revisions } = started.hello
  const tally = { steps: {}, tampered: {}, kinds: {}, lost: {}, notes: [] }
  const add = (measure, outcome, note) => {
    tally[measure][outcome] = (tally[measure][outcome] ?? 0) + 1
    if (note) tally.notes.push(note)
  }
  // Skip migrations that always fail on PostgreSQL, such as those for MySQL.
  const able = new Set(order.slice(0, length))
  const runnable = revisions.filter(({ id }) => able.has(id))
  const base = await databases.create()
  try {
    for (const index of spread(length, count)) {
      const id = order[index]
      const before = index === 0 ? null : order[index - 1]
      if (before !== null && !(await reaches(started, base, before))) break
      const agrees = (name, ask) => ask.then((outcome) => add(name, outcome.kind, outcome.note))
      await agrees('steps', compare(history, started, databases, neutral, base, id, null))
      for (const tampering of await tamperingsFor(started, databases, base, id)) {
        const outcome = await compare(history, started, databases, neutral, base, id, tampering.sql)
        add('tampered', outcome.kind, outcome.note)
        add('kinds', `${tampering.kind}: ${outcome.kind}`)
      }
      if (!(await reaches(started, base, id))) break
      await agrees('lost', placeLost(history, base, runnable, id, join(work, `lost-${index}`)))
    }
  } finally {
    await base.drop()
  }
  return tally
}

/** Returns whether the report lists the failing statement as unchecked. Also true if there was no dry run. */
function isListed(report, error, path) {
  const unchecked = report?.prediction?.tried?.unchecked
  if (!unchecked) return true
  // If the transaction was already aborted (25P02) or Alembic's own statement failed, the cause may be on any
  // line.
  const isOwn = error.lines.some(([file]) => basename(file) === basename(path))
  const places = error.code === '25P02' || !isOwn ? [[path, null]] : error.lines
  return unchecked.some(({ location }) =>
    places.some(
      ([file, line]) =>
        location && basename(location.path) === basename(file) && (line === null || location.line === line),
    ),
  )
}

/** Returns up to `count` evenly spaced indexes below `length`. */
function spread(length, count) {
  const places = Array.from({ length: Math.min(length, count) }, (_, at) =>
    Math.floor(((at + 0.5) * length) / Math.min(length, count)),
  )
  return [...new Set(places)]
}

/**
 * Runs a whole history with real Alembic on an empty database. `answer` is null if the process exited.
 * `length` is the number of successful revisions, at least 1.
 */
export async function runWhole(started, databases) {
  const { order } = started.hello
  const empty = await databases.create()
  try {
    const answer = await started.upgrade(empty.pythonUrl, 'heads')
    const length = !answer ? 1 : answer.error ? Math.max(1, answer.ran.length - 1) : order.length
    return { answer, length }
  } finally {
    await empty.drop()
  }
}

/**
 * Compares the prediction for an empty database with Alembic's outcome. `listed` means that the failing
 * statement was reported as unchecked.
 */
export function compareWhole(history, { report, exitCode }, { hello: { revisions } }, answer) {
  if (!answer || (answer.error && !answer.error.code) || exitCode > 1) return { kind: 'not judged' }
  const finding = report.findings.find(({ blocks }) => blocks)
  const failed = answer.ran.at(-1)
  const where = `${history.project} ${history.name}`
  if (!answer.error) {
    return exitCode === 0
      ? { kind: 'agree' }
      : { kind: 'false alarm', note: `false alarm: ${where}: ${finding?.code} ${finding?.message}` }
  }
  if (exitCode === 1 && (finding?.revisions ?? []).some((id) => id === failed)) return { kind: 'agree' }
  const path = revisions.find(({ id }) => id === failed)?.path ?? ''
  if (isListed(report, answer.error, path)) return { kind: 'listed' }
  if (!shown.test(answer.error.code)) return { kind: 'not shown by the schema' }
  return { kind: 'missed', note: `missed: ${where}: ${failed}: ${answer.error.message}` }
}

async function reaches(started, database, id) {
  const answer = await started.upgrade(database.pythonUrl, id)
  return answer !== null && answer.error === null
}

/** Returns ways to tamper with the next step's objects; none if the step fails even without tampering. */
async function tamperingsFor(started, databases, base, id) {
  const copy = await databases.copy(base)
  try {
    const before = await lookAt(copy)
    return (await reaches(started, copy, id)) ? tamperings(before, await lookAt(copy)) : []
  } finally {
    await copy.drop()
  }
}

/** Runs a step with the guard and with Alembic, on copies of the database. */
async function compare(history, started, databases, neutral, base, id, tampering) {
  const copy = await databases.copy(base)
  try {
    if (tampering && !(await copy.tamper(tampering))) return { kind: 'not judged' }
    const { report, exitCode } = await askGuard(history.start, [
      'check',
      ...projectOptions(history, neutral),
      '--database-url',
      copy.url,
      '--target',
      id,
      '--timeout',
      '60',
      '--format',
      'json',
    ])
    const real = await started.upgrade(copy.pythonUrl, id)
    if (real === null || (real.error && !real.error.code)) return { kind: 'not judged' }
    const failed = real.error !== null
    const where = `${history.project} ${id}${tampering ? ` after ${tampering}` : ''}`
    if (exitCode !== 0 && exitCode !== 1) return { kind: 'not checked' }
    if (failed === (exitCode === 1)) return { kind: 'agree' }
    const { path } = started.hello.revisions.find((one) => one.id === id)
    if (failed && isListed(report, real.error, path)) return { kind: 'listed' }
    if (failed)
      return shown.test(real.error.code)
        ? { kind: 'missed', note: `missed: ${where}: ${real.error.message}` }
        : { kind: 'not shown by the schema' }
    const finding = report?.findings?.find(({ blocks }) => blocks)
    return { kind: 'false alarm', note: `false alarm: ${where}: ${finding?.code} ${finding?.message}` }
  } finally {
    await copy.drop()
  }
}

/** Removes a revision and checks the position that the guard proposes for it. */
async function placeLost(history, database, revisions, id, folder) {
  const versions = join(folder, 'versions')
  if (!writeWithout(revisions, id, versions)) return { kind: 'not judged' }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'env.py'), 'from alembic import context\ncontext.run_migrations()\n')
  const heads = revisions.filter((one) => !revisions.some(({ down }) => down.includes(one.id)))
  const { report } = await askGuard(history.start, [
    'placeholder',
    '--script-location',
    folder,
    '--version-location',
    versions,
    '--database-url',
    database.url,
    '--target',
    heads.length === 1 ? 'head' : 'heads',
    '--timeout',
    '60',
    '--format',
    'json',
  ])
  if (report?.outcome === 'refused') return { kind: 'refused' }
  if (report?.outcome !== 'planned') return { kind: 'not judged' }
  const truth = withoutAncestors(revisions.find((one) => one.id === id).down, revisions)
  const same = JSON.stringify(report.parents.toSorted()) === JSON.stringify(truth.toSorted())
  if (same) return { kind: 'right' }
  const said = report.evidence.some((fact) => fact.includes('earliest'))
  if (said) return { kind: 'equally good' }
  return {
    kind: 'wrong',
    note: `wrong place: ${history.project} ${id} after ${report.parents}, was after ${truth}`,
  }
}

/** Removes parents that are also ancestors of another parent, because they don't affect the position. */
function withoutAncestors(parents, revisions) {
  const downOf = (id) => revisions.find((one) => one.id === id)?.down ?? []
  const above = new Set()
  const todo = parents.flatMap(downOf)
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (above.has(id)) continue
    above.add(id)
    todo.push(...downOf(id))
  }
  return parents.filter((id) => !above.has(id))
}
