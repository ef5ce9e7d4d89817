import { expect, test } from 'vitest'
import { allOrders, exploreOrders } from '../../../../src/core/upgrade/set-orders.ts'

test('every combination of orders is tried once, the given one first', () => {
  const { results, complete } = exploreOrders(
    (orders) => `${orders.arrange('x', ['a', 'b']).join('')}${orders.arrange('y', [1, 2, 3]).join('')}`,
    100,
  )
  expect([results[0], new Set(results).size, results.length, complete]).toEqual(['ab123', 12, 12, true])
})

test('a key has the same order throughout a run', () => {
  const { results } = exploreOrders(
    (orders) => orders.arrange('x', [1, 2]).join() === orders.arrange('x', [1, 2]).join(),
    100,
  )
  expect(results).toEqual([true, true])
})

test('a choice that only one branch makes is only explored there', () => {
  const { results } = exploreOrders((orders) => {
    const [first] = orders.arrange('x', [1, 2])
    return first === 1 ? 'one' : orders.arrange('y', ['p', 'q']).join('')
  }, 100)
  expect(results).toEqual(['one', 'pq', 'qp'])
})

test("it reports that it couldn't try all", () => {
  const many = exploreOrders((orders) => orders.arrange('x', [1, 2, 3, 4]), 5)
  const large = exploreOrders((orders) => orders.arrange('x', [1, 2, 3, 4, 5]), 100)
  expect([many.results.length, many.complete, large.results.length, large.complete]).toEqual([
    5,
    false,
    5,
    false,
  ])
})

test('there are six orders of three', () => {
  expect(new Set(allOrders([1, 2, 3]).map(String)).size).toBe(6)
})
