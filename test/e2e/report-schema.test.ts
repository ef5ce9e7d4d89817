/** Validates every kind of report against the published JSON schema. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { fallbackRule, rules } from '../../src/rules/index.ts'
import { hotel, migrationOf } from '../support/rehearse.ts'
import { release } from '../support/release.ts'
import { folderWith, guard, scaffold, threeMigrations } from '../support/guard.ts'

const schema = JSON.parse(
  readFileSync(new URL('../../dist/report.schema.json', import.meta.url), 'utf8'),
) as object
const valid = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema)

function expectValid(text: string): void {
  expect(valid(JSON.parse(text)), JSON.stringify(valid.errors)).toBe(true)
}

test.each([fallbackRule, ...rules].map((rule) => [rule.code, rule] as const))(
  'the report with %s',
  (_, rule) => {
    for (const example of [rule.examples.bad, rule.examples.good]) {
      const files: Record<string, string> = { ...scaffold, 'migrations/versions/__init__.py': '' }
      for (const [name, text] of Object.entries(example.files)) files[`migrations/versions/${name}`] = text
      const folder = folderWith(files)
      const database = new Database(join(folder, 'app.db'))
      if (example.versions) database.exec('CREATE TABLE alembic_version (version_num TEXT)')
      for (const row of example.versions ?? [])
        database.prepare('INSERT INTO alembic_version VALUES (?)').run(row)
      database.close()
      const args = ['check', '--format', 'json', '--target', example.target ?? 'head']
      expectValid(guard(folder, args, { DATABASE_URL: 'sqlite:///app.db' }).stdout)
    }
  },
)

test('reports of failed commands', () => {
  const folder = folderWith(threeMigrations)
  const json = ['check', '--format', 'json']
  expectValid(guard(folder, json).stdout)
  expectValid(guard(folder, [...json, '--timeout', 'soon']).stdout)
  expectValid(guard(folderWith({}), json).stdout)
  expectValid(guard(folder, json, { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x' }).stdout)
})

test('reports of rehearsals: one that succeeds, one that fails with leftovers', async () => {
  const left = {
    ...hotel,
    'migrations/versions/x.py': migrationOf('x', 'email_003', [
      "op.execute('CREATE TABLE IF NOT EXISTS x (id int)')",
    ]),
  }
  const broken = {
    ...hotel,
    'migrations/versions/x.py': migrationOf('x', 'email_003', [
      "sa.inspect(op.get_bind()).get_indexes('rooms')[7]",
    ]),
  }
  for (const [files, status] of [
    [hotel, 0],
    [left, 1],
    [broken, 1],
  ] as const) {
    const args = ['rehearse', '--from-base', '--cycle', '--check-models', '--format', 'json']
    const run = await release(folderWith(files), args, { DATABASE_URL: 'sqlite:///none.db' })
    expect(run.status).toBe(status)
    expect(Object.keys(JSON.parse(run.stdout) as object)).toContain('rehearsal')
    expectValid(run.stdout)
  }
})

test('the schema rejects other documents', () => {
  const folder = folderWith(threeMigrations)
  const report = JSON.parse(
    guard(folder, ['check', '--format', 'json'], { DATABASE_URL: 'sqlite:///none.db' }).stdout,
  ) as object
  expect(valid({ ...report, verdict: 'fine' })).toBe(false)
  expect(valid({ ...report, schemaVersion: 2 })).toBe(false)
})
