/** Tests migrations that import names from other files in the repository. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { findPython } from '../support/judge.ts'
import { missing } from '../support/postgres.ts'

const python = findPython() ?? missing('Alembic', 'no Python can import it')
const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-modules-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const envPy = `from alembic import context
from sqlalchemy import create_engine
with create_engine(context.config.get_main_option('sqlalchemy.url')).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`
const helpers = `import functools
import sqlalchemy as sa
from alembic import op
from .names import TABLE

def add_audit_columns(table, names=('created', 'updated')):
    for name in names:
        op.add_column(table, sa.Column(name, sa.DateTime(), nullable=True))

def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        print('running', function.__name__)
        return function(*args, **kwargs)
    return wrapper

def already_done(op, step):
    # The release before Alembic counted its steps.
    version = op.get_context().config.get_main_option('legacy_version')
    if version:
        return int(version) >= step
    return False

def make_id():
    import hashlib
    return hashlib.md5(b'b2').hexdigest()[:12]
`
const files = {
  'migrations/env.py': envPy,
  'cli.py': "CONTRACT_BRANCH = 'contract'\nFIRST = 'a1'\n",
  'app/__init__.py': '',
  'app/names.py': "TABLE = 'users'\n",
  'app/helpers.py': helpers,
  'migrations/versions/a1.py': `import cli
import sqlalchemy as sa
from alembic import op
from app import names
revision = cli.FIRST
down_revision = None
branch_labels = cli.CONTRACT_BRANCH
def upgrade():
    op.create_table(names.TABLE, sa.Column('id', sa.Integer()))
`,
}
const pending = `from cli import FIRST
from app.helpers import TABLE, add_audit_columns, logged
revision = 'b2'
down_revision = FIRST
@logged
def upgrade():
    add_audit_columns(TABLE)
`

interface Case {
  readonly b2: string
  readonly live?: string
  readonly env?: string
  /** Additional lines for alembic.ini. */
  readonly ini?: string
  /** Additional project files. */
  readonly more?: Readonly<Record<string, string>>
  /** Environment variables for the guard and for Alembic. */
  readonly variables?: Readonly<Record<string, string>>
  readonly exitCode: number
  readonly code: string | null
  readonly real: number
  /** True to pass the URL as --database-url instead of in a variable. */
  readonly typed?: true
}

async function judge(name: string, one: Case): Promise<Report> {
  const root = join(folder, name)
  const url = `sqlite:///${join(root, 'app.db')}`
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const [path, text] of Object.entries({ ...files, ...one.more })) write(path, text)
  write(
    'alembic.ini',
    `[alembic]\nscript_location = migrations\nprepend_sys_path = .\nsqlalchemy.url = ${url}\n${one.ini ?? ''}`,
  )
  const alembic = (...args: readonly string[]) =>
    spawnSync(python ?? '', ['-c', 'from alembic.config import main; main()', ...args], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ...one.variables },
    })
  expect(alembic('upgrade', 'head').stderr).not.toContain('Traceback')
  const database = new Database(join(root, 'app.db'))
  database.exec(one.live ?? '')
  database.close()
  write('migrations/versions/b2.py', one.b2)
  write('migrations/env.py', one.env ?? envPy)
  const context = quietContext(root, url)
  const env = { ...context.env, ...one.variables }
  const options = { format: 'json', ...(one.typed && { 'database-url': url }) }
  const { stdout } = await execute(check, options, { ...context, env: one.typed ? {} : env })
  const report: Report = JSON.parse(stdout)
  const { status, stderr } = alembic('upgrade', 'head')
  expect(status, stderr).toBe(one.real)
  expect(report.exitCode, stdout).toBe(one.exitCode)
  const errors = report.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)
  expect(errors).toEqual(one.code === null ? [] : [one.code])
  return report
}

