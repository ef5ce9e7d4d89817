import type { DialectName } from '../../../../src/core/dialect/dialect-name.ts'
import { describe, expect, test } from 'vitest'
import type { Operation } from '../../../../src/core/history/operation.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

const head = `from alembic import op, context
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from project.models import Thing, seed
`

function upgradeOf(body: string, dialect: DialectName | null = null, before = ''): readonly Operation[] {
  const lines = body.split('\n').map((line) => `    ${line}`)
  const source = `${head}${before}\ndef upgrade():\n${lines.join('\n')}\n`
  const { upgrade } = readOperations(new TextEncoder().encode(source), 'versions/a.py', dialect)
  if (upgrade.kind === 'unreadable') throw new Error(upgrade.reason)
  return upgrade.operations
}

/** Returns one line per step, with the relevant parts of the step. */
function told(steps: readonly Operation[]): readonly string[] {
  return steps.map((step): string => {
    switch (step.kind) {
      case 'createTable': {
        const columns = step.columns?.map(
          ({ name, type, nullable }) =>
            `${name} ${type.postgres ?? type.enum?.name ?? '?'}${nullable === false ? '!' : ''}`,
        )
        const constraints = step.constraints.map(
          (one) => `${one.kind}${'columns' in one ? `(${one.columns.join()})` : ''}`,
        )
        return `create ${step.table.schema ?? ''}.${step.table.name}: ${[...(columns ?? ['?']), ...constraints].join(', ')}${step.indexes.map((index) => ` index(${index.columns.join()})`).join('')}${step.ifNotExists ? ' if missing' : ''}`
      }
      case 'dropTable':
        return `drop ${step.table.name}${step.ifExists ? ' if there' : ''}${step.cascade ? ' cascade' : ''}`
      case 'renameTable':
        return `rename ${step.table.name} to ${step.to.name}`
      case 'addColumn':
        return `add ${step.table.name}.${step.column.name} ${step.column.type.postgres ?? step.column.type.enum?.name ?? '?'}${step.ifNotExists ? ' if missing' : ''}`
      case 'dropColumn':
        return `drop ${step.table.name}.${step.column}${step.ifExists ? ' if there' : ''}`
      case 'alterColumn':
        return `alter ${step.table.name}.${step.column}${step.newName === null ? '' : ` to ${step.newName}`}${step.type === null ? '' : ` ${step.type.postgres ?? '?'}`}${step.nullable === null ? '' : ` nullable ${step.nullable}`}${step.serverDefault === null ? '' : ` default ${'text' in step.serverDefault ? step.serverDefault.text : step.serverDefault.kind}`}`
      case 'createIndex':
        return `index ${step.index.name}${step.index.exact ? '' : '~'} on ${step.table.name}(${step.index.columns.map((column) => column ?? '?').join()})${step.index.unique ? ' unique' : ''}${step.index.concurrently ? ' concurrently' : ''}`
      case 'dropIndex':
        return `drop index ${step.index.name}${step.ifExists ? ' if there' : ''}`
      case 'renameIndex':
        return `rename index ${step.index.name} to ${step.to}`
      case 'addConstraint':
        return `${step.constraint.kind} ${step.constraint.name}${step.constraint.exact ? '' : '~'} on ${step.table.name}${'columns' in step.constraint ? `(${step.constraint.columns.join()})` : ''}${'target' in step.constraint ? ` to ${step.constraint.target.name}(${step.constraint.targetColumns.join()})` : ''}`
      case 'dropConstraint':
        return `drop ${step.type ?? 'constraint'} ${step.name} of ${step.table.name}`
      case 'createEnum':
        return `enum ${step.enum.name}: ${step.values?.join() ?? '?'}${step.ifNotExists ? ' if missing' : ''}`
      case 'dropEnum':
        return `drop enum ${step.enum.name}${step.ifExists ? ' if there' : ''}`
      case 'renameEnum':
        return `rename enum ${step.enum.name} to ${step.to}`
      case 'addEnumValue':
        return `enum ${step.enum.name} + ${step.value}`
      case 'renameConstraint':
        return `rename constraint ${step.table.name}.${step.name} to ${step.to}`
      case 'createSchema':
      case 'dropSchema':
        return `${step.kind} ${step.schema}`
      case 'data':
        return 'data'
      case 'unrelated':
        return step.what
      case 'raise':
        return `raise ${step.error.type}`
      default:
        return `? ${step.reason} [${step.touches?.map((table) => table.name).join() ?? '*'}]`
    }
  })
}

