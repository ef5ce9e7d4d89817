import { expect, test } from 'vitest'
import { clippedText, textWidth } from '../../../../src/core/text/text-width.ts'
import { aligned, clipped, wrap, linesAt } from '../../../../src/report/text/layout.ts'

test.each([
  ['plain', 5],
  ['\u2018curly\u2019 \u201cquotes\u201d \u2014 \u2026', 20],
  ['\u041f\u0440\u0438\u0432\u0435\u0442', 6],
  ['caf\u00e9', 4],
  ['cafe\u0301', 4],
  ['\u5730\u96f7', 4],
  ['\uff76\uff9e', 2],
  ['\u{1f4a3}', 2],
  ['a\u200bb', 2],
])('%s takes %i columns', (text, columns) => {
  expect(textWidth(text)).toBe(columns)
})

test('truncated text fits, and no character is split', () => {
  expect(clippedText('reservations', 8, '...')).toBe('reser...')
  expect(clippedText('\u5730\u96f7\u5730\u96f7', 6, '\u2026')).toBe('\u5730\u96f7\u2026')
  expect(clipped('\u{1f4a3}'.repeat(9), 10)).toBe(`${'\u{1f4a3}'.repeat(3)}...`)
  expect(clippedText('fits', 4, '...')).toBe('fits')
})

test('lines are wrapped and columns aligned by display width, not by length', () => {
  expect(wrap('\u5730\u96f7 \u5730\u96f7 ab', 9)).toEqual(['\u5730\u96f7 \u5730\u96f7', 'ab'])
  expect(wrap('one-word-that-is-too-long b', 5)).toEqual(['one-word-that-is-too-long', 'b'])
  expect(wrap('', 5)).toEqual([''])
  const rows = aligned(
    [
      ['\u5730', 'x'],
      ['abc', 'y'],
    ],
    ' ',
  )
  expect(linesAt(rows, 80)).toEqual([' \u5730    x', ' abc   y'])
})
