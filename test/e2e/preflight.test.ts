/** Tests `preflight` with a fake Heroku CLI. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folderWith, threeMigrations } from '../support/guard.ts'
import { pgbouncer, startPooler } from '../support/pgbouncer.ts'
import { findPostgres, startOwnPostgres } from '../support/postgres.ts'
import { password, printed, release, startGuard, withPassword } from '../support/release.ts'

const server = await findPostgres()

afterAll(() => {
  for (const text of printed) expect(text).not.toContain(password)
})

/** Creates a `heroku` program that writes its arguments to the file `asked`, then runs `script`. */
function heroku(script: string): { readonly PATH: string; readonly asked: () => string } {
  const folder = folderWith({ heroku: `#!/bin/sh\necho "$@" > "$(dirname "$0")/asked"\n${script}\n` })
  chmodSync(join(folder, 'heroku'), 0o755)
  return {
    PATH: `${folder}:/usr/bin:/bin`,
    asked: () => readFileSync(join(folder, 'asked'), 'utf8').trim(),
  }
}

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ')

describe.skipIf(!server)('preflight', () => {
  test("ends with what was and wasn't checked", async () => {
    const database = await server?.createDatabase()
    const { stdout, status } = await release(folderWith(threeMigrations), ['preflight'], {
      DATABASE_URL: withPassword(database?.url ?? ''),
    })
    expect(stdout).toContain('SUCCESS: "alembic upgrade head" would run 3 migrations')
    expect(flat(stdout)).toContain('Checked: the revision graph, the version rows, what Alembic would do')
    expect(flat(stdout)).toContain('Not checked: ')
    expect(status).toBe(0)
  })

  test("says so if it couldn't check the database", async () => {
    const { stdout, status } = await release(folderWith(threeMigrations), ['preflight'])
    expect(flat(stdout)).toMatch(/ Checked: the revision graph[^:]* Not checked: the version rows, /)
    expect(status).toBe(3)
  })

  test('reads the named variable', async () => {
    const database = await server?.createDatabase()
    const { stdout, status } = await release(
      folderWith(threeMigrations),
      ['preflight', '--database-url-env', 'HEROKU_POSTGRESQL_BRONZE_URL', '--format', 'json'],
      { HEROKU_POSTGRESQL_BRONZE_URL: withPassword(database?.url ?? '') },
    )
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'preflight',
      verdict: 'pass',
      remarks: expect.arrayContaining([expect.stringMatching(/^not checked: the rest of the live schema/)]),
    })
    expect(status).toBe(0)
  })

  test("asks the Heroku CLI for an app's URL", async () => {
    const database = await server?.createDatabase()
    const { PATH, asked } = heroku(`echo '${withPassword(database?.url ?? '')}'`)
    const { stdout, stderr, status } = await release(
      folderWith(threeMigrations),
      ['preflight', '--app', 'my-app', '--remote', 'production', '--log-level', 'debug'],
      { PATH, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/wrong' },
    )
    expect(asked()).toBe('config:get DATABASE_URL -a my-app -r production')
    expect(stdout).toContain('SUCCESS: "alembic upgrade head" would run 3 migrations')
    expect(stderr).toContain('asking the Heroku CLI for DATABASE_URL')
    expect(status).toBe(0)
  })

  test('asks the Heroku CLI for the named variable', async () => {
    const { PATH, asked } = heroku('echo')
    await release(
      folderWith(threeMigrations),
      ['preflight', '--app', 'my-app', '--database-url-env', 'HEROKU_POSTGRESQL_BRONZE_URL'],
      { PATH },
    )
    expect(asked()).toBe('config:get HEROKU_POSTGRESQL_BRONZE_URL -a my-app')
  })
})

