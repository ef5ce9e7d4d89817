/** `recover`: undoes a write that was killed half-way, with its watchdog. Changes nothing else. */
import { diskTree } from '../adapters/files/disk-tree.ts'
import { locateProject } from '../adapters/project/locate-project.ts'
import { topFolder } from '../adapters/release/release-files.ts'
import { listed } from '../core/text/display.ts'
import { GuardError, exitCodes } from '../errors.ts'
import type { Command, Context } from './shell/command.ts'
import type { ProjectSettings } from './shell/release-settings.ts'
import { presentationOptions, projectOptions } from './shell/options.ts'
import { rollBackInterrupted } from './write-files/guarded-edits.ts'

/** The command. */
export const recover: Command = {
  name: 'recover',
  options: [...projectOptions, ...presentationOptions],
  formats: ['human'],
  examples: [['$0 recover', 'after "a write of alembic-guard was interrupted"']],
  async run(context, settings: ProjectSettings) {
    const undone = await rollBackInterrupted(context.cwd, await foldersOf(context, settings))
    const stdout =
      undone.length === 0
        ? 'SUCCESS: no write was interrupted here\n'
        : `SUCCESS: undid the interrupted write in ${listed(undone)}\n`
    return { stdout, exitCode: exitCodes.pass }
  },
}

/** Wherever a command may write: the version locations, and for `init` the top of the repository. */
async function foldersOf(context: Context, settings: ProjectSettings): Promise<readonly string[]> {
  const tree = diskTree(context.cwd)
  const top = topFolder(tree)
  try {
    return [...(await locateProject(tree, settings.project)).versionLocations, top]
  } catch (error) {
    // What was interrupted may be the very file that says where the project is.
    if (error instanceof GuardError) return [top]
    throw error
  }
}
