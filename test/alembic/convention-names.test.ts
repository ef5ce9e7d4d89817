/** Compares names from random naming conventions with the names that Alembic generates. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Arbitrary, array, assert, asyncProperty, constantFrom, pre, record, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Constraint, Operation } from '../../src/core/history/operation.ts'
import type { NamingConvention } from '../../src/core/names/naming-convention.ts'
import { noModules } from '../../src/python/interpreter/run.ts'
import { readUpgrade } from '../../src/python/operations/read-operations.ts'
import { findJudges } from '../support/judges.ts'

const { folder, driver, server } = await findJudges('convention')

const columnTokens = ['column_0_name', 'column_1_name', 'column_0_key', 'column_0_label', 'column_0N_name', 'column_0_N_name', 'column_0_N_label', 'column_0N_key'] // prettier-ignore
const words = ['', '_', 'x', '%%', ' ', 'é', 'a_long_word_that_makes_names_longer_']

const formatOf = (tokens: readonly string[], first: string): Arbitrary<string> =>
  array(tuple(constantFrom(...tokens), constantFrom(...words)), { minLength: 1, maxLength: 3 }).map(
    (parts) => first + parts.map(([token, word]) => `%(${token})s${word}`).join(''),
  )

const plainTokens = ['table_name', ...columnTokens]
const conventions: Arbitrary<Readonly<Record<string, string>>> = record(
  {
    ix: formatOf(plainTokens, 'ix_'),
    pk: formatOf(plainTokens, 'pk_'),
    uq: formatOf(plainTokens, 'uq_'),
    fk: formatOf([...plainTokens, 'referred_table_name'], 'fk_'),
    ck: formatOf(['table_name', 'constraint_name'], 'ck_%(constraint_name)s'),
  },
  { requiredKeys: ['ix'] },
)

/** Migrations that each create their own tables. `@` is replaced with a number. */
const shapes = [
  `op.create_table('t@', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('place', sa.Integer(), index=True))`,
  `op.create_table('t@', sa.Column('id', sa.Integer()), sa.Column('row', sa.Integer()), sa.PrimaryKeyConstraint('row', 'id'))`,
  `op.create_table('t@', sa.Column('id', sa.Integer(), unique=True), sa.Column('t@_id', sa.Integer(), index=True, unique=True))`,
  `op.create_table('t@', sa.Column('id', sa.Integer()), sa.Column('row', sa.Integer()), sa.UniqueConstraint('id', 'row'), sa.UniqueConstraint('row', name='given_@'))`,
  `op.create_table('t@', sa.Column('id', sa.Integer(), sa.ForeignKey('halls.id')), sa.CheckConstraint('id > 0', name='positive_@'))`,
  `op.create_table('t@', sa.Column('id', sa.Integer()), sa.Column('hall', sa.Integer()), sa.ForeignKeyConstraint(['hall'], ['halls.id'], name=op.f('exact_@')), sa.Index('index_@', 'id'))`,
  `op.create_table('t@', sa.Column('id', sa.Integer()), schema='other')\n    op.create_unique_constraint(None, 't@', ['id'], schema='other')\n    op.create_index(None, 't@', ['id'], schema='other')`,
  `op.create_table('t@', sa.Column('id', sa.Integer()), sa.Column('row', sa.Integer()))\n    op.create_index(None, 't@', ['row', 'id'], unique=True)\n    op.create_unique_constraint('own_@', 't@', ['row'])\n    op.create_primary_key(None, 't@', ['id'])`,
  `op.create_table('t@', sa.Column('id', sa.Integer()))\n    op.create_foreign_key(None, 't@', 'halls', ['id'], ['id'])\n    op.create_check_constraint('more_@', 't@', 'id > 0')`,
  `op.create_table('t@', sa.Column('id', sa.Integer()))\n    op.add_column('t@', sa.Column('place', sa.Integer(), sa.ForeignKey('halls.id'), unique=True))\n    op.add_column('t@', sa.Column('row', sa.Integer(), index=True))`,
  `op.create_table('t@', sa.Column('id', sa.Integer()), sa.Column('row', sa.Integer()), sa.UniqueConstraint('row', name='gone_@'), sa.CheckConstraint('id > 0', name='gone_ck_@'))\n    op.drop_constraint('gone_@', 't@', type_='unique')\n    op.drop_constraint('gone_ck_@', 't@', type_='check')\n    op.create_index('gone_ix_@', 't@', ['id'])\n    op.drop_index('gone_ix_@', table_name='t@')`,
  `op.create_table('t@', sa.Column('id', sa.Integer()))\n    with op.batch_alter_table('t@') as batch:\n        batch.create_unique_constraint(None, ['id'])\n        batch.create_index(None, ['id'])\n        batch.create_foreign_key(None, 'halls', ['id'], ['id'])`,
]

