/** SQL that uses tables, views and sequences without changing a table. */
import type { ReplayCase } from './dry-run-cases.ts'

const run = (...statements: readonly string[]): readonly string[] =>
  statements.map((sql) => `op.execute(${JSON.stringify(sql)})`)
const seats = 'CREATE TABLE seats (id int, label text)'

/** Cases for PostgreSQL and SQLite. */
export const commonStatementCases: readonly ReplayCase[] = [
  {
    name: 'rows inserted from a missing table',
    code: 'AG302',
    live: seats,
    pending: run('INSERT INTO seats (id) SELECT c.id FROM chairs AS c JOIN seats s ON s.id = c.id'),
    passes: [
      { live: `${seats}; CREATE TABLE chairs (id int)` },
      { live: `${seats}; CREATE VIEW chairs AS SELECT 1 AS id` },
      { pending: run('WITH chairs AS (SELECT 1 AS id) INSERT INTO seats (id) SELECT c.id FROM chairs AS c') },
      {
        pending: run(
          'WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 3) INSERT INTO seats (id) SELECT id FROM n',
        ),
      },
      { pending: run('INSERT INTO seats (id) SELECT chairs.id FROM (SELECT 1 AS id) AS chairs, seats') },
      {
        pending: [
          `op.create_table('chairs', sa.Column('id', sa.Integer()))`,
          ...run('INSERT INTO seats (id) SELECT chairs.id FROM chairs'),
        ],
      },
    ],
  },
  {
    name: 'rows updated from a missing table',
    code: 'AG302',
    live: seats,
    pending: run("UPDATE seats SET label = 'a' FROM chairs WHERE chairs.id = seats.id"),
    passes: [
      { live: `${seats}; CREATE TABLE chairs (id int)` },
      {
        pending: run("UPDATE seats SET label = 'a' FROM (SELECT 1 AS id) chairs WHERE chairs.id = seats.id"),
      },
    ],
  },
  {
    name: 'rows deleted by a query on a missing table',
    code: 'AG302',
    live: seats,
    pending: run('DELETE FROM seats WHERE id IN (SELECT id FROM chairs)'),
    passes: [{ live: `${seats}; CREATE TABLE chairs (id int)` }],
  },
  {
    name: 'a query on a table that an earlier statement drops',
    code: 'AG302',
    live: `${seats}; CREATE TABLE chairs (id int)`,
    pending: [`op.drop_table('chairs')`, ...run('SELECT count(*) FROM chairs')],
    passes: [{ pending: run('SELECT count(*) FROM chairs', 'DROP TABLE chairs') }],
  },
  {
    name: 'a column that an UPDATE of a CTE sets',
    code: 'AG302',
    live: seats,
    pending: run('WITH one AS (SELECT 1 AS id) UPDATE seats SET size = (SELECT id FROM one)'),
    passes: [{ live: 'CREATE TABLE seats (id int, size int)' }],
  },
  {
    name: 'a missing view',
    code: 'AG302',
    live: seats,
    pending: run('DROP VIEW taken'),
    passes: [
      { live: `${seats}; CREATE VIEW taken AS SELECT id FROM seats` },
      { pending: run('DROP VIEW IF EXISTS taken') },
      { pending: run('CREATE VIEW taken AS SELECT id FROM seats', 'DROP VIEW taken') },
    ],
  },
  {
    name: 'an existing view',
    code: 'AG301',
    live: `${seats}; CREATE VIEW taken AS SELECT id FROM seats`,
    pending: run('CREATE VIEW taken AS SELECT id FROM seats'),
    passes: [
      { live: seats },
      { pending: run('DROP VIEW taken', 'CREATE VIEW taken AS SELECT id FROM seats') },
    ],
  },
  {
    name: 'a missing table after creating a view',
    code: 'AG302',
    live: seats,
    pending: [...run('CREATE VIEW taken AS SELECT id FROM seats'), `op.drop_table('chairs')`],
    passes: [{ live: `${seats}; CREATE TABLE chairs (id int)` }],
  },
  {
    name: 'a missing table after creating a temporary one with another name',
    code: 'AG302',
    live: seats,
    pending: [...run('CREATE TEMPORARY TABLE held AS SELECT id FROM seats'), `op.drop_table('chairs')`],
    passes: [
      { pending: [...run('CREATE TEMPORARY TABLE chairs (id int)'), `op.drop_table('chairs')`] },
      {
        pending: [
          ...run(
            'CREATE TEMPORARY TABLE chairs AS SELECT id FROM seats',
            'DELETE FROM chairs',
            'SELECT label FROM seats',
          ),
        ],
      },
      {
        live: `${seats}; CREATE TABLE chairs (id int)`,
        pending: run(
          'CREATE TEMPORARY TABLE chairs (label text)',
          "UPDATE chairs SET label = 'a'",
          'DROP TABLE chairs',
          'UPDATE chairs SET id = 1',
        ),
      },
    ],
  },
]

