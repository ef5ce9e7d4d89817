/** Tests AG417's findings in env.py. */
import { expect, test } from 'vitest'
import { firstTables } from '../../../src/rules/examples/example-migrations.ts'
import { memoryTree } from '../../../src/adapters/files/memory-tree.ts'
import { readConnection } from '../../../src/adapters/lint/connection-source.ts'
import { lintOf } from '../../support/lint-example.ts'

const env = (lines: string, engine = "engine_from_config(config.get_section('alembic'))"): string =>
  `import os\nfrom alembic import context\nfrom sqlalchemy import engine_from_config\nconfig = context.config\n${lines}\nengine = ${engine}\n`
const ini = (url: string): string =>
  `[alembic]\nscript_location = %(here)s/migrations\n${url === '' ? '' : `sqlalchemy.url = ${url}\n`}`
const fromVariable = "config.set_main_option('sqlalchemy.url', os.environ['DATABASE_URL'])"

async function said(project: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { findings, crashes } = await lintOf({ files: { 'a1.py': firstTables }, project })
  expect(crashes).toEqual([])
  return findings.filter(({ code }) => code === 'AG417').map(({ message }) => message)
}

test('a URL from nowhere: nothing in the ini file, or the placeholder', async () => {
  const nothing = { 'alembic.ini': ini(''), 'migrations/env.py': env('') }
  expect(await said(nothing)).toEqual([expect.stringContaining('has no sqlalchemy.url')])
  const placeholder = { ...nothing, 'alembic.ini': ini('driver://user:pass@localhost/dbname') }
  expect(await said(placeholder)).toEqual([expect.stringContaining('the placeholder')])
  expect(await said({ ...nothing, 'migrations/env.py': env(fromVariable) })).toEqual([])
  expect(await said({ ...nothing, 'alembic.ini': ini('sqlite:///app.db') })).toEqual([])
})

test('a program that sets the URL itself is trusted', async () => {
  const program = "cfg = Config('alembic.ini')\ncfg.set_main_option('sqlalchemy.url', url)\n"
  const files = { 'alembic.ini': ini(''), 'migrations/env.py': env('') }
  expect(await said({ ...files, 'app/upgrade.py': program })).toEqual([])
})

test('another program in the repository that sets the URL is found', () => {
  const found = (program: string): string => {
    const files = {
      '/repo/.git/HEAD': 'ref: refs/heads/main\n',
      '/repo/cli/upgrade.py': program,
      '/repo/plugin/alembic.ini': ini(''),
      '/repo/plugin/migrations/env.py': env(''),
    }
    const tree = memoryTree({ cwd: '/repo/plugin', files })
    const envFacts = { path: 'migrations/env.py' }
    return readConnection(tree, { config: 'alembic.ini', section: 'alembic', env: envFacts } as never).iniUrl
  }
  expect(found("config.set_main_option('sqlalchemy.url', url)\n")).toBe('other')
  expect(found('pass\n')).not.toBe('other')
})

test('an async driver requires an async engine', async () => {
  const files = { 'alembic.ini': ini('sqlite+aiosqlite:///app.db'), 'migrations/env.py': env('') }
  expect(await said({ ...files })).toEqual([expect.stringContaining('sqlite+aiosqlite')])
  const engine = "async_engine_from_config(config.get_section('alembic'))"
  expect(await said({ ...files, 'migrations/env.py': env('', engine) })).toEqual([])
})

test("two projects that use one variable's database require two version tables", async () => {
  const files = {
    'migrations/env.py': env(fromVariable),
    'billing/env.py': env(fromVariable),
    'billing/versions/x.py': firstTables,
  }
  const [message] = await said(files)
  expect(message).toContain('billing/env.py')
  expect(message).toContain('alembic_version, in the database that DATABASE_URL points to')
  const own = `${env(fromVariable)}context.configure(connection=engine, version_table='billing_version')\n`
  expect(await said({ ...files, 'billing/env.py': own })).toEqual([])
  const other = env(fromVariable.replace('DATABASE_URL', 'BILLING_URL'))
  expect(await said({ ...files, 'billing/env.py': other })).toEqual([])
})