describe('directives', () => {
  test.each<[string, readonly string[]]>([
    [
      `op.create_table('users', sa.Column('id', sa.Integer(), nullable=False), sa.Column('mail', sa.String(50), index=True), sa.ForeignKeyConstraint(['mail'], ['other.mails.id'], ), sa.PrimaryKeyConstraint('id'), sa.CheckConstraint('id > 0'), schema='app')`,
      [
        'create app.users: id integer!, mail character varying(50), primaryKey(id), foreignKey(mail), check index(mail)',
      ],
    ],
    [
      `op.create_table('a', sa.Column('id', sa.Integer, sa.ForeignKey('b.id'), primary_key=True), sa.Column('m', sa.Enum('x', 'y', name='mood')), if_not_exists=True)`,
      [
        'enum mood: x,y if missing',
        'create .a: id integer!, m mood, primaryKey(id), foreignKey(id) if missing',
      ],
    ],
    [
      `op.create_table('a', sa.Column('m', postgresql.ENUM('x', name='mood', create_type=False)))`,
      ['create .a: m mood'],
    ],
    [`op.add_column('a', sa.Column('m', sa.Enum('x', 'y', name='mood')))`, ['add a.m mood']],
    [`op.add_column('a', sa.Column('m', Thing(), nullable=False))`, ['add a.m ?']],
    [`op.drop_table('a')`, ['drop a']],
    [`op.drop_table(table_name='a', if_exists=True)`, ['drop a if there']],
    [`op.rename_table('a', 'b')`, ['rename a to b']],
    [`op.drop_column('a', 'c')`, ['drop a.c']],
    [`op.alter_column('a', 'c', existing_type=sa.Text(), nullable=False)`, ['alter a.c nullable false']],
    [
      `op.alter_column('a', 'c', new_column_name='d', type_=sa.Text(), server_default=sa.text('now()'))`,
      ['alter a.c to d text default now()'],
    ],
    [`op.alter_column('a', 'c', server_default=None)`, ['alter a.c default none']],
    [`op.alter_column('a', 'c', existing_type=sa.Text(), comment='hello')`, ['comment']],
    [
      `op.create_index('ix', 'a', ['b', sa.text('lower(c)')], unique=True, postgresql_concurrently=True)`,
      ['index ix~ on a(b,?) unique concurrently'],
    ],
    [`op.create_index(op.f('ix'), 'a', ['b'])`, ['index ix on a(b)']],
    [`op.drop_index('ix', 'a', if_exists=True)`, ['drop index ix if there']],
    [`op.create_unique_constraint(None, 'a', ['b'])`, ['unique null~ on a(b)']],
    [
      `op.create_foreign_key(op.f('fk'), 'a', 'b', ['b_id'], ['id'], ondelete='CASCADE')`,
      ['foreignKey fk on a(b_id) to b(id)'],
    ],
    [`op.create_primary_key('pk', 'a', ['b'])`, ['primaryKey pk~ on a(b)']],
    [`op.create_check_constraint('ck', 'a', sa.column('b') > 1)`, ['check ck~ on a']],
    [`op.drop_constraint('fk', 'a', type_='foreignkey')`, ['drop foreignKey fk of a']],
    [`op.create_table_comment('a', 'text')`, ['comment']],
    [`op.bulk_insert(sa.table('a', sa.column('b')), [{'b': 1}])`, ['data']],
    [
      `with op.batch_alter_table('a', schema=None) as batch_op:\n    batch_op.add_column(sa.Column('b', sa.Date()))\n    batch_op.create_index(batch_op.f('ix'), ['b'], unique=False)\n    batch_op.create_foreign_key('fk', 'c', ['b'], ['id'])\n    batch_op.drop_constraint('x', type_='unique')\n    batch_op.alter_column('b', nullable=True)`,
      [
        'add a.b date',
        'index ix on a(b)',
        'foreignKey fk~ on a(b) to c(id)',
        'drop unique x of a',
        'alter a.b nullable true',
      ],
    ],
    [
      `mood = sa.Enum('a', 'b', name='mood')\nmood.create(op.get_bind(), checkfirst=True)\nmood.drop(op.get_bind())`,
      ['enum mood: a,b if missing', 'drop enum mood'],
    ],
    [
      `mood = postgresql.ENUM('a', 'b', name='mood')\nmood.create(op.get_bind())\nmood.drop(op.get_bind())`,
      ['enum mood: a,b if missing', 'drop enum mood if there'],
    ],
    [`op.create_view('a')`, ["? an op directive that Alembic doesn't define: create_view [*]"]],
    [
      `op.add_column(seed, sa.Column('b', sa.Date()))`,
      ['? arguments of add_column that are only known at run time [*]'],
    ],
    [`op.drop_column('a', seed)`, ['? arguments of drop_column that are only known at run time [a]']],
    [`op.create_table('a', *[sa.Column(n, sa.Date()) for n in ('b', 'c')])`, ['create .a: b date, c date']],
  ])('%s', (body, expected) => {
    expect(told(upgradeOf(body))).toEqual(expected)
  })
})

