/** Tests the `placeholder` command on SQLite files, including refusals and hostile names. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { assert, asyncProperty, string } from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { quietContext } from '../support/context.ts'
import { check } from '../../src/commands/check.ts'
import type { Command } from '../../src/commands/shell/command.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import { placeholder } from '../../src/commands/placeholder.ts'
import type { OptionInputs } from '../../src/commands/shell/settings.ts'
import { readMigration } from '../../src/python/header/read-migration.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alembic-guard-placeholder-'))
  mkdirSync(join(folder, 'versions'))
  writeFileSync(join(folder, 'env.py'), '')
  writeFileSync(join(folder, 'alembic.ini'), '[alembic]\nscript_location = .\n')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Writes a migration file. `parents` is a Python expression. */
function migration(id: string, parents: string, ...body: string[]): void {
  const lines = body.length > 0 ? body : ['pass']
  writeFileSync(
    join(folder, 'versions', `${id}.py`),
    `"""${id}"""\nfrom alembic import op\nimport sqlalchemy as sa\nrevision = '${id}'\ndown_revision = ${parents}\n\n\ndef upgrade():\n${lines.map((line) => `    ${line}\n`).join('')}`,
  )
}

const creates = (table: string): string => `op.create_table('${table}', sa.Column('id', sa.Integer()))`

/** Writes four migrations. Migrations in `silent` only change rows; each of the others creates a table. */
function chain(...silent: string[]): void {
  let parent = 'None'
  for (const id of ['aaaa', 'bbbb', 'cccc', 'dddd']) {
    migration(id, parent, silent.includes(id) ? `op.execute("UPDATE aaaa SET id = 1")` : creates(id))
    parent = `'${id}'`
  }
}

/** Creates a database with these version rows and tables. */
function database(rows: readonly string[], tables: readonly string[]): void {
  const file = new Sqlite(join(folder, 'app.db'))
  file.exec('CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)')
  const insert = file.prepare('INSERT INTO alembic_version VALUES (?)')
  for (const row of rows) insert.run(row)
  for (const table of tables) file.exec(`CREATE TABLE ${table} (id INTEGER)`)
  file.close()
}

async function run(given: OptionInputs = {}, command: Command = placeholder) {
  const context = quietContext(folder, 'sqlite:///app.db')
  const { stdout, exitCode } = await execute(command, given, context)
  return { exitCode, text: stdout.replaceAll(/\s+/g, ' '), stdout }
}

function files(): Record<string, string> {
  const names = readdirSync(join(folder, 'versions')).toSorted()
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, 'versions', name), 'utf8')]))
}