/** Cases for PostgreSQL only. */
export const postgresStatementCases: readonly ReplayCase[] = [
  {
    name: 'a lock in an autocommit block',
    code: 'AG306',
    live: seats,
    pending: [
      'with op.get_context().autocommit_block():',
      ...run('LOCK TABLE seats').map((line) => `    ${line}`),
    ],
    passes: [{ pending: run('LOCK TABLE seats') }],
  },
  ...[
    'UPDATE seats INNER JOIN halls ON halls.id = seats.id SET seats.id = halls.id',
    'update seats s left join halls on halls.id = s.id set s.id = 1',
    'UPDATE seats AS s, halls SET s.id = halls.id',
    'INSERT IGNORE INTO seats (id) VALUES (1)',
    'REPLACE INTO seats (id) VALUES (1)',
  ].map((sql) => ({
    name: `MySQL's ${sql}`,
    code: 'AG306',
    live: `${seats}; CREATE TABLE halls (id int)`,
    pending: [`op.get_bind().execute(sa.text(${JSON.stringify(sql)}))`],
    passes: [
      { pending: [`op.execute('UPDATE seats s SET id = halls.id FROM halls')`] },
      { pending: [`if op.get_bind().dialect.name == 'mysql': op.execute(${JSON.stringify(sql)})`] },
    ],
  })),
  {
    name: 'VALIDATE CONSTRAINT by a wrong name',
    code: 'AG302',
    live: `${seats}; ALTER TABLE seats ADD CONSTRAINT big CHECK (id > 1) NOT VALID`,
    pending: [`op.execute('ALTER TABLE seats VALIDATE CONSTRAINT other')`],
    passes: [
      { pending: [`op.execute('ALTER TABLE seats VALIDATE CONSTRAINT big')`] },
      {
        pending: [
          `op.execute('ALTER TABLE seats ADD CONSTRAINT other CHECK (id > 0) NOT VALID')`,
          `op.execute('ALTER TABLE seats VALIDATE CONSTRAINT other')`,
        ],
      },
    ],
  },
  {
    name: 'CreateSequence with the name of an existing sequence',
    code: 'AG301',
    live: `${seats}; CREATE SEQUENCE seats_id_seq`,
    pending: [
      `op.execute(sa.schema.CreateSequence(sa.Sequence('seats_id_seq')))`,
      `op.add_column('seats', sa.Column('hall', sa.Integer()))`,
    ],
    passes: [
      { live: seats },
      { live: `${seats}; CREATE SEQUENCE "Seats_id_seq"` },
      { pending: [`op.execute(sa.schema.DropSequence(sa.Sequence('seats_id_seq')))`] },
      { pending: [`op.execute(sa.schema.CreateSequence(sa.Sequence('Seats_id_seq')))`] },
    ],
  },
  {
    name: 'a missing table, after CreateSequence',
    code: 'AG302',
    live: seats,
    pending: [
      `op.execute(sa.schema.CreateSequence(sa.Sequence('chairs_id_seq')))`,
      `op.add_column('chairs', sa.Column('hall', sa.Integer()))`,
    ],
    passes: [{ live: `${seats}; CREATE TABLE chairs (id int)` }],
  },
  {
    name: 'DropSequence for a missing sequence',
    code: 'AG302',
    live: seats,
    pending: [`op.execute(sa.schema.DropSequence(sa.Sequence('seats_id_seq')))`],
    passes: [{ live: `${seats}; CREATE SEQUENCE seats_id_seq` }],
  },
  {
    name: 'TRUNCATE of a missing table',
    code: 'AG302',
    live: seats,
    pending: run('TRUNCATE TABLE seats, chairs RESTART IDENTITY'),
    passes: [{ live: `${seats}; CREATE TABLE chairs (id int)` }],
  },
  {
    name: 'MERGE from a missing table',
    code: 'AG302',
    live: seats,
    pending: run('MERGE INTO seats s USING chairs c ON s.id = c.id WHEN MATCHED THEN DELETE'),
    passes: [
      { live: `${seats}; CREATE TABLE chairs (id int)` },
      {
        pending: run(
          'MERGE INTO seats s USING (SELECT 1 AS id) c ON s.id = c.id WHEN NOT MATCHED THEN INSERT (id) VALUES (c.id)',
        ),
      },
    ],
  },
  {
    name: "words after FROM that aren't tables",
    code: 'AG302',
    live: seats,
    pending: run('SELECT extract(year FROM now()) FROM chairs'),
    passes: [
      {
        pending: run(
          'SELECT extract(year FROM now()), trim(both FROM label), substring(label FROM 2), id IS DISTINCT FROM 2 FROM ONLY seats AS s (id, label), LATERAL (SELECT 1) x, generate_series(1, 2) g, unnest(ARRAY[1]) u FOR UPDATE OF s',
          'SELECT 1 FROM current_date',
          'SELECT 1 FROM (seats a JOIN seats b USING (id)) LEFT JOIN LATERAL (SELECT b.id) y ON true',
          'DELETE FROM seats a USING seats b WHERE a.id < b.id',
          'SELECT relname FROM pg_class, information_schema.tables LIMIT 1',
        ),
      },
    ],
  },
  {
    name: 'COPY into a missing column',
    code: 'AG302',
    live: seats,
    pending: run('COPY seats (size) TO STDOUT'),
    passes: [],
  },
  {
    name: 'a comment on a missing table',
    code: 'AG302',
    live: seats,
    pending: run("COMMENT ON TABLE chairs IS 'x'"),
    passes: [
      { live: 'CREATE TABLE chairs (id int)' },
      {
        pending: run(
          "COMMENT ON TABLE seats IS 'x'",
          "COMMENT ON COLUMN public.seats.label IS 'y'",
          "COMMENT ON SCHEMA public IS 'z'",
        ),
      },
    ],
  },
  {
    name: 'a comment on a missing column',
    code: 'AG302',
    live: seats,
    pending: run("COMMENT ON COLUMN seats.size IS 'x'"),
    passes: [{ live: 'CREATE TABLE seats (size int)' }],
  },
  {
    name: 'an Alembic comment on a missing column',
    code: 'AG302',
    live: seats,
    pending: [`op.alter_column('seats', 'size', comment='x', existing_type=sa.Integer())`],
    passes: [
      { live: 'CREATE TABLE seats (size int)' },
      { pending: [`op.alter_column('seats', 'size', existing_type=sa.Integer(), existing_nullable=True)`] },
      { pending: [`op.create_table_comment('seats', 'x')`, `op.drop_table_comment('seats')`] },
    ],
  },
  {
    name: 'an Alembic comment on a missing table',
    code: 'AG302',
    live: seats,
    pending: [`op.create_table_comment('chairs', 'x', existing_comment=None)`],
    passes: [{ live: 'CREATE TABLE chairs (id int)' }],
  },
  {
    name: 'privileges on a missing table',
    code: 'AG302',
    live: seats,
    pending: run('GRANT SELECT, UPDATE (label) ON seats, chairs TO PUBLIC'),
    passes: [
      {
        pending: run(
          'GRANT SELECT, UPDATE (label) ON seats TO PUBLIC',
          'GRANT USAGE ON SCHEMA public TO PUBLIC',
          'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC',
          'GRANT ALL ON FUNCTION pg_sleep(double precision) TO PUBLIC',
        ),
      },
    ],
  },
  {
    name: 'a lock on a missing table',
    code: 'AG302',
    live: seats,
    pending: run('LOCK TABLE ONLY seats, chairs IN SHARE MODE'),
    passes: [{ pending: run('LOCK TABLE ONLY seats IN SHARE MODE') }],
  },
  {
    name: 'a trigger on a missing table',
    code: 'AG302',
    live: `${seats}; CREATE TABLE other (id int)`,
    pending: run(
      'CREATE TRIGGER hush BEFORE UPDATE OF id ON chairs FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    ),
    passes: [
      {
        pending: run(
          'CREATE OR REPLACE TRIGGER hush BEFORE UPDATE OF id OR DELETE ON public.seats FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
          'DROP TRIGGER hush ON seats',
        ),
      },
      {
        pending: run(
          'DROP TRIGGER IF EXISTS hush ON chairs',
          'CREATE POLICY mine ON seats USING (true)',
          'DROP POLICY mine ON seats',
        ),
      },
    ],
  },
  {
    name: 'dropping a trigger from a missing table',
    code: 'AG302',
    live: seats,
    pending: run('DROP TRIGGER hush ON chairs'),
    passes: [],
  },
  {
    name: 'a materialized view on a missing table',
    code: 'AG302',
    live: seats,
    pending: run('CREATE MATERIALIZED VIEW taken AS SELECT id FROM chairs WITH NO DATA'),
    passes: [
      { live: 'CREATE TABLE chairs (id int)' },
      {
        pending: run(
          'CREATE MATERIALIZED VIEW taken AS SELECT id FROM seats',
          'CREATE UNIQUE INDEX ux_taken ON taken (id)',
          'REFRESH MATERIALIZED VIEW CONCURRENTLY taken',
          'DROP MATERIALIZED VIEW taken',
        ),
      },
    ],
  },
  {
    name: 'recreating a materialized view drops its indexes',
    code: 'AG301',
    live: `${seats}; CREATE MATERIALIZED VIEW taken AS SELECT id FROM seats; CREATE INDEX ix_taken ON taken (id)`,
    pending: run('CREATE INDEX ix_taken ON seats (id)'),
    passes: [
      {
        pending: run(
          'DROP MATERIALIZED VIEW taken',
          'CREATE MATERIALIZED VIEW taken AS SELECT id FROM seats',
          'CREATE INDEX ix_taken ON taken (id)',
        ),
      },
    ],
  },
  {
    name: 'a view that an earlier statement drops no longer depends on its table',
    code: 'AG306',
    live: `${seats}; CREATE VIEW taken AS SELECT id FROM seats`,
    pending: [...run('CREATE VIEW other AS SELECT 1 AS id'), `op.drop_table('seats')`],
    passes: [
      { pending: [...run('DROP VIEW taken'), `op.drop_table('seats')`] },
      { pending: [...run('CREATE OR REPLACE VIEW taken AS SELECT 1 AS id'), `op.drop_table('seats')`] },
    ],
  },
  {
    name: 'a missing sequence',
    code: 'AG302',
    live: seats,
    pending: run('DROP SEQUENCE numbers'),
    passes: [
      { live: 'CREATE SEQUENCE numbers' },
      {
        pending: run(
          'CREATE SEQUENCE IF NOT EXISTS numbers',
          'ALTER SEQUENCE numbers RENAME TO counted',
          'DROP SEQUENCE counted',
        ),
      },
      { pending: run('DROP SEQUENCE IF EXISTS numbers CASCADE') },
    ],
  },
  {
    name: 'altering a missing sequence',
    code: 'AG302',
    live: seats,
    pending: run('ALTER SEQUENCE numbers OWNED BY seats.id'),
    passes: [
      { live: `${seats}; CREATE SEQUENCE numbers` },
      { pending: run('ALTER SEQUENCE IF EXISTS numbers RESTART') },
    ],
  },
  {
    name: 'an existing domain',
    code: 'AG301',
    live: 'CREATE DOMAIN money AS numeric',
    pending: run('CREATE DOMAIN public.money AS numeric'),
    passes: [
      { live: '' },
      { pending: run('DROP DOMAIN public.money', 'CREATE DOMAIN public.money AS numeric') },
    ],
  },
  {
    name: 'names and privileges are known after settings and extensions',
    code: 'AG302',
    live: seats,
    pending: [
      ...run(
        "SET LOCAL lock_timeout = '5s'",
        'CREATE EXTENSION IF NOT EXISTS plpgsql',
        'RESET statement_timeout',
        'ANALYZE seats',
      ),
      `op.drop_table('chairs')`,
    ],
    passes: [
      {
        pending: [
          ...run('CREATE SCHEMA later', 'CREATE TABLE later.chairs (id int)', 'SET search_path TO later'),
          `op.drop_table('chairs')`,
          ...run('RESET search_path', 'DROP SCHEMA later'),
        ],
      },
    ],
  },
]

const choiceColumn = (options: string): string =>
  `sa.Column('kind', sa.Enum('a', native_enum=False, ${options}))`
const choices = (options: string): string =>
  `op.create_table('choices', sa.Column('id', sa.Integer()), ${choiceColumn(options)})`

/** Cases for the effects of ALTER TABLE on constraints, and for indexes on new tables. */
export const constraintCases: readonly ReplayCase[] = [
  {
    name: 'a missing CHECK of a type',
    code: 'AG302',
    live: '',
    pending: [choices('name="kind"'), `op.drop_constraint('kind', 'choices')`],
    passes: [
      { pending: [choices('name="kind", create_constraint=True'), `op.drop_constraint('kind', 'choices')`] },
      { pending: [choices('create_constraint=True'), `op.drop_constraint('choices_kind_check', 'choices')`] },
      {
        live: 'CREATE TABLE choices (id int)',
        pending: [
          `op.add_column('choices', ${choiceColumn('name="kind", create_constraint=True')})`,
          `op.drop_constraint('kind', 'choices')`,
        ],
      },
    ],
  },
  {
    name: 'a foreign key to columns without a key',
    code: 'AG306',
    live: 'CREATE TABLE users (id int, n int); CREATE INDEX ix_id ON users (id); CREATE TABLE seats (u int)',
    pending: [`op.create_foreign_key('fk_u', 'seats', 'users', ['u'], ['id'])`],
    passes: [
      { live: 'CREATE TABLE users (id int PRIMARY KEY, n int); CREATE TABLE seats (u int)' },
      {
        live: 'CREATE TABLE users (id int, n int); CREATE UNIQUE INDEX ux ON users (id); CREATE TABLE seats (u int)',
      },
      {
        pending: [
          `op.create_unique_constraint(None, 'users', ['id'])`,
          `op.create_foreign_key('fk_u', 'seats', 'users', ['u'], ['id'])`,
        ],
      },
      {
        pending: [
          `op.create_index('ux', 'users', ['id'], unique=True)`,
          `op.create_foreign_key('fk_u', 'seats', 'users', ['u'], ['id'])`,
        ],
      },
      {
        live: '',
        pending: [
          `op.create_table('users', sa.Column('a', sa.Integer()), sa.Column('b', sa.Integer()), sa.UniqueConstraint('b', 'a', name='uq'))`,
          `op.create_table('seats', sa.Column('x', sa.Integer()), sa.Column('y', sa.Integer()), sa.ForeignKeyConstraint(['x', 'y'], ['users.a', 'users.b']))`,
        ],
      },
    ],
  },
  {
    name: 'renaming a missing constraint',
    code: 'AG302',
    live: seats,
    pending: run('ALTER TABLE seats RENAME CONSTRAINT one TO two'),
    passes: [
      { live: 'CREATE TABLE seats (id int CONSTRAINT one UNIQUE)' },
      { live: 'CREATE TABLE seats (id int CONSTRAINT one CHECK (id > 0))' },
      {
        live: 'CREATE TABLE seats (id int CONSTRAINT one UNIQUE)',
        pending: [
          ...run('ALTER TABLE seats RENAME CONSTRAINT one TO two'),
          `op.create_index('one', 'seats', ['id'])`,
          `op.drop_constraint('two', 'seats', type_='unique')`,
        ],
      },
    ],
  },
  {
    name: 'renaming a key to the name of an index',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int CONSTRAINT one UNIQUE); CREATE INDEX two ON seats (id)',
    pending: run('ALTER TABLE seats RENAME CONSTRAINT one TO two'),
    passes: [
      { live: 'CREATE TABLE seats (id int CONSTRAINT one CHECK (id > 0)); CREATE INDEX two ON seats (id)' },
    ],
  },
  {
    name: 'a missing table after dropping a column with CASCADE',
    code: 'AG302',
    live: `${seats}; CREATE TABLE other (id int)`,
    pending: [...run('ALTER TABLE seats DROP COLUMN label CASCADE'), `op.drop_table('chairs')`],
    passes: [
      {
        live: `CREATE TABLE users (id int CONSTRAINT users_key UNIQUE); CREATE TABLE seats (u int CONSTRAINT fk_u REFERENCES users (id)); CREATE VIEW taken AS SELECT id FROM users`,
        pending: [
          ...run('ALTER TABLE users DROP COLUMN id CASCADE', 'CREATE VIEW taken AS SELECT 1 AS id'),
          `op.create_check_constraint(op.f('fk_u'), 'seats', 'u > 0')`,
        ],
      },
    ],
  },
  {
    name: 'a missing index after creating a table with an unnamed key',
    code: 'AG302',
    live: seats,
    pending: [
      `op.create_table('chairs', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('n', sa.Integer(), unique=True))`,
      `op.drop_index('ix_label', table_name='seats')`,
    ],
    passes: [{ live: `${seats}; CREATE INDEX ix_label ON seats (label)` }],
  },
]