describe('SQL', () => {
  test.each<[string, readonly string[]]>([
    [
      `CREATE TABLE IF NOT EXISTS App."Users" (Id serial PRIMARY KEY, "Na me" varchar(5) NOT NULL DEFAULT 'x''y' UNIQUE, ref int REFERENCES o(id) ON DELETE SET NULL, CONSTRAINT ck CHECK (id > (1)), FOREIGN KEY (ref, id) REFERENCES p)`,
      [
        'create app.Users: id integer!, Na me character varying(5)!, ref integer, primaryKey(id), unique(Na me), foreignKey(ref), check, foreignKey(ref,id) if missing',
      ],
    ],
    ['CREATE TABLE a AS SELECT 1', ['create .a: ?']],
    ['CREATE TABLE a (LIKE b INCLUDING ALL)', ['create .a: ?']],
    ['CREATE TEMP TABLE a (b int)', ['temporary table']],
    ['DROP TABLE IF EXISTS a, B CASCADE', ['drop a if there cascade', 'drop b if there cascade']],
    [
      'ALTER TABLE ONLY a ADD COLUMN IF NOT EXISTS b timestamptz, DROP COLUMN c, ADD CONSTRAINT u UNIQUE (b)',
      ['drop a.c', 'add a.b timestamp with time zone if missing', 'unique u on a(b)'],
    ],
    [
      'ALTER TABLE a ALTER COLUMN b TYPE bigint USING b::bigint, ALTER b SET DEFAULT now(), ALTER b DROP NOT NULL',
      ['alter a.b bigint', 'alter a.b default now()', 'alter a.b nullable true'],
    ],
    ['ALTER TABLE a RENAME COLUMN b TO c; ALTER TABLE a RENAME TO d', ['alter a.b to c', 'rename a to d']],
    ['ALTER TABLE a DROP CONSTRAINT u CASCADE', ['drop constraint u of a']],
    ['ALTER TABLE IF EXISTS a ADD b int', ['? unsupported SQL: ALTER TABLE [a]']],
    ['ALTER TABLE a RENAME CONSTRAINT b TO c', ['rename constraint a.b to c']],
    ['ALTER TABLE a ENABLE ROW LEVEL SECURITY', ['setting']],
    [
      'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON a USING gin (lower(b), c DESC) WHERE d',
      ['index ix on a(?,c) unique concurrently'],
    ],
    ['DROP INDEX CONCURRENTLY IF EXISTS ix', ['drop index ix if there']],
    ['ALTER INDEX ix RENAME TO iy', ['rename index ix to iy']],
    [`CREATE TYPE Mood AS ENUM ('a', 'it''s')`, [`enum mood: a,it's`]],
    [`ALTER TYPE mood ADD VALUE IF NOT EXISTS 'c' AFTER 'a'`, ['enum mood + c']],
    ['DROP TYPE IF EXISTS mood', ['drop enum mood if there']],
    ['CREATE SCHEMA IF NOT EXISTS s AUTHORIZATION me', ['createSchema s']],
    [
      "-- a; b\nINSERT INTO a VALUES ('; DROP TABLE a'); /* x; /* y */ */ UPDATE a SET b = $$;$$",
      ['data', 'data'],
    ],
    [
      'CREATE OR REPLACE FUNCTION f() RETURNS trigger AS $f$ BEGIN DROP TABLE a; END; $f$ LANGUAGE plpgsql',
      ['function'],
    ],
    [
      'CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = 1; DELETE FROM c; END; DROP TABLE d',
      ['trigger', 'drop d'],
    ],
    ['CREATE EXTENSION IF NOT EXISTS citext', ['extension']],
    ['DROP EXTENSION citext CASCADE', ['? unsupported SQL: DROP EXTENSION [*]']],
    ['SET search_path TO other', ['? unsupported SQL: SET SEARCH_PATH [*]']],
    [`SET lock_timeout = '5s'`, ['setting']],
    ['DO $$ BEGIN DROP TABLE a; END $$', ['drop a']],
    ['DO $$ BEGIN DROP TABLE a CASCADE; PERFORM b(); END $$', ['? unsupported SQL: DO [*]']],
    ["SELECT create_hypertable('a', 'b')", ['? unsupported SQL: SELECT CREATE_HYPERTABLE [*]']],
    ['SELECT 1 INTO a', ['? unsupported SQL: SELECT [*]']],
    ["UPDATE a SET b = 'never ends", ["? SQL that can't be parsed [*]"]],
    ['ALTER TABLE a ADD b int SOMETHING NEW', ['? unsupported SQL: ALTER TABLE [a]']],
  ])('%s', (sql, expected) => {
    expect(told(upgradeOf(`op.execute(${JSON.stringify(sql)})`))).toEqual(expected)
    expect(told(upgradeOf(`op.get_bind().execute(sa.text(${JSON.stringify(sql)}))`))).toEqual(expected)
  })
})