const letters: Readonly<Record<Constraint['kind'], string>> = {
  primaryKey: 'p',
  unique: 'u',
  foreignKey: 'f',
  check: 'c',
  exclude: 'x',
}

/** Returns the names of the objects that the operations definitely create, as `table kind name`. */
function namesMade(steps: readonly Operation[]): readonly string[] {
  const made = new Set<string>()
  for (const step of steps) {
    const constraints =
      step.kind === 'createTable' || step.kind === 'addColumn'
        ? step.constraints
        : step.kind === 'addConstraint'
          ? [step.constraint]
          : []
    const indexes =
      step.kind === 'createTable' || step.kind === 'addColumn'
        ? step.indexes
        : step.kind === 'createIndex'
          ? [step.index]
          : []
    const table = 'table' in step ? step.table?.name : undefined
    for (const { name, kind, unknownConvention } of constraints)
      if (name !== null && !unknownConvention) made.add(`${table} ${letters[kind]} ${name}`)
    for (const { name, unknownConvention } of indexes)
      if (name !== null && !unknownConvention) made.add(`${table} i ${name}`)
    if (step.kind === 'dropConstraint' && step.type)
      expect(made.delete(`${table} ${letters[step.type]} ${step.name}`)).toBe(true)
    if (step.kind === 'dropIndex') expect(made.delete(`${table} i ${step.index.name}`)).toBe(true)
  }
  return [...made]
}

const held = `SELECT c.relname || ' ' || k.contype::text || ' ' || k.conname AS one FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relname ~ '^t[0-9]' AND k.contype IN ('p', 'u', 'f', 'c')
UNION SELECT t.relname || ' i ' || i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.relname ~ '^t[0-9]' AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u'))`

describe.skipIf(server === null)('names by a random convention', () => {
  test('are those that Alembic gives', async () => {
    if (!server) return
    let known = 0
    await assert(
      asyncProperty(conventions, async (convention) => {
        const database = await server.createDatabase()
        try {
          const root = join(folder, database.url.slice(database.url.lastIndexOf('/') + 1))
          mkdirSync(join(root, 'versions'), { recursive: true })
          writeFileSync(
            join(root, 'env.py'),
            `from alembic import context\nimport sqlalchemy as sa\nnaming = ${JSON.stringify(convention)}\nwith context.config.attributes['engine'].connect() as connection:\n    context.configure(connection=connection, target_metadata=sa.MetaData(naming_convention=naming))\n    with context.begin_transaction():\n        context.run_migrations()\n`,
          )
          const body = shapes.map((shape, at) => `    ${shape.replaceAll('@', String(at))}\n`).join('')
          const source = `import sqlalchemy as sa\nfrom alembic import op\nrevision = 'a1'\ndown_revision = None\ndef upgrade():\n    op.create_table('halls', sa.Column('id', sa.Integer(), primary_key=True))\n    op.execute('CREATE SCHEMA other')\n${body}`
          writeFileSync(join(root, 'versions', 'a1.py'), source)
          const url = database.url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')
          const { error } = await driver.ask({ root, url, upgrade: ['a1'] })
          // Truncated names may collide.
          pre(error === null || !/DuplicateTable|DuplicateObject/.test(error))
          expect(error).toBeNull()
          const map: NamingConvention = new Map(Object.entries(convention))
          const read = readUpgrade(Buffer.from(source), 'a1.py', 'postgresql', null, noModules, {
            convention: () => map,
          })
          if (read.kind !== 'operations') throw new TypeError(read.kind)
          const rows = await database.execute(held)
          const names = namesMade(read.operations).filter((one) => /^t\d/.test(one))
          known += names.length
          expect(rows.map(({ one }) => one)).toEqual(expect.arrayContaining([...names]))
        } finally {
          await database.drop()
        }
      }),
      { numRuns: 10 },
    )
    expect(known).toBeGreaterThan(100)
  })
})
