/** Lint lessons for rules between AG402 and AG426, based on the rules' summaries. */
import { exampleMigration, firstTables } from '../../src/rules/examples/example-migrations.ts'
import { type Lesson, type Taught, block, sql, up } from './lint-lesson.ts'

const both = { 'pyproject.toml': "[tool.alembic-guard.lint]\ndialects = ['postgresql', 'sqlite']\n" }
const onBoth = (title: string, lines: readonly string[], head?: string): Taught => ({
  ...up(title, lines, head === undefined ? {} : { head }),
  project: both,
})
const pg = 'from sqlalchemy.dialects import postgresql\n'
const typed = (title: string, line: string): Taught => onBoth(title, [line], pg)
/** Returns a lesson whose migration also has a downgrade. */
const twoWays = (title: string, lines: readonly string[], down: readonly string[]): Taught =>
  up(title, lines, { down })
const enumFirst = (title: string, lines: readonly string[]): Taught => ({
  title,
  files: {
    'a1.py': exampleMigration('a1', null, [sql("CREATE TYPE state AS ENUM ('a')")], ['pass']),
    'b2.py': exampleMigration('b2', 'a1', lines, ['pass']),
  },
})
const inCode = (title: string, path: string, text: string, line: string): Taught => ({
  ...up(title, [line]),
  project: { [path]: text },
})
const withId = (title: string, id: string): Taught => ({
  title,
  files: { 'a1.py': firstTables, 'b2.py': exampleMigration(id, 'a1', ['pass'], ['pass']) },
})
const named = "sa.Column('name', sa.String(50))"

