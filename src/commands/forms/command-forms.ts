/**
 * Formats the commands that a report suggests for this project. The commands repeat the relevant options of this
 * invocation.
 */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { readRunner } from '../../adapters/release/project-runner.ts'
import type { CommandForms } from '../../core/findings/command-forms.ts'
import { parseWrappedCommand } from '../../core/release/wrapped-command.ts'
import { shellCommand } from '../../core/text/shell-quoting.ts'
import type { Context } from '../shell/command.ts'
import type { CallOption, CallSettings } from '../shell/call-options.ts'
import { guardForms, programOf, repeatedOptions } from './guard-forms.ts'
import { inProjectEnvironment } from './guard-words.ts'
import { type AlembicWords, type ProjectPlace, alembicWords } from './own-command.ts'

/** Returns each command as users would type it in this project. */
export async function commandForms(
  context: Context,
  settings: CallSettings,
  place: ProjectPlace,
): Promise<CommandForms> {
  const tree = diskTree(context.cwd)
  const known = guardForms(context, settings)
  const runner = await readRunner(tree)
  const wrapped = wrappedWords(context.wrapped)
  const { before, behind } = wrapped ?? alembicWords(tree, place)
  return {
    ...known,
    guard: inProjectEnvironment(programOf(context)) ? [...runner, ...known.guard] : known.guard,
    alembic: wrapped ? before : [...runner, ...before],
    behindVerb: behind,
    assignment: assignmentOf(repeatedOptions(context, settings)),
  }
}

/**
 * Treats the command after `run --` as the way to run Alembic, unless it contains `-x`, whose values may be secrets.
 */
function wrappedWords(words: readonly string[]): AlembicWords | null {
  if (words.length === 0) return null
  const { argv, upgrade } = parseWrappedCommand(words)
  const verb = argv.lastIndexOf('upgrade')
  if (!upgrade || upgrade.arguments.length > 0 || verb < 1) return null
  const behind = upgrade.tool === 'flask-migrate' && upgrade.directory !== null
  return {
    before: argv.slice(0, verb),
    behind: behind && !argv.slice(0, verb).includes('-d') ? ['-d', upgrade.directory] : [],
  }
}

/**
 * Returns a shell assignment to put in front of Alembic commands; null if none is needed or possible. Projects
 * usually read the URL from `DATABASE_URL`.
 */
function assignmentOf(options: readonly CallOption[]): string | null {
  const valueOf = (wanted: CallOption['name']): string | undefined =>
    options.find(({ name }) => name === wanted)?.value
  const variable = valueOf('database-url-env')
  const [app, remote] = [valueOf('app'), valueOf('remote')]
  if (variable !== undefined && !/^[A-Za-z_]\w*$/.test(variable)) return null
  if (app !== undefined || remote !== undefined) {
    const which = app === undefined ? ['--remote', remote ?? ''] : ['--app', app]
    const asked = shellCommand(['heroku', 'config:get', variable ?? 'DATABASE_URL', ...which])
    return `DATABASE_URL="$(${asked})"`
  }
  return variable === undefined || variable === 'DATABASE_URL' ? null : `DATABASE_URL="$${variable}"`
}
