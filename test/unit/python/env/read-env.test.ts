import { describe, expect, test } from 'vitest'
import { readEnv } from '../../../../src/python/env/read-env.ts'

const read = (text: string) => readEnv(new TextEncoder().encode(text), 'migrations/env.py')
const online = (options: string, before = '') =>
  read(
    `from alembic import context\n${before}\ndef run_migrations_online():\n    context.configure(connection=c, ${options})\n`,
  )

describe('env.py sets', () => {
  test('its version table as a literal', () => {
    expect(
      online('version_table="v", version_table_schema=\'s\', transaction_per_migration=True'),
    ).toMatchObject({
      path: 'migrations/env.py',
      versionTable: 'v',
      versionTableSchema: 's',
      transactionPerMigration: true,
      computed: [],
    })
  })

  test('nothing, in the template', () => {
    const facts = {
      versionTable: null,
      versionTableSchema: null,
      transactionPerMigration: false,
      computed: [],
    }
    expect(online('target_metadata=None')).toMatchObject(facts)
  })

  test('nothing, if it is missing', () => {
    expect(readEnv(null, 'migrations/env.py').path).toBeNull()
  })

  test('its version table through a constant or a dictionary', () => {
    expect(online('version_table=TABLE', 'TABLE: str = "v"').versionTable).toBe('v')
    expect(online('**OPTIONS', 'OPTIONS = {"version_table": "v"}').versionTable).toBe('v')
    expect(online('**OPTIONS', 'T = "v"\nOPTIONS = dict(version_table=T)').versionTable).toBe('v')
    expect(online('**{"version_table": "v"}').versionTable).toBe('v')
  })

  test('a value only known at run time', () => {
    const facts = online('version_table=os.environ["T"],\n      version_table_schema=f"{x}"')
    expect(facts).toMatchObject({ versionTable: null, versionTableSchema: null })
    expect(facts.computed).toEqual([
      {
        option: 'version_table',
        expression: 'os.environ["T"]',
        span: { path: 'migrations/env.py', line: 4, column: 51 },
      },
      {
        option: 'version_table_schema',
        expression: 'f"{x}"',
        span: { path: 'migrations/env.py', line: 5, column: 28 },
      },
    ])
  })

  test.for([
    ['a constant bound twice', 'version_table=T', 'T = "a"\nif x:\n    T = "b"'],
    ['a constant bound under a condition', 'version_table=T', 'if x:\n    T = "b"'],
    ['an imported constant', 'version_table=T', 'from app import T'],
    ['a concatenation', 'version_table="a" + x', ''],
    ['a dictionary that is modified', '**o', 'o = {}\no["version_table"] = "v"'],
    ['a dictionary that is updated', '**o', 'o = {}\no.update(version_table="v")'],
    ['a dictionary from elsewhere', '**current_app.extensions["migrate"].configure_args', ''],
  ] as const)('nothing certain with %s', ([, options, before]) => {
    const facts = online(options, before)
    expect(facts.versionTable).toBeNull()
    expect(facts.computed).toHaveLength(1)
  })

  test('options in the online function, or offline if there is no other call', () => {
    const both = (a: string, b: string) =>
      read(
        `def run_migrations_offline():\n    context.configure(url=u, ${a})\ndef go(connection):\n    context.configure(connection=connection, ${b})\n`,
      )
    expect(both('version_table="off"', 'version_table="on"')).toMatchObject({
      versionTable: 'on',
      computed: [],
    })
    expect(both('version_table="off"', '')).toMatchObject({ versionTable: null, computed: [] })
    expect(read('context.configure(url=u, version_table="off")\n').versionTable).toBe('off')
  })

  test('computed options if two online calls differ', () => {
    const facts = read(
      'context.configure(connection=a, version_table="x")\ncontext.configure(connection=b, version_table="y")\n',
    )
    expect(facts.versionTable).toBeNull()
    expect(facts.computed.map((entry) => entry.expression)).toEqual(['"x"', '"y"'])
  })

  test('keywords that every upgrade() gets', () => {
    const facts = read(
      'context.run_migrations(engine_name=name, extra=1)\nalembic.context.run_migrations(**more)\n',
    )
    expect(facts.runMigrationsKeywords).toEqual(['engine_name', 'extra'])
    expect(facts.computed.map((entry) => entry.option)).toEqual(['run_migrations'])
  })

  const ini = {
    name: 'alembic',
    options: new Map<string, string | null>([
      ['version_table_schema', 'app'],
      ['sqlalchemy.url', null],
    ]),
  }
  const within = (options: string, before = '', file: string | null = null) => {
    const text = `import os\nfrom alembic import context\nconfig = context.config\n${before}\ndef run_migrations_online():\n    context.configure(connection=c, ${options})\nrun_migrations_online()\n`
    return readEnv(new TextEncoder().encode(text), 'env.py', undefined, { ini, file })
  }

  test.each([
    ['config.get_main_option("version_table_schema")', 'app'],
    ['config.get_main_option("Version_Table_Schema", "other")', 'app'],
    ['config.get_main_option("absent", "other")', 'other'],
    ['config.get_section_option(config.config_ini_section, "version_table_schema")', 'app'],
    ['config.get_section_option("alembic", "version_table_schema", "other")', 'app'],
    ['config.get_section(config.config_ini_section).get("version_table_schema", None)', 'app'],
    ['config.get_section("alembic")["version_table_schema"]', 'app'],
    ['config.get_main_option("absent")', null],
  ])('the value from alembic.ini: %s', (expression, value) => {
    expect(within(`version_table_schema=${expression}`)).toMatchObject({
      versionTableSchema: value,
      computed: [],
    })
  })

  test.each([
    ['config.get_main_option("sqlalchemy.url")', ''],
    ['config.get_section("elsewhere").get("version_table_schema")', ''],
    ['config.get_section_option("elsewhere", "version_table_schema", "x")', ''],
    ['config.get_main_option("version_table_schema")', 'config.set_main_option("version_table_schema", x)'],
    ['config.get_main_option("version_table_schema")', 'config.set_main_option(name, x)'],
    ['config.get_main_option(name)', ''],
  ])('nothing certain from alembic.ini: %s %s', (expression, before) => {
    expect(within(`version_table_schema=${expression}`, before).computed).toHaveLength(1)
  })

  test('the name of its own folder, if the path contains it', () => {
    const option = 'version_table="{}_version".format(os.path.basename(os.path.dirname(__file__)))'
    expect(within(option, '', '/srv/app/orders/env.py').versionTable).toBe('orders_version')
    expect(within(option).computed).toHaveLength(1)
    expect(read(`import os\ncontext.configure(connection=c, ${option})`).versionTable).toBe(
      'migrations_version',
    )
  })

  test('the version locations itself', () => {
    expect(read('context.script.version_locations = [here / "sqlite"]\n').computed).toMatchObject([
      { option: 'version_locations', expression: '[here / "sqlite"]' },
    ])
  })

  test.for([
    ['a syntax error', 'context.configure(version_table=\n'],
    ["bytes that can't be decoded", '# coding: nope\nversion_table\n'],
    ['a null byte', 'version_table\0'],
    ['endless nesting', `version_table = ${'('.repeat(20_000)}`],
  ] as const)('nothing, with a reason, with %s', ([, text]) => {
    expect(read(text)).toMatchObject({ versionTable: null, computed: [{ option: 'env.py' }] })
  })
})
