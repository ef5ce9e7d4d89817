/** Tests `lint` the way users run it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { gitProject } from '../support/git-project.ts'
import { folderWith, guard, scaffold, threeMigrations } from '../support/guard.ts'
import { findPostgres } from '../support/postgres.ts'

const server = await findPostgres()

function file(
  id: string,
  parent: string | null,
  up: readonly string[],
  down: readonly string[] = ['pass'],
): string {
  const body = (lines: readonly string[]): string => lines.map((line) => `    ${line}\n`).join('')
  return `"""${id}"""
import sqlalchemy as sa
from alembic import op

revision = '${id}'
down_revision = ${parent === null ? 'None' : `'${parent}'`}


def upgrade():
${body(up)}

def downgrade():
${body(down)}`
}

const parameters = file('d4', 'reservations_003', [`op.execute(sa.text("SELECT :name"), {'name': 'a'})`])
const path = 'migrations/versions/d4.py'

test('a finding shows its line with a caret, and an error exits with 1', () => {
  const folder = folderWith({ ...threeMigrations, [path]: parameters })
  const { stdout, status } = guard(folder, ['lint', path])
  expect(stdout.replace(/guard \d\S*/, 'guard')).toBe(`-----> alembic-guard   lint
       linted 1 migration
ERROR: execute positional parameters  [AG402]
       migrations/versions/d4.py:10:5
       10 | op.execute(sa.text("SELECT :name"), {'name': 'a'})
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       op.execute takes one positional argument, the statement, but got 2. The
       upgrade fails with TypeError: execute() takes 2 positional arguments but
       3 were given
hint: Bind the values to the statement: sa.text("...
      :name").bindparams(name=value).
      --fix can fix this
      See https://OWNER.github.io/alembic-guard/AG402

ERROR: 1 error
`)
  expect(status).toBe(1)
})

test('warnings and notes exit with 0, and with 1 under --strict', () => {
  const empty = file('d4', 'reservations_003', ["op.create_table('d', sa.Column('id', sa.Integer()))"])
  const folder = folderWith({ ...threeMigrations, [path]: empty })
  const loose = guard(folder, ['lint', path])
  expect(loose.stdout).toContain('WARNING: no way back  [AG410]')
  expect(loose.stdout).toContain('SUCCESS: 1 warning')
  expect([loose.status, guard(folder, ['lint', path, '--strict']).status]).toEqual([0, 1])
})

test('without git, every migration is checked, and the output says so', () => {
  const { stdout, status } = guard(folderWith(threeMigrations), ['lint'])
  expect(stdout).toContain('linted all 3 migrations')
  expect(stdout).toContain('Not a git repository: linted all migrations.')
  expect(status).toBe(0)
})

describe('in a git repository', () => {
  const added = file('d4', 'reservations_002', [`op.execute(sa.text("SELECT :name"), {'name': 'a'})`])

  test('checks what is new on this branch, committed or not', () => {
    const project = gitProject()
    project.git('checkout', '-q', '-b', 'topic')
    project.write(path, added)
    expect(guard(project.folder, ['lint']).stdout).toContain('1 migration new or changed since main')
    project.commit('More')
    const { stdout, status } = guard(project.folder, ['lint'])
    expect(stdout).toContain('1 migration new or changed since main')
    expect(status).toBe(1)
    expect(guard(project.folder, ['lint', '--since', 'HEAD']).status).toBe(0)
    expect(guard(project.folder, ['lint', '--last', '1']).status).toBe(1)
    expect(guard(project.folder, ['lint', '--all']).stdout).toContain('all 3 migrations')
  })

  test('finds nothing new on the main branch, and says how to check other migrations', () => {
    const { stdout, status } = guard(gitProject().folder, ['lint'])
    expect(stdout).toContain('0 migrations new or changed')
    expect(stdout).toContain('use --since COMMIT, --last N or --all')
    expect(status).toBe(0)
  })

  test("doesn't pass if there is no main branch to compare with", () => {
    const project = gitProject()
    project.git('branch', '-M', 'trunk')
    const { stdout, status } = guard(project.folder, ['lint'])
    expect(stdout).toContain("can't determine which migrations are new")
    expect(status).toBe(3)
  })
})

