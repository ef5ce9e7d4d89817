/** Explains why a database has a revision that this release doesn't define. */
import type { GitAnswer, GitCommit, Holder, RevisionHistory, FileVersion } from './git-history.ts'
import { type RevisionGraph, ancestorsOf, newestOf } from '../history/revision-graph.ts'
import type { Revision } from '../history/revision.ts'
import { type NearMiss, nearMisses } from '../history/identifier.ts'
import type { Manifest } from './manifest.ts'
import { type RestorePlan, planRestore } from './restore-plan.ts'
import type { ReturningFile } from './restored-files.ts'

/** A possible cause. Paths from git or the manifest are relative to the git repository. */
export type Provenance = {
  readonly revision: string
  readonly from: 'git' | 'manifest' | 'files'
} &
  /** A file in this release defines the revision. */
  (
    | { readonly kind: 'here'; readonly path: string }
    /**
     * The file was removed. `commit` and `source` are null if only the manifest mentions the revision. `plan`
     * restores the file from git.
     */
    | {
        readonly kind: 'deleted'
        readonly path: string
        readonly commit: (Partial<GitCommit> & Pick<GitCommit, 'id'>) | null
        readonly source: string | null
        readonly together: number
        readonly plan: RestorePlan | null
        readonly file: ReturningFile
        /** True if Alembic would search the file's folder. */
        readonly atHome: boolean
      }
    | {
        readonly kind: 'moved'
        readonly path: string
        readonly to: string
        readonly commit: GitCommit | null
        readonly file: ReturningFile
      }
    /** `unrun` lists the ancestors that only the new id has. A restamp would skip them. */
    | {
        readonly kind: 'renamed'
        readonly path: string
        readonly to: string
        readonly commit: GitCommit | null
        readonly unrun: readonly string[]
      }
    /**
     * `beyond` lists the revisions that this release lacks, newest first. `joins` lists the last revisions
     * that this release contains. `files` is ordered from oldest to newest.
     */
    | {
        readonly kind: 'ahead'
        readonly path: string
        readonly commit: GitCommit | null
        readonly holders: readonly Holder[]
        readonly beyond: readonly string[]
        readonly joins: readonly string[]
        readonly files: readonly ReturningFile[]
      }
    | {
        readonly kind: 'branch'
        readonly path: string
        readonly commit: GitCommit
        readonly holders: readonly Holder[]
        readonly plan: RestorePlan
        readonly atHome: boolean
      }
    | { readonly kind: 'foreign'; readonly path: string; readonly project: string }
    /** `ignored` by an ignore rule, `missing` on disk, or `outside` the version locations. */
    | {
        readonly kind: 'shipped-not'
        readonly path: string
        readonly reason: 'ignored' | 'missing' | 'outside'
        readonly rule: string | null
        readonly file: ReturningFile
      }
    | { readonly kind: 'near-miss'; readonly misses: readonly NearMiss[] }
    | { readonly kind: 'never-here' }
  )

/** Kind of cause, such as `never-here`. */
export type ProvenanceKind = Provenance['kind']

/** The {@link Provenance} variant for a kind of cause. */
export type ProvenanceOf<Kind extends ProvenanceKind> = Extract<Provenance, { readonly kind: Kind }>

/** Facts about a lost revision. A source that wasn't checked is null. */
export interface ProvenanceFacts {
  readonly revision: string
  readonly graph: RevisionGraph
  /** Folders containing migrations, relative to the git repository. */
  readonly versionLocations: readonly string[]
  readonly recursive: boolean
  readonly git: GitAnswer | null
  readonly manifest: Manifest | null
  /** A file in another Alembic project that defines the revision, or null. */
  readonly foreign: { readonly path: string; readonly project: string } | null
  /** Other projects' script locations, relative to the git repository. */
  readonly otherProjects: readonly string[]
  /** Normalized operations in this release's files, by revision. */
  readonly operations: ReadonlyMap<string, string>
}

