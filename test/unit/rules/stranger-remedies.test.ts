/** Tests version rows from other applications, recognized by tables that don't appear in any migration. */
import { expect, test } from 'vitest'
import type { Facts } from '../../../src/core/diagnosis/rule.ts'
import type { TransactionEvidence } from '../../../src/core/schema/schema-snapshot.ts'
import { strangerOf } from '../../../src/rules/remedies/stranger-remedies.ts'
import { judgeFacts } from '../../support/judge-facts.ts'

function facts(
  rows: readonly string[],
  tables: readonly string[],
  transactions?: TransactionEvidence,
): Facts {
  const { repository, graph, state, live } = judgeFacts(rows, tables)
  return {
    repository,
    graph,
    target: 'head',
    database: { state, live: live && { ...live, ...(transactions && { transactions }) } },
  } as unknown as Facts
}

const madeBy = (version: string, name: string): TransactionEvidence => ({
  kind: 'available',
  rows: [{ version, made: [{ kind: 'table', schema: 'public', name, table: null }] }],
})

test("none of our tables, but other ones: another application's database", () => {
  const stranger = strangerOf(facts(['zz'], ['posts', 'comments']), 'zz')
  expect(stranger?.message).toMatch(
    /none of these migrations' tables, but it does have 2 other tables: posts and comments/,
  )
  expect(stranger?.remedies.map(({ kind }) => kind)).toEqual(['advice', 'edit'])
  expect(stranger?.notAdvised).toContain('placeholder')
})

test("a row next to ours whose transaction created another application's table: a shared version table", () => {
  const shared = facts(['orders_2', 'zz'], ['users', 'orders', 'posts'], madeBy('zz', 'posts'))
  expect(strangerOf(shared, 'zz')?.message).toContain('posts')
  expect(strangerOf(shared, 'zz')?.notAdvised).toContain('the other application would lose its row')
  // A row alone proves nothing. Neither does a row whose transaction created one of our tables.
  expect(strangerOf(facts(['zz'], ['users', 'posts'], madeBy('zz', 'posts')), 'zz')).toBeNull()
  expect(
    strangerOf(facts(['orders_2', 'zz'], ['users', 'orders', 'posts'], madeBy('zz', 'users')), 'zz'),
  ).toBeNull()
})

test("another application's table next to our row is no reason to doubt the row", () => {
  const beside = ['users', 'orders', 'posts']
  expect(strangerOf(facts(['zz'], beside), 'zz')).toBeNull()
  expect(strangerOf(facts(['zz'], beside, madeBy('zz', 'orders')), 'zz')).toBeNull()
  // Each application has its own row. Our row's transaction created our table.
  expect(strangerOf(facts(['zz', 'theirs'], beside, madeBy('zz', 'orders')), 'zz')).toBeNull()
})

test.each([
  ['only our tables', ['zz'], ['users', 'orders']],
  ['an empty database', ['zz'], []],
] as const)("%s doesn't belong to another application", (_, rows, tables) => {
  expect(strangerOf(facts(rows, tables), 'zz')).toBeNull()
})

test("a row that a file references as its parent doesn't belong to another application", () => {
  expect(strangerOf(facts(['users_1'], ['posts']), 'users_1')).toBeNull()
})
