/**
 * Common code around `context.run_migrations()` in env.py. In each case, this code decides whether the
 * upgrade succeeds.
 */

/** An env.py and a database state. */
export interface EnvCase {
  readonly name: string
  /** Module-level lines that precede the functions. */
  readonly top?: readonly string[]
  /** Lines after `create_engine`. */
  readonly made?: readonly string[]
  /** Lines before `context.configure`, with `engine` and `connection` defined. */
  readonly before?: readonly string[]
  /** Additional arguments for `context.configure`. */
  readonly configure?: string
  /** Additional arguments for `create_engine`. */
  readonly engine?: string
  /** Other files in the repository. */
  readonly files?: Readonly<Record<string, string>>
  /** SQL that runs before any migration. */
  readonly setup?: string
  /** SQL that runs after the first revision. */
  readonly live?: string
  /** Statements in the pending `upgrade()`. */
  readonly pending: readonly string[]
  /** The pending revision's id. */
  readonly id?: string
  /** True if the release connects as the role from `setup`. */
  readonly asRole?: true
  /** Code of the blocking finding; null if the upgrade succeeds. */
  readonly code: string | null
  /** True if the upgrade fails, but the guard only reports that it couldn't check everything. */
  readonly missed?: true
  /** Matches the unchecked parts; undefined if everything was checked. */
  readonly says?: RegExp
}

/** Returns an env.py in the style of Alembic's template. */
export function envOf({
  top = [],
  made = [],
  before = ['pass'],
  configure = '',
  engine = '',
  asRole,
}: EnvCase): string {
  const indented = before.map((line) => `        ${line}`).join('\n')
  return `import os
import sqlalchemy as sa
from sqlalchemy import event, text
from alembic import context
${top.join('\n')}

def run_migrations_offline():
    """Write a script. A call of context.execute() puts its text there: SET search_path TO nowhere."""
    context.configure(url="postgresql://", literal_binds=True)
    with context.begin_transaction():
        context.execute("SET ROLE nobody; SET search_path TO nowhere")
        context.run_migrations()

def run_migrations_online():
    engine = sa.create_engine(context.config.attributes["engine"].url${asRole ? '.set(username="ROLE")' : ''}, poolclass=sa.pool.NullPool${engine})
${made.map((line) => `    ${line}\n`).join('')}    with engine.connect() as connection:
${indented}
        if hasattr(connection, "commit"):
            connection.commit()
        context.configure(connection=connection${configure})
        with context.begin_transaction():
            context.run_migrations()

if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
`
}

const seats = ['op.create_table("seats", sa.Column("id", sa.Integer))']
const inPublic = 'CREATE TABLE public.seats (id int)'
const inApp = 'CREATE TABLE app.seats (id int)'
const long = 'a_revision_id_that_is_longer_than_32_characters'

/** `ROLE` is replaced with a unique role name. */
const usesLtree = [`op.execute('CREATE TABLE paths (at ltree)')`]

