import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  hasOption,
  hasSection,
  parseIni,
  readOption,
  readSection,
} from '../../../../src/python/config/configparser.ts'
import { PythonRaise, decodeUtf8 } from '../../../../src/python/source/python-error.ts'

const parse = (text: string) => parseIni(text, { here: '/srv/app', source: "'alembic.ini'" })
const value = (text: string, key = 'a') => readOption(parse(`[alembic]\n${text}`), 'alembic', key)

function failure(read: () => unknown): unknown {
  try {
    read()
  } catch (error) {
    if (error instanceof PythonRaise) return error.error
    throw error
  }
  return null
}

describe('an ini file', () => {
  test.for([
    ['a = 1 # no comment', '1 # no comment'],
    ['a : 1', '1'],
    ['a = "quoted"', '"quoted"'],
    ['A = 1', '1'],
    ['a = 1\n  2\n\n  # left out\n  3', '1\n2\n\n3'],
    ['a =\n b\n c\n', '\nb\nc'],
    ['a = 1\r\n\t2\r\n', '1\n2'],
    ['a = %(here)s/x', '/srv/app/x'],
    ['a = 100%%', '100%'],
    ['a = %(b)s\nb = %(c)s!\nc = deep', 'deep!'],
    ['a = x=y', 'x=y'],
  ] as const)('%j gives %j', ([text, expected]) => {
    expect(value(text)).toBe(expected)
  })

  test("[DEFAULT] is visible in every section but isn't one", () => {
    const ini = parse('[DEFAULT]\na = 1\n[b]\n')
    expect([hasSection(ini, 'DEFAULT'), hasOption(ini, 'b', 'A'), readOption(ini, 'b', 'a')]).toEqual([
      false,
      true,
      '1',
    ])
    expect([hasOption(ini, 'c', 'a'), readOption(ini, 'c', 'a'), readSection(ini, 'c')]).toEqual([
      false,
      null,
      null,
    ])
  })

  test.for([
    [
      'a = 1',
      'MissingSectionHeaderError',
      "File contains no section headers.\nfile: 'alembic.ini', line: 1\n'a = 1'",
    ],
    [
      '\ufeff[a]\n',
      'MissingSectionHeaderError',
      "File contains no section headers.\nfile: 'alembic.ini', line: 1\n'\\ufeff[a]\\n'",
    ],
    [
      '[a]\nb = 1\nB = 2',
      'DuplicateOptionError',
      "While reading from 'alembic.ini' [line  3]: option 'b' in section 'a' already exists",
    ],
    [
      '[a]\n[a]',
      'DuplicateSectionError',
      "While reading from 'alembic.ini' [line  2]: section 'a' already exists",
    ],
    [
      '[a]\njunk\nb',
      'ParsingError',
      "Source contains parsing errors: 'alembic.ini'\n\t[line  2]: 'junk\\n'\n\t[line  3]: 'b'",
    ],
  ] as const)('%j is a %s', ([text, type, message]) => {
    expect(failure(() => parse(text))).toEqual({ type, message })
  })

  test('only the requested option is interpolated', () => {
    const ini = parse('[a]\nbad = 50%\ngood = 1\n')
    expect(readOption(ini, 'a', 'good')).toBe('1')
    expect(failure(() => readOption(ini, 'a', 'bad'))).toMatchObject({ type: 'InterpolationSyntaxError' })
    expect(failure(() => readSection(ini, 'a'))).toMatchObject({ type: 'InterpolationSyntaxError' })
  })

  test('any text is parsed or rejected with a configparser error', () => {
    const characters = fc.constantFrom(
      '[',
      ']',
      '=',
      ':',
      '#',
      ' ',
      '\n',
      '\r',
      '%',
      '(',
      ')',
      's',
      'a',
      'b',
      '\u0085',
    )
    fc.assert(
      fc.property(
        fc.array(characters).map((list) => list.join('')),
        (text) => {
          const refused = failure(() => {
            const ini = parse(`[a]\n${text}`)
            for (const section of ini.sections.keys()) readSection(ini, section)
          })
          expect(refused === null || (refused as { type: string }).type.endsWith('Error')).toBe(true)
        },
      ),
    )
  })

  test('a value that grows without limit is rejected', () => {
    const lines = Array.from({ length: 9 }, (_, i) => `k${i} = ${`%(k${i + 1})s`.repeat(100)}`)
    expect(failure(() => value(`a = %(k0)s\n${lines.join('\n')}\nk9 = x`))).toMatchObject({
      type: 'MemoryError',
    })
  })

  test('megabytes of spaces, percent signs and broken lines are parsed in linear time', () => {
    expect(value(`a = ${'%%'.repeat(500_000)}`)).toHaveLength(500_000)
    expect(failure(() => parse(`[a]\n${' '.repeat(1_000_000)}x\n`))).toMatchObject({ type: 'ParsingError' })
    expect(value(`a = 1\n${' x\n'.repeat(300_000)}`)).toHaveLength(600_001)
  })
})

test("invalid UTF-8 fails with Python's message", () => {
  const bytes = new Uint8Array([0x5b, 0x61, 0x5d, 0xe9, 0x0a])
  const message = "'utf-8' codec can't decode byte 0xe9 in position 3: invalid continuation byte"
  expect(failure(() => decodeUtf8(bytes))).toEqual({ type: 'UnicodeDecodeError', message })
})
