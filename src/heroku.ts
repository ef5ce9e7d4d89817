/** The Heroku CLI plugin's commands. The build writes them to `dist/heroku.json`, and heroku-plugin/ runs them. */
import { herokuLetters, herokuVerbs } from './commands/forms/heroku-words.ts'
import { commands } from './commands/index.ts'
import { type OptionSpec, options } from './commands/shell/options.ts'

/** A Heroku CLI command. */
export interface HerokuCommand {
  /** The guard's command, such as `check` for `alembic:check`. */
  readonly verb: string
  readonly description: string
  /**
   * Whether the command needs an app's database. If no app is given, the Heroku CLI infers it from the git remotes.
   */
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

/** Returns the commands in the same order as the command list. */
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