describe('the position', () => {
  test('is proven if the schema leaves only one, and is written only on request', async () => {
    chain()
    database(['lost1'], ['aaaa', 'bbbb'])
    const before = files()
    const planned = await run()
    expect(planned.exitCode).toBe(0)
    expect(planned.text).toContain('after bbbb (likely position)')
    expect(planned.stdout).toContain(`-down_revision = 'bbbb'\n+down_revision = 'lost1'\n`)
    expect(files()).toEqual(before)
    const written = await run({ write: true })
    expect(written.text).toContain('would now run 2 migrations: lost1 -> cccc cccc -> dddd')
    expect(written.text).toMatch(/hint: \S*alembic-guard check.* also compares them with the live schema/)
    expect(files()).toEqual({
      ...before,
      'cccc.py': before['cccc.py']?.replace(`'bbbb'`, `'lost1'`),
      'lost1_placeholder.py': expect.stringContaining(`down_revision = 'bbbb'`) as string,
    })
    expect((await run()).text).toContain('nothing to do')
  })

  test('reports what the lost migration may have dropped, and --write asks for the position', async () => {
    chain()
    database(['lost1'], ['aaaa', 'bbbb', 'gone'])
    const file = new Sqlite(join(folder, 'app.db'))
    file.exec('DROP TABLE gone')
    file.close()
    const before = files()
    const planned = await run()
    expect([planned.exitCode, planned.text]).toEqual([0, expect.stringContaining('--write needs --after')])
    const { exitCode, text } = await run({ write: true })
    expect(exitCode).toBe(1)
    expect(text).toContain("can't create a placeholder: can't tell whether cccc ran")
    expect(text).toContain(
      'If cccc ran, the placeholder belongs after cccc; otherwise, it belongs after bbbb',
    )
    expect(files()).toEqual(before)
    expect((await run({}, check)).text).toContain('To decide, find out whether cccc ran')
    expect((await run({ after: 'bbbb', write: true })).exitCode).toBe(0)
  })

  test('is refused if it is too early, with the migrations that would run a second time', async () => {
    chain()
    database(['lost1'], ['aaaa', 'bbbb'])
    const { exitCode, text } = await run({ after: 'aaaa', write: true })
    expect(exitCode).toBe(1)
    expect(text).toContain('too early: bbbb would run a second time')
    expect(Object.keys(files())).not.toContain('lost1_placeholder.py')
  })

  test('is refused if it is too late, with the migrations that would be skipped', async () => {
    chain()
    database(['lost1'], ['aaaa', 'bbbb'])
    const { exitCode, text } = await run({ after: 'dddd', write: true })
    expect(exitCode).toBe(1)
    expect(text).toContain('too late: cccc and dddd would be skipped')
    expect((await run({ after: 'dddd', write: true, force: true })).exitCode).toBe(0)
  })

  test('is refused if it is ambiguous, with the migration that would decide', async () => {
    chain('cccc')
    database(['lost1'], ['aaaa', 'bbbb'])
    const { exitCode, text } = await run({ write: true })
    expect(exitCode).toBe(1)
    expect(text).toContain('the position after bbbb is likely but not certain')
    expect(text).toContain("cccc changes only data, so there's no way to tell whether it ran")
    expect((await run({ after: 'bbbb', write: true })).exitCode).toBe(0)
  })

  test('is not written by default if it requires another drop in the lost migration', async () => {
    chain()
    database(['lost1'], ['aaaa', 'cccc'])
    const { exitCode, text } = await run({ write: true })
    expect(exitCode).toBe(1)
    expect(text).toContain('the position after cccc is likely but not certain')
    expect(text).toContain('assuming the lost migration dropped or changed table bbbb')
  })

  test('is taken from a file that references the lost revision if the schema is inconclusive', async () => {
    chain('bbbb', 'cccc')
    migration('cccc', `'lost1'`)
    database(['lost1'], ['aaaa'])
    expect((await run()).text).toContain('after bbbb (position known from a down_revision)')
    expect((await run({ write: true })).text).toContain(
      'would now run 2 migrations: lost1 -> cccc cccc -> dddd',
    )
  })

  test('two lost revisions on one branch are followed by a merge of both', async () => {
    chain()
    database(['lost1', 'lost2'], ['aaaa', 'bbbb'])
    const { exitCode, text } = await run({ write: true })
    expect([exitCode, text]).toEqual([0, expect.stringContaining('would now run 2 migrations')])
    expect(files()['cccc.py']).toContain(`down_revision = ('lost1', 'lost2')`)
  })

  /** Writes two branches, each with an applied, a lost and a pending migration. */
  function twoBranches(next: (table: string) => string): void {
    migration('base', 'None', creates('base'))
    for (const branch of ['b', 'c']) {
      migration(`${branch}one`, `'base'`, creates(`${branch}one`))
      migration(`${branch}two`, `'lost_${branch}'`, next(`${branch}one`))
    }
    database(['lost_c', 'lost_b'], ['base', 'bone', 'cone'])
  }

  test('two lost revisions on two branches are placed before the revisions that change their tables', async () => {
    twoBranches((table) => `op.add_column('${table}', sa.Column('more', sa.Integer()))`)
    const { exitCode, text } = await run({ write: true, target: 'heads' })
    expect([exitCode, text]).toEqual([0, expect.stringContaining('would now run 2 migrations')])
    expect(text).toContain(
      'lost_b belongs after bone, because it or a later migration changes table bone, which exists only on that branch',
    )
    expect(files()['lost_b_placeholder.py']).toContain(`down_revision = 'bone'`)
    expect(files()['lost_c_placeholder.py']).toContain(`down_revision = 'cone'`)
  })

  test("two lost revisions on two branches are refused if they can't be told apart", async () => {
    twoBranches((table) => creates(`${table}_more`))
    const before = files()
    const { exitCode, text } = await run({ write: true, target: 'heads' })
    expect(exitCode).toBe(1)
    expect(text).toContain(
      "2 branches (bone and cone), and the guard can't tell which revision belongs to which branch",
    )
    expect(files()).toEqual(before)
    const one = { write: true, target: 'heads' }
    const first = await run({ ...one, positionals: ['lost_b'], after: 'bone', force: true })
    expect(first.exitCode).toBe(0)
    const { exitCode: second, text: done } = await run({ ...one, positionals: ['lost_c'], after: 'cone' })
    expect([second, done]).toEqual([0, expect.stringContaining('would now run 2 migrations')])
  })

  test('a placeholder after a revision with its own row is refused', async () => {
    chain()
    database(['lost1', 'bbbb'], ['aaaa', 'bbbb'])
    expect((await run({ after: 'bbbb' })).text).toContain('which has its own version row')
  })
})