/** Returns all matching causes, most likely first. Never empty. */
export function provenancesOf(facts: ProvenanceFacts): readonly Provenance[] {
  const { revision, graph, git } = facts
  const known = graph.get(revision)
  const found: Provenance[] = []
  if (known) {
    const ignored = git?.ignored
    if (ignored) {
      const { path, by } = ignored
      found.push({
        kind: 'shipped-not',
        revision,
        from: 'git',
        path,
        reason: 'ignored',
        rule: by,
        file: fileOf(known),
      })
    }
    found.push({ kind: 'here', revision, from: 'files', path: known.path })
    return found
  }
  const misses = nearMisses(graph, revision)
  const spelled = misses.filter(({ how }) => how === 'case' || how === 'blanks')
  if (spelled.length > 0) found.push({ kind: 'near-miss', revision, from: 'files', misses: spelled })
  if (git) found.push(...fromGit(facts, git))
  if (facts.foreign && !found.some(({ kind }) => kind === 'foreign')) {
    found.push({ kind: 'foreign', revision, from: 'files', ...facts.foreign })
  }
  if (found.length === 0) found.push(...fromManifest(facts))
  if (spelled.length === 0 && misses.length > 0) {
    found.push({ kind: 'near-miss', revision, from: 'files', misses })
  }
  return found.length > 0 ? found : [{ kind: 'never-here', revision, from: git ? 'git' : 'files' }]
}

function fromGit(facts: ProvenanceFacts, git: GitAnswer): readonly Provenance[] {
  const { revision, graph } = facts
  const [version] = git.here
  if (version) return [presentInGit(facts, git, version)]
  const all = [...git.versions, ...git.elsewhere.map((one) => one.version)]
  const other = facts.otherProjects.find(
    (folder) => all.length > 0 && all.every(({ path }) => within(path, folder)),
  )
  if (other !== undefined) {
    return [{ kind: 'foreign', revision, from: 'git', path: all[0]?.path ?? '', project: other }]
  }
  const found: Provenance[] = []
  const renamed = renamedTo(facts, git, all)
  if (renamed) found.push(renamed)
  const [removal] = git.removals
  const last = git.versions.find(({ blob }) => blob === removal?.blob) ?? git.versions[0]
  if (last) {
    found.push({
      kind: 'deleted',
      revision,
      from: 'git',
      path: removal?.path ?? last.path,
      commit: removal?.commit ?? null,
      source: removal?.source ?? last.commit.id,
      together: removal?.together ?? 1,
      plan: planRestore(graph, git.history, last),
      file: last,
      atHome: atHome(facts, removal?.path ?? last.path),
    })
    return found
  }
  const ahead = git.elsewhere.find(({ holders }) => holders.some(({ aheadOfHere }) => aheadOfHere))
  const [chosen] = ahead ? [ahead] : git.elsewhere
  if (!chosen) return found
  const plan = planRestore(graph, git.history, chosen.version)
  const holders = git.elsewhere.flatMap((one) => one.holders)
  const seen = { revision, from: 'git' as const, path: chosen.version.path, commit: chosen.version.commit }
  if (ahead && plan.unfound.length === 0 && plan.joins.length > 0) {
    const beyond = plan.files.map((file) => file.revision).toReversed()
    const newer = distinct(holders).filter(({ aheadOfHere }) => aheadOfHere)
    found.push({
      kind: 'ahead',
      ...seen,
      holders: newer,
      beyond,
      joins: newestOf(graph, plan.joins),
      files: plan.files,
    })
  } else
    found.push({
      kind: 'branch',
      ...seen,
      holders: distinct(holders),
      plan,
      atHome: atHome(facts, seen.path),
    })
  return found
}

function distinct(holders: readonly Holder[]): readonly Holder[] {
  return [...new Map(holders.map((holder) => [holder.name, holder])).values()]
}

