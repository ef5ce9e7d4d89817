/** Tests `run` with Alembic on PostgreSQL, including exit statuses, signals and concurrent releases. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folderWith, migration, scaffold, threeMigrations } from '../support/guard.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import {
  alembic,
  cli,
  gate,
  password,
  printed,
  release,
  slowProject,
  start,
  startGuard,
  withPassword,
} from '../support/release.ts'

const server = await findPostgres()

afterAll(() => {
  expect(printed.length).toBeGreaterThan(0)
  for (const text of printed) expect(text).not.toContain(password)
})

async function freshDatabase(): Promise<TestDatabase & { readonly env: Readonly<Record<string, string>> }> {
  if (!server) throw new Error('no PostgreSQL server')
  const database = await server.createDatabase()
  // Rehearsals are tested in test/e2e/run-rehearsed.test.ts.
  return { ...database, env: { DATABASE_URL: withPassword(database.url), ALEMBIC_GUARD_REHEARSE: 'never' } }
}

async function rowsOf(database: TestDatabase): Promise<unknown> {
  return (await database.execute('SELECT version_num FROM alembic_version')).map((row) => row['version_num'])
}

/** Takes the lock that {@link slowProject} waits for. The returned function releases it. */
async function closeGate(database: TestDatabase): Promise<() => Promise<void>> {
  const client = await database.connect()
  await client.query(`SELECT pg_advisory_lock(${gate})`)
  return () => client.end()
}

