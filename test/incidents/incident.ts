/**
 * An incident from a public thread, as a small data set: what happened to the history and the database, and the
 * expected results.
 */
import type { DialectName } from '../../src/core/dialect/dialect-name.ts'

/**
 * Migrations by id (`id@name` if two files define the same id), as `parents: operations`. Null if the file is deleted.
 */
export type Files = Readonly<Record<string, string | null>>

/** A single step of an incident; steps happen in order. */
export type Step =
  /** Files that are written and committed. A key with a slash is a path whose value is the file's text. */
  | { readonly commit: Files }
  | { readonly git: readonly string[] }
  /** Real Alembic upgrades the database to these targets; `fails`: with an error. */
  | { readonly upgrade: readonly string[]; readonly fails?: true }
  | { readonly sql: readonly string[] }
  /** The version table's rows are set manually. */
  | { readonly rows: readonly string[] }
  /** The deployed image has no `.git`. */
  | { readonly image: true }
  /** Files change without a commit. */
  | { readonly change: Files }

/**
 * The expected result from real Alembic: its error message, `succeeds`, or `wrong` if it succeeds but leaves a wrong
 * schema.
 */
export type Alembic = RegExp | 'succeeds' | 'wrong'

/** One incident. */
export interface Incident {
  readonly name: string
  /** URL of the public thread. */
  readonly thread: string
  /** Kinds of database to test; both by default. */
  readonly on?: readonly DialectName[]
  /** Uses Flask-Migrate's layout instead of Alembic's. */
  readonly flask?: true
  readonly steps: readonly Step[]
  /** Keyword arguments for `context.configure` in env.py. */
  readonly configure?: string
  readonly target?: string
  /** Role that Alembic and the guard use to connect. The steps create this role. */
  readonly role?: string
  readonly alembic: Alembic
  /** `either` accepts both verdicts. It's for harmless upgrades, where a warning is enough. */
  readonly verdict: 'pass' | 'blocked' | 'either'
  /**
   * Code of the finding that reports the cause, which must come first in the report. `AG201|AG208` accepts either code;
   * undefined if no finding is expected.
   */
  readonly code?: string
  /** Pattern that the finding's message or evidence must match. */
  readonly says?: RegExp
  /** Pattern for the first hint and its command, joined into one line. */
  readonly hint?: RegExp
  /** Pattern for harmful hints. No hint may match it. */
  readonly never?: RegExp
  /**
   * How the incident is resolved. `printed` (default if blocked) runs the first printed command that changes something.
   * `none` means that there is nothing to run, for example because it's the wrong database. A function performs the
   * manual steps of the first hint.
   */
  readonly cure?: 'none' | readonly Step[]
}

const column = `sa.Column('id', sa.Integer(), primary_key=True)`

/**
 * Returns the lines of `upgrade()` and `downgrade()` for one operation: `table users`, `column users.phone`, or literal
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

/**
 * Returns the Python source of a migration. `spec` has the form `parents: operations`, with operations separated by
 * `;`.
 */
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

/** Returns the path and text of a file in {@link Files}. */
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

/** Template used by `alembic merge` and `alembic revision`. */
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

/** Returns all files of the project except for migrations. */
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
