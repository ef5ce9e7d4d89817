/** Tests edge cases of the rules about order, names and locks. */
import { describe, expect, test } from 'vitest'
import { exampleMigration, firstTables } from '../../../src/rules/examples/example-migrations.ts'
import type { LintExample } from '../../../src/core/lint/lint-rule.ts'
import { lintOf } from '../../support/lint-example.ts'

const watched = /^AG4(?:1[12346]|2)/

/**
 * Returns the codes of the findings in the last of these `upgrade` bodies. The tables users and orgs already
 * exist.
 */
async function codes(
  upgrades: readonly (readonly string[])[],
  more: Omit<LintExample, 'files'> = {},
): Promise<readonly string[]> {
  const files: Record<string, string> = { 'a1.py': firstTables }
  upgrades.forEach((upgrade, index) => {
    const parent = index === 0 ? 'a1' : `b${index}`
    files[`b${index + 1}.py`] = exampleMigration(`b${index + 1}`, parent, upgrade, ['pass'])
  })
  const { findings, crashes } = await lintOf({ files, ...more })
  expect(crashes).toEqual([])
  return [...new Set(findings.map(({ code }) => code))].filter((code) => watched.test(code))
}

const index = "op.create_index('i', 'users', ['name'])"
const concurrently = "op.create_index('i', 'users', ['name'], postgresql_concurrently=True)"
const required = "op.add_column('users', sa.Column('x', sa.Integer(), nullable=False))"
const notNull = "op.alter_column('users', 'name', nullable=False)"
const key = "op.create_foreign_key('k', 'users', 'orgs', ['org_id'], ['id'])"
const table =
  "op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('x', sa.Integer(), nullable=True))"

