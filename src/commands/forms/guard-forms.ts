/** How the guard's own commands are typed: as it was started, with the options of this call. */
import { type CommandForms, plainForms } from '../../core/findings/command-forms.ts'
import { type CallOption, type CallSettings, callOption, keptOptions } from '../shell/call-options.ts'
import type { Context } from '../shell/command.ts'
import { guardWords } from './guard-words.ts'
import { herokuCommandWords, herokuOptionWords, herokuVerbs, isHerokuPlugin } from './heroku-words.ts'

/** Known before the project is read; Alembic's commands are as its documentation spells them. */
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

/** The options of this call, and what its surroundings add. */
export function repeatedOptions(context: Context, { call }: CallSettings): readonly CallOption[] {
  return [...call.options, ...herokuOption(context, call.options)]
}

/**
 * A dyno of Heroku's release phase is gone when its log is read, and an app's other dynos run older code: commands are
 * typed in a clone, with the app whose database they are about.
 */
function herokuOption({ env }: Context, given: readonly CallOption[]): readonly CallOption[] {
  if (!/^release[.-]/.test(env['DYNO'] ?? '')) return []
  if (given.some(({ name }) => name === 'app' || name === 'remote')) return []
  const app = env['HEROKU_APP_NAME'] ?? ''
  return app === '' ? [callOption('remote', 'heroku')] : [callOption('app', app)]
}

/** The path of the program that was started. */
export function programOf({ self }: Context): string {
  return self.at(-1) ?? ''
}