describe('ignoring findings', () => {
  const statement = `op.execute(sa.text("SELECT :name"), {'name': 'a'})`
  const linted = (lines: readonly string[], options: Readonly<Record<string, string>> = {}) =>
    guard(folderWith({ ...threeMigrations, ...options, [path]: file('d4', 'reservations_003', lines) }), [
      'lint',
      path,
    ])

  test('a comment with a reason ignores findings on its own line or the next one', () => {
    for (const lines of [
      ['# alembic-guard: ignore AG402 because our fork of Alembic takes them', statement],
      [`${statement}  # alembic-guard: ignore AG402 because our fork of Alembic takes them`],
    ]) {
      const { stdout, status } = linted(lines)
      expect(stdout.replace(/\s+/g, ' ')).toContain(
        'ignored: AG402 execute-positional-parameters at migrations/versions/d4.py',
      )
      expect(stdout.replace(/\s+/g, ' ')).toContain('our fork of Alembic takes them')
      expect(status).toBe(0)
    }
  })

  test('a comment without a reason ignores nothing and is itself reported', () => {
    const { stdout, status } = linted(['# alembic-guard: ignore AG402', statement])
    expect(stdout).toContain('[AG400]')
    expect(stdout).toContain('[AG402]')
    expect(status).toBe(1)
  })

  test('a comment further away ignores nothing', () => {
    expect(linted([statement, '# alembic-guard: ignore AG402 because', statement]).status).toBe(1)
  })

  test('pyproject.toml ignores findings with a reason; without one, it is a usage error', () => {
    const entry = (text: string) => ({ 'pyproject.toml': `[tool.alembic-guard.lint]\nignore = [${text}]\n` })
    expect(linted([statement], entry('{ code = "AG402", reason = "a fork" }')).status).toBe(0)
    const bare = linted([statement], entry('"AG402"'))
    expect([bare.status, bare.stdout.includes('reason')]).toEqual([2, true])
  })
})

test('--fix changes the file, shows the diff and checks again', () => {
  const folder = folderWith({ ...threeMigrations, [path]: parameters.replaceAll('\n', '\r\n') })
  const { stdout, status } = guard(folder, ['lint', path, '--fix'])
  expect(stdout).toContain(`+    op.execute(sa.text("SELECT :name").bindparams(name='a'))`)
  expect(stdout).toContain('Fixed 1 finding in 1 file.')
  expect(status).toBe(0)
  const after = readFileSync(join(folder, path), 'utf8')
  expect(after).toBe(
    parameters
      .replace(`sa.text("SELECT :name"), {'name': 'a'}`, `sa.text("SELECT :name").bindparams(name='a')`)
      .replaceAll('\n', '\r\n'),
  )
})

test("doesn't check placeholders", () => {
  const placeholder = `"""Stands in for a lost revision"""
revision = 'd4'
down_revision = 'reservations_003'


def upgrade(*args, **kwargs):
    pass


def downgrade(*args, **kwargs):
    pass
`
  const folder = folderWith({ ...threeMigrations, [path]: placeholder })
  expect(guard(folder, ['lint', path, '--strict']).stdout).toContain('SUCCESS: nothing found')
})

test("a selection that can't be satisfied is a usage error", () => {
  const folder = folderWith(threeMigrations)
  expect(guard(folder, ['lint', 'migrations/nothing.py']).status).toBe(2)
  expect(guard(folder, ['lint', '--rule', 'AG999']).status).toBe(2)
  expect(guard(folder, ['lint', '--all', '--last', '2']).status).toBe(2)
  expect(guard(folder, ['lint', '--last', '0']).status).toBe(2)
  expect(guard(folder, ['lint', '--since', 'HEAD']).status).toBe(2)
  expect(guard(folder, ['lint', '--pending']).status).toBe(3)
})

test("a file that doesn't parse fails, whatever is being checked", () => {
  const folder = folderWith({ ...scaffold, 'migrations/versions/a.py': 'def upgrade(:\n' })
  const { stdout, status } = guard(folder, ['lint'])
  expect(stdout).toContain('[AG101]')
  expect(status).toBe(1)
})

