/**
 * Tests an env.py that reads only alembic.ini, which names another database. `run` must not start Alembic.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { folderWith, guard, migration } from '../support/guard.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'
import { alembic } from '../support/release.ts'

const server = await findPostgres()
const pins = 'alembic==1.8.1\nSQLAlchemy==1.4.46\npsycopg2==2.9.5\n'

async function freshDatabase(): Promise<TestDatabase> {
  if (!server) throw new Error('no PostgreSQL server')
  const database = await server.createDatabase()
  onTestFinished(() => database.drop())
  return database
}

const sqlalchemyUrl = ({ url }: TestDatabase): string => url.replace(/^postgres:/, 'postgresql:')

async function rowsOf(database: TestDatabase): Promise<readonly unknown[] | null> {
  const [found] = await database.execute("select to_regclass('alembic_version')::text as name")
  if (found?.['name'] === null) return null
  return (await database.execute('select version_num from alembic_version')).map((row) => row['version_num'])
}

/** Creates a project with `alembic init`. `edit` changes env.py; `url` goes into alembic.ini. */
function project(url: string | null, edit: (env: string) => string = (env) => env): string {
  const folder = folderWith({ 'requirements.txt': pins })
  execFileSync('alembic', ['init', 'migrations'], { cwd: folder, stdio: 'ignore' })
  writeFileSync(join(folder, 'migrations/versions/one_001.py'), migration('one_001', null))
  const change = (path: string, edited: (text: string) => string): void =>
    writeFileSync(join(folder, path), edited(readFileSync(join(folder, path), 'utf8')))
  change('migrations/env.py', edit)
  change('alembic.ini', (ini) =>
    url === null ? ini : ini.replace('driver://user:pass@localhost/dbname', () => url),
  )
  return folder
}

const run = (folder: string, { url }: TestDatabase, ...options: readonly string[]) =>
  guard(folder, ['run', ...options, '--', 'alembic', 'upgrade', 'head'], {
    DATABASE_URL: url,
    PATH: process.env['PATH'] ?? '',
  })

describe.skipIf(server === null || alembic === null)('the database in alembic.ini', () => {
  test('is upgraded instead of the checked one, so `run` starts nothing and `check` warns', async () => {
    const [checked, other] = [await freshDatabase(), await freshDatabase()]
    const folder = project(sqlalchemyUrl(other))
    const ran = run(folder, checked)
    expect([ran.status, ran.stdout]).toEqual([1, expect.stringContaining('[AG506]')])
    expect([await rowsOf(checked), await rowsOf(other)]).toEqual([null, null])
    const looked = guard(folder, ['check', '--format', 'json'], { DATABASE_URL: checked.url })
    expect([looked.status, JSON.parse(looked.stdout).findings]).toMatchObject([
      0,
      [{ code: 'AG506', severity: 'warning' }],
    ])
    // Without the guard, Alembic upgrades the wrong database.
    const real = spawnSync('alembic', ['upgrade', 'head'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: checked.url },
    })
    expect([real.status, await rowsOf(checked), await rowsOf(other)]).toEqual([0, null, ['one_001']])
  })

  test('is checked and upgraded if the guard is given its URL', async () => {
    const [wrong, right] = [await freshDatabase(), await freshDatabase()]
    const folder = project(sqlalchemyUrl(right))
    const ran = run(folder, wrong, '--database-url', right.url)
    expect([ran.status, ran.stdout + ran.stderr]).toEqual([0, expect.not.stringContaining('AG506')])
    expect([await rowsOf(wrong), await rowsOf(right)]).toEqual([null, ['one_001']])
  })

  test('is upgraded if it is the checked one under another spelling', async () => {
    const database = await freshDatabase()
    const folder = project(
      sqlalchemyUrl(database)
        .replace('127.0.0.1', 'localhost')
        .replace('postgresql:', 'postgresql+psycopg2:'),
    )
    const ran = run(folder, database)
    expect([ran.status, ran.stdout + ran.stderr]).toEqual([0, expect.not.stringContaining('AG506')])
    expect(await rowsOf(database)).toEqual(['one_001'])
  })

  test.each<[name: string, edit: (env: string) => string]>([
    [
      'os.environ',
      (env) =>
        env.replace(
          'config = context.config',
          `import os\nconfig = context.config\nconfig.set_main_option('sqlalchemy.url', os.environ['DATABASE_URL'].replace('%', '%%'))`,
        ),
    ],
    [
      'a rewritten scheme',
      (env) =>
        env.replace(
          'config = context.config',
          `import os\nconfig = context.config\nurl = os.environ['DATABASE_URL'].replace('postgres://', 'postgresql://', 1)\nconfig.set_main_option('sqlalchemy.url', url.replace('%', '%%'))`,
        ),
    ],
    [
      'an engine option',
      (env) =>
        env.replace(
          'prefix="sqlalchemy.",',
          `prefix="sqlalchemy.", **({'url': __import__('os').environ['DATABASE_URL']}),`,
        ),
    ],
    [
      'another engine',
      (env) =>
        env
          .replace('config = context.config', `config = context.config\nimport settings`)
          .replace(
            'connectable = engine_from_config(',
            'connectable = settings.engine or engine_from_config(',
          ),
    ],
  ])("isn't upgraded if env.py takes the URL from %s, and `run` isn't blocked", async (_, edit) => {
    const [checked, other] = [await freshDatabase(), await freshDatabase()]
    const folder = project(sqlalchemyUrl(other), edit)
    writeFileSync(
      join(folder, 'settings.py'),
      `import os\nimport sqlalchemy\nengine = sqlalchemy.create_engine(os.environ['DATABASE_URL'])\n`,
    )
    const database = { ...checked, url: sqlalchemyUrl(checked) }
    const ran = guard(folder, ['run', '--', 'alembic', 'upgrade', 'head'], {
      DATABASE_URL: database.url,
      PATH: process.env['PATH'] ?? '',
      PYTHONPATH: folder,
    })
    expect([ran.status, ran.stdout + ran.stderr]).toEqual([0, expect.not.stringContaining('AG506')])
    expect([await rowsOf(checked), await rowsOf(other)]).toEqual([['one_001'], null])
  })
})
