/** Tests files opened by migrations, environment variables with defaults, and submodule names. */
import { describe, expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../../../src/adapters/project/locate-project.ts'
import { readAllOperations } from '../../../../src/adapters/project/read-operations.ts'
import { readRepository } from '../../../../src/adapters/project/read-repository.ts'
import { unsetVariables } from '../../../../src/adapters/project/unset-variables.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'

type Files = Readonly<Record<string, string | Uint8Array>>

const base = {
  'alembic.ini': '[alembic]\nscript_location = migrations\nprepend_sys_path = .\n',
  'migrations/env.py': '',
  'migrations/sql/seats.sql': 'CREATE TABLE seats (id int);\r\nCREATE TABLE halls (id int);\n',
}

/** Returns the tables that `upgrade()` creates, and the reasons other operations are unknown. */
async function made(
  body: string,
  more: Files = {},
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<readonly string[]> {
  const start = `import io, os, os.path, pathlib\nfrom pathlib import Path\nimport sqlalchemy as sa\nfrom alembic import op\nrevision = 'a1'\ndown_revision = None\n`
  const lines = body.split('\n').map((line) => `    ${line}\n`)
  const source = `${start}def upgrade():\n${lines.join('')}`
  const tree = memoryTree({ cwd: '/work', files: { ...base, ...more, 'migrations/versions/a1.py': source } })
  const read = await readRepository(tree, await locateProject(tree))
  const repository = { ...read, isUnset: unsetVariables(tree, env) }
  const found = readAllOperations(tree, repository, buildGraph(repository), 'postgresql').get('a1')
  if (found?.kind !== 'operations') return ['unreadable']
  return found.operations.map((step) =>
    step.kind === 'createTable' ? step.table.name : step.kind === 'opaque' ? 'unknown' : step.kind,
  )
}

describe('a file that a migration opens', () => {
  test.each([
    "op.execute(open(os.path.join(os.path.dirname(__file__), '..', 'sql', 'seats.sql')).read())",
    "op.execute(open(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'sql/seats.sql'), 'r', encoding='utf-8').read())",
    "op.execute(open(os.path.dirname(os.path.realpath(__file__)) + '/../sql/seats.sql').read())",
    "op.execute((Path(__file__).resolve().parent.parent / 'sql' / 'seats.sql').read_text())",
    "op.execute(Path(__file__).absolute().parents[1].joinpath('sql', 'seats.sql').read_text('utf8'))",
    "with (Path(__file__).parents[1] / 'sql/seats.sql').open() as f:\n    op.execute(sa.text(f.read()))",
    "with io.open('migrations/sql/seats.sql') as f:\n    for line in f:\n        op.execute(line)",
    "with open('migrations/sql/seats.sql') as f:\n    [op.execute(line) for line in f]",
    "f = open('migrations/sql/seats.sql')\nfor line in f.readlines(): op.execute(line)\nf.close()",
    "for one in open('migrations/sql/seats.sql').read().split(';\\n')[:-1]: op.execute(one)",
  ])('is read: %s', async (body) => {
    expect(await made(body)).toEqual(['seats', 'halls'])
  })

  test.each([
    ["op.execute(open('migrations/sql/missing.sql').read())", {}],
    ["op.execute(open('/etc/seats.sql').read())", { '/etc/seats.sql': 'CREATE TABLE a (id int)' }],
    ["op.execute(open('../seats.sql').read())", { '/seats.sql': 'CREATE TABLE a (id int)' }],
    ["op.execute(open('.hidden/seats.sql').read())", { '.hidden/seats.sql': 'CREATE TABLE a (id int)' }],
    ["op.execute(open('.env').read())", { '.env': 'CREATE TABLE a (id int)' }],
    ["op.execute(open('a.sql').read())", { 'a.sql': new Uint8Array([0x63, 0xe4]) }],
    ["op.execute(open('a.sql').read())", { 'a.sql': '\uFEFFCREATE TABLE a (id int)' }],
    ["op.execute(open('a.sql', encoding='latin-1').read())", { 'a.sql': 'CREATE TABLE a (id int)' }],
    ["op.execute(open('a.sql', newline='').read())", { 'a.sql': 'CREATE TABLE a (id int)' }],
    ["op.execute(open('a.sql', 'rb').read())", { 'a.sql': 'CREATE TABLE a (id int)' }],
    ["op.execute(Path(__file__).parents[9].joinpath('a.sql').read_text())", { 'a.sql': '' }],
    ["f = open('a.sql')\nf.readline()\nop.execute(f.read(5))", { 'a.sql': 'CREATE TABLE a (id int)' }],
  ])('stays unknown: %s', async (body, more: Files) => {
    expect(await made(body, more)).toEqual(['unknown'])
  })

  test('is read only once', async () => {
    const body = "f = open('a.sql')\nop.execute(f.read())\nop.execute(f.read())"
    expect(await made(body, { 'a.sql': 'CREATE TABLE a (id int)' })).toEqual(['a', 'unknown'])
    const loop = "f = open('a.sql')\nfor x in op.get_bind().execute('SELECT 1'):\n    op.execute(f.read())"
    expect(await made(loop, { 'a.sql': 'CREATE TABLE a (id int)' })).not.toContain('a')
  })

  test("the name of a folder outside the migrations' path stays unknown", async () => {
    const body =
      "here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))\nop.execute('CREATE TABLE ' + os.path.basename(here) + ' (id int)')"
    expect(await made(body)).not.toEqual(['work'])
  })
})

describe('an environment variable with a default', () => {
  const given = "op.execute(f\"CREATE TABLE {os.getenv('SEATS', 'seats')} (id int)\")"
  test.each([
    given,
    "op.execute('CREATE TABLE ' + os.environ.get('SEATS', default='seats') + ' (id int)')",
    "if int(os.getenv('COUNT', 1)) > 0: op.execute('CREATE TABLE seats (id int)')",
  ])('has this value if nothing sets it: %s', async (body) => {
    expect(await made(body)).toEqual(['seats'])
  })

  test.each([
    ['the environment', {}, { SEATS: 'secret' }],
    ['the environment, to the default', {}, { SEATS: 'seats' }],
    ['a .env file', { '.env': 'export SEATS=secret\n' }, {}],
    ['a .env file beside code', { 'app/a.py': 'load_dotenv()\n', 'app/.env': 'SEATS=secret\n' }, {}],
    ['a .env file above code', { 'app/b/a.py': 'load_dotenv()\n', 'app/.env': 'SEATS=secret\n' }, {}],
    ['a file that the application names', { 'app/a.py': "load_dotenv('conf')\n" }, {}],
    ['a .env file above the project', { '/.git/HEAD': '', '/.env': 'SEATS=secret\n' }, {}],
    ['the application', { 'app/__init__.py': "import os\nos.environ['SEATS'] = 'secret'\n" }, {}],
    ['the application', { 'app/a.py': "from os import environ\nenviron.setdefault('SEATS', 'a')\n" }, {}],
    ['env.py', { 'migrations/env.py': "import os\nos.environ.update(SEATS='secret')\n" }, {}],
  ])('is unknown if it is set by %s', async (_, more: Files, env: Readonly<Record<string, string>>) => {
    const found = await made(given, more, env)
    expect(found).not.toContain('seats')
    expect(JSON.stringify(found)).not.toContain('secret')
  })

  test('is unknown without a default, because the project probably expects it to be set', async () => {
    expect(await made('op.execute(f"CREATE TABLE {os.getenv(\'SEATS\')} (id int)")')).not.toContain('None')
    expect(await made("if os.getenv('SEATS') is None: op.execute('CREATE TABLE a (id int)')")).not.toEqual([
      'a',
    ])
  })

  test('is known if only tests set it', async () => {
    const more = { 'tests/conftest.py': "import os\nos.environ['SEATS'] = 'a'\n" }
    expect(await made(given, more)).toEqual(['seats'])
  })
})

describe('the attribute of a package', () => {
  const long = 'for a in range(1000):\n    for b in range(1000):\n        x = a\n'
  const names = { 'shop/db/__init__.py': '', 'shop/db/names.py': "TABLE = 'seats'\n" }
  const body = 'import shop.db.names\nop.create_table(shop.db.names.TABLE)'

  test('is a submodule if nothing else binds it', async () => {
    expect(await made(body, { ...names, 'shop/__init__.py': long })).toEqual(['seats'])
  })

  test.each([
    'class db: pass\n',
    'from .other import *\n',
    "globals()['db'] = 1\n",
    'import sys\nsetattr(sys, "x", 1)\n',
    'def f():\n    global db\n    db = 1\n',
  ])('is unknown if the package may bind it: %s', async (init) => {
    expect(await made(body, { ...names, 'shop/__init__.py': `${long}${init}` })).toEqual(['unknown'])
  })
})

test('a function that calls itself twice is followed to a limited depth', async () => {
  const recursive = `import unread
def walk(kind, found):
    if unread.is_leaf(kind): found.append(kind)
    for one in unread.parts(kind): walk(one.a, found)
    for one in unread.parts(kind): walk(one.b, found)
    for one in unread.parts(kind): walk(one.c, found)
@unread.register
def start(kind):
    walk(kind, [])
TABLE = 'seats'
`
  expect(await made('import shop\nop.create_table(shop.TABLE)', { 'shop.py': recursive })).toEqual(['seats'])
})
