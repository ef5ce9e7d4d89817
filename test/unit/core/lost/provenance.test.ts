/** Tests which cause is reported, depending on where the revision was found. */
import { describe, expect, test } from 'vitest'
import type {
  GitAnswer,
  Holder,
  Removal,
  RevisionHistory,
  FileVersion,
} from '../../../../src/core/lost/git-history.ts'
import { type Manifest, parseManifest } from '../../../../src/core/lost/manifest.ts'
import {
  type Provenance,
  type ProvenanceFacts,
  type ProvenanceKind,
  provenancesOf,
} from '../../../../src/core/lost/provenance.ts'
import { provenanceText } from '../../../../src/rules/remedies/provenance-remedies.ts'
import { graphOf } from '../../../support/history.ts'

const folder = 'migrations/versions'
const commit = { id: 'c0ffee', author: 'Ann Ode', date: '2026-01-01T00:00:00Z', subject: 'Lock out' }

function version(changes: Partial<FileVersion> = {}): FileVersion {
  return {
    revision: 'lost',
    downRevisions: ['b'],
    dependsOn: [],
    operations: 'op.create_table("lost")',
    path: `${folder}/lost.py`,
    blob: 'blob',
    commit,
    ...changes,
  }
}

function removal(changes: Partial<Removal> = {}): Removal {
  return {
    path: `${folder}/lost.py`,
    blob: 'blob',
    commit: { ...commit, id: 'dead', subject: 'Away' },
    source: 'dead^',
    becomes: null,
    together: 1,
    ...changes,
  }
}

function held(changes: Partial<Holder> = {}): Holder {
  return { kind: 'ref', name: 'next', tip: 'tip', aheadOfHere: false, ...changes }
}

function git(changes: Partial<GitAnswer> = {}, history: readonly FileVersion[] = [version()]): GitAnswer {
  const byId = new Map<string, RevisionHistory>(
    history.map((one) => [one.revision, { versions: [one], removals: [] }]),
  )
  return { history: byId, here: [], versions: [], removals: [], elsewhere: [], ignored: null, ...changes }
}

/** Facts for a release with revisions a and b, and a database that ran `lost`. */
function facts(changes: Partial<ProvenanceFacts> = {}): ProvenanceFacts {
  return {
    revision: 'lost',
    graph: graphOf({ a: [], b: ['a'] }),
    versionLocations: [folder],
    recursive: false,
    git: null,
    manifest: null,
    foreign: null,
    otherProjects: [],
    operations: new Map(),
    ...changes,
  }
}

function manifest(...lines: readonly string[]): Manifest {
  const parsed = parseManifest(lines.map((line) => `${line}\n`).join(''))
  expect(parsed.problems).toEqual([])
  return parsed.manifest
}

interface Sighting {
  readonly what: string
  readonly seen: Partial<ProvenanceFacts>
  readonly kinds: readonly ProvenanceKind[]
  readonly first?: Partial<Record<string, unknown>>
}

const elsewhere = (holders: readonly Holder[], changes: Partial<FileVersion> = {}): Partial<GitAnswer> => ({
  elsewhere: [{ version: version(changes), holders }],
})

