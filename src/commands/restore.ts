/** `restore`: restores a lost migration from git, unchanged. Writes nothing without `--write`. */
import { diskTree } from '../adapters/files/disk-tree.ts'
import { repositoryModules } from '../adapters/project/repository-modules.ts'
import { GitRefused } from '../adapters/git/git-process.ts'
import { type Git, readBlobs } from '../adapters/git/git-queries.ts'
import type { FileEdit } from '../core/text/file-edit.ts'
import type { GitAnswer, FileVersion } from '../core/lost/git-history.ts'
import { type RevisionGraph, buildGraph } from '../core/history/revision-graph.ts'
import { objectionToRestore } from '../core/judge/judge-files.ts'
import { type RestorePlan, planRestore } from '../core/lost/restore-plan.ts'
import type { Repository } from '../core/history/repository.ts'
import { typedSentence } from '../core/findings/command-forms.ts'
import { listed, shown, shownSentence } from '../core/text/display.ts'
import { predictUpgrade } from '../core/upgrade/predict-upgrade.ts'
import { GuardError, exitCodes } from '../errors.ts'
import { readMigration } from '../python/header/read-migration.ts'
import { relinkMigration } from '../python/edit/relink.ts'
import { restoreHuman, restoreJson } from '../report/text/restore.ts'
import type { Command } from './shell/command.ts'
import { commandForms } from './forms/command-forms.ts'
import { type Gathered, gather } from './gather/gather-release.ts'
import { gatherHistory, type History } from './gather/history.ts'
import { applyGuarded, rollBackInterruptedWrite } from './write-files/guarded-edits.ts'
import { type GatheredProvenance, gatherProvenance, pathBelow } from './gather/gather-provenance.ts'
import type { ReleaseSettings, VerdictSettings } from './shell/release-settings.ts'
import type { FormatSettings } from './shell/report-settings.ts'
import type { PositionalSettings, WriteSettings } from './shell/verb-settings.ts'
import { releaseVerbOptions, reportOptions } from './shell/options.ts'
import type { Prediction } from '../core/upgrade/prediction.ts'

export const restore: Command = {
  name: 'restore',
  options: ['write', ...releaseVerbOptions, ...reportOptions],
  formats: ['human', 'json'],
  examples: [
    ['$0 restore guest_lockout_001', 'the changes, as a diff'],
    ['$0 restore guest_lockout_001 --write', 'restore it'],
  ],
  async run(context, settings: ReleaseSettings & PositionalSettings & WriteSettings & FormatSettings) {
    const [revision, ...rest] = settings.positionals
    if (revision === undefined || rest.length > 0) {
      throw new GuardError('usage', 'restore requires exactly one revision', {
        command: ['alembic-guard', 'restore', 'guest_lockout_001'],
      })
    }
    if (settings.write) await rollBackInterruptedWrite(context, settings)
    const gathered =
      settings.databaseUrl.value === null
        ? { ...(await gatherHistory(context, settings)), state: null, problem: null }
        : await gather(context, settings)
    if (gathered.problem) throw gathered.problem
    const { repository, graph } = gathered
    const known = graph.get(revision)
    if (known) {
      throw new GuardError(
        'usage',
        `${shown(revision)} isn't lost: it is defined in ${shown(known.path)}`,
        null,
      )
    }
    const found = await gatherProvenance(context, gathered, gathered.state, [revision])
    const { git, answer, version } = sourceOf(found, revision)
    const plan = planRestore(graph, answer.history, version)
    const edits = await editsOf(context.cwd, git, repository, plan)
    const after = predicted({ ...gathered, repository: afterwards(context.cwd, repository, edits) }, settings)
    const outcome = { revision, plan, edits, written: false, ...after }
    const objection = failureOf(gathered, found, plan, settings.target)
    if (objection !== null) {
      throw new GuardError(
        'unavailable',
        typedSentence(
          `with ${shown(revision)} restored, "alembic upgrade ${shown(settings.target)}" would fail: ${objection}`,
          await commandForms(context, settings, repository),
        ),
        { command: ['alembic-guard', 'explain', revision], after: ' shows what to do instead' },
      )
    }
    if (settings.write) {
      await applyGuarded(context, context.cwd, repository.versionLocations, edits)
      const again = await gatherHistory(context, settings)
      Object.assign(outcome, predicted({ ...again, state: gathered.state }, settings), { written: true })
    }
    const sound =
      outcome.heads.length <= Math.max(1, graph.heads.length) &&
      outcome.problem === null &&
      outcome.prediction?.outcome !== 'fails'
    return {
      stdout: (settings.format === 'json' ? restoreJson : restoreHuman)(context.tool, outcome, context.width),
      exitCode: sound ? exitCodes.pass : exitCodes.blocked,
    }
  },
}

/** Returns the error that an upgrade would raise after the restore; null if it would succeed. */
function failureOf(
  gathered: Gathered | (History & { readonly state: null }),
  provenance: GatheredProvenance,
  plan: RestorePlan,
  target: string,
): string | null {
  const { repository, graph, state } = gathered
  const live = 'live' in gathered ? gathered.live : null
  const after = state && objectionToRestore({ repository, graph, state, target, provenance, live }, plan)
  const failure = after?.failure ?? null
  return (
    failure &&
    `${shownSentence(failure.error.message.split('\n', 1)[0] ?? '')} (in ${shown(failure.revision)})`
  )
}

/**
 * Selects the version to restore: the most recently removed one or, if none was removed, the newest one on any
 * branch.
 */
