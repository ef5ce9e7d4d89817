/** Formats the guard's own commands, with the options from this invocation. */
import { type CommandForms, plainForms } from '../../core/findings/command-forms.ts'
import { type CallOption, type CallSettings, callOption, keptOptions } from '../shell/call-options.ts'
import type { Context } from '../shell/command.ts'
import { guardWords } from './guard-words.ts'
import { herokuCommandWords, herokuOptionWords, herokuVerbs, isHerokuPlugin } from './heroku-words.ts'

/**
 * Returns each command as users would type it. Alembic commands are written as in Alembic's documentation, because
 * the project hasn't been read.
 */
export function guardForms(context: Context, { call }: CallSettings): CommandForms {
  const options = repeatedOptions(context, { call })
  const program = programOf(context)
  const isPlugin = isHerokuPlugin(program)
  return {
    ...plainForms,
    guard: guardWords(program, context.tool.name),
    guardVerbs: isPlugin ? herokuCommandWords : plainForms.guardVerbs,
    guardOptions: new Map(
      Object.entries(keptOptions).map(([verb, names]) => [
        verb,
        options
          .filter(({ name }) => names.includes(name))
          .map((option) => (isPlugin && verb in herokuVerbs ? herokuOptionWords(option) : option.words)),
      ]),
    ),
  }
}

/** Returns the options for this invocation, and any Heroku option implied by the environment. */
export function repeatedOptions(context: Context, { call }: CallSettings): readonly CallOption[] {
  return [...call.options, ...herokuOption(context, call.options)]
}

/**
 * On a Heroku release dyno, adds `--app` or `--remote`. The suggested commands will be run in a local clone, because
 * the release dyno is gone by then.
 */
function herokuOption({ env }: Context, given: readonly CallOption[]): readonly CallOption[] {
  if (!/^release[.-]/.test(env['DYNO'] ?? '')) return []
  if (given.some(({ name }) => name === 'app' || name === 'remote')) return []
  const app = env['HEROKU_APP_NAME'] ?? ''
  return app === '' ? [callOption('remote', 'heroku')] : [callOption('app', app)]
}

/** Path of the running program, before symlinks are resolved. */
export function programOf({ self }: Context): string {
  return self.at(-1) ?? ''
}