describe('Python', () => {
  const drop = (name: string): string => `op.drop_table('${name}')`

  test.each<[string, string, readonly string[]]>([
    [
      'a loop over a literal list is unrolled',
      `for t in ['a', 'b']:\n    op.drop_table(t)`,
      ['drop a', 'drop b'],
    ],
    [
      'nested loops, tuples and dictionaries',
      `for t, cs in {'a': ('x', 'y'), 'b': ['z']}.items():\n    for c in cs:\n        op.drop_column(t, c)`,
      ['drop a.x', 'drop a.y', 'drop b.z'],
    ],
    [
      'f-strings, %, format and + of constants',
      `n = 'a'\nop.execute(f'DROP TABLE {n}1')\nop.execute('DROP TABLE %s2' % n)\nop.execute('DROP TABLE {}3'.format(n))\nop.execute('DROP TABLE ' + n)`,
      ['drop a1', 'drop a2', 'drop a3', 'drop a'],
    ],
    ['SQL with an unknown value is about rows', `op.execute(f"UPDATE a SET b = '{seed}'")`, ['data']],
    [
      'DDL with an unknown name is opaque',
      `op.execute(f"DROP TABLE {seed}")`,
      ['? SQL that is only partly known before run time [*]'],
    ],
    [
      'a condition on a constant is decided',
      `if 1 == 2:\n    ${drop('a')}\nelse:\n    ${drop('b')}`,
      ['drop b'],
    ],
    [
      'both sides of an unknown condition are opaque',
      `if context.get_x_argument():\n    ${drop('a')}\nelse:\n    ${drop('b')}`,
      ['? under a condition [a]', '? under a condition [b]'],
    ],
    [
      'rows under an unknown condition are still rows',
      `if op.get_bind().execute('SELECT 1').scalar():\n    op.execute('DELETE FROM a')`,
      ['data', 'data'],
    ],
    [
      'code after a conditional return might not run',
      `if context.get_x_argument():\n    return\n${drop('a')}`,
      ['? after a conditional return [a]'],
    ],
    [
      'code after a conditional raise ran',
      `if context.get_x_argument():\n    raise RuntimeError()\n${drop('a')}`,
      ['drop a'],
    ],
    [
      'a name bound under a condition is unknown afterward',
      `n = 'a'\nif context.get_x_argument():\n    n = 'b'\nop.drop_table(n)`,
      ['? arguments of drop_table that are only known at run time [*]'],
    ],
    [
      'a list modified under a condition is unknown afterward',
      `ns = ['a']\nif context.get_x_argument():\n    ns.append('b')\nfor n in ns:\n    op.drop_table(n)`,
      ['? arguments of drop_table that are only known at run time [*]'],
    ],
    [
      'a try that swallows the exception is opaque',
      `try:\n    ${drop('a')}\nexcept Exception:\n    pass`,
      ['? in a try block [a]'],
    ],
    [
      "a try that reraises isn't",
      `try:\n    ${drop('a')}\nexcept Exception:\n    print('no')\n    raise\nfinally:\n    ${drop('b')}`,
      ['drop a', 'drop b'],
    ],
    [
      'an unknown loop is opaque',
      `for row in op.get_bind().execute('SELECT 1'):\n    op.drop_table(row[0])\n    ${drop('a')}`,
      [
        'data',
        '? arguments of drop_table that are only known at run time [*]',
        '? in a loop whose items are only known at run time [a]',
      ],
    ],
    [
      'a while loop is opaque',
      `while True:\n    ${drop('a')}\n    break`,
      ['? in a loop whose items are only known at run time [a]'],
    ],
    [
      'a loop with a conditional exit makes the rest uncertain',
      `for n in ['a', 'b']:\n    op.drop_table(n)\n    if seed:\n        break\n${drop('c')}`,
      ['drop a', '? after a conditional return [b]', 'drop c'],
    ],
    ['a call to the project may do anything', `seed()`, ['? a call to project [*]']],
    [
      'unread code with the connection may do anything',
      `Thing.run(op.get_bind())`,
      ['? a call to project [*]'],
    ],
    [
      'metadata may create anything',
      `sa.MetaData().create_all(op.get_bind())`,
      ['? MetaData.create_all() [*]'],
    ],
    ['exec may do anything', `exec('x')`, ['? exec() [*]']],
    ['an alias of op', `from alembic import op as o\no.drop_table('a')`, ['drop a']],
    ['a directive with an alias', `d = op.drop_table\nd('a')`, ['drop a']],
    [
      'a directive passed to other code',
      `list(map(op.drop_table, ['a']))`,
      ['? map() with an argument that gives it access to the database [*]'],
    ],
    ['a lambda', `d = lambda t: op.drop_table(t)\nd('a')`, ['drop a']],
    [
      'autocommit block',
      `with op.get_context().autocommit_block():\n    op.execute("ALTER TYPE m ADD VALUE 'x'")`,
      ['enum m + x'],
    ],
    [
      'statements built with SQLAlchemy are about rows',
      `t = sa.table('a', sa.column('b'))\nop.get_bind().execute(t.update().where(t.c.b == 1).values(b=2))`,
      ['data'],
    ],
    [
      'sessions',
      `from sqlalchemy.orm import Session\ns = Session(bind=op.get_bind())\nfor x in s.query(Thing).all():\n    x.n = 1\ns.commit()`,
      ['data'],
    ],
    [
      'an unsupported statement',
      `match seed:\n    case 1:\n        ${drop('a')}`,
      ['? an unsupported statement [*]'],
    ],
  ])('%s', (_, body, expected) => {
    expect(told(upgradeOf(body))).toEqual(expected)
  })

  test('a function in the same file is interpreted, with defaults, keywords and results', () => {
    const before = `
PREFIX = 'app_'
def named(name):
    return PREFIX + name
def remove(table, *columns, suffix='_old', **more):
    for column in columns:
        op.drop_column(named(table), column + suffix)
`
    expect(told(upgradeOf(`remove('a', 'x', 'y')\nremove('b', *('z',), suffix='')`, null, before))).toEqual([
      'drop app_a.x_old',
      'drop app_a.y_old',
      'drop app_b.z',
    ])
  })

  test.each([
    ['INSERT INTO a SELECT 1, {}', 'insert'],
    ['UPDATE a SET b = {}', 'update'],
    ['DELETE FROM a WHERE b > {}', 'delete'],
    ['INSERT INTO a {}', undefined],
    ['WITH c AS ({}) UPDATE a SET b = 1', undefined],
    ['INSERT INTO {} SELECT 1', undefined],
  ])('a statement with an unknown value still writes only to its table: %s', (sql, statement) => {
    const [step] = upgradeOf(`op.execute("${sql}".format(Thing.value))`)
    const written = statement && { statement, table: { schema: null, name: 'a' }, columns: [] }
    expect(step).toMatchObject({ kind: 'data' })
    expect(step && 'writes' in step ? step.writes : undefined).toEqual(written)
  })

  test('a function with several possible results returns something unknown', () => {
    const before = `
def has(table):
    try:
        return table in sa.inspect(op.get_bind()).get_table_names()
    except Exception:
        return False
def either():
    if seed:
        return 'a'
    else:
        return 'b'
def late():
    if seed:
        return True
    return False
`
    const body = `if not has('a'):
    op.drop_table('a')
if either() == 'b':
    op.drop_table('b')
if late():
    op.drop_table('c')`
    expect(told(upgradeOf(body, null, before))).toEqual([
      '? under a condition [a]',
      '? under a condition [b]',
      '? under a condition [c]',
    ])
  })

  test('a name bound before a conditional break is unknown after the loop', () => {
    const body = `n = 'a'\nfor m in ['b', 'c']:\n    if seed:\n        n = m\n        break\nop.drop_table(n)`
    expect(told(upgradeOf(body))).toEqual(['? arguments of drop_table that are only known at run time [*]'])
  })

  test.each([
    ['deleted from', `del ns[0]`],
    ['modified through another name', `ms = ns\nif seed:\n    ms += ['b']`],
    ['sorted', `ns.sort()`],
    ['a dictionary that loses a key', `ns = {'a': 1}\ndel ns['a']`],
    ['perhaps deleted', `if seed:\n    del ns`],
  ])('a list that is %s becomes unknown', (_, change) => {
    const steps = upgradeOf(`ns = ['a']\n${change}\nfor n in ns:\n    op.drop_table(n)`)
    expect(told(steps)).toEqual(['? arguments of drop_table that are only known at run time [*]'])
  })

  test('the use of a deleted list raises an exception', () => {
    expect(told(upgradeOf(`ns = ['a']\ndel ns\nfor n in ns:\n    op.drop_table(n)`))).toEqual([
      'raise UnboundLocalError',
    ])
  })

  test.each([
    ['op.drop_table(n)\nop.drop_table((n := "a"))', 'UnboundLocalError'],
    ['op.drop_table(n)\nop.drop_table([n for n in "a"][0])', 'NameError'],
  ])('%j raises an exception', (body, error) => {
    expect(told(upgradeOf(body))).toEqual([`raise ${error}`])
  })

  test('a list that is modified through another name', () => {
    const steps = upgradeOf(`ns = ['a']\nms = ns\nms += ['b']\nfor n in ns:\n    op.drop_table(n)`)
    expect(told(steps)).toEqual(['drop a', 'drop b'])
  })

  test('a recursive function ends', () => {
    const steps = upgradeOf('again()', null, "def again():\n    again()\n    op.drop_table('a')\n")
    expect(told(steps)[0]).toBe('? function calls that are nested too deeply [*]')
    expect(told(upgradeOf('again()', null, 'def again():\n    again()\n'))).toEqual([])
  })

  test('the dialect decides conditions and variants', () => {
    const body = `if op.get_bind().dialect.name == 'postgresql':
    op.add_column('a', sa.Column('b', sa.Text().with_variant(postgresql.JSONB(), 'postgresql')))
elif op.get_context().dialect.name == 'sqlite':
    op.add_column('a', sa.Column('c', sa.Text()))`
    expect(told(upgradeOf(body, 'postgresql'))).toEqual(['add a.b jsonb'])
    expect(told(upgradeOf(body, 'sqlite'))).toEqual(['add a.c text'])
    expect(told(upgradeOf(body, null))).toEqual(['? under a condition [a]', '? under a condition [a]'])
  })

  test('a Python enum in the same file provides its names', () => {
    const before = 'import enum\nclass Mood(enum.Enum):\n    GOOD = "good"\n    BAD = "bad"\n'
    expect(told(upgradeOf(`op.create_table('a', sa.Column('m', sa.Enum(Mood)))`, null, before))).toEqual([
      'enum mood: GOOD,BAD if missing',
      'create .a: m mood',
    ])
  })

  test('a multidb migration is read for the given engine', () => {
    const source = `${head}
def upgrade(engine_name):
    globals()['upgrade_%s' % engine_name]()
def upgrade_one():
    op.drop_table('a')
def upgrade_two():
    pass
`
    const read = (engine: string | null): readonly string[] => {
      const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py', null, engine)
      return upgrade.kind === 'operations' ? told(upgrade.operations) : [upgrade.reason]
    }
    expect(read('one')).toEqual(['drop a'])
    expect(read('two')).toEqual([])
    expect(read(null)).toEqual(['? an unresolved call [*]'])
  })

  test.each([
    ['its only function', '"""Calls the function of the engine."""', '', ['drop a']],
    ['none of several functions', 'pass', 'def upgrade_two(): pass', ['? an unresolved call [*]']],
    ['none that might not run', "if engine_name == 'two': return", '', ['? an unresolved call [*]']],
  ])('a migration of a multidb template runs %s', (_, before, more, want) => {
    const source = `${head}
def upgrade(engine_name: str) -> None:
    ${before}
    globals()["upgrade_%s" % engine_name]()
def upgrade_() -> None:
    op.drop_table('a')
${more}
`
    const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py')
    expect(upgrade.kind === 'operations' ? told(upgrade.operations) : []).toEqual(want)
  })

  test.each([
    [
      'a partially applied directive',
      'import functools\nadd = functools.partial(op.add_column, "a")',
      'an unresolved call',
    ],
    ['a directive found by its name', 'add = getattr(op, "add_column")', 'an unresolved call'],
    [
      'a method that an object of another class may inherit',
      'class A:\n    def __call__(self, c): op.add_column("a", c)\nadd = A()',
      'an unresolved call',
    ],
    ['a coroutine', 'async def add(c): op.add_column("a", c)', 'an unresolved call'],
  ])("an operation through %s isn't distant", (_, before, reason) => {
    const [step] = upgradeOf("add(sa.Column('b', sa.Integer()))", null, before)
    expect(step).toMatchObject({ kind: 'opaque', reason })
    expect(step).not.toHaveProperty('distant')
  })

  test.each([
    ['@compiles(AddColumn)', ['? @compiles(AddColumn), which changes SQL [a]']],
    ["@compiles(AddColumn, 'sqlite')", ['add a.b']],
    ['@compiles(sa.UniqueConstraint)', ['add a.b']],
  ])('SQL that %s may change', (decorator, want) => {
    const before = `from alembic.ddl.base import AddColumn\nfrom sqlalchemy.ext.compiler import compiles\n${decorator}\ndef compiled(element, compiler, **kw): return 'x'`
    const steps = upgradeOf("op.add_column('a', sa.Column('b', sa.Integer()))", 'postgresql', before)
    expect(
      steps.map((step) =>
        step.kind === 'addColumn'
          ? `add ${step.table.name}.${step.column.name}`
          : step.kind === 'opaque'
            ? `? ${step.reason} [${step.touches?.map(({ name }) => name).join()}]`
            : '',
      ),
    ).toEqual(want)
  })

  test('a step has its position', () => {
    const [step] = upgradeOf(`x = 1\nop.drop_table('a')`)
    expect(step?.span).toEqual({ path: 'versions/a.py', line: 8, column: 5 })
  })
})

