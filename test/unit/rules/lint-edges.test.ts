/** Cases that the lint rules' examples don't cover. */
import { describe, expect, test } from 'vitest'
import { exampleMigration } from '../../../src/rules/examples/example-migrations.ts'
import { placeholderWords } from '../../../src/core/lost/placeholder-marker.ts'
import { lintOf } from '../../support/lint-example.ts'

async function codes(
  up: readonly string[],
  down: readonly string[] = ['raise NotImplementedError()'],
  project: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { findings } = await lintOf({ files: { 'a1.py': exampleMigration('a1', null, up, down) }, project })
  return findings.map(({ code }) => code)
}

const table = "op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True))"

describe('AG401', () => {
  test.each([
    ['a handler that reraises', ['try:', `    ${table}`, 'except Exception:', '    raise'], false],
    [
      "an exception that PostgreSQL doesn't raise for it",
      ['try:', `    ${table}`, 'except (ValueError, sa.exc.OperationalError):', '    pass'],
      false,
    ],
    [
      'an exception that it does raise',
      ['try:', `    ${table}`, 'except sa.exc.ProgrammingError:', '    pass'],
      true,
    ],
    [
      'a handler that continues only for SQLite',
      [
        'try:',
        `    ${table}`,
        'except Exception:',
        "    if op.get_bind().dialect.name == 'sqlite':",
        '        pass',
        '    else:',
        '        raise',
      ],
      false,
    ],
    ['a Python exception', ['try:', `    ${table}`, 'except NotImplementedError:', '    pass'], false],
    [
      'a branch for SQLite',
      [
        "if op.get_bind().dialect.name == 'sqlite':",
        '    try:',
        `        ${table}`,
        '    except Exception:',
        '        pass',
      ],
      false,
    ],
    ['raw DDL', ['try:', "    op.execute('CREATE TABLE b (id int)')", 'except Exception:', '    pass'], true],
    [
      'raw DDL on the connection',
      ['try:', "    op.get_bind().execute(sa.text('DROP TABLE b'))", 'except Exception:', '    pass'],
      true,
    ],
    ['a query', ['try:', "    op.execute('SELECT 1')", 'except Exception:', '    pass'], false],
    [
      'an autocommit block',
      [
        'with op.get_context().autocommit_block():',
        '    try:',
        `        ${table}`,
        '    except Exception:',
        '        pass',
      ],
      false,
    ],
  ] as const)('%s', async (_, up, fires) => {
    expect((await codes(up)).includes('AG401')).toBe(fires)
  })
})

describe('AG403', () => {
  const made = ["op.create_table('a', sa.Column('s', sa.Enum('x', name='kind')))"]
  test.each([
    ['dropped as a type', ["op.drop_table('a')", "sa.Enum(name='kind').drop(op.get_bind())"], false],
    ['dropped in SQL', ["op.drop_table('a')", "op.execute('DROP TYPE kind')"], false],
    [
      'dropped by unread code',
      ['import helpers', "op.drop_table('a')", 'helpers.clean(op.get_bind())'],
      false,
    ],
    ['left behind', ["op.drop_table('a')"], true],
  ] as const)('%s', async (_, down, fires) => {
    expect((await codes(made, down)).includes('AG403')).toBe(fires)
  })

  test('a type that is renamed and recreated existed before', async () => {
    const swap = [
      "op.execute('ALTER TYPE kind RENAME TO old')",
      `op.execute("CREATE TYPE kind AS ENUM ('x')")`,
    ]
    expect(await codes(swap, swap)).not.toContain('AG403')
  })
})

describe('AG404', () => {
  const adds = [`op.execute("ALTER TYPE kind ADD VALUE 'y'")`]
  test.each([
    ['an empty downgrade', ['pass'], true],
    ['a downgrade that raises', ["raise NotImplementedError('no')"], false],
    [
      'a downgrade that deletes it from the catalog',
      [`op.execute("DELETE FROM pg_enum WHERE enumlabel = 'y'")`],
      false,
    ],
  ] as const)('%s', async (_, down, fires) => {
    expect((await codes(adds, down)).includes('AG404')).toBe(fires)
  })
})

describe('AG406', () => {
  const project = {
    'alembic.ini': '[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://h/d\n',
    'tests/conftest.py': "URL = 'sqlite://'\ncommand.upgrade(config, 'head')\n",
  }
  const jsonb = "op.add_column('a', sa.Column('b', sa.dialects.postgresql.JSONB()))"
  test.each([
    ['without a condition', [table, jsonb], true],
    ['under a condition', [table, "if op.get_bind().dialect.name == 'postgresql':", `    ${jsonb}`], false],
    [
      'after the function may have returned',
      ["if op.get_bind().dialect.name != 'postgresql':", '    return', table, jsonb],
      false,
    ],
  ] as const)('%s', async (_, up, fires) => {
    expect((await codes(up, undefined, project)).includes('AG406')).toBe(fires)
    expect(await codes(up)).not.toContain('AG406')
  })

  test('tests on SQLite that create their tables from the models run no migrations', async () => {
    const models = {
      ...project,
      'tests/conftest.py': "URL = 'sqlite://'\nBase.metadata.create_all(engine)\n",
    }
    expect(await codes([table, jsonb], undefined, models)).not.toContain('AG406')
  })
})

