import { expect, test } from 'vitest'
import { rowsWritten } from '../../../../../src/python/operations/sql/row-statements.ts'
import { cursorOf, tokensOfSql } from '../../../../../src/python/operations/sql/tokens.ts'

test.each<[string, string | null]>([
  ['DELETE FROM a', 'delete a: '],
  ['DELETE FROM ONLY App."Users" USING b WHERE c = 1', 'delete app.Users: '],
  ['INSERT INTO a VALUES (1)', 'insert a: '],
  ['INSERT INTO a AS x (b, "C", d[1]) VALUES (1, 2, 3)', 'insert a: b,C'],
  ['INSERT INTO a (SELECT b, c FROM d)', 'insert a: '],
  ['INSERT INTO a SELECT 1 ON CONFLICT (b) DO UPDATE SET c = 1', 'insert a: '],
  ['UPDATE a SET b = 1, c = (SELECT d, e FROM f) WHERE g = 2, h', 'update a: b,c'],
  ['UPDATE a x SET (b, c) = (1, 2), d.e = 3, f[1] = 4', 'update a: b,c'],
  ['UPDATE a AS x SET b = f(c, d) FROM e', 'update a: b'],
  ['UPDATE a SET b = 1 WHERE c IN (1, 2) AND d = 3', 'update a: b'],
  ['UPDATE a', null],
  ['INSERT OR IGNORE INTO a (b) VALUES (1)', null],
  ['TRUNCATE a', null],
  ['DELETE FROM a.b.c', null],
])('%s', (sql, expected) => {
  const written = rowsWritten(cursorOf(tokensOfSql(sql) ?? [], sql))
  const shown =
    written &&
    `${written.statement} ${written.table.schema === null ? '' : `${written.table.schema}.`}${written.table.name}: ${written.columns.join()}`
  expect(shown).toBe(expected)
})
