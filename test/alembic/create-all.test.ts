/**
 * Compares the guard with real Alembic on migrations that use `create_all` to create the tables for a project's
 * models.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { findJudges } from '../support/judges.ts'

const { folder, python, database } = await findJudges('create-all')

const env = `import os
from alembic import context
from sqlalchemy import create_engine
with create_engine(os.environ['REAL_URL']).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`
const models = `import enum
from sqlalchemy import Column, Enum, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import relationship
from .base import Base

class Kind(enum.Enum):
    SMALL = 'small'
    LARGE = 'large'

class Seat(Base):
    __tablename__ = 'seats'
    id = Column(Integer, primary_key=True)
    hall_id = Column(Integer, ForeignKey('halls.id'), index=True)
    label = Column(String(20), nullable=False)
    kind = Column(Enum(Kind))
    hall = relationship('Hall')
    __table_args__ = (UniqueConstraint('label', name='uq_label'), Index('ix_kind', 'kind'))

    @property
    def title(self):
        return self.label

class Hall(Base):
    __tablename__ = 'halls'
    id = Column(Integer, primary_key=True)
    kind = Column(Enum(Kind))
`
const first = `import sqlalchemy as sa
from alembic import op
revision = 'a1'
down_revision = None
def upgrade():
    bind = op.get_bind()
    if not sa.inspect(bind).has_table('seats'):
        from shop import models
        models.Base.metadata.create_all(bind=bind)
        return
    op.add_column('seats', sa.Column('label', sa.String(20)))
`
const second = (line: string): string => `import sqlalchemy as sa
from alembic import op
revision = 'b2'
down_revision = 'a1'
def upgrade():
    columns = [column['name'] for column in sa.inspect(op.get_bind()).get_columns('seats')]
    for column in [sa.Column('label', sa.Text()), sa.Column('size', sa.Integer())]:
        if column.name not in columns:
            op.add_column('seats', column)
    ${line}
`
const project: Readonly<Record<string, string>> = {
  'alembic.ini': '[alembic]\nscript_location = migrations\nprepend_sys_path = .\n',
  'migrations/env.py': env,
  'migrations/versions/a1.py': first,
  'shop/__init__.py': '',
  'shop/base.py': 'from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n',
  'shop/models.py': models,
}

let count = 0

/** Runs the guard and then real Alembic on the project, against an empty database. */
async function judge(line: string, more: Readonly<Record<string, string>> = {}, live = 'SELECT 1') {
  const url = database?.url ?? ''
  const root = join(folder, `project${(count += 1)}`)
  rmSync(root, { recursive: true, force: true })
  for (const [path, text] of Object.entries({
    ...project,
    'migrations/versions/b2.py': second(line),
    ...more,
  })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  await database?.execute('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  await database?.execute(live)
  const context = quietContext(root, url)
  const { stdout } = await execute(check, { format: 'json' }, context)
  const report: Report = JSON.parse(stdout)
  const { stderr, status } = spawnSync(
    python ?? '',
    ['-c', 'from alembic.config import main; main()', 'upgrade', 'head'],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, REAL_URL: url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:') },
    },
  )
  return { report, error: status === 0 ? null : stderr }
}

describe.skipIf(database === null)('create_all on the metadata of models', () => {
  test.each([
    ['a missing column', "op.drop_column('seats', 'nope')", /column "nope" .* does not exist/],
    ['a missing constraint', "op.drop_constraint('uq_nope', 'seats')", /"uq_nope" .* does not exist/],
    ['an index that it created', "op.create_index('ix_kind', 'halls', ['kind'])", /"ix_kind" already exists/],
    ['a type that it created', 'op.execute("CREATE TYPE kind AS ENUM (\'a\')")', /"kind" already exists/],
  ])('later operations: %s', async (_, line, error) => {
    const failing = await judge(line)
    expect(failing.error).toMatch(error)
    expect(failing.report.verdict).toBe('blocked')
  })

  test.each([
    ['the columns, constraints, indexes and types of the models', {}, 'SELECT 1'],
    [
      'a table and a type that already exist',
      {},
      "CREATE TABLE halls (id int PRIMARY KEY); CREATE TYPE kind AS ENUM ('SMALL', 'LARGE')",
    ],
    [
      'an env.py that imports the models',
      { 'migrations/env.py': `import shop.models  # noqa\n${env}` },
      'SELECT 1',
    ],
  ])('sound: %s', async (_, more, live) => {
    const line = [
      "op.drop_constraint('uq_label', 'seats')",
      "op.drop_index('ix_seats_hall_id')",
      "op.drop_index('ix_kind')",
      "op.alter_column('seats', 'kind', type_=sa.Text())",
      "op.create_foreign_key('fk', 'seats', 'halls', ['size'], ['id'])",
    ].join('; ')
    const { report, error } = await judge(line, more, live)
    expect(error).toBeNull()
    expect(report.verdict).toBe('pass')
    expect(report.prediction?.tried).toMatchObject({ unchecked: [] })
  })

  test.each([
    [
      'a module that declares another table',
      {
        'shop/models.py': `${models}\nfrom . import more\n`,
        'shop/more.py':
          "from .base import Base\nimport sqlalchemy as sa\nt = sa.Table('late', Base.metadata, sa.Column('id', sa.Integer))\n",
      },
    ],
    [
      'a module that env.py imports',
      {
        'migrations/env.py': `def load():\n    import shop.more\nload()\n${env}`,
        'shop/more.py':
          "from .base import Base\nfrom sqlalchemy import Column, Integer\nclass Late(Base):\n    __tablename__ = 'late'\n    id = Column(Integer, primary_key=True)\n",
      },
    ],
    [
      'a module imported by name',
      {
        'migrations/env.py': `import importlib\nimportlib.import_module('shop.more')\n${env}`,
        'shop/more.py':
          "from .base import Base\nfrom sqlalchemy import Column, Integer\nclass Late(Base):\n    __tablename__ = 'late'\n    id = Column(Integer, primary_key=True)\n",
      },
    ],
    [
      'a class in a function',
      {
        'shop/models.py': `${models}\ndef late():\n    class Late(Base):\n        __tablename__ = 'late'\n        id = Column(Integer, primary_key=True)\nlate()\n`,
      },
    ],
    [
      'a mixin',
      {
        'shop/models.py': `${models}\nclass Own:\n    __tablename__ = 'late'\n    id = Column(Integer, primary_key=True)\nclass Late(Own, Base):\n    pass\n`,
      },
    ],
  ])('never claimed: a table from %s', async (_, more) => {
    const { report, error } = await judge("op.create_table('late', sa.Column('id', sa.Integer()))", more)
    expect(error).toMatch(/relation "late" already exists/)
    expect(report.prediction?.tried?.unchecked).not.toEqual([])
  })

  test('never claimed: a naming convention of the models', async () => {
    const base = `from sqlalchemy import MetaData
from sqlalchemy.orm import declarative_base
Base = declarative_base(metadata=MetaData(naming_convention={'ix': 'index_%(column_0_name)s'}))
`
    const { report, error } = await judge("op.drop_index('ix_seats_hall_id')", { 'shop/base.py': base })
    expect(error).toMatch(/index "ix_seats_hall_id" does not exist/)
    expect(report.prediction?.tried?.unchecked).not.toEqual([])
  })
})
