/** Migrations whose names, types or values follow from earlier code. */
import type { UnlistedObjectCase } from './unlisted-object-cases.ts'

const long = 'code_of_the_customer_in_the_ledger'
const keys = `op.create_table('seats_of_all_halls', sa.Column('${long}', sa.Integer()), sa.Column('row', sa.Integer()), sa.Column('place', sa.Integer()), sa.UniqueConstraint('${long}', 'row'), sa.UniqueConstraint('${long}', 'place'))`
const drop = (name: string): string => `op.drop_constraint('${name}', 'seats_of_all_halls', type_='unique')`
const shortened = 'seats_of_all_halls_code_of_the_customer_in_the_ledger'
const parts = 'CREATE TABLE parts (id int PRIMARY KEY); CREATE TABLE seats (part int)'
const classes = ['class Count(sa.TypeDecorator):', '    impl = sa.Integer', '    cache_ok = True']
const retype = (table: string, more = ''): string => `op.alter_column('${table}', 'n', type_=Count${more})`
const numbers = 'CREATE TABLE numbers (n smallint); CREATE TABLE words (n text)'

const docs = 'CREATE TABLE docs (id int, body text, note text)'
const computed =
  "op.execute('ALTER TABLE docs ADD COLUMN size int GENERATED ALWAYS AS (length(body)) STORED')"
const places = (...members: readonly string[]): readonly string[] => [
  'from enum import Enum as Base',
  'class Place(str, Base):',
  `    ${members.join('\n    ')}`,
  "op.create_table('seats', sa.Column('id', sa.Integer()), sa.Column('place', sa.Enum(Place, native_enum=False)))",
]
const index = (condition: string): string =>
  `op.create_index('ix', 'seats', ['id'], postgresql_where=sa.text("${condition}"))`

const block = (body: string): string => `op.execute(${JSON.stringify(`DO $$ BEGIN ${body} END $$`)})`
const addsKey = block(
  "IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'uq' AND conrelid = 'docs'::regclass) THEN ALTER TABLE docs ADD CONSTRAINT uq UNIQUE (body); END IF;",
)
const chooses = (column: string, first = 'ALTER'): string =>
  block(
    `IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'docs' AND column_name = '${column}') THEN ${first} TABLE docs DROP COLUMN body; ELSE NULL; ALTER TABLE docs DROP COLUMN note; END IF;`,
  )

const quoting = (column: string, value: string, second = 1): readonly string[] => [
  `value = ${JSON.stringify(value)}`,
  `op.execute(f"CREATE INDEX ix_1 ON docs (({column} = {repr(value)}))")`.replace('{column}', column),
  `op.execute(f"CREATE INDEX ix_${second} ON docs ((${column} = {value!r}))")`,
]

const linked = [
  "op.create_table('halls', sa.Column('id', sa.Integer(), primary_key=True))",
  "op.create_table('seats', sa.Column('id', sa.Integer()), sa.Column('hall', sa.Integer(), sa.ForeignKey('halls.id')))",
]
const dropsLinks = (target: string, column: string): readonly string[] => [
  'metadata = sa.MetaData()',
  "halls = sa.Table('halls', metadata, autoload_with=op.get_bind())",
  "seats = sa.Table('seats', metadata, autoload_with=op.get_bind())",
  'for key in seats.foreign_keys.copy():',
  `    if key.column == ${target} and key.parent == ${column}:`,
  "        op.drop_constraint(key.constraint.name, 'seats')",
]
const restores = [
  "for key in sa.inspect(op.get_bind()).get_foreign_keys('seats'):",
  "    op.drop_constraint(key['name'], 'seats')",
  "    op.create_foreign_key('again', 'seats', key['referred_table'], key['constrained_columns'], key['referred_columns'])",
]

const createsIndex = (name: string): string =>
  block(
    `IF NOT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = '${name}' AND n.nspname = 'public') THEN CREATE INDEX ${name} ON docs (body); END IF;`,
  )
const addsToTable = block(
  "IF NOT EXISTS (SELECT 1 FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE t.relname = 'docs' AND c.conname = 'uq') THEN ALTER TABLE docs ADD CONSTRAINT uq UNIQUE (body); END IF;",
)

const uniqueIndex = (columns: string, more = ''): string =>
  `op.execute('CREATE UNIQUE INDEX ix ON docs (${columns})${more}')`
const promotes = (name: string, more = ''): string =>
  `op.execute('ALTER TABLE docs ADD CONSTRAINT ${name} UNIQUE USING INDEX ix${more}')`

