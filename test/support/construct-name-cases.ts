/**
 * SQLAlchemy statements with an undefined name, each with a similar statement that the guard checks
 * completely.
 */

export interface ConstructNameCase {
  readonly name: string
  readonly live: readonly string[]
  readonly fails: readonly string[]
  readonly error: RegExp
  readonly passes: readonly string[]
}

const live = [
  'CREATE TABLE seats (id int PRIMARY KEY, hall int, label text)',
  'CREATE TABLE halls (id int, name text)',
]
const tables = [
  'bind = op.get_bind()',
  "seats = sa.table('seats', sa.column('id'), sa.column('hall'), sa.column('label'))",
  "halls = sa.Table('halls', sa.MetaData(), sa.Column('id', sa.Integer), sa.Column('name', sa.String(20)))",
  "gone = sa.table('gone', sa.column('id'))",
]
const model = (column: string, more = ''): readonly string[] => [
  'from sqlalchemy import orm',
  'Base = orm.declarative_base()',
  'class Hall(Base):',
  "    __tablename__ = 'halls'",
  '    id = sa.Column(sa.Integer, primary_key=True)',
  '    name = sa.Column(sa.Text)',
  'class Seat(Base):',
  "    __tablename__ = 'seats'",
  '    id = sa.Column(sa.Integer, primary_key=True)',
  `    ${column} = sa.Column(sa.Text)`,
  more,
  'session = orm.Session(bind=op.get_bind())',
]
const missing = (name: string): RegExp => new RegExp(`(?:relation|column) "?${name}"? does not exist`)
const one = (
  name: string,
  error: RegExp,
  fails: string | readonly string[],
  passes: string | readonly string[],
  start: readonly string[] = tables,
): ConstructNameCase => ({
  name,
  live,
  error,
  fails: [...start, ...(typeof fails === 'string' ? [fails] : fails)],
  passes: [...start, ...(typeof passes === 'string' ? [passes] : passes)],
})

/** Imports the base in a way that also works with older versions of SQLAlchemy. */
const olderBase = (lines: readonly string[]): readonly string[] => [
  'try:',
  '    from sqlalchemy.orm import declarative_base',
  'except ImportError:',
  '    from sqlalchemy.ext.declarative import declarative_base',
  ...lines.map((line) => line.replace('orm.declarative_base()', 'declarative_base()')),
]

