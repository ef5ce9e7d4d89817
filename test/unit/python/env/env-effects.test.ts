/**
 * Tests which effects env.py has before the migrations run. An unknown effect must be reported with its file and
 * line.
 */
import { describe, expect, test } from 'vitest'
import type { EnvEffects } from '../../../../src/core/history/env-effects.ts'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { repositoryModules } from '../../../../src/adapters/project/repository-modules.ts'
import { readEnv } from '../../../../src/python/env/read-env.ts'
import { readEnvAtAGlance } from '../../../../src/python/env/scan-env.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/**
 * Returns the effects of placing these lines before `context.configure`. The first line becomes line 10 of env.py.
 */
function effects(
  lines: readonly string[],
  dialect: 'postgresql' | 'sqlite' = 'postgresql',
  top = '',
): EnvEffects {
  const text = `import os
import sqlalchemy as sa
from sqlalchemy import event, text
from alembic import context
${top}
def run_migrations_online():
    engine = sa.create_engine(os.environ["URL"])
    with engine.connect() as connection:
        pass
${lines.map((line) => `        ${line}\n`).join('')}        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SET search_path TO after"))

if context.is_offline_mode():
    context.execute("SET ROLE offline")
else:
    run_migrations_online()
`
  return readEnv(bytes(text), 'env.py').effects?.[dialect] ?? { operations: [], doubts: [] }
}

const nothing = { operations: [], doubts: [] }

