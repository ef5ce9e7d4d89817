/** Parses the command line. Loads yargs on demand. */
import { type CommandEntry, commands } from '../index.ts'
import type { Command } from '../shell/command.ts'
import type { OptionInputs } from '../shell/option-values.ts'
import { type OptionName, type OptionSpec, options } from '../shell/options.ts'
import { usageMessage } from '../shell/redact.ts'
import { suggestion } from './suggest.ts'
import { UsageMistake } from './usage-mistake.ts'

/** A command to run, or text to print, such as help text. */
export type Parsed =
  | { readonly kind: 'run'; readonly command: Command; readonly given: OptionInputs }
  | { readonly kind: 'done'; readonly text: string }

/** Facts about the program and the terminal. */
export interface ParserSurroundings {
  readonly name: string
  readonly version: string
  readonly columns: number
}

/** Shells supported by `completion`. */
export const completionShells = ['bash', 'zsh', 'fish'] as const

/** First argument passed by yargs' completion scripts. The command line typed so far comes after it. */
export const completionRequest = '--get-yargs-completions'

const epilogue = `Every option can also be set with an environment variable (such as
ALEMBIC_GUARD_TIMEOUT) or a key in [tool.alembic-guard] of pyproject.toml.

Exit status: 0 pass, 1 blocked, 2 usage error, 3 couldn't check, 4 bug;
once "run" has started a command, the exit status is that command's, or 1
if it exited with 0 but the version rows don't match the prediction.`

/** Commands that have no options and no file of their own. */
const furtherCommands = [
  ['help [command]', 'Show help for a command'],
  ['completion [shell]', 'Print a completion script for bash, zsh or fish'],
] as const

/**
 * Parses the arguments before `--`. If there are no options, as in most Procfiles, avoids loading yargs, which would
 * take a third of the run time.
 * @throws UsageMistake for an invalid command line.
 */
export async function parseArguments(
  given: readonly string[],
  surroundings: ParserSurroundings,
): Promise<Parsed> {
  const words = given[0] === 'help' ? await helpWords(given) : given
  if (words.length < 2) {
    const entry = commands.find((one) => one.name === (words[0] ?? 'check'))
    if (entry) return { kind: 'run', command: await entry.load(), given: {} }
  }
  if (words[0] === completionRequest) return { kind: 'done', text: await completions(words, surroundings) }
  if (words[0] === 'completion' && !words.some((word) => word.startsWith('-')))
    return { kind: 'done', text: await completionScript(words.slice(1), surroundings) }
  return parse(words, surroundings)
}

/** Rewrites `help check` as `check --help`. */
async function helpWords([, ...words]: readonly string[]): Promise<readonly string[]> {
  const [name] = words
  if (name === undefined || name.startsWith('-') || name === 'help' || name === 'completion')
    return ['--help']
  const entry = commands.find((one) => one.name === name)
  if (entry) return [name, '--help']
  const check = await namedCommand([])
  throw new UsageMistake(
    usageMessage(`Unknown command: ${name}`) + (await suggestion(name, [name], check.command, false)),
  )
}

/** Returns the completion script for a shell, by default the one in `$SHELL`. */
async function completionScript(words: readonly string[], surroundings: ParserSurroundings): Promise<string> {
  const [shell] = words
  if (words.length > 1 || (shell !== undefined && !(completionShells as readonly string[]).includes(shell)))
    throw new UsageMistake(`completion requires a shell name: ${completionShells.join(', ')}`)
  const parser = await newParser(surroundings)
  parser.completion('completion', false).strict(false)
  const script = await answerOf(parser, ['completion'])
  // A new ~/.zshrc doesn't load zsh's completion system, so `compdef` isn't defined yet.
  return script.replace(
    /^( *)compdef /m,
    '$1(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\n$&',
  )
}

/**
 * Returns completions, one per line. Loads the command first, because yargs doesn't wait for commands loaded on demand.
 */
async function completions(words: readonly string[], surroundings: ParserSurroundings): Promise<string> {
  // Arguments after `--` belong to another program.
  if (words.slice(0, -1).includes('--')) return ''
  // yargs parses these arguments again after it has matched the command.
  const parser = await newParser(surroundings, words)
  parser.completion('completion', false)
  const named = commands.find(({ name }) => words.includes(name))
  const loaded = named && (await named.load())
  for (const entry of commands)
    addCommand(parser, entry, () => undefined, entry === named && loaded ? loaded : null)
  for (const [line, describe] of furtherCommands) parser.command(line, describe)
  const found = await answerOf(parser, words)
  // Remove one-letter aliases, because yargs lists them with two dashes.
  return found.replaceAll(/^--\w(?:[:\t].*)?\n/gm, '')
}

