/** Tests how migrations are compared with the live schema. */
import { expect, test } from 'vitest'
import { comparedObjects, compareSchema } from '../../../../src/core/evidence/schema-comparison.ts'
import type { Operation, Operations } from '../../../../src/core/history/operation.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import { withPlaceholders } from '../../../../src/core/lost/plan-placeholder.ts'
import type { SchemaSnapshot } from '../../../../src/core/schema/schema-snapshot.ts'
import { stepsOf } from '../../../support/counted-steps.ts'
import { project } from '../../../support/history.ts'
import { readUpgrade } from '../../../../src/python/operations/read-operations.ts'

const schema: SchemaSnapshot = {
  dialect: 'postgresql',
  defaultSchema: 'public',
  schemas: ['public'],
  tables: [],
  enums: [],
}

function operationsOf(upgrades: Readonly<Record<string, string>>): ReadonlyMap<string, Operations> {
  return new Map(
    Object.entries(upgrades).map(([id, line]) => {
      const text = `from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    ${line}\n`
      return [id, readUpgrade(new TextEncoder().encode(text), `${id}.py`, 'postgresql')]
    }),
  )
}

const upgrades = {
  a: "op.create_table('t', sa.Column('x', sa.Integer()), sa.Column('y', sa.Integer()))",
  b: "op.alter_column('t', 'x', new_column_name='z')",
  c: "op.rename_table('t', 'u')",
  d: "op.alter_column('u', 'z', nullable=False)",
}
const history = project({ a: [], b: ['a'], c: ['b'], d: ['c'] })

test('properties are tracked for altered columns, through renames, and for no others', () => {
  const { objects } = compareSchema(buildGraph(history), [], operationsOf(upgrades), schema)
  const properties = objects.filter(({ kind }) => kind === 'property')
  expect(properties.map(({ key, touches }) => [key, ...touches.map(({ after }) => after)])).toEqual([
    ['nullable u.z', 'true', 'false'],
  ])
})

test('graphs with and without a lost revision share one comparison', () => {
  const operations = operationsOf(upgrades)
  const first = compareSchema(withPlaceholders(history, ['lost']), ['lost'], operations, schema)
  expect(compareSchema(buildGraph(history), [], operations, schema)).toBe(first)
})

test('another schema, other files and a lost parent are compared anew', () => {
  const operations = operationsOf(upgrades)
  const first = compareSchema(buildGraph(history), [], operations, schema)
  const other = project({ a: [], b: ['a'], c: ['b'], d: ['b'] })
  expect(compareSchema(buildGraph(other), [], operations, schema)).not.toBe(first)
  const again = compareSchema(buildGraph(history), [], operations, schema)
  expect(compareSchema(buildGraph(history), [], operations, { ...schema })).not.toBe(again)
  const orphan = project({ a: [], b: ['a'], c: ['lost'], d: ['c'] })
  const completed = withPlaceholders(orphan, ['lost'])
  const known = compareSchema(completed, ['lost'], operations, schema)
  expect(compareSchema(completed, ['lost'], operations, schema)).not.toBe(known)
})

test('the objects of the latest comparison are reused, even if a file refers to a lost revision', () => {
  const operations = operationsOf(upgrades)
  const orphan = project({ a: [], b: ['a'], c: ['lost'], d: ['c'] })
  const { objects } = compareSchema(withPlaceholders(orphan, ['lost']), ['lost'], operations, schema)
  expect(comparedObjects(buildGraph(orphan), operations, schema)).toBe(objects)
  expect(comparedObjects(buildGraph(orphan), operations, { ...schema })).not.toBe(objects)
})

test('unreadable steps are dropped only from the certain constraints', () => {
  const opaque: Operation = {
    kind: 'opaque',
    reason: 'a call',
    source: '',
    touches: null,
    span: { path: 'b.py', line: 1, column: 1 },
  }
  const read = operationsOf(upgrades)
  const operations = new Map(read).set('b', { kind: 'operations', operations: [opaque] })
  const { constraints, certain } = compareSchema(
    withPlaceholders(history, ['lost']),
    ['lost'],
    operations,
    schema,
  )
  const last = (list: typeof constraints) =>
    list.find(({ object }) => object.key === 'table t')?.object.touches.map(({ revision }) => revision)
  expect([last(constraints), last(certain())]).toEqual([
    ['a', 'b', 'c'],
    ['a', 'c'],
  ])
})

const columns = Array.from({ length: 50 }, (_nothing, index) => `sa.Column('c${index}', sa.Integer())`)

/**
 * Returns how many steps it takes to compare a migration that creates `t` and then runs other operations.
 */
function stepsWith(others: readonly string[]): number {
  const operations = operationsOf({
    a: [`op.create_table('t', ${columns.join(', ')})`, ...others].join('; '),
  })
  const graph = buildGraph(project({ a: [] }))
  return stepsOf(() => void compareSchema(graph, [], operations, schema))
}

test('columns that no migration alters take fewer steps', () => {
  const altered = columns.map((_column, index) => `op.alter_column('u', 'c${index}', nullable=False)`)
  const others = columns.map((_column, index) => `op.alter_column('u', 'd${index}', nullable=False)`)
  expect(stepsWith(others)).toBeLessThan(0.9 * stepsWith(altered))
})

test('tables from which no migration drops anything take fewer steps', () => {
  const shrunk = stepsWith(["op.drop_column('t', 'gone')"])
  expect(stepsWith(["op.drop_column('u', 'gone')"])).toBeLessThan(0.9 * shrunk)
})
