/**
 * Applies the wrapped command's arguments to the settings and the context. These arguments override the guard's
 * options.
 */
import { resolve } from 'node:path'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { ProjectOptions } from '../../adapters/project/project-options.ts'
import { listed, shown } from '../../core/text/display.ts'
import type { WrappedUpgrade } from '../../core/release/upgrade-command.ts'
import type { WrappedCommand } from '../../core/release/wrapped-command.ts'
import { wrappedProblem } from '../../report/phrases/wrapped-command.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from './command.ts'
import type { DatabaseSettings, ProjectSettings, VerdictSettings } from './release-settings.ts'
import type { Settings } from './settings.ts'

/** Settings and context for checking a wrapped command. */
export interface WrappedSettings<S = Settings> {
  /** Context with the command's working directory and environment variables. */
  readonly context: Context
  readonly settings: S
  /** Warnings about unknown arguments and overridden options, one sentence each. */
  readonly warnings: readonly string[]
}

/**
 * Adapts settings and context to the wrapped command.
 * @throws GuardError (usage) for an Alembic command other than `upgrade`.
 */
export function settleWrapped<S extends ProjectSettings & DatabaseSettings & Pick<VerdictSettings, 'target'>>(
  wrapped: WrappedCommand,
  context: Context,
  settings: S,
): WrappedSettings<S> {
  refuseOtherCommand(wrapped)
  const env = environmentOf(wrapped, context.env)
  const cwd = wrapped.folder === null ? context.cwd : resolve(context.cwd, wrapped.folder)
  const warnings: string[] = []
  const inside = { ...context, env, cwd }
  const databaseUrl = urlIn(env, settings.databaseUrl)
  const project = withConfigVariable(settings.project, env)
  const { upgrade } = wrapped
  if (upgrade === null) {
    warnings.push(
      `${wrapped.problem ? wrappedProblem(wrapped.problem) : 'unrecognized command'}; assuming "alembic upgrade ${shown(settings.target)}"`,
    )
    return { context: inside, settings: { ...settings, project, databaseUrl }, warnings }
  }
  if (settings.target !== 'head' && settings.target !== upgrade.target) {
    warnings.push(
      `--target ${shown(settings.target)} is overridden by the command's ${shown(upgrade.target)}`,
    )
  }
  if (upgrade.arguments.length > 0) {
    warnings.push(`the guard doesn't know what env.py does with -x ${listed(upgrade.arguments)}`)
  }
  if (upgrade.offline) {
    warnings.push(
      "--sql only prints statements, so the guard won't compare the version rows with the prediction",
    )
  }
  return {
    context: inside,
    settings: {
      ...settings,
      databaseUrl,
      target: upgrade.target,
      project: projectOf(upgrade, project, cwd, warnings),
    },
    warnings,
  }
}

/**
 * Throws for commands such as `downgrade`, because the guard can check only upgrades.
 * @throws GuardError (usage)
 */
function refuseOtherCommand({ otherCommand }: WrappedCommand): void {
  if (otherCommand === null) return
  throw new GuardError(
    'usage',
    `the command wasn't started: "${otherCommand}" isn't an upgrade, so the guard can't check it`,
    `Run ${otherCommand} directly, without alembic-guard.`,
  )
}

function environmentOf(
  { environment, emptyEnvironment }: WrappedCommand,
  outside: Context['env'],
): Context['env'] {
  const env: Record<string, string | undefined> = emptyEnvironment ? {} : { ...outside }
  for (const [name, value] of environment) {
    if (value === null) delete env[name]
    else env[name] = value
  }
  return env
}

/** If the URL comes from a variable, reads it from the wrapped command's environment. */
function urlIn(env: Context['env'], found: DatabaseSettings['databaseUrl']): DatabaseSettings['databaseUrl'] {
  // Leave out `isTyped`, because the upgrade may create a missing SQLite file.
  if (!found.source.startsWith('$')) return { value: found.value, source: found.source }
  const value = env[found.source.slice(1)] ?? ''
  return { ...found, value: value.trim() === '' ? null : value }
}

function withConfigVariable(project: ProjectOptions, env: Context['env']): ProjectOptions {
  const { alembicConfigEnv: _, ...rest } = project
  const value = env['ALEMBIC_CONFIG']
  return value === undefined ? rest : { ...rest, alembicConfigEnv: value }
}

function projectOf(
  upgrade: WrappedUpgrade,
  project: ProjectOptions,
  cwd: string,
  warnings: string[],
): ProjectOptions {
  const overrule = (flag: string, option: string | undefined, command: string | null): void => {
    if (option !== undefined && command !== null && option !== command) {
      warnings.push(`${flag} ${shown(option)} is overridden by the command's ${shown(command)}`)
    }
  }
  const config = upgrade.config.length > 0 ? upgrade.config : null
  const directory = upgrade.directory ?? project.directory ?? flaskDefault(upgrade, project, cwd)
  overrule('--config', project.config?.at(-1), config?.at(-1) ?? null)
  overrule('--name', project.name, upgrade.name)
  overrule('--directory', project.directory, upgrade.directory)
  return {
    ...project,
    ...(config === null ? {} : { config }),
    ...(upgrade.name === null ? {} : { name: upgrade.name }),
    ...(directory === undefined ? {} : { directory }),
  }
}

/**
 * Returns `migrations` if that folder contains an `alembic.ini`. Flask-Migrate uses it by default, even if there is
 * an `alembic.ini` next to the folder.
 */
function flaskDefault(upgrade: WrappedUpgrade, project: ProjectOptions, cwd: string): string | undefined {
  const said = project.config ?? project.scriptLocation
  if (upgrade.tool !== 'flask-migrate' || said !== undefined) return undefined
  return diskTree(cwd).kindOf('migrations/alembic.ini') === 'file' ? 'migrations' : undefined
}