describe('locks', () => {
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['an index on a table of this migration', [table, "op.create_index('i', 't', ['x'])"], []],
    [
      'an index on a renamed table of this migration',
      [table, "op.rename_table('t', 'u')", "op.create_index('i', 'u', ['x'])"],
      [],
    ],
    [
      'an index on a table that is created if missing',
      [
        "if not sa.inspect(op.get_bind()).has_table('t'):",
        `    ${table}`,
        "op.create_index('i', 't', ['x'])",
      ],
      [],
    ],
    [
      'an index on a table created by a SQL block',
      ['op.execute("DO $$ BEGIN CREATE TABLE t (x int); END $$")', "op.create_index('i', 't', ['x'])"],
      [],
    ],
    [
      'an index on a materialized view',
      ["op.execute('CREATE MATERIALIZED VIEW v AS SELECT 1 AS x')", "op.execute('CREATE INDEX i ON v (x)')"],
      [],
    ],
    ['an index in SQL', ["op.execute('CREATE INDEX i ON users (name)')"], ['AG420']],
    [
      'an index with its column',
      ["op.add_column('users', sa.Column('x', sa.Integer(), index=True))"],
      ['AG420'],
    ],
    ['CONCURRENTLY in the transaction', [concurrently], ['AG420']],
    ['CONCURRENTLY after COMMIT', ["op.execute('COMMIT')", concurrently], []],
    [
      'DROP INDEX CONCURRENTLY in the transaction',
      ["op.drop_index('i', 'users', postgresql_concurrently=True)"],
      ['AG420'],
    ],
    ['a primary key', ["op.create_primary_key('p', 'users', ['name'])"], ['AG420']],
    [
      'a unique constraint that uses an index',
      ["op.execute('ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX i')"],
      [],
    ],
    ['under an unknown condition', ['if op.get_bind().engine.url:', `    ${index}`], []],
    ['a required column', [required], ['AG421']],
    ['a required column in a new table', [table, required.replace('users', 't')], []],
    [
      'a required column with a Python default',
      [required.replace('nullable', 'default=0, nullable')],
      ['AG421'],
    ],
    ['a required serial', ["op.execute('ALTER TABLE users ADD COLUMN x SERIAL NOT NULL')"], ['AG422']],
    ['a required column in a table that is emptied', ["op.execute('DELETE FROM users')", required], []],
    [
      'a required column in a table with some rows deleted',
      ["op.execute('DELETE FROM users WHERE id = 1')", required],
      ['AG421'],
    ],
    [
      'a required column of unknown type',
      ["op.add_column('users', sa.Column('x', Money(), nullable=False))"],
      [],
    ],
    [
      'the same default for all rows',
      ["op.add_column('users', sa.Column('x', sa.DateTime(), server_default=sa.func.now()))"],
      [],
    ],
    [
      'a different default for each row',
      ["op.add_column('users', sa.Column('x', sa.Text(), server_default=sa.func.gen_random_uuid()))"],
      ['AG422'],
    ],
    [
      'a default that is set later',
      ["op.alter_column('users', 'name', server_default=sa.text('gen_random_uuid()'))"],
      [],
    ],
    [
      'an enum made anew with checkfirst',
      [
        'op.execute("ALTER TYPE state RENAME TO old_state")',
        "sa.Enum('a', 'b', name='state').create(op.get_bind())",
        'op.execute("ALTER TABLE users ALTER COLUMN name TYPE state USING name::text::state")',
      ],
      ['AG423'],
    ],
    ['varchar to text', ["op.alter_column('users', 'name', type_=sa.Text())"], []],
    ['a shorter varchar', ["op.alter_column('users', 'name', type_=sa.String(20))"], ['AG423']],
    ['an unknown column', ["op.alter_column('users', 'nick', type_=sa.BigInteger())"], []],
    [
      'an unknown column with a given type',
      ["op.alter_column('users', 'nick', existing_type=sa.Integer(), type_=sa.BigInteger())"],
      ['AG423'],
    ],
    ['a foreign key', [key], ['AG424']],
    [
      'a foreign key in SQL',
      ["op.execute('ALTER TABLE users ADD FOREIGN KEY (org_id) REFERENCES orgs (id)')"],
      ['AG424'],
    ],
    [
      'a NOT VALID foreign key in SQL',
      ["op.execute('ALTER TABLE users ADD FOREIGN KEY (org_id) REFERENCES orgs (id) NOT VALID')"],
      [],
    ],
    [
      'a foreign key with its column',
      ["op.add_column('users', sa.Column('x', sa.Integer(), sa.ForeignKey('orgs.id')))"],
      ['AG424'],
    ],
    [
      'a foreign key with its column in SQL',
      ["op.execute('ALTER TABLE users ADD COLUMN x integer REFERENCES orgs (id)')"],
      [],
    ],
    [
      'a foreign key to a new table',
      [table, "op.create_foreign_key('k', 'users', 't', ['org_id'], ['id'])"],
      ['AG424'],
    ],
    ['a foreign key of a new table', [table, "op.create_foreign_key('k', 't', 'users', ['x'], ['id'])"], []],
    ['NOT NULL', [notNull], ['AG425']],
    ['NOT NULL in SQL', ["op.execute('ALTER TABLE users ALTER COLUMN name SET NOT NULL')"], ['AG425']],
    ['NOT NULL on a required column', ["op.alter_column('users', 'id', nullable=False)"], []],
    ['NOT NULL in a new table', [table, "op.alter_column('t', 'x', nullable=False)"], []],
    [
      'NOT NULL with a check on another column',
      ["op.create_check_constraint('c', 'users', 'org_id IS NOT NULL')", notNull],
      ['AG427', 'AG425'],
    ],
    [
      'NOT NULL with a check that allows NULL',
      ["op.create_check_constraint('c', 'users', 'name IS NOT NULL OR id = 1')", notNull],
      ['AG427', 'AG425'],
    ],
    [
      'a column that is added and dropped',
      ["op.add_column('users', sa.Column('x', sa.Integer()))", "op.drop_column('users', 'x')"],
      [],
    ],
    [
      'a column that replaces another',
      [
        "op.add_column('users', sa.Column('n', sa.Text()))",
        "op.drop_column('users', 'name')",
        "op.alter_column('users', 'n', new_column_name='name')",
      ],
      [],
    ],
    ['a dropped column without references', ["op.drop_column('users', 'name')"], []],
    ['a renamed table', ["op.rename_table('users', 'people')"], ['AG426']],
  ])('%s', async (_, upgrade, expected) => {
    expect(await codes([upgrade])).toEqual(expected)
  })

  test("isn't mentioned in a project that doesn't use PostgreSQL", async () => {
    const project = { 'pyproject.toml': "[tool.alembic-guard.lint]\ndialects = ['mysql']\n" }
    expect(await codes([[index, notNull, key]], { project })).toEqual([])
  })

  test('a live table that is small, empty or missing blocks nobody', async () => {
    for (const rows of [{ users: 12 }, { users: 0 }, {}])
      expect(await codes([[index, notNull]], { rows })).toEqual([])
  })

  test('a large one is an error, with its row count', async () => {
    const files = { 'a1.py': firstTables, 'b1.py': exampleMigration('b1', 'a1', [index], ['pass']) }
    const { findings } = await lintOf({ files, rows: { users: 12_000_000 } })
    const found = findings.find(({ code }) => code === 'AG420')
    expect(found?.severity).toBe('error')
    expect(found?.evidence).toEqual([['users has', 'about 12,000,000 rows, 1.1 GB']])
  })

  test('a required column fails with a single row, and passes on a table that is certainly empty', async () => {
    expect(await codes([[required]], { rows: { users: 1 } })).toEqual(['AG421'])
    expect(await codes([[required]], { rows: { users: 0 } })).toEqual([])
  })

  test('a dropped column is in use if a model or SQL still references it', async () => {
    const drop = [["op.drop_column('users', 'name')"]]
    const model = "class User(Base):\n    __tablename__ = 'users'\n    name = Column(Text)\n"
    expect(await codes(drop, { project: { 'app/models.py': model } })).toEqual(['AG426'])
    expect(await codes(drop, { project: { 'app/q.sql': 'SELECT name FROM users;' } })).toEqual(['AG426'])
    expect(await codes(drop, { project: { 'app/models.py': model.replace('name =', 'nick =') } })).toEqual([])
    expect(await codes(drop, { project: { 'venv/models.py': model } })).toEqual([])
    expect(await codes(drop, { project: { 'db/migrations/data.sql': 'SELECT name FROM users;' } })).toEqual(
      [],
    )
  })
})