const table: readonly Sighting[] = [
  { what: 'nothing was searched', seen: {}, kinds: ['never-here'], first: { from: 'files' } },
  { what: 'git knows nothing', seen: { git: git({}, []) }, kinds: ['never-here'], first: { from: 'git' } },
  {
    what: 'a file of this release defines it',
    seen: { graph: graphOf({ a: [], lost: ['a'] }), git: git({ here: [version()] }) },
    kinds: ['here'],
  },
  {
    what: 'a file defines it, and an ignore rule excludes it',
    seen: {
      graph: graphOf({ a: [], lost: ['a'] }),
      git: git({ here: [version()], ignored: { path: `${folder}/lost.py`, by: '.slugignore, line 1: x' } }),
    },
    kinds: ['shipped-not', 'here'],
    first: { reason: 'ignored' },
  },
  {
    what: 'a commit removed the file',
    seen: { git: git({ versions: [version()], removals: [removal()] }) },
    kinds: ['deleted'],
    first: { source: 'dead^', atHome: true, commit: { ...commit, id: 'dead', subject: 'Away' } },
  },
  {
    what: 'it once existed, and no single commit removed it',
    seen: { git: git({ versions: [version()] }) },
    kinds: ['deleted'],
    first: { source: 'c0ffee', commit: null },
  },
  {
    what: 'it was in a folder that is no longer a version location',
    seen: {
      git: git({
        versions: [version({ path: 'old/lost.py' })],
        removals: [removal({ path: 'old/lost.py' })],
      }),
    },
    kinds: ['deleted'],
    first: { atHome: false },
  },
  {
    what: 'the checkout has it elsewhere, moved out of a version location',
    seen: { git: git({ here: [version({ path: 'attic/lost.py' })], removals: [removal()] }) },
    kinds: ['moved'],
    first: { path: `${folder}/lost.py`, to: 'attic/lost.py' },
  },
  {
    what: 'the checkout has it where Alembic never searched',
    seen: { git: git({ here: [version({ path: 'attic/lost.py' })] }) },
    kinds: ['shipped-not'],
    first: { reason: 'outside' },
  },
  {
    what: "it is below a version location that isn't searched recursively",
    seen: { git: git({ here: [version({ path: `${folder}/2026/lost.py` })] }) },
    kinds: ['shipped-not'],
    first: { reason: 'outside' },
  },
  {
    what: "the checkout has it in the right folder, but the disk doesn't",
    seen: { git: git({ here: [version()] }) },
    kinds: ['shipped-not'],
    first: { reason: 'missing' },
  },
  {
    what: 'the same below a recursive version location',
    seen: { recursive: true, git: git({ here: [version({ path: `${folder}/2026/lost.py` })] }) },
    kinds: ['shipped-not'],
    first: { reason: 'missing' },
  },
  {
    what: "the file's id was edited in place",
    seen: {
      git: git({ versions: [version()], removals: [removal({ becomes: 'b' })] }, [
        version({ downRevisions: ['a'] }),
      ]),
    },
    kinds: ['renamed', 'deleted'],
    first: { to: 'b' },
  },
  {
    what: 'one file has the same operations under another id',
    seen: {
      git: git({ versions: [version({ downRevisions: ['a'] })], removals: [removal()] }),
      operations: new Map([['b', 'op.create_table("lost")']]),
    },
    kinds: ['renamed', 'deleted'],
    first: { to: 'b', unrun: [] },
  },
  {
    what: 'one file has the same operations later, after something new',
    seen: {
      graph: graphOf({ a: [], fresh: ['a'], b: ['fresh'] }),
      git: git({ versions: [version({ downRevisions: ['a'] })], removals: [removal()] }),
      operations: new Map([['b', 'op.create_table("lost")']]),
    },
    kinds: ['renamed', 'deleted'],
    first: { to: 'b', unrun: ['fresh'] },
  },
  {
    what: 'two files have the same operations, so neither is it',
    seen: {
      git: git({ versions: [version({ downRevisions: [] })], removals: [removal()] }),
      operations: new Map([
        ['a', 'op.create_table("lost")'],
        ['b', 'op.create_table("lost")'],
      ]),
    },
    kinds: ['deleted'],
  },
  {
    what: "its own parent has the same operations, so that isn't a new id",
    seen: {
      git: git({ versions: [version()], removals: [removal()] }),
      operations: new Map([['b', 'op.create_table("lost")']]),
    },
    kinds: ['deleted'],
  },
  {
    what: 'a ref ahead of this checkout has it, with every intermediate revision',
    seen: { git: git(elsewhere([held({ aheadOfHere: true })])) },
    kinds: ['ahead'],
    first: { beyond: ['lost'], joins: ['b'] },
  },
  {
    what: 'a ref ahead has it, but an intermediate revision is missing',
    seen: { git: git(elsewhere([held({ aheadOfHere: true })], { downRevisions: ['never'] })) },
    kinds: ['branch'],
  },
  { what: 'a diverged ref has it', seen: { git: git(elsewhere([held()])) }, kinds: ['branch'] },
  {
    what: 'a stash has it',
    seen: { git: git(elsewhere([held({ kind: 'stash', name: 'stash@{0}' })])) },
    kinds: ['branch'],
  },
  {
    what: 'no ref has its commit',
    seen: { git: git(elsewhere([held({ kind: 'unreachable' })])) },
    kinds: ['branch'],
  },
  {
    what: 'only another project defines it',
    seen: {
      otherProjects: ['billing'],
      git: git({ versions: [version({ path: 'billing/versions/x.py' })] }),
    },
    kinds: ['foreign'],
    first: { project: 'billing' },
  },
  {
    what: 'a file of another project on disk defines it',
    seen: { foreign: { path: 'billing/versions/x.py', project: 'billing' }, git: git({}, []) },
    kinds: ['foreign'],
    first: { from: 'files' },
  },
  {
    what: 'it differs from an id by case, and git has nothing',
    seen: { graph: graphOf({ a: [], LOST: ['a'] }), git: git({}, []) },
    kinds: ['near-miss'],
  },
  {
    what: 'it is a prefix of an id, and git has it as a full id',
    seen: {
      graph: graphOf({ a: [], lost_and_found: ['a'] }),
      git: git({ versions: [version()], removals: [removal()] }),
    },
    kinds: ['deleted', 'near-miss'],
  },
  {
    what: 'the manifest knows the commit',
    seen: { manifest: manifest(`lost b ${folder}/lost.py removed:${'d'.repeat(40)}`) },
    kinds: ['deleted'],
    first: { from: 'manifest', source: `${'d'.repeat(40)}^` },
  },
  {
    what: 'the manifest knows that it was removed, but not by which commit',
    seen: { manifest: manifest(`lost b ${folder}/lost.py gone`) },
    kinds: ['deleted'],
    first: { from: 'manifest', source: null },
  },
  {
    what: 'the manifest treats it as part of this release',
    seen: { manifest: manifest(`lost b ${folder}/lost.py here`) },
    kinds: ['shipped-not'],
    first: { from: 'manifest', reason: 'missing' },
  },
  {
    what: 'the manifest has every revision of a branch that ends here',
    seen: { manifest: manifest(`lost mid ${folder}/lost.py elsewhere`, `mid b ${folder}/mid.py elsewhere`) },
    kinds: ['ahead'],
    first: { beyond: ['lost', 'mid'], joins: ['b'] },
  },
  {
    what: 'the manifest lacks an intermediate revision of that branch',
    seen: { manifest: manifest(`lost mid ${folder}/lost.py elsewhere`) },
    kinds: ['never-here'],
  },
  {
    what: 'git and the manifest know it: git takes precedence',
    seen: {
      git: git({ versions: [version()], removals: [removal()] }),
      manifest: manifest(`lost b ${folder}/lost.py here`),
    },
    kinds: ['deleted'],
    first: { from: 'git' },
  },
]