/** Returns the reason why Alembic can't find a revision defined by a file at HEAD. */
function presentInGit(facts: ProvenanceFacts, git: GitAnswer, version: FileVersion): Provenance {
  const { revision, versionLocations } = facts
  const seen = { revision, from: 'git' as const, path: version.path, file: version }
  const home = git.here.find(({ path }) => atHome(facts, path))
  if (home) {
    return git.ignored
      ? { kind: 'shipped-not', ...seen, path: home.path, reason: 'ignored', rule: git.ignored.by }
      : { kind: 'shipped-not', ...seen, path: home.path, reason: 'missing', rule: null }
  }
  const other = facts.otherProjects.find((folder) => within(version.path, folder))
  const left = git.removals.find(({ path }) => versionLocations.some((folder) => within(path, folder)))
  if (left) return { kind: 'moved', ...seen, path: left.path, to: version.path, commit: left.commit }
  if (other !== undefined) return { kind: 'foreign', ...seen, project: other }
  return { kind: 'shipped-not', ...seen, reason: 'outside', rule: null }
}

/**
 * Finds the migration that replaced the revision. The replacement either has the same operations or is defined in
 * the original file.
 */
function renamedTo(facts: ProvenanceFacts, git: GitAnswer, all: readonly FileVersion[]): Provenance | null {
  const { revision, graph } = facts
  const replaced = git.removals.find(({ becomes }) => becomes !== null && graph.get(becomes))
  const same = new Set(
    all.flatMap(({ operations, downRevisions }) =>
      operations === null
        ? []
        : [...facts.operations]
            .filter(([id, text]) => text === operations && !downRevisions.includes(id))
            .map(([id]) => id),
    ),
  )
  const candidates = [...same].filter((id) => !graph.get(id)?.downRevisions.includes(revision))
  const to = candidates.length === 1 ? candidates[0] : (replaced?.becomes ?? undefined)
  const [last] = all
  if (to === undefined || !last) return null
  const before = olderThan(last, git.history)
  const unrun = [...ancestorsOf(graph, [to])].filter((id) => id !== to && !before.has(id))
  const commit = replaced?.commit ?? git.removals[0]?.commit ?? null
  return { kind: 'renamed', revision, from: 'git', path: last.path, to, commit, unrun }
}

/** Returns all earlier revisions according to git, including lost ones. */
function olderThan(version: FileVersion, history: ReadonlyMap<string, RevisionHistory>): ReadonlySet<string> {
  const older = new Set<string>()
  const waiting = [...version.downRevisions, ...version.dependsOn]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (older.has(id)) continue
    older.add(id)
    const last = history.get(id)?.versions[0]
    if (last) waiting.push(...last.downRevisions, ...last.dependsOn)
  }
  return older
}

/** Returns the causes that follow from the manifest alone. */
function fromManifest({ revision, graph, manifest }: ProvenanceFacts): readonly Provenance[] {
  const entry = manifest?.get(revision)
  if (!manifest || !entry) return []
  const seen = { revision, from: 'manifest' as const, path: entry.path }
  const file: ReturningFile = { revision, downRevisions: entry.parents, dependsOn: [] }
  if (entry.state.kind === 'here') {
    return [{ kind: 'shipped-not', ...seen, reason: 'missing', rule: null, file }]
  }
  if (entry.state.kind === 'elsewhere') {
    const beyond: string[] = []
    const joins = new Set<string>()
    const waiting = [revision]
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (graph.get(id)) joins.add(id)
      else if (!beyond.includes(id)) {
        const link = manifest.get(id)
        if (!link) return []
        beyond.push(id)
        waiting.push(...link.parents)
      }
    }
    if (joins.size === 0) return []
    const files = beyond.toReversed().map((id) => ({
      revision: id,
      downRevisions: manifest.get(id)?.parents ?? [],
      dependsOn: [],
    }))
    const ends = newestOf(graph, [...joins])
    return [{ kind: 'ahead', ...seen, commit: null, holders: [], beyond, joins: ends, files }]
  }
  const commit = entry.state.kind === 'removed' ? { id: entry.state.commit } : null
  const source = commit ? `${commit.id}^` : null
  return [{ kind: 'deleted', ...seen, commit, source, together: 1, plan: null, file, atHome: true }]
}

function fileOf({ id: revision, downRevisions, dependsOn }: Revision): ReturningFile {
  return { revision, downRevisions, dependsOn }
}

/** Whether Alembic searches the file's folder. */
function atHome({ versionLocations, recursive }: ProvenanceFacts, path: string): boolean {
  return versionLocations.some((folder) => (recursive ? within(path, folder) : folderOf(path) === folder))
}

function within(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`)
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}
