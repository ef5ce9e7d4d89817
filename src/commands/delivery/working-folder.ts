/** Decides where a command runs: in the current directory or in the enclosing project. */
import { resolve } from 'node:path'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { FileUnreadable } from '../../adapters/files/file-tree.ts'
import { enclosingProject } from '../../adapters/project/enclosing-project.ts'
import type { Command, Context } from '../shell/command.ts'
import type { OptionInputs } from '../shell/option-values.ts'
import type { Settings } from '../shell/settings.ts'

/** Options and variables that locate the project. If any of them is set, the working directory isn't changed. */
const saying = ['config', 'directory', 'script-location', 'version-location'] as const
const sayingVariables = ['ALEMBIC_CONFIG', 'ALEMBIC_GUARD_CONFIG', 'ALEMBIC_GUARD_DIRECTORY']

/**
 * Changes from the migrations folder to the project's root, except for wrapped commands, which need the original
 * directory.
 */
export async function inProject(context: Context, command: Command, given: OptionInputs): Promise<Context> {
  const isSaid =
    saying.some((name) => given[name] !== undefined) ||
    sayingVariables.some((name) => (context.env[name] ?? '') !== '')
  if (isSaid || command.wraps === true || !command.options.includes('config')) return context
  try {
    const folder = await enclosingProject(diskTree(context.cwd), diskTree)
    if (folder === null) return context
    context.logger.info(`using the project in ${folder}`)
    return { ...context, cwd: folder }
  } catch (error) {
    // The command itself reports unreadable files.
    if (error instanceof FileUnreadable) return context
    throw error
  }
}

/** Makes relative paths in the options absolute. */
export function fromFolder(settings: Settings, cwd: string, command: Command): Settings {
  const absolute = (path: string): string => resolve(cwd, path)
  return {
    ...settings,
    output: settings.output === null ? null : absolute(settings.output),
    reports: settings.reports.map((report) => ({ ...report, path: absolute(report.path) })),
    positionals: command.name === 'lint' ? settings.positionals.map(absolute) : settings.positionals,
  }
}
