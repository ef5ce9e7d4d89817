#!/usr/bin/env node
/**
 * The command itself: argv in, standard output and exit code out. The only file that touches `process`. It never
 * calls `process.exit`, so that what is printed is never cut off.
 */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import type { Command, Context, ForwardedSignal, Logger } from './commands/shell/command.ts'
import { type CommandEntry, commands } from './commands/index.ts'
import { colored } from './commands/shell/colored.ts'
import { execute } from './commands/delivery/execute.ts'
import { watchdogArgument, runWatchdog, insideWord, enterIsolation } from './commands/shell/watchdog-entry.ts'
import { type OptionName, type OptionSpec, options } from './commands/shell/options.ts'
import type { OptionInputs } from './commands/shell/option-values.ts'
import type { Presentation } from './commands/shell/report-settings.ts'
import { noProgress, progressLine } from './commands/shell/progress.ts'
import { suggestion } from './commands/suggest-command.ts'
import { usageMessage, withoutCredentials } from './commands/shell/redact.ts'
import { exitCodes } from './errors.ts'

const name = 'alembic-guard'

/** Versions of Node whose engine is known to have the setting; another might print that it has not. */
const knownEngines = /^v2[0-4]\./

/** Milliseconds after which so much is left to do that optimised code pays for its making. */
const longWork = 200

if (knownEngines.test(process.version)) {
  // Most checks are over before that, so at first the engine waits four times as long as it would.
  setFlagsFromString('--interrupt-budget=528000')
  setTimeout(() => setFlagsFromString('--interrupt-budget=132000'), longWork).unref()
}
// New objects get 1 MB, not up to 16 twice: most die at once, and collecting few of them often takes no longer. Newer
// engines don't take this value.
if (process.version.startsWith('v20.')) setFlagsFromString('--semi-space-growth-factor=1')

/** The end of every help text. */
const epilogue = `Every option is also a variable (ALEMBIC_GUARD_TIMEOUT) and a key of
[tool.alembic-guard] in pyproject.toml.

Exit status: 0 pass, 1 blocked, 2 usage, 3 could not look, 4 bug;
after "run" has started a command, its own.`

/** Filled in when everything is put into one file, which has no package.json beside it. */
declare const BUNDLED_VERSION: string | undefined

/** The version in package.json, which lies beside `dist` and beside `src`. */
function readVersion(): string {
  if (typeof BUNDLED_VERSION === 'string') return BUNDLED_VERSION
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return String((JSON.parse(text) as { version?: unknown }).version)
}

async function main(argv: readonly string[]): Promise<void> {
  const version = readVersion()
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
    writeOutcome(`${version}\n`, exitCodes.pass)
    return
  }
  if (argv.length === 1 && argv[0] === watchdogArgument) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
      process.on(signal, () => undefined)
    return runWatchdog(process.stdin, process.stdout)
  }
  if (argv.length === 1 && argv[0] === insideWord) return enterIsolation(process.stdin, listenToSignals)
  // Not yargs' work: it would make numbers of words that look like some, such as the revision 1e3.
  const dashes = argv.indexOf('--')
  const wrapped = dashes < 0 ? [] : argv.slice(dashes + 1)
  const words = dashes < 0 ? argv : argv.slice(0, dashes)
  const parsed = (await parseBare(words)) ?? (await parse(words, version))
  if (parsed.kind === 'done') {
    writeOutcome(parsed.text, exitCodes.pass)
    return
  }
  const { command, given } = parsed
  if (wrapped.length > 0 && !command.wraps) {
    throw new UsageMistake(`${command.name} starts no command; did you mean ${name} run -- ...?`)
  }
  const interruption = new AbortController()
  const listeners = new Set<(signal: ForwardedSignal) => void>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    const take = (): void => {
      for (const listener of listeners) listener(signal)
      if (listeners.size > 0) return
      interruption.abort()
      // Who asks again means it.
      process.off(signal, take)
    }
    process.on(signal, take)
  }
  const logger = bufferedLogger()
  const { stderr } = process
  const progress =
    stderr.isTTY && process.env['TERM'] !== 'dumb'
      ? progressLine({
          write: (text) => write('stderr', text),
          columns: () => stderr.columns || 80,
          now: () => performance.now(),
        })
      : noProgress
  const context: Context = {
    tool: { name, version },
    cwd: workingDirectory(),
    env: process.env,
    logger,
    signal: interruption.signal,
    wrapped,
    self: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    terminal: [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY),
    onSignal: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    progress,
    tell: (stream, text, { color }) => {
      progress.clear()
      const safe = withoutCredentials(text)
      write(stream, wantsColor(color) ? colored(safe) : safe)
    },
  }
  const { stdout, exitCode, human, presentation, onTerminal } = await execute(command, given, context)
  progress.clear()
  const color = wantsColor(presentation.color)
  const toTerminal = stdout !== '' && (color || process.stdout.isTTY) ? onTerminal : undefined
  const text = withoutCredentials(toTerminal ? toTerminal({ color }) : stdout)
  writeOutcome(human && color ? colored(text) : text, exitCode)
  await logger.flush(presentation)
}

/** Passes on every signal that would end the process; it ends by itself soon after the listener is done. */
function listenToSignals(listener: (signal: ForwardedSignal) => void): () => void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, listener)
  return () => undefined
}

type Parsed =
  | { readonly kind: 'run'; readonly command: Command; readonly given: OptionInputs }
  | { readonly kind: 'done'; readonly text: string }

/** It may be gone, where the shell that calls still stands in it. */
function workingDirectory(): string {
  try {
    return process.cwd()
  } catch {
    throw new UsageMistake('the working directory does not exist any more; change into one that does')
  }
}

