/** Describes the Heroku CLI plugin: its commands and how to run them. */
import type { CallOption } from '../shell/call-options.ts'

/** The plugin's commands. Each value is true if the command always needs the app's database. */
export const herokuVerbs: Readonly<Record<string, boolean>> = {
  check: true,
  preflight: true,
  explain: false,
  placeholder: true,
  graph: false,
  restamp: true,
}

/** The Heroku CLI's own short options. */
export const herokuLetters: Readonly<Record<string, string>> = { app: 'a', remote: 'r' }

/** Maps each command to the words that start it, such as `heroku alembic:check`. */
export const herokuCommandWords: ReadonlyMap<string, readonly string[]> = new Map(
  Object.keys(herokuVerbs).map((verb) => [verb, ['heroku', `alembic:${verb}`]]),
)

/** Whether the Heroku CLI started the guard, through heroku-plugin/guard.mjs. */
export function isHerokuPlugin(program: string): boolean {
  return /[\\/]heroku-plugin[\\/]guard\.mjs$/.test(program)
}

/** Formats an option for the Heroku CLI, such as `-a my-app`. */
export function herokuOptionWords({ name, value, words }: CallOption): readonly string[] {
  const letter = herokuLetters[name]
  return letter === undefined || value.startsWith('-') ? words : [`-${letter}`, value]
}

/**
 * Returns the command that shows help. In the plugin, `alembic-guard check --help` becomes `heroku alembic:check
 * --help`.
 */
export function typedHelp(help: string, program: string): string {
  if (!isHerokuPlugin(program)) return help
  const verb = /^alembic-guard ([a-z]+) --help$/.exec(help)?.[1] ?? ''
  return verb in herokuVerbs ? `heroku alembic:${verb} --help` : 'heroku help alembic'
}
