/** The message about a refused placeholder must give the reason, the affected revisions and any remedy. */
import { describe, expect, test } from 'vitest'
import type { PositionRefusal } from '../../../../src/core/lost/choose-position.ts'
import type { IdRefusal, PlaceholderRefusal } from '../../../../src/core/lost/plan-placeholder.ts'
import {
  contradiction,
  idRefusal,
  noPlaceholder,
  placeholderObjection,
  placeholderRefusal,
  positionDoubt,
  positionRefusal,
} from '../../../../src/report/phrases/lost.ts'

test.each<[PositionRefusal, readonly string[], string | null]>([
  [{ kind: 'after', after: 'zz' }, ['zz', '--after'], 'base'],
  [{ kind: 'noEvidence' }, ['no evidence'], '--after'],
  [
    { kind: 'several', places: [['a'], []], more: false, deciding: ['b'] },
    ['2 positions', 'a', 'base', 'whether b ran'],
    '--after',
  ],
  [{ kind: 'several', places: [['a'], ['b']], more: true, deciding: ['b'] }, ['many'], '--after'],
])('no position was chosen: %j', (why, parts, way) => {
  const { reason, hint } = positionRefusal(why)
  for (const part of parts) expect(reason).toContain(part)
  expect(JSON.stringify(hint)).toContain(way)
})

const about = { id: 'lost_1', parents: ['a', 'b'], lost: ['lost_1', 'lost_2'] }

test.each<[PlaceholderRefusal['kind'], readonly string[]]>([
  ['circular', ['a and b', 'lost_1', 'parent']],
  ['overlap', ['a and b', 'lost_1', 'overlap']],
  ['nested', ['lost_1', 'a and b']],
  ['rowAfter', ['lost_1 and lost_2', 'overlap']],
  ['undivided', ['2 lost revisions', '2 branches']],
])('nothing was planned: %s', (kind, parts) => {
  const { reason } = placeholderRefusal({ kind, ...about })
  for (const part of parts) expect(reason).toContain(part)
})

test.each<[IdRefusal, string]>([
  [{ kind: 'empty' }, 'empty'],
  [{ kind: 'symbol' }, 'symbol'],
  [{ kind: 'illegal', characters: ['@', '-'] }, '"@" and "-"'],
  [{ kind: 'colon' }, '1.17.1'],
  [{ kind: 'quote' }, 'quote'],
  [{ kind: 'unprintable' }, 'unprintable'],
  [{ kind: 'blanks' }, 'whitespace'],
  [{ kind: 'length', length: 40, width: 32 }, '40 characters, but version_num allows only 32'],
])('no file can have the id: %j', (why, part) => {
  expect(idRefusal(why)).toContain(part)
})

test('a doubt names both positions', () => {
  const chosen = { place: { parents: ['a'] }, doubt: ['b'] } as unknown as Parameters<typeof positionDoubt>[0]
  expect(positionDoubt({ ...chosen, doubt: [] })).toBeNull()
  expect(positionDoubt(chosen)).toMatch(
    /whether b ran: .* If b ran, .* after b; otherwise, it belongs after a/,
  )
  const base = { ...chosen, place: { ...chosen.place, parents: [] }, doubt: ['b', 'c'] }
  expect(positionDoubt(base)).toMatch(
    /whether b and c ran: .* If one of them ran, .* after that one; otherwise, it belongs before everything else$/,
  )
})

test('the schema contradicts a position from either side', () => {
  expect(contradiction({ kind: 'late', revisions: ['a'] })).toMatch(
    /too late: a would be skipped, .* its objects/,
  )
  expect(contradiction({ kind: 'late', revisions: ['a', 'b'] })).toContain('their objects')
  expect(contradiction({ kind: 'early', revisions: ['a'] })).toBe('too early: a would run a second time')
})

describe('why no position is accepted', () => {
  test.each<[Parameters<typeof noPlaceholder>[0], readonly string[], string]>([
    [{ kind: 'id', id: 'zz', reason: { kind: 'empty' } }, ['zz', 'empty'], 'version row'],
    [{ kind: 'graph', error: 'a cycle' }, ['a cycle'], 'check'],
    [{ kind: 'graph', error: null }, ['unreadable'], 'check'],
    [{ kind: 'place', reason: { kind: 'noEvidence' } }, ['no evidence'], 'the way'],
    [{ kind: 'place', reason: { kind: 'after', after: 'zz' } }, ['zz'], 'base'],
    [{ kind: 'links', reason: { kind: 'undivided', ...about } }, ['2 lost revisions'], '--after'],
  ])('%j', (why, parts, way) => {
    const { reason, hint } = noPlaceholder(why, 'the way')
    for (const part of parts) expect(reason).toContain(part)
    expect(JSON.stringify(hint)).toContain(way)
  })
})

test.each<[Parameters<typeof placeholderObjection>[0], string]>([
  [{ kind: 'late', revisions: ['a'] }, 'too late'],
  [{ kind: 'early', revisions: ['a'] }, 'too early'],
  [{ kind: 'unreadSchema' }, "couldn't be read"],
  [{ kind: 'misfit', where: [{ kind: 'both', id: 'a' }] }, 'matches no position'],
  [{ kind: 'again', revisions: ['a', 'b'] }, '"alembic upgrade head" would run a and b a second time'],
])('objections to a position: %j', (why, part) => {
  expect(placeholderObjection(why, 'head')).toContain(part)
})
