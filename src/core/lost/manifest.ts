/**
 * Reads and writes the manifest, which stores git's revision history for deployments without git. It has one
 * line per revision, so that branches merge cleanly.
 */
import type { RevisionHistory } from './git-history.ts'
import { comparePythonText } from '../text/python-text.ts'

/** File name of the manifest, which is stored next to env.py. */
export const manifestName = 'alembic-guard.manifest'

/** A revision's state when the manifest was written. `gone` means removed by an unknown commit. */
export type ManifestState =
  | { readonly kind: 'here' }
  | { readonly kind: 'removed'; readonly commit: string }
  | { readonly kind: 'gone' }
  /** Defined only on a branch outside this history. */
  | { readonly kind: 'elsewhere' }

/** A line in the manifest. */
export interface ManifestEntry {
  readonly revision: string
  readonly parents: readonly string[]
  /** Path relative to the git repository. */
  readonly path: string
  readonly state: ManifestState
}

/** Manifest entries by revision id. */
export type Manifest = ReadonlyMap<string, ManifestEntry>

const headline = `# alembic-guard manifest 1
# Every revision this repository has ever defined: id, parents, last path, state.
# Written by "alembic-guard manifest --write". After a merge conflict, keep both sides and run it again.
`

/** Formats a manifest. Sorts the entries, so that the text is deterministic. */
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

/** Parses a manifest. `problems` lists the numbers of invalid lines. The last line for an id wins. */
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

/**
 * Percent-encodes characters that would break the format. `-` stands for a missing value, and `%` for an
 * empty string.
 */
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

/** Facts for writing a manifest. */
export interface ManifestFacts {
  /** The revisions in HEAD's history, and those outside it. */
  readonly history: ReadonlyMap<string, RevisionHistory>
  readonly elsewhere: ReadonlyMap<string, RevisionHistory>
  /** Migrations in the working tree. */
  readonly present: readonly {
    readonly revision: string
    readonly parents: readonly string[]
    readonly path: string
  }[]
}

/**
 * Returns the updated manifest. Keeps old entries that are no longer in git, because users may still look for
 * them.
 */
export function buildManifest(old: Manifest, { history, elsewhere, present }: ManifestFacts): Manifest {
  const manifest = new Map<string, ManifestEntry>()
  for (const entry of old.values()) {
    // The revision is in neither HEAD's history nor the working tree, so the removing commit is unknown.
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

/** A manifest entry that is missing or outdated. */
export interface StaleEntry {
  readonly revision: string
  readonly kind: 'missing' | 'parents' | 'removed' | 'defined' | 'path'
}

/** Returns the missing and outdated entries. Ignores removal commits, because squashing changes their ids. */
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