describe('the file', () => {
  test('follows file_template, subfolders and neighboring migrations', async () => {
    writeFileSync(
      join(folder, 'alembic.ini'),
      '[alembic]\nscript_location = .\nrecursive_version_locations = true\nfile_template = %%(year)d/%%(month).2d_%%(rev)s-%%(slug)s\n',
    )
    writeFileSync(
      join(folder, 'versions', 'one.py'),
      `from typing import Union\r\nfrom alembic import op\r\nimport sqlalchemy as sa\r\nrevision: str = "aaaa"\r\ndown_revision: Union[str, None] = None\r\nbranch_labels = None\r\ndef upgrade() -> None:\r\n    ${creates('aaaa')}\r\n`,
    )
    database(['lost1'], ['aaaa'])
    const { exitCode, stdout } = await run({
      write: true,
      message: 'It is gone',
      'alembic-version': '1.18.0',
    })
    expect([exitCode, stdout]).toEqual([0, expect.anything()])
    const name = /versions\/(\d{4}\/\d\d_lost1-it_is_gone\.py)/.exec(stdout)?.[1] ?? ''
    const text = readFileSync(join(folder, 'versions', name), 'utf8')
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(text).toContain('from typing import Union\r\n')
    expect(text).toContain(
      'revision: str = "lost1"\r\ndown_revision: Union[str, None] = "aaaa"\r\nbranch_labels = None\r\n',
    )
    expect(text).toContain('def upgrade(*args, **kwargs) -> None:\r\n    pass\r\n')
  })

  test("uses the project's time zone; an unknown one is rejected as in Alembic", async () => {
    const ini = '[alembic]\nscript_location = .\nfile_template = %%(hour).2d_%%(rev)s\ntimezone = '
    chain()
    database(['lost1'], ['aaaa', 'bbbb'])
    writeFileSync(join(folder, 'alembic.ini'), `${ini}Mars/Base\n`)
    const refused = await run({ write: true })
    expect([refused.exitCode, refused.text]).toEqual([
      3,
      expect.stringContaining("Can't locate timezone: Mars/Base"),
    ])
    writeFileSync(join(folder, 'alembic.ini'), `${ini}Pacific/Kiritimati\n`)
    const hour = new Date(Date.now() + 14 * 3_600_000).getUTCHours()
    const { stdout } = await run()
    expect(stdout).toMatch(/Create Date: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+14:00/)
    expect([hour, (hour + 1) % 24]).toContain(Number(/versions\/(\d\d)_lost1/.exec(stdout)?.[1]))
  })

  test('never overwrites another file', async () => {
    chain()
    writeFileSync(
      join(folder, 'versions', 'lost1_placeholder.py'),
      `from alembic import op\nimport sqlalchemy as sa\nrevision = 'zzzz'\ndown_revision = 'dddd'\ndef upgrade():\n    ${creates('zzzz')}\n`,
    )
    database(['lost1'], ['aaaa', 'bbbb'])
    expect((await run({ write: true })).exitCode).toBe(0)
    expect(files()['lost1_placeholder.py']).toContain('zzzz')
    expect(files()['lost1_placeholder_2.py']).toContain(`revision = 'lost1'`)
  })
})

