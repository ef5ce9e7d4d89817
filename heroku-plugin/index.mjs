/**
 * Plugin for the Heroku CLI: `heroku plugins:install alembic-guard`, then `heroku alembic:check -a APP`. Runs
 * the guard inside the CLI's process.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const dist = new URL('../dist/', import.meta.url)
const commands = JSON.parse(readFileSync(new URL('heroku.json', dist), 'utf8'))

/**
 * Translates the Heroku CLI's arguments to the guard's, such as `-a` to `--app`. If no app or database is
 * specified, uses `HEROKU_APP` or, if that isn't set, the git remote `heroku`.
 */
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
    // Leave parsing to the guard, so that its messages and exit codes stay the same.
    strict: false,
    args: entry.takesWords ? { words: { name: 'words', description: 'revisions or finding codes' } } : {},
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

/** The plugin's commands, by name. */
export const COMMANDS = Object.fromEntries(
  commands.map((entry) => [`alembic:${entry.verb}`, commandOf(entry)]),
)
