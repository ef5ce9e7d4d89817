/** Finds out where revisions come from, using git, the manifest and other projects on disk. */
import { posix } from 'node:path'
import { findRevision } from '../../adapters/git/find-revision.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { FileUnreadable, type FileTree } from '../../adapters/files/file-tree.ts'
import { GitRefused } from '../../adapters/git/git-process.ts'
import { type Git, openGit, readHistoryOf } from '../../adapters/git/git-queries.ts'
import { definitionOf } from '../../adapters/git/revision-history.ts'
import { searchProjects } from '../../adapters/project/search-projects.ts'
import { joinPath } from '../../adapters/files/tree-path.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import { type RevisionChange, changedRevisions } from '../../core/lost/changed-revisions.ts'
import type { GitAnswer, RevisionHistory } from '../../core/lost/git-history.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'
import { type Manifest, manifestName, parseManifest } from '../../core/lost/manifest.ts'
import { type Provenance, provenancesOf } from '../../core/lost/provenance.ts'
import type { RemedyContext, Provenances } from '../../core/lost/provenances.ts'
import type { Repository } from '../../core/history/repository.ts'
import { listed } from '../../core/text/display.ts'
import { operationsOf } from '../../python/operations/operations-text.ts'
import type { Context } from '../shell/command.ts'
import type { History } from './history.ts'

/** Why each revision may have been lost, along with the git data that supports this. */
export interface GatheredProvenance extends Provenances {
  readonly git: Git | null
  /** What git knows about each revision, by revision id. */
  readonly answers: ReadonlyMap<string, GitAnswer>
}

/**
 * Finds out where each of the `revisions` came from and which of the `applied` revisions were modified. Never
 * throws. `unavailable` lists the sources that couldn't be used.
 */
export async function gatherProvenance(
  context: Context,
  { repository, graph }: History,
  state: DatabaseState | null,
  revisions: readonly string[],
  signal: AbortSignal = context.signal,
  applied: readonly string[] = [],
): Promise<GatheredProvenance> {
  const tree = diskTree(context.cwd)
  const lacks: string[] = []
  const git = await open(context, tree, repository, signal, lacks)
  const top = git ? diskTree(git.directory) : tree
  const inTop = (path: string): string => pathBelow(top.cwd, tree, path)
  const own = inTop(repository.scriptLocation)
  const otherProjects = searchProjects(top).scriptLocations.filter(
    (folder) => folder !== own && folder !== '.',
  )
  // The manifest is needed only if there is no git repository.
  const manifest = readManifestFile(tree, repository, git ? [] : lacks)
  if (!git && manifest && revisions.some((revision) => !manifest.has(revision) && !graph.get(revision))) {
    lacks.push(
      "the manifest is part of this release, so if this is a rollback, it doesn't list the newer release's revisions",
    )
  }
  const versionLocations = repository.versionLocations.map(inTop)
  const byRevision = new Map<string, readonly Provenance[]>()
  const answers = new Map<string, GitAnswer>()
  for (const revision of revisions) {
    let answer: GitAnswer | null = null
    if (git) {
      try {
        const { lacks: more, ...rest } = await findRevision(git, {
          revision,
          alembic: repository.alembic.version,
          versionLocations,
        })
        answer = rest
        answers.set(revision, rest)
        lacks.push(...more)
      } catch (error) {
        if (!(error instanceof GitRefused)) throw error
        lacks.push(error.reason)
      }
    }
    byRevision.set(
      revision,
      provenancesOf({
        revision,
        graph,
        versionLocations,
        recursive: repository.recursive,
        git: answer,
        manifest,
        foreign: definedIn(top, otherProjects, revision, repository),
        otherProjects,
        operations: answer && !graph.get(revision) ? currentOperations(tree, repository) : new Map(),
      }),
    )
  }
  const changes = git && (await changesOf(git, graph, repository, versionLocations, applied, lacks))
  return {
    byRevision,
    place: placeOf(tree, git, state),
    unavailable: [...new Set(lacks)],
    ...(changes && { changes }),
    git,
    answers,
  }
}

