/** Tests the log of every kind of Heroku release. Each log must fit in 80 columns and 25 lines. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderWith, migration, scaffold, threeMigrations } from '../support/guard.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import { alembic, password, printed, release, withPassword } from '../support/release.ts'

const server = await findPostgres()
let production: TestDatabase
let promoted: TestDatabase

beforeAll(async () => {
  if (!server) return
  production = await server.createDatabase()
  promoted = await server.createDatabase()
})

afterAll(() => {
  expect(printed.length).toBeGreaterThan(0)
  for (const text of printed) expect(text).not.toContain(password)
})

/** An older slug that contains only the first migration. */
const older = Object.fromEntries(
  Object.entries(threeMigrations).filter(([path]) => !/add_email|reservations/.test(path)),
)

/** Returns the log and exit status of a release, with normalized names. */
async function log(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<string> {
  const folder = folderWith(files)
  const argv = ['run', ...options, '--', 'alembic', 'upgrade', 'head']
  const { stdout, stderr, status } = await release(folder, argv, { DYNO: 'release.9768', ...env })
  for (const line of stdout.split('\n')) {
    // Commands aren't wrapped, so that users can copy them.
    if (!/^ {9}(git|alembic|alembic-guard) /.test(line)) expect(line.length, line).toBeLessThanOrEqual(80)
    expect(line).toMatch(/^[\x20-\x7e]*$/)
  }
  expect(stdout.split('\n').length - 1).toBeLessThanOrEqual(25)
  const text = `${stdout}${stderr}`.replace(/guard_\w+ on \S+ \(.*?\)/, 'DATABASE')
  return `${text.replace(/alembic-guard \d+\.\d+\.\d+/, 'alembic-guard X')}status ${status}`
}

describe.skipIf(!server || !alembic)('a release', () => {
  const url = (): Record<string, string> => ({ DATABASE_URL: withPassword(production.url) })

  test('build: first release of an app', async () => {
    expect(await log(older, url())).toMatchInlineSnapshot(`
      "-----> alembic-guard X
             database   DATABASE
             stamp      none (new database)
             history    1 revision, head base_001
      SUCCESS: "alembic upgrade head" would run 1 migration, base_001
             1 of 1 operation checked against the live schema
             verified: the database is at base_001
      status 0"
    `)
  })

  test('build: with new migrations', async () => {
    expect(await log(threeMigrations, url())).toMatchInlineSnapshot(`
      "-----> alembic-guard X
             database   DATABASE
             stamp      base_001
             history    3 revisions, head reservations_003
      SUCCESS: "alembic upgrade head" would run 2 migrations, first add_email_002
             2 of 2 operations checked against the live schema
             verified: the database is at reservations_003
      status 0"
    `)
  })

  test('config change: the same slug again', async () => {
    expect(await log(threeMigrations, { ...url(), NEW_VARIABLE: '1' })).toMatchInlineSnapshot(`
      "-----> alembic-guard X
             database   DATABASE
             stamp      reservations_003
             history    3 revisions, head reservations_003
      SUCCESS: "alembic upgrade head" has nothing to run
             verified: the database is at reservations_003
      status 0"
    `)
  })

  test('rollback: the older slug on the newer database', async () => {
    expect(await log(older, url())).toMatchInlineSnapshot(`
      "-----> alembic-guard X
             database   DATABASE
             stamp      reservations_003
             history    1 revision, head base_001
      ERROR: release blocked before "alembic upgrade head"  [AG201]
             The database is stamped with reservations_003; no migration in this
             release defines it, and no similar id exists.
             This release has   1 revision, head base_001
             Unknown            the project isn't in a git repository; there is no
                                manifest
             Alembic would fail with: Can't locate revision identified by
             'reservations_003'

      hint: 1. If this release is older than the database (a rollback), deploy the
               newer release.
            2. To find out what happened to reservations_003, run this in a clone of
               the repository:
               alembic-guard explain reservations_003 --remote heroku
            3. If the lost migration can't be recovered, or if it only changed data,
               create a placeholder (proven position):
               alembic-guard placeholder reservations_003 --write --remote heroku
            See https://OWNER.github.io/alembic-guard/AG201
      hint: checked for Alembic 1.20.0 (not pinned; newest known version).
      hint: nothing was changed; the previous release keeps running.
      hint: "git push" exits with 0 anyway; see: heroku releases:output
      status 1"
    `)
  })

  test('rollback: skipping needs to know that the database is ahead', async () => {
    expect(await log(older, url(), ['--on-ahead', 'skip'])).toMatch(/status 1$/)
  })

  test("promotion: staging's slug on production's database", async () => {
    await production.execute(
      "DROP TABLE reservations_003; UPDATE alembic_version SET version_num = 'add_email_002'",
    )
    expect(await log(threeMigrations, url())).toMatchInlineSnapshot(`
      "-----> alembic-guard X
             database   DATABASE
             stamp      add_email_002
             history    3 revisions, head reservations_003
      SUCCESS: "alembic upgrade head" would run 1 migration, reservations_003
             1 of 1 operation checked against the live schema
             verified: the database is at reservations_003
      status 0"
    `)
  })

  test('review app: a new database', async () => {
    const fresh = await server?.createDatabase()
    expect(await log(threeMigrations, { DATABASE_URL: withPassword(fresh?.url ?? '') })).toMatch(
      /run 3 migrations, first base_001\n[^]*status 0$/,
    )
  })

  test('review app: without addons in app.json there is no database', async () => {
    expect(await log(threeMigrations, {})).toMatchInlineSnapshot(`
      "-----> alembic-guard X
             history   3 revisions, head reservations_003
      ERROR: $DATABASE_URL isn't set, so there is no database to check
      hint: Set DATABASE_URL to the URL of the database, or specify another variable
            with --database-url-env NAME. While Heroku promotes a database
            (pg:promote), one release runs without DATABASE_URL. If that release
            fails, the failure is safe to ignore: the next release has the new URL. A
            review app has a database only if "addons" in app.json lists one, such as
            heroku-postgresql. To let such releases pass, use --allow-missing-url.
      hint: the guard couldn't verify this, so it doesn't count as a pass. Nothing was
            changed.
      hint: "git push" exits with 0 anyway; see: heroku releases:output
      status 3"
    `)
  })

  test('review app: a team that lets such releases pass', async () => {
    expect(await log(threeMigrations, {}, ['--allow-missing-url'])).toMatchInlineSnapshot(`
      "-----> alembic-guard X
             history   3 revisions, head reservations_003
      WARNING: no database URL, so only the revision graph was checked
             (--allow-missing-url)
      hint: the command wasn't started: there is no database (--allow-missing-url).
      status 0"
    `)
  })

  test('add-on promotion: Detach DATABASE may fail, Attach DATABASE passes', async () => {
    expect(await log(threeMigrations, { DATABASE_URL: '' })).toMatch(/safe to\s+ignore[^]*status 3$/)
    expect(await log(threeMigrations, { DATABASE_URL: withPassword(promoted.url) })).toMatch(/status 0$/)
  })

  test('unreachable database: nothing is started', async () => {
    const env = { DATABASE_URL: `postgres://u:${password}@127.0.0.1:1/app` }
    expect(await log(threeMigrations, env)).toMatchInlineSnapshot(`
      "-----> alembic-guard X
             history   3 revisions, head reservations_003
      ERROR: Connection refused by the server 127.0.0.1:1.
      hint: Check that the server is running and that the port is right.
      hint: the guard couldn't verify this, so it doesn't count as a pass. Nothing was
            changed.
      hint: "git push" exits with 0 anyway; see: heroku releases:output
      status 3"
    `)
  })

  test('a repository with many problems still fits into 25 lines', async () => {
    const files: Record<string, string> = { ...scaffold }
    for (const id of ['a', 'b', 'c']) files[`migrations/versions/${id}1.py`] = migration(id, `missing_${id}`)
    for (const id of ['a', 'b', 'c']) files[`migrations/versions/${id}2.py`] = migration(id, null)
    const text = await log(files, url())
    expect(text).toMatch(/\.\.\. and \d+ more lines; run "alembic-guard check" to see them all\n/)
    expect(text).toContain('hint: "git push" exits with 0 anyway; see: heroku releases:output\n')
    expect(text).toMatch(/status 1$/)
  })
})