const light = `sa.table('seats', sa.column('id'), sa.column('label'))`

/** Statements in the form that SQLAlchemy generates. */
export const constructCases: readonly ReplayCase[] = [
  {
    name: 'a SQLAlchemy statement on a missing table',
    code: 'AG302',
    live: 'CREATE TABLE other (id int)',
    pending: [`seats = ${light}`, `op.execute(seats.update().where(seats.c.id == 1).values(label='a'))`],
    passes: [
      { live: seats },
      { pending: [`seats = ${light}`, `seats.update().values(label='a')`] },
      {
        pending: [`op.create_table('seats', sa.Column('id', sa.Integer()))`, `op.execute(${light}.delete())`],
      },
      {
        live: seats,
        pending: [
          `seats = ${light}`,
          `op.get_bind().execute(sa.update(seats).where(seats.c.id == op.inline_literal(1)).values({'label': 'a'}))`,
          `op.get_bind().execute(sa.insert(seats).values([{'id': 1}, {'id': 2}]))`,
          `op.get_bind().execute(seats.insert(), {'id': 3, 'label': 'c'})`,
          `op.get_bind().execute(seats.update().values({seats.c.label: 'b'}))`,
          `op.execute(seats.delete().where(seats.c.id == 2))`,
        ],
      },
      {
        live: seats,
        pending: [
          `seats = sa.Table('seats', sa.MetaData(), sa.Column('label', sa.Text(), key='name'))`,
          `op.get_bind().execute(seats.update().values(name='a'))`,
        ],
      },
      // The column names come from a dictionary that the guard can't read.
      {
        live: seats,
        pending: [
          `seats = ${light}`,
          `for one in [dict(zip(('id', 'label'), i)) for i in ((1, 'a'),)]: op.execute(seats.update().where(seats.c.id == one.pop('id')).values(**one))`,
        ],
      },
    ],
  },
  {
    name: 'a SQLAlchemy statement that sets a missing column',
    code: 'AG302',
    live: 'CREATE TABLE seats (id int)',
    pending: [`seats = ${light}`, `op.execute(seats.insert().values(id=1, label='a'))`],
    passes: [{ live: seats }, { pending: [`seats = ${light}`, `op.execute(seats.insert().values(id=1))`] }],
  },
]

