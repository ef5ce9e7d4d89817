/** The source line of a finding, with carets under what is meant, whatever characters are on the line. */
import { expect, test } from 'vitest'
import { sourceLines } from '../../../../src/report/text/lint-source.ts'
import { textWidth } from '../../../../src/core/text/text-width.ts'
import { finding } from '../../../support/report.ts'

/** The text above the carets, by the columns that a terminal gives it. */
function underlined(sourceLine: string, column: number, endColumn: number): string {
  const [above = '', below = ''] = sourceLines(
    finding({
      location: { path: 'a.py', line: 7, column },
      end: { line: 7, column: endColumn },
      sourceLine,
    }),
  )
  const from = below.indexOf('^')
  const to = below.lastIndexOf('^') + 1
  let at = 0
  let text = ''
  for (const character of above) {
    if (at >= from && at < to) text += character
    at += textWidth(character)
  }
  return text
}

test.each([
  ["    op.drop_table('guests')", 5, 18, 'op.drop_table'],
  ["    f('\u5730\u96f7', x)", 13, 14, 'x'],
  ["    f('\u5730\u96f7', x)", 8, 10, '\u5730\u96f7'],
  ["    f('\u201cquoted\u201d', x)", 19, 20, 'x'],
  ["\tf('\u{1f4a3}', x)", 9, 10, 'x'],
])('of %j, columns %i to %i underline %j', (line, from, to, text) => {
  expect(underlined(line, from, to)).toBe(text)
})

test('a long line is cut, and what lies beyond has no carets', () => {
  const [line, ...carets] = sourceLines(
    finding({
      location: { path: 'a.py', line: 7, column: 90 },
      end: { line: 7, column: 95 },
      sourceLine: 'x'.repeat(100),
    }),
  )
  expect(line).toMatch(/x\.\.\.$/)
  expect(textWidth(line ?? '')).toBeLessThanOrEqual(72)
  expect(carets).toEqual([])
})

test('without the line at hand nothing is shown', () => {
  expect(sourceLines(finding())).toEqual([])
})
