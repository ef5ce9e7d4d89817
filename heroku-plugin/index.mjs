/**
 * The plugin for the Heroku CLI: `heroku plugins:install alembic-guard`, then `heroku alembic:check -a APP`. Each command is the
 * guard's own, run by the CLI's Node; the guard asks the CLI for the config var, with the CLI's sign-in. Needs no package: the
 * CLI takes any object with a `run`.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const dist = new URL('../dist/', import.meta.url)
const commands = JSON.parse(readFileSync(new URL('heroku.json', dist), 'utf8'))

/** The guard's words for the CLI's: `-a` is the app there. An app is looked for in the git remotes where none is named. */
export function guardWords({ verb, needsApp }, words, env) {
  const end = words.includes('--') ? words.indexOf('--') : words.length
  const own = words
    .slice(0, end)
    .map((word) => word.replace(/^-a(?==|$)/, '--app').replace(/^-r(?==|$)/, '--remote'))
  const isNamed = own.some((word) =>
    /^--(?:app|remote|database-url|database-url-env|databases)(?:=|$)/.test(word),
  )
  const app = env.HEROKU_APP ? ['--app', env.HEROKU_APP] : ['--remote', 'heroku']
  return [verb, ...own, ...(needsApp && !isNamed ? app : []), ...words.slice(end)]
}

function commandOf(entry) {
  const flags = entry.flags.map(({ name, char, description, isSwitch, choices }) => [
    name,
    {
      name,
      type: isSwitch ? 'boolean' : 'option',
      description,
      ...(char && { char }),
      ...(choices.length > 0 && { options: choices }),
    },
  ])
  return {
    id: `alembic:${entry.verb}`,
    description: entry.description,
    // The guard reads its command line itself, so that its messages and exit codes are the same.
    strict: false,
    args: entry.takesWords
      ? { words: { name: 'words', description: 'revisions, or codes of findings' } }
      : {},
    flags: Object.fromEntries(flags),
    aliases: [],
    hiddenAliases: [],
    async run(words) {
      const guard = new URL('guard.mjs', import.meta.url)
      process.argv = [process.argv[0], fileURLToPath(guard), ...guardWords(entry, words, process.env)]
      await import(guard.href)
    },
  }
}

/** What the CLI looks for, by the name of each command. */
export const COMMANDS = Object.fromEntries(
  commands.map((entry) => [`alembic:${entry.verb}`, commandOf(entry)]),
)
