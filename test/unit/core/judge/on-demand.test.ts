/** Migrations and evidence must be read only when a finding needs them. */
import { expect, test } from 'vitest'
import type { LiveEvidence } from '../../../../src/core/evidence/applied-revisions.ts'
import { diagnose } from '../../../../src/core/diagnosis/diagnose.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import { predictUpgrade } from '../../../../src/core/upgrade/predict-upgrade.ts'
import { databasePositionOf } from '../../../../src/core/upgrade/database-position.ts'
import { fallbackRule, rules } from '../../../../src/rules/index.ts'
import { objectionToMerge } from '../../../../src/core/judge/judge-files.ts'
import { upgradeAfter } from '../../../../src/core/judge/judge-upgrade.ts'
import { judgeFacts } from '../../../support/judge-facts.ts'
import { database, project } from '../../../support/history.ts'

test('two heads need the operations of the pending migrations alone, once', () => {
  const repository = project({ a: [], b: ['a'], c: ['a'] })
  const graph = buildGraph(repository)
  const state = database(['b'], {}, 'sqlite')
  const prediction = predictUpgrade(repository, graph, state, 'head')
  const asked: (readonly string[])[] = []
  const untrusted: LiveEvidence = {
    stamps: { lost: [], known: [] },
    schema: { dialect: 'sqlite', defaultSchema: null, schemas: [], tables: [], enums: [] },
    get evidence(): never {
      throw new Error('the whole history was compared')
    },
    get operations(): never {
      throw new Error('every migration was read')
    },
    operationsOf: (revisions) => {
      asked.push(revisions)
      return new Map()
    },
    transactions: { kind: 'unavailable', reason: 'SQLite' },
  }
  const standing = databasePositionOf(graph, state, prediction)
  const facts = { repository, graph, target: 'head', database: { state, prediction, standing, untrusted } }
  const { findings, crashes } = diagnose(facts, rules, fallbackRule, { strict: false, ignore: [] })
  expect(crashes).toEqual([])
  expect(findings.map(({ code }) => code)).toContain('AG105')
  expect(asked).toEqual([['c', '000000000000']])
})

test('a merge that two findings ask about is judged once', () => {
  const facts = judgeFacts(['users_1'], ['users', 'orders'])
  const objection = objectionToMerge(facts, ['bills_4'])
  expect(objection?.failure?.kind).toBe('exists')
  expect(objectionToMerge(facts, ['bills_4'])).toBe(objection)
})

test('remedies that leave the same revisions pending share a dry run', () => {
  const { repository, graph, state, live, target } = judgeFacts(['lost'], ['users'])
  const rows = { ...state, versions: [{ kind: 'text' as const, value: 'users_1' }] }
  let reads = 0
  const counted = live && {
    ...live,
    operationsOf: (revisions: readonly string[]) => {
      reads += 1
      return live.operationsOf(revisions)
    },
  }
  const first = upgradeAfter({ target, live: counted }, repository, graph, rows)
  expect(upgradeAfter({ target, live: counted }, repository, graph, rows)).toEqual(first)
  expect(reads).toBe(1)
})
