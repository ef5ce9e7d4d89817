/** Puts together what git knows about one revision id; asks as little as the answer needs. */
import { posix } from 'node:path'
import type { AlembicVersion } from '../core/alembic-version.ts'
import type { Elsewhere, GitAnswer, Holder, Removal, Version } from '../core/git-history.ts'
import { looksLikeMigration } from '../core/git-history.ts'
import {
  type Git,
  isAncestor,
  readContentId,
  readIgnoreRule,
  readReflogs,
  readRefsWith,
  readTree,
  readUnreachable,
} from './git.ts'
import { type HistoryFound, readGitHistory } from './read-git-history.ts'

/** What is asked. Paths are relative to the top of the repository. */
export interface RevisionQuestion {
  readonly revision: string
  readonly alembic: AlembicVersion
  readonly versionLocations: readonly string[]
}

/** Versions of one id whose whereabouts are looked into; a file that was edited more often is found all the same. */
const mostVersions = 12

/** Entries of reflogs that are compared with a commit that no ref has. */
const mostEntries = 60

/**
 * Answers from the commits that have a name, then from those that only exist, then from every Python file.
 * @throws GitRefused when git fails.
 */
export async function askGit(
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
    add(
      found,
      await readGitHistory(git, {
        scope: 'everything',
        alembic,
        counts: (path) => !counts(path),
        mentioning: revision,
      }),
    )
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

/** Adds what a second look found. */
function add(found: HistoryFound, more: HistoryFound): void {
  for (const [id, { versions, removals }] of more.byRevision) {
    const known = found.byRevision.get(id)
    if (known) {
      known.versions.push(...versions)
      known.removals.push(...removals)
    } else found.byRevision.set(id, { versions, removals })
  }
}

/** Which files of the commit that is checked out define the id. */
async function definedHere(
  git: Git,
  revision: string,
  known: readonly Version[],
): Promise<readonly Version[]> {
  if (git.head === null || known.length === 0) return []
  const tree = await readTree(git, git.head)
  const byBlob = new Map(known.map((version) => [version.blob, version]))
  return [...tree].flatMap(([path, blob]) => {
    const version = byBlob.get(blob)
    return version && version.revision === revision ? [{ ...version, path }] : []
  })
}

/** Sorts versions and removals by whether the checked out commit has them, and says who holds the others. */
async function placed(
  git: Git,
  known: { readonly versions: readonly Version[]; readonly removals: readonly Removal[] },
  lost: ReadonlySet<string>,
): Promise<Pick<GitAnswer, 'versions' | 'removals' | 'elsewhere'>> {
  const inHead = new Map<string, boolean>()
  const has = async (commit: string): Promise<boolean> => {
    const answer = inHead.get(commit) ?? (git.head !== null && (await isAncestor(git, commit, git.head)))
    inHead.set(commit, answer)
    return answer
  }
  const versions: Version[] = []
  const elsewhere: Elsewhere[] = []
  for (const version of known.versions.slice(0, mostVersions)) {
    if (!lost.has(version.commit.id) && (await has(version.commit.id))) versions.push(version)
    else elsewhere.push({ version, holders: await holdersOf(git, version, lost) })
  }
  const removals: Removal[] = []
  for (const removal of known.removals.slice(0, mostVersions)) {
    if (!lost.has(removal.commit.id) && (await has(removal.commit.id))) removals.push(removal)
  }
  return { versions, removals, elsewhere }
}

async function holdersOf(git: Git, version: Version, lost: ReadonlySet<string>): Promise<readonly Holder[]> {
  const commit = version.commit.id
  const aheadAt = async (tip: string): Promise<boolean> =>
    git.head !== null &&
    (await isAncestor(git, git.head, tip)) &&
    (await readContentId(git, tip, version.path)) !== null
  if (lost.has(commit)) {
    return [{ kind: 'unreachable', name: commit, tip: commit, aheadOfHere: false }]
  }
  const holders: Holder[] = []
  for (const { name, tip } of await readRefsWith(git, commit)) {
    const stash = name === 'refs/stash'
    holders.push({
      kind: stash ? 'stash' : 'ref',
      name: stash ? 'stash@{0}' : name.replace(/^refs\/(?:heads|tags|remotes)\//, ''),
      tip,
      aheadOfHere: !stash && (await aheadAt(tip)),
    })
  }
  if (holders.length > 0) return holders
  for (const { name, commit: entry } of (await readReflogs(git)).slice(0, mostEntries)) {
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

/** Files that keep things out of a slug or an image, besides `.gitignore`. */
const shippingFiles = ['.slugignore', '.dockerignore']

async function ignoredBy(git: Git, here: readonly Version[]): Promise<GitAnswer['ignored']> {
  for (const { path } of here) {
    for (const file of [null, ...shippingFiles]) {
      const extra = file === null ? null : posix.join(git.directory, file)
      const rule = await readIgnoreRule(git, path, extra)
      if (!rule || (file !== null && posix.basename(rule.file) !== file)) continue
      // A user's own excludes are nobody else's.
      if (file === null && rule.file.startsWith('/')) continue
      const name = file ?? rule.file
      return { path, by: `${name}, line ${rule.line}: ${rule.pattern}` }
    }
  }
  return null
}

function lacksOf(git: Git, found: HistoryFound): readonly string[] {
  return [
    ...(git.shallow ? ['this clone is shallow, so older commits are not here: git fetch --unshallow'] : []),
    ...(found.missing > 0
      ? [`${found.missing} contents are not in this clone (a partial one); they were not fetched`]
      : []),
    ...(git.partial && found.missing === 0 ? ['this clone is partial'] : []),
    ...(git.head === null ? ['nothing is committed here yet'] : []),
  ]
}
