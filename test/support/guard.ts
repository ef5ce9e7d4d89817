/** Runs the built command the way users do, in small projects. */
import { type SpawnSyncOptions, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'

/** Path of the built command. */
export const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** Output and exit status of a command. */
export interface Run {
  readonly stdout: string
  readonly stderr: string
  readonly status: number | null
}

/** Runs `alembic-guard …`, with only the PATH from this process's environment. */
export function guard(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  options: SpawnSyncOptions = {},
): Run {
  const { stdout, stderr, status } = spawnSync(process.execPath, [cli, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
    encoding: 'utf8',
    timeout: 60_000,
    ...options,
  })
  expectNoPassword(`${String(stdout)}${String(stderr)}`, [...args, ...Object.values(env)])
  return { stdout: String(stdout), stderr: String(stderr), status }
}

/** Asserts that no password from the arguments was printed. */
function expectNoPassword(printed: string, given: readonly string[]): void {
  for (const [, password = ''] of given.flatMap((text) => [...text.matchAll(/:\/\/[^/\s:@]*:([^@\s]+)@/g)])) {
    for (const form of [password, decodeURIComponent(password.replace(/%(?![\da-f]{2})/gi, '%25'))]) {
      if (form.length >= 6) expect(printed, 'a password was printed').not.toContain(form)
    }
  }
}

/** Creates a folder with these files. It is removed after the test. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    const full = join(folder, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, content)
  }
  return folder
}

/** Returns a migration file with a standard header. */
export function migration(id: string, parent: string | null, message = id): string {
  const down = parent === null ? 'None' : `'${parent}'`
  return `"""${message}

Revision ID: ${id}
Revises: ${parent ?? ''}

"""
from alembic import op
import sqlalchemy as sa

revision = '${id}'
down_revision = ${down}
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('${id}', sa.Column('id', sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table('${id}')
`
}

/** Files for a project without migrations. Its env.py reads the URL from `DATABASE_URL`. */
export const scaffold: Readonly<Record<string, string>> = {
  'alembic.ini': '[alembic]\nscript_location = %(here)s/migrations\n',
  'migrations/env.py': `import os
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(os.environ['DATABASE_URL'], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`,
}

/** Returns SQL that creates the tables of the first `count` migrations. */
export function madeBy(count: 1 | 2 | 3): string {
  const names = ['base_001', 'add_email_002', 'reservations_003'].slice(0, count)
  return names.map((name) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY)`).join('; ')
}

/** A project with the migrations base_001, add_email_002 and reservations_003. */
export const threeMigrations: Readonly<Record<string, string>> = {
  ...scaffold,
  'migrations/versions/base_001.py': migration('base_001', null),
  'migrations/versions/add_email_002.py': migration('add_email_002', 'base_001'),
  'migrations/versions/reservations_003.py': migration('reservations_003', 'add_email_002'),
}
