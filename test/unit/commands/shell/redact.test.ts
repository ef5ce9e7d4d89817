/** Tests the final filter, which removes secrets from all output. */
import { expect, test } from 'vitest'
import { usageMessage, withoutCredentials } from '../../../../src/commands/shell/redact.ts'

test('user and password are removed from anything that looks like a URL', () => {
  expect(withoutCredentials('postgres://u:secret@h/db and POSTGRESQL+psycopg2://u:s%40x@h')).toBe(
    'postgres://...@h/db and POSTGRESQL+psycopg2://...@h',
  )
  expect(withoutCredentials("postgres://h/db a@b 'x://' @")).toBe("postgres://h/db a@b 'x://' @")
})

test('a long word takes linear time', () => {
  const word = 'x'.repeat(2_000_000)
  expect(withoutCredentials(`${word}://u:secret@h`)).toBe(`${word}://...@h`)
})

test.each([
  ['postgresql://u:p/w@h/db', 'postgresql://...@h/db'],
  ["postgresql+asyncpg://u:p'w@p@h/db", 'postgresql+asyncpg://...@h/db'],
  // One slash instead of two.
  ['postgresql:/u:pw@h/db', 'postgresql:/...@h/db'],
  [
    'postgresql://h/db?user=u&password=s3cret&sslmode=require',
    'postgresql://h/db?user=u&password=...&sslmode=require',
  ],
  ["host=h password='a b' user=u", 'host=h password=... user=u'],
])('every form of a password is removed: %s', (given, safe) => {
  expect(withoutCredentials(given)).toBe(safe)
  // The filtered JSON must remain valid.
  expect(JSON.parse(withoutCredentials(JSON.stringify({ a: given, b: '@' })))).toEqual({ a: safe, b: '@' })
})

test("a quote in a password doesn't end it in JSON", () => {
  const text = JSON.stringify({ a: 'postgresql://u:p"w@h/db', b: 'c@d' })
  expect(JSON.parse(withoutCredentials(text))).toEqual({ a: 'postgresql://...@h/db', b: 'c@d' })
})

test('usage errors name the mistake, but nothing that might be a secret', () => {
  expect(usageMessage('Unknown arguments: nonsense, postgresql://u:p w@h/db')).toBe(
    'Unknown arguments: nonsense, (not shown: 23 characters)',
  )
  expect(usageMessage('Unknown argument: host=h password=x')).toMatch(
    /^Unknown argument: \(not shown: \d+ characters\)$/,
  )
  expect(usageMessage('Invalid values:\n  Argument: format, Given: "a:b@c", Choices: "human", "json"')).toBe(
    'Invalid values:\n  Argument: format, Given: "(not shown: 5 characters)", Choices: "human", "json"',
  )
  expect(usageMessage('Unknown argument: --fromat')).toBe('Unknown argument: --fromat')
})
