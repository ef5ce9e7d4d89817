/** Tests that bytes are decoded as in Python, with the same errors as CPython 3.11. */
import { describe, expect, test } from 'vitest'
import { decodeSource } from '../../../../src/python/source/decode-source.ts'
import { readMigration } from '../../../../src/python/header/read-migration.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** Returns the file's docstring, or the error. */
function told(text: string): string | null {
  const { doc, raises, unreadable } = readMigration(bytes(text), 'a.py')
  return raises?.error.message ?? unreadable?.reason ?? doc
}

describe('text', () => {
  test.each([
    ['a byte order mark', '\xef\xbb\xbf"""caf\xc3\xa9"""', 'café'],
    ['a byte order mark and a cookie', '\xef\xbb\xbf# coding: utf8\n"""\xc3\xa9"""', 'é'],
    ['latin-1', '# -*- coding: latin-1 -*-\n"""caf\xe9\x93"""', 'café\x93'],
    [
      'a cookie on the second line',
      '#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\n"""\xa4"""',
      '€',
    ],
    ['a cookie after a blank line', '\n# coding: cp1252\n"""\x80"""', '€'],
    ['Cyrillic', '# coding: windows-1251\n"""\xe4"""', 'д'],
    ['a cookie on the third line is a comment', '#\n#\n# coding: latin-1\n"""\xc3\xa9"""', 'é'],
    ['CRLF', '"""a\r\nb"""\r\n', 'a\nb'],
    ['CR', '"""a\rb"""\r', 'a\nb'],
    ['invalid UTF-8 in a comment', '# caf\xe9\n"""caf\xc3\xa9"""', 'café'],
  ])('%s', (_, source, doc) => {
    expect(told(source)).toBe(doc)
  })
})

describe('bytes that Python rejects', () => {
  const utf8 = "(unicode error) 'utf-8' codec can't decode"
  test.each([
    ['"""caf\xe9"""', `${utf8} byte 0xe9 in position 3: unexpected end of data`],
    ['x="caf\xe9 abc"', `${utf8} byte 0xe9 in position 3: invalid continuation byte`],
    ['x="\xff"', `${utf8} byte 0xff in position 0: invalid start byte`],
    ['x="a\xe2\x82z"', `${utf8} bytes in position 1-2: invalid continuation byte`],
    ['x="\xed\xa0\x80"', `${utf8} byte 0xed in position 0: invalid continuation byte`],
    ['caf\xe9=1', `${utf8} byte 0xe9 in position 3: unexpected end of data`],
    [
      '# coding: ascii\nx="\xff"',
      "'ascii' codec can't decode byte 0xff in position 19: ordinal not in range(128)",
    ],
    [
      '#coding: cp1251\ny="\x98"',
      "'charmap' codec can't decode byte 0x98 in position 19: character maps to <undefined>",
    ],
    ['\xef\xbb\xbf# coding: latin-1\nx=1', 'encoding problem: iso-8859-1 with BOM'],
    ['x=1\0', 'source code string cannot contain null bytes'],
  ])('%j', (source, message) => {
    expect(told(source)).toBe(message)
  })
})

test('an unsupported encoding is unknown, not an error', () => {
  expect(decodeSource(bytes('# coding: shift_jis\nx=1'))).toEqual({
    kind: 'unknown',
    reason: "the encoding shift-jis isn't supported",
  })
})