describe('renames', () => {
  const project = { 'app/q.py': 'Q = "SELECT name FROM users"\n' }

  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['a table', ["op.rename_table('users', 'people')"], ['AG411', 'AG426']],
    ['a table in SQL', ["op.execute('ALTER TABLE users RENAME TO people')"], ['AG411', 'AG426']],
    ['a column', ["op.alter_column('users', 'name', new_column_name='nick')"], ['AG411', 'AG426']],
    ['another column', ["op.alter_column('users', 'org_id', new_column_name='org')"], ['AG426']],
    [
      'a table replaced by a view',
      ["op.rename_table('users', 'people')", "op.execute('CREATE VIEW users AS SELECT * FROM people')"],
      [],
    ],
    ['a table that is recreated', ["op.rename_table('users', 'old')", table.replace("'t'", "'users'")], []],
  ])('%s', async (_, upgrade, expected) => {
    expect(await codes([upgrade], { project })).toEqual(expected)
  })
})

describe('the order of tables', () => {
  const a = "op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True))"
  const b = "op.create_table('b', sa.Column('a_id', sa.Integer(), sa.ForeignKey('a.id')))"

  test.each<readonly [string, readonly (readonly string[])[], readonly string[]]>([
    ['the target first', [[a, b]], []],
    ['the target last', [[b, a]], ['AG412']],
    ['a target that no migration creates', [[b]], []],
    [
      'a target that is created if missing',
      [[b, "op.execute('CREATE TABLE IF NOT EXISTS a (id int primary key)')"]],
      [],
    ],
    [
      'a table that references itself',
      [
        [
          "op.create_table('c', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('up', sa.Integer(), sa.ForeignKey('c.id')))",
        ],
      ],
      [],
    ],
    ['a target that was dropped before', [[a], ["op.drop_table('a')"], [b]], ['AG412']],
    ['a target that was dropped and recreated', [[a], ["op.drop_table('a')"], [a], [b]], []],
    ['a table dropped before what references it', [[a, b], ["op.drop_table('a')"]], ['AG412']],
    ['the same with CASCADE', [[a, b], ["op.execute('DROP TABLE a CASCADE')"]], []],
    [
      'the same after dropping the column',
      [
        [a, b],
        ["op.drop_column('b', 'a_id')", "op.drop_table('a')"],
      ],
      [],
    ],
    [
      'the same after dropping some foreign key',
      [
        [a, b],
        ["op.drop_constraint('b_a_id_fkey', 'b', type_='foreignkey')", "op.drop_table('a')"],
      ],
      [],
    ],
    [
      'the same after an unknown change',
      [
        [a, b],
        ['mend(op)', "op.drop_table('a')"],
      ],
      [],
    ],
  ])('%s', async (_, upgrades, expected) => {
    expect((await codes(upgrades)).filter((code) => code === 'AG412')).toEqual(expected)
  })

  test('a target that a later migration creates', async () => {
    const files = {
      'a1.py': exampleMigration('a1', null, [b], ['pass']),
      'b2.py': exampleMigration('b2', 'a1', [a], ['pass']),
    }
    const { 'a1.py': first, 'b2.py': second } = files
    const { findings } = await lintOf({ files: { 'b2.py': second, 'a1.py': first } })
    expect(findings.find(({ code }) => code === 'AG412')?.message).toContain('b2 creates later')
  })

  test("SQLite alone doesn't check", async () => {
    const project = { 'pyproject.toml': "[tool.alembic-guard.lint]\ndialects = ['sqlite']\n" }
    expect(await codes([[b, a]], { project })).toEqual([])
  })
})