function sourceOf(
  found: GatheredProvenance,
  revision: string,
): { readonly git: Git; readonly answer: GitAnswer; readonly version: FileVersion } {
  const { git, answers, unavailable: lacks } = found
  const answer = answers.get(revision)
  if (!git || !answer) {
    throw new GuardError(
      'unavailable',
      `the git history can't be read: ${lacks.join('; ')}`,
      'run this command in a clone of the repository',
    )
  }
  const [cause] = found.byRevision.get(revision) ?? []
  if (cause?.kind === 'renamed') {
    throw new GuardError(
      'unavailable',
      `${shown(cause.to)} is ${shown(revision)} under a new id: with both files, the migration would run twice`,
      { command: ['alembic-guard', 'explain', revision], after: ' shows how to update the version row' },
    )
  }
  if (cause?.kind === 'foreign') {
    throw new GuardError(
      'unavailable',
      `${shown(revision)} belongs to another project, ${shown(cause.project)}`,
      { command: ['alembic-guard', 'explain', revision], after: ' shows what to do' },
    )
  }
  const [removal] = answer.removals
  const version =
    answer.here[0] ??
    answer.versions.find(({ blob }) => blob === removal?.blob) ??
    answer.versions[0] ??
    answer.elsewhere.find(({ holders }) => holders.some(({ aheadOfHere }) => aheadOfHere))?.version ??
    answer.elsewhere[0]?.version
  if (version) return { git, answer, version }
  throw new GuardError(
    'unavailable',
    `no file in the git history defines ${shown(revision)}${lacks.length > 0 ? ` (${lacks.join('; ')})` : ''}`,
    { command: ['alembic-guard', 'explain', revision], after: ' shows what to do' },
  )
}

/** Returns edits that restore the files from git and relink their children. */
async function editsOf(
  cwd: string,
  git: Git,
  repository: Repository,
  plan: RestorePlan,
): Promise<readonly FileEdit[]> {
  const tree = diskTree(cwd)
  const contents = new Map<string, Uint8Array>()
  try {
    for await (const { id, bytes } of readBlobs(
      git,
      plan.files.map(({ blob }) => blob),
    )) {
      if (bytes) contents.set(id, Uint8Array.from(bytes))
    }
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error
    throw new GuardError('unavailable', error.reason, null, { cause: error })
  }
  const taken = new Set<string>()
  const created = plan.files.map((version): FileEdit => {
    const after = contents.get(version.blob)
    if (!after)
      throw new GuardError('unavailable', `git doesn't have the contents of ${shown(version.path)}`, null)
    const path = freePath(cwd, git, repository, version.path, taken)
    taken.add(path)
    return { kind: 'create', path, after }
  })
  const relinked = plan.relinks.map(({ path, from, to }): FileEdit => {
    const before = tree.readFile(path)
    const result = before && relinkMigration(before, path, [{ from, to: [to] }])
    if (before && result?.kind === 'relinked') return { kind: 'replace', path, before, after: result.bytes }
    throw new GuardError(
      'unavailable',
      `can't edit ${shown(path)} safely: ${result?.kind === 'refused' ? result.reason : 'it no longer exists'}`,
      `run "git restore" on the file, then replace ${shown(from)} with ${shown(to)} in its down_revision`,
    )
  })
  return [...created, ...relinked]
}

/**
 * Returns the old path if Alembic reads its folder; otherwise, a path in the first version location. If the name is
 * taken, adds a suffix.
 */
function freePath(
  cwd: string,
  git: Git,
  repository: Repository,
  old: string,
  taken: ReadonlySet<string>,
): string {
  const tree = diskTree(cwd)
  const name = old.slice(old.lastIndexOf('/') + 1)
  const folder = old.slice(0, Math.max(0, old.lastIndexOf('/')))
  const home =
    repository.versionLocations.find((location) => pathBelow(git.directory, tree, location) === folder) ??
    repository.versionLocations[0] ??
    '.'
  for (const suffix of ['', '_restored', '_restored_2', '_restored_3']) {
    const file = name.replace(/(?:\.py)?$/, `${suffix}.py`)
    const path = home === '.' ? file : `${home}/${file}`
    if (tree.kindOf(path) === null && !taken.has(path)) return path
  }
  throw new GuardError('unavailable', `${shown(`${home}/${name}`)} already exists`, 'move it elsewhere')
}

function afterwards(cwd: string, repository: Repository, edits: readonly FileEdit[]): Repository {
  const imported = repositoryModules(diskTree(cwd), repository.importPaths)
  const modules = repository.modules.map((module) => {
    const edit = edits.find(({ kind, path }) => kind === 'replace' && path === module.path)
    return edit ? readMigration(edit.after, module.path, imported) : module
  })
  const created = edits.filter(({ kind }) => kind === 'create')
  return {
    ...repository,
    modules: [...modules, ...created.map(({ path, after }) => readMigration(after, path, imported))],
  }
}

/** Returns the heads that would exist after the restore, and the predicted upgrade. */
function predicted(
  { repository, state }: Pick<History, 'repository'> & Pick<Gathered, 'state'>,
  { target }: Pick<VerdictSettings, 'target'>,
): {
  readonly heads: readonly string[]
  readonly problem: string | null
  readonly prediction: Prediction | null
} {
  const graph: RevisionGraph = buildGraph(repository)
  const missing = graph.missingParents.map(({ missing: name }) => name)
  return {
    heads: [...new Set(graph.heads)],
    problem: graph.problem
      ? missing.length > 0
        ? `no migration defines ${listed(missing)}`
        : "Alembic couldn't build the revision graph"
      : null,
    prediction: state && predictUpgrade(repository, graph, state, target),
  }
}
