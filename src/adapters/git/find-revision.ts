/** Collects what git knows about a revision id, using only a few git commands. */
import { posix } from 'node:path'
import type { AlembicVersion } from '../../core/history/alembic-version.ts'
import {
  type Elsewhere,
  type GitAnswer,
  type Holder,
  type Removal,
  type FileVersion,
  looksLikeMigration,
} from '../../core/lost/git-history.ts'
import { ignoringRule } from '../../core/release/ship-ignore.ts'
import { readRegularFile } from '../files/regular-file.ts'
import {
  type Git,
  isAncestor,
  readContentId,
  readHistoryOf,
  readIgnoreRule,
  readReflogs,
  readRefsWith,
  listTree,
  readUnreachable,
} from './git-queries.ts'
import { type HistoryFound, readGitHistory, readUnlikelyPaths } from './revision-history.ts'

/** A revision to find. Paths are relative to the repository's root. */
export interface RevisionQuestion {
  readonly revision: string
  readonly alembic: AlembicVersion
  readonly versionLocations: readonly string[]
}

/** Maximum number of versions for which to look up refs. The newest versions come first. */
const maxVersions = 4

/** Maximum number of refs to list. Branches come first. */
const maxRefs = 24

/** Maximum number of commits to compare one by one with HEAD. */
const fewCommits = 6

/** Maximum number of reflog entries to search. */
const maxEntries = 60

/**
 * Searches refs and reflogs, then unreachable commits, and finally all Python files that mention the revision.
 * @throws GitRefused if git fails.
 */
export async function findRevision(
  git: Git,
  question: RevisionQuestion,
): Promise<GitAnswer & { readonly lacks: readonly string[] }> {
  const { revision, alembic, versionLocations } = question
  const counts = (path: string): boolean =>
    looksLikeMigration(path) ||
    path.includes(revision) ||
    versionLocations.some((folder) => folder === '' || path.startsWith(`${folder}/`))
  const found = await readGitHistory(git, { scope: 'everything', alembic, counts })
  let lost: readonly string[] = []
  if (!found.byRevision.has(revision)) {
    lost = await readUnreachable(git)
    if (lost.length > 0) add(found, await readGitHistory(git, { scope: lost, alembic, counts }))
  }
  if (!found.byRevision.has(revision)) {
    const paths = await readUnlikelyPaths(git, found.others, revision, alembic)
    if (paths.size > 0) {
      add(
        found,
        await readGitHistory(git, { scope: 'everything', alembic, counts: (path) => paths.has(path) }),
      )
    }
  }
  const known = found.byRevision.get(revision) ?? { versions: [], removals: [] }
  const here = await definedHere(git, revision, known.versions)
  const { versions, removals, elsewhere } = await placed(git, known, new Set(lost))
  return {
    history: found.byRevision,
    here,
    versions,
    removals,
    elsewhere,
    ignored: await ignoredBy(git, here),
    lacks: lacksOf(git, found),
  }
}

/** Merges the results of another search into `found`. */
function add(found: HistoryFound, more: HistoryFound): void {
  for (const [id, { versions, removals }] of more.byRevision) {
    const known = found.byRevision.get(id)
    if (known) {
      known.versions.push(...versions)
      known.removals.push(...removals)
    } else found.byRevision.set(id, { versions, removals })
  }
}

/** Returns the files at HEAD that define the revision. */
async function definedHere(
  git: Git,
  revision: string,
  known: readonly FileVersion[],
): Promise<readonly FileVersion[]> {
  if (git.head === null || known.length === 0) return []
  const tree = await listTree(git, git.head)
  const byBlob = new Map(known.map((version) => [version.blob, version]))
  return [...tree].flatMap(([path, blob]) => {
    const version = byBlob.get(blob)
    return version && version.revision === revision ? [{ ...version, path }] : []
  })
}

/**
 * Returns only the versions and removals in HEAD's history. If that history contains no version, also finds the refs
 * that contain one.
 */
