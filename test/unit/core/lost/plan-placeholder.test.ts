import { describe, expect, test } from 'vitest'
import { type Moment, migrationFileName, slugOf } from '../../../../src/core/history/file-template.ts'
import {
  type ParentChange,
  positionAfter,
  planPlaceholders,
  refusedId,
} from '../../../../src/core/lost/plan-placeholder.ts'
import { unifiedDiff } from '../../../../src/core/text/unified-diff.ts'
import { placeholderRefusal } from '../../../../src/report/phrases/lost.ts'
import { type Line, graphOf, project } from '../../../support/history.ts'

function planned(
  lines: Readonly<Record<string, Line>>,
  parents: readonly string[],
  known: readonly string[] = [],
) {
  const graph = graphOf({ ...lines, lost: [] })
  const result = planPlaceholders(graph, ['lost'], known, positionAfter(graph, parents, known))
  if (result.kind === 'refused') return placeholderRefusal(result.reason).reason
  return Object.fromEntries(
    result.plan.relinks.map(({ revision, changes }): [string, readonly ParentChange[]] => [
      revision.id,
      changes,
    ]),
  )
}

describe('relinks', () => {
  test("every revision that followed the parent and isn't applied", () => {
    const lines = { a: [], b: ['a'], c: ['b'], d: ['b'], e: ['c'] }
    expect(planned(lines, ['b'])).toEqual({
      c: [{ from: 'b', to: ['lost'] }],
      d: [{ from: 'b', to: ['lost'] }],
    })
    expect(planned({ a: [], b: ['a'], c: ['a'] }, ['a'], ['b'])).toEqual({ c: [{ from: 'a', to: ['lost'] }] })
  })

  test('one parent of a merge, or both at once', () => {
    const lines = { a: [], b: ['a'], c: ['a'], m: ['b', 'c'] }
    expect(planned(lines, ['b'], ['c'])).toEqual({ m: [{ from: 'b', to: ['lost'] }] })
    expect(planned(lines, ['b', 'c'])).toEqual({
      m: [
        { from: 'b', to: ['lost'] },
        { from: 'c', to: [] },
      ],
    })
  })

  test('the base, if nothing is applied', () => {
    expect(planned({ a: [], b: ['a'] }, [])).toEqual({ a: [{ from: null, to: ['lost'] }] })
  })

  test('nothing that already follows the lost revision', () => {
    expect(planned({ a: [], b: ['lost'] }, ['a'])).toEqual({})
  })
})

describe('refuses', () => {
  test.each([
    [{ a: [], b: ['a'] }, ['b'], ['a'], /has its own version row/],
    [
      { a: [], b: ['lost'] },
      ['b'],
      [],
      /would create a cycle: b already comes after lost, because a file lists lost as its parent/,
    ],
    [{ a: [], b: ['lost'] }, ['a'], ['b'], /version rows overlap/],
    [{ a: [], b: ['a'] }, ['a', 'b'], [], /already an ancestor of another/],
  ] as const)('%j after %j with rows %j', (lines, parents, known, reason) => {
    expect(planned(lines, parents, known)).toMatch(reason)
  })

  test('an id that is longer than the column, counted as in Python', () => {
    const repository = project({ a: [] })
    expect(refusedId('x'.repeat(33), repository, 32)).toEqual({
      kind: 'length',
      length: 33,
      width: 32,
    })
    expect(refusedId('é'.repeat(32), repository, 32)).toBe(null)
    expect(refusedId('x'.repeat(33), repository, null)).toBe(null)
    for (const id of ['', 'head', 'base', 'a-b', 'a+b', 'a@b', 'a:b', "a'b", 'a ', 'a\0']) {
      expect(refusedId(id, repository, null), id).not.toBe(null)
    }
  })
})

describe('the file name', () => {
  const moment: Moment = { year: 2026, month: 3, day: 7, hour: 4, minute: 5, second: 9, epoch: 1772856309 }
  const name = (template: string, id = 'ab12', folders = true): string | null =>
    migrationFileName(template, { id, slug: 'add_email', moment, folders })

  test.each([
    ['', 'ab12_add_email.py'],
    ['%(rev)s_%(slug)s', 'ab12_add_email.py'],
    [
      '%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d-%(rev)s_%(slug)s',
      '2026_03_07_0405-ab12_add_email.py',
    ],
    ['%(year)d/%(month)02d/%(rev)s', '2026/03/ab12.py'],
    ['%(epoch)s%%%(second)5d', '1772856309%    9.py'],
    ['%(rev).2s', 'ab.py'],
    ['.%(rev)s', 'placeholder_.ab12.py'],
    ['%(nothing)s', null],
    ['%(rev)d', null],
    ['50%', null],
    ['../%(rev)s', null],
  ])('%s', (template, expected) => {
    expect(name(template)).toBe(expected)
  })

  test("can't lead out of the folder", () => {
    expect(name('', '../../etc/passwd')).toBe('placeholder_.._.._etc_passwd_add_email.py')
    expect(name('', 'a\\b"c')).toBe('a_b_c_add_email.py')
    expect(name('%(year)d/%(rev)s', 'x', false)).toBe('x.py')
  })

  test('has a slug truncated as in Alembic', () => {
    expect(slugOf('Add e-mail, and more!')).toBe('add_e_mail_and_more')
    expect(slugOf('one two three four', 10)).toBe('one_two_')
    expect(slugOf('')).toBe('')
  })
})

test('a diff shows the changed lines with three lines of context', () => {
  const before = Array.from({ length: 12 }, (_, index) => `line ${index}\n`).join('')
  const after = before.replace('line 1\n', 'one\n').replace('line 10\n', '')
  expect(unifiedDiff('a.py', before, after)).toEqual([
    '--- a.py',
    '+++ a.py',
    '@@ -1,5 +1,5 @@',
    ' line 0',
    '-line 1',
    '+one',
    ' line 2',
    ' line 3',
    ' line 4',
    '@@ -8,5 +8,4 @@',
    ' line 7',
    ' line 8',
    ' line 9',
    '-line 10',
    ' line 11',
  ])
  expect(unifiedDiff('a.py', null, 'x\n')).toEqual(['--- /dev/null', '+++ a.py', '@@ -0,0 +1,1 @@', '+x'])
  expect(unifiedDiff('a.py', 'x\n', 'x\n')).toEqual([])
})
