/** Lint lessons for AG418, AG419, and AG427 and higher. */
import { exampleMigration, firstTables } from '../../src/rules/examples/example-migrations.ts'
import { type Lesson, type Taught, block, sql, up } from './lint-lesson.ts'

const add = "op.add_column('users', sa.Column('plan', sa.Text(), nullable=True))"
const withModels = { 'app/__init__.py': '', 'app/models.py': 'class User:\n    pass\n' }
const models = (title: string, line: string, head: string): Taught => ({
  ...up(title, [line], { head }),
  project: withModels,
})
const states = (title: string, lines: readonly string[]): Taught => ({
  title,
  files: {
    'a1.py': exampleMigration(
      'a1',
      null,
      [sql("CREATE TYPE state AS ENUM ('a')"), sql('CREATE SCHEMA shop')],
      ['pass'],
    ),
    'b2.py': exampleMigration('b2', 'a1', lines, ['pass']),
  },
})
const indexed = (title: string, lines: readonly string[]): Taught => ({
  title,
  files: {
    'a1.py': firstTables,
    'b2.py': exampleMigration(
      'b2',
      'a1',
      block("op.create_index('ix', 'users', ['name'], postgresql_concurrently=True)"),
      ['pass'],
    ),
    'c3.py': exampleMigration('c3', 'b2', lines, ['pass']),
  },
})
const long = 'a_name_that_goes_on_and_on_because_somebody_wanted_to_say_all_of_it'

const withHelpers = {
  'alembic.ini': '[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n',
  'app/__init__.py': '',
  'app/helpers.py':
    "from alembic import op\n\ndef lower():\n    op.execute('UPDATE users SET name = lower(name)')\n",
}

