/** Tests which positions are proposed and accepted for a lost revision in a small history. */
import { describe, expect, test } from 'vitest'
import { command } from '../../../../src/core/findings/finding.ts'
import type { JudgeFacts } from '../../../../src/core/judge/judge-facts.ts'
import { judgePlaceholder } from '../../../../src/core/judge/judge-files.ts'
import { judgedRemedies } from '../../../../src/core/judge/judge-remedy.ts'
import { candidateRows, changeTo, judgePosition, judgeRows } from '../../../../src/core/judge/judge-rows.ts'
import { schemaOwnership } from '../../../../src/core/judge/schema-ownership.ts'
import { missingToDecide } from '../../../../src/rules/phrases/undecided.ts'
import { judgeFacts as facts } from '../../../support/judge-facts.ts'

const rowsOf = (judge: JudgeFacts): readonly (readonly string[])[] =>
  candidateRows(judge).map(({ rows }) => rows)
const kindOf = (judge: JudgeFacts, from: string, to: string): string => {
  const judged = judgeRows(judge, changeTo([from], [to]))
  return judged.kind === 'accepted' ? 'accepted' : judged.objection.kind
}

describe('rows', () => {
  test('only the position that the schema proves is proposed and accepted', () => {
    const judge = facts(['bills_4'], ['users'])
    expect(rowsOf(judge)).toEqual([['users_1']])
    expect(kindOf(judge, 'bills_4', 'users_1')).toBe('accepted')
    expect(kindOf(judge, 'bills_4', 'orders_2')).toBe('refused')
  })

  test('if a migration only changes rows, both positions are proposed, and it is named', () => {
    const judge = facts(['users_1'], ['users', 'orders'])
    expect(candidateRows(judge).map(({ rows, undecided }) => [rows, undecided])).toEqual([
      [['orders_2'], []],
      [['fill_3'], ['fill_3']],
    ])
    expect(missingToDecide(judge)).toContain('fill_3')
  })

  test('a position that skips or repeats something is refused', () => {
    const judge = facts(['orders_2'], ['users', 'orders'])
    expect(kindOf(judge, 'orders_2', 'bills_4')).toBe('refused')
    expect(kindOf(judge, 'orders_2', 'users_1')).toBe('refused')
    expect(judgePosition(judge, ['bills_4']).kind).toBe('refused')
  })

  test('a schema that matches no position has no candidate, and the reason is named', () => {
    const judge = facts(['bills_4'], ['users', 'bills'])
    expect(rowsOf(judge)).toEqual([])
    expect(missingToDecide(judge)).toMatch(
      /table bills exists, although everything else shows that bills_4 isn't applied/,
    )
  })

  test('a row that another one implies can be removed, whatever the schema contains', () => {
    const judge = facts(['orders_2', 'users_1'], ['legacy'])
    const change = { changed: [], removed: ['users_1'], added: [] }
    expect(judgeRows(judge, change).kind).toBe('accepted')
  })

  test('nothing is proposed without the schema', () => {
    const judge = facts(['bills_4'], [], false)
    expect(rowsOf(judge)).toEqual([])
    expect(kindOf(judge, 'bills_4', 'users_1')).toBe('refused')
    expect(missingToDecide(judge)).toContain("couldn't be read")
  })
})

describe('placeholders', () => {
  const after = (judge: JudgeFacts, place: string | null): readonly string[] => {
    const judged = judgePlaceholder(judge, ['lost_9'], place)
    return judged.kind === 'judged' ? judged.objections.map(({ kind }) => kind) : [judged.reason.kind]
  }

  test('are accepted at the position that the schema leaves', () => {
    expect(after(facts(['lost_9'], ['users']), null)).toEqual([])
  })

  test("aren't accepted at a given position that skips or repeats migrations", () => {
    const judge = facts(['lost_9'], ['users', 'orders', 'bills'])
    expect(after(judge, 'users_1')).toEqual(['early'])
    expect(after(facts(['lost_9'], ['users']), 'bills_4')).toEqual(['late'])
    expect(after(facts(['lost_9'], ['users', 'orders']), 'fill_3')).toEqual([])
  })

  test("aren't accepted at a given position if the schema couldn't be read", () => {
    expect(after(facts(['lost_9'], [], false), 'users_1')).toEqual(['unreadSchema'])
  })
})

test('refused remedies are removed, the most certain come first, and having none left is reported', () => {
  const judge = facts(['bills_4'], ['users'])
  const restamp = (to: string) => {
    const change = changeTo(['bills_4'], [to])
    return command(to, ['alembic-guard', 'restamp'], 'database', 'proven', { kind: 'restamp', change })
  }
  const look = command('look', ['alembic-guard', 'explain'], 'nothing', 'unsure')
  const kept = judgedRemedies(judge, [look, restamp('orders_2'), restamp('users_1')])
  expect(kept.remedies.map(({ title }) => title)).toEqual(['users_1', 'look'])
  expect(kept.undecided).toBe(false)
  expect(judgedRemedies(judge, [look, restamp('orders_2')])).toEqual({ remedies: [look], undecided: true })
  expect(judgedRemedies(null, [restamp('orders_2')]).remedies).toHaveLength(1)
})

test('tables that no migration mentions belong to other applications', () => {
  const { graph, live } = facts(['lost_9'], ['users', 'experiments', 'alembic_version'])
  expect(live && schemaOwnership(graph, 'alembic_version', live)).toEqual({
    ours: ['users'],
    others: ['experiments'],
    columns: [],
  })
})
