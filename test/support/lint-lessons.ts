/** All lint lessons, by rule. */
import { exampleMigration } from '../../src/rules/examples/example-migrations.ts'
import { addedLessons } from './lint-lessons-added.ts'
import { lastLessons } from './lint-lessons-last.ts'
import { firstLessons } from './lint-lessons-first.ts'
import { type Lesson, sql, up } from './lint-lesson.ts'

export const lessons: readonly Lesson[] = [
  {
    code: 'AG401',
    teaches: [
      up(
        'a directive in contextlib.suppress',
        ['with contextlib.suppress(Exception):', "    op.drop_column('users', 'name')"],
        { head: 'import contextlib\n' },
      ),
      up('a directive handed to a helper that tries', ["_safe(op.drop_column, 'users', 'name')"], {
        head: 'def _safe(do, *args):\n    try:\n        do(*args)\n    except Exception:\n        pass\n\n',
      }),
      up('a lambda handed to a helper that tries', ["_safe(lambda: op.drop_column('users', 'name'))"], {
        head: 'def _safe(do):\n    try:\n        do()\n    except Exception:\n        print("skipped")\n\n',
      }),
    ],
    isFine: [
      up(
        'suppressing what no statement raises',
        ['with contextlib.suppress(KeyError):', "    op.drop_column('users', 'name')"],
        { head: 'import contextlib\n' },
      ),
      up('a helper that only calls', ["_safe(op.drop_column, 'users', 'name')"], {
        head: 'def _safe(do, *args):\n    do(*args)\n\n',
      }),
    ],
  },
  {
    code: 'AG421',
    teaches: [
      up('NOT NULL without a default', [
        "op.add_column('users', sa.Column('age', sa.Integer(), nullable=False))",
      ]),
      up('in a batch', [
        "with op.batch_alter_table('users') as batch:",
        "    batch.add_column(sa.Column('age', sa.Integer(), nullable=False))",
      ]),
      up('in SQL', [sql('ALTER TABLE users ADD COLUMN age integer NOT NULL')]),
    ],
    isFine: [
      up('an identity column', [
        "op.add_column('users', sa.Column('no', sa.BigInteger(), sa.Identity(), nullable=False))",
      ]),
      up('an identity column in SQL', [
        sql('ALTER TABLE users ADD COLUMN no bigint GENERATED ALWAYS AS IDENTITY NOT NULL'),
      ]),
      up('a computed column', [
        "op.add_column('users', sa.Column('twice', sa.Integer(), sa.Computed('id * 2', persisted=True), nullable=False))",
      ]),
    ],
  },
  {
    code: 'AG422',
    teaches: [
      up('an identity column', ["op.add_column('users', sa.Column('no', sa.BigInteger(), sa.Identity()))"]),
      up('GENERATED STORED', [
        sql('ALTER TABLE users ADD COLUMN twice integer GENERATED ALWAYS AS (id * 2) STORED'),
      ]),
      up('sa.Computed', [
        "op.add_column('users', sa.Column('twice', sa.Integer(), sa.Computed('id * 2', persisted=True)))",
      ]),
      up('next_value of a sequence', [
        "op.execute(sa.schema.CreateSequence(sa.Sequence('s')))",
        "op.add_column('users', sa.Column('no', sa.Integer(), server_default=sa.Sequence('s').next_value()))",
      ]),
      up('func.nextval', [
        "op.add_column('users', sa.Column('no', sa.Integer(), server_default=sa.func.nextval('s')))",
      ]),
      up('an integer key', ["op.add_column('users', sa.Column('no', sa.Integer, primary_key=True))"]),
    ],
    isFine: [
      up('an integer key without numbers', [
        "op.add_column('users', sa.Column('no', sa.Integer(), primary_key=True, autoincrement=False, nullable=True))",
      ]),
      up('a constant', ["op.add_column('users', sa.Column('no', sa.Integer(), server_default='1'))"]),
      up('func.now', [
        "op.add_column('users', sa.Column('at', sa.DateTime(), server_default=sa.func.now()))",
      ]),
      up('a virtual column', [
        sql('ALTER TABLE users ADD COLUMN twice integer GENERATED ALWAYS AS (id * 2) VIRTUAL'),
      ]),
    ],
  },
  {
    code: 'AG423',
    teaches: [
      up('integer to bigint', [
        "op.alter_column('users', 'org_id', type_=sa.BigInteger(), existing_type=sa.Integer())",
      ]),
      {
        title: 'an enum recreated under its name',
        files: {
          'a1.py': exampleMigration(
            'a1',
            null,
            [
              sql("CREATE TYPE state AS ENUM ('a', 'b')"),
              sql('CREATE TABLE orders (id integer, state state)'),
            ],
            ['pass'],
          ),
          'b2.py': exampleMigration(
            'b2',
            'a1',
            [
              sql('ALTER TYPE state RENAME TO state_old'),
              sql("CREATE TYPE state AS ENUM ('a')"),
              sql('ALTER TABLE orders ALTER COLUMN state TYPE state USING state::text::state'),
              sql('DROP TYPE state_old'),
            ],
            ['pass'],
          ),
        },
      },
      up('an enum made anew, of a column that no migration describes', [
        sql('ALTER TYPE state RENAME TO state_old'),
        sql("CREATE TYPE state AS ENUM ('a')"),
        sql('ALTER TABLE users ALTER COLUMN mood TYPE state USING mood::text::state'),
      ]),
      up('text to integer in SQL', [
        sql('ALTER TABLE users ALTER COLUMN name TYPE integer USING name::integer'),
      ]),
    ],
    isFine: [
      up('a longer varchar', [
        "op.alter_column('users', 'name', type_=sa.String(200), existing_type=sa.String(50))",
      ]),
      up('varchar to text', [
        "op.alter_column('users', 'name', type_=sa.Text(), existing_type=sa.String(50))",
      ]),
    ],
  },
  {
    code: 'AG424',
    teaches: [
      up('to a table of the same migration', [
        "op.create_table('teams', sa.Column('id', sa.Integer(), primary_key=True))",
        "op.create_foreign_key('fk', 'users', 'teams', ['org_id'], ['id'])",
      ]),
      up('in SQL', [sql('ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (org_id) REFERENCES orgs (id)')]),
      up('with its column', [
        "op.add_column('users', sa.Column('boss', sa.Integer(), sa.ForeignKey('users.id')))",
      ]),
    ],
    isFine: [
      up('NOT VALID', [
        sql('ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (org_id) REFERENCES orgs (id) NOT VALID'),
      ]),
      up('from a new table', [
        "op.create_table('teams', sa.Column('id', sa.Integer()), sa.Column('u', sa.Integer()))",
        "op.create_foreign_key('fk', 'teams', 'users', ['u'], ['id'])",
      ]),
    ],
  },
  {
    code: 'AG407',
    teaches: [
      up('a trigger on a table elsewhere', [
        sql('CREATE TRIGGER t AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION f()'),
      ]),
      up('a view in a schema', [sql('CREATE VIEW reporting.people AS SELECT id FROM users')]),
      up('a table in a schema', ["op.create_table('t', sa.Column('id', sa.Integer()), schema='reporting')"]),
    ],
    isFine: [
      up('a schema that is created first', [
        sql('CREATE SCHEMA reporting'),
        sql('CREATE VIEW reporting.people AS SELECT id FROM users'),
      ]),
      up('public', [sql('CREATE VIEW public.people AS SELECT id FROM users')]),
    ],
  },
  ...firstLessons,
  ...addedLessons,
  ...lastLessons,
]