describe('when the Heroku CLI gives no URL', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['an empty answer is a missing URL', 'echo', "DATABASE_URL of my-app isn't set"],
    [
      'a logged-out CLI',
      'echo " >   Error: not logged in" >&2; exit 100',
      'The Heroku CLI isn\'t logged in. hint: Run "heroku login"',
    ],
    [
      'a CLI that tries to open a browser',
      'echo "heroku: Press any key to open up the browser to login or q to exit:" >&2; exit 1',
      "The Heroku CLI isn't logged in.",
    ],
    [
      'an app that does not exist',
      `echo " >   Error: Couldn't find that app." >&2; echo " >   Error ID: not_found" >&2; exit 1`,
      "Heroku can't find the app my-app.",
    ],
    [
      "another user's app",
      'echo " >   Error: You do not have access to the app my-app." >&2; exit 1',
      'has no access to the app my-app.',
    ],
    ['no network', 'echo "getaddrinfo ENOTFOUND api.heroku.com" >&2; exit 1', "can't reach Heroku"],
    [
      "any other error, whose message isn't repeated",
      `echo "postgres://u:${password}@h/d broke" >&2; exit 1`,
      "The Heroku CLI couldn't read a config var of the app my-app.",
    ],
  ]
  test.each(cases)('%s', async (_, script, sentence) => {
    const { PATH } = heroku(script)
    const { stdout, status } = await release(folderWith(threeMigrations), ['preflight', '--app', 'my-app'], {
      PATH,
    })
    expect(flat(stdout)).toContain(sentence)
    expect(status).toBe(3)
  })

  test("the CLI isn't installed", async () => {
    const { stdout, status } = await release(folderWith(threeMigrations), ['preflight', '--app', 'my-app'], {
      PATH: dirname(process.execPath) === '/usr/bin' ? '' : '/nowhere',
    })
    expect(flat(stdout)).toContain("The Heroku CLI isn't installed")
    expect(status).toBe(3)
  })

  test('an app name that looks like an option is rejected', async () => {
    const { PATH } = heroku('touch started')
    const folder = folderWith(threeMigrations)
    const { stdout, status } = await release(folder, ['preflight', '--app=--help'], { PATH })
    expect(flat(stdout)).toContain('--app must be a name, not --help')
    expect(status).toBe(2)
  })

  test('an additional URL is a usage error', async () => {
    const folder = folderWith(threeMigrations)
    writeFileSync(join(folder, 'app.db'), '')
    const { stdout, status } = await release(folder, [
      'preflight',
      '--app',
      'my-app',
      '--database-url',
      'sqlite:///app.db',
    ])
    expect(flat(stdout)).toContain('--database-url and --app are mutually exclusive')
    expect(status).toBe(2)
  })
})

describe.skipIf(!pgbouncer)('through PgBouncer in transaction mode', async () => {
  const own = await startOwnPostgres({})
  const pooler = own && (await startPooler(own, 'transaction'))
  afterAll(() => {
    pooler?.stop()
    own?.stop()
  })

  test.skipIf(!own)('run works without the lock and says so; --lock is an error', async () => {
    const database = await own?.createDatabase()
    const env = {
      DATABASE_URL: `postgresql://postgres:${password}@127.0.0.1:${pooler?.port}/${database?.name}`,
    }
    const folder = folderWith(threeMigrations)
    const { stdout, status } = await release(folder, ['run', '--no-verify', '--', 'true'], env)
    expect(flat(stdout)).toContain("WARNING: the release lock doesn't work through a transaction pooler")
    expect(status).toBe(0)
    const silent = await release(folder, ['run', '--no-lock', '--no-verify', '--', 'true'], env)
    expect(silent.stdout).not.toContain('lock')
    const asked = await release(folder, ['run', '--lock', '--no-verify', '--', 'true'], env)
    expect(flat(asked.stdout)).toContain('has no effect behind a transaction pooler.')
    expect(asked.status).toBe(3)
    expect(flat(asked.stdout)).toContain('Set ALEMBIC_GUARD_LOCK_URL (--lock-url) to a direct URL')
  })

  test.skipIf(!own)('with a direct URL for the lock, a second release waits for the first', async () => {
    const database = await own?.createDatabase()
    const pooled = `postgresql://postgres:${password}@127.0.0.1:${pooler?.port}/${database?.name}`
    const direct = `postgresql://postgres:${password}@127.0.0.1:${own?.port}/${database?.name}`
    const env = { DATABASE_URL: pooled, ALEMBIC_GUARD_LOCK_URL: direct }
    const folder = folderWith(threeMigrations)
    const holder = startGuard(folder, ['run', '--no-verify', '--', 'sh', '-c', 'echo started; sleep 4'], env)
    await holder.until(/started/)
    const late = await release(folder, ['run', '--no-verify', '--lock-timeout', '0.2', '--', 'true'], env)
    expect(flat(late.stdout)).toContain('Another release still holds the lock')
    expect(late.status).toBe(3)
    const waiting = await release(folder, ['run', '--no-verify', '--', 'true'], env)
    expect(flat(waiting.stdout)).toContain('waiting for another release')
    expect(waiting.status).toBe(0)
    expect((await holder.ended).status).toBe(0)
    const wrong = await release(folder, ['run', '--no-verify', '--', 'true'], {
      ...env,
      ALEMBIC_GUARD_LOCK_URL: pooled,
    })
    expect(flat(wrong.stdout)).toContain('--lock-url also connects to a transaction pooler')
    expect(wrong.status).toBe(3)
  })
})