export const addedLessons: readonly Lesson[] = [
  {
    code: 'AG418',
    teaches: [
      models(
        'an update with a model',
        'op.execute(sa.update(User).values(name="x").where(User.name == "y"))',
        'from app.models import User\n',
      ),
      models(
        'a session',
        'Session(bind=op.get_bind()).query(User).filter_by(name="x").delete()',
        'from sqlalchemy.orm import Session\nfrom app.models.user import User\n',
      ),
      models(
        'its table',
        'op.execute(User.__table__.delete().where(User.name == "x"))',
        'from app.models import User\n',
      ),
    ],
    isFine: [
      models(
        'a type of the application',
        "op.add_column('users', sa.Column('x', app.types.GUID(), nullable=True))",
        'import app.types\n',
      ),
      up('a table that is described here', [
        "users = sa.table('users', sa.column('name'))",
        'op.execute(users.delete().where(users.c.name == "x"))',
      ]),
    ],
  },
  {
    code: 'AG419',
    teaches: [
      up('COMMIT', [sql('COMMIT'), add]),
      up('on a connection', ['connection = op.get_bind()', 'connection.execute(sa.text("commit"))', add]),
      up('BEGIN and ROLLBACK', [sql('BEGIN; DELETE FROM users WHERE id = 1; ROLLBACK')]),
    ],
    isFine: [
      up('an autocommit block', block(sql('VACUUM users'))),
      up('a savepoint', [sql('SAVEPOINT s'), sql('ROLLBACK TO SAVEPOINT s')]),
      up('BEGIN alone, which only warns', [sql('BEGIN'), add]),
    ],
  },
  {
    code: 'AG427',
    teaches: [
      up('create_check_constraint', ["op.create_check_constraint('c', 'users', 'id > 0')"]),
      up('CHECK in SQL', [sql('ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0)')]),
      up('EXCLUDE', [sql('ALTER TABLE users ADD CONSTRAINT e EXCLUDE USING gist (name WITH =)')]),
    ],
    isFine: [
      up('NOT VALID', [sql('ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID')]),
      up('on a new table', [
        "op.create_table('t', sa.Column('id', sa.Integer()))",
        "op.create_check_constraint('c', 't', 'id > 0')",
      ]),
    ],
  },
  {
    code: 'AG428',
    teaches: [
      up('a foreign key', [
        sql('ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (org_id) REFERENCES orgs NOT VALID'),
        sql('ALTER TABLE users VALIDATE CONSTRAINT f'),
      ]),
      up('a check', [
        sql('ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID'),
        sql('ALTER TABLE ONLY users VALIDATE CONSTRAINT c'),
      ]),
      up('both in one text', [
        sql(
          'ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c',
        ),
      ]),
    ],
    isFine: [
      up('validated outside of the transaction', [
        sql('ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID'),
        ...block(sql('ALTER TABLE users VALIDATE CONSTRAINT c')),
      ]),
      up('of an earlier migration', [sql('ALTER TABLE users VALIDATE CONSTRAINT c')]),
    ],
  },
  {
    code: 'AG429',
    teaches: [
      up('a backfill behind ADD COLUMN', [add, sql('UPDATE users SET plan = name')]),
      up('with IS NULL', [add, sql("UPDATE users SET plan = 'free' WHERE plan IS NULL")]),
      up('a construct', [
        add,
        "users = sa.table('users', sa.column('plan'))",
        "op.execute(users.update().values(plan='free'))",
      ]),
    ],
    isFine: [
      up('one row', [add, sql('UPDATE users SET plan = name WHERE id = 1')]),
      up('rows before the lock', [sql('UPDATE users SET name = upper(name) WHERE name IS NOT NULL'), add]),
    ],
  },
  {
    code: 'AG430',
    teaches: [
      up('UPDATE', [sql('UPDATE users SET name = upper(name)')]),
      up('DELETE', [sql('DELETE FROM users')]),
      {
        ...up('in a helper of another file', ['lower()'], { head: 'from app.helpers import lower\n' }),
        project: withHelpers,
      },
      up('a construct', [
        "users = sa.table('users', sa.column('name'))",
        "op.execute(users.update().values(name='x'))",
      ]),
    ],
    isFine: [
      up('with WHERE', [sql('UPDATE users SET name = upper(name) WHERE id < 1000')]),
      up('of a new table', ["op.create_table('t', sa.Column('id', sa.Integer()))", sql('DELETE FROM t')]),
    ],
  },
  {
    code: 'AG431',
    teaches: [
      up('TRUNCATE CASCADE', [sql('TRUNCATE orgs CASCADE')]),
      up('with options', [sql('TRUNCATE TABLE ONLY orgs RESTART IDENTITY CASCADE')]),
      up('by the connection', ['op.get_bind().execute(sa.text("truncate users, orgs cascade"))']),
    ],
    isFine: [
      up('without CASCADE', [sql('TRUNCATE users')]),
      up('DROP CASCADE', [sql('DROP TABLE users CASCADE')]),
    ],
  },
  {
    code: 'AG432',
    teaches: [
      up('ADD COLUMN', [add]),
      up('a rename', ["op.rename_table('users', 'people')"]),
      up('in SQL', [sql('ALTER TABLE users DROP COLUMN name')]),
      up('TRUNCATE', [sql('TRUNCATE orgs, users')]),
      indexed('DROP INDEX', [sql('DROP INDEX ix')]),
    ],
    isFine: [
      indexed('DROP INDEX CONCURRENTLY', block(sql('DROP INDEX CONCURRENTLY ix'))),
      up('with a timeout', [sql("SET LOCAL lock_timeout = '2s'"), add]),
      {
        ...up('with a timeout in env.py', [add]),
        project: {
          'migrations/env.py':
            'from alembic import context\ncontext.execute("SET lock_timeout = \'2s\'")\ncontext.run_migrations()\n',
        },
      },
    ],
  },
  {
    code: 'AG433',
    teaches: [
      indexed('drop_index', ["op.drop_index('ix', 'users')"]),
      indexed('without its table', ["op.drop_index('ix')"]),
      indexed('in SQL', [sql('DROP INDEX IF EXISTS ix')]),
    ],
    isFine: [
      indexed('CONCURRENTLY', block(sql('DROP INDEX CONCURRENTLY ix'))),
      indexed('with its table', ["op.drop_index('ix', 'users')", "op.drop_table('users')"]),
    ],
  },
  {
    code: 'AG434',
    teaches: [
      up('VACUUM FULL', block(sql('VACUUM (FULL, ANALYZE) users'))),
      up('REFRESH', [sql('REFRESH MATERIALIZED VIEW totals')]),
      up('REINDEX', [sql('REINDEX TABLE users')]),
      up('CLUSTER', [sql('CLUSTER users USING users_pkey')]),
      up('DETACH PARTITION', [sql('ALTER TABLE events DETACH PARTITION events_2020')]),
    ],
    isFine: [
      up(
        'CONCURRENTLY',
        block(sql('REINDEX TABLE CONCURRENTLY users'), sql('REFRESH MATERIALIZED VIEW CONCURRENTLY totals')),
      ),
      up('VACUUM', block(sql('VACUUM ANALYZE users'))),
      up('a view of its own', [
        sql('CREATE MATERIALIZED VIEW m AS SELECT 1 WITH NO DATA'),
        sql('REFRESH MATERIALIZED VIEW m'),
      ]),
    ],
  },
  {
    code: 'AG435',
    teaches: [
      up('an index', [`op.create_index('ix_${long}', 'users', ['name'])`]),
      up('a column', [`op.add_column('users', sa.Column('${long}', sa.Text(), nullable=True))`]),
      up('a table in SQL', [sql(`CREATE TABLE ${long} (id integer)`)]),
      up('an index in SQL', [sql(`CREATE INDEX ${long} ON users (name)`)]),
      up('a constraint in SQL', [sql(`ALTER TABLE users ADD CONSTRAINT ${long} CHECK (id > 0)`)]),
    ],
    isFine: [
      up('63 bytes', [`op.create_table('${long.slice(0, 63)}', sa.Column('id', sa.Integer()))`]),
      up('a name that SQLAlchemy shortens', [`op.create_index(op.f('ix_${long}'), 'users', ['name'])`]),
    ],
  },
  {
    code: 'AG436',
    teaches: [
      states('RENAME VALUE', [sql("ALTER TYPE state RENAME VALUE 'a' TO 'b'")]),
      states('with its schema', [sql("ALTER TYPE public.state RENAME VALUE 'a' TO 'b'")]),
      states('a schema', [sql('ALTER SCHEMA shop RENAME TO store')]),
    ],
    isFine: [
      states('ADD VALUE', block(sql("ALTER TYPE state ADD VALUE IF NOT EXISTS 'b'"))),
      states('the owner of a schema', [sql('ALTER SCHEMA shop OWNER TO me')]),
    ],
  },
  {
    code: 'AG437',
    teaches: [
      up('two tables', [add, "op.add_column('orgs', sa.Column('plan', sa.Text(), nullable=True))"]),
      up('in SQL', [sql('ALTER TABLE users DROP COLUMN name; ALTER TABLE orgs ADD COLUMN name text')]),
      up('a drop and a change', [
        "op.drop_table('users')",
        "op.add_column('orgs', sa.Column('plan', sa.Text(), nullable=True))",
      ]),
    ],
    isFine: [
      up('one table twice', [add, "op.drop_column('users', 'name')"]),
      up('a new one and one', [
        "op.create_table('t', sa.Column('id', sa.Integer()))",
        "op.add_column('t', sa.Column('x', sa.Text()))",
        add,
      ]),
    ],
  },
  {
    code: 'AG438',
    teaches: [
      up('of a new table', [
        "op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('u', sa.Integer(), sa.ForeignKey('users.id')))",
      ]),
      up('create_foreign_key', ["op.create_foreign_key('f', 'users', 'orgs', ['org_id'], ['id'])"]),
      up('an index that begins with another column', [
        "op.create_foreign_key('f', 'users', 'orgs', ['org_id'], ['id'])",
        "op.create_index('ix', 'users', ['name', 'org_id'])",
      ]),
    ],
    isFine: [
      up('with an index', [
        "op.create_foreign_key('f', 'users', 'orgs', ['org_id'], ['id'])",
        "op.create_index('ix', 'users', ['org_id', 'name'])",
      ]),
      up('that is the primary key', [
        "op.create_table('t', sa.Column('id', sa.Integer(), sa.ForeignKey('users.id'), primary_key=True))",
      ]),
    ],
  },
  {
    code: 'AG439',
    teaches: [
      up('a column', ["op.drop_column('users', 'name')"], {
        down: ["op.add_column('users', sa.Column('name', sa.String(50)))"],
      }),
      up('a table', ["op.drop_table('users')"], {
        down: ["op.create_table('users', sa.Column('id', sa.Integer()))"],
      }),
      up('in SQL', [sql('ALTER TABLE users DROP COLUMN name')], {
        down: [sql('ALTER TABLE users ADD COLUMN name text')],
      }),
    ],
    isFine: [
      up('it says so', ["op.drop_column('users', 'name')"], {
        down: ['# The data is lost.', "op.add_column('users', sa.Column('name', sa.String(50)))"],
      }),
      up('it refuses', ["op.drop_column('users', 'name')"]),
    ],
  },
]
