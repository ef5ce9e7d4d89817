/** Tests findings about an undefined parent, with and without git or a manifest. */
import { expect, test } from 'vitest'
import type { Provenance } from '../../../src/core/lost/provenance.ts'
import { missingParentText } from '../../../src/rules/remedies/missing-parent-remedies.ts'

const place = { git: ['git'], folder: '', database: null }
const knowing = (cause: Provenance | null, unavailable: readonly string[] = []) => ({
  byRevision: new Map(cause ? [['zz', [cause]]] : []),
  place,
  unavailable,
})

test("git wasn't searched", () => {
  expect(missingParentText('zz', 'down_revision', knowing(null))).toBeNull()
})

test('never defined by any file: reports what is missing, and what to write', () => {
  const cause: Provenance = { kind: 'never-here', revision: 'zz', from: 'git' }
  const text = missingParentText('zz', 'depends_on', knowing(cause, ['other branches']))
  expect(text?.evidence).toEqual([
    ['History', 'no readable file has ever defined zz'],
    ['Unknown', 'other branches'],
  ])
  expect(text?.remedies.map(({ title }) => title).join()).toContain('depends_on')
})

test('it has a different id now: reports the id to write first', () => {
  const cause: Provenance = {
    kind: 'renamed',
    revision: 'zz',
    from: 'git',
    path: 'versions/yy.py',
    to: 'yy',
    commit: null,
    unrun: [],
  }
  const text = missingParentText('zz', 'down_revision', knowing(cause))
  expect(text?.remedies[0]?.title).toBe('Set down_revision to yy, its new id.')
  expect(text?.evidence[0]?.[0]).toBe('History')
})
