/** Incidents from public threads, as data. */
import type { DialectName } from '../../src/core/dialect/dialect-name.ts'

/**
 * Migrations by id, as `parents: operations`; null deletes the file. `id@name` allows two files with the same
 * id.
 */
export type Files = Readonly<Record<string, string | null>>

/** One step in an incident. */
export type Step =
  /** Files to write and commit, by id or by path. */
  | { readonly commit: Files }
  | { readonly git: readonly string[] }
  /** Upgrades with Alembic to these targets. If `fails` is set, expects an error. */
  | { readonly upgrade: readonly string[]; readonly fails?: true }
  | { readonly sql: readonly string[] }
  /** Sets the version table's rows. */
  | { readonly rows: readonly string[] }
  /** Removes `.git`, as in a deployed image. */
  | { readonly image: true }
  /** Changes files without committing them. */
  | { readonly change: Files }

/** Alembic's expected result. `wrong`: Alembic succeeds, but the schema is wrong. */
export type Alembic = RegExp | 'succeeds' | 'wrong'

export interface Incident {
  readonly name: string
  /** URL of the public thread. */
  readonly thread: string
  /** Databases to test on; both by default. */
  readonly on?: readonly DialectName[]
  /** Uses Flask-Migrate's layout. */
  readonly flask?: true
  readonly steps: readonly Step[]
  /** Keyword arguments for `context.configure`. */
  readonly configure?: string
  readonly target?: string
  /** Role used by Alembic and the guard. It's created by the incident's steps. */
  readonly role?: string
  readonly alembic: Alembic
  /** `either` is for harmless upgrades, where a warning is enough. */
  readonly verdict: 'pass' | 'blocked' | 'either'
  /** Code of the first finding, or alternatives such as `AG201|AG208`; undefined if none is expected. */
  readonly code?: string
  /** Matches the finding's message or evidence. */
  readonly says?: RegExp
  /** Matches the first hint and its command, joined into one line. */
  readonly hint?: RegExp
  /** Matches hints that would do harm. */
  readonly never?: RegExp
  /**
   * Commands that fix the problem. By default, the first printed command that changes something; `none` if
   * there is nothing to run.
   */
  readonly cure?: 'none' | readonly Step[]
}

const column = `sa.Column('id', sa.Integer(), primary_key=True)`

/**
 * Returns the lines of `upgrade()` and `downgrade()` for `table users`, `column users.phone`, or literal
 * Python.
 */
function operation(text: string): readonly [up: string, down: string] {
  const [verb, name = '', ...rest] = text.trim().split(' ')
  const [table, part] = name.split('.')
  switch (verb) {
    case 'table': {
      const columns = [column, ...rest.map((one) => `sa.Column('${one}', sa.String(40))`)]
      return [`op.create_table('${name}', ${columns.join(', ')})`, `op.drop_table('${name}')`]
    }
    case 'column':
      return [
        `op.add_column('${table}', sa.Column('${part}', sa.String(40)))`,
        `op.drop_column('${table}', '${part}')`,
      ]
    case 'required':
      return [
        `op.add_column('${table}', sa.Column('${part}', sa.String(40), nullable=False))`,
        `op.drop_column('${table}', '${part}')`,
      ]
    case 'index':
      return [
        `op.create_index('ix_${table}_${part}', '${table}', ['${part}'])`,
        `op.drop_index('ix_${table}_${part}')`,
      ]
    case 'unique':
      return [
        `op.create_index('ux_${table}_${part}', '${table}', ['${part}'], unique=True)`,
        `op.drop_index('ux_${table}_${part}')`,
      ]
    case 'enum':
      return [
        `op.create_table('${table}', ${column}, sa.Column('${part}', sa.Enum('open', 'closed', name='${rest[0] ?? part}')))`,
        `op.drop_table('${table}')`,
      ]
    default:
      return [text.trim(), 'pass']
  }
}

/** Returns a migration's source. `spec` is `parents: operations`, with operations separated by `;`. */
function migrationText(id: string, spec: string): string {
  const at = spec.indexOf(':')
  const parents = spec
    .slice(0, at)
    .split(' ')
    .filter((parent) => parent !== '' && !parent.startsWith('after='))
  const needs = spec
    .slice(0, at)
    .split(' ')
    .flatMap((word) => (word.startsWith('after=') ? [word.slice(6)] : []))
  const operations = spec
    .slice(at + 1)
    .split(';')
    .filter((one) => one.trim() !== '')
    .map(operation)
  const tuple = (names: readonly string[]): string =>
    names.length === 0
      ? 'None'
      : names.length === 1
        ? `'${names[0]}'`
        : `(${names.map((name) => `'${name}'`).join(', ')})`
  const body = (lines: readonly string[]): string =>
    (lines.length > 0 ? lines : ['pass']).map((line) => `    ${line}`).join('\n')
  return `"""${id}

Revision ID: ${id}
Revises: ${parents.join(', ')}
Create Date: 2026-01-31 12:00:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '${id}'
down_revision = ${tuple(parents)}
branch_labels = None
depends_on = ${tuple(needs)}


def upgrade():
${body(operations.map(([up]) => up))}


def downgrade():
${body(operations.map(([, down]) => down).toReversed())}
`
}

/** Returns a file's path and text; see {@link Files}. */
export function fileOf(
  key: string,
  spec: string | null,
): { readonly path: string; readonly text: string | null } {
  if (/[/.]/.test(key)) return { path: key, text: spec }
  const [id = '', name = 'x'] = key.split('@')
  return {
    path: `migrations/versions/${id}_${name}.py`,
    text: spec === null ? null : migrationText(id, spec),
  }
}

/** Template for `alembic merge` and `alembic revision`. */
const template = `"""\${message}

Revision ID: \${up_revision}
Revises: \${down_revision | comma,n}

"""
from alembic import op
import sqlalchemy as sa

revision = \${repr(up_revision)}
down_revision = \${repr(down_revision)}
branch_labels = \${repr(branch_labels)}
depends_on = \${repr(depends_on)}


def upgrade():
    \${upgrades if upgrades else "pass"}


def downgrade():
    \${downgrades if downgrades else "pass"}
`

/** Returns all project files except migrations. */
export function scaffoldOf({ flask, configure = '' }: Incident): Readonly<Record<string, string>> {
  const options = configure === '' ? '' : `, ${configure}`
  const env = (engine: string): string => `${engine}
with engine.connect() as connection:
    context.configure(connection=connection${options})
    with context.begin_transaction():
        context.run_migrations()
`
  if (flask) {
    return {
      'migrations/script.py.mako': template,
      'migrations/alembic.ini': '[alembic]\n',
      'migrations/env.py': env(`from alembic import context
from flask import current_app

engine = context.config.attributes.get('engine') or current_app.extensions['migrate'].db.engine`),
      'app.py': `import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']
db = SQLAlchemy(app)
Migrate(app, db)
`,
    }
  }
  return {
    'migrations/script.py.mako': template,
    'alembic.ini': '[alembic]\nscript_location = migrations\n',
    'migrations/env.py': env(`import os

from alembic import context
from sqlalchemy import create_engine, pool

engine = context.config.attributes.get('engine') or create_engine(
    os.environ['DATABASE_URL'], poolclass=pool.NullPool
)`),
  }
}