async function placed(
  git: Git,
  known: { readonly versions: readonly FileVersion[]; readonly removals: readonly Removal[] },
  lost: ReadonlySet<string>,
): Promise<Pick<GitAnswer, 'versions' | 'removals' | 'elsewhere'>> {
  const commits = new Set([...known.versions, ...known.removals].map(({ commit }) => commit.id))
  const inHead = await inHistoryOfHead(
    git,
    [...commits].filter((id) => !lost.has(id)),
  )
  const versions = known.versions.filter(({ commit }) => inHead.has(commit.id))
  const removals = known.removals.filter(({ commit }) => inHead.has(commit.id))
  const others = known.versions.filter(({ commit }) => !inHead.has(commit.id))
  const elsewhere: Elsewhere[] = []
  // Other refs matter only if HEAD's history never contained the revision.
  for (const version of versions.length > 0 ? [] : others.slice(0, maxVersions)) {
    const holders = await holdersOf(git, version, lost)
    elsewhere.push({ version, holders })
    // More versions wouldn't improve the result, and a lookup can take seconds.
    if (holders.some(({ aheadOfHere }) => aheadOfHere)) break
  }
  return { versions, removals, elsewhere }
}

async function inHistoryOfHead(git: Git, commits: readonly string[]): Promise<ReadonlySet<string>> {
  if (git.head === null) return new Set()
  if (commits.length > fewCommits) {
    const all = await readHistoryOf(git, git.head)
    return new Set(commits.filter((id) => all.has(id)))
  }
  const found = new Set<string>()
  for (const id of commits) if (await isAncestor(git, id, git.head)) found.add(id)
  return found
}

async function holdersOf(
  git: Git,
  version: FileVersion,
  lost: ReadonlySet<string>,
): Promise<readonly Holder[]> {
  const commit = version.commit.id
  if (lost.has(commit)) {
    return [{ kind: 'unreachable', name: commit, tip: commit, aheadOfHere: false }]
  }
  const refs = await readRefsWith(git, commit)
  const newer = new Set(git.head === null ? [] : (await readRefsWith(git, git.head)).map(({ name }) => name))
  const holders: Holder[] = []
  for (const { name, tip } of refs.slice(0, maxRefs)) {
    const stash = name === 'refs/stash'
    holders.push({
      kind: stash ? 'stash' : 'ref',
      name: stash ? 'stash@{0}' : name.replace(/^refs\/(?:heads|tags|remotes)\//, ''),
      tip,
      aheadOfHere: !stash && newer.has(name) && (await readContentId(git, tip, version.path)) !== null,
    })
  }
  if (holders.length > 0) return holders
  for (const { name, commit: entry } of (await readReflogs(git)).slice(0, maxEntries)) {
    if (!(await isAncestor(git, commit, entry))) continue
    const stash = name.includes('stash@{')
    const short = name.replace(/^refs\/(?:heads\/)?/, '')
    return [
      {
        kind: stash ? 'stash' : 'reflog',
        name: short,
        tip: entry,
        aheadOfHere: false,
      },
    ]
  }
  return [{ kind: 'reflog', name: commit, tip: commit, aheadOfHere: false }]
}

/**
 * Returns the rule that keeps a committed file out of the Docker image or Heroku slug. `.slugignore` works only at the
 * root. Any parent folder may be a Docker build context.
 */
async function ignoredBy(git: Git, here: readonly FileVersion[]): Promise<GitAnswer['ignored']> {
  for (const { path } of here) {
    const rule = await readIgnoreRule(git, path)
    // The user's personal excludes file doesn't affect the image or slug.
    if (rule && !rule.file.startsWith('/')) return { path, by: ruleName(rule.file, rule) }
    const parts = path.split('/')
    const folders = parts.map((_, index) => parts.slice(0, index).join('/'))
    for (const folder of folders) {
      for (const [name, style] of shippingFiles) {
        if (style === 'slug' && folder !== '') continue
        const file = posix.join(folder, name)
        const text = readText(posix.join(git.directory, file))
        const found = text === null ? null : ignoringRule(text, style, posix.relative(folder, path))
        if (found) return { path, by: ruleName(file, found) }
      }
    }
  }
  return null
}

const shippingFiles = [
  ['.slugignore', 'slug'],
  ['.dockerignore', 'docker'],
] as const

function ruleName(file: string, { line, pattern }: { line: string | number; pattern: string }): string {
  return `${file}, line ${line}: ${pattern}`
}

/** Returns the text of a file, or null if it can't be read. */
function readText(path: string): string | null {
  try {
    return readRegularFile(path)?.toString() ?? null
  } catch {
    return null
  }
}

function lacksOf(git: Git, found: HistoryFound): readonly string[] {
  return [
    ...(git.shallow
      ? ['this clone is shallow, so older commits are missing (git fetch --unshallow downloads them)']
      : []),
    ...(found.missing > 0 ? [`this partial clone lacks the contents of ${found.missing} files`] : []),
    ...(git.partial && found.missing === 0 ? ['this is a partial clone'] : []),
    ...(git.head === null ? ['the repository has no commits yet'] : []),
  ]
}
