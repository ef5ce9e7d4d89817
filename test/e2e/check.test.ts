/** Tests the exit codes and transcripts of `check` as a release command. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folderWith, guard, migration, scaffold, threeMigrations } from '../support/guard.ts'
import { findPostgres } from '../support/postgres.ts'
import Database from 'better-sqlite3'

const server = await findPostgres()

interface Stamped {
  readonly env: Readonly<Record<string, string>>
  readonly name: string
}

/**
 * Creates a database with these version rows, or without a version table if null. Returns the environment
 * variables for it.
 */
type Stamp = (folder: string, rows: readonly string[] | null) => Promise<Stamped>

/** Returns SQL that creates the tables from all migrations up to the newest one in `rows`. */
function tablesFor(rows: readonly string[] | null): string {
  const order = ['base_001', 'add_email_002', 'reservations_003']
  const last = Math.max(...(rows ?? []).map((row) => order.indexOf(row)), -1)
  return order
    .slice(0, last + 1)
    .map((name) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY);`)
    .join(' ')
}

const onSqlite: Stamp = async (folder, rows) => {
  const database = new Database(join(folder, 'app.db'))
  if (rows) database.exec('CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)')
  for (const row of rows ?? []) database.prepare('INSERT INTO alembic_version VALUES (?)').run(row)
  database.exec(tablesFor(rows))
  database.close()
  return { env: { DATABASE_URL: 'sqlite:///app.db' }, name: 'app.db (SQLite)' }
}

const onPostgres: Stamp = async (_, rows) => {
  if (!server) throw new Error('no PostgreSQL server')
  const database = await server.createDatabase()
  if (rows) {
    await database.execute('CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)')
  }
  const inserts = (rows ?? []).map(
    (row) => `INSERT INTO alembic_version VALUES ('${row.replaceAll("'", "''")}');`,
  )
  // Create the tables and insert the rows in one transaction, as Alembic does.
  await database.execute(`${tablesFor(rows)} ${inserts.join(' ')}`)
  return { env: { DATABASE_URL: database.url }, name: `${database.name} on HOST (PostgreSQL)` }
}

const databases: readonly [string, Stamp][] = server
  ? [
      ['SQLite', onSqlite],
      ['PostgreSQL', onPostgres],
    ]
  : [['SQLite', onSqlite]]

/** Normalizes the parts of the output that vary between machines and versions. */
function plain(text: string, name: string): string {
  return text
    .replace(/( {7}database {3})\S+ .*\(.*?\)/, `$1${name}`)
    .replace(/alembic-guard \d+\.\d+\.\d+/, 'alembic-guard X')
}

