#!/usr/bin/env node
/**
 * Benchmarks `check --schemas` and `check --databases` on PostgreSQL. Also compares a sharded check with a
 * single run. 1,000 databases take about 8 GB of disk space.
 * Usage: npm run bench:fleet [-- [--write-docs] [--schemas N,N] [--databases N,N]]
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { Client } from 'pg'

const root = join(import.meta.dirname, '..')
const guard = join(root, 'dist/cli.js')
const words = process.argv.slice(2)
const sizes = (name, otherwise) =>
  (words.includes(name) ? words[words.indexOf(name) + 1] : otherwise).split(',').map(Number)
const schemas = sizes('--schemas', '1000,10000,100000')
const databases = sizes('--databases', '100,1000')
/** Number of databases checked in parallel. */
const jobs = 8
const shards = 4

const server = await findServer()
const admin = new Client({ connectionString: server.adminUrl })
await admin.connect()
const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-fleet-'))
const rows = []
try {
  writeProject('tenants', 100)
  writeProject('services', 2)
  for (const count of schemas) await measureSchemas(count)
  for (const count of databases) await measureDatabases(count)
} finally {
  await admin.end()
  rmSync(folder, { recursive: true, force: true })
}
const table = `${[...caption(), '', ...lines()].join('\n')}\n`
console.log(table)
if (words.includes('--write-docs')) writeDocs(table)

async function findServer() {
  const bundle = join(root, '.bench-fleet-postgres.mjs')
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
    const found = await findPostgres()
    if (found === null) throw new Error('no PostgreSQL server; set TEST_DATABASE_URL')
    return found
  } finally {
    rmSync(bundle, { force: true })
  }
}

function writeProject(name, size) {
  const versions = join(folder, name, 'migrations/versions')
  mkdirSync(versions, { recursive: true })
  writeFileSync(join(folder, name, 'alembic.ini'), '[alembic]\nscript_location = migrations\n')
  writeFileSync(
    join(folder, name, 'migrations/env.py'),
    'from alembic import context\ncontext.run_migrations()\n',
  )
  for (let index = 0; index < size; index += 1) {
    const parent = index === 0 ? 'None' : `'r${index - 1}'`
    const text = `from alembic import op\nrevision = 'r${index}'\ndown_revision = ${parent}\ndef upgrade():\n    pass\n`
    writeFileSync(join(versions, `r${index}.py`), text)
  }
}

/** Checks `count` schemas, before and after ANALYZE. */
async function measureSchemas(count) {
  const database = await server.createDatabase()
  try {
    for (let first = 0; first < count; first += 500) {
      const statements = Array.from(
        { length: Math.min(500, count - first) },
        (_, index) => `CREATE SCHEMA tenant_${first + index}
          CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)`,
      )
      const names = Array.from({ length: statements.length }, (_, index) => `tenant_${first + index}`)
      const inserts = names.map((name) => `INSERT INTO ${name}.alembic_version VALUES ('r99')`)
      await database.execute([...statements, ...inserts].join(';'))
    }
    const args = ['check', '--schemas', 'tenant_*', '--timeout', '120', '--database-url', database.url]
    const label = `${count.toLocaleString('en-US')} schemas`
    rows.push([`${label}, not analyzed`, await measure('tenants', args)])
    await database.execute('ANALYZE')
    rows.push([`${label}, analyzed`, await measure('tenants', args)])
  } finally {
    await database.drop()
  }
}

/**
 * Checks `count` databases, first in a single run and then in shards. One database is at an unknown revision.
 */
async function measureDatabases(count) {
  const made = []
  try {
    const template = await server.createDatabase(
      `CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
       INSERT INTO alembic_version VALUES ('r1')`,
    )
    made.push(template.name)
    const list = []
    for (let index = 0; index < count; index += 1) {
      const name = `${template.name}_${index}`
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template.name}`)
      made.push(name)
      if (index === 0) await stampUnknown(template.url.replace(template.name, name))
      list.push(`member_${index} ${template.url.replace(template.name, name)}`)
    }
    writeFileSync(join(folder, 'fleet.txt'), `${list.join('\n')}\n`)
    const args = ['check', '--databases', join(folder, 'fleet.txt'), '--jobs', String(jobs)]
    rows.push([
      `${count.toLocaleString('en-US')} databases, \`--jobs ${jobs}\``,
      await measure('services', args),
    ])
    await compareShards(count, list)
  } finally {
    for (const name of made.toReversed()) await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
  }
}

