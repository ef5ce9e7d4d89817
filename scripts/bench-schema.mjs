#!/usr/bin/env node
/**
 * Benchmarks `check` with a pending migration on a PostgreSQL database with many tables. Never drops the
 * tables, so use a disposable database.
 * Usage: node scripts/bench-schema.mjs postgresql://... [TABLES]; default 10000 tables of 20 columns.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'

const [url, tables = '10000'] = process.argv.slice(2)
if (!url) throw new Error('which database?')
const guard = join(import.meta.dirname, '../dist/cli.js')
const client = new Client({ connectionString: url })
await client.connect()
const columns = Array.from({ length: 19 }, (_, index) => `c${index + 1} text`).join(', ')
for (let first = 1; first <= Number(tables); first += 500) {
  const last = Math.min(first + 499, Number(tables))
  const statements = Array.from(
    { length: last - first + 1 },
    (_, index) => `CREATE TABLE t${first + index} (id int PRIMARY KEY, ${columns})`,
  )
  await client.query(statements.join(';'))
}
await client.query(`CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)`)
await client.query(`INSERT INTO alembic_version VALUES ('a1')`)

const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-bench-'))
const head = 'import sqlalchemy as sa\nfrom alembic import op\n'
mkdirSync(join(folder, 'migrations/versions'), { recursive: true })
writeFileSync(join(folder, 'alembic.ini'), '[alembic]\nscript_location = migrations\n')
writeFileSync(join(folder, 'migrations/env.py'), 'from alembic import context\ncontext.run_migrations()\n')
writeMigration('a1', 'None', ['pass'])
console.log(
  `${tables} tables of 20 columns; ms of whole processes, medians of 5: wall time (own processor time)`,
)
measure('nothing pending')
writeMigration('b2', `'a1'`, alterations(40))
measure('80 operations on 40 tables pending')
await client.query(
  'ANALYZE pg_catalog.pg_class; ANALYZE pg_catalog.pg_attribute; ANALYZE pg_catalog.pg_index',
)
measure('the same with fresh statistics')
writeMigration('b2', `'a1'`, alterations(1000))
measure('2,000 operations on 1,000 tables pending')
writeMigration('b2', `'a1'`, changesOfAllKinds(Math.min(5000, Number(tables))))
measure('10,000 operations of all kinds on 5,000 tables pending')
await client.end()
rmSync(folder, { recursive: true, force: true })

function alterations(count) {
  return Array.from({ length: count }, (_, index) => index + 1).flatMap((number) => [
    `op.add_column('t${number}', sa.Column('n', sa.Integer()))`,
    `op.create_index('ix${number}', 't${number}', ['c1'], unique=True)`,
  ])
}

function changesOfAllKinds(count) {
  return Array.from({ length: count }, (_, index) => index + 1).flatMap((number) => [
    `op.add_column('t${number}', sa.Column('n', sa.Integer()))`,
    [
      `op.create_index('ix${number}', 't${number}', ['c1'], unique=True)`,
      `op.drop_column('t${number}', 'c2')`,
      `op.alter_column('t${number}', 'c3', new_column_name='d3')`,
      `op.drop_table('t${number}')`,
    ][number % 4],
  ])
}

function writeMigration(id, before, lines) {
  const body = lines.map((line) => `    ${line}\n`).join('')
  const text = `${head}revision = '${id}'\ndown_revision = ${before}\ndef upgrade():\n${body}`
  writeFileSync(join(folder, `migrations/versions/${id}.py`), text)
}

function measure(what) {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now()
    const before = childTime()
    const { stdout, status } = spawnSync(process.execPath, [guard, 'check', '--database-url', url], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stdout)
    return [performance.now() - start, childTime() - before]
  })
  const [wall, own] = [0, 1].map((which) =>
    Math.round(times.map((each) => each[which]).sort((a, b) => a - b)[2]),
  )
  console.log(`${what}: ${wall} (${own})`)
}

/** Returns the CPU time of all child processes so far, in ms; 0 if unknown. */
function childTime() {
  try {
    const [, rest = ''] = readFileSync('/proc/self/stat', 'utf8').split(') ')
    const fields = rest.split(' ')
    // The fields cutime and cstime, in hundredths of a second.
    return (Number(fields[13]) + Number(fields[14])) * 10
  } catch {
    return 0
  }
}
