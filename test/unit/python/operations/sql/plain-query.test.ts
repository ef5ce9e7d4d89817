import { expect, test } from 'vitest'
import { readPlainQuery } from '../../../../../src/python/operations/sql/plain-query.ts'

/** Returns the tables without which the query has no rows; null if it may have rows nevertheless. */
function told(sql: string): string | null {
  const query = readPlainQuery(sql)
  return query && `${query.counts ? '#' : ''}${query.relations.map(({ name }) => name).join()}`
}

test.each([
  ['SELECT id, lower(name) AS n FROM seats WHERE id = :id ORDER BY id LIMIT 1', 'seats'],
  ['SELECT * FROM seats s JOIN halls h ON (s.hall = h.id) WHERE now() > s.at', 'seats,halls'],
  ['SELECT * FROM seats LEFT JOIN halls USING (id);', 'seats,halls'],
  ['SELECT id FROM seats WHERE hall IN (SELECT max(id) FROM halls)', 'seats,halls'],
  ['SELECT count(*) FROM seats', '#seats'],
  ['SELECT COUNT(DISTINCT id) AS n FROM seats', '#seats'],
  ['SELECT max(id) FROM seats', null],
  ['SELECT count(*), max(id) FROM seats', null],
  ['SELECT count(*) + 1 FROM seats', null],
  ['SELECT count(*) FROM seats GROUP BY id', null],
  ['SELECT count(*) FROM seats OFFSET 1', null],
  ['SELECT (SELECT count(*) FROM halls) FROM seats', null],
  ['SELECT * FROM (SELECT count(*) FROM seats) x', null],
  ['SELECT * FROM seats, (SELECT count(*) FROM halls) x', null],
  ['SELECT * FROM generate_series(1, 2) x LEFT JOIN seats ON true', null],
  ['SELECT id FROM seats UNION SELECT 1', null],
  ['SELECT 1 FROM seats HAVING true', null],
  ['WITH x AS (SELECT 1) SELECT * FROM x', null],
  ['SELECT id INTO other FROM seats', null],
  ['SELECT 1', null],
  ['SELECT id FROM seats; SELECT 1', null],
  ['DELETE FROM seats', null],
])('%s', (sql, expected) => {
  expect(told(sql)).toBe(expected)
})