export const envCases: readonly EnvCase[] = [
  {
    name: 'only a docstring that mentions statements',
    live: inPublic,
    pending: seats,
    code: 'AG301',
  },
  { name: 'only a docstring, and a valid release', pending: seats, code: null },
  ...[
    { how: 'literal', before: ['connection.execute(text("SET search_path TO app"))'] },
    { how: 'quoted', before: ['connection.execute(text(\'SET search_path TO "app", public\'))'] },
    {
      how: 'constant',
      top: ['SCHEMA = "app"'],
      before: ['connection.execute(text(f"set search_path to {SCHEMA}"))'],
    },
    {
      how: 'percent',
      top: ['SCHEMA = "app"'],
      before: ['connection.execute(text("SET search_path TO %s, public" % SCHEMA))'],
    },
    {
      how: 'set_config',
      before: ["connection.execute(text(\"SELECT set_config('search_path', 'app', false)\")).fetchall()"],
    },
    {
      how: 'function',
      top: ['def prepare(c, schema="app"):', '    c.execute(text("SET search_path TO {}".format(schema)))'],
      before: ['prepare(connection)'],
    },
    { how: 'connect_args', engine: ', connect_args={"options": "-csearch_path=app"}' },
    {
      how: 'event',
      made: [
        '@event.listens_for(engine, "connect")',
        'def on_connect(dbapi_connection, record):',
        '    cursor = dbapi_connection.cursor()',
        '    cursor.execute("SET search_path TO app")',
        '    cursor.close()',
      ],
    },
    {
      how: 'dialect',
      before: [
        'if connection.dialect.name == "postgresql":',
        '    connection.execute(text("SET search_path TO app"))',
      ],
    },
  ].flatMap(({ how, ...parts }): EnvCase[] => [
    {
      name: `search_path (${how}): a table of the same name elsewhere is not in the way`,
      ...parts,
      setup: 'CREATE SCHEMA app',
      live: inPublic,
      pending: seats,
      code: null,
    },
    {
      name: `search_path (${how}): a table of the same name in that schema is`,
      ...parts,
      setup: 'CREATE SCHEMA app',
      live: inApp,
      pending: seats,
      code: 'AG301',
    },
  ]),
  {
    name: 'search_path from an unknown value, and a table that may conflict',
    before: ['connection.execute(text("SET search_path TO " + os.environ.get("TENANT", "app")))'],
    setup: 'CREATE SCHEMA app',
    live: inPublic,
    pending: seats,
    code: null,
    says: /env\.py:17 sets search_path to a value that the guard can't determine: unqualified names/,
  },
  {
    name: 'search_path in an event handler that SQLAlchemy rolls back',
    top: [
      'def on_connect(dbapi_connection, record):',
      '    dbapi_connection.cursor().execute("SET search_path TO app")',
      'event.listen(sa.pool.Pool, "connect", on_connect)',
    ],
    made: ['event.remove(sa.pool.Pool, "connect", on_connect)'],
    live: inPublic,
    pending: ['op.create_table("other", sa.Column("id", sa.Integer))'],
    code: null,
    says: /env\.py:6 sets search_path/,
  },
  {
    name: 'search_path from an unknown value, and a schema-qualified table',
    before: ['connection.execute(text("SET search_path TO " + os.environ.get("TENANT", "app")))'],
    setup: 'CREATE SCHEMA app',
    live: inApp,
    pending: ['op.create_table("seats", sa.Column("id", sa.Integer), schema="app")'],
    code: 'AG301',
  },
  {
    name: 'search_path under an unknown condition',
    before: ['if os.environ.get("TENANT"):', '    connection.execute(text("SET search_path TO app"))'],
    setup: 'CREATE SCHEMA app',
    live: inPublic,
    pending: ['op.create_table("other", sa.Column("id", sa.Integer))'],
    code: null,
    says: /sets search_path under a condition/,
  },
  {
    name: 'creating a schema first',
    before: [
      'connection.execute(text("CREATE SCHEMA IF NOT EXISTS app"))',
      'connection.execute(text("SET search_path TO app"))',
    ],
    live: inPublic,
    pending: seats,
    code: null,
  },
  {
    name: 'creating a schema first, which lacks a column',
    before: [
      'connection.execute(text("CREATE SCHEMA IF NOT EXISTS app"))',
      'connection.execute(text("SET search_path TO app"))',
    ],
    live: `${inApp}; ${inPublic}; ALTER TABLE public.seats ADD COLUMN row int`,
    pending: ['op.drop_column("seats", "row")'],
    code: 'AG302',
  },
  {
    name: 'creating a schema with a SQLAlchemy construct',
    top: ['from sqlalchemy.schema import CreateSchema'],
    before: ['connection.execute(CreateSchema("app"))'],
    live: 'DROP SCHEMA app',
    pending: ['op.create_table("seats", sa.Column("id", sa.Integer), schema="app")'],
    code: null,
  },
  {
    name: 'a role that owns the table',
    before: ['connection.execute(text("SET ROLE ROLE_owner"))'],
    setup:
      'CREATE ROLE ROLE LOGIN NOINHERIT; CREATE ROLE ROLE_owner; GRANT ROLE_owner TO ROLE; GRANT CREATE, USAGE ON SCHEMA public TO ROLE_owner',
    live: `${inPublic}; ALTER TABLE public.seats OWNER TO ROLE_owner`,
    pending: ['op.add_column("seats", sa.Column("row", sa.Integer))'],
    asRole: true,
    code: null,
  },
  {
    name: "a role that can't change the table",
    before: ['connection.execute(text("SET ROLE ROLE_owner"))'],
    setup:
      'CREATE ROLE ROLE LOGIN NOINHERIT; CREATE ROLE ROLE_owner; GRANT ROLE_owner TO ROLE; GRANT CREATE, USAGE ON SCHEMA public TO ROLE_owner',
    live: `${inPublic}; ALTER TABLE public.seats OWNER TO ROLE`,
    pending: ['op.add_column("seats", sa.Column("row", sa.Integer))'],
    asRole: true,
    code: 'AG210',
  },
  {
    name: 'timeouts, locks and transactions',
    before: [
      'connection.execute(text("SET lock_timeout = 4000"))',
      'connection.execute(text("SET statement_timeout = \'5s\'"))',
      'connection.execute(text("SELECT pg_advisory_lock(:id)").bindparams(id=4711))',
      'connection.execute(text("SELECT 1 FROM pg_class")).scalar()',
      'connection.execute(text("COMMIT"))',
    ],
    live: inPublic,
    pending: seats,
    code: 'AG301',
  },
  {
    name: 'options that only affect autogenerate',
    top: [
      'def include_object(obj, name, type_, reflected, compare_to):',
      '    return name != "spatial_ref_sys"',
      'def process_revision_directives(context, revision, directives):',
      '    if not directives[0].upgrade_ops: directives[:] = []',
      'def render_item(type_, obj, autogen_context):',
      '    return "op.execute(\'SET ROLE owner; SET search_path TO x\')" if type_ == "role" else False',
    ],
    configure:
      ', include_object=include_object, process_revision_directives=process_revision_directives, render_item=render_item, include_schemas=True, render_as_batch=True, compare_type=True',
    live: inPublic,
    pending: seats,
    code: 'AG301',
    // search_path occurs only in text for autogenerated migrations.
  },
  {
    name: 'each migration in its own transaction',
    configure: ', transaction_per_migration=True',
    live: inPublic,
    pending: seats,
    code: 'AG301',
  },
  {
    name: 'metadata events',
    top: [
      '@event.listens_for(sa.Table, "after_parent_attach")',
      'def attached(target, parent):',
      '    target.info["attached"] = True',
    ],
    live: inPublic,
    pending: seats,
    code: 'AG301',
  },
  {
    name: 'extensions whose effects are invisible',
    before: ['connection.execute(text("CREATE EXTENSION IF NOT EXISTS pgcrypto"))'],
    live: inPublic,
    pending: seats,
    code: 'AG301',
  },
  {
    name: 'an extension that a migration needs',
    before: ['connection.execute(text("CREATE EXTENSION IF NOT EXISTS ltree"))'],
    pending: usesLtree,
    code: null,
  },
  {
    name: 'an extension under a condition that it evaluates',
    before: [
      'if connection.dialect.name == "postgresql":',
      '    connection.execute(text("CREATE EXTENSION IF NOT EXISTS ltree"))',
    ],
    pending: usesLtree,
    code: null,
  },
  {
    name: 'an extension under a condition that only the release knows',
    before: [
      'if os.environ.get("PATH"):',
      '    connection.execute(text("CREATE EXTENSION IF NOT EXISTS ltree"))',
    ],
    pending: usesLtree,
    id: 'b2',
    code: null,
  },
  {
    name: 'an extension whose name only the release knows',
    before: [
      'name = os.environ.get("EXTENSION_OF_NOBODY", "ltree")',
      'for each in name.split(os.environ.get("SEPARATOR_OF_NOBODY", ",")):',
      '    connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {each}"))',
    ],
    pending: usesLtree,
    id: 'b2',
    code: null,
    says: /objects that are missing now may exist/,
  },
  {
    name: 'no extension, although a migration needs one',
    pending: usesLtree,
    code: 'AG302',
  },
  {
    name: 'a table that env.py drops first',
    before: ['connection.execute(text("DROP TABLE IF EXISTS seats"))'],
    live: inPublic,
    pending: seats,
    code: null,
  },
  {
    name: 'a table that env.py creates first',
    before: ['connection.execute(text("CREATE TABLE IF NOT EXISTS seats (id int)"))'],
    live: 'DROP TABLE seats',
    pending: seats,
    code: 'AG301',
  },
  {
    name: 'a function in another file that gets the connection',
    before: [
      'import sys; sys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))',
      'from helpers import prepare',
      'prepare(connection)',
    ],
    files: {
      'helpers.py':
        'from sqlalchemy import text\ndef prepare(c):\n    c.execute(text("DROP TABLE IF EXISTS seats"))\n',
    },
    live: inPublic,
    pending: seats,
    code: null,
  },
  {
    name: 'a function in another file that creates the pending table',
    before: [
      'import sys; sys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))',
      'import makers',
      'makers.prepare(connection)',
    ],
    files: {
      'makers.py':
        'from sqlalchemy import text\nTABLE = "seats"\ndef prepare(c):\n    c.execute(text(f"CREATE TABLE IF NOT EXISTS {TABLE} (id int)"))\n',
    },
    pending: seats,
    code: 'AG301',
  },
  {
    name: "a function in another file that can't be followed",
    before: [
      'import sys; sys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))',
      'from runners import prepare',
      'prepare(connection)',
    ],
    files: {
      'runners.py':
        'from sqlalchemy import text\ndef prepare(c):\n    exec("c.execute(text(\'DROP TABLE IF EXISTS seats\'))")\n',
    },
    live: inPublic,
    pending: seats,
    code: null,
    says: /runners\.py:3 calls exec\(.*, which the guard can't follow/,
  },
  {
    name: "creating the models' tables first",
    top: ['metadata = sa.MetaData()', 'sa.Table("seats", metadata, sa.Column("id", sa.Integer))'],
    before: ['metadata.create_all(connection)'],
    live: 'DROP TABLE seats',
    pending: seats,
    code: 'AG301',
    missed: true,
    says: /calls create_all\(\), which creates missing tables/,
  },
  {
    name: "creating the models' tables first, and a table that still exists",
    top: ['metadata = sa.MetaData()', 'sa.Table("chairs", metadata, sa.Column("id", sa.Integer))'],
    before: ['metadata.create_all(connection)'],
    live: inPublic,
    pending: seats,
    code: 'AG301',
  },
  {
    name: 'a schema translate map',
    before: ['connection = connection.execution_options(schema_translate_map={None: "app"})'],
    configure: ', version_table_schema="public"',
    setup: 'CREATE SCHEMA app',
    live: inPublic,
    pending: seats,
    code: null,
    says: /remaps schemas/,
  },
  { name: 'an id that is too long', id: long, pending: ['pass'], code: 'AG205' },
  {
    name: 'a version column that env.py widens',
    before: [
      'if sa.inspect(connection).has_table("alembic_version"):',
      '    connection.execute(text("ALTER TABLE alembic_version ALTER COLUMN version_num TYPE varchar(128)"))',
    ],
    id: long,
    pending: ['pass'],
    code: null,
    says: /env\.py:18 changes the version table under a condition.*: the length of revision ids wasn't checked/,
  },
  {
    name: 'a version table that env.py creates',
    before: [
      'connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(255) NOT NULL PRIMARY KEY)"))',
      'connection.execute(text("ALTER TABLE alembic_version ALTER COLUMN version_num TYPE varchar(255)"))',
    ],
    id: long,
    pending: ['pass'],
    code: null,
  },
  {
    name: 'a version column that env.py does not widen enough',
    before: [
      'connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(40) NOT NULL PRIMARY KEY)"))',
      'connection.execute(text("ALTER TABLE alembic_version ALTER COLUMN version_num TYPE varchar(40)"))',
    ],
    id: long,
    pending: ['pass'],
    code: 'AG205',
  },
  {
    name: 'a version column that the pending migration widens',
    id: long,
    pending: ['op.alter_column("alembic_version", "version_num", type_=sa.String(128))'],
    code: null,
  },
  {
    name: 'a version column that the pending migration does not widen enough',
    id: long,
    pending: ['op.execute("ALTER TABLE alembic_version ALTER COLUMN version_num TYPE varchar(33)")'],
    code: 'AG205',
  },
  {
    name: 'a version column that the pending migration widens in an unsupported way',
    id: long,
    pending: [
      "for table in [row[0] for row in op.get_bind().execute(sa.text(\"SELECT 'alembic_' || 'version'\"))]:",
      '    op.execute(f"ALTER TABLE {table} ALTER COLUMN version_num TYPE text")',
    ],
    code: null,
  },
]
