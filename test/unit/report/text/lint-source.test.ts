/** Tests that the carets line up with a finding's source line, whatever characters it contains. */
import { describe, expect, test } from 'vitest'
import { linesAt, logWidth } from '../../../../src/report/text/layout.ts'
import { lintHuman, sourceLines } from '../../../../src/report/text/lint-source.ts'
import { textWidth } from '../../../../src/core/text/text-width.ts'
import { finding, report } from '../../../support/report.ts'

const excerpt = (parts: Parameters<typeof finding>[0]): string[] =>
  linesAt(sourceLines(finding(parts)), logWidth)

/** Returns the text above the carets. */
function underlined(sourceLine: string, column: number, endColumn: number): string {
  const [above = '', below = ''] = excerpt({
    location: { path: 'a.py', line: 7, column },
    end: { line: 7, column: endColumn },
    sourceLine,
  })
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

test('a long line is truncated, and what is beyond has no carets', () => {
  const [line, ...carets] = excerpt({
    location: { path: 'a.py', line: 7, column: 90 },
    end: { line: 7, column: 95 },
    sourceLine: 'x'.repeat(100),
  })
  expect(line).toMatch(/x\.\.\.$/)
  expect(textWidth(line ?? '')).toBeLessThanOrEqual(logWidth)
  expect(carets).toEqual([])
})

test('without the source line, nothing is shown', () => {
  expect(sourceLines(finding())).toEqual([])
})

describe('lint output', () => {
  const text = (parts: Parameters<typeof report>[0], diff: readonly string[] = []): string =>
    lintHuman(report({ command: 'lint', ...parts }), '2 new migrations', diff)

  test('a finding has its unwrapped location, its message, its evidence and its remedies', () => {
    const told = text({ findings: [finding({ fixable: true, details: ['more of it'] })] })
    expect(told).toContain('ERROR: unreadable migration  [AG101]')
    expect(told).toContain('migrations/versions/rooms 001.py:3:7')
    for (const part of [
      'invalid syntax',
      'more of it',
      'hint: Mend the file.',
      'Or bring',
      '--fix can fix this',
    ]) {
      expect(told).toContain(part)
    }
    expect(told.trimEnd().split('\n').at(-1)).toBe('ERROR: 1 error')
  })

  test('severities are counted, ignored findings separately', () => {
    const told = text({
      verdict: 'pass',
      exitCode: 0,
      findings: [
        finding({ severity: 'warning', location: null }),
        finding({ severity: 'note' }),
        finding({ severity: 'note' }),
        finding({ ignored: { reason: 'we know' } }),
        finding({ ignored: { reason: null }, location: null }),
      ],
    })
    expect(told).toContain('SUCCESS: 1 warning, 2 notes, 2 ignored')
    expect(told.replace(/\s+/g, ' ')).toContain('rooms 001.py:3:7: we know')
    expect(told).toContain('WARNING: unreadable migration')
    expect(told).toContain('note: unreadable migration')
  })

  test('no findings and no notes', () => {
    expect(text({ verdict: 'pass', exitCode: 0, findings: [] })).toContain('SUCCESS: nothing found')
    const undetermined = text({ verdict: 'undetermined', exitCode: 3, findings: [], reason: 'git failed' })
    expect(undetermined).toContain('ERROR: git failed')
    expect(undetermined).not.toContain('SUCCESS')
  })

  test('a diff and notes are in between', () => {
    const told = text({ findings: [], remarks: ['the default branch is main'] }, ['-old', '+new'])
    expect(told).toContain('\n\n-old\n+new\n\n')
    expect(told).toContain('note: the default branch is main')
  })
})
