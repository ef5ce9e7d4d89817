/** Tables created from copies of columns reflected by SQLAlchemy. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const live = [
  "CREATE TYPE mood AS ENUM ('calm')",
  'CREATE TABLE seats (id serial PRIMARY KEY, price numeric DEFAULT 1, label varchar(9) NOT NULL, made timestamp, mood mood)',
  'CREATE TABLE boxes (id int, inside box)',
  'CREATE TABLE plain (id int, label text)',
]
const copies = (table: string, columns: string): readonly string[] => [
  'from sqlalchemy.types import NullType',
  `old = sa.Table('${table}', sa.MetaData(), autoload_with=op.get_bind())`,
  `op.create_table('copies', sa.MetaData(), *[${columns}])`,
]
const most = copies('seats', "c._copy() for c in old.columns if c.name != 'mood'")
const each = 'c._copy() for c in old.columns'
const replaced =
  'sa.Column(c.name, sa.Integer()) if isinstance(c.type, NullType) else c._copy() for c in old.c'

export const reflectedColumnCases: readonly ConstructNameCase[] = [
  {
    name: 'a copied column that is added again',
    live,
    fails: [...most, "op.add_column('copies', sa.Column('price', sa.Integer()))"],
    error: /column "price" of relation "copies" already exists/,
    passes: [...most, "op.drop_column('copies', 'price')", "op.drop_column('copies', 'made')"],
  },
  {
    name: 'a column that was left out of the copy',
    live,
    fails: [...most, "op.drop_column('copies', 'mood')"],
    error: /column "mood" of relation "copies" does not exist/,
    passes: [...most, "op.create_index('ix', 'copies', ['label'], postgresql_where=sa.text('price > 1'))"],
  },
  {
    name: 'the primary key of a copied table',
    live,
    fails: [...most, "op.create_primary_key('key', 'copies', ['price'])"],
    error: /multiple primary keys for table "copies"/,
    passes: [...copies('plain', each), "op.create_primary_key('key', 'copies', ['label'])"],
  },
  {
    name: 'a copied enum column',
    live,
    fails: [...copies('seats', each)],
    error: /type "mood" already exists/,
    passes: [
      ...copies('seats', "sa.Column('mood', sa.Text()) if c.name == 'mood' else c._copy() for c in old.c"),
    ],
  },
  {
    name: "a copied column of a type that SQLAlchemy doesn't know",
    live,
    fails: [...copies('boxes', each)],
    error: /NullType/,
    passes: [...copies('plain', replaced), "op.drop_column('copies', 'label')"],
  },
  {
    name: 'an object that is compared with None',
    live,
    fails: [
      "column = sa.Column('label', sa.Text())",
      "if column is None: column = sa.Column('other', sa.Text())",
      "op.add_column('plain', column)",
    ],
    error: /column "label" of relation "plain" already exists/,
    passes: [
      "column = sa.Column('other', sa.Text())",
      "if column is not None: op.add_column('plain', column)",
      "op.drop_column('plain', 'other')",
    ],
  },
]
