/** Tests Alembic's multidb template. Alembic migrates both databases, but the dry run covers only one. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { findPython } from '../support/judge.ts'
import { missing } from '../support/postgres.ts'

const python = findPython() ?? missing('Alembic', 'no Python can import it')
const root = mkdtempSync(join(tmpdir(), 'alembic-guard-multidb-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function alembic(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    python ?? '',
    ['-c', 'from alembic.config import main; main()', ...args],
    { cwd: root, encoding: 'utf8' },
  )
  return { status, text: `${stdout}${stderr}` }
}

const urlOf = (name: string): string => `sqlite:///${join(root, name)}`

function sql(name: string, statements: string): void {
  const database = new Database(join(root, name))
  database.exec(statements)
  database.close()
}

const dispatcher = 'def upgrade(engine_name):\n    globals()["upgrade_%s" % engine_name]()\n'

function migrate(id: string, parent: string | null, one: string, two: string): void {
  const down = parent === null ? 'None' : `'${parent}'`
  writeFileSync(
    join(root, 'migrations/versions', `${id}.py`),
    `from alembic import op\nimport sqlalchemy as sa\nrevision = '${id}'\ndown_revision = ${down}\n${dispatcher}def upgrade_engine1():\n    ${one}\ndef upgrade_engine2():\n    ${two}\n`,
  )
}

async function ask(name: string): Promise<Report> {
  const { stdout } = await execute(check, { format: 'json' }, quietContext(root, urlOf(name)))
  const report: Report = JSON.parse(stdout)
  return report
}

const codes = (report: Report): readonly string[] =>
  report.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)

describe.skipIf(python === null)('a multidb project', () => {
  test('is checked for whichever database the URL selects', async () => {
    expect(alembic('init', '-t', 'multidb', 'migrations').status).toBe(0)
    const ini = join(root, 'alembic.ini')
    let count = 0
    const text = readFileSync(ini, 'utf8').replaceAll(
      /^sqlalchemy\.url *=.*$/gm,
      () => `sqlalchemy.url = ${urlOf(`${++count}.db`)}`,
    )
    writeFileSync(ini, text)
    expect(count).toBe(2)
    migrate('a1', null, 'pass', 'pass')
    expect(alembic('upgrade', 'head')).toMatchObject({ status: 0 })
    const make = (table: string): string => `op.create_table('${table}', sa.Column('id', sa.Integer))`
    migrate('b2', 'a1', make('seats'), make('rooms'))
    // A table in the other database doesn't matter.
    sql('1.db', 'CREATE TABLE rooms (id int)')
    for (const name of ['1.db', '2.db']) {
      const sound = await ask(name)
      expect(codes(sound)).toEqual([])
      expect(sound.exitCode).toBe(0)
      expect(sound.prediction?.tried).toMatchObject({ operations: 1, checked: 1, unchecked: [] })
    }
    expect((await ask('1.db')).remarks.join()).toContain(
      'env.py migrates 2 databases, and this URL is for engine1; check engine2 with its own URL',
    )
    sql('2.db', 'CREATE TABLE rooms (id int)')
    expect(codes(await ask('1.db'))).toEqual([])
    expect(codes(await ask('2.db'))).toEqual(['AG301'])
    expect(alembic('upgrade', 'head')).toMatchObject({
      status: 1,
      text: expect.stringContaining('table rooms already exists'),
    })
    sql('2.db', 'DROP TABLE rooms')
    // alembic.ini doesn't contain 3.db's URL, so the guard can't tell which functions run.
    sql('3.db', 'CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)')
    expect((await ask('3.db')).prediction?.tried).toMatchObject({ checked: 0 })
  })
})
