/** Tests names that migrations import from other files in the repository. */
import { describe, expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../../../src/adapters/project/locate-project.ts'
import { readAllOperations } from '../../../../src/adapters/project/read-operations.ts'
import { readRepository } from '../../../../src/adapters/project/read-repository.ts'
import type { FileTree } from '../../../../src/adapters/files/file-tree.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'

const ini = '[alembic]\nscript_location = migrations\nprepend_sys_path = .\n'

function project(files: Readonly<Record<string, string>>, config = ini): FileTree {
  return memoryTree({ files: { 'alembic.ini': config, 'migrations/env.py': '', ...files } })
}

/** Returns the header of the project's only migration. */
async function header(files: Readonly<Record<string, string>>, source: string, config = ini) {
  const tree = project({ ...files, 'migrations/versions/a1.py': source }, config)
  const { modules } = await readRepository(tree, await locateProject(tree))
  return modules[0]
}

/** Returns the operations of `upgrade()`; empty if they can't be read. */
async function operations(files: Readonly<Record<string, string>>, source: string) {
  const text = `revision = 'a1'\ndown_revision = None\nfrom alembic import op\nimport sqlalchemy as sa\n${source}`
  const tree = project({ ...files, 'migrations/versions/a1.py': text })
  const repository = await readRepository(tree, await locateProject(tree))
  const found = readAllOperations(tree, repository, buildGraph(repository), 'postgresql').get('a1')
  return found?.kind === 'operations' ? found.operations : []
}

const label = (source: string) => `${source}\nrevision = 'a1'\ndown_revision = None\n`

describe('a branch label', () => {
  test.each([
    ['import cli\nbranch_labels = cli.CONTRACT', { 'cli.py': "CONTRACT = 'contract'\n" }],
    ['from cli import CONTRACT as branch_labels', { 'cli.py': "CONTRACT = 'contract'\n" }],
    [
      'from app.labels import CONTRACT\nbranch_labels = CONTRACT',
      { 'app/labels.py': "CONTRACT = 'contract'\n" },
    ],
    [
      'from app import labels\nbranch_labels = labels.Branch.CONTRACT',
      { 'app/__init__.py': '', 'app/labels.py': "class Branch:\n    CONTRACT = 'contract'\n" },
    ],
    [
      'import app.db.labels as names\nbranch_labels = names.CONTRACT',
      {
        'app/__init__.py': 'raise RuntimeError\n',
        'app/db/labels.py':
          'from .base import PREFIX\nfrom ..config import SUFFIX\nCONTRACT = PREFIX + SUFFIX\n',
        'app/db/base.py': "PREFIX = 'con'\n",
        'app/config.py': "SUFFIX = 'tract'\n",
      },
    ],
    [
      'from app import *\nbranch_labels = CONTRACT',
      { 'app/__init__.py': 'from .labels import CONTRACT\n', 'app/labels.py': "CONTRACT = 'contract'\n" },
    ],
    [
      'from helpers import label\nbranch_labels = label("con")',
      { 'helpers.py': 'import os\ndef label(name):\n    return f"{name}{TAIL}"\nTAIL = "tract"\n' },
    ],
    [
      // This circular import works, because the needed names are defined in time.
      'from one import CONTRACT\nbranch_labels = CONTRACT',
      {
        'one.py': "CONTRACT = 'contract'\nimport two\n",
        'two.py': 'from one import CONTRACT\nX = CONTRACT\n',
      },
    ],
    [
      'from migrations.labels import CONTRACT\nbranch_labels = CONTRACT',
      {
        'migrations/labels.py':
          "try:\n    import json\nexcept ImportError:\n    json = None\nCONTRACT = 'contract'\n",
      },
    ],
  ])('%s', async (source, files: Readonly<Record<string, string>>) => {
    const module = await header(files, label(source))
    expect(module?.branchLabels).toMatchObject({ kind: 'value', value: { value: 'contract' } })
  })

  test.each([
    ['a function sets it', { 'cli.py': "X = 'a'\ndef init():\n    global X\n    X = 'b'\n" }],
    ['a function adds to it', { 'cli.py': "ALL = ['a']\nX = ALL\ndef add(x):\n    ALL.append(x)\n" }],
    ['it starts empty', { 'cli.py': 'X = []\n' }],
    ['it is only known at run time', { 'cli.py': "import os\nX = os.environ['X']\n" }],
    ['its module fails', { 'cli.py': "X = 'a'\nraise RuntimeError\n" }],
    ["its module isn't valid Python", { 'cli.py': 'X = = 1\n' }],
    ["it doesn't exist", { 'cli.py': 'Y = 1\n' }],
    ['it exists in two folders', { 'src/cli.py': "X = 'a'\n", 'migrations/cli.py': "X = 'b'\n" }],
    ['the module imports itself', { 'cli.py': 'from cli import X\n' }],
  ])('is unknown if %s', async (_, files: Readonly<Record<string, string>>) => {
    const module = await header(files, label('import cli\nbranch_labels = cli.X'))
    expect(module?.branchLabels.kind).toBe('unreadable')
  })

  test('is unknown after the file itself has set it', async () => {
    const module = await header(
      { 'cli.py': "X = 'a'\n" },
      label("import cli\ncli.X = 'b'\nbranch_labels = cli.X"),
    )
    expect(module?.branchLabels.kind).toBe('unreadable')
  })

  test.each([
    [
      'its own folder called alembic',
      { 'alembic/__init__.py': "X = 'a'\n" },
      'import alembic\nbranch_labels = alembic.X',
    ],
    [
      'a relative import, which fails in Alembic',
      { 'migrations/versions/__init__cli.py': '' },
      'from . import cli\nbranch_labels = cli.X',
    ],
  ])('is unknown in %s', async (_, files: Readonly<Record<string, string>>, source) => {
    expect((await header(files, label(source)))?.branchLabels.kind).toBe('unreadable')
  })

  test('is first searched in prepend_sys_path', async () => {
    const config = '[alembic]\nscript_location = migrations\nprepend_sys_path = lib\n'
    const files = { 'lib/cli.py': "X = 'lib'\n", 'cli.py': "X = 'root'\n" }
    const module = await header(files, label('import cli\nbranch_labels = cli.X'), config)
    expect(module?.branchLabels).toMatchObject({ value: { value: 'lib' } })
  })
})

describe('operations', () => {
  const helpers = `import functools
import sqlalchemy as sa
from alembic import op
SCHEMA = 'app'
COLUMNS = ['created', 'updated']
def add_audit_columns(table, schema=SCHEMA):
    for name in COLUMNS:
        op.add_column(table, sa.Column(name, sa.DateTime()), schema=schema)
def on_postgresql(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if op.get_bind().dialect.name != 'postgresql':
            return None
        return function(*args, **kwargs)
    return wrapper
@on_postgresql
def drop(table, *, cascade=False):
    op.drop_table(table)
`
  test("in a helper count for the migration, with the helper's file", async () => {
    const found = await operations(
      { 'migrations/utils.py': helpers },
      'from migrations.utils import add_audit_columns, SCHEMA\ndef upgrade():\n    add_audit_columns("users")\n    op.drop_table("old", schema=SCHEMA)\n',
    )
    expect(found).toMatchObject([
      { kind: 'addColumn', table: { schema: 'app', name: 'users' }, column: { name: 'created' } },
      { kind: 'addColumn', column: { name: 'updated' }, span: { path: 'migrations/utils.py', line: 8 } },
      {
        kind: 'dropTable',
        table: { schema: 'app', name: 'old' },
        span: { path: 'migrations/versions/a1.py' },
      },
    ])
  })

  test('pass through plain decorators', async () => {
    const found = await operations(
      { 'helpers.py': helpers },
      'import helpers\n@helpers.on_postgresql\ndef upgrade():\n    helpers.drop("a", cascade=True)\n',
    )
    expect(found).toMatchObject([{ kind: 'dropTable', table: { name: 'a' } }])
  })

  test('use types from other files', async () => {
    const found = await operations(
      {
        'app/types.py':
          'from sqlalchemy.dialects.postgresql import UUID as GUID\nimport sqlalchemy as sa\nState = sa.Enum("a", "b", name="state")\n',
      },
      'from app.types import GUID, State\ndef upgrade():\n    op.create_table("t", sa.Column("id", GUID()), sa.Column("s", State))\n',
    )
    expect(found).toMatchObject([
      { kind: 'createEnum', values: ['a', 'b'] },
      {
        kind: 'createTable',
        columns: [{ type: { postgres: 'uuid' } }, { type: { enum: { name: 'state' } } }],
      },
    ])
  })

  test('in installed libraries stay unknown', async () => {
    const found = await operations({}, 'import helpers\ndef upgrade():\n    helpers.drop("a")\n')
    expect(found).toMatchObject([{ kind: 'opaque', reason: 'a call to helpers' }])
  })

  test('methods of an imported object of the standard library change nothing', async () => {
    const state = `from contextvars import ContextVar
import os
TENANT: ContextVar[str] = ContextVar('tenant', default=os.environ.get('TENANT', ''))
`
    const source = 'from state import TENANT\ndef upgrade():\n    TENANT.set(sa.text("a"))\n'
    expect(await operations({ 'state.py': state }, source)).toEqual([])
    const given = source.replace('sa.text("a")', 'op.get_bind()')
    expect(await operations({ 'state.py': state }, given)).toMatchObject([{ kind: 'opaque' }])
    const rebound = `${state}def replace(other):\n    global TENANT\n    TENANT = other\n`
    expect(await operations({ 'state.py': rebound }, source)).toMatchObject([{ kind: 'opaque' }])
  })

  test("aren't affected by a module that is too long", async () => {
    const found = await operations(
      { 'helpers.py': 'for a in range(1000):\n    for b in range(1000):\n        X = a\nY = 1\n' },
      'import helpers\ndef upgrade():\n    op.drop_table("a")\n    print(helpers.Y)\n    op.drop_table("b")\n',
    )
    expect(found.map(({ kind }) => kind)).toEqual(['dropTable', 'dropTable'])
  })

  test("unused modules aren't read", async () => {
    const inner = project({
      'helpers.py': '',
      'migrations/versions/a1.py':
        "import helpers\nfrom app.db import X\nrevision = 'a1'\ndown_revision = None\nlabels = [1 for _ in ()]\ndef upgrade(): pass\n",
    })
    const asked: string[] = []
    const tree = { ...inner, readFile: (path: string) => (asked.push(path), inner.readFile(path)) }
    await readRepository(tree, await locateProject(tree))
    expect(asked.filter((path) => /helpers|app/.test(path))).toEqual([])
  })
})

describe('a class method of a model', () => {
  const kinds = async (files: Readonly<Record<string, string>>) =>
    (await operations(files, 'from one import Seat\ndef upgrade():\n    Seat.work(op.get_bind())\n')).map(
      ({ kind }) => kind,
    )
  const work =
    "    @classmethod\n    def work(cls, bind):\n        bind.exec_driver_sql('DELETE FROM seats')\n"
  const named = "    __tablename__ = 'seats'\n"

  test('is followed into a base class in another file', async () => {
    const seat = `from two import Base\nclass Seat(Base):\n${named}`
    expect(await kinds({ 'one.py': seat, 'two.py': `class Base:\n${work}` })).toEqual(['data'])
  })

  test.each([
    ['two base classes define it', `class A:\n${work}class B:\n${work}class Seat(A, B):\n${named}`],
    ['a library may define it', `from lib import A\nclass B:\n${work}class Seat(A, B):\n${named}`],
    [
      'the class has a metaclass',
      `from lib import A\nclass B:\n${work}class Seat(B, metaclass=A):\n${named}`,
    ],
    ['it may be an attribute', `class B:\n${work}class Seat(B):\n${named}    work = print\n`],
  ])('is opaque if %s', async (_, seat) => {
    expect(await kinds({ 'one.py': seat })).toEqual(['opaque'])
  })

  test('is opaque if base classes are circular', async () => {
    const seat = `from two import Base\nclass Seat(Base):\n${named}`
    const files = { 'one.py': seat, 'two.py': 'from one import Seat\nclass Base(Seat):\n    pass\n' }
    expect(await kinds(files)).toEqual(['opaque'])
  })
})