export const constructNameCases: readonly ConstructNameCase[] = [
  one(
    "a missing column of a model, beside the model's other columns",
    missing('seats.row'),
    'session.query(Seat).all()',
    [
      'session.query(Seat.id).filter(sa.or_(Seat.id > 1, Seat.id < -1.5)).all()',
      'op.get_bind().execute(sa.select(Seat.id))',
    ],
    model('row'),
  ),
  one(
    'a missing column in the condition of a DELETE of a model',
    missing('seats.row'),
    "session.query(Seat).filter(Seat.row == 'x').delete(synchronize_session=False)",
    [
      'session.query(Seat).filter(Seat.id > 1).delete(synchronize_session=False)',
      'session.query(Seat).delete()',
      'session.execute(sa.delete(Seat).where(Seat.id < 0).execution_options(synchronize_session=False))',
    ],
    model('row'),
  ),
  one(
    'a model whose base is imported in two ways',
    missing('seats.row'),
    'session.query(Seat).all()',
    'session.query(Hall).all()',
    olderBase(model('row')),
  ),
  one(
    'an UPDATE with a condition on another table',
    missing('gone'),
    "op.execute(seats.update().where(seats.c.hall == gone.c.id).values(label='x'))",
    "op.execute(seats.update().where(seats.c.hall == halls.c.id, ~(seats.c['id'] > 1)).values(label=halls.c.name))",
  ),
  one(
    'an UPDATE with a query that a variable holds',
    missing('gone'),
    ['q = sa.select(gone.c.id).scalar_subquery()', 'op.execute(seats.update().values(hall=q))'],
    [
      'op.execute(seats.update().where(seats.c.id.in_(sa.select(halls.c.id).where(halls.c.name.is_(None)))).values(label=sa.func.lower(seats.c.label)))',
    ],
  ),
  one(
    'a SELECT with a condition on a missing column',
    missing('seats.row'),
    [
      "seats = sa.table('seats', sa.column('id'), sa.column('row'))",
      "bind.execute(sa.select(seats.c.id).where(seats.c.row == 'x'))",
    ],
    "bind.execute(sa.select(seats.c.id, sa.func.count(halls.c.id)).select_from(seats.join(halls, seats.c.hall == halls.c.id)).where(sa.or_(seats.c.label.like('a%'), halls.c.name != None)).group_by(seats.c.id))",
  ),
  one(
    'a SELECT with a name in SQL text',
    missing('nope'),
    "bind.execute(sa.select(seats.c.id).where(sa.literal_column('nope') == 1))",
    'bind.execute(sa.select(seats.c.id).where(sa.literal(1) == 1).order_by(seats.c.id.desc()).limit(1))',
  ),
  one(
    'a SELECT that calls a function',
    /function nope\(integer\) does not exist/,
    'bind.execute(sa.select(sa.func.nope(seats.c.id)))',
    'bind.execute(sa.select(sa.func.coalesce(seats.c.label, sa.func.lower(halls.c.name))))',
  ),
  one(
    'a condition that depends on another one',
    missing('gone'),
    [
      'import os',
      "other = halls if os.environ.get('NOT_SET') else gone",
      'op.execute(seats.delete().where(seats.c.hall == other.c.id))',
    ],
    'op.execute(seats.delete().where(seats.c.hall == halls.c.id))',
  ),
  one(
    'an INSERT from a query',
    missing('gone'),
    "op.execute(seats.insert().from_select(['id'], sa.select(gone.c.id)))",
    "op.execute(seats.insert().from_select(['id'], sa.select(halls.c.id)))",
  ),
  one(
    'a query of a session with a condition on another model',
    missing('seats.row'),
    ['session.query(Hall).filter(Hall.id == Seat.row).all()'],
    ['session.query(Hall).filter(Hall.id > 1).order_by(Hall.name).all()'],
    [...model('row')],
  ),
  one(
    'a SELECT of a model',
    missing('seats.row'),
    ['session.execute(sa.select(Seat).where(Seat.id > 1)).scalars().all()'],
    ["session.execute(sa.select(Hall).where(Hall.name == 'x')).scalars().all()"],
    [...model('row')],
  ),
  one(
    'an expression in a list',
    /missing FROM-clause entry for table "gone"/,
    ['rows = [(gone.c.id,)]', 'for row in rows: op.execute(seats.update().values(hall=row[0]))'],
    [
      'op.execute(seats.update().where(seats.c.id == bind.execute(sa.select(halls.c.id)).scalar()).values(label=None))',
    ],
  ),
  one(
    'a bulk_insert of rows that are unknown, into a missing column',
    missing('gone'),
    ['import os', 'op.bulk_insert(gone, [{"id": int(x)} for x in os.environ.get("NOT_SET", "1")])'],
    ['import os', 'op.bulk_insert(halls, [{"id": int(x)} for x in os.environ.get("NOT_SET", "1")])'],
  ),
  one(
    'a reflected table, whose column an operation then drops',
    missing('halls.name'),
    [
      "halls = sa.Table('halls', sa.MetaData(), autoload_with=bind)",
      "op.drop_column('halls', 'name')",
      'bind.execute(sa.select(halls))',
    ],
    [
      "halls = sa.Table('halls', sa.MetaData(), autoload_with=bind)",
      'bind.execute(sa.select(halls).where(halls.c.name == None))',
    ],
  ),
  one(
    'a DELETE on a table with a declared column that is missing',
    missing('seats.row'),
    [
      "seats = sa.table('seats', sa.column('id'), sa.column('row'))",
      'op.execute(seats.delete().where(seats.c.row == 1))',
    ],
    [
      "seats = sa.table('seats', sa.column('id'), sa.column('row'))",
      'op.execute(seats.delete().where(seats.c.id == 1))',
    ],
  ),
  one(
    'a SELECT of one column of such a table',
    missing('seats.row'),
    ["seats = sa.table('seats', sa.column('id'), sa.column('row'))", 'bind.execute(sa.select(seats.c.row))'],
    ["seats = sa.table('seats', sa.column('id'), sa.column('row'))", 'bind.execute(sa.select(seats.c.id))'],
  ),
  one(
    'a SELECT that is sorted by the name of a column',
    /Can't resolve label reference/,
    "bind.execute(sa.select(seats).order_by('nowhere'))",
    "bind.execute(sa.select(seats).where(seats.c.id > 1).order_by('label'))",
  ),
  one(
    'a table that MetaData.reflect found, whose column an operation then drops',
    missing('halls.name'),
    [
      'found = sa.MetaData()',
      'found.reflect(bind)',
      "op.drop_column('halls', 'name')",
      "bind.execute(sa.select(found.tables['halls']))",
    ],
    [
      'found = sa.MetaData()',
      'found.reflect(bind)',
      "halls = found.tables['halls']",
      'bind.execute(sa.select(halls).where(halls.c.name == None))',
    ],
  ),
  one(
    'the foreign keys of a reflected table',
    /constraint "pair" of relation "rows" does not exist/,
    [
      "op.execute('CREATE TABLE pairs (a int, b int, UNIQUE (a, b))')",
      "op.execute('CREATE TABLE rows (a int, b int, CONSTRAINT pair FOREIGN KEY (a, b) REFERENCES pairs (a, b))')",
      "rows = sa.Table('rows', sa.MetaData(), autoload_with=bind)",
      "for key in rows.foreign_keys: op.drop_constraint(key.name, 'rows', type_='foreignkey')",
    ],
    [
      "op.execute('CREATE TABLE pairs (a int PRIMARY KEY)')",
      "op.execute('CREATE TABLE rows (a int REFERENCES pairs (a), b int, CONSTRAINT other FOREIGN KEY (b) REFERENCES pairs (a))')",
      "rows = sa.Table('rows', sa.MetaData(), autoload_with=bind)",
      "for key in rows.foreign_keys: op.drop_constraint(key.constraint.name, 'rows', type_='foreignkey')",
    ],
  ),
  one(
    'alter_column with a column instead of its name',
    /KeyError/,
    [
      "with op.batch_alter_table('seats', recreate='always') as batch: batch.alter_column(sa.Column('nowhere', sa.Integer()))",
    ],
    [
      "with op.batch_alter_table('seats') as batch: batch.alter_column(sa.Column('nowhere', sa.Integer()))",
      "op.alter_column('seats', sa.Column('label', sa.Text(), nullable=False))",
    ],
  ),
  one(
    'alter_column with a conversion but no type',
    /postgresql_using must be used with the type_ parameter/,
    "op.alter_column('seats', 'label', postgresql_using='label')",
    "op.alter_column('seats', 'label', type_=sa.String(), postgresql_using='label')",
  ),
  one(
    'a value that rows choose from a dictionary',
    /missing FROM-clause entry for table "gone"/,
    [
      'kinds = {1: gone.c.id}',
      'for row in bind.execute(sa.select(seats.c.id)): op.execute(seats.update().values(hall=kinds[row.id]))',
    ],
    [
      'kinds = {1: 2, None: 3}',
      'for row in bind.execute(sa.select(seats.c.id)): op.execute(seats.update().values(hall=kinds[row.id]))',
    ],
    [...tables, 'op.execute("INSERT INTO seats VALUES (1, 1, NULL)")'],
  ),
]
