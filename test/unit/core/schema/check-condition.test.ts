/** Tests CHECK conditions as people write them and as PostgreSQL prints them. */
import { expect, test } from 'vitest'
import type { Constant } from '../../../../src/core/history/operation.ts'
import { conditionSql, evaluate, parseCondition } from '../../../../src/core/schema/check-condition.ts'

const of = (text: string, row: Readonly<Record<string, Constant>>): Constant | undefined => {
  const condition = parseCondition(text)
  if (condition === null) throw new Error(`not parsed: ${text}`)
  const again = parseCondition(conditionSql(condition))
  expect(again && evaluate(again, (name) => row[name])).toBe(evaluate(condition, (name) => row[name]))
  return evaluate(condition, (name) => row[name])
}

test.each<readonly [text: string, row: Readonly<Record<string, Constant>>, result: Constant | undefined]>([
  ["state IN ('a', 'b')", { state: 'a' }, true],
  ["state IN ('a', 'b')", { state: 'c' }, false],
  ["state IN ('a', 'b')", { state: null }, null],
  ["state IN ('a', 'b')", {}, undefined],
  ["state NOT IN ('a', NULL)", { state: 'c' }, null],
  [
    "CHECK (((state)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[])))",
    { state: 'c' },
    false,
  ],
  [
    "CHECK (((state)::text <> ALL ((ARRAY['a'::character varying])::text[]))) NOT VALID",
    { state: 'a' },
    false,
  ],
  ['CHECK (((size >= 0) AND (size <= 10)))', { size: 11 }, false],
  ['CHECK (((size >= 0) AND (size <= 10)))', { size: 10 }, true],
  ['CHECK ((price > (0)::numeric))', { price: 0 }, false],
  ['size BETWEEN -3 AND 3 OR label IS NOT NULL', { size: 4, label: null }, false],
  ['size BETWEEN -3 AND 3 OR label IS NOT NULL', { size: 4 }, undefined],
  ['CHECK ((char_length((name)::text) > 3))', { name: 'abc' }, false],
  ['(a IS NULL) <> (b IS NULL)', { a: null, b: null }, false],
  ['"Odd" != 1', { Odd: 1 }, false],
  ["state < 'b'", { state: 'a' }, undefined],
  ['NOT done', { done: true }, false],
  ["size = 'a'", { size: 1 }, undefined],
])('%s for %j is %s', (text, row, result) => {
  expect(of(text, row)).toBe(result)
})

test.each([
  'lower(a) = a',
  "a ~ '^x'",
  "a LIKE 'x%'",
  'a + 1 > 2',
  "a = E'x'",
  "a = 'b\\'",
  'a =',
  '5',
  'constructor(a)',
  'a IN (b)',
  'a::date > 1',
  'a = 1) OR (b = 2',
])('%s is in another form', (text) => {
  expect(parseCondition(text)).toBeNull()
})
