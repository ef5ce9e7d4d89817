/** Judges changes of types, index options and overlong names with Alembic. */
import { describe, expect, test } from 'vitest'
import { executed, judgePending } from '../support/pending-migration.ts'
import { findJudges } from '../support/judges.ts'
import { type Said, fittingValueCases } from '../support/fitting-value-cases.ts'

const judges = await findJudges('existing-values')
const { server, database } = judges

async function judge(
  live: readonly string[],
  pending: readonly string[],
  error: RegExp | null,
  said: Said,
): Promise<void> {
  const { report, error: real } = await judgePending(judges, executed(live), pending, database?.url ?? '')
  if (error === null) expect(real).toBeNull()
  else expect(real).toMatch(error)
  const { prediction, verdict } = report
  expect(verdict).toBe(said === 'predicted' ? 'blocked' : 'pass')
  if (said === 'predicted') expect(prediction?.error?.message ?? '').toMatch(error ?? /^$/)
  else expect((prediction?.tried?.unchecked.length ?? 0) > 0).toBe(said === 'listed')
}

describe.skipIf(server === null)('existing values', () => {
  test.each(fittingValueCases)('%s, %s, to %s', (from, value, to, error, said) =>
    judge(
      [
        "CREATE TYPE mood AS ENUM ('calm')",
        `CREATE TABLE sums (id int, n ${from})`,
        `INSERT INTO sums VALUES (1, ${value})`,
      ],
      [`op.alter_column('sums', 'n', type_=${to})`],
      error,
      said,
    ),
  )

  const large = ['CREATE TABLE sums (id int, n bigint)', 'INSERT INTO sums VALUES (1, 50000000000)']
  const narrow = `op.alter_column('sums', 'n', type_=sa.Integer())`
  test.each<[name: string, pending: readonly string[], error: RegExp | null, said: Said]>([
    ['after an UPDATE', [...executed(['UPDATE sums SET n = 1']), narrow], null, 'listed'],
    ['after a rename of the table', [`op.rename_table('sums', 'totals')`, narrow.replace('sums', 'totals')], /out of range/, 'predicted'],
    ['after a rename of the column', [`op.alter_column('sums', 'n', new_column_name='m')`, narrow.replace(`'n'`, `'m'`)], /out of range/, 'listed'],
    ['of a new column', [`op.add_column('sums', sa.Column('m', sa.BigInteger()))`, narrow.replace(`'n'`, `'m'`)], null, 'passes'],
    ['in SQL', executed(['ALTER TABLE sums ALTER COLUMN n TYPE integer']), /out of range/, 'predicted'],
    ['with USING', [narrow.replace('))', `), postgresql_using='n::integer')`)], /out of range/, 'listed'],
  ])('%s', (_, pending, error, said) => judge(large, pending, error, said)) // prettier-ignore

  test('an empty table', () => judge(large.slice(0, 1), [narrow], null, 'passes'))
})

describe.skipIf(server === null)('a new required column in a table with rows', () => {
  const live = ["CREATE TYPE mood AS ENUM ('calm')", 'CREATE EXTENSION hstore', 'CREATE TABLE sums (id int)', 'INSERT INTO sums VALUES (1)'] // prettier-ignore
  test.each([
    `postgresql.ENUM('calm', name='mood', create_type=False)`,
    `postgresql.HSTORE()`,
    `postgresql.TSVECTOR()`,
    `postgresql.INT4RANGE()`,
    `postgresql.MONEY()`,
    `postgresql.BIT(3)`,
  ])('%s', (type) =>
    judge(
      live,
      [`op.add_column('sums', sa.Column('n', ${type}, nullable=False))`],
      /contains null values/,
      'predicted',
    ),
  )
})

describe.skipIf(server === null)('options of an index', () => {
  const live = ['CREATE TABLE docs (id int, body jsonb, words tsvector, at date)']
  test.each<[sql: string, error: RegExp | null]>([
    ['USING gin (body DESC)', /"gin" does not support ASC\/DESC/],
    ['USING gin (body) INCLUDE (id)', /"gin" does not support included columns/],
    ['USING hash (id NULLS FIRST)', /"hash" does not support NULLS/],
    ['USING hash (id, at)', /"hash" does not support multicolumn/],
    ['USING brin (id) INCLUDE (at)', /"brin" does not support included columns/],
    ['USING gist (words) INCLUDE (id)', null],
    ['USING brin (id, at)', null],
    ['(id DESC NULLS LAST) INCLUDE (at)', null],
    ['(id) WITH (fillfactor = 70)', null],
    ['(id) WITH (fillfactor = 5)', /value 5 out of bounds/],
    ['(id) WITH (lists = 5)', /unrecognized parameter "lists"/],
  ])('%s', (sql, error) =>
    judge(live, executed([`CREATE INDEX ix ON docs ${sql}`]), error, error === null ? 'passes' : 'listed'),
  )
})

describe.skipIf(server === null)('names that are too long', () => {
  const live = ['CREATE TABLE docs (id int PRIMARY KEY, at date)']
  const name = 'x'.repeat(64)
  const error = /Identifier 'x+' exceeds maximum length of 63 characters/
  test.each([
    `op.create_index('${name}', 'docs', ['at'])`,
    `op.create_unique_constraint('${name}', 'docs', ['at'])`,
    `op.drop_constraint('${name}', 'docs')`,
    `op.drop_index('${name}', table_name='docs')`,
    `op.create_table('sums', sa.Column('doc', sa.Integer(), sa.ForeignKey('docs.id', name='${name}')))`,
  ])('%s', (line) => judge(live, [line], error, 'predicted'))
  test.each([
    `op.create_index(op.f('${name}'), 'docs', ['at'])`,
    `op.create_table('${'docs_'.repeat(12)}', sa.Column('at', sa.Date(), index=True))`,
    `op.create_index('${name.slice(1)}', 'docs', ['at'])`,
  ])('%s', (line) => judge(live, [line], null, 'passes'))
})
