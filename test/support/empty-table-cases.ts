/** Migrations that loop over the rows of a new table. The table is empty, so the loop never runs. */
import type { ReplayCase } from './dry-run-cases.ts'

const live = 'CREATE TABLE seats (id int); CREATE TABLE halls (id int); INSERT INTO halls VALUES (7)'
const fresh = "fresh = op.create_table('fresh', sa.Column('id', sa.Integer()))"
const bind = 'bind = op.get_bind()'
const filled = "op.execute('INSERT INTO fresh (id) VALUES (1)')"
/** Creates a table that already exists, after dropping the old one if the query returns a row. */
const again = (rows: string): readonly string[] => [
  `for row in ${rows}:`,
  "    op.drop_table('seats')",
  "op.create_table('seats', sa.Column('id', sa.Integer()))",
]
const sql = (text: string): readonly string[] => again(`bind.execute(sa.text(${JSON.stringify(text)}))`)
const all = sql('SELECT id FROM fresh')
const model = [
  'from sqlalchemy.orm import Session, declarative_base',
  'class Fresh(declarative_base()):',
  "    __tablename__ = 'fresh'",
  '    id = sa.Column(sa.Integer, primary_key=True)',
  '    @classmethod',
  '    def listed(cls, session):',
  '        return session.query(cls).order_by(cls.id).all()',
  'session = Session(bind=bind)',
]
/** A model that inherits a class method; the `more` lines are added to the class body. */
const inheriting = (bases: string, ...more: readonly string[]): readonly string[] => [
  'from sqlalchemy.orm import Session, declarative_base',
  'class Wrapped:',
  '    @classmethod',
  '    def listed(cls, session):',
  '        return session.query(cls).all()',
  'class Mixin:',
  '    @classmethod',
  '    def listed(cls, session):',
  '        return [1]',
  'Base = declarative_base(cls=Wrapped)',
  `class Fresh(${bases}):`,
  "    __tablename__ = 'fresh'",
  '    id = sa.Column(sa.Integer, primary_key=True)',
  ...more.map((line) => `    ${line}`),
  'session = Session(bind=bind)',
]
/** Adds a row with the key 1, and flushes the session. */
const added = ['session.add(Fresh(id=1))', 'session.flush()']

/** The passing variants make the query return a row. */
const one = (
  name: string,
  pending: readonly string[],
  passes: readonly (readonly string[])[],
): ReplayCase => ({
  name,
  code: 'AG301',
  live,
  pending: [fresh, bind, ...pending],
  passes: passes.map((variant) => ({ pending: [fresh, bind, ...variant] })),
})

