/**
 * The commands of the plugin for the Heroku CLI, told from the list of commands: what `heroku help` says of them. The build
 * writes it to `dist/heroku.json`; heroku-plugin/ runs them.
 */
import { herokuLetters, herokuVerbs } from './commands/forms/heroku-words.ts'
import { commands } from './commands/index.ts'
import { type OptionSpec, options } from './commands/shell/options.ts'

/** One command of the Heroku CLI. */
export interface HerokuCommand {
  /** Of the guard; the CLI's is `alembic:check`. */
  readonly verb: string
  readonly description: string
  /** It is about the database of an app, so one is looked for in the git remotes where none is named. */
  readonly needsApp: boolean
  readonly takesWords: boolean
  readonly flags: readonly {
    readonly name: string
    readonly char: string | null
    readonly description: string
    readonly isSwitch: boolean
    readonly choices: readonly string[]
  }[]
}

/** Tells the commands, in the order of the list. */
export async function herokuCommands(): Promise<readonly HerokuCommand[]> {
  const chosen = commands.filter(({ name }) => name in herokuVerbs)
  return Promise.all(
    chosen.map(async (entry) => {
      const { name, describe, positional } = entry
      const command = await entry.load()
      return {
        verb: name,
        description: describe,
        needsApp: herokuVerbs[name] === true,
        takesWords: positional !== undefined,
        flags: command.options.map((option) => {
          const spec: OptionSpec = options[option]
          return {
            name: option,
            char: herokuLetters[option] ?? spec.alias ?? null,
            description: spec.describe,
            isSwitch: spec.type === 'boolean',
            choices: option === 'format' ? command.formats : (spec.choices ?? []),
          }
        }),
      }
    }),
  )
}