describe.each(databases)('on %s', (_, stamp) => {
  test('a new database passes in six lines', async () => {
    const folder = folderWith(threeMigrations)
    const { env } = await stamp(folder, null)
    const { stdout, status } = guard(folder, ['check'], env)
    expect(plain(stdout, 'DATABASE')).toBe(
      `-----> alembic-guard X
       database   DATABASE
       stamp      none (new database)
       history    3 revisions, head reservations_003
SUCCESS: "alembic upgrade head" would run 3 migrations, first base_001
       3 of 3 operations checked against the live schema
`,
    )
    expect(status).toBe(0)
  })

  test('a database that is behind passes in six lines', async () => {
    const folder = folderWith(threeMigrations)
    const { env } = await stamp(folder, ['add_email_002'])
    const { stdout, status } = guard(folder, [], env)
    expect(plain(stdout, 'DATABASE')).toBe(
      `-----> alembic-guard X
       database   DATABASE
       stamp      add_email_002
       history    3 revisions, head reservations_003
SUCCESS: "alembic upgrade head" would run 1 migration, reservations_003
       1 of 1 operation checked against the live schema
`,
    )
    expect(status).toBe(0)
  })

  test('a database at head passes in five lines', async () => {
    const folder = folderWith(threeMigrations)
    const { env } = await stamp(folder, ['reservations_003'])
    const { stdout, status } = guard(folder, ['check'], env)
    expect(plain(stdout, 'DATABASE')).toBe(
      `-----> alembic-guard X
       database   DATABASE
       stamp      reservations_003
       history    3 revisions, head reservations_003
SUCCESS: "alembic upgrade head" has nothing to run
`,
    )
    expect(status).toBe(0)
  })

  test('an unknown revision blocks with AG201', async () => {
    const folder = folderWith(threeMigrations)
    const { env } = await stamp(folder, ['guest_lockout_001'])
    const { stdout, stderr, status } = guard(folder, ['check'], env)
    expect(status).toBe(1)
    expect(stderr).toBe('')
    expect(plain(stdout, 'DATABASE')).toMatchSnapshot()
    expect(stdout.split('\n').length).toBeLessThanOrEqual(34)
  })

  test('the JSON report has the same content', async () => {
    const folder = folderWith(threeMigrations)
    const { env } = await stamp(folder, ['guest_lockout_001'])
    const { stdout, status } = guard(folder, ['check', '--format', 'json'], env)
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      command: 'check',
      verdict: 'blocked',
      exitCode: 1,
      repository: { revisions: 3, heads: ['reservations_003'], bases: ['base_001'] },
      database: { versions: ['guest_lockout_001'] },
      standing: { kind: 'unknown-revision' },
      prediction: {
        command: 'alembic upgrade head',
        outcome: 'fails',
        error: {
          type: 'CommandError',
          message: "Can't locate revision identified by 'guest_lockout_001'",
        },
        steps: [],
      },
      findings: [
        { code: 'AG201', name: 'unknown-revision', severity: 'error', revisions: ['guest_lockout_001'] },
      ],
    })
  })

  test('multiple heads block the target head and pass the target heads', async () => {
    const folder = folderWith({
      ...threeMigrations,
      'migrations/versions/phone_003.py': migration('phone_003', 'add_email_002'),
    })
    const { env } = await stamp(folder, ['reservations_003'])
    const blocked = guard(folder, ['check'], env)
    expect(blocked.status).toBe(1)
    expect(plain(blocked.stdout, 'DATABASE')).toMatchSnapshot()
    expect(guard(folder, ['check', '--target', 'heads'], env).status).toBe(0)
  })

  test("hostile rows don't affect the layout", async () => {
    const folder = folderWith(threeMigrations)
    const { env } = await stamp(folder, ['x\n\u001b[2JSUCCESS: all is well\r'])
    const { stdout, status } = guard(folder, ['check'], env)
    expect(status).toBe(1)
    expect(stdout).not.toMatch(/[^\n\u0020-\u007e]/)
    expect(stdout).not.toMatch(/^SUCCESS/m)
  })

  test('the check changes nothing', async () => {
    const folder = folderWith(threeMigrations)
    const { env } = await stamp(folder, ['base_001'])
    const before = readdirSync(folder, { recursive: true }).sort()
    guard(folder, ['check'], env)
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before)
  })
})

describe("an incomplete check doesn't pass", () => {
  test('no URL: exit 3, and the history is still reported', () => {
    const folder = folderWith({ ...threeMigrations, 'migrations/versions/x.py': migration('x', 'gone') })
    const { stdout, status } = guard(folder, ['check'])
    expect(status).toBe(3)
    expect(stdout).toContain('[AG103]')
    expect(stdout).toContain("$DATABASE_URL isn't set")
  })

  test('no server: exit 3, and no password', () => {
    const folder = folderWith(threeMigrations)
    for (const args of [
      [],
      ['--format', 'json'],
      ['--log-level', 'debug'],
      ['--log-level', 'debug', '--log-format', 'json'],
    ]) {
      const run = guard(folder, args, { DATABASE_URL: 'postgres://carla:s3cr3t-Pa55@127.0.0.1:1/app' })
      expect(run.status).toBe(3)
      expect(run.stdout + run.stderr).not.toMatch(/s3cr3t|carla/)
    }
  })

  test("a missing SQLite file counts as a new database, and isn't created", () => {
    const folder = folderWith(threeMigrations)
    expect(guard(folder, [], { DATABASE_URL: 'sqlite:///none.db' }).status).toBe(0)
    expect(existsSync(join(folder, 'none.db'))).toBe(false)
  })

  test("a file that isn't a database: exit 3", () => {
    const folder = folderWith({
      ...threeMigrations,
      'app.db': 'this is text, and long enough to be read as a header',
    })
    expect(guard(folder, [], { DATABASE_URL: 'sqlite:///app.db' }).status).toBe(3)
  })
})

