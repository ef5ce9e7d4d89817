/** What the two examples of a lint rule do not show. */
import { describe, expect, test } from 'vitest'
import { exampleMigration } from '../../../src/core/lint-example.ts'
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
    ['a handler that raises again', ['try:', `    ${table}`, 'except Exception:', '    raise'], false],
    ['an exception of Python', ['try:', `    ${table}`, 'except NotImplementedError:', '    pass'], false],
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
      'raw DDL by the connection',
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
    ['dropped by something that is not read', ["op.drop_table('a')", 'helpers.clean(op.get_bind())'], false],
    ['left behind', ["op.drop_table('a')"], true],
  ] as const)('%s', async (_, down, fires) => {
    expect((await codes(made, down)).includes('AG403')).toBe(fires)
  })

  test('a type that is renamed and made anew was there before', async () => {
    const swap = [
      "op.execute('ALTER TYPE kind RENAME TO old')",
      `op.execute("CREATE TYPE kind AS ENUM ('x')")`,
    ]
    expect(await codes(swap, swap)).not.toContain('AG403')
  })
})

describe('AG406', () => {
  const project = {
    'alembic.ini': '[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://h/d\n',
    'tests/conftest.py': "URL = 'sqlite://'\n",
  }
  const jsonb = "op.add_column('a', sa.Column('b', sa.dialects.postgresql.JSONB()))"
  test.each([
    ['without a switch', [table, jsonb], true],
    ['behind a condition', [table, "if op.get_bind().dialect.name == 'postgresql':", `    ${jsonb}`], false],
    [
      'after the function has ended elsewhere',
      ["if op.get_bind().dialect.name != 'postgresql':", '    return', table, jsonb],
      false,
    ],
  ] as const)('%s', async (_, up, fires) => {
    expect((await codes(up, undefined, project)).includes('AG406')).toBe(fires)
    expect(await codes(up)).not.toContain('AG406')
  })
})

describe('AG410', () => {
  const column = "op.add_column('a', sa.Column('n', sa.Integer()))"
  test.each([
    ['everything undone', [table], ["op.drop_table('a')"], false],
    ['a downgrade that raises', [table], ['raise NotImplementedError("no")'], false],
    ['rows alone', ["op.execute('UPDATE b SET c = 1')"], ['pass'], false],
    ['something that is not read', [table], ['helpers.undo(op)'], false],
    ['a table that stays', [table, column], ["op.drop_column('a', 'n')"], true],
    ['a dropped table that comes back', ["op.drop_table('z')"], [table.replace("'a'", "'z'")], false],
    [
      'a condition on a column that goes',
      [
        "op.add_column('z', sa.Column('n', sa.Integer()))",
        "op.create_check_constraint('positive', 'z', 'n > 0')",
      ],
      ["op.drop_column('z', 'n')"],
      false,
    ],
    ['a default alone', ["op.alter_column('z', 'n', server_default='1')"], ['pass'], false],
    [
      'an index of a table that goes',
      [table, "op.create_index('i', 'a', ['id'])"],
      ["op.drop_table('a')"],
      false,
    ],
  ] as const)('%s', async (_, up, down, fires) => {
    expect((await codes(up, down)).includes('AG410')).toBe(fires)
  })
})