describe('env.py', () => {
  test.each([
    'connection.execute(text("SET lock_timeout = 4000; SET statement_timeout TO 0"))',
    'connection.execute(text("SELECT pg_advisory_xact_lock(1)"))',
    'connection.execute("COMMIT")',
    'rows = connection.execute(text("SELECT schema_name FROM information_schema.schemata")).fetchall()',
    'connection.exec_driver_sql("PRAGMA foreign_keys=OFF")',
    'connection.execute(text("GRANT SELECT ON a TO b"))',
    'connection.execute(text("CREATE EXTENSION IF NOT EXISTS \\"uuid-ossp\\""))',
    'connection.execute(sa.select(sa.func.count()).select_from(sa.table("t")))',
    'names = sa.inspect(connection).get_table_names()',
    'print("SET search_path TO x")',
    '"""connection.execute(SET search_path TO x)"""',
    '# connection.execute(SET ROLE x)',
    'if connection.dialect.name == "mysql": connection.execute(text("SET search_path TO x"))',
    'if engine.dialect.name != "postgresql": prepare(connection)',
    'if context.is_offline_mode(): prepare(connection)',
    'if os.environ["URL"].startswith("sqlite"): prepare(connection)',
    'if "sqlite" in os.environ["URL"]: prepare(connection)',
    'if False: prepare(connection)',
    'if sa.TYPE_CHECKING: prepare(connection)',
    'logger.info("%s", connection)',
    'isinstance(connection, sa.engine.Connection)',
    'session = Session(bind=connection)',
    'context.config.attributes["connection"] = connection',
    'context.script.version_locations.append("x")',
    'connection = connection.execution_options(schema_translate_map={None: None})',
    'sa.Table("alembic_version", sa.MetaData(), autoload_with=connection)',
    'conn.scan(cursor=cursor)',
  ])("doesn't affect migrations: %s", (line) => {
    expect(effects([line])).toEqual(nothing)
  })

  test.each([
    ['connection.execute(text("SET search_path TO app, public"))', ['app', 'public']],
    ['connection.execute(text(\'SET SESSION search_path = "App"\'))', ['App']],
    ['connection.execute(text("SET LOCAL search_path TO \'app\'"))', ['app']],
    ['connection.execute(text("set schema \'app\'"))', ['app']],
    ['connection.execute(text("SET search_path TO {}".format("app")))', ['app']],
    ['connection.execute(text("SET search_path TO {s}".format(s="app")))', ['app']],
    ['connection.execute(text("SET search_path TO %(s)s" % {"s": "app"}))', ['app']],
    ['connection.execute(text("SET search_path TO " + ",".join(["a", "b"])))', ['a', 'b']],
    [
      "connection.execute(sa.text(\"SELECT pg_catalog.set_config('search_path', 'a, b', false)\"))",
      ['a', 'b'],
    ],
    ['for s in ["app"]: connection.execute(text(f"SET search_path TO {s}"))', ['app']],
    ['s = "app" if True else other(); connection.execute(text(f"SET search_path TO {s}"))', ['app']],
    [
      'connection.execute(text("SET search_path TO x")); connection.execute(text("SET search_path TO y"))',
      ['y'],
    ],
    ['(lambda c: c.execute(text("SET search_path TO app")))(connection)', ['app']],
    ['connection.execute(statement=text("SET search_path TO app"))', ['app']],
    ['connection.connection.cursor().execute("SET search_path TO app")', ['app']],
    ['context.execute("SET search_path TO app")', ['app']],
  ] as const)('sets the search path: %s', (line, searchPath) => {
    expect(effects([line])).toEqual({ ...nothing, searchPath })
  })

  test.each([
    ['connection.execute(text("SET ROLE owner"))', 'owner'],
    ['connection.execute(text(\'SET ROLE "Owner"\'))', 'Owner'],
    ['connection.execute(text("SET SESSION AUTHORIZATION \'owner\'"))', 'owner'],
  ])('sets a role: %s', (line, role) => {
    expect(effects([line])).toEqual({ ...nothing, role })
  })

  test('resets a role', () => {
    expect(
      effects(['connection.execute(text("SET ROLE a"))', 'connection.execute(text("RESET ROLE"))']),
    ).toEqual(nothing)
  })

  test.each([
    [
      'connection.execute(text("SET search_path TO " + os.environ["S"]))',
      'names',
      "sets search_path to a value that the guard can't determine",
    ],
    [
      'if os.environ["S"]: connection.execute(text("SET search_path TO a"))',
      'names',
      "sets search_path under a condition that the guard can't evaluate",
    ],
    [
      'while waiting(): connection.execute(text("SET search_path TO a"))',
      'names',
      "sets search_path under a condition that the guard can't evaluate",
    ],
    [
      'for s in schemas(): connection.execute(text(f"SET search_path TO {s}"))',
      'names',
      "sets search_path to a value that the guard can't determine",
    ],
    [
      'connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {os.environ[0]}"))',
      'names',
      'runs "CREATE SCHEMA IF NOT EXISTS {…}", which the guard can\'t follow',
    ],
    [
      'connection = connection.execution_options(schema_translate_map={None: "a"})',
      'names',
      'remaps schemas (schema_translate_map)',
    ],
    [
      'connection.execute(text("SET search_path TO pg_temp, a"))',
      'names',
      "sets search_path to a value that the guard can't determine",
    ],
    ['setting = {"options": "-csearch_path=a"}', 'names', 'may set search_path'],
    [
      'connection.execute(text("SET ROLE " + os.environ["R"]))',
      'rights',
      "sets the role to a value that the guard can't determine",
    ],
    [
      'if os.environ["R"]: connection.execute(text("SET ROLE a"))',
      'rights',
      "sets the role under a condition that the guard can't evaluate",
    ],
    ['prepare(connection)', 'everything', "calls prepare(connection), which the guard can't follow"],
    [
      'app.db.prepare(engine, 1)',
      'everything',
      "calls app.db.prepare(engine, 1), which the guard can't follow",
    ],
    [
      'with wrapper(c=connection) as other: pass',
      'everything',
      "calls wrapper(c=connection), which the guard can't follow",
    ],
    ['create_tables()', 'everything', "calls create_tables(), which the guard can't follow"],
    [
      'connection.execute(statement_of())',
      'everything',
      "runs connection.execute(statement_of()), which the guard can't read",
    ],
    [
      'connection.execute(text(open("x.sql").read()))',
      'everything',
      'runs connection.execute(text(open("x.sql").read())), which the guard can\'t read',
    ],
    [
      'connection.execute(text("DO $$ BEGIN PERFORM f(); END $$"))',
      'everything',
      'runs "DO $$ BEGIN PERFORM f(); END $$", which the guard can\'t follow',
    ],
    [
      'connection.execute(text("SELECT migrate_all()"))',
      'everything',
      'runs "SELECT migrate_all()", which the guard can\'t follow',
    ],
    ['metadata.drop_all(connection)', 'everything', 'calls drop_all(), which drops tables'],
    ['metadata.create_all(engine)', 'new objects', 'calls create_all(), which creates missing tables'],
    [
      'if os.environ["S"]: connection.execute(text("CREATE SCHEMA a"))',
      'schema',
      "changes the schema under a condition that the guard can't evaluate",
    ],
    [
      'if os.environ["S"]: connection.execute(text("DROP TABLE a"))',
      'tables',
      "changes the schema under a condition that the guard can't evaluate",
    ],
    [
      'context.get_context()._version.c.version_num.type = sa.String(99)',
      'version width',
      'changes the version table',
    ],
  ])("has code that can't be followed: %s", (line, kind, what) => {
    expect(effects([line])).toEqual({
      operations: [],
      doubts: [
        {
          what,
          touches: expect.objectContaining({ kind }),
          span: { path: 'env.py', line: 10, column: expect.any(Number) },
        },
      ],
    })
  })

  test('executes its own statements as operations, in order', () => {
    const { operations, doubts } = effects([
      'connection.execute(text("CREATE SCHEMA IF NOT EXISTS app"))',
      'connection.execute(text("ALTER TABLE alembic_version ALTER COLUMN version_num TYPE varchar(128)"))',
      'connection.execute(text("INSERT INTO audit VALUES (1)"))',
    ])
    expect(operations.map(({ kind }) => kind)).toEqual(['createSchema', 'alterColumn', 'data'])
    expect(doubts).toEqual([])
  })

  test('calls functions in the file, with their arguments, defaults and results', () => {
    const top = `def path(name="app"):
    return f"SET search_path TO {name}"
async def go(connection, *, name):
    return await later(connection, name)
async def later(c, name):
    c.execute(text(path(name=name)))
def unused(connection):
    prepare(connection)`
    expect(effects(['import asyncio', 'asyncio.run(go(connection, name="b"))'], 'postgresql', top)).toEqual({
      ...nothing,
      searchPath: ['b'],
    })
    expect(effects(['connection.execute(text(path()))'], 'postgresql', top).searchPath).toEqual(['app'])
    expect(effects(['connection.run_sync(go, name="c")'], 'postgresql', top).searchPath).toEqual(['c'])
    expect(effects(['submit(unused)'], 'postgresql', top).doubts).toHaveLength(1)
  })

  test('calls a tracing library, which only listens', () => {
    const top = 'from osprofiler import sqlalchemy as profiler'
    expect(effects(['profiler.add_tracing(sa, engine, "db")'], 'postgresql', top).doubts).toEqual([])
  })

  test("calls a project function, which isn't mistaken for a harmless one of the same name", () => {
    const doubts = (top: string, line: string) => effects([line], 'postgresql', top).doubts.length
    expect(doubts('from app.jobs import run', 'run(connection)')).toBe(1)
    expect(doubts('import app.jobs', 'app.jobs.update(connection)')).toBe(1)
    expect(doubts('from sqlalchemy import inspect', 'inspect(connection)')).toBe(0)
    expect(doubts('from app.log import log', 'log.info(connection)')).toBe(0)
    expect(doubts('from app.db import SessionLocal', 'SessionLocal(bind=connection)')).toBe(0)
  })

  test('calls a recursive function, which ends', () => {
    expect(effects(['again(connection)'], 'postgresql', 'def again(c):\n    return again(c)')).toEqual(
      nothing,
    )
  })

  test('has different effects for each dialect', () => {
    const lines = [
      'if connection.dialect.name == "sqlite":',
      '    prepare(connection)',
      'else:',
      '    connection.execute(text("SET search_path TO app"))',
    ]
    expect(effects(lines, 'postgresql')).toEqual({ ...nothing, searchPath: ['app'] })
    expect(effects(lines, 'sqlite').doubts).toHaveLength(1)
  })

  test('returns early, which makes the rest uncertain', () => {
    const top = `def prepare(c):
    if os.environ["SKIP"]:
        return
    c.execute(text("SET search_path TO app"))`
    expect(effects(['prepare(connection)'], 'postgresql', top).doubts).toMatchObject([
      { touches: { kind: 'names' } },
    ])
  })

  test("has a setting on another connection, which doesn't affect the migrations", () => {
    const lines = ['with engine.connect() as other:', '    other.execute(text("SET search_path TO app"))']
    expect(effects(lines)).toMatchObject({ doubts: [{ what: 'sets search_path on another connection' }] })
  })

  test('registers event handlers, which are followed when they run', () => {
    const on = (event: string, body: string): EnvEffects =>
      effects([`@event.listens_for(engine, "${event}")`, 'def handler(a, b):', `    ${body}`])
    expect(on('connect', 'a.cursor().execute("SET search_path TO app")')).toEqual({
      ...nothing,
      searchPath: ['app'],
    })
    expect(on('connect', 'cursor = a.cursor(); cursor.execute("PRAGMA foreign_keys=ON")')).toEqual(nothing)
    expect(on('column_reflect', 'prepare(a)')).toEqual(nothing)
    expect(on('before_cursor_execute', 'pass').doubts).toMatchObject([{ touches: { kind: 'everything' } }])
    expect(on('before_create', 'b.execute(text("DROP TABLE x"))').doubts).toMatchObject([
      { touches: { kind: 'tables' } },
    ])
    const top =
      '@event.listens_for(sa.engine.Engine, "connect")\ndef handler(a, b):\n    a.cursor().execute("SET search_path TO app")'
    expect(effects([], 'postgresql', top).doubts).toMatchObject([{ touches: { kind: 'names' } }])
    expect(effects([], 'postgresql', `${top}\n    a.commit()`).searchPath).toEqual(['app'])
  })

  test('sets the search path with connection options too', () => {
    const connect = (value: string): EnvEffects =>
      effects([`engine = sa.create_engine("", connect_args=${value})`])
    expect(connect('{"options": "-c search_path=app,public -c lock_timeout=1"}').searchPath).toEqual([
      'app',
      'public',
    ])
    expect(connect('{"server_settings": {"search_path": "app"}}').searchPath).toEqual(['app'])
    expect(connect('{"options": f"-csearch_path={os.environ[0]}"}').doubts).toMatchObject([
      { touches: { kind: 'names' } },
    ])
    expect(connect('{"options": "-c lock_timeout=1", "ssl": True}')).toEqual(nothing)
  })

  test('has too much code to follow', () => {
    const top = Array.from(
      { length: 12 },
      (_, at) => `def f${at}():\n${`    f${at + 1}()\n`.repeat(8)}`,
    ).join('\n')
    const { doubts } = effects(['f0()'], 'postgresql', `${top}\ndef f12(): pass`)
    expect(doubts).toMatchObject([{ what: 'is too long to analyze', touches: { kind: 'everything' } }])
  })
})

