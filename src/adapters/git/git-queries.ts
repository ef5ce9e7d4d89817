/** Read-only git queries, one function each. */
import { type GitLocation, GitRefused, gitFields, gitStream, gitText } from './git-process.ts'
import type { GitCommit } from '../../core/lost/git-history.ts'

/** A git repository with a working tree. */
export interface Git extends GitLocation {
  /** Root of the working tree, with symlinks resolved. */
  readonly directory: string
  /** The checked-out commit; null before the first commit. */
  readonly head: string | null
  readonly shallow: boolean
  /** Whether this is a partial clone. The guard never fetches missing objects. */
  readonly partial: boolean
}

/** A file changed by a commit. `before` contains one object id per parent. */
export interface Change {
  readonly path: string
  readonly before: readonly (string | null)[]
  readonly after: string | null
}

/** Commits to search: HEAD's history, everything reachable, or the given commits. */
export type HistoryScope = 'head' | 'everything' | readonly string[]

/** Maximum blob size in bytes. Larger blobs aren't migrations. */
const maxBlobBytes = 2 * 1024 * 1024

/**
 * Opens the repository that contains a folder.
 * @throws GitRefused if git isn't installed or there is no repository.
 */
export async function openGit(place: GitLocation): Promise<Git> {
  const text = await gitText(place, ['rev-parse', '--show-toplevel', '--is-shallow-repository'])
  const [directory = '', shallow = ''] = text.split('\n')
  const git = { ...place, directory }
  const head = await readCommit(git, 'HEAD')
  const promisors = await gitText(git, ['config', '--get-regexp', String.raw`^remote\..*\.promisor$`]).catch(
    () => '',
  )
  return { ...git, head, shallow: shallow === 'true', partial: / true$/m.test(promisors) }
}