export const firstLessons: readonly Lesson[] = [
  {
    code: 'AG402',
    teaches: [
      up('a dictionary', [`op.execute(sa.text("DELETE FROM users WHERE name = :n"), {"n": "x"})`]),
      up('a list', [`op.execute("UPDATE users SET name = %s WHERE id = 1", ["x"])`]),
      up('a variable', [
        'values = {"n": "x"}',
        `op.execute(sa.text("DELETE FROM users WHERE name = :n"), values)`,
      ]),
    ],
    isFine: [
      up('bindparams', [`op.execute(sa.text("DELETE FROM users WHERE name = :n").bindparams(n="x"))`]),
      up('a connection', [`op.get_bind().execute(sa.text("DELETE FROM users WHERE name = :n"), {"n": "x"})`]),
    ],
  },
  {
    code: 'AG403',
    teaches: [
      twoWays(
        'with a table',
        ["op.create_table('t', sa.Column('s', sa.Enum('a', name='state')))"],
        ["op.drop_table('t')"],
      ),
      twoWays(
        'with a column in SQL',
        [sql("CREATE TYPE state AS ENUM ('a')"), sql('ALTER TABLE users ADD COLUMN s state')],
        ["op.drop_column('users', 's')"],
      ),
      twoWays(
        'made by hand',
        [
          "sa.Enum('a', name='state').create(op.get_bind())",
          "op.add_column('users', sa.Column('s', sa.Enum('a', name='state')))",
        ],
        ["op.drop_column('users', 's')"],
      ),
    ],
    isFine: [
      twoWays(
        'dropped in SQL',
        ["op.create_table('t', sa.Column('s', sa.Enum('a', name='state')))"],
        ["op.drop_table('t')", sql('DROP TYPE state')],
      ),
      twoWays(
        'no native type',
        ["op.create_table('t', sa.Column('s', sa.Enum('a', name='state', native_enum=False)))"],
        ["op.drop_table('t')"],
      ),
    ],
  },
  {
    code: 'AG404',
    teaches: [
      enumFirst('used in an INSERT of the same transaction', [
        sql("ALTER TYPE state ADD VALUE IF NOT EXISTS 'b'"),
        sql("INSERT INTO t (s) VALUES ('b')"),
      ]),
      enumFirst('without IF NOT EXISTS', [sql("ALTER TYPE state ADD VALUE 'b'")]),
      enumFirst('behind another', [sql("ALTER TYPE state ADD VALUE 'b' AFTER 'a'")]),
    ],
    isFine: [
      enumFirst('in a block', block(sql("ALTER TYPE state ADD VALUE IF NOT EXISTS 'b'"))),
      enumFirst('a type that is made anew', [
        sql('ALTER TYPE state RENAME TO state_old'),
        sql("CREATE TYPE state AS ENUM ('a', 'b')"),
      ]),
    ],
  },
  {
    code: 'AG405',
    teaches: [
      up('text to an integer', [
        "op.create_table('t', sa.Column('u', sa.String(), sa.ForeignKey('users.id')))",
      ]),
      up('a column', ["op.add_column('users', sa.Column('u', sa.Text(), sa.ForeignKey('orgs.id')))"]),
      up('a key by itself', ["op.create_foreign_key('f', 'users', 'orgs', ['name'], ['id'])"]),
    ],
    isFine: [
      up('the same type', ["op.create_table('t', sa.Column('u', sa.Integer(), sa.ForeignKey('users.id')))"]),
      up('integer and bigint', [
        "op.create_table('t', sa.Column('u', sa.BigInteger(), sa.ForeignKey('users.id')))",
      ]),
    ],
  },
  {
    code: 'AG406',
    teaches: [
      typed('JSONB', "op.add_column('users', sa.Column('x', postgresql.JSONB(), nullable=True))"),
      typed('ARRAY', "op.add_column('users', sa.Column('x', postgresql.ARRAY(sa.Text()), nullable=True))"),
      typed('TSVECTOR', "op.create_table('t', sa.Column('x', postgresql.TSVECTOR()))"),
    ],
    isFine: [
      typed(
        'a variant',
        "op.add_column('users', sa.Column('x', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')))",
      ),
      onBoth(
        'behind a check',
        [
          "if op.get_bind().dialect.name == 'postgresql':",
          "    op.add_column('users', sa.Column('x', postgresql.JSONB(), nullable=True))",
        ],
        pg,
      ),
    ],
  },
  {
    code: 'AG410',
    teaches: [
      twoWays('nothing', ["op.add_column('users', sa.Column('x', sa.Text(), nullable=True))"], ['pass']),
      twoWays(
        'half',
        [
          "op.create_table('t', sa.Column('id', sa.Integer()))",
          "op.add_column('users', sa.Column('x', sa.Text(), nullable=True))",
        ],
        ["op.drop_table('t')"],
      ),
      twoWays('an index', ["op.create_index('ix', 'users', ['name'])"], ['pass']),
    ],
    isFine: [
      twoWays(
        'it says that there is no way',
        ["op.drop_table('users')"],
        ['raise NotImplementedError("restore a backup")'],
      ),
      twoWays(
        'it undoes it',
        ["op.add_column('users', sa.Column('x', sa.Text(), nullable=True))"],
        ["op.drop_column('users', 'x')"],
      ),
    ],
  },
  {
    code: 'AG411',
    teaches: [
      inCode('a query', 'app/q.py', 'Q = "SELECT name FROM users"\n', "op.rename_table('users', 'people')"),
      inCode(
        'a join',
        'app/q.sql',
        'SELECT 1 FROM orgs JOIN users ON true;\n',
        "op.rename_table('users', 'people')",
      ),
      inCode(
        'an UPDATE',
        'app/q.py',
        'def f(c):\n    c.execute("UPDATE users SET name = 1")\n',
        sql('ALTER TABLE users RENAME TO people'),
      ),
    ],
    isFine: [
      inCode(
        'the new name',
        'app/q.py',
        'Q = "SELECT name FROM people"\n',
        "op.rename_table('users', 'people')",
      ),
      inCode(
        'prose',
        'app/q.py',
        'HELP = "Choose from users or orgs"\n',
        "op.rename_table('users', 'people')",
      ),
    ],
  },
  {
    code: 'AG412',
    teaches: [
      up('made too late', [
        "op.create_table('t', sa.Column('u', sa.Integer(), sa.ForeignKey('later.id')))",
        "op.create_table('later', sa.Column('id', sa.Integer(), primary_key=True))",
      ]),
      up('dropped too early', [
        "op.create_foreign_key('f', 'users', 'orgs', ['org_id'], ['id'])",
        "op.drop_table('orgs')",
      ]),
      twoWays(
        'the wrong way back',
        [
          "op.create_table('p', sa.Column('id', sa.Integer(), primary_key=True))",
          "op.create_table('c', sa.Column('p', sa.Integer(), sa.ForeignKey('p.id')))",
        ],
        ["op.drop_table('p')", "op.drop_table('c')"],
      ),
    ],
    isFine: [
      twoWays(
        'in order',
        [
          "op.create_table('p', sa.Column('id', sa.Integer(), primary_key=True))",
          "op.create_table('c', sa.Column('p', sa.Integer(), sa.ForeignKey('p.id')))",
        ],
        ["op.drop_table('c')", "op.drop_table('p')"],
      ),
      up('its own table', [
        "op.create_table('n', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('up', sa.Integer(), sa.ForeignKey('n.id')))",
      ]),
    ],
  },
  {
    code: 'AG413',
    teaches: [
      onBoth('information_schema', [
        "op.get_bind().execute(sa.text('SELECT 1 FROM information_schema.tables'))",
      ]),
      onBoth('PRAGMA', ["op.execute('PRAGMA foreign_keys=OFF')"]),
      onBoth('columns', ["op.execute('SELECT column_name FROM information_schema.columns')"]),
    ],
    isFine: [
      onBoth('an inspector', ["sa.inspect(op.get_bind()).get_columns('users')"]),
      onBoth('behind a check', [
        "if op.get_bind().dialect.name == 'sqlite':",
        "    op.execute('PRAGMA foreign_keys=OFF')",
      ]),
    ],
  },
  {
    code: 'AG416',
    teaches: [
      withId('33 characters', 'a'.repeat(33)),
      withId('a sentence', 'add_the_plan_of_a_user_to_the_table_users'),
      withId('a date', '2026_01_31_12_00_00_add_plan_to_users'),
    ],
    isFine: [withId('32 characters', 'a'.repeat(32)), withId('as Alembic makes it', '0123456789ab')],
  },
  {
    code: 'AG420',
    teaches: [
      up('an index', ["op.create_index('ix', 'users', ['name'])"]),
      up('in SQL', [sql('CREATE UNIQUE INDEX ix ON users (name)')]),
      up('with a column', [
        `op.add_column('users', ${named.replace("'name'", "'nick'").replace('))', '), index=True)')})`,
      ]),
    ],
    isFine: [
      up('concurrently', block("op.create_index('ix', 'users', ['name'], postgresql_concurrently=True)")),
      up('on a new table', [
        "op.create_table('t', sa.Column('id', sa.Integer()))",
        "op.create_index('ix', 't', ['id'])",
      ]),
    ],
  },
  {
    code: 'AG425',
    teaches: [
      up('alter_column', ["op.alter_column('users', 'name', nullable=False)"]),
      up('in SQL', [sql('ALTER TABLE users ALTER COLUMN name SET NOT NULL')]),
      up('after a backfill', [
        sql("UPDATE users SET name = '' WHERE name IS NULL"),
        "op.alter_column('users', 'name', existing_type=sa.String(50), nullable=False)",
      ]),
    ],
    isFine: [
      up('NULL again', ["op.alter_column('users', 'name', nullable=True)"]),
      up('with a validated check', [
        sql('ALTER TABLE users ADD CONSTRAINT c CHECK (name IS NOT NULL) NOT VALID'),
        ...block(sql('ALTER TABLE users VALIDATE CONSTRAINT c')),
        "op.alter_column('users', 'name', nullable=False)",
      ]),
    ],
  },
  {
    code: 'AG426',
    teaches: [
      up('a table', ["op.rename_table('users', 'people')"]),
      up('a column', ["op.alter_column('users', 'name', new_column_name='nick')"]),
      up('a column in SQL', [sql('ALTER TABLE users RENAME COLUMN name TO nick')]),
    ],
    isFine: [
      up('a view under the old name', [
        "op.rename_table('users', 'people')",
        sql('CREATE VIEW users AS SELECT * FROM people'),
      ]),
      up('a table of this migration', [
        "op.create_table('t', sa.Column('id', sa.Integer()))",
        "op.rename_table('t', 't2')",
      ]),
    ],
  },
]
