/** An incident of a public thread as small data: what was done to the history and the database, and what is true of it. */
import type { DialectName } from '../../src/core/dialect/dialect.ts'

/** Migrations by id (`id@name` where two files define one id), as `parents: operations`; null: the file is deleted. */
export type Files = Readonly<Record<string, string | null>>

/** Something that happened, in order. */
export type Step =
  /** Files are written and committed. A key with a slash is a path, with the file's text. */
  | { readonly commit: Files }
  | { readonly git: readonly string[] }
  /** Real Alembic upgrades the database to these targets; `fails`: with an error. */
  | { readonly upgrade: readonly string[]; readonly fails?: true }
  | { readonly sql: readonly string[] }
  /** The version table's rows are these, by hand. */
  | { readonly rows: readonly string[] }
  /** What is deployed has no `.git`. */
  | { readonly image: true }
  /** Files change, and nothing is committed. */
  | { readonly change: Files }

/** What real Alembic does: the error it ends with, or `succeeds`; `wrong`: it succeeds and leaves a wrong schema. */
export type Alembic = RegExp | 'succeeds' | 'wrong'

/** One incident. */
export interface Incident {
  readonly name: string
  /** Address of the public thread. */
  readonly thread: string
  /** Kinds of database; both by default. */
  readonly on?: readonly DialectName[]
  /** Flask-Migrate's layout in place of Alembic's. */
  readonly flask?: true
  readonly steps: readonly Step[]
  /** Keyword arguments of `context.configure` in env.py. */
  readonly configure?: string
  readonly target?: string
  /** Role that Alembic and the guard connect as, made by the steps. */
  readonly role?: string
  readonly alembic: Alembic
  /** `either`: the upgrade itself does no harm, so that a warning will do. */
  readonly verdict: 'pass' | 'blocked' | 'either'
  /** Code of the finding that names the cause, the first one of the report (`AG201|AG208`); absent: there is none. */
  readonly code?: string
  /** What its message or evidence has to say. */
  readonly says?: RegExp
  /** The first hint with its command, on one line. */
  readonly hint?: RegExp
  /** A hint that may not be there at all: it would harm. */
  readonly never?: RegExp
  /**
   * How it ends: `printed` (default where it is blocked): the first command that changes something, run as printed;
   * `none`: nothing here is to be run, such as a wrong database; or what the first hint says, done by hand.
   */
  readonly cure?: 'none' | readonly Step[]
}

const column = `sa.Column('id', sa.Integer(), primary_key=True)`

/** `upgrade()` and `downgrade()` of one operation: `table users`, `column users.phone`, or Python as it is. */
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

/** The Python text of a migration; `spec`: `parents: operations`, the operations divided by `;`. */
export function migrationText(id: string, spec: string): string {
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

/** Where a file of {@link Files} lies, and its text. */
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

/** What `alembic merge` and `alembic revision` write from. */
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

/** The files of a project besides its migrations. */
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