test('reports what a new database will lack', async () => {
  chain()
  migration('dddd', "'cccc'", `op.add_column('gone', sa.Column('note', sa.Text()))`)
  database(['lost1'], ['aaaa', 'bbbb', 'gone'])
  const { exitCode, text } = await run()
  expect([exitCode, text]).toEqual([
    0,
    expect.stringContaining(
      'WARNING: on a new database, dddd would fail: it needs table gone, which no migration creates',
    ),
  ])
  chain()
  expect((await run()).text).not.toContain('WARNING')
})

describe('refuses ids that no placeholder can have, with the reason', () => {
  test.each([
    ['a-b', '"-", which Alembic rejects'],
    ['x@y', '"@"'],
    ["it's", 'a quote, which breaks the SQL'],
    ['a\nb', 'unprintable characters'],
    ['a\u202eb', 'unprintable characters'],
  ])('%j', async (id, reason) => {
    chain()
    database([id], ['aaaa', 'bbbb'])
    const { exitCode, text } = await run({ positionals: [id], after: 'bbbb', write: true })
    expect([exitCode, text]).toEqual([1, expect.stringContaining(reason)])
  })
})

test('writes any id as a literal in a new file in the version location', async () => {
  const nasty = string({
    unit: 'grapheme',
    minLength: 1,
    maxLength: 30,
  }).map((text, index = 0) => text + String(index))
  await assert(
    asyncProperty(nasty, string({ maxLength: 60 }), async (end, message) => {
      for (const id of [`lost${end}`, `../../${end}`, `"""\\n${end}`, `/etc/${end}`, `\\" + ${end}`]) {
        rmSync(join(folder, 'versions'), { recursive: true, force: true })
        rmSync(join(folder, 'app.db'), { force: true })
        mkdirSync(join(folder, 'versions'))
        chain()
        database([id], ['aaaa', 'bbbb'])
        const before = files()
        const around = readdirSync(folder).toSorted()
        const { exitCode } = await run({ write: true, message })
        expect(readdirSync(folder).toSorted()).toEqual(around)
        if (exitCode !== 0) {
          expect(files()).toEqual(before)
          continue
        }
        const fresh = readdirSync(join(folder, 'versions')).filter((name) => !(name in before))
        expect(fresh).toHaveLength(1)
        const source = readFileSync(join(folder, 'versions', fresh[0] ?? ''))
        const module = readMigration(source, 'x.py')
        expect(module.revision).toMatchObject({ value: { kind: 'str', value: id } })
        expect(
          source
            .toString()
            .split('\n')
            .filter((line) => /^\S/.test(line) && !line.startsWith('#'))
            .at(-1),
        ).toBe('def downgrade(*args, **kwargs):')
        expect(
          readMigration(readFileSync(join(folder, 'versions', 'cccc.py')), 'x.py').downRevision,
        ).toMatchObject({
          value: { kind: 'str', value: id },
        })
      }
    }),
    { numRuns: 25 },
  )
  expect(existsSync('/etc/lost1_placeholder.py')).toBe(false)
})

test('check prints the command and how certain the position is', async () => {
  chain()
  database(['lost1'], ['aaaa', 'bbbb'])
  const { text } = await run({}, check)
  expect(text).toContain(
    "Schema: everything up to bbbb is applied; cccc isn't applied (2 of 2 effects missing);",
  )
  expect(text).toContain('create a placeholder (likely position): alembic-guard placeholder lost1 --write')
})
