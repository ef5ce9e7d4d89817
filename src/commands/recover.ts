/**
 * `recover`: cleans up if both the guard and its watchdog were killed. Undoes interrupted writes and removes
 * unfinished reports.
 */
import { resolve } from 'node:path'
import { diskTree } from '../adapters/files/disk-tree.ts'
import { removeStaleReports, strayReports } from '../adapters/files/report-file.ts'
import { locateProject } from '../adapters/project/locate-project.ts'
import { topFolder } from '../adapters/release/release-files.ts'
import { counted, listed } from '../core/text/display.ts'
import { GuardError, exitCodes } from '../errors.ts'
import type { Command, Context } from './shell/command.ts'
import type { ProjectSettings } from './shell/release-settings.ts'
import { presentationOptions, projectOptions } from './shell/options.ts'
import { rollBackInterrupted } from './write-files/guarded-edits.ts'

export const recover: Command = {
  name: 'recover',
  options: [...projectOptions, ...presentationOptions],
  formats: ['human'],
  examples: [['$0 recover', 'after "alembic-guard was interrupted while writing"']],
  async run(context, settings: ProjectSettings) {
    const folders = await foldersOf(context, settings)
    const undone = await rollBackInterrupted(context.cwd, folders)
    const here = [...new Set(['.', ...folders].map((folder) => resolve(context.cwd, folder)))]
    const stale = here.flatMap((folder) => removeStaleReports(folder))
    const said = [
      ...(undone.length === 0 ? [] : [`undid the interrupted write in ${listed(undone)}`]),
      ...(stale.length === 0 ? [] : [`removed ${counted(stale.length, 'unfinished report')}`]),
    ]
    const stray = here.flatMap((folder) => strayReports(folder))
    if (stray.length > 0)
      context.logger.warn(
        `didn't delete ${listed(stray)}: the guard can't tell which program wrote ${stray.length === 1 ? 'it' : 'them'}`,
      )
    const stdout = `SUCCESS: ${said.length === 0 ? 'no interrupted write found' : said.join('; ')}\n`
    return { stdout, exitCode: exitCodes.pass }
  },
}

/** Returns all folders that commands may write to, including the repository's root, where `init` writes. */
async function foldersOf(context: Context, settings: ProjectSettings): Promise<readonly string[]> {
  const tree = diskTree(context.cwd)
  const top = topFolder(tree)
  try {
    const { versionLocations, scriptLocation } = await locateProject(tree, settings.project)
    return [...versionLocations, scriptLocation, top]
  } catch (error) {
    // The interrupted write may have damaged the configuration.
    if (error instanceof GuardError) return [top]
    throw error
  }
}