/** Resolves a name to a commit; null if there is no such commit. */
export async function readCommit(git: GitLocation, name: string): Promise<string | null> {
  try {
    return (await gitText(git, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`])).trim()
  } catch (error) {
    if (error instanceof GitRefused && error.kind === 'failed') return null
    throw error
  }
}

/**
 * Yields all changes to Python files by commit, newest first, including those on side branches. For a merge,
 * includes only files that differ from every parent.
 */
export async function* readChanges(
  git: Git,
  scope: HistoryScope,
): AsyncGenerator<{
  readonly commit: GitCommit
  readonly parents: readonly string[]
  readonly changes: readonly Change[]
}> {
  if (scope === 'head' && git.head === null) return
  const revisions =
    scope === 'head'
      ? ['HEAD']
      : scope === 'everything'
        ? ['--all', '--reflog', ...(git.head ? ['HEAD'] : [])]
        : ['--stdin', '--no-walk']
  const format = '%x01%H%x00%P%x00%an%x00%aI%x00%s'
  const args = ['log', ...revisions, '--full-history', '-c', '--raw', '-z', '--no-renames', '--no-abbrev', '-O/dev/null'] // prettier-ignore
  const fields = gitFields(
    git,
    [...args, '--no-ext-diff', '--no-textconv', `--format=tformat:${format}`, '--', ':(top,glob)**/*.py'],
    typeof scope === 'string' ? [] : scope.map((id) => `${id}\n`),
  )
  let header: string[] | null = null
  let current: { commit: GitCommit; parents: string[]; changes: Change[] } | null = null
  let entry: string | null = null
  for await (const batch of fields) {
    for (const field of batch) {
      if (header) {
        header.push(field)
        if (header.length < 5) continue
        const [id = '', parents = '', author = '', date = '', subject = ''] = header
        current = {
          commit: { id, author, date, subject },
          parents: parents.split(' ').filter(Boolean),
          changes: [],
        }
        header = null
      } else if (entry !== null) {
        current?.changes.push(changeOf(entry, field))
        entry = null
      } else {
        const text = field.replace(/^\n+/, '')
        if (text.startsWith(':')) entry = text
        else if (text.startsWith('\u0001')) {
          if (current && current.changes.length > 0) yield current
          header = [text.slice(1)]
        }
      }
    }
  }
  if (current && current.changes.length > 0) yield current
}

/** Parses an entry such as `:100644 000000 OLD NEW D`. Each additional parent adds a colon, a mode and an old id. */
function changeOf(entry: string, path: string): Change {
  const parents = /^:+/.exec(entry)?.[0].length ?? 1
  const words = entry.slice(parents).split(' ')
  const modes = words.slice(0, parents + 1)
  const contents = words.slice(parents + 1, 2 * parents + 2)
  const known = contents.map((id, index) => (/^0+$/.test(id) || !modes[index]?.startsWith('100') ? null : id))
  return { path, before: known.slice(0, -1), after: known.at(-1) ?? null }
}

/** Reads blobs with a single git process. Missing and oversized blobs yield null. */
export async function* readBlobs(
  git: Git,
  ids: readonly string[],
): AsyncGenerator<{ readonly id: string; readonly bytes: Buffer | null }> {
  if (ids.length === 0) return
  let buffered: Buffer[] = []
  let length = 0
  let awaited: { id: string; size: number } | null = null
  /** Number of bytes left to skip in an oversized blob, including the newline after it. */
  let skipping = 0
  const take = (count: number): Buffer => {
    const all = buffered.length === 1 && buffered[0] ? buffered[0] : Buffer.concat(buffered)
    buffered = all.length > count ? [all.subarray(count)] : []
    length = all.length - count
    return all.subarray(0, count)
  }
  function* asked(): Generator<string> {
    for (let index = 0; index < ids.length; index += 256)
      yield `${ids.slice(index, index + 256).join('\n')}\n`
  }
  for await (const chunk of gitStream(git, ['cat-file', '--batch'], asked())) {
    buffered.push(chunk)
    length += chunk.length
    for (;;) {
      if (skipping > 0) {
        skipping -= take(Math.min(skipping, length)).length
        if (skipping > 0) break
      }
      if (awaited) {
        if (length < awaited.size + 1) break
        const bytes = take(awaited.size + 1).subarray(0, awaited.size)
        yield { id: awaited.id, bytes }
        awaited = null
      }
      const all: Buffer = buffered.length === 1 && buffered[0] ? buffered[0] : Buffer.concat(buffered)
      buffered = [all]
      const end = all.indexOf(10)
      if (end < 0) break
      const [id = '', kind, size] = take(end + 1)
        .subarray(0, end)
        .toString()
        .split(' ')
      if (kind === 'blob' && Number(size) <= maxBlobBytes) awaited = { id, size: Number(size) }
      else {
        yield { id, bytes: null }
        // The reply for a missing object has no size and no contents.
        if (size !== undefined) skipping = Number(size) + 1
      }
    }
  }
}

/** Maps the Python files in a commit to their blob ids. */
export async function listTree(git: Git, commit: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for await (const batch of gitFields(git, ['ls-tree', '-r', '-z', '--full-tree', commit])) {
    for (const field of batch) {
      const [, id, path] = /^100\d+ blob ([0-9a-f]+)\t([^]*\.py)$/.exec(field) ?? []
      if (id !== undefined && path !== undefined) files.set(path, id)
    }
  }
  return files
}

/** Returns the blob id of a path, or null if the commit doesn't contain it. */
export async function readContentId(git: Git, commit: string, path: string): Promise<string | null> {
  const text = await gitText(git, ['ls-tree', '-z', '--full-tree', commit, '--', path]).catch(() => '')
  return /^100\d+ blob ([0-9a-f]+)\t/.exec(text)?.[1] ?? null
}

/** Whether the first commit is the same as the second, or one of its ancestors. */
export async function isAncestor(git: Git, ancestor: string, descendant: string): Promise<boolean> {
  if (ancestor === descendant) return true
  try {
    await gitText(git, ['merge-base', '--is-ancestor', ancestor, descendant])
    return true
  } catch (error) {
    if (error instanceof GitRefused && error.kind === 'failed') return false
    throw error
  }
}

/** Returns the commit and its ancestors. */
export async function readHistoryOf(git: Git, commit: string): Promise<ReadonlySet<string>> {
  return new Set((await gitText(git, ['rev-list', commit])).split('\n'))
}

/** Returns the refs that contain the commit, with the commits they point to. */
export async function readRefsWith(
  git: Git,
  commit: string,
): Promise<readonly { name: string; tip: string }[]> {
  const format = '--format=%(refname)%00%(objectname)%00%(*objectname)'
  const text = await gitText(git, ['for-each-ref', `--contains=${commit}`, format])
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', id = '', peeled = ''] = line.split('\0')
      return { name, tip: peeled === '' ? id : peeled }
    })
}

/** Returns the entries of all reflogs, such as `HEAD@{2}`, newest first. */
export async function readReflogs(git: Git): Promise<readonly { name: string; commit: string }[]> {
  const entries: { name: string; commit: string }[] = []
  const args = ['log', '--walk-reflogs', '-z', '--format=tformat:%gd%x00%H', '--all']
  try {
    for await (const batch of gitFields(git, args)) {
      for (let index = 0; index + 1 < batch.length; index += 2) {
        entries.push({ name: batch[index] ?? '', commit: batch[index + 1] ?? '' })
      }
    }
  } catch (error) {
    if (!(error instanceof GitRefused) || error.kind !== 'failed') throw error
  }
  return entries
}

/** Returns the commits that no ref or reflog reaches. */
export async function readUnreachable(git: Git): Promise<readonly string[]> {
  const reachable = new Set<string>()
  const named = ['rev-list', '--all', '--reflog', ...(git.head ? ['HEAD'] : [])]
  for (const line of (await gitText(git, named)).split('\n')) reachable.add(line)
  const lost: string[] = []
  const format = '--batch-check=%(objectname) %(objecttype)'
  let rest = ''
  for await (const chunk of gitStream(git, ['cat-file', '--batch-all-objects', '--unordered', format])) {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.endsWith(' commit')) continue
      const id = line.slice(0, -' commit'.length)
      if (!reachable.has(id)) lost.push(id)
    }
  }
  return lost
}

/** Returns the `.gitignore` rule that matches a path, even if the file is tracked; null if no rule does. */
export async function readIgnoreRule(
  git: Git,
  path: string,
): Promise<{ readonly file: string; readonly line: string; readonly pattern: string } | null> {
  const args = ['check-ignore', '--no-index', '--verbose', '--non-matching', '-z', '--stdin']
  const fields: string[] = []
  try {
    for await (const batch of gitFields(git, args, [`${path}\0`])) fields.push(...batch)
  } catch (error) {
    // Exit status 1 means that no rule matches.
    if (!(error instanceof GitRefused) || error.kind !== 'failed') throw error
  }
  const [source = '', line = '', pattern = ''] = fields
  return source === '' || pattern.startsWith('!') ? null : { file: source, line, pattern }
}