/** Cases for PostgreSQL and SQLite. */
export const emptyTableCases: readonly ReplayCase[] = [
  one('a loop over the rows of a new table', all, [
    [filled, ...all],
    ['op.bulk_insert(fresh, [{"id": 1}])', ...all],
    ['bind.execute(fresh.insert().values(id=1))', ...all],
    ["op.execute('INSERT INTO fresh (id) SELECT id FROM halls')", ...all],
    ["op.execute('WITH h AS (SELECT id FROM halls) INSERT INTO fresh (id) SELECT id FROM h')", ...all],
    ["if bind.execute(sa.text('SELECT id FROM halls')).scalar() == 7:", `    ${filled}`, ...all],
    [filled, "op.rename_table('fresh', 'newer')", ...sql('SELECT id FROM newer')],
    ["op.drop_table('fresh')", "op.rename_table('halls', 'fresh')", ...all],
  ]),
  one(
    'rows copied from a new table',
    [
      "op.create_table('copied', sa.Column('id', sa.Integer()))",
      "op.execute('INSERT INTO copied SELECT id FROM fresh')",
      ...sql('SELECT id FROM copied'),
    ],
    [
      [
        "op.create_table('copied', sa.Column('id', sa.Integer()))",
        "op.execute('INSERT INTO copied SELECT h.id FROM halls h LEFT JOIN fresh f ON f.id = h.id')",
        ...sql('SELECT id FROM copied'),
      ],
      [
        "op.create_table('copied', sa.Column('id', sa.Integer()))",
        "op.execute('INSERT INTO copied SELECT max(id) FROM fresh')",
        ...sql('SELECT 1 FROM copied'),
      ],
    ],
  ),
  one('a join with a new table', sql('SELECT h.id FROM halls h JOIN fresh f ON f.id = h.id WHERE h.id > 0'), [
    sql('SELECT h.id FROM halls h LEFT JOIN fresh f ON f.id = h.id'),
    sql('SELECT id FROM fresh UNION SELECT id FROM halls'),
    sql('SELECT max(id) FROM fresh'),
    sql('SELECT 1 + count(*) FROM fresh'),
    sql('SELECT id FROM halls WHERE id NOT IN (SELECT id FROM fresh)'),
    sql('WITH fresh AS (SELECT id FROM halls) SELECT id FROM fresh'),
  ]),
  one('a subquery of a new table', sql('SELECT x.id FROM (SELECT id FROM fresh) AS x'), [
    sql('SELECT x.n FROM (SELECT count(*) AS n FROM fresh) AS x'),
  ]),
  one(
    'the number of rows of a new table',
    ["count = bind.execute(sa.text('SELECT count(*) FROM fresh')).scalar()", ...again('range(count)')],
    [
      [
        filled,
        "count = bind.execute(sa.text('SELECT count(*) FROM fresh')).scalar()",
        ...again('range(count)'),
      ],
    ],
  ),
  one('a built query', again('bind.execute(sa.select(fresh.c.id).where(fresh.c.id > 0))'), [
    [filled, ...again('bind.execute(sa.select(fresh.c.id).where(fresh.c.id > 0))')],
    again('bind.execute(sa.select(sa.func.max(fresh.c.id)))'),
    again('[1] if bind.execute(sa.select(sa.func.coalesce(sa.func.max(fresh.c.id), 1))).scalar() else []'),
    [
      "halls = sa.table('halls', sa.column('id'))",
      ...again('bind.execute(sa.select(halls.c.id).where(halls.c.id.notin_(fresh.select())))'),
    ],
    [
      "halls = sa.table('halls', sa.column('id'))",
      ...again(
        'bind.execute(sa.select(halls.c.id).select_from(halls.outerjoin(fresh, fresh.c.id == halls.c.id)))',
      ),
    ],
  ]),
  one(
    'a built query of a join',
    [
      "halls = sa.table('halls', sa.column('id'))",
      ...again(
        'bind.execute(sa.select(halls.c.id).select_from(halls.join(fresh, fresh.c.id == halls.c.id)))',
      ),
    ],
    [
      [
        "halls = sa.table('halls', sa.column('id'))",
        ...again(
          'bind.execute(sa.select(halls.c.id).select_from(halls.join(fresh, fresh.c.id == halls.c.id, isouter=True)))',
        ),
      ],
    ],
  ),
  one(
    "the rows of a model's new table",
    [...model, ...again('session.query(Fresh).filter(Fresh.id > 0)')],
    [
      [...model, ...added, ...again('session.query(Fresh).filter(Fresh.id > 0)')],
      [...model, ...again('session.query(sa.func.count(Fresh.id))')],
      [...model, ...again('session.query(Fresh.id).union(session.query(sa.literal(1)))')],
    ],
  ),
  one(
    'the rows of a model whose base has its own metadata',
    [
      ...model.map((line) => line.replace('declarative_base()', 'declarative_base(metadata=sa.MetaData())')),
      ...again('session.execute(sa.select(Fresh.id).distinct()).scalars()'),
    ],
    [[...model, ...added, ...again('session.execute(sa.select(Fresh.id).distinct()).scalars()')]],
  ),
  one(
    'the rows of a model after statements that add none',
    [
      ...model,
      'session.execute(sa.delete(Fresh).where(Fresh.id == 1))',
      'session.query(Fresh).filter(Fresh.id == 1).delete()',
      'found = [Fresh(id=2) for row in session.query(Fresh).all()]',
      'session.bulk_save_objects(found)',
      'session.bulk_insert_mappings(Fresh, [])',
      ...again('session.query(Fresh)'),
    ],
    [
      [...model, 'session.bulk_insert_mappings(Fresh, [{"id": 1}])', ...again('session.query(Fresh)')],
      [...model, 'session.bulk_save_objects([Fresh(id=2)])', ...again('session.query(Fresh)')],
    ],
  ),
  one(
    'the rows of a new table, drawn through itertools',
    [
      'import itertools',
      ...again(
        "itertools.groupby(itertools.takewhile(lambda row: row is not None, bind.execute(sa.text('SELECT id FROM fresh'))))",
      ),
    ],
    [
      [
        'import itertools',
        filled,
        ...again("itertools.groupby(bind.execute(sa.text('SELECT id FROM fresh')), key=lambda row: row[0])"),
      ],
      [
        'import itertools',
        ...again("itertools.accumulate(bind.execute(sa.text('SELECT id FROM fresh')), initial=1)"),
      ],
    ],
  ),
  one(
    'a method of a model',
    [...model, ...again('Fresh.listed(session)')],
    [[...model, ...added, ...again('Fresh.listed(session)')]],
  ),
  one(
    'a class method that a model inherits',
    [...inheriting('Base'), ...again('Fresh.listed(session)')],
    [
      [...inheriting('Base'), ...added, ...again('Fresh.listed(session)')],
      [...inheriting('Mixin, Base'), ...again('Fresh.listed(session)')],
      [
        ...inheriting('Base', '@classmethod', 'def listed(cls, session):', '    return [1]'),
        ...again('Fresh.listed(session)'),
      ],
      [
        ...inheriting('Base', 'listed = classmethod(lambda cls, session: [1])'),
        ...again('Fresh.listed(session)'),
      ],
    ],
  ),
  one(
    'the first row of a model',
    [...model, ...again('[1] if session.query(Fresh).first() is not None else []')],
    [[...model, ...added, ...again('[1] if session.query(Fresh).first() is not None else []')]],
  ),
]

