/**
 * The manifest: what the git history knows about revisions, in a file small enough to be committed, for places that
 * have no git history. Text and data only; deterministic, and one line for each revision so that branches merge.
 */
import type { RevisionHistory } from './git-history.ts'
import { comparePythonText } from '../text/python-text.ts'

/** The file's name, beside the script location's env.py. */
export const manifestName = 'alembic-guard.manifest'

/** Where a revision was when the manifest was written. `gone`: the removal was not committed yet. */
export type ManifestState =
  | { readonly kind: 'here' }
  | { readonly kind: 'removed'; readonly commit: string }
  | { readonly kind: 'gone' }
  /** Defined on a branch that is not part of this history. */
  | { readonly kind: 'elsewhere' }

/** One line. */
export interface ManifestEntry {
  readonly revision: string
  readonly parents: readonly string[]
  /** Relative to the top of the git repository. */
  readonly path: string
  readonly state: ManifestState
}

/** By revision id. */
export type Manifest = ReadonlyMap<string, ManifestEntry>

const headline = `# alembic-guard manifest 1
# Every revision that this repository ever defined: id, parents, last path, state.
# Written by "alembic-guard manifest --write". After a merge conflict: keep both sides, write again.
`

/** The file's text: sorted, so that the same knowledge is the same text. */
export function formatManifest(manifest: Manifest): string {
  const lines = [...manifest.values()]
    .sort((a, b) => comparePythonText(a.revision, b.revision))
    .map(({ revision, parents, path, state }) =>
      [
        escaped(revision),
        parents.length === 0 ? '-' : parents.map(escaped).join(','),
        escaped(path),
        state.kind === 'removed' ? `removed:${state.commit}` : state.kind,
      ].join(' '),
    )
  return headline + lines.map((line) => `${line}\n`).join('')
}

/** Reads a manifest; `problems`: numbers of the lines that are none. Of two lines about one id the last counts. */
export function parseManifest(text: string): {
  readonly manifest: Manifest
  readonly problems: readonly number[]
} {
  const manifest = new Map<string, ManifestEntry>()
  const problems: number[] = []
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) return
    const [revision, parents, path, state, ...rest] = line.split(' ')
    const parsed = state === undefined ? null : parseState(state)
    if (revision === undefined || parents === undefined || path === undefined || !parsed || rest.length > 0) {
      problems.push(index + 1)
      return
    }
    const id = unescaped(revision)
    manifest.set(id, {
      revision: id,
      parents: parents === '-' ? [] : parents.split(',').map(unescaped),
      path: unescaped(path),
      state: parsed,
    })
  })
  return { manifest, problems }
}

function parseState(text: string): ManifestState | null {
  if (text === 'here' || text === 'gone' || text === 'elsewhere') return { kind: text }
  const commit = /^removed:([0-9a-f]{40,64})$/.exec(text)?.[1]
  return commit === undefined ? null : { kind: 'removed', commit }
}

/** Percent signs stand for what would break the line; a lone dash is the sign for "none", a lone `%` for "empty". */
function escaped(text: string): string {
  if (text === '') return '%'
  if (text === '-') return '%2D'
  return text.replace(/[%,#\s\p{C}]/gu, (character) =>
    Array.from(new TextEncoder().encode(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(
      '',
    ),
  )
}

function unescaped(text: string): string {
  if (text === '%') return ''
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What is looked at to write a manifest. */
export interface ManifestFacts {
  /** The history of what is checked out, and of everything else where that was asked for. */
  readonly history: ReadonlyMap<string, RevisionHistory>
  readonly elsewhere: ReadonlyMap<string, RevisionHistory>
  /** The files of the working tree: id, parents, path. */
  readonly present: readonly {
    readonly revision: string
    readonly parents: readonly string[]
    readonly path: string
  }[]
}

/**
 * The manifest as it should be. What `old` knows and git no longer does stays: a squashed or forgotten branch is
 * exactly what somebody will look for.
 */
export function buildManifest(old: Manifest, { history, elsewhere, present }: ManifestFacts): Manifest {
  const manifest = new Map<string, ManifestEntry>()
  for (const entry of old.values()) {
    // It was here, and neither git nor the working tree has it: the removal is not committed yet, or out of reach.
    manifest.set(entry.revision, entry.state.kind === 'here' ? { ...entry, state: { kind: 'gone' } } : entry)
  }
  for (const [revision, { versions }] of elsewhere) {
    const last = versions[0]
    if (!last || manifest.has(revision)) continue
    const { downRevisions: parents, path } = last
    manifest.set(revision, { revision, parents, path, state: { kind: 'elsewhere' } })
  }
  for (const [revision, { versions, removals }] of history) {
    const last = versions[0]
    if (!last) continue
    const [removal] = removals
    const state: ManifestState = removal ? { kind: 'removed', commit: removal.commit.id } : { kind: 'gone' }
    manifest.set(revision, { revision, parents: last.downRevisions, path: removal?.path ?? last.path, state })
  }
  for (const { revision, parents, path } of present) {
    manifest.set(revision, { revision, parents, path, state: { kind: 'here' } })
  }
  return manifest
}

/** An entry that is missing, or of which something has changed. */
export interface StaleEntry {
  readonly revision: string
  readonly kind: 'missing' | 'parents' | 'removed' | 'defined' | 'path'
}

/**
 * What `wanted` knows and `written` does not. That a removal's commit is missing or another one is no fault: a
 * manifest can't name the commit that it is part of, and a squash gives it another name.
 */
export function staleEntries(written: Manifest, wanted: Manifest): readonly StaleEntry[] {
  return [...wanted.values()].flatMap((entry): readonly StaleEntry[] => {
    const { revision } = entry
    const known = written.get(revision)
    if (!known) return [{ revision, kind: 'missing' }]
    if (known.parents.join('\0') !== entry.parents.join('\0')) return [{ revision, kind: 'parents' }]
    if (
      isRemoved(known.state) !== isRemoved(entry.state) ||
      (known.state.kind === 'elsewhere') !== (entry.state.kind === 'elsewhere')
    ) {
      return [{ revision, kind: isRemoved(entry.state) ? 'removed' : 'defined' }]
    }
    return known.path === entry.path ? [] : [{ revision, kind: 'path' }]
  })
}

function isRemoved({ kind }: ManifestState): boolean {
  return kind === 'removed' || kind === 'gone'
}
