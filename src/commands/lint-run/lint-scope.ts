/** Selects the migrations for `lint`. By default, selects the migrations that are new on this branch. */
import { readBranchPoint, readChangedSince } from '../../adapters/git/changed-files.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { type Git, openGit, readCommit } from '../../adapters/git/git-queries.ts'
import { GitRefused } from '../../adapters/git/git-process.ts'
import { shownPath } from '../../adapters/files/tree-path.ts'
import { historyOrder } from '../../core/lint/history-order.ts'
import { counted, shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type { History } from '../gather/history.ts'
import type { LintSettings, PositionalSettings } from '../shell/verb-settings.ts'

/** The selected revisions, oldest first, and a description of the selection. */
export interface LintScope {
  readonly ids: readonly string[]
  readonly words: string
  readonly remark: string | null
}

const hint = 'use --since COMMIT, --last N, --all or the paths of the migrations'

/**
 * Selects the migrations to lint. `pending` lists the migrations that haven't been applied to the database.
 * @throws GuardError (usage, unavailable)
 */
export async function lintScope(
  context: Context,
  settings: LintSettings & PositionalSettings,
  { graph }: History,
  pending: readonly string[] | null,
): Promise<LintScope> {
  const { all, last, since } = settings.lint
  const paths = settings.positionals
  const asked = [all, last !== null, since !== null, pending !== null, paths.length > 0].filter(Boolean)
  if (asked.length > 1) {
    throw new GuardError('usage', 'paths, --pending, --since, --last and --all are mutually exclusive')
  }
  const order = historyOrder(graph).map(({ id }) => id)
  const whole = (remark: string | null): LintScope => ({
    ids: order,
    words: `all ${counted(order.length, 'migration')}`,
    remark,
  })
  if (all) return whole(null)
  if (last !== null) {
    const ids = order.slice(-last)
    return { ids, words: `the last ${counted(ids.length, 'migration')}`, remark: null }
  }
  if (pending !== null) {
    const wanted = new Set(pending)
    const ids = order.filter((id) => wanted.has(id))
    return { ids, words: counted(ids.length, 'pending migration'), remark: null }
  }
  if (paths.length > 0) return named(context, history(graph, order), paths)
  const git = await gitAt(context)
  if (git === null) {
    if (since !== null)
      throw new GuardError('usage', "--since needs a git repository, but the project isn't in one")
    return whole('Not a git repository: linted all migrations.')
  }
  const from = since === null ? await branchPoint(git) : await givenCommit(git, since)
  const files = history(graph, order)
  const changed = await readChangedSince(
    git,
    from.commit,
    diskTree(context.cwd),
    files.map(({ path }) => path),
  )
  const ids = files.flatMap(({ id, path }) => (changed.has(path) ? [id] : []))
  const words = `${counted(ids.length, 'migration')} new or changed since ${from.words}`
  return { ids, words, remark: ids.length === 0 && since === null ? nothingNew : null }
}

const nothingNew = 'To lint other migrations, use --since COMMIT, --last N or --all.'

interface Placed {
  readonly id: string
  readonly path: string
}

function history(graph: History['graph'], order: readonly string[]): readonly Placed[] {
  return order.flatMap((id) => {
    const path = graph.get(id)?.path ?? ''
    return path === '' ? [] : [{ id, path }]
  })
}

/** Selects the named files, and all files in the named folders. */
function named(context: Context, files: readonly Placed[], paths: readonly string[]): LintScope {
  const wanted = paths.map((path) => shownPath(context.cwd, path))
  const missed = wanted.filter(
    (path) => path !== '.' && !files.some((file) => file.path === path || file.path.startsWith(`${path}/`)),
  )
  if (missed.length > 0) {
    throw new GuardError(
      'usage',
      `${shown(missed[0] ?? '')} is neither a migration of this project nor a folder that contains one`,
      'paths are relative to the working directory',
    )
  }
  const ids = files.flatMap(({ id, path }) =>
    wanted.some((one) => one === '.' || path === one || path.startsWith(`${one}/`)) ? [id] : [],
  )
  return { ids, words: counted(ids.length, 'migration'), remark: null }
}

async function gitAt({ cwd, env, signal }: Context): Promise<Git | null> {
  try {
    return await openGit({ directory: cwd, env, signal })
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error
    if (error.kind === 'failed') throw refused(error)
    return null
  }
}

interface From {
  readonly commit: string
  readonly words: string
}

async function branchPoint(git: Git): Promise<From> {
  if (git.head === null) {
    throw new GuardError('unavailable', 'the git repository has no commits yet', hint)
  }
  const found = await readBranchPoint(git)
  if (found) return { commit: found.commit, words: `${shown(found.branch)} (${found.commit.slice(0, 9)})` }
  const why = git.shallow
    ? 'the clone is shallow, so it lacks the commit where this branch began'
    : 'there is no main or master branch to compare with'
  const deeper = git.shallow ? 'fetch the full history (actions/checkout: fetch-depth: 0), or ' : ''
  throw new GuardError('unavailable', `can't determine which migrations are new: ${why}`, deeper + hint)
}

async function givenCommit(git: Git, since: string): Promise<From> {
  // Git would treat a leading dash as an option.
  const commit = since.startsWith('-') ? null : await readCommit(git, since)
  if (commit === null)
    throw new GuardError('usage', `--since ${shown(since)} matches no commit in this repository`)
  return { commit, words: shown(since) }
}

function refused(error: GitRefused): GuardError {
  return new GuardError(
    'unavailable',
    `git can't determine which migrations are new: ${error.reason}`,
    hint,
    {
      cause: error,
    },
  )
}
