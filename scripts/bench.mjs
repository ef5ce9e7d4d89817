#!/usr/bin/env node
/**
 * Measures `check` as whole processes, beside a bare Node that reads the same files and asks the same question, and
 * beside Alembic where it is installed. All in one run, interleaved, so that the ratios hold on a busy machine.
 * Usage: npm run bench [-- SIZE ...]; default 100 1000 10000.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'

const guard = join(import.meta.dirname, '../dist/cli.js')
const sizes = process.argv.slice(2).map(Number).filter(Boolean)
const alembic = spawnSync('alembic', ['--version'], { encoding: 'utf8' }).stdout?.trim() || null

/** What nobody can be faster than: the same bytes, the same row. */
const bareReader = `
const { readFileSync, readdirSync } = require('node:fs')
let bytes = 0
for (const name of readdirSync('migrations/versions')) bytes += readFileSync('migrations/versions/' + name).length
const database = new (require(process.env.SQLITE_MODULE))('app.db', { readonly: true })
database.prepare('SELECT version_num FROM alembic_version').all()
`

console.log(`Node ${process.version}; ${alembic ?? 'Alembic is not installed, so its rows are missing'}`)
console.log('Wall time in ms, median of the runs; the ratio is to the bare reader. Peak memory in MB.\n')
console.log('| migrations | command | ms | ratio | MB |')
console.log('|---:|---|---:|---:|---:|')

for (const size of sizes.length > 0 ? sizes : [100, 1000, 10_000]) measure(size)

function measure(size) {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-bench-'))
  try {
    makeProject(folder, size)
    const rows = [
      ['node -e 0', process.execPath, ['-e', '0']],
      ['bare reader', process.execPath, ['-e', bareReader]],
      ['alembic-guard check', process.execPath, [guard, 'check']],
      ...(alembic
        ? [
            ['alembic heads', 'alembic', ['heads']],
            ['alembic current', 'alembic', ['current']],
            ['alembic upgrade head', 'alembic', ['upgrade', 'head']],
          ]
        : []),
    ].map(([name, program, args]) => ({ name, program, args, times: [], memory: 0 }))
    const rounds = size >= 10_000 ? 3 : 7
    for (let round = 0; round <= rounds; round += 1) {
      for (const row of rows) {
        const { ms, megabytes } = runOnce(folder, row)
        // The first round warms the file cache and does not count.
        if (round > 0) row.times.push(ms)
        row.memory = Math.max(row.memory, megabytes)
      }
    }
    const base = median(rows[1].times)
    for (const { name, times, memory } of rows) {
      const ms = median(times)
      console.log(
        `| ${size.toLocaleString('en-US')} | ${String(name)} | ${ms.toFixed(0)} | ${(ms / base).toFixed(2)} | ${memory.toFixed(0)} |`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function makeProject(folder, size) {
  const versions = join(folder, 'migrations/versions')
  mkdirSync(versions, { recursive: true })
  writeFileSync(join(folder, 'alembic.ini'), '[alembic]\nscript_location = %(here)s/migrations\n')
  writeFileSync(
    join(folder, 'migrations/env.py'),
    `from alembic import context
from sqlalchemy import create_engine, pool
with create_engine("sqlite:///app.db", poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`,
  )
  const id = (index) => (index * 2_654_435_761).toString(16).padStart(12, '0').slice(-12)
  for (let index = 0; index < size; index += 1) {
    writeFileSync(
      join(versions, `${id(index)}_change_${index}.py`),
      `"""change ${index}

Revision ID: ${id(index)}
Revises: ${index === 0 ? '' : id(index - 1)}
Create Date: 2026-01-01 12:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '${id(index)}'
down_revision: Union[str, Sequence[str], None] = ${index === 0 ? 'None' : `'${id(index - 1)}'`}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_table(
        'table_${index}',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_table_${index}_name', 'table_${index}', ['name'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_table_${index}_name', table_name='table_${index}')
    op.drop_table('table_${index}')
`,
    )
  }
  const database = new Database(join(folder, 'app.db'))
  database.exec('CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)')
  database.prepare('INSERT INTO alembic_version VALUES (?)').run(id(size - 1))
  database.exec('BEGIN')
  for (let index = 0; index < size; index += 1) {
    database.exec(`CREATE TABLE table_${index} (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(120));
      CREATE INDEX ix_table_${index}_name ON table_${index} (name)`)
  }
  database.exec('COMMIT')
  database.close()
}

function runOnce(cwd, { name, program, args }) {
  const env = {
    ...process.env,
    DATABASE_URL: 'sqlite:///app.db',
    SQLITE_MODULE: join(import.meta.dirname, '../node_modules/better-sqlite3'),
  }
  // Reading a bundle of certificates at start-up is the machine's habit, not ours.
  delete env.NODE_EXTRA_CA_CERTS
  const timed = existsSync('/usr/bin/time')
  const started = performance.now()
  const { status, stderr } = timed
    ? spawnSync('/usr/bin/time', ['-f', '%M', program, ...args], { cwd, env, encoding: 'utf8' })
    : spawnSync(program, args, { cwd, env, encoding: 'utf8' })
  const ms = performance.now() - started
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`)
  const kilobytes = timed ? Number(stderr.trimEnd().split('\n').at(-1)) : Number.NaN
  return { ms, megabytes: kilobytes / 1024 }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