describe('functions in other files of the repository', () => {
  const inRepository = (files: Readonly<Record<string, string>>, lines: string): EnvEffects => {
    const tree = memoryTree({ files })
    const modules = repositoryModules(tree, { first: [tree.cwd], maybe: [] })
    const text = `from alembic import context\nfrom sqlalchemy import create_engine\n${lines}\nwith create_engine("").connect() as connection:\n    prepare(connection)\n    context.configure(connection=connection)\n    context.run_migrations()\n`
    return readEnv(bytes(text), 'env.py', modules).effects?.postgresql ?? nothing
  }

  test('are followed, including their imports', () => {
    const files = {
      'app/__init__.py': '',
      'app/config.py': "SCHEMA = 'app'\n",
      'app/db.py':
        'from sqlalchemy import text\nfrom .config import SCHEMA\ndef prepare(connection):\n    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))\n    connection.execute(text(f"SET search_path TO {SCHEMA}"))\n',
    }
    expect(inRepository(files, 'from app.db import prepare')).toMatchObject({
      searchPath: ['app'],
      operations: [{ kind: 'createSchema', schema: 'app', span: { path: 'app/db.py', line: 4 } }],
      doubts: [],
    })
  })

  test('and constants provide the version table', () => {
    const tree = memoryTree({
      files: { 'app/config.py': "PREFIX = 'app'\ndef table():\n    return PREFIX + '_version'\n" },
    })
    const modules = repositoryModules(tree, { first: [tree.cwd], maybe: [] })
    const text =
      'from alembic import context\nfrom app.config import PREFIX, table\ncontext.configure(connection=context.c, version_table=table(), version_table_schema=PREFIX)\ncontext.run_migrations()\n'
    expect(readEnv(bytes(text), 'env.py', modules)).toMatchObject({
      versionTable: 'app_version',
      versionTableSchema: 'app',
      computed: [],
    })
    expect(readEnv(bytes(text), 'env.py').computed).toHaveLength(2)
  })

  test.for([
    ["'orders_version'", { versionTable: 'orders_version', versionTableSchema: 'app', computed: [] }],
    [
      'os.environ["TABLE"]',
      {
        versionTable: null,
        computed: [{ option: 'version_table', span: { path: 'app/shared.py', line: 5 } }],
      },
    ],
  ] as const)('and may configure the context themselves, with version_table=%s', ([value, facts]) => {
    const shared = `import os
from alembic import context
def migrate(metadata, version_table):
    with connect() as connection:
        context.configure(connection=connection, version_table=version_table, version_table_schema='app')
        with context.begin_transaction():
            context.run_migrations()
`
    const tree = memoryTree({ files: { 'app/shared.py': shared } })
    const modules = repositoryModules(tree, { first: [tree.cwd], maybe: [] })
    const text = `import os\nfrom app.shared import migrate as run\nrun(None, ${value})\n`
    expect(readEnv(bytes(text), 'env.py', modules)).toMatchObject(facts)
  })

  test("are reported with their own file if they can't be followed", () => {
    const files = { 'db.py': 'import other\ndef prepare(connection):\n    other.setup(connection)\n' }
    expect(inRepository(files, 'from db import prepare').doubts).toMatchObject([
      { what: expect.stringContaining('other.setup(connection)'), span: { path: 'db.py', line: 3 } },
    ])
  })

  test('have no effect if a module only does something on import', () => {
    const files = {
      'db.py':
        'from sqlalchemy import create_engine\nwith create_engine("").connect() as c:\n    c.execute("SET search_path TO x")\ndef prepare(connection): pass\n',
    }
    expect(inRepository(files, 'from db import prepare')).toEqual(nothing)
  })
})