async function stampUnknown(url) {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query("UPDATE alembic_version SET version_num = 'guest_lockout_001'")
  await client.end()
}

/** Checks the databases in shards and compares the merged report with a single run. */
async function compareShards(count, list) {
  const report = (name) => join(folder, `${name}.json`)
  const check = (name, path) =>
    run('services', ['check', '--databases', path, '--jobs', '2', '--report', `json=${report(name)}`])
  await check('whole', join(folder, 'fleet.txt'))
  const parts = Array.from({ length: shards }, (_, shard) => {
    const path = join(folder, `shard-${shard}.txt`)
    writeFileSync(path, `${list.filter((_line, index) => index % shards === shard).join('\n')}\n`)
    return [`part-${shard}`, path]
  })
  await Promise.all(parts.map(([name, path]) => check(name, path)))
  const merged = await measure('services', [
    'report',
    'merge',
    ...parts.map(([name]) => report(name)),
    '--format',
    'json',
  ])
  const facts = (text) => {
    const { verdict, fleet, findings } = JSON.parse(text)
    const order = (one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
    return JSON.stringify([verdict, [...fleet.members].sort(order), [...findings].sort(order)])
  }
  if (facts(merged.stdout) !== facts(readFileSync(report('whole'), 'utf8')))
    throw new Error(`the merged report of ${count} databases differs from a single run`)
  rows.push([`\`report merge\` of ${shards} shards, ${count.toLocaleString('en-US')} databases`, merged])
}

/** Measures a command's CPU time, memory and peak number of connections. */
async function measure(project, args) {
  let connections = 0
  const stop = new AbortController()
  const count = async () => {
    while (!stop.signal.aborted) {
      const { rows: found } = await admin.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
      )
      connections = Math.max(connections, found[0].n)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const counting = count()
  const { stdout, stderr } = await run(project, args).finally(() => stop.abort())
  await counting
  const [user, system, kilobytes] = stderr.trimEnd().split('\n').pop().split(' ').map(Number)
  return { seconds: user + system, megabytes: Math.round(kilobytes / 1024), connections, stdout }
}

/** Runs the guard under `time`. Rejects if the guard doesn't produce a verdict. */
function run(project, args) {
  return new Promise((resolve, reject) => {
    const child = spawn('/usr/bin/time', ['-f', '%U %S %M', process.execPath, guard, ...args], {
      cwd: join(folder, project),
    })
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (data) => (output.stdout += data))
    child.stderr.on('data', (data) => (output.stderr += data))
    child.on('error', reject)
    child.on('close', (status) =>
      status === 0 || status === 1
        ? resolve(output)
        : reject(new Error(`${args.join(' ')}: ${output.stdout}${output.stderr}`)),
    )
  })
}

function caption() {
  return [
    `Node ${process.version}, PostgreSQL ${server.major} on the same machine, ${cpus().length} processors; processor time of the command,`,
    'without the server. Every schema is at the head, and every database but one.',
  ]
}

function lines() {
  const cells = rows.map(([name, { seconds, megabytes, connections }]) => [
    name,
    `${seconds.toFixed(1)} s`,
    megabytes,
    connections,
  ])
  return [
    '| fleet | processor time | MB | connections |',
    '|---|---:|---:|---:|',
    ...cells.map((row) => `| ${row.join(' | ')} |`),
  ]
}

function writeDocs(section) {
  const path = join(root, 'docs/speed.md')
  const marked = /(<!-- fleet -->\n)[^]*(\n<!-- \/fleet -->)/
  const text = readFileSync(path, 'utf8')
  if (!marked.test(text)) throw new Error('docs/speed.md has no place marked for the table')
  writeFileSync(
    path,
    text.replace(marked, (_whole, before, after) => `${before}\n${section}${after}`),
  )
}
