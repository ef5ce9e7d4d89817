/** The last fence before anything is printed or written. */
import { expect, test } from 'vitest'
import { withoutCredentials } from '../../../../src/commands/shell/redact.ts'

test('user and password are cut out of whatever looks like a URL', () => {
  expect(withoutCredentials('postgres://u:secret@h/db and POSTGRESQL+psycopg2://u:s%40x@h')).toBe(
    'postgres://...@h/db and POSTGRESQL+psycopg2://...@h',
  )
  expect(withoutCredentials("postgres://h/db a@b 'x://' @")).toBe("postgres://h/db a@b 'x://' @")
})

test('a long word takes no longer than it is', () => {
  const word = 'x'.repeat(2_000_000)
  expect(withoutCredentials(`${word}://u:secret@h`)).toBe(`${word}://...@h`)
})
