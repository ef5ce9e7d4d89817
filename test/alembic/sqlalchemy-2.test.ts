/** Tests calls that SQLAlchemy 2 rejects. SQLAlchemy 1.4 must issue a deprecation warning. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { findJudges } from '../support/judges.ts'
import { removedCalls, soundCalls } from '../support/removed-calls.ts'

const { folder, python } = await findJudges('sqlalchemy-2')

const version = spawnSync(python ?? '', ['-c', 'import sqlalchemy; print(sqlalchemy.__version__)'], {
  encoding: 'utf8',
}).stdout
const isSecond = version?.startsWith('2.') === true

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

/** Checks the migration in a project with these requirements. */
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

/** Returns real Alembic's stderr, or an empty string if the migration succeeds. */
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
  test.each(removedCalls.map((one) => [one.name, one] as const))(
    '%s',
    async (_, { fails, error, passes }) => {
      const refused = await ask(fails, 'SQLAlchemy==2.0.40\nalembic\n')
      const complaint = run(true)
      if (isSecond) expect(complaint).toMatch(error)
      else expect(complaint).toMatch(/RemovedIn20Warning/)
      expect(refused).toMatchObject({ verdict: 'blocked', findings: [{ code: 'AG100' }] })
      expect(JSON.stringify(refused.prediction?.error?.message).replaceAll('\\"', '"')).toMatch(error)

      // SQLAlchemy 1.4 accepts the call, so the guard must too.
      const old = await ask(fails, 'SQLAlchemy>=1.4,<2\nalembic\n')
      if (!isSecond) expect(run(false)).toBe('')
      expect(old).toMatchObject({ verdict: 'pass', findings: [] })
      expect(old.prediction?.tried?.calls ?? []).toEqual([])

      const open = await ask(fails, 'SQLAlchemy>=1.4\nalembic\n')
      expect(open).toMatchObject({ verdict: 'pass', findings: [] })
      expect(open.prediction?.tried?.calls?.[0]).toMatchObject({
        location: { path: 'versions/a1_x.py' },
        reason: 'SQLAlchemy 2, which the project may use, rejects this call',
      })

      const passed = await ask(passes, 'SQLAlchemy==2.0.40\nalembic\n')
      expect(run(true)).toBe('')
      expect(passed).toMatchObject({ verdict: 'pass', findings: [] })
    },
  )

  test.each(soundCalls)('no false alarm: %s', async (_, lines) => {
    const report = await ask(lines, 'SQLAlchemy==2.0.40\nalembic\n')
    expect(run(true)).toBe('')
    expect(report).toMatchObject({ verdict: 'pass', findings: [] })
  })
})
