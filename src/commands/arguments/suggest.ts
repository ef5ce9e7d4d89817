/** Suggestions for mistyped commands and options. */
import { withinEdits } from '../../core/text/display.ts'
import { shellCommand } from '../../core/text/shell-quoting.ts'
import { commands } from '../index.ts'
import type { Command } from '../shell/command.ts'
import { type OptionName, type OptionSpec, options } from '../shell/options.ts'

const optionSynonyms: Readonly<Record<string, OptionName>> = {
  db: 'database-url',
  dsn: 'database-url',
  uri: 'database-url',
  ini: 'config',
  revision: 'target',
  rev: 'target',
  silent: 'quiet',
  debug: 'verbose',
  colour: 'color',
  apply: 'write',
}

/** Maps command names from Alembic and similar tools to the guard's commands. */
const commandSynonyms: Readonly<Record<string, string>> = {
  history: 'graph',
  heads: 'graph',
  current: 'check',
  status: 'check',
  validate: 'check',
  verify: 'check',
  stamp: 'restamp',
  'dry-run': 'rehearse',
  simulate: 'rehearse',
  setup: 'init',
  show: 'explain',
  why: 'explain',
}

/** Words that suggest a missing `run --`. */
const upgradeTools = new Set(['alembic', 'flask', 'upgrade', 'db', 'python', 'poetry', 'uv'])

/**
 * Suggests a name for an unknown argument, such as `; did you mean check?`; empty if none is similar. `words` are the
 * arguments before `--`.
 */
export async function suggestion(
  unknown: string,
  words: readonly string[],
  command: Command,
  isNamed: boolean,
): Promise<string> {
  const typed = words.find((word) => word.replace(/=.*$/s, '').replace(/^-+/, '') === unknown) ?? unknown
  if (typed.startsWith('-')) return optionSuggestion(unknown, typed.startsWith('--'), command)
  if (command.name === 'run') {
    const rest = words.slice(words.indexOf(unknown))
    return `; put the command after "--": alembic-guard run -- ${shellCommand(rest.filter(isPlain))}`
  }
  if (isNamed) return `; ${command.name} accepts only options`
  if (upgradeTools.has(unknown)) return '; did you mean alembic-guard run -- alembic upgrade head?'
  const meant = commandSynonyms[unknown] ?? closest(unknown, [...commands.map(({ name }) => name), 'help'])
  return meant === null ? '' : `; did you mean ${meant}?`
}

/** Whether the argument is safe to print. For example, a URL could contain a secret. */
function isPlain(word: string): boolean {
  return /^[\w./-]+$/.test(word)
}

async function optionSuggestion(unknown: string, isLong: boolean, command: Command): Promise<string> {
  const name = unknown.replace(/^no-/, '')
  if (!isLong) return ofShortOption(unknown, command)
  const takers: string[] = []
  if (name in options) {
    for (const entry of commands) {
      const { options: taken } = await entry.load()
      if ((taken as readonly string[]).includes(name)) takers.push(entry.name)
    }
  }
  if (takers.length > 0)
    return `; ${command.name} doesn't accept it (commands that do: ${takers.slice(0, 4).join(', ')})`
  if (command.formats.includes(name) && command.options.includes('format'))
    return `; did you mean --format ${name}?`
  const synonym = optionSynonyms[name]
  const meant =
    (synonym !== undefined && command.options.includes(synonym) ? synonym : null) ??
    closest(name, command.options) ??
    command.options.find((option) => name.length > 2 && option.split('-').includes(name)) ??
    closest(name, Object.keys(options))
  return meant === null ? '' : `; did you mean --${meant}?`
}

/** Suggests an option that differs only in case, such as `-c` for `-C`. */
function ofShortOption(letter: string, { options: taken }: Command): string {
  const meant = taken.find((name) => {
    const { alias }: OptionSpec = options[name]
    return alias !== undefined && alias.toLowerCase() === letter.toLowerCase()
  })
  return meant === undefined ? '' : `; did you mean -${(options[meant] as OptionSpec).alias}?`
}

/** Returns the most similar name or, failing that, the only name with this prefix. */
function closest<Name extends string>(word: string, names: readonly Name[]): Name | null {
  const limit = word.length < 3 ? 0 : word.length < 5 ? 1 : 2
  for (let edits = 1; edits <= limit; edits += 1) {
    const found = names.find((name) => withinEdits(word, name, edits))
    if (found !== undefined) return found
  }
  // Accept an unambiguous prefix, such as `data` or `place`.
  const begun = word.length < 3 ? [] : names.filter((name) => name.startsWith(word))
  return begun.length === 1 ? (begun[0] ?? null) : null
}