describe('the message about blocking maintenance', () => {
  test.each([
    ['CLUSTER users USING users_pkey', 'CLUSTER rewrites users under an ACCESS EXCLUSIVE lock.'],
    ['VACUUM FULL', 'VACUUM FULL rewrites its target under an ACCESS EXCLUSIVE lock.'],
    ['REINDEX TABLE users', 'REINDEX rebuilds all indexes on users under a SHARE lock.'],
  ])('names the table of %s', async (sql, expected) => {
    const files = {
      'a1.py': firstTables,
      'b2.py': exampleMigration('b2', 'a1', [`op.execute('${sql}')`], ['pass']),
    }
    const { findings } = await lintOf({ files })
    expect(findings.find(({ code }) => code === 'AG434')?.message).toBe(expected)
  })
})

describe('autogenerate and ids', () => {
  test.each<readonly [string, readonly string[], readonly string[]]>([
    [
      'a rename as drop and add',
      ["op.add_column('users', sa.Column('the_name', sa.String(50)))", "op.drop_column('users', 'name')"],
      ['AG414'],
    ],
    [
      'a different type',
      ["op.add_column('users', sa.Column('the_name', sa.Text()))", "op.drop_column('users', 'name')"],
      [],
    ],
    [
      'a different name',
      ["op.add_column('users', sa.Column('plan', sa.String(50)))", "op.drop_column('users', 'name')"],
      [],
    ],
    [
      'copied rows',
      [
        "op.add_column('users', sa.Column('the_name', sa.String(50)))",
        "op.execute('UPDATE users SET the_name = name')",
        "op.drop_column('users', 'name')",
      ],
      ['AG429'],
    ],
    ['an unnamed constraint', ["op.drop_constraint(None, 'users', type_='unique')"], ['AG414']],
    ['a named constraint', ["op.drop_constraint('u', 'users', type_='unique')"], []],
  ])('%s', async (_, upgrade, expected) => {
    expect(await codes([upgrade])).toEqual(expected)
  })

  test("32 characters fit, 33 don't, and a widened column accepts any", async () => {
    const long = (length: number, more = ''): Readonly<Record<string, string>> => ({
      'a1.py': firstTables + more,
      'b2.py': exampleMigration('x'.repeat(length), 'a1', ['pass'], ['pass']),
    })
    const told = async (files: Readonly<Record<string, string>>): Promise<boolean> =>
      (await lintOf({ files })).findings.some(({ code }) => code === 'AG416')
    expect([await told(long(32)), await told(long(33))]).toEqual([false, true])
    expect(await told(long(33, '\n# version_num was widened\n'))).toBe(false)
  })

  test('information_schema fails on SQLite, PRAGMA elsewhere; checking the dialect is enough', async () => {
    const project = { 'pyproject.toml': "[tool.alembic-guard.lint]\ndialects = ['postgresql', 'sqlite']\n" }
    const pragma = "op.execute('PRAGMA foreign_keys = OFF')"
    expect(await codes([[pragma]], { project })).toEqual(['AG413'])
    expect(
      await codes([["if op.get_bind().dialect.name == 'sqlite':", `    ${pragma}`]], { project }),
    ).toEqual([])
    expect(await codes([[pragma]])).toEqual([])
  })
})

test("a TRUNCATE in the downgrade doesn't hide a required column", async () => {
  const down = ["op.execute('TRUNCATE users')"]
  const files = { 'a1.py': firstTables, 'b1.py': exampleMigration('b1', 'a1', [required], down) }
  expect((await lintOf({ files })).findings.map(({ code }) => code)).toContain('AG421')
})
