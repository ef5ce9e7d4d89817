import { describe, expect, test } from 'vitest'
import { nearMisses, resolveIdentifier } from '../../../../src/core/history/identifier.ts'
import { graphOf } from '../../../support/history.ts'

const graph = graphOf({
  guest_lockout_001: { labels: ['guests'] },
  reservations_002: ['guest_lockout_001'],
  reservations_003: ['reservations_002'],
  abc: [],
})

describe('an abbreviated id, resolved as in Alembic', () => {
  test.each([
    ['reservations_002', { kind: 'revision', id: 'reservations_002', exact: true }],
    ['guest_', { kind: 'revision', id: 'guest_lockout_001', exact: false }],
    ['guests', { kind: 'revision', id: 'guest_lockout_001', exact: false }],
    ['abc', { kind: 'revision', id: 'abc', exact: true }],
    ['ab', { kind: 'unknown' }],
    ['RESERVATIONS_002', { kind: 'unknown' }],
    ['', { kind: 'unknown' }],
    ['res', { kind: 'ambiguous', candidates: ['reservations_002', 'reservations_003'] }],
    ['guest', { kind: 'ambiguous', candidates: ['guest_lockout_001', 'guests'] }],
    ['head', { kind: 'symbol', text: 'head' }],
    ['guests@head', { kind: 'symbol', text: 'guests@head' }],
    ['-1', { kind: 'symbol', text: '-1' }],
  ])('%s', (text, expected) => {
    expect(resolveIdentifier(graph, text)).toEqual(expected)
  })
})

describe('similar ids', () => {
  test.each([
    ['Reservations_002', ['reservations_002 case', 'reservations_003 typo']],
    [' reservations_003 ', ['reservations_003 blanks', 'reservations_002 typo']],
    ['guest_lockout_001_add_table', ['guest_lockout_001 extends']],
    ['guest_lockout', ['guest_lockout_001 prefix']],
    ['guest_lokout_001', ['guest_lockout_001 typo']],
    ['ab', []],
    ['', []],
    ['something else', []],
  ])('%s', (text, expected) => {
    expect(nearMisses(graph, text).map(({ id, how }) => `${id} ${how}`)).toEqual(expected)
  })

  test('the file name instead of the id', () => {
    const named = graphOf({ '2024_add_users': { id: 'f00dfeed' } })
    expect(nearMisses(named, '2024_add_users')).toEqual([{ id: 'f00dfeed', how: 'file-name' }])
  })
})