async function parse(words: readonly string[], surroundings: ParserSurroundings): Promise<Parsed> {
  let found: Parsed | null = null
  const parser = await newParser(surroundings)
  for (const entry of commands) addCommand(parser, entry, (value) => (found = value), null)
  for (const [line, describe] of furtherCommands) parser.command(line, describe)
  // yargs would print this help itself and ignore write errors.
  if (words.length === 1 && (words[0] === '--help' || words[0] === '-h'))
    return { kind: 'done', text: `${await parser.getHelp()}\n` }
  try {
    const text = await answerOf(parser, words)
    return found ?? { kind: 'done', text }
  } catch (error) {
    throw error instanceof UsageMistake ? await explained(error, words) : error
  }
}

type Parser = ReturnType<typeof import('yargs').default>

async function newParser(
  { name, version, columns }: ParserSurroundings,
  words: readonly string[] = [],
): Promise<Parser> {
  const { default: yargs } = await import('yargs')
  return yargs([...words])
    .scriptName(name)
    .usage(
      '$0 [command] [options]\n\nChecks whether "alembic upgrade" would fail, before it runs. The default command is check.',
    )
    .parserConfiguration({ 'camel-case-expansion': false, 'parse-numbers': false })
    .locale('en')
    .version(version)
    .alias('V', 'version')
    .help()
    .alias('h', 'help')
    .strict()
    .wrap(Math.max(40, Math.min(columns, 100)))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageMistake(message)
    })
}

/** Returns what yargs would print; empty if it called a handler instead. */
async function answerOf(parser: Parser, words: readonly string[]): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    Promise.resolve(
      parser.parse([...words], {}, (error, _argv, output) => {
        if (error) reject(error)
        else if (output) resolve(`${output}\n`)
      }),
    ).then(
      () => resolve(''),
      (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
    )
  })
}

/** Returns the command that the user named; `check` by default. */
async function namedCommand(
  words: readonly string[],
): Promise<{ readonly command: Command; readonly isNamed: boolean }> {
  const entry = commands.find(({ name }) => name === words[0])
  const { check } = await import('../check.ts')
  return { command: entry ? await entry.load() : check, isNamed: entry !== undefined }
}

/** Adds a suggestion to the error message. */
async function explained({ message }: UsageMistake, words: readonly string[]): Promise<UsageMistake> {
  const { command, isNamed } = await namedCommand(words)
  const unknown = /^Unknown (?:argument|command)s?: ([^\s,]+)/.exec(message)?.[1]
  const safe = usageMessage(message)
  const meant =
    unknown !== undefined && /^[\w./-]+$/.test(unknown)
      ? await suggestion(unknown, words, command, isNamed)
      : unknown !== undefined && /^[\w+]+:\/\//.test(unknown)
        ? '; pass a database URL with --database-url'
        : ''
  return new UsageMistake(safe + meant, `alembic-guard ${isNamed ? `${command.name} ` : ''}--help`)
}

/** Adds a command to the parser. If `loaded` is null, the command is loaded on demand. */
function addCommand(
  parser: Parser,
  entry: CommandEntry,
  tell: (parsed: Parsed) => void,
  loaded: Command | null,
): void {
  let command: Command | null = loaded
  const positional = entry.positional?.replace('..', '')
  const build = (builder: Parser, known: Command): Parser => {
    for (const option of known.options) builder.option(option, optionOf(option, known.formats))
    if (positional) builder.positional(positional, { type: 'string', array: true })
    for (const [line, what] of known.examples) builder.example(line, what)
    return builder.epilogue(epilogue)
  }
  parser.command(
    entry.name === 'check' ? [entry.name, '$0'] : entry.name + (positional ? ` [${entry.positional}]` : ''),
    entry.describe,
    (builder) =>
      loaded
        ? build(builder, loaded)
        : entry.load().then((known) => {
            command = known
            return build(builder, known)
          }),
    (argv) => {
      if (!command) return
      const given: { -readonly [Name in keyof OptionInputs]: OptionInputs[Name] } = {}
      for (const option of command.options) {
        const value = argv[option]
        if (typeof value === 'string' || typeof value === 'boolean') given[option] = value
        else if (Array.isArray(value)) given[option] = value.map(String)
      }
      const words: unknown = positional && argv[positional]
      if (Array.isArray(words)) given.positionals = words.map(String)
      tell({ kind: 'run', command, given })
    },
  )
}

function optionOf(option: OptionName, formats: readonly string[]) {
  const spec: OptionSpec = options[option]
  const choices = option === 'format' ? formats : spec.choices
  return {
    // Numbers stay strings, because the settings validate them and messages quote what was typed.
    type: spec.type === 'boolean' ? ('boolean' as const) : ('string' as const),
    describe: spec.describe,
    group: spec.group,
    // Without this, yargs turns a missing value into an empty string.
    requiresArg: spec.type !== 'boolean',
    ...(spec.alias === undefined ? {} : { alias: spec.alias }),
    ...(choices === undefined ? {} : { choices }),
  }
}