test("an env.py with an expression too long for some Python versions isn't analyzed", () => {
  const { computed } = readEnv(
    bytes(
      `from alembic import context\nx = ${'a + '.repeat(9000)}a\ncontext.configure(connection=x, version_table="v")\n`,
    ),
    'env.py',
  )
  expect(computed).toMatchObject([{ option: 'env.py', span: { path: 'env.py', line: 2 } }])
})

describe('a stock env.py', () => {
  const offline = `def run_migrations_offline() -> None:
    """Writes a script.

    Calls to context.execute() go into it, such as "SET ROLE x".
    """
    context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
`
  const end =
    'if context.is_offline_mode():\n    run_migrations_offline()\nelse:\n    run_migrations_online()\n'
  const header =
    'from logging.config import fileConfig\nfrom alembic import context\nconfig = context.config\n'
  const shapes: readonly (readonly [string, boolean, string])[] = [
    [
      'generic',
      true,
      `from sqlalchemy import engine_from_config, pool
if config.config_file_name is not None:
    fileConfig(config.config_file_name)
target_metadata = None
${offline}
def run_migrations_online():
    connectable = engine_from_config(config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool)
    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()
${end}`,
    ],
    [
      'async',
      true,
      `import asyncio
from sqlalchemy.ext.asyncio import async_engine_from_config
${offline}
def do_run_migrations(connection):
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
async def run_async_migrations():
    connectable = async_engine_from_config(config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.")
    async with connectable.connect() as connection:
        await connection.run_sync(do_run_migrations)
    await connectable.dispose()
def run_migrations_online():
    asyncio.run(run_async_migrations())
${end}`,
    ],
    [
      'multidb',
      false,
      `import re
engines = {}
for name in re.split(r",\\s*", config.get_main_option("databases")):
    engines[name] = rec = {}
    rec["engine"] = engine_from_config(context.config.get_section(name), prefix="sqlalchemy.")
for name, rec in engines.items():
    rec["connection"] = conn = rec["engine"].connect()
    rec["transaction"] = conn.begin_twophase() if USE_TWOPHASE else conn.begin()
try:
    for name, rec in engines.items():
        context.configure(connection=rec["connection"], upgrade_token="%s_upgrades" % name)
        context.run_migrations(engine_name=name)
    for rec in engines.values():
        rec["transaction"].commit()
except:
    for rec in engines.values():
        rec["transaction"].rollback()
    raise
finally:
    for rec in engines.values():
        rec["connection"].close()
`,
    ],
    [
      'Flask-Migrate',
      false,
      `from flask import current_app
def get_engine():
    try:
        return current_app.extensions['migrate'].db.get_engine()
    except (TypeError, AttributeError):
        return current_app.extensions['migrate'].db.engine
config.set_main_option('sqlalchemy.url', str(get_engine().url).replace('%', '%%'))
${offline}
def run_migrations_online():
    def process_revision_directives(context, revision, directives):
        if getattr(config.cmd_opts, 'autogenerate', False) and directives[0].upgrade_ops.is_empty():
            directives[:] = []
    conf_args = current_app.extensions['migrate'].configure_args
    if conf_args.get("process_revision_directives") is None:
        conf_args["process_revision_directives"] = process_revision_directives
    connectable = get_engine()
    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=current_app.extensions['migrate'].db.metadata, **conf_args)
        with context.begin_transaction():
            context.run_migrations()
${end}`,
    ],
    [
      'an application whose URL comes from settings',
      true,
      `from app.core.config import settings
from app.models import Base
def get_url():
    return str(settings.DATABASE_URI)
${offline}
def run_migrations_online():
    configuration = config.get_section(config.config_ini_section)
    configuration["sqlalchemy.url"] = get_url()
    connectable = engine_from_config(configuration, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
${end}`,
    ],
    [
      'an application with an engine of its own, or a connection that tests hand over',
      false,
      `import asyncio
from app.db import engine
from app.models import Base
import alembic_postgresql_enum
def do_run(connection):
    context.configure(connection=connection, target_metadata=Base.metadata, include_name=lambda name, type_, parent: True)
    with context.begin_transaction():
        context.run_migrations()
async def go(connectable):
    async with connectable.connect() as connection:
        await connection.run_sync(do_run)
    await connectable.dispose()
def run_migrations_online():
    connectable = context.config.attributes.get("connection", None)
    if connectable is None:
        connectable = engine
    if isinstance(connectable, type(engine)):
        try:
            loop = asyncio.get_running_loop()
            loop.create_task(go(connectable))
        except RuntimeError:
            asyncio.run(go(connectable))
    else:
        do_run(connectable)
${end}`,
    ],
  ]
  test.each(shapes)('%s has no effects before the migrations', (_, plain, text) => {
    const { effects: found } = readEnv(bytes(header + text), 'env.py')
    for (const one of Object.values(found ?? {})) expect(one).toEqual(nothing)
    // If `plain`, the fast reader must understand env.py without the parser.
    expect(readEnvAtAGlance(bytes(header + text), 'env.py') !== null).toBe(plain)
  })

  test.each([
    'prepare(connection)',
    'connection.execute("SET search_path TO x")',
    'connection.dialect.default_schema_name = "x"',
    '@listens_for(connection)\ndef f(): pass',
    'x = f"{prepare(connection)}"',
    'connection = connection.execution_options(a=1)',
    `'''a''' if prepare(connection) else "b"`,
    String.raw`x = "\""; prepare(connection)`,
    'x = r"\\"; prepare(connection); y = "\\"',
  ])('is parsed if it has %s', (line) => {
    expect(readEnvAtAGlance(bytes(`from alembic import context\n${line}\n`), 'env.py')).toBeNull()
  })
})

describe('a function that an application file passes to its framework', () => {
  const handedOver = (handler: string) => {
    const tree = memoryTree({
      files: {
        'app/__init__.py': '',
        'app/web.py': `import flask\nfrom lib import check\ndef create():\n    app = flask.Flask(__name__)\n    app.register_error_handler(404, handle)\n${handler}\n`,
      },
    })
    const text =
      'from alembic import context\nfrom app.web import create\ncreate()\ncontext.configure(connection=c)\n'
    return readEnv(bytes(text), 'env.py', repositoryModules(tree, { first: [tree.cwd], maybe: [] })).effects
  }

  test('gets no connection', () => {
    expect(handedOver('def handle(error):\n    return check(error)')?.postgresql).toEqual(nothing)
  })

  test('gets one if its parameter name says so', () => {
    const found = handedOver('def handle(connection):\n    return check(connection)')
    expect(found?.postgresql.doubts).toMatchObject([{ touches: { kind: 'everything' } }])
  })
})
