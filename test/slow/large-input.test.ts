/**
 * Tests file parsers with megabytes of hostile input. They must run in linear time and must not overflow the
 * stack.
 */
import { describe, expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../src/adapters/database/database-url.ts'
import { parseIni } from '../../src/python/config/configparser.ts'
import { readMigration } from '../../src/python/header/read-migration.ts'
import { readOperations } from '../../src/python/operations/read-operations.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('large input takes linear time', () => {
  const large: readonly (readonly [string, string])[] = [
    ['a line of 10 MB', `x = '${'a'.repeat(10_000_000)}'\n`],
    ['a line of a million names', `x = ${'a + '.repeat(1_000_000)}a\n`],
    ['100,000 open brackets', `x = ${'['.repeat(100_000)}\n`],
    ['100,000 nested brackets', `x = ${'('.repeat(100_000)}${')'.repeat(100_000)}\n`],
    ['a string of 1 MB with escapes', `revision = '${'\\n'.repeat(500_000)}'\n`],
    ['200,000 lines', 'x = 1\n'.repeat(200_000)],
    [
      '100,000 indents',
      Array.from({ length: 3000 }, (_nothing, depth) => `${' '.repeat(depth)}if x:`).join('\n'),
    ],
    ['an unclosed 5 MB string', `x = """${'a\n'.repeat(2_500_000)}`],
    ['a million decorators', '@'.repeat(1_000_000)],
    ['nested formatted strings', `x = ${`f"{`.repeat(5000)}`],
  ]
  test.each(large)('%s', { timeout: 20_000 }, (_, text) => {
    readMigration(bytesOf(text), 'a.py')
    readOperations(bytesOf(text.slice(0, 2_000_000)), 'a.py', 'postgresql')
  })
  test('a 5 MB ini file, a 1 MB URL', { timeout: 20_000 }, () => {
    parseIni(`[alembic]\n${'a = b\n'.repeat(1)}x = ${'%%'.repeat(2_500_000)}\n`, {
      here: '/h',
      source: "'alembic.ini'",
    })
    expect(() => parseDatabaseUrl(`postgresql://${'a@'.repeat(500_000)}`)).not.toThrow(RangeError)
  })
})
