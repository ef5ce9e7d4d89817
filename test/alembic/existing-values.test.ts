/** Judges changes of types, index options and overlong names with Alembic. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Said, executed, expectJudged, judgePending } from '../support/pending-migration.ts'
import { findJudges } from '../support/judges.ts'
import { fittingValueCases } from '../support/fitting-value-cases.ts'

const judges = await findJudges('existing-values')
const { server } = judges

const judge = (
  live: readonly string[],
  pending: readonly string[],
  error: RegExp | null,
  said: Said,
): Promise<void> => expectJudged(judges, executed(live), pending, error, said)

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

describe.skipIf(server === null)('constraints on rows that the migration changes', () => {
  const live = ['CREATE TABLE sums (id int PRIMARY KEY, n int)', 'INSERT INTO sums VALUES (1, 1), (2, 1)', 'CREATE TABLE halls (id int PRIMARY KEY)'] // prettier-ignore
  const added = `op.add_column('sums', sa.Column('m', sa.Integer()))`
  const counted = added.replace('())', `(), server_default='1')`)
  const required = `op.alter_column('sums', 'm', nullable=False)`
  const nulls = /contains null values/
  const twice = /could not create unique index/
  const orphans = /violates foreign key constraint/
  const unique = `op.create_unique_constraint('u', 'sums', ['m'])`
  const key = `op.create_foreign_key('f', 'sums', 'halls', ['m'], ['id'])`
  const filled = (sql: string): readonly string[] => [added, ...executed([sql]), required]
  test.each<[name: string, pending: readonly string[], error: RegExp | null, said: Said]>([
    ['a fill of all rows', filled('UPDATE sums SET m = 1'), null, 'passes'],
    ['a fill of the missing values', filled('UPDATE sums SET m = 1 WHERE m IS NULL'), null, 'passes'],
    ['a fill with a fallback', filled('UPDATE sums SET m = coalesce(n, 1)'), null, 'passes'],
    ['a fill of all rows, by SQLAlchemy', [added, `op.execute(sa.table('sums', sa.column('m')).update().values(m=1))`, required], null, 'passes'],
    ['a fill of some rows, by SQLAlchemy', [added, `sums = sa.table('sums', sa.column('id'), sa.column('m'))`, `op.execute(sums.update().where(sums.c.id == 1).values(m=1))`, required], nulls, 'listed'],
    ['a fill of two new columns', [added, added.replace(`'m'`, `'o'`), ...executed(['UPDATE sums SET m = 1, o = 1 WHERE m IS NULL AND o IS NULL']), required], null, 'passes'],
    ['a fill where another column is missing', filled('UPDATE sums SET m = 1 WHERE m IS NULL AND n IS NULL'), nulls, 'listed'],
    ['a fill from a required column', filled(`UPDATE sums SET m = id + 1`), null, 'passes'],
    ['a fill with CASE', filled(`UPDATE sums SET m = CASE WHEN n > 1 THEN 1 ELSE id END`), null, 'passes'],
    ['a fill with CASE, without ELSE', filled(`UPDATE sums SET m = CASE WHEN n > 1 THEN 1 END`), nulls, 'listed'],
    ['a fill of some rows', filled('UPDATE sums SET m = 1 WHERE id = 1'), nulls, 'listed'],
    ['a fill of the present values', filled('UPDATE sums SET m = 1 WHERE m IS NOT NULL'), nulls, 'listed'],
    ['a fill from another column', filled('UPDATE sums SET m = NULLIF(n, 1)'), nulls, 'listed'],
    ['a fill that is undone', [added, ...executed(['UPDATE sums SET m = 1', 'UPDATE sums SET m = NULL']), required], nulls, 'listed'],
    ['no fill', [added, required], nulls, 'predicted'],
    ['a default', [counted, required], null, 'passes'],
    ['a default of NULL', [added.replace('())', `(), nullable=False, server_default=sa.text('NULL'))`)], nulls, 'predicted'],
    ['a default of NULL in SQL', executed(['ALTER TABLE sums ADD m int NOT NULL DEFAULT NULL']), nulls, 'predicted'],
    ['an equal default', [counted, unique], twice, 'listed'],
    ['an equal default, with an index', [counted, `op.create_index('u', 'sums', ['m'], unique=True)`], twice, 'listed'],
    ['an equal default, beside a column', [counted, unique.replace(`['m']`, `['m', 'n']`)], twice, 'listed'],
    ['no default', [added, unique, key], null, 'passes'],
    ['a default that refers to nothing', [counted, key], orphans, 'listed'],
    ['rows of a new table', [`op.create_table('new', sa.Column('m', sa.Integer()))`, ...executed(['INSERT INTO new VALUES (1), (1)']), unique.replace('sums', 'new')], twice, 'listed'],
    ['a new table without rows', [`op.create_table('new', sa.Column('m', sa.Integer()))`, unique.replace('sums', 'new')], null, 'passes'],
  ])('%s', (_, pending, error, said) => judge(live, pending, error, said)) // prettier-ignore
  const filledFirst = (...lines: readonly string[]): readonly string[] => [
    added,
    ...executed(['UPDATE sums SET m = 1', ...lines]),
    required,
  ]
  const empties =
    "CREATE FUNCTION empties() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE sums SET n = NULL; RETURN NULL; END'"
  const clears =
    "CREATE FUNCTION clears() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n = NULL; RETURN NEW; END'"
  test.each<[name: string, more: readonly string[], pending: readonly string[]]>([
    ['a DO block that undoes a fill', [], filledFirst('DO $$ BEGIN UPDATE sums SET m = NULL; END $$')],
    ['a foreign key that sets NULL', ['INSERT INTO halls VALUES (1)'], [...executed(['ALTER TABLE sums ADD m int DEFAULT 1 REFERENCES halls ON DELETE SET NULL', 'DELETE FROM halls']), required]],
    ["another table's trigger", [empties, 'CREATE TRIGGER t AFTER INSERT ON halls EXECUTE FUNCTION empties()'], executed(['UPDATE sums SET n = 2', 'INSERT INTO halls VALUES (1)', 'ALTER TABLE sums ALTER n SET NOT NULL'])],
    ["the table's own trigger", [clears, 'CREATE TRIGGER t BEFORE UPDATE ON sums FOR EACH ROW EXECUTE FUNCTION clears()'], executed(['UPDATE sums SET n = 2', 'ALTER TABLE sums ALTER n SET NOT NULL'])],
    ['a new trigger', [clears], executed(['CREATE TRIGGER t BEFORE UPDATE ON sums FOR EACH ROW EXECUTE FUNCTION clears()', 'UPDATE sums SET n = 2', 'ALTER TABLE sums ALTER n SET NOT NULL'])],
  ])('%s', (_, more, pending) => judge([...live, ...more], pending, nulls, 'listed')) // prettier-ignore

  test('a table without rows', () => judge(live.slice(0, 1), [counted, unique], null, 'passes'))
})

describe.skipIf(server === null)('options of a table', () => {
  test.each<[options: string, error: RegExp]>([
    [`postgresql_tablespace='fast'`, /tablespace "fast" does not exist/],
    [`postgresql_inherits='base'`, /relation "base" does not exist/],
    [`postgresql_on_commit='DROP'`, /ON COMMIT can only be used on temporary tables/],
  ])('%s', (options, error) =>
    judge([], [`op.create_table('new', sa.Column('m', sa.Integer()), ${options})`], error, 'listed'),
  )
})

describe.skipIf(server === null)('a new required column after a change of rows', () => {
  const column = "op.add_column('sums', sa.Column('n', sa.Integer(), nullable=False))"
  const insert = 'INSERT INTO sums VALUES (1)'
  const sqlite = `sqlite:///${join(judges.folder, 'rows.db')}`
  test.each<[name: string, live: readonly string[], pending: readonly string[], error: RegExp]>([
    ['a new row', [], [insert], /null values|NOT NULL column with default value NULL/],
    [
      'an UPDATE',
      [insert],
      ['UPDATE sums SET id = 2'],
      /null values|NOT NULL column with default value NULL/,
    ],
  ])('%s', async (_, live, pending, error) => {
    for (const url of [judges.database?.url ?? '', sqlite]) {
      const table = executed(['CREATE TABLE sums (id int)', ...live])
      const { report, error: real } = await judgePending(judges, table, [...executed(pending), column], url)
      expect(real).toMatch(error)
      expect(report.verdict).toBe('pass')
      expect(report.prediction?.tried?.unchecked).toHaveLength(1)
    }
  })
})

describe.skipIf(server === null)('a required column that an INSERT leaves out', () => {
  const table = 'CREATE TABLE sums (n int NOT NULL, m int NOT NULL DEFAULT 1, label text)'
  const without = ["INSERT INTO sums (label) VALUES ('a')"]
  const filling = [
    'CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n = 1; RETURN NEW; END $$',
    'CREATE TRIGGER filling BEFORE INSERT ON sums FOR EACH ROW EXECUTE FUNCTION fill()',
  ]
  const lacking = /null value in column "n"/
  test.each<[name: string, live: readonly string[], pending: readonly string[], error: RegExp | null]>([
    ['no value', [table], executed(without), lacking],
    ['one row of two', [table], executed(["INSERT INTO sums (label, n) VALUES ('a', 1), ('b', DEFAULT)"]), lacking],
    ['NULL', [table], executed(['INSERT INTO sums (n) VALUES (NULL)']), lacking],
    ['a short row', [table.replace('n int NOT NULL, ', '').replace(')', ', n int NOT NULL)')], executed(["INSERT INTO sums VALUES (1, 'a')"]), lacking],
    ['DEFAULT VALUES', [table], executed(['INSERT INTO sums DEFAULT VALUES']), lacking],
    ['ON CONFLICT', [table], executed([`${without[0] ?? ''} ON CONFLICT DO NOTHING`]), lacking],
    ['a new column', ['CREATE TABLE sums (label text)'], ["op.add_column('sums', sa.Column('n', sa.Integer(), nullable=False))", ...executed(without)], lacking],
    ['an enum', ["CREATE TYPE kind AS ENUM ('a')", table.replace('n int', 'n kind')], executed(without), lacking],
    ['a value', [table], executed(['INSERT INTO sums (n) VALUES (1)']), null],
    ['no row', [table], executed(["INSERT INTO sums (label) SELECT 'a' WHERE false"]), null],
    ['a sequence', [table.replace('n int', 'n serial')], executed(without), null],
    ['an identity', [table.replace('n int', 'n int GENERATED ALWAYS AS IDENTITY')], executed(without), null],
    ['a generated column', [table.replace('n int', 'n int GENERATED ALWAYS AS (m) STORED')], executed(without), null],
    ['a domain with a default', ['CREATE DOMAIN counter AS int DEFAULT 1', table.replace('n int', 'n counter')], executed(without), null],
    ['a trigger', [table, ...filling], executed(without), null],
    ['a new trigger', [table], executed([...filling, ...without]), null],
    ['a rule', [table, 'CREATE RULE nothing AS ON INSERT TO sums DO INSTEAD NOTHING'], executed(without), null],
    ['a new default', [table], ["op.alter_column('sums', 'n', server_default='1')", ...executed(without)], null],
    ['a column that becomes nullable', [table], [...executed(['ALTER TABLE sums ALTER n DROP NOT NULL']), ...executed(without)], null],
    ['a new primary key', [], ["op.create_table('sums', sa.Column('n', sa.Integer(), primary_key=True), sa.Column('label', sa.Text()))", ...executed(without)], null],
  ])('%s', (_, live, pending, error) => expectVerdict(live, pending, error, judges.database?.url ?? '')) // prettier-ignore

  const batch = (call: string): string => `with op.batch_alter_table('sums') as batch: batch.${call}`
  test.each<[name: string, live: string, pending: readonly string[], error: RegExp | null]>([
    ['no value', table, executed(without), /NOT NULL constraint failed: sums.n/],
    ['a renamed column', table, [batch("alter_column('n', new_column_name='k')"), ...executed(without)], /failed: sums.k/],
    ['ON CONFLICT', table, executed([`${without[0] ?? ''} ON CONFLICT DO NOTHING`]), /failed: sums.n/],
    ['a primary key', 'CREATE TABLE sums (n INTEGER PRIMARY KEY NOT NULL, label text)', executed(without), null],
    ['a clause of the constraint', table.replace('NOT NULL', 'NOT NULL ON CONFLICT IGNORE'), executed(without), null],
    ['a clause of a new column', 'CREATE TABLE other (id int)', ["op.create_table('sums', sa.Column('n', sa.Integer(), nullable=False, sqlite_on_conflict_not_null='IGNORE'), sa.Column('label', sa.Text()))", ...executed(without)], null],
    ['a column that becomes nullable', table, [batch("alter_column('n', nullable=True)"), ...executed(without)], null],
    ['a new default', table, [batch("alter_column('n', server_default='1')"), ...executed(without)], null],
    ['OR IGNORE', table, executed(["INSERT OR IGNORE INTO sums (label) VALUES ('a')"]), null],
  ])('on SQLite: %s', (_, live, pending, error) =>
    expectVerdict([live], pending, error, `sqlite:///${join(judges.folder, 'required.db')}`)) // prettier-ignore

  async function expectVerdict(
    live: readonly string[],
    pending: readonly string[],
    error: RegExp | null,
    url: string,
  ): Promise<void> {
    const { report, error: real } = await judgePending(judges, executed(live), pending, url)
    expect(real).toEqual(error === null ? null : expect.stringMatching(error))
    expect(report.verdict).toBe(error === null ? 'pass' : 'blocked')
  }
})