/** A command without any option, as in most Procfiles: that needs no parser, and loading one is a third of the time. */
async function parseBare(argv: readonly string[]): Promise<Parsed | null> {
  if (argv.length > 1) return null
  const entry = commands.find((one) => one.name === (argv[0] ?? 'check'))
  return entry ? { kind: 'run', command: await entry.load(), given: {} } : null
}

/** Reads the command line. Help is an answer; anything wrong is a thrown `UsageMistake`. */
async function parse(argv: readonly string[], version: string): Promise<Parsed> {
  const { default: yargs } = await import('yargs')
  let found: Parsed | null = null
  const parser = yargs()
    .scriptName(name)
    .usage('$0 [command] [options]\n\nLooks before "alembic upgrade" leaps. Without a command: check.')
    .parserConfiguration({ 'camel-case-expansion': false, 'parse-numbers': false })
    .locale('en')
    .version(version)
    .help()
    .alias('h', 'help')
    .strict()
    .recommendCommands()
    .wrap(80)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageMistake(usageMessage(message) + suggestion(message, argv[0]))
    })
  for (const entry of commands) addCommand(parser, entry, (value) => (found = value))
  // The help of the whole would be printed by yargs itself, which overlooks a stream that can't be written.
  if (argv.length === 1 && /^(?:--help|-h|help)$/.test(argv[0] ?? ''))
    return { kind: 'done', text: `${await parser.getHelp()}\n` }
  const text = await new Promise<string>((resolve, reject) => {
    Promise.resolve(
      parser.parse([...argv], {}, (error, _argv, output) => {
        if (error) reject(error)
        else if (output) resolve(`${output}\n`)
      }),
    ).then(
      () => resolve(''),
      (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
    )
  })
  return found ?? { kind: 'done', text }
}

type Parser = ReturnType<typeof import('yargs').default>

function addCommand(parser: Parser, entry: CommandEntry, tell: (parsed: Parsed) => void): void {
  let command: Command | null = null
  const positional = entry.positional?.replace('..', '')
  parser.command(
    entry.name === 'check' ? [entry.name, '$0'] : entry.name + (positional ? ` [${entry.positional}]` : ''),
    entry.describe,
    async (builder) => {
      command = await entry.load()
      for (const option of command.options) builder.option(option, optionOf(option, command.formats))
      if (positional) builder.positional(positional, { type: 'string', array: true })
      for (const [line, what] of command.examples) builder.example(line, what)
      return builder.epilogue(epilogue)
    },
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
    // Numbers stay text, so that one place judges them and the message names what was typed.
    type: spec.type === 'boolean' ? ('boolean' as const) : ('string' as const),
    describe: spec.describe,
    group: spec.group,
    // An option without its value would otherwise be an empty text.
    requiresArg: spec.type !== 'boolean',
    ...(spec.alias === undefined ? {} : { alias: spec.alias }),
    ...(choices === undefined ? {} : { choices }),
  }
}

/** Something is wrong with the command line. */
class UsageMistake extends Error {}

/** Collects what there is to say; pino is loaded only when the level lets something through. */
function bufferedLogger(): Logger & { flush(presentation: Presentation): Promise<void> } {
  const levels = ['debug', 'info', 'warn', 'error'] as const
  const queue: { level: (typeof levels)[number]; message: string }[] = []
  const log = (level: (typeof levels)[number]) => (message: string) => {
    queue.push({ level, message: withoutCredentials(message) })
  }
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    async flush({ logLevel, logFormat }) {
      const least = logLevel === 'silent' ? levels.length : levels.indexOf(logLevel)
      const wanted = queue.splice(0).filter(({ level }) => levels.indexOf(level) >= least)
      if (wanted.length === 0) return
      const { default: pino } = await import('pino')
      const pretty = {
        write: (line: string) => {
          const { level, msg } = JSON.parse(line) as { level: string; msg: string }
          write('stderr', `${name}: ${level}: ${msg}\n`)
        },
      }
      const json = { write: (line: string) => write('stderr', line) }
      const logger = pino(
        { name, level: 'debug', base: null, formatters: { level: (label) => ({ level: label }) } },
        logFormat === 'json' ? json : pretty,
      )
      for (const { level, message } of wanted) logger[level](message)
    },
  }
}

function wantsColor(choice: Presentation['color']): boolean {
  if (choice === 'always' || choice === 'never') return choice === 'always'
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0'
  return process.stdout.isTTY === true
}

/**
 * The only way out of this process. A stream that can't be written (a full disk, a reader that has gone) ends neither
 * the process nor the command that it guards: whoever has to know is told.
 */
function write(stream: 'stdout' | 'stderr', text: string, onFailure?: (code: string) => void): void {
  process[stream].write(text, (error) => {
    if (error) onFailure?.('code' in error ? String(error.code) : error.message)
  })
}

/** Sets the exit code and writes what belongs to it: a pass that nobody can read is none. */
function writeOutcome(text: string, exitCode: number): void {
  process.exitCode = exitCode
  if (text === '') return
  write('stdout', text, (code) => {
    // A reader that stops reading (`| head`) has what it wanted.
    if (code === 'EPIPE') return
    if (exitCode === exitCodes.pass) process.exitCode = exitCodes.unavailable
    write('stderr', `${name}: standard output can't be written (${code})\n`)
  })
}

// Told to the write that failed; without a listener it would end the process.
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)

try {
  await main(process.argv.slice(2))
} catch (error) {
  const usage = error instanceof Error && (error instanceof UsageMistake || error.name === 'YError')
  const message = withoutCredentials(error instanceof Error ? error.message : String(error))
  write(
    'stderr',
    usage
      ? `${name}: ${message}\n${name} --help lists what there is\n`
      : `${name}: the guard itself failed: ${message}\n`,
  )
  process.exitCode = usage ? exitCodes.usage : exitCodes.bug
}