const halls = [
  'from sqlalchemy.orm import Session, declarative_base',
  'class Hall(declarative_base()):',
  "    __tablename__ = 'halls'",
  '    id = sa.Column(sa.Integer, primary_key=True)',
  '    name = sa.Column(sa.Text)',
  'session = Session(bind=op.get_bind())',
]
const notNull = "op.alter_column('halls', 'name', nullable=False)"

const trigger = (table: string): readonly string[] => [
  'op.execute("CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO fresh VALUES (1); RETURN NULL; END $$")',
  `op.execute("CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION fill()")`,
]

const logs = "op.create_table('logs', sa.Column('id', sa.Integer()))"
const logged = "op.execute('INSERT INTO logs VALUES (1)')"
/** Creates a trigger function with this body, and a trigger on `logs`. */
const noting = (body: string, start = 'CREATE'): string =>
  `op.execute("${start} FUNCTION noting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body}; RETURN NEW; END $$")`
const notes = 'op.execute("CREATE TRIGGER n BEFORE INSERT ON logs FOR EACH ROW EXECUTE FUNCTION noting()")'
const quiet = [logs, noting('UPDATE logs SET id = NEW.id + 1; NEW.id := 2'), notes]
const fills = 'INSERT INTO fresh VALUES (1)'
/** A function without parameters that returns a number. */
const numbering = (body: string, language = 'plpgsql'): string =>
  `op.execute("CREATE OR REPLACE FUNCTION numbered() RETURNS int LANGUAGE ${language} AS $$ ${body} $$")`

/** Updates `logs` if it exists; otherwise, updates `fresh`. The guard can't know which table it updates. */
const updatedSomewhere = [
  fresh,
  bind,
  'names = sa.inspect(bind).get_table_names()',
  `name = bind.execute(sa.text("SELECT max(relname) FROM pg_class WHERE relname IN ('fresh', 'logs')")).scalar()`,
  "op.execute(f'UPDATE {name} SET id = 1')",
  "op.create_table('seats', sa.Column('id', sa.Integer()))",
  ...all,
]