/** Migrations that swallow an error. PostgreSQL still aborts the transaction. */
export const swallowedCases: readonly ReplayCase[] = [
  {
    name: 'several statements in a try that only swallows some errors',
    code: 'AG301',
    live: seats,
    pending: [
      `import logging`,
      `def work():`,
      `    op.create_table('stools', sa.Column('id', sa.Integer()))`,
      `    with op.batch_alter_table('seats') as batch_op:`,
      `        batch_op.add_column(sa.Column('label', sa.Text()))`,
      `try:`,
      `    work()`,
      `except Exception as error:`,
      `    if 'already exists' in str(error):`,
      `        logging.info(str(error))`,
      `    else:`,
      `        raise error`,
      `op.add_column('stools', sa.Column('seat', sa.Integer()))`,
    ],
    passes: [
      { live: 'CREATE TABLE seats (id int)' },
      {
        // The exception comes from Python, so PostgreSQL doesn't abort the transaction.
        pending: [
          `try:`,
          `    number = int('x')`,
          `    op.add_column('seats', sa.Column('label', sa.Text()))`,
          `except ValueError:`,
          `    pass`,
        ],
      },
      {
        pending: [
          `def work():`,
          `    {}['key']`,
          `    op.add_column('seats', sa.Column('label', sa.Text()))`,
          `try:`,
          `    work()`,
          `except KeyError:`,
          `    pass`,
        ],
      },
      {
        pending: [
          `mark = 'SAVEPOINT before'`,
          `try:`,
          `    op.execute(mark)`,
          `    op.execute('ALTER TABLE seats ADD COLUMN label text')`,
          `except Exception:`,
          `    pass`,
          `op.execute('ROLLBACK TO SAVEPOINT before')`,
        ],
      },
      {
        pending: [
          `mark = sa.text('SAVEPOINT before')`,
          `try:`,
          `    op.execute(mark)`,
          `    op.execute('ALTER TABLE seats ADD COLUMN label text')`,
          `except Exception:`,
          `    pass`,
          `op.execute('ROLLBACK TO SAVEPOINT before')`,
        ],
      },
      {
        pending: [
          `try:`,
          `    op.execute(sqltext='SAVEPOINT before')`,
          `    op.execute('ALTER TABLE seats ADD COLUMN label text')`,
          `except Exception:`,
          `    pass`,
          `op.execute('ROLLBACK TO SAVEPOINT before')`,
        ],
      },
      {
        pending: [
          `mark = 'SAVEPOINT before'`,
          `try:`,
          `    op.execute(sa.text(text=mark))`,
          `    op.execute('ALTER TABLE seats ADD COLUMN label text')`,
          `except Exception:`,
          `    pass`,
          `op.execute('ROLLBACK TO SAVEPOINT before')`,
        ],
      },
      {
        pending: [
          `try:`,
          `    op.execute('ROLLBACK')`,
          `    op.execute('ALTER TABLE seats ADD COLUMN label text')`,
          `except Exception:`,
          `    op.get_bind().connection.rollback()`,
        ],
      },
    ],
  },
  {
    name: 'a table that a try creates',
    code: 'AG301',
    live: '',
    pending: [
      `try:`,
      `    op.create_table('stools', sa.Column('id', sa.Integer()))`,
      `    op.execute(sa.text("INSERT INTO stools VALUES (1)"))`,
      `except Exception as error:`,
      `    raise`,
      `op.create_table('stools', sa.Column('id', sa.Integer()))`,
    ],
    passes: [
      {
        pending: [
          `try:`,
          `    op.create_table('stools', sa.Column('id', sa.Integer()))`,
          `    op.create_index('ix_stools_id', 'stools', ['id'])`,
          `except Exception:`,
          `    pass`,
          `op.drop_index('ix_stools_id', table_name='stools')`,
        ],
      },
    ],
  },
  {
    name: 'an existing column, in a try that swallows the error',
    code: 'AG301',
    live: seats,
    pending: [
      `try:`,
      `    op.add_column('seats', sa.Column('label', sa.Text()))`,
      `except Exception:`,
      `    pass`,
    ],
    passes: [
      { live: 'CREATE TABLE seats (id int)' },
      {
        pending: [
          `with op.get_context().autocommit_block():`,
          `    try:`,
          `        op.add_column('seats', sa.Column('label', sa.Text()))`,
          `    except Exception:`,
          `        pass`,
        ],
      },
      {
        pending: [
          `try:`,
          `    with op.get_bind().begin_nested():`,
          `        op.add_column('seats', sa.Column('label', sa.Text()))`,
          `except Exception:`,
          `    pass`,
        ],
      },
      {
        pending: [
          `try:`,
          `    op.add_column('seats', sa.Column('label', sa.Text()))`,
          `except Exception:`,
          `    op.get_bind().connection.rollback()`,
        ],
      },
    ],
  },
  {
    name: 'a missing table, in a try that swallows the error',
    code: 'AG302',
    live: seats,
    pending: [
      `try:`,
      `    op.execute('DROP TABLE chairs')`,
      `except Exception as error:`,
      `    pass`,
      `op.create_table('stools', sa.Column('id', sa.Integer()))`,
    ],
    passes: [
      {
        pending: [
          `try:`,
          `    op.execute('DROP TABLE IF EXISTS chairs')`,
          `except Exception as error:`,
          `    pass`,
        ],
      },
    ],
  },
]
