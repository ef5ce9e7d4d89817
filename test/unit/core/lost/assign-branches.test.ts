import { expect, test } from 'vitest'
import type { LiveEvidence } from '../../../../src/core/evidence/applied-revisions.ts'
import { assignBranches } from '../../../../src/core/lost/assign-branches.ts'
import { positionAfter } from '../../../../src/core/lost/plan-placeholder.ts'
import type { Operation, Operations } from '../../../../src/core/history/operation.ts'
import type { SchemaSnapshot, TransactionEvidence } from '../../../../src/core/schema/schema-snapshot.ts'
import { type Line, graphOf } from '../../../support/history.ts'

const span = { path: 'a.py', line: 1, column: 1 }
const table = (name: string) => ({ schema: 'public', name })
const create = (name: string): Operation => ({
  kind: 'createTable',
  table: table(name),
  columns: [],
  constraints: [],
  indexes: [],
  ifNotExists: false,
  span,
})
const drop = (name: string): Operation => ({
  kind: 'dropTable',
  table: table(name),
  ifExists: false,
  cascade: false,
  span,
})

const schema: SchemaSnapshot = {
  dialect: 'postgresql',
  defaultSchema: 'public',
  schemas: ['public'],
  enums: [],
  tables: [],
}

/**
 * After `a`, branch `b` creates guests and branch `c` creates rooms. Each lost revision came after the tip of one of
 * these branches.
 */
function divided(
  made: Readonly<Record<string, readonly string[]>>,
  followers: Readonly<Record<string, { line: Line; steps: readonly Operation[] }>> = {},
) {
  const lines: Record<string, Line> = { a: [], b: ['a'], c: ['a'], lost1: [], lost2: [] }
  const operations = new Map<string, Operations>([
    ['a', { kind: 'operations', operations: [create('shared')] }],
    ['b', { kind: 'operations', operations: [create('guests')] }],
    ['c', { kind: 'operations', operations: [create('rooms')] }],
  ])
  for (const [id, { line, steps }] of Object.entries(followers)) {
    lines[id] = line
    operations.set(id, { kind: 'operations', operations: steps })
  }
  const transactions: TransactionEvidence = {
    kind: 'available',
    rows: Object.entries(made).map(([version, tables]) => ({
      version,
      made: tables.map((owner) => ({
        kind: 'column' as const,
        schema: 'public',
        name: 'note',
        table: owner,
      })),
    })),
  }
  const live: LiveEvidence = {
    stamps: { lost: ['lost1', 'lost2'], known: [] },
    schema,
    evidence: { revisions: new Map(), cut: { kind: 'contradiction', where: [] } },
    operations,
    operationsOf: () => operations,
    transactions,
  }
  const graph = graphOf(lines)
  const result = assignBranches(graph, ['lost1', 'lost2'], positionAfter(graph, ['b', 'c'], []), live)
  if (result.kind === 'unknown') return { silent: result.silent }
  return Object.fromEntries(result.places.map(({ lost, place }) => [place.parents.join(), lost]))
}

test('a lost revision is assigned to the branch that created the table that its transaction changed', () => {
  expect(divided({ lost1: ['rooms'], lost2: ['guests'] })).toEqual({ b: ['lost2'], c: ['lost1'] })
})

test('or to the branch of the table that the only revision after it needs', () => {
  const next = { n: { line: ['lost2'] satisfies Line, steps: [drop('guests')] } }
  expect(divided({ lost1: ['rooms'] }, next)).toEqual({ b: ['lost2'], c: ['lost1'] })
})

test('a revision that creates its own table, or follows two others, proves nothing', () => {
  const itself = { n: { line: ['lost2'] satisfies Line, steps: [create('guests'), drop('guests')] } }
  expect(divided({ lost1: ['rooms'] }, itself)).toEqual({ silent: ['lost2'] })
  const merge = { n: { line: ['lost2', 'c'] satisfies Line, steps: [drop('guests')] } }
  expect(divided({ lost1: ['rooms'] }, merge)).toEqual({ silent: ['lost2'] })
})

test('tables of both branches, of all, or of none prove nothing', () => {
  expect(divided({ lost1: ['rooms', 'guests'], lost2: ['guests'] })).toEqual({ silent: ['lost1'] })
  expect(divided({ lost1: ['shared'], lost2: ['guests'] })).toEqual({ silent: ['lost1'] })
  expect(divided({ lost1: ['by_hand'], lost2: ['guests'] })).toEqual({ silent: ['lost1'] })
})

test('a branch that would get none makes both unknown', () => {
  expect(divided({ lost1: ['rooms'], lost2: ['rooms', 'rooms'] })).toEqual({ silent: ['lost1', 'lost2'] })
})

test("two rows of one transaction can't be told apart", () => {
  expect(divided({ lost1: ['rooms'], lost2: ['rooms'] })).toEqual({ silent: ['lost1', 'lost2'] })
})
