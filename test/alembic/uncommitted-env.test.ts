/**
 * Tests an env.py that executes a statement before the migrations and never commits. Alembic reports success,
 * but saves nothing.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { type EnvCase, envOf } from '../support/env-cases.ts'
import { findJudges } from '../support/judges.ts'

const { folder, python, driver, server } = await findJudges('uncommitted')

const select = 'connection.execute(text("SELECT 1"))'
const future = ', future=True'
type Case = Pick<EnvCase, 'before' | 'made' | 'top'> & {
  readonly name: string
  readonly engine?: string
  readonly after?: string
  readonly configure?: string
  readonly pending?: string
  /** True unless the guard is sure that the version row will be lost. */
  readonly stays: boolean
  /** True if the guard doesn't detect that the version row will be lost. */
  readonly missed?: true
}

const cases: readonly Case[] = [
  { name: 'a query', before: [select], engine: future, stays: false },
  { name: 'two statements', before: [select, select], engine: future, stays: false },
  {
    name: 'a statement of the driver',
    before: ['connection.exec_driver_sql("SELECT 1")'],
    engine: future,
    stays: false,
  },
  { name: 'a scalar', before: ['connection.scalar(text("SELECT 1"))'], engine: future, stays: false },
  {
    name: 'one transaction per migration',
    before: [select],
    configure: ', transaction_per_migration=True',
    engine: future,
    stays: false,
  },
  {
    name: 'a commit of an earlier statement only',
    before: [select, 'connection.commit()', select],
    engine: future,
    stays: false,
  },
  { name: 'a commit', before: [select, 'connection.commit()'], engine: future, stays: true },
  { name: 'a rollback', before: [select, 'connection.rollback()'], engine: future, stays: true },
  { name: 'an engine of SQLAlchemy 1.4', before: [select], stays: true },
  {
    name: 'a connection of its own',
    before: ['with engine.connect() as other:', '    other.execute(text("SELECT 1"))'],
    engine: future,
    stays: true,
  },
  {
    name: 'autocommit',
    before: [`connection = connection.execution_options(isolation_level="AUTOCOMMIT")`, select],
    engine: future,
    stays: true,
  },
  {
    name: 'an engine in autocommit mode',
    before: [select],
    engine: `${future}, isolation_level="AUTOCOMMIT"`,
    stays: true,
  },
  {
    name: 'a commit after the statement',
    before: [select],
    after: 'connection.commit()',
    engine: future,
    stays: true,
  },
  {
    name: 'a migration that commits',
    before: [select],
    pending: 'op.get_bind().commit()',
    engine: future,
    stays: false,
    missed: true,
  },
  {
    name: 'a listener that may commit',
    made: ['@event.listens_for(engine, "begin")', 'def on_begin(connection):', '    pass'],
    before: [select],
    engine: future,
    stays: false,
    missed: true,
  },
  {
    name: 'a condition',
    before: [`if len(str(engine.url)) > 1:`, `    ${select}`],
    engine: future,
    stays: false,
    missed: true,
  },
]

function migration(id: string, parent: string | null, body: string): string {
  const down = parent === null ? 'None' : `'${parent}'`
  return `import sqlalchemy as sa\nfrom alembic import op\nrevision = '${id}'\ndown_revision = ${down}\ndef upgrade():\n    ${body}\n`
}

async function judge(one: Case, at: string, url: string): Promise<{ report: Report; rows: string }> {
  const root = join(folder, at)
  mkdirSync(join(root, 'migrations', 'versions'), { recursive: true })
  const write = (path: string, text: string): void => writeFileSync(join(root, path), text)
  const ask = (target: string) =>
    driver.ask({
      root: join(root, 'migrations'),
      url: url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:'),
      upgrade: [target],
    })
  write('alembic.ini', '[alembic]\nscript_location = migrations\n')
  write('migrations/versions/a1.py', migration('a1', null, 'pass'))
  write('migrations/env.py', envOf({ name: '', pending: [], code: null }))
  expect((await ask('a1')).error).toBeNull()
  const env = envOf({ ...one, pending: [], code: null }).replace(
    / +if hasattr\(connection, "commit"\):\n +connection\.commit\(\)\n/,
    '',
  )
  const after =
    one.after === undefined
      ? env
      : env.replace(
          /(context\.run_migrations\(\)\n)(?![^]*context\.run_migrations)/,
          `$1        ${one.after}\n`,
        )
  write('migrations/env.py', after)
  const create = 'op.create_table("seats", sa.Column("id", sa.Integer))'
  write(
    'migrations/versions/b2.py',
    migration('b2', 'a1', one.pending === undefined ? create : `${create}\n    ${one.pending}`),
  )
  const { stdout } = await execute(check, { format: 'json', target: 'heads' }, quietContext(root, url))
  const report: Report = JSON.parse(stdout)
  const { error } = await ask('heads')
  expect(error).toBeNull()
  const { stdout: later } = await execute(check, { format: 'json', target: 'heads' }, quietContext(root, url))
  const now: Report = JSON.parse(later)
  return { report, rows: now.database?.versions.join() ?? '' }
}

describe.each(['postgresql', 'sqlite'] as const)('on %s, env.py with', (dialect) => {
  const missing = dialect === 'sqlite' ? python === null : server === null
  test.skipIf(missing).each(cases.map((one, at) => [one.name, one, at] as const))(
    '%s',
    async (_, one, at) => {
      const database = dialect === 'postgresql' ? await server?.createDatabase() : null
      const place = `${dialect}-${at}`
      try {
        const { report, rows } = await judge(
          one,
          place,
          database?.url ?? `sqlite:///${join(folder, `${place}.db`)}`,
        )
        expect(rows).toBe(one.stays ? 'b2' : 'a1')
        const errors = report.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)
        expect(errors).toEqual(one.stays || one.missed ? [] : ['AG100'])
        expect(report.exitCode).toBe(errors.length > 0 ? 1 : 0)
      } finally {
        await database?.drop()
      }
    },
  )
})