describe('AG410', () => {
  const column = "op.add_column('a', sa.Column('n', sa.Integer()))"
  test.each([
    ['everything undone', [table], ["op.drop_table('a')"], false],
    ['a downgrade that raises', [table], ['raise NotImplementedError("no")'], false],
    ['an empty downgrade', [table], ['"""Do nothing"""', 'pass'], true],
    ['one that gives a reason', [table], ['"""The old columns can not be filled again."""'], false],
    ['one that gives a reason in Chinese', [table], ['"""不删除前序迁移拥有的列"""', 'pass'], false],
    [
      'one that gives a reason in a comment',
      [table],
      ['# the old columns can not be filled again', 'pass'],
      false,
    ],
    [
      "one with autogenerate's comments",
      [table],
      [
        '# ### commands auto generated by Alembic - please adjust! ###',
        'pass',
        '# ### end Alembic commands ###',
      ],
      true,
    ],
    ['a table that is dropped if it exists', ["op.execute('DROP TABLE IF EXISTS legacy')"], ['pass'], false],
    [
      'a temporary table',
      ["op.execute('CREATE TEMPORARY TABLE m AS SELECT 1 AS n')", "op.execute('DROP TABLE m')"],
      ['pass'],
      false,
    ],
    [
      'a column that an older one is renamed to',
      ["op.alter_column('z', 'n', new_column_name='old')", "op.add_column('z', sa.Column('n', sa.Text()))"],
      [
        "op.add_column('z', sa.Column('old', sa.Text()))",
        "op.drop_column('z', 'n')",
        "op.alter_column('z', 'old', new_column_name='n')",
      ],
      false,
    ],
    ['only rows', ["op.execute('UPDATE b SET c = 1')"], ['pass'], false],
    ['unread code', [table], ['import helpers', 'helpers.undo(op)'], false],
    ["a table that isn't dropped", [table, column], ["op.drop_column('a', 'n')"], true],
    ['a dropped table that is recreated', ["op.drop_table('z')"], [table.replace("'a'", "'z'")], false],
    [
      'a condition on a dropped column',
      [
        "op.add_column('z', sa.Column('n', sa.Integer()))",
        "op.create_check_constraint('positive', 'z', 'n > 0')",
      ],
      ["op.drop_column('z', 'n')"],
      false,
    ],
    ['only a default', ["op.alter_column('z', 'n', server_default='1')"], ['pass'], false],
    [
      'an index on a dropped table',
      [table, "op.create_index('i', 'a', ['id'])"],
      ["op.drop_table('a')"],
      false,
    ],
  ] as const)('%s', async (_, up, down, fires) => {
    expect((await codes(up, down)).includes('AG410')).toBe(fires)
  })

  test('a project whose migrations have no downgrade only goes forward', async () => {
    const file = (id: string, parent: string | null, down: string): string =>
      exampleMigration(id, parent, [`op.create_table('t${id}', sa.Column('id', sa.Integer()))`], [down])
    const of = async (second: string): Promise<readonly string[]> => {
      const files = {
        'a.py': file('a', null, 'pass'),
        'b.py': file('b', 'a', second),
        'c.py': file('c', 'b', 'pass'),
      }
      return (await lintOf({ files })).findings.map(({ code }) => code)
    }
    expect(await of('pass')).not.toContain('AG410')
    expect(await of("op.drop_table('tb')")).toContain('AG410')
  })
})

describe('AG414', () => {
  const drop = "op.drop_constraint(None, 'a', type_='unique')"
  test("an unnamed constraint in a try that swallows the error doesn't fail", async () => {
    expect(await codes([drop])).toContain('AG414')
    expect(await codes(['try:', `    ${drop}`, 'except Exception:', '    pass'])).not.toContain('AG414')
  })
})

describe('AG421', () => {
  const adds = "op.add_column('a', sa.Column('n', sa.Integer(), nullable=False))"
  const on = (name: string): Readonly<Record<string, string>> => ({
    'pyproject.toml': `[tool.alembic-guard.lint]\ndialects = ['${name}']\n`,
  })
  test('applies to PostgreSQL and SQLite; MySQL fills in a value', async () => {
    expect(await codes([adds], undefined, on('postgresql'))).toContain('AG421')
    expect(await codes([adds], undefined, on('sqlite'))).toContain('AG421')
    expect(await codes([adds], undefined, on('mysql'))).not.toContain('AG421')
  })

  test('if a model deletes rows first, the table may be empty', async () => {
    const imports = 'from app import Value, session'
    expect(await codes([imports, 'session.query(Value).delete()', adds])).not.toContain('AG421')
    expect(await codes([imports, 'session.query(Value).all()', adds])).toContain('AG421')
  })
})

test('a placeholder is ignored, even one that recreates lost objects', async () => {
  const lines = [
    "op.create_index('i', 'a', ['n'])",
    "op.add_column('a', sa.Column('m', sa.Text(), nullable=False))",
  ]
  const text = exampleMigration('a1', null, lines, ['pass'])
  const placeholder = text.replace('"""Change tables"""', `"""placeholder for a1\n\n${placeholderWords}\n"""`)
  expect((await lintOf({ files: { 'a1.py': text } })).findings.length).toBeGreaterThan(2)
  expect((await lintOf({ files: { 'a1.py': placeholder } })).findings).toEqual([])
})

describe('the databases of a project', () => {
  const adds = "op.create_index('i', 'a', ['n'])"
  test('are determined by installed drivers, if nothing else does', async () => {
    expect(await codes([adds])).toContain('AG420')
    expect(await codes([adds], undefined, { 'requirements.txt': 'PyMySQL>=1.0\n' })).not.toContain('AG420')
    const both = { 'requirements.txt': 'PyMySQL>=1.0\npsycopg2-binary\n' }
    expect(await codes([adds], undefined, both)).toContain('AG420')
  })
})
