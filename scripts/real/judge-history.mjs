/**
 * Lays the guard beside real Alembic on one history: step by step, on databases that were tampered with, and with
 * revisions that got lost. Runs the migrations of somebody else's project, on a scratch server only.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askGuard, projectOptions } from './ask-guard.mjs'
import { writeWithout } from './lose-revision.mjs'
import { lookAt, tamperings } from './tamper.mjs'

/** Errors that names and types of the schema explain. Others (rows, rights, missing packages) it doesn't show. */
const shown = /^(?:42P01|42P07|42703|42701|42710|42704|3F000|42P06|42804|42830|2BP01|42P16)$/

/**
 * Counts, by measure, how often the guard was right: `{ reads, whole, steps, tampered, lost }`. `started` is real
 * Alembic (see run-history.mjs), `databases` makes databases that belong to nobody special.
 */
export async function judgeHistory(history, started, databases, neutral, work, count) {
  const { order, revisions } = started.hello
  const tally = { steps: {}, tampered: {}, kinds: {}, lost: {}, notes: [] }
  const add = (measure, outcome, note) => {
    tally[measure][outcome] = (tally[measure][outcome] ?? 0) + 1
    if (note) tally.notes.push(note)
  }
  const base = await databases.create()
  try {
    for (const index of spread(order.length, count)) {
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
      await agrees('lost', placeLost(history, base, revisions, id, join(work, `lost-${index}`)))
    }
  } finally {
    await base.drop()
  }
  return tally
}

/** Evenly spread places of a history, in order. */
function spread(length, count) {
  const places = Array.from({ length: Math.min(length, count) }, (_, at) =>
    Math.floor(((at + 0.5) * length) / Math.min(length, count)),
  )
  return [...new Set(places)]
}

async function reaches(started, database, id) {
  const answer = await started.upgrade(database.pythonUrl, id)
  return answer !== null && answer.error === null
}

/** Ways to tamper with what the next step works on; none where the step can't be taken. */
async function tamperingsFor(started, databases, base, id) {
  const copy = await databases.copy(base)
  try {
    const before = await lookAt(copy)
    return (await reaches(started, copy, id)) ? tamperings(before, await lookAt(copy)) : []
  } finally {
    await copy.drop()
  }
}

/** One step by both, on copies of the database. */
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

/** Where the guard puts a revision that got lost. */
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
  const truth = revisions.find((one) => one.id === id).down
  const same = JSON.stringify(report.parents.toSorted()) === JSON.stringify(truth.toSorted())
  if (same) return { kind: 'right' }
  const said = report.evidence.some((fact) => fact.includes('earliest'))
  if (said) return { kind: 'equally good' }
  return {
    kind: 'wrong',
    note: `wrong place: ${history.project} ${id} after ${report.parents}, was after ${truth}`,
  }
}
