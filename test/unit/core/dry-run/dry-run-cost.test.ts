/** Counts collection accesses instead of measuring time, which depends on the machine. */
import { afterEach, expect, test, vi } from 'vitest'
import { pendingNames } from '../../../../src/core/dry-run/referenced-names.ts'
import { dryRunUpgrade } from '../../../../src/core/dry-run/dry-run.ts'
import type { SchemaSnapshot, TableSnapshot } from '../../../../src/core/schema/schema-snapshot.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

afterEach(() => vi.restoreAllMocks())

function tableOf(number: number): TableSnapshot {
  const column = (name: string) => ({ name, type: 'text', nullable: true, serverDefault: null })
  return {
    schema: 'public',
    name: `t${number}`,
    visible: true,
    columns: ['id', 'a', 'b', 'c'].map(column),
    indexes: [
      { name: `t${number}_pkey`, unique: true, definition: null, columns: ['id'] },
      { name: `ix_${number}`, unique: false, definition: null, columns: ['a'] },
    ],
    constraints: [{ name: `t${number}_pkey`, kind: 'primaryKey', definition: null, columns: ['id'] }],
  }
}

const schemaOf = (tables: number): SchemaSnapshot => ({
  dialect: 'postgresql',
  defaultSchema: 'public',
  schemas: ['public'],
  tables: Array.from({ length: tables }, (_, index) => tableOf(index + 1)),
  enums: [],
  surroundings: {
    relations: Array.from({ length: tables }, (_, index) => ({
      kind: 'sequence' as const,
      schema: 'public',
      name: `s${index}`,
      table: null,
    })),
    types: [],
    access: [],
    createSchemas: true,
    pathSetting: ['public'],
  },
})

/** Returns how many elements `work` reads from maps and sets. */
function stepsOf(work: () => void): number {
  const iterators: readonly Iterator<unknown>[] = [new Map().values(), new Set().values()]
  const spies = iterators.map((iterator) => {
    const prototype: Iterator<unknown> = Object.getPrototypeOf(iterator)
    return vi.spyOn(prototype, 'next')
  })
  work()
  const steps = spies.map((spy) => spy.mock.calls.length)
  vi.restoreAllMocks()
  return steps.reduce((sum, each) => sum + each, 0)
}

test.each([
  ['columns are dropped', (n: number) => `op.drop_column('t${n}', 'a')`],
  ['columns are renamed', (n: number) => `op.alter_column('t${n}', 'b', new_column_name='d')`],
  ['tables are dropped', (n: number) => `op.drop_table('t${n}')`],
  [
    'tables are created',
    (n: number) => `op.create_table('n${n}', sa.Column('id', sa.Integer(), primary_key=True))`,
  ],
  ['indexes are dropped', (n: number) => `op.drop_index('ix_${n}', 't${n}')`],
  ['foreign keys are added', (n: number) => `op.create_foreign_key('fk${n}', 't${n}', 't1', ['a'], ['a'])`],
  ['tables get unknown changes', (n: number) => `op.execute('ALTER TABLE t${n} ATTACH PARTITION x DEFAULT')`],
])('twice as many operations on twice as many tables take twice as long where %s', (_what, operation) => {
  const cost = (count: number): number => {
    const lines = Array.from({ length: count }, (_, index) => `    ${operation(index + 1)}\n`)
    const source = `import sqlalchemy as sa\nfrom alembic import op\ndef upgrade():\n${lines.join('')}`
    const steps = readOperations(new TextEncoder().encode(source), 'a.py', 'postgresql').upgrade
    const operations = new Map([['a', steps]])
    const start = { schema: schemaOf(count), searchPath: ['public'], newVersionTable: null }
    expect(steps.kind).toBe('operations')
    return stepsOf(() => {
      pendingNames(['a'], operations)
      dryRunUpgrade(['a'], operations, start)
    })
  }
  const few = cost(200)
  expect(few).toBeGreaterThan(200)
  expect(cost(400) / few).toBeLessThan(2.3)
})