describe('a sighting becomes a cause', () => {
  test.each(table.map((one) => [one.what, one] as const))('%s', (_, { seen, kinds, first = {} }) => {
    const found = provenancesOf(facts(seen))
    expect(found.map(({ kind }) => kind)).toEqual(kinds)
    expect(found[0]).toMatchObject(first)
  })

  test('every kind of cause is in the table, with a text and no empty command', () => {
    const seen = new Map<ProvenanceKind, Provenance>()
    for (const one of table) for (const cause of provenancesOf(facts(one.seen))) seen.set(cause.kind, cause)
    const all: Readonly<Record<ProvenanceKind, true>> = {
      here: true,
      deleted: true,
      moved: true,
      renamed: true,
      ahead: true,
      branch: true,
      foreign: true,
      'shipped-not': true,
      'near-miss': true,
      'never-here': true,
    }
    expect([...seen.keys()].toSorted()).toEqual(Object.keys(all).toSorted())
    for (const cause of seen.values()) {
      const { message, remedies } = provenanceText(cause, { git: ['git'], folder: '', database: null })
      expect(message).toMatch(/^\S.*[.?]$/)
      expect(remedies.length).toBeGreaterThan(0)
      for (const { argv } of remedies) expect(argv?.every((word) => word !== '') ?? true).toBe(true)
    }
  })
})
