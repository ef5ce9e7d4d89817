#!/usr/bin/env node
/**
 * Creates the pictures in docs/pictures.md. Draws small projects with the built command and renders them with
 * Chromium.
 * Usage: npm run build && node scripts/pictures.mjs
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { chromium } from 'playwright-core'

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const target = fileURLToPath(new URL('../docs/pictures/', import.meta.url))

const tables =
  'guests rooms room_types rates payments staff keys bookings invoices taxes refunds notes'.split(' ')

/** A linear history. Each revision is `[id, parents, message, table]`. */
const hotel = tables.map((table, index) => [
  `${table}_${String(index + 1).padStart(3, '0')}`,
  index === 0 ? [] : [`${tables[index - 1]}_${String(index).padStart(3, '0')}`],
  `add ${table.replaceAll('_', ' ')}`,
  table,
])
const upTo = (count) => hotel.slice(0, count)
const idAt = (count) => hotel[count - 1][0]

/** 300 revisions with occasional side branches. */
const long = Array.from({ length: 300 }, (_, index) => {
  const id = (at) => `rev_${String(at).padStart(4, '0')}`
  const side = index % 29 === 28 && index > 1
  const parents =
    index === 0 ? [] : side ? [id(index - 1), id(index - 2)] : [id(index - (index % 29 === 27 ? 2 : 1))]
  return [id(index), parents, side ? 'merge two branches' : `change ${index}`, `table_${index}`]
})

const situations = {
  pending: { revisions: hotel, made: 9, rows: [idAt(9)], risky: true, open: 'taxes_010' },
  'up-to-date': { revisions: hotel, made: 12, rows: [idAt(12)] },
  'lost-revision': { revisions: hotel, made: 8, rows: ['guest_lockout_001'], open: 'guest_lockout_001' },
  'lost-revision-report': { revisions: hotel, made: 8, rows: ['guest_lockout_001'], report: true },
  'two-heads': {
    revisions: [
      ...upTo(8),
      ['invoices_009', [idAt(8)], 'add invoices', 'invoices'],
      ['taxes_009', [idAt(8)], 'add taxes', 'taxes'],
    ],
    made: 8,
    rows: [idAt(8)],
    open: 'taxes_009',
  },
  merge: {
    revisions: [
      ...upTo(8),
      ['invoices_009', [idAt(8)], 'add invoices', 'invoices'],
      ['taxes_009', [idAt(8)], 'add taxes', 'taxes'],
      ['merge_010', ['invoices_009', 'taxes_009'], 'merge invoices and taxes', null],
      ['notes_011', ['merge_010'], 'add notes', 'notes'],
    ],
    made: 9,
    rows: ['invoices_009'],
  },
  'missing-parent': {
    revisions: [...upTo(6), ['invoices_009', ['bookings_008'], 'add invoices', 'invoices']],
    made: 6,
    rows: [idAt(6)],
    open: 'invoices_009',
  },
  'duplicate-id': {
    revisions: [
      ...upTo(8),
      ['invoices_009', [idAt(8)], 'add invoices', 'invoices'],
      ['invoices_009', [idAt(8)], 'add invoices (copy)', 'bills'],
    ],
    made: 8,
    rows: [idAt(8)],
    open: 'invoices_009',
  },
  cycle: {
    revisions: upTo(8).map(([id, parents, ...rest], index) => [
      id,
      index === 4 ? [...parents, idAt(7)] : parents,
      ...rest,
    ]),
    made: 4,
    rows: [idAt(4)],
    open: 'payments_005',
  },
  'long-history': { revisions: long, made: 270, rows: [long[269][0]], search: 'table_28', dark: true },
}

const work = mkdtempSync(join(tmpdir(), 'alembic-guard-pictures-'))
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(),
  args: ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
})
try {
  for (const [name, situation] of Object.entries(situations)) await draw(name, situation)
} finally {
  await browser.close()
  rmSync(work, { recursive: true, force: true })
}

async function draw(name, situation) {
  const folder = join(work, name)
  project(folder, situation)
  const words = situation.report ? ['check', '--format', 'html'] : ['graph', '--format', 'html']
  const { stdout } = spawnSync(process.execPath, [cli, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, DATABASE_URL: 'sqlite:///app.db' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const file = join(folder, 'page.html')
  writeFileSync(file, stdout)
  const page = await browser.newPage({
    viewport: { width: 900, height: 420 },
    colorScheme: situation.dark ? 'dark' : 'light',
  })
  const link = situation.open ? `#rev=${situation.open}` : ''
  await page.goto(pathToFileURL(file).href + link)
  if (situation.search) await page.fill('#search', situation.search)
  await page.waitForTimeout(200)
  await page.screenshot({ path: join(target, `${name}.png`) })
  await page.close()
}

/**
 * Creates the migrations, a git repository, and a database that contains the tables of the first `made`
 * revisions.
 */
function project(folder, { revisions, made, rows, risky = false }) {
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write('alembic.ini', '[alembic]\nscript_location = migrations\n')
  write('migrations/env.py', 'from alembic import context\n')
  revisions.forEach(([id, parents, message, table], index) => {
    const day = new Date(Date.UTC(2026, 0, 5 + 3 * index)).toISOString().slice(0, 10)
    write(
      `migrations/versions/${String(index).padStart(4, '0')}_${id}.py`,
      migration({ id, parents, message, table, day, risky: risky && index === 9 }),
    )
  })
  const git = (...words) =>
    execFileSync('git', [
      '-C',
      folder,
      '-c',
      'user.name=Ada Lovelace',
      '-c',
      'user.email=ada@example.org',
      ...words,
    ])
  git('init', '-q')
  git('add', '-A')
  git('commit', '-q', '-m', 'Add migrations')
  const database = new Database(join(folder, 'app.db'))
  database.exec('CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)')
  for (const row of rows) database.prepare('INSERT INTO alembic_version VALUES (?)').run(row)
  for (const [, , , table] of revisions.slice(0, made)) {
    if (table) database.exec(`CREATE TABLE ${table} (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(60))`)
  }
  database.close()
}

function migration({ id, parents, message, table, day, risky }) {
  const down =
    parents.length === 0 ? 'None' : parents.length === 1 ? `'${parents[0]}'` : `('${parents.join("', '")}')`
  const drop = table && !risky ? `    op.drop_table('${table}')` : '    pass'
  const create = table
    ? `    op.create_table('${table}', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('name', sa.String(60)))`
    : '    pass'
  return `"""${message}

Revision ID: ${id}
Create Date: ${day} 12:00:00
"""
from alembic import op
import sqlalchemy as sa

revision = '${id}'
down_revision = ${down}
branch_labels = None
depends_on = None


def upgrade():
${create}${risky ? `\n    op.create_index('ix_guests_name', 'guests', ['name'])` : ''}


def downgrade():
${drop}
`
}
