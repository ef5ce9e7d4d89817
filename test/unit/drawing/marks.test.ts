import { expect, test } from 'vitest'
import type { LiveEvidence, Silence } from '../../../src/core/evidence/applied-revisions.ts'
import type { DatabaseFacts } from '../../../src/core/diagnosis/rule.ts'
import { emptyDatabase } from '../../../src/core/history/database-state.ts'
import { buildGraph } from '../../../src/core/history/revision-graph.ts'
import { databasePositionOf } from '../../../src/core/upgrade/database-position.ts'
import { predictUpgrade } from '../../../src/core/upgrade/predict-upgrade.ts'
import { markGraph } from '../../../src/drawing/marks.ts'
import { silence } from '../../../src/rules/phrases/schema-evidence.ts'
import { database as stamped, project } from '../../support/history.ts'

/** Returns how a revision is marked, given this evidence. */
function evidenceOf(why: Silence | null, effects: number, present: number) {
  return markWith(why, effects, present, { kind: 'proven', applied: new Set(), unless: [], counted: null })
    ?.evidence
}

function markWith(
  why: Silence | null,
  effects: number,
  present: number,
  cut: LiveEvidence['evidence']['cut'],
  state = emptyDatabase('sqlite'),
) {
  const repository = project({ a1: [] })
  const graph = buildGraph(repository)
  const prediction = predictUpgrade(repository, graph, state, 'head')
  const revision = {
    id: 'a1',
    state: 'unknown',
    effects,
    present,
    missing: [],
    there: [],
    silence: why,
  } as const
  const live: LiveEvidence = {
    stamps: { lost: ['lost'], known: [] },
    schema: { dialect: 'sqlite', defaultSchema: null, schemas: [], tables: [], enums: [] },
    evidence: {
      revisions: new Map([['a1', revision]]),
      cut,
    },
    operations: new Map(),
    operationsOf: () => new Map(),
    transactions: { kind: 'unavailable', reason: 'SQLite keeps none' },
  }
  const database: DatabaseFacts = {
    state,
    prediction,
    standing: databasePositionOf(graph, state, prediction),
    live,
  }
  return markGraph({ graph, database }, [], silence).revisions[0]
}

test('the evidence for a revision is explained', () => {
  expect(evidenceOf({ kind: 'rows' }, 0, 0)).toBe('unknown: it only changes data')
  expect(evidenceOf({ kind: 'opaque', reason: 'a loop' }, 0, 0)).toBe(
    "unknown: part of it can't be read: a loop",
  )
  expect(evidenceOf(null, 3, 2)).toBe('unknown (2 of 3 effects present)')
})

test('if a row is lost, the live schema decides what is applied and what is unknown', () => {
  const stateOf = (cut: LiveEvidence['evidence']['cut']) =>
    markWith(null, 1, 1, cut, stamped(['lost']))?.state
  const sets = { candidates: [], more: false, deciding: [] }
  expect(stateOf({ kind: 'proven', applied: new Set(['a1']), unless: [], counted: null })).toBe('applied')
  expect(stateOf({ kind: 'proven', applied: new Set(), unless: [], counted: null })).toBe('pending')
  expect(stateOf({ kind: 'several', ...sets, applied: new Set(['a1']), absent: new Set() })).toBe('applied')
  expect(stateOf({ kind: 'several', ...sets, applied: new Set(), absent: new Set(['a1']) })).toBe('pending')
  expect(stateOf({ kind: 'several', ...sets, applied: new Set(), absent: new Set() })).toBe('unknown')
  expect(stateOf({ kind: 'contradiction', where: [] })).toBe('unknown')
})
