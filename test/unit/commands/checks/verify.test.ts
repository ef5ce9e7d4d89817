import { describe, expect, test } from 'vitest'
import type { ChildEnd } from '../../../../src/adapters/scratch/child-process.ts'
import { verify } from '../../../../src/commands/checks/verify.ts'
import { database } from '../../../support/history.ts'

const ended = (status: number): ChildEnd => ({ status, signal: null, problem: null })

/**
 * A title, three lists of rows (before, predicted, after), two exit statuses (command, guard) and a message.
 */
const cases: readonly (readonly [string, readonly (readonly string[])[], number, number, RegExp])[] = [
  ['as predicted', [['a'], ['b'], ['b']], 0, 0, /^verified: the database is at b$/],
  ["the order of rows doesn't matter", [[], ['b', 'a'], ['a', 'b']], 0, 0, /at a and b$/],
  ['a new database that stays empty', [[], [], []], 0, 0, /at no revision$/],
  ['nothing happened', [['a'], ['b'], ['a']], 0, 1, /^ERROR: the command exited with 0/],
  ['unexpected rows', [['a'], ['b'], ['b', 'c']], 0, 1, /found +b and c/],
  ['failed and rolled back', [['a'], ['b'], ['a']], 255, 255, /status 255; the version rows are unchanged/],
  ['failed partway', [['a'], ['c'], ['b']], 1, 1, /exited with status 1 partway through/],
  [
    'failed after everything was done',
    [['a'], ['b'], ['b']],
    1,
    1,
    /although the version rows match the prediction/,
  ],
]

describe('the version rows after a command', () => {
  test.each(cases)('%s', (_, [before = [], predicted = [], after = []], status, ours, words) => {
    const outcome = verify({ before: database(before), predicted, after: database(after) }, ended(status))
    expect(outcome.status).toBe(ours)
    expect(outcome.lines.map((line) => line.trim()).join(' ')).toMatch(words)
    for (const line of outcome.lines) expect(line.length).toBeLessThanOrEqual(80)
    expect(outcome.stream).toBe(status === 0 && ours === 0 ? 'stdout' : 'stderr')
  })

  test('a signal is reported by name', () => {
    const rows = { before: database(['a']), predicted: ['b'], after: database(['a']) }
    const { lines } = verify(rows, { status: 143, signal: 'SIGTERM', problem: null })
    expect(lines.join(' ')).toContain('was killed by SIGTERM')
  })
})
