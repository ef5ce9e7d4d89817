/** Runs the lint rules' examples with Alembic. The bad examples must fail as predicted. */
import { describe, expect, test } from 'vitest'
import type { LintRule } from '../../src/core/lint/lint-rule.ts'
import { exampleMigration, firstTables } from '../../src/rules/examples/example-migrations.ts'
import AG411 from '../../src/rules/lint/AG411-renamed-table-still-named.ts'
import AG412 from '../../src/rules/lint/AG412-table-order.ts'
import AG414 from '../../src/rules/lint/AG414-autogenerate-left-as-is.ts'
import AG416 from '../../src/rules/lint/AG416-revision-id-too-long.ts'
import AG420 from '../../src/rules/lint/AG420-index-not-concurrent.ts'
import AG421 from '../../src/rules/lint/AG421-required-column-without-default.ts'
import { lintOf } from '../support/lint-example.ts'
import { type LintRequest, type LintRun, lintRunning } from '../support/lint-run.ts'

const { found, run } = await lintRunning()

const rows = ['INSERT INTO orgs VALUES (1)', "INSERT INTO users VALUES (1, 1, 'Ann')"]

async function both(rule: LintRule, request: Omit<LintRequest, 'files'>): Promise<readonly LintRun[]> {
  const { bad, good } = rule.examples
  return [await run({ files: bad.files, ...request }), await run({ files: good.files, ...request })]
}

/** Returns the codes of lint's findings in the last of these files. */
async function codesIn(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return (await lintOf({ files })).findings.map(({ code }) => code)
}

describe.skipIf(!found)('predicted failures happen', () => {
  test('AG411: raw SQL with the old name fails after the rename, and works with the new name', async () => {
    const { files } = AG411.examples.bad
    const sql = (from: string): string => `SELECT count(*) FROM ${from} WHERE org_id = 1`
    const old = await run({ files, start: 'b2', rows: [sql('users')] })
    expect(old.error).toMatch(/UndefinedTable.* relation "users" does not exist/)
    expect((await run({ files, start: 'b2', rows: [sql('people')] })).error).toBe(null)
  })

  test('AG412: a foreign key to a table that is created later', async () => {
    const [bad, good] = await both(AG412, { upgrade: 'head' })
    expect(bad?.error).toMatch(/UndefinedTable.*relation "orgs" does not exist/)
    expect(good?.error).toBe(null)
  })

  test('AG412: a table that is dropped before the tables that reference it', async () => {
    const create = ["op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True))"]
    create.push("op.create_table('b', sa.Column('a_id', sa.Integer(), sa.ForeignKey('a.id')))")
    const drops = ["op.drop_table('b')", "op.drop_table('a')"]
    const bad = { 'a1.py': exampleMigration('a1', null, create, drops.toReversed()) }
    const good = { 'a1.py': exampleMigration('a1', null, create, drops) }
    expect(await codesIn(bad)).toContain('AG412')
    expect(await codesIn(good)).not.toContain('AG412')
    const failed = await run({ files: bad, start: 'head', downgrade: 'base' })
    expect(failed.error).toMatch(/DependentObjectsStillExist.*cannot drop table a because/)
    expect((await run({ files: good, start: 'head', downgrade: 'base' })).error).toBe(null)
  })

  test('AG412: a table that an earlier migration dropped', async () => {
    const add = [
      "op.add_column('users', sa.Column('o', sa.Integer(), sa.ForeignKey('orgs.id'), nullable=True))",
    ]
    const files = {
      'a1.py': firstTables,
      'b2.py': exampleMigration('b2', 'a1', ["op.drop_table('orgs')"], ['pass']),
      'c3.py': exampleMigration('c3', 'b2', add, ["op.drop_column('users', 'o')"]),
    }
    expect(await codesIn(files)).toContain('AG412')
    const failed = await run({ files, upgrade: 'head' })
    expect(failed.error).toMatch(/UndefinedTable.*relation "orgs" does not exist/)
  })

  test('AG412: two tables that reference each other, with the foreign key added last', async () => {
    const a =
      "op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('b', sa.Integer()"
    const b =
      "op.create_table('b', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('a', sa.Integer(), sa.ForeignKey('a.id')))"
    const drop = [
      "op.drop_constraint('a_b', 'a', type_='foreignkey')",
      "op.drop_table('b')",
      "op.drop_table('a')",
    ]
    const bad = { 'a1.py': exampleMigration('a1', null, [`${a}, sa.ForeignKey('b.id')))`, b], drop) }
    const last = "op.create_foreign_key('a_b', 'a', 'b', ['b'], ['id'])"
    const good = { 'a1.py': exampleMigration('a1', null, [`${a}))`, b, last], drop) }
    expect(await codesIn(bad)).toContain('AG412')
    expect(await codesIn(good)).not.toContain('AG412')
    expect((await run({ files: bad, upgrade: 'head' })).error).toMatch(/UndefinedTable/)
    expect((await run({ files: good, start: 'head', downgrade: 'base' })).error).toBe(null)
  })

  test("AG414: an unnamed constraint can't be dropped, not even in a batch", async () => {
    const unique = ["op.create_unique_constraint('one_name', 'users', ['name'])"]
    const named = ["op.drop_constraint('one_name', 'users', type_='unique')"]
    const batch = [
      "with op.batch_alter_table('users') as batch:",
      "    batch.drop_constraint(None, type_='unique')",
    ]
    for (const nameless of [["op.drop_constraint(None, 'users', type_='unique')"], batch]) {
      const files = { 'a1.py': firstTables, 'b2.py': exampleMigration('b2', 'a1', unique, nameless) }
      expect(await codesIn(files)).toContain(AG414.code)
      const failed = await run({ files, start: 'head', downgrade: 'a1' })
      expect(failed.error).toMatch(/CompileError: Can't emit DROP CONSTRAINT/)
    }
    const files = { 'a1.py': firstTables, 'b2.py': exampleMigration('b2', 'a1', unique, named) }
    expect((await run({ files, start: 'head', downgrade: 'a1' })).error).toBe(null)
  })

  test('AG416: an id that is too long fails when Alembic writes it', async () => {
    const [bad, good] = await both(AG416, { start: 'a1', upgrade: 'head' })
    expect(bad?.error).toMatch(/StringDataRightTruncation.*character varying\(32\)/)
    expect(good?.error).toBe(null)
  })

  test('AG420: CONCURRENTLY fails inside the transaction and works in an autocommit_block', async () => {
    const index = "op.create_index('i', 'users', ['name'], postgresql_concurrently=True)"
    const files = {
      'a1.py': firstTables,
      'b2.py': exampleMigration('b2', 'a1', [index], ["op.drop_index('i')"]),
    }
    expect(await codesIn(files)).toContain('AG420')
    const failed = await run({ files, upgrade: 'head' })
    expect(failed.error).toMatch(
      /ActiveSqlTransaction.*CREATE INDEX CONCURRENTLY cannot run inside a transaction block/,
    )
    expect((await run({ files: AG420.examples.good.files, start: 'head', downgrade: 'a1' })).error).toBe(null)
  })

  test('AG421: rows without a value make it fail, a server default provides one', async () => {
    const [bad, good] = await both(AG421, { start: 'a1', rows, upgrade: 'head' })
    expect(bad?.error).toMatch(/NotNullViolation.*column "plan" of relation "users" contains null values/)
    expect(good?.error).toBe(null)
    const empty = await run({ files: AG421.examples.bad.files, upgrade: 'head' })
    expect(empty.error).toBe(null)
  })
})