describe.skipIf(python === null)('a project whose ids, labels and operations are in other files', () => {
  test('passes with a dry run', async () => {
    const report = await judge('sound', { b2: pending, exitCode: 0, code: null, real: 0 })
    expect(report.prediction?.tried).toMatchObject({ operations: 2, checked: 2, unchecked: [] })
  })

  test('is blocked if a helper adds an existing column, and the helper file is named', async () => {
    const live = 'ALTER TABLE users ADD COLUMN updated datetime'
    const report = await judge('doomed', { b2: pending, live, exitCode: 1, code: 'AG301', real: 1 })
    expect(report.findings[0]?.location).toMatchObject({ path: 'app/helpers.py', line: 8 })
  })

  test('is undetermined if an id can only be computed at run time', async () => {
    const b2 = pending.replace("revision = 'b2'", 'from app.helpers import make_id\nrevision = make_id()')
    const report = await judge('computed', { b2, exitCode: 3, code: null, real: 0 })
    expect(report.verdict).toBe('undetermined')
    expect(report.findings).toMatchObject([{ code: 'AG101', severity: 'warning', location: { line: 4 } }])
  })
})

describe.skipIf(python === null)(
  'a helper that ends the migration because of an option in alembic.ini',
  () => {
    const b2 = `from app.helpers import already_done, op, sa
revision = 'b2'
down_revision = 'a1'
def upgrade():
    if already_done(op, 2):
        return
    op.create_table('seats', sa.Column('id', sa.Integer()))
`
    const live = 'CREATE TABLE seats (id int)'
    const setsOption = "context.config.set_main_option('legacy_version', '2')\nwith create_engine"
    const env = envPy.replace('with create_engine', setsOption)

    test('passes if the option is missing', async () => {
      const report = await judge('option-missing', { b2, exitCode: 0, code: null, real: 0 })
      expect(report.prediction?.tried).toMatchObject({ operations: 1, checked: 1, unchecked: [] })
    })

    test('is blocked if the option is missing and the table exists', async () => {
      await judge('option-missing-doomed', { b2, live, exitCode: 1, code: 'AG301', real: 1 })
    })

    test('is blocked if the option is too low and the table exists', async () => {
      const ini = 'Legacy_Version = 1\n'
      await judge('option-low-doomed', { b2, live, ini, exitCode: 1, code: 'AG301', real: 1 })
    })

    test('passes without operations if the option is high enough', async () => {
      const ini = 'legacy_version = 2\n'
      const report = await judge('option-high', { b2, live, ini, exitCode: 0, code: null, real: 0 })
      expect(report.prediction?.tried).toMatchObject({ operations: 0, unchecked: [] })
    })

    test('is unchecked if env.py sets the option', async () => {
      const report = await judge('option-set', { b2, live, env, exitCode: 0, code: null, real: 0 })
      expect(report.prediction?.tried).toMatchObject({ operations: 1, checked: 0 })
    })
  },
)

describe.skipIf(python === null)('a migration that executes an SQL file of the repository', () => {
  const b2 = `import os
from pathlib import Path
from alembic import op
revision = 'b2'
down_revision = 'a1'
def upgrade():
    here = Path(__file__).resolve().parent
    with open(os.path.join(os.path.dirname(__file__), '..', 'schema.sql'), encoding='utf-8') as file:
        for statement in file.read().split(';\\n')[:-1]:
            if not statement.startswith('--'):
                op.execute(statement)
    op.execute((here.parents[0] / 'more.sql').read_text())
`
  const more = {
    'migrations/schema.sql': '-- Seats;\nCREATE TABLE seats (id int);\nCREATE TABLE halls (id int);\n-- End',
    'migrations/more.sql': 'ALTER TABLE halls ADD COLUMN name text',
  }

  test('passes with a dry run', async () => {
    const report = await judge('sql-file', { b2, more, exitCode: 0, code: null, real: 0 })
    expect(report.prediction?.tried).toMatchObject({ operations: 3, checked: 3, unchecked: [] })
  })

  test('is blocked if the file creates an existing table', async () => {
    const live = 'CREATE TABLE halls (id int)'
    await judge('sql-file-doomed', { b2, more, live, exitCode: 1, code: 'AG301', real: 1 })
  })
})