test("a file that isn't valid Python, or has no functions, says so", () => {
  const read = (source: string) => readOperations(new TextEncoder().encode(source), 'a.py').upgrade
  expect(read('def upgrade(:').kind).toBe('unreadable')
  expect(read('upgrade = make()').kind).toBe('unreadable')
  expect(read('from alembic import op\n@deco\ndef upgrade(): pass').kind).toBe('unreadable')
  expect(read('x = 1')).toEqual({ kind: 'operations', operations: [] })
})

test("PostgreSQL's deferred checks, and steps outside the transaction, are marked", () => {
  const [valid, later, raw] = upgradeOf(`
op.create_foreign_key('k', 'a', 'b', ['x'], ['id'])
op.create_foreign_key('k', 'a', 'b', ['x'], ['id'], postgresql_not_valid=True)
op.execute('ALTER TABLE a ADD CONSTRAINT c CHECK (x IS NOT NULL) NOT VALID')
`)
  expect(valid).not.toMatchObject({ constraint: { notValid: true } })
  expect(later).toMatchObject({ constraint: { kind: 'foreignKey', notValid: true } })
  expect(raw).toMatchObject({ constraint: { kind: 'check', notValid: true } })
  const [inside, behind] = upgradeOf(`
with op.get_context().autocommit_block():
    op.create_index('i', 'a', ['x'], postgresql_concurrently=True)
op.create_index('j', 'a', ['x'])
`)
  expect(inside).toMatchObject({ autocommit: true, index: { concurrently: true } })
  expect(behind).not.toHaveProperty('autocommit')
})

