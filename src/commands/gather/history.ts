/** Reads the repository and builds its revision graph. */
import { interruptedWrite } from '../../adapters/edits/interrupted-write.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { FileTree } from '../../adapters/files/file-tree.ts'
import { locateProject } from '../../adapters/project/locate-project.ts'
import { readRepository } from '../../adapters/project/read-repository.ts'
import type { Repository } from '../../core/history/repository.ts'
import { type RevisionGraph, buildGraph } from '../../core/history/revision-graph.ts'
import type { Context } from '../shell/command.ts'
import type { ProjectSettings } from '../shell/release-settings.ts'
import { GuardError } from '../../errors.ts'

/** A repository, its revision graph, and the files that they were read from. */
export interface History {
  readonly repository: Repository
  readonly graph: RevisionGraph
  readonly tree: FileTree
}

/** Locates the project and reads its files from `tree`. */
export async function gatherHistory(
  context: Context,
  { project }: ProjectSettings,
  tree = diskTree(context.cwd),
): Promise<History> {
  const location = await locateProject(tree, project)
  const read = await readRepository(tree, location, (done, total) =>
    context.progress.show(done, total, 'reading migrations'),
  )
  const cutOff = interruptedWrite(tree, read.versionLocations)
  const repository = cutOff === null ? read : { ...read, remarks: [...read.remarks, cutOff] }
  context.logger.debug(`read ${repository.modules.length} files in ${repository.versionLocations.join(', ')}`)
  return { repository, graph: buildGraph(repository), tree }
}

/** Another process may still be writing. */
export const interruptedHint = 'If a write is in progress, try again after it finishes.'

/**
 * Like {@link gatherHistory}, but refuses to read a partially written history.
 * @throws GuardError (unavailable) if a write was interrupted.
 */
export async function gatherWhole(
  context: Context,
  settings: ProjectSettings,
  tree = diskTree(context.cwd),
): Promise<History> {
  const history = await gatherHistory(context, settings, tree)
  const interrupted = interruptedWrite(tree, history.repository.versionLocations)
  if (interrupted !== null) throw new GuardError('unavailable', interrupted, interruptedHint)
  return history
}
