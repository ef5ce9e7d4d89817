import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { GitCommit, RevisionHistory, FileVersion } from '../../../../src/core/lost/git-history.ts'
import {
  type Manifest,
  type ManifestEntry,
  type ManifestState,
  buildManifest,
  formatManifest,
  parseManifest,
  staleEntries,
} from '../../../../src/core/lost/manifest.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const state = fc.oneof(
  fc.constantFrom<ManifestState>({ kind: 'here' }, { kind: 'gone' }, { kind: 'elsewhere' }),
  fc.stringMatching(/^[0-9a-f]{40}$/).map((commit): ManifestState => ({ kind: 'removed', commit })),
)
const entry: fc.Arbitrary<ManifestEntry> = fc.record({
  revision: text,
  parents: fc.array(text, { maxLength: 3 }),
  path: text,
  state,
})
const manifests = fc
  .uniqueArray(entry, { selector: ({ revision }) => revision, maxLength: 8 })
  .map((entries): Manifest => new Map(entries.map((one) => [one.revision, one])))

test('any ids and paths survive writing and reading', () => {
  fc.assert(
    fc.property(manifests, (manifest) => {
      const read = parseManifest(formatManifest(manifest))
      expect(read.problems).toEqual([])
      expect(read.manifest.size).toBe(manifest.size)
      for (const [id, one] of manifest) expect(read.manifest.get(id)).toEqual(one)
    }),
  )
})

test("the order in which revisions were added doesn't matter", () => {
  fc.assert(
    fc.property(manifests, (manifest) => {
      const reversed = new Map([...manifest].toReversed())
      expect(formatManifest(reversed)).toBe(formatManifest(manifest))
    }),
  )
})

test('both sides of a merge conflict, concatenated, are a valid manifest', () => {
  fc.assert(
    fc.property(manifests, manifests, (ours, theirs) => {
      const { manifest, problems } = parseManifest(formatManifest(ours) + formatManifest(theirs))
      expect(problems).toEqual([])
      expect(new Set(manifest.keys())).toEqual(new Set([...ours.keys(), ...theirs.keys()]))
    }),
  )
})

test('unknown lines are reported and skipped', () => {
  const { manifest, problems } = parseManifest(
    '<<<<<<< HEAD\na - a.py here\n=======\nb - b.py\nc - c.py removed:xyz\n',
  )
  expect([...manifest.keys()]).toEqual(['a'])
  expect(problems).toEqual([1, 3, 4, 5])
})

const commit: GitCommit = { id: 'a'.repeat(40), author: 'Ann', date: '2026-01-01T00:00:00Z', subject: 'Away' }

function version(revision: string, downRevisions: readonly string[], path: string): FileVersion {
  return { revision, downRevisions, dependsOn: [], operations: null, path, blob: `blob of ${path}`, commit }
}

function removed(one: FileVersion): RevisionHistory {
  const { path, blob } = one
  const removal = { path, blob, commit, source: `${commit.id}^`, becomes: null, together: 1 }
  return { versions: [one], removals: [removal] }
}

test('a current file takes precedence over its removal at an old path', () => {
  const history = new Map([['a', removed(version('a', [], 'old/a.py'))]])
  const present = [{ revision: 'a', parents: [], path: 'new/a.py' }]
  const manifest = buildManifest(new Map(), { history, elsewhere: new Map(), present })
  expect(manifest.get('a')).toEqual({ revision: 'a', parents: [], path: 'new/a.py', state: { kind: 'here' } })
})

test('a missing current file is recorded as removed; removals are kept', () => {
  const old = parseManifest(`a - a.py here\nb a b.py removed:${'b'.repeat(40)}\n`).manifest
  const nothing = { history: new Map(), elsewhere: new Map(), present: [] }
  const manifest = buildManifest(old, nothing)
  expect(manifest.get('a')?.state).toEqual({ kind: 'gone' })
  expect(manifest.get('b')?.state).toEqual({ kind: 'removed', commit: 'b'.repeat(40) })
  expect(staleEntries(old, manifest)).toEqual([{ revision: 'a', kind: 'removed' }])
})

test("a different hash of the removing commit doesn't make it stale", () => {
  const wanted = buildManifest(new Map(), {
    history: new Map([['a', removed(version('a', [], 'a.py'))]]),
    elsewhere: new Map(),
    present: [],
  })
  expect(staleEntries(parseManifest('a - a.py gone\n').manifest, wanted)).toEqual([])
  expect(staleEntries(parseManifest(`a - a.py removed:${'c'.repeat(40)}\n`).manifest, wanted)).toEqual([])
  expect(staleEntries(parseManifest('a - a.py here\n').manifest, wanted)).toEqual([
    { revision: 'a', kind: 'removed' },
  ])
  expect(staleEntries(parseManifest('a x a.py gone\n').manifest, wanted)).toEqual([
    { revision: 'a', kind: 'parents' },
  ])
  expect(staleEntries(new Map(), wanted)).toEqual([{ revision: 'a', kind: 'missing' }])
})