describe.skipIf(python === null)('a migration that reads an environment variable with a default', () => {
  const b2 = `import os
from app.helpers import op, sa
revision = 'b2'
down_revision = 'a1'
def upgrade():
    for index in range(int(os.getenv('GUARD_TEST_PARTS', 1))):
        op.create_table(f'seats{index}', sa.Column('id', sa.Integer()))
`
  const live = 'CREATE TABLE seats1 (id int)'

  test('passes if the variable is unset', async () => {
    const report = await judge('variable-unset', { b2, live, exitCode: 0, code: null, real: 0 })
    expect(report.prediction?.tried).toMatchObject({ operations: 1, checked: 1, unchecked: [] })
  })

  test('is blocked if the variable is unset and the table exists', async () => {
    const other = live.replace('seats1', 'seats0')
    await judge('variable-doomed', { b2, live: other, exitCode: 1, code: 'AG301', real: 1 })
  })

  test("is unchecked if the database's URL doesn't come from the environment", async () => {
    const report = await judge('variable-elsewhere', {
      b2,
      live,
      typed: true,
      exitCode: 0,
      code: null,
      real: 0,
    })
    expect(report.prediction?.tried).toMatchObject({ checked: 0 })
  })

  test('is unchecked if the variable is set', async () => {
    const variables = { GUARD_TEST_PARTS: '2' }
    const report = await judge('variable-set', { b2, live, variables, exitCode: 0, code: null, real: 1 })
    expect(report.prediction?.tried).toMatchObject({ checked: 0 })
  })
})

describe.skipIf(python === null)('a name in a submodule of a package that takes too many steps', () => {
  const b2 = `import shop.db.names
from alembic import op
import sqlalchemy as sa
revision = 'b2'
down_revision = 'a1'
def upgrade():
    op.create_table(shop.db.names.TABLE, sa.Column('id', sa.Integer()))
`
  const long = 'for a in range(1000):\n    for b in range(1000):\n        x = a\n'
  const own = { 'shop/db/__init__.py': '', 'shop/db/names.py': "TABLE = 'seats'\n" }
  const live = 'CREATE TABLE seats (id int)'

  test('is known', async () => {
    const more = { ...own, 'shop/__init__.py': long }
    await judge('submodule', { b2, live, more, exitCode: 1, code: 'AG301', real: 1 })
  })

  test('is unknown if the package replaces the submodule', async () => {
    const other = `${long}from .db import names\nclass db:\n    class names:\n        TABLE = 'halls'\n`
    const more = { ...own, 'shop/__init__.py': other }
    const report = await judge('replaced', { b2, live, more, exitCode: 0, code: null, real: 0 })
    expect(report.prediction?.tried).toMatchObject({ checked: 0 })
  })
})

describe.skipIf(python === null)('a class method that a model in another file inherits from a third', () => {
  const b2 = `from app.models import Seat
from sqlalchemy.orm import Session
from alembic import op
import sqlalchemy as sa
revision = 'b2'
down_revision = 'a1'
def upgrade():
    for seat in Seat.listed(Session(bind=op.get_bind())):
        print(seat)
    op.create_table('halls', sa.Column('id', sa.Integer()))
`
  const base = `from sqlalchemy.orm import declarative_base
class Wrapped:
    @classmethod
    def listed(cls, session):
        return session.query(cls).all()
Base = declarative_base(cls=Wrapped)
`
  const models = `import sqlalchemy as sa
from .base import Base
class Seat(Base):
    __tablename__ = 'seats'
    id = sa.Column(sa.Integer, primary_key=True)
`
  const more = { 'app/base.py': base, 'app/models.py': models }
  const live = 'CREATE TABLE seats (id integer PRIMARY KEY)'

  test('is followed', async () => {
    const report = await judge('inherited', { b2, live, more, exitCode: 0, code: null, real: 0 })
    expect(report.prediction?.tried).toMatchObject({ operations: 2, checked: 2, unchecked: [] })
  })

  test('blocks the release if it reads a missing table', async () => {
    await judge('inherited-missing', { b2, more, exitCode: 1, code: 'AG302', real: 1 })
  })

  test('blocks the release if a later operation must fail', async () => {
    const both = `${live};CREATE TABLE halls (id integer)`
    await judge('inherited-doomed', { b2, live: both, more, exitCode: 1, code: 'AG301', real: 1 })
  })

  test('is unchecked if a library may define it', async () => {
    const other = models.replace('(Base)', '(Any, Base)').replace('import', 'from logging import Filter as Any\nimport') // prettier-ignore
    const named = { ...more, 'app/models.py': other }
    const report = await judge('inherited-library', { b2, live, more: named, exitCode: 0, code: null, real: 0 }) // prettier-ignore
    expect(report.prediction?.tried).toMatchObject({ operations: 3, checked: 1 })
  })
})
