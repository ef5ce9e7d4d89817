/** A small history with databases, for testing remedies. */
import { judgeEvidence } from '../../src/core/evidence/applied-revisions.ts'
import type { Operation, Operations } from '../../src/core/history/operation.ts'
import { buildGraph } from '../../src/core/history/revision-graph.ts'
import type { JudgeFacts } from '../../src/core/judge/judge-facts.ts'
import { withPlaceholders } from '../../src/core/lost/plan-placeholder.ts'
import { database, project } from './history.ts'

const span = { path: 'x.py', line: 1, column: 1 }
const makes = (name: string): Operation => ({
  kind: 'createTable',
  table: { schema: null, name },
  columns: [],
  constraints: [],
  indexes: [],
  ifNotExists: false,
  span,
})
const history = { users_1: [], orders_2: ['users_1'], fill_3: ['orders_2'], bills_4: ['fill_3'] }
const operations = new Map<string, Operations>([
  ['users_1', { kind: 'operations', operations: [makes('users')] }],
  ['orders_2', { kind: 'operations', operations: [makes('orders')] }],
  ['fill_3', { kind: 'operations', operations: [{ kind: 'data', span }] }],
  ['bills_4', { kind: 'operations', operations: [makes('bills')] }],
])

/** Returns facts about a database. If `schema` is omitted, the database's schema is unreadable. */
export function judgeFacts(rows: readonly string[], tables: readonly string[], schema = true): JudgeFacts {
  const repository = project(history)
  const graph = buildGraph(repository)
  const state = database(rows)
  const lost = rows.filter((row) => !graph.get(row))
  const known = lost.length > 0 ? rows.filter((row) => graph.get(row)) : []
  const snapshot = {
    dialect: 'postgresql' as const,
    defaultSchema: 'public',
    schemas: ['public'],
    tables: tables.map((name) => ({
      schema: 'public',
      name,
      visible: true,
      columns: [],
      indexes: [],
      constraints: [],
    })),
    enums: [],
  }
  const stamps = { lost, known }
  const evidence = judgeEvidence(withPlaceholders(repository, lost), stamps, operations, snapshot)
  const transactions = { kind: 'unavailable' as const, reason: 'nobody asked' }
  const live = schema
    ? { stamps, schema: snapshot, evidence, operations, operationsOf: () => operations, transactions }
    : null
  return { repository, graph, state, target: 'head', provenance: null, live }
}
