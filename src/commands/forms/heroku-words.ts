/** The guard as a plugin of the Heroku CLI: which verbs are commands there, and how they are typed. */
import type { CallOption } from '../shell/call-options.ts'

/** Verbs that somebody runs by hand about an app; true: about its database in any case. */
export const herokuVerbs: Readonly<Record<string, boolean>> = {
  check: true,
  preflight: true,
  explain: false,
  placeholder: true,
  graph: false,
  restamp: true,
}

/** The Heroku CLI's own letters for the options that every command of it has. */
export const herokuLetters: Readonly<Record<string, string>> = { app: 'a', remote: 'r' }

/** The words that start each command: `heroku alembic:check`. */
export const herokuCommandWords: ReadonlyMap<string, readonly string[]> = new Map(
  Object.keys(herokuVerbs).map((verb) => [verb, ['heroku', `alembic:${verb}`]]),
)

/** Whether the Heroku CLI runs the guard: `program`, the path as it was started, is the plugin's (heroku-plugin/guard.mjs). */
export function isHerokuPlugin(program: string): boolean {
  return /[\\/]heroku-plugin[\\/]guard\.mjs$/.test(program)
}

/** An option as the Heroku CLI's users type it: `-a my-app`. */
export function herokuOptionWords({ name, value, words }: CallOption): readonly string[] {
  const letter = herokuLetters[name]
  return letter === undefined || value.startsWith('-') ? words : [`-${letter}`, value]
}

/** The command that shows a help: `alembic-guard check --help` is `heroku alembic:check --help` under the plugin. */
export function typedHelp(help: string, program: string): string {
  if (!isHerokuPlugin(program)) return help
  const verb = /^alembic-guard ([a-z]+) --help$/.exec(help)?.[1] ?? ''
  return verb in herokuVerbs ? `heroku alembic:${verb} --help` : 'heroku help alembic'
}
