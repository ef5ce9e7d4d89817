/** AG432 must report exactly the statements that take an ACCESS EXCLUSIVE lock. */
import { describe, expect, test } from 'vitest'
import { exampleMigration, firstTables } from '../../src/rules/examples/example-migrations.ts'
import AG432 from '../../src/rules/lint/AG432-no-lock-timeout.ts'
import { lintOf } from '../support/lint-example.ts'
import { lintRunning } from '../support/lint-run.ts'

const { found, run } = await lintRunning()

const sql = (text: string): string => `op.execute(${JSON.stringify(text)})`

const everyRow = 'BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()'
const afterEveryRow = everyRow.replace('BEFORE', 'AFTER')

/** Objects used by the statements below. */
const objects = exampleMigration(
  'b2',
  'a1',
  [
    "op.create_index('ix', 'users', ['name'])",
    "op.create_check_constraint('short', 'users', 'length(name) < 90')",
    sql('ALTER TABLE users ADD CONSTRAINT late CHECK (id > 0) NOT VALID'),
    sql('CREATE TABLE logs (id integer)'),
    sql('CREATE TABLE parts (LIKE users) PARTITION BY RANGE (id)'),
    sql('CREATE TABLE more (LIKE users)'),
    sql(
      'CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    ),
  ],
  ['pass'],
)

/** Steps that take an ACCESS EXCLUSIVE lock on `users`. */
const strong = [
  "op.add_column('users', sa.Column('plan', sa.Text()))",
  "op.drop_column('users', 'name')",
  "op.alter_column('users', 'name', new_column_name='nick')",
  "op.alter_column('users', 'name', server_default='x')",
  "op.alter_column('users', 'name', nullable=False)",
  "op.alter_column('users', 'name', type_=sa.Text())",
  "op.create_unique_constraint('one', 'users', ['name'])",
  "op.create_check_constraint('long', 'users', 'length(name) > 1')",
  "op.drop_constraint('short', 'users')",
  "op.rename_table('users', 'people')",
  "op.drop_table('users')",
  sql('ALTER TABLE users RENAME CONSTRAINT short TO brief'),
  "op.drop_index('ix', 'users')",
  "op.drop_index('ix')",
  "op.drop_index('ix', table_name='users', if_exists=True)",
  sql('DROP INDEX ix'),
  sql('DROP INDEX IF EXISTS public.ix'),
  sql('TRUNCATE users'),
  sql('TRUNCATE TABLE ONLY users RESTART IDENTITY'),
  sql('TRUNCATE logs, users'),
  sql('DELETE FROM logs; TRUNCATE TABLE users CASCADE'),
  "op.execute(sa.text('truncate table public.users'))",
  sql('ALTER TABLE users ENABLE ROW LEVEL SECURITY'),
  sql('ALTER TABLE users OWNER TO CURRENT_USER'),
  sql('LOCK TABLE users'),
  sql('LOCK logs, users IN ACCESS EXCLUSIVE MODE'),
  sql('ALTER TABLE IF EXISTS ONLY users SET UNLOGGED'),
  sql('ALTER TABLE users SET SCHEMA public'),
  sql('ALTER TABLE users REPLICA IDENTITY FULL'),
  sql('DROP TRIGGER IF EXISTS touch ON users'),
  sql('ALTER TABLE parts ATTACH PARTITION users FOR VALUES FROM (0) TO (99)'),
  sql('ALTER TABLE ONLY public.parts ATTACH PARTITION public.users DEFAULT'),
]

/** Steps that take a weaker lock on `users`, or no lock at all. */
const weak = [
  "op.create_index('other', 'users', ['name'])",
  "op.create_foreign_key('fk', 'users', 'orgs', ['org_id'], ['id'])",
  "op.create_table('t', sa.Column('id', sa.Integer(), sa.ForeignKey('users.id')))",
  sql('ALTER TABLE users VALIDATE CONSTRAINT late'),
  sql('ALTER TABLE users ALTER COLUMN name SET STATISTICS 500'),
  sql('ALTER TABLE users SET (fillfactor = 80)'),
  sql("COMMENT ON TABLE users IS 'TRUNCATE users'"),
  sql('ALTER INDEX ix RENAME TO ix2'),
  sql('REINDEX TABLE users'),
  sql('DELETE FROM users'),
  sql("UPDATE users SET name = 'TRUNCATE users'"),
  sql("INSERT INTO users SELECT 9, id, 'x' FROM orgs"),
  sql('SELECT count(*) FROM users'),
  sql('LOCK TABLE users IN SHARE MODE'),
  sql('ALTER TABLE users DISABLE TRIGGER touch'),
  sql('CREATE VIEW v AS SELECT * FROM users'),
  sql(`CREATE TRIGGER more ${everyRow}`),
  sql(`CREATE CONSTRAINT TRIGGER more ${afterEveryRow}`),
  sql(`CREATE TRIGGER parts BEFORE TRUNCATE ON users EXECUTE FUNCTION suppress_redundant_updates_trigger()`),
]

async function both(line: string, on = 'users'): Promise<readonly [locked: boolean, reported: boolean]> {
  const files = {
    'a1.py': firstTables,
    'b2.py': objects,
    'c3.py': exampleMigration('c3', 'b2', [line], ['pass']),
  }
  const { error, steps } = await run({ files, start: 'b2', upgrade: 'head' })
  expect(error).toBe(null)
  const locked = steps.some(({ locks }) =>
    locks.some(([table, mode]) => table === on && mode === 'AccessExclusiveLock'),
  )
  const { findings } = await lintOf({ files }, [AG432])
  const reported = findings.some(
    ({ code, message }) => code === 'AG432' && (on === 'users' || message.includes(` on ${on},`)),
  )
  return [locked, reported]
}

describe.skipIf(!found)('AG432', () => {
  test.each(strong)('reports the lock of %s', async (line) => {
    expect(await both(line)).toEqual([true, true])
  })

  test.each(weak)("doesn't report %s, which takes a weaker lock", async (line) => {
    expect(await both(line)).toEqual([false, false])
  })

  test("reports the attached partition, not the partitioned table's weaker lock", async () => {
    const line = sql('ALTER TABLE parts ATTACH PARTITION more FOR VALUES FROM (0) TO (99)')
    expect(await both(line, 'more')).toEqual([true, true])
    expect(await both(line, 'parts')).toEqual([false, false])
  })
})
