/** Projects that try to crash, exhaust or mislead the guard. */
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { folderWith, guard, migration, scaffold } from '../support/guard.ts'
import { attacksOn } from './attack.ts'
import Sqlite from 'better-sqlite3'

const attack = attacksOn('hostile-projects')

const commands = [
  ['check'],
  ['graph'],
  ['lint', '--all', '--fix'],
  ['placeholder', '--after', 'base_001', '--write'],
  ['init', '--write'],
  ['recover'],
] as const

function projectWith(files: Readonly<Record<string, string>>): string {
  const folder = folderWith({
    ...scaffold,
    'migrations/versions/base_001.py': migration('base_001', null),
    ...files,
  })
  const database = new Sqlite(join(folder, 'app.db'))
  database.exec(`CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
    INSERT INTO alembic_version VALUES ('lost_002'); CREATE TABLE base_001 (id INTEGER PRIMARY KEY)`)
  database.close()
  return folder
}

/** Runs all commands. Each must exit on its own, with a result or an error message. */
function runAll(folder: string, what: string, another: () => void): void {
  commands.forEach((command, index) => {
    if (index > 0) another()
    const { status, stdout, stderr } = guard(folder, command, { DATABASE_URL: 'sqlite:///app.db' })
    expect(status, `${what}: ${command.join(' ')}: ${stdout}${stderr}`).toBeOneOf([0, 1, 2, 3])
    expect(stdout + stderr).not.toMatch(/\n\s+at .*:\d+:\d+/)
  })
}

/** Returns the contents of all files under a folder, by name. */
function filesOf(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  )
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
}

/** Files that look like the guard's own temporary files. */
const lookalikes: Readonly<Record<string, string>> = {
  '.alembic-guard-0123456789ab.tmp': 'mine\n',
  '.alembic-guard-0123456789ab.old': 'mine\n',
  'deep/er/.alembic-guard-ffffffff0000.tmp': 'mine\n',
  'deep/er/.alembic-guard-ffffffff0000.old': 'mine\n',
}

attack('version locations over system folders', ({ another }) => {
  for (const [index, place] of ['/', '/proc', '/etc', '/dev', '/proc/self/fd', '/sys', '/root'].entries()) {
    if (index > 0) another()
    const folder = projectWith({
      'alembic.ini': `[alembic]\nscript_location = migrations\nversion_locations = ${place} %(here)s/migrations/versions\n`,
    })
    runAll(folder, place, another)
    expect(readdirSync('/').filter((name) => name.includes('alembic-guard'))).toEqual([])
  }
})

attack('files in a version location that look like those of an interrupted write', ({ another }) => {
  const folder = projectWith({})
  const elsewhere = folderWith(lookalikes)
  writeFileSync(
    join(folder, 'alembic.ini'),
    `[alembic]\nscript_location = migrations\nversion_locations = ${elsewhere} %(here)s/migrations/versions\n`,
  )
  for (const [name, text] of Object.entries(lookalikes)) {
    for (const root of [folder, join(folder, 'migrations/versions')]) {
      mkdirSync(join(root, 'deep/er'), { recursive: true })
      writeFileSync(join(root, name), text)
    }
  }
  runAll(folder, 'lookalikes', another)
  expect(filesOf(elsewhere)).toEqual(lookalikes)
  expect(filesOf(folder)).toMatchObject(lookalikes)
  expect(filesOf(join(folder, 'migrations/versions'))).toMatchObject(lookalikes)
})