/** Waits until this many sessions are waiting for a lock. */
async function untilWaiting(database: TestDatabase, count: number): Promise<void> {
  for (;;) {
    const rows = await database.execute(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    if (Number(rows[0]?.['n']) >= count) return
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

const upgrade = ['run', '--', 'alembic', 'upgrade', 'head'] as const

describe.skipIf(!server || !alembic)('an Alembic command other than upgrade', () => {
  test.each([
    [['alembic', 'downgrade', 'base'], 'alembic downgrade'],
    [['alembic', 'stamp', 'base_001'], 'alembic stamp'],
    [['alembic', 'revision', '-m', 'x'], 'alembic revision'],
    [['alembic', 'current'], 'alembic current'],
    [['python3', '-m', 'alembic', 'downgrade', 'base'], 'alembic downgrade'],
    [['poetry', 'run', 'flask', 'db', 'downgrade', 'base'], 'flask db downgrade'],
    [['sh', '-c', 'echo go && alembic downgrade base'], 'alembic downgrade'],
    [['timeout', '60', 'alembic', 'stamp', 'base_001'], 'alembic stamp'],
  ] as const)('%j is refused and not started', async (words, command) => {
    const folder = folderWith(threeMigrations)
    const database = await freshDatabase()
    await release(folder, [...upgrade], database.env)
    const before = await rowsOf(database)
    for (const verb of ['run', 'rehearse']) {
      const { status, stdout } = await release(folder, [verb, '--', ...words], database.env)
      expect(status).toBe(2)
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`"${command}" isn't an upgrade`)
      expect(stdout).not.toContain('SUCCESS')
    }
    expect(await rowsOf(database)).toEqual(before)
    await database.drop()
  })
})

describe.skipIf(!server || !alembic)('a wrapped alembic upgrade head', () => {
  test('runs after the check, and its rows are compared', async () => {
    const folder = folderWith(threeMigrations)
    const database = await freshDatabase()
    const { stdout, stderr, status } = await release(folder, upgrade, database.env)
    expect(stdout).toContain('SUCCESS: "alembic upgrade head" would run 3 migrations, first base_001\n')
    expect(stdout).toMatch(/^ {7}verified: the database is at reservations_003$/m)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(await rowsOf(database)).toEqual(['reservations_003'])
  })

  test('passes its output through, after the report', async () => {
    const folder = folderWith({
      ...scaffold,
      'migrations/versions/talk.py': migration('talk', null).replace(
        'def upgrade():\n',
        "def upgrade():\n    print('hello from the migration', flush=True)\n",
      ),
    })
    const { env } = await freshDatabase()
    const { stdout } = await release(folder, upgrade, env)
    expect(stdout.indexOf('SUCCESS:')).toBeLessThan(stdout.indexOf('hello from the migration'))
    expect(stdout.indexOf('hello from the migration')).toBeLessThan(stdout.indexOf('verified:'))
    expect(stdout).toContain('hello from the migration')
  })

  test('passes its failure through, and reports what is left', async () => {
    const folder = folderWith({
      ...scaffold,
      'migrations/versions/boom.py': migration('boom', null).replace(
        'def upgrade():\n',
        "def upgrade():\n    if op.get_bind().dialect.name == 'postgresql':\n        raise SystemExit(42)\n",
      ),
    })
    const database = await freshDatabase()
    const { stderr, status } = await release(folder, upgrade, database.env)
    expect(status).toBe(42)
    expect(stderr).toContain(
      'hint: the command exited with status 42; the version rows are unchanged: no\n      revision\n',
    )
  })

  test("isn't started if it would fail", async () => {
    const folder = folderWith(threeMigrations)
    const database = await freshDatabase()
    await database.execute(
      "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); INSERT INTO alembic_version VALUES ('guest_lockout_001')",
    )
    const { stdout, stderr, status } = await release(
      folder,
      ['run', '--', 'env', 'TRACE=1', 'alembic', 'upgrade', 'head'],
      database.env,
    )
    expect(stdout).toContain('ERROR: release blocked before "alembic upgrade head"  [AG201]\n')
    expect(stderr).toBe('')
    expect(status).toBe(1)
  })

  test('gets SIGTERM, and the status is 128 + 15', async () => {
    const folder = folderWith(slowProject)
    const database = await freshDatabase()
    const open = await closeGate(database)
    const running = startGuard(folder, upgrade, database.env)
    await untilWaiting(database, 1)
    running.child.kill('SIGTERM')
    const { stderr, status } = await running.ended
    await open()
    expect(status).toBe(143)
    expect(stderr).toContain('was killed by SIGTERM; the version rows are unchanged')
  })
})

describe.skipIf(!server)('the command', () => {
  /** Creates a project whose check passes. */
  async function passing(): Promise<{ folder: string; env: Readonly<Record<string, string>> }> {
    const folder = folderWith(threeMigrations)
    const database = await freshDatabase()
    await database.execute(
      "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); INSERT INTO alembic_version VALUES ('reservations_003'); CREATE TABLE base_001 (id integer); CREATE TABLE add_email_002 (id integer); CREATE TABLE reservations_003 (id integer)",
    )
    return { folder, env: database.env }
  }

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)(
    'that handles %s exits with its own status',
    async (signal) => {
      const { folder, env } = await passing()
      const script = `process.on('${signal}', () => process.exit(7)); setInterval(() => {}, 1000); console.log('ready')`
      const running = startGuard(folder, ['run', '--', process.execPath, '-e', script], env)
      await running.until(/^ready$/m)
      running.child.kill(signal)
      expect((await running.ended).status).toBe(7)
    },
  )

  test('leaves no trace if it is blocked', async () => {
    const folder = folderWith(threeMigrations)
    const database = await freshDatabase()
    await database.execute(
      "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); INSERT INTO alembic_version VALUES ('nowhere')",
    )
    const { status } = await release(folder, ['run', '--', 'touch', 'started'], database.env)
    expect(status).toBe(1)
    expect(existsSync(join(folder, 'started'))).toBe(false)
  })

  test('is started without a shell', async () => {
    const { folder, env } = await passing()
    const { stdout } = await release(
      folder,
      ['run', '--', 'echo', '$HOME', '&&', '*', '007', '1e3', '0x1f', '--app', '--', '-n'],
      env,
    )
    expect(stdout).toContain('\n$HOME && * 007 1e3 0x1f --app -- -n\n')
  })

  test('gets the variable assignments before it', async () => {
    const { folder, env } = await passing()
    const { stdout, status } = await release(
      folder,
      ['run', '--', 'GREETING=hello', 'sh', '-c', 'echo "$GREETING"; exit 5'],
      env,
    )
    expect(stdout).toContain('\nhello\n')
    expect(status).toBe(5)
  })

  test("exits with 127 if it doesn't exist, with 126 if it can't be executed", async () => {
    const { folder, env } = await passing()
    const absent = await release(folder, ['run', '--', 'no-such-program'], env)
    expect(absent.stderr).toContain("ERROR: the program no-such-program doesn't exist\n")
    expect(absent.status).toBe(127)
    writeFileSync(join(folder, 'plain.txt'), '')
    chmodSync(join(folder, 'plain.txt'), 0o644)
    const refused = await release(folder, ['run', '--', './plain.txt'], env)
    expect(refused.stderr).toContain("ERROR: ./plain.txt can't be started (EACCES)\n")
    expect(refused.status).toBe(126)
  })

  test('exits with 1 and an error if it ends with 0 and unexpected rows', async () => {
    const folder = folderWith(threeMigrations)
    const { env } = await freshDatabase()
    const { stderr, status } = await release(folder, ['run', '--', 'true'], env)
    expect(stderr).toMatch(/^ERROR: the command exited with 0, but the version rows don't match the$/m)
    expect(stderr).toMatch(/^ {7}predicted {3}reservations_003$/m)
    expect(stderr).toMatch(/^ {7}found {7}no revision$/m)
    expect(status).toBe(1)
    const unverified = await release(folder, ['run', '--no-verify', '--', 'true'], env)
    expect(unverified.stderr).toBe('')
    expect(unverified.status).toBe(0)
  })

  test('is reported if it is unrecognized', async () => {
    const { folder, env } = await passing()
    const { stdout } = await release(folder, ['run', '--', 'true'], env)
    expect(stdout).toContain('WARNING: unrecognized command true; assuming')
  })

  test('is parsed for folder, file, section and revision', async () => {
    const nested = Object.fromEntries(
      Object.entries(threeMigrations).map(([path, text]) => [
        `backend/${path.replace('alembic.ini', 'db.ini')}`,
        typeof text === 'string' ? text.replace('[alembic]', '[shop]') : text,
      ]),
    )
    const folder = folderWith(nested)
    const { env } = await freshDatabase()
    const { stdout } = await release(
      folder,
      [
        'run',
        '--no-verify',
        '--',
        'env',
        '-C',
        'backend',
        'alembic',
        '-c',
        'db.ini',
        '-n',
        'shop',
        'upgrade',
        'add_email_002',
      ],
      env,
    )
    expect(stdout).toContain('SUCCESS: "alembic upgrade add_email_002" would run 2 migrations, first')
  })

  test('decides which database is checked', async () => {
    const { folder } = await passing()
    const other = await freshDatabase()
    const { stdout } = await release(folder, [
      'run',
      '--no-verify',
      '--',
      'env',
      `DATABASE_URL=${other.env['DATABASE_URL']}`,
      'true',
    ])
    expect(stdout).toContain('run 3 migrations')
  })

  test('starts after the machine-readable report was written', async () => {
    const { folder, env } = await passing()
    const { stdout, stderr } = await release(
      folder,
      ['run', '--format', 'json', '--output', 'report.json', '--no-verify', '--', 'cat', 'report.json'],
      env,
    )
    expect(JSON.parse(stdout)).toMatchObject({ command: 'run', verdict: 'pass', exitCode: 0 })
    expect(stderr).toContain('WARNING: unrecognized command cat')
  })

  test.skipIf(spawnSync('script', ['--version']).status !== 0)(
    'gets terminal input once, not twice',
    async () => {
      const { folder, env } = await passing()
      const counting = `let n = 0; process.on('SIGINT', () => { if (n++ === 0) setTimeout(() => { console.log('interrupts', n); process.exit(9) }, 500) }); setInterval(() => {}, 1000); console.log('ready')`
      writeFileSync(join(folder, 'count.cjs'), counting)
      const line = ['exec', process.execPath, cli, 'run', '--', process.execPath, 'count.cjs'].join(' ')
      const running = start(folder, ['script', '-qefc', line, '/dev/null'], env, 'pipe')
      await running.until(/ready/)
      running.child.stdin?.write('\u0003')
      expect((await running.ended).status).toBe(9)
      expect(running.output()).toContain('interrupts 1')
    },
  )

  test('is required, and run says how to specify it', async () => {
    const { folder, env } = await passing()
    const none = await release(folder, ['run'], env)
    expect(none.stdout).toContain('ERROR: run needs a command after "--"\n')
    expect(none.status).toBe(2)
    const bare = await release(folder, ['run', 'alembic', 'upgrade', 'head'], env)
    expect(bare.stderr).toContain('put the command after "--"')
    expect(bare.status).toBe(2)
    const wrong = await release(folder, ['check', '--', 'alembic', 'upgrade', 'head'], env)
    expect(wrong.stderr).toContain('did you mean alembic-guard run --')
    expect(wrong.status).toBe(2)
  })
})

describe.skipIf(!server || !alembic)('two concurrent releases', () => {
  test('without the guard: one of them fails', async () => {
    const folder = folderWith(slowProject)
    const database = await freshDatabase()
    const open = await closeGate(database)
    const command = ['alembic', 'upgrade', 'head']
    const first = start(folder, command, database.env)
    await untilWaiting(database, 1)
    const second = start(folder, command, database.env)
    await untilWaiting(database, 2)
    await open()
    const statuses = [(await first.ended).status, (await second.ended).status]
    expect(statuses).toEqual([0, 1])
  })

  test('take turns: both exit with 0, and each migration runs once', async () => {
    const folder = folderWith(slowProject)
    const database = await freshDatabase()
    const open = await closeGate(database)
    const first = startGuard(folder, upgrade, { ...database.env, DYNO: 'release.7' })
    await untilWaiting(database, 1)
    const second = startGuard(folder, upgrade, database.env)
    await second.until(/waiting for another release: process \d+/)
    await open()
    const [one, two] = [await first.ended, await second.ended]
    expect([one.status, two.status]).toEqual([0, 0])
    expect(two.stdout.replaceAll(/\s+/g, ' ')).toContain('(alembic-guard run release.7)')
    expect(two.stdout).toContain('SUCCESS: "alembic upgrade head" has nothing to run\n')
    expect(`${one.stdout}${two.stdout}`.match(/slow_002 runs/g)).toHaveLength(1)
    expect(await rowsOf(database)).toEqual(['slow_002'])
  })

  test("a waiting release doesn't block CREATE INDEX CONCURRENTLY", async () => {
    const folder = folderWith({
      ...slowProject,
      'migrations/versions/index_003.py': migration('index_003', 'slow_002').replace(
        /op.create_table\(.*/,
        "with op.get_context().autocommit_block():\n        op.execute('CREATE INDEX CONCURRENTLY i ON base_001 (id)')",
      ),
    })
    const database = await freshDatabase()
    const open = await closeGate(database)
    const first = startGuard(folder, upgrade, database.env)
    await untilWaiting(database, 1)
    const second = startGuard(folder, upgrade, database.env)
    await second.until(/waiting for another release/)
    await open()
    expect([(await first.ended).status, (await second.ended).status]).toEqual([0, 0])
  })

  test('the wait is limited, and the error names who has the lock', async () => {
    const folder = folderWith(slowProject)
    const database = await freshDatabase()
    const open = await closeGate(database)
    const first = startGuard(folder, upgrade, database.env)
    await untilWaiting(database, 1)
    const late = await release(
      folder,
      ['run', '--lock-timeout', '0.2', '--', 'touch', 'started'],
      database.env,
    )
    expect(late.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /ERROR: Another release still holds the lock after 0\.2 s: process \d+ \(alembic-guard run\), connected since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\./,
    )
    expect(late.stdout).toMatch(/pg_terminate_backend\(\d+\)/)
    expect(late.status).toBe(3)
    expect(existsSync(join(folder, 'started'))).toBe(false)
    const free = await release(folder, ['run', '--no-lock', '--no-verify', '--', 'true'], database.env)
    expect(free.status).toBe(0)
    await open()
    expect((await first.ended).status).toBe(0)
  })

  test('a lock lost while the command runs is reported', async () => {
    const folder = folderWith(slowProject)
    const database = await freshDatabase()
    const open = await closeGate(database)
    const running = startGuard(folder, upgrade, database.env)
    await untilWaiting(database, 1)
    await database.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'alembic-guard run'",
    )
    await running.until(/connection that held the release lock was lost/)
    await open()
    expect((await running.ended).status).toBe(0)
  })
})

describe('on SQLite', () => {
  test.skipIf(!alembic)('there is no lock, and nothing is said about it', async () => {
    const folder = folderWith(threeMigrations)
    const env = { DATABASE_URL: 'sqlite:///app.db' }
    writeFileSync(join(folder, 'app.db'), '')
    const { stdout, stderr, status } = await release(folder, upgrade, env)
    expect(stdout).toContain('verified: the database is at reservations_003')
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  test('--lock is an error', async () => {
    const folder = folderWith(threeMigrations)
    writeFileSync(join(folder, 'app.db'), '')
    const { stdout, status } = await release(folder, ['run', '--lock', '--', 'true'], {
      DATABASE_URL: 'sqlite:///app.db',
    })
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('available only on PostgreSQL')
    expect(status).toBe(3)
  })
})
