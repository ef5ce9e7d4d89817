/** Tests which tables and columns a query on a model uses. */
import { expect, test } from 'vitest'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

/** Returns the tables and columns that `session.query(Seat).all()` uses; `?` for unknown columns. */
function used(model: string): string {
  const source = `import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from alembic import op
from project import Mixin
Base = orm.declarative_base()
${model}
def upgrade():
    session = orm.Session(bind=op.get_bind())
    session.query(Seat).all()
`
  const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py', 'postgresql')
  if (upgrade.kind === 'unreadable') throw new Error(upgrade.reason)
  const [step] = upgrade.operations
  if (step?.kind !== 'data') throw new Error('the query is not recorded')
  if (step.columns === undefined) return '?'
  return (step.mentions ?? [])
    .map(({ schema, name, columns }) => `${schema ?? ''}.${name}(${columns.join()})`)
    .join()
}
const seat = (body: readonly string[], bases = 'Base'): string =>
  [`class Seat(${bases}):`, "    __tablename__ = 'seats'", ...body.map((line) => `    ${line}`)].join('\n')

test.each<[string, string, string]>([
  ['columns', seat(['id = sa.Column(sa.Integer)', "label = sa.Column('text', sa.Text)"]), '.seats(id,text)'],
  ['a column named by a keyword', seat(["label = sa.Column(name='text', type_=sa.Text)"]), '.seats(text)'],
  [
    'mapped columns',
    'class Own(DeclarativeBase):\n    pass\n' +
      seat(['id: Mapped[int]', 'hall: Mapped[int] = mapped_column()'], 'Own'),
    '.seats(id,hall)',
  ],
  ['a relationship', seat(['id = sa.Column(sa.Integer)', "hall = relationship('Hall')"]), '.seats(id)'],
  [
    'a relationship that is loaded with the rows',
    seat(['id = sa.Column(sa.Integer)', "hall = relationship('Hall', lazy='joined')"]),
    '?',
  ],
  ['a schema', seat(["__table_args__ = {'schema': 'app'}", 'id = sa.Column(sa.Integer)']), 'app.seats(id)'],
  [
    'a schema after constraints',
    seat(["__table_args__ = (sa.UniqueConstraint('id'), {'schema': 'app'})", 'id = sa.Column(sa.Integer)']),
    'app.seats(id)',
  ],
  [
    'constraints without a schema',
    seat(["__table_args__ = (sa.UniqueConstraint('id'),)", 'id = sa.Column(sa.Integer)']),
    '.seats(id)',
  ],
  [
    'metadata with a schema',
    seat(["metadata = sa.MetaData(schema='app')", 'id = sa.Column(sa.Integer)']),
    '?',
  ],
  ['other metadata', seat(['metadata = sa.MetaData()', 'id = sa.Column(sa.Integer)']), '?'],
  [
    'a mixin',
    'class Dated:\n    at = sa.Column(sa.DateTime)\n' + seat(['id = sa.Column(sa.Integer)'], 'Dated, Base'),
    '.seats(id,at)',
  ],
  [
    'a mixin with a schema',
    "class Dated:\n    __table_args__ = {'schema': 'app'}\n" +
      seat(['id = sa.Column(sa.Integer)'], 'Dated, Base'),
    '?',
  ],
  ['a mixin of another file', seat(['id = sa.Column(sa.Integer)'], 'Mixin, Base'), '?'],
  [
    'a base with a schema',
    "Base = orm.declarative_base(metadata=sa.MetaData(schema='x'))\n" + seat(['id = sa.Column(sa.Integer)']),
    '?',
  ],
  [
    'a decorated method',
    seat(['id = sa.Column(sa.Integer)', '@property', 'def x(self):', '    return 1']),
    '?',
  ],
  ['a method', seat(['id = sa.Column(sa.Integer)', 'def x(self):', '    return 1']), '.seats(id)'],
  ['a constant', seat(['id = sa.Column(sa.Integer)', 'size = 3']), '.seats(id)'],
  ['an option of the mapper', seat(['id = sa.Column(sa.Integer)', "__mapper_args__ = {'x': 1}"]), '?'],
])('%s', (_name, model, expected) => {
  expect(used(model)).toBe(expected)
})
