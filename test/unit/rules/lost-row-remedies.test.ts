/** Tests remedies for an unknown row, which depend on the live schema. */
import { describe, expect, test } from 'vitest'
import type { Remedy } from '../../../src/core/findings/finding.ts'
import type { Provenance } from '../../../src/core/lost/provenance.ts'
import { judgedText, lostRowRemedies } from '../../../src/rules/remedies/lost-row-remedies.ts'
import { judgeFacts } from '../../support/judge-facts.ts'

const neverHere = (from: Provenance['from']): Provenance => ({
  kind: 'never-here',
  from,
  revision: 'zz',
})

const place = { git: ['git'], folder: '', database: null }

const proposed = (remedies: readonly Remedy[]): readonly string[] =>
  remedies.map(({ action, applicability }) =>
    action?.kind === 'restamp'
      ? `restamp to ${action.change.changed.map(({ to }) => to).join()}, ${applicability}`
      : action?.kind === 'placeholder'
        ? `placeholder for ${action.revisions.join()}, ${applicability}`
        : 'advice',
  )

describe('a schema that contains only what one revision of this release creates', () => {
  const judge = judgeFacts(['zz'], ['users', 'orders', 'bills'])

  test('may be that revision under another id', () => {
    expect(proposed(lostRowRemedies(judge, 'zz', null).remedies)).toEqual([
      'restamp to bills_4, likely',
      'placeholder for zz, unsure',
    ])
    const [first] = lostRowRemedies(judge, 'zz', null).remedies
    expect(first?.title).toContain('bills_4: 1 of 1 effect present')
  })

  test("is proven to be it if the row's transaction created that, and not without that evidence", () => {
    const { live } = judge
    if (!live) throw new Error('no schema')
    const madeBy = (...names: readonly string[]) => ({
      ...judge,
      live: {
        ...live,
        transactions: {
          kind: 'available' as const,
          rows: [
            {
              version: 'zz',
              made: names.map((name) => ({ kind: 'table' as const, schema: 'public', name, table: null })),
            },
          ],
        },
      },
    })
    const [proven] = lostRowRemedies(madeBy('bills'), 'zz', null).remedies
    expect(proposed(proven ? [proven] : [])).toEqual(['restamp to bills_4, proven'])
    expect(proven?.title).not.toContain('changed only data')
    // A migration that only changed rows leaves the schema unchanged.
    const [likely, stub] = lostRowRemedies(madeBy(), 'zz', null).remedies
    expect(proposed(likely ? [likely] : [])).toEqual(['restamp to bills_4, likely'])
    expect(likely?.title).toContain('but zz may have changed only data')
    expect(stub?.title).toContain('or if it only changed data')
  })

  test('is also possibly a deleted file if git never contained it', () => {
    expect(proposed(lostRowRemedies(judge, 'zz', neverHere('git')).remedies)).toEqual([
      'restamp to bills_4, likely',
      'placeholder for zz, proven',
    ])
  })

  test('is no proof of another id if it contains anything else', () => {
    const more = judgeFacts(['zz'], ['users', 'orders', 'bills', 'strange'])
    expect(proposed(lostRowRemedies(more, 'zz', null).remedies)).toEqual(['placeholder for zz, unsure'])
  })
})

describe('if nothing is certain, one sentence says what would decide', () => {
  test.each([
    [['users', 'orders'], true, 'whether fill_3 ran'],
    [['users'], true, 'may have dropped'],
    [['orders'], true, 'matches no position'],
    [['users'], false, "couldn't be read"],
  ] as const)('tables %j, schema read: %s', (tables, read, part) => {
    const { remedies, otherwise } = lostRowRemedies(judgeFacts(['zz'], tables, read), 'zz', null)
    expect(remedies).toEqual([])
    expect(otherwise.map(({ title }) => title).join()).toContain(part)
  })
})

test('one command creates the placeholders of two lost rows', () => {
  const judge = judgeFacts(['zz', 'yy'], ['users', 'orders', 'bills', 'strange'])
  const { remedies } = lostRowRemedies(judge, 'zz', null)
  expect(proposed(remedies)).toEqual(['placeholder for zz,yy, unsure'])
  expect(remedies[0]?.argv).toEqual(['alembic-guard', 'placeholder', '--write'])
  expect(remedies[0]?.title).toContain('for each')
})

describe('the remedies for a cause', () => {
  const judge = judgeFacts(['zz'], ['users', 'orders', 'bills'])

  test('are those that the judge accepts', () => {
    const { remedies } = judgedText(neverHere('git'), place, judge)
    expect(proposed(remedies).filter((one) => one !== 'advice')).toContain('placeholder for zz, proven')
  })

  test('are unchanged without a database', () => {
    const text = judgedText(neverHere('git'), place, null)
    expect(text.message).toContain('zz')
  })

  test('for an abbreviated id in a row need no schema', () => {
    const cause = (how: 'case' | 'typo'): Provenance => ({
      kind: 'near-miss',
      revision: 'USERS_1',
      from: 'files',
      misses: [{ id: 'users_1', how }],
    })
    const unread = judgeFacts(['USERS_1'], [], false)
    expect(proposed(judgedText(cause('case'), place, unread).remedies)).toContain(
      'restamp to users_1, unsure',
    )
    expect(proposed(judgedText(cause('typo'), place, unread).remedies)).toEqual(['advice'])
  })
})
