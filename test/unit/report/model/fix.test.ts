/** Tests how a fix's offsets are converted to lines and columns. */
import { expect, test } from 'vitest'
import { placedEdits } from '../../../../src/report/model/fix.ts'

test('columns count code points, lines start at 1', () => {
  const text = 'a = 1\n\u{1f4a3}x = 2\n'
  const start = text.indexOf('2')
  const edits = [
    { path: 'a.py', start, end: start + 2, text: '3' },
    { path: 'a.py', start: 0, end: 0, text: '#' },
  ]
  expect(placedEdits(edits, () => text)).toEqual([
    { path: 'a.py', line: 2, column: 6, endLine: 3, endColumn: 1, text: '3' },
    { path: 'a.py', line: 1, column: 1, endLine: 1, endColumn: 1, text: '#' },
  ])
})

test('an incomplete fix is omitted', () => {
  const edits = [
    { path: 'a.py', start: 0, end: 1, text: '' },
    { path: 'b.py', start: 0, end: 1, text: '' },
  ]
  expect(placedEdits(edits, (path) => (path === 'a.py' ? 'x' : null))).toEqual([])
})