/** A session on a separate connection, which doesn't see the migration's uncommitted changes. */
const apart = (options = ''): string =>
  `session = Session(bind=sa.create_engine(bind.engine.url, poolclass=sa.pool.NullPool${options}))`
const caught = ['try:', '    Fresh.listed(session)', 'except sa.exc.ProgrammingError:', '    pass']

/** Cases for PostgreSQL, where a trigger or another object adds the rows, or another schema contains them. */
export const postgresEmptyTableCases: readonly ReplayCase[] = [
  {
    name: 'a model in the default schema',
    code: 'AG301',
    live: `${live}; CREATE SCHEMA other; CREATE TABLE other.fresh (id int); INSERT INTO other.fresh VALUES (1)`,
    pending: [fresh, bind, ...model, ...again('session.query(Fresh.id)')],
    passes: ['declarative_base(metadata=sa.MetaData(schema="other"))', 'Placed'].map((base) => ({
      pending: [
        fresh,
        bind,
        'from sqlalchemy.orm import Session, declarative_base',
        'class Placed(declarative_base()):',
        '    __abstract__ = True',
        "    __table_args__ = {'schema': 'other'}",
        `class Fresh(${base}):`,
        ...model.slice(2),
        ...again('session.query(Fresh.id)'),
      ],
    })),
  },
  {
    name: 'after a query on another connection',
    code: 'AG301',
    live,
    pending: [fresh, bind, ...inheriting('Base'), apart(), ...caught, again('[]')[2] ?? ''],
    passes: [{ live: 'CREATE TABLE halls (id int)' }],
  },
  {
    name: 'the rows of a new table on another connection',
    code: 'AG301',
    live: `${live}; CREATE SCHEMA other; CREATE TABLE other.fresh (id int); INSERT INTO other.fresh VALUES (1)`,
    pending: [fresh, bind, ...model, ...again('session.query(Fresh.id)')],
    passes: [
      {
        pending: [
          fresh,
          bind,
          ...model,
          apart(", connect_args={'options': '-csearch_path=other'}"),
          ...again('session.query(Fresh.id).filter(Fresh.id > 0)'),
        ],
      },
    ],
  },
  {
    name: 'a query of columns, before NOT NULL',
    code: 'AG306',
    live: 'CREATE TABLE halls (id int PRIMARY KEY, name text); INSERT INTO halls VALUES (1, NULL)',
    pending: [...halls, 'session.query(Hall.id).all()', notNull],
    passes: [
      {
        pending: [
          ...halls,
          "for hall in session.query(Hall).all(): hall.name = 'x'",
          'session.flush()',
          notNull,
        ],
      },
      {
        pending: [
          ...halls,
          "for hall in session.execute(sa.select(Hall)).scalars(): hall.name = 'x'",
          'session.flush()',
          notNull,
        ],
      },
    ],
  },
  one(
    'joins with a new table',
    sql('SELECT h.id FROM fresh f CROSS JOIN halls h LEFT JOIN halls g ON true'),
    [
      sql('SELECT h.id FROM halls h LEFT JOIN fresh f JOIN fresh g ON g.id = f.id ON f.id = h.id'),
      sql('SELECT h.id FROM fresh f RIGHT JOIN halls h ON f.id = h.id'),
      sql('SELECT h.id FROM fresh f FULL JOIN halls h ON f.id = h.id'),
      sql('SELECT bool_or(true) FROM fresh'),
      sql('SELECT 1 FROM fresh HAVING true'),
      sql('SELECT count(*) FROM fresh GROUP BY ()'),
    ],
  ),
  one('a loop over the rows of a new table that only others could fill', all, [
    [...trigger('halls'), "op.execute('UPDATE halls SET id = 8')", ...all],
    [...trigger('halls'), "op.execute('INSERT INTO halls SELECT id FROM fresh')", ...all],
    [
      "op.create_table('logs', sa.Column('id', sa.Integer()))",
      ...trigger('logs'),
      "op.execute('DELETE FROM logs')",
      ...all,
    ],
    [
      "op.execute('CREATE VIEW shown AS SELECT id FROM fresh')",
      "op.execute('INSERT INTO shown VALUES (1)')",
      ...all,
    ],
    [
      "op.execute('CREATE RULE r AS ON UPDATE TO halls DO ALSO INSERT INTO fresh VALUES (1)')",
      "op.execute('UPDATE halls SET id = 8')",
      ...all,
    ],
    [
      'op.execute("CREATE FUNCTION fill() RETURNS int LANGUAGE sql AS $$ INSERT INTO fresh VALUES (1) RETURNING 1 $$")',
      "op.create_table('logs', sa.Column('id', sa.Integer()))",
      "op.execute('INSERT INTO logs VALUES (fill())')",
      ...all,
    ],
    ["op.execute('WITH x AS (INSERT INTO fresh VALUES (1) RETURNING id) UPDATE halls SET id = 9')", ...all],
    ['op.execute("DO $$ BEGIN INSERT INTO fresh VALUES (1); END $$")', ...all],
    [
      "op.execute('CREATE TABLE part (LIKE fresh)')",
      "op.execute('ALTER TABLE part INHERIT fresh')",
      "op.execute('INSERT INTO part VALUES (1)')",
      ...all,
    ],
    [
      "op.execute('CREATE TABLE part () INHERITS (fresh)')",
      "op.execute('INSERT INTO part VALUES (1)')",
      ...all,
    ],
  ]),
  one(
    'a loop over the rows of a new table, next to a trigger that adds no rows',
    [...quiet, logged, ...all],
    [
      [...quiet, noting(fills, 'CREATE OR REPLACE'), logged, ...all],
      [...quiet, noting("EXECUTE '" + fills + "'", 'CREATE OR REPLACE'), logged, ...all],
      [logs, noting('WITH x AS (INSERT INTO fresh VALUES (1) RETURNING id) UPDATE logs SET id = 2'), notes, logged, ...all], // prettier-ignore
      [
        `op.execute("CREATE FUNCTION fill() RETURNS int LANGUAGE sql AS $$ ${fills} RETURNING 1 $$")`,
        logs,
        noting('NEW.id := fill()'),
        notes,
        logged,
        ...all,
      ],
      [...trigger('halls'), logs, noting('UPDATE halls SET id = 8'), notes, logged, ...all],
      [...trigger('halls'), ...quiet, noting('UPDATE halls SET id = 8', 'CREATE OR REPLACE'), logged, ...all],
      [numbering('SELECT 1', 'sql'), logs, noting('NEW.id := numbered()'), notes, numbering(`BEGIN EXECUTE '${fills}'; RETURN 1; END`), logged, ...all], // prettier-ignore
      [
        "op.create_table('mids', sa.Column('id', sa.Integer()))",
        ...trigger('mids'),
        logs,
        noting('UPDATE mids SET id = 8'),
        notes,
        logged,
        ...all,
      ],
    ],
  ),
  {
    name: 'a loop over the rows of a new table, after an update of an unknown table',
    code: 'AG301',
    live: '',
    pending: updatedSomewhere,
    passes: [
      { pending: [logs, logged, ...trigger('logs'), ...updatedSomewhere] },
      { live: 'CREATE TABLE logs (id int)', pending: [...trigger('logs'), ...updatedSomewhere] },
    ],
  },
  {
    name: 'a loop over the rows of a new table, next to a trigger',
    code: 'AG301',
    live: 'CREATE TABLE seats (id int); CREATE TABLE halls (id int)',
    pending: [fresh, bind, "op.execute('DELETE FROM fresh')", ...all],
    passes: [
      { pending: [fresh, bind, ...trigger('halls'), "op.execute('INSERT INTO halls VALUES (1)')", ...all] },
    ],
  },
]
