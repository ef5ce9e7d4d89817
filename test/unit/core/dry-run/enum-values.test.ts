/** Tests enum values that pending migrations add and use, other limits of transactions, and writes to system catalogs. */
import { expect, test } from 'vitest'
import { type DryRun, dryRunUpgrade } from '../../../../src/core/dry-run/dry-run.ts'
import type { EnvEffects } from '../../../../src/core/history/env-effects.ts'
import type { SchemaSnapshot } from '../../../../src/core/schema/schema-snapshot.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

const column = (name: string, type: string) => ({ name, type, nullable: true, serverDefault: null })
const seats = {
  schema: 'public',
  name: 'seats',
  visible: true,
  columns: [column('id', 'integer'), column('state', 'state'), column('note', 'text')],
  indexes: [],
  constraints: [],
}
const live: SchemaSnapshot = {
  dialect: 'postgresql',
  defaultSchema: 'public',
  schemas: ['public'],
  tables: [seats],
  enums: [{ schema: 'public', name: 'state', visible: true, values: ['open'], owned: true }],
}

/** Dry-runs one revision per `upgrade()` body. */
function tried(
  transactions: EnvEffects['transactions'],
  schema: SchemaSnapshot,
  ...bodies: readonly (readonly string[])[]
): DryRun {
  const read = bodies.map((lines, index) => {
    const source = `import sqlalchemy as sa\nfrom alembic import op\ndef upgrade():\n${lines.map((line) => `    ${line}`).join('\n')}\n`
    const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py', 'postgresql')
    return [`r${index + 1}`, upgrade] as const
  })
  const env = { operations: [], doubts: [], ...(transactions && { transactions }) }
  const start = { schema, searchPath: ['public'], newVersionTable: null, env }
  return dryRunUpgrade(
    read.map(([id]) => id),
    new Map(read),
    start,
  )
}

const add = `op.execute("ALTER TYPE state ADD VALUE 'paid'")`
const use = `op.execute("UPDATE seats SET state = 'paid'")`
const unsafe = { failure: { error: { message: expect.stringContaining('unsafe use of new value "paid"') } } }
const open = (run: DryRun): readonly string[] => run.unchecked.map(({ reason }) => reason.kind)

test("a later migration in the same transaction can't use the value either", () => {
  expect(tried(undefined, live, [add], [use])).toMatchObject({ ...unsafe, failure: { revision: 'r2' } })
  expect(tried('each', live, [add], [use])).toMatchObject({ failure: null, unchecked: [] })
  expect(tried('each', live, [add, use])).toMatchObject(unsafe)
})

test('a savepoint after the COMMIT of an earlier migration needs a rehearsal', () => {
  const commit = [`op.execute('COMMIT')`]
  const nested = ['with op.get_bind().begin_nested():', '    pass']
  expect(tried(undefined, live, commit, nested)).toMatchObject({
    failure: null,
    unchecked: [{ revision: 'r2', reason: { kind: 'unmodelled', what: 'transaction' } }],
  })
  expect(tried('unknown', live, commit, nested).unchecked).toHaveLength(1)
  for (const transactions of [undefined, 'each', 'unknown'] as const)
    expect(tried(transactions, live, nested, commit)).toMatchObject({ operations: 2, unchecked: [] })
  expect(tried('each', live, commit, nested)).toMatchObject({ failure: null, unchecked: [] })
})

test('if env.py may enable autocommit, only a rehearsal can tell', () => {
  const run = tried('unknown', live, [add, use])
  expect(run.failure).toBeNull()
  expect(open(run)).toEqual(['uncertain'])
})

test('a migration that may commit makes it uncertain', () => {
  for (const commit of [
    `op.get_bind().commit()`,
    `op.execute('COMMIT')`,
    `op.execute(open(__file__).read())`,
  ]) {
    const run = tried(undefined, live, [add, commit, use])
    expect(run.failure, commit).toBeNull()
    expect(open(run), commit).toContain('uncertain')
  }
})

test('a statement with unknown text makes it uncertain if its table uses the type', () => {
  const insert = (columns: string): string =>
    `op.bulk_insert(sa.table('seats', ${columns}), [{'id': 1, 'note': 'a', 'state': 'paid'}])`
  const run = tried(undefined, live, [add, insert(`sa.column('id'), sa.column('state')`)])
  expect(run.failure).toBeNull()
  expect(open(run)).toEqual(['uncertain'])
  const others = {
    ...live,
    tables: [{ ...seats, columns: [column('id', 'integer'), column('note', 'text')] }],
  }
  expect(open(tried(undefined, others, [add, insert(`sa.column('id'), sa.column('note')`)]))).toEqual([])
})

test('a value of a type created in the same transaction is uncertain: it depends on the server release', () => {
  const run = tried(undefined, { ...live, enums: [], tables: [] }, [
    `op.execute("CREATE TYPE state AS ENUM ('open')")`,
    add,
    `op.execute("CREATE TABLE t (state state DEFAULT 'paid')")`,
  ])
  expect(run.failure).toBeNull()
  expect(open(run)).toEqual(['uncertain'])
})

test("superuser writes to a system catalog aren't checked, and neither is what depends on them", () => {
  const write = `op.execute("UPDATE pg_catalog.pg_attribute SET atttypmod = 516 WHERE attname = 'note'")`
  const run = tried(undefined, live, [write, `op.drop_column('seats', 'gone')`])
  expect(run.failure).toBeNull()
  expect(run.unchecked.map(({ reason }) => reason)).toEqual([
    { kind: 'catalog', table: 'pg_attribute' },
    { kind: 'uncertain' },
  ])
  const read = `op.execute("SELECT attname FROM pg_attribute")`
  expect(tried(undefined, live, [read]).unchecked).toEqual([])
  expect(tried(undefined, live, [`op.execute("UPDATE pg_settings SET setting = 'x'")`]).failure).toBeNull()
})
