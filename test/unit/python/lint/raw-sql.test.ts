import { describe, expect, test } from 'vitest'
import { findNames } from '../../../../src/python/lint/raw-sql.ts'
import type { RemovedName } from '../../../../src/core/lint/lint-facts.ts'

const span = { path: 'versions/a.py', line: 1, column: 1 }
const users = { table: 'users', column: null, to: 'accounts', span }
const email = { table: 'users', column: 'email', to: 'address', span }

/** Returns `line:column` for each match. */
function placesIn(
  text: string,
  name: RemovedName = users,
  language: 'python' | 'sql' = 'python',
): readonly string[] {
  return findNames(text, language, 'app/db.py', [name]).map(({ span: at }) => `${at.line}:${at.column}`)
}

describe('a table in SQL', () => {
  test.each([
    ['x = "SELECT * FROM users"', ['1:20']],
    ['x = "select id from users where id = 1"', ['1:21']],
    ['x = """\n  SELECT *\n  FROM public.users u\n  JOIN orgs o ON o.id = u.org\n"""', ['3:15']],
    ['x = "SELECT 1 FROM orgs o LEFT JOIN users ON true"', ['1:37']],
    ['x = "SELECT 1 FROM orgs, users u"', ['1:26']],
    ['x = "INSERT INTO users (id) VALUES (1)"', ['1:18']],
    ['x = "UPDATE users SET a = 1"', ['1:13']],
    ['x = "DELETE FROM users"', ['1:18']],
    ['x = "WITH old AS (SELECT id FROM users) SELECT * FROM old"', ['1:34']],
    ['x = (\n  "SELECT * "\n  "FROM users"\n)', ['3:9']],
    ['x = f"SELECT {columns} FROM users WHERE id = {id}"', ['1:29']],
    ['x = "SELECT \\"id\\" FROM \\"users\\""', ['1:26']],
    ['x = "SELECT (SELECT 1 FROM users) FROM orgs"', ['1:28']],
    ['x = "SELECT * FROM (SELECT 1 FROM users) u"', ['1:35']],
  ])('%s', (text, places) => {
    expect(placesIn(text)).toEqual(places)
  })
})

describe('not a table in SQL', () => {
  test.each([
    ['a CTE of that name', 'x = "WITH users AS (SELECT 1) SELECT * FROM users"'],
    ['a recursive CTE with columns', 'x = "WITH RECURSIVE users (id) AS (SELECT 1) SELECT * FROM users"'],
    ['a longer name', 'x = "SELECT * FROM users_old"'],
    ['a name that continues in a field', 'x = f"SELECT * FROM users{suffix}"'],
    ['a name that continues in a placeholder', 'x = "SELECT * FROM users%s" % suffix'],
    ['a schema of that name', 'x = "SELECT * FROM users.logins"'],
    ['a function of that name', 'x = "SELECT * FROM users()"'],
    ['an alias', 'x = "SELECT * FROM accounts users"'],
    ['part of a date', 'x = "SELECT EXTRACT(epoch FROM users) FROM events"'],
    ['a comparison', 'x = "SELECT 1 FROM a WHERE b IS DISTINCT FROM users"'],
    ['a column', 'x = "SELECT users FROM events"'],
    ['a comment in SQL', 'x = "SELECT 1 FROM a -- FROM users"'],
    ['a string in SQL', `x = "SELECT 1 FROM a WHERE b = 'FROM users'"`],
    ['a docstring', 'def f():\n  "SELECT * FROM users"\n'],
    ['a sentence', 'x = "Select the ones to remove from users"'],
    ['a sentence without a statement', 'x = "is removed from users"'],
    ['a comment in Python', '# SELECT * FROM users\n'],
    ['a lock', 'x = "SELECT 1 FROM a FOR UPDATE"'],
  ])('%s', (_, text) => {
    expect(placesIn(text)).toEqual([])
  })
})

describe('a column in SQL', () => {
  test.each([
    ['x = "SELECT email FROM users"', ['1:13']],
    ['x = "SELECT u.email FROM users u JOIN orgs o ON true"', ['1:15']],
    ['x = "SELECT users.email FROM users, orgs"', ['1:19']],
    ['x = "UPDATE users SET email = %(email)s"', ['1:23']],
    ['x = "INSERT INTO users (id, email) VALUES (1, :email)"', ['1:29']],
    ['x = "SELECT email FROM users, orgs"', []],
    ['x = "SELECT o.email FROM users u JOIN orgs o ON true"', []],
    ['x = "SELECT email FROM orgs"', []],
    ['x = "SELECT id AS email FROM users"', []],
    ['x = "SELECT email(1) FROM users"', []],
  ])('%s', (text, places) => {
    expect(placesIn(text, email)).toEqual(places)
  })
})

test("SQL files contain several statements, and tables that they create themselves don't count", () => {
  const text = '-- all\nSELECT * FROM orgs;\nDELETE FROM users\nWHERE id = 1;\nCREATE TABLE users (id int);\n'
  expect(placesIn(text, users, 'sql')).toEqual(['3:13'])
})

test('a broken or non-Python file yields whatever can be read', () => {
  expect(placesIn('x = "SELECT * FROM users"\ny = (')).toEqual(['1:20'])
  expect(placesIn("SELECT 'never ends", users, 'sql')).toEqual([])
})