test('the JSON report is valid against the schema', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../dist/report.schema.json', import.meta.url), 'utf8'),
  ) as object
  const valid = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema)
  const folder = folderWith({ ...threeMigrations, [path]: parameters })
  const report: unknown = JSON.parse(guard(folder, ['lint', '--all', '--format', 'json']).stdout)
  expect(valid(report), JSON.stringify(valid.errors)).toBe(true)
  expect(report).toMatchObject({
    command: 'lint',
    findings: [{ code: 'AG402', fixable: true, end: { line: 10 }, location: { path, line: 10, column: 5 } }],
  })
})

test.skipIf(!server)("--pending checks what the database hasn't run, with its table sizes", async () => {
  const database = await server?.createDatabase(
    `CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
     INSERT INTO alembic_version VALUES ('reservations_003');
     CREATE TABLE base_001 (id integer PRIMARY KEY, name text);
     INSERT INTO base_001 SELECT i, 'x' FROM generate_series(1, 50000) i;
     CREATE TABLE add_email_002 (id integer PRIMARY KEY, name text);
     ANALYZE;`,
  )
  const index = (table: string): string => `op.create_index('ix_${table}', '${table}', ['name'])`
  const folder = folderWith({
    ...threeMigrations,
    [path]: file(
      'd4',
      'reservations_003',
      [index('base_001'), index('add_email_002')],
      ["op.drop_index('ix_base_001', 'base_001')", "op.drop_index('ix_add_email_002', 'add_email_002')"],
    ),
  })
  const { stdout, status } = guard(folder, ['lint', '--pending'], { DATABASE_URL: database?.url ?? '' })
  await database?.drop()
  expect(stdout).toContain('linted 1 pending migration')
  expect(stdout).toMatch(/base_001 has\s+about 50,000 rows/)
  expect(stdout).not.toContain('add_email_002 has')
  expect(status).toBe(1)
})

test.skipIf(!server)('preflight checks the pending migrations, and a lint error blocks', async () => {
  const database = await server?.createDatabase()
  const folder = folderWith({ ...threeMigrations, [path]: parameters })
  const env = { DATABASE_URL: database?.url ?? '' }
  const blocked = guard(folder, ['preflight'], env)
  const json = guard(folder, ['preflight', '--format', 'json'], env)
  await database?.drop()
  expect(blocked.stdout).toContain('[AG402]')
  expect(blocked.stdout).toContain(`10 | op.execute(sa.text("SELECT :name"), {'name': 'a'})`)
  expect(blocked.stdout.replaceAll(/\s+/g, ' ')).toContain('the source code of the pending migrations')
  expect(blocked.status).toBe(1)
  expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'blocked', exitCode: 1 })
})

describe('the whole history', () => {
  test('two heads block, whichever files are checked', () => {
    const second = file('e5', 'add_email_002', ['pass'])
    const folder = folderWith({ ...threeMigrations, 'migrations/versions/e5.py': second })
    const { stdout, status } = guard(folder, ['lint', '--last', '1'])
    expect(stdout).toContain('[AG105]')
    expect(status).toBe(1)
  })

  test("a project without migrations doesn't pass", () => {
    const folder = folderWith({ ...scaffold, 'migrations/versions/.keep': '' })
    const { stdout, status } = guard(folder, ['lint', '--all'])
    expect(stdout).toContain('[AG109]')
    expect(status).toBe(1)
  })
})

test("--fix doesn't remove autogenerate's comments unless their rule is named", () => {
  const comment = '# ### commands auto generated by Alembic - please adjust! ###'
  const text = file('d4', 'reservations_003', [comment, "op.execute(sa.text('SELECT 1'))"])
  const folder = folderWith({ ...threeMigrations, [path]: text })
  guard(folder, ['lint', path, '--fix'])
  expect(readFileSync(join(folder, path), 'utf8')).toContain(comment)
  guard(folder, ['lint', path, '--fix', '--rule', 'AG414'])
  expect(readFileSync(join(folder, path), 'utf8')).not.toContain(comment)
})
