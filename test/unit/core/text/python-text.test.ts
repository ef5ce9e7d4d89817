import { expect, test } from 'vitest'
import {
  comparePythonText,
  moduleNameOf,
  pythonLength,
  pythonRepr,
} from '../../../../src/core/text/python-text.ts'

test.each([
  ["it's", `"it's"`],
  [`both ' and "`, `'both \\' and "'`],
  ['a\\b\n\t', `'a\\\\b\\n\\t'`],
  ['é 漢', `'é 漢'`],
  ['\u0000\u00a0\u200b', `'\\x00\\xa0\\u200b'`],
  ['\u{e0001}', `'\\U000e0001'`],
])('repr of %j', (text, expected) => {
  expect(pythonRepr(text)).toBe(expected)
})

test('length and order use code points', () => {
  expect([
    pythonLength('a😀'),
    comparePythonText('\uffff', '😀') < 0,
    comparePythonText('a', 'ab') < 0,
  ]).toEqual([2, true, true])
})

test.each([
  ['versions/1.py', '1_py'],
  ['2024-01-01 x!.py', '2024_01_01_x__py'],
  ['é_ü.py', 'é_ü_py'],
])('module name of %s', (path, expected) => {
  expect(moduleNameOf(path)).toBe(expected)
})
