/** Decides where a command runs: in the current directory, or in the project that contains it. */
import { resolve } from 'node:path'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { FileUnreadable } from '../../adapters/files/file-tree.ts'
import { enclosingProject } from '../../adapters/project/enclosing-project.ts'
import type { Command, Context } from '../shell/command.ts'
import type { OptionInputs } from '../shell/option-values.ts'
import type { Settings } from '../shell/settings.ts'

/**
 * Options and environment variables that locate the project. If any of them is set, the working directory isn't
 * changed.
 */
const saying = ['config', 'directory', 'script-location', 'version-location'] as const
const sayingVariables = ['ALEMBIC_CONFIG', 'ALEMBIC_GUARD_CONFIG', 'ALEMBIC_GUARD_DIRECTORY']

/**
 * If the guard was started inside the migrations folder, returns a context with the project's root as the working
 * directory. Commands that wrap another one keep their context, because the wrapped command runs in the original
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
    // Unreadable files are ignored here; the command reports them.
    if (error instanceof FileUnreadable) return context
    throw error
  }
}

/** Makes relative paths in the options absolute, based on the directory where the user typed them. */
export function fromFolder(settings: Settings, cwd: string, command: Command): Settings {
  const absolute = (path: string): string => resolve(cwd, path)
  return {
    ...settings,
    output: settings.output === null ? null : absolute(settings.output),
    reports: settings.reports.map((report) => ({ ...report, path: absolute(report.path) })),
    positionals: command.name === 'lint' ? settings.positionals.map(absolute) : settings.positionals,
  }
}