test('a server default that SQLAlchemy writes as a function or a keyword becomes SQL', () => {
  const texts = ['sa.func.now()', 'sa.false()', 'sa.func.coalesce(1)'].map((source) => {
    const [step] = upgradeOf(`
op.add_column('a', sa.Column('x', sa.Text, server_default=${source}))
`)
    return step?.kind === 'addColumn' && step.column.serverDefault.kind === 'present'
      ? step.column.serverDefault.text
      : undefined
  })
  expect(texts).toEqual(['now()', 'false', null])
})

test("a batch's naming convention doesn't make it copy the table on PostgreSQL", () => {
  const body = `from alembic import op\ndef upgrade():\n    with op.batch_alter_table('a', naming_convention={}) as b:\n        b.drop_column('c')\n`
  const wayOn = (dialect: 'postgresql' | 'sqlite') => {
    const { upgrade } = readOperations(new TextEncoder().encode(body), 'a.py', dialect)
    return upgrade.kind === 'operations' ? upgrade.operations[0]?.inBatch : null
  }
  expect(wayOn('postgresql')).toBe('auto')
  expect(wayOn('sqlite')).toBe('other')
})

test('the name of a coroutine that asyncio runs tells whether it may change the schema', () => {
  const isDistant = (name: string) => {
    const body = `import asyncio\nfrom shop import ${name}\ndef upgrade():\n    asyncio.run(${name}())\n`
    const { upgrade } = readOperations(new TextEncoder().encode(body), 'a.py', 'postgresql')
    const steps = upgrade.kind === 'operations' ? upgrade.operations : []
    return steps.map((step) => step.kind === 'opaque' && step.distant === true)
  }
  expect(isDistant('notify')).toEqual([true, true])
  expect(isDistant('create_tables')).toEqual([false, false])
})

test('a recursion over unknown data takes few steps', () => {
  const branch = '        return [walk(one, act) for one in found]\n'
  const kinds = ['list', 'tuple', 'dict', 'set', 'str']
  const walk = `def walk(found, act):\n${kinds.map((kind) => `    if isinstance(found, ${kind}):\n${branch}`).join('')}    return act(found)\n`
  const steps = upgradeOf("walk(Thing.parts, lambda one: one.strip())\nop.drop_table('a')", null, walk)
  expect(told(steps).at(-1)).toBe('drop a')
})
