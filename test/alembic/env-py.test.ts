/**
 * Tests code that env.py runs before the migrations. The guard must either know the code's effect or report the
 * code.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { type EnvCase, envCases, envOf } from '../support/env-cases.ts'
import { findJudges } from '../support/judges.ts'

const { folder, python, driver, server } = await findJudges('env')
const role = `env_${process.pid}`

function migration(id: string, parent: string | null, body: readonly string[]): string {
  const down = parent === null ? 'None' : `'${parent}'`
  const lines = body.map((line) => `    ${line}\n`).join('')
  return `import sqlalchemy as sa\nfrom alembic import op\nrevision = '${id}'\ndown_revision = ${down}\ndef upgrade():\n${lines}`
}

async function judge(one: EnvCase, at: number): Promise<{ report: Report; raised: string | null }> {
  if (!server) throw new TypeError('no server')
  const database = await server.createDatabase()
  const own = `${role}_${at}`
  const roles = (text: string): string =>
    text
      .replaceAll('ROLE_owner', `${own}_owner`)
      .replaceAll(/(CREATE ROLE |TO |username=")ROLE\b/g, `$1${own}`)
  try {
    const root = join(folder, String(at))
    mkdirSync(join(root, 'migrations', 'versions'), { recursive: true })
    const write = (path: string, text: string): void => writeFileSync(join(root, path), text)
    write('alembic.ini', '[alembic]\nscript_location = migrations\n')
    write('migrations/env.py', roles(envOf(one)))
    write('migrations/versions/a1.py', migration('a1', null, ['pass']))
    for (const [path, text] of Object.entries(one.files ?? {})) write(path, text)
    if (one.setup) await database.execute(roles(one.setup))
    const url = one.asRole ? database.url.replace(/\/\/(?:[^@/]*@)?/, `//${own}@`) : database.url
    const upgrade = async (target: string): Promise<string | null> => {
      const real = database.url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')
      const { error } = await driver.ask({ root: join(root, 'migrations'), url: real, upgrade: [target] })
      return error
    }
    expect(await upgrade('a1')).toBeNull()
    if (one.live) await database.execute(roles(one.live))
    write('migrations/versions/b2.py', migration(one.id ?? 'b2', 'a1', one.pending))
    const { stdout } = await execute(check, { format: 'json', target: 'heads' }, quietContext(root, url))
    const report: Report = JSON.parse(stdout)
    return { report, raised: await upgrade('heads') }
  } finally {
    if (one.asRole)
      await database.execute(`DROP OWNED BY ${own}, ${own}_owner CASCADE; DROP ROLE ${own}, ${own}_owner`)
    await database.drop()
  }
}

describe.skipIf(server === null)('env.py with', () => {
  test.each(envCases.map((one, at) => [one.name, one, at] as const))('%s', async (_, one, at) => {
    const { report, raised } = await judge(one, at)
    const errors = report.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)
    expect(raised === null, raised ?? '').toBe(one.code === null)
    expect(errors, report.remarks.join('\n')).toEqual(one.code === null || one.missed ? [] : [one.code])
    expect(report.exitCode).toBe(errors.length > 0 ? 1 : 0)
    if (one.says) expect(report.remarks.join('\n')).toMatch(one.says)
    else if (one.code === null) {
      const tried = report.prediction?.tried
      expect(report.remarks).toEqual([])
      if (one.id === undefined) expect(tried).toMatchObject({ unchecked: [] })
    }
  })
})

/** Common event handlers and PRAGMA statements for SQLite. */
const sqlite = {
  made: [
    '@event.listens_for(engine, "connect")',
    'def on_connect(dbapi_connection, record):',
    '    cursor = dbapi_connection.cursor()',
    '    cursor.execute("PRAGMA foreign_keys=ON")',
    '    cursor.close()',
  ],
  before: [
    'if connection.dialect.name == "postgresql":',
    '    connection.execute(text("SET search_path TO app"))',
    'connection.execute(text("PRAGMA foreign_keys=OFF"))',
  ],
  configure: ', render_as_batch=True',
}

describe.skipIf(python === null)('env.py on SQLite with', () => {
  test.each([
    ['pragmas, and an existing table', 'op.create_table("seats", sa.Column("id", sa.Integer))', 'AG301'],
    ['pragmas, and a valid release', 'op.create_table("chairs", sa.Column("id", sa.Integer))', null],
  ])('%s', async (name, pending, code) => {
    const root = join(folder, code ?? 'sound')
    mkdirSync(join(root, 'migrations', 'versions'), { recursive: true })
    const write = (path: string, text: string): void => writeFileSync(join(root, path), text)
    write('alembic.ini', '[alembic]\nscript_location = migrations\n')
    write('migrations/env.py', envOf({ ...sqlite, name, pending: [], code }))
    write('migrations/versions/a1.py', migration('a1', null, ['op.execute("CREATE TABLE seats (id int)")']))
    const url = `sqlite:///${join(root, 'app.db')}`
    const upgrade = (target: string) => driver.ask({ root: join(root, 'migrations'), url, upgrade: [target] })
    expect((await upgrade('a1')).error).toBeNull()
    write('migrations/versions/b2.py', migration('b2', 'a1', [pending]))
    const { stdout } = await execute(check, { format: 'json', target: 'heads' }, quietContext(root, url))
    const report: Report = JSON.parse(stdout)
    const errors = report.findings.filter(({ severity }) => severity === 'error')
    expect(errors.map((finding) => finding.code)).toEqual(code === null ? [] : [code])
    expect(report.remarks).toEqual([])
    expect((await upgrade('heads')).error === null).toBe(code === null)
    if (code === null) expect(report.prediction?.tried).toMatchObject({ checked: 1, unchecked: [] })
  })
})