const names = (quote: string): readonly string[] => [
  'from sqlalchemy.sql import quoted_name',
  `name = quoted_name('Docs', quote=${quote})`,
]
const choices = (options: string): string =>
  `op.create_table('choices', sa.Column('id', sa.Integer()), sa.Column('kind', sa.Enum('a', name='kind', native_enum=False${options})))`
const addsChoice = "op.create_check_constraint('kind', 'choices', 'id > 0')"
const insertsText = (column: string): readonly string[] => [
  'from uuid import uuid4',
  `docs = sa.table('docs', sa.column('${column}', sa.String()))`,
  `op.execute(docs.insert().values(${column}=str(uuid4())))`,
]

export const determinedCases: readonly UnlistedObjectCase[] = [
  {
    name: 'the number that PostgreSQL appends to a default name that is taken',
    live: [],
    fails: [
      keys.replace(`, 'place')`, `, 'place', 'row')`),
      drop(`${shortened}_row_key`),
      drop(`${shortened}_pl_key`),
    ],
    error: /constraint .* does not exist/,
    passes: [
      `op.create_table('halls', sa.Column('id', sa.Integer(), unique=True))`,
      `op.rename_table('halls', 'rooms')`,
      `op.create_table('halls', sa.Column('id', sa.Integer(), unique=True))`,
      `op.drop_constraint('halls_id_key1', 'halls', type_='unique')`,
      `op.drop_constraint('halls_id_key', 'rooms', type_='unique')`,
    ],
  },
  {
    name: 'the text of a value that is only known at run time',
    live: [docs],
    fails: insertsText('size'),
    error: /column "size" of relation "docs" does not exist/,
    passes: insertsText('body'),
  },
  {
    name: 'the CHECK that SQLAlchemy adds for a type',
    live: [],
    fails: [choices(', create_constraint=True'), addsChoice],
    error: /constraint "kind" for relation "choices" already exists/,
    passes: [choices(''), addsChoice],
  },
  {
    name: 'a foreign key whose default name an index has',
    live: parts.split('; '),
    fails: [
      `op.create_index('seats_part_fkey', 'seats', ['part'])`,
      `op.create_foreign_key(None, 'seats', 'parts', ['part'], ['id'])`,
      `op.drop_constraint('seats_part_fkey1', 'seats', type_='foreignkey')`,
    ],
    error: /constraint "seats_part_fkey1" .* does not exist/,
    passes: [
      `op.create_foreign_key(None, 'seats', 'parts', ['part'], ['id'])`,
      `op.drop_constraint('seats_part_fkey', 'seats', type_='foreignkey')`,
    ],
  },
  {
    name: 'a class as the new type of a column',
    live: numbers.split('; '),
    fails: [...classes, retype('words')],
    error: /cannot be cast automatically to type integer/,
    passes: [...classes, retype('numbers')],
  },
  {
    name: 'a class as the new type of a column in a batch',
    live: numbers.split('; '),
    fails: [...classes, `with op.batch_alter_table('words') as batch: batch.alter_column('n', type_=Count)`],
    error: /cannot be cast automatically to type integer/,
    passes: [
      ...classes,
      `with op.batch_alter_table('numbers') as batch: batch.alter_column('n', type_=Count)`,
    ],
  },
  {
    name: 'an enum that becomes another enum without USING',
    live: [`CREATE TYPE mood AS ENUM ('a')`, `CREATE TYPE other AS ENUM ('a')`],
    fails: [
      `op.create_table('seats', sa.Column('n', postgresql.ENUM('a', name='mood', create_type=False)))`,
      `op.alter_column('seats', 'n', type_=postgresql.ENUM('a', name='other', create_type=False))`,
    ],
    error: /cannot be cast automatically to type other/,
    passes: [
      `op.create_table('seats', sa.Column('n', postgresql.ENUM('a', name='mood', create_type=False)))`,
      `op.alter_column('seats', 'n', type_=postgresql.ENUM('a', name='mood', create_type=False))`,
      `op.alter_column('seats', 'n', type_=sa.String())`,
    ],
  },
  {
    name: 'a type that has no cast to the new one',
    live: ['CREATE TABLE numbers (n bytea, at time)'],
    fails: [`op.alter_column('numbers', 'n', type_=sa.Integer())`],
    error: /cannot be cast automatically to type integer/,
    passes: [`op.alter_column('numbers', 'n', type_=sa.Text())`],
  },
  {
    name: 'a column that a new generated column is computed from',
    live: [docs],
    fails: [computed, "op.drop_column('docs', 'body')"],
    error: /cannot drop column body .* because other objects depend on it/,
    passes: [
      computed,
      "op.drop_column('docs', 'note')",
      "op.alter_column('docs', 'id', type_=sa.BigInteger())",
      "op.drop_column('docs', 'size')",
      "op.drop_column('docs', 'body')",
    ],
  },
  {
    name: 'the same after the column was renamed',
    live: [docs],
    fails: [
      computed,
      "op.alter_column('docs', 'body', new_column_name='words')",
      "op.drop_column('docs', 'words')",
    ],
    error: /cannot drop column words .* because other objects depend on it/,
    passes: [
      computed,
      "op.alter_column('docs', 'note', new_column_name='words')",
      "op.drop_column('docs', 'words')",
    ],
  },
  {
    name: 'the type of a column that a new generated column is computed from',
    live: [docs],
    fails: [computed, "op.alter_column('docs', 'body', type_=sa.String())"],
    error: /cannot alter type of a column used by a generated column/,
    passes: [computed, "op.alter_column('docs', 'note', type_=sa.String())"],
  },
  {
    name: 'a generated column that CASCADE drops',
    live: [docs],
    fails: [
      computed,
      "op.execute('ALTER TABLE docs DROP COLUMN body CASCADE')",
      "op.drop_column('docs', 'size')",
    ],
    error: /column "size" .* does not exist/,
    passes: [
      computed,
      "op.execute('ALTER TABLE docs DROP COLUMN note CASCADE')",
      "op.drop_column('docs', 'size')",
    ],
  },
  {
    name: 'the width of an enum whose class has another name than Enum',
    live: [],
    fails: [...places("SMALL = 's'", "LARGE = 'l'"), index('place = 1')],
    error: /operator does not exist: character varying = integer/,
    passes: [...places("SMALL = 's'", "LARGE = 'l'"), index("place = 'LARGE'")],
  },
  {
    name: 'a constraint that a block adds unless it exists',
    live: [docs],
    fails: [addsKey, "op.create_unique_constraint('uq', 'docs', ['note'])"],
    error: /relation "uq" already exists/,
    passes: [addsKey, addsKey, "op.drop_constraint('uq', 'docs', type_='unique')"],
  },
  {
    name: 'the branch of a block that runs',
    live: [docs],
    fails: [chooses('note'), "op.drop_column('docs', 'body')"],
    error: /column "body" .* does not exist/,
    passes: [chooses('other'), "op.drop_column('docs', 'body')"],
  },
  {
    name: 'a statement that fails in a block only',
    live: [docs],
    fails: [chooses('note', 'SELECT 1; ALTER')],
    error: /query has no destination for result data/,
    passes: [chooses('note')],
  },
  {
    name: 'text that repr and !r quote',
    live: [docs],
    fails: quoting('body', 'it'),
    error: /relation "ix_1" already exists/,
    passes: quoting('body', 'ix', 2),
  },
  {
    name: 'foreign keys of a reflected table that connect certain columns',
    live: [],
    fails: [
      ...linked,
      ...dropsLinks('halls.c.id', 'seats.c.hall'),
      "op.drop_constraint('seats_hall_fkey', 'seats')",
    ],
    error: /constraint "seats_hall_fkey" .* does not exist/,
    passes: [
      ...linked,
      ...dropsLinks('halls.c.id', 'seats.c.id'),
      "op.drop_constraint('seats_hall_fkey', 'seats')",
    ],
  },
  {
    name: 'the same after the columns were renamed',
    live: [],
    fails: [
      ...linked,
      "op.alter_column('halls', 'id', new_column_name='number')",
      ...dropsLinks('halls.c.number', 'seats.c.hall'),
      "op.drop_constraint('seats_hall_fkey', 'seats')",
    ],
    error: /constraint "seats_hall_fkey" .* does not exist/,
    passes: [
      ...linked,
      "op.alter_column('seats', 'hall', new_column_name='room')",
      ...dropsLinks('halls.c.id', 'seats.c.id'),
      "op.drop_constraint('seats_hall_fkey', 'seats')",
    ],
  },
  {
    name: 'the columns that a foreign key references, as the Inspector lists them',
    live: [],
    fails: [...linked, ...restores, "op.drop_constraint('seats_hall_fkey', 'seats')"],
    error: /constraint "seats_hall_fkey" .* does not exist/,
    passes: [...linked, ...restores, "op.drop_constraint('again', 'seats')"],
  },
  {
    name: 'an enum with the name of a table',
    live: ['CREATE TABLE docs (id int)', 'CREATE TABLE pages (id int)'],
    fails: ["op.execute('DROP TYPE IF EXISTS docs')"],
    error: /cannot drop type docs because table docs requires it/,
    passes: ["op.execute('DROP TYPE IF EXISTS leaves')"],
  },
  {
    name: 'an index that a block creates unless pg_class and pg_namespace list it',
    live: [docs],
    fails: [createsIndex('ix'), "op.create_index('ix', 'docs', ['note'])"],
    error: /relation "ix" already exists/,
    passes: [createsIndex('ix'), createsIndex('ix'), "op.drop_index('ix')"],
  },
  {
    name: 'a constraint that a block adds unless pg_constraint and pg_class list it',
    live: [docs],
    fails: [addsToTable, "op.create_unique_constraint('uq', 'docs', ['note'])"],
    error: /relation "uq" already exists/,
    passes: [addsToTable, addsToTable, "op.drop_constraint('uq', 'docs', type_='unique')"],
  },
  {
    name: 'a quoted name in an f-string',
    live: [docs],
    fails: [...names('True'), "op.execute(f'ALTER TABLE {name} ADD COLUMN body text')"],
    error: /column "body" of relation "docs" already exists/,
    passes: [...names('True'), "op.execute(f'ALTER TABLE {name} ADD COLUMN more text')"],
  },
  {
    name: 'a quoted name as a table',
    live: [docs],
    fails: [...names('True'), "op.add_column(name, sa.Column('more', sa.Text()))"],
    error: /relation "Docs" does not exist/,
    passes: [
      "op.create_table('Docs', sa.Column('id', sa.Integer()))",
      ...names('None'),
      "op.add_column(name, sa.Column('more', sa.Text()))",
    ],
  },
  {
    name: 'a name without quotes',
    live: [docs],
    fails: [...names('False'), "op.add_column(name, sa.Column('body', sa.Text()))"],
    error: /column "body" of relation "docs" already exists/,
    passes: [...names('None'), "op.execute(f'ALTER TABLE {name} ADD COLUMN more text')"],
  },
  {
    name: 'the name of a unique index that becomes a constraint',
    live: [docs],
    fails: [uniqueIndex('body'), promotes('uq'), "op.drop_index('ix', 'docs')"],
    error: /index "ix" does not exist/,
    passes: [uniqueIndex('body'), promotes('uq'), "op.drop_constraint('uq', 'docs')", uniqueIndex('body')],
  },
  {
    name: 'a unique index with a sort order that becomes a constraint',
    live: [docs],
    fails: [uniqueIndex('body DESC'), promotes('ix')],
    error: /does not have default sorting behavior/,
    passes: [
      "op.create_index('ix', 'docs', ['id', 'body'], unique=True)",
      promotes('ix'),
      "op.create_table('notes', sa.Column('id', sa.Integer()), sa.Column('body', sa.Text()))",
      "op.create_foreign_key('fk', 'notes', 'docs', ['id', 'body'], ['id', 'body'])",
    ],
  },
  {
    name: 'an index without UNIQUE that becomes a constraint',
    live: [docs],
    fails: ["op.create_index('ix', 'docs', ['body'])", promotes('ix')],
    error: /"ix" is not a unique index/,
    passes: [
      "op.create_index('ix', 'docs', ['body'], unique=True)",
      promotes('ix', ' DEFERRABLE INITIALLY DEFERRED'),
    ],
  },
  {
    name: 'a constraint whose index takes a name that is in use',
    live: [docs, 'CREATE INDEX uq ON docs (note)'],
    fails: [uniqueIndex('body'), promotes('uq')],
    error: /relation "uq" already exists/,
    passes: [uniqueIndex('body'), promotes('uq_body')],
  },
  {
    name: 'an index of another table that becomes a constraint',
    live: [docs, 'CREATE TABLE notes (body text)'],
    fails: ["op.create_index('ix', 'notes', ['body'], unique=True)", promotes('ix')],
    error: /index "ix" does not belong to table "docs"/,
    passes: [uniqueIndex('body, note'), promotes('ix')],
  },
  {
    name: 'a unique index with a condition that becomes a constraint',
    live: [docs],
    fails: [uniqueIndex('body', ' WHERE id > 1'), promotes('ix')],
    error: /"ix" is a partial index/,
    passes: [
      uniqueIndex('body'),
      "op.execute('ALTER TABLE ONLY docs ADD UNIQUE USING INDEX ix')",
      "op.drop_constraint('ix', 'docs')",
    ],
  },
]