/** Searches HEAD's history for changes to existing migrations. */
async function changesOf(
  git: Git,
  graph: RevisionGraph,
  { alembic }: Repository,
  versionLocations: readonly string[],
  revisions: readonly string[],
  lacks: string[],
): Promise<ReadonlyMap<string, RevisionChange>> {
  const [revision] = revisions
  if (revision === undefined || git.head === null) return new Map()
  try {
    const question = { revision, alembic: alembic.version, versionLocations }
    const { history } = await findRevision(git, question)
    const here = await readHistoryOf(git, git.head)
    const own = [...history].map(([id, { versions, removals }]): [string, RevisionHistory] => [
      id,
      { versions: versions.filter(({ commit }) => here.has(commit.id)), removals },
    ])
    return changedRevisions(graph, new Map(own), revisions)
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error
    lacks.push(error.reason)
    return new Map()
  }
}

/** Opens the git repository that contains the migrations, which may be a submodule. */
async function open(
  context: Context,
  tree: FileTree,
  repository: Repository,
  signal: AbortSignal,
  lacks: string[],
): Promise<Git | null> {
  const folders = [...repository.versionLocations, repository.scriptLocation, '.']
  const directory = folders.find((folder) => tree.kindOf(folder) === 'directory') ?? '.'
  try {
    return await openGit({
      directory: joinPath(context.cwd, directory),
      env: context.env,
      signal,
      onProgress: (done, total) => context.progress.show(done, total, 'reading the git history'),
    })
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error
    lacks.push(error.reason)
    return null
  }
}

/** Reads the manifest next to env.py; null if it can't be read. Adds problems to `lacks`. */
export function readManifestFile(tree: FileTree, repository: Repository, lacks: string[]): Manifest | null {
  const path = joinPath(repository.scriptLocation, manifestName)
  try {
    const bytes = tree.readFile(path)
    if (!bytes) {
      lacks.push('there is no manifest')
      return null
    }
    const { manifest, problems } = parseManifest(new TextDecoder().decode(bytes))
    if (problems.length > 0)
      lacks.push(`the manifest can't be parsed: ${listed(problems.map((line) => `line ${line}`))}`)
    return manifest
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error
    lacks.push(`the manifest can't be read (${error.code})`)
    return null
  }
}

/** Makes a path relative to the root of the git repository. */
export function pathBelow(top: string, tree: FileTree, path: string): string {
  const absolute = tree.realPath(path) ?? posix.resolve(tree.realPath('.') ?? tree.cwd, path)
  return posix.relative(top, absolute)
}

function placeOf(tree: FileTree, git: Git | null, state: DatabaseState | null): RemedyContext {
  const cwd = tree.realPath('.') ?? tree.cwd
  const folder = git ? posix.relative(git.directory, cwd) : ''
  const outside = /^\.\.(?:\/|$)/.test(folder)
  return {
    git: outside && git ? ['git', '-C', posix.relative(cwd, git.directory)] : ['git'],
    folder: outside ? '' : folder,
    database: state && {
      host: state.host,
      name: state.name,
    },
  }
}

/** Finds the revision in another project's `versions` folder. */
function definedIn(
  tree: FileTree,
  projects: readonly string[],
  revision: string,
  { alembic }: Repository,
): { readonly path: string; readonly project: string } | null {
  for (const project of projects) {
    for (const path of pythonFiles(tree, `${project}/versions`)) {
      const bytes = readOrNull(tree, path)
      if (!bytes || !new TextDecoder().decode(bytes).includes(revision)) continue
      if (definitionOf(bytes, path, alembic.version)?.revision === revision) return { path, project }
    }
  }
  return null
}

function pythonFiles(tree: FileTree, folder: string): readonly string[] {
  try {
    const entries = tree.readDirectory(folder) ?? []
    return entries.filter(({ name }) => name.endsWith('.py')).map(({ name }) => `${folder}/${name}`)
  } catch (error) {
    if (error instanceof FileUnreadable) return []
    throw error
  }
}

function readOrNull(tree: FileTree, path: string): Uint8Array | null {
  try {
    return tree.readFile(path)
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
}

/** Maps each revision id to the operations in its current migration. */
function currentOperations(tree: FileTree, { modules, alembic }: Repository): ReadonlyMap<string, string> {
  const operations = new Map<string, string>()
  for (const module of modules) {
    const bytes = readOrNull(tree, module.path)
    const defined = bytes && definitionOf(bytes, module.path, alembic.version)
    if (bytes && defined) {
      const text = operationsOf(bytes, module)
      if (text !== null) operations.set(defined.revision, text)
    }
  }
  return operations
}