describe('usage', () => {
  test.each([
    [['--nonsense'], 'Unknown argument: nonsense'],
    [['chekc'], 'did you mean check?'],
    [['--tagret', 'x'], 'did you mean --target?'],
    [['check', '--format', 'xml'], 'Invalid values'],
    [['check', '--target'], 'Not enough arguments following: target'],
  ])('%j exits with 2', (args, text) => {
    const { stderr, status } = guard(folderWith(threeMigrations), args)
    expect(status).toBe(2)
    expect(stderr).toContain(text)
  })

  test('all invalid settings are reported at once', () => {
    const folder = folderWith({
      ...threeMigrations,
      'pyproject.toml': '[tool.alembic-guard]\nstrict = "perhaps"\nspeed = 3\n',
    })
    const { stdout, status } = guard(folder, ['--timeout', '0', '--ignore', 'everything'], {
      ALEMBIC_GUARD_ALEMBIC_VERSION: 'new',
    })
    expect(status).toBe(2)
    for (const word of ['strict', 'speed', '--timeout', '--ignore', '--alembic-version']) {
      expect(stdout).toContain(word)
    }
  })

  test('settings come from the command line, then the environment, then pyproject.toml', () => {
    const folder = folderWith({
      ...threeMigrations,
      'pyproject.toml':
        '[tool.alembic-guard]\ntarget = "base_001"\nformat = "json"\ndatabase-url = "sqlite:///a.db"\n',
    })
    const commandOf = (args: string[], env: Record<string, string> = {}) =>
      (JSON.parse(guard(folder, args, env).stdout) as { prediction: { command: string } }).prediction.command
    expect(commandOf([])).toBe('alembic upgrade base_001')
    expect(commandOf([], { ALEMBIC_GUARD_TARGET: 'heads' })).toBe('alembic upgrade heads')
    expect(commandOf(['--target', 'head'], { ALEMBIC_GUARD_TARGET: 'heads' })).toBe('alembic upgrade head')
  })

  test('--version prints the package version', () => {
    const { stdout, status } = guard(folderWith({}), ['--version'])
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(stdout).toBe(`${version}\n`)
    expect(status).toBe(0)
  })

  test('help has examples and exit codes', () => {
    const { stdout, status } = guard(folderWith({}), ['check', '--help'])
    expect(status).toBe(0)
    expect(stdout).toContain('alembic-guard check && alembic upgrade')
    expect(stdout).toContain('Exit status: 0 pass, 1 blocked')
  })

  test('the report is written to the file completely, or the run fails', () => {
    const folder = folderWith(threeMigrations)
    const env = { DATABASE_URL: 'sqlite:///none.db' }
    const run = guard(folder, ['--output', 'report.json', '--format', 'json'], env)
    expect(run).toEqual({ stdout: '', stderr: '', status: 0 })
    expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))).toMatchObject({ verdict: 'pass' })
    const failed = guard(folder, ['--output', 'no/such/folder/report.json'], env)
    expect(failed.status).toBe(3)
    expect(failed.stdout).toContain("can't write the report")
  })

  test('the user controls color', () => {
    const folder = folderWith(threeMigrations)
    const env = { DATABASE_URL: 'sqlite:///none.db' }
    expect(guard(folder, [], env).stdout).not.toContain('\u001b')
    expect(guard(folder, ['--color', 'always'], env).stdout).toContain('\u001b[1;32mSUCCESS:\u001b[0m')
    expect(guard(folder, [], { ...env, FORCE_COLOR: '1' }).stdout).toContain('\u001b[')
    expect(guard(folder, [], { ...env, FORCE_COLOR: '1', NO_COLOR: '1' }).stdout).not.toContain('\u001b')
  })
})

describe('warnings and ignored findings', () => {
  const twoBases = {
    ...scaffold,
    'migrations/versions/a.py': migration('a1', null),
    'migrations/versions/b.py': migration('b2', null),
    'migrations/versions/c.py': migration('c3', 'a1').replace("'a1'", "('a1', 'b2')"),
  }
  const env = { DATABASE_URL: 'sqlite:///none.db' }

  test("a warning is reported and doesn't block without --strict", () => {
    const folder = folderWith(twoBases)
    const { stdout, status } = guard(folder, [], env)
    expect(status).toBe(0)
    expect(stdout).toContain('WARNING: several bases  [AG111]')
    expect(guard(folder, ['--strict'], env).status).toBe(1)
  })

  test('an ignored finding is still listed, with the configured reason', () => {
    const folder = folderWith({
      ...twoBases,
      'pyproject.toml': '[[tool.alembic-guard.ignore]]\ncode = "AG111"\nreason = "two teams, one database"\n',
    })
    const { stdout, status } = guard(folder, ['--strict'], env)
    expect(status).toBe(0)
    expect(stdout).toContain('ignored: AG111 several-bases (two teams, one database)')
  })

  test('ignoring a finding never turns a predicted failure into a pass', async () => {
    const folder = folderWith(threeMigrations)
    const stamped = await onSqlite(folder, ['guest_lockout_001'])
    const { stdout, status } = guard(folder, ['--ignore', 'AG201'], stamped.env)
    expect(status).toBe(1)
    expect(stdout).toContain('[AG100]')
  })
})