attack(
  'a committed journal that lists files to delete or replace',
  ({ another }) => {
    const entry = {
      target: 'base_001.py',
      temporary: '.alembic-guard-000000000000.tmp',
      backup: '.alembic-guard-000000000000.old',
      before: null,
      after: '',
    }
    const journals = ['../../alembic.ini', 'base_001.py', '/etc/hostname', '../env.py'].map((target) =>
      JSON.stringify({ write: '00000000', inode: '1', files: [{ ...entry, target }], folders: ['..'] }),
    )
    const odd = [
      '',
      'null',
      '{}\n',
      '[]\n',
      '{"write":"',
      '{"write":"00000000","files":7}\n',
      'x'.repeat(100_000),
    ]
    for (const [index, journal] of [...journals.map((text) => `${text}\n`), ...odd].entries()) {
      for (const name of ['.alembic-guard-journal.json', '.alembic-guard-done.json']) {
        if (index > 0 || name.includes('done')) another()
        const folder = projectWith({ [`migrations/versions/${name}`]: journal, [name]: journal })
        const before = filesOf(folder)
        guard(folder, ['recover'], { DATABASE_URL: 'sqlite:///app.db' })
        const after = filesOf(folder)
        for (const [path, text] of Object.entries(before)) {
          // The journal itself may be removed.
          if (!path.endsWith(name)) expect(after[path], `${journal.slice(0, 99)}: ${path}`).toBe(text)
        }
      }
    }
  },
  300_000,
)

const depths: Readonly<Record<string, string>> = {
  'chained calls': `x = f${'.b("t")'.repeat(200_000)}`,
  'chained attributes': `x = f${'.b'.repeat(200_000)}`,
  'a sum': `x = a${' + a'.repeat(200_000)}`,
  subscripts: `x = f${'[0]'.repeat(200_000)}`,
  brackets: `x = ${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  'missing closing brackets': `x = ${'('.repeat(100_000)}`,
  'unary operators': `x = ${'-'.repeat(200_000)}1`,
  negations: `x = ${'not '.repeat(100_000)}1`,
  lambdas: `x = ${'lambda: '.repeat(100_000)}1`,
  conditions: `x = ${'1 if a else '.repeat(100_000)}1`,
  comparisons: `x = a${' < a'.repeat(200_000)}`,
  'an and': `x = a${' and a'.repeat(200_000)}`,
  'a string of many parts': `x = ${'"a" '.repeat(200_000)}`,
  'a call with many arguments': `x = f(${'a, '.repeat(200_000)})`,
  'many names': `${'a = '.repeat(100_000)}1`,
  'many statements': 'a = 1; '.repeat(100_000),
  'formatted strings': `x = ${'f"{'.repeat(2000)}1${'}"'.repeat(2000)}`,
  'endless elif': `if a: pass\n${'    elif a: pass\n'.repeat(50_000)}`,
}

attack(
  'endless expressions in a migration, and in an application module',
  ({ another }) => {
    for (const [index, [name, line]] of Object.entries(depths).entries()) {
      for (const where of ['function', index % 2 === 0 ? 'module' : 'application']) {
        if (index > 0 || where !== 'function') another()
        const id = 'add_email_002'
        const file =
          where === 'function'
            ? `${migration(id, 'base_001')}\n\ndef more():\n    ${line}\n`
            : `${migration(id, 'base_001')}\n${where === 'module' ? line.replaceAll('\n    ', '\n') : ''}\n`
        const dropping = migration('drop_003', id).replace(
          "op.create_table('drop_003'",
          "op.drop_table('t'); op.create_table('drop_003'",
        )
        const folder = projectWith({
          [`migrations/versions/${id}.py`]: file,
          'migrations/versions/drop_003.py': dropping,
          ...(where === 'application'
            ? { 'models.py': `import sqlalchemy\n${line.replaceAll('\n    ', '\n')}\n` }
            : {}),
        })
        for (const command of [['lint', '--all'], ['check']]) {
          const { status, stdout, stderr } = guard(folder, command, { DATABASE_URL: 'sqlite:///app.db' })
          expect(status, `${name} in a ${where}: ${command.join(' ')}: ${stdout}${stderr}`).toBeOneOf([
            0, 1, 3,
          ])
          expect(stdout + stderr, `${name} in a ${where}`).not.toMatch(
            /\n\s+at .*:\d+:\d+|itself failed|rule AG\d+ failed/,
          )
        }
      }
    }
  },
  900_000,
)
