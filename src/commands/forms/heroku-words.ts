/** Describes the Heroku CLI plugin: which guard commands it offers, and how users type them. */
import type { CallOption } from '../shell/call-options.ts'

/**
 * Commands that people run manually for an app. The value of each is true if the command always needs the app's
 * database.
 */
export const herokuVerbs: Readonly<Record<string, boolean>> = {
  check: true,
  preflight: true,
  explain: false,
  placeholder: true,
  graph: false,
  restamp: true,
}

/** The Heroku CLI's short names for options that all its commands share. */
export const herokuLetters: Readonly<Record<string, string>> = { app: 'a', remote: 'r' }

/** What users type for each command, such as `heroku alembic:check`. */
export const herokuCommandWords: ReadonlyMap<string, readonly string[]> = new Map(
  Object.keys(herokuVerbs).map((verb) => [verb, ['heroku', `alembic:${verb}`]]),
)

/** Returns whether the Heroku CLI started the guard. If it did, `program` ends in heroku-plugin/guard.mjs. */
export function isHerokuPlugin(program: string): boolean {
  return /[\\/]heroku-plugin[\\/]guard\.mjs$/.test(program)
}

/** Formats an option as users of the Heroku CLI type it, such as `-a my-app`. */
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
