/**
 * Reports how many revisions in each folder the guard can read, and why it can't read the others. Doesn't run
 * migrations.
 * Usage: npm run evidence-report [DIR…]. Defaults to EVIDENCE_REPORT_DIRS (separated as in PATH), or the
 * current folder.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Bundles the modules that read migrations, and imports the bundle. */
async function loadReaders() {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-report-'))
  const outfile = join(folder, 'readers.mjs')
  await build({
    stdin: {
      contents: `export { readMigration } from './src/python/header/read-migration.ts'
        export { readOperations } from './src/python/operations/read-operations.ts'
        export { changesSchema } from './src/core/history/operation.ts'`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  })
  try {
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const { readMigration, readOperations, changesSchema } = await loadReaders()

function* pythonFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !/^(?:\..*|node_modules|__pycache__)$/.test(entry.name))
      yield* pythonFiles(path)
    else if (entry.isFile() && entry.name.endsWith('.py')) yield path
  }
}

/** Returns how much of a migration the guard can read. `steps` lists the operations it can't read. */
function judge(operations) {
  if (operations.kind === 'unreadable') return { verdict: 'opaque', steps: [operations] }
  const effects = operations.operations.filter(changesSchema)
  const steps = effects.filter((step) => step.kind === 'opaque')
  if (effects.length === 0) return { verdict: 'none', steps }
  if (steps.length === 0) return { verdict: 'fully', steps }
  return { verdict: steps.length < effects.length ? 'partly' : 'opaque', steps }
}

const verbose = process.argv.includes('--verbose')
const given = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const listed = (process.env.EVIDENCE_REPORT_DIRS ?? '').split(delimiter).filter((folder) => folder !== '')
const folders = given.length > 0 ? given : listed.length > 0 ? listed : ['.']
const dialect = process.argv.includes('--sqlite') ? 'sqlite' : 'postgresql'

/**
 * Returns the worst verdict among a file's `upgrade` functions. A migration for several databases has one for
 * each.
 */
function worstOf(bytes, path) {
  const engines = [...bytes.toString().matchAll(/^def upgrade_(\w+)\(/gm)].map(([, name]) => name)
  const wanted = /\bdef upgrade\(engine_name/.test(bytes.toString()) ? engines : [null]
  const judged = wanted.map((engineName) => judge(readOperations(bytes, path, dialect, engineName).upgrade))
  const order = ['opaque', 'partly', 'fully', 'none']
  return judged.toSorted((left, right) => order.indexOf(left.verdict) - order.indexOf(right.verdict))[0]
}

const verdicts = ['fully', 'partly', 'opaque', 'none']
const total = { fully: 0, partly: 0, opaque: 0, none: 0 }
const reasons = new Map()

function line(name, counts) {
  const all = verdicts.reduce((sum, verdict) => sum + counts[verdict], 0)
  const readable = counts.fully + counts.none
  const share = all === 0 ? '' : `  ${((100 * readable) / all).toFixed(1).padStart(5)} %`
  const columns = [all, ...verdicts.map((verdict) => counts[verdict])].map((count) =>
    String(count).padStart(6),
  )
  return `${name.slice(0, 32).padEnd(32)}${columns.join(' ')}${share}`
}

console.log(`What revisions do, for ${dialect}. Readable: fully or no effects.`)
console.log(`${''.padEnd(32)}   all  fully partly opaque   none  readable`)
for (const folder of folders) {
  const counts = { fully: 0, partly: 0, opaque: 0, none: 0 }
  for (const path of pythonFiles(resolve(folder))) {
    const bytes = readFileSync(path)
    if (!bytes.includes('down_revision')) continue
    const found = readMigration(bytes, path)
    if (found.revision.kind === 'unbound' || found.downRevision.kind === 'unbound') continue
    const { verdict, steps } = worstOf(bytes, path)
    counts[verdict]++
    total[verdict]++
    for (const reason of new Set(steps.map((step) => step.reason))) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    }
    if (verbose)
      for (const step of steps)
        console.log(`  ${path}:${step.span.line} ${step.reason}: ${step.source ?? ''}`)
  }
  console.log(line(basename(resolve(folder)), counts))
}
const frequent = [...reasons].toSorted(([, left], [, right]) => right - left).slice(0, 20)
if (frequent.length > 0) console.log('\nWhat stands in the way, by the number of revisions:')
for (const [reason, count] of frequent) console.log(`${String(count).padStart(6)}  ${reason}`)
console.log(`\n${line('total', total)}`)
