/** `manifest`: prints, writes or verifies a copy of git's revision history, for deployments without git. */
import { commandText } from '../core/findings/command-forms.ts'
import { GitRefused } from '../adapters/git/git-process.ts'
import { openGit } from '../adapters/git/git-queries.ts'
import { diskTree } from '../adapters/files/disk-tree.ts'
import { readGitHistory } from '../adapters/git/revision-history.ts'
import { planReportFile } from '../adapters/files/report-file.ts'
import { searchProjects } from '../adapters/project/search-projects.ts'
import { joinPath } from '../adapters/files/tree-path.ts'
import { type RevisionHistory, looksLikeMigration } from '../core/lost/git-history.ts'
import {
  type Manifest,
  type ManifestFacts,
  buildManifest,
  formatManifest,
  manifestName,
  staleEntries,
} from '../core/lost/manifest.ts'
import { counted, listed, shown } from '../core/text/display.ts'
import { staleEntry } from '../report/phrases/manifest.ts'
import { GuardError, exitCodes } from '../errors.ts'
import type { Command, Context } from './shell/command.ts'
import { type History, gatherWhole } from './gather/history.ts'
import { pathBelow, readManifestFile } from './gather/gather-provenance.ts'
import { projectOptions, reportOptions } from './shell/options.ts'
import { guardForms } from './forms/guard-forms.ts'
import type { CallSettings } from './shell/call-options.ts'
import type { ProjectSettings } from './shell/release-settings.ts'
import type { ManifestSettings, WriteSettings } from './shell/verb-settings.ts'

export const manifest: Command = {
  name: 'manifest',
  options: [...projectOptions, 'write', 'check', 'all-refs', ...reportOptions],
  formats: ['human'],
  examples: [
    ['$0 manifest --write', 'before removing migrations, or in the build'],
    ['$0 manifest --check', 'in CI'],
    ['$0 manifest --write --all-refs', 'including unmerged branches'],
  ],
  async run(context, settings: CallSettings & ProjectSettings & ManifestSettings & WriteSettings) {
    const history = await gatherWhole(context, settings)
    const tree = diskTree(context.cwd)
    const path = joinPath(history.repository.scriptLocation, manifestName)
    const old: Manifest = readManifestFile(tree, history.repository, []) ?? new Map()
    const wanted = buildManifest(old, await factsOf(context, history, settings.allRefs))
    if (settings.checkManifest) {
      const stale = staleEntries(old, wanted)
      return stale.length === 0
        ? { stdout: `SUCCESS: ${shown(path)} is up to date\n`, exitCode: exitCodes.pass }
        : {
            stdout: `ERROR: ${shown(path)} is stale: ${listed(stale.map(staleEntry), 3)}\nhint: ${commandText(['alembic-guard', 'manifest', '--write'], guardForms(context, settings))}\n`,
            exitCode: exitCodes.blocked,
          }
    }
    const text = formatManifest(wanted)
    if (!settings.write) return { stdout: text, exitCode: exitCodes.pass }
    const bytes = tree.readFile(path)
    if (bytes && new TextDecoder().decode(bytes) === text) {
      return { stdout: `SUCCESS: ${shown(path)} is up to date\n`, exitCode: exitCodes.pass }
    }
    const { writeGuarded } = await import('./write-files/guarded-edits.ts')
    await writeGuarded(context, planReportFile(context.cwd, path, text))
    return {
      stdout: `SUCCESS: ${shown(path)} written: ${counted(wanted.size, 'revision')}; commit it\n`,
      exitCode: exitCodes.pass,
    }
  },
}

async function factsOf(
  context: Context,
  { repository, graph }: History,
  allRefs: boolean,
): Promise<ManifestFacts> {
  const tree = diskTree(context.cwd)
  const { version: alembic } = repository.alembic
  try {
    const git = await openGit({
      directory: joinPath(context.cwd, repository.scriptLocation),
      env: context.env,
      signal: context.signal,
      onProgress: (done, total) => context.progress.show(done, total, 'reading the git history'),
    })
    const inTop = (path: string): string => pathBelow(git.directory, tree, path)
    const own = inTop(repository.scriptLocation)
    const others = searchProjects(diskTree(git.directory)).scriptLocations.filter((folder) => folder !== own)
    const locations = repository.versionLocations.map(inTop)
    const counts = (path: string): boolean =>
      (looksLikeMigration(path) || locations.some((folder) => path.startsWith(`${folder}/`))) &&
      !others.some((folder) => path.startsWith(`${folder}/`))
    const read = async (scope: 'head' | 'everything'): Promise<ReadonlyMap<string, RevisionHistory>> =>
      (await readGitHistory(git, { scope, alembic, counts })).byRevision
    return {
      history: await read('head'),
      elsewhere: allRefs ? await read('everything') : new Map(),
      present: graph.revisions.map(({ id, downRevisions, path }) => ({
        revision: id,
        parents: downRevisions,
        path: inTop(path),
      })),
    }
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error
    throw new GuardError('unavailable', `the manifest needs the git history, but ${error.reason}`, null, {
      cause: error,
    })
  }
}
