/**
 * Calls that SQLAlchemy 1.4 accepts and SQLAlchemy 2 rejects, in migrations that real Alembic runs. If SQLAlchemy 1.4
 * is installed, its deprecation warning shows that SQLAlchemy 2 rejects the call. If SQLAlchemy 2 is installed, the
 * exception shows it.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { findJudges } from '../support/judges.ts'

const { folder, python } = await findJudges('sqlalchemy-2')

const version = spawnSync(python ?? '', ['-c', 'import sqlalchemy; print(sqlalchemy.__version__)'], {
  encoding: 'utf8',
}).stdout
const isSecond = version?.startsWith('2.') === true

interface Case {
  readonly name: string
  /** Lines of `upgrade()`, after `bind = op.get_bind()` and a table `t`. */
  readonly fails: readonly string[]
  readonly error: RegExp
  readonly passes: readonly string[]
}

const notExecutable = /Not an executable object: 'SELECT 1'/
const session = 'from sqlalchemy.orm import Session; session = Session(bind=bind)'

const cases: readonly Case[] = [
  {
    name: 'a string as a statement',
    fails: ['bind.execute("SELECT 1")'],
    error: notExecutable,
    passes: [
      'bind.execute(sa.text("SELECT 1"))',
      'op.execute("SELECT 1")',
      'bind.exec_driver_sql("SELECT 1")',
    ],
  },
  {
    name: 'a string in a variable, in a function',
    fails: ['query = "SELECT 1"', 'def run(connection): return connection.scalar(query)', 'run(bind)'],
    error: notExecutable,
    passes: [
      'query = sa.text("SELECT 1")',
      'def run(connection): return connection.scalar(query)',
      'run(bind)',
    ],
  },
  {
    name: 'an f-string',
    fails: ['for name in ("a", "b"):', '    op.get_bind().execute(f"SELECT {name} FROM t")'],
    error: /Not an executable object: /,
    passes: ['for name in ("a", "b"):', '    op.get_bind().execute(sa.text(f"SELECT {name} FROM t"))'],
  },
  {
    name: "the context's connection",
    fails: ['op.get_context().bind.execute("SELECT 1")'],
    error: notExecutable,
    passes: ['op.get_context().bind.execute(sa.text("SELECT 1"))'],
  },
  {
    name: 'a string, in a session',
    fails: [session, 'session.execute("SELECT 1")'],
    error: /Textual SQL expression 'SELECT 1' should be explicitly declared as text\('SELECT 1'\)/,
    passes: [
      session,
      'session.execute(sa.text("SELECT 1"))',
      'session.connection().execute(sa.text("SELECT 1"))',
    ],
  },
  {
    name: "a string, in a session's connection",
    fails: [session, 'session.connection().execute("SELECT 1")'],
    error: notExecutable,
    passes: [session, 'session.connection().execution_options().execute(sa.text("SELECT 1"))'],
  },
  {
    name: 'a list of columns',
    fails: ['bind.execute(sa.select([t.c.a]))'],
    error: /Column expression, FROM clause, or other columns clause element expected, got \[.*\]/,
    passes: ['bind.execute(sa.select(t.c.a))', 'columns = [t.c.a]', 'bind.execute(sa.select(*columns))'],
  },
  {
    name: 'a list of conditions',
    fails: ['from sqlalchemy.sql import case', 'case([(t.c.a == 1, 2)], else_=3)'],
    error:
      /The "whens" argument to case\(\), when referring to a sequence of items, is now passed as a series/,
    passes: [
      'from sqlalchemy.sql import case',
      'case((t.c.a == 1, 2), else_=3)',
      'case({1: 2}, value=t.c.a)',
    ],
  },
  {
    name: 'parameters as keywords',
    fails: ['bind.execute(sa.text("SELECT :a"), a=1)'],
    error: /Connection\.execute\(\) got an unexpected keyword argument 'a'/,
    passes: [
      'bind.execute(sa.text("SELECT :a"), {"a": 1})',
      'bind.execute(sa.text("SELECT :a").bindparams(a=1))',
    ],
  },
  {
    name: 'MetaData(bind=…)',
    fails: ['sa.MetaData(bind=bind)'],
    error: /MetaData\.__init__\(\) got an unexpected keyword argument 'bind'/,
    passes: ['sa.MetaData().reflect(bind)', 'sa.MetaData(schema="main")'],
  },
  {
    name: 'MetaData(connection)',
    fails: ['sa.MetaData(bind)'],
    error: /expected schema argument to be a string, got <class 'sqlalchemy\.engine\.base\.Connection'>\./,
    passes: ['sa.MetaData()'],
  },
  {
    name: 'Table(autoload=True)',
    fails: ['sa.Table("t", sa.MetaData(), autoload=True, autoload_with=bind)'],
    error: /Additional arguments should be named <dialectname>_<argument>, got 'autoload'/,
    passes: ['sa.Table("t", sa.MetaData(), autoload_with=bind)'],
  },
  {
    name: 'the execute method of an engine',
    fails: ['bind.engine.execute("SELECT 1")'],
    error: /'Engine' object has no attribute 'execute'/,
    passes: ['with bind.engine.connect() as other:', '    other.execute(sa.text("SELECT 1"))'],
  },
  {
    name: 'a condition of update()',
    fails: ['bind.execute(t.update(t.c.a == 1).values(a=2))'],
    error: /TableClause\.update\(\) takes 1 positional argument but 2 were given/,
    passes: ['bind.execute(t.update().where(t.c.a == 1).values(a=2))'],
  },
  {
    name: 'a condition of select()',
    fails: ['bind.execute(t.select(t.c.a == 1))'],
    error: /FromClause\.select\(\) takes 1 positional argument but 2 were given/,
    passes: ['bind.execute(t.select().where(t.c.a == 1))', 'conditions = []', 't.select(*conditions)'],
  },
  {
    name: 'a condition of the function delete()',
    fails: ['bind.execute(sa.delete(t, t.c.a == 1))'],
    error: /delete\(\) takes 1 positional argument but 2 were given/,
    passes: ['bind.execute(sa.delete(t).where(t.c.a == 1))'],
  },
]

/**
 * SQLAlchemy 2 accepts these migrations: the call doesn't run, goes to the driver, or raises an exception that is
 * handled.
 */
const sound: readonly (readonly [string, readonly string[]])[] = [
  ['in a try', ['try:', '    bind.execute("SELECT 1")', 'except Exception:', '    pass']],
  ['under a condition', ['if bind.dialect.name == "mysql":', '    bind.execute("SELECT 1")']],
  ['in a function that is not called', ['def run(): bind.execute("SELECT 1")']],
  ["with the driver's own cursor", ['bind.connection.cursor().execute("SELECT 1")']],
  ["with the driver's own connection", ['bind.connection.execute("SELECT 1")']],
]

const env = `
import os
import warnings
import sqlalchemy as sa
from alembic import context
if sa.__version__ < "2" and "STRICT" in os.environ:
    warnings.simplefilter("error", sa.exc.RemovedIn20Warning)
with sa.create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`

const root = join(folder, 'project')
const url = `sqlite:///${join(folder, 'app.db')}`

/** Asks the guard about the migration, with the given requirements. */
async function ask(lines: readonly string[], requirements: string): Promise<Report> {
  const body = ['bind = op.get_bind()', 't = sa.table("t", sa.column("a"), sa.column("b"))', ...lines]
  rmSync(join(folder, 'app.db'), { force: true })
  rmSync(root, { recursive: true, force: true })
  mkdirSync(join(root, 'versions'), { recursive: true })
  writeFileSync(join(root, 'alembic.ini'), '[alembic]\nscript_location = .\n')
  writeFileSync(join(root, 'env.py'), env)
  writeFileSync(join(root, 'requirements.txt'), requirements)
  const head = [
    'from alembic import op',
    'import sqlalchemy as sa',
    "revision = 'a1'",
    'down_revision = None',
  ]
  const create = "op.create_table('t', sa.Column('a', sa.Integer()), sa.Column('b', sa.Integer()))"
  const upgrade = ['def upgrade():', ...[create, ...body].map((line) => `    ${line}`)]
  writeFileSync(join(root, 'versions', 'a1_x.py'), `${[...head, ...upgrade].join('\n')}\n`)
  const { stdout } = await execute(check, { format: 'json' }, quietContext(root, url))
  return JSON.parse(stdout)
}

/** Runs the migration with real Alembic. Returns stderr if the migration fails, or an empty string if it succeeds. */
function run(isStrict: boolean): string {
  rmSync(join(folder, 'app.db'), { force: true })
  const strict = isStrict ? { STRICT: '1', SQLALCHEMY_WARN_20: '1' } : {}
  const { status, stderr } = spawnSync(python ?? '', ['-m', 'alembic', 'upgrade', 'head'], {
    cwd: root,
    env: { PATH: process.env['PATH'], DATABASE_URL: url, PYTHONDONTWRITEBYTECODE: '1', ...strict },
    encoding: 'utf8',
  })
  return status === 0 ? '' : stderr
}

describe.skipIf(python === null)('a call that SQLAlchemy 2 rejects', () => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, { fails, error, passes }) => {
    const refused = await ask(fails, 'SQLAlchemy==2.0.40\nalembic\n')
    const complaint = run(true)
    if (isSecond) expect(complaint).toMatch(error)
    else expect(complaint).toMatch(/RemovedIn20Warning/)
    expect(refused).toMatchObject({ verdict: 'blocked', findings: [{ code: 'AG100' }] })
    expect(JSON.stringify(refused.prediction?.error?.message).replaceAll('\\"', '"')).toMatch(error)

    // SQLAlchemy 1.4 accepts the call.
    const old = await ask(fails, 'SQLAlchemy>=1.4,<2\nalembic\n')
    if (!isSecond) expect(run(false)).toBe('')
    expect(old).toMatchObject({ verdict: 'pass', findings: [] })
    expect(old.prediction?.tried?.calls ?? []).toEqual([])

    const open = await ask(fails, 'SQLAlchemy>=1.4\nalembic\n')
    expect(open).toMatchObject({ verdict: 'pass', findings: [] })
    expect(open.prediction?.tried?.calls?.[0]).toMatchObject({
      location: { path: 'versions/a1_x.py' },
      reason: 'SQLAlchemy 2 rejects this call, and the project may use SQLAlchemy 2',
    })

    const passed = await ask(passes, 'SQLAlchemy==2.0.40\nalembic\n')
    expect(run(true)).toBe('')
    expect(passed).toMatchObject({ verdict: 'pass', findings: [] })
  })

  test.each(sound)('no false alarm: %s', async (_, lines) => {
    const report = await ask(lines, 'SQLAlchemy==2.0.40\nalembic\n')
    expect(run(true)).toBe('')
    expect(report).toMatchObject({ verdict: 'pass', findings: [] })
  })
})
